//! `commit_plan`: a sourcing plan becomes binding. Everything is checked again against what is now.
//!
//! Refusals, in order: `invalid.*` of the shape; `order.unknown`, `order.closed`, `order.on_hold`;
//! per assignment `line.unknown`, `location.unknown`, `location.closed`, `invalid.group_kind`,
//! `node.incapable`, `plan.infeasible` (pool, lane), `node.excluded`; `line.stage_forbids` where no
//! unit of the line awaits sourcing; `plan.stale` naming the lines that moved (with `partial` they
//! are left out and reported instead); `plan.infeasible` (no_split, single_node, max_packages,
//! ship_complete); `node.at_capacity`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::place_order::{count, twice};
use super::receive_stock::some;
use super::verb::{Sealer, Verb, plain};
use super::work::{live_order, minus, not_held};
use crate::catalog::{LaneEnd, Location};
use crate::command::{Code, Limits, Refusal};
use crate::decision::{DecidedBy, DecisionRecord, Inputs};
use crate::desk::{
    Desk, EntityKey, ReadSet, Shifting, Short, Stop, claim_sources, positive, source_account,
};
use crate::event::{Event, PlanCommitted, PromiseChanged, PromiseMade};
use crate::fulfillment::promise::{Promise, promise_delivery};
use crate::order::{
    Direction, Group, Line, Order, Promised, Spot, Stage, Verb as Move, Way, pick, total,
};
use crate::stock::{Account, Bucket};
use crate::words::{ActorId, LineId, LocationId, OrderId, Qty};

/// The share of promises that shall be kept, in percent.
const PROMISE_LEVEL_PERCENT: u8 = 90;

/// Ties units of an order to stock of nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitPlan {
    /// For which order.
    pub order: OrderId,
    /// The position in the log from which the plan was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub based_on: Option<u64>,
    /// Which units from where.
    pub assignments: Vec<PlanLine>,
    /// Who chose it and why; a person's choice when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Box<DecisionRecord>>,
    /// Commit what still fits and report the rest, instead of refusing the whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}

/// Units of a line from a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanLine {
    /// The line.
    pub line: LineId,
    /// The node.
    pub node: LocationId,
    /// How many base units.
    pub qty: Qty,
}

impl Verb for CommitPlan {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        count(self.assignments.len(), limits.assignments, "/assignments")?;
        let mut seen = BTreeSet::new();
        for (index, a) in self.assignments.iter().enumerate() {
            some(a.qty, &format!("/assignments/{index}/qty"))?;
            if !seen.insert((&a.line, &a.node)) {
                let id = format!("{} at {}", a.line, a.node);
                return Err(twice(&id, format!("/assignments/{index}")));
            }
        }
        Ok(())
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Order(self.order.clone()));
        for a in &self.assignments {
            reads.entity(EntityKey::Location(a.node.clone()));
        }
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let order = live_order(desk, &self.order)?;
        not_held(&order, Move::CommitPlan)?;
        self.load(desk, &order)?;
        let mut nodes = BTreeMap::new();
        for (index, a) in self.assignments.iter().enumerate() {
            let node = self.fits(desk, &order, a, &format!("/assignments/{index}"))?;
            nodes.insert(a.node.clone(), node);
        }
        let (shift, kept) = self.shift(desk, &order, &nodes)?;
        let moved: Vec<&PlanLine> =
            self.assignments.iter().filter(|a| !kept.iter().any(|k| k == a)).collect();
        if !moved.is_empty() && (!self.partial || kept.is_empty()) {
            return Err(stale(&moved).into());
        }
        rules(desk, &order, &kept)?;
        for a in moved {
            if let Some(line) = order.line(&a.line) {
                desk.short(Short {
                    order: order.id.clone(),
                    line: a.line.clone(),
                    sku: line.given.sku.clone(),
                    qty: a.qty,
                    code: Code::PlanStale,
                });
            }
        }
        drop(order);
        desk.emit_shift(shift)?;
        let decision = self.decision.clone().unwrap_or_else(|| by_hand(desk, self.based_on));
        let event = PlanCommitted { order: self.order.clone(), decision };
        desk.emit(Event::PlanCommitted(event), Vec::new())?;
        promises(desk, &self.order, &nodes, &kept)
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}

/// The record of a choice that a person made without a model.
fn by_hand(desk: &Desk<'_>, based_on: Option<u64>) -> Box<DecisionRecord> {
    let by = match desk.ctx().actor.clone().or_else(|| ActorId::new("unnamed").ok()) {
        Some(actor) => DecidedBy::Actor(actor),
        None => DecidedBy::model("by hand", "1"),
    };
    Box::new(DecisionRecord::new(by, Inputs { seq: based_on.unwrap_or(0), hash: String::new() }))
}

fn stale(moved: &[&PlanLine]) -> Refusal {
    let list = moved.iter().map(|a| format!("{} of line `{}` at `{}`", a.qty, a.line, a.node));
    let list = list.collect::<Vec<_>>().join(", ");
    Refusal::new(Code::PlanStale, list, "less there now, or fewer units to be sourced")
        .at("/assignments")
}

fn infeasible(rule: &str, expected: impl Into<String>, found: impl Into<String>) -> Refusal {
    let expected: String = expected.into();
    Refusal::new(Code::PlanInfeasible, format!("{rule}: {expected}"), found).at("/assignments")
}

impl CommitPlan {
    /// Everything that the decision reads, in one round.
    fn load(&self, desk: &Desk<'_>, order: &Order) -> Result<(), Stop> {
        let channel = desk.channel(&order.placed.channel, "/order")?;
        let mut balances = Vec::new();
        let mut entities = Vec::new();
        for a in &self.assignments {
            let node = desk.location(&a.node, "/assignments")?;
            let Some(line) = order.line(&a.line) else { continue };
            let sku = &line.given.sku;
            entities.push(EntityKey::Item(sku.clone()));
            for bucket in [Bucket::Available, Bucket::Allocated] {
                balances.push(Account::Node(sku.clone(), a.node.clone(), bucket));
            }
            for pool in channel.pools.iter().chain([&node.pool]) {
                balances.extend(claim_sources(sku, pool, &channel.id));
                let set = Account::FenceSet(sku.clone(), pool.clone(), channel.id.clone());
                balances.push(set);
            }
            let day = node.time_zone.local_day(desk.ctx().now);
            balances.push(Account::NodeDay(a.node.clone(), day));
        }
        desk.policy(Some(&channel.id), None).map(|_| ())?;
        desk.load(entities, balances)
    }

    /// Whether a node may serve a line at all.
    fn fits(
        &self,
        desk: &Desk<'_>,
        order: &Order,
        a: &PlanLine,
        path: &str,
    ) -> Result<Arc<Location>, Stop> {
        let line = order.line(&a.line).ok_or_else(|| {
            Refusal::new(
                Code::LineUnknown,
                format!("a line of order `{}`", order.id),
                format!("`{}`", a.line),
            )
            .at(format!("{path}/line"))
        })?;
        let at = format!("{path}/node");
        let node = desk.open_location(&a.node, &at)?;
        let item = desk.item(&line.given.sku, path)?;
        let way = order.group_of(line).map(|g| &g.to);
        if let Some(Way::Pickup { location }) = way
            && *location != a.node
        {
            return Err(Refusal::new(
                Code::GroupKind,
                format!("`{location}`, where it is picked up"),
                format!("`{}`", a.node),
            )
            .at(at)
            .into());
        }
        let is_pickup = matches!(way, Some(Way::Pickup { .. }));
        let can_hand_over =
            if is_pickup { node.capabilities.pickup } else { node.capabilities.ship };
        let lacks = match node.can_handle(&item) {
            Err(capability) => Some(capability),
            Ok(()) if !can_hand_over => Some(if is_pickup { "pickup" } else { "ship" }),
            Ok(()) => None,
        };
        if let Some(capability) = lacks {
            return Err(Refusal::new(
                Code::NodeIncapable,
                format!("a node with `{capability}`"),
                format!("`{}` without", a.node),
            )
            .at(at)
            .into());
        }
        let channel = desk.channel(&order.placed.channel, "/order")?;
        if !channel.sells_from(&node.pool) {
            let expected = format!("a node in a pool of channel `{}`", channel.id);
            let found = format!("`{}` in `{}`", a.node, node.pool);
            return Err(infeasible("pool", expected, found).at(at).into());
        }
        if let Some(Way::Ship { destination, .. }) = way {
            let to = &destination.region;
            let reaches = |end: &LaneEnd| matches!(end, LaneEnd::Region(r) if r == to);
            if !node.lanes.is_empty() && !node.lanes.iter().any(|l| reaches(&l.to)) {
                let found = format!("`{}` without", a.node);
                return Err(infeasible("lane", format!("a lane to `{to}`"), found).at(at).into());
            }
        }
        let sku = &line.given.sku;
        let excluded = order.exclusions.iter().find(|x| x.sku == *sku && x.node == a.node);
        if let Some(x) = excluded.filter(|_| !is_pickup) {
            return Err(Refusal::new(
                Code::NodeExcluded,
                "a node that has not refused it lately",
                format!("`{}` refused `{sku}`, not to be asked until {}", a.node, x.until),
            )
            .at(at)
            .into());
        }
        Ok(node)
    }

    /// Builds the shift of all assignments that still fit, and tells which do.
    fn shift<'p>(
        &'p self,
        desk: &Desk<'_>,
        order: &Order,
        nodes: &BTreeMap<LocationId, Arc<Location>>,
    ) -> Result<(Shifting, Vec<&'p PlanLine>), Stop> {
        let mut s = Shifting::new(Move::CommitPlan, self.order.clone());
        let mut kept = Vec::new();
        for (index, a) in self.assignments.iter().enumerate() {
            let (Some(line), Some(node)) = (order.line(&a.line), nodes.get(&a.node)) else {
                continue;
            };
            let waits = total(
                line.holdings
                    .iter()
                    .filter(|h| matches!(h.at.stage, Stage::Open | Stage::Reserved)),
            );
            if waits.is_zero() && !self.partial {
                return Err(Refusal::new(
                    Code::StageForbids,
                    "open or reserved units",
                    super::checks::whereabouts(&line.holdings),
                )
                .at(format!("/assignments/{index}/line"))
                .into());
            }
            // What does not fit leaves no trace in the shift.
            let (moves, deltas) = (s.shift.moves.len(), s.deltas.clone());
            if allocate(desk, &mut s, order, line, node, a.qty)? {
                kept.push(a);
            } else {
                s.shift.moves.truncate(moves);
                s.deltas = deltas;
            }
        }
        Ok((s, kept))
    }
}

/// Ties `qty` units of a line to a node: the line's Reserved in the node's pool first, then Open
/// (claimed in that pool as at placing), then Reserved of other pools (given back there, claimed
/// anew here). Tells whether all of it fits.
fn allocate(
    desk: &Desk<'_>,
    s: &mut Shifting,
    order: &Order,
    line: &Line,
    node: &Location,
    qty: Qty,
) -> Result<bool, Stop> {
    let sku = &line.given.sku;
    let available = Account::Node(sku.clone(), node.id.clone(), Bucket::Available);
    let allocated = Account::Node(sku.clone(), node.id.clone(), Bucket::Allocated);
    if positive(desk.peek(&s.deltas, &available)?) < qty {
        return Ok(false);
    }
    let until = match order.group_of(line).map(|g| &g.to) {
        Some(Way::Pickup { .. }) => {
            let policy = desk.policy(Some(&order.placed.channel), None)?;
            Some(desk.ctx().now.plus_days(i64::from(policy.pickup_days)))
        }
        // A hard claim of a shipment ends by a verb, not by itself.
        _ => None,
    };
    let mut left = qty;
    for (spot, part) in reserved(s, line, left, |pool| *pool == node.pool) {
        s.deltas.transfer(available.clone(), allocated.clone(), part.as_i64());
        s.deltas.add(Account::Reserved(sku.clone(), node.pool.clone()), -part.as_i64());
        let to = Spot::allocated(node.pool.clone(), spot.fenced, node.id.clone(), until);
        s.push(line, spot, to, part);
        left = minus(left, part);
    }
    let open = minus(line.at(Stage::Open), s.taken(line, &Spot::bare(Stage::Open)));
    let got = desk.claim_at(s, order, line, node, left.min(open), until)?;
    left = minus(left, got);
    for (spot, part) in reserved(s, line, left, |pool| *pool != node.pool) {
        let (Some(pool), channel) = (spot.pool.clone(), &order.placed.channel) else { continue };
        s.deltas.add(Account::Reserved(sku.clone(), pool.clone()), -part.as_i64());
        desk.give_back(&mut s.deltas, sku, &pool, channel, spot.fenced, part)?;
        let mut want = part;
        for fenced in [true, false] {
            let source = source_account(sku, &node.pool, channel, fenced);
            let take = positive(desk.peek(&s.deltas, &source)?).min(want);
            if take.is_zero() {
                continue;
            }
            s.deltas.add(source, -take.as_i64());
            s.deltas.transfer(available.clone(), allocated.clone(), take.as_i64());
            let to = Spot::allocated(node.pool.clone(), fenced, node.id.clone(), until);
            s.push(line, spot.clone(), to, take);
            want = minus(want, take);
        }
        if !want.is_zero() {
            return Ok(false);
        }
        left = minus(left, part);
    }
    Ok(left.is_zero())
}

/// Reserved units of a line in pools that `fits`, up to `qty`, less what the shift took already.
fn reserved(
    s: &Shifting,
    line: &Line,
    qty: Qty,
    fits: impl Fn(&crate::words::PoolId) -> bool,
) -> Vec<(Spot, Qty)> {
    let here = |spot: &Spot| spot.stage == Stage::Reserved && spot.pool.as_ref().is_some_and(&fits);
    let mut left = qty;
    let mut found = Vec::new();
    for h in pick(&line.holdings, Qty::MAX, Direction::Forward, here) {
        let part = minus(h.qty, s.taken(line, &h.at)).min(left);
        if !part.is_zero() {
            left = minus(left, part);
            found.push((h.at, part));
        }
    }
    found
}

/// The rules of the order as a whole, over what it holds at nodes and what is kept of the plan.
fn rules(desk: &Desk<'_>, order: &Order, kept: &[&PlanLine]) -> Result<(), Stop> {
    let policy = desk.policy(Some(&order.placed.channel), None)?;
    let constraints = &order.placed.constraints;
    let mut packages: BTreeSet<(&str, &LocationId)> = BTreeSet::new();
    let mut waiting = 0_u64;
    for line in &order.lines {
        let Some(group) = order.group_of(line).filter(|g| g.to.pickup().is_none()) else {
            continue;
        };
        let planned = || kept.iter().filter(|a| a.line == line.given.line);
        let held = line.holdings.iter().filter(|h| h.at.stage.is_at_node());
        let held: BTreeSet<&LocationId> = held.filter_map(|h| h.at.node.as_ref()).collect();
        let nodes: BTreeSet<&LocationId> = planned().map(|a| &a.node).collect();
        if line.given.no_split && grows_beyond(1, &held, &nodes) {
            let expected = format!("line `{}` from one node", line.given.line);
            return Err(infeasible("no_split", expected, list(held.union(&nodes))).into());
        }
        packages.extend(held.union(&nodes).map(|n| (group.group.as_str(), *n)));
        let waits: u64 = [Stage::Open, Stage::Reserved, Stage::Backordered]
            .iter()
            .map(|stage| line.at(*stage).get())
            .sum();
        let taken: u64 = planned().map(|a| a.qty.get()).sum();
        waiting += waits.saturating_sub(taken);
    }
    let nodes: BTreeSet<&LocationId> = packages.iter().map(|(_, node)| *node).collect();
    if constraints.single_node && nodes.len() > 1 {
        return Err(infeasible("single_node", "one node", list(nodes.iter())).into());
    }
    if let Some(most) = constraints.max_packages.or(policy.max_packages)
        && packages.len() > usize::try_from(most).unwrap_or(usize::MAX)
    {
        let found = format!("{} from {}", packages.len(), list(nodes.iter()));
        return Err(infeasible("max_packages", format!("at most {most} packages"), found).into());
    }
    if (constraints.ship_complete || policy.ship_complete) && waiting > 0 {
        let found = format!("{waiting} units would still wait");
        return Err(infeasible("ship_complete", "all units together", found).into());
    }
    Ok(())
}

/// Whether a plan adds something to what is held and there is more than the limit then.
fn grows_beyond<T: Ord>(limit: usize, held: &BTreeSet<T>, planned: &BTreeSet<T>) -> bool {
    planned.difference(held).next().is_some() && held.union(planned).count() > limit
}

fn list<'l>(nodes: impl Iterator<Item = &'l &'l LocationId>) -> String {
    nodes.map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

/// What the customer can be told now about each group that the plan serves.
fn promises(
    desk: &mut Desk<'_>,
    id: &OrderId,
    nodes: &BTreeMap<LocationId, Arc<Location>>,
    kept: &[&PlanLine],
) -> Result<(), Stop> {
    let order = desk.order(id)?;
    let mut made = Vec::new();
    for group in &order.placed.groups {
        let served = kept.iter().filter(|a| {
            let line = order.line(&a.line);
            line.and_then(|l| order.group_of(l)).is_some_and(|g| g.group == group.group)
        });
        let windows = served.filter_map(|a| delivery(desk, group, nodes.get(&a.node)?));
        // The group is complete when its last part is there.
        let latest = windows.max_by_key(|p| (p.window.to(), p.window.from()));
        if let Some(promise) = latest {
            let promise = Promised {
                group: group.group.clone(),
                window: promise.window,
                confidence_percent: promise.confidence_percent,
            };
            let told = order.promises.iter().find(|p| p.group == group.group).cloned();
            made.push((told, promise));
        }
    }
    drop(order);
    for (told, promise) in made {
        let order = id.clone();
        let event = match told {
            None => Event::PromiseMade(PromiseMade { order, promise }),
            Some(told) if told == promise => continue,
            Some(_) => Event::PromiseChanged(PromiseChanged {
                order,
                promise,
                reason: "sourced anew".to_owned(),
            }),
        };
        desk.emit(event, Vec::new())?;
    }
    Ok(())
}

/// The delivery of a group from a node by its service, or by the fastest lane where it names none.
fn delivery(desk: &Desk<'_>, group: &Group, node: &Location) -> Option<Promise> {
    let Way::Ship { destination, .. } = &group.to else { return None };
    let lanes = node.lanes.iter().filter(|lane| {
        matches!(&lane.to, LaneEnd::Region(to) if *to == destination.region)
            && group.service.as_ref().is_none_or(|s| *s == lane.service.as_str())
    });
    let lane = lanes.min_by_key(|lane| (lane.transit_days, lane.cost_fixed.amount()))?;
    let from = desk.ctx().now.max(group.not_before.unwrap_or(desk.ctx().now));
    promise_delivery(node, lane, from, PROMISE_LEVEL_PERCENT).ok()
}
