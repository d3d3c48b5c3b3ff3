//! What the customer is told once nodes are known: when a plan is committed, and when all of a pickup
//! lies at its location.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Lane, LaneEnd, Location};
use crate::desk::{Desk, EntityKey, Stop};
use crate::event::{Event, PromiseChanged, PromiseMade};
use crate::fulfillment::promise::{
    Promise, TABLE_CONFIDENCE_PERCENT, promise_delivery, promise_pickup,
};
use crate::order::{Group, Order, Promised, Way};
use crate::words::{GroupId, LocationId, OrderId, Timestamp, Window};

/// Makes or changes the promise of each group that got units, where the lanes are known.
///
/// A group whose units come from several nodes is promised from the first arrival to the last; what
/// was promised before for units that are under way already still counts. Where the group names no
/// service the slowest lane is promised, for any may be taken.
///
/// # Errors
/// [`Stop::Need`] when something is not loaded; a broken law.
pub(super) fn tell(
    desk: &mut Desk<'_>,
    id: &OrderId,
    groups: &BTreeMap<GroupId, BTreeSet<LocationId>>,
    reason: &str,
) -> Result<(), Stop> {
    desk.load(groups.values().flatten().cloned().map(EntityKey::Location), [])?;
    for (group_id, nodes) in groups {
        let order = desk.order(id)?;
        let told = order.promises.iter().find(|p| p.group == *group_id).cloned();
        let Some(group) = order.group(group_id) else { continue };
        let mut sum: Option<Promise> = None;
        for node in nodes {
            let node = desk.location(node, "/assignments")?;
            let Some(one) = from_node(desk.ctx().now, &order, group, &node) else {
                sum = None;
                break;
            };
            sum = Some(sum.map_or(one, |sum| span(sum, one)));
        }
        let Some(mut sum) = sum else { continue };
        let elsewhere = order.under_way().into_iter().any(|(line, node)| {
            let of_group = order.line(&line).and_then(|l| order.group_of(l));
            of_group.is_some_and(|g| g.group == *group_id) && !nodes.contains(&node)
        });
        if let (true, Some(told)) = (elsewhere, &told) {
            let before =
                Promise { window: told.window, confidence_percent: told.confidence_percent };
            sum = span(sum, before);
        }
        drop(order);
        let promise = Promised {
            group: group_id.clone(),
            window: sum.window,
            confidence_percent: sum.confidence_percent,
        };
        let order = id.clone();
        let event = match told {
            None => Event::PromiseMade(PromiseMade { order, promise }),
            Some(told) if told != promise => {
                let reason = reason.to_owned();
                Event::PromiseChanged(PromiseChanged { order, promise, reason })
            }
            Some(_) => continue,
        };
        desk.emit(event, Vec::new())?;
    }
    Ok(())
}

/// Makes or changes the promise of each pickup of which no unit waits any more. Of one that is short
/// nothing is told: the customer shall not come for a part.
///
/// # Errors
/// [`Stop::Need`] when something is not loaded; a broken law.
pub(super) fn tell_pickups(desk: &mut Desk<'_>, id: &OrderId, reason: &str) -> Result<(), Stop> {
    let order = desk.order(id)?;
    let mut ready: BTreeMap<GroupId, BTreeSet<LocationId>> = BTreeMap::new();
    for group in &order.placed.groups {
        let Some(location) = group.to.pickup() else { continue };
        let mut units = order
            .holdings()
            .filter(|(line, _)| order.group_of(line).is_some_and(|g| g.group == group.group))
            .filter(|(_, h)| !h.at.stage.is_final())
            .peekable();
        if units.peek().is_some() && units.all(|(_, h)| h.at.stage.is_at_node()) {
            ready.insert(group.group.clone(), [location.clone()].into());
        }
    }
    drop(order);
    tell(desk, id, &ready, reason)
}

/// What a node can promise now; nothing when no lane is known or a calendar has no day.
fn from_node(now: Timestamp, order: &Order, group: &Group, node: &Location) -> Option<Promise> {
    let from = group.not_before.map_or(now, |not_before| not_before.max(now));
    match &group.to {
        Way::Pickup { .. } => {
            let until = order
                .holdings()
                .filter(|(_, h)| h.at.stage.is_at_node() && h.at.node.as_ref() == Some(&node.id))
                .filter_map(|(_, h)| h.at.until)
                .max()?;
            promise_pickup(node, from, until).ok()
        }
        Way::Ship { destination, .. } => {
            let to = LaneEnd::Region(destination.region.clone());
            let asked = |lane: &&Lane| {
                let service = group.service.as_deref();
                lane.to == to && service.is_none_or(|s| lane.service.as_str() == s)
            };
            let lanes = node.lanes.iter().filter(asked);
            lanes
                .filter_map(|l| promise_delivery(node, l, from, TABLE_CONFIDENCE_PERCENT).ok())
                .max_by_key(|p| (p.window.to(), p.window.from()))
        }
    }
}

/// From the first arrival to the last, as sure as the less sure one.
fn span(a: Promise, b: Promise) -> Promise {
    let from = a.window.from().min(b.window.from());
    let to = a.window.to().max(b.window.to());
    Promise {
        window: Window::new(from, to).unwrap_or(a.window),
        confidence_percent: a.confidence_percent.min(b.confidence_percent),
    }
}
