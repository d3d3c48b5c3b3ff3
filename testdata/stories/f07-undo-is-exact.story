# Unpack undoes pack, unallocate undoes allocate; the order keeps its claim and can be tried again.
shop
receive_stock sku=A node=n1 qty:=4
order O1 on WEB: 4 A
commit_plan order=O1 assignments=1*4@n1
> available A n1 = 0
> allocated A n1 = 4
unallocate order=O1 lines:=[{"line":"1","node":"n1","qty":1}]
> O1/1: reserved 1, allocated 3@n1
> available A n1 = 1
> allocated A n1 = 3
> reserved A P = 1
> ats A P = 0
commit_plan order=O1 assignments=1*1@n1
release_to_node order=O1 node=n1
pack order=O1 node=n1 lines=1*4 as K1
unpack order=O1 package=$K1 lines=1*1
> O1/1: released 1@n1, packed 3@n1
> allocated A n1 = 4
unpack order=O1 package=$K1
> O1/1: released 4@n1
> allocated A n1 = 4
pack order=O1 node=n1 lines=1*4 package=$K1
ship order=O1 package=$K1
> O1/1: shipped 4
> on_hand A n1 = 0
# A node that gives good work back leaves the claim where it was.
receive_stock sku=B node=n1 qty:=1
order O2 on WEB: 1 B
commit_plan order=O2 assignments=1*1@n1
release_to_node order=O2 node=n1
node_rejects order=O2 node=n1 reason=capacity lines=1*1
> O2/1: reserved 1
> available B n1 = 1
> reserved B P = 1
> ats B P = 0
> excluded O2 B n1 = yes
# When the exclusion has ended the node may be asked again.
wait 1d
tick
> excluded O2 B n1 = no
