# What leaves a node is what the lines say, each SKU by its own quantity.
shop
receive_stock sku=A node=n1 qty:=8
receive_stock sku=B node=n1 qty:=8
order O1 on WEB: 5 A, 3 B
commit_plan order=O1 assignments=1*5@n1,2*3@n1
release_to_node order=O1 node=n1
pack order=O1 node=n1 lines=1*5,2*3 as K1
ship order=O1 package=$K1
> on_hand A n1 = 3
> on_hand B n1 = 5
> transit A $K1 = 5
> transit B $K1 = 3
deliver order=O1 package=$K1 lines=1*4
> customer A = 4
> customer B = 0
deliver order=O1 package=$K1
> customer A = 5
> customer B = 3
# Two parcels with a part of each, one of them lost.
order O2 on WEB: 3 A, 4 B
commit_plan order=O2 assignments=1*3@n1,2*4@n1
release_to_node order=O2 node=n1
pack order=O2 node=n1 lines=1*2,2*1 as K2
pack order=O2 node=n1 lines=2*3,1*1 as K3
ship order=O2 package=$K2
ship order=O2 package=$K3
lose_parcel order=O2 package=$K2 then=refund
> lost A = 2
> lost B = 1
> transit A $K3 = 1
> transit B $K3 = 3
deliver order=O2 package=$K3
> O2/1: delivered 1, cancelled 2
> O2/2: delivered 3, cancelled 1
> customer A = 6
> customer B = 6
> on_hand A n1 = 0
> on_hand B n1 = 1
