//! Many quantiles from one structure.
//!
//! Where quantiles do not cross, all that pinball losses need of a row is its *rank*: how many of its quantiles lie below
//! the target. The derivative at level `p` is `1 - p` or `-p` as the rank says, so a histogram of ranks holds the sums of
//! every level at once, in whole numbers: one addition a row and column, however many levels there are, and sums that no
//! order of addition changes. A leaf's step at each level is the quantile of what is left there.
//!
//! A split's worth is the sum over levels of (sum of derivatives)² / weight, each level by its own factor: about what the
//! pinball loss of that level falls by. One structure cannot suit low and high levels alike, so each round looks at the
//! levels around one that chance draws, and at the others a little.

use crate::boost::Boosting;
use crate::boost::grow::Stat;
use crate::rng::Stream;

/// Levels that fit a cell of 16 counts, the last of which is for rows above them all.
pub(crate) const MOST_LEVELS: usize = 63;
/// How far around the drawn level a round looks, as a share of all levels, and how much it looks at those beyond. Chosen
/// among six settings on three sets of retail demand.
const NEAR: f32 = 0.25;
const FAR: f32 = 0.1;
/// Purpose of chance.
const LEVEL: u64 = 3;
/// What weights sum up to at most, as whole parts.
const MOST_PARTS: f64 = 2_147_483_648.0;

/// Ranks of every row. `W` is above the number of levels.
#[derive(Debug)]
pub(crate) struct Ranks<const W: usize> {
    levels: [f32; W],
    /// What levels weigh by their place between 0 and 1, and what they weigh this round.
    usual: [f32; W],
    factors: [f32; W],
    chance: Stream,
    /// Where a cell holds its whole weight: at the number of levels.
    all: usize,
    /// Rank and weight in parts.
    loads: Vec<(u8, u32)>,
    parts: f64,
    l2: f32,
    rows_in_leaf: f64,
}

impl<const W: usize> Ranks<W> {
    pub(crate) fn new(levels: &[f64], weights: &[f64], options: &Boosting) -> Self {
        let mut its = Self {
            levels: [0.0; W],
            usual: [0.0; W],
            factors: [0.0; W],
            chance: Stream::new(options.seed, LEVEL),
            all: levels.len(),
            loads: Vec::new(),
            parts: 1.0,
            l2: 0.0,
            rows_in_leaf: options.rows_in_leaf as f64,
        };
        for (at, &level) in levels.iter().enumerate() {
            its.levels[at] = level as f32;
            its.usual[at] = (level * (1.0 - level)).powf(-options.tails) as f32;
        }
        // Equal weights are one part each; others as fine as the sum allows. Their mean is 1.
        let even = weights.iter().all(|weight| (weight - 1.0).abs() <= 0.0);
        if !even {
            its.parts = (MOST_PARTS / weights.len() as f64 / 2.0).floor().clamp(2.0, 65_536.0);
        }
        its.l2 = (options.l2 * its.parts) as f32;
        its.loads = weights.iter().map(|weight| (0, (weight * its.parts).round() as u32)).collect();
        its
    }

    /// Whether all rows weigh the same.
    pub(crate) fn is_even(&self) -> bool {
        self.parts <= 1.0
    }

    /// Ranks at the scores of now, and the levels that this round looks at.
    ///
    /// # Shape
    /// `scores: (n_rows, levels)`
    pub(crate) fn derive(&mut self, round: u64, scores: &[f32], target: &[f32]) {
        let drawn = (self.chance.at(round) % self.all as u64) as f32;
        for at in 0..self.all {
            let away = (at as f32 - drawn).abs() / self.all as f32;
            self.factors[at] = self.usual[at] * (FAR + (1.0 - away / NEAR).max(0.0));
        }
        let rows = scores.chunks_exact(self.all).zip(target);
        for (load, (scores, y)) in self.loads.iter_mut().zip(rows) {
            load.0 = scores.iter().map(|score| u8::from(score < y)).sum();
        }
    }
}

impl<const W: usize> Stat for Ranks<W> {
    type Cell = [u32; W];
    type Load = (u8, u32);
    const ZERO: [u32; W] = [0; W];

    fn load(&self, row: u32) -> (u8, u32) {
        self.loads[row as usize]
    }

    fn add(cell: &mut [u32; W], (rank, parts): (u8, u32)) {
        let count = &mut cell[usize::from(rank) % W];
        // Whole weights are below 2^31: nothing can wrap, and checks would cost half the time.
        *count = count.wrapping_add(parts);
    }

    /// From then on a count is of all ranks up to its own.
    fn close(cell: &mut [u32; W]) {
        let mut sum = 0_u32;
        for count in cell {
            sum = count.wrapping_add(sum);
            *count = sum;
        }
    }

    fn plus(cell: &mut [u32; W], other: &[u32; W]) {
        cell.iter_mut().zip(other).for_each(|(cell, other)| *cell = cell.wrapping_add(*other));
    }

    fn minus(cell: &mut [u32; W], other: &[u32; W]) {
        cell.iter_mut().zip(other).for_each(|(cell, other)| *cell = cell.wrapping_sub(*other));
    }

    fn rows(&self, cell: &[u32; W]) -> f64 {
        f64::from(cell[self.all]) / self.parts
    }

    fn is_enough(&self, cell: &[u32; W]) -> bool {
        self.rows(cell) >= self.rows_in_leaf
    }

    fn worth(&self, cell: &[u32; W]) -> f64 {
        let all = cell[self.all] as f32;
        let mut lanes = [0.0_f32; W];
        for at in 0..W {
            let sum = cell[at] as f32 - self.levels[at] * all;
            lanes[at] = sum * sum * self.factors[at];
        }
        f64::from(lanes.iter().sum::<f32>() / (all + self.l2)) / self.parts
    }

    fn lean(&self, cell: &[u32; W]) -> f64 {
        let all = cell[self.all] as f32;
        let sums = (0..W).map(|at| (self.levels[at] * all - cell[at] as f32) * self.factors[at]);
        f64::from(sums.sum::<f32>() / all.max(f32::MIN_POSITIVE))
    }
}

#[cfg(test)]
mod tests {
    use super::Ranks;
    use crate::boost::Boosting;
    use crate::boost::grow::Stat;

    // Goal: a cell of ranks holds the derivatives of every level. Method: their sum, level by level and row by row.
    #[test]
    fn ranks_are_derivatives() {
        let levels = [0.1, 0.5, 0.8];
        let target = [3.0, 1.0, 9.0, 4.0, 4.5];
        let scores: Vec<f32> =
            (0..5).flat_map(|row| [1.0, 3.0, 4.0].map(|q| q + row as f32 * 0.2)).collect();
        for weights in [vec![1.0; 5], vec![0.5, 0.5, 2.0, 1.0, 1.0]] {
            let options = Boosting { tails: 0.0, ..Boosting::default() };
            let mut ranks: Ranks<8> = Ranks::new(&levels, &weights, &options);
            ranks.derive(0, &scores, &target);
            ranks.factors = ranks.usual;
            let mut cell = Ranks::<8>::ZERO;
            (0..5).for_each(|row| Ranks::<8>::add(&mut cell, ranks.load(row)));
            Ranks::<8>::close(&mut cell);
            let derivative = |at: usize, row: usize| {
                let below = f64::from(target[row] <= scores[row * 3 + at]);
                (below - levels[at]) * weights[row]
            };
            let sums = (0..3).map(|at| (0..5).map(|row| derivative(at, row)).sum::<f64>().powi(2));
            let wanted = sums.sum::<f64>() / 5.0;
            assert!((ranks.worth(&cell) - wanted).abs() < 1e-5, "{weights:?}");
            assert!((ranks.rows(&cell) - 5.0).abs() < 1e-4);
        }
    }
}
