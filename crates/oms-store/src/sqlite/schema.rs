//! The tables, their version, and the checksums of rows.
//!
//! Events stand under one integer, the *position*: the tenant's number in the high bits, the place
//! in its log in the low [`SEQ_BITS`]. So the log of all tenants is one B-tree that grows at its
//! ends, and an event needs no second index.
//!
//! Wide rows (events, entities, answers) are ordinary tables, so that a body seldom needs a page of
//! its own; narrow ones are `WITHOUT ROWID`, so that a key is stored once.
//!
//! Every page of the file is sealed (`oms-vfs`). Every row outside the hash chain carries a checksum of
//! its own as well, over its tenant, key and values: it also covers pages of the write-ahead log, and
//! rows that another program wrote.

use oms_core::engine::Fault;
use oms_core::words::digest;
use rusqlite::Connection;

use super::fault::Told;

/// `oms!`: says in the file's header whose it is.
pub(super) const APPLICATION_ID: i32 = 0x6f6d_7321;

/// The version of the tables below.
pub(super) const VERSION: i32 = 1;

/// Bits of a position that count within one tenant: about 10^12 events.
pub(super) const SEQ_BITS: u32 = 40;

/// The highest place in one tenant's log.
pub(super) const MAX_SEQ: i64 = (1 << SEQ_BITS) - 1;

/// The highest tenant number.
pub(super) const MAX_TENANT: i64 = (1 << (62 - SEQ_BITS)) - 1;

/// The statements that make the tables, as SQLite keeps them.
pub(super) const TABLES: &[&str] = &[
    "CREATE TABLE meta (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        version INTEGER NOT NULL,
        shape TEXT NOT NULL
    ) STRICT",
    "CREATE TABLE tenant (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        seq INTEGER NOT NULL,
        hash BLOB NOT NULL,
        sum INTEGER NOT NULL
    ) STRICT",
    "CREATE TABLE event (
        position INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        stream TEXT NOT NULL,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        version INTEGER NOT NULL,
        actor TEXT,
        command TEXT NOT NULL,
        correlation TEXT,
        payload BLOB NOT NULL,
        hash BLOB NOT NULL
    ) STRICT",
    "CREATE INDEX event_stream ON event (stream)",
    "CREATE TABLE outbox (
        position INTEGER PRIMARY KEY
    ) STRICT",
    "CREATE TABLE balance (
        tenant INTEGER NOT NULL,
        key TEXT NOT NULL,
        value INTEGER NOT NULL,
        sum INTEGER NOT NULL,
        PRIMARY KEY (tenant, key)
    ) STRICT, WITHOUT ROWID",
    "CREATE TABLE entity (
        id INTEGER PRIMARY KEY,
        tenant INTEGER NOT NULL,
        key TEXT NOT NULL,
        version INTEGER NOT NULL,
        body BLOB NOT NULL,
        sum INTEGER NOT NULL
    ) STRICT",
    "CREATE UNIQUE INDEX entity_key ON entity (tenant, key)",
    "CREATE TABLE entry (
        tenant INTEGER NOT NULL,
        tbl INTEGER NOT NULL,
        key TEXT NOT NULL,
        value INTEGER NOT NULL,
        sum INTEGER NOT NULL,
        PRIMARY KEY (tenant, tbl, key)
    ) STRICT, WITHOUT ROWID",
    "CREATE TABLE personal (
        tenant INTEGER NOT NULL,
        subject TEXT NOT NULL,
        slot TEXT NOT NULL,
        salt BLOB NOT NULL,
        value BLOB NOT NULL,
        sum INTEGER NOT NULL,
        PRIMARY KEY (tenant, subject, slot)
    ) STRICT, WITHOUT ROWID",
    "CREATE TABLE answer (
        id INTEGER PRIMARY KEY,
        tenant INTEGER NOT NULL,
        command TEXT NOT NULL,
        content BLOB NOT NULL,
        receipt BLOB NOT NULL,
        sum INTEGER NOT NULL
    ) STRICT",
    "CREATE UNIQUE INDEX answer_command ON answer (tenant, command)",
];

/// Tables of one version of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// The version.
    pub(super) version: i32,
    /// The statements that make its tables.
    pub(super) tables: &'static [&'static str],
}

/// The shape that this library writes.
pub(super) const SHAPE: Shape = Shape { version: VERSION, tables: TABLES };

impl Shape {
    /// The digest of the statements, in an order that does not depend on when they ran.
    pub(super) fn digest(&self) -> String {
        let mut tables = self.tables.to_vec();
        tables.sort_unstable();
        digest(&[0; 32], tables.join("\n").as_bytes())
    }

    /// Makes the tables in an empty file, inside the caller's transaction.
    pub(super) fn lay(&self, connection: &Connection) -> Result<(), Fault> {
        for table in self.tables {
            connection.execute_batch(table).told("make the tables")?;
        }
        self.sign(connection)
    }

    /// Writes down which shape the file has, inside the caller's transaction.
    pub(super) fn sign(&self, connection: &Connection) -> Result<(), Fault> {
        let doing = "sign the tables";
        connection.pragma_update(None, "application_id", APPLICATION_ID).told(doing)?;
        connection.pragma_update(None, "user_version", self.version).told(doing)?;
        let sql = "INSERT OR REPLACE INTO meta (id, version, shape) VALUES (1, ?1, ?2)";
        connection.execute(sql, (self.version, self.digest())).told(doing)?;
        Ok(())
    }

    /// Checks that the file's tables are these.
    ///
    /// # Errors
    /// [`Fault::Schema`] naming what differs.
    pub(super) fn check(&self, connection: &Connection) -> Result<(), Fault> {
        let doing = "read the tables' names";
        let sql = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
        let mut statement = connection.prepare(sql).told(doing)?;
        let found = statement.query_map([], |row| row.get::<_, String>(0)).told(doing)?;
        let mut found: Vec<String> = found.collect::<Result<_, _>>().told(doing)?;
        found.sort_unstable();
        let mut expected = self.tables.to_vec();
        expected.sort_unstable();
        let differs = |expected: &str, found: &str| Fault::Schema {
            expected: expected.split_whitespace().collect::<Vec<_>>().join(" "),
            found: found.split_whitespace().collect::<Vec<_>>().join(" "),
        };
        if let Some(missing) = expected.iter().find(|sql| !found.iter().any(|f| f == *sql)) {
            return Err(differs(missing, "no such table"));
        }
        if let Some(strange) = found.iter().find(|sql| !expected.contains(&sql.as_str())) {
            return Err(differs("no such table", strange));
        }
        let sql = "SELECT version, shape FROM meta WHERE id = 1";
        let (version, shape): (i32, String) = connection
            .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .told("read the table `meta`")?;
        if version != self.version || shape != self.digest() {
            let expected = format!("version {} with tables {}", self.version, self.digest());
            let found = format!("version {version} with tables {shape}");
            return Err(Fault::Schema { expected, found });
        }
        Ok(())
    }
}

/// The position of an event.
pub(super) fn position(tenant: i64, seq: u64) -> Result<i64, Fault> {
    match i64::try_from(seq) {
        Ok(seq) if seq <= MAX_SEQ => Ok((tenant << SEQ_BITS) | seq),
        _ => Err(Fault::Full(format!("at most {MAX_SEQ} events per tenant"))),
    }
}

/// The place in its tenant's log of the event at a position.
pub(super) fn seq(position: i64) -> u64 {
    (position & MAX_SEQ).unsigned_abs()
}

/// The checksum of a row, 32 bits: where it stands, then its values.
///
/// Each step is a bijection of the state, so two rows that differ in one word have different
/// 64-bit states; what is kept of them differs but for one in 2^32.
pub(super) fn sum(tenant: i64, parts: &[&[u8]]) -> i64 {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = step(STEP, tenant.unsigned_abs());
    for part in parts {
        state = step(state, part.len() as u64);
        let mut words = part.chunks_exact(8);
        for word in words.by_ref() {
            state = step(state, le(word));
        }
        state = step(state, le(words.remainder()));
    }
    let mixed = (state ^ (state >> 29)).wrapping_mul(STEP);
    i64::from(u32::try_from(mixed >> 32).unwrap_or(0))
}

fn step(state: u64, word: u64) -> u64 {
    (state ^ word).wrapping_mul(0xd6e8_feb8_6659_fd93).rotate_left(29)
}

/// At most eight bytes as a number, the first one lowest.
fn le(bytes: &[u8]) -> u64 {
    match <[u8; 8]>::try_from(bytes) {
        Ok(word) => u64::from_le_bytes(word),
        Err(_) => bytes.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte)),
    }
}
