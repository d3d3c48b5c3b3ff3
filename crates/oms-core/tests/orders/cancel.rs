//! Cancelling: everything goes back whence it came, once.
use crate::shop::Shop;

/// Goal: the cheapest undo goes first, and only what was taken comes back. Method: a line with
/// open and reserved units loses three of them.
#[test]
fn cheapest_first() {
    let mut shop = Shop::new();
    shop.receive("A", "n1", 3);
    shop.place("O", &[("1", "A", 5)]);
    assert_eq!(shop.stages("O", "1"), "open 2, reserved 3");
    let done = shop.ok("'cancel_lines': {'order': 'O', 'lines': [{'line': '1', 'qty': 3}],
        'reason': 'no_longer_wanted'}");
    assert_eq!(done.receipt.events, ["units.cancelled"]);
    assert_eq!(shop.stages("O", "1"), "reserved 2, cancelled 3");
    assert_eq!((shop.ats("A", "P"), shop.reserved("A", "P")), (1, 2));
}

/// Goal: a named stage binds. Method: cancel reserved units while open ones are there.
#[test]
fn named_stage() {
    let mut shop = Shop::new();
    shop.receive("A", "n1", 3);
    shop.place("O", &[("1", "A", 5)]);
    let cancel = |qty: u32, stage: &str| {
        format!(
            "'cancel_lines': {{'order': 'O', 'lines':
              [{{'line': '1', 'qty': {qty}, 'stage': '{stage}'}}]}}"
        )
    };
    shop.refused(&cancel(4, "reserved"), "line.stage_forbids");
    shop.ok(&cancel(1, "reserved"));
    assert_eq!(shop.stages("O", "1"), "open 2, reserved 2, cancelled 1");
    shop.refused(&cancel(1, "shipped"), "line.stage_forbids");
    shop.refused(&cancel(1, "cancelled"), "line.stage_forbids");
}

/// Goal: nothing is given back twice. Method: the same cancel under another id.
#[test]
fn twice_is_refused() {
    let mut shop = Shop::new();
    shop.receive("A", "n1", 3);
    shop.place("O", &[("1", "A", 2), ("2", "A", 1)]);
    shop.ok("'cancel_lines': {'order': 'O', 'lines': [{'line': '1'}]}");
    assert_eq!(shop.ats("A", "P"), 2);
    let no = shop.no("'cancel_lines': {'order': 'O', 'lines': [{'line': '1'}]}");
    assert_eq!(no, ("line.stage_forbids".into(), "/lines/0".into()));
    shop.ok("'cancel_order': {'order': 'O'}");
    assert_eq!(shop.ats("A", "P"), 3);
    shop.refused("'cancel_order': {'order': 'O'}", "order.closed");
    shop.refused("'cancel_lines': {'order': 'O', 'lines': [{'line': '1'}]}", "order.closed");
    assert_eq!(shop.ats("A", "P"), 3);
}

/// Goal: refusals come in the documented order. Method: commands that break several rules.
#[test]
fn refusals() {
    let mut shop = Shop::new();
    shop.place("O", &[("1", "A", 2)]);
    let cancel = |order: &str, lines: &str, more: &str| {
        format!("'cancel_lines': {{'order': '{order}', 'lines': [{lines}] {more}}}")
    };
    shop.refused(&cancel("NONE", "", ""), "invalid.empty");
    let twice = "{'line': 'x', 'qty': 1}, {'line': 'x', 'qty': 0}, {'line': 'x', 'qty': 1}";
    let no = shop.no(&cancel("NONE", twice, ""));
    assert_eq!(no, ("invalid.quantity_zero".into(), "/lines/1/qty".into()));
    let no = shop.no(&cancel("NONE", "{'line': 'x'}, {'line': 'x', 'qty': 1}", ""));
    assert_eq!(no, ("invalid.duplicate".into(), "/lines/1/line".into()));
    shop.refused(&cancel("NONE", "{'line': 'x'}", ", 'reason': 'why'"), "order.unknown");
    let no = shop.no(&cancel("O", "{'line': 'x'}", ", 'reason': 'not_found'"));
    assert_eq!(no, ("reason.unknown".into(), "/reason".into()));
    let no = shop.no(&cancel("O", "{'line': '1', 'qty': 1}, {'line': 'x'}", ""));
    assert_eq!(no, ("line.unknown".into(), "/lines/1/line".into()));
    // The first line of the refused command did not lose its unit.
    assert_eq!(shop.stages("O", "1"), "open 2");
    shop.refused(&cancel("O", "{'line': '1', 'qty': 3}", ""), "line.stage_forbids");
}

/// Goal: a hold stops no cancellation, and a pickup's units go back to the shelf. Method: a pickup
/// allocated at its store, held, cancelled.
#[test]
fn pickup_under_hold() {
    let mut shop = Shop::new();
    shop.receive("A", "s1", 3);
    shop.place_pickup("O", "s1", &[("1", "A", 2)]);
    assert_eq!(shop.stages("O", "1"), "allocated 2");
    assert_eq!((shop.available("A", "s1"), shop.allocated("A", "s1")), (1, 2));
    shop.ok("'hold_order': {'order': 'O', 'kind': 'fraud'}");
    shop.ok("'cancel_order': {'order': 'O', 'reason': 'fraud'}");
    assert_eq!((shop.available("A", "s1"), shop.allocated("A", "s1")), (3, 0));
    assert_eq!(shop.ats("A", "S"), 3);
    assert!(shop.order("O").days.is_empty(), "the node's day is given back");
}

/// Goal: a packed unit that is cancelled leaves its package too, and packages go on with what is
/// left. Method: two packages of two lines at a node that need not assent, cancelled in part, and
/// the rest shipped.
#[test]
fn packages_stay_true() {
    let mut shop = Shop::new();
    shop.receive("A", "n1", 4);
    shop.receive("B", "n1", 2);
    shop.place("O", &[("1", "A", 4), ("2", "B", 2)]);
    shop.ok("'commit_plan': {'order': 'O', 'assignments':
          [{'line': '1', 'node': 'n1', 'qty': 4}, {'line': '2', 'node': 'n1', 'qty': 2}]}");
    shop.ok("'release_to_node': {'order': 'O', 'node': 'n1'}");
    let mut packages = Vec::new();
    for _ in 0..2 {
        let done = shop.ok("'pack': {'order': 'O', 'node': 'n1', 'lines':
              [{'line': '1', 'qty': 2}, {'line': '2', 'qty': 1}]}");
        packages.push(done.receipt.packages[0].clone());
    }
    packages.sort();
    let done = shop.ok("'cancel_lines': {'order': 'O', 'lines':
          [{'line': '1', 'qty': 3}, {'line': '2', 'qty': 1, 'stage': 'packed'}]}");
    // The first package in order is emptied, the second loses a unit: one event each.
    assert_eq!(done.receipt.events, ["units.cancelled", "units.cancelled"]);
    let contents = |shop: &mut Shop, index: usize| -> Vec<(String, u64)> {
        let order = shop.order("O");
        let package = order.package(&packages[index]).unwrap();
        package.contents.iter().map(|(line, qty)| (line.to_string(), qty.get())).collect()
    };
    assert_eq!(contents(&mut shop, 0), []);
    assert_eq!(contents(&mut shop, 1), [("1".to_owned(), 1), ("2".to_owned(), 1)]);
    assert_eq!((shop.ats("A", "P"), shop.ats("B", "P")), (3, 1));
    shop.refused(
        &format!("'ship': {{'order': 'O', 'package': '{}'}}", packages[0]),
        "line.stage_forbids",
    );
    shop.ok(&format!("'ship': {{'order': 'O', 'package': '{}'}}", packages[1]));
    assert_eq!(shop.stages("O", "1"), "shipped 1, cancelled 3");
    shop.refused("'cancel_order': {'order': 'O'}", "line.stage_forbids");
    let no = shop.no("'cancel_lines': {'order': 'O', 'lines': [{'line': '1', 'qty': 1}]}");
    assert_eq!(no, ("line.stage_forbids".into(), "/lines/0".into()));
}

/// Goal: nodes that must assent are asked, those that need not are not, and nothing is asked for or
/// given up twice. Method: units in hand at both, cancelled in two steps and once too often.
#[test]
fn assent_by_node() {
    let mut shop = Shop::new();
    shop.ok("'set_policy': {'scope': {'location': 'n2'}, 'policy': {'cancel_assent': true}}");
    shop.receive("A", "n1", 2);
    shop.receive("A", "n2", 2);
    shop.place("O", &[("1", "A", 4)]);
    shop.ok("'commit_plan': {'order': 'O', 'assignments':
          [{'line': '1', 'node': 'n1', 'qty': 2}, {'line': '1', 'node': 'n2', 'qty': 2}]}");
    for node in ["n1", "n2"] {
        shop.ok(&format!("'release_to_node': {{'order': 'O', 'node': '{node}'}}"));
    }
    let cancel = |qty: u64, more: &str| {
        format!("'cancel_lines': {{'order': 'O', 'lines': [{{'line': '1', 'qty': {qty} {more}}}]}}")
    };
    let done = shop.ok(&cancel(3, ""));
    let events = ["units.cancelled", "order.cancellation_requested"];
    assert_eq!(done.receipt.events, events);
    assert_eq!(shop.stages("O", "1"), "released 2, cancelled 2");
    shop.refused(&cancel(2, ", 'node': 'n2'"), "line.stage_forbids");
    let done = shop.ok("'cancel_order': {'order': 'O'}");
    assert_eq!(done.receipt.events, ["order.cancellation_requested"]);
    assert_eq!(shop.order("O").pending[0].qty.get(), 2);
    shop.refused("'cancel_order': {'order': 'O'}", "line.stage_forbids");
    // A rejected hold asks for nothing more either, and is lifted all the same.
    shop.ok("'hold_order': {'order': 'O', 'kind': 'fraud'}");
    let done = shop.ok("'lift_hold': {'order': 'O', 'kind': 'fraud', 'end': 'rejected'}");
    assert_eq!(done.receipt.events, ["order.hold_ended"]);
    assert_eq!((shop.available("A", "n1"), shop.available("A", "n2")), (2, 0));
}
