//! Rows of the ordered tables, derived from orders and events: what deadlines are due, who holds
//! what where, which movements a count must respect.

use std::collections::BTreeSet;

use super::reads::{RangeRead, Row, Table};
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

/// The key parts of the movements of a SKU at a node: of its good units, or of another bucket.
///
/// Rows follow by moment, then by event; the value is by how much the units changed. Corrections of
/// counts stand there as zero, for a later count looks through them.
#[must_use]
pub fn movements_prefix(sku: &Sku, node: &LocationId, bucket: Option<Bucket>) -> Vec<String> {
    stretch(sku, node, "m", bucket)
}

/// The key parts of the counts of a SKU at a node: of its good units, or of another bucket.
///
/// Rows follow by the moment at which the count was taken; the value is the difference found.
#[must_use]
pub fn counts_prefix(sku: &Sku, node: &LocationId, bucket: Option<Bucket>) -> Vec<String> {
    stretch(sku, node, "c", bucket)
}

fn stretch(sku: &Sku, node: &LocationId, kind: &str, bucket: Option<Bucket>) -> Vec<String> {
    // All good units are one: they change places among themselves without a movement.
    let kind = match bucket.filter(|b| !b.is_good()) {
        None => kind.to_owned(),
        Some(other) => format!("{kind}.{}", other.name()),
    };
    vec![sku.as_str().to_owned(), node.as_str().to_owned(), kind]
}

/// The last count of a SKU at a node.
#[must_use]
pub fn last_count(sku: &Sku, node: &LocationId, bucket: Option<Bucket>) -> RangeRead {
    let prefix = counts_prefix(sku, node, bucket);
    let prefix: Vec<&str> = prefix.iter().map(String::as_str).collect();
    RangeRead::prefix(Table::Movements, &prefix, 1).reversed()
}

/// The last movement of any kind of a SKU at a node.
#[must_use]
pub fn last_movement(sku: &Sku, node: &LocationId) -> RangeRead {
    let prefix = movements_prefix(sku, node, None);
    let prefix: Vec<&str> = prefix.iter().map(String::as_str).collect();
    RangeRead::prefix(Table::Movements, &prefix, 1).reversed()
}

/// Movements of a SKU at a node later than a moment.
#[must_use]
pub fn movements_after(
    sku: &Sku,
    node: &LocationId,
    bucket: Option<Bucket>,
    after: Timestamp,
    limit: usize,
) -> RangeRead {
    let mut prefix = movements_prefix(sku, node, bucket);
    let parts: Vec<&str> = prefix.iter().map(String::as_str).collect();
    let mut read = RangeRead::prefix(Table::Movements, &parts, limit);
    prefix.push(moment(after.plus_ms(1)));
    read.from = prefix.join(&SEPARATOR.to_string());
    read
}

/// The moment of a row of movements or counts.
#[must_use]
pub fn moment_of(row: &Row) -> Option<Timestamp> {
    let ms: i64 = row.parts().get(3)?.parse().ok()?;
    Timestamp::from_ms(ms).ok()
}

/// The SKUs that a node has or had, in order.
#[must_use]
pub fn stocked_at(node: &LocationId, limit: usize) -> RangeRead {
    RangeRead::prefix(Table::Stocked, &[node.as_str()], limit)
}

/// Rows that follow from an event about stock: movements by SKU and node, which counts and late
/// till sales read, and which SKUs a node has. `at` is when the event was decided.
#[must_use]
pub fn stock_rows(event: &Event, id: &EventId, at: Timestamp) -> Vec<Entry> {
    // Orders only move what a stock verb has brought to the node before.
    let (at, brings) = match event {
        Event::TillSold(e) => (e.moved_at.unwrap_or(e.happened_at), true),
        Event::StockCounted(e) => (e.moved_at.unwrap_or(at), true),
        Event::StockReceived(e) => (e.moved_at.unwrap_or(at), true),
        Event::StockAdjusted(e) => (e.moved_at.unwrap_or(at), true),
        Event::StockMoved(e) => (e.moved_at.unwrap_or(at), true),
        Event::Shifted(e) => (e.moved_at.unwrap_or(at), false),
        Event::LocationClosed(_) => (at, false),
        _ => return Vec::new(),
    };
    type Shelf<'a> = (&'a Sku, &'a LocationId);
    let mut by: std::collections::BTreeMap<Shelf<'_>, Moved> = Default::default();
    for d in event.deltas() {
        match &d.account {
            Account::Node(sku, node, bucket) => {
                by.entry((sku, node)).or_default().add(*bucket, d.by)
            }
            // A count that found the books right moved nothing, and still is the last movement.
            Account::Counts(sku, node) => by.entry((sku, node)).or_default().counted = true,
            _ => {}
        }
    }
    let mut rows = Vec::new();
    let mut add = |mut parts: Vec<String>, at: Timestamp, value: i64| {
        parts.push(moment(at));
        parts.push(id.as_str().to_owned());
        let key = parts.join(&SEPARATOR.to_string());
        rows.push((Table::Movements, Row { key, value }));
    };
    for ((sku, node), moved) in &by {
        if let (true, Event::StockCounted(e)) = (moved.counted, event) {
            add(counts_prefix(sku, node, e.bucket), e.counted_at, e.difference);
        }
        if moved.good != 0 || !moved.others.is_empty() || moved.counted {
            let good = if moved.counted { 0 } else { moved.good };
            add(movements_prefix(sku, node, None), at, good);
        }
        for (bucket, by) in moved.others.iter().filter(|_| !moved.counted) {
            add(movements_prefix(sku, node, Some(*bucket)), at, *by);
        }
    }
    if brings {
        rows.extend(
            by.keys().map(|(sku, node)| entry(Table::Stocked, &[node.as_str(), sku.as_str()], 1)),
        );
    }
    rows
}

/// What an event moves of a SKU at a node.
#[derive(Default)]
struct Moved {
    good: i64,
    others: std::collections::BTreeMap<Bucket, i64>,
    counted: bool,
}

impl Moved {
    fn add(&mut self, bucket: Bucket, by: i64) {
        if bucket.is_good() {
            self.good = self.good.saturating_add(by);
        } else {
            let sum = self.others.entry(bucket).or_insert(0);
            *sum = sum.saturating_add(by);
        }
    }
}
