# Ten at 23.90 with a coupon of a quarter: 179.25, as one line, as ten, or with the discount on the
# lines; what is given up later re-spreads nothing.
shop
policy channel WEB {"totals":"strict"}
place_order {"order":"O1","channel":"WEB","currency":"USD",
  "groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],
  "lines":[{"line":"1","sku":"A","qty":10,"unit_price":"23.90 USD","total":"239.00 USD",
    "taxes":[{"code":"vat","amount":"29.88 USD","rate_percent":"20","inclusive":true}]}],
  "discounts":[{"code":"quarter","amount":"59.75 USD"}],"total":"179.25 USD"}
> share O1/1 = 59.75 USD
place_order {"order":"O2","channel":"WEB","currency":"USD",
  "groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],
  "lines":[{"line":"1","sku":"A","qty":10,"unit_price":"23.90 USD"}],
  "discounts":[{"code":"quarter","amount":"59.75 USD"}],"total":"179.26 USD"}
> refused totals.differ at /total expected "179.25 USD" found "179.26 USD"
order O3 on WEB discount 59.75: 1 A @23.90, 1 A @23.90, 1 A @23.90, 1 A @23.90, 1 A @23.90,
  1 A @23.90, 1 A @23.90, 1 A @23.90, 1 A @23.90, 1 A @23.90
# Ten shares of 5.975: the first five bear the larger cent, so that the parts are the whole.
> share O3/1 = 5.98 USD
> share O3/5 = 5.98 USD
> share O3/6 = 5.97 USD
> share O3/10 = 5.97 USD
cancel_lines order=O3 lines=1,7
> share O3/1 = 5.98 USD
> share O3/2 = 5.98 USD
> share O3/10 = 5.97 USD
