//! The raw loop: the rows that the store writes, computed beforehand, written by the same statements
//! and nothing else.

use std::collections::BTreeMap;
use std::path::Path;

use oms_core::desk::{EntityKey, ReadSet, Slice};
use oms_core::engine::{Commit, Edge, Fault, Feed, MemoryStore, Rejected, Sealed, Store};
use oms_core::event::Recorded;
use oms_core::stock::Account;
use oms_core::words::TenantId;
use oms_store::Settings;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

const SQL: [&str; 13] = [
    "INSERT INTO tenant (id, name, seq, hash, sum) VALUES (?1, ?2, ?3, ?4, ?5)",
    "UPDATE tenant SET seq = ?2, hash = ?3, sum = ?4 WHERE id = ?1",
    "INSERT INTO event (position, id, stream, at, kind, version, actor, command,
     correlation, payload, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    "INSERT INTO outbox (position) VALUES (?1)",
    "DELETE FROM balance WHERE tenant = ?1 AND key = ?2",
    "INSERT INTO balance (tenant, key, value, sum) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT DO UPDATE SET value = excluded.value, sum = excluded.sum",
    "UPDATE entity SET version = ?2, body = ?3, sum = ?4 WHERE id = ?1",
    "INSERT INTO entity (tenant, key, version, body, sum) VALUES (?1, ?2, ?3, ?4, ?5)",
    "DELETE FROM entry WHERE tenant = ?1 AND tbl = ?2 AND key = ?3",
    "INSERT INTO entry (tenant, tbl, key, value, sum) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT DO UPDATE SET value = excluded.value, sum = excluded.sum",
    "INSERT INTO personal (tenant, subject, slot, salt, value, sum)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE
     SET salt = excluded.salt, value = excluded.value, sum = excluded.sum",
    "INSERT INTO answer (tenant, command, content, receipt, sum) VALUES (?1, ?2, ?3, ?4, ?5)",
    "SELECT 1",
];

/// A sum as wide as the real ones; the raw loop does not compute any.
const SUM: i64 = 0x7fff_ffff;

/// The rows of one command: statement and values.
pub(crate) type Rows = Vec<(usize, Vec<Value>)>;

/// A store in memory that notes what a store in a file would write.
#[derive(Default)]
pub(crate) struct Noting {
    store: MemoryStore,
    entities: BTreeMap<EntityKey, i64>,
    known: bool,
    pub(crate) noted: Vec<Rows>,
}

fn text(text: impl AsRef<str>) -> Value {
    Value::Text(text.as_ref().to_owned())
}

fn blob(bytes: impl AsRef<[u8]>) -> Value {
    Value::Blob(bytes.as_ref().to_vec())
}

fn number(n: impl TryInto<i64>) -> Value {
    Value::Integer(n.try_into().unwrap_or(i64::MAX))
}

impl Noting {
    fn note(&mut self, commit: &Commit, sealed: &Sealed) {
        let t = || Value::Integer(1);
        let sum = || Value::Integer(SUM);
        let mut rows: Rows = Vec::new();
        let tip = sealed.tip;
        if !self.known {
            rows.push((0, vec![t(), text(&commit.tenant), number(tip.seq), blob(tip.hash), sum()]));
        } else if !sealed.events.is_empty() {
            rows.push((1, vec![t(), number(tip.seq), blob(tip.hash), sum()]));
        }
        self.known = true;
        for event in &sealed.events {
            rows.push((2, event_row(event)));
            rows.push((3, vec![number((1 << 40) + event.seq)]));
        }
        let mut reads = ReadSet::default();
        for delta in commit.events.iter().flat_map(|planned| planned.event.deltas()) {
            reads.balances.insert(delta.account.clone());
        }
        let after = self.store.read(&commit.tenant, &reads).expect("memory").balances;
        for (account, balance) in after {
            let key = text(Account::key(&account));
            rows.push(match balance {
                0 => (4, vec![t(), key]),
                _ => (5, vec![t(), key, number(balance), sum()]),
            });
        }
        for (key, _, versioned) in &commit.entities {
            let (version, body) = (number(versioned.version), versioned.entity.encode());
            let body = Value::Blob(body.expect("an entity"));
            let next = i64::try_from(self.entities.len()).unwrap_or(0) + 1;
            rows.push(match self.entities.get(key) {
                Some(id) => (6, vec![number(*id), version, body, sum()]),
                None => {
                    self.entities.insert(key.clone(), next);
                    (7, vec![t(), text(key.key()), version, body, sum()])
                }
            });
        }
        for (table, row) in &commit.rows_gone {
            rows.push((8, vec![t(), number(table.number()), text(&row.key)]));
        }
        for (table, row) in &commit.rows_new {
            let values =
                vec![t(), number(table.number()), text(&row.key), number(row.value), sum()];
            rows.push((9, values));
        }
        for value in &commit.personal {
            let (subject, slot) = (text(&value.key.subject), text(&value.key.slot));
            rows.push((10, vec![t(), subject, slot, blob(value.salt), blob(&value.value), sum()]));
        }
        let (content, receipt) = (blob(&commit.content), blob(&sealed.receipt_bytes));
        rows.push((11, vec![t(), text(&commit.command), content, receipt, sum()]));
        self.noted.push(rows);
    }
}

fn event_row(event: &Recorded) -> Vec<Value> {
    let given = |word: Option<&str>| word.map_or(Value::Null, text);
    vec![
        number((1 << 40) + event.seq),
        text(&event.id),
        text(&event.stream),
        number(event.at.ms()),
        text(&event.kind),
        number(event.version),
        given(event.actor.as_ref().map(|id| id.as_str())),
        text(&event.command),
        given(event.correlation.as_ref().map(|id| id.as_str())),
        blob(&event.payload),
        blob(event.hash),
    ]
}

impl Store for Noting {
    fn read(&mut self, tenant: &TenantId, reads: &ReadSet) -> Result<Slice, Fault> {
        self.store.read(tenant, reads)
    }

    fn commit(&mut self, commit: &Commit) -> Result<Sealed, Rejected> {
        let sealed = self.store.commit(commit)?;
        self.note(commit, &sealed);
        Ok(sealed)
    }

    fn group(&mut self, edge: Edge) -> Result<(), Fault> {
        self.store.group(edge)
    }

    fn feed(&mut self, t: &TenantId, feed: &Feed, limit: usize) -> Result<Vec<Recorded>, Fault> {
        self.store.feed(t, feed, limit)
    }

    fn outbox(&mut self, tenant: &TenantId, limit: usize) -> Result<Vec<Recorded>, Fault> {
        self.store.outbox(tenant, limit)
    }

    fn settle(&mut self, tenant: &TenantId, seqs: &[u64]) -> Result<(), Fault> {
        self.store.settle(tenant, seqs)
    }
}

/// A connection to a file of the store's shape, set up as the store sets up its own.
pub(crate) fn connect(path: &Path, settings: Settings) -> Connection {
    let connection = Connection::open(path).expect("a file");
    connection.set_prepared_statement_cache_capacity(64);
    let set = |name: &str, value: i64| connection.pragma_update(None, name, value).expect(name);
    connection.pragma_update(None, "synchronous", "FULL").expect("synchronous");
    set("cache_size", -i64::from(settings.cache_kib));
    set("wal_autocheckpoint", i64::from(settings.log_pages));
    set("journal_size_limit", i64::from(settings.log_pages) * 4_096);
    connection.pragma_update(None, "temp_store", "MEMORY").expect("temp_store");
    connection
}

/// Writes groups of commands, each group in one transaction.
pub(crate) fn write(connection: &Connection, commands: &[Rows], group: usize) {
    for commands in commands.chunks(group) {
        let run = |sql: &str| {
            connection.prepare_cached(sql).and_then(|mut s| s.execute([])).expect("an edge");
        };
        run("BEGIN IMMEDIATE");
        for rows in commands {
            for (sql, values) in rows {
                let mut statement = connection.prepare_cached(SQL[*sql]).expect("a statement");
                statement.execute(params_from_iter(values)).expect("a row");
            }
        }
        run("COMMIT");
    }
}

/// Everything in a file but the sums, for the proof that both loops wrote the same.
pub(crate) fn contents(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).expect("a file");
    let queries = [
        "SELECT id, name, seq, hex(hash) FROM tenant",
        "SELECT position, id, stream, at, kind, version, command, hex(hash) FROM event",
        "SELECT position FROM outbox",
        "SELECT tenant, key, value FROM balance",
        "SELECT id, tenant, key, version, hex(body) FROM entity",
        "SELECT tenant, tbl, key, value FROM entry",
        "SELECT tenant, subject, slot, hex(value) FROM personal",
        "SELECT id, tenant, command, hex(content), hex(receipt) FROM answer",
    ];
    let mut found = Vec::new();
    for query in queries {
        let mut statement = connection.prepare(query).expect(query);
        let columns = statement.column_count();
        let mut rows = statement.query([]).expect(query);
        while let Some(row) = rows.next().expect(query) {
            let values =
                (0..columns).map(|c| format!("{:?}", row.get::<_, Value>(c).expect(query)));
            found.push(values.collect::<Vec<_>>().join(" "));
        }
    }
    found
}
