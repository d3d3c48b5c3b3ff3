# A claim out of a fence that was set to 0 since goes back to all.
shop
receive_stock sku=A node=n1 qty:=3
set_fence sku=A pool=P channel=WEB fence:=2
order O1 on WEB: 2 A
> O1/1: reserved 2 fenced
set_fence sku=A pool=P channel=WEB fence:=0
> O1/1: reserved 2 fenced
cancel_order order=O1
> fenced A P WEB = 0
> ats A P = 3
# A fence wants what is not there yet, and what comes in fills buffers first, then fences.
set_fence sku=B pool=P channel=WEB fence:=3
set_buffer sku=B node=n1 buffer:=2
> fence_missing B P WEB = 3
> buffer_missing B n1 = 2
receive_stock sku=B node=n1 qty:=4
> buffered B n1 = 2
> fenced B P WEB = 2
> fence_missing B P WEB = 1
> ats B P = 0
receive_stock sku=B node=n2 qty:=3
> fenced B P WEB = 3
> ats B P = 2
# A fence is only for a channel that sells from the pool.
set_fence sku=B pool=Q channel=POS fence:=1
> refused channel.pool_foreign
