//! The wave against brute force, on worlds small enough to try every plan.
use crate::world::{Size, brute, judge, world};
use oms_alloc::{WaveOptions, plan_by_rules, plan_wave};

/// How many worlds: fewer where the code is not optimized.
const WORLDS: u64 = if cfg!(debug_assertions) { 200 } else { 20_000 };

const SIZES: [Size; 3] = [
    Size { orders: 4, nodes: 4, skus: 3, lines: 2, units: 2 },
    Size { orders: 4, nodes: 3, skus: 4, lines: 3, units: 1 },
    Size { orders: 3, nodes: 4, skus: 2, lines: 2, units: 4 },
];

/// Goal: the wave finds the best plan and proves it, its bound is never above the optimum, its plan keeps every rule
/// and costs what it says, and rules never do better. Method: random worlds with every rule on, all plans tried.
#[test]
fn the_wave_equals_brute_force() {
    let mut filled = 0;
    for seed in 0..WORLDS {
        let world = world(seed, SIZES[(seed % 3) as usize]);
        world.check().unwrap();
        let problem = world.problem().unwrap();
        let best = brute(&world);
        let options = WaveOptions { gap: 0.0, ..WaveOptions::default() };
        let outcome = plan_wave(&problem, &options, &mut |progress| {
            assert!(
                progress.bound.is_none_or(|bound| bound <= best),
                "world {seed}: {progress:?} above {best}"
            );
            assert!(progress.cost >= best, "world {seed}: {progress:?} below {best}");
            false
        });
        let cost =
            judge(&world, &outcome.shipments).unwrap_or_else(|why| panic!("world {seed}: {why}"));
        assert_eq!(cost, outcome.progress.cost, "world {seed} tells another cost");
        assert_eq!(cost, best, "world {seed}");
        assert_eq!(outcome.progress.bound, Some(best), "world {seed} is not proven");
        let rules = plan_by_rules(&problem);
        let cost = judge(&world, &rules.shipments)
            .unwrap_or_else(|why| panic!("world {seed} by rules: {why}"));
        assert_eq!(cost, rules.progress.cost, "world {seed} by rules");
        assert!(cost >= best, "world {seed}: rules make {cost}, the best is {best}");
        filled += u64::from(cost < problem.nothing());
    }
    assert!(filled > WORLDS / 2, "most worlds ship something: {filled}");
}

/// Goal: a line of no units changes nothing, also where an order ships complete. Method: random worlds with a line of
/// one of the orders emptied, all plans tried.
#[test]
fn a_line_of_no_units_asks_for_nothing() {
    for seed in 0..WORLDS / 10 {
        let mut world = world(seed, SIZES[(seed % 2) as usize]);
        for order in &mut world.orders {
            order.complete |= seed % 2 == 0;
            order.lines[0].1 = 0;
            // A bundle wants some of each of its lines.
            order.bundles.retain(|bundle| !bundle.lines.contains(&0));
        }
        let best = brute(&world);
        let options = WaveOptions { gap: 0.0, ..WaveOptions::default() };
        let outcome = plan_wave(&world.problem().unwrap(), &options, &mut |_| false);
        let told = (outcome.progress.cost, outcome.progress.bound);
        assert_eq!(told, (best, Some(best)), "world {seed}");
        assert_eq!(judge(&world, &outcome.shipments), Ok(best), "world {seed}");
    }
}
