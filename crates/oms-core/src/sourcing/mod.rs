//! Sourcing: choosing the nodes that ship an order's lines.
//!
//! A [`SourcingSnapshot`] is what a sourcer may know, taken at one sequence number; a [`Sourcer`]
//! answers with a [`Plan`]; [`check`] proves the plan by code that shares nothing with any sourcer;
//! [`Explanation`] says in plain words why. The default is [`FirstFit`]: the rules of a careful
//! dispatcher, order by order.
//!
//! # Law
//! A plan is a proposal. Only `commit_plan` makes facts of it, after the same check against the state
//! of now.
//!
//! # Units
//! Quantities in base units, weights in grams, money exact in minor units, days whole and counted from
//! the snapshot's `at`.

mod check;
mod cost;
mod explain;
mod first_fit;
mod index;
mod plan;
mod rule;
mod snapshot;
mod sourcer;

pub use check::{check, check_all};
pub use explain::{
    ExplainedPackage, ExplainedRemoved, ExplainedShortfall, Explanation, WORTH_SCARCE,
};
pub use first_fit::{Candidate, Field, FieldRow, Fields, FirstFit, Take};
pub use index::{
    GroupIndex, LaneIndex, LineIndex, NodeIndex, OrderIndex, SnapshotIndex, StockIndex,
};
pub use plan::{Assignment, Plan, ShortReason, Shortfall, Unplanned};
pub use rule::{Broken, Rule};
pub use snapshot::{
    ChannelRow, ConstraintRow, ExcludedRow, FenceRow, GroupRow, HeldRow, ItemRow, LaneRow, LineRow,
    NodeRow, OrderRow, PoolRow, ReservedRow, SourcingSnapshot, StockRow,
};
pub use sourcer::{Budget, Sourcer};
