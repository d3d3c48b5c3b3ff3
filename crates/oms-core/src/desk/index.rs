//! Rows of the ordered tables, derived from orders and events: what deadlines are due, who holds
//! what where, which movements a count must respect.

use std::collections::BTreeSet;

use super::reads::{Row, Table};
use crate::event::Event;
use crate::order::{Order, Stage};
use crate::stock::{Account, Bucket, SEPARATOR};
use crate::words::{EventId, LocationId, PoolId, Sku, Timestamp};

/// A row of a table.
pub type Entry = (Table, Row);

/// The place part of a holder's key: a pool, or a node with what is held there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// Reserved in a pool.
    Pool(&'a PoolId),
    /// Allocated at a node.
    Allocated(&'a LocationId),
    /// Released at a node.
    Released(&'a LocationId),
    /// Pending cancellation at a node (Released or Packed).
    Pending(&'a LocationId),
}

impl Place<'_> {
    fn parts(&self) -> (&'static str, &str) {
        match self {
            Place::Pool(id) => ("p", id.as_str()),
            Place::Allocated(id) => ("a", id.as_str()),
            Place::Released(id) => ("r", id.as_str()),
            Place::Pending(id) => ("x", id.as_str()),
        }
    }
}

/// The key parts that all holders of a SKU at a place share.
#[must_use]
pub fn holders_prefix(sku: &Sku, place: Place<'_>) -> Vec<String> {
    let (kind, id) = place.parts();
    vec![sku.as_str().to_owned(), kind.to_owned(), id.to_owned()]
}

/// Sorts before every less urgent order: higher priority, then earlier placed, then lower id.
#[must_use]
pub fn rank(order: &Order) -> String {
    // i32 priorities map to 0..=u32::MAX, highest first.
    let urgency = i64::from(i32::MAX) - i64::from(order.placed.priority);
    format!("{urgency:010}{SEPARATOR}{:015}{SEPARATOR}{}", order.placed_at.ms(), order.id)
}

fn moment(at: Timestamp) -> String {
    format!("{:015}", at.ms())
}

fn entry(table: Table, parts: &[&str], value: i64) -> Entry {
    (table, Row { key: parts.join(&SEPARATOR.to_string()), value })
}

/// Every row that an order has in the ordered tables.
///
/// # Cost
/// Linear in holdings.
#[must_use]
pub fn order_rows(order: &Order) -> BTreeSet<Entry> {
    let mut rows: std::collections::BTreeMap<(Table, String), i64> = Default::default();
    let mut add = |(table, row): Entry| {
        let sum = rows.entry((table, row.key)).or_insert(0);
        *sum = sum.saturating_add(row.value);
    };
    let rank = rank(order);
    let id = order.id.as_str();
    let mut wants_sourcing = false;
    for (index, line) in order.lines.iter().enumerate() {
        let sku = line.given.sku.as_str();
        let index = format!("{index:05}");
        let pickup = order.group_of(line).is_some_and(|g| g.to.pickup().is_some());
        for h in &line.holdings {
            let qty = h.qty.as_i64();
            let place = match (h.at.stage, &h.at.pool, &h.at.node) {
                (Stage::Reserved, Some(pool), _) => Some(Place::Pool(pool)),
                (Stage::Allocated, _, Some(node)) => Some(Place::Allocated(node)),
                (Stage::Released, _, Some(node)) => Some(Place::Released(node)),
                _ => None,
            };
            if let Some(place) = place {
                let (kind, at) = place.parts();
                add(entry(Table::Holders, &[sku, kind, at, &rank, &index], qty));
            }
            wants_sourcing |= !pickup && matches!(h.at.stage, Stage::Open | Stage::Reserved);
            if let Some(until) = h.at.until {
                add(entry(Table::Due, &[&moment(until), id], 1));
            }
        }
        for p in order.pending.iter().filter(|p| p.line == line.given.line) {
            let place = Place::Pending(&p.node);
            let (kind, at) = place.parts();
            add(entry(Table::Holders, &[sku, kind, at, &rank, &index], p.qty.as_i64()));
        }
    }
    for until in order.holds.iter().filter_map(|h| h.until) {
        add(entry(Table::Due, &[&moment(until), id], 1));
    }
    for exclusion in &order.exclusions {
        add(entry(Table::Due, &[&moment(exclusion.until), id], 1));
    }
    if wants_sourcing {
        add(entry(Table::Work, &[&rank], 1));
    }
    if let Some(source) = &order.placed.source {
        let version = i64::try_from(source.version).unwrap_or(i64::MAX);
        add(entry(
            Table::Sources,
            &["order", source.system.as_str(), source.id.as_str(), id],
            version,
        ));
    }
    rows.into_iter().map(|((table, key), value)| (table, Row { key, value })).collect()
}

/// Movements of good units that an event makes, by node; the rows that counts and late till sales
/// read. Corrections of counts are marked, for a later count looks through them.
#[must_use]
pub fn movement_rows(event: &Event, id: &EventId, at: Timestamp) -> Vec<Entry> {
    let (at, kind) = match event {
        Event::TillSold(e) => (e.happened_at, "t"),
        Event::StockCounted(e) => (e.moved_at.unwrap_or(at), "c"),
        Event::StockReceived(e) => (e.moved_at.unwrap_or(at), "m"),
        Event::StockAdjusted(e) => (e.moved_at.unwrap_or(at), "m"),
        Event::StockMoved(e) => (e.moved_at.unwrap_or(at), "m"),
        Event::Shifted(e) => (e.moved_at.unwrap_or(at), "m"),
        Event::LocationClosed(_) => (at, "m"),
        _ => return Vec::new(),
    };
    let mut good: std::collections::BTreeMap<(&Sku, &LocationId), i64> = Default::default();
    let mut counted: BTreeSet<(&Sku, &LocationId)> = BTreeSet::new();
    for d in event.deltas() {
        match &d.account {
            Account::Node(sku, node, Bucket::Available | Bucket::Buffered | Bucket::Allocated) => {
                *good.entry((sku, node)).or_insert(0) += d.by;
            }
            Account::Counts(sku, node) => {
                counted.insert((sku, node));
            }
            _ => {}
        }
    }
    // A count that found the books right moved nothing, and still must be known as the last one.
    for pair in counted {
        good.entry(pair).or_insert(0);
    }
    good.into_iter()
        .filter(|(_, by)| *by != 0 || kind == "c")
        .map(|((sku, node), by)| {
            entry(
                Table::Movements,
                &[sku.as_str(), node.as_str(), &moment(at), kind, id.as_str()],
                by,
            )
        })
        .collect()
}
