//! A store that somebody looks over the shoulder of: every call goes to the store inside, and a spy
//! sees, changes or stops what it is there for.

use oms_core::desk::{ReadSet, Slice};
use oms_core::engine::{Commit, Edge, Fault, Feed, Rejected, Sealed, Store};
use oms_core::event::Recorded;
use oms_core::words::TenantId;

/// Who looks; does nothing unless it says so.
pub(crate) trait Spy: Send {
    /// What was read may be changed.
    fn read(&mut self, _: &ReadSet, _: &mut Slice) {}

    /// What is to be written may be stopped.
    fn commits(&mut self, _: &Commit) -> Result<(), Rejected> {
        Ok(())
    }

    /// It is written.
    fn committed(&mut self, _: &Commit, _: &Sealed) {}
}

/// A store with a spy.
#[derive(Debug, Default)]
pub(crate) struct Watched<S, W> {
    pub(crate) inner: S,
    pub(crate) spy: W,
}

impl<S: Store, W: Spy> Store for Watched<S, W> {
    fn read(&mut self, tenant: &TenantId, reads: &ReadSet) -> Result<Slice, Fault> {
        let mut slice = self.inner.read(tenant, reads)?;
        self.spy.read(reads, &mut slice);
        Ok(slice)
    }

    fn commit(&mut self, commit: &Commit) -> Result<Sealed, Rejected> {
        self.spy.commits(commit)?;
        let sealed = self.inner.commit(commit)?;
        self.spy.committed(commit, &sealed);
        Ok(sealed)
    }

    fn group(&mut self, edge: Edge) -> Result<(), Fault> {
        self.inner.group(edge)
    }

    fn feed(&mut self, tenant: &TenantId, feed: &Feed, n: usize) -> Result<Vec<Recorded>, Fault> {
        self.inner.feed(tenant, feed, n)
    }

    fn outbox(&mut self, tenant: &TenantId, limit: usize) -> Result<Vec<Recorded>, Fault> {
        self.inner.outbox(tenant, limit)
    }

    fn settle(&mut self, tenant: &TenantId, seqs: &[u64]) -> Result<(), Fault> {
        self.inner.settle(tenant, seqs)
    }
}
