# A command is applied whole or not at all.
shop
receive_stock sku=A node=n1 qty:=2
receive_stock sku=B node=n1 qty:=2
order O1 on WEB: 2 A, 2 B
commit_plan order=O1 assignments=1*2@n1,2*1@n1
release_to_node order=O1 node=n1 lines=1*2,2*2
> refused line.stage_forbids
> nothing
> O1/1: allocated 2@n1
release_to_node order=O1 node=n1 lines=1*2,9*1
> refused line.unknown
> nothing
release_to_node order=O1 node=n1 lines=1*2,2*1
pack order=O1 node=n1 lines=1*2,2*2
> refused line.stage_forbids
> nothing
cancel_lines order=O1 lines=1*1,2*3
> refused line.stage_forbids
> nothing
commit_plan order=O1 assignments=2*1@n1,1*1@n1
> refused line.stage_forbids
> nothing
> available B n1 = 1
# What is told before is what comes.
dry commit_plan order=O1 assignments=2*1@n1
> nothing
> O1/2: reserved 1, released 1@n1
commit_plan order=O1 assignments=2*1@n1
> O1/2: allocated 1@n1, released 1@n1
