# Cancelling gives back exactly what can still be cancelled, and never twice.
shop
receive_stock sku=A node=n1 qty:=5
order O1 on WEB: 5 A
commit_plan order=O1 assignments=1*3@n1
release_to_node order=O1 node=n1
pack order=O1 node=n1 lines=1*2 as K1
ship order=O1 package=$K1
> O1/1: reserved 2, released 1@n1, shipped 2
cancel_lines order=O1 lines=1*4
> refused line.stage_forbids at /lines/0
> nothing
cancel_order order=O1
> O1/1: shipped 2, cancelled 3
> available A n1 = 3
> ats A P = 3
> reserved A P = 0
> allocated A n1 = 0
# Again: nothing is left to give up.
cancel_order order=O1
> refused line.stage_forbids
> nothing
cancel_lines order=O1 lines=1*1
> refused line.stage_forbids
deliver order=O1 package=$K1
> O1/1: delivered 2, cancelled 3
cancel_order order=O1
> refused order.closed
> ats A P = 3
