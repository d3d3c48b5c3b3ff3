# A unit price with more decimals is multiplied first and rounded once: 3 × 3.333 is 10.00, not 9.99.
shop
policy channel WEB {"totals":"strict"}
place_order {"order":"O1","channel":"WEB","currency":"USD",
  "groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],
  "lines":[{"line":"1","sku":"A","qty":3,"unit_price":"3.333 USD","total":"10.00 USD"}],
  "total":"10.00 USD"}
> accepted
place_order {"order":"O2","channel":"WEB","currency":"USD",
  "groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],
  "lines":[{"line":"1","sku":"A","qty":3,"unit_price":"3.333 USD","total":"9.99 USD"}],
  "total":"9.99 USD"}
> refused totals.differ at /lines/0/total
# Where a small difference is tolerated, what was given stands, and the difference is a fact.
policy channel WEB {"totals":{"tolerate":{"minor_units":1}}}
place_order {"order":"O3","channel":"WEB","currency":"USD",
  "groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],
  "lines":[{"line":"1","sku":"A","qty":3,"unit_price":"3.333 USD","total":"9.99 USD"}],
  "total":"9.99 USD"}
> event order.totals_differed {"line":"1","summed":"10.00 USD","given":"9.99 USD"}
> holds O3 = none
# Beyond the bound the order waits on a hold.
place_order {"order":"O4","channel":"WEB","currency":"USD",
  "groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],
  "lines":[{"line":"1","sku":"A","qty":3,"unit_price":"3.333 USD","total":"9.90 USD"}],
  "total":"9.90 USD"}
> holds O4 = totals
