//! From the dock to the customer: shipping, delivering, losing.
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
use oms_core::event::Event;
use oms_core::order::HoldKind;

fn parcel(order: &str, package: &str) -> String {
    format!(r#"{{"order":"{order}","package":"{package}"}}"#)
}

/// Goal: what is under way is counted per package and reaches the customer by parts. Method: two
/// packages, one delivered in two parts.
#[test]
fn under_way_by_package() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 5);
    let (big, small) = (floor.pack("X", "n1", 3), floor.pack("X", "n1", 2));
    let ship = format!(
        r#"{{"order":"X","package":"{big}","carrier":"UPS","service":"ground","tracking":"1Z9"}}"#
    );
    floor.ok("ship", &ship);
    floor.ok("ship", &parcel("X", &small));
    assert_eq!(floor.spread("X"), "shipped 5");
    assert_eq!(floor.balance(&format!("transit/A/{big}")), 3);
    assert_eq!(floor.balance(&format!("transit/A/{small}")), 2);
    assert_eq!(floor.balance("allocated/A/n1"), 0);
    let order = floor.order("X");
    assert_eq!(order.packages[0].tracking.as_deref(), Some("1Z9"));
    assert_eq!(order.packages[0].shipped_at, Some(floor.now()));
    assert_eq!(order.lines[0].holdings.len(), 2, "one holding for each package");

    let one = format!(r#"{{"order":"X","package":"{big}","lines":[{{"line":"1","qty":1}}]}}"#);
    floor.ok("deliver", &one);
    assert_eq!(floor.spread("X"), "shipped 4, delivered 1");
    assert_eq!(floor.order("X").packages[0].delivered_at, None);
    floor.wait(10);
    floor.ok("deliver", &parcel("X", &big));
    assert_eq!(floor.balance(&format!("transit/A/{big}")), 0);
    assert_eq!(floor.balance("outside/A/customer"), 3);
    assert_eq!(floor.order("X").packages[0].delivered_at, Some(floor.now()));
    let no = floor.no("deliver", &parcel("X", &big));
    assert_eq!((no.code.as_str(), no.path.as_str()), ("line.stage_forbids", "/package"));
}

/// Story 5, its second half. Goal: what leaves all the same lapses, and is told before it leaves.
/// Method: one released and one packed unit, one cancellation pending; the node packs and ships
/// both.
#[test]
fn what_leaves_all_the_same_lapses() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 2);
    let first = floor.pack("X", "n1", 1);
    floor.ask_to_cancel("X", "n1", 1);
    floor.ok("ship", &parcel("X", &first));
    assert_eq!(floor.order("X").pending[0].qty.get(), 1, "the released one can still be given up");
    let second = floor.pack("X", "n1", 1);
    let seen = floor.events().len();
    floor.ok("ship", &parcel("X", &second));
    assert_eq!(floor.types_after(seen), ["order.cancellation_lapsed", "units.shipped"]);
    assert_eq!(floor.spread("X"), "shipped 2");
    assert!(floor.order("X").pending.is_empty());
}

/// Goal: only what no longer fits lapses. Method: three pending over three units in two packages;
/// one unit is shipped.
#[test]
fn only_what_no_longer_fits_lapses() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 3);
    let one = floor.pack("X", "n1", 1);
    floor.pack("X", "n1", 2);
    floor.ask_to_cancel("X", "n1", 3);
    floor.ok("ship", &parcel("X", &one));
    assert_eq!(floor.order("X").pending[0].qty.get(), 2);
    let lapsed = floor.events().into_iter().find_map(|e| match e {
        Event::CancellationLapsed(lapsed) => Some(lapsed.qty.get()),
        _ => None,
    });
    assert_eq!(lapsed, Some(1));
}

/// Goal: a hold stops the package at the dock, not the customer who has it already. Method: hold an
/// order with one package packed and one shipped.
#[test]
fn a_hold_stops_at_the_dock() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 2);
    let (here, gone) = (floor.pack("X", "n1", 1), floor.pack("X", "n1", 1));
    floor.ok("ship", &parcel("X", &gone));
    floor.hold("X", HoldKind::Fraud);
    let no = floor.no("ship", &parcel("X", &here));
    assert_eq!((no.code.as_str(), no.found.as_str()), ("order.on_hold", "a fraud hold"));
    floor.ok("deliver", &parcel("X", &gone));
    assert_eq!(floor.spread("X"), "packed n1 1, delivered 1");
}

/// Goal: a pickup is never shipped. Method: a packed pickup meets each verb of the road.
#[test]
fn a_pickup_takes_no_road() {
    let mut floor = Floor::new();
    floor.receive("n1", 1);
    floor.place_pickup("X", 1, "n1");
    floor.ok("release_to_node", r#"{"order":"X","node":"n1"}"#);
    let package = floor.pack("X", "n1", 1);
    let lost = format!(r#"{{"order":"X","package":"{package}","then":"reship"}}"#);
    for (verb, payload) in
        [("ship", parcel("X", &package)), ("deliver", parcel("X", &package)), ("lose_parcel", lost)]
    {
        let no = floor.no(verb, &payload);
        assert_eq!((no.code.as_str(), no.path.as_str()), ("invalid.group_kind", "/package"));
    }
}

/// Story 25 as far as these verbs reach. Goal: a lost parcel is sent again as soon as there is
/// stock, from any node. Method: nothing left at first; then one arrives at the same node.
#[test]
fn lost_then_sent_again() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 1);
    let package = floor.pack("X", "n1", 1);
    floor.ok("ship", &parcel("X", &package));
    let lost = format!(r#"{{"order":"X","package":"{package}","then":"reship"}}"#);
    let receipt = floor.ok("lose_parcel", &lost);
    assert_eq!(floor.spread("X"), "open 1");
    assert_eq!(receipt.short[0].qty.get(), 1);
    assert_eq!(floor.balance("outside/A/lost"), 1);
    assert_eq!(floor.balance(&format!("transit/A/{package}")), 0);
    let order = floor.order("X");
    assert!(order.exclusions.is_empty(), "the node did nothing wrong");
    assert_eq!(order.packages[0].lost_at, Some(floor.now()));
    assert_eq!(order.promises[0].confidence_percent, 0);
    let no = floor.no("lose_parcel", &lost);
    assert_eq!(no.code, "line.stage_forbids", "a parcel is lost once");
}

/// Goal: a lost parcel claims what is there in the same commit; what had arrived stays arrived.
/// Method: of three shipped units one is delivered, the rest lost; two are on the shelves of two
/// pools.
#[test]
fn lost_and_claimed_again_at_once() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 3);
    let package = floor.pack("X", "n1", 3);
    floor.ok("ship", &parcel("X", &package));
    let one = format!(r#"{{"order":"X","package":"{package}","lines":[{{"line":"1","qty":1}}]}}"#);
    floor.ok("deliver", &one);
    floor.receive("n2", 1);
    floor.receive("n3", 1);
    let seen = floor.events().len();
    floor.ok("lose_parcel", &format!(r#"{{"order":"X","package":"{package}","then":"reship"}}"#));
    assert_eq!(floor.types_after(seen), ["units.lost", "units.claimed", "order.promise_changed"]);
    assert_eq!(floor.spread("X"), "reserved 2, delivered 1");
    assert_eq!((floor.balance("reserved/A/P"), floor.balance("reserved/A/Q")), (1, 1));
}

/// Goal: a lost parcel that is refunded ends there. Method: lose it with stock at hand, which stays
/// free, and the order is closed.
#[test]
fn lost_and_refunded() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 1);
    let package = floor.pack("X", "n1", 1);
    floor.ok("ship", &parcel("X", &package));
    floor.receive("n1", 1);
    floor.ok("lose_parcel", &format!(r#"{{"order":"X","package":"{package}","then":"refund"}}"#));
    assert_eq!(floor.spread("X"), "cancelled 1");
    assert_eq!(floor.balance("ats/A/P"), 1);
    assert_eq!(floor.no("deliver", &parcel("X", &package)).code, "order.closed");
}

/// Goal: every refusal names its field, and earlier ones win. Method: from the broadest mistake to
/// the finest, for each verb of the road.
#[test]
fn refusals_in_their_order() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 2);
    let package = floor.pack("X", "n1", 1);
    let long = "x".repeat(5_000);
    let bad = r#","lines":[{"line":"9"},{"line":"1","qty":9}]"#;
    let ask = |order: &str, package: &str, more: &str| {
        format!(r#"{{"order":"{order}","package":"{package}"{more}}}"#)
    };
    let then = r#","then":"refund""#;
    let cases = [
        ("ship", ask("N", "K", &format!(r#","tracking":"{long}""#)), "limit.bytes", "/tracking"),
        ("ship", ask("N", "K", ""), "order.unknown", "/order"),
        ("ship", ask("X", "K", ""), "package.unknown", "/package"),
        ("deliver", ask("N", "K", r#","lines":[]"#), "invalid.empty", "/lines"),
        ("deliver", ask("N", "K", bad), "order.unknown", "/order"),
        ("deliver", ask("X", "K", bad), "package.unknown", "/package"),
        ("deliver", ask("X", &package, bad), "line.unknown", "/lines/0/line"),
        (
            "deliver",
            ask("X", &package, r#","lines":[{"line":"1"}]"#),
            "line.stage_forbids",
            "/lines/0",
        ),
        ("deliver", ask("X", &package, ""), "line.stage_forbids", "/package"),
        ("lose_parcel", ask("N", "K", then), "order.unknown", "/order"),
        ("lose_parcel", ask("X", "K", then), "package.unknown", "/package"),
        ("lose_parcel", ask("X", &package, then), "line.stage_forbids", "/package"),
    ];
    for (verb, payload, code, path) in cases {
        let no = floor.no(verb, &payload);
        assert_eq!((no.code.as_str(), no.path.as_str()), (code, path), "{verb} {payload}");
    }
    floor.ok("unpack", &parcel("X", &package));
    let no = floor.no("ship", &parcel("X", &package));
    assert_eq!((no.code.as_str(), no.path.as_str()), ("line.stage_forbids", "/package"));
}
