# Two tenants share nothing: not orders, not stock, not command ids.
shop
receive_stock sku=A node=n1 qty:=2
C9: order O1 on WEB: 1 A
> O1/1: reserved 1
tenant T2
cancel_order order=O1
> refused order.unknown
> nothing
resend C9
> refused channel.unknown
receive_stock sku=A node=n1 qty:=1
> refused item.unknown
shop
order O5 on WEB: 1 A
> O5/1: open 1
reserve order=O5
> refused stock.insufficient
# The same order id here is another order.
order O1 on WEB: 1 A
> O1/1: open 1
cancel_order order=O1
> status O1 = cancelled
tenant T
> O1/1: reserved 1
> ats A P = 1
> outbox = 13
