//! How far off: quantiles from the errors that a backtest made.
//!
//! Errors grow with the horizon, and there are few of them at each step. So the size of an error is learned by step,
//! never falling, and its shape from all steps together. With too little history for a backtest, a normal
//! distribution stands in.
//!
//! # Source
//! Conformal forecasts by split: Vovk, Gammerman and Shafer, *Algorithmic Learning in a Random World*, 2005; pooling of
//! adjacent violators: Ayer et al., Annals of Mathematical Statistics 26, 1955.

use ndarray::Array2;
use oms_learn::normal_quantile;

use crate::levels::Levels;
use crate::models::Sample;

/// Errors of a few origins show less than there is: by this over their number the quantiles are wider. Measured.
const FEW: f64 = 4.0;

/// How far the shape of errors is drawn towards the normal one. Chosen on pasts whose last steps were held back.
const DOUBT: f64 = 0.25;
/// The mean size of a standard normal error.
const MEAN_SIZE: f64 = 0.797_884_560_802_865_4;

/// Sizes by step, and the shape of errors as multiples of them.
#[derive(Debug)]
pub(crate) struct Spread {
    sizes: Vec<f64>,
    shape: Vec<f64>,
}

impl Spread {
    /// From errors (actual less forecast) of the origins that are wanted; those that are unknown are not a number. Of demand
    /// that never stops few origins are not believed to show the shape of errors: it is drawn towards the normal one.
    ///
    /// # Shape
    /// `errors: (n_origins, horizon)`
    pub(crate) fn of(
        errors: &Array2<f64>,
        wanted: impl Fn(usize) -> bool,
        levels: &Levels,
        steady: bool,
    ) -> Option<Self> {
        let rows = || errors.outer_iter().enumerate().filter(|(row, _)| wanted(*row));
        let mut sums = vec![(0.0, 0.0); errors.ncols()];
        for (_, row) in rows() {
            for (sum, error) in sums.iter_mut().zip(row).filter(|(_, error)| error.is_finite()) {
                *sum = (sum.0 + error.abs(), sum.1 + 1.0);
            }
        }
        let sizes = never_falling(&sums);
        let mut points = Vec::new();
        for (_, row) in rows() {
            let known =
                row.iter().zip(&sizes).filter(|(error, size)| error.is_finite() && **size > 0.0);
            points.extend(known.map(|(error, size)| (error / size, 1.0)));
        }
        let Some(sample) = Sample::of(points) else {
            // No error at all: right every time, as far as anybody can tell.
            let shape = vec![0.0; levels.len()];
            return sums.iter().any(|sum| sum.1 > 0.0).then_some(Self { sizes, shape });
        };
        let origins = rows().count() as f64;
        // Whether a model was high or low of late is chance: the median is its mean.
        let middle = sample.median();
        let wider = 1.0 + FEW / origins;
        let doubt = if steady { DOUBT } else { 0.0 };
        let shape = sample.quantiles(levels).into_iter().zip(levels.iter()).map(|(z, level)| {
            let normal = normal_quantile(level) / MEAN_SIZE;
            ((1.0 - doubt) * (z - middle) + doubt * normal) * wider
        });
        let shape = shape.collect();
        Some(Self { sizes, shape })
    }

    /// A normal distribution of the same size at every step.
    pub(crate) fn normal(deviation: f64, horizon: usize, levels: &Levels) -> Self {
        Self {
            sizes: vec![deviation; horizon],
            shape: levels.iter().map(normal_quantile).collect(),
        }
    }

    /// Quantiles of the error at a step.
    pub(crate) fn row(&self, step: usize) -> impl Iterator<Item = f64> + '_ {
        let size = self.size(step);
        self.shape.iter().map(move |shape| size * shape)
    }

    /// The size of the error at a step; beyond the last, that of the last.
    fn size(&self, step: usize) -> f64 {
        self.sizes.get(step).or(self.sizes.last()).copied().unwrap_or_default()
    }

    /// Quantile of the error at a step.
    pub(crate) fn at(&self, step: usize, level: usize) -> f64 {
        self.size(step) * self.shape[level]
    }
}

/// Means that never fall from step to step; where there is none, the one before.
fn never_falling(sums: &[(f64, f64)]) -> Vec<f64> {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for &(sum, count) in sums {
        let mut block = (sum, count, 1);
        while let Some(&(sum, count, steps)) = blocks.last() {
            let falls = count > 0.0 && (block.1 <= 0.0 || sum * block.1 > block.0 * count);
            if !falls && count > 0.0 {
                break;
            }
            block = (block.0 + sum, block.1 + count, block.2 + steps);
            blocks.pop();
        }
        blocks.push(block);
    }
    let flat = |(sum, count, steps): (f64, f64, usize)| {
        let mean = if count > 0.0 { sum / count } else { 0.0 };
        std::iter::repeat_n(mean, steps)
    };
    blocks.into_iter().flat_map(flat).collect()
}

#[cfg(test)]
mod tests {
    use super::never_falling;

    // Goal: means never fall, and steps without errors take their neighbor's. Method: reckoned by hand.
    #[test]
    fn pooled() {
        let sums = [(0.0, 0.0), (2.0, 1.0), (1.0, 1.0), (9.0, 2.0), (0.0, 0.0)];
        assert_eq!(never_falling(&sums), [1.5, 1.5, 1.5, 4.5, 4.5]);
    }
}
