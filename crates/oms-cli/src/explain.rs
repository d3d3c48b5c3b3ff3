//! `oms explain`: what has happened to an order, and why it is sourced as it is.

use std::path::Path;
use std::process::ExitCode;

use oms::Which;
use oms::alloc::{OrderWaiting, Policy, explain_waiting};
use oms::engine::Fault;
use oms::event::Event;
use oms::sourcing::{Explanation, Unplanned};
use oms::views::Moment;
use oms::words::OrderId;

use crate::complaint::CliError;
use crate::told::told;
use crate::{Cli, open, show, write};

/// `oms explain`.
pub(crate) fn run(db: &Path, id: &str, cli: &Cli) -> Result<ExitCode, CliError> {
    let mut oms = open::readable(db, cli)?;
    let card = show::read_order(&mut oms, id)?;
    let id = OrderId::new(id)?;
    let moments = oms.timeline(&id)?;
    let waiting = match oms.snapshot(&Which::These(vec![id.clone()]), open::now()?)? {
        Some(snapshot) => explain_waiting(&snapshot, &id, &Policy::default()).map_err(unplanned)?,
        None => None,
    };
    if cli.json {
        let timeline = moments.iter().map(moment).collect::<Result<Vec<_>, _>>()?;
        let decisions: Vec<_> = moments
            .iter()
            .filter_map(|m| match &m.event {
                Event::PlanCommitted(e) => Some(serde_json::json!({
                    "at": m.at,
                    "seq": m.seq,
                    "told": Explanation::new(&e.decision, &[]).lines(),
                    "decision": e.decision,
                })),
                _ => None,
            })
            .collect();
        write::json(&serde_json::json!({
            "order": card.order,
            "status": card.status,
            "decisions": decisions,
            "timeline": timeline,
            "lines": card.lines,
            "waiting": waiting,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    write::line(&format!("order {}   {}", card.order, card.status.name()))?;
    for moment in &moments {
        let by = moment.actor.as_ref().map_or(String::new(), |a| format!("  by {a}"));
        let (seq, at, name) = (moment.seq, moment.at.to_string(), moment.event.type_name());
        let line = format!("{seq:>8}  {at:<24}  {name:<28}  {}{by}", told(&moment.event)?);
        write::line(line.trim_end())?;
        if let Event::PlanCommitted(e) = &moment.event {
            for line in Explanation::new(&e.decision, &[]).lines() {
                write::line(&format!("          {line}"))?;
            }
        }
    }
    write::line("now")?;
    show::units(&card)?;
    waiting.as_ref().map_or(Ok(()), tell_waiting)?;
    Ok(ExitCode::SUCCESS)
}

/// What could become of the units that wait.
fn tell_waiting(waiting: &OrderWaiting) -> Result<(), CliError> {
    write::line("sourced now")?;
    for line in waiting.planned.lines() {
        write::line(&format!("          {line}"))?;
    }
    for other in &waiting.without {
        let what = match (&other.margin, other.fewer) {
            (Some(margin), _) => format!("{margin} more"),
            (None, fewer) => format!("{fewer} fewer units"),
        };
        write::line(&format!("          without {}: {what}", other.node))?;
    }
    let Some(short) = &waiting.short else { return Ok(()) };
    let behind = match &short.rules {
        Some(rules) => rules.join(" and "),
        None => "more than rules".to_owned(),
    };
    write::line(&format!("          behind the {} short: {behind}", short.units))
}

fn unplanned(why: Unplanned) -> CliError {
    CliError::Fault(Fault::Io {
        doing: "plan the units that wait".to_owned(),
        why: why.to_string(),
    })
}

fn moment(moment: &Moment) -> Result<serde_json::Value, CliError> {
    let mut told = serde_json::json!({
        "seq": moment.seq,
        "at": moment.at,
        "type": moment.event.type_name(),
        "told": told(&moment.event)?,
    });
    if let (Some(actor), Some(object)) = (&moment.actor, told.as_object_mut()) {
        object.insert("actor".to_owned(), serde_json::to_value(actor)?);
    }
    Ok(told)
}
