# Units of a pool that a channel does not sell from serve none of its orders; a node that only hands
# over ships nothing; what is still on its way cannot be claimed; and a refusal names who holds them.
shop
pool FRANCHISE
node fr in FRANCHISE store pickup
channel SHOP sells FRANCHISE pos
receive_stock sku=A node=fr qty:=3
order O1 on WEB: 1 A
> O1/1: open 1
> sees A WEB = 0
commit_plan order=O1 assignments=1*1@fr
> refused plan.infeasible at /assignments/0/node
order O2 on WEB pickup fr: 1 A
> refused invalid.group_kind at /groups/0/to/pickup/location
order O3 on SHOP: 2 A
> O3/1: reserved 2
# A node for pickups only: its units are claimed with the pool's, and handed over there.
node kiosk in P store pickup noship
receive_stock sku=B node=kiosk qty:=1
order O4 on WEB: 1 B
commit_plan order=O4 assignments=1*1@kiosk
> refused node.incapable at /assignments/0/node
cancel_order order=O4
order O5 on WEB pickup kiosk: 1 B
> O5/1: allocated 1@kiosk
# Another's claim is told by name.
order O6 on WEB pickup kiosk: 1 B
reserve order=O6
> refused stock.insufficient at /order expected "1 of `B`" naming "`O5` (1)"
order O7 on SHOP: 2 A
> O7/1: open 1, reserved 1
reserve order=O7
> refused stock.insufficient at /order naming "`O3` (2)"
# Under way to another node or customer is not there.
release_to_node order=O5 node=kiosk
pack order=O5 node=kiosk lines=1*1 as K
> on_hand B kiosk = 1
reserve order=O6
> refused stock.insufficient
cancel_lines order=O5 lines=1
reserve order=O6
> O6/1: allocated 1@kiosk
