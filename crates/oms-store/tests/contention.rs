//! Many tills, one file: exactly the units that are there are claimed.
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

use std::path::Path;
use std::process::{Child, Command, Stdio};

use oms_core::engine::{Engine, Outcome, Store, verify};
use oms_core::stock::{Account, Bucket};
use oms_core::words::{LocationId, PoolId, Sku};
use oms_store::{Durability, Settings, SqliteStore};
use script::{ctx, opening, request, run, tenant};

const FILE: &str = "OMS_TILL_FILE";
const TILL: &str = "OMS_TILL";
const SKUS: u64 = 10;
const UNITS: u64 = 300;
const ORDERS: u64 = 10_000;
const THREADS: u64 = 8;
const PROCESSES: u64 = 2;

fn settings() -> Settings {
    Settings { durability: Durability::Normal, busy_ms: 60_000, ..Settings::default() }
}

/// One till: its share of the orders, each of one unit of each of two SKUs; the units it got.
fn till(file: &Path, till: u64) -> u64 {
    let mut engine = Engine::new(SqliteStore::open(file, settings()).unwrap());
    let mut got = 0;
    for n in (till..ORDERS).step_by(usize::try_from(THREADS + PROCESSES).unwrap()) {
        let line = script::place(
            &format!("t{n}"),
            &format!("T{n}"),
            "",
            &[(n % SKUS, 1), ((n / SKUS) % SKUS, 1)],
        );
        let done = run(&mut engine, &line).unwrap();
        assert_eq!(done.receipt.outcome, Outcome::Accepted, "{:?}", done.receipt);
        let short: u64 = done.receipt.short.iter().map(|short| short.qty.get()).sum();
        got += 2 - short;
    }
    got
}

/// A till in a process of its own: this test binary, told by its environment.
#[test]
fn child() {
    let Ok(file) = std::env::var(FILE) else { return };
    let number = std::env::var(TILL).unwrap().parse().unwrap();
    println!("got {}", till(Path::new(&file), number));
}

fn start(file: &Path, till: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture", "--test-threads=1"])
        .env(FILE, file)
        .env(TILL, till.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn end(child: Child) -> u64 {
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    let got = said.split("got ").nth(1).unwrap().split_whitespace().next().unwrap();
    got.parse().unwrap()
}

// Goal: no oversell, and no unit left over while somebody wants it. Method: 8 threads and 2 processes,
// each with a connection of its own, fight for the last units of 10 SKUs with 10,000 orders.
#[test]
fn as_many_as_there_are() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("tills.oms");
    let mut engine = Engine::new(SqliteStore::create(&file, settings()).unwrap());
    // Pools, nodes and channel of the day, without its stock.
    let mut lines = opening(1);
    lines.retain(|line| !line.contains("receive_stock") && !line.contains("define_item"));
    for sku in 0..SKUS {
        lines.push(format!(
            r#"{{"id":"i{sku}","define_item":{{"sku":"S{sku}","base_unit":"each"}}}}"#
        ));
        for (node, qty) in [("n1", UNITS / 3), ("n2", UNITS - UNITS / 3)] {
            lines.push(format!(
                r#"{{"id":"r{sku}{node}","receive_stock":{{"sku":"S{sku}","node":"{node}","qty":{qty}}}}}"#
            ));
        }
    }
    let requests = lines.iter().map(|line| request(line)).collect();
    for done in engine.execute_batch(&ctx(), requests).unwrap() {
        assert_eq!(done.unwrap().receipt.outcome, Outcome::Accepted);
    }
    let children: Vec<Child> = (THREADS..THREADS + PROCESSES).map(|n| start(&file, n)).collect();
    let by_threads: u64 = std::thread::scope(|scope| {
        let tills: Vec<_> = (0..THREADS)
            .map(|n| {
                scope.spawn({
                    let file = &file;
                    move || till(file, n)
                })
            })
            .collect();
        tills.into_iter().map(|till| till.join().unwrap()).sum()
    });
    let by_processes: u64 = children.into_iter().map(end).sum();
    assert_eq!(by_threads + by_processes, SKUS * UNITS);
    let store = engine.store();
    for sku in 0..SKUS {
        let sku = Sku::new(format!("S{sku}")).unwrap();
        let pool = PoolId::new("P").unwrap();
        let node = |n: &str| LocationId::new(n).unwrap();
        let accounts = [
            (Account::Ats(sku.clone(), pool.clone()), 0),
            (Account::Reserved(sku.clone(), pool), i64::try_from(UNITS).unwrap()),
            (
                Account::Node(sku.clone(), node("n1"), Bucket::Available),
                i64::try_from(UNITS / 3).unwrap(),
            ),
        ];
        let mut reads = oms_core::desk::ReadSet::default();
        reads.balances.extend(accounts.iter().map(|(account, _)| account.clone()));
        let slice = store.read(&tenant(), &reads).unwrap();
        for (account, expected) in accounts {
            assert_eq!(slice.balances[&account], expected, "{account:?}");
        }
    }
    store.integrity().unwrap();
    verify(store, &tenant()).unwrap();
}
