//! Packing and unpacking: two ways of the same step.
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

/// F3. Goal: an order's own claim never stands in its way, and a part can be packed. Method: every
/// unit there is claimed by this order; 7 of 10 are packed and shipped.
#[test]
fn seven_of_ten_can_be_packed() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 10);
    assert_eq!(floor.balance("available/A/n1"), 0);
    let package = floor.pack("X", "n1", 7);
    assert_eq!(floor.spread("X"), "released n1 3, packed n1 7");
    floor.ok("ship", &format!(r#"{{"order":"X","package":"{package}"}}"#));
    assert_eq!(floor.spread("X"), "released n1 3, shipped 7");
    assert_eq!(floor.balance("allocated/A/n1"), 3);
}

/// F7. Goal: unpacking is the exact inverse of packing. Method: compare every balance and every
/// holding before packing and after packing in two packages and unpacking both, in another order.
#[test]
fn unpacking_undoes_packing() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 5);
    let (balances, lines) = (floor.balances(), floor.order("X").lines.clone());
    let first = floor.pack("X", "n1", 3);
    let second = floor.pack("X", "n1", 2);
    assert_eq!(floor.balances(), balances, "packing moves nothing in the books");
    for package in [&second, &first] {
        floor.ok("unpack", &format!(r#"{{"order":"X","package":"{package}"}}"#));
    }
    assert_eq!(floor.balances(), balances);
    assert_eq!(floor.order("X").lines, lines);
    assert!(floor.order("X").packages.iter().all(|p| p.contents.is_empty()));
    let again = floor.pack("X", "n1", 5);
    floor.ok("ship", &format!(r#"{{"order":"X","package":"{again}"}}"#));
    assert_eq!(floor.spread("X"), "shipped 5");
}

/// Goal: a package takes more until it leaves, and tells what is in it. Method: pack two, add one
/// with a new weight, take one out, ship, and try to add.
#[test]
fn a_package_is_filled_until_it_leaves() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 4);
    let package = floor.pack("X", "n1", 2);
    let add = format!(
        r#"{{"order":"X","node":"n1","lines":[{{"line":"1","qty":1}}],"package":"{package}","weight_g":900}}"#
    );
    floor.ok("pack", &add);
    let inside = |floor: &mut Floor| {
        let order = floor.order("X");
        assert_eq!(order.packages.len(), 1);
        (
            order.packages[0].contents.values().map(|q| q.get()).sum::<u64>(),
            order.packages[0].weight_g,
        )
    };
    assert_eq!(inside(&mut floor), (3, Some(900)));
    let out = format!(r#"{{"order":"X","package":"{package}","lines":[{{"line":"1","qty":1}}]}}"#);
    floor.ok("unpack", &out);
    assert_eq!(inside(&mut floor), (2, Some(900)));
    floor.ok("ship", &format!(r#"{{"order":"X","package":"{package}"}}"#));
    let no = floor.no("pack", &add);
    assert_eq!((no.code.as_str(), no.path.as_str()), ("line.stage_forbids", "/package"));
    assert_eq!(no.found, "2 shipped");
}

/// Goal: a package holds units of one work order. Method: release 2 and then 3; without a name the
/// oldest work that suffices is packed, 4 at once are refused, and a package takes nothing of other
/// work.
#[test]
fn a_package_belongs_to_one_work_order() {
    let mut floor = Floor::new();
    floor.receive("n1", 5);
    floor.place("X", 5);
    floor.allocate("X", "n1", 5);
    let release =
        |qty: u32| format!(r#"{{"order":"X","node":"n1","lines":[{{"line":"1","qty":{qty}}}]}}"#);
    let two = floor.ok("release_to_node", &release(2)).fulfillments[0].to_string();
    let three = floor.ok("release_to_node", &release(3)).fulfillments[0].to_string();
    let pack = |qty: u32, more: &str| {
        format!(r#"{{"order":"X","node":"n1","lines":[{{"line":"1","qty":{qty}}}]{more}}}"#)
    };
    let no = floor.no("pack", &pack(4, ""));
    assert_eq!((no.code.as_str(), no.path.as_str()), ("line.stage_forbids", "/lines"));
    let big = floor.pack("X", "n1", 3);
    let order = floor.order("X");
    assert_eq!(order.packages[0].fulfillment.as_str(), three, "the oldest that holds all three");
    let no = floor.no("pack", &pack(1, &format!(r#","package":"{big}","fulfillment":"{two}""#)));
    assert_eq!((no.code.as_str(), no.path.as_str()), ("fulfillment.unknown", "/fulfillment"));
    let no = floor.no("pack", &pack(1, &format!(r#","package":"{big}""#)));
    assert_eq!(no.code, "line.stage_forbids", "its own work has nothing left");
    floor.ok("pack", &pack(2, &format!(r#","fulfillment":"{two}""#)));
    assert_eq!(floor.spread("X"), "packed n1 5");
    assert_eq!(floor.order("X").packages[1].fulfillment.as_str(), two);
}

/// F24. Goal: only the node that holds the units packs them. Method: units and a package at n1; n2
/// may touch neither.
#[test]
fn another_node_packs_nothing() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 2);
    let package = floor.pack("X", "n1", 1);
    floor.receive("n2", 5);
    let pack = r#"{"order":"X","node":"n2","lines":[{"line":"1","qty":1}]}"#;
    let no = floor.no("pack", pack);
    assert_eq!((no.code.as_str(), no.path.as_str()), ("line.stage_forbids", "/lines/0/qty"));
    assert_eq!(no.found, "1 released at `n1`, 1 packed at `n1`");
    let into = format!(
        r#"{{"order":"X","node":"n2","lines":[{{"line":"1","qty":1}}],"package":"{package}"}}"#
    );
    let no = floor.no("pack", &into);
    assert_eq!((no.code.as_str(), no.path.as_str()), ("package.unknown", "/package"));
}

/// Goal: unpacking answers a pending cancellation first. Method: two of three packed units await
/// cancellation; take out one, then the other two.
#[test]
fn unpacking_answers_pending_cancellations() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 3);
    let package = floor.pack("X", "n1", 3);
    floor.ask_to_cancel("X", "n1", 2);
    let out = |qty: u32| {
        format!(r#"{{"order":"X","package":"{package}","lines":[{{"line":"1","qty":{qty}}}]}}"#)
    };
    floor.ok("unpack", &out(1));
    assert_eq!(floor.spread("X"), "packed n1 2, cancelled 1");
    assert_eq!(floor.order("X").pending[0].qty.get(), 1);
    assert_eq!(floor.balance("available/A/n1"), 1);
    floor.ok("unpack", &out(2));
    assert_eq!(floor.spread("X"), "released n1 1, cancelled 2");
    assert!(floor.order("X").pending.is_empty());
    assert_eq!(floor.balance("ats/A/P"), 2);
    assert_eq!(floor.balance("allocated/A/n1"), 1);
}

/// Goal: every refusal of both verbs names its field, and earlier ones win. Method: from the
/// broadest mistake to the finest, each command has all the later mistakes too.
#[test]
fn refusals_in_their_order() {
    let mut floor = Floor::new();
    floor.released("X", "n1", 2);
    let package = floor.pack("X", "n1", 1);
    let pack = |order: &str, node: &str, more: &str, lines: &str| {
        format!(r#"{{"order":"{order}","node":"{node}"{more},"lines":[{lines}]}}"#)
    };
    let bad = r#"{"line":"9","qty":1},{"line":"1","qty":9}"#;
    let both = r#","package":"K","fulfillment":"F""#;
    let named = format!(r#","package":"{package}","fulfillment":"F""#);
    let cases = [
        (pack("N", "n9", both, ""), "invalid.empty", "/lines"),
        (pack("N", "n9", both, r#"{"line":"1","qty":0}"#), "invalid.quantity_zero", "/lines/0/qty"),
        (pack("N", "n9", both, bad), "order.unknown", "/order"),
        (pack("X", "n9", both, bad), "location.unknown", "/node"),
        (pack("X", "n1", both, bad), "package.unknown", "/package"),
        (pack("X", "n1", &named, bad), "fulfillment.unknown", "/fulfillment"),
        (pack("X", "n1", "", bad), "line.unknown", "/lines/0/line"),
        (pack("X", "n1", "", r#"{"line":"1","qty":2}"#), "line.stage_forbids", "/lines/0/qty"),
    ];
    for (payload, code, path) in cases {
        let no = floor.no("pack", &payload);
        assert_eq!((no.code.as_str(), no.path.as_str()), (code, path), "{payload}");
    }
    let unpack = |order: &str, package: &str, lines: &str| {
        format!(r#"{{"order":"{order}","package":"{package}","lines":[{lines}]}}"#)
    };
    let cases = [
        (unpack("N", "K", ""), "invalid.empty", "/lines"),
        (unpack("N", "K", bad), "order.unknown", "/order"),
        (unpack("X", "K", bad), "package.unknown", "/package"),
        (unpack("X", &package, bad), "line.unknown", "/lines/0/line"),
        (unpack("X", &package, r#"{"line":"1","qty":2}"#), "line.stage_forbids", "/lines/0/qty"),
    ];
    for (payload, code, path) in cases {
        let no = floor.no("unpack", &payload);
        assert_eq!((no.code.as_str(), no.path.as_str()), (code, path), "{payload}");
    }
}
