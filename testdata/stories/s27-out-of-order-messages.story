# A source's messages come out of order and twice: the newest known stands, nothing is done twice.
shop
receive_stock sku=A node=n1 qty:=5
order O1 on WEB source shop/1001/3: 2 A
> O1/1: reserved 2
order O1 on WEB source shop/1001/2: 1 A
> stale
> nothing
order O1 on WEB source shop/1001/3: 2 A
> duplicate
> nothing
# The command id does not matter, nor does another order id in the same message.
order O7 on WEB source shop/1001/3: 2 A
> duplicate
> nothing
# A newer version of a known order is not an order of its own, and does not become the known one.
order O1 on WEB source shop/1001/4: 4 A
> refused order.exists
> nothing
order O1 on WEB source shop/1001/3: 2 A
> duplicate
# The same id from another system is another order.
order O2 on WEB source kiosk/1001/1: 1 A
> O2/1: reserved 1
> ats A P = 2
