//! A store in memory: the reference of the store laws, and quick enough for a till's demo.
//!
//! Clones share one state, so several engines in several threads meet real conflicts.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash};
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

/// Looked up by key, never walked.
type Map<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

/// A map that is looked up by key and ranged by storage key. The second order costs only when a key
/// appears or goes.
#[derive(Debug)]
struct Sorted<K, V> {
    values: Map<K, V>,
    order: BTreeMap<String, K>,
}

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Sorted<K, V> {
        Sorted { values: Map::default(), order: BTreeMap::new() }
    }
}

impl<K: Hash + Eq + Clone, V> Sorted<K, V> {
    fn get(&self, key: &K) -> Option<&V> {
        self.values.get(key)
    }

    /// Puts or removes a value and gives the one before.
    fn set(&mut self, key: K, value: Option<V>, storage: impl Fn(&K) -> String) -> Option<V> {
        let Some(value) = value else {
            let before = self.values.remove(&key);
            if before.is_some() {
                self.order.remove(&storage(&key));
            }
            return before;
        };
        if let Some(slot) = self.values.get_mut(&key) {
            return Some(std::mem::replace(slot, value));
        }
        self.order.insert(storage(&key), key.clone());
        self.values.insert(key, value)
    }

    fn range(&self, read: &RangeRead, value: impl Fn(&V) -> i64) -> Vec<Row> {
        let rows = self.order.range(read.from.clone()..read.to.clone());
        take(
            rows.filter_map(|(key, k)| {
                Some(Row { key: key.clone(), value: value(self.values.get(k)?) })
            }),
            read,
        )
    }
}

fn take(rows: impl DoubleEndedIterator<Item = Row>, read: &RangeRead) -> Vec<Row> {
    if read.reverse {
        rows.rev().take(read.limit).collect()
    } else {
        rows.take(read.limit).collect()
    }
}

/// One tenant's key space.
#[derive(Debug, Default)]
struct Space {
    tip: Tip,
    log: Vec<Recorded>,
    streams: Map<String, Vec<u64>>,
    outbox: BTreeSet<u64>,
    balances: Sorted<Account, i64>,
    entities: Sorted<EntityKey, Versioned>,
    rows: BTreeMap<(Table, String), i64>,
    personal: BTreeMap<PersonalKey, PersonalValue>,
    answers: Map<CommandId, Answered>,
}

/// How to take one write back.
#[derive(Debug)]
enum Undo {
    Tip(Tip),
    Event,
    Settled(u64),
    Balance(Account, Option<i64>),
    Entity(EntityKey, Option<Versioned>),
    Row((Table, String), Option<i64>),
    Personal(PersonalKey, Option<PersonalValue>),
    Answer(CommandId),
}

impl Space {
    fn balance(&self, account: &Account) -> i64 {
        self.balances.get(account).copied().unwrap_or(0)
    }

    fn set_balance(&mut self, account: Account, balance: i64) -> Option<i64> {
        let balance = (balance != 0).then_some(balance);
        self.balances.set(account, balance, Account::key)
    }

    fn range(&self, read: &RangeRead) -> Vec<Row> {
        if read.from >= read.to {
            return Vec::new();
        }
        match read.table {
            Table::Balances => self.balances.range(read, |balance| *balance),
            Table::Entities => self
                .entities
                .range(read, |entity| i64::try_from(entity.version).unwrap_or(i64::MAX)),
            table => {
                let rows = self.rows.range((table, read.from.clone())..(table, read.to.clone()));
                take(rows.map(|((_, key), value)| Row { key: key.clone(), value: *value }), read)
            }
        }
    }

    fn at(&self, seq: u64) -> Option<Recorded> {
        let index = usize::try_from(seq.checked_sub(1)?).ok()?;
        self.log.get(index).cloned()
    }

    /// Writes a commit that was checked, telling how to take each write back.
    fn put(
        &mut self,
        commit: &Commit,
        after: BTreeMap<Account, i64>,
        sealed: &Sealed,
        mut undo: impl FnMut(Undo),
    ) {
        undo(Undo::Tip(std::mem::replace(&mut self.tip, sealed.tip)));
        for (account, balance) in after {
            let before = self.set_balance(account.clone(), balance);
            undo(Undo::Balance(account, before));
        }
        for (key, _, versioned) in &commit.entities {
            let before = self.entities.set(key.clone(), Some(versioned.clone()), EntityKey::key);
            undo(Undo::Entity(key.clone(), before));
        }
        for (table, row) in &commit.rows_gone {
            let at = (*table, row.key.clone());
            let before = self.rows.remove(&at);
            undo(Undo::Row(at, before));
        }
        for (table, row) in &commit.rows_new {
            let at = (*table, row.key.clone());
            let before = self.rows.insert(at.clone(), row.value);
            undo(Undo::Row(at, before));
        }
        for value in &commit.personal {
            let before = self.personal.insert(value.key.clone(), value.clone());
            undo(Undo::Personal(value.key.clone(), before));
        }
        for event in &sealed.events {
            self.outbox.insert(event.seq);
            match self.streams.get_mut::<str>(event.stream.borrow()) {
                Some(seqs) => seqs.push(event.seq),
                None => {
                    self.streams.insert(event.stream.clone(), vec![event.seq]);
                }
            }
            self.log.push(event.clone());
            undo(Undo::Event);
        }
        let answered =
            Answered { content: commit.content.clone(), receipt: sealed.receipt_bytes.clone() };
        self.answers.insert(commit.command.clone(), answered);
        undo(Undo::Answer(commit.command.clone()));
    }

    fn take_back(&mut self, undo: Undo) {
        match undo {
            Undo::Tip(tip) => self.tip = tip,
            Undo::Event => {
                let Some(event) = self.log.pop() else { return };
                self.outbox.remove(&event.seq);
                if let Some(seqs) = self.streams.get_mut(&event.stream) {
                    seqs.pop();
                }
            }
            Undo::Settled(seq) => {
                self.outbox.insert(seq);
            }
            Undo::Balance(account, before) => {
                self.balances.set(account, before, Account::key);
            }
            Undo::Entity(key, before) => {
                self.entities.set(key, before, EntityKey::key);
            }
            Undo::Row(at, Some(before)) => {
                self.rows.insert(at, before);
            }
            Undo::Row(at, None) => {
                self.rows.remove(&at);
            }
            Undo::Personal(key, Some(before)) => {
                self.personal.insert(key, before);
            }
            Undo::Personal(key, None) => {
                self.personal.remove(&key);
            }
            Undo::Answer(command) => {
                self.answers.remove(&command);
            }
        }
    }
}

#[derive(Debug, Default)]
struct Shared {
    spaces: BTreeMap<TenantId, Space>,
    /// How many handles there have been.
    handles: u64,
    /// The handle whose group is open.
    owner: Option<u64>,
}

/// A store in memory. Clones share the state.
///
/// While the group of one clone is open the others are [`Fault::Busy`]: they must not see what may
/// yet be abandoned. Dropping a clone abandons its group.
#[derive(Debug, Default)]
pub struct MemoryStore {
    shared: Arc<Mutex<Shared>>,
    handle: u64,
    /// How to take back what this handle's group has written, oldest first.
    group: Option<Vec<(TenantId, Undo)>>,
}

impl Clone for MemoryStore {
    fn clone(&self) -> MemoryStore {
        let mut shared = lock(&self.shared);
        shared.handles += 1;
        let handle = shared.handles;
        MemoryStore { shared: Arc::clone(&self.shared), handle, group: None }
    }
}

impl Drop for MemoryStore {
    fn drop(&mut self) {
        self.abandon();
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    // A panic elsewhere cannot have left half a commit: commits write only after all checks.
    shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The state, unless another handle's group is open.
fn enter(shared: &Mutex<Shared>, handle: u64) -> Result<MutexGuard<'_, Shared>, Fault> {
    let shared = lock(shared);
    match shared.owner {
        Some(owner) if owner != handle => {
            Err(Fault::Busy("another handle's group is open".to_owned()))
        }
        _ => Ok(shared),
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    fn abandon(&mut self) {
        let Some(undo) = self.group.take() else { return };
        let mut shared = lock(&self.shared);
        for (tenant, undo) in undo.into_iter().rev() {
            if let Some(space) = shared.spaces.get_mut(&tenant) {
                space.take_back(undo);
            }
        }
        shared.owner = None;
    }
}

impl Store for MemoryStore {
    fn read(&mut self, tenant: &TenantId, reads: &ReadSet) -> Result<Slice, Fault> {
        let shared = enter(&self.shared, self.handle)?;
        let empty = Space::default();
        let space = shared.spaces.get(tenant).unwrap_or(&empty);
        let mut slice = Slice { seq: space.tip.seq, ..Slice::default() };
        for key in &reads.entities {
            slice.entities.insert(key.clone(), space.entities.get(key).cloned());
        }
        for account in &reads.balances {
            slice.balances.insert(account.clone(), space.balance(account));
        }
        for read in &reads.ranges {
            slice.ranges.insert(read.clone(), space.range(read));
        }
        for key in &reads.personal {
            slice.personal.insert(key.clone(), space.personal.get(key).cloned());
        }
        slice.answered = reads.answered.as_ref().and_then(|id| space.answers.get(id).cloned());
        Ok(slice)
    }

    fn commit(&mut self, commit: &Commit) -> Result<Sealed, Rejected> {
        let mut shared = enter(&self.shared, self.handle)?;
        let space = match shared.spaces.get_mut(&commit.tenant) {
            Some(space) => space,
            None => shared.spaces.entry(commit.tenant.clone()).or_default(),
        };
        if space.answers.contains_key(&commit.command) {
            return Err(Rejected::Answered);
        }
        let after = commit.check(
            |key| Ok(space.entities.get(key).map_or(0, |v| v.version)),
            |account| Ok(space.balance(account)),
        )?;
        let sealed = commit.seal(space.tip)?;
        match &mut self.group {
            Some(log) => space.put(commit, after, &sealed, |undo| {
                log.push((commit.tenant.clone(), undo));
            }),
            None => space.put(commit, after, &sealed, drop),
        }
        Ok(sealed)
    }

    fn group(&mut self, edge: Edge) -> Result<(), Fault> {
        match edge {
            Edge::Begin if self.group.is_some() => {
                return Err(Fault::GroupFailed("a group is open already".to_owned()));
            }
            Edge::Begin => {
                enter(&self.shared, self.handle)?.owner = Some(self.handle);
                self.group = Some(Vec::new());
            }
            Edge::End if self.group.is_none() => {
                return Err(Fault::GroupFailed("no group is open".to_owned()));
            }
            Edge::End => {
                self.group = None;
                lock(&self.shared).owner = None;
            }
            Edge::Abandon => self.abandon(),
        }
        Ok(())
    }

    fn feed(
        &mut self,
        tenant: &TenantId,
        feed: &Feed,
        limit: usize,
    ) -> Result<Vec<Recorded>, Fault> {
        let shared = enter(&self.shared, self.handle)?;
        let Some(space) = shared.spaces.get(tenant) else { return Ok(Vec::new()) };
        Ok(match feed {
            Feed::After(seq) => {
                let from = usize::try_from(*seq).unwrap_or(usize::MAX);
                space.log.iter().skip(from).take(limit).cloned().collect()
            }
            Feed::Stream(stream, after) => {
                let seqs = space.streams.get(stream).map_or(&[][..], Vec::as_slice);
                let from = seqs.partition_point(|seq| seq <= after);
                seqs.iter().skip(from).take(limit).filter_map(|seq| space.at(*seq)).collect()
            }
        })
    }

    fn outbox(&mut self, tenant: &TenantId, limit: usize) -> Result<Vec<Recorded>, Fault> {
        let shared = enter(&self.shared, self.handle)?;
        let Some(space) = shared.spaces.get(tenant) else { return Ok(Vec::new()) };
        Ok(space.outbox.iter().take(limit).filter_map(|seq| space.at(*seq)).collect())
    }

    fn settle(&mut self, tenant: &TenantId, seqs: &[u64]) -> Result<(), Fault> {
        let mut shared = enter(&self.shared, self.handle)?;
        let Some(space) = shared.spaces.get_mut(tenant) else { return Ok(()) };
        for seq in seqs {
            if let (true, Some(log)) = (space.outbox.remove(seq), &mut self.group) {
                log.push((tenant.clone(), Undo::Settled(*seq)));
            }
        }
        Ok(())
    }
}
