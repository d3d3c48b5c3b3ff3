//! `lift_hold`: a hold ends, for good or ill.
//!
//! Lifted, the order may move on; rejected, it is cancelled as by `cancel_order`, with the reason
//! `hold_rejected`. Nothing stops lifting.
//!
//! Refusals, in order: `order.unknown`, `hold.unknown`.

use serde::{Deserialize, Serialize};

use super::cancel_lines::cancel_rest;
use super::verb::{Sealer, Verb, plain};
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Stop};
use crate::event::{Event, HoldEnd, HoldEnded};
use crate::order::HoldKind;
use crate::words::{OrderId, ReasonId};

/// Ends a hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiftHold {
    /// On which order.
    pub order: OrderId,
    /// Of which kind.
    pub kind: HoldKind,
    /// How.
    #[serde(default)]
    pub end: LiftEnd,
}

/// How a person ends a hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiftEnd {
    /// The order may move on.
    #[default]
    Lifted,
    /// The order is cancelled.
    Rejected,
}

impl Verb for LiftHold {
    fn check(&self, _: &Limits) -> Result<(), Refusal> {
        Ok(())
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Order(self.order.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let order = desk.order(&self.order)?;
        if !order.holds.iter().any(|h| h.kind == self.kind) {
            let kinds: Vec<String> = order.holds.iter().map(|h| format!("{:?}", h.kind)).collect();
            let found = if kinds.is_empty() { "no hold".to_owned() } else { kinds.join(", ") };
            let expected = format!("a hold of kind {:?}", self.kind).to_lowercase();
            let refusal = Refusal::new(Code::HoldUnknown, expected, found.to_lowercase());
            return Err(refusal.at("/kind").into());
        }
        drop(order);
        let end = match self.end {
            LiftEnd::Lifted => HoldEnd::Lifted,
            LiftEnd::Rejected => HoldEnd::Rejected,
        };
        let by = desk.ctx().actor.clone();
        let ended = HoldEnded { order: self.order.clone(), kind: self.kind, end, by };
        desk.emit(Event::HoldEnded(ended), Vec::new())?;
        if self.end == LiftEnd::Rejected {
            let reason = ReasonId::new("hold_rejected").map_err(Refusal::from)?;
            cancel_rest(desk, &self.order, Some(&reason))?;
        }
        Ok(())
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
