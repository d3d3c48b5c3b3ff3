//! What routing order by order costs above a wave, and how long an order takes.
//!
//! `cargo run --release -p oms-alloc --example routes -- INSTANCE.json [STEPS]` plans the instance as a wave of so many
//! steps (default 2,000) and routes its orders one by one at the wave's own prices and without any. Then it learns
//! prices from the first half of the orders on half of everything, and routes the second half on the other half.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "it measures time and talks")]

use std::error::Error;
use std::time::{Duration, Instant};

use oms_alloc::instance::Instance;
use oms_alloc::{Problem, Router, RowPrices, WaveOptions, plan_by_rules, plan_wave};

/// Routes all orders in turn: what that costs, and the time of each.
fn route(problem: &Problem, prices: &RowPrices) -> (i64, Vec<Duration>) {
    let mut router = Router::new(problem, prices);
    let mut times: Vec<Duration> = (0..problem.orders())
        .map(|order| {
            let began = Instant::now();
            std::hint::black_box(router.route(order));
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    (router.outcome().progress.cost, times)
}

/// Half of the orders, and of every row of stock and capacity, rounded down or up.
fn half(all: &Instance, first: bool) -> Instance {
    let mut half = all.clone();
    let part = |units: u32| if first { units / 2 } else { units - units / 2 };
    let (before, after) = all.orders.split_at(all.orders.len() / 2);
    half.orders = if first { before } else { after }.to_vec();
    for row in &mut half.stock {
        row.2 = part(row.2);
    }
    for node in &mut half.nodes {
        node.capacity = node.capacity.map(part);
    }
    half
}

fn above(cost: i64, best: i64) -> String {
    format!("{cost}, {:.2} % above the wave", (cost - best) as f64 / best as f64 * 100.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("give the path of an instance")?;
    let steps = args.next().map_or(Ok(2_000), |steps| steps.parse())?;
    let instance = Instance::read(&std::fs::read(path)?)?;
    let options = WaveOptions { gap: 0.0, work: Some(steps), ..WaveOptions::default() };

    let problem = instance.problem()?;
    let wave = plan_wave(&problem, &options, &mut |_| false);
    let best = wave.progress.cost;
    println!("wave {best}, gap {:.3} %", wave.progress.gap() * 100.0);
    let (cost, times) = route(&problem, &RowPrices::of(&problem, &wave));
    println!("routed at its prices {}", above(cost, best));
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    println!("an order: p50 {:?}, p99 {:?}", at(50), at(99));
    let (cost, _) = route(&problem, &RowPrices::default());
    println!("routed without prices {}", above(cost, best));

    let (learned, second) = (half(&instance, true).problem()?, half(&instance, false).problem()?);
    let prices = RowPrices::of(&learned, &plan_wave(&learned, &options, &mut |_| false));
    let best = plan_wave(&second, &options, &mut |_| false).progress.cost;
    let rules = plan_by_rules(&second).progress.cost;
    let (cost, _) = route(&second, &prices);
    let (plain, _) = route(&second, &RowPrices::default());
    println!("second half: wave {best}, by rules {}", above(rules, best));
    println!("routed at learned prices {}", above(cost, best));
    println!("routed without prices {}", above(plain, best));
    let way = |cost: i64| (rules - cost) as f64 / (rules - best) as f64 * 100.0;
    println!("share of the way: {:.0} % with prices, {:.0} % without", way(cost), way(plain));
    Ok(())
}
