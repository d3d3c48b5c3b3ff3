# A node that lacks units: the hurt order claims again first, and is not sent there again for a while.
shop
node n1 in P store pickup lane Z1
node n2 in P store pickup lane Z1
receive_stock sku=A node=n1 qty:=3
receive_stock sku=A node=n2 qty:=3
order O1 on WEB: 5 A
> O1/1: reserved 5
commit_plan order=O1 assignments=1*3@n1,1*2@n2
> O1/1: allocated 3@n1, allocated 2@n2
> ats A P = 1
release_to_node order=O1 node=n1
release_to_node order=O1 node=n2
> O1/1: released 3@n1, released 2@n2
> available A n2 = 1
> on_hand A n1 = 3
node_rejects order=O1 node=n1 reason=not_found lines=1*2
> O1/1: open 1, reserved 1, released 1@n1, released 2@n2
> short O1/1 = 1
> on_hand A n1 = 1
> shrink A = 2
> ats A P = 0
> reserved A P = 1
> event stock.discrepancy_found {"sku":"A","node":"n1","qty":-2,"cause":"not_found"}
> excluded O1 A n1 = yes
> available A n2 = 1
# Sourcing anew finds one of the two, and not at the node that has just refused.
> plan O1 = 1*1@n2
> unplanned O1/1 = 1
commit_plan order=O1 assignments=1*1@n1
> refused node.excluded at /assignments/0/node
> nothing
commit_plan order=O1 assignments=1*2@n2
> refused plan.stale at /assignments/0
> nothing
commit_plan order=O1 assignments=1*1@n2
> O1/1: open 1, allocated 1@n2, released 1@n1, released 2@n2
> status O1 = in_fulfillment
