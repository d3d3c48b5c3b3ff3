//! What takes part in a life: the circumstances that laws are easily broken in, told by the events.

use serde_json::Value;

use super::{list, number, text};
use crate::event::Recorded;
use crate::words::Timestamp;

/// Every circumstance that is counted.
pub const PARTS: &[&str] = &[
    "buffer gives way",
    "buffer is filled",
    "claim is taken",
    "count of another bucket",
    "count, late",
    "fence gives way",
    "fence is filled",
    "fence is given back to",
    "fenced unit is claimed",
    "pickup is claimed",
    "pickup is collected",
    "pickup is given up at its deadline",
    "node day is taken",
    "sale below zero",
    "sale counted already",
    "sale, late",
    "units sent again",
];

/// The circumstances of one event.
pub(super) fn parts(recorded: &Recorded, body: &Value) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut add = |is_so: bool, part: &'static str| {
        if is_so {
            found.push(part);
        }
    };
    let kind = recorded.kind.as_str();
    let moment = |field| text(body, field).parse::<Timestamp>().ok();
    let late = |field| moment(field).is_some_and(|at| at < recorded.at);
    let deltas = || {
        list(body, "deltas").iter().filter_map(|delta| {
            let (by, ids) = delta.as_array()?.split_last()?;
            Some((ids.first()?.as_str()?, by.as_i64()?))
        })
    };
    let by = |account: &str| deltas().filter(|(a, _)| *a == account).map(|(_, by)| by).sum::<i64>();
    let shifts = kind.starts_with("units.");
    let moves = || list(body, "moves").iter();
    let to = |field: &str| moves().any(|m| m.get("to").is_some_and(|to| to.get(field).is_some()));
    let claims = matches!(kind, "units.claimed" | "units.reserved" | "units.allocated");
    let stock =
        kind.starts_with("stock.") && kind != "stock.fence_set" && kind != "stock.buffer_set";
    add(!shifts && by("buffered") < 0 && by("buffer_missing") > 0, "buffer gives way");
    add(stock && by("buffered") > 0 && by("buffer_missing") < 0, "buffer is filled");
    add(kind == "units.claims_taken", "claim is taken");
    add(kind == "stock.counted" && body.get("bucket").is_some(), "count of another bucket");
    add(kind == "stock.counted" && late("counted_at"), "count, late");
    add(
        by("fenced") < 0 && by("fence_missing") > 0 && kind != "stock.fence_set",
        "fence gives way",
    );
    add(stock && by("fenced") > 0 && by("fence_missing") < 0, "fence is filled");
    add(shifts && by("fenced") > 0, "fence is given back to");
    add(claims && to("fenced"), "fenced unit is claimed");
    add(claims && to("until") && to("node"), "pickup is claimed");
    add(kind == "units.collected", "pickup is collected");
    let given_up = text(body, "reason") == "pickup_expired";
    add(given_up, "pickup is given up at its deadline");
    let taken = list(body, "days").iter().any(|day| text(day, "what") == "taken");
    add(taken, "node day is taken");
    let till = kind == "stock.discrepancy_found" && text(body, "cause") == "till";
    add(till && number(body, "qty") > 0, "sale below zero");
    add(!list(body, "counted").is_empty(), "sale counted already");
    add(kind == "order.till_sold" && late("happened_at"), "sale, late");
    let again = kind == "units.lost"
        && moves().any(|m| m.get("to").is_some_and(|to| text(to, "stage") == "open"));
    add(again, "units sent again");
    found
}
