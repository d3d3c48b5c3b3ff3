# A pickup is claimed at its location, and given up when nobody comes for it.
shop
policy tenant {"pickup_days":7,"cancel_assent":true}
receive_stock sku=A node=n1 qty:=3
receive_stock sku=A node=n2 qty:=1
order O1 on WEB pickup n2: 2 A
# What lies elsewhere is no help for it.
> O1/1: open 1, allocated 1@n2
> short O1/1 = 1
> available A n2 = 0
> ats A P = 3
release_to_node order=O1 node=n2
pack order=O1 node=n2 lines=1*1 as K1
> O1/1: open 1, packed 1@n2
# A pickup is not shipped, and not served from another node.
ship order=O1 package=$K1
> refused invalid.group_kind
commit_plan order=O1 assignments=1*1@n1
> refused invalid.group_kind at /assignments/0/node
unallocate order=O1 lines:=[{"line":"1","node":"n2"}]
> refused invalid.group_kind
now 2026-12-01T08:59:59Z
tick
> nothing
now 2026-12-01T09:00:00Z
tick
> O1/1: open 1, cancelled 1
> available A n2 = 1
> allocated A n2 = 0
> ats A P = 4
# In time, and in two visits.
order O2 on WEB pickup n1: 3 A
> O2/1: allocated 3@n1
release_to_node order=O2 node=n1
pack order=O2 node=n1 lines=1*2
collect order=O2 node=n1
> O2/1: released 1@n1, delivered 2
> customer A = 2
pack order=O2 node=n1 lines=1*1
collect order=O2 node=n1
> O2/1: delivered 3
> status O2 = delivered
