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
    values.len() >= 3 * season && is_alike(values, season)
}

/// The same, without asking for three seasons.
fn is_alike(values: &[f64], season: usize) -> bool {
    let n = values.len();
    if season < 2 || n <= season {
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

    /// All values without their season.
    fn all_without(&self, values: &[f64]) -> Vec<f64> {
        values.iter().enumerate().map(|(step, y)| self.without(step, *y)).collect()
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

/// Seasons that a history shows beside the one it was said to have: what steps of its length are known for, a week of
/// hours, a year of weeks, and those that passed the test. Two seasons must have gone by, and half of one more.
///
/// # Cost
/// A look at each pair of steps up to a season apart, for each season.
pub(crate) fn further(past: &Past<'_>) -> Vec<usize> {
    let known: &[usize] = match past.freq() {
        "H" => &[24, 168],
        "D" => &[7],
        "W" => &[52],
        "M" => &[12],
        "Q" => &[4],
        _ if past.season() == 24 => &[168],
        _ => &[],
    };
    let n = past.values().len();
    let shown = known.iter().copied().filter(|season| {
        *season != past.season() && 2 * n >= 5 * season && is_alike(past.values(), *season)
    });
    shown.collect()
}

/// A model on a season of its own: taken out before, put back after.
#[derive(Debug)]
pub(crate) struct Long<F> {
    name: String,
    season: usize,
    rest: F,
}

impl<F: Forecaster> Long<F> {
    pub(crate) fn new(season: usize, rest: F) -> Self {
        Self { name: format!("{}_{season}", rest.name()), season, rest }
    }
}

impl<F: Forecaster> Forecaster for Long<F> {
    fn name(&self) -> &str {
        &self.name
    }

    fn learned(&self, past: &Past<'_>) -> Option<Box<dyn Forecaster>> {
        let values = past.values();
        let season = Season::of(values, self.season, values.iter().all(|y| *y > 0.0))?;
        let rest = self.rest.learned(&past.with_values(&season.all_without(values), 1))?;
        Some(Box::new(Long { name: self.name.clone(), season: self.season, rest }))
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        let values = past.values();
        let factors = values.iter().all(|y| *y > 0.0);
        let season = Season::of(values, self.season, factors);
        let season = season.ok_or_else(|| NotFitted::TooShort {
            model: self.name.clone(),
            needed: 2 * self.season,
            found: values.len(),
        })?;
        let rest = season.all_without(values);
        let fitted = self.rest.fit(&past.with_values(&rest, 1))?;
        Ok(Box::new(WithSeason { fitted, season, from: values.len() }))
    }
}

/// A model that is told another season.
#[derive(Debug)]
pub(crate) struct Told<F> {
    name: String,
    season: usize,
    model: F,
}

impl<F: Forecaster> Told<F> {
    pub(crate) fn new(season: usize, model: F) -> Self {
        Self { name: format!("{}_{season}", model.name()), season, model }
    }
}

impl<F: Forecaster> Forecaster for Told<F> {
    fn name(&self) -> &str {
        &self.name
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        self.model.fit(&past.with_values(past.values(), self.season))
    }
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

/// The season of values, where the test finds one.
fn shown(values: &[f64], season: usize) -> Option<Season> {
    let factors = values.iter().all(|y| *y > 0.0);
    is_seasonal(values, season).then(|| Season::of(values, season, factors)).flatten()
}

impl<F: Forecaster> Forecaster for Adjusted<F> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn learned(&self, past: &Past<'_>) -> Option<Box<dyn Forecaster>> {
        let values = &*filled(past);
        let rest = match shown(values, past.season()) {
            Some(season) => self.0.learned(&past.with_values(&season.all_without(values), 1)),
            None => self.0.learned(past),
        };
        Some(Box::new(Adjusted(rest?)))
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        let values = &*filled(past);
        let Some(season) = shown(values, past.season()) else {
            return self.0.fit(past);
        };
        let rest = season.all_without(values);
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
