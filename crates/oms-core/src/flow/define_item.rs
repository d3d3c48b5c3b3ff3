//! `define_item`: an item's master record, new or changed. A change touches no claim made before.
//!
//! Refusals, in order: `limit.bytes` of the name; `definition.fixed` where the base unit of a known
//! item would change (its quantities would mean something else).

use serde::{Deserialize, Serialize};

use super::receive_stock::text;
use super::verb::{Sealer, Verb, plain};
use crate::catalog::Item;
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Stop};
use crate::event::{Event, ItemDefined};

/// Defines an item, or defines it anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DefineItem(pub Item);

impl Verb for DefineItem {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        text(self.0.name.as_deref(), limits, "/name")
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Item(self.0.sku.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        if let Some(known) = desk.find_item(&self.0.sku)?
            && known.base_unit != self.0.base_unit
        {
            return Err(Refusal::new(
                Code::DefinitionFixed,
                format!("base unit {:?}", known.base_unit),
                format!("{:?}", self.0.base_unit),
            )
            .at("/base_unit")
            .into());
        }
        desk.emit(Event::ItemDefined(ItemDefined { item: self.0.clone() }), Vec::new())
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
