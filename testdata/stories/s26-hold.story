# A hold stops the way forward and asks nodes to pause; cancelling works under it.
shop
receive_stock sku=A node=n1 qty:=3
order O1 on WEB: 3 A
commit_plan order=O1 assignments=1*3@n1
release_to_node order=O1 node=n1 lines=1*1 as W1
> O1/1: allocated 2@n1, released 1@n1
hold_order order=O1 kind=fraud
> status O1 = on_hold
> holds O1 = fraud
> event order.pause_requested {"node":"n1","fulfillment":"$W1","hold":"fraud","reason":"fraud_review"}
release_to_node order=O1 node=n1
> refused order.on_hold
> nothing
hold_order order=O1 kind=fraud
> refused hold.exists
# Holds of several kinds stand side by side; lifting one leaves the other.
hold_order order=O1 kind=address
> holds O1 = fraud,address
lift_hold order=O1 kind=address
> holds O1 = fraud
lift_hold order=O1 kind=address
> refused hold.unknown
cancel_order order=O1
> O1/1: cancelled 3
> available A n1 = 3
> ats A P = 3
> status O1 = cancelled
