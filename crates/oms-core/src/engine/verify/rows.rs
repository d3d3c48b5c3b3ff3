//! Rows of the ordered tables: compared by count and by a sum of hashes; looked at one by one only
//! when those differ.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::log::{Log, for_each_event};
use super::orders::{Orders, order_keys, read_order};
use super::{Finding, Store};
use crate::desk::{Entry, RangeRead, ReadSet, Row, Table, order_rows, stock_rows};
use crate::engine::replay::{CHUNK, decode};
use crate::stock::SEPARATOR;
use crate::words::{OrderId, TenantId};

/// Count and sum of hashes of a set; the order of adding does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// How many.
    pub(super) count: u64,
    sums: [u64; 4],
}

impl Tally {
    /// Adds what has a hash.
    pub(super) fn add(&mut self, hash: &[u8; 32]) {
        self.count += 1;
        for (sum, bytes) in self.sums.iter_mut().zip(hash.chunks_exact(8)) {
            let word = bytes.iter().fold(0u64, |word, b| (word << 8) | u64::from(*b));
            *sum = sum.wrapping_add(word);
        }
    }

    fn add_row(&mut self, row: &Row) {
        let mut hasher = Sha256::new();
        hasher.update(row.value.to_be_bytes());
        hasher.update(row.key.as_bytes());
        self.add(&hasher.finalize().into());
    }
}

/// A tally for every table.
#[derive(Debug, Default)]
pub(super) struct Tallies(BTreeMap<Table, Tally>);

impl Tallies {
    /// Adds a row.
    pub(super) fn add(&mut self, (table, row): &Entry) {
        self.0.entry(*table).or_default().add_row(row);
    }
}

/// The whole of a table, or what is left of it after a key.
fn whole(table: Table, after: Option<&str>, limit: usize) -> RangeRead {
    let from = after.map_or(String::new(), |key| format!("{key}\u{0}"));
    RangeRead { table, from, to: char::MAX.to_string(), reverse: false, limit }
}

/// Walks through a table, chunk by chunk.
pub(super) fn for_each_chunk(
    store: &mut dyn Store,
    tenant: &TenantId,
    table: Table,
    limit: usize,
    mut visit: impl FnMut(&mut dyn Store, Vec<Row>) -> Result<(), Finding>,
) -> Result<(), Finding> {
    let mut last: Option<String> = None;
    loop {
        let read = whole(table, last.as_deref(), limit);
        let reads = ReadSet { ranges: [read.clone()].into(), ..ReadSet::default() };
        let mut slice = store.read(tenant, &reads)?;
        let rows = slice.ranges.remove(&read).unwrap_or_default();
        let Some(end) = rows.last() else { return Ok(()) };
        last = Some(end.key.clone());
        visit(store, rows)?;
    }
}

/// Compares every written table with what the events make of it; returns the number of rows.
pub(super) fn compare(
    store: &mut dyn Store,
    tenant: &TenantId,
    log: &Log,
    orders: &Orders,
) -> Result<u64, Finding> {
    let mut count = 0;
    for table in Table::WRITTEN {
        let mut stored = Tally::default();
        for_each_chunk(store, tenant, table, CHUNK, |_, rows| {
            rows.iter().for_each(|row| stored.add_row(row));
            Ok(())
        })?;
        let of_stock = matches!(table, Table::Movements | Table::Stocked);
        let source = if of_stock { &log.rows } else { &orders.rows };
        let wanted = source.0.get(&table).cloned().unwrap_or_default();
        if stored != wanted {
            let first = if of_stock {
                stock_difference(store, tenant, table)?
            } else {
                order_difference(store, tenant, table)?
            };
            let (place, detail) = first.unwrap_or_else(|| {
                let detail = format!("{} rows, the events make {}", stored.count, wanted.count);
                (format!("table {table:?}"), detail)
            });
            return Err(Finding::broken("replay.rows", place, detail));
        }
        count += stored.count;
    }
    Ok(count)
}

type Difference = Option<(String, String)>;

fn place(table: Table, row: &Row) -> String {
    format!("row `{}` of table {table:?}", row.key.replace(SEPARATOR, "/"))
}

/// The first of some wanted rows that is not stored so.
fn missing(
    store: &mut dyn Store,
    tenant: &TenantId,
    wanted: &[Entry],
) -> Result<Difference, Finding> {
    let one = |(table, row): &Entry| RangeRead {
        table: *table,
        from: row.key.clone(),
        to: format!("{}\u{0}", row.key),
        reverse: false,
        limit: 1,
    };
    let reads = ReadSet { ranges: wanted.iter().map(one).collect(), ..ReadSet::default() };
    let slice = store.read(tenant, &reads)?;
    for entry in wanted {
        let found = slice.ranges.get(&one(entry)).and_then(|rows| rows.first());
        let (table, row) = entry;
        match found {
            Some(found) if found == row => {}
            Some(found) => {
                let detail = format!("stored {}, the events make {}", found.value, row.value);
                return Ok(Some((place(*table, row), detail)));
            }
            None => {
                let detail = format!("not stored, the events make {}", row.value);
                return Ok(Some((place(*table, row), detail)));
            }
        }
    }
    Ok(None)
}

/// Looks for the first difference between a table and the orders that its rows belong to.
fn order_difference(
    store: &mut dyn Store,
    tenant: &TenantId,
    table: Table,
) -> Result<Difference, Finding> {
    let mut found = None;
    order_keys(store, tenant, |store, key| {
        if found.is_none()
            && let Some(order) = read_order(store, tenant, key)?
        {
            let wanted: Vec<Entry> =
                order_rows(&order).into_iter().filter(|(t, _)| *t == table).collect();
            found = missing(store, tenant, &wanted)?;
        }
        Ok(())
    })?;
    if found.is_some() {
        return Ok(found);
    }
    for_each_chunk(store, tenant, table, CHUNK, |store, rows| {
        for row in rows.into_iter().filter(|_| found.is_none()).collect::<Vec<_>>() {
            let owner = match owner(table, &row) {
                Some(id) => read_order(store, tenant, &id)?,
                None => None,
            };
            let wanted = owner.is_some_and(|o| order_rows(&o).contains(&(table, row.clone())));
            if !wanted {
                let detail = format!("stored {}, the events make none", row.value);
                found = Some((place(table, &row), detail));
                break;
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// The order that a row belongs to.
fn owner(table: Table, row: &Row) -> Option<OrderId> {
    let parts = row.parts();
    let id = match table {
        // sku, kind, place, urgency, placed at, order, line.
        Table::Holders => parts.get(5),
        // urgency, placed at, order; moment, order; system, kind, id, order.
        _ => parts.last(),
    };
    OrderId::new(id?).ok()
}

/// Looks for the first difference between a table that follows from events and those events.
fn stock_difference(
    store: &mut dyn Store,
    tenant: &TenantId,
    table: Table,
) -> Result<Difference, Finding> {
    let mut found = None;
    for_each_event(store, tenant, u64::MAX, |store, recorded| {
        if found.is_none() {
            let rows = stock_rows(&decode(recorded)?, &recorded.id, recorded.at);
            found = missing(store, tenant, &rows)?;
        }
        Ok(())
    })?;
    if found.is_some() {
        return Ok(found);
    }
    // Every wanted row is there, so one is there that nothing made.
    for_each_chunk(store, tenant, table, 16 * CHUNK, |store, rows| {
        if found.is_some() {
            return Ok(());
        }
        let mut extra: BTreeMap<String, i64> = rows.into_iter().map(|r| (r.key, r.value)).collect();
        for_each_event(store, tenant, u64::MAX, |_, recorded| {
            for (_, row) in stock_rows(&decode(recorded)?, &recorded.id, recorded.at) {
                // Keys of the other table are not among these.
                extra.remove(&row.key);
            }
            Ok(())
        })?;
        found = extra.pop_first().map(|(key, value)| {
            let detail = format!("stored {value}, the events make none");
            (place(table, &Row { key, value }), detail)
        });
        Ok(())
    })?;
    Ok(found)
}
