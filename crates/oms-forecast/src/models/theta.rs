//! The theta method: half a straight line, half a smoothed series with doubled curvature.
//!
//! Written as its equivalent state: a smoothed level with a drift of half the line's slope, and a correction for the
//! start. With a theta of 2 this is the standard theta method; the season is taken out by
//! [`Adjusted`](crate::Adjusted).
//!
//! # Source
//! Assimakopoulos and Nikolopoulos, 2000; the state is that of Fiorucci et al., *Models for optimising the theta method
//! and their relationship to state space models*, International Journal of Forecasting 32, 2016, the model STM.

use super::dynamic_theta::ThetaState;
use super::state::{Rule, State};
use super::{at_least, filled, least};
use crate::forecaster::{Fitted, Forecaster, NotFitted};
use crate::past::Past;

/// The theta method, with weights that are given, or with the weight and start of the least squared error.
#[derive(Clone, Copy, Debug)]
pub struct Theta {
    theta: f64,
    given: Option<(f64, f64)>,
    /// A weight with the start of the least squared error.
    learned: Option<f64>,
}

impl Default for Theta {
    fn default() -> Self {
        Self { theta: 2.0, given: None, learned: None }
    }
}

impl Theta {
    /// With this theta (1 and more), weight of the newest value and level before the first value.
    #[must_use]
    pub fn with_state(theta: f64, alpha: f64, level: f64) -> Self {
        let given = Some((alpha.clamp(0.001, 1.0), level));
        Self { theta: theta.max(1.0), given, learned: None }
    }
}

impl Theta {
    /// The weight of the newest value under which the squared error is least.
    fn weight(&self, values: &[f64]) -> f64 {
        let (line, weight) = (straight(values), 1.0 - 1.0 / self.theta);
        least(0.1, 0.99, |alpha| smoothed(values, line, weight, alpha).1)
    }
}

impl Forecaster for Theta {
    fn name(&self) -> &str {
        "theta"
    }

    fn learned(&self, past: &Past<'_>) -> Option<Box<dyn Forecaster>> {
        let unknown = self.given.is_none() && self.learned.is_none() && past.values().len() > 2;
        unknown.then(|| Box::new(Self { learned: Some(self.weight(&filled(past))), ..*self }) as _)
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        at_least(3, past, self.name())?;
        let weight = 1.0 - 1.0 / self.theta;
        let (alpha, start) = self.given.unwrap_or_else(|| {
            let values = filled(past);
            let alpha = self.learned.unwrap_or_else(|| self.weight(&values));
            (alpha, smoothed(&values, straight(&values), weight, alpha).0)
        });
        let end = ThetaState::straight(alpha, weight, start).over(past);
        Ok(Box::new(State::from(Rule::Theta(end))))
    }
}

/// The straight line of the least squared error: its height before the first value, and its slope.
fn straight(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let (middle, mean) = (f64::midpoint(n, 1.0), values.iter().sum::<f64>() / n);
    let sloped: f64 =
        (1_u32..).zip(values).map(|(t, y)| (f64::from(t) - middle) * (y - mean)).sum();
    let slope = sloped * 12.0 / (n * (n * n - 1.0));
    (mean - slope * middle, slope)
}

/// The start of the least squared error of one step, and that error.
fn smoothed(values: &[f64], (start, slope): (f64, f64), weight: f64, alpha: f64) -> (f64, f64) {
    let (mut level, mut share) = (0.0, 1.0);
    let (mut ee, mut es, mut ss) = (0.0, 0.0, 0.0);
    for y in values {
        // `share` is also what time has left of the line's start.
        let drift = weight * (share * start + (1.0 - share * (1.0 - alpha)) / alpha * slope);
        let error = y - level - drift;
        (ee, es, ss) = (ee + error * error, es + error * share, ss + share * share);
        level += alpha * (y - level);
        share *= 1.0 - alpha;
    }
    let first = es / ss;
    (first, ee - es * first)
}
