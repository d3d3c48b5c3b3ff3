//! Pickups from the shelf to the customer's hands.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

mod floor;

use floor::Floor;

/// A pickup of `qty` units at n1, packed in one package; its id.
fn packed(floor: &mut Floor, qty: u32) -> String {
    floor.receive("n1", qty);
    floor.place_pickup("X", qty, "n1");
    floor.ok("release_to_node", r#"{"order":"X","node":"n1"}"#);
    let pack = format!(r#"{{"order":"X","node":"n1","lines":[{{"line":"1","qty":{qty}}}]}}"#);
    floor.ok("pack", &pack).packages[0].to_string()
}

/// Goal: a pickup is collected in two visits, and its units leave the node's books for the
/// customer's. Method: collect one of three by line, then the rest by package.
#[test]
fn collected_in_two_visits() {
    let mut floor = Floor::new();
    let package = packed(&mut floor, 3);
    assert_eq!(floor.spread("X"), "packed n1 3");
    floor.ok("collect", r#"{"order":"X","node":"n1","lines":[{"line":"1","qty":1}]}"#);
    assert_eq!(floor.spread("X"), "packed n1 2, delivered 1");
    assert_eq!(floor.balance("allocated/A/n1"), 2);
    assert_eq!(floor.balance("outside/A/customer"), 1);
    assert_eq!(floor.order("X").packages[0].delivered_at, None);
    floor.wait(60);
    floor.ok("collect", &format!(r#"{{"order":"X","node":"n1","package":"{package}"}}"#));
    assert_eq!(floor.spread("X"), "delivered 3");
    assert_eq!(floor.balance("allocated/A/n1"), 0);
    assert_eq!(floor.balance("outside/A/customer"), 3);
    assert_eq!(floor.order("X").packages[0].delivered_at, Some(floor.now()));
}
