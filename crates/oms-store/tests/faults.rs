//! A store that breaks at any write loses nothing that was acknowledged.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

mod script;

use oms_core::engine::{Engine, Feed, MemoryStore, Store, verify};
use oms_core::event::Recorded;
use oms_core::testing::faulty_store::{Break, FaultyStore};
use oms_store::{Durability, Settings, SqliteStore};
use script::{ctx, day, request, run, tenant};

const SETTINGS: Settings =
    Settings { durability: Durability::Normal, busy_ms: 5_000, cache_kib: 1_024, log_pages: 4_096 };

/// Receipts of a whole day, and its log.
fn whole(lines: &[String]) -> (Vec<Vec<u8>>, Vec<Recorded>) {
    let mut engine = Engine::new(MemoryStore::new());
    let receipts = lines.iter().map(|line| run(&mut engine, line).unwrap().bytes).collect();
    (receipts, engine.store().feed(&tenant(), &Feed::After(0), usize::MAX).unwrap())
}

/// Runs the day in groups until the store breaks; the receipts that were acknowledged. Between the
/// groups the outbox is told.
fn until_broken(
    store: FaultyStore<impl Store>,
    lines: &[String],
    group: usize,
) -> (Vec<Vec<u8>>, bool) {
    let mut engine = Engine::new(store);
    let mut receipts = Vec::new();
    for lines in lines.chunks(group) {
        let acknowledged = match lines {
            [line] => run(&mut engine, line).map(|done| vec![done.bytes]),
            _ => {
                let requests = lines.iter().map(|line| request(line)).collect();
                let done = engine.execute_batch(&ctx(), requests);
                done.map(|all| all.into_iter().map(|done| done.unwrap().bytes).collect())
            }
        };
        let Ok(more) = acknowledged else { break };
        receipts.extend(more);
        let Ok(untold) = engine.store().outbox(&tenant(), 3) else { break };
        let seqs: Vec<u64> = untold.iter().map(|event| event.seq).collect();
        if engine.store().settle(&tenant(), &seqs).is_err() {
            break;
        }
    }
    let broken = engine.store().is_broken();
    (receipts, broken)
}

/// After every break: the log is the day's so far, what was acknowledged is there, and the whole day
/// sent again comes to the same receipts and the same log.
fn every_break<S: Store>(lines: &[String], group: usize, mut open: impl FnMut(u64) -> S) {
    let (expected, log) = whole(lines);
    let mut run_number = 0;
    for how in [Break::Before, Break::After] {
        for at in 1.. {
            run_number += 1;
            let told = until_broken(FaultyStore::new(open(run_number), at, how), lines, group);
            let (acknowledged, broken) = told;
            assert_eq!(acknowledged[..], expected[..acknowledged.len()], "write {at}");
            let mut engine = Engine::new(open(run_number));
            let found = engine.store().feed(&tenant(), &Feed::After(0), usize::MAX).unwrap();
            assert_eq!(found[..], log[..found.len()], "write {at}");
            for (n, line) in lines.iter().enumerate() {
                let done = run(&mut engine, line).unwrap();
                assert_eq!(done.bytes, expected[n], "write {at}: {line}");
                let refused = done.receipt.refusal.is_some();
                assert!(done.repeated || refused || n >= acknowledged.len(), "write {at}: {line}");
            }
            let found = engine.store().feed(&tenant(), &Feed::After(0), usize::MAX).unwrap();
            assert_eq!(found, log, "write {at}");
            let unsettled = engine.store().outbox(&tenant(), usize::MAX).unwrap();
            assert!(unsettled.iter().zip(unsettled.iter().skip(1)).all(|(a, b)| a.seq < b.seq));
            verify(engine.store(), &tenant()).unwrap();
            if !broken {
                assert!(at > 10);
                break;
            }
        }
    }
}

// Goal: promise 1 to 3 hold wherever the store breaks. Method: every n-th write of a short day, before
// and after it, singly and in groups, in memory.
#[test]
fn memory_loses_nothing() {
    let lines = day(2, 11);
    for group in [1, 4] {
        let mut shared: Option<(u64, MemoryStore)> = None;
        every_break(&lines, group, |run| match &shared {
            Some((same, store)) if *same == run => store.clone(),
            _ => {
                let store = MemoryStore::new();
                shared = Some((run, store.clone()));
                store
            }
        });
    }
}

// Goal and method: the same in a file, which is opened anew after the break.
#[test]
fn a_file_loses_nothing() {
    let lines = day(2, 11);
    for group in [1, 4] {
        let dir = tempfile::tempdir().unwrap();
        let mut last = dir.path().join("0.oms");
        every_break(&lines, group, |run| {
            let path = dir.path().join(format!("{run}.oms"));
            if path.exists() {
                return SqliteStore::open(&path, SETTINGS).unwrap();
            }
            let _ = std::fs::remove_file(&last);
            last.clone_from(&path);
            SqliteStore::create(&path, SETTINGS).unwrap()
        });
    }
}
