//! A store that breaks at a chosen write, as a machine does: before the write, or after it and before
//! anybody was told. Then it is gone, until the state under it is opened anew.

use crate::desk::{ReadSet, Slice};
use crate::engine::{Commit, Edge, Fault, Feed, Rejected, Sealed, Store};
use crate::event::Recorded;
use crate::words::TenantId;

/// Where in the chosen write the store breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// Nothing of the write happens.
    Before,
    /// The write happens, and its answer is lost.
    After,
}

/// A store that breaks at its n-th write, and does nothing from then on.
///
/// Commits, edges of groups and settling count as writes. Dropping it drops the store under it, as
/// the end of a process would.
///
/// ```
/// use oms_core::engine::{Edge, MemoryStore, Store};
/// use oms_core::testing::faulty_store::{Break, FaultyStore};
/// let mut store = FaultyStore::new(MemoryStore::new(), 2, Break::Before);
/// assert!(store.group(Edge::Begin).is_ok());
/// assert!(store.group(Edge::End).is_err());
/// assert!(store.group(Edge::Abandon).is_err());
/// assert!(store.is_broken());
/// ```
#[derive(Debug)]
pub struct FaultyStore<S> {
    store: S,
    left: u64,
    how: Break,
}

impl<S: Store> FaultyStore<S> {
    /// A store that breaks at the write of this number, counted from 1.
    pub fn new(store: S, at: u64, how: Break) -> FaultyStore<S> {
        FaultyStore { store, left: at, how }
    }

    /// Whether it has broken.
    pub fn is_broken(&self) -> bool {
        self.left == 0
    }

    fn alive(&self) -> Result<(), Fault> {
        if self.is_broken() { Err(gone()) } else { Ok(()) }
    }

    fn write<T, E: From<Fault>>(
        &mut self,
        write: impl FnOnce(&mut S) -> Result<T, E>,
    ) -> Result<T, E> {
        self.alive()?;
        self.left -= 1;
        if !self.is_broken() {
            return write(&mut self.store);
        }
        if self.how == Break::After {
            // Whatever came of it, nobody is told.
            let _ = write(&mut self.store);
        }
        Err(gone().into())
    }
}

fn gone() -> Fault {
    Fault::Io { doing: "reach the disk".to_owned(), why: "it broke, as was asked".to_owned() }
}

impl<S: Store> Store for FaultyStore<S> {
    fn read(&mut self, tenant: &TenantId, reads: &ReadSet) -> Result<Slice, Fault> {
        self.alive()?;
        self.store.read(tenant, reads)
    }

    fn commit(&mut self, commit: &Commit) -> Result<Sealed, Rejected> {
        self.write(|store| store.commit(commit))
    }

    fn group(&mut self, edge: Edge) -> Result<(), Fault> {
        self.write(|store| store.group(edge))
    }

    fn feed(
        &mut self,
        tenant: &TenantId,
        feed: &Feed,
        limit: usize,
    ) -> Result<Vec<Recorded>, Fault> {
        self.alive()?;
        self.store.feed(tenant, feed, limit)
    }

    fn outbox(&mut self, tenant: &TenantId, limit: usize) -> Result<Vec<Recorded>, Fault> {
        self.alive()?;
        self.store.outbox(tenant, limit)
    }

    fn settle(&mut self, tenant: &TenantId, seqs: &[u64]) -> Result<(), Fault> {
        self.write(|store| store.settle(tenant, seqs))
    }
}
