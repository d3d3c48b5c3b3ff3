# Open units are claimed as far as there is stock; what is claimed already is no change.
shop
order O1 on WEB: 5 A
> O1/1: open 5
reserve order=O1
> refused stock.insufficient at /order
> nothing
receive_stock sku=A node=n1 qty:=2
receive_stock sku=A node=n3 qty:=1
reserve order=O1 lines=1*4
> events units.reserved
> short O1/1 = 1
> O1/1: open 2, reserved 3
> ats A P = 0
> ats A Q = 0
# Nothing more is there: the holders are named.
reserve order=O1 lines=1
> refused stock.insufficient at /lines/0
receive_stock sku=A node=n2 qty:=9
reserve order=O1
> O1/1: reserved 5
> ats A P = 7
reserve order=O1
> accepted
> nothing
reserve order=O1 lines=1*5
> accepted
> nothing
reserve order=O1 lines=1*6
> refused line.stage_forbids at /lines/0
reserve order=O1 lines=2
> refused line.unknown at /lines/0/line
reserve order=O1 until=2026-11-24T09:00:00Z
> refused invalid.date_range at /until

# A pickup claims at its location only, and keeps within its day's room.
node s1 in P store pickup capacity 1
receive_stock sku=B node=n1 qty:=5
order O2 on WEB pickup s1: 2 B
> O2/1: open 2
reserve order=O2
> refused stock.insufficient at /order
receive_stock sku=B node=s1 qty:=3
order O3 on WEB pickup s1: 1 B
> O3/1: allocated 1@s1
reserve order=O2
> refused node.at_capacity at /order
cancel_order order=O3
reserve order=O2
> O2/1: allocated 2@s1
reserve order=O2
> accepted
> nothing

# Where all units are on their way there is nothing to reserve.
commit_plan order=O1 assignments=1*5@n2
reserve order=O1
> refused line.stage_forbids at /order
reserve order=O1 lines=1
> refused line.stage_forbids at /lines/0
cancel_order order=O1
reserve order=O1
> refused order.closed at /order
