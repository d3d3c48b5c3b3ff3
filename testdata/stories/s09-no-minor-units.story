# Yen have no minor unit, Kuwaiti dinars have three digits.
shop
order O1 on WEB currency JPY discount 100: 1 A @333, 1 B @333, 1 C @333
> share O1/1 = 34 JPY
> share O1/2 = 33 JPY
> share O1/3 = 33 JPY
order O2 on WEB currency KWD discount 1.000: 1 A @5.000, 1 B @5.000, 1 C @5.000
> share O2/1 = 0.334 KWD
> share O2/2 = 0.333 KWD
> share O2/3 = 0.333 KWD
