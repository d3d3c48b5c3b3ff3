# A split moves exactly the quantity asked for, from the stage named, and leaves the rest where it is.
shop
receive_stock sku=A node=n1 qty:=4
receive_stock sku=A node=n2 qty:=4
order O1 on WEB: 11 A
> O1/1: open 3, reserved 8
commit_plan order=O1 assignments=1*3@n1,1*2@n2
> O1/1: open 3, reserved 3, allocated 3@n1, allocated 2@n2
release_to_node order=O1 node=n1 lines=1*2
> O1/1: open 3, reserved 3, allocated 1@n1, allocated 2@n2, released 2@n1
unallocate order=O1 lines:=[{"line":"1","node":"n2","qty":1},{"line":"1","node":"n1"}]
> O1/1: open 3, reserved 5, allocated 1@n2, released 2@n1
cancel_lines order=O1 lines:=[{"line":"1","qty":1,"stage":"open"},{"line":"1","qty":2,"stage":"reserved"}]
> O1/1: open 2, reserved 3, allocated 1@n2, released 2@n1, cancelled 3
> ats A P = 2
pack order=O1 node=n1 lines=1*1 as K1
> O1/1: open 2, reserved 3, allocated 1@n2, released 1@n1, packed 1@n1, cancelled 3
reserve order=O1 lines=1*1
> O1/1: open 1, reserved 4, allocated 1@n2, released 1@n1, packed 1@n1, cancelled 3
> ats A P = 1
> reserved A P = 4
> available A n1 = 2
> available A n2 = 3
