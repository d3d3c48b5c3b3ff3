//! Demand that comes now and then, summed up into buckets until it is steady, smoothed there, and shared out again.
//!
//! # Source
//! ADIDA: Nikolopoulos, Syntetos, Boylan, Petropoulos and Assimakopoulos, *An aggregate-disaggregate intermittent demand
//! approach to forecasting*, Journal of the Operational Research Society 62, 2011. IMAPA: Petropoulos and Kourentzes,
//! *Forecast combinations for intermittent demand*, ibid. 66, 2015.

use super::descent::least;
use super::{Line, at_least};
use crate::forecaster::{Fitted, Forecaster, NotFitted};
use crate::past::Past;

/// The weights among which the best is searched.
const ALPHAS: (f64, f64) = (0.1, 0.3);
/// No bucket is larger.
const MOST_STEPS: usize = 1_000;

/// Buckets as long as the mean wait for demand (ADIDA), or of every length up to it, averaged (IMAPA).
#[derive(Clone, Copy, Debug)]
pub struct Aggregated {
    all: bool,
}

impl Aggregated {
    /// One length, the mean wait.
    #[must_use]
    pub fn adida() -> Self {
        Self { all: false }
    }

    /// Every length from one step to the mean wait.
    #[must_use]
    pub fn imapa() -> Self {
        Self { all: true }
    }
}

impl Forecaster for Aggregated {
    fn name(&self) -> &str {
        if self.all { "imapa" } else { "adida" }
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        at_least(2, past, self.name())?;
        let values: Vec<f64> = past.known().collect();
        let Some(last) = values.iter().rposition(|y| *y != 0.0) else {
            return Ok(Box::new(Line::flat(0.0)));
        };
        let times = values.iter().filter(|y| **y != 0.0).count();
        let wait = ((last + 1) as f64 / times as f64).round_ties_even() as usize;
        let longest = wait.clamp(1, values.len().min(MOST_STEPS));
        let shortest = if self.all { 1 } else { longest };
        let sum: f64 = (shortest..=longest).map(|steps| smoothed(&values, steps)).sum();
        Ok(Box::new(Line::flat(sum / (longest - shortest + 1) as f64)))
    }
}

/// Smoothed sums over so many steps, as a mean of one step. What is too little for a bucket is the oldest.
fn smoothed(values: &[f64], steps: usize) -> f64 {
    let sums: Vec<f64> = values[values.len() % steps..]
        .chunks_exact(steps)
        .map(|bucket| bucket.iter().sum())
        .collect();
    let Some((first, rest)) = sums.split_first() else { return 0.0 };
    let run = |alpha: f64| {
        rest.iter().fold((*first, 0.0), |(level, squares), y| {
            let error = y - level;
            (level + alpha * error, squares + error * error)
        })
    };
    let alpha = least(ALPHAS.0, ALPHAS.1, |alpha| run(alpha).1);
    run(alpha).0 / steps as f64
}
