//! Laws under random commands: ten thousand lives of two tenants, every law after every event.
//!
//! `OMS_LONG=1` plays a hundred times as many, `OMS_LIVES=n` as many as it says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "test code"
)]

use oms_core::engine::MemoryStore;
use oms_core::event::{EVENT_NAMES, SHIFT_NAMES};
use oms_core::flow::VERB_NAMES;
use oms_core::testing::life::{Life, live, shortest};
use oms_core::testing::strategies::Draw;

const LIVES: u64 = 10_000;

/// How many lives: all of them where the code is optimized, a taste where it is not.
fn lives() -> u64 {
    match std::env::var("OMS_LIVES").ok().and_then(|n| n.parse().ok()) {
        Some(lives) => lives,
        None if std::env::var_os("OMS_LONG").is_some() => 100 * LIVES,
        None if cfg!(debug_assertions) => LIVES / 50,
        None => LIVES,
    }
}

fn one(seed: u64) -> Life {
    let mut draw = Draw::new(seed);
    // Now and then a long one, in which orders come to their end.
    let commands = if seed % 20 == 19 { 250 } else { 50 };
    let words: Vec<u64> = (0..commands).map(|_| draw.word()).collect();
    match live(MemoryStore::new(), seed, &words) {
        Ok(life) => life,
        Err(_) => {
            let kept = shortest(&words, |words| live(MemoryStore::new(), seed, words).is_err());
            let failed = live(MemoryStore::new(), seed, &kept).unwrap_err();
            panic!("life {seed}, {} commands of {commands}: {failed}", kept.len());
        }
    }
}

/// Goal: every law of the domain holds after every event, whatever is wished for in whatever order;
/// replay equals state; the same commands give the same bytes; refusals and dry runs leave nothing.
/// Method: lives drawn from seeds, the auditor after every command, verification at the end of each,
/// and the same commands sent to a second store.
#[test]
fn every_law_holds_in_every_life() {
    let mut all = Life::default();
    for seed in 0..lives() {
        let life = one(seed);
        let again = life.replayed(MemoryStore::new()).unwrap();
        assert_eq!(again, life.hashes, "life {seed} is no function of its commands");
        all.add(&life);
    }
    println!("{} lives, {} events", lives(), all.events);
    for (verb, count) in &all.counts {
        let sum = count.accepted + count.refused;
        println!("{verb:>16} {sum:>7} accepted {:>3} %", 100 * count.accepted / sum);
    }
    for (code, count) in &all.codes {
        println!("{code:>28} {count:>7}");
    }
    for (kind, count) in &all.kinds {
        println!("{kind:>28} {count:>7}");
    }
    let shifts = SHIFT_NAMES.iter().map(|(_, name, _)| *name);
    for kind in EVENT_NAMES.iter().map(|(name, _)| *name).chain(shifts) {
        let came = all.kinds.contains_key(kind) || lives() < LIVES;
        assert!(came, "no `{kind}` ever came");
    }
    for verb in VERB_NAMES {
        let count = all.counts.get(*verb).copied().unwrap_or_default();
        let tried = count.accepted > 0 && (count.refused > 0 || lives() < LIVES);
        assert!(tried, "`{verb}` was not tried: {count:?}");
    }
}
