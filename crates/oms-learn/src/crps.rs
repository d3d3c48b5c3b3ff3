//! Continuous ranked probability score: how far a whole distribution was off, in units of the actual value.
//!
//! # Source
//! Gneiting and Raftery, *Strictly proper scoring rules, prediction, and estimation*, Journal of the American Statistical
//! Association 102, 2007.

use crate::normal::{normal_cdf, normal_density};
use crate::score::pinball;

/// Means of counts stay below this.
const MOST_MEAN: f64 = 1e6;
/// Counts up to which a distribution of counts is summed.
const MOST_COUNTS: u64 = 10_000_000;
/// Chance left over at which summing ends.
const TAIL: f64 = 1e-17;

/// Of a normal distribution. `None` unless the deviation is above zero.
#[must_use]
pub fn crps_normal(actual: f64, mean: f64, deviation: f64) -> Option<f64> {
    let z = (actual - mean) / deviation;
    let score = deviation
        * (z * (2.0 * normal_cdf(z) - 1.0) + 2.0 * normal_density(z)
            - 1.0 / std::f64::consts::PI.sqrt());
    (deviation > 0.0 && score.is_finite()).then_some(score)
}

/// Of a sample, each value of equal chance. `None` for an empty one, or where a value is no number.
///
/// # Cost
/// Sorting the sample.
#[must_use]
pub fn crps_sample(actual: f64, sample: &[f64]) -> Option<f64> {
    let mut sorted = sample.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let (mut off, mut apart) = (0.0, 0.0);
    for (at, value) in sorted.iter().enumerate() {
        off += (value - actual).abs();
        apart += value * (2.0 * at as f64 + 1.0 - n);
    }
    let score = off / n - apart / (n * n);
    (!sorted.is_empty() && score.is_finite()).then_some(score)
}

/// Of quantiles: twice their mean pinball loss.
#[must_use]
pub fn crps_quantiles(actual: f64, levels: &[f64], quantiles: &[f64]) -> Option<f64> {
    let each = levels.iter().zip(quantiles).map(|(level, q)| pinball(actual, *q, *level));
    let count = levels.len().min(quantiles.len());
    (count > 0).then(|| 2.0 * each.sum::<f64>() / count as f64)
}

/// Of a Poisson distribution. `None` unless the mean is above zero and below a million.
///
/// # Cost
/// One step for each count up to where no chance is left, as for every distribution of counts.
#[must_use]
pub fn crps_poisson(actual: u64, mean: f64) -> Option<f64> {
    let inside = mean > 0.0 && mean < MOST_MEAN;
    inside.then(|| counted(actual, mean, -mean, |k| mean / (k + 1.0)))
}

/// Of a negative binomial distribution. `None` unless the variance is above the mean, and the mean above zero and below a
/// million.
#[must_use]
pub fn crps_negative_binomial(actual: u64, mean: f64, variance: f64) -> Option<f64> {
    let inside = mean > 0.0 && mean < MOST_MEAN && variance > mean && variance.is_finite();
    let (size, chance) = (mean * mean / (variance - mean), mean / variance);
    let next = |k: f64| (k + size) / (k + 1.0) * (1.0 - chance);
    inside.then(|| counted(actual, mean, size * chance.ln(), next))
}

/// Of counts: the sum over all of (chance of at most this - whether it was at most this)². `first` is the logarithm of the
/// chance of 0, `next` by how much the chance changes from a count to the next.
fn counted(actual: u64, mean: f64, first: f64, next: impl Fn(f64) -> f64) -> f64 {
    let actual = actual as f64;
    let (mut log, mut below, mut score) = (first, 0.0, 0.0);
    for count in 0..MOST_COUNTS {
        let count = count as f64;
        let chance = f64::exp(log);
        below += chance;
        let seen = if actual <= count { 1.0 } else { 0.0 };
        score += (below - seen) * (below - seen);
        let step = next(count);
        // What is left sums to less than this, as chances fall faster and faster beyond the mean.
        let left = if step < 1.0 { chance * step / (1.0 - step) } else { 1.0 };
        if count > mean && left < TAIL {
            return score + (actual - count - 1.0).max(0.0);
        }
        log += step.ln();
    }
    score
}
