//! A store in one SQLite file.
//!
//! One connection, one writer at a time, many readers. A commit is one transaction, or part of the
//! group's; every check stands before the first write, and a write that fails undoes the whole
//! transaction. Snapshots of entities stand beside the events, so reading an order replays nothing.

mod cache;
mod care;
mod commit;
mod fault;
mod feed;
mod migrate;
mod open;
mod read;
mod schema;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use oms_core::desk::{ReadSet, Slice};
use oms_core::engine::{Commit, Edge, Fault, Feed, Rejected, Sealed, Store};
use oms_core::event::Recorded;
use oms_core::words::TenantId;
use rusqlite::Connection;

use cache::Cache;
use fault::Told;
pub use open::{Durability, Settings};

/// A store in one SQLite file, for any number of tenants.
///
/// Several stores, in one process or in many, may open one file: writers take turns, waiting at
/// most [`Settings::busy_ms`], and each sees what the others committed.
///
/// # Units
/// Memory is bounded by [`Settings::cache_kib`] and the bounds named in [`Settings`], however large
/// the file.
///
/// # Law
/// Those of [`Store`]; and a page or a row whose checksum does not fit is a [`Fault::Corrupt`] that
/// says where: neither a value nor an absence that rests on damage is ever given as an answer.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
    path: PathBuf,
    phase: Phase,
    cache: Cache,
}

/// Where the connection stands.
#[derive(Debug)]
enum Phase {
    /// Open to read only.
    Reading,
    /// Every commit alone.
    Single,
    /// One transaction for all commits of the group.
    Group,
    /// A write of the group failed and all of it is undone; why.
    Broken(String),
}

impl SqliteStore {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs a statement that takes and gives nothing.
    fn run(&self, sql: &'static str) -> Result<(), Fault> {
        let mut statement = self.connection.prepare_cached(sql).told(sql)?;
        let mut rows = statement.query([]).told(sql)?;
        while rows.next().told(sql)?.is_some() {}
        Ok(())
    }

    /// Forgets what was cached if another connection has written since. Call inside a transaction:
    /// there the answer stays true.
    fn refresh(&mut self) -> Result<(), Fault> {
        let doing = "see whether the file changed";
        let mut statement = self.connection.prepare_cached("PRAGMA data_version").told(doing)?;
        let version: i64 = statement.query_row([], |row| row.get(0)).told(doing)?;
        self.cache.at_version(version);
        Ok(())
    }

    /// Runs reads on one consistent view of the file.
    fn view<T>(
        &mut self,
        read: impl FnOnce(&mut SqliteStore) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        match &self.phase {
            Phase::Group => return read(self),
            Phase::Broken(why) => return Err(Fault::GroupFailed(why.clone())),
            Phase::Reading | Phase::Single => {}
        }
        self.run("BEGIN")?;
        let answer = self.refresh().and_then(|()| read(self));
        // The end of a read gives nothing up; its failure would tell nothing new.
        if self.run("COMMIT").is_err() {
            self.undo();
        }
        answer
    }

    fn begin(&mut self) -> Result<(), Fault> {
        self.run("BEGIN IMMEDIATE")?;
        let refreshed = self.refresh();
        if refreshed.is_err() {
            self.undo();
        }
        refreshed
    }

    fn end(&mut self) -> Result<(), Fault> {
        let ended = self.run("COMMIT");
        if ended.is_err() {
            self.undo();
        }
        ended
    }

    /// Undoes the transaction. If even that fails the connection is of no use, and every later call
    /// says why; the file keeps what was committed.
    fn undo(&mut self) {
        self.cache.forget();
        if !self.connection.is_autocommit() {
            let _ = self.run("ROLLBACK");
        }
    }

    fn writable(&self) -> Result<(), Fault> {
        match &self.phase {
            Phase::Reading => Err(Fault::ReadOnly),
            Phase::Broken(why) => Err(Fault::GroupFailed(why.clone())),
            Phase::Single | Phase::Group => Ok(()),
        }
    }

    /// Runs writes in the group's transaction or in one of their own.
    fn write<T>(
        &mut self,
        write: impl FnOnce(&mut SqliteStore) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.writable()?;
        let grouped = matches!(self.phase, Phase::Group);
        if !grouped {
            self.begin()?;
        }
        match write(self) {
            Ok(done) if grouped => Ok(done),
            Ok(done) => self.end().map(|()| done),
            Err(fault) => {
                self.undo();
                if grouped {
                    self.phase = Phase::Broken(fault.to_string());
                }
                Err(fault)
            }
        }
    }
}

impl Store for SqliteStore {
    fn read(&mut self, tenant: &TenantId, reads: &ReadSet) -> Result<Slice, Fault> {
        self.view(|store| store.slice(tenant, reads))
    }

    fn commit(&mut self, commit: &Commit) -> Result<Sealed, Rejected> {
        self.writable()?;
        let grouped = matches!(self.phase, Phase::Group);
        if !grouped {
            self.begin()?;
        }
        let checked = match self.check(commit) {
            Ok(checked) => checked,
            Err(rejected) => {
                // Nothing is written yet: a group goes on without this commit.
                if !grouped && self.run("ROLLBACK").is_err() {
                    self.undo();
                }
                return Err(rejected);
            }
        };
        if grouped {
            return Ok(self.write(|store| store.put(commit, checked))?);
        }
        match self.put(commit, checked) {
            Ok(sealed) => {
                self.end()?;
                Ok(sealed)
            }
            Err(fault) => {
                self.undo();
                Err(fault.into())
            }
        }
    }

    fn group(&mut self, edge: Edge) -> Result<(), Fault> {
        let phase = std::mem::replace(&mut self.phase, Phase::Single);
        match (edge, phase) {
            (edge, Phase::Reading) => {
                self.phase = Phase::Reading;
                if edge == Edge::Abandon { Ok(()) } else { Err(Fault::ReadOnly) }
            }
            (Edge::Begin, Phase::Single) => {
                self.begin()?;
                self.phase = Phase::Group;
                Ok(())
            }
            (Edge::Begin, open) => {
                self.phase = open;
                Err(Fault::GroupFailed("a group is open already".to_owned()))
            }
            (Edge::End, Phase::Group) => self.end(),
            (Edge::End, Phase::Broken(why)) => Err(Fault::GroupFailed(why)),
            (Edge::End, Phase::Single) => Err(Fault::GroupFailed("no group is open".to_owned())),
            (Edge::Abandon, Phase::Group) => {
                self.undo();
                Ok(())
            }
            (Edge::Abandon, Phase::Broken(_) | Phase::Single) => Ok(()),
        }
    }

    fn feed(
        &mut self,
        tenant: &TenantId,
        feed: &Feed,
        limit: usize,
    ) -> Result<Vec<Recorded>, Fault> {
        self.view(|store| store.events(tenant, feed, limit))
    }

    fn outbox(&mut self, tenant: &TenantId, limit: usize) -> Result<Vec<Recorded>, Fault> {
        self.view(|store| store.untold(tenant, limit))
    }

    fn settle(&mut self, tenant: &TenantId, seqs: &[u64]) -> Result<(), Fault> {
        self.write(|store| store.told(tenant, seqs))
    }
}
