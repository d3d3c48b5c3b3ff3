//! A store so plain that it can be believed: sorted maps, and a whole copy for a group.

use std::collections::{BTreeMap, BTreeSet};

use crate::desk::{
    Answered, EntityKey, PersonalKey, PersonalValue, RangeRead, ReadSet, Row, Slice, Table,
    Versioned,
};
use crate::engine::{Commit, Edge, Fault, Feed, Rejected, Sealed, Store, Tip};
use crate::event::Recorded;
use crate::stock::Account;
use crate::words::{CommandId, TenantId};

#[derive(Clone, Debug, Default)]
struct Space {
    tip: Tip,
    log: Vec<Recorded>,
    outbox: BTreeSet<u64>,
    balances: BTreeMap<Account, i64>,
    entities: BTreeMap<EntityKey, Versioned>,
    rows: BTreeMap<(Table, String), i64>,
    personal: BTreeMap<PersonalKey, PersonalValue>,
    answers: BTreeMap<CommandId, Answered>,
}

/// The model of a store.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    spaces: BTreeMap<TenantId, Space>,
    before: Option<BTreeMap<TenantId, Space>>,
}

impl Model {
    fn space(&self, tenant: &TenantId) -> Space {
        self.spaces.get(tenant).cloned().unwrap_or_default()
    }
}

fn range(space: &Space, read: &RangeRead) -> Vec<Row> {
    let mut rows: Vec<Row> = match read.table {
        Table::Balances => {
            space.balances.iter().map(|(a, b)| Row { key: a.key(), value: *b }).collect()
        }
        Table::Entities => space
            .entities
            .iter()
            .map(|(k, v)| Row { key: k.key(), value: v.version.cast_signed() })
            .collect(),
        table => space
            .rows
            .iter()
            .filter(|((t, _), _)| *t == table)
            .map(|((_, key), value)| Row { key: key.clone(), value: *value })
            .collect(),
    };
    rows.retain(|row| row.key >= read.from && row.key < read.to);
    rows.sort();
    if read.reverse {
        rows.reverse();
    }
    rows.truncate(read.limit);
    rows
}

impl Store for Model {
    fn read(&mut self, tenant: &TenantId, reads: &ReadSet) -> Result<Slice, Fault> {
        let space = self.space(tenant);
        let balance = |account: &Account| space.balances.get(account).copied().unwrap_or(0);
        Ok(Slice {
            entities: reads
                .entities
                .iter()
                .map(|key| (key.clone(), space.entities.get(key).cloned()))
                .collect(),
            balances: reads.balances.iter().map(|a| (a.clone(), balance(a))).collect(),
            ranges: reads.ranges.iter().map(|r| (r.clone(), range(&space, r))).collect(),
            personal: reads
                .personal
                .iter()
                .map(|key| (key.clone(), space.personal.get(key).cloned()))
                .collect(),
            answered: reads.answered.as_ref().and_then(|id| space.answers.get(id).cloned()),
            seq: space.tip.seq,
        })
    }

    fn commit(&mut self, commit: &Commit) -> Result<Sealed, Rejected> {
        let mut space = self.space(&commit.tenant);
        if space.answers.contains_key(&commit.command) {
            return Err(Rejected::Answered);
        }
        let after = commit.check(
            |key| Ok(space.entities.get(key).map_or(0, |v| v.version)),
            |account| Ok(space.balances.get(account).copied().unwrap_or(0)),
        )?;
        let sealed = commit.seal(space.tip)?;
        space.tip = sealed.tip;
        space.balances.extend(after);
        space.balances.retain(|_, balance| *balance != 0);
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
        space.outbox.extend(sealed.events.iter().map(|event| event.seq));
        space.log.extend(sealed.events.iter().cloned());
        let answered =
            Answered { content: commit.content.clone(), receipt: sealed.receipt_bytes.clone() };
        space.answers.insert(commit.command.clone(), answered);
        self.spaces.insert(commit.tenant.clone(), space);
        Ok(sealed)
    }

    fn group(&mut self, edge: Edge) -> Result<(), Fault> {
        match edge {
            Edge::Begin if self.before.is_some() => return Err(nothing_open()),
            Edge::Begin => self.before = Some(self.spaces.clone()),
            Edge::End => {
                self.before.take().ok_or_else(nothing_open)?;
            }
            Edge::Abandon => {
                if let Some(before) = self.before.take() {
                    self.spaces = before;
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
        let wanted = |event: &Recorded| match feed {
            Feed::After(seq) => event.seq > *seq,
            Feed::Stream(stream, seq) => event.seq > *seq && event.stream == *stream,
        };
        Ok(self.space(tenant).log.into_iter().filter(wanted).take(limit).collect())
    }

    fn outbox(&mut self, tenant: &TenantId, limit: usize) -> Result<Vec<Recorded>, Fault> {
        let space = self.space(tenant);
        let untold = space.log.into_iter().filter(|event| space.outbox.contains(&event.seq));
        Ok(untold.take(limit).collect())
    }

    fn settle(&mut self, tenant: &TenantId, seqs: &[u64]) -> Result<(), Fault> {
        if let Some(space) = self.spaces.get_mut(tenant) {
            space.outbox.retain(|seq| !seqs.contains(seq));
        }
        Ok(())
    }
}

fn nothing_open() -> Fault {
    Fault::GroupFailed("no group is open, or one is open already".to_owned())
}
