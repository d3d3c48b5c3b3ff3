# Reservations end at their deadline by tick, not by themselves; what expires claims nothing again.
shop
policy channel WEB {"reserve_minutes":60,"pickup_days":2}
receive_stock sku=A node=n1 qty:=2
order O1 on WEB: 2 A
order O2 on WEB: 2 A
> O2/1: open 2
wait 60m
> O1/1: reserved 2
tick
> events units.expired
> O1/1: open 2
> O2/1: open 2
> ats A P = 2
tick
> nothing
reserve order=O2
> O2/1: reserved 2
reserve order=O1
> refused stock.insufficient at /order
> status O1 = awaiting_stock

# A pickup that nobody came for is cancelled wherever its units are, without the node's assent; a
# cancellation that was asked for is settled with it.
policy node n1 {"cancel_assent":true}
receive_stock sku=B node=n1 qty:=4
order P1 on WEB pickup n1: 4 B
release_to_node order=P1 node=n1 lines=1*3
pack order=P1 node=n1 lines=1*2 as K
cancel_lines order=P1 lines:=[{"line":"1","qty":1,"stage":"packed"}]
> pending P1/1 n1 = 1
> P1/1: allocated 1@n1, released 1@n1, packed 2@n1
wait 47h
tick
> P1/1: allocated 1@n1, released 1@n1, packed 2@n1
wait 1h
tick
> P1/1: cancelled 4
> pending P1/1 n1 = 0
> available B n1 = 4
> allocated B n1 = 0
> status P1 = cancelled
> node_day n1 2026-11-24 = 0
tick
> nothing

# A hold ends, and so does the exclusion of a node that has rejected.
receive_stock sku=C node=n1 qty:=2
order H1 on WEB: 1 C
hold_order order=H1 kind=stock until=2026-11-30T00:00:00Z
hold_order order=H1 kind=fraud
now 2026-11-30T00:00:00Z
> holds H1 = fraud,stock
tick
> event order.hold_ended {"kind":"stock","end":"expired"}
> holds H1 = fraud
lift_hold order=H1 kind=fraud
reserve order=H1
commit_plan order=H1 assignments=1*1@n1
release_to_node order=H1 node=n1
node_rejects order=H1 node=n1 reason=late lines=1*1
> excluded H1 C n1 = yes
commit_plan order=H1 assignments=1*1@n1
> refused node.excluded at /assignments/0/node
wait 24h
commit_plan order=H1 assignments=1*1@n1
> refused node.excluded at /assignments/0/node
tick
> event order.exclusion_ended {"sku":"C","node":"n1"}
> excluded H1 C n1 = no
tick limit:=0
> refused invalid.range at /limit
