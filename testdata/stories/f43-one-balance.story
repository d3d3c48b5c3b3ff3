# What is refused is unchanged, what is shown is what can be claimed, and whether units went back is
# said by the receipt's own events.
shop
receive_stock sku=A node=n1 qty:=5
set_buffer sku=A node=n1 buffer:=1
set_fence sku=A pool=P channel=WEB fence:=2
> sees A WEB = 4
> sees A POS = 2
order O1 on WEB: 3 A
> sees A WEB = 1
> sees A POS = 1
order O2 on POS: 2 A
> O2/1: open 1, reserved 1
> sees A WEB = 0
adjust_stock sku=A node=n1 bucket=available by:=-9 reason=breakage
> refused stock.insufficient at /by
> nothing
set_buffer sku=A node=n1 buffer:=3 expected:=2
> refused stock.unexpected at /expected
> buffered A n1 = 1
# Cancelled: back for sale, and into the fence first whence two of them came.
cancel_order order=O1
> fenced A P WEB = 2
> ats A P = 1
> sees A WEB = 3
# Not found: gone, and said so. What is left is claimed again.
commit_plan order=O2 assignments=1*1@n1
release_to_node order=O2 node=n1
node_rejects order=O2 node=n1 reason=damaged lines=1*1
> damaged A n1 = 1
> event stock.discrepancy_found {"sku":"A","node":"n1","qty":-1,"cause":"damaged"}
> O2/1: open 1, reserved 1
> ats A P = 0
> sees A POS = 0
> sees A WEB = 2
