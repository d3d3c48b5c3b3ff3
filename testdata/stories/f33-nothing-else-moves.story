# Giving up a part touches that part alone; asking for more claims only what grows; what is refused
# changes nothing.
shop
receive_stock sku=A node=n1 qty:=6
receive_stock sku=B node=n1 qty:=2
order O1 on WEB: 4 A, 2 B
order O2 on WEB: 2 A
commit_plan order=O1 assignments=1*2@n1
release_to_node order=O1 node=n1
pack order=O1 node=n1 lines=1*1 as K1
ship order=O1 package=$K1
> O1/1: reserved 2, released 1@n1, shipped 1
cancel_lines order=O1 lines=2*1
> O1/1: reserved 2, released 1@n1, shipped 1
> O1/2: reserved 1, cancelled 1
> O2/1: reserved 2
> ats B P = 1
> reserved A P = 4
# A shipped line reserves nothing again.
reserve order=O1
> nothing
> reserved A P = 4
reserve order=O1 lines=1*3
> refused line.stage_forbids at /lines/0
> nothing
cancel_lines order=O1 lines=2*1,1*4
> refused line.stage_forbids at /lines/1
> nothing
> O1/2: reserved 1, cancelled 1
# Undone claims do not come back with a later command.
unreserve order=O1 lines=1*2
> O1/1: open 2, released 1@n1, shipped 1
commit_plan order=O1 assignments=1*3@n1
> refused plan.stale at /assignments/0
> nothing
commit_plan order=O1 assignments=1*3@n1 dry_run:=true
> refused invalid.unknown_field at /commit_plan/dry_run
> O1/1: open 2, released 1@n1, shipped 1
> ats A P = 2
reserve order=O1 lines=1*1
> O1/1: open 1, reserved 1, released 1@n1, shipped 1
> ats A P = 1
