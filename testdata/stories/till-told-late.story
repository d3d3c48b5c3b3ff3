# A sale is a fact of the moment at which it happened: what was decided after it does not undo it.
shop
policy channel POS {"sell_through":"below_zero"}
receive_stock sku=A node=n1 qty:=5
now 2026-11-24T10:00:00Z
retire_item sku=A
now 2026-11-24T11:00:00Z
sell_through node=n1 order=S1 channel=POS currency=USD happened_at=2026-11-24T09:50:00Z lines:=[{"line":"1","sku":"A","qty":1}]
> S1/1: delivered 1
> available A n1 = 4
sell_through node=n1 order=S2 channel=POS currency=USD happened_at=2026-11-24T10:00:00Z lines:=[{"line":"1","sku":"A","qty":1}]
> available A n1 = 3
# One that happened after it is refused, and so is one that happens now.
sell_through node=n1 order=S3 channel=POS currency=USD happened_at=2026-11-24T10:00:01Z lines:=[{"line":"1","sku":"A","qty":1}]
> refused item.retired at /lines/0/sku
> nothing
sell_through node=n1 order=S3 channel=POS currency=USD lines:=[{"line":"1","sku":"A","qty":1}]
> refused item.retired at /lines/0/sku

# Closing took for quarantine what the customer had carried home: it comes out of there.
receive_stock sku=B node=n1 qty:=3
receive_stock sku=B node=n2 qty:=2
now 2026-11-24T12:00:00Z
close_location location=n1
> quarantine B n1 = 3
> ats B P = 2
now 2026-11-24T13:00:00Z
sell_through node=n1 order=S4 channel=POS currency=USD happened_at=2026-11-24T11:30:00Z lines:=[{"line":"1","sku":"B","qty":1}]
> S4/1: delivered 1
> quarantine B n1 = 2
> available B n1 = 0
> ats B P = 2
> customer B = 1
sell_through node=n1 order=S5 channel=POS currency=USD happened_at=2026-11-24T12:00:01Z lines:=[{"line":"1","sku":"B","qty":1}]
> refused location.closed at /node
> nothing
sell_through node=n1 order=S5 channel=POS currency=USD lines:=[{"line":"1","sku":"B","qty":1}]
> refused location.closed at /node
# What went on to another place is missed there: out of shrink, into which its count will put it.
move_stock sku=B qty:=2 from:={"node":"n1","bucket":"quarantine"} to:={"node":"n2","bucket":"available"}
> quarantine B n1 = 0
policy channel POS {"sell_through":"claims"}
sell_through node=n1 order=S6 channel=POS currency=USD happened_at=2026-11-24T11:31:00Z lines:=[{"line":"1","sku":"B","qty":1}]
> refused stock.insufficient at /lines/0/qty
> nothing
policy channel POS {"sell_through":"below_zero"}
sell_through node=n1 order=S6 channel=POS currency=USD happened_at=2026-11-24T11:31:00Z lines:=[{"line":"1","sku":"B","qty":1}]
> S6/1: delivered 1
> shrink B = -1
> available B n1 = 0
> event stock.discrepancy_found {"sku":"B","node":"n1","qty":1,"cause":"till"}
count_stock sku=B node=n2 counted:=3
> shrink B = 0
> ats B P = 3

# A count of quarantine after the closing has seen already that it was gone.
node n4 in P store
receive_stock sku=C node=n4 qty:=3
close_location location=n4
now 2026-11-24T14:00:00Z
count_stock sku=C node=n4 counted:=2 bucket=quarantine
> shrink C = 1
sell_through node=n4 order=S7 channel=POS currency=USD happened_at=2026-11-24T12:30:00Z lines:=[{"line":"1","sku":"C","qty":1}]
> quarantine C n4 = 2
> shrink C = 0
> customer C = 1
# One taken before it, and told after it, respects what the late sale took.
receive_stock sku=C node=n2 qty:=3
node n5 in P store
receive_stock sku=C node=n5 qty:=3
now 2026-11-24T15:00:00Z
close_location location=n5
now 2026-11-24T16:00:00Z
sell_through node=n5 order=S8 channel=POS currency=USD happened_at=2026-11-24T14:30:00Z lines:=[{"line":"1","sku":"C","qty":1}]
> quarantine C n5 = 2
count_stock sku=C node=n5 counted:=2 bucket=quarantine counted_at=2026-11-24T15:30:00Z
> events stock.counted
> quarantine C n5 = 2

# A channel that sells from other pools by now may still tell of what it sold.
channel OLD sells P pos
policy channel OLD {"sell_through":"free"}
channel OLD sells Q pos
sell_through node=n2 order=S9 channel=OLD currency=USD lines:=[{"line":"1","sku":"C","qty":1}]
> refused invalid.group_kind at /node
sell_through node=n2 order=S9 channel=OLD currency=USD happened_at=2026-11-24T15:59:00Z lines:=[{"line":"1","sku":"C","qty":1}]
> available C n2 = 2
