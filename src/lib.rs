#![doc = include_str!("../README.md")]

#[cfg(feature = "alloc")]
#[doc(inline)]
pub use oms_alloc as alloc;
#[cfg(feature = "testing")]
#[doc(inline)]
pub use oms_core::testing;
#[doc(inline)]
pub use oms_core::{
    catalog, command, decision, desk, engine, event, flow, fulfillment, order, sourcing, stock,
    views, words,
};
#[cfg(feature = "forecast")]
#[doc(inline)]
pub use oms_forecast as forecast;
#[cfg(feature = "sqlite")]
#[doc(inline)]
pub use oms_store::{Durability, Settings, SqliteStore};

mod oms;
#[cfg(feature = "forecast")]
mod replenish_round;
mod source_orders;
mod sourcing_round;
#[cfg(feature = "forecast")]
mod work_round;

pub use oms::Oms;
#[cfg(feature = "forecast")]
pub use replenish_round::{
    BadPolicy, Inbound, LeadDays, MOST_PLAN_DAYS, MOST_POLICY_BYTES, MOST_PROMOTIONS,
    MOST_SIBLINGS, NotReplenished, PolicyName, Promotion, ReplenishPolicy, ServiceDays,
    ServiceGoal, Siblings, SupplyKind, SupplyPlan, SupplyProposal, SupplyReason, SupplySource,
    Terms, TermsRule, TermsScope, UnknownName,
};
pub use source_orders::{Asked, ROUND_ID_BYTES, SourceOrders, Which};
pub use sourcing_round::{WAVE, WAVE_LINES};
#[cfg(feature = "forecast")]
pub use work_round::{
    BadTasks, MOST_TASKS, MOST_TASKS_BYTES, MOST_WORK_HOURS, NoWorkPlan, NodeWork, TaskRate,
    WorkHour, WorkLoad, WorkPer, WorkPlan, WorkTasks,
};
