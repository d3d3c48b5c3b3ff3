//! `move_stock`: units change their bucket, their node, or both.
//!
//! The bucket *available* stands for the good units of a node; *buffered* and *allocated* follow
//! from buffers and orders. Four cases:
//!
//! - **Out of sale** (available into another bucket, of this node or of another): takes what is
//!   free, then what the buffer hides, then what is fenced.
//! - **Into sale** (back from inspect, damaged or quarantine): raises available, so what is missing
//!   is filled first (books below zero, buffer, fences).
//! - **For sale elsewhere, across pools**: takes what is free, then what is fenced; the buffer of the
//!   node it leaves stays. It is free where it arrives: a move fills nothing that is missing.
//! - **For sale elsewhere, within a pool**: all that is available at the node may go, claimed or not.
//!   Claims of a pool name no node, so one node's available falls, the other's rises, and ats,
//!   reserved and fences do not change: the same differences whatever else happens at the same time.
//!   A later plan finds the reserved units where they are then. Only units that are tied to the node
//!   (buffered, allocated) stay.
//!
//! Whatever is held beyond that is never taken.
//!
//! Refusals, in order: `invalid.quantity_zero`; `invalid.range` of the buckets, and where nothing
//! would move; `item.unknown`; `location.unknown` of either node; `location.closed` of the node that
//! the units go to (at a closed one they may change their bucket, but not go on sale);
//! `stock.insufficient`.

use serde::{Deserialize, Serialize};

use super::adjust_stock::{by_hand, insufficient, unheld};
use super::receive_stock::some;
use super::verb::{Sealer, Verb, plain};
use crate::catalog::Location;
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Steps, Stop, last_movement};
use crate::event::{Event, StockMoved};
use crate::stock::{Account, Bucket, Deltas};
use crate::words::{LocationId, Qty, Sku};

/// A bucket of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shelf {
    /// Which node.
    pub node: LocationId,
    /// Which bucket: `available` (the good units), `inspect`, `damaged` or `quarantine`.
    pub bucket: Bucket,
}

/// Moves units of a SKU between buckets or nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveStock {
    /// What.
    pub sku: Sku,
    /// How many base units.
    pub qty: Qty,
    /// Whence.
    pub from: Shelf,
    /// Whither.
    pub to: Shelf,
}

impl Verb for MoveStock {
    fn check(&self, _: &Limits) -> Result<(), Refusal> {
        some(self.qty, "/qty")?;
        by_hand(self.from.bucket, "/from/bucket")?;
        by_hand(self.to.bucket, "/to/bucket")?;
        if self.from == self.to {
            let found = format!("`{}` of `{}` twice", self.to.bucket.name(), self.to.node);
            return Err(Refusal::new(Code::OutOfRange, "two places", found).at("/to"));
        }
        Ok(())
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Item(self.sku.clone()));
        for shelf in [&self.from, &self.to] {
            reads.entity(EntityKey::Location(shelf.node.clone()));
            reads.balance(self.account(shelf));
            reads.ranges.insert(last_movement(&self.sku, &shelf.node));
        }
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        desk.item(&self.sku, "/sku")?;
        let from = desk.location(&self.from.node, "/from/node")?;
        let to = desk.location(&self.to.node, "/to/node")?;
        if from.id != to.id || self.to.bucket.is_good() {
            desk.open_location(&to.id, "/to/node")?;
        }
        let mut deltas = self.taken(desk, &from, &to)?;
        match (self.from.bucket, self.to.bucket) {
            (Bucket::Available, Bucket::Available) if from.pool == to.pool => {
                deltas.add(self.account(&self.to), self.qty.as_i64());
            }
            (Bucket::Available, Bucket::Available) => {
                deltas.add(self.account(&self.to), self.qty.as_i64());
                let ats = Account::Ats(self.sku.clone(), to.pool.clone());
                deltas.add(ats, self.qty.as_i64());
            }
            (_, Bucket::Available) => desk.raise(&mut deltas, &self.sku, &to, self.qty)?,
            _ => deltas.add(self.account(&self.to), self.qty.as_i64()),
        }
        let nodes = [&self.from, &self.to].map(|s| (self.sku.clone(), s.node.clone()));
        let moved_at = desk.moved_at(nodes)?;
        let shelf = |s: &Shelf| (s.node.clone(), s.bucket);
        desk.emit(
            Event::StockMoved(StockMoved {
                sku: self.sku.clone(),
                from: shelf(&self.from),
                to: shelf(&self.to),
                qty: self.qty,
                deltas: deltas.into_vec(),
                moved_at,
            }),
            Vec::new(),
        )
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}

impl MoveStock {
    fn account(&self, shelf: &Shelf) -> Account {
        Account::Node(self.sku.clone(), shelf.node.clone(), shelf.bucket)
    }

    /// Takes the units from where they are.
    fn taken(&self, desk: &mut Desk<'_>, from: &Location, to: &Location) -> Result<Deltas, Stop> {
        let whence = self.account(&self.from);
        let on_sale = self.from.bucket.is_good();
        let steps = match self.to.bucket {
            Bucket::Available if from.pool == to.pool => None,
            Bucket::Available => Some(Steps::ACROSS),
            _ => Some(Steps::ADJUST),
        };
        if let (true, Some(steps)) = (on_sale, steps) {
            let lowered = desk.lower(&self.sku, from, None, self.qty, steps)?;
            if !lowered.short.is_zero() {
                return Err(insufficient(desk, &self.sku, from, unheld(self.qty), "/qty")?);
            }
            return Ok(lowered.deltas);
        }
        let found = desk.balance(&whence)?;
        if found < self.qty.as_i64() {
            if on_sale {
                return Err(insufficient(
                    desk,
                    &self.sku,
                    from,
                    format!("{} available", self.qty),
                    "/qty",
                )?);
            }
            let expected = format!("{} in `{}`", self.qty, self.from.bucket.name());
            let no = Refusal::new(Code::StockInsufficient, expected, found.to_string());
            return Err(no.at("/qty").into());
        }
        let mut deltas = Deltas::default();
        deltas.add(whence, -self.qty.as_i64());
        Ok(deltas)
    }
}
