//! ARIMA: values that hang on values and errors before, after differences.
//!
//! [`Arima`] has given orders, [`AutoArima`] those of the least corrected criterion of Akaike that a search by steps finds. A
//! value that is missing teaches nothing, and neither does a difference that needs it; what was expected stands in for it
//! where later ones are summed up.
//!
//! # Source
//! Box and Jenkins, *Time Series Analysis: Forecasting and Control*, 1970; see the files of its parts.

mod choose;
mod filter;
mod fit;
mod order;

use ndarray::Array2;
use oms_learn::normal_quantile;

pub(crate) use self::order::MOST_SEASON;
pub use self::order::{ArimaCoefficients, ArimaOrder};

use self::filter::{Expected, Filter, Sums, responses};
use self::fit::{Differenced, Room};
use self::order::{summed, unsuited};
use super::filled;
use crate::forecaster::{Fitted, Forecaster, NotFitted, Parts};
use crate::levels::Levels;
use crate::past::Past;

/// ARIMA of given orders, with coefficients that are given, or with those of the greatest likelihood.
///
/// # Example
/// ```
/// use oms_forecast::{Arima, ArimaCoefficients, ArimaOrder, Fitted, Forecaster, Series};
///
/// let order = ArimaOrder { ar: 1, ..ArimaOrder::default() };
/// let half = ArimaCoefficients { ar: vec![0.5], ..ArimaCoefficients::default() };
/// let series = Series::new("MILK", 1, [1.0, -2.0, 4.0].map(Some))?;
/// let fitted = Arima::with_coefficients(order, half).fit(&series.past())?;
/// assert_eq!(fitted.mean(2), [2.0, 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Arima {
    order: ArimaOrder,
    coefficients: Option<ArimaCoefficients>,
}

impl Arima {
    /// Of these orders, learned.
    #[must_use]
    pub fn new(order: ArimaOrder) -> Self {
        Self { order, coefficients: None }
    }

    /// With these coefficients. The mean, where there is one, and the variance are still learned.
    #[must_use]
    pub fn with_coefficients(order: ArimaOrder, coefficients: ArimaCoefficients) -> Self {
        Self { order, coefficients: Some(coefficients) }
    }

    /// The logarithm of the likelihood of what differences leave, at the mean and the variance under which it is greatest.
    ///
    /// # Errors
    /// [`NotFitted`] as for a fit.
    ///
    /// # Cost
    /// One pass of the filter: for each value the square of the states, of which there are as many as the longest lag.
    pub fn likelihood(&self, past: &Past<'_>) -> Result<f64, NotFitted> {
        let values = Values::of(past);
        let coefficients = self.learned(&values, past)?;
        let differenced = Differenced::of(&values.y, &self.order, past.season());
        let sums = differenced.sums(&coefficients).ok_or_else(none)?;
        Ok(-0.5 * sums.cost(self.order.constant) - sums.count * values.unit.ln())
    }

    /// The coefficients, as they were given or as this past teaches them.
    ///
    /// # Errors
    /// [`NotFitted`] as for a fit.
    pub fn coefficients(&self, past: &Past<'_>) -> Result<ArimaCoefficients, NotFitted> {
        self.learned(&Values::of(past), past)
    }

    fn learned(&self, values: &Values, past: &Past<'_>) -> Result<ArimaCoefficients, NotFitted> {
        let order = self.order.checked(past.season())?;
        if let Some(given) = &self.coefficients {
            let refused =
                "its coefficients are not as many as its orders, or values not stationary";
            return if given.suit(&order) { Ok(given.clone()) } else { Err(unsuited(refused)) };
        }
        let differenced = Differenced::of(&values.y, &order, past.season());
        let found = fit::by_squares(&differenced, order, &mut Room::default());
        let found = found.map(|found| fit::by_likelihood(&differenced, found));
        found.map(|found| found.coefficients).ok_or_else(none)
    }
}

impl Forecaster for Arima {
    fn name(&self) -> &str {
        "arima"
    }

    fn with_weights(&self, past: &Past<'_>) -> Option<Box<dyn Forecaster>> {
        if self.coefficients.is_some() {
            return None;
        }
        let coefficients = Some(self.coefficients(past).ok()?);
        Some(Box::new(Self { coefficients, ..self.clone() }))
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        let values = Values::of(past);
        let coefficients = self.learned(&values, past)?;
        let ends = [past.values().len()];
        let mut ahead = ahead(&values, past.season(), self.order, &coefficients, &ends)?;
        ahead.pop().ok_or_else(none)
    }

    fn fit_each(
        &self,
        past: &Past<'_>,
        origins: &[usize],
    ) -> Result<Vec<Box<dyn Fitted>>, NotFitted> {
        if self.coefficients.is_none() {
            return origins.iter().map(|origin| self.fit(&past.first(*origin))).collect();
        }
        // All states lie on the way of one pass.
        let first = past.first(origins.first().copied().unwrap_or_default().max(1));
        let values = Values::in_unit(past, Values::of(&first).unit);
        let coefficients = self.learned(&values, past)?;
        ahead(&values, past.season(), self.order, &coefficients, origins)
    }
}

/// ARIMA whose orders are found on the past: differences by tests, the rest by a search by steps.
///
/// # Cost
/// Up to 40 fits by squares, one by likelihood.
#[derive(Clone, Copy, Debug, Default)]
pub struct AutoArima;

impl AutoArima {
    /// The orders that suit this past best.
    ///
    /// # Errors
    /// [`NotFitted`] as for a fit.
    pub fn order(past: &Past<'_>) -> Result<ArimaOrder, NotFitted> {
        found(past).map(|found| found.order)
    }
}

impl Forecaster for AutoArima {
    fn name(&self) -> &str {
        "auto_arima"
    }

    fn with_weights(&self, past: &Past<'_>) -> Option<Box<dyn Forecaster>> {
        found(past).ok().map(|found| Box::new(found) as _)
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        found(past)?.fit(past)
    }
}

/// The best orders with their coefficients.
fn found(past: &Past<'_>) -> Result<Arima, NotFitted> {
    let values = Values::of(past);
    let stand_ins: Vec<f64> = filled(past).iter().map(|y| y / values.unit).collect();
    let found = choose::chosen(&values.y, &stand_ins, past.season()).ok_or_else(none)?;
    Ok(Arima::with_coefficients(found.order, found.coefficients))
}

fn none() -> NotFitted {
    unsuited("too few values side by side")
}

/// Values in a unit of their own size; those that were not seen are not numbers.
struct Values {
    y: Vec<f64>,
    unit: f64,
}

impl Values {
    fn of(past: &Past<'_>) -> Self {
        let (sum, count) = past.known().fold((0.0, 0.0), |(sum, n), y| (sum + y.abs(), n + 1.0));
        let unit = sum / count;
        Self::in_unit(past, if unit > 0.0 && unit.is_finite() { unit } else { 1.0 })
    }

    fn in_unit(past: &Past<'_>, unit: f64) -> Self {
        let steps = past.values().iter().zip(past.seen());
        Self { y: steps.map(|(y, seen)| if *seen { y / unit } else { f64::NAN }).collect(), unit }
    }
}

/// What is known at some numbers of steps, in one pass over all.
fn ahead(
    values: &Values,
    season: usize,
    order: ArimaOrder,
    coefficients: &ArimaCoefficients,
    ends: &[usize],
) -> Result<Vec<Box<dyn Fitted>>, NotFitted> {
    let lost = order.lost(season);
    let past = Differenced::of(&values.y, &order, season);
    let (of_values, of_errors) = (coefficients.of_values(season), coefficients.of_errors(season));
    let mut filter = Filter::new(&of_values, &of_errors).ok_or_else(none)?;
    let sum = summed(&order, season);
    let (mut sums, mut seen) = (Sums::default(), 0);
    let mut expected: Vec<Expected> = Vec::with_capacity(past.values.len());
    let mut all: Vec<Box<dyn Fitted>> = Vec::with_capacity(ends.len());
    for &end in ends {
        let end = end.min(values.y.len());
        for &value in past.values.get(seen..end.saturating_sub(lost)).unwrap_or_default() {
            let now = (!value.is_nan()).then_some(value);
            expected.push(filter.expected());
            now.into_iter().for_each(|now| sums.add(now, filter.expected()));
            filter.step(now);
            seen += 1;
        }
        let free = sums.count - order.learned() as f64 + 1.0;
        if end <= lost || free < 1.0 {
            return Err(none());
        }
        let mean = if order.constant { sums.mean() } else { 0.0 };
        let known = &values.y[..end];
        let tail = if known.iter().any(|y| y.is_nan()) {
            stood_in(known, &expected, mean, &sum, season)
        } else {
            known.to_vec()
        };
        let ahead = Ahead {
            unit: values.unit,
            mean,
            state: filter.around(mean),
            variance: sums.squares(order.constant) / free,
            values: of_values.clone(),
            errors: of_errors.clone(),
            tail: tail[end - lost..].to_vec(),
            sum: sum.clone(),
            season: if order.is_seasonal() { season.max(1) } else { 1 },
        };
        all.push(Box::new(ahead));
    }
    Ok(all)
}

/// Values with what was expected at steps that nobody saw; before anything is, that of a season before, else the last.
fn stood_in(
    known: &[f64],
    expected: &[Expected],
    mean: f64,
    sum: &[f64],
    season: usize,
) -> Vec<f64> {
    let first = known.iter().copied().find(|y| !y.is_nan()).unwrap_or_default();
    let mut all: Vec<f64> = Vec::with_capacity(known.len());
    for (step, y) in known.iter().enumerate() {
        let value = if !y.is_nan() {
            *y
        } else if let Some(its) = step.checked_sub(sum.len()).and_then(|at| expected.get(at)) {
            let carried: f64 = sum.iter().zip(all.iter().rev()).map(|(by, y)| by * y).sum();
            its.value + mean * (1.0 - its.one) + carried
        } else {
            let before = step.checked_sub(season).or(step.checked_sub(1));
            before.map_or(first, |before| all[before])
        };
        all.push(value);
    }
    all
}

/// A model at the end of a past. Values are `unit` times larger outside.
#[derive(Debug)]
struct Ahead {
    unit: f64,
    mean: f64,
    /// What differences, less their mean, are expected to be: the next one first.
    state: Vec<f64>,
    /// Of one step.
    variance: f64,
    values: Vec<f64>,
    errors: Vec<f64>,
    /// The last values, as many as differences take away, and how they sum up.
    tail: Vec<f64>,
    sum: Vec<f64>,
    season: usize,
}

impl Ahead {
    /// What an error adds to the values after it, differences summed up.
    fn responses(&self, horizon: usize) -> Vec<f64> {
        let mut all = responses(&self.values, &self.errors, horizon);
        for step in 0..horizon {
            let carried: f64 =
                self.sum.iter().zip(all[..step].iter().rev()).map(|(by, r)| by * r).sum();
            all[step] += carried;
        }
        all
    }
}

impl Fitted for Ahead {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        let (mut state, mut y) = (self.state.clone(), self.tail.clone());
        y.reserve(horizon);
        for _ in 0..horizon {
            let carried: f64 = self.sum.iter().zip(y.iter().rev()).map(|(by, y)| by * y).sum();
            y.push(self.mean + state[0] + carried);
            filter::moved(&mut state, &self.values);
        }
        y[self.tail.len()..].iter().map(|y| self.unit * y).collect()
    }

    fn quantiles(&self, horizon: usize, levels: &Levels) -> Option<Array2<f64>> {
        let at: Vec<f64> = levels.iter().map(normal_quantile).collect();
        let means = self.mean(horizon);
        let mut squares = 0.0;
        let sizes = self.responses(horizon).into_iter().map(|response| {
            squares += response * response;
            self.unit * (self.variance * squares).sqrt()
        });
        let sizes: Vec<f64> = sizes.collect();
        Some(Array2::from_shape_fn((horizon, levels.len()), |(step, level)| {
            means[step] + at[level] * sizes[step]
        }))
    }

    fn total(&self, steps: usize, levels: &Levels) -> Option<Vec<f64>> {
        let mean: f64 = self.mean(steps).iter().sum();
        // An error of a step counts in it and in all after it.
        let (mut worth, mut squares) = (0.0, 0.0);
        for response in self.responses(steps) {
            worth += response;
            squares += worth * worth;
        }
        let size = self.unit * (self.variance * squares).sqrt();
        Some(levels.iter().map(|level| mean + size * normal_quantile(level)).collect())
    }

    /// Its equation knows no parts: the season is what a step is beside the mean of a season around it, the trend what
    /// that mean has gained since the first season.
    fn parts(&self, horizon: usize) -> Vec<Parts> {
        let means = self.mean(horizon + self.season);
        let around = |step: usize| {
            let from = step.saturating_sub((self.season - 1) / 2);
            let season = means[from..].iter().take(self.season);
            season.sum::<f64>() / self.season as f64
        };
        let level = around(0);
        let part = |step: usize| {
            let near = around(step);
            Parts { level, trend: near - level, season: means[step] - near, ..Parts::default() }
        };
        (0..horizon).map(part).collect()
    }
}
