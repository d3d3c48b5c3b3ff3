//! `set_fence`: how many units of a SKU in a pool only one channel may sell.
//!
//! From now on so many are kept for the channel, whatever it has sold out of its fence before: what
//! is free goes into the fence at once (never out of another fence), the rest is *missing* and
//! filled by what comes in. A lower fence forgets what is missing, then gives units back to ats; it
//! fills nothing else.
//!
//! Refusals, in order: `item.unknown`; `pool.unknown`; `channel.unknown`; `channel.pool_foreign`
//! where the channel does not sell from the pool (one that did once may have its fence set to 0);
//! `stock.unexpected` where another fence is set than `expected`.

use serde::{Deserialize, Serialize};

use super::set_buffer::{Kept, as_expected};
use super::verb::{Sealer, Verb, plain};
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Stop};
use crate::event::{Event, FenceSet};
use crate::stock::{Account, Bound, Deltas};
use crate::words::{ChannelId, PoolId, Qty, Sku};

/// Sets the fence of a channel for a SKU in a pool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetFence {
    /// What.
    pub sku: Sku,
    /// In which pool.
    pub pool: PoolId,
    /// For whom.
    pub channel: ChannelId,
    /// How many base units are to be kept.
    pub fence: Qty,
    /// What the caller believes is set now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Qty>,
}

impl Verb for SetFence {
    fn check(&self, _: &Limits) -> Result<(), Refusal> {
        Ok(())
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Item(self.sku.clone()));
        reads.entity(EntityKey::Pool(self.pool.clone()));
        reads.entity(EntityKey::Channel(self.channel.clone()));
        for account in self.accounts() {
            reads.balance(account);
        }
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        desk.item(&self.sku, "/sku")?;
        let pool = desk.pool(&self.pool, "/pool")?;
        let channel = desk.channel(&self.channel, "/channel")?;
        let once = self.fence.is_zero() && pool.former.contains(&channel.id);
        if !channel.sells_from(&pool.id) && !once {
            return Err(Refusal::new(
                Code::PoolForeign,
                format!("a pool that channel `{}` sells from", channel.id),
                format!("`{}`", pool.id),
            )
            .at("/pool")
            .into());
        }
        let [fenced, missing, set, version, ats] = self.accounts();
        let before = desk.balance(&set)?;
        as_expected(self.expected.map(Qty::as_i64), before)?;
        let (held, missed) = (desk.balance(&fenced)?, desk.balance(&missing)?);
        let kept = Kept { set: before, held, missing: missed };
        let after = kept.set_to(self.fence.as_i64(), desk.balance(&ats)?);

        let mut deltas = Deltas::default();
        deltas.transfer(ats, fenced, after.held - kept.held);
        deltas.add(missing, after.missing - kept.missing);
        deltas.add(set.clone(), after.set - kept.set);
        deltas.add(version, 1);
        let seen = self.expected.map(|_| Bound::exactly(set, after.set));
        desk.emit(
            Event::FenceSet(FenceSet {
                sku: self.sku.clone(),
                pool: pool.id.clone(),
                channel: channel.id.clone(),
                fence: self.fence,
                deltas: deltas.into_vec(),
            }),
            seen.into_iter().collect(),
        )
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}

impl SetFence {
    /// Fenced, missing, set, version, ats.
    fn accounts(&self) -> [Account; 5] {
        let of = |account: fn(Sku, PoolId, ChannelId) -> Account| {
            account(self.sku.clone(), self.pool.clone(), self.channel.clone())
        };
        [
            of(Account::Fenced),
            of(Account::FenceMissing),
            of(Account::FenceSet),
            of(Account::FenceVersion),
            Account::Ats(self.sku.clone(), self.pool.clone()),
        ]
    }
}
