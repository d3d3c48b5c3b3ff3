# Moves are per stage and conserve; sourcing anew never loses a unit.
shop
node n1 in P store pickup lane Z1
node n2 in P store pickup lane Z1
receive_stock sku=A node=n1 qty:=10
order O1 on WEB: 15 A
> O1/1: open 5, reserved 10
commit_plan order=O1 assignments=1*10@n1
> O1/1: open 5, allocated 10@n1
release_to_node order=O1 node=n1 lines=1*4
> O1/1: open 5, allocated 6@n1, released 4@n1
unallocate order=O1 lines:=[{"line":"1","node":"n1","qty":2}]
> O1/1: open 5, reserved 2, allocated 4@n1, released 4@n1
receive_stock sku=A node=n2 qty:=6
# Sourcing sees what waits, two reserved and five open, and places all of it.
> plan O1 = 1*6@n2,1*1@n1
> unplanned O1/1 = 0
commit_plan order=O1 assignments=1*6@n2
> O1/1: open 1, allocated 4@n1, allocated 6@n2, released 4@n1
# What the order had reserved serves it at the other node; the two units at n1 are free.
> ats A P = 2
> reserved A P = 0
> available A n1 = 2
> available A n2 = 0
> short O1/1 = 0
