# Two lines of one order want the same SKU: the second sees what the first took.
shop
receive_stock sku=A node=n1 qty:=3
order O1 on WEB: 2 A, 2 A, 1 A
> O1/1: reserved 2
> O1/2: open 1, reserved 1
> O1/3: open 1
> ats A P = 0
policy channel POS {"all_or_nothing":true}
receive_stock sku=B node=n1 qty:=3
order O2 on POS: 2 B, 2 B
> refused stock.insufficient at /lines/1/qty
> nothing
# A plan is held to the same: its second line finds less.
order O3 on WEB: 2 B, 1 B
commit_plan order=O3 assignments=1*2@n1,2*1@n1
> O3/1: allocated 2@n1
> O3/2: allocated 1@n1
> available B n1 = 0
# So is a plan of open units, where nothing was claimed before.
cancel_order order=O3
order O4 on WEB: 2 C, 2 C
receive_stock sku=C node=n1 qty:=3
commit_plan order=O4 assignments=1*2@n1,2*2@n1
> refused plan.stale
> nothing
commit_plan order=O4 assignments=1*2@n1,2*1@n1
> available C n1 = 0
