//! `hold_order`: an order may not move on for a reason of one kind.
//!
//! A hold stops what [`HoldKind::blocks`] says. Nodes that have units in work (Released) are asked
//! to pause and told why, once per hold and work order; they are not forced.
//!
//! Refusals, in order: `invalid.date_range`, `order.unknown`, `order.closed`, `reason.unknown`,
//! `hold.exists`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::checks::{ahead, reason};
use super::verb::{Sealer, Verb, plain};
use super::work::live_order;
use crate::catalog::ReasonKind;
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Stop};
use crate::event::{Event, HoldSet, PauseRequested};
use crate::order::{Hold, HoldKind, Stage};
use crate::words::{OrderId, ReasonId, Timestamp};

/// Sets a hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldOrder {
    /// On which order.
    pub order: OrderId,
    /// Of which kind; one of each at most.
    pub kind: HoldKind,
    /// Why; the kind's own reason when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonId>,
    /// When it ends by itself, at the next tick; never when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// The reason that a kind of hold has by itself.
fn own_reason(kind: HoldKind) -> Result<ReasonId, Refusal> {
    let code = match kind {
        HoldKind::Fraud => "fraud_review",
        HoldKind::Payment => "payment",
        HoldKind::Address => "address",
        HoldKind::Customer => "customer_request",
        HoldKind::Manual => "manual",
        HoldKind::Export => "export",
        HoldKind::Stock => "stock",
        HoldKind::Totals => "totals",
    };
    Ok(ReasonId::new(code)?)
}

impl Verb for HoldOrder {
    fn check(&self, _: &Limits) -> Result<(), Refusal> {
        Ok(())
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Order(self.order.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let (actor, now) = (desk.ctx().actor.clone(), desk.ctx().now);
        ahead(self.until, now)?;
        let order = live_order(desk, &self.order)?;
        reason(self.reason.as_ref(), &[ReasonKind::Hold])?;
        if let Some(known) = order.holds.iter().find(|h| h.kind == self.kind) {
            let found = format!("one set at {} because of `{}`", known.at, known.reason);
            let expected = "no hold of this kind";
            return Err(Refusal::new(Code::HoldExists, expected, found).at("/kind").into());
        }
        let reason = self.reason.clone().map_or_else(|| own_reason(self.kind), Ok)?;
        let why = Some(reason.clone());
        let hold = Hold { kind: self.kind, reason, by: actor, at: now, until: self.until };
        let released = order.holdings().filter(|(_, h)| h.at.stage == Stage::Released);
        let work: BTreeSet<_> = released
            .filter_map(|(_, h)| Some((h.at.node.clone()?, h.at.fulfillment.clone()?)))
            .collect();
        drop(order);
        let set = HoldSet { order: self.order.clone(), hold };
        desk.emit(Event::HoldSet(set), Vec::new())?;
        for (node, fulfillment) in work {
            let (order, hold, reason) = (self.order.clone(), self.kind, why.clone());
            let pause = PauseRequested { order, node, fulfillment, hold, reason };
            desk.emit(Event::PauseRequested(pause), Vec::new())?;
        }
        Ok(())
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
