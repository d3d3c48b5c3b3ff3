//! `set_buffer`: how many good units of a SKU a node hides from sale.
//!
//! What is free is hidden at once, the rest is *missing* and filled by what comes in. A lower buffer
//! forgets what is missing, then gives units back to available and ats; it fills nothing else.
//!
//! Refusals, in order: `item.unknown`; `location.unknown`, `location.closed`; `stock.unexpected`
//! where another buffer is set than `expected`.

use serde::{Deserialize, Serialize};

use super::verb::{Sealer, Verb, plain};
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Stop};
use crate::event::{BufferSet, Event};
use crate::stock::{Account, Bound, Bucket, Deltas};
use crate::words::{LocationId, Qty, Sku};

/// Sets the safety buffer of a SKU at a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetBuffer {
    /// What.
    pub sku: Sku,
    /// Where.
    pub node: LocationId,
    /// How many base units are to be hidden.
    pub buffer: Qty,
    /// What the caller believes is set now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Qty>,
}

/// The balance is what the caller believes, or the command is refused with what was found.
pub(crate) fn as_expected(expected: Option<i64>, found: i64) -> Result<(), Refusal> {
    match expected.filter(|e| *e != found) {
        None => Ok(()),
        Some(expected) => {
            Err(Refusal::new(Code::StockUnexpected, expected.to_string(), found.to_string())
                .at("/expected"))
        }
    }
}

impl Verb for SetBuffer {
    fn check(&self, _: &Limits) -> Result<(), Refusal> {
        Ok(())
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Item(self.sku.clone()));
        reads.entity(EntityKey::Location(self.node.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        desk.item(&self.sku, "/sku")?;
        let node = desk.open_location(&self.node, "/node")?;
        let at = |bucket| Account::Node(self.sku.clone(), node.id.clone(), bucket);
        let (available, buffered) = (at(Bucket::Available), at(Bucket::Buffered));
        let missing = Account::BufferMissing(self.sku.clone(), node.id.clone());
        let set = Account::BufferSet(self.sku.clone(), node.id.clone());
        let version = Account::BufferVersion(self.sku.clone(), node.id.clone());
        let ats = Account::Ats(self.sku.clone(), node.pool.clone());
        let all = [&available, &buffered, &missing, &set, &version, &ats];
        desk.load([], all.into_iter().cloned())?;

        let before = desk.balance(&set)?;
        as_expected(self.expected.map(Qty::as_i64), before)?;
        let free = desk.balance(&ats)?.min(desk.balance(&available)?);
        let hidden = desk.balance(&buffered)?;
        let kept = Kept { set: before, held: hidden, missing: desk.balance(&missing)? };
        let after = kept.set_to(self.buffer.as_i64(), free);

        let mut deltas = Deltas::default();
        deltas.transfer(available, buffered, after.held - kept.held);
        deltas.add(ats, kept.held - after.held);
        deltas.add(missing, after.missing - kept.missing);
        deltas.add(set.clone(), after.set - kept.set);
        deltas.add(version, 1);
        let seen = self.expected.map(|_| Bound::exactly(set, after.set));
        desk.emit(
            Event::BufferSet(BufferSet {
                sku: self.sku.clone(),
                node: node.id.clone(),
                buffer: self.buffer,
                deltas: deltas.into_vec(),
            }),
            seen.into_iter().collect(),
        )
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}

/// Units kept apart, in a buffer or a fence: what was set, what is held, what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) set: i64,
    pub(crate) held: i64,
    pub(crate) missing: i64,
}

impl Kept {
    /// What becomes of it when `set` units are to be kept from now on and `free` can be taken.
    ///
    /// Set higher (or again), it takes what is free up to what is set, and misses the rest. Set
    /// lower, it forgets what it misses and gives back what it holds too much, and takes nothing.
    pub(crate) fn set_to(self, set: i64, free: i64) -> Kept {
        let held = self.held.min(set);
        if set < self.set {
            return Kept { set, held, missing: self.missing.min(set - held) };
        }
        let held = held + free.max(0).min(set - held);
        Kept { set, held, missing: set - held }
    }
}
