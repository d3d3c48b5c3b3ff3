# A fence keeps units for one channel, a buffer hides them from all.
shop
receive_stock sku=A node=n1 qty:=10
set_buffer sku=A node=n1 buffer:=2
> available A n1 = 8
> buffered A n1 = 2
set_fence sku=A pool=P channel=WEB fence:=3
> fenced A P WEB = 3
> ats A P = 5
> sees A POS = 5
> sees A WEB = 8
# The fence's own channel takes from its fence first.
order O1 on WEB: 4 A
> O1/1: reserved 1, reserved 3 fenced
> sees A WEB = 4
> sees A POS = 4
> fenced A P WEB = 0
# Together they never sell more than 8.
order O2 on POS: 5 A
> O2/1: open 1, reserved 4
order O3 on WEB: 1 A
> O3/1: open 1
> ats A P = 0
# What was fenced goes back into the fence, what was common into the common.
cancel_order order=O1
> fenced A P WEB = 3
> ats A P = 1
> sees A POS = 1
# A set must have seen the one before, if it says what it expects.
set_fence sku=A pool=P channel=WEB fence:=1 expected:=0
> refused stock.unexpected at /expected
> nothing
set_fence sku=A pool=P channel=WEB fence:=1 expected:=3
> fenced A P WEB = 1
> ats A P = 3
