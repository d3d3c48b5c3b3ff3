# The same command again gets the same answer; an altered one is refused, naming the field.
shop
receive_stock sku=A node=n1 qty:=10
C1: order O1 on WEB: 2 A @19.99
> O1/1: reserved 2
resend C1
> repeated
> nothing
C1: order O1 on WEB: 3 A @19.99
> refused command.id_reused at /lines/0/qty expected 2 found 3
> nothing
> O1/1: reserved 2
# A refusal is remembered too.
C2: order O2 on WEB: 1 Z
> refused item.unknown
item Z
resend C2
> repeated
# What is refused for being late may succeed later.
policy channel POS {"all_or_nothing":true}
C3: order O3 on POS: 9 A
> refused stock.insufficient
receive_stock sku=A node=n1 qty:=1
resend C3
> accepted
> O3/1: reserved 9
