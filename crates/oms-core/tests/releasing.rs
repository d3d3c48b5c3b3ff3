//! Work for nodes: what is released, by group and node, and the node days that it takes.
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
use oms_core::event::{DayChange, Event};
use oms_core::order::HoldKind;

/// Goal: one release makes one work order per group, of the units that the node itself holds.
/// Method: a basket of a shipped and a picked-up line at one node.
#[test]
fn one_work_order_for_each_group() {
    let mut floor = Floor::new();
    floor.receive("n1", 5);
    let groups = format!(
        r#"[{{"group":"g","to":{}}},{{"group":"p","to":{{"pickup":{{"location":"n1"}}}}}}]"#,
        floor::TO_ADDRESS
    );
    let lines = r#"[{"line":"1","group":"g","sku":"A","qty":3},
        {"line":"2","group":"p","sku":"A","qty":2}]"#;
    floor.ok(
        "place_order",
        &format!(
            r#"{{"order":"X","channel":"WEB","currency":"USD","groups":{groups},"lines":{lines}}}"#
        ),
    );
    floor.allocate("X", "n1", 3);
    let by = "2026-11-25T09:00:00Z";
    let receipt = floor
        .ok("release_to_node", &format!(r#"{{"order":"X","node":"n1","hand_over_by":"{by}"}}"#));
    assert_eq!(receipt.events, ["units.released", "units.released"]);
    assert_eq!(receipt.fulfillments.len(), 2);
    let order = floor.order("X");
    let told: Vec<_> = order
        .fulfillments
        .iter()
        .map(|f| {
            (f.group.as_str(), f.node.as_str(), f.lines.values().map(|q| q.get()).sum::<u64>())
        })
        .collect();
    assert_eq!(told, [("g", "n1", 3), ("p", "n1", 2)]);
    assert!(order.fulfillments.iter().all(|f| f.hand_over_by == Some(by.parse().unwrap())));
    let deadline = |line: usize| order.lines[line].holdings[0].at.until;
    assert_eq!(deadline(0), None);
    assert_eq!(deadline(1), Some(floor.now().plus_days(7)), "a pickup keeps its deadline");
}

/// F24 and F35. Goal: a node gets its own units and so many as are named. Method: 3 at n1 and 2 at
/// n2; n1 is given 2 of its 3, and never those of n2.
#[test]
fn a_node_gets_its_own_units_only() {
    let mut floor = Floor::new();
    floor.receive("n1", 3);
    floor.receive("n2", 4);
    floor.place("X", 6);
    floor.allocate("X", "n1", 3);
    floor.allocate("X", "n2", 2);
    let some = |node: &str, qty: u32| {
        format!(r#"{{"order":"X","node":"{node}","lines":[{{"line":"1","qty":{qty}}}]}}"#)
    };
    floor.ok("release_to_node", &some("n1", 2));
    assert_eq!(floor.spread("X"), "reserved 1, allocated n1 1, allocated n2 2, released n1 2");
    let no = floor.no("release_to_node", &some("n1", 2));
    assert_eq!((no.code.as_str(), no.path.as_str()), ("line.stage_forbids", "/lines/0/qty"));
    assert_eq!(no.expected, "2 allocated at `n1`");
    assert_eq!(
        no.found,
        "1 reserved, 1 allocated at `n1`, 2 allocated at `n2`, 2 released at `n1`"
    );
    let no = floor.no("release_to_node", r#"{"order":"X","node":"n3"}"#);
    assert_eq!((no.code.as_str(), no.path.as_str()), ("line.stage_forbids", "/node"));
    floor.ok("release_to_node", r#"{"order":"X","node":"n2","lines":[{"line":"1"}]}"#);
    assert_eq!(floor.spread("X"), "reserved 1, allocated n1 1, released n1 2, released n2 2");
}

/// Goal: every refusal names its field, and earlier ones win. Method: from the broadest mistake to
/// the finest, each command has all the later mistakes too.
#[test]
fn refusals_in_their_order() {
    let mut floor = Floor::new();
    floor.receive("n1", 2);
    floor.place("X", 2);
    floor.allocate("X", "n1", 2);
    floor.receive("n2", 1);
    floor.place("H", 1);
    floor.hold("H", HoldKind::Address);
    let ask = |order: &str, node: &str, lines: &str| {
        format!(r#"{{"order":"{order}","node":"{node}","lines":[{lines}]}}"#)
    };
    let bad = r#"{"line":"9"},{"line":"1","qty":9}"#;
    let cases = [
        (ask("N", "n9", ""), "invalid.empty", "/lines"),
        (ask("N", "n9", r#"{"line":"1","qty":0}"#), "invalid.quantity_zero", "/lines/0/qty"),
        (ask("N", "n9", r#"{"line":"1"},{"line":"1"}"#), "invalid.duplicate", "/lines/1/line"),
        (ask("N", "n9", bad), "order.unknown", "/order"),
        (ask("H", "n9", bad), "order.on_hold", "/order"),
        (ask("X", "n9", bad), "location.unknown", "/node"),
        (ask("X", "n1", bad), "line.unknown", "/lines/0/line"),
        (ask("X", "n1", r#"{"line":"1","qty":9}"#), "line.stage_forbids", "/lines/0/qty"),
        (ask("X", "n2", r#"{"line":"1"}"#), "line.stage_forbids", "/lines/0"),
    ];
    for (payload, code, path) in cases {
        let no = floor.no("release_to_node", &payload);
        assert_eq!((no.code.as_str(), no.path.as_str()), (code, path), "{payload}");
    }
    floor.ok("release_to_node", r#"{"order":"X","node":"n1"}"#);
    let package = floor.pack("X", "n1", 2);
    floor.ok("ship", &format!(r#"{{"order":"X","package":"{package}"}}"#));
    floor.ok("deliver", &format!(r#"{{"order":"X","package":"{package}"}}"#));
    assert_eq!(floor.no("release_to_node", &ask("X", "n9", bad)).code, "order.closed");
}

fn days(floor: &mut Floor) -> Vec<(String, DayChange)> {
    let told = floor.events().into_iter().filter_map(|e| match e {
        Event::Shifted(shift) => Some(shift.days),
        _ => None,
    });
    told.flatten().map(|d| (format!("{}/{}", d.node, d.day), d.what)).collect()
}

/// Goal: a node day is taken once and given back to the day on which it was taken when the last
/// unit there is undone before shipping. Method: a pickup of two that the node gives back on the
/// next day, a cancelled unit at a time.
#[test]
fn a_node_day_is_given_back_to_its_day() {
    let mut floor = Floor::new();
    floor.receive("n1", 2);
    floor.place_pickup("X", 2, "n1");
    let day = "n1/2026-11-24".to_owned();
    assert_eq!(days(&mut floor), [(day.clone(), DayChange::Taken)]);
    assert_eq!(floor.balance("node_day/n1/2026-11-24"), 1);
    floor.ok("release_to_node", r#"{"order":"X","node":"n1"}"#);
    floor.ask_to_cancel("X", "n1", 2);
    floor.wait(60 * 24);
    let one = r#"{"order":"X","node":"n1","lines":[{"line":"1","qty":1}],"reason":"late"}"#;
    floor.ok("node_rejects", one);
    assert_eq!(floor.balance("node_day/n1/2026-11-24"), 1, "one unit is still there");
    floor.ok("node_rejects", one);
    assert_eq!(floor.balance("node_day/n1/2026-11-24"), 0);
    assert_eq!(floor.balance("node_day/n1/2026-11-25"), 0);
    assert_eq!(days(&mut floor), [(day.clone(), DayChange::Taken), (day, DayChange::Given)]);
}

/// Goal: a node day is used for good once something left. Method: of two units one is shipped, the
/// other given back; then the order comes back to the node without taking another day.
#[test]
fn a_node_day_is_used_once_something_left() {
    let mut floor = Floor::new();
    floor.ok("set_policy", r#"{"scope":"tenant","policy":{"excluded_minutes":0}}"#);
    floor.released("X", "n1", 2);
    let package = floor.pack("X", "n1", 1);
    floor.ok("ship", &format!(r#"{{"order":"X","package":"{package}"}}"#));
    floor.ok(
        "node_rejects",
        r#"{"order":"X","node":"n1","lines":[{"line":"1","qty":1}],"reason":"late"}"#,
    );
    assert_eq!(floor.balance("node_day/n1/2026-11-24"), 1);
    floor.wait(60 * 24);
    floor.allocate("X", "n1", 1);
    assert_eq!(floor.balance("node_day/n1/2026-11-25"), 0);
    let day = "n1/2026-11-24".to_owned();
    assert_eq!(days(&mut floor), [(day.clone(), DayChange::Taken), (day, DayChange::Used)]);
}
