//! The in-memory turn of a three-line order against a hand-written reference.
//!
//! The reference does what no engine could leave out: as many hash-map updates as the turn's commit
//! has balances, entities and rows; one clone of the events; the same encodings and hashes. The
//! ratio of the two, taken in the same run, is what the gate bounds.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a bench reads the clock and prints"
)]

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput};
use oms::command::{Context, Limits};
use oms::desk::{EntityKey, Entry, ReadSet, Slice, Versioned};
use oms::engine::{Commit, Edge, Engine, Fault, Feed, MemoryStore, Rejected, Sealed, Store, Tip};
use oms::event::Recorded;
use oms::flow::{Request, Verb};
use oms::stock::Account;
use oms::words::{CommandId, TenantId};

/// Orders of one measurement.
const ORDERS: usize = 2_000;
/// Items to choose from.
const ITEMS: usize = 1_000;

/// Keeps what was committed, for the reference.
#[derive(Default)]
struct Keeper {
    inner: MemoryStore,
    kept: Vec<Commit>,
}

impl Store for Keeper {
    fn read(&mut self, tenant: &TenantId, reads: &ReadSet) -> Result<Slice, Fault> {
        self.inner.read(tenant, reads)
    }
    fn commit(&mut self, commit: &Commit) -> Result<Sealed, Rejected> {
        self.kept.push(commit.clone());
        self.inner.commit(commit)
    }
    fn group(&mut self, edge: Edge) -> Result<(), Fault> {
        self.inner.group(edge)
    }
    fn feed(&mut self, t: &TenantId, feed: &Feed, limit: usize) -> Result<Vec<Recorded>, Fault> {
        self.inner.feed(t, feed, limit)
    }
    fn outbox(&mut self, tenant: &TenantId, limit: usize) -> Result<Vec<Recorded>, Fault> {
        self.inner.outbox(tenant, limit)
    }
    fn settle(&mut self, tenant: &TenantId, seqs: &[u64]) -> Result<(), Fault> {
        self.inner.settle(tenant, seqs)
    }
}

fn ctx() -> Context {
    Context::new(TenantId::new("T").unwrap(), "2026-11-24T09:00:00Z".parse().unwrap())
}

fn parse(line: &str) -> Request {
    Request::parse(line.as_bytes(), &Limits::default()).unwrap()
}

fn set_up<S: Store>(store: S) -> Engine<S> {
    let mut engine = Engine::new(store);
    let mut lines = vec![
        r#"{"id":"p","define_pool":{"id":"P"}}"#.to_owned(),
        r#"{"id":"n","define_location":{"id":"n1","kind":"dc","pool":"P","time_zone":"UTC"}}"#
            .to_owned(),
        r#"{"id":"c","define_channel":{"id":"WEB","kind":"web","pools":["P"]}}"#.to_owned(),
    ];
    for s in 0..ITEMS {
        let item = format!(r#"{{"sku":"SKU-{s:04}","base_unit":"each"}}"#);
        lines.push(format!(r#"{{"id":"d{s}","define_item":{item}}}"#));
        let stock = format!(r#"{{"sku":"SKU-{s:04}","node":"n1","qty":1000000}}"#);
        lines.push(format!(r#"{{"id":"r{s}","receive_stock":{stock}}}"#));
    }
    for line in lines {
        let done = engine.execute(&ctx(), parse(&line)).unwrap();
        assert!(done.receipt.refusal.is_none(), "{line}");
    }
    engine
}

fn order(i: usize) -> Request {
    let line = |n: usize, qty: u32, price: &str| {
        let sku = (i * (6 * n + 1) + n) % ITEMS;
        format!(r#"{{"line":"{n}","sku":"SKU-{sku:04}","qty":{qty},"unit_price":"{price} USD"}}"#)
    };
    let lines = [line(1, 1, "19.99"), line(2, 2, "5.00"), line(3, 1, "0.01")].join(",");
    let to = r#"{"ship":{"destination":{"country":"US","region":"Z1"}}}"#;
    parse(&format!(
        r#"{{"id":"o{i}","place_order":{{"order":"ORD-{i}","channel":"WEB","currency":"USD",
        "groups":[{{"group":"g","to":{to}}}],"lines":[{lines}]}}}}"#
    ))
}

/// The hand-written reference's state.
#[derive(Default)]
struct Reference {
    tip: Tip,
    log: Vec<Recorded>,
    outbox: HashMap<u64, ()>,
    balances: HashMap<Account, i64>,
    entities: HashMap<EntityKey, Versioned>,
    rows: HashMap<Entry, ()>,
    answers: HashMap<CommandId, (Vec<u8>, Vec<u8>)>,
}

impl Reference {
    fn place(&mut self, request: &Request, commit: &Commit) {
        let events = commit.events.clone();
        for planned in &events {
            for delta in planned.event.deltas() {
                *self.balances.entry(delta.account.clone()).or_insert(0) += delta.by;
            }
        }
        for (key, _, versioned) in &commit.entities {
            self.entities.insert(key.clone(), versioned.clone());
        }
        for entry in &commit.rows_new {
            self.rows.insert(entry.clone(), ());
        }
        let mut never = |_: &str, _: &str, _: Vec<u8>| unreachable!("no personal value here");
        let content = request.command.content(&mut never).unwrap();
        let sealed = commit.seal(self.tip).unwrap();
        self.tip = sealed.tip;
        for event in sealed.events {
            self.outbox.insert(event.seq, ());
            self.log.push(event);
        }
        self.answers.insert(commit.command.clone(), (content, sealed.receipt_bytes));
        black_box(events);
    }
}

fn measure(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

/// The ratio, from alternating rounds so that other load hits both alike.
fn ratio(requests: &[Request], commits: &[Commit]) -> f64 {
    let mut best = (Duration::MAX, Duration::MAX);
    for _ in 0..25 {
        let mut engine = set_up(MemoryStore::new());
        let work = requests.to_vec();
        let turn = measure(|| {
            for request in work {
                black_box(engine.execute(&ctx(), request).unwrap());
            }
        });
        let mut reference = Reference::default();
        let hand = measure(|| {
            for (request, commit) in requests.iter().zip(commits) {
                reference.place(request, commit);
            }
        });
        best = (best.0.min(turn), best.1.min(hand));
    }
    println!(
        "turn {:?} an order, reference {:?} an order",
        best.0 / u32::try_from(ORDERS).unwrap(),
        best.1 / u32::try_from(ORDERS).unwrap()
    );
    best.0.as_secs_f64() / best.1.as_secs_f64()
}

fn main() {
    let requests: Vec<Request> = (0..ORDERS).map(order).collect();
    let mut keeper = set_up(Keeper::default());
    keeper.store().kept.clear();
    for request in requests.clone() {
        keeper.execute(&ctx(), request).unwrap();
    }
    let commits = std::mem::take(&mut keeper.store().kept);
    assert_eq!(commits.len(), ORDERS);

    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    let mut group = criterion.benchmark_group("turn of a 3-line order in memory");
    group.throughput(Throughput::Elements(ORDERS as u64));
    group.bench_function("engine", |b| {
        b.iter_batched(
            || (set_up(MemoryStore::new()), requests.clone()),
            |(mut engine, requests)| {
                for request in requests {
                    black_box(engine.execute(&ctx(), request).unwrap());
                }
                engine
            },
            BatchSize::LargeInput,
        );
    });
    group.bench_function("reference", |b| {
        b.iter_batched(
            Reference::default,
            |mut reference| {
                for (request, commit) in requests.iter().zip(&commits) {
                    reference.place(request, commit);
                }
                reference
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
    criterion.final_summary();
    println!("ratio turn/reference {:.2} (goal 3.00)", ratio(&requests, &commits));
}
