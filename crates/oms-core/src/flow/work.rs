//! What the verbs of fulfillment share: units named by line, the choice of the holdings that move,
//! cancellations that await the node, and promises that a loss hurts.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::checks::{line, not_closed, whereabouts};
use super::place_order::{count, twice};
use super::receive_stock::some;
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, Stop};
use crate::event::{CancellationLapsed, Event, Parcel, PromiseChanged};
use crate::fulfillment::promise::promise_pickup;
use crate::order::{
    Direction, FulfillmentOrder, Holding, Line, Order, Package, Promised, Spot, Stage,
    Verb as Move, Way, pick, total,
};
use crate::words::{FulfillmentId, GroupId, LineId, LocationId, OrderId, PackageId, Qty};

/// So many units of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Units {
    /// The line.
    pub line: LineId,
    /// How many base units.
    pub qty: Qty,
}

/// Units of a line: so many, or all that the verb finds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The line.
    pub line: LineId,
    /// How many base units; all that the verb finds when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qty: Option<Qty>,
}

/// What a verb was told to move: lines with quantities, or everything that it finds.
pub(crate) type Wanted<'a> = Option<Vec<(&'a LineId, Option<Qty>)>>;

pub(crate) fn units(lines: &[Units]) -> Wanted<'_> {
    Some(lines.iter().map(|u| (&u.line, Some(u.qty))).collect())
}

pub(crate) fn parts(lines: Option<&[Part]>) -> Wanted<'_> {
    Some(lines?.iter().map(|p| (&p.line, p.qty)).collect())
}

/// At least one line, within bounds, each once and none with nothing of it.
pub(crate) fn check_wanted(wanted: &Wanted<'_>, limits: &Limits) -> Result<(), Refusal> {
    let Some(lines) = wanted else { return Ok(()) };
    count(lines.len(), limits.lines, "/lines")?;
    let mut seen = std::collections::BTreeSet::new();
    for (index, (line, qty)) in lines.iter().enumerate() {
        if !seen.insert(*line) {
            return Err(twice(line.as_str(), format!("/lines/{index}/line")));
        }
        if let Some(qty) = qty {
            some(*qty, &format!("/lines/{index}/qty"))?;
        }
    }
    Ok(())
}

/// An order on which something can still be done.
pub(crate) fn live_order(desk: &Desk<'_>, id: &OrderId) -> Result<Arc<Order>, Stop> {
    let order = desk.order(id)?;
    not_closed(&order)?;
    Ok(order)
}

/// No hold stops the verb.
pub(crate) fn not_held(order: &Order, verb: Move) -> Result<(), Refusal> {
    match order.held_against(verb) {
        None => Ok(()),
        Some(kind) => Err(Refusal::new(
            Code::OrderOnHold,
            "an order without a hold that stops this",
            format!("a {kind:?} hold").to_lowercase(),
        )
        .at("/order")),
    }
}

/// A package of the order that must be there.
pub(crate) fn package<'o>(order: &'o Order, id: &PackageId) -> Result<&'o Package, Refusal> {
    order.package(id).ok_or_else(|| {
        Refusal::new(
            Code::PackageUnknown,
            format!("a package of order `{}`", order.id),
            format!("`{id}`"),
        )
        .at("/package")
    })
}

/// Work of the order at a node that must be there.
pub(crate) fn work<'o>(
    order: &'o Order,
    id: &FulfillmentId,
    node: &LocationId,
) -> Result<&'o FulfillmentOrder, Refusal> {
    order.fulfillments.iter().find(|f| f.fulfillment == *id && f.node == *node).ok_or_else(|| {
        Refusal::new(
            Code::FulfillmentUnknown,
            format!("work of order `{}` at `{node}`", order.id),
            format!("`{id}`"),
        )
        .at("/fulfillment")
    })
}

/// The way of what is in a package, if its work is known.
pub(crate) fn way_of<'o>(
    order: &'o Order,
    package: &Package,
) -> Option<&'o Way<crate::words::Sealed>> {
    let work = order.fulfillments.iter().find(|f| f.fulfillment == package.fulfillment)?;
    order.group(&work.group).map(|g| &g.to)
}

/// A package must go to an address, not wait for its customer.
pub(crate) fn is_shipped(order: &Order, package: &Package) -> Result<(), Refusal> {
    match way_of(order, package) {
        Some(Way::Pickup { location }) => Err(Refusal::new(
            Code::GroupKind,
            "a package that goes to an address",
            format!("a pickup at `{location}`"),
        )
        .at("/package")),
        _ => Ok(()),
    }
}

/// What the units that a verb moves have in common, for choosing and for telling.
pub(crate) struct Source<'a> {
    /// The stage that the verb takes from.
    pub(crate) stage: Stage,
    /// Towards the customer or back.
    pub(crate) direction: Direction,
    /// Where they are, in words: "at `n1`".
    pub(crate) place: String,
    /// The field that a refusal names when no line was.
    pub(crate) path: &'static str,
    /// Whether a spot of the stage is there.
    pub(crate) is_there: &'a dyn Fn(&Line, &Spot) -> bool,
}

/// Chooses the holdings that move, line by line in the order of the order.
///
/// # Errors
/// `line.unknown` of any line named, then `line.stage_forbids` of the first that does not have as
/// much where the verb takes from.
pub(crate) fn choose<'o>(
    order: &'o Order,
    wanted: &Wanted<'_>,
    source: &Source<'_>,
) -> Result<Vec<(&'o Line, Vec<Holding>)>, Refusal> {
    let here = |line: &'o Line, qty: Qty| {
        let is_there = |spot: &Spot| spot.stage == source.stage && (source.is_there)(line, spot);
        pick(&line.holdings, qty, source.direction, is_there)
    };
    let Some(lines) = wanted else {
        let all = order.lines.iter().map(|line| (line, here(line, Qty::MAX)));
        let all: Vec<_> = all.filter(|(_, found)| !found.is_empty()).collect();
        if all.is_empty() {
            let found = whereabouts(order.holdings().map(|(_, h)| h));
            return Err(forbidden(source, None, found).at(source.path));
        }
        return Ok(all);
    };
    let named = known_lines(order, wanted)?;
    let mut chosen = Vec::with_capacity(named.len());
    for ((index, (_, qty)), (place, line)) in lines.iter().enumerate().zip(named) {
        let qty = *qty;
        let found = here(line, qty.unwrap_or(Qty::MAX));
        if found.is_empty() || qty.is_some_and(|qty| total(&found) < qty) {
            let field = if qty.is_some() { "/qty" } else { "" };
            return Err(forbidden(source, qty, whereabouts(&line.holdings))
                .at(format!("/lines/{index}{field}")));
        }
        chosen.push((place, line, found));
    }
    chosen.sort_by_key(|(place, ..)| *place);
    Ok(chosen.into_iter().map(|(_, line, found)| (line, found)).collect())
}

/// The lines that are named, with their place in the order.
///
/// # Errors
/// `line.unknown` of the first that the order does not have.
pub(crate) fn known_lines<'o>(
    order: &'o Order,
    wanted: &Wanted<'_>,
) -> Result<Vec<(usize, &'o Line)>, Refusal> {
    let lines = wanted.iter().flatten().enumerate();
    lines.map(|(index, (id, _))| line(order, id, &format!("/lines/{index}/line"))).collect()
}

fn forbidden(source: &Source<'_>, qty: Option<Qty>, found: String) -> Refusal {
    let many = qty.map_or_else(|| "units".to_owned(), |q| q.to_string());
    let expected = format!("{many} {} {}", source.stage.name(), source.place);
    Refusal::new(Code::StageForbids, expected, found)
}

/// Splits units that a node gives up: first what answers a pending cancellation, then the rest.
/// `pending` is what awaits the node and shrinks by what is answered.
pub(crate) fn answer(qty: Qty, pending: &mut Qty) -> (Qty, Qty) {
    let answered = qty.min(*pending);
    *pending = minus(*pending, answered);
    (answered, minus(qty, answered))
}

/// Lets pending cancellations lapse that no longer fit under what stays at the node when `leaving`
/// leaves it for the customer. Stands before the shift, so that pending never exceeds what is there.
pub(crate) fn lapse(
    desk: &mut Desk<'_>,
    order: &Order,
    node: &LocationId,
    leaving: &[(&Line, Vec<Holding>)],
) -> Result<(), Stop> {
    for (line, holdings) in leaving {
        let released = line.at_node(Stage::Released, node);
        let there = released.checked_add(line.at_node(Stage::Packed, node)).unwrap_or(Qty::MAX);
        let stays = minus(there, total(holdings));
        let pending = order.pending_at(&line.given.line, node);
        let qty = minus(pending, stays);
        if qty.is_zero() {
            continue;
        }
        desk.emit(
            Event::CancellationLapsed(CancellationLapsed {
                order: order.id.clone(),
                line: line.given.line.clone(),
                node: node.clone(),
                qty,
            }),
            Vec::new(),
        )?;
    }
    Ok(())
}

/// Tells the customer's promise of groups that lost units anew, once per change.
///
/// A pickup whose units lie at its location again is ready after as long as on a new order. Of
/// anything else nothing is known until it is sourced again: the window stands with no confidence.
pub(crate) fn hurt_promises(
    desk: &mut Desk<'_>,
    id: &OrderId,
    groups: &std::collections::BTreeSet<GroupId>,
    reason: &str,
) -> Result<(), Stop> {
    for group in groups {
        let order = desk.order(id)?;
        let Some(told) = order.promises.iter().find(|p| p.group == *group) else { continue };
        let unsourced = order.holdings().any(|(line, h)| {
            matches!(h.at.stage, Stage::Open | Stage::Backordered | Stage::Reserved)
                && order.group_of(line).is_some_and(|g| g.group == *group)
        });
        let mut promise = Promised { confidence_percent: 0, ..told.clone() };
        if let (false, Some(Way::Pickup { location })) =
            (unsourced, order.group(group).map(|g| &g.to))
        {
            let node = desk.location(location, "/node")?;
            if let Ok(new) = promise_pickup(&node, desk.ctx().now, told.window.to()) {
                promise.window = new.window;
                promise.confidence_percent = new.confidence_percent;
            }
        }
        if promise != *told {
            let reason = reason.to_owned();
            desk.emit(
                Event::PromiseChanged(PromiseChanged { order: id.clone(), promise, reason }),
                Vec::new(),
            )?;
        }
    }
    Ok(())
}

/// A parcel of which nothing changes yet.
pub(crate) fn parcel(package: &Package) -> Parcel {
    Parcel {
        package: package.package.clone(),
        node: package.node.clone(),
        fulfillment: package.fulfillment.clone(),
        contents: None,
        weight_g: None,
        carrier: None,
        service: None,
        tracking: None,
    }
}

/// A difference of quantities that cannot be below zero; zero where it would.
pub(crate) fn minus(a: Qty, b: Qty) -> Qty {
    a.checked_sub(b).unwrap_or(Qty::ZERO)
}
