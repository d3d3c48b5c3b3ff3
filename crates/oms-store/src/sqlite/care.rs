//! Care of the file: copies while it is in use, and the check of every page and row.

use std::path::Path;

use oms_core::desk::{PersonalKey, PersonalValue};
use oms_core::engine::Fault;
use oms_core::words::TenantId;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, Row};

use super::fault::{Told, corrupt};
use super::open::{Settings, appear, connect};
use super::read::{
    answer_sum, balance_sum, entity_sum, entry_sum, misfit, personal_sum, space_sum,
};
use super::schema::{MAX_SEQ, SEQ_BITS, seq};
use super::{Phase, SqliteStore};

impl SqliteStore {
    /// Writes a copy of what is committed to a new file while others go on reading and writing. The
    /// copy appears whole or not at all.
    ///
    /// # Errors
    /// [`Fault::Io`] when the target is there already or cannot be written, [`Fault::Full`],
    /// [`Fault::Busy`] within a group.
    pub fn backup_to(&mut self, target: impl AsRef<Path>) -> Result<(), Fault> {
        if matches!(self.phase, Phase::Group | Phase::Broken(_)) {
            return Err(Fault::Busy("a group is open".to_owned()));
        }
        appear(target.as_ref(), |new| copy(&self.connection, new))
    }

    /// The tenants of the file, by name.
    ///
    /// # Errors
    /// A [`Fault`] when the file cannot be read.
    pub fn tenants(&mut self) -> Result<Vec<TenantId>, Fault> {
        self.view(|store| {
            let doing = "list the tenants";
            let sql = "SELECT name FROM tenant ORDER BY name";
            let mut statement = store.connection.prepare(sql).told(doing)?;
            let mut rows = statement.query([]).told(doing)?;
            let mut tenants = Vec::new();
            while let Some(row) = rows.next().told(doing)? {
                let name: String = row.get(0).told(doing)?;
                let id = TenantId::new(&name);
                tenants.push(id.map_err(|error| corrupt("the tenants", error.to_string()))?);
            }
            Ok(tenants)
        })
    }

    /// Checks every page of the file, the checksum of every row outside the log, and that log,
    /// outbox and answers fit together. The hash chain is checked wherever the log is read: reading
    /// [`Feed::After`](oms_core::engine::Feed::After) to the end completes the check.
    ///
    /// # Errors
    /// [`Fault::Corrupt`] with the first thing that does not fit.
    ///
    /// # Cost
    /// Reads the whole file; memory stays within the store's bounds.
    pub fn integrity(&mut self) -> Result<(), Fault> {
        self.view(|store| {
            let doing = "check the pages";
            let mut statement =
                store.connection.prepare("PRAGMA integrity_check(1)").told(doing)?;
            let found: String = statement.query_row([], |row| row.get(0)).told(doing)?;
            drop(statement);
            if found != "ok" {
                return Err(corrupt(format!("`{}`", store.path.display()), found));
            }
            for check in SUMS {
                store.sums(check)?;
            }
            for (place, sql) in CROSS {
                store.none(place, sql)?;
            }
            store.tips()
        })
    }

    /// Checks the checksum of every row of a table.
    fn sums(&self, check: &Sums) -> Result<(), Fault> {
        let doing = check.table;
        let mut statement = self.connection.prepare(check.sql).told(doing)?;
        let mut rows = statement.query([]).told(doing)?;
        while let Some(row) = rows.next().told(doing)? {
            let (found, key) = (check.of)(row).told(doing)?;
            let kept: i64 = row.get("sum").told(doing)?;
            if kept != found {
                return Err(misfit(check.table, &key));
            }
        }
        Ok(())
    }

    /// Checks that a query finds nothing.
    fn none(&self, place: &str, sql: &str) -> Result<(), Fault> {
        let mut statement = self.connection.prepare(sql).told(place)?;
        let mut rows = statement.query([]).told(place)?;
        match rows.next().told(place)? {
            None => Ok(()),
            Some(row) => {
                let position: i64 = row.get(0).told(place)?;
                Err(corrupt(
                    place,
                    format!("event {} of tenant {}", seq(position), position >> SEQ_BITS),
                ))
            }
        }
    }

    /// Checks that every tenant's log is whole up to its tip.
    fn tips(&self) -> Result<(), Fault> {
        let doing = "check the logs' ends";
        let mut tenants =
            self.connection.prepare("SELECT id, seq FROM tenant ORDER BY id").told(doing)?;
        let counted = "SELECT count(*), max(position) FROM event WHERE position BETWEEN ?1 AND ?2";
        let mut counted = self.connection.prepare(counted).told(doing)?;
        let mut rows = tenants.query([]).told(doing)?;
        let mut all = 0;
        while let Some(row) = rows.next().told(doing)? {
            let (id, tip): (i64, i64) = (row.get(0).told(doing)?, row.get(1).told(doing)?);
            let from = id << SEQ_BITS;
            let to = from | MAX_SEQ;
            let (count, last): (i64, Option<i64>) =
                counted.query_row((from, to), |row| Ok((row.get(0)?, row.get(1)?))).told(doing)?;
            if count != tip || last.unwrap_or(from) != from + tip {
                let found = format!("{count} events where the tip is {tip}");
                return Err(corrupt(format!("the log of tenant {id}"), found));
            }
            all += count;
        }
        let events: i64 = self
            .connection
            .query_row("SELECT count(*) FROM event", [], |row| row.get(0))
            .told(doing)?;
        if events != all {
            return Err(corrupt("the log", format!("{} events of no tenant", events - all)));
        }
        Ok(())
    }
}

/// How the checksums of a table are computed.
struct Sums {
    table: &'static str,
    sql: &'static str,
    of: fn(&Row<'_>) -> rusqlite::Result<(i64, String)>,
}

const SUMS: &[Sums] = &[
    Sums {
        table: "tenant",
        sql: "SELECT id, name, seq, hash, sum FROM tenant",
        of: |row| {
            let name: String = row.get(1)?;
            let tip: i64 = row.get(2)?;
            Ok((space_sum(row.get(0)?, &name, tip, &row.get(3)?), name))
        },
    },
    Sums {
        table: "balance",
        sql: "SELECT tenant, key, value, sum FROM balance",
        of: |row| {
            let key: String = row.get(1)?;
            Ok((balance_sum(row.get(0)?, &key, row.get(2)?), key))
        },
    },
    Sums {
        table: "entity",
        sql: "SELECT tenant, key, version, body, sum FROM entity",
        of: |row| {
            let key: String = row.get(1)?;
            let body = row.get_ref(3)?.as_blob()?;
            Ok((entity_sum(row.get(0)?, &key, row.get(2)?, body), key))
        },
    },
    Sums {
        table: "entry",
        sql: "SELECT tenant, tbl, key, value, sum FROM entry",
        of: |row| {
            let key: String = row.get(2)?;
            Ok((entry_sum(row.get(0)?, row.get(1)?, &key, row.get(3)?), key))
        },
    },
    Sums {
        table: "personal",
        sql: "SELECT tenant, subject, slot, salt, value, sum FROM personal",
        of: |row| {
            let key = PersonalKey { subject: row.get(1)?, slot: row.get(2)? };
            let value = PersonalValue { key, salt: row.get(3)?, value: row.get(4)? };
            Ok((personal_sum(row.get(0)?, &value), value.key.slot))
        },
    },
    Sums {
        table: "answer",
        sql: "SELECT tenant, command, content, receipt, sum FROM answer",
        of: |row| {
            let command: String = row.get(1)?;
            let content = row.get_ref(2)?.as_blob()?;
            let receipt = row.get_ref(3)?.as_blob()?;
            Ok((answer_sum(row.get(0)?, &command, content, receipt), command))
        },
    },
];

/// What must not be found: a place, and the query of positions that break it.
const CROSS: &[(&str, &str)] = &[
    (
        "the outbox: a row without its event",
        "SELECT o.position FROM outbox o LEFT JOIN event e USING (position)
         WHERE e.position IS NULL LIMIT 1",
    ),
    (
        "the answers: an event whose command has none",
        "SELECT e.position FROM event e LEFT JOIN answer a
         ON a.tenant = e.position >> 40 AND a.command = e.command
         WHERE a.id IS NULL LIMIT 1",
    ),
];

/// Copies what is committed in a file to a new one.
pub(super) fn copy(source: &Connection, target: &Path) -> Result<(), Fault> {
    let doing = format!("copy to `{}`", target.display());
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut copied = connect(target, flags, Settings::default())?;
    {
        let backup = Backup::new(source, &mut copied).told(&doing)?;
        // All pages in one step: one view of the source, however busy it is.
        match backup.step(-1).told(&doing)? {
            StepResult::Done => {}
            StepResult::Busy | StepResult::Locked => return Err(Fault::Busy(doing)),
            _ => {
                let why = "the copy ended early".to_owned();
                return Err(Fault::Io { doing, why });
            }
        }
    }
    copied.close().map_err(|(_, error)| error).told(&doing)
}
