//! Counting what is in a store, in bounded memory.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::desk::{Entity, EntityKey, RangeRead, ReadSet, Table};
use crate::engine::{Fault, Store};
use crate::order::{Stage, status};
use crate::stock::SEPARATOR;
use crate::words::{OrderId, TenantId};

/// Entities read at once.
const CHUNK: usize = 500;

/// What is in a tenant's key space.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Events.
    pub events: u64,
    /// Entities by kind: item, location, pool, channel, policy, order.
    pub entities: BTreeMap<String, u64>,
    /// Orders by computed status.
    pub orders: BTreeMap<&'static str, u64>,
    /// Units of all lines by stage.
    pub units: BTreeMap<&'static str, u64>,
}

/// Counts. `watch` is told how many entities are done.
///
/// # Errors
/// The store's [`Fault`].
///
/// # Cost
/// Reads every order once; memory does not depend on how many there are.
pub fn tally(
    store: &mut dyn Store,
    tenant: &TenantId,
    watch: &mut dyn FnMut(u64),
) -> Result<Tally, Fault> {
    let mut tally = Tally::default();
    let mut done = 0;
    let mut next = RangeRead {
        table: Table::Entities,
        from: String::new(),
        to: '\u{7f}'.to_string(),
        reverse: false,
        limit: CHUNK,
    };
    loop {
        let mut reads = ReadSet::default();
        reads.ranges.insert(next.clone());
        let slice = store.read(tenant, &reads)?;
        tally.events = slice.seq;
        let rows = slice.ranges.get(&next).map_or(&[][..], Vec::as_slice);
        let Some(last) = rows.last() else { return Ok(tally) };
        let mut orders = ReadSet::default();
        for row in rows {
            let (kind, id) = row.key.split_once(SEPARATOR).unwrap_or((&row.key, ""));
            *tally.entities.entry(kind.to_owned()).or_insert(0) += 1;
            if let ("order", Ok(id)) = (kind, OrderId::new(id)) {
                orders.entity(EntityKey::Order(id));
            }
            done += 1;
        }
        let after = last.key.clone();
        let found = store.read(tenant, &orders)?;
        for versioned in found.entities.values().flatten() {
            let Entity::Order(order) = &versioned.entity else { continue };
            *tally.orders.entry(status(order).name()).or_insert(0) += 1;
            for stage in Stage::ALL {
                let units: u64 = order.lines.iter().map(|l| l.at(stage).get()).sum();
                if units > 0 {
                    *tally.units.entry(stage.name()).or_insert(0) += units;
                }
            }
        }
        watch(done);
        next = next.after(&after);
    }
}
