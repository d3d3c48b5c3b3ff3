//! Two commands decided on the same state and committed in both orders, for a hundred thousand pairs of
//! which both leave facts, and as many again of which one is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "test code"
)]

use oms_core::engine::MemoryStore;
use oms_core::testing::interleave::{Pairs, interleave};

const STEPS: u64 = 50;
const PAIRS: u64 = 5;

/// All pairs where the code is optimized, a taste where it is not.
fn lives() -> u64 {
    match std::env::var("OMS_LIVES").ok().and_then(|n| n.parse().ok()) {
        Some(lives) => lives,
        None if std::env::var_os("OMS_LONG").is_some() => 80_000,
        None if cfg!(debug_assertions) => 8,
        None => 840,
    }
}

/// Goal: whatever two commands meet at the same state, every law holds when both are through: the
/// second stands because its bounds allow it, or is a conflict and is decided anew; the same command
/// twice runs once. Method: random lives; before each step, pairs of random commands are both read
/// and decided before either commits, in both orders, and undone again.
#[test]
fn every_pair_commutes_or_conflicts() {
    let half = |from: u64| {
        let mut sum = Pairs::default();
        for seed in (from..lives()).step_by(2) {
            match interleave(MemoryStore::new(), seed, STEPS, PAIRS) {
                Ok(pairs) => sum.add(pairs),
                Err(failed) => panic!("{failed}"),
            }
        }
        sum
    };
    let sum = std::thread::scope(|threads| {
        let odd = threads.spawn(|| half(1));
        let mut sum = half(0);
        sum.add(odd.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        sum
    });
    println!("{sum:?}");
    assert_eq!(sum.tried, lives() * STEPS * PAIRS);
    assert!(sum.anew * 50 > sum.tried, "hardly ever a conflict: {sum:?}");
    assert!(sum.committed * 21 > sum.tried * 10, "too many are refused: {sum:?}");
    assert!(sum.stood > sum.anew && sum.answered > 0, "{sum:?}");
}
