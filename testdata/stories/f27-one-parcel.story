# Three nodes could each send a part; one that has all of it sends one parcel. An order that must not
# come in parts is held to that.
shop
node n1 in P store pickup lane Z1
node n2 in P store pickup lane Z1
node n3 in Q store pickup lane Z1
node n4 in P store lane Z1
receive_stock sku=A node=n1 qty:=1
receive_stock sku=B node=n2 qty:=1
receive_stock sku=C node=n3 qty:=1
order O1 on WEB: 1 A, 1 B, 1 C
> plan O1 = 1*1@n1,2*1@n2,3*1@n3
receive_stock sku=A node=n4 qty:=1
receive_stock sku=B node=n4 qty:=1
receive_stock sku=C node=n4 qty:=1
> plan O1 = 1*1@n4,2*1@n4,3*1@n4
# No more than two parcels: three nodes are too many, and nothing is half committed.
policy channel WEB {"max_packages":2}
commit_plan order=O1 assignments=1*1@n1,2*1@n2,3*1@n3
> refused plan.infeasible at /assignments
> nothing
commit_plan order=O1 assignments=1*1@n1,2*1@n1
> refused plan.stale at /assignments/1
> nothing
# Gathered at one node first (a transfer by hand), it goes out as one.
move_stock {"sku":"B","qty":1,"from":{"node":"n2","bucket":"available"},"to":{"node":"n1","bucket":"available"}}
commit_plan order=O1 assignments=1*1@n1,2*1@n1,3*1@n4
> O1/1: allocated 1@n1
> O1/2: allocated 1@n1
> O1/3: allocated 1@n4
