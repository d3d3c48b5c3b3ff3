# Totals as given stand. Where they differ from the sum of the parts, the difference is a fact.
shop
policy channel WEB {"totals":{"tolerate":{"minor_units":2}}}
# Ten at 38.23 with 20 % inside: whoever reckons by unit tells another net, the gross is the same.
place_order {"order":"O1","channel":"WEB","currency":"USD",
  "groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],
  "lines":[{"line":"1","sku":"A","qty":10,"unit_price":"38.23 USD","total":"382.30 USD",
    "taxes":[{"code":"vat","amount":"63.72 USD","rate_percent":"20","inclusive":true}]}],
  "total":"382.30 USD"}
> events order.placed
place_order {"order":"O2","channel":"WEB","currency":"USD",
  "groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],
  "lines":[{"line":"1","sku":"A","qty":10,"unit_price":"31.858 USD","total":"318.58 USD",
    "taxes":[{"code":"vat","amount":"63.72 USD","rate_percent":"20"}]}],
  "total":"382.32 USD"}
> event order.totals_differed {"summed":"382.30 USD","given":"382.32 USD"}
> holds O2 = none
place_order {"order":"O3","channel":"WEB","currency":"USD",
  "groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],
  "lines":[{"line":"1","sku":"A","qty":10,"unit_price":"31.858 USD","total":"318.60 USD",
    "taxes":[{"code":"vat","amount":"63.72 USD","rate_percent":"20"}]}],
  "total":"382.32 USD"}
# The line's total stands, so the order's is the sum of what stands.
> event order.totals_differed {"line":"1","summed":"318.58 USD","given":"318.60 USD"}
> events order.placed order.totals_differed
# Nine at 13.9563: multiplied first, rounded once.
place_order {"order":"O4","channel":"WEB","currency":"USD",
  "groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],
  "lines":[{"line":"1","sku":"A","qty":9,"unit_price":"13.956300 USD","total":"125.61 USD"}],
  "total":"125.61 USD"}
> events order.placed
# Beyond the bound the order waits until somebody has looked.
place_order {"order":"O5","channel":"WEB","currency":"USD",
  "groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],
  "lines":[{"line":"1","sku":"A","qty":9,"unit_price":"13.956300 USD"}],
  "total":"125.64 USD"}
> event order.totals_differed {"summed":"125.61 USD","given":"125.64 USD"}
> holds O5 = totals
> status O5 = on_hold
lift_hold order=O5 kind=totals
> holds O5 = none
