//! `cancel_order`: whatever of an order can still be given up is given up.
//!
//! Units with the carrier or the customer stay where they are. Units in a node's hands are given up
//! at once, or asked for where the node's policy wants its assent. No hold ever stops it.
//!
//! Refusals, in order: `order.unknown`, `order.closed`, `reason.unknown`, `line.stage_forbids` when
//! nothing is left that could be given up or asked for.

use serde::{Deserialize, Serialize};

use super::cancel_lines::cancel_rest;
use super::checks::{reason, whereabouts};
use super::verb::{Sealer, Verb, plain};
use super::work::live_order;
use crate::catalog::ReasonKind;
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Stop};
use crate::words::{OrderId, ReasonId};

/// Gives an order up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelOrder {
    /// Which.
    pub order: OrderId,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonId>,
}

impl Verb for CancelOrder {
    fn check(&self, _: &Limits) -> Result<(), Refusal> {
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
        if cancel_rest(desk, &self.order, self.reason.as_ref())? {
            return Ok(());
        }
        let lines = order.lines.iter().take(3);
        let found: Vec<String> = lines
            .map(|l| format!("line `{}`: {}", l.given.line, whereabouts(&l.holdings)))
            .collect();
        let expected = "units that can still be cancelled and were not asked for yet";
        Err(Refusal::new(Code::StageForbids, expected, found.join("; ")).at("/order").into())
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
