//! Plans: what is told of them.

use crate::shop::Shop;

const LANE: &str = "'cost_fixed': '5.00 USD', 'cost_per_kg': '0.00 USD'";

/// A shop whose n1 reaches Z1 in two days or five, n2 in nine, and n3 only another region.
fn with_lanes() -> Shop {
    let mut shop = Shop::new();
    for (node, lanes) in [
        (
            "n1",
            "{'to': {'region': 'Z1'}, 'service': 'fast', 'transit_days': 2, LANE},
                {'to': {'region': 'Z1'}, 'service': 'slow', 'transit_days': 5, LANE}",
        ),
        ("n2", "{'to': {'region': 'Z1'}, 'service': 'slow', 'transit_days': 9, LANE}"),
        ("n3", "{'to': {'region': 'Z2'}, 'service': 'slow', 'transit_days': 1, LANE}"),
    ] {
        let lanes = lanes.replace("LANE", LANE);
        shop.ok(&format!(
            "'define_location': {{'id': '{node}', 'kind': 'dc', 'pool': 'P', 'time_zone': 'UTC',
              'lanes': [{lanes}]}}"
        ));
    }
    shop.receive("A", "n1", 9);
    shop.receive("A", "n2", 9);
    shop.receive("A", "n3", 9);
    shop
}

fn commit(order: &str, assignments: &[(&str, &str, u64)], more: &str) -> String {
    let list: Vec<String> = assignments
        .iter()
        .map(|(line, node, qty)| format!("{{'line': '{line}', 'node': '{node}', 'qty': {qty}}}"))
        .collect();
    format!("'commit_plan': {{'order': '{order}', 'assignments': [{}] {more}}}", list.join(","))
}

/// The promise of the order's only group: last day and confidence.
fn promised(shop: &mut Shop, order: &str) -> (String, String) {
    let promises = shop.order(order).promises;
    assert_eq!(promises.len(), 1);
    let window = promises[0].window;
    (window.from().to_string(), window.to().to_string())
}

/// Goal: the customer is told when everything of a group is there, once per change. Method: units
/// from n1, then more from n1, then the rest from the slower n2.
#[test]
fn a_promise_follows_the_plan() {
    let mut shop = with_lanes();
    shop.place("O", &[("1", "A", 3)]);
    let done = shop.ok(&commit("O", &[("1", "n1", 1)], ""));
    let made = ["units.allocated", "order.plan_committed", "order.promise_made"];
    assert_eq!(done.receipt.events, made);
    // No service is named: the slower lane of five days counts.
    let slow = ("2026-11-29T00:00:00Z".to_owned(), "2026-11-30T00:00:00Z".to_owned());
    assert_eq!(promised(&mut shop, "O"), slow);
    let done = shop.ok(&commit("O", &[("1", "n1", 1)], ""));
    assert_eq!(done.receipt.events, ["units.allocated", "order.plan_committed"]);
    let done = shop.ok(&commit("O", &[("1", "n2", 1)], ""));
    let changed = ["units.allocated", "order.plan_committed", "order.promise_changed"];
    assert_eq!(done.receipt.events, changed);
    // From the first arrival to the last.
    let both = ("2026-11-29T00:00:00Z".to_owned(), "2026-12-04T00:00:00Z".to_owned());
    assert_eq!(promised(&mut shop, "O"), both);
}

/// Goal: the service that was asked for counts; without its lane nothing is promised, and a node
/// whose lanes all lead elsewhere is not used. Method: a group with a service, and n3.
#[test]
fn services_and_lanes() {
    let mut shop = with_lanes();
    let group = |service: &str| {
        format!(
            "'groups': [{{'group': 'g', 'service': '{service}',
              'to': {{'ship': {{'destination': {{'country': 'US', 'region': 'Z1'}}}}}}}}]"
        )
    };
    for (order, service) in [("F", "fast"), ("S", "sea")] {
        shop.ok(&format!(
            "'place_order': {{'order': '{order}', 'channel': 'WEB', 'currency': 'USD', {},
              'lines': [{{'line': '1', 'sku': 'A', 'qty': 2}}]}}",
            group(service)
        ));
    }
    shop.ok(&commit("F", &[("1", "n1", 1)], ""));
    let fast = ("2026-11-26T00:00:00Z".to_owned(), "2026-11-27T00:00:00Z".to_owned());
    assert_eq!(promised(&mut shop, "F"), fast);
    let done = shop.ok(&commit("S", &[("1", "n1", 1)], ""));
    assert_eq!(done.receipt.events, ["units.allocated", "order.plan_committed"]);
    let no = shop.run(&commit("S", &[("1", "n3", 1)], "")).receipt.refusal.unwrap();
    assert_eq!(no.code, "plan.infeasible");
    assert!(no.expected.starts_with("plan.lane_missing"), "{}", no.expected);
}

/// Goal: a stale plan names every line that moved, and `partial` leaves out whole lines, never half
/// of one. Method: a plan of three lines of which two cannot be had, one of them at its second node.
#[test]
fn moved_lines() {
    let mut shop = Shop::new();
    shop.receive("A", "n1", 4);
    shop.receive("B", "n1", 1);
    shop.place("O", &[("1", "A", 3), ("2", "B", 2), ("3", "A", 1)]);
    let plan = [("1", "n1", 1), ("1", "n2", 2), ("2", "n1", 2), ("3", "n1", 1)];
    let no = shop.run(&commit("O", &plan, ", 'based_on': 7")).receipt.refusal.unwrap();
    assert_eq!((no.code.as_str(), no.path.as_str()), ("plan.stale", "/assignments/0"));
    assert!(no.expected.contains('7'), "{}", no.expected);
    assert!(no.found.contains("line `1`") && no.found.contains("line `2`"), "{}", no.found);
    assert!(!no.found.contains("line `3`"), "{}", no.found);
    let done = shop.ok(&commit("O", &plan, ", 'partial': true"));
    let short: Vec<(&str, u64, &str)> = done
        .receipt
        .short
        .iter()
        .map(|s| (s.line.as_str(), s.qty.get(), s.code.as_str()))
        .collect();
    assert_eq!(short, [("1", 3, "plan.stale"), ("2", 2, "plan.stale")]);
    assert_eq!(shop.stages("O", "1"), "reserved 3");
    assert_eq!(shop.stages("O", "3"), "allocated 1");
    // When nothing holds, nothing is committed, partial or not.
    let none = [("2", "n1", 2)];
    shop.refused(&commit("O", &none, ", 'partial': true"), "plan.stale");
}

/// Goal: a line that may not be split comes whole and from one node; a single node is one, with what
/// is under way. Method: plans over two nodes, in one command and in two.
#[test]
fn whole_lines_and_single_nodes() {
    let mut shop = Shop::new();
    shop.receive("A", "n1", 9);
    shop.receive("A", "n2", 9);
    shop.ok("'place_order': {'order': 'W', 'channel': 'WEB', 'currency': 'USD',
          'groups': [{'group': 'g', 'to': {'ship': {'destination':
            {'country': 'US', 'region': 'Z1'}}}}],
          'lines': [{'line': '1', 'sku': 'A', 'qty': 2, 'no_split': true}]}");
    let rule = |shop: &mut Shop, verb: &str| {
        let no = shop.run(verb).receipt.refusal.unwrap();
        assert_eq!(no.code, "plan.infeasible");
        no.expected.split(':').next().unwrap().to_owned()
    };
    let split = commit("W", &[("1", "n1", 1), ("1", "n2", 1)], "");
    assert_eq!(rule(&mut shop, &split), "plan.line_split");
    assert_eq!(rule(&mut shop, &commit("W", &[("1", "n1", 1)], "")), "plan.line_split");
    shop.ok(&commit("W", &[("1", "n1", 2)], ""));

    let single = ", 'constraints': {'single_node': true}";
    shop.place_with("S", "WEB", single, &[("1", "A", 2), ("2", "A", 1)]);
    let two = commit("S", &[("1", "n1", 2), ("2", "n2", 1)], "");
    assert_eq!(rule(&mut shop, &two), "plan.not_single_node");
    shop.ok(&commit("S", &[("1", "n1", 1)], ""));
    assert_eq!(rule(&mut shop, &commit("S", &[("2", "n2", 1)], "")), "plan.not_single_node");
    shop.ok(&commit("S", &[("1", "n1", 1), ("2", "n1", 1)], ""));
}
