//! `receive_stock`: goods come in from a supplier.
//!
//! Refusals, in order: `invalid.quantity_zero`, `limit.bytes`, `item.unknown`, `location.unknown`,
//! `location.closed`.

use serde::{Deserialize, Serialize};

use super::verb::{Sealer, Verb, plain};
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Stop};
use crate::event::{Event, StockReceived};
use crate::stock::{Account, Deltas, Outside};
use crate::words::{LocationId, Qty, Sku};

/// Goods come in: what a node is missing is filled first (negative books, buffer, fences), the rest
/// is free.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiveStock {
    /// What.
    pub sku: Sku,
    /// Where.
    pub node: LocationId,
    /// How many base units.
    pub qty: Qty,
    /// The paper that came with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// A quantity that must move something.
pub(crate) fn some(qty: Qty, path: &str) -> Result<(), Refusal> {
    if qty.is_zero() {
        return Err(Refusal::new(Code::QuantityZero, "at least 1", "0").at(path));
    }
    Ok(())
}

/// A text within bounds.
pub(crate) fn text(text: Option<&str>, limits: &Limits, path: &str) -> Result<(), Refusal> {
    let bytes = text.map_or(0, str::len);
    if bytes > limits.text_bytes {
        return Err(Refusal::new(
            Code::TooLong,
            format!("at most {} bytes", limits.text_bytes),
            format!("{bytes} bytes"),
        )
        .at(path));
    }
    Ok(())
}

impl Verb for ReceiveStock {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        some(self.qty, "/qty")?;
        text(self.reference.as_deref(), limits, "/reference")
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
        let mut deltas = Deltas::default();
        desk.raise(&mut deltas, &self.sku, &node, self.qty)?;
        deltas.add(Account::Outside(self.sku.clone(), Outside::Supplier), -self.qty.as_i64());
        let moved_at = desk.moved_at([(self.sku.clone(), self.node.clone())])?;
        desk.emit(
            Event::StockReceived(StockReceived {
                sku: self.sku.clone(),
                node: self.node.clone(),
                qty: self.qty,
                deltas: deltas.into_vec(),
                reference: self.reference.clone(),
                moved_at,
            }),
            Vec::new(),
        )
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
