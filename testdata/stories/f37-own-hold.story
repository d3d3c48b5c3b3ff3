# An order's own claim counts as available to itself; a batch of deadlines goes on.
shop
receive_stock sku=A node=n1 qty:=1
policy channel WEB {"reserve_minutes":10}
order O1 on WEB: 1 A
reserve order=O1
> nothing
commit_plan order=O1 assignments=1*1@n1
> O1/1: allocated 1@n1
receive_stock sku=B node=n1 qty:=3
order O2 on WEB: 1 B
order O3 on WEB: 1 B
order O4 on WEB: 1 B
> ats B P = 0
wait 11m
tick limit:=2
> O2/1: open 1
> O3/1: open 1
> O4/1: reserved 1
tick
> O4/1: open 1
> ats B P = 3
> O1/1: allocated 1@n1
