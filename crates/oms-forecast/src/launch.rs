//! When a series began to be sold: zeros before its first demand are not always demand of zero.
//!
//! # Law
//! A first wait that the series' own waits explain is demand of zero and stays; so do all zeros where nothing was ever sold.
//!
//! # Source
//! The chance of a wait under the waits that came: the predictive distribution of Bernoulli trials under a uniform prior
//! (Bayes, Laplace), which is beta-geometric.

/// A first wait at least this unlikely is not one of the others. The usual size of a test, not tuned.
const UNLIKELY: f64 = 0.01;
/// Demand must have come this often after the first time: less says nothing of how long a wait is.
const LEAST_TIMES: usize = 2;

/// How many steps at the beginning are before the launch: all zeros before the first demand, where they are more than any
/// wait since, the one that still goes on too, and so many would hardly ever come by the demand since. What was not seen
/// (`NaN`) is no demand and no zero.
pub(crate) fn before_launch(values: impl Iterator<Item = f64>) -> usize {
    let (mut first, mut waited, mut longest) = (None, 0, 0);
    let (mut zeros, mut times, mut leading) = (0_usize, 0_usize, 0_usize);
    for (step, y) in values.enumerate() {
        if y.is_nan() {
            continue;
        }
        match (first, y == 0.0) {
            (None, true) => leading += 1,
            (None, false) => first = Some(step),
            (Some(_), true) => {
                (zeros, waited, longest) = (zeros + 1, waited + 1, longest.max(waited + 1))
            }
            (Some(_), false) => (times, waited) = (times + 1, 0),
        }
    }
    let Some(first) = first.filter(|_| times >= LEAST_TIMES && leading > longest) else { return 0 };
    // Each step of the wait had no demand, by the demand and the zeros that came after it.
    let none = |step: usize| (zeros + 1 + step) as f64 / (zeros + times + 2 + step) as f64;
    let mut chance = 1.0;
    for step in 0..leading {
        chance *= none(step);
        if chance < UNLIKELY {
            return first;
        }
    }
    0
}
