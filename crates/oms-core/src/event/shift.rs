//! The shift: one event that both ledgers fold.
//!
//! It names the holdings of the order that move and the stock deltas that go with them, so every
//! law holds after every event.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::order::{Move, Pending, Verb};
use crate::stock::Delta;
use crate::words::{
    BusinessDay, FulfillmentId, GroupId, LineId, LocationId, OrderId, PackageId, Qty, ReasonId,
    Timestamp,
};

/// Units of an order that move, and what moves with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// By which verb.
    pub verb: Verb,
    /// Whose units.
    pub order: OrderId,
    /// Which units, from where to where.
    pub moves: Vec<Move>,
    /// What this does to stock and claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<Delta>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonId>,
    /// Node days taken or given back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<DayShift>,
    /// Pending cancellations that change with it: their value after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Pending>,
    /// The work that begins with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<Work>,
    /// The package that it fills, empties, sends or ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel: Option<Parcel>,
    /// When it counts as moved, where the clock went back behind an earlier movement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_at: Option<Timestamp>,
}

impl Shift {
    /// A shift without moves yet.
    #[must_use]
    pub fn new(verb: Verb, order: OrderId) -> Shift {
        Shift {
            verb,
            order,
            moves: Vec::new(),
            deltas: Vec::new(),
            reason: None,
            days: Vec::new(),
            pending: Vec::new(),
            work: None,
            parcel: None,
            moved_at: None,
        }
    }
}

/// A node day that the order takes or gives back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayShift {
    /// The node.
    pub node: LocationId,
    /// Its local business day.
    pub day: BusinessDay,
    /// What happens to it.
    pub what: DayChange,
}

/// What happens to a node day of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayChange {
    /// Counted from now.
    Taken,
    /// Given back: nothing left the node.
    Given,
    /// Used for good: something left the node.
    Used,
}

/// Work given to a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Its id.
    pub fulfillment: FulfillmentId,
    /// The node.
    pub node: LocationId,
    /// The group it serves.
    pub group: GroupId,
    /// When the node shall hand over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_over_by: Option<Timestamp>,
}

/// What a shift does to a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parcel {
    /// Which package.
    pub package: PackageId,
    /// Where it was packed.
    pub node: LocationId,
    /// The work it belongs to.
    pub fulfillment: FulfillmentId,
    /// Its contents after the shift, where they change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contents: Option<BTreeMap<LineId, Qty>>,
    /// Weight, grams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_g: Option<u64>,
    /// Carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// Carrier's service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Tracking number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
}
