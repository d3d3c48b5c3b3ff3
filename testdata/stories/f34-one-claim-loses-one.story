# Units that are not there hurt exactly as many claims, the last in rank first, and each is told.
shop
receive_stock sku=A node=n1 qty:=3
order O1 on WEB priority 1: 1 A
wait 1m
order O2 on WEB: 1 A
wait 1m
order O3 on WEB: 1 A
> ats A P = 0
count_stock sku=A node=n1 counted:=2
> O1/1: reserved 1
> O2/1: reserved 1
> O3/1: open 1
> shrink A = 1
> short O3/1 = 1
> event units.claims_taken {"order":"O3"}
count_stock sku=A node=n1 counted:=1
> O1/1: reserved 1
> O2/1: open 1
count_stock sku=A node=n1 counted:=1
> events stock.counted
> O1/1: reserved 1
