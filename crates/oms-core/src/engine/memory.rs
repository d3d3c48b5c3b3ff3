//! A store in memory: the reference of the store laws, and quick enough for a till's demo.
//!
//! Clones share one state, so several engines in several threads meet real conflicts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use super::commit::{Commit, Rejected, Sealed, Tip};
use super::fault::Fault;
use super::store::{Edge, Feed, Store};
use crate::desk::{
    Answered, EntityKey, PersonalKey, PersonalValue, RangeRead, ReadSet, Row, Slice, Table,
    Versioned,
};
use crate::event::Recorded;
use crate::stock::Account;
use crate::words::{CommandId, TenantId};

/// One tenant's key space.
#[derive(Clone, Debug, Default)]
struct Space {
    tip: Tip,
    log: Vec<Recorded>,
    streams: BTreeMap<String, Vec<u64>>,
    outbox: BTreeSet<u64>,
    balances: BTreeMap<Account, i64>,
    entities: BTreeMap<EntityKey, Versioned>,
    rows: BTreeMap<(Table, String), i64>,
    personal: BTreeMap<PersonalKey, PersonalValue>,
    answers: BTreeMap<CommandId, Answered>,
}

#[derive(Debug, Default)]
struct Shared {
    spaces: BTreeMap<TenantId, Space>,
}

/// A store in memory. Clones share the state.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    shared: Arc<Mutex<Shared>>,
    /// The state at the begin of this handle's group, to go back to.
    group: Option<BTreeMap<TenantId, Space>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // A panic elsewhere cannot have left half a commit: commits write only after all checks.
        self.shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn range(space: &Space, read: &RangeRead) -> Vec<Row> {
    let rows: Box<dyn DoubleEndedIterator<Item = Row>> = match read.table {
        // Account and entity keys do not sort like their storage keys: collect and sort.
        Table::Balances => {
            let mut rows: Vec<Row> = space
                .balances
                .iter()
                .filter(|(_, balance)| **balance != 0)
                .map(|(account, balance)| Row { key: account.key(), value: *balance })
                .filter(|r| r.key >= read.from && r.key < read.to)
                .collect();
            rows.sort();
            Box::new(rows.into_iter())
        }
        Table::Entities => {
            let mut rows: Vec<Row> = space
                .entities
                .iter()
                .map(|(key, v)| Row {
                    key: key.key(),
                    value: i64::try_from(v.version).unwrap_or(i64::MAX),
                })
                .filter(|r| r.key >= read.from && r.key < read.to)
                .collect();
            rows.sort();
            Box::new(rows.into_iter())
        }
        table if read.from >= read.to => {
            let _ = table;
            Box::new(std::iter::empty())
        }
        table => Box::new(
            space
                .rows
                .range((table, read.from.clone())..(table, read.to.clone()))
                .map(|((_, key), value)| Row { key: key.clone(), value: *value }),
        ),
    };
    if read.reverse {
        rows.rev().take(read.limit).collect()
    } else {
        rows.take(read.limit).collect()
    }
}

impl Store for MemoryStore {
    fn read(&mut self, tenant: &TenantId, reads: &ReadSet) -> Result<Slice, Fault> {
        let shared = self.lock();
        let empty = Space::default();
        let space = shared.spaces.get(tenant).unwrap_or(&empty);
        let mut slice = Slice { seq: space.tip.seq, ..Slice::default() };
        for key in &reads.entities {
            slice.entities.insert(key.clone(), space.entities.get(key).cloned());
        }
        for account in &reads.balances {
            let balance = space.balances.get(account).copied().unwrap_or(0);
            slice.balances.insert(account.clone(), balance);
        }
        for read in &reads.ranges {
            slice.ranges.insert(read.clone(), range(space, read));
        }
        for key in &reads.personal {
            slice.personal.insert(key.clone(), space.personal.get(key).cloned());
        }
        slice.answered = reads.answered.as_ref().and_then(|id| space.answers.get(id).cloned());
        Ok(slice)
    }

    fn commit(&mut self, commit: &Commit) -> Result<Sealed, Rejected> {
        let mut shared = self.lock();
        let space = shared.spaces.entry(commit.tenant.clone()).or_default();
        if space.answers.contains_key(&commit.command) {
            return Err(Rejected::Answered);
        }
        let after = commit.check(
            |key| Ok(space.entities.get(key).map_or(0, |v| v.version)),
            |account| Ok(space.balances.get(account).copied().unwrap_or(0)),
        )?;
        let sealed = commit.seal(space.tip)?;
        for (account, balance) in after {
            if balance == 0 {
                space.balances.remove(&account);
            } else {
                space.balances.insert(account, balance);
            }
        }
        for (key, _, versioned) in &commit.entities {
            space.entities.insert(key.clone(), versioned.clone());
        }
        for (table, row) in &commit.rows_gone {
            space.rows.remove(&(*table, row.key.clone()));
        }
        for (table, row) in &commit.rows_new {
            space.rows.insert((*table, row.key.clone()), row.value);
        }
        for value in &commit.personal {
            space.personal.insert(value.key.clone(), value.clone());
        }
        for event in &sealed.events {
            space.outbox.insert(event.seq);
            space.streams.entry(event.stream.clone()).or_default().push(event.seq);
            space.log.push(event.clone());
        }
        space.tip = sealed.tip;
        let answered =
            Answered { content: commit.content.clone(), receipt: sealed.receipt_bytes.clone() };
        space.answers.insert(commit.command.clone(), answered);
        Ok(sealed)
    }

    fn group(&mut self, edge: Edge) -> Result<(), Fault> {
        match edge {
            Edge::Begin => {
                let spaces = self.lock().spaces.clone();
                self.group = Some(spaces);
            }
            Edge::End => self.group = None,
            Edge::Abandon => {
                if let Some(spaces) = self.group.take() {
                    self.lock().spaces = spaces;
                }
            }
        }
        Ok(())
    }

    fn feed(
        &mut self,
        tenant: &TenantId,
        feed: &Feed,
        limit: usize,
    ) -> Result<Vec<Recorded>, Fault> {
        let shared = self.lock();
        let Some(space) = shared.spaces.get(tenant) else { return Ok(Vec::new()) };
        let at = |seq: u64| {
            usize::try_from(seq).ok().and_then(|i| space.log.get(i.checked_sub(1)?)).cloned()
        };
        Ok(match feed {
            Feed::After(seq) => {
                let from = usize::try_from(*seq).unwrap_or(usize::MAX);
                space.log.iter().skip(from).take(limit).cloned().collect()
            }
            Feed::Stream(stream, after) => {
                let seqs = space.streams.get(stream).map_or(&[][..], Vec::as_slice);
                seqs.iter().filter(|s| *s > after).take(limit).filter_map(|s| at(*s)).collect()
            }
        })
    }

    fn outbox(&mut self, tenant: &TenantId, limit: usize) -> Result<Vec<Recorded>, Fault> {
        let shared = self.lock();
        let Some(space) = shared.spaces.get(tenant) else { return Ok(Vec::new()) };
        let index = |seq: &u64| usize::try_from(seq.saturating_sub(1)).unwrap_or(usize::MAX);
        Ok(space
            .outbox
            .iter()
            .take(limit)
            .filter_map(|seq| space.log.get(index(seq)).cloned())
            .collect())
    }

    fn settle(&mut self, tenant: &TenantId, seqs: &[u64]) -> Result<(), Fault> {
        let mut shared = self.lock();
        if let Some(space) = shared.spaces.get_mut(tenant) {
            for seq in seqs {
                space.outbox.remove(seq);
            }
        }
        Ok(())
    }
}
