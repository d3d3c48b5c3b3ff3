//! `tick`: what is due by now takes effect.
//!
//! A reservation whose deadline has passed is given back (Open); a pickup that was not collected is
//! cancelled, wherever its units are, without the node's assent; holds and exclusions end. What
//! expires claims nothing again. Orders go by their deadlines; one that fails is left as it is and
//! told on the receipt, and the rest goes on. At most `limit` orders are handled, and no more than one
//! turn can read for; the receipt says whether more are due.
//!
//! Refusals: `invalid.range` for a limit of zero.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cancel_lines::GivenUp;
use super::verb::{Sealer, Verb, plain};
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, Fate, RangeRead, ReadSet, Shifting, Skipped, Stop, Table};
use crate::event::{Event, ExclusionEnded, HoldEnd, HoldEnded};
use crate::order::{Holding, Order, Spot, Stage, Verb as Move};
use crate::words::{OrderId, ReasonId, Timestamp};

/// Lets what is due take effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tick {
    /// At most so many orders; as many as one command may touch when absent, and never more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl Verb for Tick {
    fn check(&self, _: &Limits) -> Result<(), Refusal> {
        match self.limit {
            Some(0) => Err(Refusal::new(Code::OutOfRange, "at least 1", "0").at("/limit")),
            _ => Ok(()),
        }
    }

    fn reads(&self) -> ReadSet {
        ReadSet::default()
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let most = desk.ctx().limits.orders;
        let most = self.limit.and_then(|n| usize::try_from(n).ok()).map_or(most, |n| n.min(most));
        let mut failed: BTreeMap<OrderId, Skipped> = BTreeMap::new();
        while !pass(desk, most, &mut failed)? {
            // Of an order that failed nothing may stay: the rest is done anew without it.
            desk.restart();
        }
        for skipped in failed.into_values() {
            desk.skip(skipped);
        }
        Ok(())
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}

/// Handles every order that is due and has not failed; returns whether all of them succeeded.
fn pass(
    desk: &mut Desk<'_>,
    most: usize,
    failed: &mut BTreeMap<OrderId, Skipped>,
) -> Result<bool, Stop> {
    let (due, more) = due(desk, most, failed)?;
    let (due, left) = affordable(desk, due)?;
    let more = more || left;
    let (mut whole, mut need) = (true, false);
    for id in due {
        // The needs of all orders are gathered, so that they are read in few rounds.
        let (code, detail) = match expire(desk, &id) {
            Ok(()) => continue,
            Err(Stop::Need) => {
                need = true;
                continue;
            }
            Err(Stop::Refuse(no)) => {
                let found = format!("expected {}, found {}", no.expected, no.found);
                (no.code.name().to_owned(), found)
            }
            Err(Stop::Broken(broken)) => (broken.law, broken.detail),
        };
        whole = false;
        failed.insert(id.clone(), Skipped { order: id, code, detail });
    }
    if need {
        return Err(Stop::Need);
    }
    if whole && more {
        desk.leave_more();
    }
    Ok(whole)
}

/// The orders that are due, the earliest deadline first, those that failed left out; and whether
/// there are more.
fn due(
    desk: &Desk<'_>,
    most: usize,
    failed: &BTreeMap<OrderId, Skipped>,
) -> Result<(Vec<OrderId>, bool), Stop> {
    let page = most.saturating_add(1);
    let mut read = RangeRead {
        table: Table::Due,
        from: String::new(),
        to: format!("{:015}", desk.ctx().now.ms().saturating_add(1)),
        reverse: false,
        limit: page,
    };
    let mut due: Vec<OrderId> = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    // An order has several rows when several deadlines of it have passed: a page may hold few
    // orders. As many rows as one turn may touch orders bound the search.
    let mut rows_left = desk.ctx().limits.orders.max(page);
    loop {
        let rows = desk.range(&read)?;
        for row in rows {
            let id = row.parts().last().and_then(|id| OrderId::new(id).ok());
            let Some(id) = id.filter(|id| !failed.contains_key(id)) else { continue };
            if !known.insert(id.clone()) {
                continue;
            }
            if due.len() == most {
                return Ok((due, true));
            }
            due.push(id);
        }
        let Some(last) = rows.last().filter(|_| rows.len() == page) else {
            return Ok((due, false));
        };
        rows_left = rows_left.saturating_sub(rows.len());
        if rows_left == 0 {
            return Ok((due, true));
        }
        read = read.after(&last.key);
    }
}

/// What undoing one holding reads at most: the balances of pool, fence and node, the pool, the
/// location, and the last movement.
const KEYS_OF_HOLDING: usize = 9;

/// As many of the orders as one turn can read for, one at least; and whether some are left.
fn affordable(desk: &Desk<'_>, due: Vec<OrderId>) -> Result<(Vec<OrderId>, bool), Stop> {
    desk.load(due.iter().cloned().map(EntityKey::Order), [])?;
    let now = desk.ctx().now;
    // Half of the bound, for what orders have in common is read beside it.
    let most = desk.ctx().limits.keys / 2;
    let mut keys = 0_usize;
    for (index, id) in due.iter().enumerate() {
        let order = desk.find_order(id)?;
        let holdings = order.iter().flat_map(|order| order.holdings());
        let ends = holdings.filter(|(_, h)| h.at.until.is_some_and(|until| until <= now)).count();
        keys = keys.saturating_add(ends.saturating_mul(KEYS_OF_HOLDING)).saturating_add(1);
        if index > 0 && keys > most {
            return Ok((due.into_iter().take(index).collect(), true));
        }
    }
    Ok((due, false))
}

/// Lets what is due of one order take effect.
fn expire(desk: &mut Desk<'_>, id: &OrderId) -> Result<(), Stop> {
    let now = desk.ctx().now;
    let Some(order) = desk.find_order(id)? else { return Ok(()) };
    let is_due = |until: Option<Timestamp>| until.is_some_and(|until| until <= now);
    let holds = order.holds.iter().filter(|h| is_due(h.until));
    let holds: Vec<_> = holds.map(|h| h.kind).collect();
    let over = order.exclusions.iter().filter(|x| x.until <= now);
    let over: Vec<_> = over.map(|x| (x.sku.clone(), x.node.clone())).collect();
    let claims = expired_claims(desk, &order, &|h: &Holding| is_due(h.at.until))?;
    let pickups = expired_pickups(&order, &|h: &Holding| is_due(h.at.until));
    drop(order);
    desk.emit_shift(claims)?;
    let reason = ReasonId::new("pickup_expired").map_err(Refusal::from)?;
    pickups.carry_out(desk, id, Move::Expire, Some(&reason))?;
    for kind in holds {
        let ended = HoldEnded { order: id.clone(), kind, end: HoldEnd::Expired, by: None };
        desk.emit(Event::HoldEnded(ended), Vec::new())?;
    }
    for (sku, node) in over {
        let ended = ExclusionEnded { order: id.clone(), sku, node };
        desk.emit(Event::ExclusionEnded(ended), Vec::new())?;
    }
    Ok(())
}

/// Reservations that end: every unit is Open again.
fn expired_claims(
    desk: &Desk<'_>,
    order: &Order,
    is_due: &dyn Fn(&Holding) -> bool,
) -> Result<Shifting, Stop> {
    let reserved = |h: &Holding| h.at.stage == Stage::Reserved && is_due(h);
    let spots = order.holdings().filter(|(_, h)| reserved(h));
    desk.load_undo(&order.placed.channel, spots.map(|(line, h)| (&line.given.sku, &h.at)))?;
    let mut s = Shifting::new(Move::Expire, order.id.clone());
    for (line, h) in order.holdings().filter(|(_, h)| reserved(h)) {
        desk.undo(&mut s, order, line, &h.at, h.qty, Fate::Back)?;
        s.push(line, h.at.clone(), Spot::bare(Stage::Open), h.qty);
    }
    Ok(s)
}

/// Pickups that nobody came for: every unit is given up.
fn expired_pickups(order: &Order, is_due: &dyn Fn(&Holding) -> bool) -> GivenUp {
    let mut given = GivenUp::default();
    for (line, h) in order.holdings().filter(|(_, h)| h.at.stage.is_at_node() && is_due(h)) {
        if order.group_of(line).is_some_and(|g| g.to.pickup().is_some()) {
            given.add(&line.given.line, &h.at, h.qty);
        }
    }
    given
}
