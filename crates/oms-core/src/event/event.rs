//! The sum of all events.

use serde::{Deserialize, Serialize};

use super::shift::Shift;
use crate::catalog::{Channel, Item, Location, Policy, PolicyScope};
use crate::decision::DecisionRecord;
use crate::order::{Hold, HoldKind, Placed, Promised, Verb};
use crate::stock::{Bucket, Delta};
use crate::words::{
    ActorId, ChannelId, FulfillmentId, LineId, LocationId, Money, OrderId, PoolId, Qty, ReasonId,
    Sealed, Sku, Timestamp,
};

/// How a hold ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldEnd {
    /// Lifted: the order may move on.
    Lifted,
    /// Rejected: the order is cancelled with it.
    Rejected,
    /// Its deadline passed.
    Expired,
}

/// An item was defined, or defined anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemDefined {
    /// The item as it is now.
    pub item: Item,
}

/// An item is not sold any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemRetired {
    /// Which.
    pub sku: Sku,
}

/// A location was defined, or defined anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocationDefined {
    /// The location as it is now.
    pub location: Box<Location>,
}

/// A location was closed; what was left there went to quarantine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocationClosed {
    /// Which.
    pub location: LocationId,
    /// What moved to quarantine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<Delta>,
}

/// A pool was defined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolDefined {
    /// Which.
    pub pool: PoolId,
}

/// A channel was defined, or defined anew; its pools know it as a seller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelDefined {
    /// The channel as it is now.
    pub channel: Channel,
}

/// A policy was set for a scope from a moment on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicySet {
    /// For what.
    pub scope: PolicyScope,
    /// From when.
    pub valid_from: Timestamp,
    /// What.
    pub policy: Policy,
}

/// An order was placed: every unit Open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderPlaced {
    /// As given, personal values sealed.
    pub order: Box<Placed>,
    /// Each line's share of the order discounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discount_shares: Vec<Money>,
}

/// A sale at the till of what the customer already holds: order, movement and delivery in one fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TillSold {
    /// As given.
    pub order: Box<Placed>,
    /// Each line's share of the order discounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discount_shares: Vec<Money>,
    /// The till's location.
    pub node: LocationId,
    /// When the customer left.
    pub happened_at: Timestamp,
    /// What it does to stock and claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<Delta>,
    /// Lines that a count had taken already: their SKUs come out of shrink.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counted: Vec<Sku>,
    /// When its units count as moved, where that is not when the customer left: at the closing of
    /// a location that took them for its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_at: Option<Timestamp>,
}

/// A hold was set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldSet {
    /// On which order.
    pub order: OrderId,
    /// The hold.
    pub hold: Hold,
}

/// A hold ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldEnded {
    /// On which order.
    pub order: OrderId,
    /// Which.
    pub kind: HoldKind,
    /// How.
    pub end: HoldEnd,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<ActorId>,
}

/// A note was put on an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderNoted {
    /// On which order.
    pub order: OrderId,
    /// The note, sealed.
    pub note: Sealed,
}

/// A total as given differs from the sum of its parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TotalsDiffered {
    /// Of which order.
    pub order: OrderId,
    /// Of which line; the order's total when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<LineId>,
    /// The sum of the parts.
    pub summed: Money,
    /// The total as given, which stands.
    pub given: Money,
}

/// A node is asked to give up units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancellationRequested {
    /// Of which order.
    pub order: OrderId,
    /// Of which line.
    pub line: LineId,
    /// Which node.
    pub node: LocationId,
    /// How many more.
    pub qty: Qty,
    /// Why, where whoever cancels said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonId>,
}

/// Units whose cancellation was asked for have left all the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancellationLapsed {
    /// Of which order.
    pub order: OrderId,
    /// Of which line.
    pub line: LineId,
    /// Which node.
    pub node: LocationId,
    /// How many.
    pub qty: Qty,
}

/// A node is asked to pause work because of a hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PauseRequested {
    /// Of which order.
    pub order: OrderId,
    /// Which node.
    pub node: LocationId,
    /// Which work.
    pub fulfillment: FulfillmentId,
    /// Because of which hold.
    pub hold: HoldKind,
    /// Why the hold was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonId>,
}

/// A node is not asked again for a SKU of an order, for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeExcluded {
    /// Of which order.
    pub order: OrderId,
    /// Which SKU.
    pub sku: Sku,
    /// Which node.
    pub node: LocationId,
    /// Until when.
    pub until: Timestamp,
}

/// A node may be asked again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExclusionEnded {
    /// Of which order.
    pub order: OrderId,
    /// Which SKU.
    pub sku: Sku,
    /// Which node.
    pub node: LocationId,
}

/// A sourcing plan became binding: the evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanCommitted {
    /// For which order.
    pub order: OrderId,
    /// Who chose what, and why.
    pub decision: Box<DecisionRecord>,
}

/// The customer was told a delivery window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromiseMade {
    /// For which order.
    pub order: OrderId,
    /// What was told.
    pub promise: Promised,
}

/// A promise had to be changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromiseChanged {
    /// For which order.
    pub order: OrderId,
    /// What is told now.
    pub promise: Promised,
    /// Why.
    pub reason: String,
}

/// Goods came in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StockReceived {
    /// What.
    pub sku: Sku,
    /// Where.
    pub node: LocationId,
    /// How many.
    pub qty: Qty,
    /// What it does to stock and claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<Delta>,
    /// The paper that came with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// When it counts as moved, where the clock went back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_at: Option<Timestamp>,
}

/// A balance was corrected by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StockAdjusted {
    /// What.
    pub sku: Sku,
    /// Where.
    pub node: LocationId,
    /// Which bucket.
    pub bucket: Bucket,
    /// By how much.
    pub by: i64,
    /// Why.
    pub reason: ReasonId,
    /// What it does to stock and claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<Delta>,
    /// When it counts as moved, where the clock went back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_at: Option<Timestamp>,
}

/// A count told the truth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StockCounted {
    /// What.
    pub sku: Sku,
    /// Where.
    pub node: LocationId,
    /// Which bucket; all good units when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<Bucket>,
    /// How many were there.
    pub counted: Qty,
    /// When.
    pub counted_at: Timestamp,
    /// Counted minus what the books said of that moment.
    pub difference: i64,
    /// What it does to stock and claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<Delta>,
    /// When it counts as moved, where the clock went back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_at: Option<Timestamp>,
}

/// Units moved between nodes or buckets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StockMoved {
    /// What.
    pub sku: Sku,
    /// Whence.
    pub from: (LocationId, Bucket),
    /// Whither.
    pub to: (LocationId, Bucket),
    /// How many.
    pub qty: Qty,
    /// What it does to stock and claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<Delta>,
    /// When it counts as moved, where the clock went back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_at: Option<Timestamp>,
}

/// A safety buffer was set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BufferSet {
    /// For what.
    pub sku: Sku,
    /// Where.
    pub node: LocationId,
    /// How many units are to be hidden.
    pub buffer: Qty,
    /// What it does to stock and claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<Delta>,
}

/// A channel fence was set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FenceSet {
    /// For what.
    pub sku: Sku,
    /// In which pool.
    pub pool: PoolId,
    /// For whom.
    pub channel: ChannelId,
    /// How many units are to be kept.
    pub fence: Qty,
    /// What it does to claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<Delta>,
}

/// The books and the shelf disagree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscrepancyFound {
    /// What.
    pub sku: Sku,
    /// Where.
    pub node: LocationId,
    /// Units there less units in the books, signed.
    pub qty: i64,
    /// What brought it to light.
    pub cause: String,
}

/// A fact. What an event says never changes; new meaning is a new version.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant is documented at the payload that it carries")]
#[expect(
    clippy::large_enum_variant,
    reason = "most facts are shifts: a box would allocate for each"
)]
pub enum Event {
    ItemDefined(ItemDefined),
    ItemRetired(ItemRetired),
    LocationDefined(LocationDefined),
    LocationClosed(LocationClosed),
    PoolDefined(PoolDefined),
    ChannelDefined(ChannelDefined),
    PolicySet(PolicySet),
    OrderPlaced(OrderPlaced),
    TillSold(TillSold),
    HoldSet(HoldSet),
    HoldEnded(HoldEnded),
    OrderNoted(OrderNoted),
    TotalsDiffered(TotalsDiffered),
    CancellationRequested(CancellationRequested),
    CancellationLapsed(CancellationLapsed),
    PauseRequested(PauseRequested),
    NodeExcluded(NodeExcluded),
    ExclusionEnded(ExclusionEnded),
    PlanCommitted(PlanCommitted),
    PromiseMade(PromiseMade),
    PromiseChanged(PromiseChanged),
    StockReceived(StockReceived),
    StockAdjusted(StockAdjusted),
    StockCounted(StockCounted),
    StockMoved(StockMoved),
    BufferSet(BufferSet),
    FenceSet(FenceSet),
    DiscrepancyFound(DiscrepancyFound),
    Shifted(Shift),
}

macro_rules! catalogue {
    ($($name:ident => $text:literal, $doc:literal;)*) => {
        /// Wire name and meaning of every event that is not a shift; shifts follow in
        /// [`SHIFT_NAMES`].
        pub const EVENT_NAMES: &[(&str, &str)] = &[$(($text, $doc),)*];

        impl Event {
            /// The wire name of the event's type.
            #[must_use]
            pub fn type_name(&self) -> &'static str {
                match self {
                    $(Event::$name(_) => $text,)*
                    Event::Shifted(shift) => shift_name(shift.verb),
                }
            }

            /// The payload's bytes.
            ///
            /// # Errors
            /// The codec's, which no value of ours provokes.
            pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
                match self {
                    $(Event::$name(payload) => serde_json::to_vec(payload),)*
                    Event::Shifted(payload) => serde_json::to_vec(payload),
                }
            }

            /// The event of a type name and a payload; `None` for a name that is not in the
            /// catalogue.
            ///
            /// # Errors
            /// The codec's, when the payload is not of that type.
            pub fn decode(name: &str, payload: &[u8]) -> Result<Option<Event>, serde_json::Error> {
                Ok(Some(match name {
                    $($text => Event::$name(serde_json::from_slice(payload)?),)*
                    _ if is_shift_name(name) => Event::Shifted(serde_json::from_slice(payload)?),
                    _ => return Ok(None),
                }))
            }
        }
    };
}

catalogue! {
    ItemDefined => "item.defined", "An item was defined, or defined anew.";
    ItemRetired => "item.retired", "An item is not sold any more.";
    LocationDefined => "location.defined", "A location was defined, or defined anew.";
    LocationClosed => "location.closed", "A location was closed; what was left there went to quarantine.";
    PoolDefined => "pool.defined", "A pool was defined.";
    ChannelDefined => "channel.defined", "A channel was defined, or defined anew; its pools know it as a seller.";
    PolicySet => "policy.set", "A policy was set for a scope from a moment on.";
    OrderPlaced => "order.placed", "An order was placed: every unit Open.";
    TillSold => "order.till_sold", "A sale at the till of what the customer already holds: order, movement and delivery in one fact.";
    HoldSet => "order.hold_set", "A hold was set.";
    HoldEnded => "order.hold_ended", "A hold ended.";
    OrderNoted => "order.noted", "A note was put on an order.";
    TotalsDiffered => "order.totals_differed", "A total as given differs from the sum of its parts.";
    CancellationRequested => "order.cancellation_requested", "A node is asked to give up units.";
    CancellationLapsed => "order.cancellation_lapsed", "Units whose cancellation was asked for have left all the same.";
    PauseRequested => "order.pause_requested", "A node is asked to pause work because of a hold.";
    NodeExcluded => "order.node_excluded", "A node is not asked again for a SKU of an order, for a while.";
    ExclusionEnded => "order.exclusion_ended", "A node may be asked again.";
    PlanCommitted => "order.plan_committed", "A sourcing plan became binding: the evidence.";
    PromiseMade => "order.promise_made", "The customer was told a delivery window.";
    PromiseChanged => "order.promise_changed", "A promise had to be changed.";
    StockReceived => "stock.received", "Goods came in.";
    StockAdjusted => "stock.adjusted", "A balance was corrected by hand.";
    StockCounted => "stock.counted", "A count told the truth.";
    StockMoved => "stock.moved", "Units moved between nodes or buckets.";
    BufferSet => "stock.buffer_set", "A safety buffer was set.";
    FenceSet => "stock.fence_set", "A channel fence was set.";
    DiscrepancyFound => "stock.discrepancy_found", "The books and the shelf disagree.";
}

/// Wire name and meaning of the shift of each verb.
pub const SHIFT_NAMES: &[(Verb, &str, &str)] = &[
    (Verb::Place, "units.claimed", "Units were claimed at placing, or claimed again after a loss."),
    (Verb::Reserve, "units.reserved", "Open units were claimed."),
    (Verb::Unreserve, "units.unreserved", "Claims were given back by wish."),
    (
        Verb::Expire,
        "units.expired",
        "A deadline passed: claims were given back, or a pickup was given up.",
    ),
    (Verb::CommitPlan, "units.allocated", "Units were tied to stock of a node."),
    (Verb::Unallocate, "units.unallocated", "Allocations were taken back; the claim stays."),
    (Verb::Release, "units.released", "Work was handed to a node."),
    (Verb::NodeRejects, "units.rejected", "A node refused work."),
    (Verb::Pack, "units.packed", "Units were put into a package."),
    (Verb::Unpack, "units.unpacked", "Units were taken out of a package."),
    (Verb::Ship, "units.shipped", "A package was handed to the carrier."),
    (Verb::Collect, "units.collected", "A customer collected units."),
    (Verb::Deliver, "units.delivered", "A package was delivered."),
    (Verb::LoseParcel, "units.lost", "A package was lost."),
    (Verb::TakeClaims, "units.claims_taken", "A count or a till sale took claims."),
    (Verb::Cancel, "units.cancelled", "Units were given up."),
];

fn shift_name(verb: Verb) -> &'static str {
    SHIFT_NAMES.iter().find(|(v, ..)| *v == verb).map_or("units.shifted", |(_, name, _)| name)
}

fn is_shift_name(name: &str) -> bool {
    name == "units.shifted" || SHIFT_NAMES.iter().any(|(_, n, _)| *n == name)
}

impl Event {
    /// The order whose stream the event belongs to, if it is an order's.
    #[must_use]
    pub fn order(&self) -> Option<&OrderId> {
        match self {
            Event::OrderPlaced(e) => Some(&e.order.order),
            Event::TillSold(e) => Some(&e.order.order),
            Event::HoldSet(e) => Some(&e.order),
            Event::HoldEnded(e) => Some(&e.order),
            Event::OrderNoted(e) => Some(&e.order),
            Event::TotalsDiffered(e) => Some(&e.order),
            Event::CancellationRequested(e) => Some(&e.order),
            Event::CancellationLapsed(e) => Some(&e.order),
            Event::PauseRequested(e) => Some(&e.order),
            Event::NodeExcluded(e) => Some(&e.order),
            Event::ExclusionEnded(e) => Some(&e.order),
            Event::PlanCommitted(e) => Some(&e.order),
            Event::PromiseMade(e) => Some(&e.order),
            Event::PromiseChanged(e) => Some(&e.order),
            Event::Shifted(e) => Some(&e.order),
            _ => None,
        }
    }

    /// What the event does to balances.
    #[must_use]
    pub fn deltas(&self) -> &[Delta] {
        match self {
            Event::LocationClosed(e) => &e.deltas,
            Event::TillSold(e) => &e.deltas,
            Event::StockReceived(e) => &e.deltas,
            Event::StockAdjusted(e) => &e.deltas,
            Event::StockCounted(e) => &e.deltas,
            Event::StockMoved(e) => &e.deltas,
            Event::BufferSet(e) => &e.deltas,
            Event::FenceSet(e) => &e.deltas,
            Event::Shifted(e) => &e.deltas,
            _ => &[],
        }
    }

    /// The stream that the event belongs to: an order's, a stock's (SKU at a place), or the
    /// catalogue's.
    #[must_use]
    pub fn stream(&self) -> String {
        match self {
            Event::ItemDefined(e) => format!("item/{}", e.item.sku),
            Event::ItemRetired(e) => format!("item/{}", e.sku),
            Event::LocationDefined(e) => format!("location/{}", e.location.id),
            Event::LocationClosed(e) => format!("location/{}", e.location),
            Event::PoolDefined(e) => format!("pool/{}", e.pool),
            Event::ChannelDefined(e) => format!("channel/{}", e.channel.id),
            Event::PolicySet(e) => match &e.scope {
                PolicyScope::Tenant => "policy/tenant".to_owned(),
                PolicyScope::Channel(id) => format!("policy/channel/{id}"),
                PolicyScope::Location(id) => format!("policy/location/{id}"),
            },
            Event::StockReceived(e) => format!("stock/{}/{}", e.sku, e.node),
            Event::StockAdjusted(e) => format!("stock/{}/{}", e.sku, e.node),
            Event::StockCounted(e) => format!("stock/{}/{}", e.sku, e.node),
            Event::StockMoved(e) => format!("stock/{}/{}", e.sku, e.from.0),
            Event::BufferSet(e) => format!("stock/{}/{}", e.sku, e.node),
            Event::FenceSet(e) => format!("stock/{}/{}", e.sku, e.pool),
            Event::DiscrepancyFound(e) => format!("stock/{}/{}", e.sku, e.node),
            other => other.order().map_or_else(String::new, |id| format!("order/{id}")),
        }
    }
}
