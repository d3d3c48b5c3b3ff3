# After a short pick the order's demand is still there, before any new one.
shop
receive_stock sku=A node=n1 qty:=1
receive_stock sku=A node=n3 qty:=1
order O1 on WEB: 1 A
commit_plan order=O1 assignments=1*1@n1
release_to_node order=O1 node=n1
> ats A Q = 1
node_rejects order=O1 node=n1 reason=damaged lines=1*1
# It claims in the next pool of its channel, in the same commit.
> O1/1: reserved 1
> reserved A Q = 1
> ats A Q = 0
> damaged A n1 = 1
> on_hand A n1 = 1
> excluded O1 A n1 = yes
order O2 on WEB: 1 A
> O2/1: open 1
# A pickup claims again only where it is picked up, and its location is never excluded.
receive_stock sku=B node=n1 qty:=2
receive_stock sku=B node=n2 qty:=5
order O3 on WEB pickup n1: 1 B
release_to_node order=O3 node=n1
node_rejects order=O3 node=n1 reason=not_found lines=1*1
> O3/1: allocated 1@n1
> excluded O3 B n1 = no
release_to_node order=O3 node=n1
node_rejects order=O3 node=n1 reason=not_found lines=1*1
> O3/1: open 1
> on_hand B n1 = 0
> ats B P = 5
# Units are held by stage and node: what is taken is what is named.
order O4 on WEB: 3 B
commit_plan order=O4 assignments=1*2@n2
release_to_node order=O4 node=n2 lines=1*1
cancel_lines order=O4 lines:=[{"line":"1","qty":1,"stage":"released","node":"n2"}]
> O4/1: reserved 1, allocated 1@n2, cancelled 1
