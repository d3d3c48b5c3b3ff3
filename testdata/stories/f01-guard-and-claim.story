# Whoever comes second to scarce units gets what is left and no more, whatever door he comes by; no
# order counts as claimed without its claim.
shop
policy channel POS {"sell_through":"free"}
receive_stock sku=A node=n1 qty:=3
order X on WEB: 2 A
order Y on WEB: 2 A
> X/1: reserved 2
> Y/1: open 1, reserved 1
> short Y/1 = 1
> reserved A P = 3
> ats A P = 0
# Neither the till, nor a pickup, nor a plan, nor a second wish for the same units finds more.
sell_through node=n1 order=S1 channel=POS currency=USD lines:=[{"line":"1","sku":"A","qty":1}]
> refused stock.insufficient at /lines/0/qty
> nothing
order Z on WEB pickup n1: 1 A
> Z/1: open 1
> short Z/1 = 1
reserve order=Y
> refused stock.insufficient at /order
commit_plan order=Y assignments=1*2@n1
> refused plan.stale at /assignments/0
> nothing
commit_plan order=Y assignments=1*1@n1
> Y/1: open 1, allocated 1@n1
commit_plan order=X assignments=1*2@n1
> available A n1 = 0
> allocated A n1 = 3
> reserved A P = 0
> ats A P = 0

# The last unit in a fence: its channel gets it once, nobody else at all.
receive_stock sku=B node=n2 qty:=1
set_fence sku=B pool=P channel=WEB fence:=1
order F1 on POS: 1 B
> F1/1: open 1
sell_through node=n2 order=S2 channel=POS currency=USD lines:=[{"line":"1","sku":"B","qty":1}]
> refused stock.insufficient
order F2 on WEB: 1 B
> F2/1: reserved 1 fenced
order F3 on WEB pickup n2: 1 B
> F3/1: open 1
> fenced B P WEB = 0
> ats B P = 0

# Many small orders and one large one, over two pools: the sum is what is there, to the unit.
receive_stock sku=C node=n1 qty:=4
receive_stock sku=C node=n3 qty:=3
order L1 on WEB: 5 C
> L1/1: reserved 5
order L2 on POS: 1 C
> L2/1: open 1
order L3 on WEB: 1 C
order L4 on WEB: 9 C
> L4/1: open 8, reserved 1
> reserved C P = 4
> reserved C Q = 3
> ats C P = 0
> ats C Q = 0
# What one gives up the next one gets, once.
cancel_lines order=L1 lines=1*2
reserve order=L4
> L4/1: open 6, reserved 3
reserve order=L2
> refused stock.insufficient
> ats C P = 0
> ats C Q = 0
