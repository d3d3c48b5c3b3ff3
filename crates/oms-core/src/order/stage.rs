//! The one table of what may happen to a unit of an order line.
//!
//! A line is not *in* a state: its ordered quantity is spread over [`Stage`]s, and a [`Verb`] shifts
//! units from one stage to another. [`MOVES`] lists every shift that exists; anything absent is
//! refused with `line.stage_forbids`. The runtime, the exhaustive matrix test and the drawing in the
//! reference all read this table.

use serde::{Deserialize, Serialize};

/// Where units of a line stand on their way to the customer.
///
/// The order of the variants is the order of the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Wanted, nothing behind it.
    Open,
    /// Claimed against inbound supply, dated.
    Backordered,
    /// Claimed in a pool, no node chosen yet.
    Reserved,
    /// Tied to stock of a named node.
    Allocated,
    /// The node has the work.
    Released,
    /// In a package at the node.
    Packed,
    /// With the carrier.
    Shipped,
    /// With the customer.
    Delivered,
    /// Given up; the end.
    Cancelled,
}

impl Stage {
    /// All stages in the order of the walk.
    pub const ALL: [Stage; 9] = [
        Stage::Open,
        Stage::Backordered,
        Stage::Reserved,
        Stage::Allocated,
        Stage::Released,
        Stage::Packed,
        Stage::Shipped,
        Stage::Delivered,
        Stage::Cancelled,
    ];

    /// The wire name.
    ///
    /// ```
    /// assert_eq!(oms_core::order::Stage::Packed.name(), "packed");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Stage::Open => "open",
            Stage::Backordered => "backordered",
            Stage::Reserved => "reserved",
            Stage::Allocated => "allocated",
            Stage::Released => "released",
            Stage::Packed => "packed",
            Stage::Shipped => "shipped",
            Stage::Delivered => "delivered",
            Stage::Cancelled => "cancelled",
        }
    }

    /// Whether units here are physically tied to a node (its *allocated* bucket holds them).
    #[must_use]
    pub fn is_at_node(self) -> bool {
        matches!(self, Stage::Allocated | Stage::Released | Stage::Packed)
    }

    /// Whether nothing more happens to units here but returns.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Stage::Delivered | Stage::Cancelled)
    }
}

/// What shifts units between stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// A new order, or a line claiming again what it has lost.
    Place,
    /// A claim on stock of a pool (or of the location of a pickup).
    Reserve,
    /// A claim given back by wish.
    Unreserve,
    /// A claim whose deadline has passed.
    Expire,
    /// A sourcing plan made binding.
    CommitPlan,
    /// An allocation taken back; the order keeps its claim.
    Unallocate,
    /// Work handed to a node.
    Release,
    /// Work refused by a node.
    NodeRejects,
    /// Units put into a package.
    Pack,
    /// Units taken out of a package.
    Unpack,
    /// A package handed to the carrier.
    Ship,
    /// Units handed to a customer who came for them.
    Collect,
    /// A package handed to the customer.
    Deliver,
    /// A package lost under way.
    LoseParcel,
    /// A sale at the till of what the customer already holds.
    SellThrough,
    /// Claims taken by a count or a till sale.
    TakeClaims,
    /// Units given up.
    Cancel,
}

impl Verb {
    /// All verbs.
    pub const ALL: [Verb; 17] = [
        Verb::Place,
        Verb::Reserve,
        Verb::Unreserve,
        Verb::Expire,
        Verb::CommitPlan,
        Verb::Unallocate,
        Verb::Release,
        Verb::NodeRejects,
        Verb::Pack,
        Verb::Unpack,
        Verb::Ship,
        Verb::Collect,
        Verb::Deliver,
        Verb::LoseParcel,
        Verb::SellThrough,
        Verb::TakeClaims,
        Verb::Cancel,
    ];
}

/// One row of [`MOVES`]: from a stage (`None`: from nothing) by a verb to a stage.
pub type MoveRow = (Option<Stage>, Verb, Stage);

/// Every shift that exists.
pub const MOVES: &[MoveRow] = &[
    (None, Verb::Place, Stage::Open),
    (Some(Stage::Open), Verb::Place, Stage::Reserved),
    (Some(Stage::Open), Verb::Place, Stage::Allocated),
    (Some(Stage::Open), Verb::Reserve, Stage::Reserved),
    (Some(Stage::Open), Verb::Reserve, Stage::Allocated),
    (Some(Stage::Reserved), Verb::Unreserve, Stage::Open),
    (Some(Stage::Allocated), Verb::Unreserve, Stage::Open),
    (Some(Stage::Reserved), Verb::Expire, Stage::Open),
    (Some(Stage::Allocated), Verb::Expire, Stage::Cancelled),
    (Some(Stage::Released), Verb::Expire, Stage::Cancelled),
    (Some(Stage::Packed), Verb::Expire, Stage::Cancelled),
    (Some(Stage::Reserved), Verb::CommitPlan, Stage::Allocated),
    (Some(Stage::Open), Verb::CommitPlan, Stage::Allocated),
    (Some(Stage::Allocated), Verb::Unallocate, Stage::Reserved),
    (Some(Stage::Allocated), Verb::Release, Stage::Released),
    (Some(Stage::Released), Verb::NodeRejects, Stage::Reserved),
    (Some(Stage::Released), Verb::NodeRejects, Stage::Allocated),
    (Some(Stage::Released), Verb::NodeRejects, Stage::Open),
    (Some(Stage::Released), Verb::NodeRejects, Stage::Cancelled),
    (Some(Stage::Released), Verb::Pack, Stage::Packed),
    (Some(Stage::Packed), Verb::Unpack, Stage::Released),
    (Some(Stage::Packed), Verb::Unpack, Stage::Cancelled),
    (Some(Stage::Packed), Verb::Ship, Stage::Shipped),
    (Some(Stage::Packed), Verb::Collect, Stage::Delivered),
    (Some(Stage::Shipped), Verb::Deliver, Stage::Delivered),
    (Some(Stage::Shipped), Verb::LoseParcel, Stage::Open),
    (Some(Stage::Shipped), Verb::LoseParcel, Stage::Cancelled),
    (None, Verb::SellThrough, Stage::Delivered),
    (Some(Stage::Reserved), Verb::TakeClaims, Stage::Open),
    (Some(Stage::Allocated), Verb::TakeClaims, Stage::Open),
    (Some(Stage::Released), Verb::TakeClaims, Stage::Open),
    (Some(Stage::Released), Verb::TakeClaims, Stage::Cancelled),
    (Some(Stage::Open), Verb::Cancel, Stage::Cancelled),
    (Some(Stage::Backordered), Verb::Cancel, Stage::Cancelled),
    (Some(Stage::Reserved), Verb::Cancel, Stage::Cancelled),
    (Some(Stage::Allocated), Verb::Cancel, Stage::Cancelled),
    (Some(Stage::Released), Verb::Cancel, Stage::Cancelled),
    (Some(Stage::Packed), Verb::Cancel, Stage::Cancelled),
];

/// Whether the table has this row.
///
/// ```
/// use oms_core::order::{allows, Stage, Verb};
/// assert!(allows(Some(Stage::Packed), Verb::Ship, Stage::Shipped));
/// assert!(!allows(Some(Stage::Shipped), Verb::Cancel, Stage::Cancelled));
/// ```
#[must_use]
pub fn allows(from: Option<Stage>, verb: Verb, to: Stage) -> bool {
    MOVES.contains(&(from, verb, to))
}

/// The order in which units are given up when the caller does not say: cheapest undo first.
pub const CANCEL_ORDER: [Stage; 6] = [
    Stage::Open,
    Stage::Backordered,
    Stage::Reserved,
    Stage::Allocated,
    Stage::Released,
    Stage::Packed,
];
