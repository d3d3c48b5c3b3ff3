//! A process that is killed loses nothing that it acknowledged.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "test code"
)]

mod script;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use oms_core::engine::{Engine, Feed, MemoryStore, Store, verify};
use oms_store::{Settings, SqliteStore};
use script::{Dice, ctx, day_with, request, run, tenant};

const FILE: &str = "OMS_CRASH_FILE";
const GROUP: &str = "OMS_CRASH_GROUP";
const SENDING: &str = "OMS_CRASH_SENDING";
const ORDERS: u64 = 400;
const MOMENTS: usize = 200;

/// Stock for all: a refusal for want of stock is not remembered and may succeed when sent again,
/// which would be right and is not what this test is about.
fn lines() -> Vec<String> {
    day_with(ORDERS, 23, 100_000)
}

/// The child: sends the day's commands from a place on, in groups, and prints each receipt once it is
/// acknowledged. It is the same test binary, told by its environment; without that it does nothing.
#[test]
fn child() {
    let Ok(file) = std::env::var(FILE) else { return };
    let number = |name: &str| std::env::var(name).unwrap().parse::<usize>().unwrap();
    let mut engine = Engine::new(SqliteStore::open(file, Settings::default()).unwrap());
    let lines = lines();
    let mut out = std::io::stdout().lock();
    out.write_all(b"ready\n").unwrap();
    out.flush().unwrap();
    for lines in lines[number(SENDING)..].chunks(number(GROUP)) {
        let requests = lines.iter().map(|line| request(line)).collect();
        for done in engine.execute_batch(&ctx(), requests).unwrap() {
            out.write_all(b"receipt ").unwrap();
            out.write_all(&done.unwrap().bytes).unwrap();
            out.write_all(b"\n").unwrap();
        }
        out.flush().unwrap();
    }
}

/// Starts the child, kills it after a while, and gives the receipts that it told in whole lines.
fn kill_after(file: &Path, group: u64, sending: usize, wait: Duration) -> Vec<Vec<u8>> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture", "--test-threads=1"])
        .env(FILE, file)
        .env(GROUP, group.to_string())
        .env(SENDING, sending.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut pipe = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.ends_with("ready\n") {
        assert!(pipe.read_line(&mut line).unwrap() > 0, "the child did not start");
    }
    let reader = std::thread::Builder::new().spawn(move || {
        let mut told = Vec::new();
        for line in pipe.split(b'\n') {
            let Ok(line) = line else { break };
            told.extend(line.strip_prefix(b"receipt ").map(<[u8]>::to_vec));
        }
        // The last line may be cut where the process ended.
        if told.last().is_some_and(|last| !last.ends_with(b"}")) {
            told.pop();
        }
        told
    });
    std::thread::sleep(wait);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.unwrap().join().unwrap()
}

// Goal: promises 1 to 3 hold for a process that is killed at any moment: no acknowledged receipt is
// lost, a command sent again gets the same bytes, nothing happens twice, and the file is sound.
// Method: kill a child at random moments between its start and its end, ever further into one day; after each, check
// the file and what it holds against the same day in memory. Every twentieth time all of the day
// so far is sent again.
#[test]
fn killed_at_any_moment() {
    let lines = lines();
    let mut reference = Engine::new(MemoryStore::new());
    let expected: Vec<Vec<u8>> =
        lines.iter().map(|line| run(&mut reference, line).unwrap().bytes).collect();
    for receipt in &expected {
        let receipt: serde_json::Value = serde_json::from_slice(receipt).unwrap();
        let class = receipt["refusal"]["class"].as_str().unwrap_or("none");
        assert!(!["conflict", "limit"].contains(&class), "{receipt}");
    }
    let log = reference.store().feed(&tenant(), &Feed::After(0), usize::MAX).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("crash.oms");
    drop(SqliteStore::create(&file, Settings::default()).unwrap());
    let mut dice = Dice(5);
    let (mut sent, mut kept, mut mid_way) = (0, 0, 0);
    let start = Instant::now();
    for moment in 0..MOMENTS {
        let group = 1 + dice.below(20);
        let wait = Duration::from_micros(dice.below(60_000));
        let told = kill_after(&file, group, sent, wait);
        mid_way += usize::from(!told.is_empty() && sent + told.len() < lines.len());
        // What was acknowledged is what had to come.
        assert_eq!(told[..], expected[sent..sent + told.len()], "moment {moment}");
        sent += told.len();
        let mut store = SqliteStore::open(&file, Settings::default()).unwrap();
        store.integrity().unwrap();
        verify(&mut store, &tenant()).unwrap();
        let tail = store.feed(&tenant(), &Feed::After(kept), usize::MAX).unwrap();
        let from = usize::try_from(kept).unwrap();
        assert_eq!(tail[..], log[from..from + tail.len()], "moment {moment}");
        kept += u64::try_from(tail.len()).unwrap();
        // Everything again, or the last hundred: the same bytes, and nothing happens twice.
        let again = if moment % 20 == 0 { 0 } else { sent.saturating_sub(100) };
        let mut engine = Engine::new(store);
        for n in again..sent {
            let done = run(&mut engine, &lines[n]).unwrap();
            assert_eq!(done.bytes, expected[n], "moment {moment}: {}", lines[n]);
        }
        let after = engine.store().feed(&tenant(), &Feed::After(kept), usize::MAX).unwrap();
        assert!(after.is_empty(), "moment {moment}: a resend left events");
        if sent >= lines.len() {
            // The day is over: a new one, in a new file.
            (sent, kept) = (0, 0);
            drop(engine);
            std::fs::remove_file(&file).unwrap();
            for journal in ["crash.oms-wal", "crash.oms-shm"] {
                let _ = std::fs::remove_file(dir.path().join(journal));
            }
            drop(SqliteStore::create(&file, Settings::default()).unwrap());
        }
    }
    println!("{MOMENTS} kills, {mid_way} of them amid commands, {:.0?}", start.elapsed());
    assert!(mid_way >= MOMENTS / 2, "{mid_way} kills met a command");
    // And the rest of the day goes on as if nothing had been.
    let mut engine = Engine::new(SqliteStore::open(&file, Settings::default()).unwrap());
    let requests = lines.iter().map(|line| request(line)).collect();
    for (n, done) in engine.execute_batch(&ctx(), requests).unwrap().into_iter().enumerate() {
        assert_eq!(done.unwrap().bytes, expected[n], "{}", lines[n]);
    }
    assert_eq!(engine.store().feed(&tenant(), &Feed::After(0), usize::MAX).unwrap(), log);
    engine.store().integrity().unwrap();
    verify(engine.store(), &tenant()).unwrap();
}
