//! Orders one by one, at the prices of a wave.
use crate::world::{Size, brute, judge, world};
use std::collections::BTreeSet;

use oms_alloc::{Expected, Problem, Router, RowPrices, WaveOptions, plan_wave};

/// How many worlds: fewer where the code is not optimized.
const WORLDS: u64 = if cfg!(debug_assertions) { 200 } else { 5_000 };

const ONE: Size = Size { orders: 1, nodes: 5, skus: 4, lines: 4, units: 3 };
const MANY: Size = Size { orders: 5, nodes: 4, skus: 2, lines: 2, units: 2 };

fn prices(problem: &Problem) -> RowPrices {
    let options = WaveOptions { gap: 0.0, ..WaveOptions::default() };
    RowPrices::of(problem, &plan_wave(problem, &options, &mut |_| false))
}

/// Goal: an order alone is served in the best way that there is. Method: worlds of one order, all plans tried.
#[test]
fn one_order_is_served_best() {
    for seed in 0..WORLDS {
        let world = world(seed, ONE);
        let problem = world.problem().unwrap();
        let routed = Router::new(&problem, &RowPrices::default()).route(0).unwrap();
        assert_eq!(routed.cost, brute(&world), "world {seed}");
        assert_eq!(judge(&world, &routed.shipments), Ok(routed.cost), "world {seed}");
    }
}

/// Goal: whatever comes in whatever order, nothing is shipped twice and the costs are those of the parts; what is given
/// back can be had again; prices help. Method: worlds of orders that compete, routed from the first to the last and
/// back, one of them cancelled and served anew; the sums over all worlds.
#[test]
fn orders_in_turn_keep_every_rule() {
    let (mut priced, mut plain, mut best) = (0, 0, 0);
    for seed in 0..WORLDS {
        let world = world(seed, MANY);
        let problem = world.problem().unwrap();
        let prices = prices(&problem);
        best += brute(&world);
        for (told, sum) in [(&prices, &mut priced), (&RowPrices::default(), &mut plain)] {
            let mut router = Router::new(&problem, told);
            let costs = (0..problem.orders()).map(|order| router.route(order).unwrap().cost);
            let total: i64 = costs.sum();
            *sum += total;
            let outcome = router.outcome();
            assert_eq!(outcome.progress.cost, total, "world {seed}");
            assert_eq!(judge(&world, &outcome.shipments), Ok(total), "world {seed}");
            let again = router.route(1).unwrap();
            let shipped = router.outcome();
            assert_eq!(
                judge(&world, &shipped.shipments),
                Ok(shipped.progress.cost),
                "world {seed}"
            );
            router.withdraw(1).unwrap();
            assert_eq!(router.route(1), Some(again), "world {seed}");
            assert_eq!((router.route(9), router.withdraw(9)), (None, None));
        }
    }
    assert!(best <= priced && priced < plain, "{best} {priced} {plain}");
}

/// Goal: prices for the rest help who follows what is taken, and what is withdrawn is expected no more. Method: worlds of
/// orders that compete, the rest asked for before each order; sums over all worlds. With all others withdrawn, the one
/// that is left is served as if it were alone, from what is left: by the best way without prices.
#[test]
fn prices_for_the_rest_help() {
    let (mut followed, mut priced, mut best) = (0, 0, 0);
    for seed in 0..WORLDS {
        let world = world(seed, MANY);
        let problem = world.problem().unwrap();
        let prices = prices(&problem);
        best += brute(&world);
        let routed = |follows: bool| {
            let mut router = Router::new(&problem, &prices);
            for order in 0..problem.orders() {
                if follows {
                    router.reprice_for_rest(30);
                }
                router.route(order).unwrap();
            }
            let outcome = router.outcome();
            assert_eq!(
                judge(&world, &outcome.shipments),
                Ok(outcome.progress.cost),
                "world {seed}"
            );
            outcome
        };
        let outcome = routed(true);
        assert_eq!(outcome.shipments, routed(true).shipments, "world {seed}");
        followed += outcome.progress.cost;
        priced += routed(false).progress.cost;
        let last = problem.orders() - 1;
        let mut router = Router::new(&problem, &prices);
        (0..last).for_each(|order| router.withdraw(order).unwrap());
        router.reprice_for_rest(2_000);
        let alone = Router::new(&problem, &RowPrices::default()).route(last).unwrap();
        assert_eq!(router.route(last).unwrap().cost, alone.cost, "world {seed}");
    }
    assert!(best <= followed && followed < priced, "{best} {followed} {priced}");
}

/// Goal: prices outlive their problem. Method: the same world built twice gives the same routes with the first one's
/// prices; a world without orders has no prices and takes any.
#[test]
fn prices_serve_later_problems() {
    for seed in 0..100 {
        let mut world = world(seed, MANY);
        let (first, second) = (world.problem().unwrap(), world.problem().unwrap());
        let prices = prices(&first);
        assert_eq!(prices, self::prices(&second));
        world.orders.clear();
        let none = world.problem().unwrap();
        assert_eq!(Router::new(&none, &prices).route(0), None);
        let routes = [&first, &second].map(|problem| {
            let mut router = Router::new(problem, &prices);
            (0..problem.orders()).map(|order| router.route(order)).collect::<Vec<_>>()
        });
        assert_eq!(routes[0], routes[1], "world {seed}");
    }
}

/// Goal: prices of what is left help who knows what comes. Method: before each order of a world prices are asked for,
/// with it and the orders behind it as those to come and the stock of that moment; sums over all worlds. The same seed gives
/// the same prices; orders of another world are told as what they are.
#[test]
fn prices_of_what_is_left_help() {
    let (mut rolled, mut plain, mut best) = (0, 0, 0);
    for seed in 0..WORLDS / 10 {
        let world = world(seed, MANY);
        let problem = world.problem_at_hand().unwrap();
        best += brute(&world);
        let mut left = world.clone();
        let mut router = Router::new(&problem, &RowPrices::default());
        for order in 0..problem.orders() {
            let seen = &world.orders[order..];
            let expected = Expected { seen, count: seen.len(), draws: 1, steps: 50, seed };
            let prices = expected.prices(&left).unwrap();
            assert_eq!(prices, expected.prices(&left).unwrap(), "world {seed}");
            router.reprice(&prices);
            let routed = router.route(order).unwrap();
            rolled += routed.cost;
            let nodes: BTreeSet<u32> = routed.shipments.iter().map(|row| row.node).collect();
            for node in nodes {
                let capacity = &mut left.nodes[node as usize].capacity;
                *capacity = capacity.map(|most| most - 1);
            }
            for row in routed.shipments {
                let sku = world.orders[order].lines[usize::from(row.line)].0;
                let stock = left.stock.iter_mut().find(|held| (held.0, held.1) == (row.node, sku));
                stock.unwrap().2 -= row.qty;
            }
        }
        assert_eq!(judge(&world, &router.outcome().shipments), Ok(router.outcome().progress.cost));
        let mut router = Router::new(&problem, &RowPrices::default());
        plain += (0..problem.orders()).map(|at| router.route(at).unwrap().cost).sum::<i64>();
    }
    assert!(best <= rolled && rolled < plain, "{best} {rolled} {plain}");
    let mut stray = world(0, MANY).orders;
    stray[0].lines[0].0 = 99;
    let expected = Expected { seen: &stray, count: 3, draws: 1, steps: 5, seed: 0 };
    assert_eq!(expected.prices(&world(0, MANY)).unwrap_err().code(), "instance.bad_entry");
}
