//! Whether there is a season, what it looks like, and how to take it out and put it back.
//!
//! # Source
//! The test at 90 % and the classical decomposition as in Assimakopoulos and Nikolopoulos, *The theta model*,
//! International Journal of Forecasting 16, 2000, and Fiorucci et al., *Models for optimising the theta method*, ibid. 32,
//! 2016.

use crate::forecaster::{Fitted, Forecaster, NotFitted, Parts};
use crate::models::{KeptSeason, State, filled};
use crate::past::Past;

/// The quantile of the normal distribution at 95 %: both sides of the test together leave 10 %.
const AT_95: f64 = 1.644_853_626_951_472_2;

/// Whether values a season apart go together more than chance would have it.
#[must_use]
pub fn is_seasonal(values: &[f64], season: usize) -> bool {
    let n = values.len();
    if season < 2 || n < 3 * season {
        return false;
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    let all: f64 = values.iter().map(|y| (y - mean) * (y - mean)).sum();
    // Smaller than rounding leaves of a constant: nothing goes together with nothing.
    if all <= 1e-18 * mean * mean * n as f64 {
        return false;
    }
    let lag = |lag: usize| {
        let pairs = values.iter().zip(&values[lag..]);
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / all
    };
    let before: f64 = (1..season).map(lag).map(|r| r * r).sum();
    lag(season).abs() > AT_95 * ((1.0 + 2.0 * before) / n as f64).sqrt()
}

/// What each place of a season has: factors around 1 where all values are above zero, else amounts around 0.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Season {
    pub(crate) indices: Vec<f64>,
    pub(crate) factors: bool,
}

impl Season {
    /// Classical decomposition: what is left beside a centered moving average, by place.
    pub(crate) fn of(values: &[f64], season: usize, factors: bool) -> Option<Self> {
        let n = values.len();
        if season < 2 || n < 2 * season {
            return None;
        }
        let (mut sums, mut counts) = (vec![0.0; season], vec![0_u32; season]);
        for (middle, average) in averages(values, season) {
            let part = match (factors, average > 0.0) {
                (true, true) => values[middle] / average,
                (true, false) => continue,
                (false, _) => values[middle] - average,
            };
            sums[middle % season] += part;
            counts[middle % season] += 1;
        }
        if counts.contains(&0) {
            return None;
        }
        let mut indices: Vec<f64> =
            sums.iter().zip(&counts).map(|(sum, count)| sum / f64::from(*count)).collect();
        let mean = indices.iter().sum::<f64>() / season as f64;
        for index in &mut indices {
            *index = if factors { *index / mean } else { *index - mean };
        }
        // A place that hardly sells would make a giant of its rare values.
        if factors && !indices.iter().all(|index| *index > 0.05 && index.is_finite()) {
            return None;
        }
        Some(Self { indices, factors })
    }

    /// What a step has.
    pub(crate) fn at(&self, step: usize) -> f64 {
        self.indices[step % self.indices.len()]
    }

    /// A value without its season.
    pub(crate) fn without(&self, step: usize, value: f64) -> f64 {
        if self.factors { value / self.at(step) } else { value - self.at(step) }
    }

    /// A value with its season again.
    pub(crate) fn with(&self, step: usize, value: f64) -> f64 {
        if self.factors { value * self.at(step) } else { value + self.at(step) }
    }
}

/// Moving averages over a season, each with the step in its middle; over an even season the ends count half.
fn averages(values: &[f64], season: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
    let half = season / 2;
    let width = season as f64;
    (half..values.len().saturating_sub(half)).map(move |middle| {
        let window = &values[middle - half..=middle + half];
        let mut sum: f64 = window.iter().sum();
        if season.is_multiple_of(2) {
            sum -= 0.5 * (values[middle - half] + values[middle + half]);
        }
        (middle, sum / width)
    })
}

/// A model without a season on what is left when a season, where the test finds one, is taken out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Adjusted<F>(
    /// The model.
    pub F,
);

#[derive(Debug)]
struct WithSeason {
    fitted: Box<dyn Fitted>,
    season: Season,
    from: usize,
}

impl<F: Forecaster> Forecaster for Adjusted<F> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        let values = &*filled(past);
        let factors = values.iter().all(|y| *y > 0.0);
        let season = is_seasonal(values, past.season())
            .then(|| Season::of(values, past.season(), factors))
            .flatten();
        let Some(season) = season else {
            return self.0.fit(past);
        };
        let rest: Vec<f64> =
            values.iter().enumerate().map(|(step, y)| season.without(step, *y)).collect();
        let fitted = self.0.fit(&past.with_values(&rest, 1))?;
        Ok(Box::new(WithSeason { fitted, season, from: values.len() }))
    }
}

impl Fitted for WithSeason {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        let rest = self.fitted.mean(horizon).into_iter().enumerate();
        rest.map(|(step, value)| self.season.with(self.from + step, value)).collect()
    }

    fn parts(&self, horizon: usize) -> Vec<Parts> {
        let mut parts = self.fitted.parts(horizon);
        for (step, part) in parts.iter_mut().enumerate() {
            let rest = part.sum();
            part.season += self.season.with(self.from + step, rest) - rest;
        }
        parts
    }

    fn state(&self) -> Option<State> {
        let mut state = self.fitted.state().filter(|state| state.season.is_none())?;
        let Season { indices, factors } = self.season.clone();
        let place = self.from % indices.len();
        state.season = Some(KeptSeason { factors, indices, place });
        Some(state)
    }
}
