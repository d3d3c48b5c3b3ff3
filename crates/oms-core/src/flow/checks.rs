//! Refusals that several verbs share, so that each of them says the same thing in the same words.

use crate::catalog::{Reason, ReasonKind};
use crate::command::{Code, Refusal};
use crate::order::{Line, Order, Stage};
use crate::words::{LineId, ReasonId, Timestamp};

/// The order must have something left to do.
pub(crate) fn not_closed(order: &Order) -> Result<(), Refusal> {
    if order.is_closed() {
        let found = format!("`{}`, all of whose units are delivered or cancelled", order.id);
        return Err(
            Refusal::new(Code::OrderClosed, "an order with units under way", found).at("/order")
        );
    }
    Ok(())
}

/// A line of the order, with its place in it.
pub(crate) fn line<'o>(
    order: &'o Order,
    id: &LineId,
    path: &str,
) -> Result<(usize, &'o Line), Refusal> {
    order.lines.iter().enumerate().find(|(_, l)| l.given.line == *id).ok_or_else(|| {
        let expected = format!("a line of order `{}`", order.id);
        Refusal::new(Code::LineUnknown, expected, format!("`{id}`")).at(path)
    })
}

/// The units are not where the verb could move them.
pub(crate) fn stage_forbids(line: &Line, expected: impl Into<String>, path: &str) -> Refusal {
    Refusal::new(Code::StageForbids, expected, whereabouts(line)).at(path)
}

/// Where the units of a line are, in words: "2 open, 1 packed".
pub(crate) fn whereabouts(line: &Line) -> String {
    let parts: Vec<String> = Stage::ALL
        .iter()
        .map(|stage| (stage, line.at(*stage)))
        .filter(|(_, qty)| !qty.is_zero())
        .map(|(stage, qty)| format!("{qty} {}", stage.name()))
        .collect();
    parts.join(", ")
}

/// A reason must be in the catalogue, and of a kind that explains the act.
pub(crate) fn reason(reason: Option<&ReasonId>, kinds: &[ReasonKind]) -> Result<(), Refusal> {
    let Some(id) = reason else { return Ok(()) };
    if Reason::builtin(id).is_some_and(|known| kinds.contains(&known.kind)) {
        return Ok(());
    }
    let codes = kinds.iter().flat_map(|kind| Reason::builtin_codes(*kind));
    let expected = format!("one of {}", codes.collect::<Vec<_>>().join(", "));
    Err(Refusal::new(Code::ReasonUnknown, expected, format!("`{id}`")).at("/reason"))
}

/// A deadline must lie ahead.
pub(crate) fn ahead(until: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    match until {
        Some(until) if until <= now => {
            let expected = format!("a moment after {now}");
            Err(Refusal::new(Code::DateRange, expected, until.to_string()).at("/until"))
        }
        _ => Ok(()),
    }
}
