//! `define_item`: an item's master record, new or changed. A change touches no claim made before.
//!
//! Refusals, in order: `limit.bytes` of the name; `invalid.range` of a weight or a volume beyond
//! what there is, or of a moment of retirement; `definition.fixed` where the base unit of a known
//! item would change (its quantities would mean something else).

use serde::{Deserialize, Serialize};

use super::checks::fit;
use super::receive_stock::text;
use super::verb::{Sealer, Verb, plain};
use crate::catalog::Item;
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Stop};
use crate::event::{Event, ItemDefined};
use crate::words::Timestamp;

/// Defines an item, or defines it anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DefineItem(pub Item);

/// A switch that a verb of its own turns on.
pub(crate) fn given_off(switch: bool, expected: &str, path: &str) -> Result<(), Refusal> {
    if switch {
        return Err(Refusal::new(Code::OutOfRange, expected, "true").at(path));
    }
    Ok(())
}

/// A moment that only the engine tells.
pub(crate) fn given_none(at: Option<Timestamp>, path: &str) -> Result<(), Refusal> {
    match at {
        None => Ok(()),
        Some(at) => {
            let expected = "nothing; the engine notes the moment";
            Err(Refusal::new(Code::OutOfRange, expected, at.to_string()).at(path))
        }
    }
}

impl Verb for DefineItem {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        text(self.0.name.as_deref(), limits, "/name")?;
        fit(self.0.check(), "")?;
        given_none(self.0.retired_at, "/retired_at")
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Item(self.0.sku.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let known = desk.find_item(&self.0.sku)?;
        if let Some(known) = known.as_ref().filter(|known| known.base_unit != self.0.base_unit) {
            return Err(Refusal::new(
                Code::DefinitionFixed,
                format!("base unit {:?}", known.base_unit),
                format!("{:?}", self.0.base_unit),
            )
            .at("/base_unit")
            .into());
        }
        // Who sends all items every night may say again what is retired, and keeps its moment.
        let retired_at = known.filter(|known| known.retired).and_then(|known| known.retired_at);
        let mut item = self.0.clone();
        if item.retired {
            given_off(retired_at.is_none(), "false; retire_item retires", "/retired")?;
            item.retired_at = retired_at;
        }
        desk.emit(Event::ItemDefined(ItemDefined { item }), Vec::new())
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
