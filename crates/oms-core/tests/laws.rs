//! Laws under random commands: ten thousand lives of two tenants, every law after every event.
//!
//! `OMS_LONG=1` plays a hundred times as many, `OMS_LIVES=n` as many as it says, `OMS_LIVES=n..m` those
//! from the n-th on that come before the m-th, so that a long run may be cut into parts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "test code"
)]

#[path = "refusals/documented.rs"]
mod documented;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use documented::documented;
use oms_core::engine::MemoryStore;
use oms_core::event::{EVENT_NAMES, SHIFT_NAMES};
use oms_core::flow::VERB_NAMES;
use oms_core::testing::auditor::PARTS;
use oms_core::testing::life::{Life, live, shortest};
use oms_core::testing::strategies::Draw;

const LIVES: u64 = 10_000;

/// Which lives: all of them where the code is optimized, a taste where it is not.
fn lives() -> Range<u64> {
    match std::env::var("OMS_LIVES") {
        Ok(asked) => {
            let (from, to) = asked.split_once("..").unwrap_or(("0", &asked));
            let number = |n: &str| n.parse().expect("OMS_LIVES is `n` or `n..m`");
            number(from)..number(to)
        }
        Err(_) if std::env::var_os("OMS_LONG").is_some() => 0..100 * LIVES,
        Err(_) if cfg!(debug_assertions) => 0..LIVES / 50,
        Err(_) => 0..LIVES,
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
    let lives = lives();
    let next = AtomicU64::new(lives.start);
    let some = || {
        let mut all = Life::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !lives.contains(&seed) {
                return all;
            }
            let life = one(seed);
            let again = life.replayed(MemoryStore::new()).unwrap();
            assert_eq!(again, life.hashes, "life {seed} is no function of its commands");
            all.add(&life);
        }
    };
    let all = std::thread::scope(|threads| {
        let others = threads.spawn(some);
        let mut all = some();
        all.add(&others.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        all
    });
    tell(&all);
    everything_takes_part(&all);
}

fn tell(all: &Life) {
    println!("lives {:?}, {} commands, {} events", lives(), all.commands, all.events);
    println!("{:?} accepted by tenant, {} resends answered", all.tenants, all.repeated);
    for (verb, count) in &all.counts {
        let sum = count.accepted + count.refused;
        println!("{verb:>16} {sum:>7} accepted {:>3} %", 100 * count.accepted / sum);
    }
    for (part, count) in &all.parts {
        println!("{part:>34} {count:>7}");
    }
    for (code, count) in &all.codes {
        println!("{code:>28} {count:>7}");
    }
    for (kind, count) in &all.kinds {
        println!("{kind:>28} {count:>7}");
    }
}

/// Every verb is accepted and refused, with nothing but what it documents; every event and every
/// circumstance comes; both tenants live.
fn everything_takes_part(all: &Life) {
    let lives = lives();
    let short = lives.end - lives.start < LIVES;
    let shifts = SHIFT_NAMES.iter().map(|(_, name, _)| *name);
    for kind in EVENT_NAMES.iter().map(|(name, _)| *name).chain(shifts) {
        assert!(short || all.kinds.contains_key(kind), "no `{kind}` ever came");
    }
    for part in PARTS {
        assert!(short || all.parts.contains_key(*part), "never came: {part}");
    }
    for verb in VERB_NAMES {
        let count = all.counts.get(*verb).copied().unwrap_or_default();
        let tried = count.accepted > 0 && (count.refused > 0 || short);
        assert!(tried, "`{verb}` was not tried: {count:?}");
    }
    assert!(all.tenants.len() == 2 && all.repeated > 0, "{:?}", all.tenants);
    for (verb, code) in all.refusals.keys() {
        let told = documented(verb);
        let known = told
            .iter()
            .any(|d| d == code || d.strip_suffix('*').is_some_and(|d| code.starts_with(d)));
        assert!(known, "`{verb}` refuses with `{code}`, which it documents nowhere");
    }
}
