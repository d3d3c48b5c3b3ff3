# Where every refusal of every verb can be met.
shop
node x1 in P store pickup
node x2 in P store pickup capacity 1
node x3 in P store noship
define_location {"id":"x4","kind":"dc","pool":"P","time_zone":"UTC","lanes":[
  {"to":{"region":"Z9"},"service":"standard","cost_fixed":"5.00 USD","cost_per_kg":"1.00 USD","transit_days":2}]}
channel AON sells P pos
channel STRICT sells P web
channel ONLYQ sells Q web
policy channel AON {"all_or_nothing":true}
policy channel STRICT {"totals":"strict"}
policy channel POS {"sell_through":"claims"}
policy channel WEB {"sell_through":"free"}
item R
retire_item sku=R
node x5 in P store
item E
receive_stock sku=E node=x5 qty:=1
item H hazmat
receive_stock sku=A node=n1 qty:=30
receive_stock sku=A node=n2 qty:=10
receive_stock sku=A node=x2 qty:=5
receive_stock sku=A node=x3 qty:=5
receive_stock sku=A node=x4 qty:=5
receive_stock sku=H node=n1 qty:=5
set_buffer sku=A node=n2 buffer:=2
set_fence sku=A pool=P channel=WEB fence:=1
move_stock {"sku":"A","qty":2,"from":{"node":"n2","bucket":"available"},"to":{"node":"n2","bucket":"damaged"}}

# Nothing to do any more.
order OC on WEB: 1 A
cancel_order order=OC
# Open, with stock; open, without; reserved; a pickup at a location that is closed, at one that is full.
order OO on WEB: 2 B
receive_stock sku=B node=n1 qty:=2
order ON on WEB: 2 C
order OW on WEB: 3 A, 1 H
order OX on WEB pickup x1: 1 C
close_location location=x1
order OF on WEB pickup x2: 1 A
order OG on WEB pickup x2: 1 A
> OG/1: open 1
# On hold, with units at every stage up to packed; a pickup on hold.
order OH on WEB: 4 A
commit_plan order=OH assignments=1*3@n1
release_to_node order=OH node=n1 lines=1*2
pack order=OH node=n1 lines=1*1 as HELD
hold_order order=OH kind=fraud
# Allocated, as a shipment and as a pickup.
order OL on WEB: 2 A
commit_plan order=OL assignments=1*2@n1
order OPL on WEB pickup n1: 1 A
# Released at n1; one more at n2.
order OR on WEB: 3 A
commit_plan order=OR assignments=1*2@n1,1*1@n2
release_to_node order=OR node=n1 as WORK
release_to_node order=OR node=n2 as WORK2
# Packed, shipped, a pickup packed.
order OK on WEB: 2 A
commit_plan order=OK assignments=1*2@n1
release_to_node order=OK node=n1
pack order=OK node=n1 lines=1*2 as BOX
order OS on WEB: 2 A
commit_plan order=OS assignments=1*2@n1
release_to_node order=OS node=n1
pack order=OS node=n1 lines=1*2 as SENT
ship order=OS package=$SENT
order OTG on WEB together: 2 A
commit_plan order=OTG assignments=1*2@n1
release_to_node order=OTG node=n1
pack order=OTG node=n1 lines=1*1 as HALF
order OP on WEB pickup n1: 1 A
release_to_node order=OP node=n1
pack order=OP node=n1 lines=1*1 as BAG
# Two packages of one order, one at each node, and work left at both.
order OT on WEB: 4 A
commit_plan order=OT assignments=1*2@n1,1*2@n2
release_to_node order=OT node=n1
release_to_node order=OT node=n2
pack order=OT node=n1 lines=1*1 as BOX1
pack order=OT node=n2 lines=1*1 as BOX2
# A node that has refused.
order OE on WEB: 1 A
commit_plan order=OE assignments=1*1@n2
release_to_node order=OE node=n2
node_rejects order=OE node=n2 reason=late lines=1*1
# May not be cut; not sold from pool P.
order OM on WEB complete: 3 A
order OQ on ONLYQ: 1 A
# Claimed in the pool, where the only unit lies at x5.
order OV on WEB: 1 E
# Below zero at n3; claimed there.
policy node n3 {"sell_through":"below_zero"}
sell_through node=n3 order=S1 channel=WEB currency=USD lines:=[{"line":"1","sku":"C","qty":1}]
note order=OW text=first
# Some of what was damaged has left since.
now 2026-11-24T09:10:00Z
move_stock {"sku":"A","qty":1,"from":{"node":"n2","bucket":"damaged"},"to":{"node":"n2","bucket":"inspect"}}
