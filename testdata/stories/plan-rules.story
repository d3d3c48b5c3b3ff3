# What a plan must keep is checked against now, rule by rule.
shop
item D cold
node dock in P noship
pool R
node far in R
node fridge in P cold
receive_stock sku=A node=n1 qty:=9
receive_stock sku=A node=n2 qty:=9
receive_stock sku=A node=dock qty:=9
receive_stock sku=A node=far qty:=9
receive_stock sku=D node=n1 qty:=1
receive_stock sku=D node=fridge qty:=1
order O1 on WEB: 2 A, 1 D
commit_plan order=O9 assignments=1*1@n1
> refused order.unknown at /order
commit_plan order=O1 assignments=9*1@n1
> refused line.unknown at /assignments/0/line
commit_plan order=O1 assignments=1*1@n9
> refused location.unknown at /assignments/0/node
commit_plan order=O1 assignments=1*1@n1,1*1@n1
> refused invalid.duplicate at /assignments/1/line
commit_plan order=O1 assignments=1*0@n1
> refused invalid.quantity_zero at /assignments/0/qty
commit_plan order=O1 assignments:=[]
> refused invalid.empty at /assignments
commit_plan order=O1 assignments=1*1@far
> refused plan.infeasible at /assignments/0/node
commit_plan order=O1 assignments=1*1@dock
> refused node.incapable at /assignments/0/node
commit_plan order=O1 assignments=1*1@n1,2*1@n1
> refused node.incapable at /assignments/1/node
commit_plan order=O1 assignments=1*3@n1
> refused plan.stale at /assignments/0
hold_order order=O1 kind=payment
commit_plan order=O1 assignments=1*1@n1
> refused order.on_hold at /order
lift_hold order=O1 kind=payment
commit_plan order=O1 assignments=1*2@n1,2*1@fridge
> O1/1: allocated 2@n1
> O1/2: allocated 1@fridge

# Ship complete: all or nothing.
order O2 on WEB complete: 2 A, 2 A
commit_plan order=O2 assignments=1*2@n1,2*1@n1
> refused plan.infeasible at /assignments
commit_plan order=O2 assignments=1*2@n1,2*2@n2
> O2/2: allocated 2@n2

# Most packages, by the channel's policy: what is there already counts, what is added must fit.
policy channel WEB {"max_packages":1}
order O3 on WEB: 3 A
commit_plan order=O3 assignments=1*1@n1,1*1@n2
> refused plan.infeasible at /assignments
commit_plan order=O3 assignments=1*1@n1
commit_plan order=O3 assignments=1*1@n2
> refused plan.infeasible at /assignments
release_to_node order=O3 node=n1
pack order=O3 node=n1 lines=1*1 as K
ship order=O3 package=$K
commit_plan order=O3 assignments=1*1@n2
> refused plan.infeasible at /assignments
commit_plan order=O3 assignments=1*1@n1
> O3/1: reserved 1, allocated 1@n1, shipped 1
policy channel WEB {}

# A node's day: one more order than it takes is refused, the same order again is not.
node small in P capacity 1
receive_stock sku=B node=small qty:=5
order O4 on WEB: 2 B
order O5 on WEB: 1 B
commit_plan order=O4 assignments=1*1@small
commit_plan order=O5 assignments=1*1@small
> refused node.at_capacity at /assignments/0/node
commit_plan order=O4 assignments=1*1@small
> O4/1: allocated 2@small
unallocate order=O4 lines:=[{"line":"1","node":"small"}]
commit_plan order=O5 assignments=1*1@small
> O5/1: allocated 1@small

# A pickup is committed at its own location only.
receive_stock sku=C node=n2 qty:=2
order O6 on WEB pickup n1: 1 C
> O6/1: open 1
commit_plan order=O6 assignments=1*1@n2
> refused invalid.group_kind at /assignments/0/node
receive_stock sku=C node=n1 qty:=1
commit_plan order=O6 assignments=1*1@n1
> O6/1: allocated 1@n1

# Below the worth from which it may be split, an order comes from one node; from there on it may come from two.
receive_stock sku=B node=n1 qty:=10
receive_stock sku=B node=n2 qty:=10
place_order {"order":"O7","channel":"WEB","currency":"USD","constraints":{"split_from":"50.00 USD"},
  "groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],
  "lines":[{"line":"1","sku":"B","qty":3,"unit_price":"16.66 USD"}]}
commit_plan order=O7 assignments=1*1@n1,1*2@n2
> refused plan.infeasible at /assignments
commit_plan order=O7 assignments=1*3@n1
place_order {"order":"O8","channel":"WEB","currency":"USD","constraints":{"split_from":"49.98 USD"},
  "groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],
  "lines":[{"line":"1","sku":"B","qty":3,"unit_price":"16.66 USD"}]}
commit_plan order=O8 assignments=1*1@n1,1*2@n2
> O8/1: allocated 1@n1, allocated 2@n2
place_order {"order":"O9","channel":"WEB","currency":"USD","constraints":{"split_from":"49.985 USD"},
  "groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],
  "lines":[{"line":"1","sku":"B","qty":1}]}
> refused invalid.money at /constraints/split_from
