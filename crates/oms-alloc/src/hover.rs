//! Prices to route by: steps that go on near the top of a climb, and the mean of where they lead.
//!
//! Prices that prove a bound stand at the edge of all that would: a little higher, and orders refuse units that nobody
//! wants later; a little lower, and the first orders take what the last ones need. Steps that stay as long as they are,
//! up where orders draw more than is left and down where they draw less, go to and fro between the edges, and their mean
//! stands inside.
//!
//! # Source
//! The mean of the points of a walk:  Polyak and Juditsky (SIAM J. Control Optim., 1992).

use crate::oracle::{Market, Oracle};
use crate::price::dearest;
use crate::problem::{FREE, Problem, TICKS};
use crate::walk::{Walk, draw};

/// How far a step goes, in what a package costs.
const RATE: f64 = 0.05;

/// The mean of the prices, in ticks, at which so many passes hover that begin at prices `from`: over these orders, each
/// served from all that is left. The first half of the passes finds its way and does not count.
pub(crate) fn hover(
    problem: &Problem,
    from: &[i64],
    (left, orders): (&[i64], &[usize]),
    passes: u32,
    oracle: &mut Oracle,
) -> Vec<i64> {
    let mut walk = Walk::new(from, dearest(problem));
    let rate = RATE * problem.package_scale();
    let mut drawn = vec![0; from.len()];
    let mut sum = vec![0.0; from.len()];
    let first = passes / 2;
    for pass in 0..passes {
        drawn.fill(0);
        for order in orders {
            oracle.solve(problem, *order, Market { price: &walk.ticks, left });
            draw(problem, &oracle.takes, &mut drawn);
        }
        walk.step(&drawn, |row| left[row], rate);
        if pass >= first {
            sum.iter_mut().zip(&walk.at).for_each(|(sum, at)| *sum += at);
        }
    }
    if passes == 0 {
        return from.to_vec();
    }
    let counted = f64::from(passes - first);
    let mean = sum.into_iter().map(|sum| (sum / counted * TICKS as f64).round() as i64);
    let mut mean: Vec<i64> = mean.collect();
    mean[FREE as usize] = 0;
    mean
}
