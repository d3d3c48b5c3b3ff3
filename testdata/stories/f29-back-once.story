# Each unit goes back once, whichever ways are tried.
shop
receive_stock sku=A node=n1 qty:=2
order O1 on WEB: 2 A
commit_plan order=O1 assignments=1*2@n1
release_to_node order=O1 node=n1
pack order=O1 node=n1 lines=1*2 as K1
ship order=O1 package=$K1
lose_parcel order=O1 package=$K1 then=refund
> O1/1: cancelled 2
> lost A = 2
> ats A P = 0
cancel_order order=O1
> refused order.closed
lose_parcel order=O1 package=$K1 then=reship
> refused order.closed
> ats A P = 0
> on_hand A n1 = 0
order O2 on WEB: 1 A
receive_stock sku=A node=n1 qty:=1
reserve order=O2
cancel_order order=O2
unreserve order=O2 lines=1
> refused order.closed
wait 30d
tick
> nothing
> ats A P = 1
