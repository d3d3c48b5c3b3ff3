# Nothing of an order that ships together leaves before all of it that is still wanted is packed.
shop
receive_stock sku=A node=n1 qty:=3
receive_stock sku=B node=n2 qty:=1
order O1 on WEB together: 2 A, 2 B
> O1/2: open 1, reserved 1
commit_plan order=O1 assignments=1*2@n1,2*1@n2
release_to_node order=O1 node=n1
release_to_node order=O1 node=n2
pack order=O1 node=n1 lines=1*2 as ONE
ship order=O1 package=$ONE
> refused order.not_packed at /order
> nothing
pack order=O1 node=n2 lines=2*1 as TWO
# One unit of B is open still, with nothing behind it.
ship order=O1 package=$ONE
> refused order.not_packed at /order
cancel_lines order=O1 lines=2*1
ship order=O1 package=$ONE
> O1/1: shipped 2
> O1/2: packed 1@n2, cancelled 1
ship order=O1 package=$TWO
# What is lost is sent again by itself.
lose_parcel order=O1 package=$TWO then=refund
deliver order=O1 package=$ONE
> status O1 = delivered

# Without the wish each package leaves when it is packed; a pickup waits for nobody.
order O2 on WEB: 1 A
commit_plan order=O2 assignments=1*1@n1
release_to_node order=O2 node=n1
pack order=O2 node=n1 lines=1*1 as THREE
ship order=O2 package=$THREE
