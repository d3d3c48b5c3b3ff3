# Who orders a pickup of which all is there is told when to come; who gets a part of it is told nothing.
define_pool id=P
define_location {"id":"n1","kind":"store","pool":"P","time_zone":"UTC","capabilities":{"ship":true,"pickup":true},
  "calendar":{"weekly":{"tue":[{"open":"08:00","close":"12:00"},{"open":"14:00","close":"18:00"}]}},
  "pickup_ready_minutes":240}
channel WEB sells P web
item A
receive_stock sku=A node=n1 qty:=2
order O1 on WEB pickup n1: 1 A
> events order.placed units.claimed order.promise_made
> event order.promise_made {"promise":{"window":{"from":"2026-11-24T15:00:00Z","to":"2026-12-01T09:00:00Z"}}}
order O2 on WEB pickup n1: 2 A
> events order.placed units.claimed
receive_stock sku=A node=n1 qty:=1
reserve order=O2
> O2/1: allocated 2@n1
> events units.reserved order.promise_made
# A location for which no pool is named has one of its own.
define_location {"id":"n7","kind":"store","time_zone":"UTC"}
> events pool.defined location.defined
# A shortage names who holds the units.
channel ALL sells P web
policy channel ALL {"all_or_nothing":true}
order O3 on ALL pickup n1: 1 A
> refused stock.insufficient at /lines/0/qty naming O1
> nothing
# Who sends its items every night says again what is retired.
retire_item sku=A
define_item {"sku":"A","base_unit":"each","retired":true}
order O4 on WEB: 1 A
> refused item.retired
define_item {"sku":"A","base_unit":"each"}
order O4 on WEB: 1 A
item B
define_item {"sku":"B","base_unit":"each","retired":true}
> refused invalid.range at /retired
