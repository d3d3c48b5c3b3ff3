//! `cancel_lines`: units of an order are given up.
//!
//! Everything goes back whence its holding came. Where the caller names no stage, the cheapest undo
//! goes first ([`CANCEL_ORDER`]). Units that a node has in hand (Released, Packed) are given up at
//! once, or asked for where the node's policy wants its assent; what is asked for already cannot be
//! given up a second time. No hold ever stops a cancellation.
//!
//! Refusals, in order: `invalid.empty`, `limit.count`, `invalid.quantity_zero`, `invalid.duplicate`;
//! `order.unknown`, `order.closed`, `reason.unknown`, per line `line.unknown`,
//! `line.stage_forbids`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::checks::{line, reason, stage_forbids};
use super::place_order::{count, twice};
use super::receive_stock::some;
use super::verb::{Sealer, Verb, plain};
use super::work::{live_order, minus, parcel};
use crate::catalog::{PolicyScope, ReasonKind};
use crate::command::{Limits, Refusal};
use crate::desk::{Desk, EntityKey, Fate, ReadSet, Shifting, Stop};
use crate::event::{CancellationRequested, Event, Parcel};
use crate::order;
use crate::order::{CANCEL_ORDER, Direction, Holding, Order, Pending, Spot, Stage, pick};
use crate::words::{LineId, LocationId, OrderId, PackageId, Qty, ReasonId};

/// Gives up units of some lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelLines {
    /// Of which order.
    pub order: OrderId,
    /// What of it.
    pub lines: Vec<CancelLine>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonId>,
}

/// Units of one line to give up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelLine {
    /// The line.
    pub line: LineId,
    /// How many; all that can be, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qty: Option<Qty>,
    /// Only units at this stage; any, the cheapest undo first, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Only units at this node; anywhere when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<LocationId>,
}

impl Verb for CancelLines {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        count(self.lines.len(), limits.lines, "/lines")?;
        let mut seen = BTreeSet::new();
        for (index, wish) in self.lines.iter().enumerate() {
            if let Some(qty) = wish.qty {
                some(qty, &format!("/lines/{index}/qty"))?;
            }
            if !seen.insert((&wish.line, wish.stage, &wish.node)) {
                return Err(twice(wish.line.as_str(), format!("/lines/{index}/line")));
            }
        }
        Ok(())
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Order(self.order.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let order = live_order(desk, &self.order)?;
        reason(self.reason.as_ref(), &[ReasonKind::Cancel])?;
        let mut giving = Giving::new(desk, &order)?;
        for (index, wish) in self.lines.iter().enumerate() {
            let path = format!("/lines/{index}/line");
            let (at, known) = line(&order, &wish.line, &path)?;
            let got = giving.take(at, wish.stage, wish.node.as_ref(), wish.qty);
            if got.is_zero() || wish.qty.is_some_and(|qty| got < qty) {
                let scope = match (wish.stage, &wish.node) {
                    (None, None) => String::new(),
                    (Some(stage), None) => format!(" {}", stage.name()),
                    (None, Some(node)) => format!(" at `{node}`"),
                    (Some(stage), Some(node)) => format!(" {} at `{node}`", stage.name()),
                };
                let expected = format!("at most {got} units{scope} that can still be cancelled");
                return Err(stage_forbids(known, expected, &format!("/lines/{index}")).into());
            }
        }
        let gifts = giving.done();
        drop(order);
        gifts.carry_out(desk, &self.order, order::Verb::Cancel, self.reason.as_ref())
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}

/// Gives up whatever of an order can still be given up; returns whether there was anything.
///
/// # Errors
/// [`Stop::Need`] when something is not loaded; a broken law.
pub(crate) fn cancel_rest(
    desk: &mut Desk<'_>,
    id: &OrderId,
    reason: Option<&ReasonId>,
) -> Result<bool, Stop> {
    let order = desk.order(id)?;
    let mut giving = Giving::new(desk, &order)?;
    let mut any = false;
    for index in 0..order.lines.len() {
        any |= !giving.take(index, None, None, None).is_zero();
    }
    let gifts = giving.done();
    drop(order);
    gifts.carry_out(desk, id, order::Verb::Cancel, reason)?;
    Ok(any)
}

/// What of an order is to be given up, in the making.
struct Giving<'o> {
    order: &'o Order,
    /// Nodes that must assent.
    assent: BTreeSet<LocationId>,
    /// Units taken, by line and holding.
    taken: BTreeMap<(usize, usize), Qty>,
    /// Units Released or Packed that are still free to be given up, by line and node.
    free: BTreeMap<(usize, LocationId), Qty>,
    given: GivenUp,
}

impl<'o> Giving<'o> {
    fn new(desk: &Desk<'_>, order: &'o Order) -> Result<Giving<'o>, Stop> {
        let in_hand = |h: &Holding| matches!(h.at.stage, Stage::Released | Stage::Packed);
        let mut free: BTreeMap<(usize, LocationId), Qty> = BTreeMap::new();
        let mut nodes = BTreeSet::new();
        for (index, line) in order.lines.iter().enumerate() {
            for h in line.holdings.iter().filter(|h| in_hand(h)) {
                let Some(node) = &h.at.node else { continue };
                nodes.insert(node.clone());
                let sum = free.entry((index, node.clone())).or_insert(Qty::ZERO);
                *sum = sum.checked_add(h.qty).unwrap_or(Qty::MAX);
            }
        }
        for ((index, node), qty) in &mut free {
            let line = order.lines.get(*index).map(|l| &l.given.line);
            let pending = line.map_or(Qty::ZERO, |line| order.pending_at(line, node));
            *qty = minus(*qty, pending);
        }
        let scopes = nodes.iter().cloned().map(PolicyScope::Location);
        desk.load(scopes.map(EntityKey::Policy), [])?;
        let mut assent = BTreeSet::new();
        for node in nodes {
            if desk.policy(Some(&order.placed.channel), Some(&node))?.cancel_assent {
                assent.insert(node);
            }
        }
        Ok(Giving { order, assent, taken: BTreeMap::new(), free, given: GivenUp::default() })
    }

    /// Takes up to `want` units of a line (all, when it says nothing); returns how many.
    fn take(
        &mut self,
        index: usize,
        stage: Option<Stage>,
        node: Option<&LocationId>,
        want: Option<Qty>,
    ) -> Qty {
        let want = want.unwrap_or(Qty::MAX);
        let mut left = want;
        for at in CANCEL_ORDER.into_iter().filter(|s| stage.is_none_or(|only| only == *s)) {
            let here = |spot: &Spot| {
                spot.stage == at && node.is_none_or(|only| spot.node.as_ref() == Some(only))
            };
            let Some(line) = self.order.lines.get(index) else { break };
            for found in pick(&line.holdings, Qty::MAX, Direction::Back, here) {
                let got = self.take_spot(index, &found, left);
                left = minus(left, got);
            }
        }
        minus(want, left)
    }

    fn take_spot(&mut self, index: usize, found: &Holding, most: Qty) -> Qty {
        let Some(line) = self.order.lines.get(index) else { return Qty::ZERO };
        let Some(slot) = line.holdings.iter().position(|h| h.at == found.at) else {
            return Qty::ZERO;
        };
        let taken = self.taken.entry((index, slot)).or_insert(Qty::ZERO);
        let mut part = minus(found.qty, *taken).min(most);
        let in_hand = matches!(found.at.stage, Stage::Released | Stage::Packed);
        let id = &line.given.line;
        if let (true, Some(node)) = (in_hand, &found.at.node) {
            let free = self.free.entry((index, node.clone())).or_insert(Qty::ZERO);
            part = part.min(*free);
            *free = minus(*free, part);
            if self.assent.contains(node) {
                self.given.ask(id, node, part);
                *taken = taken.checked_add(part).unwrap_or(Qty::MAX);
                return part;
            }
        }
        *taken = taken.checked_add(part).unwrap_or(Qty::MAX);
        self.given.add(id, &found.at, part);
        part
    }

    fn done(self) -> GivenUp {
        self.given
    }
}

/// Units that are given up, and units that nodes are asked for.
#[derive(Debug, Default)]
pub(crate) struct GivenUp {
    loose: Vec<(LineId, Spot, Qty)>,
    packed: BTreeMap<PackageId, Vec<(LineId, Spot, Qty)>>,
    asked: BTreeMap<(LineId, LocationId), Qty>,
}

impl GivenUp {
    /// Adds units at a spot.
    pub(crate) fn add(&mut self, line: &LineId, spot: &Spot, qty: Qty) {
        if qty.is_zero() {
            return;
        }
        let part = (line.clone(), spot.clone(), qty);
        match spot.package.as_ref().filter(|_| spot.stage == Stage::Packed) {
            Some(package) => self.packed.entry(package.clone()).or_default().push(part),
            None => self.loose.push(part),
        }
    }

    fn ask(&mut self, line: &LineId, node: &LocationId, qty: Qty) {
        if qty.is_zero() {
            return;
        }
        let asked = self.asked.entry((line.clone(), node.clone())).or_insert(Qty::ZERO);
        *asked = asked.checked_add(qty).unwrap_or(Qty::MAX);
    }

    /// Emits one shift for what lies loose, one for each package that loses something, and one
    /// request for each line and node that is asked.
    ///
    /// # Errors
    /// [`Stop::Need`] when something is not loaded; a broken law.
    pub(crate) fn carry_out(
        self,
        desk: &mut Desk<'_>,
        id: &OrderId,
        verb: order::Verb,
        reason: Option<&ReasonId>,
    ) -> Result<(), Stop> {
        let parts = std::iter::once((None, self.loose));
        let packed = self.packed.into_iter().map(|(package, parts)| (Some(package), parts));
        for (package, parts) in parts.chain(packed) {
            let order = desk.order(id)?;
            let spots = parts
                .iter()
                .filter_map(|(line, spot, _)| Some((&order.line(line)?.given.sku, spot)));
            desk.load_undo(&order.placed.channel, spots)?;
            let mut s = Shifting::new(verb, id.clone());
            s.shift.reason = reason.cloned();
            for (line, spot, qty) in &parts {
                let Some(line) = order.line(line) else { continue };
                desk.undo(&mut s, &order, line, spot, *qty, Fate::Back)?;
                s.push(line, spot.clone(), Spot::bare(Stage::Cancelled), *qty);
            }
            s.shift.parcel = package.and_then(|id| emptied(&order, &id, &parts));
            if verb == order::Verb::Expire {
                s.shift.pending = settled(&order, &parts);
            }
            drop(order);
            desk.emit_shift(s)?;
        }
        for ((line, node), qty) in self.asked {
            let (order, reason) = (id.clone(), reason.cloned());
            let asked = CancellationRequested { order, line, node, qty, reason };
            desk.emit(Event::CancellationRequested(asked), Vec::new())?;
        }
        Ok(())
    }
}

/// The package with what is left in it.
fn emptied(order: &Order, id: &PackageId, parts: &[(LineId, Spot, Qty)]) -> Option<Parcel> {
    let package = order.package(id)?;
    let mut contents = package.contents.clone();
    for (line, _, qty) in parts {
        let left = contents.get(line).and_then(|held| held.checked_sub(*qty));
        match left.filter(|left| !left.is_zero()) {
            Some(left) => contents.insert(line.clone(), left),
            None => contents.remove(line),
        };
    }
    Some(Parcel { contents: Some(contents), ..parcel(package) })
}

/// Pending cancellations after units in a node's hands are gone: those are served first.
fn settled(order: &Order, parts: &[(LineId, Spot, Qty)]) -> Vec<Pending> {
    let mut gone: BTreeMap<(&LineId, &LocationId), Qty> = BTreeMap::new();
    for (line, spot, qty) in parts {
        let in_hand = matches!(spot.stage, Stage::Released | Stage::Packed);
        if let (true, Some(node)) = (in_hand, &spot.node) {
            let sum = gone.entry((line, node)).or_insert(Qty::ZERO);
            *sum = sum.checked_add(*qty).unwrap_or(Qty::MAX);
        }
    }
    gone.into_iter()
        .map(|((line, node), gone)| (line, node, order.pending_at(line, node), gone))
        .filter(|(_, _, pending, _)| !pending.is_zero())
        .map(|(line, node, pending, gone)| Pending {
            line: line.clone(),
            node: node.clone(),
            qty: minus(pending, gone),
        })
        .collect()
}
