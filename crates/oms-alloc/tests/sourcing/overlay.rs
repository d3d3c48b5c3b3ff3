//! Policies under overlays: the laws of the seam, and what each kind of rule promises on snapshots.
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use oms_alloc::{Does, Forbid, Overlaid, Overlay, OverlayRule, Pin, Policy, Reserve, Scope, Weigh};
use oms_core::decision::DecidedBy;
use oms_core::sourcing::{Budget, Explanation, Plan, Sourcer, SourcingSnapshot, check};
use oms_core::testing::sourcer_laws::{snapshots, sourcer_laws};
use oms_core::words::LocationId;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::brute::{Brute, cost, tiny, units, weighed};

fn id(prefix: &'static str, most: u8) -> impl Strategy<Value = String> {
    (0..most).prop_map(move |at| format!("{prefix}{at}"))
}

fn list(prefix: &'static str, most: u8) -> impl Strategy<Value = Option<BTreeSet<String>>> {
    prop_oneof![
        2 => Just(None),
        1 => proptest::collection::btree_set(id(prefix, most), 1..3).prop_map(Some),
    ]
}

fn regions() -> impl Strategy<Value = Option<BTreeSet<String>>> {
    prop_oneof![3 => Just(None), 1 => Just(Some(BTreeSet::from(["EAST".to_owned()])))]
}

fn scopes(skus: bool, most: u8) -> impl Strategy<Value = Scope> {
    let nodes = proptest::collection::btree_set(id("N", most), 1..3).prop_map(Some);
    let skus = if skus { list("S", 4).boxed() } else { Just(None).boxed() };
    (nodes, skus, list("O", 7), regions()).prop_map(|(nodes, skus, orders, regions)| Scope {
        nodes,
        skus,
        orders,
        regions,
    })
}

/// Overlays over the ids that the core's snapshots have, and, where there are few nodes, some that they have not.
fn overlays(most: u8) -> impl Strategy<Value = Overlay> {
    let weigh = move || (scopes(false, most), 1_i64..2_000);
    let weigh = move || weigh().prop_map(|(scope, weight_minor)| Weigh { scope, weight_minor });
    let pin = (id("O", 7), proptest::option::of(id("S", 4)), id("N", most));
    let does = prop_oneof![
        scopes(true, most).prop_map(|scope| Does::Forbid(Forbid { scope })),
        weigh().prop_map(Does::Avoid),
        weigh().prop_map(Does::Prefer),
        (id("N", most), id("S", 4), 1_u32..6)
            .prop_map(|(node, sku, units)| Does::Reserve(Reserve { node, sku, units })),
        pin.prop_map(|(order, sku, node)| Does::Pin(Pin {
            order,
            sku,
            node,
            by: "anna".to_owned()
        })),
    ];
    proptest::collection::vec(does, 1..6).prop_map(|all| {
        let rules = all.into_iter().enumerate().map(|(at, does)| OverlayRule {
            id: format!("R{at}"),
            reason: Some("test".to_owned()),
            does,
        });
        let mut pinned = BTreeSet::new();
        let rules = rules.filter(|rule| match &rule.does {
            Does::Pin(pin) => pinned.insert((pin.order.clone(), pin.sku.clone())),
            _ => true,
        });
        Overlay::new(rules.collect()).unwrap()
    })
}

fn plan(sourcer: &dyn Sourcer, snapshot: &SourcingSnapshot) -> Plan {
    sourcer.plan(snapshot, Budget::UNLIMITED).unwrap()
}

/// One of everything, over ids of the core's snapshots.
fn one_of_everything() -> Overlay {
    let text = json!({ "version": 1, "rules": [
        { "id": "a", "forbid": { "where": { "nodes": ["N0", "N3"], "skus": ["S0", "S1"] } } },
        { "id": "b", "avoid": { "where": { "nodes": ["N1"], "regions": ["EAST"] }, "weight_minor": 700 } },
        { "id": "c", "prefer": { "where": { "nodes": ["N2"] }, "weight_minor": 900 } },
        { "id": "d", "reserve": { "node": "N1", "sku": "S1", "units": 2 } },
        { "id": "e", "reserve": { "node": "N2", "sku": "S0", "units": 9 } },
        { "id": "f", "reason": "phone", "pin": { "order": "O1", "node": "N2", "by": "anna" } },
        { "id": "g", "reason": "phone",
          "pin": { "order": "O2", "sku": "S0", "node": "GONE", "by": "anna" } },
    ] });
    Overlay::read(text.to_string().as_bytes()).unwrap()
}

/// Goal: every policy keeps every law of the seam under an overlay. Method: the core's own suite.
#[test]
fn policies_under_an_overlay_keep_the_laws() {
    for policy in Policy::ALL {
        sourcer_laws(&Overlaid::new(policy, one_of_everything()));
    }
}

/// Whether rules let units go: told from the document alone.
fn may(
    overlay: &Overlay,
    snapshot: &SourcingSnapshot,
    row: &oms_core::sourcing::Assignment,
) -> bool {
    let order = snapshot.orders.iter().find(|order| order.id == row.order).unwrap();
    let sku = &order.lines.iter().find(|line| line.id == row.line).unwrap().sku;
    let same = order.lines.iter().filter(|line| line.sku == *sku);
    let regions: BTreeSet<&str> = same
        .filter_map(|line| order.groups.iter().find(|group| group.id == line.group))
        .map(|group| group.destination.region.as_str())
        .collect();
    let has = |list: &Option<BTreeSet<String>>, id: &str| {
        list.as_ref().is_none_or(|list| list.contains(id))
    };
    let mut pins = BTreeMap::new();
    for rule in overlay.rules() {
        match &rule.does {
            Does::Forbid(Forbid { scope }) => {
                let goes = scope
                    .regions
                    .as_ref()
                    .is_none_or(|list| regions.iter().any(|region| list.contains(*region)));
                if goes
                    && has(&scope.nodes, row.node.as_str())
                    && has(&scope.skus, sku.as_str())
                    && has(&scope.orders, row.order.as_str())
                {
                    return false;
                }
            }
            Does::Pin(pin)
                if pin.order == row.order.as_str()
                    && pin.sku.as_ref().is_none_or(|of| of == sku.as_str()) =>
            {
                pins.insert(pin.sku.is_some(), pin.node.as_str());
            }
            _ => {}
        }
    }
    pins.values().last().is_none_or(|node| *node == row.node.as_str())
}

/// Units that rules hold back, by node and SKU.
fn held_back(overlay: &Overlay) -> BTreeMap<(String, String), i64> {
    let mut held = BTreeMap::new();
    for rule in overlay.rules() {
        if let Does::Reserve(reserve) = &rule.does {
            *held.entry((reserve.node.clone(), reserve.sku.clone())).or_insert(0) +=
                i64::from(reserve.units);
        }
    }
    held
}

/// Per (pool, SKU): available units minus ats and fences, which are what is reserved.
fn reserved(snapshot: &SourcingSnapshot) -> BTreeMap<(String, String), i64> {
    let mut sums = BTreeMap::new();
    let pools: BTreeMap<&LocationId, String> =
        snapshot.nodes.iter().map(|node| (&node.id, node.pool.to_string())).collect();
    for row in &snapshot.stock {
        *sums.entry((pools[&row.node].clone(), row.sku.to_string())).or_insert(0) += row.available;
    }
    for row in &snapshot.pools {
        let fenced: i64 = row.fenced.iter().map(|fence| fence.qty.as_i64()).sum();
        *sums.entry((row.pool.to_string(), row.sku.to_string())).or_insert(0) -= row.ats + fenced;
    }
    sums
}

proptest! {
    /// Goal: what is forbidden is never used, what is pinned comes from there only, what is held back stays, whatever the
    /// policy; the record signs with the overlay's mark, on the snapshot as it was, and its costs are true money. Method:
    /// random worlds and overlays, rules read from the document by code of its own.
    #[test]
    fn rules_are_kept(snapshot in snapshots(), overlay in overlays(6)) {
        for policy in Policy::ALL {
            let plan = plan(&Overlaid::new(policy, overlay.clone()), &snapshot);
            prop_assert!(check(&plan.assignments, &snapshot).is_ok());
            for row in &plan.assignments {
                prop_assert!(may(&overlay, &snapshot, row), "{row:?} under {}", overlay.write());
            }
            for ((node, sku), units) in held_back(&overlay) {
                let taken: i64 = plan.assignments.iter().filter(|row| {
                    let order = snapshot.orders.iter().find(|order| order.id == row.order).unwrap();
                    let line = order.lines.iter().find(|line| line.id == row.line).unwrap();
                    row.node.as_str() == node && line.sku.as_str() == sku
                }).map(|row| row.qty.as_i64()).sum();
                let there = snapshot.stock.iter()
                    .find(|row| row.node.as_str() == node && row.sku.as_str() == sku)
                    .map_or(0, |row| row.available);
                prop_assert!(taken == 0 || taken <= there - units, "{taken} of {there} - {units}");
            }
            let by = DecidedBy::model(policy.name(), format!("1+{}", overlay.mark()));
            prop_assert!(plan.records.values().all(|record| record.by == by));
            let hash = snapshot.fingerprint();
            prop_assert!(plan.records.values().all(|record| record.inputs.hash == hash));
            let told = plan.records.values().flat_map(|record| &record.chosen);
            let told: i64 = told.map(|choice| choice.cost.to_minor().unwrap()).sum();
            prop_assert!(told >= cost(&plan.assignments, &snapshot));
        }
    }

    /// Goal: a snapshot under an overlay is one still: what is reserved stays as it is, no fence holds units while ats is
    /// below zero unless it was so, nothing grows. Method: the ledger's law before and after.
    #[test]
    fn a_tighter_snapshot_keeps_the_ledgers_law(snapshot in snapshots(), overlay in overlays(6)) {
        let tighter = overlay.lay_on(&snapshot);
        prop_assert_eq!(reserved(&tighter), reserved(&snapshot));
        for (row, before) in tighter.pools.iter().zip(&snapshot.pools) {
            prop_assert!(row.ats <= before.ats);
            let fenced = |row: &oms_core::sourcing::PoolRow| -> i64 {
                row.fenced.iter().map(|fence| fence.qty.as_i64()).sum()
            };
            prop_assert!(fenced(row) <= fenced(before));
            prop_assert!(row.ats >= 0 || fenced(row) == 0 || before.ats == row.ats);
        }
        for (row, before) in tighter.stock.iter().zip(&snapshot.stock) {
            prop_assert!(row.available <= before.available);
            prop_assert!(row.available >= 0 || row.available == before.available);
        }
    }

    /// Goal: an overlay that is empty, or names nothing of the wave, changes nothing. Method: plans with and without, bit
    /// for bit; of the one that names nothing all but the signature.
    #[test]
    fn nothing_changes_nothing(snapshot in snapshots()) {
        let text = json!({ "version": 1, "rules": [
            { "id": "a", "forbid": { "where": { "nodes": ["GONE"] } } },
            { "id": "b", "reserve": { "node": "GONE", "sku": "S0", "units": 5 } },
            { "id": "c", "avoid": { "where": { "orders": ["GONE"] }, "weight_minor": 700 } },
        ] });
        let idle = Overlay::read(text.to_string().as_bytes()).unwrap();
        for policy in Policy::ALL {
            let plain = plan(&policy, &snapshot);
            prop_assert_eq!(&plan(&Overlaid::new(policy, Overlay::empty()), &snapshot), &plain);
            let mut other = plan(&Overlaid::new(policy, idle.clone()), &snapshot);
            for record in other.records.values_mut() {
                record.by = DecidedBy::model(policy.name(), policy.version());
            }
            prop_assert_eq!(&other, &plain);
        }
    }

    /// Goal: weights only choose: as many units are filled as without. Method: overlays of weights alone; the wave fills
    /// no fewer units than rules do.
    #[test]
    fn weights_leave_nothing_unfilled(snapshot in snapshots(), overlay in overlays(6)) {
        let weights = overlay.rules().iter();
        let weights = weights.filter(|rule| matches!(rule.does, Does::Avoid(_) | Does::Prefer(_)));
        let weights = Overlay::new(weights.cloned().collect()).unwrap();
        let weighed = plan(&Overlaid::new(Policy::Optimal, weights), &snapshot);
        let rules = plan(&Policy::FirstFit, &snapshot);
        prop_assert!(units(&weighed.assignments) >= units(&rules.assignments));
    }
}

/// What a package weighs more, told from the document alone.
fn more(overlay: &Overlay, order: &str, node: &str, region: &str) -> i64 {
    let has = |list: &Option<BTreeSet<String>>, id: &str| {
        list.as_ref().is_none_or(|list| list.contains(id))
    };
    let weights = overlay.rules().iter().map(|rule| {
        let (weigh, sign) = match &rule.does {
            Does::Avoid(weigh) => (weigh, 1),
            Does::Prefer(weigh) => (weigh, -1),
            _ => return 0,
        };
        let Scope { nodes, orders, regions, .. } = &weigh.scope;
        let counts = has(nodes, node) && has(orders, order) && has(regions, region);
        if counts { sign * weigh.weight_minor } else { 0 }
    });
    weights.sum()
}

/// How many worlds: fewer where the code is not optimized.
const WORLDS: usize = if cfg!(debug_assertions) { 40 } else { 600 };

/// Goal: on worlds small enough to try every plan, no plan under rules is better than the best one, and but for what a
/// problem cannot say exactly it is the best one. Method: all plans, judged by the core's checker on the tighter
/// snapshot, weights read from the document by code of its own.
#[test]
fn the_optimizer_under_rules_equals_brute_force() {
    let mut runner = TestRunner::deterministic();
    let (mut equal, mut moved, mut filled) = (0, 0, 0);
    while filled < WORLDS {
        let snapshot = tiny(snapshots().new_tree(&mut runner).unwrap().current());
        let overlay = overlays(3).new_tree(&mut runner).unwrap().current();
        let tighter = overlay.lay_on(&snapshot);
        let weight = |order: &str, node: &str, region: &str| more(&overlay, order, node, region);
        let best = Brute::best(&tighter, &weight);
        if best.0.0 < 2 {
            continue;
        }
        filled += 1;
        let ours = plan(&Overlaid::new(Policy::Optimal, overlay.clone()), &snapshot).assignments;
        let worth = (Reverse(units(&ours)), weighed(&ours, &snapshot, &weight));
        let file = || format!("{} {}", overlay.write(), serde_json::to_string(&snapshot).unwrap());
        assert!(worth >= best, "{worth:?} is better than {best:?}: {}", file());
        equal += usize::from(worth == best);
        moved += usize::from(plan(&Policy::Optimal, &snapshot).assignments != ours);
    }
    assert!(moved * 10 > WORLDS, "rules bind now and then: {moved}");
    assert!(equal + WORLDS / 50 >= WORLDS, "{equal} of {WORLDS} are the best");
}

/// Two nodes that have the SKU, the first cheaper by 2.00, and an order of one unit.
fn two_nodes() -> SourcingSnapshot {
    let lane = |cost: &str| json!([{ "to": "EAST", "service": "ground", "cost_fixed": cost, "cost_per_kg": "0 USD", "days": 1 }]);
    let node = |id: &str, cost: &str| json!({ "id": id, "pool": "P", "capabilities": { "ship": true }, "lanes": lane(cost) });
    let text = json!({
        "seq": 7, "at": "2026-11-24T09:00:00Z", "currency": "USD",
        "channels": [{ "id": "WEB", "pools": ["P"] }],
        "nodes": [node("CHEAP", "4.00 USD"), node("DEAR", "6.00 USD")],
        "items": [{ "sku": "A", "weight_g": 100 }],
        "stock": [{ "node": "CHEAP", "sku": "A", "available": 5 },
                  { "node": "DEAR", "sku": "A", "available": 5 }],
        "pools": [{ "pool": "P", "sku": "A", "ats": 10 }],
        "orders": [{
            "id": "O1", "version": 1, "priority": 0, "placed_at": "2026-11-24T08:00:00Z", "channel": "WEB",
            "groups": [{ "id": "home", "destination": { "country": "US", "region": "EAST" } }],
            "lines": [{ "id": "1", "group": "home", "sku": "A", "open": 1, "allow_split": true }],
        }],
    });
    serde_json::from_value(text).unwrap()
}

fn under(rule: serde_json::Value) -> (Plan, Vec<String>) {
    let text = json!({ "version": 1, "rules": [rule] }).to_string();
    let overlay = Overlay::read(text.as_bytes()).unwrap();
    let snapshot = two_nodes();
    let plan = plan(&Overlaid::new(Policy::Optimal, overlay), &snapshot);
    let told = Explanation::of_order(&plan, &snapshot.orders[0].id).unwrap().lines();
    (plan, told)
}

/// Goal: each kind of rule moves the order as it says, and its record tells why. Method: two nodes; by hand.
#[test]
fn what_rules_do_is_told() {
    let from = |plan: &Plan| plan.assignments.first().map(|row| row.node.to_string());
    let cheap = json!({ "nodes": ["CHEAP"] });
    let (plan, told) = under(json!({ "id": "a", "forbid": { "where": cheap } }));
    assert_eq!(from(&plan).as_deref(), Some("DEAR"));
    assert!(told[0].ends_with("; not CHEAP: rule a forbids it"), "{told:?}");
    let pin = json!({ "order": "O1", "node": "DEAR", "by": "anna" });
    let (plan, told) = under(json!({ "id": "b", "reason": "phone", "pin": pin }));
    assert_eq!(from(&plan).as_deref(), Some("DEAR"));
    assert!(told[0].ends_with("; not CHEAP: rule b pins it elsewhere"), "{told:?}");
    for (weight, node) in [(199, "CHEAP"), (201, "DEAR")] {
        let avoid = json!({ "where": cheap, "weight_minor": weight });
        let (plan, _) = under(json!({ "id": "c", "avoid": avoid }));
        assert_eq!(from(&plan).as_deref(), Some(node));
        let record = plan.records.values().next().unwrap();
        let drivers: Vec<&str> = record.chosen[0].drivers.iter().map(|it| &*it.code).collect();
        assert_eq!(drivers.contains(&"rule.avoided"), node == "CHEAP");
        let prefer = json!({ "where": { "nodes": ["DEAR"] }, "weight_minor": weight });
        let (plan, told) = under(json!({ "id": "d", "prefer": prefer }));
        assert_eq!(from(&plan).as_deref(), Some(node));
        let cost = if node == "DEAR" { "6.00 USD" } else { "4.00 USD" };
        assert!(told[0].contains(cost), "{told:?}");
    }
    let reserve = json!({ "node": "CHEAP", "sku": "A", "units": 4 });
    let (plan, _) = under(json!({ "id": "e", "reserve": reserve }));
    assert_eq!(from(&plan).as_deref(), Some("CHEAP"));
    let reserve = json!({ "node": "CHEAP", "sku": "A", "units": 5 });
    let (plan, _) = under(json!({ "id": "f", "reserve": reserve }));
    assert_eq!(from(&plan).as_deref(), Some("DEAR"));
}

/// Goal: units that are held back are told where an order is short of them, not as units that nobody has. Method: all
/// units of both nodes held back.
#[test]
fn what_is_held_back_is_told() {
    let reserve = |id: &str, node: &str| json!({ "id": id, "reserve": { "node": node, "sku": "A", "units": 50 } });
    let text = json!({ "version": 1, "rules": [reserve("x", "CHEAP"), reserve("y", "DEAR")] });
    let overlay = Overlay::read(text.to_string().as_bytes()).unwrap();
    let snapshot = two_nodes();
    assert!(overlay.lay_on(&snapshot).pools[0].ats == 0);
    let plan = plan(&Overlaid::new(Policy::Optimal, overlay), &snapshot);
    assert_eq!(plan.shortfalls[0].reason.code(), "short.nodes_removed");
    let told = Explanation::of_order(&plan, &snapshot.orders[0].id).unwrap().lines();
    let told = told.join("\n");
    assert!(told.contains("not CHEAP: rule x holds back its units"), "{told}");
}
