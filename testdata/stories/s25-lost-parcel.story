# A parcel is lost: it is sent again from what comes in; the node that sent it did nothing wrong.
shop
receive_stock sku=A node=n1 qty:=1
order O1 on WEB: 1 A
commit_plan order=O1 assignments=1*1@n1
release_to_node order=O1 node=n1
pack order=O1 node=n1 lines=1*1 as K1
ship order=O1 package=$K1 carrier=UPS tracking=1Z
> O1/1: shipped 1
> ats A P = 0
> transit A $K1 = 1
lose_parcel order=O1 package=$K1 then=reship
> O1/1: open 1
> lost A = 1
> transit A $K1 = 0
> excluded O1 A n1 = no
> short O1/1 = 1
receive_stock sku=A node=n1 qty:=1
> O1/1: open 1
reserve order=O1
> O1/1: reserved 1
commit_plan order=O1 assignments=1*1@n1
release_to_node order=O1 node=n1
pack order=O1 node=n1 lines=1*1 as K2
ship order=O1 package=$K2
deliver order=O1 package=$K2
> O1/1: delivered 1
> customer A = 1
> lost A = 1
> status O1 = delivered
# The lost one cannot be lost or delivered again.
lose_parcel order=O1 package=$K1 then=refund
> refused order.closed
# Refund instead: the units end.
receive_stock sku=A node=n1 qty:=1
order O2 on WEB: 1 A
commit_plan order=O2 assignments=1*1@n1
release_to_node order=O2 node=n1
pack order=O2 node=n1 lines=1*1 as K3
ship order=O2 package=$K3
lose_parcel order=O2 package=$K3 then=refund
> O2/1: cancelled 1
> lost A = 2
> status O2 = cancelled
