# A webhook is delivered twice, under another command id, and once more in another form: one order,
# one claim. The source's own words identify the message, beside the command id.
shop
receive_stock sku=A node=n1 qty:=9
W1: order O1 on WEB source shop/5001/1: 2 A
> O1/1: reserved 2
resend W1
> repeated
W2: order O1 on WEB source shop/5001/1: 2 A
> duplicate
> nothing
W3: order O1-again on WEB source shop/5001/1: 7 A
> duplicate
> nothing
> ats A P = 7
# The answer of a duplicate is an answer: the same command gets it again.
resend W3
> repeated
# Without a source's words the order id alone stands guard.
W4: order O1 on WEB: 2 A
> refused order.exists at /order
W5: order O1 on WEB source kiosk/5001/1: 2 A
> refused order.exists at /order
# A till's sale is such a message too.
T1: sell_through {"node":"n1","order":"S1","channel":"POS","currency":"USD",
  "source":{"system":"till7","id":"88","version":1},"lines":[{"line":"1","sku":"A","qty":1}]}
> customer A = 1
T2: sell_through {"node":"n1","order":"S1","channel":"POS","currency":"USD",
  "source":{"system":"till7","id":"88","version":1},"lines":[{"line":"1","sku":"A","qty":1}]}
> duplicate
> nothing
T3: sell_through {"node":"n1","order":"S2","channel":"POS","currency":"USD",
  "source":{"system":"till7","id":"88","version":2},"lines":[{"line":"1","sku":"A","qty":2}]}
> refused order.exists at /source/version
> customer A = 1
> on_hand A n1 = 8
# What was refused for a reason that passes is no message that was heard: once the reason is gone it
# is an order, once.
W6: order O3 on LATER source shop/5002/1: 1 A
> refused channel.unknown
channel LATER sells P web
W7: order O3 on LATER source shop/5002/1: 1 A
> O3/1: reserved 1
W8: order O3 on LATER source shop/5002/1: 1 A
> duplicate
# Closed or not, it stays known.
cancel_order order=O1
W9: order O1 on WEB source shop/5001/1: 2 A
> duplicate
> nothing
> ats A P = 7
