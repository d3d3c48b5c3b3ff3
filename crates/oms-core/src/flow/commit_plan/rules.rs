//! What a plan must keep, checked against the state of now.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::PlanLine;
use super::allocate::Case;
use crate::catalog::{Channel, Item, LaneEnd, Location, Resolved};
use crate::command::{Code, Refusal};
use crate::desk::{Desk, Stop};
use crate::order::{Line, Order, Stage, Way};
use crate::sourcing::Rule;
use crate::words::{GroupId, LineId, LocationId, Qty, Timestamp};

/// The assignments with what they name, each of which may go where it is sent.
///
/// # Errors
/// The first refusal of the first assignment that has one; [`Stop::Need`].
pub(super) fn cases<'o>(
    desk: &Desk<'_>,
    order: &'o Order,
    assignments: &[PlanLine],
) -> Result<Vec<Case<'o>>, Stop> {
    let by_id: BTreeMap<&LineId, usize> =
        order.lines.iter().enumerate().map(|(at, l)| (&l.given.line, at)).collect();
    let lines: Vec<Option<(usize, &Line)>> = assignments
        .iter()
        .map(|a| by_id.get(&a.line).and_then(|at| Some((*at, order.lines.get(*at)?))))
        .collect();
    let channel = desk.channel(&order.placed.channel, "/order")?;
    let policy = desk.policy(Some(&channel.id), None)?;
    let pickup_until = desk.ctx().now.plus_days(i64::from(policy.pickup_days));
    let mut cases = Vec::with_capacity(assignments.len());
    for (index, (a, known)) in assignments.iter().zip(lines).enumerate() {
        let path = format!("/assignments/{index}");
        let Some((at, line)) = known else {
            let expected = format!("a line of order `{}`", order.id);
            let refusal = Refusal::new(Code::LineUnknown, expected, format!("`{}`", a.line));
            return Err(refusal.at(format!("{path}/line")).into());
        };
        let node = desk.open_location(&a.node, &format!("{path}/node"))?;
        let item = desk.item(&line.given.sku, &format!("{path}/line"))?;
        let until = may_go(order, line, &item, &node, &channel, pickup_until)
            .map_err(|refusal| refusal.at(format!("{path}/node")))?;
        cases.push(Case { index, at, line, node, until, qty: a.qty });
    }
    Ok(cases)
}

/// Whether units of a line may go to a node at all; gives the deadline of a pickup.
fn may_go(
    order: &Order,
    line: &Line,
    item: &Item,
    node: &Arc<Location>,
    channel: &Channel,
    pickup_until: Timestamp,
) -> Result<Option<Timestamp>, Refusal> {
    let pickup = match order.group_of(line).map(|g| &g.to) {
        Some(Way::Pickup { location }) => Some(location),
        _ => None,
    };
    let pool_sold = channel.sells_from(&node.pool);
    match pickup {
        Some(location) if *location != node.id || !pool_sold => {
            let expected =
                format!("the pickup's own location `{location}` in a pool of `{}`", channel.id);
            let found = format!("`{}` in pool `{}`", node.id, node.pool);
            return Err(Refusal::new(Code::GroupKind, expected, found));
        }
        None if !pool_sold => {
            let expected = format!("a node in a pool of channel `{}`", channel.id);
            let found = format!("`{}` in pool `{}`", node.id, node.pool);
            return Err(infeasible(Rule::PoolNotSold, &expected, found));
        }
        _ => {}
    }
    let way = match pickup {
        Some(_) => (node.capabilities.pickup, "pickup"),
        None => (node.capabilities.ship, "ship"),
    };
    let able = if way.0 { node.can_handle(item) } else { Err(way.1) };
    if let Err(capability) = able {
        let expected = format!("a node with `{capability}`");
        let found = format!("`{}` without it", node.id);
        return Err(Refusal::new(Code::NodeIncapable, expected, found));
    }
    let excluded = order
        .exclusions
        .iter()
        .find(|x| pickup.is_none() && x.sku == line.given.sku && x.node == node.id);
    if let Some(x) = excluded {
        let expected = format!("a node that did not reject `{}` of this order", x.sku);
        let found = format!("`{}`, left out until {}", x.node, x.until);
        return Err(Refusal::new(Code::NodeExcluded, expected, found));
    }
    if let Some(Way::Ship { destination, .. }) = order.group_of(line).map(|g| &g.to) {
        // A network that is not described at all forbids nothing.
        let to = LaneEnd::Region(destination.region.clone());
        if !node.lanes.is_empty() && node.lanes.iter().all(|lane| lane.to != to) {
            let expected = format!("a node with a lane to `{}`", destination.region);
            let found = format!("`{}` without one", node.id);
            return Err(infeasible(Rule::LaneMissing, &expected, found));
        }
    }
    Ok(pickup.map(|_| pickup_until))
}

/// A rule that the plan breaks, by its stable code.
fn infeasible(rule: Rule, expected: &str, found: impl Into<String>) -> Refusal {
    Refusal::new(Code::PlanInfeasible, format!("{}: {expected}", rule.code()), found)
}

/// The rules that bind lines and the order as a whole. What was too much before the plan is not the
/// plan's fault.
///
/// # Errors
/// `plan.infeasible` naming the first broken rule.
pub(super) fn whole_order(
    order: &Order,
    kept: &[&Case<'_>],
    policy: &Resolved,
) -> Result<(), Refusal> {
    lines_whole(order, kept)?;
    // Pickups make no packages for a carrier and come from nowhere but their location.
    let shipped = |line: &Line| order.group_of(line).filter(|g| g.to.pickup().is_none());
    let under_way = order.under_way();
    let held: BTreeSet<(&GroupId, &LocationId)> = under_way
        .iter()
        .filter_map(|(line, node)| Some((&shipped(order.line(line)?)?.group, node)))
        .collect();
    let planned: BTreeSet<(&GroupId, &LocationId)> =
        kept.iter().filter_map(|c| Some((&shipped(c.line)?.group, &c.node.id))).collect();
    let constraints = &order.placed.constraints;
    if order.is_single_node() {
        let (held, planned) = (nodes(&held), nodes(&planned));
        if grows_beyond(1, &held, &planned) {
            let found = list(held.union(&planned).copied());
            return Err(infeasible(Rule::NotSingleNode, "one node", found).at("/assignments"));
        }
    }
    let most = [constraints.max_packages, policy.max_packages].into_iter().flatten().min();
    if let Some(most) = most {
        let limit = usize::try_from(most).unwrap_or(usize::MAX);
        if grows_beyond(limit, &held, &planned) {
            let found = held.union(&planned).count().to_string();
            let expected = format!("at most {most} packages");
            return Err(infeasible(Rule::TooManyPackages, &expected, found).at("/assignments"));
        }
    }
    if (constraints.ship_complete || policy.ship_complete) && !planned.is_empty() {
        let wanted = order.lines.iter().filter(|l| shipped(l).is_some()).map(unsourced);
        let gets = kept.iter().filter(|c| shipped(c.line).is_some()).map(|c| c.qty.get());
        let (wanted, gets) = (wanted.sum::<u64>(), gets.sum::<u64>());
        if gets < wanted {
            let expected = format!("all {wanted} units or none");
            let refusal = infeasible(Rule::ShipIncomplete, &expected, gets.to_string());
            return Err(refusal.at("/assignments"));
        }
    }
    Ok(())
}

/// A line that may not be split comes whole and from one node.
fn lines_whole(order: &Order, kept: &[&Case<'_>]) -> Result<(), Refusal> {
    let mut whole: BTreeMap<usize, Vec<&Case<'_>>> = BTreeMap::new();
    for case in kept.iter().filter(|c| c.line.given.no_split) {
        whole.entry(case.at).or_default().push(case);
    }
    if whole.is_empty() {
        return Ok(());
    }
    let under_way = order.under_way();
    for cases in whole.into_values() {
        let Some(first) = cases.first() else { continue };
        let held = under_way.iter().filter(|(line, _)| *line == first.line.given.line);
        let held: BTreeSet<&LocationId> = held.map(|(_, node)| node).collect();
        let planned: BTreeSet<&LocationId> = cases.iter().map(|c| &c.node.id).collect();
        let path = format!("/assignments/{}", first.index);
        if grows_beyond(1, &held, &planned) {
            let found = list(held.union(&planned).copied());
            let expected = "one node for the whole line";
            return Err(infeasible(Rule::LineSplit, expected, found).at(path));
        }
        let gets: u64 = cases.iter().map(|c| c.qty.get()).sum();
        let wanted = unsourced(first.line);
        if gets < wanted {
            let expected = format!("all {wanted} units of the line or none");
            return Err(infeasible(Rule::LineSplit, &expected, gets.to_string()).at(path));
        }
    }
    Ok(())
}

/// Units of a line that await a node.
pub(super) fn unsourced(line: &Line) -> u64 {
    let open = line.at(Stage::Open).checked_add(line.at(Stage::Reserved));
    open.unwrap_or(Qty::MAX).get()
}

fn grows_beyond<T: Ord>(limit: usize, held: &BTreeSet<T>, planned: &BTreeSet<T>) -> bool {
    let new = planned.difference(held).count();
    new > 0 && held.len().saturating_add(new) > limit
}

fn nodes<'a>(of: &BTreeSet<(&'a GroupId, &'a LocationId)>) -> BTreeSet<&'a LocationId> {
    of.iter().map(|(_, node)| *node).collect()
}

fn list<'a>(ids: impl Iterator<Item = &'a LocationId>) -> String {
    ids.map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}
