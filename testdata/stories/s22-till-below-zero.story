# The till sells what the books do not have: the customer has left already.
shop
policy channel POS {"sell_through":"below_zero"}
sell_through node=n1 order=S1 channel=POS currency=USD lines:=[{"line":"1","sku":"A","qty":1}]
> S1/1: delivered 1
> available A n1 = -1
> ats A P = -1
> event stock.discrepancy_found {"sku":"A","node":"n1","qty":1}
> status S1 = delivered
order O1 on POS: 1 A
> O1/1: open 1
reserve order=O1
> refused stock.insufficient
> nothing
# A correction up to 0 serves nobody.
count_stock sku=A node=n1 counted:=0
> available A n1 = 0
> ats A P = 0
> found A = -1
> O1/1: open 1
reserve order=O1
> refused stock.insufficient
receive_stock sku=A node=n1 qty:=1
reserve order=O1
> O1/1: reserved 1
# Another node's stock makes up for it in the pool, but the node itself takes no claim.
receive_stock sku=B node=n2 qty:=5
sell_through node=n1 order=S2 channel=POS currency=USD lines:=[{"line":"1","sku":"B","qty":1}]
> available B n1 = -1
> ats B P = 4
order O2 on POS: 5 B
> O2/1: open 1, reserved 4
commit_plan order=O2 assignments=1*1@n1
> refused plan.stale
order O3 on POS pickup n1: 1 B
> O3/1: open 1
# A channel that may take only what is free is refused the rest.
policy channel WEB {"sell_through":"free"}
sell_through node=n1 order=S3 channel=WEB currency=USD lines:=[{"line":"1","sku":"B","qty":1}]
> refused stock.insufficient
> nothing
