//! `adjust_stock`: a balance is corrected by hand, with a reason.
//!
//! The bucket *available* stands for the good units of the node. An upward correction fills what is
//! missing first (books below zero, buffer, fences). A downward one takes what is free, then what
//! the buffer hides, then what is fenced, and never what an order holds. *buffered* and *allocated*
//! follow from buffers and orders and are not corrected by hand.
//!
//! Upward from *found*; downward to *scrap* where the reason says that the units are used up
//! (`breakage`, `spoiled`, `own_use`), else to *shrink*.
//!
//! Refusals, in order: `invalid.range` of the bucket; `invalid.quantity_zero`, `invalid.quantity`;
//! `item.unknown`; `location.unknown`; `location.closed` for good units there; `reason.unknown`;
//! `stock.unexpected` where the bucket holds something else than `expected`; `stock.insufficient`.

use serde::{Deserialize, Serialize};

use super::set_buffer::as_expected;
use super::verb::{Sealer, Verb, plain};
use crate::catalog::{Location, Reason, ReasonKind};
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Steps, Stop, last_movement};
use crate::event::{Event, StockAdjusted};
use crate::stock::{Account, Bound, Bucket, Deltas, Outside};
use crate::words::{LocationId, Qty, ReasonId, Sku};

/// Corrects a bucket of a SKU at a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdjustStock {
    /// What.
    pub sku: Sku,
    /// Where.
    pub node: LocationId,
    /// Which bucket: `available` (the good units), `inspect`, `damaged` or `quarantine`.
    pub bucket: Bucket,
    /// By how many base units, signed.
    pub by: i64,
    /// Why: a reason to adjust.
    pub reason: ReasonId,
    /// What the caller believes the bucket holds now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<i64>,
}

/// Only buckets that no other balance stands behind are touched by hand.
pub(crate) fn by_hand(bucket: Bucket, path: &str) -> Result<(), Refusal> {
    match bucket {
        Bucket::Available | Bucket::Inspect | Bucket::Damaged | Bucket::Quarantine => Ok(()),
        Bucket::Buffered | Bucket::Allocated => Err(Refusal::new(
            Code::OutOfRange,
            "`available` (for all good units), `inspect`, `damaged` or `quarantine`",
            format!("`{}`", bucket.name()),
        )
        .at(path)),
    }
}

/// What a correction or a move wants.
pub(crate) fn unheld(qty: Qty) -> String {
    format!("{qty} that no order holds")
}

/// The shortage of a SKU at a node: what is there, and who holds it.
pub(crate) fn insufficient(
    desk: &Desk<'_>,
    sku: &Sku,
    node: &Location,
    wanted: impl Into<String>,
    path: &str,
) -> Result<Stop, Stop> {
    let there = desk.whereabouts(sku, node)?;
    Ok(Refusal::new(Code::StockInsufficient, wanted, there).at(path).into())
}

impl Verb for AdjustStock {
    fn check(&self, _: &Limits) -> Result<(), Refusal> {
        by_hand(self.bucket, "/bucket")?;
        if self.by == 0 {
            return Err(Refusal::new(Code::QuantityZero, "any number but 0", "0").at("/by"));
        }
        self.qty().map(|_| ())
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Item(self.sku.clone()));
        reads.entity(EntityKey::Location(self.node.clone()));
        reads.balance(self.account());
        reads.ranges.insert(last_movement(&self.sku, &self.node));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        desk.item(&self.sku, "/sku")?;
        let node = desk.location(&self.node, "/node")?;
        if self.bucket.is_good() {
            desk.open_location(&self.node, "/node")?;
        }
        self.reason()?;
        let found = desk.balance(&self.account())?;
        as_expected(self.expected, found)?;
        let deltas = self.deltas(desk, &node, found)?;
        let after = found.saturating_add(deltas.of(&self.account()));
        let seen = self.expected.map(|_| Bound::exactly(self.account(), after));
        let moved_at = desk.moved_at([(self.sku.clone(), node.id.clone())])?;
        desk.emit(
            Event::StockAdjusted(StockAdjusted {
                sku: self.sku.clone(),
                node: node.id.clone(),
                bucket: self.bucket,
                by: self.by,
                reason: self.reason.clone(),
                deltas: deltas.into_vec(),
                moved_at,
            }),
            seen.into_iter().collect(),
        )
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}

impl AdjustStock {
    fn account(&self) -> Account {
        Account::Node(self.sku.clone(), self.node.clone(), self.bucket)
    }

    fn qty(&self) -> Result<Qty, Refusal> {
        Qty::new(self.by.unsigned_abs()).map_err(|e| Refusal::from(e).at("/by"))
    }

    fn reason(&self) -> Result<(), Refusal> {
        match Reason::builtin(&self.reason).filter(|r| r.kind == ReasonKind::Adjust) {
            Some(_) => Ok(()),
            None => {
                let known: Vec<&str> = Reason::builtin_codes(ReasonKind::Adjust).collect();
                let found = format!("`{}`", self.reason);
                Err(Refusal::new(Code::ReasonUnknown, known.join(", "), found).at("/reason"))
            }
        }
    }

    fn deltas(&self, desk: &mut Desk<'_>, node: &Location, found: i64) -> Result<Deltas, Stop> {
        let qty = self.qty()?;
        let mut deltas = Deltas::default();
        if self.by > 0 {
            if self.bucket.is_good() {
                desk.raise(&mut deltas, &self.sku, node, qty)?;
            } else {
                deltas.add(self.account(), self.by);
            }
            deltas.add(Account::Outside(self.sku.clone(), Outside::Found), -self.by);
            return Ok(deltas);
        }
        if self.bucket.is_good() {
            let lowered = desk.lower(&self.sku, node, None, qty, Steps::ADJUST)?;
            if !lowered.short.is_zero() {
                return Err(insufficient(desk, &self.sku, node, unheld(qty), "/by")?);
            }
            deltas = lowered.deltas;
        } else {
            if found < qty.as_i64() {
                let wanted = format!("{qty} in `{}`", self.bucket.name());
                let found = format!("{found}");
                return Err(Refusal::new(Code::StockInsufficient, wanted, found).at("/by").into());
            }
            deltas.add(self.account(), self.by);
        }
        let gone = match self.reason.as_str() {
            "breakage" | "spoiled" | "own_use" => Outside::Scrap,
            _ => Outside::Shrink,
        };
        deltas.add(Account::Outside(self.sku.clone(), gone), qty.as_i64());
        Ok(deltas)
    }
}
