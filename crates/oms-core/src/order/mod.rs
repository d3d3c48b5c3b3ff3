//! What was promised to the customer: orders, lines, quantities by stage, holds, computed status.
//!
//! **Law.** The ordered quantity of a line is the sum of its holdings after every event
//! ([`Order::audit`]). Statuses are computed ([`status()`]); nothing here knows about stock.

mod hold;
mod holding;
#[expect(clippy::module_inception, reason = "the main thing of the context, under its own name")]
mod order;
mod placed;
mod stage;
mod status;
pub mod totals;

pub use hold::{Hold, HoldKind};
pub use holding::{Direction, Holding, Move, Spot, pick, precedence, total};
pub use order::{
    Exclusion, FulfillmentOrder, Line, NodeDay, Order, OrderLaw, Package, Pending, Promised,
};
pub use placed::{
    Charge, ClearOrder, Constraints, Group, Placed, PlacedLine, Presentment, SourceRef, Tax, Way,
};
pub use stage::{CANCEL_ORDER, MOVES, MoveRow, Stage, Verb, allows};
pub use status::{FulfillmentStatus, OrderStatus, fulfillment_status, status};
