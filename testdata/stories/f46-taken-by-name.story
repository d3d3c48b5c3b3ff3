# Units promised to others leave only by a verb that says so: to each it is told, with the reason.
shop
policy channel POS {"sell_through":"hidden"}
receive_stock sku=A node=n1 qty:=4
set_buffer sku=A node=n1 buffer:=1
order O1 on WEB: 2 A
wait 1m
order O2 on WEB: 1 A
commit_plan order=O1 assignments=1*1@n1
> available A n1 = 2
> ats A P = 0
# A correction, a move and a till that may not: only what is nobody's.
adjust_stock sku=A node=n1 bucket=available by:=-2 reason=breakage
> refused stock.insufficient at /by
move_stock {"sku":"A","qty":2,"from":{"node":"n1","bucket":"available"},"to":{"node":"n1","bucket":"damaged"}}
> refused stock.insufficient at /qty
move_stock {"sku":"A","qty":1,"from":{"node":"n1","bucket":"available"},"to":{"node":"n3","bucket":"available"}}
> refused stock.insufficient at /qty
sell_through node=n1 order=S1 channel=POS currency=USD lines:=[{"line":"1","sku":"A","qty":2}]
> refused stock.insufficient at /lines/0/qty
> nothing
close_location location=n1
> refused stock.negative at /location
adjust_stock sku=A node=n1 bucket=available by:=-1 reason=breakage
> buffered A n1 = 0
> O2/1: reserved 1
# The till that may: the last in rank loses, is told why, and claims elsewhere first of all.
policy channel POS {"sell_through":"claims"}
receive_stock sku=A node=n3 qty:=1
sell_through node=n1 order=S2 channel=POS currency=USD lines:=[{"line":"1","sku":"A","qty":1}]
> event units.claims_taken {"order":"O2","reason":"sold_at_till"}
> events units.claims_taken order.till_sold units.claimed
> O2/1: reserved 1
> reserved A Q = 1
> O1/1: reserved 1, allocated 1@n1
# A count that finds nothing takes what is tied to the node too.
count_stock sku=A node=n1 counted:=0
> event units.claims_taken {"order":"O1","reason":"counted"}
> O1/1: open 2
> short O1/1 = 2
> on_hand A n1 = 0
