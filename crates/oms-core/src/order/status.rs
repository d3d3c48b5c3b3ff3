//! The status of an order: one pure function of quantities and holds, never stored.

use serde::{Deserialize, Serialize};

use super::order::Order;
use super::stage::Stage;
use crate::words::Qty;

/// What a person calls the state of an order. Computed, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OrderStatus {
    /// Every unit was given up.
    Cancelled,
    /// Every unit that was not given up is with the customer, and nothing is open.
    Delivered,
    /// A hold stops the way forward.
    OnHold,
    /// Some units are with the customer, some are not.
    PartlyDelivered,
    /// Every unit that was not given up is with the carrier.
    Shipped,
    /// Some units are with the carrier, some are not.
    PartlyShipped,
    /// A node has work.
    InFulfillment,
    /// A node is chosen for some units.
    Sourcing,
    /// Some units have nothing behind them.
    AwaitingStock,
    /// Every unit is claimed in a pool.
    Reserved,
}

impl OrderStatus {
    /// The wire name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            OrderStatus::Cancelled => "cancelled",
            OrderStatus::Delivered => "delivered",
            OrderStatus::OnHold => "on_hold",
            OrderStatus::PartlyDelivered => "partly_delivered",
            OrderStatus::Shipped => "shipped",
            OrderStatus::PartlyShipped => "partly_shipped",
            OrderStatus::InFulfillment => "in_fulfillment",
            OrderStatus::Sourcing => "sourcing",
            OrderStatus::AwaitingStock => "awaiting_stock",
            OrderStatus::Reserved => "reserved",
        }
    }
}

/// The status of an order.
///
/// Precedence, the first that fits: all Cancelled → `Cancelled`; all left Delivered →
/// `Delivered`; any hold → `OnHold`; some Delivered → `PartlyDelivered`; all left Shipped →
/// `Shipped`; some Shipped → `PartlyShipped`; some Released or Packed → `InFulfillment`; some Open
/// or Backordered → `AwaitingStock`; some Allocated → `Sourcing`; else `Reserved`.
///
/// # Cost
/// Linear in holdings.
#[must_use]
pub fn status(order: &Order) -> OrderStatus {
    let mut at = [Qty::ZERO; Stage::ALL.len()];
    for (_, holding) in order.holdings() {
        for (slot, stage) in at.iter_mut().zip(Stage::ALL) {
            if stage == holding.at.stage {
                *slot = slot.checked_add(holding.qty).unwrap_or(Qty::MAX);
            }
        }
    }
    let [open, backordered, reserved, allocated, released, packed, shipped, delivered, cancelled] =
        at.map(|q| !q.is_zero());
    let before_ship = open || backordered || reserved || allocated || released || packed;
    match () {
        () if cancelled && !delivered && !shipped && !before_ship => OrderStatus::Cancelled,
        () if delivered && !shipped && !before_ship => OrderStatus::Delivered,
        () if !order.holds.is_empty() => OrderStatus::OnHold,
        () if delivered => OrderStatus::PartlyDelivered,
        () if shipped && !before_ship => OrderStatus::Shipped,
        () if shipped => OrderStatus::PartlyShipped,
        () if released || packed => OrderStatus::InFulfillment,
        () if open || backordered => OrderStatus::AwaitingStock,
        () if allocated => OrderStatus::Sourcing,
        () => OrderStatus::Reserved,
    }
}

/// What became of the work given to a node. Computed from its quantities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FulfillmentStatus {
    /// Nothing is packed yet.
    Released,
    /// Some is packed.
    Packing,
    /// All that is left is packed.
    Packed,
    /// Nothing is left at the node.
    Done,
}

/// The status of a fulfillment order.
#[must_use]
pub fn fulfillment_status(
    order: &Order,
    fulfillment: &crate::words::FulfillmentId,
) -> FulfillmentStatus {
    let has = |stage: Stage| {
        order
            .holdings()
            .any(|(_, h)| h.at.stage == stage && h.at.fulfillment.as_ref() == Some(fulfillment))
    };
    match (has(Stage::Released), has(Stage::Packed)) {
        (true, false) => FulfillmentStatus::Released,
        (true, true) => FulfillmentStatus::Packing,
        (false, true) => FulfillmentStatus::Packed,
        (false, false) => FulfillmentStatus::Done,
    }
}
