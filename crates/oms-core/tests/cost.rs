//! What a command costs does not depend on how much has happened before: balances are kept, never
//! summed up from a log of claims.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

mod watched;

use oms_core::command::{Context, Limits};
use oms_core::desk::{ReadSet, Slice};
use oms_core::engine::{Commit, Engine, MemoryStore, Outcome, Rejected};
use oms_core::flow::{Request, VERB_NAMES};
use oms_core::words::{TenantId, Timestamp};
use watched::{Spy, Watched};

/// What a store was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    reads: usize,
    keys: usize,
    rows: usize,
    body_bytes: usize,
    events: usize,
    written: usize,
}

impl Spy for Cost {
    fn read(&mut self, reads: &ReadSet, slice: &mut Slice) {
        self.reads += 1;
        self.keys += reads.len();
        self.rows += slice.ranges.values().map(Vec::len).sum::<usize>();
        let bodies = slice.entities.values().flatten().map(|v| v.entity.encode().unwrap().len());
        self.body_bytes += bodies.sum::<usize>();
    }

    fn commits(&mut self, commit: &Commit) -> Result<(), Rejected> {
        self.events += commit.events.len();
        let deltas = commit.events.iter().map(|e| e.event.deltas().len()).sum::<usize>();
        self.written += deltas + commit.rows_gone.len() + commit.rows_new.len();
        Ok(())
    }
}

/// A shop that has been open for a while.
struct Shop {
    engine: Engine<Watched<MemoryStore, Cost>>,
    now: Timestamp,
    commands: u32,
}

const OPENING: &str = r#"
define_pool {"id":"P"}
define_location {"id":"n1","kind":"store","pool":"P","time_zone":"UTC","capabilities":{"ship":true,"pickup":true}}
define_location {"id":"n2","kind":"store","pool":"P","time_zone":"UTC","capabilities":{"ship":true,"pickup":true}}
define_channel {"id":"WEB","kind":"web","pools":["P"]}
define_item {"sku":"A","base_unit":"each"}
set_policy {"scope":"tenant","policy":{"sell_through":"below_zero","reserve_minutes":60}}
"#;

/// One more day: orders that are delivered, given up, expired, picked up and sold over the counter,
/// counts and corrections. Nothing of it is left at the end but its traces.
const DAY: &str = r#"
receive_stock {"sku":"A","node":"n1","qty":9}
place_order {"order":"a{n}","channel":"WEB","currency":"USD","groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],"lines":[{"line":"1","sku":"A","qty":3}]}
place_order {"order":"b{n}","channel":"WEB","currency":"USD","groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],"lines":[{"line":"1","sku":"A","qty":2}]}
place_order {"order":"c{n}","channel":"WEB","currency":"USD","source":{"system":"shop","id":"{n}","version":1},"groups":[{"group":"g","to":{"pickup":{"location":"n1"}}}],"lines":[{"line":"1","sku":"A","qty":1}]}
commit_plan {"order":"a{n}","assignments":[{"line":"1","node":"n1","qty":3}]}
release_to_node {"order":"a{n}","node":"n1"}
node_rejects {"order":"a{n}","node":"n1","reason":"not_found","lines":[{"line":"1","qty":1}]}
pack {"order":"a{n}","node":"n1","lines":[{"line":"1","qty":2}]}
ship {"order":"a{n}","package":"{K}"}
deliver {"order":"a{n}","package":"{K}"}
cancel_lines {"order":"a{n}","lines":[{"line":"1"}]}
release_to_node {"order":"c{n}","node":"n1"}
pack {"order":"c{n}","node":"n1","lines":[{"line":"1","qty":1}]}
collect {"order":"c{n}","node":"n1"}
sell_through {"order":"t{n}","node":"n1","channel":"WEB","currency":"USD","lines":[{"line":"1","sku":"A","qty":1}]}
hold_order {"order":"b{n}","kind":"fraud"}
lift_hold {"order":"b{n}","kind":"fraud"}
note {"order":"b{n}","text":"a note"}
unreserve {"order":"b{n}","lines":[{"line":"1","qty":1}]}
reserve {"order":"b{n}"}
commit_plan {"order":"b{n}","assignments":[{"line":"1","node":"n1","qty":2}]}
unallocate {"order":"b{n}","lines":[{"line":"1","node":"n1","qty":1}]}
release_to_node {"order":"b{n}","node":"n1"}
pack {"order":"b{n}","node":"n1","lines":[{"line":"1","qty":1}]}
unpack {"order":"b{n}","package":"{K}"}
pack {"order":"b{n}","node":"n1","lines":[{"line":"1","qty":1}]}
ship {"order":"b{n}","package":"{K}"}
lose_parcel {"order":"b{n}","package":"{K}","then":"reship"}
cancel_order {"order":"b{n}"}
move_stock {"sku":"A","qty":1,"from":{"node":"n1","bucket":"available"},"to":{"node":"n2","bucket":"available"}}
adjust_stock {"sku":"A","node":"n2","bucket":"available","by":-1,"reason":"breakage"}
set_buffer {"sku":"A","node":"n1","buffer":1}
set_fence {"sku":"A","pool":"P","channel":"WEB","fence":1}
set_fence {"sku":"A","pool":"P","channel":"WEB","fence":0}
set_buffer {"sku":"A","node":"n1","buffer":0}
count_stock {"sku":"A","node":"n1","counted":0}
tick {}
"#;

/// Verbs of the catalogue, whose entities are few and belong to no day.
const NO_DAILY_WORK: &[&str] = &[
    "define_item",
    "retire_item",
    "define_location",
    "close_location",
    "define_pool",
    "define_channel",
    "set_policy",
];

impl Shop {
    fn new() -> Shop {
        let now = "2026-11-24T09:00:00Z".parse().unwrap();
        let mut shop = Shop { engine: Engine::new(Watched::default()), now, commands: 0 };
        shop.run(OPENING, 0);
        shop
    }

    /// Runs a script; what each command of it cost.
    fn run(&mut self, script: &str, n: u32) -> Vec<(String, Cost)> {
        let mut package = String::new();
        let mut costs = Vec::new();
        for line in script.lines().filter(|l| !l.is_empty()) {
            self.commands += 1;
            let line = line.replace("{n}", &format!("{n:05}")).replace("{K}", &package);
            let (verb, payload) = line.split_once(' ').unwrap();
            let text = format!(r#"{{"id":"k{:07}","{verb}":{payload}}}"#, self.commands);
            let request = Request::parse(text.as_bytes(), &Limits::default()).unwrap();
            let ctx = Context::new(TenantId::new("T").unwrap(), self.now);
            let before = std::mem::take(&mut self.engine.store().spy);
            assert_eq!(before, Cost::default());
            let receipt = self.engine.execute(&ctx, request).unwrap().receipt;
            assert_eq!(receipt.outcome, Outcome::Accepted, "{line}: {:?}", receipt.refusal);
            if let Some(packed) = receipt.packages.first() {
                package = packed.to_string();
            }
            costs.push((verb.to_owned(), std::mem::take(&mut self.engine.store().spy)));
        }
        self.now = self.now.plus_minutes(60 * 24);
        costs
    }
}

/// Goal: no command reads or writes more because a thousand days lie behind it. Method: the same day
/// after one and after a thousand, the keys, rows and bytes that each command asks for and writes
/// held against each other.
#[test]
fn a_day_costs_what_the_first_one_cost() {
    let mut shop = Shop::new();
    shop.run(DAY, 1);
    let young = shop.run(DAY, 2);
    for n in 3..1_000 {
        shop.run(DAY, n);
    }
    let old = shop.run(DAY, 1_000);
    for (young, old) in young.iter().zip(&old) {
        assert_eq!(young, old);
    }
    let tried: std::collections::BTreeSet<&str> =
        young.iter().map(|(verb, _)| verb.as_str()).chain(NO_DAILY_WORK.iter().copied()).collect();
    for verb in VERB_NAMES {
        assert!(tried.contains(verb), "`{verb}` is no part of a day");
    }
}
