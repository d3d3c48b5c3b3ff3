//! Writes that fail amid a commit, full disks, and files of other versions: what only the inside of the
//! store can bring about.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

use std::path::Path;

use oms_core::engine::{Edge, Engine, Fault, Feed, Outcome, Store, verify};
use rusqlite::Connection;

use super::migrate::{Ladder, Step};
use super::open::{Access, open_with};
use super::schema::{SHAPE, Shape, TABLES};
use super::{Durability, Settings, SqliteStore};

#[path = "../../tests/script/mod.rs"]
mod script;

use script::{ctx, day, opening, place, request, run, tenant};

const SETTINGS: Settings =
    Settings { durability: Durability::Normal, busy_ms: 1_000, cache_kib: 1_024, log_pages: 1_000 };

fn dump(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut rows = Vec::new();
    for table in ["tenant", "event", "outbox", "balance", "entity", "entry", "personal", "answer"] {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = statement.column_count();
        let mut found = statement.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let values: Vec<String> = (0..columns)
                .map(|c| format!("{:?}", row.get::<_, rusqlite::types::Value>(c).unwrap()))
                .collect();
            rows.push(format!("{table} {}", values.join(" ")));
        }
    }
    rows
}

fn shop(path: &Path) -> Engine<SqliteStore> {
    let mut engine = Engine::new(SqliteStore::create(path, SETTINGS).unwrap());
    let requests = opening(40).iter().map(|line| request(line)).collect();
    engine.execute_batch(&ctx(), requests).unwrap();
    engine
}

// Goal: a write that fails anywhere in a commit leaves nothing of the commit, nor of its group, and the
// store works on. Method: a trigger refuses each kind of write in turn, with each way that SQLite
// has to fail; singly and amid a group.
#[test]
fn a_failed_write_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.oms");
    let mut engine = shop(&path);
    let writes = [
        "UPDATE ON tenant",
        "INSERT ON event",
        "INSERT ON outbox",
        "INSERT ON balance",
        "UPDATE ON balance",
        "INSERT ON entity",
        "INSERT ON entry",
        "INSERT ON personal",
        "INSERT ON answer",
    ];
    let mut number = 0;
    for write in writes {
        for way in ["ABORT", "FAIL", "ROLLBACK"] {
            let refuse = format!(
                "CREATE TEMP TRIGGER refuse BEFORE {} BEGIN SELECT raise({way}, 'as was asked'); END",
                write.replace("ON ", "ON main.")
            );
            let before = dump(&path);
            number += 2;
            // Two SKUs: one whose reservations are there, one whose are not yet.
            let fresh = number % 5;
            let one =
                place(&format!("a{number}"), &format!("A{number}"), "", &[(0, 1), (fresh, 1)]);
            let two = place(&format!("b{number}"), &format!("B{number}"), "", &[(0, 1)]);
            if write == "INSERT ON balance" && number > 10 {
                continue;
            }
            engine.store().connection.execute_batch(&refuse).unwrap();
            assert!(run(&mut engine, &one).is_err(), "{write} {way}");
            engine.store().connection.execute_batch("DROP TRIGGER IF EXISTS refuse").unwrap();
            assert_eq!(dump(&path), before, "{write} {way}");
            // Amid a group: the first commit goes with it, and every call says so until its end.
            engine.store().group(Edge::Begin).unwrap();
            run(&mut engine, &two).unwrap();
            engine.store().connection.execute_batch(&refuse).unwrap();
            if run(&mut engine, &one).is_ok() {
                // The group's first order has written the balance already.
                assert_eq!(write, "INSERT ON balance");
            } else {
                assert!(matches!(run(&mut engine, &two), Err(Fault::GroupFailed(_))));
                assert!(matches!(
                    engine.store().settle(&tenant(), &[1]),
                    Err(Fault::GroupFailed(_))
                ));
                assert!(matches!(engine.store().group(Edge::Begin), Err(Fault::GroupFailed(_))));
                assert!(matches!(engine.store().group(Edge::End), Err(Fault::GroupFailed(_))));
            }
            engine.store().group(Edge::Abandon).unwrap();
            engine.store().connection.execute_batch("DROP TRIGGER IF EXISTS refuse").unwrap();
            assert_eq!(dump(&path), before, "{write} {way}");
            for line in [one, two] {
                let done = run(&mut engine, &line).unwrap();
                assert_eq!(done.receipt.outcome, Outcome::Accepted);
                assert!(!done.repeated);
            }
        }
    }
    engine.store().integrity().unwrap();
    verify(engine.store(), &tenant()).unwrap();
}

// Goal: a full disk is `Full`, nothing is half there, and with room again the day goes on to the same
// receipts. Method: let the file grow a page at a time, singly and in groups.
#[test]
fn a_full_disk_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let lines = day(12, 5);
    let mut memory = Engine::new(oms_core::engine::MemoryStore::new());
    let expected: Vec<Vec<u8>> =
        lines.iter().map(|line| run(&mut memory, line).unwrap().bytes).collect();
    for group in [1, 5] {
        let path = dir.path().join(format!("{group}.oms"));
        let mut engine = Engine::new(SqliteStore::create(&path, SETTINGS).unwrap());
        let pages = |engine: &mut Engine<SqliteStore>, sql: &str| -> i64 {
            engine.store().connection.query_row(sql, [], |row| row.get(0)).unwrap()
        };
        let mut full = 0;
        for (n, lines) in lines.chunks(group).enumerate() {
            let room = pages(&mut engine, "PRAGMA page_count");
            pages(&mut engine, &format!("PRAGMA max_page_count = {room}"));
            let mut more = room;
            loop {
                let before = dump(&path);
                let requests = lines.iter().map(|line| request(line)).collect();
                let answers = match group {
                    1 => run(&mut engine, &lines[0]).map(|done| vec![Ok(done)]),
                    _ => engine.execute_batch(&ctx(), requests),
                };
                match answers {
                    Ok(answers) => {
                        for (m, done) in answers.into_iter().enumerate() {
                            assert_eq!(done.unwrap().bytes, expected[n * group + m]);
                        }
                        break;
                    }
                    Err(fault) => {
                        assert!(matches!(fault, Fault::Full(_)), "{fault:?}");
                        assert_eq!(dump(&path), before);
                        full += 1;
                    }
                }
                more += 1;
                pages(&mut engine, &format!("PRAGMA max_page_count = {more}"));
            }
        }
        assert!(full > 10, "the disk was full {full} times");
        engine.store().integrity().unwrap();
        verify(engine.store(), &tenant()).unwrap();
    }
}

/// A later version of the file, as a library to come might have it.
const LATER: Ladder = Ladder {
    shape: Shape { version: 3, tables: LATER_TABLES },
    steps: &[
        Step {
            to: 2,
            sql: "CREATE TABLE parked (id INTEGER PRIMARY KEY, what TEXT NOT NULL) STRICT",
        },
        Step {
            to: 3,
            sql: "INSERT INTO parked SELECT position, kind FROM event WHERE kind LIKE 'stock%';
                  CREATE INDEX parked_what ON parked (what)",
        },
    ],
};

const LATER_TABLES: &[&str] = &{
    let mut tables = [""; TABLES.len() + 2];
    let mut n = 0;
    while n < TABLES.len() {
        tables[n] = TABLES[n];
        n += 1;
    }
    tables[n] = "CREATE TABLE parked (id INTEGER PRIMARY KEY, what TEXT NOT NULL) STRICT";
    tables[n + 1] = "CREATE INDEX parked_what ON parked (what)";
    tables
};

// Goal: a file of an older version comes forward with all that is in it, a copy of what it was stays,
// readers ask for a writer first, and the older library refuses the newer file. Method: a file of
// today's version under a ladder of a later one.
#[test]
fn older_files_come_forward() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.oms");
    drop(shop(&path));
    let before = dump(&path);
    let reading = open_with(&path, SETTINGS, Access::Read, &LATER);
    assert!(matches!(reading, Err(Fault::Schema { .. })), "{reading:?}");
    let mut engine = Engine::new(open_with(&path, SETTINGS, Access::Write, &LATER).unwrap());
    let parked: i64 = engine
        .store()
        .connection
        .query_row("SELECT count(*) FROM parked", [], |row| row.get(0))
        .unwrap();
    assert_eq!(parked, 15);
    assert_eq!(
        run(&mut engine, &place("x", "X", "", &[(1, 1)])).unwrap().receipt.outcome,
        Outcome::Accepted
    );
    verify(engine.store(), &tenant()).unwrap();
    drop(engine);
    // Opened again there is nothing to do, and the copy stays what it is.
    let kept = dir.path().join("a.oms.v1.bak");
    let bytes = std::fs::read(&kept).unwrap();
    drop(open_with(&path, SETTINGS, Access::Write, &LATER).unwrap());
    assert_eq!(std::fs::read(&kept).unwrap(), bytes);
    match SqliteStore::open(&path, SETTINGS) {
        Err(Fault::Schema { expected, found }) => {
            assert_eq!((expected.as_str(), found.as_str()), ("version 1 to 1", "version 3"));
        }
        other => panic!("{other:?}"),
    }
    let mut old = SqliteStore::open(&kept, SETTINGS).unwrap();
    assert!(!old.feed(&tenant(), &Feed::After(0), 9).unwrap().is_empty());
    old.integrity().unwrap();
    drop(old);
    assert_eq!(dump(&kept), before);
}

// Goal: a step that fails leaves the file as it was. Method: a ladder whose last step is wrong, one that
// ends early, and one that does not come to its shape.
#[test]
fn a_failed_step_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.oms");
    drop(shop(&path));
    let before = dump(&path);
    let ladders = [
        Ladder {
            shape: LATER.shape,
            steps: &[
                Step { to: 2, sql: "DELETE FROM balance" },
                Step { to: 3, sql: "INSERT INTO nowhere VALUES (1)" },
            ],
        },
        Ladder { shape: LATER.shape, steps: &[Step { to: 2, sql: "DELETE FROM balance" }] },
        Ladder {
            shape: Shape { version: 2, ..LATER.shape },
            steps: &[Step { to: 2, sql: "DELETE FROM balance" }],
        },
    ];
    for ladder in ladders {
        assert!(open_with(&path, SETTINGS, Access::Write, &ladder).is_err());
        assert_eq!(dump(&path), before);
        drop(SqliteStore::open(&path, SETTINGS).unwrap());
    }
    assert_eq!(SHAPE.version, 1, "with a second version, freeze a file of the first for this test");
}

// Goal: the store keeps within what it was given. Method: what SQLite says of the connection.
#[test]
fn settings_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    for (durability, synchronous) in [(Durability::Full, 2), (Durability::Normal, 1)] {
        let settings = Settings { durability, ..SETTINGS };
        let path = dir.path().join(format!("{synchronous}.oms"));
        let store = SqliteStore::create(&path, settings).unwrap();
        let number = |name: &str| -> i64 {
            store.connection.pragma_query_value(None, name, |row| row.get(0)).unwrap()
        };
        assert_eq!(number("synchronous"), synchronous);
        assert_eq!(number("cache_size"), -1_024);
        assert_eq!(number("busy_timeout"), 1_000);
        assert_eq!(number("wal_autocheckpoint"), 1_000);
        assert_eq!(number("journal_size_limit"), 4_096_000);
        assert_eq!(number("mmap_size"), 0);
    }
}
