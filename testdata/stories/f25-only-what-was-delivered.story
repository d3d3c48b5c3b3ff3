# The account of the customers holds what was delivered or handed over, and nothing that was only on
# its way.
shop
policy channel POS {"sell_through":"below_zero"}
receive_stock sku=A node=n1 qty:=6
order O1 on WEB: 2 A
commit_plan order=O1 assignments=1*2@n1
release_to_node order=O1 node=n1
pack order=O1 node=n1 lines=1*2 as K1
> customer A = 0
deliver order=O1 package=$K1
> refused line.stage_forbids
lose_parcel order=O1 package=$K1 then=reship
> refused line.stage_forbids
> nothing
ship order=O1 package=$K1
> customer A = 0
deliver order=O1 package=$K1 lines=1*1
> customer A = 1
lose_parcel order=O1 package=$K1 then=refund
> O1/1: delivered 1, cancelled 1
> customer A = 1
> lost A = 1
deliver order=O1 package=$K1
> refused order.closed
order O2 on WEB pickup n1: 3 A
release_to_node order=O2 node=n1
pack order=O2 node=n1 lines=1*3
collect order=O2 node=n1 lines=1*2
> customer A = 3
sell_through node=n1 order=S1 channel=POS currency=USD lines:=[{"line":"1","sku":"A","qty":2}]
> customer A = 5
> O2/1: packed 1@n1, delivered 2
> on_hand A n1 = 0
> supplier A = -6
