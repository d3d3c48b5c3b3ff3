//! Reasons: why something was done, with what follows from it by default.
//!
//! The engine's own reasons are immutable and always there.

use serde::{Deserialize, Serialize};

use crate::words::ReasonId;

/// What kind of act a reason explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// Why units were cancelled.
    Cancel,
    /// Why a node rejected work.
    Reject,
    /// Why goods came back.
    Return,
    /// Why money went back.
    Refund,
    /// Why stock was corrected.
    Adjust,
    /// Why an order may not move on.
    Hold,
    /// Why somebody chose otherwise than proposed.
    Override,
}

/// What becomes of units that a node rejects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectEffect {
    /// The units are good and stay claimed; only the work comes back.
    Good,
    /// The units are not there: out to *shrink*.
    Shrink,
    /// The units are there and broken: into the node's *damaged*.
    Damaged,
}

impl RejectEffect {
    /// Tells whether the units are good.
    #[must_use]
    pub fn is_good(self) -> bool {
        self == Self::Good
    }
}

/// An entry of the reason catalogue.
///
/// # Example
/// ```
/// use oms_core::catalog::{Reason, RejectEffect};
/// use oms_core::words::ReasonId;
///
/// let reason = Reason::builtin(&ReasonId::new("not_found")?).unwrap();
/// assert_eq!(reason.reject, Some(RejectEffect::Shrink));
/// assert_eq!(Reason::builtin(&ReasonId::new("bad_weather")?), None);
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The stable code.
    pub id: ReasonId,
    /// What kind of act it explains.
    pub kind: ReasonKind,
    /// What becomes of rejected units; only reasons to reject have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reject: Option<RejectEffect>,
}

/// The engine's own reasons: code, kind, effect of a rejection.
const BUILTIN: &[(&str, ReasonKind, Option<RejectEffect>)] = &[
    ("not_found", ReasonKind::Reject, Some(RejectEffect::Shrink)),
    ("damaged", ReasonKind::Reject, Some(RejectEffect::Damaged)),
    ("closed", ReasonKind::Reject, Some(RejectEffect::Good)),
    ("capacity", ReasonKind::Reject, Some(RejectEffect::Good)),
    ("late", ReasonKind::Reject, Some(RejectEffect::Good)),
    ("no_longer_wanted", ReasonKind::Cancel, None),
    ("out_of_stock", ReasonKind::Cancel, None),
    ("duplicate_order", ReasonKind::Cancel, None),
    ("price_error", ReasonKind::Cancel, None),
    ("fraud", ReasonKind::Cancel, None),
    ("hold_rejected", ReasonKind::Cancel, None),
    ("parcel_lost", ReasonKind::Cancel, None),
    ("pickup_expired", ReasonKind::Cancel, None),
    ("fraud_review", ReasonKind::Hold, None),
    ("payment", ReasonKind::Hold, None),
    ("address", ReasonKind::Hold, None),
    ("customer_request", ReasonKind::Hold, None),
    ("manual", ReasonKind::Hold, None),
    ("export", ReasonKind::Hold, None),
    ("stock", ReasonKind::Hold, None),
    ("totals", ReasonKind::Hold, None),
    ("found", ReasonKind::Adjust, None),
    ("breakage", ReasonKind::Adjust, None),
    ("spoiled", ReasonKind::Adjust, None),
    ("stolen", ReasonKind::Adjust, None),
    ("own_use", ReasonKind::Adjust, None),
    ("correction", ReasonKind::Adjust, None),
    ("location_closed", ReasonKind::Adjust, None),
    ("better_known", ReasonKind::Override, None),
    ("counted", ReasonKind::Override, None),
    ("sold_at_till", ReasonKind::Override, None),
];

impl Reason {
    /// Looks one of the engine's own reasons up.
    #[must_use]
    pub fn builtin(id: &ReasonId) -> Option<Self> {
        let (_, kind, reject) = BUILTIN.iter().find(|(code, ..)| *code == id.as_str())?;
        Some(Self { id: id.clone(), kind: *kind, reject: *reject })
    }

    /// Lists the codes of the engine's own reasons of a kind.
    pub fn builtin_codes(kind: ReasonKind) -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().filter(move |(_, known, _)| *known == kind).map(|(code, ..)| *code)
    }
}
