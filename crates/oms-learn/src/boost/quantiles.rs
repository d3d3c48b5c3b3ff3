//! Learning quantiles at many levels, one structure a round.

use crate::boost::Boosting;
use crate::boost::fit::Learner;
use crate::boost::grow::{Grown, Stat};
use crate::boost::ranks::Ranks;

/// What targets are measured in while learning, so that half the bits of a float are enough.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    middle: f64,
    size: f64,
}

impl Spread {
    pub(crate) fn of(target: &[f64]) -> Self {
        let mut sorted = target.to_vec();
        let at = sorted.len() / 2;
        let (_, middle, _) = sorted.select_nth_unstable_by(at, f64::total_cmp);
        let middle = *middle;
        let size = target.iter().map(|y| (y - middle).abs() / target.len() as f64).sum::<f64>();
        Self { middle, size: if size > 0.0 { size } else { 1.0 } }
    }
}

/// Quantiles of every row as they stand.
#[derive(Debug)]
pub(crate) struct Quantiles<const W: usize> {
    ranks: Ranks<W>,
    spread: Spread,
    levels: Vec<f64>,
    rate: f64,
    base: Vec<f32>,
    target: Vec<f32>,
    /// Shape: `(n_rows, levels)`
    scores: Vec<f32>,
}

impl<const W: usize> Quantiles<W> {
    pub(crate) fn new(target: &[f64], weights: &[f64], levels: &[f64], options: &Boosting) -> Self {
        let spread = Spread::of(target);
        let target: Vec<f32> =
            target.iter().map(|y| ((y - spread.middle) / spread.size) as f32).collect();
        let ranks = Ranks::new(levels, weights, options);
        let all: Vec<u32> = (0..target.len() as u32).collect();
        let base: Vec<f32> = ranks
            .quantiles(&all, levels, |row, _| target[row as usize])
            .into_iter()
            .map(|base| base as f32)
            .collect();
        let scores = base.repeat(target.len());
        Self { ranks, spread, levels: levels.to_vec(), rate: options.rate, base, target, scores }
    }
}

impl<const W: usize> Learner for Quantiles<W> {
    type Stat = Ranks<W>;

    fn base(&self) -> Vec<f64> {
        let Spread { middle, size } = self.spread;
        self.base.iter().map(|base| middle + size * f64::from(*base)).collect()
    }

    fn derive(&mut self, round: u64) -> &Ranks<W> {
        self.ranks.derive(round, &self.scores, &self.target);
        &self.ranks
    }

    fn values(&mut self, grown: &Grown) -> Vec<f64> {
        let all = self.levels.len();
        let left = |row: u32, level: usize| {
            self.target[row as usize] - self.scores[row as usize * all + level]
        };
        let step = |steps: f64| steps * self.rate * self.spread.size;
        let leaves = grown.leaves.iter().map(|rows| &grown.rows[rows.clone()]);
        leaves.flat_map(|rows| self.ranks.quantiles(rows, &self.levels, left)).map(step).collect()
    }

    fn take(&mut self, row: usize, values: &[f64]) {
        let scores = &mut self.scores[row * values.len()..];
        for (score, value) in scores.iter_mut().zip(values) {
            *score += (value / self.spread.size) as f32;
        }
    }
}

impl<const W: usize> Ranks<W> {
    /// Quantiles of a number that each row has for each level.
    fn quantiles(
        &self,
        rows: &[u32],
        levels: &[f64],
        number: impl Fn(u32, usize) -> f32,
    ) -> Vec<f64> {
        let mut plain = Vec::with_capacity(rows.len());
        let mut weighed = Vec::new();
        let quantile_of = |(at, level): (usize, &f64)| {
            if self.is_even() {
                plain.clear();
                plain.extend(rows.iter().map(|row| number(*row, at)));
                return quantile(&mut plain, *level);
            }
            weighed.clear();
            weighed.extend(rows.iter().map(|row| (number(*row, at), self.load(*row).1)));
            weighted_quantile(&mut weighed, *level)
        };
        levels.iter().enumerate().map(quantile_of).collect()
    }
}

/// The quantile of numbers in any order, between neighbors as far as the level says.
fn quantile(values: &mut [f32], level: f64) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let place = level * (values.len() - 1) as f64;
    let at = place.floor() as usize;
    let (_, low, above) = values.select_nth_unstable_by(at, f32::total_cmp);
    let low = f64::from(*low);
    let high = above.iter().copied().min_by(f32::total_cmp).map_or(low, f64::from);
    low + (high - low) * (place - at as f64)
}

/// The same of values with weights, without anything between: the first value at which the level is reached.
fn weighted_quantile(mut values: &mut [(f32, u32)], level: f64) -> f64 {
    let weight = |values: &[(f32, u32)]| values.iter().map(|its| u64::from(its.1)).sum::<u64>();
    let wanted = level * weight(values) as f64;
    let mut below = 0_u64;
    while values.len() > 1 {
        let middle = (values.len() - 1) / 2;
        let order =
            |one: &(f32, u32), two: &(f32, u32)| one.0.total_cmp(&two.0).then(one.1.cmp(&two.1));
        values.select_nth_unstable_by(middle, order);
        let (low, high) = values.split_at_mut(middle + 1);
        let whole = below + weight(low);
        if whole as f64 >= wanted {
            values = low;
        } else {
            (below, values) = (whole, high);
        }
    }
    values.first().map_or(0.0, |(value, _)| f64::from(*value))
}

#[cfg(test)]
mod tests {
    use super::weighted_quantile;
    use crate::testing::noise;

    // Goal: it is the first value, from low to high, up to which enough weight lies. Method: values in order, summed up.
    #[test]
    fn weighted_quantiles() {
        for count in 1..40 {
            let value = |at: usize| (noise(1, at * count) * 9.0).floor() as f32;
            let values = (0..count).map(|at| (value(at), (noise(2, at * count) * 5.0) as u32 + 1));
            let mut values: Vec<(f32, u32)> = values.collect();
            let mut sorted = values.clone();
            sorted.sort_by(|one, two| one.0.total_cmp(&two.0));
            let all: u32 = values.iter().map(|its| its.1).sum();
            for level in [0.0, 0.1, 0.5, 0.75, 0.99, 1.0] {
                let mut sum = 0;
                let reached = sorted.iter().find(|its| {
                    sum += its.1;
                    f64::from(sum) >= level * f64::from(all)
                });
                let found = weighted_quantile(&mut values, level);
                assert_eq!(Some(found), reached.map(|its| f64::from(its.0)), "{count} {level}");
            }
        }
    }
}
