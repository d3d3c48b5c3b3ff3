//! Pools: sets of locations whose available stock is sold together.

use serde::{Deserialize, Serialize};

use crate::words::{ChannelId, PoolId};

/// A named set of locations whose available stock is sold together.
///
/// Locations name their pool; the pool knows the channels that sell from it, for their fences give
/// way to each other in a fixed order.
///
/// # Law
/// `channels` and `former` are sorted; each channel stands once in one of them.
///
/// # Example
/// ```
/// use oms_core::catalog::Pool;
/// use oms_core::words::{ChannelId, PoolId};
///
/// let mut pool = Pool::new(PoolId::new("EAST")?);
/// pool.add_channel(ChannelId::new("WEB")?);
/// pool.add_channel(ChannelId::new("POS")?);
/// pool.add_channel(ChannelId::new("WEB")?);
/// assert_eq!(pool.channels, [ChannelId::new("POS")?, ChannelId::new("WEB")?]);
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// The name of the pool.
    pub id: PoolId,
    /// The channels that sell from it, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelId>,
    /// The channels that sold from it once, sorted: their fences stand, and give way, until they
    /// are set to nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<ChannelId>,
}

impl Pool {
    /// Makes a pool that no channel sells from yet.
    #[must_use]
    pub fn new(id: PoolId) -> Self {
        Self { id, channels: Vec::new(), former: Vec::new() }
    }

    /// Adds a channel at its place, unless it is there.
    pub fn add_channel(&mut self, channel: ChannelId) {
        self.former.retain(|known| *known != channel);
        if let Err(place) = self.channels.binary_search(&channel) {
            self.channels.insert(place, channel);
        }
    }

    /// Makes a channel a former one.
    pub fn remove_channel(&mut self, channel: &ChannelId) {
        let sellers = self.channels.len();
        self.channels.retain(|known| known != channel);
        if self.channels.len() < sellers
            && let Err(place) = self.former.binary_search(channel)
        {
            self.former.insert(place, channel.clone());
        }
    }

    /// Lists every channel that may have a fence: those that sell, then the former ones.
    pub fn sellers(&self) -> impl DoubleEndedIterator<Item = &ChannelId> {
        self.channels.iter().chain(&self.former)
    }
}
