//! Plain words for a decision, rendered from its record.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::plan::{Plan, ShortReason, Shortfall};
use crate::decision::{
    Alternative, Amount, Choice, Code, DecidedBy, DecisionRecord, Driver, Removed,
};
use crate::words::{GroupId, LineId, LocationId, Money, OrderId, Qty};

/// The driver that tells what a package's units are worth to all orders together: what one more of each would save.
/// It is no part of the package's cost.
pub const WORTH_SCARCE: &str = "worth.scarce";

/// Why an order ships from where it ships: as data, and as lines for people.
///
/// It is rendered from the [`DecisionRecord`] and the shortfalls alone, so it says the same today and in
/// ten years, whatever became of the model.
///
/// # Example
/// ```
/// use oms_core::decision::{Alternative, Choice, ChosenUnits, DecidedBy, DecisionRecord, Inputs};
/// use oms_core::sourcing::Explanation;
/// use oms_core::words::{GroupId, LineId, LocationId, Qty};
///
/// let by = DecidedBy::model("first_fit", "1");
/// let mut record = DecisionRecord::new(by, Inputs { seq: 17, hash: "c0ffee".to_owned() });
/// record.chosen.push(Choice {
///     group: GroupId::new("1")?,
///     node: LocationId::new("STORE-12")?,
///     units: vec![ChosenUnits { line: LineId::new("1")?, qty: Qty::new(2)? }],
///     days: 1,
///     cost: "4.10 USD".parse()?,
///     drivers: Vec::new(),
///     runner_up: Some(Alternative {
///         nodes: vec![LocationId::new("DC-EAST")?],
///         units: 2,
///         cost: "5.95 USD".parse()?,
///         gap: "1.85 USD".parse()?,
///         gap_days: 1,
///     }),
/// });
/// assert_eq!(
///     Explanation::new(&record, &[]).to_string(),
///     "2 from STORE-12: in stock, 1 day, 4.10 USD; DC-EAST 5.95 USD, +1 day",
/// );
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Who decided.
    pub by: DecidedBy,
    /// The packages that were chosen.
    pub packages: Vec<ExplainedPackage>,
    /// Nodes that a rule took out, the most telling first.
    pub removed: Vec<ExplainedRemoved>,
    /// How many further (node, line) pairs or nodes rules took out.
    pub removed_more: u64,
    /// What stays unfilled.
    pub short: Vec<ExplainedShortfall>,
}

/// A chosen package, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedPackage {
    /// The group that it belongs to.
    pub group: GroupId,
    /// The node that ships it.
    pub node: LocationId,
    /// How many units are in it.
    pub units: u64,
    /// How many lines they are of.
    pub lines: usize,
    /// Days to the door.
    pub days: u32,
    /// What it costs.
    pub cost: Money,
    /// What it consists of and what else weighed, the heaviest first: `cost.` drivers sum to the cost.
    pub drivers: Vec<Driver>,
    /// What lost to it; as much cheaper as the gap it would have won.
    pub runner_up: Option<Alternative>,
    /// The same for people.
    pub text: String,
}

/// A node that was out of the question, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedRemoved {
    /// The node.
    pub node: LocationId,
    /// The line, where it is about one line only.
    pub line: Option<LineId>,
    /// The stable code of the rule.
    pub rule: Code,
    /// The same for people.
    pub text: String,
}

/// Units that stay unfilled, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedShortfall {
    /// The line.
    pub line: LineId,
    /// How many units.
    pub qty: Qty,
    /// Why.
    pub reason: ShortReason,
    /// The same for people.
    pub text: String,
}

impl Explanation {
    /// The most removed nodes that the lines for people name.
    const REMOVED_TOLD: usize = 3;

    /// Explains a record and what the plan left unfilled of the same order.
    #[must_use]
    pub fn new(record: &DecisionRecord, shortfalls: &[Shortfall]) -> Self {
        let all =
            record.removed_by_rule.iter().fold(0_u64, |sum, row| sum.saturating_add(row.count));
        let named = u64::try_from(record.removed.len()).unwrap_or(u64::MAX);
        let chosen = record.chosen.iter().flat_map(|choice| &choice.units).map(|part| &part.line);
        let removed = record.removed.iter().filter_map(|row| row.line.as_ref());
        let short = shortfalls.iter().map(|row| &row.line);
        // An order with one line is not told which one.
        let names_lines = chosen.chain(removed).chain(short).collect::<BTreeSet<_>>().len() > 1;
        Self {
            by: record.by.clone(),
            packages: record.chosen.iter().map(explain_package).collect(),
            removed: record.removed.iter().map(|row| explain_removed(row, names_lines)).collect(),
            removed_more: all.saturating_sub(named),
            short: shortfalls.iter().map(|row| explain_shortfall(row, names_lines)).collect(),
        }
    }

    /// Explains one order of a plan, if the plan has a record of it.
    #[must_use]
    pub fn of_order(plan: &Plan, order: &OrderId) -> Option<Self> {
        let part = plan.for_order(order);
        let record = part.records.get(order)?;
        Some(Self::new(record, &part.shortfalls))
    }

    /// Gives the lines for people: packages, what was out of the question, what is short.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.packages.iter().map(|package| package.text.clone()).collect();
        if let Some(removed) = self.removed_line() {
            match lines.as_mut_slice() {
                [only] => *only = format!("{only}; {removed}"),
                _ => lines.push(removed),
            }
        }
        lines.extend(self.short.iter().map(|short| short.text.clone()));
        lines
    }

    fn removed_line(&self) -> Option<String> {
        let mut told: Vec<String> =
            self.removed.iter().take(Self::REMOVED_TOLD).map(|row| row.text.clone()).collect();
        let untold = self.removed.len().saturating_sub(told.len());
        let more = self.removed_more.saturating_add(u64::try_from(untold).unwrap_or(u64::MAX));
        if more > 0 {
            told.push(format!("{more} more ruled out"));
        }
        (!told.is_empty()).then(|| told.join("; "))
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}

fn explain_package(choice: &Choice) -> ExplainedPackage {
    let units = choice.quantity();
    let of_lines = match choice.units.len() {
        0 | 1 => String::new(),
        lines => format!(" of {lines} lines"),
    };
    let days = count_days(i64::from(choice.days));
    let mut text =
        format!("{units}{of_lines} from {}: in stock, {days}, {}", choice.node, choice.cost);
    if let Some(other) = &choice.runner_up {
        text.push_str("; ");
        text.push_str(&explain_alternative(other, units));
    }
    let scarce = choice.drivers.iter().find(|driver| driver.code == WORTH_SCARCE);
    if let Some(Driver { amount: Amount::Money(worth), .. }) = scarce {
        text.push_str(&format!("; scarce units, worth {worth} to all orders"));
    }
    ExplainedPackage {
        group: choice.group.clone(),
        node: choice.node.clone(),
        units,
        lines: choice.units.len(),
        days: choice.days,
        cost: choice.cost,
        drivers: choice.drivers.clone(),
        runner_up: choice.runner_up.clone(),
        text,
    }
}

fn explain_alternative(other: &Alternative, units: u64) -> String {
    let nodes: Vec<&str> = other.nodes.iter().map(LocationId::as_str).collect();
    let nodes = nodes.join(" with ");
    if other.units < units {
        return format!("{nodes} has only {} of them", other.units);
    }
    let days = match other.gap_days {
        0 => String::new(),
        days if days > 0 => format!(", +{}", count_days(days)),
        days => format!(", {}", count_days(days)),
    };
    format!("{nodes} {}{days}", other.cost)
}

fn count_days(days: i64) -> String {
    if days.unsigned_abs() == 1 { format!("{days} day") } else { format!("{days} days") }
}

fn explain_removed(removed: &Removed, names_lines: bool) -> ExplainedRemoved {
    let until = removed.until.map_or(String::new(), |until| format!(" until {until}"));
    let why = match (&*removed.rule, &removed.reason) {
        ("plan.node_excluded", Some(reason)) => match reason.split_once(':') {
            Some(("rule.forbidden", id)) => format!("rule {id} forbids it"),
            Some(("rule.pinned", id)) => format!("rule {id} pins it elsewhere"),
            _ => format!("{} there", reason.replace('_', " ")),
        },
        ("rule.reserved", Some(id)) => format!("rule {id} holds back its units"),
        ("plan.node_excluded", None) => "rejected it".to_owned(),
        ("plan.node_incapable", _) => "cannot handle it".to_owned(),
        ("plan.capacity_exceeded", _) => "no capacity left today".to_owned(),
        ("plan.deadline_missed", _) => "too slow for the deadline".to_owned(),
        ("plan.not_single_node", _) => "the order ships from one other node".to_owned(),
        ("plan.line_split", _) => "the rest of the line is elsewhere".to_owned(),
        ("plan.node_closed", _) => "closed".to_owned(),
        ("plan.claim_exceeded", _) => "its units are promised to others".to_owned(),
        ("plan.pool_not_sold", _) => "not sold by this channel".to_owned(),
        ("plan.lane_missing", _) => "no lane to the customer".to_owned(),
        ("cost.currency_differs", _) => "its costs are in another currency".to_owned(),
        (code, _) => code.to_owned(),
    };
    let line = removed.line.as_ref().filter(|_| names_lines);
    let line = line.map_or(String::new(), |line| format!(" for line {line}"));
    ExplainedRemoved {
        node: removed.node.clone(),
        line: removed.line.clone(),
        rule: removed.rule.clone(),
        text: format!("not {}{line}: {why}{until}", removed.node),
    }
}

fn explain_shortfall(short: &Shortfall, names_lines: bool) -> ExplainedShortfall {
    let why = match short.reason {
        ShortReason::OnHold => "the order is on hold",
        ShortReason::NoStock => "no node has any",
        ShortReason::TakenFirst => "taken by what goes first",
        ShortReason::Claimed => "what is there is promised to others",
        ShortReason::NodesRemoved => "every node that has some is ruled out",
        ShortReason::Packages => "the order allows no further package",
        ShortReason::SingleNode => "the order ships from one node",
        ShortReason::LineWhole => "the line may not be split",
        ShortReason::NotComplete => "the order ships complete or not at all",
        ShortReason::Budget => "the budget was spent before",
        ShortReason::TooDear => "shipping them costs more than they are worth",
    };
    let line = if names_lines { format!(" on line {}", short.line) } else { String::new() };
    ExplainedShortfall {
        line: short.line.clone(),
        qty: short.qty,
        reason: short.reason,
        text: format!("{} short{line}: {why}", short.qty),
    }
}
