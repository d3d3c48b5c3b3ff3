//! The laws of the sourcer's seam: the default keeps them, and none of them is toothless.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::sync::atomic::{AtomicUsize, Ordering};

use oms_core::sourcing::{
    Assignment, Budget, FirstFit, GroupRow, LaneRow, LineRow, OrderRow, Plan, Sourcer,
    SourcingSnapshot, Unplanned, check,
};
use oms_core::testing::sourcer_laws::{judge, snapshots, sourcer_laws};
use oms_core::words::Qty;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

// Goal: the default sourcer keeps every law. Method: the public suite, as a stranger would call it.
#[test]
fn first_fit_keeps_the_laws() {
    sourcer_laws(&FirstFit);
}

/// A sourcer that spoils the plan of the default one.
struct Spoiled<F>(F);

impl<F: Fn(&SourcingSnapshot, Plan) -> Plan + Send + Sync> Sourcer for Spoiled<F> {
    fn name(&self) -> &str {
        FirstFit.name()
    }

    fn version(&self) -> &str {
        FirstFit.version()
    }

    fn plan(&self, snapshot: &SourcingSnapshot, budget: Budget) -> Result<Plan, Unplanned> {
        Ok((self.0)(snapshot, FirstFit.plan(snapshot, budget)?))
    }
}

fn first_break(sourcer: &dyn Sourcer) -> String {
    let mut runner = TestRunner::deterministic();
    (0..200)
        .find_map(|seed| {
            let snapshot = snapshots().new_tree(&mut runner).unwrap().current();
            judge(sourcer, &snapshot, seed).err()
        })
        .expect("the spoiled sourcer is caught")
}

// Goal: each law catches its breach. Method: spoil plans in one way each and look which law speaks.
#[test]
fn spoiled_sourcers_are_caught() {
    let greedy = Spoiled(|_: &SourcingSnapshot, mut plan: Plan| {
        for assignment in &mut plan.assignments {
            assignment.qty = assignment.qty.checked_add(Qty::ONE).unwrap();
        }
        plan
    });
    assert!(first_break(&greedy).contains("feasible"));

    let silent = Spoiled(|_: &SourcingSnapshot, mut plan: Plan| {
        plan.shortfalls.clear();
        plan
    });
    assert!(first_break(&silent).contains("never worse"));

    let mute = Spoiled(|_: &SourcingSnapshot, mut plan: Plan| {
        plan.records.clear();
        plan
    });
    assert!(first_break(&mute).contains("explains all"));

    let calls = AtomicUsize::new(0);
    let fickle = Spoiled(|_: &SourcingSnapshot, mut plan: Plan| {
        if calls.fetch_add(1, Ordering::Relaxed) % 2 == 1 {
            plan.shortfalls.reverse();
        }
        plan
    });
    assert!(first_break(&fickle).contains("deterministic"));

    let positional = Spoiled(|snapshot: &SourcingSnapshot, mut plan: Plan| {
        let place = |a: &Assignment| snapshot.orders.iter().position(|o| o.id == a.order);
        plan.assignments.sort_by_key(place);
        plan
    });
    assert!(first_break(&positional).contains("no order of rows"));
}

fn assignment(snapshot: &SourcingSnapshot, o: usize, l: usize, n: usize, qty: u64) -> Assignment {
    let order = &snapshot.orders[o];
    Assignment {
        order: order.id.clone(),
        line: order.lines[l].id.clone(),
        node: snapshot.nodes[n].id.clone(),
        qty: Qty::new(qty).unwrap(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    // Goal: no unit stays unfilled that one node could still ship. Method: brute force over (line, node): one
    // more unit (the whole line, where it may not be split) added to the plan must break a rule.
    #[test]
    fn first_fit_leaves_nothing_that_a_node_could_ship(snapshot in snapshots()) {
        let plan = FirstFit.plan(&snapshot, Budget::UNLIMITED).unwrap();
        for (o, order) in snapshot.orders.iter().enumerate() {
            if order.constraints.single_node || order.constraints.ship_complete {
                continue;
            }
            for (l, line) in order.lines.iter().enumerate() {
                let short = plan.shortfalls.iter().find(|s| s.order == order.id && s.line == line.id);
                let Some(short) = short else { continue };
                let more = if line.allow_split { 1 } else { short.qty.get() };
                let group = order.groups.iter().find(|group| group.id == line.group).unwrap();
                for n in (0..snapshot.nodes.len()).filter(|n| is_priced(&snapshot, group, *n)) {
                    let extra = assignment(&snapshot, o, l, n, more);
                    let mut assignments = plan.assignments.clone();
                    let same = assignments.iter_mut().find(|a| {
                        (&a.order, &a.line, &a.node) == (&extra.order, &extra.line, &extra.node)
                    });
                    match same {
                        Some(same) => same.qty = same.qty.checked_add(extra.qty).unwrap(),
                        None => assignments.push(extra.clone()),
                    }
                    prop_assert!(check(&assignments, &snapshot).is_err(), "{extra:?} was possible");
                }
            }
        }
    }

    // Goal: where one node can ship the whole group, one does, and the cheapest. Method: brute force for the
    // order that is served first, whose choice nobody before it has narrowed.
    #[test]
    fn the_first_order_ships_from_one_node_where_one_can(snapshot in snapshots()) {
        let first = snapshot
            .orders
            .iter()
            .enumerate()
            .filter(|(_, o)| !o.on_hold && o.groups.len() == 1 && o.lines.iter().any(|l| l.wanted() > 0))
            .min_by_key(|(_, o)| (std::cmp::Reverse(o.priority), o.placed_at, o.id.clone()));
        let Some((o, order)) = first else { return Ok(()) };
        let before = |other: &&OrderRow| {
            (std::cmp::Reverse(other.priority), other.placed_at, &other.id)
                < (std::cmp::Reverse(order.priority), order.placed_at, &order.id)
        };
        if snapshot.orders.iter().any(|other| before(&other) && !other.on_hold) {
            return Ok(());
        }
        let whole = |n: usize| -> Vec<Assignment> {
            let wanted = order.lines.iter().map(LineRow::wanted);
            let lines = wanted.enumerate().filter(|(_, wanted)| *wanted > 0);
            lines.map(|(l, wanted)| assignment(&snapshot, o, l, n, wanted)).collect()
        };
        let able: Vec<usize> = (0..snapshot.nodes.len())
            .filter(|n| check(&whole(*n), &snapshot).is_ok() && is_priced(&snapshot, &order.groups[0], *n))
            .collect();
        let plan = FirstFit.plan(&snapshot, Budget::UNLIMITED).unwrap();
        let chosen = &plan.records[&order.id].chosen;
        if able.is_empty() {
            prop_assert!(chosen.is_empty() || chosen.len() > 1 || has_shortfall(&plan, order));
        } else {
            prop_assert_eq!(chosen.len(), 1);
            let cheapest = able.iter().map(|n| cents(&snapshot, o, *n)).min().unwrap();
            prop_assert_eq!(chosen[0].cost.to_minor().unwrap(), cheapest);
            let node = snapshot.nodes.iter().position(|n| n.id == chosen[0].node).unwrap();
            prop_assert_eq!(cents(&snapshot, o, node), cheapest);
        }
    }
}

fn has_shortfall(plan: &Plan, order: &OrderRow) -> bool {
    plan.shortfalls.iter().any(|short| short.order == order.id)
}

/// The lanes of a node that serve a group in time and in the snapshot's currency.
fn lanes<'s>(snapshot: &'s SourcingSnapshot, group: &GroupRow, n: usize) -> Vec<&'s LaneRow> {
    snapshot.nodes[n]
        .lanes
        .iter()
        .filter(|lane| {
            lane.to == group.destination.region
                && group.service.as_ref().is_none_or(|service| lane.service == *service)
                && lane.cost_fixed.currency() == snapshot.currency
                && group.deadline.is_none_or(|by| snapshot.at.plus_days(lane.days.into()) <= by)
        })
        .collect()
}

fn is_priced(snapshot: &SourcingSnapshot, group: &GroupRow, n: usize) -> bool {
    !lanes(snapshot, group, n).is_empty()
}

/// What the whole order costs from a node, in cents, reckoned with the published formula.
fn cents(snapshot: &SourcingSnapshot, o: usize, n: usize) -> i64 {
    let handling = snapshot.nodes[n].handling_cost.map_or(0, |cost| cost.to_minor().unwrap());
    let units = snapshot.orders[o].lines.iter().map(|line| {
        let item = snapshot.items.iter().find(|item| item.sku == line.sku).unwrap();
        (i64::try_from(line.wanted()).unwrap(), i64::try_from(item.weight_g).unwrap())
    });
    let units: Vec<(i64, i64)> = units.collect();
    let of_lane = |lane: &LaneRow| {
        let per_kg = lane.cost_per_kg.to_minor().unwrap();
        units.iter().fold(lane.cost_fixed.to_minor().unwrap(), |sum, (qty, grams)| {
            sum + qty * ((grams * per_kg + 500) / 1000 + handling)
        })
    };
    lanes(snapshot, &snapshot.orders[o].groups[0], n).into_iter().map(of_lane).min().unwrap()
}
