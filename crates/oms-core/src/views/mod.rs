//! Read models: what people and minds look at. Nothing here decides.

mod demand_view;
mod order_card;
mod sourcing_view;
mod stock_card;
mod tally;

pub use demand_view::{DemandDay, DemandKey, DemandPlace, DemandView, Outage};
pub use order_card::{
    FulfillmentCard, LineCard, Moment, OrderCard, PackageCard, UnitsCard, decisions, order_card,
    timeline,
};
pub use sourcing_view::{sourcing_snapshot, sourcing_work};
pub use stock_card::{StockCard, stock_card};
pub use tally::{Tally, tally};
