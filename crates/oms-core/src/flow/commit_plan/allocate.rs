//! From a plan to a shift: which units of a line go to which node, and whether they are there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::rules::unsourced;
use super::{Moved, PlanLine};
use crate::catalog::Location;
use crate::desk::{Desk, EntityKey, Shifting, Stop, claim_sources, positive, source_account};
use crate::flow::checks::whereabouts;
use crate::flow::work::minus;
use crate::order::{Direction, Line, Order, Spot, Stage, Verb as Move, pick};
use crate::stock::{Account, Bucket};
use crate::words::{LineId, Qty, Timestamp};

/// An assignment with what it names.
pub(super) struct Case<'o> {
    /// Its place in the command.
    pub(super) index: usize,
    /// The line's place in the order.
    pub(super) at: usize,
    /// The line.
    pub(super) line: &'o Line,
    /// The node.
    pub(super) node: Arc<Location>,
    /// The deadline of what is allocated.
    pub(super) until: Option<Timestamp>,
    /// How many.
    pub(super) qty: Qty,
}

/// What a plan comes to.
pub(super) struct Allocation {
    /// The units of all lines that can be had as planned.
    pub(super) shifting: Shifting,
    /// The lines that cannot, by their place in the order.
    pub(super) moved: BTreeMap<usize, Moved>,
}

/// Ties the units of every line that can be had as planned to their nodes. Assignments take in the
/// order of the plan, each sees what those before it took; a line is had whole as planned or left
/// out.
///
/// # Errors
/// [`Stop::Need`] when something is not loaded.
pub(super) fn allocate(
    desk: &Desk<'_>,
    order: &Order,
    cases: &[Case<'_>],
) -> Result<Allocation, Stop> {
    let mut moved: BTreeMap<usize, Moved> = BTreeMap::new();
    for case in cases.iter().filter(|c| unsourced(c.line) == 0) {
        let found = whereabouts(&case.line.holdings);
        moved.insert(case.at, Moved { found, nothing_left: true });
    }
    loop {
        let mut shifting = Shifting::new(Move::CommitPlan, order.id.clone());
        let mut failed = None;
        for case in cases.iter().filter(|c| !moved.contains_key(&c.at)) {
            if let Some(found) = place(desk, &mut shifting, order, case)? {
                failed = Some((case.at, found));
                break;
            }
        }
        // What a line took before it failed must not count: begin anew without it.
        match failed {
            None => return Ok(Allocation { shifting, moved }),
            Some((at, found)) => moved.insert(at, Moved { found, nothing_left: false }),
        };
    }
}

/// Loads all that deciding on the plan reads, at once.
///
/// # Errors
/// [`Stop::Need`] when something is not loaded.
pub(super) fn load(desk: &Desk<'_>, order: &Order, plan: &[PlanLine]) -> Result<(), Stop> {
    let channel = &order.placed.channel;
    let now = desk.ctx().now;
    let mut entities = vec![EntityKey::Channel(channel.clone())];
    let mut accounts = BTreeSet::new();
    let lines: BTreeMap<&LineId, &Line> =
        order.lines.iter().map(|line| (&line.given.line, line)).collect();
    for a in plan {
        let Some(line) = lines.get(&a.line) else { continue };
        let sku = &line.given.sku;
        entities.push(EntityKey::Item(sku.clone()));
        let Some(node) = desk.find_location(&a.node)? else { continue };
        entities.push(EntityKey::Pool(node.pool.clone()));
        for bucket in [Bucket::Available, Bucket::Allocated] {
            accounts.insert(Account::Node(sku.clone(), node.id.clone(), bucket));
        }
        accounts.insert(Account::NodeDay(node.id.clone(), node.time_zone.local_day(now)));
        accounts.extend(claim_sources(sku, &node.pool, channel));
        let reserved = line.holdings.iter().filter(|h| h.at.stage == Stage::Reserved);
        for pool in reserved.filter_map(|h| h.at.pool.as_ref()).filter(|p| **p != node.pool) {
            entities.push(EntityKey::Pool(pool.clone()));
            accounts.extend(claim_sources(sku, pool, channel));
            accounts.insert(Account::FenceSet(sku.clone(), pool.clone(), channel.clone()));
        }
    }
    let policy = desk.policy(Some(channel), None).map(|_| ());
    desk.load(entities, accounts).and(policy)
}

/// Ties the units of one assignment to its node; says what is there instead when it cannot.
fn place(
    desk: &Desk<'_>,
    s: &mut Shifting,
    order: &Order,
    case: &Case<'_>,
) -> Result<Option<String>, Stop> {
    let Case { line, node, .. } = case;
    let sku = &line.given.sku;
    let available = Account::Node(sku.clone(), node.id.clone(), Bucket::Available);
    let there = positive(desk.peek(&s.deltas, &available)?);
    if there < case.qty {
        return Ok(Some(format!("{there} of {} available at `{}`", case.qty, node.id)));
    }
    let mut left = case.qty;
    let reserved = |spot: &Spot, here: bool| {
        spot.stage == Stage::Reserved && (spot.pool.as_ref() == Some(&node.pool)) == here
    };
    for h in pick(&line.holdings, Qty::MAX, Direction::Forward, |spot| reserved(spot, true)) {
        let part = minus(h.qty, s.taken(line, &h.at)).min(left);
        s.deltas.add(Account::Reserved(sku.clone(), node.pool.clone()), -part.as_i64());
        let to = Spot::allocated(node.pool.clone(), h.at.fenced, node.id.clone(), case.until);
        s.push(line, h.at, to, part);
        left = minus(left, part);
    }
    let open = Spot::bare(Stage::Open);
    let part = minus(line.at(Stage::Open), s.taken(line, &open)).min(left);
    if claim_anew(desk, s, order, case, &open, part)? < part {
        return Ok(Some(nothing_to_claim(case)));
    }
    left = minus(left, part);
    for h in pick(&line.holdings, Qty::MAX, Direction::Forward, |spot| reserved(spot, false)) {
        let part = minus(h.qty, s.taken(line, &h.at)).min(left);
        let (Some(pool), false) = (&h.at.pool, part.is_zero()) else { continue };
        if claim_anew(desk, s, order, case, &h.at, part)? < part {
            return Ok(Some(nothing_to_claim(case)));
        }
        s.deltas.add(Account::Reserved(sku.clone(), pool.clone()), -part.as_i64());
        let (channel, fenced) = (&order.placed.channel, h.at.fenced);
        desk.give_back(&mut s.deltas, sku, pool, channel, fenced, part)?;
        left = minus(left, part);
    }
    if !left.is_zero() {
        return Ok(Some(whereabouts(&line.holdings)));
    }
    let allocated = Account::Node(sku.clone(), node.id.clone(), Bucket::Allocated);
    s.deltas.transfer(available, allocated, case.qty.as_i64());
    Ok(None)
}

/// Claims units in the node's pool as at placing, own fence first; returns how many it got.
fn claim_anew(
    desk: &Desk<'_>,
    s: &mut Shifting,
    order: &Order,
    case: &Case<'_>,
    from: &Spot,
    want: Qty,
) -> Result<Qty, Stop> {
    let (sku, pool) = (&case.line.given.sku, &case.node.pool);
    let mut left = want;
    for fenced in [true, false] {
        let source = source_account(sku, pool, &order.placed.channel, fenced);
        let part = positive(desk.peek(&s.deltas, &source)?).min(left);
        s.deltas.add(source, -part.as_i64());
        let to = Spot::allocated(pool.clone(), fenced, case.node.id.clone(), case.until);
        s.push(case.line, from.clone(), to, part);
        left = minus(left, part);
    }
    Ok(minus(want, left))
}

fn nothing_to_claim(case: &Case<'_>) -> String {
    format!("too few of `{}` to claim in pool `{}`", case.line.given.sku, case.node.pool)
}
