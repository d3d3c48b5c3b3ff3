//! The seam to storage.

use super::commit::{Commit, Rejected, Sealed};
use super::fault::Fault;
use crate::desk::{ReadSet, Slice};
use crate::event::Recorded;
use crate::words::TenantId;

/// Where a feed begins and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feed {
    /// The whole log after a position.
    After(u64),
    /// One stream after a position.
    Stream(String, u64),
}

/// The edges of a group of commits that become durable together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// From now on.
    Begin,
    /// Up to here: make it durable.
    End,
    /// None of it.
    Abandon,
}

/// A place where state is kept.
///
/// # Law
/// - **Atomic.** A commit writes events, balances, entities, rows, personal values, receipt and one
///   outbox row per event, or nothing. It calls [`Commit::check`] against what is there at that
///   moment, and [`Commit::seal`] with the log's tip.
/// - **Answered once.** A commit for a command that has a receipt is [`Rejected::Answered`].
/// - **Durable.** When `commit` returns outside a group, or `group(Edge::End)` returns, what was
///   committed survives as the store's durability promises. If `End` fails, nothing of the group
///   happened.
/// - **Isolated.** Nothing of one tenant is read or written through another.
/// - **Honest.** What cannot be read is a [`Fault`], never an absence.
///
/// The suite `testing::store_laws` proves an implementation.
pub trait Store: Send {
    /// Reads what is asked for. Absent balances are zero, absent entities `None`.
    ///
    /// # Errors
    /// A [`Fault`] when the store cannot be read.
    fn read(&mut self, tenant: &TenantId, reads: &ReadSet) -> Result<Slice, Fault>;

    /// Writes a commit at once or not at all.
    ///
    /// # Errors
    /// [`Rejected`]: a conflict, an answer that is there already, or a fault.
    fn commit(&mut self, commit: &Commit) -> Result<Sealed, Rejected>;

    /// Begins, ends or abandons a group of commits.
    ///
    /// # Errors
    /// A [`Fault`]; after a failed `End` nothing of the group happened.
    fn group(&mut self, edge: Edge) -> Result<(), Fault>;

    /// Events in order, at most `limit`.
    ///
    /// # Errors
    /// A [`Fault`] when the store cannot be read.
    fn feed(
        &mut self,
        tenant: &TenantId,
        feed: &Feed,
        limit: usize,
    ) -> Result<Vec<Recorded>, Fault>;

    /// Events that have not been settled with the world yet, oldest first, at most `limit`.
    ///
    /// # Errors
    /// A [`Fault`] when the store cannot be read.
    fn outbox(&mut self, tenant: &TenantId, limit: usize) -> Result<Vec<Recorded>, Fault>;

    /// Marks outbox rows as told.
    ///
    /// # Errors
    /// A [`Fault`] when the store cannot be written.
    fn settle(&mut self, tenant: &TenantId, seqs: &[u64]) -> Result<(), Fault>;
}
