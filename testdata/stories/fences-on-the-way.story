# What a channel keeps for itself stays its own until it leaves the house.
shop
receive_stock sku=A node=n1 qty:=5
set_fence sku=A pool=P channel=WEB fence:=3
> ats A P = 2
order O1 on WEB: 4 A
> O1/1: reserved 1, reserved 3 fenced
commit_plan order=O1 assignments=1*4@n1
release_to_node order=O1 node=n1
> O1/1: released 1@n1, released 3@n1 fenced
# Towards the customer common units go first, back the fenced ones.
pack order=O1 node=n1 lines=1*2 as K1
> O1/1: released 2@n1 fenced, packed 1@n1, packed 1@n1 fenced
unpack order=O1 package=$K1 lines=1*1
> O1/1: released 3@n1 fenced, packed 1@n1
ship order=O1 package=$K1
> O1/1: released 3@n1 fenced, shipped 1
# A node that is late keeps nothing: the claim stays, fenced as it was.
node_rejects order=O1 node=n1 reason=late lines=1*1
> O1/1: reserved 1 fenced, released 2@n1 fenced, shipped 1
> fenced A P WEB = 0
> reserved A P = 1
> ats A P = 1
# What is cancelled goes back into the fence.
policy node n1 {"cancel_assent":true}
cancel_lines {"order":"O1","lines":[{"line":"1","qty":1,"stage":"released"}]}
node_rejects order=O1 node=n1 reason=late lines=1*1
> O1/1: reserved 1 fenced, released 1@n1 fenced, shipped 1, cancelled 1
> fenced A P WEB = 1
# What is missing is claimed again, out of the own fence first.
node_rejects order=O1 node=n1 reason=not_found lines=1*1
> O1/1: reserved 2 fenced, shipped 1, cancelled 1
> fenced A P WEB = 0
> ats A P = 1
> shrink A = 1
# The carrier and the customer know no fences.
wait 2d
tick
receive_stock sku=A node=n2 qty:=2
reserve order=O1
commit_plan order=O1 assignments=1*2@n2
> O1/1: allocated 2@n2 fenced, shipped 1, cancelled 1
release_to_node order=O1 node=n2
pack order=O1 node=n2 lines=1*2 as K2
ship order=O1 package=$K2
> O1/1: shipped 3, cancelled 1
deliver order=O1 package=$K2
> O1/1: shipped 1, delivered 2, cancelled 1
# Lost under way: the units are claimed anew, and the last common one is claimed with them.
lose_parcel order=O1 package=$K1 then=reship
> O1/1: reserved 1, delivered 2, cancelled 1
> lost A = 1
