# The last unit goes to one of two: never below zero, never to both.
shop
receive_stock sku=A node=n1 qty:=1
order X on POS: 1 A
> X/1: reserved 1
> events order.placed units.claimed
order Y on POS: 1 A
> accepted
> Y/1: open 1
> short Y/1 = 1
> events order.placed
> ats A P = 0
> reserved A P = 1
> status Y = awaiting_stock

# A channel that wants all or nothing is refused whole, and nothing is left of the order.
policy channel POS {"all_or_nothing":true}
order Z on POS: 1 A
> refused stock.insufficient at /lines/0/qty
> nothing
order Z on POS: 1 A
> refused stock.insufficient
> ats A P = 0
