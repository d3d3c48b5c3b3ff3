//! `oms show`: an order, a SKU's stock or a location as it is now.

use std::path::Path;
use std::process::ExitCode;

use oms::catalog::{LaneEnd, Location};
use oms::desk::{Entity, EntityKey, ReadSet};
use oms::engine::Store;
use oms::order::Stage;
use oms::views::{OrderCard, StockCard, UnitsCard};
use oms::words::{LocationId, OrderId, Sku};
use oms::{Oms, SqliteStore};

use crate::complaint::CliError;
use crate::{Cli, What, open, write};

/// Lanes that a table shows at most; JSON has all.
const LANES: usize = 40;

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

fn unknown(oms: &Oms<SqliteStore>, what: &'static str, id: &str) -> CliError {
    CliError::Unknown { what, id: id.to_owned(), tenant: oms.tenant().to_string() }
}

pub(crate) fn read_order(oms: &mut Oms<SqliteStore>, id: &str) -> Result<OrderCard, CliError> {
    oms.order(&OrderId::new(id)?)?.ok_or_else(|| unknown(oms, "order", id))
}

/// A thing of the catalog, if it is there.
fn entity(oms: &mut Oms<SqliteStore>, key: &EntityKey) -> Result<Option<Entity>, CliError> {
    let mut reads = ReadSet::default();
    reads.entity(key.clone());
    let tenant = oms.tenant().clone();
    let slice = oms.store().read(&tenant, &reads)?;
    Ok(slice.entities.get(key).and_then(Option::as_ref).map(|v| v.entity.clone()))
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
    units(&card)?;
    for hold in &card.holds {
        let until = hold.until.map_or(String::new(), |until| format!(" until {until}"));
        let kind = write::word(&hold.kind)?;
        write::line(&format!("held: {kind} ({}) since {}{until}", hold.reason, hold.at))?;
    }
    for f in &card.fulfillments {
        let status = write::word(&f.status)?;
        write::line(&format!("work {}   {status}   at {}", f.fulfillment, f.node))?;
    }
    for p in &card.packages {
        let by = [&p.carrier, &p.tracking].into_iter().flatten();
        let by: String = by.map(|text| format!("   {text}")).collect();
        write::line(&format!("package {}   {}   from {}{by}", p.package, p.state, p.node))?;
    }
    for p in &card.promises {
        let (from, to) = (p.window.from(), p.window.to());
        write::line(&format!("promised {}: {from} to {to} ({} %)", p.group, p.confidence_percent))?;
    }
    Ok(())
}

/// Where an order's units are.
pub(crate) fn units(card: &OrderCard) -> Result<(), CliError> {
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
    write::table(&["line", "sku", "qty", "stage", "where"], &[2], rows)
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
    let sku = Sku::new(id)?;
    let card = oms.stock(&sku)?;
    let moved = card != StockCard::default();
    if !moved && entity(oms, &EntityKey::Item(sku))?.is_none() {
        return Err(unknown(oms, "item", id));
    }
    if cli.json {
        return write::json(&card);
    }
    if !moved {
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
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        write::table(&["pool", "claim", "units"], &[2], rows)?;
    }
    let outside: Vec<String> =
        card.outside.iter().map(|(name, units)| format!("{name} {units}")).collect();
    write::line(&format!("in transit {}   outside: {}", card.in_transit, outside.join(", ")))
}

fn location(oms: &mut Oms<SqliteStore>, id: &str, cli: &Cli) -> Result<(), CliError> {
    let key = EntityKey::Location(LocationId::new(id)?);
    let Some(Entity::Location(location)) = entity(oms, &key)? else {
        return Err(unknown(oms, "location", id));
    };
    if cli.json {
        return write::json(&*location);
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
        vec!["kind".to_owned(), write::word(&location.kind)?],
        vec!["pool".to_owned(), location.pool.to_string()],
        vec!["time zone".to_owned(), location.time_zone.name().to_owned()],
        vec!["can".to_owned(), abilities.join(", ")],
        vec!["orders a day".to_owned(), capacity],
        vec!["open".to_owned(), if location.closed { "no" } else { "yes" }.to_owned()],
    ];
    write::table(&["location", id], &[], rows)?;
    lanes(&location)
}

fn lanes(location: &Location) -> Result<(), CliError> {
    if location.lanes.is_empty() {
        return write::line("no lanes leave from here");
    }
    let rows = location.lanes.iter().take(LANES).map(|lane| {
        let to = match &lane.to {
            LaneEnd::Region(region) => format!("region {region}"),
            LaneEnd::Location(location) => format!("location {location}"),
        };
        let (service, days) = (lane.service.to_string(), lane.transit_days.to_string());
        vec![to, service, lane.cost_fixed.to_string(), lane.cost_per_kg.to_string(), days]
    });
    let head = ["lane to", "service", "a parcel", "a kg", "days"];
    write::table(&head, &[2, 3, 4], rows.collect())?;
    match location.lanes.len().saturating_sub(LANES) {
        0 => Ok(()),
        more => write::line(&format!("and {more} lanes more; `--json` tells all")),
    }
}
