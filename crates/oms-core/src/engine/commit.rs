//! The commit: everything that one command leaves behind, written at once or not at all.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::receipt::Receipt;
use crate::command::Context;
use crate::desk::{Decision, EntityKey, Entry, PersonalValue, Planned, Versioned};
use crate::event::{EVENT_VERSION, GENESIS, Recorded};
use crate::stock::Account;
use crate::words::{ActorId, CommandId, TenantId, Timestamp};

/// What one command leaves behind.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Whose.
    pub tenant: TenantId,
    /// The command.
    pub command: CommandId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Option<ActorId>,
    /// What it belongs to.
    pub correlation: Option<CommandId>,
    /// Events in order, each with its bounds.
    pub events: Vec<Planned>,
    /// Entities after them, with the version that must be there before (0: none).
    pub entities: Vec<(EntityKey, u64, Versioned)>,
    /// Versions that must still be there of what was read.
    pub expects: Vec<(EntityKey, u64)>,
    /// Rows to remove from the ordered tables.
    pub rows_gone: Vec<Entry>,
    /// Rows to add to the ordered tables.
    pub rows_new: Vec<Entry>,
    /// Personal values to keep.
    pub personal: Vec<PersonalValue>,
    /// The command's content, for the comparison with a resend.
    pub content: Vec<u8>,
    /// The receipt, without its position in the log.
    pub receipt: Receipt,
}

/// Why a commit did not happen though nothing failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// The state has moved; decide anew.
    Conflict(Conflict),
    /// The command has been answered in the meantime; read the answer.
    Answered,
    /// The store failed.
    Fault(Fault),
}

impl From<Fault> for Rejected {
    fn from(fault: Fault) -> Rejected {
        Rejected::Fault(fault)
    }
}

/// What has moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// An entity has another version.
    Version {
        /// Which.
        key: EntityKey,
        /// The version that was read.
        expected: u64,
        /// The version that is there.
        found: u64,
    },
    /// A balance would leave its bounds.
    Bound {
        /// Which.
        account: Account,
        /// What it would be.
        balance: i64,
    },
}

/// The last event of a tenant's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Its position; 0 before the first.
    pub seq: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

impl Default for Tip {
    fn default() -> Tip {
        Tip { seq: 0, hash: GENESIS }
    }
}

/// A commit with positions and hashes, ready to be written.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Events as they stand in the log.
    pub events: Vec<Recorded>,
    /// The receipt.
    pub receipt: Receipt,
    /// The receipt's bytes.
    pub receipt_bytes: Vec<u8>,
    /// The log's new end.
    pub tip: Tip,
}

impl Commit {
    /// The commit of a decision.
    #[must_use]
    pub fn new(
        ctx: &Context,
        command: CommandId,
        decision: Decision,
        content: Vec<u8>,
        receipt: Receipt,
    ) -> Commit {
        Commit {
            tenant: ctx.tenant.clone(),
            command,
            at: ctx.now,
            actor: ctx.actor.clone(),
            correlation: ctx.correlation.clone(),
            events: decision.events,
            entities: decision.entities,
            expects: decision.expects,
            rows_gone: decision.rows_gone,
            rows_new: decision.rows_new,
            personal: decision.personal,
            content,
            receipt,
        }
    }

    /// Checks versions and bounds against what is there, event by event, and gives the balances
    /// after. Every store calls this inside its own atomic write.
    ///
    /// # Errors
    /// [`Rejected::Conflict`], or what reading failed with.
    pub fn check(
        &self,
        mut version: impl FnMut(&EntityKey) -> Result<u64, Fault>,
        mut balance: impl FnMut(&Account) -> Result<i64, Fault>,
    ) -> Result<BTreeMap<Account, i64>, Rejected> {
        let changed = self.entities.iter().map(|(key, before, _)| (key, *before));
        let read = self.expects.iter().map(|(key, before)| (key, *before));
        for (key, expected) in changed.chain(read) {
            let found = version(key)?;
            if found != expected {
                let key = key.clone();
                return Err(Rejected::Conflict(Conflict::Version { key, expected, found }));
            }
        }
        let mut after: BTreeMap<Account, i64> = BTreeMap::new();
        for planned in &self.events {
            for delta in planned.event.deltas() {
                let now = match after.get(&delta.account) {
                    Some(now) => *now,
                    None => balance(&delta.account)?,
                };
                let next = now.checked_add(delta.by).ok_or_else(|| {
                    let account = delta.account.clone();
                    Rejected::Conflict(Conflict::Bound { account, balance: now })
                })?;
                after.insert(delta.account.clone(), next);
            }
            for bound in &planned.bounds {
                let now = match after.get(&bound.account) {
                    Some(now) => *now,
                    None => balance(&bound.account)?,
                };
                if !bound.allows(now) {
                    let account = bound.account.clone();
                    return Err(Rejected::Conflict(Conflict::Bound { account, balance: now }));
                }
            }
        }
        Ok(after)
    }

    /// Gives every event its position and its link in the chain of hashes, and the receipt its
    /// position.
    ///
    /// # Errors
    /// The codec's, which no value of ours provokes.
    pub fn seal(&self, tip: Tip) -> Result<Sealed, Fault> {
        let mut at = tip;
        let mut events = Vec::with_capacity(self.events.len());
        for planned in &self.events {
            let mut recorded = Recorded {
                tenant: self.tenant.clone(),
                seq: at.seq + 1,
                id: planned.id.clone(),
                stream: planned.event.stream(),
                at: self.at,
                kind: planned.event.type_name().to_owned(),
                version: EVENT_VERSION,
                actor: self.actor.clone(),
                command: self.command.clone(),
                correlation: self.correlation.clone(),
                payload: planned.event.encode()?,
                previous: at.hash,
                hash: GENESIS,
            };
            recorded.hash = recorded.digest();
            at = Tip { seq: recorded.seq, hash: recorded.hash };
            events.push(recorded);
        }
        let mut receipt = self.receipt.clone();
        receipt.seq = (!events.is_empty()).then_some(tip.seq + 1);
        let receipt_bytes = serde_json::to_vec(&receipt)?;
        Ok(Sealed { events, receipt, receipt_bytes, tip: at })
    }
}
