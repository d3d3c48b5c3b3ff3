# One event of every type at least, and every field of each somewhere: the source of golden files.
pool P
pool Q
node n1 in P store pickup
define_location {"id":"n2","kind":"dc","pool":"P",
  "destination":{"country":"US","region":"Z2","postal_prefix":"100","point":{"lat_e6":40700000,"lon_e6":-74000000}},
  "time_zone":"America/New_York",
  "calendar":{"weekly":{"mon":{"open":"08:00","close":"20:00"},"tue":{"open":"08:00","close":"24:00"}},"holidays":["2026-12-25"]},
  "capabilities":{"ship":true,"pickup":true,"hold_cold":true,"hazmat":true},
  "capacity_orders_per_day":100,"handling_cost":"0.75 USD","handling_days":1,"pickup_ready_minutes":120,
  "cut_offs":{"standard":"14:00"},
  "lanes":[{"to":{"region":"Z1"},"service":"standard","cost_fixed":"5.95 USD","cost_per_kg":"0.50 USD","transit_days":3,
    "transit_quantiles":[{"days":2,"percent":50},{"days":4,"percent":95}],
    "pickup_calendar":{"weekly":{"mon":{"open":"08:00","close":"20:00"},"tue":{"open":"08:00","close":"20:00"},"wed":{"open":"08:00","close":"20:00"}}},
    "delivery_calendar":{"weekly":{"mon":{"open":"08:00","close":"20:00"},"sat":{"open":"08:00","close":"12:00"}}},
    "delivery_zone":"America/Chicago"},
    {"to":{"location":"n1"},"service":"standard","cost_fixed":"1.00 USD","cost_per_kg":"0.00 USD","transit_days":1}]}
node n3 in Q store
define_channel {"id":"WEB","kind":"web","pools":["P","Q"],"rounding":"half_up","rounding_scope":"per_unit"}
channel POS sells P pos
define_item {"sku":"A","name":"Shirt, blue","base_unit":"each","flags":{"hazmat":true,"cold":true,"fragile":true,"oversize":true,"age_restricted":true},"weight_g":210,"volume_ml":900}
define_location {"id":"n1","kind":"store","pool":"P","time_zone":"UTC","capabilities":{"ship":true,"pickup":true,"hold_cold":true,"hazmat":true}}
item B
item R
retire_item sku=R
policy tenant {"all_or_nothing":false,"reserve_minutes":600,"pickup_days":2,"excluded_minutes":120,"count_window_days":5,
  "sell_through":"below_zero","totals":{"tolerate":{"minor_units":3}},"cancel_assent":true,"max_packages":3,"ship_complete":false}
set_policy {"scope":{"channel":"POS"},"valid_from":"2026-12-01T00:00:00Z","policy":{"totals":"strict"}}
set_policy {"scope":{"location":"n1"},"policy":{"cancel_assent":true}}
set_buffer sku=A node=n1 buffer:=1
set_fence sku=A pool=P channel=WEB fence:=2
receive_stock sku=A node=n1 qty:=6 reference=PO-17
receive_stock sku=A node=n2 qty:=6
receive_stock sku=B node=n3 qty:=4
place_order {"order":"O1","channel":"WEB","source":{"system":"shop","id":"1001","version":2},"customer":"K7",
  "currency":"USD","presentment":{"currency":"EUR","rate":"0.92","total":"41.00 EUR"},"priority":2,"test":true,
  "constraints":{"ship_complete":false,"single_node":false,"max_packages":3},
  "groups":[{"group":"home","to":{"ship":{"destination":{"country":"US","region":"Z1","postal_prefix":"606"},
    "address":{"name":"Ann","line1":"1 Main St","city":"Chicago"}}},"service":"standard",
    "window":{"from":"2026-11-25T09:00:00Z","to":"2026-11-30T09:00:00Z"},"not_before":"2026-11-25T00:00:00Z",
    "shipping":[{"code":"standard","amount":"4.99 USD"}]},
   {"group":"shop","to":{"pickup":{"location":"n1"}}}],
  "lines":[{"line":"1","group":"home","sku":"A","qty":4,"unit_price":"9.995 USD","discounts":[{"code":"loyal","amount":"1.00 USD"}],
    "taxes":[{"code":"VAT","amount":"2.00 USD","inclusive":true}],"total":"39.01 USD","personalization":"For Ben",
    "allow_backorder":true,"allow_substitute":true,"no_split":false},
   {"line":"2","group":"shop","sku":"A","qty":1,"unit_price":"9.99 USD","parent":"1"}],
  "discounts":[{"code":"ten","amount":"10.00 USD"}],"fees":[{"code":"gift","amount":"2.50 USD"}],"total":"46.52 USD"}
> event order.totals_differed
hold_order order=O1 kind=fraud reason=fraud_review until=2026-11-25T09:00:00Z
lift_hold order=O1 kind=fraud
note order=O1 text:="Call before delivery."
unreserve order=O1 lines=1*1
reserve order=O1
commit_plan {"order":"O1","based_on":20,"assignments":[{"line":"1","node":"n2","qty":3}],
  "decision":{"by":{"model":{"name":"first_fit","version":"1"}},"inputs":{"seq":20,"hash":"c0ffee"},
    "chosen":[{"group":"home","node":"n2","units":[{"line":"1","qty":3}],"days":3,"cost":"8.52 USD",
      "drivers":[{"code":"ship","amount":{"money":"6.27 USD"}},{"code":"transit","amount":{"days":3}}],
      "runner_up":{"nodes":["n1"],"units":3,"cost":"9.99 USD","gap":"1.47 USD","gap_days":-1}}],
    "removed":[{"node":"n3","line":"1","rule":"plan.stock","reason":"stock.insufficient","until":"2026-11-26T00:00:00Z"}],
    "removed_by_rule":[{"rule":"plan.stock","count":1}],"confidence_percent":90,
    "overridden":{"by":"eve","reason":"better_known","at":"2026-11-24T09:00:00Z"}}}
> event order.promise_made
unallocate order=O1 lines:=[{"line":"1","node":"n2","qty":1}] reason=better_known
commit_plan order=O1 assignments=1*1@n2
release_to_node order=O1 node=n2 hand_over_by=2026-11-25T18:00:00Z as W1
release_to_node order=O1 node=n1
hold_order order=O1 kind=address
lift_hold order=O1 kind=address
pack order=O1 node=n2 lines=1*2 weight_g:=450 as K1
unpack order=O1 package=$K1 lines=1*1
cancel_lines order=O1 lines:=[{"line":"1","qty":1,"stage":"released"}] reason=no_longer_wanted
> event order.cancellation_requested
pack order=O1 node=n2 lines=1*2 package=$K1
ship order=O1 package=$K1 carrier=UPS service=ground tracking=1Z999
> event order.cancellation_lapsed
deliver order=O1 package=$K1 lines=1*1
lose_parcel order=O1 package=$K1 then=reship
pack order=O1 node=n1 lines=2*1
collect order=O1 node=n1
order O2 on WEB: 2 A
commit_plan order=O2 assignments=1*2@n2
release_to_node order=O2 node=n2
wait 1m
node_rejects order=O2 node=n2 reason=damaged lines=1*2
> event order.node_excluded
> event order.promise_changed
order O3 on WEB pickup n1: 1 A
cancel_order order=O3 reason=no_longer_wanted
order O4 on WEB pickup n1: 1 A
wait 3d
tick
> event order.exclusion_ended
> event units.expired
adjust_stock sku=A node=n1 bucket=available by:=-1 reason=breakage
move_stock {"sku":"A","qty":1,"from":{"node":"n2","bucket":"damaged"},"to":{"node":"n2","bucket":"inspect"}}
order O5 on POS: 2 A
count_stock sku=A node=n1 counted:=0
count_stock sku=A node=n2 counted:=0
> event units.claims_taken
> event stock.discrepancy_found
sell_through {"node":"n1","happened_at":"2026-11-27T08:00:00Z","order":"S1","channel":"POS","currency":"USD",
  "source":{"system":"till","id":"9","version":1},"lines":[{"line":"1","sku":"A","qty":1,"unit_price":"5.00 USD"}],
  "discounts":[{"code":"staff","amount":"1.00 USD"}],"total":"4.00 USD"}
receive_stock sku=B node=n3 qty:=1
close_location location=n3
now 2026-11-24T09:00:00Z
receive_stock sku=B node=n2 qty:=1
