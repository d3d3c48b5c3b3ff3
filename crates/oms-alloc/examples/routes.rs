//! What routing order by order costs above a wave, and how long an order takes.
//!
//! `cargo run --release -p oms-alloc --example routes -- INSTANCE.json [STEPS]` plans the instance as a wave of so many
//! steps (default 2,000) and routes its orders one by one at the wave's own prices, at these and from time to time at those
//! for the orders that are still to come, and without any. Then it routes the
//! second half of the orders on half of everything, three ways: without prices, at the prices of a wave over the first
//! half, and at prices of what is left, for orders like those of the first half, asked for anew ten times.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "it measures time and talks; a router names what its problem has"
)]

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::time::{Duration, Instant};

use oms_alloc::instance::Instance;
use oms_alloc::{Expected, Problem, Router, RowPrices, WaveOptions, plan_by_rules, plan_wave};

/// Times that prices for the rest are asked for, and passes each time.
const TIMES: usize = 20;
const PASSES: u32 = 30;

/// Routes all orders in turn, at one set of prices or at prices for the rest now and then: what that costs, and the
/// time of each.
fn route(problem: &Problem, prices: &RowPrices, for_rest: bool) -> (i64, Vec<Duration>) {
    let mut router = Router::new(problem, prices);
    let every = problem.orders().div_ceil(TIMES).max(1);
    let mut times: Vec<Duration> = (0..problem.orders())
        .map(|order| {
            if for_rest && order > 0 && order % every == 0 {
                router.reprice_for_rest(PASSES);
            }
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

/// Times that prices are asked for anew, and draws and steps each time.
const ROUNDS: usize = 10;
const DRAWS: u32 = 40;
const STEPS: u64 = 10;

/// Routes the orders of `live` from its stock, expecting orders like those of `seen`: what that costs.
fn roll(problem: &Problem, live: &Instance, seen: &Instance) -> Result<i64, Box<dyn Error>> {
    let rows = live.stock.iter().enumerate().map(|(at, row)| ((row.0, row.1), at));
    let rows: HashMap<(u32, u32), usize> = rows.collect();
    let mut left = live.clone();
    let mut router = Router::new(problem, &RowPrices::default());
    let every = problem.orders().div_ceil(ROUNDS).max(1);
    for order in 0..problem.orders() {
        if order % every == 0 {
            let (count, seed) = (problem.orders() - order, order as u64);
            let seen = seen.orders.as_slice();
            let expected = Expected { seen, count, draws: DRAWS, steps: STEPS, seed };
            router.reprice(&expected.prices(&left)?);
        }
        let routed = router.route(order).ok_or("an order that is not there")?;
        let mut nodes = BTreeSet::new();
        for shipment in routed.shipments {
            let sku = live.orders[order].lines[usize::from(shipment.line)].0;
            left.stock[rows[&(shipment.node, sku)]].2 -= shipment.qty;
            if let Some(most) = &mut left.nodes[shipment.node as usize].capacity
                && nodes.insert(shipment.node)
            {
                *most -= 1;
            }
        }
    }
    Ok(router.outcome().progress.cost)
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
    let own = RowPrices::of(&problem, &wave);
    let (cost, times) = route(&problem, &own, false);
    println!("routed at its prices {}", above(cost, best));
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    println!("an order: p50 {:?}, p99 {:?}", at(50), at(99));
    let (cost, _) = route(&problem, &own, true);
    println!("routed at its prices, and those for the rest {}", above(cost, best));
    let (cost, _) = route(&problem, &RowPrices::default(), false);
    println!("routed without prices {}", above(cost, best));

    let (seen, live) = (half(&instance, true), half(&instance, false));
    let (learned, second) = (seen.problem()?, live.problem()?);
    let prices = RowPrices::of(&learned, &plan_wave(&learned, &options, &mut |_| false));
    let best = plan_wave(&second, &options, &mut |_| false).progress.cost;
    let rules = plan_by_rules(&second).progress.cost;
    let (cost, _) = route(&second, &prices, false);
    let (plain, _) = route(&second, &RowPrices::default(), false);
    println!("second half: wave {best}, by rules {}", above(rules, best));
    println!("routed at the first half's prices {}", above(cost, best));
    let rolled = roll(&live.problem_at_hand()?, &live, &seen)?;
    println!("routed at prices of what is left {}", above(rolled, best));
    println!("routed without prices {}", above(plain, best));
    let way = |cost: i64| (rules - cost) as f64 / (rules - best) as f64 * 100.0;
    let (plain, cost, rolled) = (way(plain), way(cost), way(rolled));
    println!(
        "of the way: {plain:.0} % without, {cost:.0} % at the half's, {rolled:.0} % at what is left"
    );
    Ok(())
}
