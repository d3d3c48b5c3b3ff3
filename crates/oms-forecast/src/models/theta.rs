//! The theta method: half a straight line, half a smoothed series with doubled curvature.
//!
//! Written as its equivalent state: a smoothed level with a drift of half the line's slope, and a correction for the
//! start. With a theta of 2 this is the standard theta method; the season is taken out by
//! [`Adjusted`](crate::Adjusted).
//!
//! # Source
//! Assimakopoulos and Nikolopoulos, 2000; the state is that of Fiorucci et al., *Models for optimising the theta method
//! and their relationship to state space models*, International Journal of Forecasting 32, 2016, the model STM.

use super::descent::least;
use super::dynamic_theta::ThetaState;
use super::state::{Rule, State};
use super::{Line, at_least, filled};
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
        least(0.1, 0.99, |alpha| Smoothed::of(values, line, weight, alpha).squares)
    }
}

impl Forecaster for Theta {
    fn name(&self) -> &str {
        "theta"
    }

    fn with_weights(&self, past: &Past<'_>) -> Option<Box<dyn Forecaster>> {
        let unknown = self.given.is_none() && self.learned.is_none() && past.values().len() > 2;
        unknown.then(|| Box::new(Self { learned: Some(self.weight(&filled(past))), ..*self }) as _)
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        at_least(3, past, self.name())?;
        let weight = 1.0 - 1.0 / self.theta;
        let (alpha, start) = self.given.unwrap_or_else(|| {
            let values = filled(past);
            let alpha = self.learned.unwrap_or_else(|| self.weight(&values));
            (alpha, Smoothed::of(&values, straight(&values), weight, alpha).start)
        });
        let end = ThetaState::straight(alpha, weight, start).over(past);
        Ok(Box::new(State::from(Rule::Theta(end))))
    }

    fn fit_each(
        &self,
        past: &Past<'_>,
        origins: &[usize],
    ) -> Result<Vec<Box<dyn Fitted>>, NotFitted> {
        let Some(alpha) = self.learned.filter(|_| past.seen().iter().all(|seen| *seen)) else {
            return origins.iter().map(|origin| self.fit(&past.first(*origin))).collect();
        };
        // A backtest asks for means alone, and these are a straight line whose state nobody has to carry on.
        let weight = 1.0 - 1.0 / self.theta;
        let ahead = |origin: &usize| {
            let past = past.first(*origin);
            at_least(3, &past, self.name())?;
            let line = straight(past.values());
            let end = Smoothed::of(past.values(), line, weight, alpha);
            let (fading, lasting) = drift(line, weight, alpha);
            let (level, trend) = (end.level + end.left * fading + lasting, weight * line.1);
            Ok(Box::new(Line { level: level - trend, trend }) as Box<dyn Fitted>)
        };
        origins.iter().map(ahead).collect()
    }
}

/// The straight line of the least squared error: its height before the first value, and its slope.
fn straight(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let (middle, mean) = (f64::midpoint(n, 1.0), values.iter().sum::<f64>() / n);
    let (mut sloped, mut off) = (0.0, 1.0 - middle);
    for y in values {
        sloped += off * (y - mean);
        off += 1.0;
    }
    let slope = sloped * 12.0 / (n * (n * n - 1.0));
    (mean - slope * middle, slope)
}

/// The end of values smoothed from the start of the least squared error.
struct Smoothed {
    start: f64,
    squares: f64,
    /// The level at the end, and what is left there of the start.
    level: f64,
    left: f64,
}

impl Smoothed {
    /// Errors of one step are linear in the start, so that it needs no search.
    fn of(values: &[f64], line: (f64, f64), weight: f64, alpha: f64) -> Self {
        // What the line adds to a step is `share · fading + lasting`, where `share` is what is left of the start.
        let (fading, lasting) = drift(line, weight, alpha);
        let (mut level, mut share, keep) = (0.0, 1.0, 1.0 - alpha);
        let (mut ee, mut es, mut ss) = (0.0, 0.0, 0.0);
        for y in values {
            let error = (y - lasting) - (level + share * fading);
            (ee, es, ss) = (ee + error * error, es + error * share, ss + share * share);
            level = keep * level + alpha * y;
            share *= keep;
        }
        let start = es / ss;
        Self { start, squares: ee - es * start, level: level + share * start, left: share }
    }
}

/// What a line adds to a step: the part of it that fades with the start, and the part that lasts.
fn drift((height, slope): (f64, f64), weight: f64, alpha: f64) -> (f64, f64) {
    let lasting = slope / alpha;
    (weight * (height - (1.0 - alpha) * lasting), weight * lasting)
}
