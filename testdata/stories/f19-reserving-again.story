# Reserving what is reserved is no change, however often it is asked for.
shop
receive_stock sku=A node=n1 qty:=5
order O1 on WEB: 3 A
> reserved A P = 3
reserve order=O1
> nothing
reserve order=O1
> nothing
> reserved A P = 3
> ats A P = 2
unreserve order=O1 lines=1*1
> O1/1: open 1, reserved 2
> ats A P = 3
unreserve order=O1 lines=1*3
> refused line.stage_forbids
> nothing
reserve order=O1 lines=1*1
> O1/1: reserved 3
unreserve order=O1 lines=1
> O1/1: open 3
> reserved A P = 0
> ats A P = 5
unreserve order=O1 lines=1
> refused line.stage_forbids
