//! The record of one decision.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::words::{ActorId, GroupId, LineId, LocationId, Money, Qty, Timestamp};

/// A stable text code of a rule, a driver or a reason, such as `plan.node_excluded`.
pub type Code = Cow<'static, str>;

/// The evidence of one decision: who decided, on what, what was chosen and what lost.
///
/// One record speaks of one order. It is written by the sourcer (or the person) that proposed,
/// carried unchanged by the command, and kept in the event; reading it needs nothing else.
///
/// # Law
/// Every list is bounded by its writer: [`DecisionRecord::REMOVED_SHOWN`] removed nodes are named,
/// the rest is only counted.
///
/// # Example
/// ```
/// use oms_core::decision::{DecidedBy, DecisionRecord, Inputs};
///
/// let by = DecidedBy::model("first_fit", "1");
/// let record = DecisionRecord::new(by, Inputs { seq: 17, hash: "c0ffee".to_owned() });
/// assert!(record.chosen.is_empty());
/// let text = serde_json::to_string(&record)?;
/// assert_eq!(serde_json::from_str::<DecisionRecord>(&text)?, record);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionRecord {
    /// Who decided: a model with its version, or a person.
    pub by: DecidedBy,
    /// What the decision was made from.
    pub inputs: Inputs,
    /// What was chosen, one entry per package; empty when nothing could be placed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<Choice>,
    /// Candidates that a rule took out, the most telling first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Removed>,
    /// How many candidates each rule took out, the named ones included, by rule code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed_by_rule: Vec<RemovedCount>,
    /// How sure the model is, in whole percent from 0 to 100, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence_percent: Option<u8>,
    /// The different choice of a person that replaced the proposal, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Override>,
}

impl DecisionRecord {
    /// The most removed candidates that a record names; more are only counted.
    pub const REMOVED_SHOWN: usize = 8;

    /// Makes an empty record that says who decides and from what.
    pub const fn new(by: DecidedBy, inputs: Inputs) -> Self {
        Self {
            by,
            inputs,
            chosen: Vec::new(),
            removed: Vec::new(),
            removed_by_rule: Vec::new(),
            confidence_percent: None,
            overridden: None,
        }
    }
}

/// Who made a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum DecidedBy {
    /// A model or a rule set, by name and version.
    Model {
        /// The stable name, such as `first_fit`.
        name: String,
        /// The version of the model's behavior, such as `1`.
        version: String,
    },
    /// A person or a system account.
    Actor(ActorId),
}

impl DecidedBy {
    /// Names a model and its version.
    pub fn model(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self::Model { name: name.into(), version: version.into() }
    }
}

/// What a decision was made from, so that it can be repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// The sequence number of the last fact that the decision saw.
    pub seq: u64,
    /// SHA-256 of the canonical input, in lower-case hex.
    pub hash: String,
}

/// One chosen package: units of an order's lines that leave one node together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The group that the package belongs to.
    pub group: GroupId,
    /// The node that ships it.
    pub node: LocationId,
    /// What it holds, by line.
    pub units: Vec<ChosenUnits>,
    /// Days from the decision to the customer's door.
    pub days: u32,
    /// What the package costs in all.
    pub cost: Money,
    /// What made it cost that and come then, the heaviest first.
    pub drivers: Vec<Driver>,
    /// The best choice that lost to this one, if another could serve at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runner_up: Option<Alternative>,
}

impl Choice {
    /// Sums the units of the package over its lines; saturates at the largest quantity.
    pub fn quantity(&self) -> u64 {
        self.units.iter().fold(0, |sum, units| sum.saturating_add(units.qty.get()))
    }
}

/// A quantity of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChosenUnits {
    /// The line.
    pub line: LineId,
    /// How many of its units.
    pub qty: Qty,
}

/// A choice that lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// The node, or the nodes where only several together could replace the choice.
    pub nodes: Vec<LocationId>,
    /// How many units it would have placed.
    pub units: u64,
    /// What it would have cost in all.
    pub cost: Money,
    /// Its cost minus the cost of the choice; below zero where it is cheaper but lost otherwise.
    pub gap: Money,
    /// Its days minus the days of the choice; below zero where it is faster.
    pub gap_days: i64,
}

/// One weighted cause of a choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Driver {
    /// The stable code of the cause, such as `cost.lane`.
    pub code: Code,
    /// How much it weighs.
    pub amount: Amount,
}

/// The weight of a driver: exact money or whole days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Amount {
    /// An amount of money.
    Money(Money),
    /// A number of days.
    Days(i64),
}

/// A candidate that a rule took out before prices were compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// The node that could not be chosen.
    pub node: LocationId,
    /// The line for which it could not, where the rule speaks of one line only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<LineId>,
    /// The stable code of the rule, such as `plan.node_excluded`.
    pub rule: Code,
    /// The reason code behind the rule, such as that of a node's rejection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Code>,
    /// When the rule stops to hold, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// How many candidates one rule took out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemovedCount {
    /// The stable code of the rule.
    pub rule: Code,
    /// How many (node, line) pairs or nodes it took out.
    pub count: u64,
}

/// A person's different choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Who overrode.
    pub by: ActorId,
    /// The reason code that was given.
    pub reason: Code,
    /// When it was done.
    pub at: Timestamp,
}
