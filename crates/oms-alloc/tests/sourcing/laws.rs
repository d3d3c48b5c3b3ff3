//! The laws of the seam, and what a wave promises beside them.
use oms_alloc::{GreedySourcer, LpSourcer, Weights};
use oms_core::sourcing::{
    Assignment, Budget, FirstFit, Plan, PoolRow, ShortReason, Sourcer, SourcingSnapshot, StockRow,
    check,
};
use oms_core::testing::sourcer_laws::{snapshots, sourcer_laws};
use oms_core::words::Qty;
use proptest::prelude::*;

use crate::brute::{cost, tiny, units};

/// Goal: both sourcers keep every law of the seam. Method: the core's own suite.
#[test]
fn the_optimizer_keeps_the_laws() {
    sourcer_laws(&LpSourcer::OPTIMAL);
}

#[test]
fn the_optimizer_keeps_the_laws_whatever_counts() {
    sourcer_laws(&LpSourcer::BALANCED);
    sourcer_laws(&LpSourcer {
        name: "mine",
        weights: Weights { day_minor: u32::MAX, package_minor: 7, ..Weights::NONE },
    });
}

#[test]
fn the_greedy_one_keeps_the_laws() {
    sourcer_laws(&GreedySourcer);
}

fn plan(sourcer: &dyn Sourcer, snapshot: &SourcingSnapshot) -> Plan {
    sourcer.plan(snapshot, Budget::UNLIMITED).unwrap()
}

proptest! {
    /// Goal: a wave fills no fewer units than rules do, and as many at no more cost; what it says of its cost is true.
    /// Method: random worlds with every trouble, all costs reckoned anew from the rows.
    #[test]
    fn a_wave_is_never_worse_than_rules(snapshot in snapshots()) {
        let (wave, rules) = (plan(&LpSourcer::OPTIMAL, &snapshot), plan(&FirstFit, &snapshot));
        prop_assert!(units(&wave.assignments) >= units(&rules.assignments));
        if units(&wave.assignments) == units(&rules.assignments) {
            prop_assert!(cost(&wave.assignments, &snapshot) <= cost(&rules.assignments, &snapshot));
        }
        let told = wave.records.values().flat_map(|record| &record.chosen);
        let told: i64 = told.map(|choice| choice.cost.to_minor().unwrap()).sum();
        prop_assert_eq!(told, cost(&wave.assignments, &snapshot));
    }

    /// Goal: more stock never costs more: it fills no fewer units, and as many for no more. Method: random worlds of a size
    /// that is proven, units more at one node, free to sell to every channel of its pool.
    #[test]
    fn more_stock_never_costs_more(
        snapshot in snapshots().prop_map(tiny), at in any::<prop::sample::Index>(), more in 1_i64..4,
    ) {
        prop_assume!(!snapshot.stock.is_empty());
        let mut richer = snapshot.clone();
        let row = at.index(richer.stock.len());
        let StockRow { node, sku, available } = &mut richer.stock[row];
        *available += more;
        let pool = &richer.nodes.iter().find(|other| other.id == *node).unwrap().pool;
        match richer.pools.iter_mut().find(|row| (&row.pool, &row.sku) == (pool, &*sku)) {
            Some(row) => row.ats += more,
            None => {
                let (pool, sku) = (pool.clone(), sku.clone());
                richer.pools.push(PoolRow { pool, sku, ats: more, fenced: Vec::new() });
            }
        }
        let (poor, rich) = (plan(&LpSourcer::OPTIMAL, &snapshot), plan(&LpSourcer::OPTIMAL, &richer));
        prop_assert!(units(&rich.assignments) >= units(&poor.assignments));
        if units(&rich.assignments) == units(&poor.assignments) {
            prop_assert!(cost(&rich.assignments, &richer) <= cost(&poor.assignments, &snapshot));
        }
    }

    /// Goal: what is left has a reason that holds: no unit that stays short could still be shipped alone.
    /// Method: for each short line of an order that may be filled in parts, one more unit from each node.
    #[test]
    fn nothing_is_left_that_a_node_could_ship(snapshot in snapshots()) {
        for sourcer in [&LpSourcer::OPTIMAL as &dyn Sourcer, &GreedySourcer] {
            let plan = plan(sourcer, &snapshot);
            for short in &plan.shortfalls {
                prop_assert_ne!(short.reason, ShortReason::TooDear);
                let order = snapshot.orders.iter().find(|row| row.id == short.order).unwrap();
                let line = order.lines.iter().find(|row| row.id == short.line).unwrap();
                if order.on_hold || order.constraints.ship_complete || !line.allow_split {
                    continue;
                }
                for node in &snapshot.nodes {
                    if node.lanes.iter().any(|lane| lane.cost_fixed.currency() != snapshot.currency) {
                        continue;
                    }
                    let mut more = plan.assignments.clone();
                    let same = more.iter_mut().find(|row| {
                        (&row.order, &row.line, &row.node) == (&short.order, &short.line, &node.id)
                    });
                    match same {
                        Some(row) => row.qty = Qty::new(row.qty.get() + 1).unwrap(),
                        None => more.push(Assignment {
                            order: short.order.clone(),
                            line: short.line.clone(),
                            node: node.id.clone(),
                            qty: Qty::ONE,
                        }),
                    }
                    prop_assert!(check(&more, &snapshot).is_err(), "{} of {short:?}", node.id);
                }
            }
        }
    }
}
