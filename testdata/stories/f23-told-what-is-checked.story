# What is told is the balance that is checked: also after a partial shipment.
shop
receive_stock sku=A node=n1 qty:=10
order O1 on WEB: 6 A
> sees A WEB = 4
commit_plan order=O1 assignments=1*4@n1
release_to_node order=O1 node=n1
pack order=O1 node=n1 lines=1*4 as K1
ship order=O1 package=$K1
> sees A WEB = 4
> on_hand A n1 = 6
> reserved A P = 2
order O2 on WEB: 5 A
> O2/1: open 1, reserved 4
> short O2/1 = 1
> sees A WEB = 0
deliver order=O1 package=$K1
> sees A WEB = 0
