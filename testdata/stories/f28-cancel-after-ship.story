# What is shipped is not cancelled; nothing ships without a claim; plans see what waits, nothing else.
shop
node n1 in P store pickup lane Z1
node n2 in P store pickup lane Z1
receive_stock sku=A node=n1 qty:=5
order O1 on WEB: 2 A
commit_plan order=O1 assignments=1*2@n1
release_to_node order=O1 node=n1
pack order=O1 node=n1 lines=1*2 as K1
ship order=O1 package=$K1
cancel_order order=O1
> refused line.stage_forbids
> nothing
cancel_lines order=O1 lines=1*1
> refused line.stage_forbids
> on_hand A n1 = 3
> plan O1 = nothing
commit_plan order=O1 assignments=1*1@n1
> refused line.stage_forbids
> nothing
ship order=O1 package=$K1
> refused line.stage_forbids
> nothing
unpack order=O1 package=$K1
> refused line.stage_forbids
pack order=O1 node=n1 lines=1*1
> refused line.stage_forbids
order O2 on WEB: 1 A
pack order=O2 node=n1 lines=1*1
> refused line.stage_forbids
> nothing

# What waits beside what is shipped is proposed, and that alone.
receive_stock sku=B node=n1 qty:=3
order O3 on WEB: 5 B
commit_plan order=O3 assignments=1*2@n1
release_to_node order=O3 node=n1
pack order=O3 node=n1 lines=1*1 as K3
ship order=O3 package=$K3
> O3/1: open 2, reserved 1, released 1@n1, shipped 1
> plan O3 = 1*1@n1
> unplanned O3/1 = 2
