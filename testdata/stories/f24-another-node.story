# Work is done where the units are; another node means sourcing anew first.
shop
receive_stock sku=A node=n1 qty:=2
receive_stock sku=A node=n2 qty:=2
order O1 on WEB: 2 A
commit_plan order=O1 assignments=1*2@n1
release_to_node order=O1 node=n2
> refused line.stage_forbids
> nothing
release_to_node order=O1 node=n1
pack order=O1 node=n2 lines=1*1
> refused line.stage_forbids
> nothing
node_rejects order=O1 node=n2 reason=not_found lines=1*1
> refused line.stage_forbids
> nothing
node_rejects order=O1 node=n1 reason=late lines=1*2
> O1/1: reserved 2
commit_plan order=O1 assignments=1*2@n2
release_to_node order=O1 node=n2
pack order=O1 node=n2 lines=1*2 as K1
ship order=O1 package=$K1
> on_hand A n1 = 2
> on_hand A n2 = 0
> available A n1 = 2
> ats A P = 2
