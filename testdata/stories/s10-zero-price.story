# A line of no price bears no share of a discount.
shop
order O1 on WEB discount 0.05: 1 A @1.00, 1 B @1.00, 1 C @0.00
> share O1/1 = 0.03 USD
> share O1/2 = 0.02 USD
> share O1/3 = 0.00 USD
