# An order discount is spread once by the largest remainder; nothing re-spreads it.
shop
receive_stock sku=A node=n1 qty:=1
receive_stock sku=B node=n1 qty:=3
receive_stock sku=C node=n1 qty:=1
order O1 on WEB discount 10.00: 1 A @19.99, 3 B @5.00, 1 C @0.01
> share O1/1 = 5.71 USD
> share O1/2 = 4.29 USD
> share O1/3 = 0.00 USD
cancel_lines order=O1 lines=1
> O1/1: cancelled 1
> share O1/1 = 5.71 USD
> share O1/2 = 4.29 USD
> share O1/3 = 0.00 USD
