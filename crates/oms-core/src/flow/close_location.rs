//! `close_location`: a location is closed for good; what is left there goes to *quarantine*.
//!
//! All that is left goes, whatever bucket it lies in. What is for sale is taken as by a correction:
//! what is free, what the buffer hides, what is fenced, and never what an order of the pool holds.
//! The way out of quarantine is `move_stock` to another location, or `adjust_stock`.
//!
//! The SKUs of the location come from an index of what it has or had; each costs a handful of keys,
//! so one command may close a location of some twenty thousand SKUs within the default limits.
//!
//! Refusals, in order: `location.unknown`; `location.closed`; `limit.reads` for too many SKUs;
//! `stock.negative` while anything is allocated or available is below zero there;
//! `stock.insufficient` where orders hold what is for sale there.

use serde::{Deserialize, Serialize};

use super::adjust_stock::{insufficient, unheld};
use super::verb::{Sealer, Verb, plain};
use crate::catalog::Location;
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Steps, Stop, positive, stocked_at};
use crate::event::{Event, LocationClosed};
use crate::stock::{Account, Bound, Bucket, Deltas};
use crate::words::{LocationId, Sku};

/// Closes a location.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloseLocation {
    /// Which.
    pub location: LocationId,
}

impl Verb for CloseLocation {
    fn check(&self, _: &Limits) -> Result<(), Refusal> {
        Ok(())
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Location(self.location.clone()));
        reads.ranges.insert(stocked_at(&self.location, FIRST));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let node = desk.open_location(&self.location, "/location")?;
        let skus = skus_at(desk, &node.id)?;
        let buckets = skus.iter().flat_map(|sku| Bucket::ALL.map(|b| at(sku, &node, b)));
        desk.load([], buckets)?;
        for sku in &skus {
            settled(desk, sku, &node)?;
        }
        let mut lowering = Vec::new();
        for sku in &skus {
            if good(desk, sku, &node)? > 0 {
                lowering.extend(desk.lowering_reads(sku, &node)?);
            }
        }
        desk.load([], lowering)?;
        let (mut deltas, mut bounds) = (Deltas::default(), Vec::new());
        for sku in &skus {
            deltas.absorb(emptied(desk, sku, &node)?);
            // Nothing may come in beside this.
            let gone = Bucket::ALL.iter().filter(|b| **b != Bucket::Quarantine);
            bounds.extend(gone.map(|b| Bound::exactly(at(sku, &node, *b), 0)));
        }
        let closed = LocationClosed { location: node.id.clone(), deltas: deltas.into_vec() };
        desk.emit(Event::LocationClosed(closed), bounds)
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}

/// So many SKUs are asked for first.
const FIRST: usize = 256;

fn at(sku: &Sku, node: &Location, bucket: Bucket) -> Account {
    Account::Node(sku.clone(), node.id.clone(), bucket)
}

fn good(desk: &Desk<'_>, sku: &Sku, node: &Location) -> Result<i64, Stop> {
    let available = desk.balance(&at(sku, node, Bucket::Available))?;
    Ok(available.saturating_add(desk.balance(&at(sku, node, Bucket::Buffered))?))
}

/// The SKUs that the location has or had.
fn skus_at(desk: &Desk<'_>, node: &LocationId) -> Result<Vec<Sku>, Stop> {
    let cap = desk.ctx().limits.keys / Bucket::ALL.len();
    let mut limit = FIRST;
    loop {
        let rows = desk.range(&stocked_at(node, limit))?;
        if rows.len() < limit {
            let sku = |row: &crate::desk::Row| Sku::new(row.parts().get(1)?).ok();
            return Ok(rows.iter().filter_map(sku).collect());
        }
        if limit > cap {
            let expected = format!("at most {cap} SKUs at the location");
            return Err(Refusal::new(Code::TooMuchToRead, expected, "more").at("/location").into());
        }
        limit = limit.saturating_mul(8);
    }
}

/// No work is under way, and the books are not below zero.
fn settled(desk: &Desk<'_>, sku: &Sku, node: &Location) -> Result<(), Stop> {
    let allocated = desk.balance(&at(sku, node, Bucket::Allocated))?;
    let available = desk.balance(&at(sku, node, Bucket::Available))?;
    if allocated == 0 && available >= 0 {
        return Ok(());
    }
    Err(Refusal::new(
        Code::StockNegative,
        "nothing allocated and nothing below zero",
        format!("{allocated} allocated and {available} available of `{sku}`"),
    )
    .at("/location")
    .into())
}

/// Takes everything of a SKU into quarantine.
fn emptied(desk: &mut Desk<'_>, sku: &Sku, node: &Location) -> Result<Deltas, Stop> {
    let left = positive(good(desk, sku, node)?);
    let mut deltas = Deltas::default();
    if !left.is_zero() {
        let lowered = desk.lower(sku, node, None, left, Steps::ADJUST)?;
        if !lowered.short.is_zero() {
            return Err(insufficient(desk, sku, node, unheld(left), "/location")?);
        }
        deltas = lowered.deltas;
        deltas.add(at(sku, node, Bucket::Quarantine), left.as_i64());
    }
    for bucket in [Bucket::Inspect, Bucket::Damaged] {
        let account = at(sku, node, bucket);
        let lies = desk.balance(&account)?;
        deltas.transfer(account, at(sku, node, Bucket::Quarantine), lies);
    }
    Ok(deltas)
}
