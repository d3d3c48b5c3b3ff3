//! Refusals that several verbs share, so that each of them says the same thing in the same words.

use std::collections::BTreeMap;

use crate::catalog::{Reason, ReasonKind, Unfit};
use crate::command::{Code, Refusal};
use crate::order::{Holding, Line, Order, Stage};
use crate::words::{LineId, LocationId, ReasonId, Timestamp};

/// A definition that does not contradict itself.
pub(crate) fn fit(checked: Result<(), Unfit>, below: &str) -> Result<(), Refusal> {
    checked.map_err(|unfit| {
        let path = format!("{below}{}", unfit.path);
        Refusal::new(Code::OutOfRange, unfit.expected, unfit.found).at(path)
    })
}

/// An order takes no more of a thing than its bound says.
pub(crate) fn room_for(
    known: usize,
    new: usize,
    most: usize,
    things: &str,
    path: &str,
) -> Result<(), Refusal> {
    if known.saturating_add(new) <= most {
        return Ok(());
    }
    let expected = format!("at most {most} {things}");
    Err(Refusal::new(Code::TooMany, expected, format!("{known} there already")).at(path))
}

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
    Refusal::new(Code::StageForbids, expected, whereabouts(&line.holdings)).at(path)
}

/// Where units are, in words: "2 reserved, 1 allocated at `n1`".
pub(crate) fn whereabouts<'o>(holdings: impl IntoIterator<Item = &'o Holding>) -> String {
    let mut sums: BTreeMap<(Stage, Option<&LocationId>), u64> = BTreeMap::new();
    for h in holdings {
        let sum = sums.entry((h.at.stage, h.at.node.as_ref())).or_insert(0);
        *sum = sum.saturating_add(h.qty.get());
    }
    let told: Vec<String> = sums
        .into_iter()
        .map(|((stage, node), sum)| match node {
            Some(node) => format!("{sum} {} at `{node}`", stage.name()),
            None => format!("{sum} {}", stage.name()),
        })
        .collect();
    told.join(", ")
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
