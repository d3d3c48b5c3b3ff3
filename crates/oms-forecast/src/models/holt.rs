//! A level and a trend that runs out: Holt's method, damped.
//!
//! # Source
//! Gardner and McKenzie, *Forecasting trends in time series*, Management Science 31, 1985; the state as in Hyndman,
//! Koehler, Ord and Snyder, 2008, ETS(A,Ad,N). A forecast `h` steps on is the level and `φ + φ² + … + φ^h` trends.

use super::descent::{Steps, stepped};
use super::ets::recursion::{States, Weights};
use super::ets::{Ahead, EtsSeason, EtsTrend};
use super::state::{Rule, State};
use super::{at_least, filled};
use crate::forecaster::{Fitted, Forecaster, NotFitted};
use crate::past::Past;

/// Weights and the start of a damped trend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrendState {
    /// How far the level goes to each value.
    pub alpha: f64,
    /// How much of an error goes into the trend.
    pub beta: f64,
    /// What is left of the trend after a step; 1 is a trend that never ends.
    pub phi: f64,
    /// The level before the first value.
    pub level: f64,
    /// The trend before the first value.
    pub trend: f64,
}

/// Holt's damped trend, with a state that is given, or with the weights and the start of the least squared error.
#[derive(Clone, Copy, Debug, Default)]
pub struct DampedHolt {
    state: Option<TrendState>,
    /// Weights with the start of the least squared error.
    learned: Option<[f64; 3]>,
}

impl DampedHolt {
    /// With these weights, from this start.
    #[must_use]
    pub fn with_state(state: TrendState) -> Self {
        Self { state: Some(state), learned: None }
    }
}

impl Forecaster for DampedHolt {
    fn name(&self) -> &str {
        "holt"
    }

    fn with_weights(&self, past: &Past<'_>) -> Option<Box<dyn Forecaster>> {
        let unknown = self.state.is_none() && self.learned.is_none() && past.values().len() > 5;
        unknown.then(|| Box::new(Self { learned: Some(searched(&filled(past))), ..*self }) as _)
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        at_least(if self.state.is_some() { 1 } else { 6 }, past, self.name())?;
        let state = self.state.unwrap_or_else(|| {
            let values = filled(past);
            let at = self.learned.unwrap_or_else(|| searched(&values));
            started(&values, at).0
        });
        let TrendState { alpha, beta, phi, level, trend } = state;
        let weights = Weights { alpha, beta, phi, ..Weights::default() };
        let start = States { level, trend, ..States::default() };
        let end = Ahead::over(EtsTrend::Damped, EtsSeason::None, weights, start, past);
        Ok(Box::new(State::from(Rule::Ets(end))))
    }
}

const ALPHAS: [f64; 6] = [0.05, 0.15, 0.3, 0.5, 0.75, 0.95];
const SHARES: [f64; 4] = [0.01, 0.05, 0.2, 0.5];
const PHIS: [f64; 3] = [0.85, 0.93, 0.98];

/// Steps along each weight from the best of a coarse look at all.
const STEPS: Steps<3> = Steps {
    low: [0.01, 0.001, 0.8],
    high: [0.99, 0.99, 0.98],
    first: [0.08, 0.06, 0.03],
    shrink: 0.6,
    rounds: 6,
};

/// The weights of the least squared error.
///
/// # Cost
/// About 100 passes.
fn searched(values: &[f64]) -> [f64; 3] {
    let starts = ALPHAS.into_iter().flat_map(|alpha| {
        SHARES.into_iter().flat_map(move |share| PHIS.map(|phi| [alpha, share, phi]))
    });
    stepped(starts, &STEPS, |at| started(values, at).1)
}

/// The start of the least squared error under these weights, and that error: errors are linear in level and trend.
fn started(values: &[f64], [alpha, share, phi]: [f64; 3]) -> (TrendState, f64) {
    let beta = alpha * share;
    // Level, trend and error of the values from a start at 0; then what a unit of level and of trend take from each.
    let mut states = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
    let mut sums = [[0.0; 3]; 3];
    for y in values {
        let mut errors = [0.0; 3];
        for (which, [level, trend]) in states.iter_mut().enumerate() {
            let next = *level + phi * *trend;
            let error = if which == 0 { y - next } else { -next };
            *level = next + alpha * error;
            *trend = phi * *trend + beta * error;
            errors[which] = error;
        }
        for (row, left) in sums.iter_mut().zip(errors) {
            for (sum, right) in row.iter_mut().zip(errors) {
                *sum += left * right;
            }
        }
    }
    let [[ee, el, et], [_, ll, lt], [_, _, tt]] = sums;
    let det = ll * tt - lt * lt;
    let (level, trend) = if det > 1e-9 * ll * tt {
        ((lt * et - tt * el) / det, (lt * el - ll * et) / det)
    } else {
        (-el / ll, 0.0)
    };
    let squares = ee + level * el + trend * et;
    (TrendState { alpha, beta, phi, level, trend }, squares)
}
