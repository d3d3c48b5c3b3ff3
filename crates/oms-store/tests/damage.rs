//! Files that rot, and logs that end early: a typed fault or the right answer, never a wrong one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "test code"
)]

mod script;

use std::fs;
use std::path::Path;

use oms_core::desk::{EntityKey, RangeRead, ReadSet, Table};
use oms_core::engine::{Engine, Fault, Feed, Store, verify};
use oms_core::stock::Account;
use oms_core::words::{CommandId, OrderId};
use oms_store::{Durability, Settings, SqliteStore};
use script::{Dice, day, run, tenant};

const SETTINGS: Settings = Settings {
    durability: Durability::Normal,
    busy_ms: 1_000,
    cache_kib: 2_048,
    log_pages: 100_000,
};

/// Questions, each with a way to tell its answer in one line.
fn questions(commands: &[String]) -> Vec<(String, ReadSet)> {
    let mut asked = Vec::new();
    let mut ask = |name: String, fill: &dyn Fn(&mut ReadSet)| {
        let mut reads = ReadSet::default();
        fill(&mut reads);
        asked.push((name, reads));
    };
    for n in 0..40 {
        let key = EntityKey::Order(OrderId::new(format!("O{n}")).unwrap());
        ask(format!("order {n}"), &|reads| reads.entity(key.clone()));
    }
    for sku in 0..5 {
        for parts in [["available", "n1"], ["allocated", "n1"], ["ats", "P"], ["reserved", "P"]] {
            let account = Account::from_parts(&[parts[0], &format!("S{sku}"), parts[1]]).unwrap();
            ask(format!("{account:?}"), &|reads| reads.balance(account.clone()));
        }
    }
    for table in Table::WRITTEN.into_iter().chain([Table::Balances, Table::Entities]) {
        let (from, to) = (String::new(), "\u{7f}".to_owned());
        let read = RangeRead { table, from, to, reverse: false, limit: 10_000 };
        ask(format!("{table:?}"), &|reads| reads.ranges.extend([read.clone()]));
    }
    for line in commands.iter().step_by(3) {
        let id = CommandId::new(script::request(line).sending.id.as_str()).unwrap();
        ask(format!("answer {id}"), &|reads| reads.answered = Some(id.clone()));
    }
    asked
}

/// All answers in one line each; of a damaged file some are faults.
fn answers(store: &mut SqliteStore, asked: &[(String, ReadSet)]) -> Vec<Result<String, Fault>> {
    let mut found: Vec<Result<String, Fault>> = asked
        .iter()
        .map(|(_, reads)| store.read(&tenant(), reads).map(|slice| format!("{slice:?}")))
        .collect();
    found.push(store.feed(&tenant(), &Feed::After(0), usize::MAX).map(|log| format!("{log:?}")));
    found.push(store.feed(&tenant(), &Feed::After(37), 9).map(|log| format!("{log:?}")));
    let stream = Feed::Stream("order/O1".to_owned(), 0);
    found.push(store.feed(&tenant(), &stream, 99).map(|log| format!("{log:?}")));
    found.push(store.outbox(&tenant(), usize::MAX).map(|log| format!("{log:?}")));
    found
}

/// A fault of damage says where it is, and is none of the others.
fn is_typed(fault: &Fault) -> bool {
    // A header may ask not to be written to, and ask for more pages than there can be.
    let asked = matches!(fault, Fault::ReadOnly | Fault::Full(_));
    asked || matches!(fault, Fault::Corrupt { .. } | Fault::Schema { .. } | Fault::Io { .. })
}

/// What came of one damaged file.
#[derive(Default, Debug)]
struct Tally {
    refused_at_open: u32,
    faults: u32,
    unharmed: u32,
}

fn judge(
    path: &Path,
    asked: &[(String, ReadSet)],
    expected: &[Result<String, Fault>],
    tally: &mut Tally,
) {
    let mut store = match SqliteStore::open(path, SETTINGS) {
        Ok(store) => store,
        Err(fault) => {
            assert!(is_typed(&fault), "{fault:?}");
            tally.refused_at_open += 1;
            return;
        }
    };
    let found = answers(&mut store, asked);
    let mut faults = 0;
    for (n, (found, expected)) in found.iter().zip(expected).enumerate() {
        let name = asked.get(n).map_or("log", |(name, _)| name.as_str());
        match found {
            Err(fault) => {
                assert!(is_typed(fault), "{fault:?}");
                faults += 1;
            }
            Ok(found) => assert_eq!(Ok(found), expected.as_ref(), "{name}"),
        }
    }
    let sound = store.integrity().and_then(|()| {
        verify(&mut store, &tenant()).map(drop).map_err(|finding| Fault::Corrupt {
            place: "verify".to_owned(),
            found: finding.to_string(),
        })
    });
    match (faults, &sound) {
        (0, Ok(())) => tally.unharmed += 1,
        (_, Err(fault)) => {
            assert!(is_typed(fault), "{fault:?}");
            tally.faults += 1;
        }
        (_, Ok(())) => panic!("{faults} answers are faults, and the file passes for sound"),
    }
    // Work on a damaged file does not panic, whatever it says.
    let mut engine = Engine::new(store);
    for line in
        [script::place("new", "NEW", "", &[(1, 1)]), script::place("c1.0", "O1", "", &[(1, 1)])]
    {
        if let Err(fault) = run(&mut engine, &line) {
            assert!(is_typed(&fault) || matches!(fault, Fault::Law(_)), "{fault:?}");
        }
    }
}

fn base(dir: &Path, orders: u64) -> (Vec<u8>, Vec<String>) {
    let path = dir.join("base.oms");
    let lines = day(orders, 3);
    let mut engine = Engine::new(SqliteStore::create(&path, SETTINGS).unwrap());
    for line in &lines {
        run(&mut engine, line).unwrap();
    }
    drop(engine);
    (fs::read(&path).unwrap(), lines)
}

// Goal: damage is a typed fault or changes no answer. Method: flip bits all over a file, one place or
// a whole stretch at a time, headers of the file and of pages more often; ask everything, check the
// file, work on it.
#[test]
fn a_rotten_file_never_lies() {
    let dir = tempfile::tempdir().unwrap();
    let (bytes, lines) = base(dir.path(), 40);
    let path = dir.path().join("rotten.oms");
    let asked = questions(&lines);
    fs::write(&path, &bytes).unwrap();
    let mut sound = SqliteStore::open(&path, SETTINGS).unwrap();
    let expected = answers(&mut sound, &asked);
    assert!(expected.iter().all(Result::is_ok));
    sound.integrity().unwrap();
    drop(sound);
    let mut dice = Dice(77);
    let pages = u64::try_from(bytes.len()).unwrap() / 4_096;
    let mut tally = Tally::default();
    for n in 0..400 {
        let mut rotten = bytes.clone();
        let page = dice.below(pages) * 4_096;
        let (at, length) = match n % 5 {
            0 => (dice.below(100), 1),
            1 => (page + dice.below(12), 1),
            2 => (page + dice.below(4_096), 1),
            3 => (page + dice.below(4_096), 8),
            _ => (page, 512),
        };
        let at = usize::try_from(at).unwrap();
        for byte in rotten.iter_mut().skip(at).take(length) {
            *byte ^= u8::try_from(1 + dice.below(255)).unwrap();
        }
        for journal in ["rotten.oms-wal", "rotten.oms-shm"] {
            let _ = fs::remove_file(dir.path().join(journal));
        }
        fs::write(&path, &rotten).unwrap();
        judge(&path, &asked, &expected, &mut tally);
    }
    println!("{tally:?}");
    assert!(tally.refused_at_open > 20 && tally.faults > 100, "{tally:?}");
}

// Goal: a file that ends early is a fault. Method: cut it at every page and amid some.
#[test]
fn a_cut_file_is_a_fault() {
    let dir = tempfile::tempdir().unwrap();
    let (bytes, lines) = base(dir.path(), 6);
    let asked = questions(&lines);
    let path = dir.path().join("cut.oms");
    for at in (0..bytes.len()).step_by(2_048) {
        fs::write(&path, &bytes[..at]).unwrap();
        let opened = SqliteStore::open(&path, SETTINGS);
        let judged = opened.and_then(|mut store| {
            answers(&mut store, &asked).into_iter().find_map(Result::err).map_or(Ok(()), Err)?;
            store.integrity()
        });
        assert!(is_typed(&judged.unwrap_err()), "cut at {at}");
    }
}

// Goal: what power loss may take without a sync is the end of the log, never its middle. Method: take
// the file and its write-ahead log as they are amid a day, cut the log anywhere or spoil its end, and
// open: the day's first part is there, sound, and the day goes on from it.
#[test]
fn a_torn_log_is_a_shorter_day() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("live.oms");
    let lines = day(25, 9);
    let mut engine = Engine::new(SqliteStore::create(&path, SETTINGS).unwrap());
    let expected: Vec<Vec<u8>> =
        lines.iter().map(|line| run(&mut engine, line).unwrap().bytes).collect();
    let whole = engine.store().feed(&tenant(), &Feed::After(0), usize::MAX).unwrap();
    let file = fs::read(&path).unwrap();
    let log = fs::read(dir.path().join("live.oms-wal")).unwrap();
    let mut dice = Dice(13);
    let mut lengths = std::collections::BTreeSet::new();
    for n in 0..60 {
        let at = usize::try_from(dice.below(u64::try_from(log.len()).unwrap())).unwrap();
        let mut torn = log.clone();
        if n % 3 == 0 {
            torn[at..].iter_mut().for_each(|byte| *byte = 0);
        } else {
            torn.truncate(at);
        }
        let path = dir.path().join(format!("torn{n}.oms"));
        fs::write(&path, &file).unwrap();
        fs::write(dir.path().join(format!("torn{n}.oms-wal")), &torn).unwrap();
        let opened = SqliteStore::open(&path, SETTINGS);
        let mut store = opened.unwrap_or_else(|fault| panic!("cut at {at}: {fault}"));
        let found = store.feed(&tenant(), &Feed::After(0), usize::MAX).unwrap();
        assert_eq!(found[..], whole[..found.len()], "cut at {at}");
        lengths.insert(found.len());
        store.integrity().unwrap();
        verify(&mut store, &tenant()).unwrap();
        let mut engine = Engine::new(store);
        for (line, expected) in lines.iter().zip(&expected) {
            assert_eq!(&run(&mut engine, line).unwrap().bytes, expected);
        }
        drop(engine);
        fs::remove_file(&path).unwrap();
    }
    assert!(lengths.len() > 20, "the cuts met few places: {lengths:?}");
}
