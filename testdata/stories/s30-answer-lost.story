# The answer was lost, so the command is sent again: the same answer, and nothing twice.
shop
receive_stock sku=A node=n1 qty:=2
> outbox = 11
C1: order O1 on WEB: 1 A
> outbox = 13
resend C1
> repeated
> nothing
> outbox = 13
P1: commit_plan order=O1 assignments=1*1@n1
resend P1
> repeated
R1: release_to_node order=O1 node=n1
resend R1
> repeated
K: pack order=O1 node=n1 lines=1*1 as K1
resend K
> repeated
S1: ship order=O1 package=$K1
resend S1
> repeated
> O1/1: shipped 1
> allocated A n1 = 0
> transit A $K1 = 1
