//! The dynamic optimised theta method (DOT): a smoothed level, and a share of a straight line that learns with every
//! value.
//!
//! The errors are linear in the first level and in the share `1 - 1/θ` of the line. So for each weight both have their
//! best values in closed form, and only the weight is searched.
//!
//! # Source
//! Fiorucci, Pellegrini, Louzada, Petropoulos and Koehler, *Models for optimising the theta method and their relationship
//! to state space models*, International Journal of Forecasting 32, 2016: DSTM and DOTM.

use super::descent::least;
use super::state::{Reader, Rule, State, StateError, Writer};
use super::{at_least, filled};
use crate::forecaster::{Fitted, Forecaster, NotFitted};
use crate::past::Past;

/// The first errors say more of the start than of the model: so many do not count.
const WARMING: usize = 3;
const LEAST: usize = 6;

/// The dynamic theta method, with weights that are given or learned, and a theta that is given or learned.
#[derive(Clone, Copy, Debug, Default)]
pub struct DynamicTheta {
    theta: Option<f64>,
    given: Option<(f64, f64)>,
}

impl DynamicTheta {
    /// With a theta of 2 (DSTM).
    #[must_use]
    pub fn standard() -> Self {
        Self { theta: Some(2.0), given: None }
    }

    /// With this theta (1 and more), weight of the newest value and level before the first value.
    #[must_use]
    pub fn with_state(theta: f64, alpha: f64, level: f64) -> Self {
        Self { theta: Some(theta.max(1.0)), given: Some((alpha.clamp(0.001, 1.0), level)) }
    }
}

/// The line of all values so far, and the smoothed level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ThetaState {
    /// Whether the line goes on to learn ahead, from what is expected.
    dynamic: bool,
    alpha: f64,
    weight: f64,
    level: f64,
    mean: f64,
    slope: f64,
    /// Values so far.
    count: f64,
    /// What is left of the start: `(1 - α)` to the number of values.
    left: f64,
}

impl ThetaState {
    pub(crate) fn new(alpha: f64, weight: f64, level: f64) -> Self {
        Self { dynamic: true, alpha, weight, level, mean: 0.0, slope: 0.0, count: 0.0, left: 1.0 }
    }

    /// What the line adds to the next step.
    fn drift(&self) -> f64 {
        let height = self.mean - f64::midpoint(self.count, 1.0) * self.slope;
        self.left * height + (1.0 - self.left * (1.0 - self.alpha)) / self.alpha * self.slope
    }

    /// With a line that stays as it is once it is forecast.
    pub(crate) fn straight(alpha: f64, weight: f64, level: f64) -> Self {
        Self { dynamic: false, ..Self::new(alpha, weight, level) }
    }

    /// Takes in a past.
    pub(crate) fn over(mut self, past: &Past<'_>) -> Self {
        let steps = past.values().iter().zip(past.seen());
        steps.for_each(|(y, seen)| self.update(seen.then_some(*y)));
        self
    }

    pub(crate) fn update(&mut self, y: Option<f64>) {
        self.take(y.unwrap_or_else(|| self.expected()));
    }

    pub(crate) fn mean(&self, horizon: usize) -> Vec<f64> {
        let mut state = *self;
        let (from, slope) = (self.drift(), self.weight * self.slope);
        let step = |ahead: usize| {
            if !self.dynamic {
                return self.level + self.weight * from + ahead as f64 * slope;
            }
            let expected = state.expected();
            state.take(expected);
            expected
        };
        (0..horizon).map(step).collect()
    }

    /// How large errors of a step ahead are beside those of a next one: each goes into the level by its weight.
    pub(crate) fn size(&self, ahead: usize) -> f64 {
        (1.0 + (ahead as f64 - 1.0) * self.alpha * self.alpha).sqrt()
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.byte(u8::from(self.dynamic));
        let Self { alpha, weight, level, mean, slope, count, left, .. } = *self;
        for number in [alpha, weight, level, mean, slope, count, left] {
            out.number(number);
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, StateError> {
        let dynamic = from.byte()?;
        let [alpha, weight, level] = [from.number()?, from.number()?, from.number()?];
        let [mean, slope] = [from.number()?, from.number()?];
        let [count, left] = [from.number()?, from.number()?];
        if dynamic > 1 || !(0.0..=1.0).contains(&alpha) || alpha == 0.0 || count < 0.0 {
            return Err(StateError::Bytes("weights or counts out of bounds"));
        }
        Ok(Self { dynamic: dynamic == 1, alpha, weight, level, mean, slope, count, left })
    }

    fn expected(&self) -> f64 {
        self.level + self.weight * self.drift()
    }

    fn take(&mut self, y: f64) {
        self.count += 1.0;
        let t = self.count;
        // Divisions hang on the count alone, so that none waits for the value before.
        let (share, next) = (1.0 / t, 1.0 / (t + 1.0));
        let off = y - self.mean;
        // One value has no slope.
        let keep = if t < 2.0 { 0.0 } else { (t - 2.0) * next };
        self.slope = keep * self.slope + if t < 2.0 { 0.0 } else { 6.0 * share * next } * off;
        self.mean += share * off;
        self.level += self.alpha * (y - self.level);
        self.left *= 1.0 - self.alpha;
    }
}

impl Forecaster for DynamicTheta {
    fn name(&self) -> &str {
        if self.theta.is_some() { "dynamic_theta" } else { "dot" }
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        at_least(if self.given.is_some() { 1 } else { LEAST }, past, self.name())?;
        let values = filled(past);
        let weight = self.theta.map(|theta| 1.0 - 1.0 / theta);
        let state = match self.given {
            Some((alpha, level)) => ThetaState::new(alpha, weight.unwrap_or(0.5), level),
            None => {
                let alpha = least(0.1, 0.99, |alpha| started(&values, alpha, weight).1);
                started(&values, alpha, weight).0
            }
        };
        Ok(Box::new(State::from(Rule::Theta(state.over(past)))))
    }
}

/// The start of the least squared error under a weight of the newest value, and that error.
fn started(values: &[f64], alpha: f64, weight: Option<f64>) -> (ThetaState, f64) {
    // From a level of 0: errors without a line, what a unit of level takes from each, and a whole line.
    let mut state = ThetaState::new(alpha, 0.0, 0.0);
    let (mut ee, mut el, mut ed, mut ll, mut ld, mut dd) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (step, y) in values.iter().enumerate() {
        let (error, left, drift) = (y - state.level, state.left, state.drift());
        if step >= WARMING {
            (ee, el, ed) = (ee + error * error, el + error * left, ed + error * drift);
            (ll, ld, dd) = (ll + left * left, ld + left * drift, dd + drift * drift);
        }
        state.take(*y);
    }
    let det = ll * dd - ld * ld;
    let weight = weight.unwrap_or_else(|| {
        if det > 1e-9 * ll * dd { ((ed * ll - el * ld) / det).clamp(0.0, 1.0) } else { 0.0 }
    });
    let level = if ll > 1e-300 { (el - weight * ld) / ll } else { 0.0 };
    let squares = ee - 2.0 * (level * el + weight * ed)
        + level * level * ll
        + 2.0 * level * weight * ld
        + weight * weight * dd;
    (ThetaState::new(alpha, weight, level), squares)
}
