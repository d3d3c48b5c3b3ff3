# Browser and webhook complete the same basket, in any order and any number of times.
shop
receive_stock sku=A node=n1 qty:=5
B1: order O1 on WEB source shop/7/2: 1 A
H1: order O1 on WEB source shop/7/1: 1 A
> stale
H2: order O1 on WEB source shop/7/2: 1 A
> duplicate
B2: order O1 on WEB source shop/7/1: 3 A
> stale
H3: order O1 on WEB source shop/7/3: 2 A
> refused order.exists at /source/version
> nothing
H4: order O1 on WEB source shop/7/2: 1 A
> duplicate
# One of two that was refused for want of stock comes through later, under either id.
policy channel POS {"all_or_nothing":true}
P1: order O2 on POS source shop/8/1: 5 A
> refused stock.insufficient
receive_stock sku=A node=n2 qty:=1
P2: order O2 on POS source shop/8/1: 5 A
> O2/1: reserved 5
resend P1
> duplicate
> nothing
> ats A P = 0
> reserved A P = 6
