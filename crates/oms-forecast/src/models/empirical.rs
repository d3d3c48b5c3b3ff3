//! What was, will be: the distribution of past values itself.
//!
//! On slow-moving items no smoothing beats it on quantiles. By place of the season it knows that Saturdays differ; with a
//! half-life it forgets.
//!
//! # Source
//! Hyndman and Fan, *Sample quantiles in statistical packages*, The American Statistician 50, 1996, definition 5, carried
//! over to weights.

use ndarray::Array2;

use super::at_least;
use crate::forecaster::{Fitted, Forecaster, NotFitted, Parts};
use crate::levels::Levels;
use crate::past::Past;

/// Quantiles of past values: of all, or of those at the same place of the season.
#[derive(Clone, Copy, Debug, Default)]
pub struct Empirical {
    seasonal: bool,
    half_life: Option<f64>,
}

impl Empirical {
    /// By place of the season; without two seasons of history, of all values.
    #[must_use]
    pub fn seasonal() -> Self {
        Self { seasonal: true, half_life: None }
    }

    /// The same, but a value counts half for each such number of steps that it is older. Below one step, one.
    #[must_use]
    pub fn with_half_life(self, steps: f64) -> Self {
        Self { half_life: Some(steps.max(1.0)), ..self }
    }
}

/// Distributions by place, that of the next step first.
#[derive(Debug)]
struct Places(Vec<Sample>);

/// Values from low to high, each with its weight.
#[derive(Debug)]
pub(crate) struct Sample {
    points: Vec<(f64, f64)>,
    total: f64,
}

impl Forecaster for Empirical {
    fn name(&self) -> &str {
        match (self.seasonal, self.half_life) {
            (false, None) => "empirical",
            (false, Some(_)) => "empirical_recent",
            (true, None) => "seasonal_empirical",
            (true, Some(_)) => "seasonal_empirical_recent",
        }
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        at_least(1, past, self.name())?;
        let (values, seen) = (past.values(), past.seen());
        let n = values.len();
        let places = if self.seasonal && n >= 2 * past.season() { past.season() } else { 1 };
        let mut points = vec![Vec::new(); places];
        for step in (0..n).filter(|step| seen[*step]) {
            let age = (n - step) as f64;
            let weight = self.half_life.map_or(1.0, |half| (-age / half).exp2().max(1e-12));
            points[(step + places - n % places) % places].push((values[step], weight));
        }
        let all = || (0..n).filter(|step| seen[*step]).map(|step| (values[step], 1.0)).collect();
        let known = points.into_iter().map(|points| if points.is_empty() { all() } else { points });
        let samples: Option<Vec<Sample>> = known.map(Sample::of).collect();
        samples.map(|samples| Box::new(Places(samples)) as Box<dyn Fitted>).ok_or_else(|| {
            NotFitted::TooShort { model: self.name().to_owned(), needed: 1, found: 0 }
        })
    }
}

impl Fitted for Places {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        let means: Vec<f64> = self.0.iter().map(Sample::mean).collect();
        means.into_iter().cycle().take(horizon).collect()
    }

    fn parts(&self, horizon: usize) -> Vec<Parts> {
        let all: f64 = self.0.iter().map(Sample::mean).sum();
        Parts::around(all / self.0.len() as f64, self.mean(horizon))
    }

    fn quantiles(&self, horizon: usize, levels: &Levels) -> Option<Array2<f64>> {
        let places: Vec<Vec<f64>> = self.0.iter().map(|sample| sample.quantiles(levels)).collect();
        Some(Array2::from_shape_fn((horizon, levels.len()), |(step, level)| {
            places[step % places.len()][level]
        }))
    }
}

impl Sample {
    /// A sample of values with weights above zero; `None` without a value.
    pub(crate) fn of(mut points: Vec<(f64, f64)>) -> Option<Self> {
        points.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = points.iter().map(|(_, weight)| weight).sum();
        (!points.is_empty() && total > 0.0).then_some(Self { points, total })
    }

    pub(crate) fn mean(&self) -> f64 {
        self.points.iter().map(|(value, weight)| value * weight).sum::<f64>() / self.total
    }

    /// The value with half of the weight on each side.
    pub(crate) fn median(&self) -> f64 {
        Levels::new(&[0.5]).map_or(0.0, |half| self.quantiles(&half)[0])
    }

    /// The quantile of one level, of any fineness.
    pub(crate) fn quantile(&self, level: f64) -> f64 {
        self.along(std::iter::once(level))[0]
    }

    /// Quantiles: each value stands at the middle of its weight, between two of them there is a straight line.
    pub(crate) fn quantiles(&self, levels: &Levels) -> Vec<f64> {
        self.along(levels.iter())
    }

    fn along(&self, levels: impl ExactSizeIterator<Item = f64>) -> Vec<f64> {
        let mut found = Vec::with_capacity(levels.len());
        let mut points = self.points.iter().copied();
        let (mut below, mut last) = (0.0, None::<(f64, f64)>);
        let mut next = points.next();
        for level in levels {
            let wanted = level * self.total;
            while let Some((value, weight)) = next {
                let middle = below + weight / 2.0;
                if middle >= wanted {
                    break;
                }
                (below, last, next) = (below + weight, Some((value, middle)), points.next());
            }
            found.push(match (last, next) {
                (Some((value, at)), Some((high, weight))) => {
                    let share = (wanted - at) / (below + weight / 2.0 - at);
                    // Rounding of giants must not lead past either of them.
                    (value + (high - value) * share.clamp(0.0, 1.0)).clamp(value, high)
                }
                (Some((value, _)), None) | (None, Some((value, _))) => value,
                (None, None) => 0.0,
            });
        }
        found
    }
}
