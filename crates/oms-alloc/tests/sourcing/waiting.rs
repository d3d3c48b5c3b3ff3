//! What is told of the units of an order that wait.

use oms_alloc::{LpSourcer, OrderWaiting, explain_waiting};
use oms_core::sourcing::{Budget, Explanation, FirstFit, Sourcer, SourcingSnapshot};
use oms_core::testing::sourcer_laws::snapshots;
use oms_core::words::Qty;
use proptest::prelude::*;
use serde_json::json;

/// Two units of A at N1, one at N2, one B at N2; an order for two of A and one of B, all of it in reach of both nodes.
fn world() -> SourcingSnapshot {
    let node = |id: &str, fixed: &str, days: u32| {
        json!({ "id": id, "pool": "P", "lanes": [{ "to": "EAST", "service": "standard",
            "cost_fixed": fixed, "cost_per_kg": "0.00 USD", "days": days }] })
    };
    let stock =
        |node: &str, sku: &str, units: i64| json!({ "node": node, "sku": sku, "available": units });
    let line = |id: &str, sku: &str, open: u64| json!({ "id": id, "group": "G", "sku": sku, "open": open, "allow_split": true });
    let order = json!({ "id": "O1", "version": 1, "priority": 0, "placed_at": "2026-11-24T10:00:00Z",
        "channel": "WEB", "lines": [line("1", "A", 2), line("2", "B", 1)],
        "groups": [{ "id": "G", "destination": { "country": "US", "region": "EAST" } }] });
    let snapshot = json!({ "seq": 7, "at": "2026-11-24T10:00:00Z", "currency": "USD",
        "channels": [{ "id": "WEB", "pools": ["P"] }],
        "nodes": [node("N1", "4.00 USD", 1), node("N2", "5.50 USD", 4)],
        "items": [{ "sku": "A", "weight_g": 0 }, { "sku": "B", "weight_g": 0 }],
        "stock": [stock("N1", "A", 2), stock("N2", "A", 1), stock("N2", "B", 1)],
        "pools": [{ "pool": "P", "sku": "A", "ats": 3 }, { "pool": "P", "sku": "B", "ats": 1 }],
        "orders": [order] });
    serde_json::from_value(snapshot).unwrap()
}

fn told(snapshot: &SourcingSnapshot) -> OrderWaiting {
    let order = &snapshot.orders[0].id;
    explain_waiting(snapshot, order, &LpSourcer::OPTIMAL).unwrap().unwrap()
}

/// Goal: what a node is worth to a plan. Method: reckoned by hand: 4.00 + 5.50 as planned; without N1 one unit of A is
/// lost; without N2 the B is. With enough at N2, everything leaves from there at 5.50, and without it the B is lost.
#[test]
fn a_plan_without_its_nodes() {
    let waiting = told(&world());
    assert_eq!(waiting.short, None);
    let lost: Vec<_> = waiting.without.iter().map(|o| (o.node.as_str(), o.fewer)).collect();
    assert_eq!(lost, [("N1", 1), ("N2", 1)]);
    let mut rich = world();
    rich.stock[1].available = 9;
    rich.pools[0].ats = 11;
    let waiting = told(&rich);
    assert_eq!(waiting.planned.packages.len(), 1);
    assert_eq!((waiting.without[0].node.as_str(), waiting.without[0].fewer), ("N2", 1));
    rich.orders[0].lines.pop();
    let waiting = told(&rich);
    assert_eq!(waiting.without[0].node.as_str(), "N1");
    assert_eq!(waiting.without[0].margin.map(|margin| margin.to_string()), Some("1.50 USD".into()));
}

/// Goal: the record of a package tells what its scarce units are worth to all orders. Method: two orders want the one
/// unit at N1, and the other one pays 1.50 more at N2; a second unit at N1 would save no less and no more.
#[test]
fn scarce_units_are_told() {
    let mut snapshot = world();
    snapshot.stock[0].available = 1;
    snapshot.stock[1].available = 9;
    snapshot.pools[0].ats = 10;
    snapshot.orders[0].lines.pop();
    snapshot.orders[0].lines[0].open = Qty::new(1).unwrap();
    let mut other = snapshot.orders[0].clone();
    other.id = "O2".parse().unwrap();
    snapshot.orders.push(other);
    let plan = LpSourcer::OPTIMAL.plan(&snapshot, Budget::UNLIMITED).unwrap();
    let told: Vec<String> = snapshot
        .orders
        .iter()
        .map(|row| Explanation::of_order(&plan, &row.id).unwrap().to_string())
        .collect();
    let near: Vec<&String> = told.iter().filter(|told| told.starts_with("1 from N1")).collect();
    let ends = "; scarce units, worth 1.50 USD to all orders";
    assert!(near.len() == 1 && near[0].ends_with(ends), "{told:#?}");
    let far = told.iter().filter(|told| told.starts_with("1 from N2") && !told.contains("scarce"));
    assert_eq!(far.count(), 1, "{told:#?}");
}

type Change = fn(&mut SourcingSnapshot);

/// Goal: the smallest set of rules behind what is short. Method: each rule broken alone, then two and three at once.
#[test]
fn rules_behind_what_is_short() {
    let cases: [(&[&str], Change); 13] = [
        (&["plan.order_on_hold"], |s| s.orders[0].on_hold = true),
        (&["plan.node_excluded"], |s| {
            s.orders[0].excluded =
                serde_json::from_value(json!([{ "sku": "B", "node": "N2" }])).unwrap();
        }),
        (&["plan.line_split"], |s| {
            s.stock[0].available = 1;
            s.pools[0].ats = 2;
            s.orders[0].lines[0].allow_split = false;
        }),
        (&["plan.not_single_node"], |s| s.orders[0].constraints.single_node = true),
        (&["plan.too_many_packages"], |s| s.orders[0].constraints.max_packages = Some(1)),
        (&["plan.deadline_missed"], |s| {
            s.orders[0].groups[0].deadline = Some("2026-11-26T10:00:00Z".parse().unwrap());
        }),
        (&["plan.node_closed"], |s| s.nodes[1].closed = true),
        (&["plan.node_incapable"], |s| s.items[1].flags.cold = true),
        (&["plan.node_incapable"], |s| s.nodes[0].capabilities.ship = false),
        (&["plan.capacity_exceeded"], |s| s.nodes[1].capacity_left = Some(0)),
        (&["short.claimed"], |s| s.pools[1].ats = 0),
        (&["short.no_stock"], |s| s.orders[0].lines[0].open = Qty::new(9).unwrap()),
        (&["plan.order_on_hold", "plan.node_closed", "short.no_stock"], |s| {
            s.orders[0].on_hold = true;
            s.nodes[1].closed = true;
            s.orders[0].lines[1].open = Qty::new(2).unwrap();
            // It hinders nothing.
            s.orders[0].constraints.max_packages = Some(2);
        }),
    ];
    for (expected, change) in cases {
        let mut snapshot = world();
        change(&mut snapshot);
        let short = told(&snapshot).short.unwrap();
        assert_eq!(short.rules.as_deref(), Some(expected));
    }
    // Where no lane leads, nothing helps.
    let mut snapshot = world();
    snapshot.nodes[1].lanes.clear();
    snapshot.nodes[1].capacity_left = Some(0);
    assert_eq!(told(&snapshot).short.unwrap().rules, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Goal: what is told agrees with the sourcer's own plan of the order alone; no rules are named where nothing is
    /// short.
    /// Method: random worlds with every trouble, by two sourcers.
    #[test]
    fn what_waits_is_told_truly(snapshot in snapshots()) {
        for row in &snapshot.orders {
            let mut alone = snapshot.clone();
            alone.orders = vec![row.clone()];
            for sourcer in [&LpSourcer::OPTIMAL as &dyn Sourcer, &FirstFit] {
                let plan = sourcer.plan(&alone, Budget::UNLIMITED).unwrap();
                let Some(told) = explain_waiting(&snapshot, &row.id, sourcer).unwrap() else {
                    prop_assert!(plan.records.is_empty());
                    continue;
                };
                let short: u64 = plan.shortfalls.iter().map(|short| short.qty.get()).sum();
                prop_assert_eq!(told.short.as_ref().map_or(0, |short| short.units), short);
                let named = told.short.and_then(|short| short.rules);
                prop_assert!(named.is_none_or(|rules| !rules.is_empty()));
                let nodes: std::collections::BTreeSet<_> =
                    plan.assignments.iter().map(|row| &row.node).collect();
                prop_assert!(nodes.into_iter().eq(told.without.iter().map(|other| &other.node)));
            }
        }
    }
}
