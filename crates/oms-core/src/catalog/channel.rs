//! Channels: where orders come from, and which stock they may take.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Unfit;
use crate::words::{ChannelId, PoolId, Rounding};

/// What sort of channel it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// Tills in shops.
    Pos,
    /// The retailer's own shop on the web.
    Web,
    /// A shop of others in which the retailer sells.
    Marketplace,
    /// Sales to businesses.
    B2b,
    /// Anything else.
    Other,
}

/// What a channel rounds: the price of each unit, or the price of the line once.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum RoundingScope {
    /// The unit price is rounded, then multiplied.
    PerUnit,
    /// The unit price is multiplied, then rounded.
    #[default]
    PerLine,
}

/// Where orders come from: which pools they take stock of, in which order, and how they round.
///
/// # Example
/// ```
/// use oms_core::catalog::{Channel, ChannelKind};
/// use oms_core::words::{ChannelId, PoolId};
///
/// let web = Channel::new(ChannelId::new("WEB")?, ChannelKind::Web, vec![PoolId::new("EAST")?]);
/// assert!(web.check().is_ok());
/// assert!(web.sells_from(&PoolId::new("EAST")?));
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// The name of the channel.
    pub id: ChannelId,
    /// What sort of channel it is.
    pub kind: ChannelKind,
    /// The pools it sells from, in the order in which they are taken; at least one, each once.
    pub pools: Vec<PoolId>,
    /// How its line totals are rounded.
    #[serde(default)]
    pub rounding: Rounding,
    /// What is rounded.
    #[serde(default)]
    pub rounding_scope: RoundingScope,
}

impl Channel {
    /// Makes a channel that rounds lines half to even.
    #[must_use]
    pub fn new(id: ChannelId, kind: ChannelKind, pools: Vec<PoolId>) -> Self {
        let (rounding, rounding_scope) = (Rounding::default(), RoundingScope::default());
        Self { id, kind, pools, rounding, rounding_scope }
    }

    /// Tells whether the channel sells from a pool.
    #[must_use]
    pub fn sells_from(&self, pool: &PoolId) -> bool {
        self.pools.contains(pool)
    }

    /// Checks what the form alone does not show.
    ///
    /// # Errors
    /// An [`Unfit`] if there is no pool, or one stands twice.
    pub fn check(&self) -> Result<(), Unfit> {
        if self.pools.is_empty() {
            return Err(Unfit::new("/pools", "at least one pool", "[]"));
        }
        let mut seen = BTreeSet::new();
        match self.pools.iter().enumerate().find(|(_, pool)| !seen.insert(*pool)) {
            None => Ok(()),
            Some((index, pool)) => {
                Err(Unfit::new(format!("/pools/{index}"), "each pool once", pool))
            }
        }
    }
}
