# What a plan takes first: the line's reservation in the node's pool, then its open units, then what
# it has reserved elsewhere, which is given back there.
shop
receive_stock sku=A node=n1 qty:=2
receive_stock sku=A node=n3 qty:=2
order O1 on WEB: 5 A
> O1/1: open 1, reserved 4
receive_stock sku=A node=n3 qty:=4
> ats A Q = 4
commit_plan order=O1 assignments=1*2@n3
> event units.allocated {"verb":"commit_plan"}
> O1/1: open 1, reserved 2, allocated 2@n3
> reserved A Q = 0
> ats A Q = 4
commit_plan order=O1 assignments=1*1@n3
> O1/1: reserved 2, allocated 3@n3
> ats A Q = 3
> reserved A P = 2
commit_plan order=O1 assignments=1*2@n3
> O1/1: allocated 5@n3
> ats A Q = 1
> ats A P = 2
> reserved A P = 0
> available A n3 = 1

# Two lines of one order share a SKU: the second sees what the first took.
receive_stock sku=B node=n1 qty:=3
order O2 on WEB: 2 B, 2 B
> O2/1: reserved 2
> O2/2: open 1, reserved 1
commit_plan order=O2 assignments=1*2@n1,2*2@n1
> refused plan.stale at /assignments/1
> nothing
commit_plan order=O2 assignments=1*2@n1,2*2@n1 partial:=true
> short O2/2 = 2
> O2/1: allocated 2@n1
> O2/2: open 1, reserved 1
> event order.plan_committed {}

# An order's own claim never blocks it: all is reserved, and all can be allocated in parts.
receive_stock sku=C node=n1 qty:=10
order O3 on WEB: 10 C
> ats C P = 0
commit_plan order=O3 assignments=1*7@n1
> O3/1: reserved 3, allocated 7@n1
commit_plan order=O3 assignments=1*3@n1
> O3/1: allocated 10@n1
commit_plan order=O3 assignments=1*1@n1
> refused line.stage_forbids at /assignments/0

# Another order's claim does.
receive_stock sku=C node=n2 qty:=1
order O4 on WEB: 1 C
order O5 on WEB: 1 C
commit_plan order=O5 assignments=1*1@n2
> refused plan.stale at /assignments/0
