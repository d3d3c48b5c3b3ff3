# A promotion on the whole order is borne by each line by its worth, and stays with it.
shop
order O1 on WEB discount 1.00: 1 A @6.00, 1 B @4.00
> share O1/1 = 0.60 USD
> share O1/2 = 0.40 USD
cancel_lines order=O1 lines=1
> share O1/1 = 0.60 USD
> share O1/2 = 0.40 USD
# Another order of lines, another currency, and a line that is worth nothing.
order O2 on WEB discount 1.00: 1 B @4.00, 3 C @0.00, 1 A @6.00
> share O2/1 = 0.40 USD
> share O2/2 = 0.00 USD
> share O2/3 = 0.60 USD
order O3 on WEB currency JPY discount 100: 2 A @999, 1 B @1
> share O3/1 = 100 JPY
> share O3/2 = 0 JPY
# More off than there is: no line falls below nothing.
order O4 on WEB discount 10.00: 1 A @6.00, 1 B @4.00
> share O4/1 = 6.00 USD
> share O4/2 = 4.00 USD
