//! `retire_item`: an item is not sold any more; what was ordered goes on.
//!
//! Refusals, in order: `item.unknown`, `item.retired`.

use serde::{Deserialize, Serialize};

use super::verb::{Sealer, Verb, plain};
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Stop};
use crate::event::{Event, ItemRetired};
use crate::words::Sku;

/// Takes an item off sale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetireItem {
    /// Which.
    pub sku: Sku,
}

impl Verb for RetireItem {
    fn check(&self, _: &Limits) -> Result<(), Refusal> {
        Ok(())
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Item(self.sku.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        if desk.item(&self.sku, "/sku")?.retired {
            return Err(Refusal::new(
                Code::ItemRetired,
                "an item that is sold",
                format!("`{}` is retired", self.sku),
            )
            .at("/sku")
            .into());
        }
        desk.emit(Event::ItemRetired(ItemRetired { sku: self.sku.clone() }), Vec::new())
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
