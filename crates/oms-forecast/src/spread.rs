//! How far off: quantiles from the errors that a backtest made.
//!
//! Errors grow with the horizon, and there are few of them at each step. So the size of an error is learned by step,
//! never falling, and its shape from all steps together. With too little history for a backtest, a normal
//! distribution stands in.
//!
//! # Source
//! Conformal forecasts by split: Vovk, Gammerman and Shafer, *Algorithmic Learning in a Random World*, 2005; pooling of
//! adjacent violators: Ayer et al., Annals of Mathematical Statistics 26, 1955. The normal quantile: Acklam, 2003, whose
//! relative error is below 1.2e-9.

use ndarray::Array2;

use crate::levels::Levels;
use crate::models::Sample;

/// Errors of a few origins show less than there is: by this over their number the quantiles are wider. Measured.
const FEW: f64 = 4.0;

/// Sizes by step, and the shape of errors as multiples of them.
#[derive(Debug)]
pub(crate) struct Spread {
    sizes: Vec<f64>,
    shape: Vec<f64>,
}

impl Spread {
    /// From errors (actual less forecast) of the origins that are wanted; those that are unknown are not a number.
    ///
    /// # Shape
    /// `errors: (n_origins, horizon)`
    pub(crate) fn of(
        errors: &Array2<f64>,
        wanted: impl Fn(usize) -> bool,
        levels: &Levels,
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
        let shape = sample.quantiles(levels).into_iter().map(|z| (z - middle) * wider).collect();
        Some(Self { sizes, shape })
    }

    /// A normal distribution of the same size at every step.
    pub(crate) fn normal(deviation: f64, horizon: usize, levels: &Levels) -> Self {
        Self {
            sizes: vec![deviation; horizon],
            shape: levels.iter().map(normal_quantile).collect(),
        }
    }

    /// Quantile of the error at a step.
    pub(crate) fn at(&self, step: usize, level: usize) -> f64 {
        let size = self.sizes.get(step).or(self.sizes.last()).copied().unwrap_or_default();
        size * self.shape[level]
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

/// The quantile of the normal distribution.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    let poly = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
    let tail = |p: f64| {
        let q = (-2.0 * p.ln()).sqrt();
        poly(&C, q) / poly(&D, q)
    };
    if p < 0.024_25 {
        tail(p)
    } else if p > 1.0 - 0.024_25 {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        q * poly(&A, q * q) / poly(&B, q * q)
    }
}

#[cfg(test)]
mod tests {
    use super::{never_falling, normal_quantile};

    // Goal: the normal quantile is right in the middle and in both tails. Method: figures of any table.
    #[test]
    fn normal() {
        for (p, z) in
            [(0.5, 0.0), (0.975, 1.959_963_985), (0.01, -2.326_347_874), (0.2, -0.841_621_234)]
        {
            assert!((normal_quantile(p) - z).abs() < 1e-8, "{p}");
        }
    }

    // Goal: means never fall, and steps without errors take their neighbor's. Method: reckoned by hand.
    #[test]
    fn pooled() {
        let sums = [(0.0, 0.0), (2.0, 1.0), (1.0, 1.0), (9.0, 2.0), (0.0, 0.0)];
        assert_eq!(never_falling(&sums), [1.5, 1.5, 1.5, 4.5, 4.5]);
    }
}
