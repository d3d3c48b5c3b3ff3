//! What to order, where and when: inventory policies over a distribution of demand.
//!
//! A [`Distribution`] says how much may be wanted while stock is protected: a normal one, counts such as Poisson, or the
//! quantiles of a forecast. From it come the textbook answers, each exact for its model: how much once
//! ([`newsvendor`](newsvendor())), how much at a time ([`lot`]), up to which level ([`OrderUpTo`]), from which point on
//! ([`reorder_point_and_quantity`], [`reorder_point_and_level`], [`reorder_levels`]), in which periods
//! ([`wagner_whitin`]), where along a supply chain ([`guaranteed_service`], [`serial_system`]). What comes out is rounded to
//! what a supplier sells ([`OrderRule`]), to what sells before it spoils ([`sold_before_expiry`]), to what there is money for
//! ([`within_budget`]) and what other nodes have too much of ([`transfers`]). [`replay`] tells what would have become of all
//! that.
//!
//! # Units
//! Demand in units, time in periods of the caller's choice, cost in minor units or any other unit of money; a holding
//! cost is per unit and period.
//!
//! # Law
//! The same input gives the same bits. A value outside of its range is a [`PolicyError`] that names it.

mod base_stock;
mod budget;
mod counts;
mod distribution;
mod error;
mod grid;
mod guaranteed;
mod lead_time;
pub mod lot;
mod lot_sizing;
mod newsvendor;
mod normal;
mod reorder;
mod replay;
mod rounding;
mod seldom;
mod serial;
mod shelf_life;
mod transfer;

pub use base_stock::{BaseStock, OrderUpTo, Service, base_stock};
pub use budget::{Bought, MOST_STEPS_BOUGHT, Offer, within_budget};
pub use counts::{Counts, MOST_COUNTS};
pub use distribution::Distribution;
pub use error::PolicyError;
pub use grid::QuantileGrid;
pub use guaranteed::{Committed, MOST_SERVICE_TIME, Placement, StockNode, guaranteed_service};
pub use lead_time::{LeadTime, MOST_LEAD_TIME, demand_over};
pub use lot_sizing::{LotPlan, MOST_PERIODS, silver_meal, wagner_whitin};
pub use newsvendor::{Newsvendor, newsvendor};
pub use normal::{normal_cdf, normal_density, normal_loss, normal_quantile};
pub use reorder::{
    ReorderLevel, ReorderQuantity, ServiceOf, reorder_point, reorder_point_and_level,
    reorder_point_and_quantity, service_of,
};
pub use replay::{Cuts, ReviewOrder, ShelfOutcome, StockPoint, cuts, replay};
pub use rounding::{OrderRule, Rounded};
pub use seldom::reorder_levels;
pub use serial::{MOST_LATTICE, SerialPlan, SerialStage, serial_bounds, serial_system};
pub use shelf_life::{outdated, sold_before_expiry};
pub use transfer::{Lane, MOST_MOVES, Moved, NodeStock, Transfers, transfers};
