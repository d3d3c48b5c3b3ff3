//! `define_channel`: who sells, and from which pools in which order.
//!
//! Refusals, in order: `invalid.range` of the pools; `pool.unknown`.

use serde::{Deserialize, Serialize};

use super::verb::{Sealer, Verb, plain};
use crate::catalog::Channel;
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Stop};
use crate::event::{ChannelDefined, Event};

/// Defines a channel, or defines it anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DefineChannel(pub Channel);

impl Verb for DefineChannel {
    fn check(&self, _: &Limits) -> Result<(), Refusal> {
        self.0.check().map_err(|unfit| {
            Refusal::new(Code::OutOfRange, unfit.expected, unfit.found).at(unfit.path)
        })
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Channel(self.0.id.clone()));
        for pool in &self.0.pools {
            reads.entity(EntityKey::Pool(pool.clone()));
        }
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        if let Some(known) = desk.find_channel(&self.0.id)? {
            desk.load(known.pools.iter().cloned().map(EntityKey::Pool), [])?;
        }
        for (index, pool) in self.0.pools.iter().enumerate() {
            desk.pool(pool, &format!("/pools/{index}"))?;
        }
        desk.emit(Event::ChannelDefined(ChannelDefined { channel: self.0.clone() }), Vec::new())
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
