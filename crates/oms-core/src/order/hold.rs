//! Holds: why an order may not move on. A set beside the stages, never a status.

use serde::{Deserialize, Serialize};

use super::stage::Verb;
use crate::words::{ActorId, ReasonId, Timestamp};

/// What kind of hold; each kind names the verbs that it blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldKind {
    /// Fraud review.
    Fraud,
    /// Payment not settled.
    Payment,
    /// Address to be clarified.
    Address,
    /// Asked for by the customer.
    Customer,
    /// Set by hand.
    Manual,
    /// Export papers.
    Export,
    /// Waiting for stock.
    Stock,
    /// Totals as given differ from ours by more than policy allows.
    Totals,
}

impl HoldKind {
    /// All kinds.
    pub const ALL: [HoldKind; 8] = [
        HoldKind::Fraud,
        HoldKind::Payment,
        HoldKind::Address,
        HoldKind::Customer,
        HoldKind::Manual,
        HoldKind::Export,
        HoldKind::Stock,
        HoldKind::Totals,
    ];

    /// Whether a hold of this kind stops the verb.
    ///
    /// Every kind stops the way forward (commit_plan, release, ship, collect); none ever stops
    /// cancelling or lifting. What a node has begun to pack may be packed: the node is asked to
    /// pause, not forced.
    #[must_use]
    pub fn blocks(self, verb: Verb) -> bool {
        matches!(verb, Verb::CommitPlan | Verb::Release | Verb::Ship | Verb::Collect)
    }
}

/// A hold on an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Its kind; one of each at most.
    pub kind: HoldKind,
    /// Why.
    pub reason: ReasonId,
    /// Who set it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ActorId>,
    /// When.
    pub at: Timestamp,
    /// When it ends by itself at the next tick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}
