//! What needs no parameter: as a season ago, and on along the line from the first value to the last.
//!
//! # Source
//! Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*, third edition, 5.2.

use super::{Line, at_least, filled};
use crate::forecaster::{Fitted, Forecaster, NotFitted, Parts};
use crate::past::Past;

/// As a season ago; without a season, or before one has passed, as the last time.
#[derive(Clone, Copy, Debug, Default)]
pub struct SeasonalNaive;

#[derive(Debug)]
struct Cycle(Vec<f64>);

impl Forecaster for SeasonalNaive {
    fn name(&self) -> &str {
        "seasonal_naive"
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        at_least(1, past, self.name())?;
        let values = filled(past);
        let season = if past.season() <= values.len() { past.season() } else { 1 };
        Ok(Box::new(Cycle(values[values.len() - season..].to_vec())))
    }
}

impl Fitted for Cycle {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        self.0.iter().copied().cycle().take(horizon).collect()
    }

    fn parts(&self, horizon: usize) -> Vec<Parts> {
        Parts::around(self.0.iter().sum::<f64>() / self.0.len() as f64, self.mean(horizon))
    }
}

/// The random walk with drift.
#[derive(Clone, Copy, Debug, Default)]
pub struct Drift;

impl Forecaster for Drift {
    fn name(&self) -> &str {
        "drift"
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        at_least(2, past, self.name())?;
        let values = filled(past);
        let (first, last) = (values[0], values[values.len() - 1]);
        let trend = (last - first) / (values.len() - 1) as f64;
        Ok(Box::new(Line { level: last, trend }))
    }
}
