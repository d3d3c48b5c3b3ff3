//! One day, three ways to keep it, one log.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

mod script;

use std::collections::BTreeMap;

use oms_core::engine::{Engine, Feed, MemoryStore, Store, verify};
use oms_core::event::Recorded;
use oms_store::{Durability, Settings, SqliteStore};
use script::{ctx, day, request, run, tenant};

/// Receipts' bytes, the log, and the outbox.
type Kept = (Vec<Vec<u8>>, Vec<Recorded>, Vec<Recorded>);

fn kept<S: Store>(engine: &mut Engine<S>, receipts: Vec<Vec<u8>>) -> Kept {
    let log = engine.store().feed(&tenant(), &Feed::After(0), usize::MAX).unwrap();
    let outbox = engine.store().outbox(&tenant(), usize::MAX).unwrap();
    (receipts, log, outbox)
}

fn singly<S: Store>(store: S, lines: &[String]) -> (Engine<S>, Kept) {
    let mut engine = Engine::new(store);
    let receipts = lines.iter().map(|line| run(&mut engine, line).unwrap().bytes).collect();
    let kept = kept(&mut engine, receipts);
    (engine, kept)
}

fn grouped<S: Store>(store: S, lines: &[String]) -> (Engine<S>, Kept) {
    let mut engine = Engine::new(store);
    let mut receipts = Vec::new();
    for group in lines.chunks(7) {
        let requests = group.iter().map(|line| request(line)).collect();
        let answers = engine.execute_batch(&ctx(), requests).unwrap();
        receipts.extend(answers.into_iter().map(|done| done.unwrap().bytes));
    }
    let kept = kept(&mut engine, receipts);
    (engine, kept)
}

// Goal: where the day is kept, and whether its commands are grouped, changes no byte of receipts, log
// and outbox; and what is kept verifies. Method: one day in memory and in a file, singly and grouped.
#[test]
fn the_same_bytes_everywhere() {
    let lines = day(60, 7);
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings { durability: Durability::Normal, ..Settings::default() };
    let file = |name: &str| SqliteStore::create(dir.path().join(name), settings).unwrap();
    let (_, expected) = singly(MemoryStore::new(), &lines);
    let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
    let mut verbs: BTreeMap<String, u32> = BTreeMap::new();
    for receipt in &expected.0 {
        let receipt: serde_json::Value = serde_json::from_slice(receipt).unwrap();
        *outcomes.entry(receipt["outcome"].to_string()).or_default() += 1;
        if receipt["outcome"] == "accepted" {
            *verbs.entry(receipt["verb"].to_string()).or_default() += 1;
        }
    }
    // The day is one in which things happen.
    assert!(verbs.len() > 15, "{verbs:?}");
    assert!(outcomes[r#""refused""#] > 20 && outcomes[r#""accepted""#] > 300, "{outcomes:?}");
    let (_, memory) = grouped(MemoryStore::new(), &lines);
    assert_eq!(memory, expected);
    for kept in [singly(file("1.oms"), &lines), grouped(file("2.oms"), &lines)] {
        let (engine, kept) = kept;
        assert_eq!(kept, expected);
        let mut store = engine.into_store();
        store.integrity().unwrap();
        let path = store.path().to_owned();
        drop(store);
        // Opened anew, everything is read from the file.
        let mut engine = Engine::new(SqliteStore::open(&path, settings).unwrap());
        let again: Vec<Vec<u8>> =
            lines.iter().map(|line| run(&mut engine, line).unwrap().bytes).collect();
        assert_eq!(self::kept(&mut engine, again), expected);
        assert!(verify(engine.store(), &tenant()).unwrap().events > 300);
    }
}
