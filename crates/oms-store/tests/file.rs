//! The file: whose it is, who may use it how, and copies of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

mod script;

use std::fs;
use std::path::Path;

use oms_core::desk::{EntityKey, ReadSet};
use oms_core::engine::{Edge, Engine, Fault, Feed, Outcome, Store, verify};
use oms_core::stock::Account;
use oms_core::words::OrderId;
use oms_store::{Durability, Settings, SqliteStore};
use rusqlite::{Connection, OpenFlags};
use script::{ctx, day, place, request, run, tenant};

const SETTINGS: Settings =
    Settings { durability: Durability::Full, busy_ms: 50, cache_kib: 1_024, log_pages: 1_000 };

fn open(path: &Path) -> Result<SqliteStore, Fault> {
    SqliteStore::open(path, SETTINGS)
}

/// A file with a short day in it.
fn shop(path: &Path) -> Engine<SqliteStore> {
    let mut engine = Engine::new(SqliteStore::create(path, SETTINGS).unwrap());
    let requests = day(4, 1).iter().map(|line| request(line)).collect();
    engine.execute_batch(&ctx(), requests).unwrap();
    engine
}

fn is_schema(opened: Result<SqliteStore, Fault>, word: &str) {
    match opened.map(drop) {
        Err(Fault::Schema { found, .. }) => assert!(found.contains(word), "{found}"),
        other => panic!("{word}: {other:?}"),
    }
}

// Goal: files that are not there, or there already, are told apart from files that are not ours.
// Method: each in turn.
#[test]
fn strangers_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.oms");
    assert!(matches!(open(&path), Err(Fault::Io { .. })));
    assert!(!path.exists(), "opening made a file");
    drop(shop(&path));
    let before = fs::read(&path).unwrap();
    assert!(matches!(SqliteStore::create(&path, SETTINGS), Err(Fault::Io { .. })));
    assert_eq!(fs::read(&path).unwrap(), before);
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["a.oms"], "nothing is left beside it");
    let other = dir.path().join("other");
    fs::write(&other, b"dear diary").unwrap();
    is_schema(open(&other), "another kind of file");
    fs::write(&other, vec![7; 10_000]).unwrap();
    is_schema(open(&other), "another kind of file");
    fs::write(&other, b"").unwrap();
    is_schema(open(&other), "an empty file");
    fs::remove_file(&other).unwrap();
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    is_schema(open(&other), "application id 0");
    assert!(matches!(
        SqliteStore::create(dir.path().join("no/such.oms"), SETTINGS),
        Err(Fault::Io { .. })
    ));
}

// Goal: a damaged header is damage, not a stranger. Method: spoil the magic, cut it off.
#[test]
fn a_damaged_header_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.oms");
    drop(shop(&path));
    let bytes = fs::read(&path).unwrap();
    let mut spoiled = bytes.clone();
    spoiled[3] ^= 0x10;
    fs::write(&path, &spoiled).unwrap();
    assert!(matches!(open(&path), Err(Fault::Corrupt { .. })));
    fs::write(&path, &bytes[..50]).unwrap();
    assert!(matches!(open(&path), Err(Fault::Corrupt { .. })));
    fs::write(&path, &bytes).unwrap();
    drop(open(&path).unwrap());
}

// Goal: newer files and files with other tables are not touched. Method: alter a good file.
#[test]
fn other_shapes_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let alterations = [
        ("PRAGMA user_version = 99", "version 99"),
        ("PRAGMA user_version = 0", "version 0"),
        ("PRAGMA user_version = -1", "version -1"),
        ("CREATE TABLE mine (x)", "CREATE TABLE mine"),
        ("DROP INDEX event_stream", "no such table"),
        ("ALTER TABLE balance ADD COLUMN note TEXT", "no such table"),
        ("UPDATE meta SET shape = 'x'", "with tables x"),
        ("UPDATE meta SET version = 7", "version 7"),
    ];
    for (n, (sql, word)) in alterations.into_iter().enumerate() {
        let path = dir.path().join(format!("{n}.oms"));
        drop(shop(&path));
        oms_vfs::open(&path, OpenFlags::default()).unwrap().execute_batch(sql).unwrap();
        let before = fs::read(&path).unwrap();
        is_schema(open(&path), word);
        is_schema(SqliteStore::open_read_only(&path, SETTINGS), word);
        assert_eq!(fs::read(&path).unwrap(), before, "{sql}");
    }
}

// Goal: who opens to read reads all and writes nothing, and sees what a writer adds. Method: a reader
// beside a writer.
#[test]
fn readers_only_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.oms");
    let mut writer = shop(&path);
    let mut reader = Engine::new(SqliteStore::open_read_only(&path, SETTINGS).unwrap());
    let everything = Feed::After(0);
    let seen = reader.store().feed(&tenant(), &everything, usize::MAX).unwrap();
    assert_eq!(seen, writer.store().feed(&tenant(), &everything, usize::MAX).unwrap());
    let new = place("new", "NEW", "", &[(1, 1)]);
    assert_eq!(run(&mut reader, &new), Err(Fault::ReadOnly));
    assert_eq!(reader.store().group(Edge::Begin), Err(Fault::ReadOnly));
    assert_eq!(reader.store().group(Edge::Abandon), Ok(()));
    assert_eq!(reader.store().settle(&tenant(), &[1]), Err(Fault::ReadOnly));
    run(&mut writer, &new).unwrap();
    let more = reader.store().feed(&tenant(), &everything, usize::MAX).unwrap();
    assert!(more.len() > seen.len());
    // A resend is answered without writing.
    assert!(run(&mut reader, &new).unwrap().repeated);
    reader.store().integrity().unwrap();
    verify(reader.store(), &tenant()).unwrap();
}

// Goal: what another connection wrote is seen, whatever was cached. Method: two writers take turns with
// one order and its SKU; after each turn both read the same.
#[test]
fn nobody_reads_yesterdays_cache() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.oms");
    let mut one = shop(&path);
    let mut two = Engine::new(open(&path).unwrap());
    run(&mut one, &place("p", "X", "", &[(2, 2)])).unwrap();
    let read = |engine: &mut Engine<SqliteStore>| {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Order(OrderId::new("X").unwrap()));
        reads.balance(Account::from_parts(&["available", "S2", "n1"]).unwrap());
        reads.balance(Account::from_parts(&["ats", "S2", "P"]).unwrap());
        format!("{:?}", engine.store().read(&tenant(), &reads).unwrap())
    };
    for turn in 0..6 {
        let before = (read(&mut one), read(&mut two));
        assert_eq!(before.0, before.1);
        let writer = if turn % 2 == 0 { &mut one } else { &mut two };
        let lines = [
            format!(r#"{{"id":"n{turn}","note":{{"order":"X","text":"turn {turn}"}}}}"#),
            format!(r#"{{"id":"r{turn}","receive_stock":{{"sku":"S2","node":"n1","qty":1}}}}"#),
        ];
        for line in lines {
            assert_eq!(run(writer, &line).unwrap().receipt.outcome, Outcome::Accepted);
        }
        let after = (read(&mut one), read(&mut two));
        assert_eq!(after.0, after.1, "turn {turn}");
        assert_ne!(after.0, before.0, "turn {turn}");
    }
}

// Goal: a writer waits no longer than it said, and says that it waited; readers do not wait. Method: a
// group is open elsewhere.
#[test]
fn waiting_is_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.oms");
    let mut one = shop(&path);
    let mut two = Engine::new(open(&path).unwrap());
    let (first, second) = (place("p", "X", "", &[(2, 2)]), place("q", "Y", "", &[(2, 2)]));
    one.store().group(Edge::Begin).unwrap();
    run(&mut one, &first).unwrap();
    let fault = run(&mut two, &second).unwrap_err();
    assert!(matches!(fault, Fault::Busy(_)) && fault.is_transient(), "{fault:?}");
    assert!(matches!(two.store().group(Edge::Begin), Err(Fault::Busy(_))));
    assert!(matches!(two.store().settle(&tenant(), &[1]), Err(Fault::Busy(_))));
    // What is not committed yet is not seen.
    let order = EntityKey::Order(OrderId::new("X").unwrap());
    let mut reads = ReadSet::default();
    reads.entity(order.clone());
    assert_eq!(two.store().read(&tenant(), &reads).unwrap().entities[&order], None);
    one.store().group(Edge::End).unwrap();
    assert!(two.store().read(&tenant(), &reads).unwrap().entities[&order].is_some());
    assert_eq!(run(&mut two, &second).unwrap().receipt.outcome, Outcome::Accepted);
    assert!(run(&mut two, &first).unwrap().repeated);
}

// Goal: a copy made while others write is one moment of the file, whole and sound. Method: copy
// amid a day, compare with the log so far.
#[test]
fn copies_are_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.oms");
    let copy = dir.path().join("copy.oms");
    let mut engine = shop(&path);
    let before = engine.store().feed(&tenant(), &Feed::After(0), usize::MAX).unwrap();
    engine.store().group(Edge::Begin).unwrap();
    assert!(matches!(engine.store().backup_to(&copy), Err(Fault::Busy(_))));
    run(&mut engine, &place("p", "X", "", &[(2, 2)])).unwrap();
    // Another connection copies what is committed, while the group is open.
    open(&path).unwrap().backup_to(&copy).unwrap();
    engine.store().group(Edge::End).unwrap();
    let again = engine.store().backup_to(&copy);
    assert!(matches!(again, Err(Fault::Io { .. })), "a copy replaces nothing");
    let mut store = open(&copy).unwrap();
    assert_eq!(store.feed(&tenant(), &Feed::After(0), usize::MAX).unwrap(), before);
    store.integrity().unwrap();
    verify(&mut store, &tenant()).unwrap();
    assert_eq!(store.tenants().unwrap(), [tenant()]);
    // The copy is a file like any other.
    let mut copied = Engine::new(store);
    let done = run(&mut copied, &place("q", "Y", "", &[(2, 2)])).unwrap();
    assert_eq!(done.receipt.outcome, Outcome::Accepted);
}
