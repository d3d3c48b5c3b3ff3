# Cancelling what a node has in hand, where the node must agree.
shop
policy node n1 {"cancel_assent":true}
receive_stock sku=A node=n1 qty:=3
order O1 on WEB: 3 A
commit_plan order=O1 assignments=1*3@n1
release_to_node order=O1 node=n1 lines=1*2
pack order=O1 node=n1 lines=1*1 as K1
> O1/1: allocated 1@n1, released 1@n1, packed 1@n1
# One unit is free to go at once, the other is asked for; a second cancel asks for nothing twice.
cancel_lines order=O1 lines=1*2
> O1/1: released 1@n1, packed 1@n1, cancelled 1
> pending O1/1 n1 = 1
> available A n1 = 1
> event order.cancellation_requested {"line":"1","node":"n1","qty":1}
# The node sends what is packed, and agrees for the rest.
ship order=O1 package=$K1
> O1/1: released 1@n1, shipped 1, cancelled 1
> pending O1/1 n1 = 1
node_rejects order=O1 node=n1 reason=late lines=1*1
> O1/1: shipped 1, cancelled 2
> pending O1/1 n1 = 0
> available A n1 = 2
> excluded O1 A n1 = no
> status O1 = shipped

# The same, but the node packs and sends both: what was asked for lapses.
order O2 on WEB: 2 A
commit_plan order=O2 assignments=1*2@n1
release_to_node order=O2 node=n1
pack order=O2 node=n1 lines=1*1 as K2
cancel_lines order=O2 lines=1*1
> O2/1: released 1@n1, packed 1@n1
> pending O2/1 n1 = 1
cancel_lines order=O2 lines=1*1
> pending O2/1 n1 = 2
cancel_lines order=O2 lines=1*1
> refused line.stage_forbids at /lines/0
> nothing
pack order=O2 node=n1 lines=1*1 as K3
ship order=O2 package=$K2
> event order.cancellation_lapsed {"line":"1","node":"n1","qty":1}
> pending O2/1 n1 = 1
> O2/1: packed 1@n1, shipped 1
ship order=O2 package=$K3
> event order.cancellation_lapsed {"line":"1","node":"n1","qty":1}
> pending O2/1 n1 = 0
> O2/1: shipped 2

# And the third way: the node unpacks, and the unit ends there.
receive_stock sku=B node=n1 qty:=1
order O3 on WEB: 1 B
commit_plan order=O3 assignments=1*1@n1
release_to_node order=O3 node=n1
pack order=O3 node=n1 lines=1*1 as K4
cancel_order order=O3 reason=fraud
> pending O3/1 n1 = 1
# The node is told why.
> event order.cancellation_requested {"order":"O3","node":"n1","qty":1,"reason":"fraud"}
unpack order=O3 package=$K4 lines=1*1
> O3/1: cancelled 1
> pending O3/1 n1 = 0
> available B n1 = 1
> status O3 = cancelled
