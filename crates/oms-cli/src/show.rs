//! `oms show` and `oms explain`.

use std::path::Path;
use std::process::ExitCode;

use oms::desk::{Entity, EntityKey, ReadSet};
use oms::engine::Store;
use oms::event::Event;
use oms::order::Stage;
use oms::sourcing::Explanation;
use oms::views::{Moment, OrderCard, UnitsCard};
use oms::words::{LocationId, OrderId, Sku};
use oms::{Oms, SqliteStore};

use crate::open::{self, CliError};
use crate::{Cli, What, write};

/// `oms show`.
pub(crate) fn run(db: &Path, what: What, id: &str, cli: &Cli) -> Result<ExitCode, CliError> {
    let mut oms = open::readable(db, cli)?;
    match what {
        What::Order => order(&mut oms, id, cli)?,
        What::Stock => stock(&mut oms, id, cli)?,
        What::Location => location(&mut oms, id, cli)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn read_order(oms: &mut Oms<SqliteStore>, id: &str) -> Result<OrderCard, CliError> {
    let unknown = || CliError::Unknown { what: "order", id: id.to_owned() };
    oms.order(&OrderId::new(id)?)?.ok_or_else(unknown)
}

fn order(oms: &mut Oms<SqliteStore>, id: &str, cli: &Cli) -> Result<(), CliError> {
    let card = read_order(oms, id)?;
    if cli.json {
        return write::json(&card);
    }
    write::line(&format!(
        "order {}   {}   channel {}   placed {}{}",
        card.order,
        card.status.name(),
        card.channel,
        card.placed_at,
        card.total.map_or(String::new(), |t| format!("   total {t}"))
    ))?;
    let mut rows = Vec::new();
    for line in &card.lines {
        for units in &line.units {
            rows.push(vec![
                line.line.to_string(),
                line.sku.to_string(),
                units.qty.to_string(),
                units.at.stage.name().to_owned(),
                whereabouts(units),
            ]);
        }
    }
    write::table(&["line", "sku", "qty", "stage", "where"], &[2], rows)?;
    for hold in &card.holds {
        write::line(&format!("held: {:?} ({}) since {}", hold.kind, hold.reason, hold.at))?;
    }
    for p in &card.packages {
        let tracking = p.tracking.as_deref().unwrap_or("-");
        write::line(&format!(
            "package {}   {}   from {}   {tracking}",
            p.package, p.state, p.node
        ))?;
    }
    for p in &card.promises {
        let (from, to) = (p.window.from(), p.window.to());
        write::line(&format!("promised {}: {from} to {to} ({} %)", p.group, p.confidence_percent))?;
    }
    Ok(())
}

fn whereabouts(units: &UnitsCard) -> String {
    let at = &units.at;
    let mut text = Vec::new();
    if let Some(node) = &at.node {
        text.push(format!("at {node}"));
    } else if let Some(pool) = &at.pool {
        text.push(format!("in {pool}"));
    }
    if at.fenced {
        text.push("fenced".to_owned());
    }
    if let Some(package) = &at.package {
        text.push(format!("package {package}"));
    }
    if let (Some(until), Stage::Reserved | Stage::Allocated) = (at.until, at.stage) {
        text.push(format!("until {until}"));
    }
    text.join(", ")
}

fn stock(oms: &mut Oms<SqliteStore>, id: &str, cli: &Cli) -> Result<(), CliError> {
    let card = oms.stock(&Sku::new(id)?)?;
    if cli.json {
        return write::json(&card);
    }
    if card == oms::views::StockCard::default() {
        return write::line(&format!("no stock of {id} has ever moved"));
    }
    let buckets = ["available", "buffered", "allocated", "inspect", "damaged", "quarantine"];
    let rows = card.nodes.iter().map(|(node, units)| {
        let number = |bucket: &&str| units.get(*bucket).copied().unwrap_or(0).to_string();
        std::iter::once(node.to_string()).chain(buckets.iter().map(number)).collect()
    });
    let head: Vec<&str> = std::iter::once("node").chain(buckets).collect();
    write::table(&head, &[1, 2, 3, 4, 5, 6], rows.collect())?;
    let rows = card.pools.iter().flat_map(|(pool, claims)| {
        claims.iter().map(move |(k, v)| vec![pool.to_string(), k.clone(), v.to_string()])
    });
    write::table(&["pool", "claim", "units"], &[2], rows.collect())?;
    let outside: Vec<String> =
        card.outside.iter().map(|(name, units)| format!("{name} {units}")).collect();
    write::line(&format!("in transit {}   outside: {}", card.in_transit, outside.join(", ")))
}

fn location(oms: &mut Oms<SqliteStore>, id: &str, cli: &Cli) -> Result<(), CliError> {
    let key = EntityKey::Location(LocationId::new(id)?);
    let mut reads = ReadSet::default();
    reads.entity(key.clone());
    let tenant = oms.tenant().clone();
    let slice = oms.store().read(&tenant, &reads)?;
    let found = slice.entities.get(&key).and_then(Option::as_ref).map(|v| &v.entity);
    let Some(Entity::Location(location)) = found else {
        return Err(CliError::Unknown { what: "location", id: id.to_owned() });
    };
    if cli.json {
        return write::json(&**location);
    }
    let can = &location.capabilities;
    let abilities = [
        (can.ship, "ship"),
        (can.pickup, "pickup"),
        (can.hold_cold, "cold"),
        (can.hazmat, "hazmat"),
    ];
    let abilities: Vec<&str> = abilities.iter().filter(|(yes, _)| *yes).map(|(_, n)| *n).collect();
    let capacity =
        location.capacity_orders_per_day.map_or("no limit".to_owned(), |c| c.to_string());
    let rows = vec![
        vec!["kind".to_owned(), format!("{:?}", location.kind)],
        vec!["pool".to_owned(), location.pool.to_string()],
        vec!["time zone".to_owned(), location.time_zone.name().to_owned()],
        vec!["can".to_owned(), abilities.join(", ")],
        vec!["orders a day".to_owned(), capacity],
        vec!["lanes".to_owned(), location.lanes.len().to_string()],
        vec!["open".to_owned(), if location.closed { "no" } else { "yes" }.to_owned()],
    ];
    write::table(&["location", id], &[], rows)
}

/// `oms explain`.
pub(crate) fn explain(db: &Path, id: &str, cli: &Cli) -> Result<ExitCode, CliError> {
    let mut oms = open::readable(db, cli)?;
    let card = read_order(&mut oms, id)?;
    let moments = oms.timeline(&OrderId::new(id)?)?;
    if cli.json {
        let decisions: Vec<_> = moments
            .iter()
            .filter_map(|m| match &m.event {
                Event::PlanCommitted(e) => {
                    Some(serde_json::json!({ "at": m.at, "seq": m.seq, "decision": e.decision }))
                }
                _ => None,
            })
            .collect();
        let timeline: Vec<_> = moments
            .iter()
            .map(|m| serde_json::json!({ "seq": m.seq, "at": m.at, "type": m.event.type_name(), "actor": m.actor }))
            .collect();
        write::json(&serde_json::json!({
            "order": card.order, "status": card.status, "decisions": decisions, "timeline": timeline,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    write::line(&format!("order {}   {}", card.order, card.status.name()))?;
    for moment in &moments {
        write::line(&format!("{:>8}  {}  {}", moment.seq, moment.at, told(moment)))?;
        if let Event::PlanCommitted(e) = &moment.event {
            for line in Explanation::new(&e.decision, &[]).lines() {
                write::line(&format!("          {line}"))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A fact in a few words.
fn told(moment: &Moment) -> String {
    let name = moment.event.type_name();
    let what = match &moment.event {
        Event::Shifted(shift) => {
            let moves = shift.moves.iter().map(|m| {
                let node = m.to.node.as_ref().or(m.from.as_ref().and_then(|f| f.node.as_ref()));
                let at = node.map_or(String::new(), |n| format!(" at {n}"));
                format!("{} of line {} to {}{at}", m.qty, m.line, m.to.stage.name())
            });
            moves.collect::<Vec<_>>().join("; ")
        }
        Event::HoldSet(e) => format!("{:?} ({})", e.hold.kind, e.hold.reason),
        Event::HoldEnded(e) => format!("{:?} {:?}", e.kind, e.end),
        Event::NodeExcluded(e) => format!("{} for {} until {}", e.node, e.sku, e.until),
        Event::CancellationRequested(e) => format!("{} of line {} at {}", e.qty, e.line, e.node),
        Event::CancellationLapsed(e) => format!("{} of line {} at {}", e.qty, e.line, e.node),
        Event::TotalsDiffered(e) => format!("summed {}, given {}", e.summed, e.given),
        Event::PromiseMade(e) => window(&e.promise),
        Event::PromiseChanged(e) => format!("{} because {}", window(&e.promise), e.reason),
        _ => String::new(),
    };
    let by = moment.actor.as_ref().map_or(String::new(), |a| format!("  by {a}"));
    format!("{name:<24} {what}{by}").trim_end().to_owned()
}

fn window(promise: &oms::order::Promised) -> String {
    format!("{} to {}", promise.window.from(), promise.window.to())
}
