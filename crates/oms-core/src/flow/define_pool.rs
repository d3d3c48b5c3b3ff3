//! `define_pool`: a set of locations whose stock is sold together. Known pools stay as they are.
//!
//! Refusals: none.

use serde::{Deserialize, Serialize};

use super::verb::{Sealer, Verb, plain};
use crate::command::{Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Stop};
use crate::event::{Event, PoolDefined};
use crate::words::PoolId;

/// Defines a pool. Defining a known one changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefinePool {
    /// Its id.
    pub id: PoolId,
}

impl Verb for DefinePool {
    fn check(&self, _: &Limits) -> Result<(), Refusal> {
        Ok(())
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Pool(self.id.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        if desk.find_pool(&self.id)?.is_some() {
            return Ok(());
        }
        desk.emit(Event::PoolDefined(PoolDefined { pool: self.id.clone() }), Vec::new())
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
