# Claims are given back whence they came; the units stay wanted and nobody claims them by themselves.
shop
receive_stock sku=A node=n1 qty:=2
receive_stock sku=A node=n3 qty:=3
order O1 on WEB: 5 A
> O1/1: reserved 5
order O2 on WEB: 1 A
> O2/1: open 1
unreserve order=O1 lines:=[{"line":"1","qty":2,"pool":"Q"}]
> events units.unreserved
> O1/1: open 2, reserved 3
> ats A P = 0
> ats A Q = 2
> O2/1: open 1
unreserve order=O1 lines:=[{"line":"1","qty":2,"pool":"Q"}]
> refused line.stage_forbids at /lines/0
unreserve order=O1 lines:=[{"line":"1","qty":1,"pool":"Q"},{"line":"1"}]
> O1/1: open 5
> ats A P = 2
> ats A Q = 3
unreserve order=O1 lines=1*1
> refused line.stage_forbids at /lines/0

# A pickup gives back what lies at its location, and the location's day.
node s1 in P store pickup capacity 1
receive_stock sku=B node=s1 qty:=2
order O3 on WEB pickup s1: 2 B
> O3/1: allocated 2@s1
unreserve order=O3 lines=1*1
> O3/1: open 1, allocated 1@s1
> node_day s1 2026-11-24 = 1
unreserve order=O3 lines=1*1
> O3/1: open 2
> node_day s1 2026-11-24 = 0
> available B s1 = 2
