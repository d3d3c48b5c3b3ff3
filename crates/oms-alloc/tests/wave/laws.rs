//! Laws of waves: the same work is the same plan, plans and bounds only get better, more stock never costs more.
use crate::draw::Draw;
use crate::world::{Size, brute, judge, plain, world};
use oms_alloc::instance::Instance;
use oms_alloc::{Outcome, WaveOptions, plan_by_rules, plan_wave};

const MIDDLE: Size = Size { orders: 120, nodes: 8, skus: 40, lines: 4, units: 3 };
const WIDE: Size = Size { orders: 1_100, nodes: 6, skus: 300, lines: 2, units: 2 };
const MANY: Size = Size { orders: 2_300, nodes: 6, skus: 600, lines: 2, units: 2 };
const SMALL: Size = Size { orders: 3, nodes: 3, skus: 3, lines: 2, units: 2 };

fn wave(world: &Instance, work: Option<u64>, threads: usize) -> Outcome {
    let options = WaveOptions { gap: 0.0, work, threads, ..WaveOptions::default() };
    plan_wave(&world.problem().unwrap(), &options, &mut |_| false)
}

/// Goal: so many steps give the same plan, bit for bit, again and on two threads. Method: waves cut short at several
/// steps, both ways; worlds where threads share the orders of a pass among them, and one where two searches work side by
/// side.
#[test]
fn the_same_work_is_the_same_plan() {
    let worlds = (0..4).map(|seed| (seed, world(seed, MIDDLE))).chain([(4, world(4, WIDE))]);
    let many = (5, world(5, MANY), vec![150, 170, 333]);
    for (seed, world, works) in
        worlds.map(|(seed, world)| (seed, world, vec![1, 100, 333, 700])).chain([many])
    {
        for work in works.into_iter().map(Some) {
            let one = wave(&world, work, 1);
            for other in [wave(&world, work, 1), wave(&world, work, 2)] {
                assert_eq!(one.shipments, other.shipments, "world {seed}, work {work:?}");
                assert_eq!(one.progress, other.progress, "world {seed}, work {work:?}");
            }
        }
    }
}

/// Goal: cost only falls and the bound only rises, the plan keeps the rules, and is no dearer than rules make it from
/// the first step on. Method: every step of waves of middle size, and of one so large that two searches work side by side.
#[test]
fn plans_and_bounds_only_get_better() {
    // Bundles leave wider gaps: their units go by the heap.
    let many = [(14, plain(14, MANY), 0.01)];
    let plain = (10..14).map(|seed| (seed, plain(seed, MIDDLE), 0.005));
    let middle = (10..14).map(|seed| (seed, world(seed, MIDDLE), 0.01));
    for (seed, world, gap) in plain.chain(middle).chain(many) {
        let problem = world.problem().unwrap();
        let rules = plan_by_rules(&problem).progress.cost;
        let mut last = (rules, i64::MIN);
        let options = WaveOptions { gap: 0.0, work: Some(1_500), ..WaveOptions::default() };
        let outcome = plan_wave(&problem, &options, &mut |progress| {
            let bound = progress.bound.unwrap_or(i64::MIN);
            assert!(
                progress.cost <= last.0 && bound >= last.1,
                "world {seed}: {progress:?} after {last:?}"
            );
            assert!(bound <= progress.cost, "world {seed}: {progress:?}");
            last = (progress.cost, bound);
            false
        });
        let cost =
            judge(&world, &outcome.shipments).unwrap_or_else(|why| panic!("world {seed}: {why}"));
        assert_eq!(cost, outcome.progress.cost);
        assert!(outcome.progress.gap() < gap, "world {seed}: {:?}", outcome.progress);
    }
}

/// Goal: what is proven does not depend on the order of nodes, SKUs and orders. Method: worlds with all three reversed.
#[test]
fn the_order_of_rows_does_not_matter() {
    for seed in 0..200 {
        let world = world(seed, SMALL);
        let mut turned = world.clone();
        let last = |count: usize, index: u32| count as u32 - 1 - index;
        turned.nodes.reverse();
        turned.skus.reverse();
        turned.lanes.reverse();
        turned.orders.reverse();
        for row in &mut turned.stock {
            (row.0, row.1) = (last(world.nodes.len(), row.0), last(world.skus.len(), row.1));
        }
        for line in turned.orders.iter_mut().flat_map(|order| &mut order.lines) {
            line.0 = last(world.skus.len(), line.0);
        }
        let (one, other) = (wave(&world, None, 1).progress, wave(&turned, None, 1).progress);
        assert_eq!((one.cost, one.bound), (other.cost, other.bound), "world {seed}");
    }
}

/// Goal: more stock never costs more. Method: small worlds proven to the end, then with units added somewhere; brute
/// force agrees.
#[test]
fn more_stock_never_costs_more() {
    for seed in 0..200 {
        let mut world = world(seed, SMALL);
        let before = wave(&world, None, 1).progress;
        let mut draw = Draw(seed);
        if world.stock.is_empty() {
            continue;
        }
        let at = draw.below(world.stock.len() as u64) as usize;
        world.stock[at].2 += 1 + draw.below(3) as u32;
        let after = wave(&world, None, 1).progress;
        assert!(after.cost <= before.cost, "world {seed}: {before:?}, then {after:?}");
        assert_eq!(after.cost, brute(&world), "world {seed}");
    }
}

/// Goal: orders beyond the tables are planned and bounded too. Method: orders of dozens of lines and many units; the
/// plan keeps the rules, is no dearer than rules make it, and the bound is below it.
#[test]
fn very_large_orders_are_planned() {
    let size = Size { orders: 6, nodes: 6, skus: 300, lines: 150, units: 40 };
    for seed in 0..6 {
        let world = world(seed, size);
        let problem = world.problem().unwrap();
        let options = WaveOptions { gap: 0.0, work: Some(400), ..WaveOptions::default() };
        let outcome = plan_wave(&problem, &options, &mut |_| false);
        let cost =
            judge(&world, &outcome.shipments).unwrap_or_else(|why| panic!("world {seed}: {why}"));
        assert_eq!(cost, outcome.progress.cost, "world {seed}");
        assert!(cost <= plan_by_rules(&problem).progress.cost, "world {seed}");
        let bound = outcome.progress.bound.unwrap();
        assert!(bound <= cost && bound > 0, "world {seed}: {bound} of {cost}");
    }
}

/// Goal: cost only falls, and every plan keeps the rules, where orders are beyond the tables and ship complete, and
/// where units go by the million. Method: every step of such waves; a judge of its own at the end.
#[test]
fn very_large_orders_only_get_better() {
    let size = Size { orders: 5, nodes: 5, skus: 60, lines: 40, units: 30 };
    let mut shipped = 0;
    for seed in 0..12 {
        let mut world = world(seed, size);
        let by = if seed % 2 == 0 { 1 } else { 1 << 20 };
        for row in &mut world.stock {
            row.2 *= 3 * by;
        }
        for order in &mut world.orders {
            order.complete |= seed % 3 == 0;
            order.lines.iter_mut().for_each(|line| line.1 *= by);
        }
        let problem = world.problem().unwrap();
        let options = WaveOptions { gap: 0.0, work: Some(700), ..WaveOptions::default() };
        let mut last = i64::MAX;
        let outcome = plan_wave(&problem, &options, &mut |progress| {
            assert!(progress.cost <= last, "world {seed}: {progress:?} after {last}");
            last = progress.cost;
            false
        });
        let cost =
            judge(&world, &outcome.shipments).unwrap_or_else(|why| panic!("world {seed}: {why}"));
        assert_eq!(cost, outcome.progress.cost, "world {seed}");
        shipped += u64::from(cost < problem.nothing());
    }
    assert!(shipped >= 6, "most worlds ship something: {shipped}");
}
