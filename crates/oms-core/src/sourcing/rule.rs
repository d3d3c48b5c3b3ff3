//! The rules of a plan, by stable code, and how a broken one is told.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::words::{LineId, LocationId, OrderId};

/// A rule that a plan must keep, in the order in which they are told.
///
/// # Example
/// ```
/// use oms_core::sourcing::Rule;
///
/// assert_eq!(Rule::NodeIncapable.code(), "plan.node_incapable");
/// assert!(Rule::OrderUnknown < Rule::CapacityExceeded);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Rule {
    /// The order is in the snapshot.
    #[serde(rename = "plan.order_unknown")]
    OrderUnknown,
    /// The line is one of the order's with units to be sourced.
    #[serde(rename = "plan.line_unknown")]
    LineUnknown,
    /// The item of the line is in the snapshot.
    #[serde(rename = "plan.item_unknown")]
    ItemUnknown,
    /// The node is in the snapshot.
    #[serde(rename = "plan.node_unknown")]
    NodeUnknown,
    /// An assignment has at least one unit.
    #[serde(rename = "plan.quantity_zero")]
    QuantityZero,
    /// An (order, line, node) stands once.
    #[serde(rename = "plan.duplicate")]
    Duplicate,
    /// No hold blocks the order.
    #[serde(rename = "plan.order_on_hold")]
    OrderOnHold,
    /// A line gets no more than its open and reserved units.
    #[serde(rename = "plan.line_exceeded")]
    LineExceeded,
    /// The node is not closed.
    #[serde(rename = "plan.node_closed")]
    NodeClosed,
    /// The node lies in a pool that the order's channel sells from.
    #[serde(rename = "plan.pool_not_sold")]
    PoolNotSold,
    /// The node ships, and can do what the item needs.
    #[serde(rename = "plan.node_incapable")]
    NodeIncapable,
    /// The order may be sent to the node for the SKU.
    #[serde(rename = "plan.node_excluded")]
    NodeExcluded,
    /// A lane leads from the node to the group's region by the service asked for.
    #[serde(rename = "plan.lane_missing")]
    LaneMissing,
    /// One of these lanes arrives by the group's deadline.
    #[serde(rename = "plan.deadline_missed")]
    DeadlineMissed,
    /// A line that may not be split comes whole and from one node.
    #[serde(rename = "plan.line_split")]
    LineSplit,
    /// An order that ships from a single node does.
    #[serde(rename = "plan.not_single_node")]
    NotSingleNode,
    /// An order makes no more packages than it allows.
    #[serde(rename = "plan.too_many_packages")]
    TooManyPackages,
    /// An order that ships complete gets all its units or none.
    #[serde(rename = "plan.ship_incomplete")]
    ShipIncomplete,
    /// A node has the units, over all orders together.
    #[serde(rename = "plan.stock_exceeded")]
    StockExceeded,
    /// A pool's ats and the channel's own fence cover what is claimed anew, over all orders together.
    #[serde(rename = "plan.claim_exceeded")]
    ClaimExceeded,
    /// A node takes no more orders than its capacity leaves today.
    #[serde(rename = "plan.capacity_exceeded")]
    CapacityExceeded,
}

impl Rule {
    /// Every rule, in the order in which they are told.
    pub const ALL: [Self; 21] = [
        Self::OrderUnknown,
        Self::LineUnknown,
        Self::ItemUnknown,
        Self::NodeUnknown,
        Self::QuantityZero,
        Self::Duplicate,
        Self::OrderOnHold,
        Self::LineExceeded,
        Self::NodeClosed,
        Self::PoolNotSold,
        Self::NodeIncapable,
        Self::NodeExcluded,
        Self::LaneMissing,
        Self::DeadlineMissed,
        Self::LineSplit,
        Self::NotSingleNode,
        Self::TooManyPackages,
        Self::ShipIncomplete,
        Self::StockExceeded,
        Self::ClaimExceeded,
        Self::CapacityExceeded,
    ];

    /// Gives the stable text code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::OrderUnknown => "plan.order_unknown",
            Self::LineUnknown => "plan.line_unknown",
            Self::ItemUnknown => "plan.item_unknown",
            Self::NodeUnknown => "plan.node_unknown",
            Self::QuantityZero => "plan.quantity_zero",
            Self::Duplicate => "plan.duplicate",
            Self::OrderOnHold => "plan.order_on_hold",
            Self::LineExceeded => "plan.line_exceeded",
            Self::NodeClosed => "plan.node_closed",
            Self::PoolNotSold => "plan.pool_not_sold",
            Self::NodeIncapable => "plan.node_incapable",
            Self::NodeExcluded => "plan.node_excluded",
            Self::LaneMissing => "plan.lane_missing",
            Self::DeadlineMissed => "plan.deadline_missed",
            Self::LineSplit => "plan.line_split",
            Self::NotSingleNode => "plan.not_single_node",
            Self::TooManyPackages => "plan.too_many_packages",
            Self::ShipIncomplete => "plan.ship_incomplete",
            Self::StockExceeded => "plan.stock_exceeded",
            Self::ClaimExceeded => "plan.claim_exceeded",
            Self::CapacityExceeded => "plan.capacity_exceeded",
        }
    }
}

/// A rule that a plan breaks, where, and by how much.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[error("`{}` is broken at {}: expected {expected}, found {found}", .rule.code(), place(.order, .line, .node))]
pub struct Broken {
    /// The rule.
    pub rule: Rule,
    /// The order that breaks it, or the first one whose units are too many.
    pub order: OrderId,
    /// The line, where the rule speaks of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<LineId>,
    /// The node, where the rule speaks of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<LocationId>,
    /// What the rule asks for.
    pub expected: String,
    /// What the plan has.
    pub found: String,
}

/// Says where a rule is broken.
fn place(order: &OrderId, line: &Option<LineId>, node: &Option<LocationId>) -> String {
    let line = line.as_ref().map_or(String::new(), |line| format!(" line `{line}`"));
    let node = node.as_ref().map_or(String::new(), |node| format!(" node `{node}`"));
    format!("order `{order}`{line}{node}")
}
