//! The evidence that a plan brings along is kept in an event, so it has bounds too.

use super::super::place_order::count_at_most;
use super::super::receive_stock::text;
use crate::command::{Limits, Refusal};
use crate::decision::{Choice, DecidedBy, DecisionRecord};

/// Checks the length of every list and text of a decision.
///
/// # Errors
/// `limit.count` or `limit.bytes` at the first that is too long.
pub(super) fn bounded(record: &DecisionRecord, limits: &Limits) -> Result<(), Refusal> {
    count_at_most(record.chosen.len(), limits.assignments, "/decision/chosen")?;
    count_at_most(record.removed.len(), DecisionRecord::REMOVED_SHOWN, "/decision/removed")?;
    let rules = record.removed_by_rule.len();
    count_at_most(rules, limits.charges, "/decision/removed_by_rule")?;
    if let DecidedBy::Model { name, version } = &record.by {
        text(Some(name), limits, "/decision/by/model/name")?;
        text(Some(version), limits, "/decision/by/model/version")?;
    }
    text(Some(&record.inputs.hash), limits, "/decision/inputs/hash")?;
    for (index, choice) in record.chosen.iter().enumerate() {
        chosen(choice, limits, &format!("/decision/chosen/{index}"))?;
    }
    for (index, removed) in record.removed.iter().enumerate() {
        let path = format!("/decision/removed/{index}");
        text(Some(&removed.rule), limits, &format!("{path}/rule"))?;
        text(removed.reason.as_deref(), limits, &format!("{path}/reason"))?;
    }
    for (index, removed) in record.removed_by_rule.iter().enumerate() {
        text(Some(&removed.rule), limits, &format!("/decision/removed_by_rule/{index}/rule"))?;
    }
    let reason = record.overridden.as_ref().map(|o| o.reason.as_ref());
    text(reason, limits, "/decision/overridden/reason")
}

fn chosen(choice: &Choice, limits: &Limits, path: &str) -> Result<(), Refusal> {
    count_at_most(choice.units.len(), limits.lines, &format!("{path}/units"))?;
    count_at_most(choice.drivers.len(), limits.charges, &format!("{path}/drivers"))?;
    for (index, driver) in choice.drivers.iter().enumerate() {
        text(Some(&driver.code), limits, &format!("{path}/drivers/{index}/code"))?;
    }
    let nodes = choice.runner_up.as_ref().map_or(0, |other| other.nodes.len());
    count_at_most(nodes, limits.assignments, &format!("{path}/runner_up/nodes"))
}
