//! What the engine costs on top of SQLite: the same rows in the same statements, with and without
//! the engine, side by side on one disk.
//!
//! `cargo bench -p oms-store` prints the shares of the raw loop's speed (goals: 60 % in groups of
//! 100, 80 % singly) and criterion's figures. `OMS_GROW=1000000 cargo bench -p oms-store` grows a
//! file to so many orders instead and prints what a command costs on the way (goal: flat).
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench measures time and talks"
)]

mod grow;
mod raw;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::Criterion;
use oms_core::command::{Context, Limits};
use oms_core::engine::{Engine, Outcome};
use oms_core::flow::Request;
use oms_core::words::TenantId;
use oms_store::{Settings, SqliteStore};
use raw::{Noting, Rows};

const SKUS: u64 = 500;

pub(crate) fn ctx() -> Context {
    let now = "2026-11-24T09:00:00Z".parse().expect("a moment");
    Context::new(TenantId::new("SHOP").expect("a tenant"), now)
}

fn parse(line: &str) -> Request {
    Request::parse(line.as_bytes(), &Limits::default()).expect(line)
}

/// A pool of two nodes with ample stock of every SKU.
pub(crate) fn opening() -> Vec<Request> {
    let mut lines = vec![
        r#"{"id":"o1","define_pool":{"id":"P"}}"#.to_owned(),
        r#"{"id":"o4","define_channel":{"id":"WEB","kind":"web","pools":["P"]}}"#.to_owned(),
    ];
    for node in ["n1", "n2"] {
        lines.push(format!(
            r#"{{"id":"d{node}","define_location":{{"id":"{node}","kind":"store","pool":"P","time_zone":"America/New_York","capabilities":{{"ship":true}}}}}}"#
        ));
    }
    for sku in 0..SKUS {
        lines.push(format!(
            r#"{{"id":"i{sku}","define_item":{{"sku":"SKU-{sku:05}","base_unit":"each"}}}}"#
        ));
        for node in ["n1", "n2"] {
            lines.push(format!(r#"{{"id":"r{sku}{node}","receive_stock":{{"sku":"SKU-{sku:05}","node":"{node}","qty":100000000}}}}"#));
        }
    }
    lines.iter().map(|line| parse(line)).collect()
}

/// The n-th order: three lines to an address.
pub(crate) fn order(n: u64) -> Request {
    // Order numbers as shops give them: rising, but for the last digits of the till.
    let id = format!("O-{n:09}");
    let lines: Vec<String> = (0..3)
        .map(|line| {
            let sku = (n.wrapping_mul(7_919) + line * 104_729) % SKUS;
            format!(
                r#"{{"line":"{line}","sku":"SKU-{sku:05}","qty":{},"unit_price":"19.99 USD"}}"#,
                1 + line
            )
        })
        .collect();
    parse(&format!(
        r#"{{"id":"C-{n:09}","place_order":{{"order":"{id}","channel":"WEB","currency":"USD","groups":[{{"group":"g","to":{{"ship":{{"destination":{{"country":"US","region":"Z1"}},"address":{{"name":"Ann Example","line1":"1 Elm Street","city":"Springfield"}}}}}}}}],"lines":[{}]}}}}"#,
        lines.join(",")
    ))
}

/// Both loops, each on a file of its own, at the same order.
struct Pair {
    noting: Engine<Noting>,
    engine: Engine<SqliteStore>,
    raw: rusqlite::Connection,
    next: u64,
}

impl Pair {
    fn new(dir: &Path) -> Pair {
        let settings = Settings::default();
        let store = SqliteStore::create(dir.join("engine.oms"), settings).expect("a file");
        drop(SqliteStore::create(dir.join("raw.oms"), settings).expect("a file"));
        let raw = raw::connect(&dir.join("raw.oms"), settings);
        let engine = Engine::new(store);
        let mut pair = Pair { noting: Engine::new(Noting::default()), engine, raw, next: 0 };
        let opening = opening();
        let rows = pair.note(&opening);
        raw::write(&pair.raw, &rows, rows.len());
        pair.engine.execute_batch(&ctx(), opening).expect("the opening");
        pair
    }

    fn note(&mut self, requests: &[Request]) -> Vec<Rows> {
        let ctx = ctx();
        for request in requests {
            let done = self.noting.execute(&ctx, request.clone()).expect("memory");
            assert_eq!(done.receipt.outcome, Outcome::Accepted, "{:?}", done.receipt);
        }
        std::mem::take(&mut self.noting.store().noted)
    }

    fn orders(&mut self, count: u64) -> Vec<Request> {
        let orders = (self.next..self.next + count).map(order).collect();
        self.next += count;
        orders
    }

    /// Both loops write the same orders in groups; the time of each.
    fn round(&mut self, count: u64, group: usize, engine_first: bool) -> (Duration, Duration) {
        let orders = self.orders(count);
        let rows = self.note(&orders);
        let mut engine = Duration::ZERO;
        if engine_first {
            engine = run(&mut self.engine, orders.clone(), group);
        }
        let start = Instant::now();
        raw::write(&self.raw, black_box(&rows), group);
        let raw = start.elapsed();
        if !engine_first {
            engine = run(&mut self.engine, orders, group);
        }
        (engine, raw)
    }
}

/// The engine's time for these commands, in groups or singly.
pub(crate) fn run(
    engine: &mut Engine<SqliteStore>,
    orders: Vec<Request>,
    group: usize,
) -> Duration {
    let ctx = ctx();
    let mut orders = orders.into_iter();
    let mut took = Duration::ZERO;
    loop {
        let batch: Vec<Request> = orders.by_ref().take(group).collect();
        if batch.is_empty() {
            return took;
        }
        let start = Instant::now();
        if group == 1 {
            for request in batch {
                black_box(engine.execute(&ctx, request).expect("a commit"));
            }
        } else {
            black_box(engine.execute_batch(&ctx, batch).expect("a group"));
        }
        took += start.elapsed();
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Share of the raw loop's speed, round by round, the loops taking turns at going first.
fn share(dir: &Path, name: &str, count: u64, group: usize, rounds: usize) {
    let mut pair = Pair::new(dir);
    pair.round(count, group, true);
    let (mut shares, mut engines, mut raws) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let (engine, raw) = pair.round(count, group, round % 2 == 0);
        shares.push(raw.as_secs_f64() / engine.as_secs_f64() * 100.0);
        engines.push(engine.as_secs_f64() * 1e6 / count as f64);
        raws.push(raw.as_secs_f64() * 1e6 / count as f64);
    }
    let (engine, raw) = (median(engines), median(raws));
    let share = median(shares);
    println!(
        "{name}: {share:.0} % of the raw loop (engine {engine:.0} us, raw {raw:.0} us per command, median of {rounds} rounds)"
    );
    drop(pair);
    let same = raw::contents(&dir.join("engine.oms")) == raw::contents(&dir.join("raw.oms"));
    assert!(same, "the two loops wrote different rows");
}

fn main() {
    let test = std::env::args().any(|word| word == "--test");
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let sub = |name: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir(&path).expect("a folder");
        path
    };
    if let Some(orders) = std::env::var("OMS_GROW").ok().and_then(|n| n.parse().ok()) {
        return grow::grow(&sub("grow"), orders);
    }
    let rounds = if test { 2 } else { 41 };
    share(&sub("grouped"), "group commit of 100", 500, 100, rounds);
    share(&sub("single"), "single commits", if test { 20 } else { 100 }, 1, rounds);
    if test {
        grow::grow(&sub("grow"), 2_000);
    }
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    let mut pair = Pair::new(&sub("criterion"));
    for (name, group) in [("store/group_100", 100), ("store/single", 1)] {
        criterion.bench_function(name, |bencher| {
            bencher.iter_custom(|iterations| {
                let groups = u64::try_from(group).expect("small");
                let orders = pair.orders(iterations * groups);
                run(&mut pair.engine, orders, group)
            });
        });
    }
    criterion.final_summary();
}
