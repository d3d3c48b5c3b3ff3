# A move undoes what its stage holds, and nothing else: cancelling what was never claimed frees nothing.
shop
receive_stock sku=A node=n1 qty:=1
order O1 on WEB: 3 A
> O1/1: open 2, reserved 1
cancel_lines order=O1 lines=1*2
> O1/1: reserved 1, cancelled 2
> ats A P = 0
> reserved A P = 1
cancel_lines order=O1 lines=1*1
> O1/1: cancelled 3
> ats A P = 1
> reserved A P = 0
cancel_lines order=O1 lines=1*1
> refused order.closed
> nothing
unreserve order=O1 lines=1
> refused order.closed
