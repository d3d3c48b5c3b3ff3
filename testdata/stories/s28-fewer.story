# Down from five: what costs least to undo goes first, and what has left the house stays.
shop
receive_stock sku=A node=n1 qty:=2
order O1 on WEB: 5 A
commit_plan order=O1 assignments=1*2@n1
release_to_node order=O1 node=n1 lines=1*1
pack order=O1 node=n1 lines=1*1 as K1
ship order=O1 package=$K1
> O1/1: open 3, allocated 1@n1, shipped 1
cancel_lines order=O1 lines=1*4
> O1/1: shipped 1, cancelled 4
> available A n1 = 1
> ats A P = 1
cancel_lines order=O1 lines=1*1
> refused line.stage_forbids at /lines/0
> nothing
# The same over every stage: open, reserved, allocated, released, packed, one after another.
receive_stock sku=B node=n1 qty:=4
order O2 on WEB: 5 B
commit_plan order=O2 assignments=1*3@n1
release_to_node order=O2 node=n1 lines=1*2
pack order=O2 node=n1 lines=1*1 as K2
> O2/1: open 1, reserved 1, allocated 1@n1, released 1@n1, packed 1@n1
cancel_lines order=O2 lines=1*1
> O2/1: reserved 1, allocated 1@n1, released 1@n1, packed 1@n1, cancelled 1
cancel_lines order=O2 lines=1*1
> O2/1: allocated 1@n1, released 1@n1, packed 1@n1, cancelled 2
cancel_lines order=O2 lines=1*1
> O2/1: released 1@n1, packed 1@n1, cancelled 3
cancel_lines order=O2 lines=1*1
> O2/1: packed 1@n1, cancelled 4
cancel_lines order=O2 lines=1*1
> O2/1: cancelled 5
> available B n1 = 4
> ats B P = 4
