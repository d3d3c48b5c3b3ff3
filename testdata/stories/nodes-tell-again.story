# What nodes and carriers tell twice, late or out of order moves nothing a second time.
shop
receive_stock sku=A node=n1 qty:=2
order O1 on WEB: 2 A
commit_plan order=O1 assignments=1*2@n1
release_to_node order=O1 node=n1
release_to_node order=O1 node=n1
> refused line.stage_forbids
> nothing
pack order=O1 node=n1 lines=1*2 as K1
pack order=O1 node=n1 lines=1*2
> refused line.stage_forbids at /lines/0/qty
> nothing
# It arrives before anybody said that it left.
deliver order=O1 package=$K1
> refused line.stage_forbids
> nothing
ship order=O1 package=$K1
ship order=O1 package=$K1
> refused line.stage_forbids
> nothing
# Too late to be found missing, to be unpacked or packed again.
node_rejects order=O1 node=n1 reason=not_found lines=1*1
> refused line.stage_forbids at /lines/0/qty
> nothing
unpack order=O1 package=$K1
> refused line.stage_forbids
pack order=O1 node=n1 lines=1*1
> refused line.stage_forbids at /lines/0/qty
> shrink A = 0
# Told anew in its turn it counts, once.
deliver order=O1 package=$K1
> O1/1: delivered 2
> customer A = 2
deliver order=O1 package=$K1
> refused order.closed
> nothing
lose_parcel order=O1 package=$K1 then=refund
> refused order.closed
> nothing
> customer A = 2
> lost A = 0

# A pickup is handed over once, and not after its deadline has given it up.
receive_stock sku=B node=n1 qty:=2
order O2 on WEB pickup n1: 2 B
release_to_node order=O2 node=n1
pack order=O2 node=n1 lines=1*2
collect order=O2 node=n1 lines=1*1
collect order=O2 node=n1 lines=1*2
> refused line.stage_forbids at /lines/0/qty
> nothing
> O2/1: packed 1@n1, delivered 1
wait 10d
tick
> O2/1: delivered 1, cancelled 1
collect order=O2 node=n1
> refused order.closed
> nothing
> available B n1 = 1
