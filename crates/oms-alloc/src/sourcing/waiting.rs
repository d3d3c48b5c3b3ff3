//! What could become of the units of an order that wait: the plan for them, what would change it, and which rules
//! stand behind what stays short.
//!
//! Everything is answered by planning the one order again: without a node that it was given, or with rules thought
//! away in the rows of the snapshot. So it holds for any sourcer.

use std::collections::BTreeMap;

use oms_core::catalog::Handling;
use oms_core::sourcing::{
    Budget, ExcludedRow, Explanation, NodeRow, OrderRow, Plan, Rule, ShortReason, Sourcer,
    SourcingSnapshot, Unplanned,
};
use oms_core::words::{LocationId, Money, OrderId, PoolId, Qty, Sku};
use serde::Serialize;

/// What could become of the units of an order that wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderWaiting {
    /// The plan for them.
    pub planned: Explanation,
    /// What they would come to without each node of the plan.
    pub without: Vec<WithoutNode>,
    /// What stays unfilled; nothing if all are filled.
    pub short: Option<WaitingShort>,
}

/// A plan that does without a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WithoutNode {
    /// The node.
    pub node: LocationId,
    /// How many units fewer would be placed.
    pub fewer: u64,
    /// How much more the units would cost; nothing where another number of them is placed. As much dearer the node may
    /// become before another plan wins.
    pub margin: Option<Money>,
}

/// What stands behind units that stay unfilled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitingShort {
    /// How many units.
    pub units: u64,
    /// The smallest set of up to three rules without which all are filled, as stable codes, the first one among equals;
    /// else a larger one of which every rule is needed. Absent if no set is enough, as where no lane leads to the
    /// customer.
    pub rules: Option<Vec<&'static str>>,
}

/// Plans one order of a snapshot as if nobody else wanted anything, and explains the plan. Nothing if the snapshot has
/// no such order.
///
/// # Errors
/// [`Unplanned`] as the sourcer tells it.
///
/// # Cost
/// One plan, one for each node of it, and where it is short at most 244 for the rules: only those of which the snapshot
/// has a trace are tried.
///
/// # Example
/// ```
/// use oms_alloc::{LpSourcer, explain_waiting};
/// use oms_core::sourcing::SourcingSnapshot;
/// use oms_core::words::{Currency, OrderId, Timestamp};
///
/// let snapshot = SourcingSnapshot::new(42, Timestamp::MIN, Currency::new("USD")?);
/// let told = explain_waiting(&snapshot, &OrderId::new("O1")?, &LpSourcer::OPTIMAL).unwrap();
/// assert_eq!(told, None);
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
pub fn explain_waiting(
    snapshot: &SourcingSnapshot,
    order: &OrderId,
    sourcer: &dyn Sourcer,
) -> Result<Option<OrderWaiting>, Unplanned> {
    let Some(row) = snapshot.orders.iter().find(|row| row.id == *order) else { return Ok(None) };
    let mut world = snapshot.clone();
    world.orders = vec![row.clone()];
    let plan = sourcer.plan(&world, Budget::UNLIMITED)?;
    let Some(planned) = Explanation::of_order(&plan, order) else { return Ok(None) };
    let short = plan.shortfalls.iter().fold(0_u64, |sum, s| sum.saturating_add(s.qty.get()));
    let short = match short {
        0 => None,
        units => Some(WaitingShort { units, rules: blocking(&world, sourcer)? }),
    };
    Ok(Some(OrderWaiting { planned, without: without(&world, &plan, sourcer)?, short }))
}

/// Plans the order without each node of a plan.
fn without(
    world: &SourcingSnapshot,
    plan: &Plan,
    sourcer: &dyn Sourcer,
) -> Result<Vec<WithoutNode>, Unplanned> {
    let mut nodes: Vec<&LocationId> = plan.assignments.iter().map(|row| &row.node).collect();
    nodes.sort();
    nodes.dedup();
    let mut told = Vec::with_capacity(nodes.len());
    for node in nodes {
        let mut other = world.clone();
        for row in &mut other.orders {
            let skus: Vec<Sku> = row.lines.iter().map(|line| line.sku.clone()).collect();
            row.excluded.retain(|row| row.node != *node);
            let excluded = |sku| ExcludedRow { sku, node: node.clone(), reason: None, until: None };
            row.excluded.extend(skus.into_iter().map(excluded));
        }
        other.sort();
        let other = sourcer.plan(&other, Budget::UNLIMITED)?;
        let (units, fewer) = (placed(plan), placed(&other));
        let costs = cost(plan).zip(cost(&other)).filter(|_| units == fewer);
        let margin = costs.and_then(|(ours, theirs)| theirs.try_sub(ours).ok());
        let fewer = units.saturating_sub(fewer);
        told.push(WithoutNode { node: node.clone(), fewer, margin });
    }
    Ok(told)
}

fn placed(plan: &Plan) -> u64 {
    plan.assignments.iter().fold(0, |sum, row| sum.saturating_add(row.qty.get()))
}

fn cost(plan: &Plan) -> Option<Money> {
    let mut costs = plan.records.values().flat_map(|record| &record.chosen).map(|c| c.cost);
    let first = costs.next()?;
    costs.try_fold(first, |sum, cost| sum.try_add(cost).ok())
}

/// Sets of so many rules are all tried.
const FEW: u32 = 3;

/// Thinks a rule away.
type Relax = fn(&mut SourcingSnapshot);

/// The rules that can be thought away, in the order in which sets of them are tried.
///
/// That an order ships complete is not among them: a way that fills all is complete, so this rule never hinders it.
const RULES: [(&str, Relax); 11] = [
    (Rule::OrderOnHold.code(), |world| orders(world, |order| order.on_hold = false)),
    (Rule::NodeExcluded.code(), |world| orders(world, |order| order.excluded.clear())),
    (Rule::LineSplit.code(), |world| {
        orders(world, |order| order.lines.iter_mut().for_each(|line| line.allow_split = true));
    }),
    (Rule::NotSingleNode.code(), |world| {
        orders(world, |order| order.constraints.single_node = false);
    }),
    (Rule::TooManyPackages.code(), |world| {
        orders(world, |order| order.constraints.max_packages = None);
    }),
    (Rule::DeadlineMissed.code(), |world| {
        orders(world, |order| order.groups.iter_mut().for_each(|group| group.deadline = None));
    }),
    (Rule::NodeClosed.code(), |world| nodes(world, |node| node.closed = false)),
    (Rule::NodeIncapable.code(), |world| {
        nodes(world, |node| node.capabilities.ship = true);
        world.items.iter_mut().for_each(|item| item.flags = Handling::default());
    }),
    (Rule::CapacityExceeded.code(), |world| nodes(world, |node| node.capacity_left = None)),
    (ShortReason::Claimed.code(), all_units_are_free),
    (ShortReason::NoStock.code(), no_more_than_there_is),
];

fn orders(world: &mut SourcingSnapshot, change: fn(&mut OrderRow)) {
    world.orders.iter_mut().for_each(change);
}

fn nodes(world: &mut SourcingSnapshot, change: fn(&mut NodeRow)) {
    world.nodes.iter_mut().for_each(change);
}

/// What is there at the nodes of a pool can be claimed, whoever it was promised to or fenced for.
fn all_units_are_free(world: &mut SourcingSnapshot) {
    let there = units_there(world);
    for row in &mut world.pools {
        let all = there.get(&(row.sku.clone(), Some(row.pool.clone())));
        row.ats = row.ats.max(all.copied().unwrap_or(0));
    }
}

/// Nobody asks for more of a SKU than there is at all nodes together.
fn no_more_than_there_is(world: &mut SourcingSnapshot) {
    let mut there = units_there(world);
    for line in world.orders.iter_mut().flat_map(|order| &mut order.lines) {
        let left = there.entry((line.sku.clone(), None)).or_insert(0);
        let mut over = line.wanted().saturating_sub(u64::try_from(*left).unwrap_or(0));
        let wanted = std::iter::once(&mut line.open);
        for qty in wanted.chain(line.reserved.iter_mut().map(|row| &mut row.qty)) {
            let fewer = over.min(qty.get());
            over -= fewer;
            *qty = Qty::new(qty.get() - fewer).unwrap_or(*qty);
        }
        *left = left.saturating_sub(i64::try_from(line.wanted()).unwrap_or(i64::MAX));
    }
}

/// Units by SKU and pool, and by SKU.
fn units_there(world: &SourcingSnapshot) -> BTreeMap<(Sku, Option<PoolId>), i64> {
    let pools: BTreeMap<_, _> = world.nodes.iter().map(|node| (&node.id, &node.pool)).collect();
    let mut there = BTreeMap::new();
    for row in &world.stock {
        for pool in [None, pools.get(&row.node).map(|pool| (*pool).clone())] {
            let units = there.entry((row.sku.clone(), pool)).or_insert(0_i64);
            *units = units.saturating_add(row.available.max(0));
        }
    }
    there
}

/// Whether a snapshot has a trace of a rule.
fn is_changed(world: &SourcingSnapshot, relax: Relax) -> bool {
    let mut other = world.clone();
    relax(&mut other);
    other != *world
}

/// The smallest set of at most [`FEW`] rules, the first among equals, else one of which every rule is needed, without
/// which all units are filled.
fn blocking(
    world: &SourcingSnapshot,
    sourcer: &dyn Sourcer,
) -> Result<Option<Vec<&'static str>>, Unplanned> {
    let here: Vec<&(&'static str, Relax)> =
        RULES.iter().filter(|(_, relax)| is_changed(world, *relax)).collect();
    let relaxed = |set: u32| {
        let here = here.iter().enumerate();
        here.filter(move |(at, _)| set >> at & 1 == 1).map(|(_, rule)| **rule)
    };
    let fills = |set: u32| {
        let mut other = world.clone();
        for (_, relax) in relaxed(set) {
            relax(&mut other);
        }
        other.sort();
        Ok(sourcer.plan(&other, Budget::UNLIMITED)?.shortfalls.is_empty())
    };
    let all = (1 << here.len()) - 1;
    if !fills(all)? {
        return Ok(None);
    }
    let codes = |set| Some(relaxed(set).map(|(code, _)| code).collect());
    let mut sets: Vec<u32> = (1..all).filter(|set| set.count_ones() <= FEW).collect();
    sets.sort_by_key(|set| (set.count_ones(), *set));
    for set in sets {
        if fills(set)? {
            return Ok(codes(set));
        }
    }
    // More are needed: each that is not is put back.
    let mut set = all;
    for at in 0..here.len() {
        let fewer = set & !(1 << at);
        if fills(fewer)? {
            set = fewer;
        }
    }
    Ok(codes(set))
}
