//! The laws of waves with HiGHS: what it advises changes how soon, never what is true.
use crate::world::{Size, brute, judge, world};
use oms_alloc::{LpSolver, Outcome, WaveOptions, plan_wave};

const MIDDLE: Size = Size { orders: 120, nodes: 8, skus: 40, lines: 4, units: 3 };
const SIZES: [Size; 3] = [
    Size { orders: 4, nodes: 4, skus: 3, lines: 2, units: 2 },
    Size { orders: 4, nodes: 3, skus: 4, lines: 3, units: 1 },
    Size { orders: 3, nodes: 4, skus: 2, lines: 2, units: 4 },
];

fn options(lp: LpSolver, work: Option<u64>, threads: usize) -> WaveOptions {
    WaveOptions { gap: 0.0, work, threads, lp }
}

/// Goal: with either solver the wave finds the best plan and proves it, and its bound is never above it. Method: random
/// worlds with every rule on, all plans tried.
#[test]
fn both_solvers_equal_brute_force() {
    for seed in 0..1_000 {
        let world = world(seed, SIZES[(seed % 3) as usize]);
        let problem = world.problem().unwrap();
        let best = brute(&world);
        for lp in [LpSolver::Microlp, LpSolver::Highs] {
            let outcome = plan_wave(&problem, &options(lp, None, 1), &mut |progress| {
                assert!(progress.bound.is_none_or(|bound| bound <= best), "world {seed} by {lp}");
                false
            });
            let told = (outcome.progress.cost, outcome.progress.bound);
            assert_eq!(told, (best, Some(best)), "world {seed} by {lp}");
            assert_eq!(judge(&world, &outcome.shipments), Ok(best), "world {seed} by {lp}");
        }
    }
}

/// Goal: so many steps give the same plan, bit for bit, again and on two threads. Method: waves cut short at several
/// steps, both ways.
#[test]
fn the_same_work_is_the_same_plan_with_highs() {
    for seed in 0..2 {
        let problem = world(seed, MIDDLE).problem().unwrap();
        let wave = |work, threads| -> Outcome {
            plan_wave(&problem, &options(LpSolver::Highs, work, threads), &mut |_| false)
        };
        for work in [Some(300), Some(500)] {
            let one = wave(work, 1);
            for other in [wave(work, 1), wave(work, 2)] {
                assert_eq!(one.shipments, other.shipments, "world {seed}, work {work:?}");
                assert_eq!(one.progress, other.progress, "world {seed}, work {work:?}");
            }
        }
    }
}

/// Goal: lists of ways lead to proofs that microlp agrees with. Method: worlds of middle size with both: plans keep the
/// rules, only get better, and no bound of one is above the plan of the other; most are proven to the end.
#[test]
fn lists_of_ways_prove() {
    let mut proven = 0;
    for seed in 20..24 {
        let world = world(seed, MIDDLE);
        let problem = world.problem().unwrap();
        let mut last = (i64::MAX, i64::MIN);
        let with =
            plan_wave(&problem, &options(LpSolver::Highs, Some(1_500), 1), &mut |progress| {
                let bound = progress.bound.unwrap_or(i64::MIN);
                assert!(progress.cost <= last.0 && bound >= last.1, "world {seed}: {progress:?}");
                last = (progress.cost, bound);
                false
            });
        let other =
            plan_wave(&problem, &options(LpSolver::Microlp, Some(1_500), 1), &mut |_| false);
        assert_eq!(judge(&world, &with.shipments), Ok(with.progress.cost), "world {seed}");
        let bounds = (with.progress.bound.unwrap(), other.progress.bound.unwrap());
        assert!(bounds.0 <= other.progress.cost, "world {seed}: {with:?} and {other:?}");
        assert!(bounds.1 <= with.progress.cost, "world {seed}: {with:?} and {other:?}");
        proven += u32::from(bounds.0 == with.progress.cost);
    }
    assert!(proven >= 2, "{proven} of 4 proven");
}
