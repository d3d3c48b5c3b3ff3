//! `define_channel`: who sells, and from which pools in which order.
//!
//! Refusals, in order: `limit.count`, `invalid.range` of the pools; per pool `pool.unknown`,
//! `limit.count` of the channels that sell, or once sold, from it.

use serde::{Deserialize, Serialize};

use super::checks::{fit, room_for};
use super::place_order::count_at_most;
use super::verb::{Sealer, Verb, plain};
use crate::catalog::Channel;
use crate::command::{Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Stop};
use crate::event::{ChannelDefined, Event};

/// Defines a channel, or defines it anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DefineChannel(pub Channel);

impl Verb for DefineChannel {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        count_at_most(self.0.pools.len(), limits.pools, "/pools")?;
        fit(self.0.check(), "")
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
            let path = format!("/pools/{index}");
            let pool = desk.pool(pool, &path)?;
            if pool.sellers().all(|known| *known != self.0.id) {
                let most = desk.ctx().limits.channels;
                room_for(pool.sellers().count(), 1, most, "channels of a pool", &path)?;
            }
        }
        desk.emit(Event::ChannelDefined(ChannelDefined { channel: self.0.clone() }), Vec::new())
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
