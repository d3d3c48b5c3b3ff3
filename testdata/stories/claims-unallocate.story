# Taking an allocation back undoes the allocation, and the order keeps its claim.
shop
receive_stock sku=A node=n1 qty:=3
order O1 on WEB: 3 A
commit_plan order=O1 assignments=1*3@n1
> O1/1: allocated 3@n1
> available A n1 = 0
> reserved A P = 0
unallocate order=O1 lines:=[{"line":"1","qty":2,"node":"n1"}] reason=better_known
> events units.unallocated
> O1/1: reserved 2, allocated 1@n1
> available A n1 = 2
> allocated A n1 = 1
> reserved A P = 2
> ats A P = 0
# Nobody else gets them meanwhile.
order O2 on WEB: 1 A
> O2/1: open 1
unallocate order=O1 lines:=[{"line":"1","qty":2,"node":"n1"}]
> refused line.stage_forbids at /lines/0
unallocate order=O1 lines:=[{"line":"1","node":"n9"}]
> refused location.unknown at /lines/0/node
unallocate order=O1 lines:=[{"line":"1","node":"n1"}] reason=fraud
> refused reason.unknown at /reason
# The node may take them again; and what it works on is not taken back.
commit_plan order=O1 assignments=1*2@n1
release_to_node order=O1 node=n1
unallocate order=O1 lines:=[{"line":"1","node":"n1"}]
> refused line.stage_forbids at /lines/0

# The claim has a fresh deadline.
receive_stock sku=B node=n1 qty:=1
order O3 on WEB: 1 B
commit_plan order=O3 assignments=1*1@n1
wait 100h
tick
> nothing
unallocate order=O3 lines:=[{"line":"1","node":"n1"}]
> O3/1: reserved 1
wait 23h
tick
> nothing
wait 1h
tick
> O3/1: open 1
> ats B P = 1

# A pickup belongs to its location.
order O4 on WEB pickup n1: 1 B
> O4/1: allocated 1@n1
unallocate order=O4 lines:=[{"line":"1","node":"n1"}]
> refused invalid.group_kind at /lines/0/line
