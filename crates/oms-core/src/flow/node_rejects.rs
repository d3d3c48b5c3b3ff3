//! `node_rejects`: a node gives work back, and says why.
//!
//! Where a cancellation awaits the node, the units end there first. Units that are good keep their
//! claim and wait for another node (a pickup stays allocated at its location). Units that are not
//! leave the books by the reason's table, and the order claims others again as at placing, in the
//! same commit, before any new demand. Unless it only answered a cancellation, the node is not
//! asked again for the SKU for a while; a pickup has no other node to ask.
//!
//! Refusals, in order: shape of the lines (`invalid.empty`, `limit.count`, `invalid.duplicate`,
//! `invalid.quantity_zero`); `order.unknown`, `order.closed`; `location.unknown`;
//! `fulfillment.unknown`; `reason.unknown`; `line.unknown`; `line.stage_forbids` where the node
//! does not hold as much released (what is packed has to be unpacked first).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::checks::reason;
use super::verb::{Sealer, Verb, plain};
use super::work::{
    Source, Units, answer, check_wanted, choose, hurt_promises, live_order, units, work,
};
use crate::catalog::{Reason, ReasonKind, RejectEffect};
use crate::command::{Limits, Refusal};
use crate::desk::{Desk, EntityKey, Fate, ReadSet, Shifting, Stop};
use crate::event::{DiscrepancyFound, Event, NodeExcluded};
use crate::order::{Direction, Holding, Line, Order, Pending, Spot, Stage, Verb as Move};
use crate::stock::{Account, Bucket};
use crate::words::{FulfillmentId, GroupId, LineId, LocationId, OrderId, Qty, ReasonId, Sku};

/// Gives work back from a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeRejects {
    /// The order.
    pub order: OrderId,
    /// The node that has the work.
    pub node: LocationId,
    /// Out of which work; any of the order at the node when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfillment: Option<FulfillmentId>,
    /// Which units.
    pub lines: Vec<Units>,
    /// Why: a reason to reject of the catalogue.
    pub reason: ReasonId,
}

/// What a rejection does beside moving units.
#[derive(Default)]
struct Aftermath {
    /// Units that are missing or broken, by SKU.
    bad: BTreeMap<Sku, Qty>,
    /// SKUs that the node is not asked for again.
    excluded: BTreeSet<Sku>,
    /// What lines lost and claim again.
    hurt: Vec<(LineId, Qty)>,
    /// Groups whose promise is in doubt.
    groups: BTreeSet<GroupId>,
}

impl NodeRejects {
    fn effect(&self) -> Result<RejectEffect, Refusal> {
        reason(Some(&self.reason), &[ReasonKind::Reject])?;
        let known = Reason::builtin(&self.reason).and_then(|known| known.reject);
        Ok(known.unwrap_or(RejectEffect::Good))
    }

    /// Moves the rejected units of one line.
    fn reject(
        &self,
        desk: &Desk<'_>,
        s: &mut Shifting,
        order: &Order,
        (line, holdings): (&Line, Vec<Holding>),
        effect: RejectEffect,
        after: &mut Aftermath,
    ) -> Result<(), Stop> {
        let fate = match effect {
            RejectEffect::Good => Fate::Back,
            RejectEffect::Shrink => Fate::Shrink,
            RejectEffect::Damaged => Fate::Damaged,
        };
        let id = &line.given.line;
        let sku = &line.given.sku;
        let before = order.pending_at(id, &self.node);
        let (mut pending, mut lost) = (before, Qty::ZERO);
        for h in holdings {
            let (answered, rest) = answer(h.qty, &mut pending);
            if !answered.is_zero() {
                desk.undo(s, order, line, &h.at, answered, fate)?;
                s.push(line, h.at.clone(), Spot::bare(Stage::Cancelled), answered);
            }
            if !effect.is_good() {
                let bad = after.bad.entry(sku.clone()).or_insert(Qty::ZERO);
                *bad = bad.checked_add(h.qty).unwrap_or(Qty::MAX);
            }
            if rest.is_zero() {
                continue;
            }
            lost = lost.checked_add(rest).unwrap_or(Qty::MAX);
            if effect.is_good() {
                self.keep_claim(desk, s, order, line, &h.at, rest)?;
            } else {
                desk.undo(s, order, line, &h.at, rest, fate)?;
                s.push(line, h.at, Spot::bare(Stage::Open), rest);
            }
        }
        if pending != before {
            let node = self.node.clone();
            s.shift.pending.push(Pending { line: id.clone(), node, qty: pending });
        }
        if lost.is_zero() {
            return Ok(());
        }
        after.groups.extend(order.group_of(line).map(|g| g.group.clone()));
        if desk.pickup_of(order, line)?.is_none() {
            after.excluded.insert(sku.clone());
        }
        if !effect.is_good() {
            after.hurt.push((id.clone(), lost));
        }
        Ok(())
    }

    /// Good units go back on the shelf with their claim: soft in the node's pool, or, for a pickup,
    /// hard where they are.
    fn keep_claim(
        &self,
        desk: &Desk<'_>,
        s: &mut Shifting,
        order: &Order,
        line: &Line,
        from: &Spot,
        qty: Qty,
    ) -> Result<(), Stop> {
        if desk.pickup_of(order, line)?.is_some() {
            let to = Spot { stage: Stage::Allocated, fulfillment: None, ..from.clone() };
            s.push(line, from.clone(), to, qty);
            return Ok(());
        }
        let sku = &line.given.sku;
        let pool = desk.location(&self.node, "/node")?.pool.clone();
        let policy = desk.policy(Some(&order.placed.channel), None)?;
        let until = desk.ctx().now.plus_minutes(i64::from(policy.reserve_minutes));
        let node = |bucket| Account::Node(sku.clone(), self.node.clone(), bucket);
        s.deltas.transfer(node(Bucket::Allocated), node(Bucket::Available), qty.as_i64());
        s.deltas.add(Account::Reserved(sku.clone(), pool.clone()), qty.as_i64());
        let to =
            Spot { batch: from.batch.clone(), ..Spot::reserved(pool, from.fenced, Some(until)) };
        s.push(line, from.clone(), to, qty);
        Ok(())
    }

    /// Tells what came to light, whom not to ask again, and lets the order claim again.
    fn follow_up(&self, desk: &mut Desk<'_>, order: &Order, after: Aftermath) -> Result<(), Stop> {
        for (sku, qty) in after.bad {
            let found = DiscrepancyFound {
                sku,
                node: self.node.clone(),
                qty: -qty.as_i64(),
                cause: self.reason.as_str().to_owned(),
            };
            desk.emit(Event::DiscrepancyFound(found), Vec::new())?;
        }
        desk.claim_again_for(&self.order, &after.hurt)?;
        let policy = desk.policy(Some(&order.placed.channel), Some(&self.node))?;
        let until = desk.ctx().now.plus_minutes(i64::from(policy.excluded_minutes));
        for sku in after.excluded.into_iter().filter(|_| policy.excluded_minutes > 0) {
            let (order, node) = (self.order.clone(), self.node.clone());
            desk.emit(Event::NodeExcluded(NodeExcluded { order, sku, node, until }), Vec::new())?;
        }
        hurt_promises(desk, &self.order, &after.groups, self.reason.as_str())
    }
}

impl Verb for NodeRejects {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        check_wanted(&units(&self.lines), limits)
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Order(self.order.clone()));
        reads.entity(EntityKey::Location(self.node.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let order = live_order(desk, &self.order)?;
        desk.location(&self.node, "/node")?;
        if let Some(id) = &self.fulfillment {
            work(&order, id, &self.node)?;
        }
        let effect = self.effect()?;
        let source = Source {
            stage: Stage::Released,
            direction: Direction::Back,
            place: format!("at `{}`", self.node),
            path: "/node",
            is_there: &|_, spot| {
                spot.node.as_ref() == Some(&self.node)
                    && (self.fulfillment.is_none() || spot.fulfillment == self.fulfillment)
            },
        };
        let chosen = choose(&order, &units(&self.lines), &source)?;
        let spots =
            chosen.iter().flat_map(|(line, found)| found.iter().map(|h| (&line.given.sku, &h.at)));
        desk.load_undo(&order.placed.channel, spots)?;
        let mut s = Shifting::new(Move::NodeRejects, self.order.clone());
        s.shift.reason = Some(self.reason.clone());
        let mut after = Aftermath::default();
        for line in chosen {
            self.reject(desk, &mut s, &order, line, effect, &mut after)?;
        }
        desk.emit_shift(s)?;
        self.follow_up(desk, &order, after)
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
