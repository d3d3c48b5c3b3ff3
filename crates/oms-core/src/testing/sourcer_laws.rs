//! The laws of the [`Sourcer`] seam, over snapshots drawn at random.
//!
//! The worlds are small and full of trouble: closed and incapable nodes, missing lanes, deadlines,
//! fences, stock below zero, orders on hold, exclusions, work already done, lines that share a SKU. All of
//! them keep the ledger's law that available units over a pool are ats plus reserved plus fenced.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

use crate::catalog::{Capabilities, Handling};
use crate::decision::{DecidedBy, DecisionRecord};
use crate::sourcing::{
    Budget, ChannelRow, ConstraintRow, ExcludedRow, FenceRow, GroupRow, HeldRow, ItemRow, LaneRow,
    LineRow, NodeRow, OrderRow, Plan, PoolRow, ReservedRow, Sourcer, SourcingSnapshot, StockRow,
    Unplanned, check_all,
};
use crate::words::{
    Country, Currency, Destination, LineId, LocationId, Money, OrderId, PoolId, Qty, Sku,
    Timestamp, WordError,
};

/// Holds a sourcer to every law of its seam.
///
/// 1. *Feasible*: the plan passes [`check_all`] on its snapshot.
/// 2. *Deterministic*: the same snapshot and budget give the same plan.
/// 3. *No order of rows*: shuffled nodes, SKUs, stock, lanes, lines and orders give the same plan.
/// 4. *Never worse than doing nothing*: of each line as many units are assigned or short as were wanted, so
///    nothing is lost; orders on hold are left alone.
/// 5. *Explains all*: each order that wants units has a record that names the sourcer, the sequence number
///    and the hash of the snapshot, and whose choices are the assignments.
/// 6. *Any budget*: laws 1, 2, 4 and 5 hold however small the budget is.
/// 7. *No nonsense*: a snapshot that contradicts itself is answered with [`Unplanned`].
///
/// # Panics
/// At the first law that is broken, with the law, the figures and the smallest snapshot found, as JSON.
///
/// # Example
/// ```
/// use oms_core::sourcing::FirstFit;
/// use oms_core::testing::sourcer_laws::sourcer_laws;
///
/// sourcer_laws(&FirstFit);
/// ```
pub fn sourcer_laws(sourcer: &dyn Sourcer) {
    let config = Config { failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&(snapshots(), any::<u64>()), |(snapshot, seed)| {
        judge(sourcer, &snapshot, seed).map_err(TestCaseError::fail)
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, (snapshot, seed))) => {
            let file = serde_json::to_string(&snapshot).unwrap_or_default();
            broken(&format!("{reason}\nseed {seed}\n{file}"));
        }
        Err(TestError::Abort(reason)) => broken(&reason.to_string()),
    }
}

#[expect(clippy::panic, reason = "a broken law fails the test that asked")]
fn broken(what: &str) -> ! {
    panic!("sourcer law broken: {what}");
}

/// Holds a sourcer to every law on one snapshot; the seed says how its rows are shuffled.
///
/// # Errors
/// The law that is broken, with figures.
pub fn judge(sourcer: &dyn Sourcer, snapshot: &SourcingSnapshot, seed: u64) -> Result<(), String> {
    let plan = judge_budget(sourcer, snapshot, Budget::UNLIMITED)?;
    let mut dice = Dice::of_seed(seed);
    let shuffled = shuffle(snapshot, &mut dice);
    let other = sourcer
        .plan(&shuffled, Budget::UNLIMITED)
        .map_err(|why| format!("no order of rows: unplanned after shuffling: {why}"))?;
    if other != plan {
        return Err(format!("no order of rows: {other:?} after shuffling instead of {plan:?}"));
    }
    for steps in [0, 1, u64::from(dice.below(30))] {
        judge_budget(sourcer, snapshot, Budget::steps(steps))
            .map_err(|why| format!("with {steps} steps: {why}"))?;
    }
    judge_nonsense(sourcer, snapshot)
}

fn judge_budget(
    sourcer: &dyn Sourcer,
    snapshot: &SourcingSnapshot,
    budget: Budget,
) -> Result<Plan, String> {
    let plan = |what: &str| sourcer.plan(snapshot, budget).map_err(|why| format!("{what}: {why}"));
    let first = plan("feasible: unplanned")?;
    if let Some(broken) = check_all(&first.assignments, snapshot).first() {
        return Err(format!("feasible: {broken}"));
    }
    if plan("deterministic: unplanned at the second time")? != first {
        return Err("deterministic: the second plan differs".to_owned());
    }
    judge_units(&first, snapshot)?;
    judge_records(sourcer, &first, snapshot)?;
    Ok(first)
}

/// Law 4: every unit is accounted for, and nothing else is.
fn judge_units(plan: &Plan, snapshot: &SourcingSnapshot) -> Result<(), String> {
    let mut told: BTreeMap<(&OrderId, &LineId), u64> = BTreeMap::new();
    let assigned = plan.assignments.iter().map(|row| (&row.order, &row.line, row.qty));
    let short = plan.shortfalls.iter().map(|row| (&row.order, &row.line, row.qty));
    for (order, line, qty) in assigned.chain(short) {
        if qty.is_zero() {
            return Err(format!("never worse: a row of zero units for order `{order}`"));
        }
        let sum = told.entry((order, line)).or_insert(0);
        *sum = sum.saturating_add(qty.get());
    }
    for order in &snapshot.orders {
        for line in &order.lines {
            let told = told.remove(&(&order.id, &line.id)).unwrap_or(0);
            if told != line.wanted() {
                return Err(format!(
                    "never worse: order `{}` line `{}` wants {}, {told} are assigned or short",
                    order.id,
                    line.id,
                    line.wanted()
                ));
            }
        }
    }
    match told.first_key_value() {
        None => Ok(()),
        Some((key, _)) => Err(format!("never worse: nobody asked for {key:?}")),
    }
}

/// Law 5: every order that wants something has evidence, and the evidence is the plan.
fn judge_records(
    sourcer: &dyn Sourcer,
    plan: &Plan,
    snapshot: &SourcingSnapshot,
) -> Result<(), String> {
    let by = DecidedBy::model(sourcer.name(), sourcer.version());
    let hash = snapshot.fingerprint();
    if plan.based_on != snapshot.seq {
        return Err(format!("explains all: based on {} not {}", plan.based_on, snapshot.seq));
    }
    for order in snapshot.orders.iter().filter(|order| order.lines.iter().any(|l| l.wanted() > 0)) {
        let id = &order.id;
        let Some(record) = plan.records.get(id) else {
            return Err(format!("explains all: order `{id}` has no record"));
        };
        if record.by != by || record.inputs.seq != snapshot.seq || record.inputs.hash != hash {
            return Err(format!("explains all: the record of order `{id}` names {record:?}"));
        }
        if record.removed.len() > DecisionRecord::REMOVED_SHOWN {
            return Err(format!("explains all: order `{id}` names too many removed nodes"));
        }
        let mut units: BTreeMap<(&LineId, &LocationId), u64> = BTreeMap::new();
        for choice in &record.chosen {
            for part in &choice.units {
                let sum = units.entry((&part.line, &choice.node)).or_insert(0);
                *sum = sum.saturating_add(part.qty.get());
            }
        }
        let assigned = plan.assignments.iter().filter(|row| row.order == *id);
        let assigned: BTreeMap<_, _> =
            assigned.map(|row| ((&row.line, &row.node), row.qty.get())).collect();
        if units != assigned {
            return Err(format!("explains all: order `{id}` says {units:?} and does {assigned:?}"));
        }
    }
    Ok(())
}

/// Law 7: what contradicts itself is refused, not guessed at.
fn judge_nonsense(sourcer: &dyn Sourcer, snapshot: &SourcingSnapshot) -> Result<(), String> {
    let refused =
        |what: &str, nonsense: &SourcingSnapshot| match sourcer.plan(nonsense, Budget::UNLIMITED) {
            Err(Unplanned::Duplicate { .. } | Unplanned::Unknown { .. }) => Ok(()),
            other => Err(format!("no nonsense: {what} gives {other:?}")),
        };
    let mut twice = snapshot.clone();
    twice.nodes.extend(snapshot.nodes.first().cloned());
    refused("the same node twice", &twice)?;
    let mut without = snapshot.clone();
    without.channels.clear();
    if snapshot.orders.is_empty() { Ok(()) } else { refused("an unknown channel", &without) }
}

fn shuffle(snapshot: &SourcingSnapshot, dice: &mut Dice) -> SourcingSnapshot {
    let mut other = snapshot.clone();
    dice.shuffle(&mut other.channels);
    dice.shuffle(&mut other.nodes);
    dice.shuffle(&mut other.items);
    dice.shuffle(&mut other.stock);
    dice.shuffle(&mut other.pools);
    dice.shuffle(&mut other.orders);
    for node in &mut other.nodes {
        dice.shuffle(&mut node.lanes);
    }
    for order in &mut other.orders {
        dice.shuffle(&mut order.groups);
        dice.shuffle(&mut order.lines);
        dice.shuffle(&mut order.excluded);
        dice.shuffle(&mut order.held);
    }
    other
}

/// Draws small snapshots that are sound and full of trouble.
pub fn snapshots() -> impl Strategy<Value = SourcingSnapshot> {
    proptest::collection::vec(any::<u32>(), 0..400)
        .prop_map(Dice::new)
        .prop_filter_map("ids are sound", |dice| draw(dice).ok())
}

/// Numbers drawn beforehand, so that a smaller list of them is a simpler world; zeros at its end.
#[derive(Debug, Clone)]
struct Dice {
    drawn: std::vec::IntoIter<u32>,
    state: u64,
}

impl Dice {
    fn new(drawn: Vec<u32>) -> Self {
        Self { drawn: drawn.into_iter(), state: 0 }
    }

    fn of_seed(seed: u64) -> Self {
        Self { drawn: Vec::new().into_iter(), state: seed | 1 }
    }

    /// A number below a limit; zero is the simplest.
    fn below(&mut self, limit: u32) -> u32 {
        let drawn = match self.drawn.next() {
            Some(drawn) => u64::from(drawn),
            // Xorshift of a seed, or zero without one.
            None => {
                self.state ^= self.state << 13;
                self.state ^= self.state >> 7;
                self.state ^= self.state << 17;
                self.state >> 11
            }
        };
        u32::try_from(drawn % u64::from(limit.max(1))).unwrap_or(0)
    }

    fn one_in(&mut self, n: u32) -> bool {
        n > 0 && self.below(n) == n.saturating_sub(1)
    }

    fn shuffle<T>(&mut self, rows: &mut [T]) {
        for at in (1..rows.len()).rev() {
            let limit = u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1);
            rows.swap(at, usize::try_from(self.below(limit)).unwrap_or(0));
        }
    }

    fn pick<T: Clone>(&mut self, rows: &[T]) -> Option<T> {
        let limit = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        rows.get(usize::try_from(self.below(limit)).unwrap_or(0)).cloned()
    }

    fn qty(&mut self, limit: u32) -> Result<Qty, WordError> {
        Qty::new(u64::from(self.below(limit)))
    }
}

/// What a world consists of, before anybody orders.
struct World {
    snapshot: SourcingSnapshot,
    pools: Vec<PoolId>,
    regions: [&'static str; 2],
    services: [&'static str; 2],
}

fn draw(mut dice: Dice) -> Result<SourcingSnapshot, WordError> {
    let at = Timestamp::from_ms(1_800_000_000_000)?;
    let mut world = World {
        snapshot: SourcingSnapshot::new(u64::from(dice.below(1_000)), at, Currency::new("USD")?),
        pools: Vec::new(),
        regions: ["EAST", "WEST"],
        services: ["standard", "express"],
    };
    let pools = 1 + dice.below(3);
    world.pools = (0..pools).map(|n| PoolId::new(format!("P{n}"))).collect::<Result<_, _>>()?;
    for n in 0..2 {
        let mut pools = world.pools.clone();
        dice.shuffle(&mut pools);
        pools.truncate(pools.len().saturating_sub(usize::from(dice.one_in(3))).max(1));
        world.snapshot.channels.push(ChannelRow { id: format!("CH{n}").parse()?, pools });
    }
    for n in 0..1 + dice.below(4) {
        let flags =
            Handling { cold: dice.one_in(4), hazmat: dice.one_in(6), ..Handling::default() };
        let weight_g = u64::from(dice.below(3_000));
        world.snapshot.items.push(ItemRow { sku: format!("S{n}").parse()?, weight_g, flags });
    }
    for n in 0..1 + dice.below(6) {
        let node = draw_node(&mut dice, &world, n)?;
        for item in &world.snapshot.items {
            if dice.below(3) > 0 {
                let available = i64::from(dice.below(8)) - i64::from(dice.one_in(8)) * 3;
                let (node, sku) = (node.id.clone(), item.sku.clone());
                world.snapshot.stock.push(StockRow { node, sku, available });
            }
        }
        world.snapshot.nodes.push(node);
    }
    let mut unclaimed = available_by_pool(&world.snapshot);
    for n in 0..dice.below(7) {
        let order = draw_order(&mut dice, &world, n, &mut unclaimed)?;
        world.snapshot.orders.push(order);
    }
    draw_claims(&mut dice, &mut world, unclaimed)?;
    Ok(world.snapshot)
}

fn draw_node(dice: &mut Dice, world: &World, n: u32) -> Result<NodeRow, WordError> {
    let currency = world.snapshot.currency;
    let cents = |dice: &mut Dice, limit| Money::from_minor(i64::from(dice.below(limit)), currency);
    let mut lanes = Vec::new();
    for to in world.regions {
        for service in world.services {
            if !dice.one_in(5) {
                let foreign = dice.one_in(20);
                lanes.push(LaneRow {
                    to: to.parse()?,
                    service: service.parse()?,
                    cost_fixed: if foreign { "1.00 EUR".parse()? } else { cents(dice, 900)? },
                    cost_per_kg: cents(dice, 300)?,
                    days: dice.below(5),
                });
            }
        }
    }
    Ok(NodeRow {
        id: format!("N{n}").parse()?,
        pool: dice.pick(&world.pools).map_or_else(|| PoolId::new("P0"), Ok)?,
        capabilities: Capabilities {
            ship: !dice.one_in(10),
            hold_cold: dice.below(2) == 0,
            hazmat: dice.below(2) == 0,
            ..Capabilities::default()
        },
        place: None,
        handling_cost: if dice.below(2) == 0 { None } else { Some(cents(dice, 80)?) },
        capacity_left: if dice.one_in(3) { Some(u64::from(dice.below(3))) } else { None },
        closed: dice.one_in(10),
        lanes,
    })
}

/// What may still be claimed, by SKU and pool: what is available in all.
fn available_by_pool(snapshot: &SourcingSnapshot) -> BTreeMap<(Sku, PoolId), i64> {
    let pool_of: BTreeMap<&LocationId, &PoolId> =
        snapshot.nodes.iter().map(|node| (&node.id, &node.pool)).collect();
    let mut sums = BTreeMap::new();
    for row in &snapshot.stock {
        if let Some(pool) = pool_of.get(&row.node) {
            *sums.entry((row.sku.clone(), PoolId::clone(pool))).or_insert(0) += row.available;
        }
    }
    sums
}

fn draw_order(
    dice: &mut Dice,
    world: &World,
    n: u32,
    unclaimed: &mut BTreeMap<(Sku, PoolId), i64>,
) -> Result<OrderRow, WordError> {
    let snapshot = &world.snapshot;
    let mut groups = Vec::new();
    for g in 0..1 + u32::from(dice.one_in(3)) {
        let region = dice.pick(&world.regions).unwrap_or("EAST").parse()?;
        let service = dice.pick(&world.services).filter(|_| !dice.one_in(4));
        let days = i64::from(dice.below(6));
        groups.push(GroupRow {
            id: format!("G{g}").parse()?,
            destination: Destination::new(Country::new("US")?, region),
            service: service.map(str::parse).transpose()?,
            deadline: dice.one_in(3).then(|| snapshot.at.plus_days(days).plus_minutes(-1)),
        });
    }
    let channel = dice.pick(&snapshot.channels);
    let channel = channel.map_or_else(|| "CH0".parse(), |row| Ok(row.id))?;
    let mut order = OrderRow {
        id: format!("O{n}").parse()?,
        version: 1,
        priority: i32::from(dice.one_in(4)),
        placed_at: snapshot.at.plus_minutes(-i64::from(dice.below(4))),
        channel,
        on_hold: dice.one_in(12),
        constraints: ConstraintRow {
            ship_complete: dice.one_in(4),
            max_packages: if dice.one_in(4) { Some(1 + dice.below(2)) } else { None },
            single_node: dice.one_in(6),
        },
        groups,
        lines: Vec::new(),
        excluded: Vec::new(),
        held: Vec::new(),
    };
    for l in 0..1 + dice.below(4) {
        let line = draw_line(dice, world, &order, l, unclaimed)?;
        if dice.one_in(8)
            && let Some(node) = dice.pick(&snapshot.nodes)
        {
            let (line, group) = (line.id.clone(), line.group.clone());
            order.held.push(HeldRow { line, group, node: node.id });
        }
        if dice.one_in(6)
            && let Some(node) = dice.pick(&snapshot.nodes)
            && !order.excluded.iter().any(|row| row.node == node.id && row.sku == line.sku)
        {
            let (sku, reason, until) =
                (line.sku.clone(), Some("not_found".parse()?), Some(snapshot.at.plus_days(1)));
            order.excluded.push(ExcludedRow { sku, node: node.id, reason, until });
        }
        order.lines.push(line);
    }
    Ok(order)
}

fn draw_line(
    dice: &mut Dice,
    world: &World,
    order: &OrderRow,
    l: u32,
    unclaimed: &mut BTreeMap<(Sku, PoolId), i64>,
) -> Result<LineRow, WordError> {
    let sku = dice.pick(&world.snapshot.items).map_or_else(|| Sku::new("S0"), |row| Ok(row.sku))?;
    let group = dice.pick(&order.groups).map_or_else(|| "G0".parse(), |row| Ok(row.id))?;
    let mut reserved = Vec::new();
    for pool in &world.pools {
        let left = unclaimed.entry((sku.clone(), pool.clone())).or_insert(0);
        let qty = dice.qty(4)?;
        if dice.below(2) > 0 && !qty.is_zero() && qty.as_i64() <= *left {
            *left -= qty.as_i64();
            reserved.push(ReservedRow { pool: pool.clone(), fenced: dice.one_in(4), qty });
        }
    }
    let (open, allow_split) = (dice.qty(4)?, !dice.one_in(4));
    Ok(LineRow { id: format!("L{l}").parse()?, group, sku, open, reserved, allow_split })
}

/// Splits what no order of the snapshot has reserved into ats, fences and the claims of others.
fn draw_claims(
    dice: &mut Dice,
    world: &mut World,
    unclaimed: BTreeMap<(Sku, PoolId), i64>,
) -> Result<(), WordError> {
    for ((sku, pool), mut ats) in unclaimed {
        let others = i64::from(dice.below(3)).min(ats.max(0));
        ats -= others;
        let mut fenced = Vec::new();
        for channel in &world.snapshot.channels {
            let qty = i64::from(dice.below(4)).min(ats.max(0));
            if dice.one_in(3) && qty > 0 {
                ats -= qty;
                let (channel, qty) = (channel.id.clone(), Qty::new(qty.unsigned_abs())?);
                fenced.push(FenceRow { channel, qty });
            }
        }
        world.snapshot.pools.push(PoolRow { pool, sku, ats, fenced });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use proptest::strategy::ValueTree;

    // Goal: the worlds are worth judging on. Method: draw many, count the troubles that must occur.
    #[test]
    fn drawn_worlds_have_every_trouble() {
        let mut runner = TestRunner::deterministic();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for _ in 0..500 {
            let snapshot = snapshots().new_tree(&mut runner).unwrap().current();
            let orders = &snapshot.orders;
            let lines = || orders.iter().flat_map(|order| &order.lines);
            let troubles = [
                ("closed", snapshot.nodes.iter().any(|n| n.closed)),
                ("capacity", snapshot.nodes.iter().any(|n| n.capacity_left == Some(0))),
                ("below zero", snapshot.stock.iter().any(|s| s.available < 0)),
                ("ats below zero", snapshot.pools.iter().any(|p| p.ats < 0)),
                ("fence", snapshot.pools.iter().any(|p| !p.fenced.is_empty())),
                ("hold", orders.iter().any(|o| o.on_hold)),
                ("complete", orders.iter().any(|o| o.constraints.ship_complete)),
                ("packages", orders.iter().any(|o| o.constraints.max_packages.is_some())),
                ("single", orders.iter().any(|o| o.constraints.single_node)),
                ("excluded", orders.iter().any(|o| !o.excluded.is_empty())),
                ("held", orders.iter().any(|o| !o.held.is_empty())),
                ("deadline", orders.iter().flat_map(|o| &o.groups).any(|g| g.deadline.is_some())),
                ("whole", lines().any(|l| !l.allow_split && l.wanted() > 1)),
                ("reserved", lines().any(|l| l.reserved.len() > 1)),
            ];
            seen.extend(troubles.iter().filter(|(_, is)| *is).map(|(what, _)| *what));
        }
        assert_eq!(seen.len(), 14, "{seen:?}");
    }
}
