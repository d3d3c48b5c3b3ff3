//! A fact in a few words.

use oms::decision::DecidedBy;
use oms::event::{Event, Shift};
use oms::order::Promised;
use oms::words::ReasonId;

use crate::complaint::CliError;
use crate::write::word;

/// What an event says beside its type and its stream, in one line; empty where they say it all.
pub(crate) fn told(event: &Event) -> Result<String, CliError> {
    Ok(match event {
        Event::Shifted(shift) => moved(shift),
        Event::OrderPlaced(e) => {
            let lines = e.order.lines.len();
            let s = if lines == 1 { "" } else { "s" };
            format!("{lines} line{s} by {}", e.order.channel)
        }
        Event::TillSold(e) => format!("{} lines at {}", e.order.lines.len(), e.node),
        Event::HoldSet(e) => format!("{} ({})", word(&e.hold.kind)?, e.hold.reason),
        Event::HoldEnded(e) => format!("{} {}", word(&e.kind)?, word(&e.end)?),
        Event::NodeExcluded(e) => format!("{} for {} until {}", e.node, e.sku, e.until),
        Event::ExclusionEnded(e) => format!("{} for {}", e.node, e.sku),
        Event::CancellationRequested(e) => {
            format!("{} of line {} at {}{}", e.qty, e.line, e.node, because(e.reason.as_ref()))
        }
        Event::PauseRequested(e) => {
            format!("{} at {}{}", e.fulfillment, e.node, because(e.reason.as_ref()))
        }
        Event::CancellationLapsed(e) => format!("{} of line {} at {}", e.qty, e.line, e.node),
        Event::TotalsDiffered(e) => format!("summed {}, given {}", e.summed, e.given),
        Event::PlanCommitted(e) => match &e.decision.by {
            DecidedBy::Model { name, version } => format!("by {name} {version}"),
            DecidedBy::Actor(actor) => format!("by {actor}"),
            _ => String::new(),
        },
        Event::PromiseMade(e) => window(&e.promise),
        Event::PromiseChanged(e) => format!("{} because {}", window(&e.promise), e.reason),
        Event::StockReceived(e) => format!("{} of {} at {}", e.qty, e.sku, e.node),
        Event::StockAdjusted(e) => {
            format!("{:+} of {} {} at {} ({})", e.by, e.sku, e.bucket.name(), e.node, e.reason)
        }
        Event::StockCounted(e) => {
            format!("{} of {} at {}, {:+} to the books", e.counted, e.sku, e.node, e.difference)
        }
        Event::StockMoved(e) => {
            let ((from, out), (to, into)) = (&e.from, &e.to);
            format!("{} of {} from {from} {} to {to} {}", e.qty, e.sku, out.name(), into.name())
        }
        Event::BufferSet(e) => format!("{} of {} at {}", e.buffer, e.sku, e.node),
        Event::FenceSet(e) => format!("{} of {} in {} for {}", e.fence, e.sku, e.pool, e.channel),
        Event::DiscrepancyFound(e) => {
            format!("{:+} of {} at {} by {}", e.qty, e.sku, e.node, e.cause)
        }
        _ => String::new(),
    })
}

fn moved(shift: &Shift) -> String {
    let moves = shift.moves.iter().map(|m| {
        let node = m.to.node.as_ref().or(m.from.as_ref().and_then(|f| f.node.as_ref()));
        let at = node.map_or(String::new(), |n| format!(" at {n}"));
        format!("{} of line {} to {}{at}", m.qty, m.line, m.to.stage.name())
    });
    let moves = moves.collect::<Vec<_>>().join("; ");
    format!("{moves}{}", because(shift.reason.as_ref()))
}

fn because(reason: Option<&ReasonId>) -> String {
    reason.map_or(String::new(), |reason| format!(" ({reason})"))
}

fn window(promise: &Promised) -> String {
    format!("{} to {}", promise.window.from(), promise.window.to())
}
