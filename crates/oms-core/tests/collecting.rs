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
use oms_core::order::HoldKind;

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

/// Goal: what a customer takes lapses as a cancellation when nothing else is left to give up, and is
/// told before. Method: two packages of one and two units, two cancellations pending; collect two
/// by line, which takes from both packages.
#[test]
fn what_is_taken_lapses() {
    let mut floor = Floor::new();
    floor.receive("n1", 3);
    floor.place_pickup("X", 3, "n1");
    floor.ok("release_to_node", r#"{"order":"X","node":"n1"}"#);
    floor.pack("X", "n1", 1);
    floor.pack("X", "n1", 2);
    floor.ask_to_cancel("X", "n1", 2);
    let seen = floor.events().len();
    floor.ok("collect", r#"{"order":"X","node":"n1","lines":[{"line":"1","qty":2}]}"#);
    assert_eq!(
        floor.types_after(seen),
        ["order.cancellation_lapsed", "units.collected", "units.collected"]
    );
    assert_eq!(floor.spread("X"), "packed n1 1, delivered 2");
    let order = floor.order("X");
    assert_eq!(order.pending[0].qty.get(), 1);
    let ended: Vec<bool> = order.packages.iter().map(|p| p.delivered_at.is_some()).collect();
    assert_eq!(ended, [true, false]);
}

/// Goal: only a pickup is collected, only at its location, and not under a hold. Method: an order
/// to an address, a pickup at another node, a held pickup; then the rest of the refusals in order.
#[test]
fn refusals_in_their_order() {
    let mut floor = Floor::new();
    let package = packed(&mut floor, 2);
    floor.released("S", "n1", 1);
    let parcel = floor.pack("S", "n1", 1);
    let ask = |order: &str, node: &str, more: &str| {
        format!(r#"{{"order":"{order}","node":"{node}"{more}}}"#)
    };
    let bad = r#","package":"K","lines":[{"line":"9"}]"#;
    let named = format!(r#","package":"{package}","#);
    let cases = [
        (ask("N", "n9", r#","lines":[]"#), "invalid.empty", "/lines"),
        (ask("N", "n9", bad), "order.unknown", "/order"),
        (ask("X", "n9", bad), "location.unknown", "/node"),
        (ask("X", "n1", bad), "package.unknown", "/package"),
        (
            ask("X", "n2", &format!(r#"{named}"lines":[{{"line":"9"}}]"#)),
            "package.unknown",
            "/package",
        ),
        (ask("X", "n1", r#","lines":[{"line":"9"}]"#), "line.unknown", "/lines/0/line"),
        (ask("X", "n2", ""), "invalid.group_kind", "/node"),
        (ask("X", "n2", r#","lines":[{"line":"1"}]"#), "invalid.group_kind", "/lines/0/line"),
        (ask("S", "n1", ""), "invalid.group_kind", "/node"),
        (ask("S", "n1", &format!(r#","package":"{parcel}""#)), "invalid.group_kind", "/node"),
        (
            ask("X", "n1", r#","lines":[{"line":"1","qty":3}]"#),
            "line.stage_forbids",
            "/lines/0/qty",
        ),
    ];
    for (payload, code, path) in cases {
        let no = floor.no("collect", &payload);
        assert_eq!((no.code.as_str(), no.path.as_str()), (code, path), "{payload}");
    }
    floor.hold("X", HoldKind::Payment);
    assert_eq!(floor.no("collect", &ask("X", "n9", bad)).code, "order.on_hold");
    let unpack = format!(r#"{{"order":"X","package":"{package}"}}"#);
    floor.ok("unpack", &unpack);
    assert_eq!(floor.spread("X"), "released n1 2", "a hold asks to pause, it stops no undoing");
}
