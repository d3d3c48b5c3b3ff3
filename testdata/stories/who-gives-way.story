# Whose claim gives way to a count: those on the pool before those at the node, allocated before
# released, packed never; among equals the last line of the last order first.
shop
receive_stock sku=A node=n1 qty:=7
order O1 on POS: 1 A
commit_plan order=O1 assignments=1*1@n1
release_to_node order=O1 node=n1
pack order=O1 node=n1 lines=1*1
order O2 on POS: 1 A
commit_plan order=O2 assignments=1*1@n1
release_to_node order=O2 node=n1
order O3 on POS: 1 A
commit_plan order=O3 assignments=1*1@n1
# Placed later and more urgent; placed last, with two lines of the SKU.
wait 1m
order O4 on POS priority 5: 1 A
wait 1m
order O5 on POS: 1 A, 1 A
> ats A P = 1
count_stock sku=A node=n1 counted:=6
> events stock.counted stock.discrepancy_found
> ats A P = 0
count_stock sku=A node=n1 counted:=5
> O5/1: reserved 1
> O5/2: open 1
count_stock sku=A node=n1 counted:=4
> O5/1: open 1
> O4/1: reserved 1
count_stock sku=A node=n1 counted:=3
> O4/1: open 1
> O3/1: allocated 1@n1
count_stock sku=A node=n1 counted:=2
> O3/1: open 1
> O2/1: released 1@n1
count_stock sku=A node=n1 counted:=1
> O2/1: open 1
> O1/1: packed 1@n1
count_stock sku=A node=n1 counted:=0
> O1/1: packed 1@n1
> available A n1 = -1
> ats A P = -1
# What comes in serves nobody by itself; who asks first gets it.
receive_stock sku=A node=n1 qty:=2
> ats A P = 1
> O4/1: open 1
