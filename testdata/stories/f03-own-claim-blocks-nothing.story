# Every unit is claimed; the orders that claimed them go on, also in parts.
shop
receive_stock sku=A node=n1 qty:=10
order O1 on WEB: 10 A
> ats A P = 0
commit_plan order=O1 assignments=1*7@n1
> O1/1: reserved 3, allocated 7@n1
> ats A P = 0
release_to_node order=O1 node=n1
pack order=O1 node=n1 lines=1*7 as K1
> O1/1: reserved 3, packed 7@n1
ship order=O1 package=$K1
> on_hand A n1 = 3
> available A n1 = 3
> reserved A P = 3
commit_plan order=O1 assignments=1*3@n1
> O1/1: allocated 3@n1, shipped 7
