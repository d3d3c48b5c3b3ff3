# A reservation ends at its deadline, by a tick and not by itself; then others may have the units.
shop
receive_stock sku=A node=n1 qty:=2
policy channel WEB {"reserve_minutes":60}
order O1 on WEB: 2 A
> O1/1: reserved 2
> ats A P = 0
now 2026-11-24T09:59:59Z
tick
> nothing
now 2026-11-24T10:00:01Z
# Without a tick the claim stands.
order O0 on POS: 1 A
> O0/1: open 1
tick
> O1/1: open 2
> ats A P = 2
> events units.expired
now 2026-11-24T10:00:02Z
order O2 on WEB: 2 A
> O2/1: reserved 2
# The first order has nothing behind it any more, and takes nothing from anybody.
> status O1 = awaiting_stock
reserve order=O1
> refused stock.insufficient
> nothing
> ats A P = 0
> reserved A P = 2
