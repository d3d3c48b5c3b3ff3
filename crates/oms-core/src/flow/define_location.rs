//! `define_location`: a place that holds stock. Its pool is named once, for good.
//!
//! Refusals, in order: `invalid.range` of costs and lanes; `definition.fixed` where the pool of a
//! known location would change; `location.closed`; `pool.unknown`.

use serde::{Deserialize, Serialize};

use super::verb::{Sealer, Verb, plain};
use crate::catalog::Location;
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Stop};
use crate::event::{Event, LocationDefined, PoolDefined};

/// Defines a location, or defines it anew. A pool named like the location itself is made with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DefineLocation(pub Location);

impl Verb for DefineLocation {
    fn check(&self, _: &Limits) -> Result<(), Refusal> {
        self.0.check().map_err(|unfit| {
            Refusal::new(Code::OutOfRange, unfit.expected, unfit.found).at(unfit.path)
        })?;
        if self.0.closed {
            return Err(Refusal::new(Code::OutOfRange, "false; close_location closes", "true")
                .at("/closed"));
        }
        Ok(())
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Location(self.0.id.clone()));
        reads.entity(EntityKey::Pool(self.0.pool.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        if let Some(known) = desk.find_location(&self.0.id)? {
            if known.pool != self.0.pool {
                return Err(Refusal::new(
                    Code::DefinitionFixed,
                    format!("pool `{}`", known.pool),
                    format!("`{}`", self.0.pool),
                )
                .at("/pool")
                .into());
            }
            desk.open_location(&self.0.id, "/id")?;
        }
        if desk.find_pool(&self.0.pool)?.is_none() {
            if self.0.pool.as_str() != self.0.id.as_str() {
                desk.pool(&self.0.pool, "/pool")?;
            }
            let pool = self.0.pool.clone();
            desk.emit(Event::PoolDefined(PoolDefined { pool }), Vec::new())?;
        }
        let location = Box::new(self.0.clone());
        desk.emit(Event::LocationDefined(LocationDefined { location }), Vec::new())
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
