# A count says what was there when it was taken; what was sold since is respected.
shop
now 2026-11-24T08:00:00Z
receive_stock sku=A node=n1 qty:=20
now 2026-11-24T09:10:00Z
sell_through node=n1 order=S1 channel=POS currency=USD lines:=[{"line":"1","sku":"A","qty":3}]
> on_hand A n1 = 17
now 2026-11-24T09:30:00Z
count_stock sku=A node=n1 counted:=18 counted_at=2026-11-24T09:00:00Z
> on_hand A n1 = 15
> shrink A = 2
> ats A P = 15
# A count older than the last one there has nothing to say.
count_stock sku=A node=n1 counted:=20 counted_at=2026-11-24T08:30:00Z
> stale
> nothing
# A sale before the last count, told after it, was counted already.
sell_through node=n1 order=S2 channel=POS currency=USD happened_at=2026-11-24T08:45:00Z lines:=[{"line":"1","sku":"A","qty":1}]
> on_hand A n1 = 15
> shrink A = 1
> customer A = 4
# One that happened after it was not.
sell_through node=n1 order=S3 channel=POS currency=USD happened_at=2026-11-24T09:20:00Z lines:=[{"line":"1","sku":"A","qty":1}]
> on_hand A n1 = 14
