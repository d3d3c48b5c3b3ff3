//! What a sourcer answers: assignments, shortfalls and the evidence for both.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::decision::DecisionRecord;
use crate::words::{LineId, LocationId, OrderId, Qty};

/// A proposal: which node shall ship how much of which line, and what stays unfilled and why.
///
/// A plan is data and no fact. `commit_plan` checks it against the state of *now* before anything
/// moves.
///
/// # Law
/// Per line of the snapshot, assigned plus short units are the open plus the reserved ones; every
/// order that wants units has a record. Assignments stand in the order in which they are to be
/// committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The sequence number of the snapshot that the plan was made from.
    pub based_on: u64,
    /// What goes where.
    pub assignments: Vec<Assignment>,
    /// What could not be placed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shortfalls: Vec<Shortfall>,
    /// The evidence, by order.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub records: BTreeMap<OrderId, DecisionRecord>,
}

impl Plan {
    /// Makes a plan that assigns nothing.
    pub const fn empty(based_on: u64) -> Self {
        Self { based_on, assignments: Vec::new(), shortfalls: Vec::new(), records: BTreeMap::new() }
    }

    /// Takes out what concerns one order, as a plan of its own.
    ///
    /// # Cost
    /// O(assignments + shortfalls); to take a large plan apart use [`Plan::into_orders`].
    #[must_use]
    pub fn for_order(&self, order: &OrderId) -> Self {
        Self {
            based_on: self.based_on,
            assignments: self.assignments.iter().filter(|a| a.order == *order).cloned().collect(),
            shortfalls: self.shortfalls.iter().filter(|s| s.order == *order).cloned().collect(),
            records: self
                .records
                .get_key_value(order)
                .map(|(id, record)| (id.clone(), record.clone()))
                .into_iter()
                .collect(),
        }
    }

    /// Splits the plan into one plan per order, in the order in which orders first appear in it.
    ///
    /// Orders with assignments come first, then those that only have shortfalls or a record.
    pub fn into_orders(self) -> Vec<(OrderId, Self)> {
        let based_on = self.based_on;
        let mut at: BTreeMap<OrderId, usize> = BTreeMap::new();
        let mut parts: Vec<(OrderId, Self)> = Vec::new();
        let mut add = |order: &OrderId, put: &mut dyn FnMut(&mut Self)| {
            let place = *at.entry(order.clone()).or_insert_with(|| {
                parts.push((order.clone(), Self::empty(based_on)));
                parts.len() - 1
            });
            if let Some((_, part)) = parts.get_mut(place) {
                put(part);
            }
        };
        for assignment in self.assignments {
            let order = assignment.order.clone();
            add(&order, &mut |part| part.assignments.push(assignment.clone()));
        }
        for shortfall in self.shortfalls {
            let order = shortfall.order.clone();
            add(&order, &mut |part| part.shortfalls.push(shortfall.clone()));
        }
        for (order, record) in self.records {
            add(&order, &mut |part| {
                part.records.insert(order.clone(), record.clone());
            });
        }
        parts
    }
}

/// Units of one line that one node shall ship.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Assignment {
    /// The order.
    pub order: OrderId,
    /// Its line.
    pub line: LineId,
    /// The node that ships.
    pub node: LocationId,
    /// How many units; at least one.
    pub qty: Qty,
}

/// Units of one line that a plan could not place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shortfall {
    /// The order.
    pub order: OrderId,
    /// Its line.
    pub line: LineId,
    /// How many units; at least one.
    pub qty: Qty,
    /// Why.
    pub reason: ShortReason,
}

/// Why units stay unfilled.
///
/// The wire form is the stable code.
///
/// # Example
/// ```
/// use oms_core::sourcing::ShortReason;
///
/// assert_eq!(ShortReason::NoStock.code(), "short.no_stock");
/// assert_eq!(serde_json::to_string(&ShortReason::NoStock)?, "\"short.no_stock\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ShortReason {
    /// A hold keeps the order from being sourced.
    #[serde(rename = "short.on_hold")]
    OnHold,
    /// No node of the channel's pools had a unit.
    #[serde(rename = "short.no_stock")]
    NoStock,
    /// Nodes had units, but orders that go first in this plan take them.
    #[serde(rename = "short.taken_first")]
    TakenFirst,
    /// Nodes have units, but they are promised to other orders or fenced for other channels.
    #[serde(rename = "short.claimed")]
    Claimed,
    /// Nodes have units, but rules removed every one of them; the record names them.
    #[serde(rename = "short.nodes_removed")]
    NodesRemoved,
    /// The order allows no further package.
    #[serde(rename = "short.packages")]
    Packages,
    /// The order ships from one node only, and that one has no more.
    #[serde(rename = "short.single_node")]
    SingleNode,
    /// The line may not be split and no node has all of it.
    #[serde(rename = "short.line_whole")]
    LineWhole,
    /// The order ships complete or not at all, and other units of it are short.
    #[serde(rename = "short.not_complete")]
    NotComplete,
    /// The budget was spent before the order's turn came.
    #[serde(rename = "short.budget")]
    Budget,
    /// It would cost more to ship the units than to leave them unfilled.
    #[serde(rename = "short.too_dear")]
    TooDear,
}

impl ShortReason {
    /// Gives the stable text code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OnHold => "short.on_hold",
            Self::NoStock => "short.no_stock",
            Self::TakenFirst => "short.taken_first",
            Self::Claimed => "short.claimed",
            Self::NodesRemoved => "short.nodes_removed",
            Self::Packages => "short.packages",
            Self::SingleNode => "short.single_node",
            Self::LineWhole => "short.line_whole",
            Self::NotComplete => "short.not_complete",
            Self::Budget => "short.budget",
            Self::TooDear => "short.too_dear",
        }
    }
}

/// Why a sourcer made no plan at all: the snapshot is not one.
///
/// Demand that cannot be filled is no error but a [`Shortfall`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unplanned {
    /// A row of the snapshot names something that is not in it.
    #[error("`{array}[{index}]` names the unknown {what} `{id}`: add it or drop the row")]
    Unknown {
        /// The array of the snapshot.
        array: &'static str,
        /// The position in it.
        index: usize,
        /// What kind of thing is unknown.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// A row of the snapshot stands there twice.
    #[error("`{array}[{index}]` repeats `{id}`: keep one of the rows")]
    Duplicate {
        /// The array of the snapshot.
        array: &'static str,
        /// The position of the second one.
        index: usize,
        /// What is repeated.
        id: String,
    },
    /// A cost or a quantity in the snapshot is beyond all reckoning.
    #[error("{what} is too large to reckon with: {detail}")]
    Absurd {
        /// Whose it is, such as "a cost of node `DC-EAST`".
        what: String,
        /// What the arithmetic said.
        detail: String,
    },
    /// The sourcer itself failed, and says how.
    #[error("the sourcer gave up: {detail}")]
    GaveUp {
        /// What happened, and what to do.
        detail: String,
    },
}
