# A SKU's identity and unit stay; what else changes of an item touches no claim made before.
shop
receive_stock sku=A node=n1 qty:=2
order O1 on WEB: 2 A
define_item sku=A base_unit=gram
> refused definition.fixed at /base_unit
> nothing
define_item sku=A base_unit=each name=Shirt weight_g:=200
> O1/1: reserved 2
> reserved A P = 2
# Flags changed later stop new work at nodes that cannot do it, and nothing that is claimed.
define_item sku=A base_unit=each flags:={"hazmat":true}
> O1/1: reserved 2
commit_plan order=O1 assignments=1*2@n1
> refused node.incapable
> nothing
define_item sku=A base_unit=each
commit_plan order=O1 assignments=1*2@n1
define_item sku=A base_unit=each flags:={"hazmat":true}
release_to_node order=O1 node=n1
retire_item sku=A
> O1/1: released 2@n1
order O2 on WEB: 1 A
> refused item.retired at /lines/0/sku
cancel_order order=O1
> O1/1: cancelled 2
> available A n1 = 2
> ats A P = 2
