//! The laws of the store's seam: the store in memory keeps them, and none of them is toothless.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use oms_core::desk::{ReadSet, Slice, Table};
use oms_core::engine::{Commit, Edge, Fault, Feed, MemoryStore, Rejected, Sealed, Store, Tip};
use oms_core::event::Recorded;
use oms_core::testing::store_laws::{judge, store_laws};
use oms_core::words::TenantId;

// Goal: the store in memory keeps every law. Method: the public suite, as a stranger would call it.
#[test]
fn memory_keeps_the_laws() {
    store_laws(MemoryStore::new);
}

/// How a store is spoiled.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Spoil {
    ForgetsVersionsRead,
    ForgetsBounds,
    WritesTwice,
    KeepsRowsOfConflicts,
    MixesTenants,
    ForgetsOutboxOfSecondEvent,
    SettlesAll,
    AbandonsNothing,
    ReversesNothing,
    OneTooMany,
    AnswersOtherBytes,
    ForgetsPersonal,
    StreamByPrefix,
    LosesPosition,
}

struct Spoiled {
    store: MemoryStore,
    how: Spoil,
}

impl Spoiled {
    fn tenant(&self, tenant: &TenantId) -> TenantId {
        if self.how == Spoil::MixesTenants {
            return TenantId::new(tenant.as_str().to_lowercase()).unwrap();
        }
        tenant.clone()
    }
}

impl Store for Spoiled {
    fn read(&mut self, tenant: &TenantId, reads: &ReadSet) -> Result<Slice, Fault> {
        let mut reads = reads.clone();
        if self.how == Spoil::ReversesNothing {
            let ranges = std::mem::take(&mut reads.ranges);
            let unturned = |mut read: oms_core::desk::RangeRead| {
                read.reverse = false;
                read
            };
            reads.ranges = ranges.iter().cloned().map(unturned).collect();
            let mut slice = self.store.read(tenant, &reads)?;
            slice.ranges = ranges
                .into_iter()
                .map(|read| (read.clone(), slice.ranges[&unturned(read)].clone()))
                .collect();
            return Ok(slice);
        }
        let mut slice = self.store.read(&self.tenant(tenant), &reads)?;
        match self.how {
            Spoil::AnswersOtherBytes => {
                slice.answered.iter_mut().for_each(|a| a.receipt.push(b' '));
            }
            Spoil::ForgetsPersonal => slice.personal.values_mut().for_each(|v| *v = None),
            Spoil::LosesPosition => slice.seq = 0,
            _ => {}
        }
        Ok(slice)
    }

    fn commit(&mut self, commit: &Commit) -> Result<Sealed, Rejected> {
        let mut spoiled = commit.clone();
        spoiled.tenant = self.tenant(&commit.tenant);
        match self.how {
            Spoil::ForgetsVersionsRead => spoiled.expects.clear(),
            Spoil::ForgetsBounds => spoiled.events.iter_mut().for_each(|e| e.bounds.clear()),
            Spoil::WritesTwice => {
                let again = self.store.commit(commit);
                if matches!(again, Err(Rejected::Answered)) && commit.events.is_empty() {
                    return commit.seal(Tip::default()).map_err(Rejected::Fault);
                }
                return again;
            }
            _ => {}
        }
        let sealed = self.store.commit(&spoiled);
        match self.how {
            Spoil::KeepsRowsOfConflicts if matches!(sealed, Err(Rejected::Conflict(_))) => {
                let mut rows = commit.clone();
                rows.events.clear();
                rows.entities.clear();
                rows.expects.clear();
                rows.rows_new.retain(|(table, _)| *table == Table::Due);
                let _ = self.store.commit(&rows);
            }
            Spoil::ForgetsOutboxOfSecondEvent => {
                if let Some(second) = sealed.as_ref().ok().and_then(|s| s.events.get(1)) {
                    self.store.settle(&commit.tenant, &[second.seq]).unwrap();
                }
            }
            _ => {}
        }
        sealed
    }

    fn group(&mut self, edge: Edge) -> Result<(), Fault> {
        match edge {
            Edge::Abandon if self.how == Spoil::AbandonsNothing => {
                let _ = self.store.group(Edge::End);
                Ok(())
            }
            edge => self.store.group(edge),
        }
    }

    fn feed(
        &mut self,
        tenant: &TenantId,
        feed: &Feed,
        limit: usize,
    ) -> Result<Vec<Recorded>, Fault> {
        let tenant = self.tenant(tenant);
        if let (Spoil::StreamByPrefix, Feed::Stream(stream, seq)) = (self.how, feed) {
            let mut log = self.store.feed(&tenant, &Feed::After(*seq), usize::MAX)?;
            log.retain(|event| event.stream.starts_with(stream));
            log.truncate(limit);
            return Ok(log);
        }
        let more = usize::from(self.how == Spoil::OneTooMany);
        self.store.feed(&tenant, feed, limit.saturating_add(more))
    }

    fn outbox(&mut self, tenant: &TenantId, limit: usize) -> Result<Vec<Recorded>, Fault> {
        self.store.outbox(&self.tenant(tenant), limit)
    }

    fn settle(&mut self, tenant: &TenantId, seqs: &[u64]) -> Result<(), Fault> {
        let tenant = self.tenant(tenant);
        if let (Spoil::SettlesAll, Some(last)) = (self.how, seqs.iter().max()) {
            let all: Vec<u64> = (1..=(*last).min(1_000)).collect();
            return self.store.settle(&tenant, &all);
        }
        self.store.settle(&tenant, seqs)
    }
}

// Goal: each kind of wrong store is found out, by the law that it breaks. Method: spoil the good one
// in one way each.
#[test]
fn every_law_bites() {
    let spoiled = [
        (Spoil::ForgetsVersionsRead, "no trace"),
        (Spoil::ForgetsBounds, "no trace"),
        (Spoil::WritesTwice, "answered once"),
        (Spoil::KeepsRowsOfConflicts, "no trace"),
        (Spoil::MixesTenants, ""),
        (Spoil::ForgetsOutboxOfSecondEvent, "whole"),
        (Spoil::SettlesAll, "abandoned groups"),
        (Spoil::AbandonsNothing, "abandoned groups"),
        (Spoil::ReversesNothing, "ranges"),
        (Spoil::OneTooMany, "feeds"),
        (Spoil::AnswersOtherBytes, "whole"),
        (Spoil::ForgetsPersonal, "whole"),
        (Spoil::StreamByPrefix, "feeds"),
        (Spoil::LosesPosition, "whole"),
    ];
    for (how, law) in spoiled {
        let broken = judge(|| Spoiled { store: MemoryStore::new(), how }).unwrap_err();
        assert!(broken.starts_with(law), "{how:?}: {broken}");
    }
}

// Goal: a group in one handle is not seen, nor disturbed, by another; a handle that is dropped leaves
// nothing. Method: two handles of one store.
#[test]
fn a_group_is_its_handles_own() {
    let tenant = TenantId::new("T").unwrap();
    let mut one = MemoryStore::new();
    let mut other = one.clone();
    one.group(Edge::Begin).unwrap();
    assert!(matches!(other.read(&tenant, &ReadSet::default()), Err(Fault::Busy(_))));
    assert!(matches!(other.group(Edge::Begin), Err(Fault::Busy(_))));
    drop(one);
    other.group(Edge::Begin).unwrap();
    other.group(Edge::End).unwrap();
    assert_eq!(other.read(&tenant, &ReadSet::default()).unwrap().seq, 0);
}
