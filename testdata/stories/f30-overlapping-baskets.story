# Overlapping baskets in different orders of lines: nobody's order is lost, nothing is sold twice.
shop
receive_stock sku=A node=n1 qty:=2
receive_stock sku=B node=n1 qty:=2
receive_stock sku=C node=n1 qty:=2
order O1 on WEB: 1 A, 1 B, 1 C
order O2 on POS: 1 C, 1 B, 1 A
order O3 on WEB: 1 B, 1 A, 1 C
> O3/1: open 1
> O3/2: open 1
> O3/3: open 1
> status O1 = reserved
> status O2 = reserved
> status O3 = awaiting_stock
> reserved A P = 2
> reserved B P = 2
> reserved C P = 2
