//! Simple exponential smoothing: a level that goes a part of the way to each value.
//!
//! # Source
//! Brown, *Statistical Forecasting for Inventory Control*, 1959; the state as in Hyndman, Koehler, Ord and Snyder,
//! *Forecasting with Exponential Smoothing*, 2008, ETS(A,N,N).

use super::descent::least;
use super::ets::recursion::{States, Weights};
use super::ets::{Ahead, EtsSeason, EtsTrend};
use super::state::{Rule, State};
use super::{at_least, filled};
use crate::forecaster::{Fitted, Forecaster, NotFitted};
use crate::past::Past;

/// Simple exponential smoothing, with a weight that is given, or with the one of the least squared error.
///
/// # Law
/// Linear where the weight is given: the forecast of `a·y + b` is `a` times the forecast of `y`, plus `b`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ses {
    alpha: Option<f64>,
    /// A weight with the start of the least squared error.
    learned: Option<f64>,
}

impl Ses {
    /// With this weight of the newest value, from the first value on. Beyond 0 to 1 the nearer of them is taken.
    #[must_use]
    pub fn with_alpha(alpha: f64) -> Self {
        Self { alpha: Some(alpha.clamp(0.0, 1.0)), learned: None }
    }
}

impl Forecaster for Ses {
    fn name(&self) -> &str {
        "ses"
    }

    fn with_weights(&self, past: &Past<'_>) -> Option<Box<dyn Forecaster>> {
        let unknown = self.alpha.is_none() && self.learned.is_none();
        unknown.then(|| Box::new(Self { learned: Some(weight(&filled(past))), ..*self }) as Box<_>)
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        at_least(1, past, self.name())?;
        let (alpha, level) = match self.alpha {
            Some(alpha) => (alpha, past.known().next().unwrap_or_default()),
            None => {
                let values = filled(past);
                let alpha = self.learned.unwrap_or_else(|| weight(&values));
                (alpha, smoothed(&values, alpha).0)
            }
        };
        let weights = Weights { alpha, ..Weights::default() };
        let start = States { level, ..States::default() };
        let end = Ahead::over(EtsTrend::None, EtsSeason::None, weights, start, past);
        Ok(Box::new(State::from(Rule::Ets(end))))
    }
}

fn weight(values: &[f64]) -> f64 {
    least(0.01, 0.99, |alpha| smoothed(values, alpha).1)
}

/// The start of the least squared error, and that error: errors are linear in the start, so that it needs no search.
fn smoothed(values: &[f64], alpha: f64) -> (f64, f64) {
    // Errors from a start at 0, and what one unit of start takes from each.
    let (mut level, mut share) = (0.0, 1.0);
    let (mut ee, mut es, mut ss) = (0.0, 0.0, 0.0);
    for y in values {
        let error = y - level;
        (ee, es, ss) = (ee + error * error, es + error * share, ss + share * share);
        level += alpha * error;
        share *= 1.0 - alpha;
    }
    let start = es / ss;
    (start, ee - es * start)
}
