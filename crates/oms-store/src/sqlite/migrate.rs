//! Bringing a file of an older version forward: all steps in one transaction, a copy kept.

use std::fs;
use std::path::Path;

use oms_core::engine::Fault;
use rusqlite::{Connection, OpenFlags};

use super::care::copy;
use super::fault::Told;
use super::open::{Settings, beside, connect, sync_folder};
use super::schema::{SHAPE, Shape};

/// A step from one version to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// The version after it.
    pub(super) to: i32,
    /// What it runs.
    pub(super) sql: &'static str,
}

/// The way from every older version to the newest shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ladder {
    /// The newest shape.
    pub(super) shape: Shape,
    /// The steps, in order.
    pub(super) steps: &'static [Step],
}

/// The ladder of this library.
pub(super) const LADDER: Ladder = Ladder { shape: SHAPE, steps: &[] };

impl Ladder {
    /// Brings the file forward, keeping a copy of it as `<file>.v<version>.bak`. When anything
    /// fails the file is as it was.
    pub(super) fn climb(&self, connection: &Connection, path: &Path) -> Result<(), Fault> {
        let doing = "bring the file forward";
        connection.execute_batch("BEGIN IMMEDIATE").told(doing)?;
        let climbed = self
            .climb_inside(connection, path)
            .and_then(|()| connection.execute_batch("COMMIT").told(doing));
        if climbed.is_err() && !connection.is_autocommit() {
            let _ = connection.execute_batch("ROLLBACK");
        }
        climbed
    }

    fn climb_inside(&self, connection: &Connection, path: &Path) -> Result<(), Fault> {
        let doing = "bring the file forward";
        // Read again: another process may have been faster, and is done now that we hold the lock.
        let version: i32 =
            connection.pragma_query_value(None, "user_version", |row| row.get(0)).told(doing)?;
        if version >= self.shape.version {
            return Ok(());
        }
        keep(path, version)?;
        let mut at = version;
        for step in self.steps.iter().filter(|step| step.to > version) {
            if step.to != at + 1 {
                break;
            }
            connection.execute_batch(step.sql).told(doing)?;
            at = step.to;
        }
        if at != self.shape.version {
            let expected = format!("a way from version {version} to {}", self.shape.version);
            return Err(Fault::Schema { expected, found: format!("a way to version {at}") });
        }
        self.shape.sign(connection)?;
        self.shape.check(connection)
    }
}

/// Keeps a copy of what is committed; the caller holds the write lock.
fn keep(path: &Path, version: i32) -> Result<(), Fault> {
    let kept = beside(path, &format!(".v{version}.bak"));
    let new = beside(path, &format!(".v{version}.new-{}", std::process::id()));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = connect(path, flags, Settings::default())?;
    let kept = copy(&source, &new).and_then(|()| {
        fs::rename(&new, &kept).map_err(|error| Fault::Io {
            doing: format!("keep a copy as `{}`", kept.display()),
            why: error.to_string(),
        })
    });
    let _ = fs::remove_file(&new);
    sync_folder(path);
    kept
}
