//! Coefficients of given orders: first those of the least conditional squares, which are cheap, then those of the greatest
//! likelihood from there on.
//!
//! # Source
//! Box and Jenkins, *Time Series Analysis: Forecasting and Control*, 1970, chapter 7; partial autocorrelations as what is
//! free: Monahan, *A note on enforcing stationarity in autoregressive-moving average models*, Biometrika 71, 1984.

use super::filter::{Filter, Sums};
use super::order::{ArimaCoefficients, ArimaOrder};
use crate::models::descent::descend;

/// Free numbers from which a search begins: of values and of errors before, the first of each; others begin near none.
const STARTS: [f64; 3] = [0.1, 0.5, 1.2];
const SIGNED: [f64; 4] = [0.6, 0.2, -0.2, -0.6];
const NEAR: f64 = 0.05;
/// Between free numbers whose difference in worth stands for its slope.
const APART: f64 = 1e-5;
/// Values times states² up to which the likelihood itself is searched: beyond it the start tells little, and squares do.
const MOST_EXACT: usize = 200_000;

/// Differences of a past, and their season.
#[derive(Debug)]
pub(crate) struct Differenced {
    /// What was not seen, or hangs on what was not, is not a number.
    pub(crate) values: Vec<f64>,
    pub(crate) season: usize,
}

impl Differenced {
    pub(crate) fn of(y: &[f64], order: &ArimaOrder, season: usize) -> Self {
        let mut values = y.to_vec();
        let lags = std::iter::repeat_n(season, order.seasonal_differences)
            .chain(std::iter::repeat_n(1, order.differences));
        for lag in lags {
            let later = values.get(lag..).unwrap_or_default();
            values = later.iter().zip(&values).map(|(now, before)| now - before).collect();
        }
        Self { values, season }
    }

    fn known(&self) -> impl Iterator<Item = f64> + '_ {
        self.values.iter().copied().filter(|value| !value.is_nan())
    }

    /// Whether they are all one value, as far as doubles can tell from values of size 1.
    pub(crate) fn is_flat(&self) -> bool {
        let (low, high) = self
            .known()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
        high - low <= 1e-12
    }

    /// Their likelihood under coefficients. `None` where there is none.
    pub(crate) fn sums(&self, coefficients: &ArimaCoefficients) -> Option<Sums> {
        let values = coefficients.of_values(self.season);
        let mut filter = Filter::new(&values, &coefficients.of_errors(self.season))?;
        let mut sums = Sums::default();
        for &value in &self.values {
            let seen = (!value.is_nan()).then_some(value);
            seen.into_iter().for_each(|seen| sums.add(seen, filter.expected()));
            filter.step(seen);
        }
        (sums.count > 0.0).then_some(sums)
    }
}

/// Orders with coefficients.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) order: ArimaOrder,
    pub(crate) coefficients: ArimaCoefficients,
    free: Vec<f64>,
    /// Akaike's criterion, corrected for few values.
    pub(crate) aicc: f64,
}

/// Room that searches share.
#[derive(Debug, Default)]
pub(crate) struct Room {
    squares: Vec<f64>,
    before: Vec<f64>,
}

/// Fits orders by least conditional squares. `None` where there are too few values for them.
///
/// # Cost
/// Some hundred passes, each of one product for each coefficient and value.
pub(crate) fn by_squares(past: &Differenced, order: ArimaOrder, room: &mut Room) -> Option<Found> {
    let count = past.known().count();
    let first = order.ar + order.seasonal_ar * past.season;
    if count < order.learned() + 2 + first / 2 {
        return None;
    }
    let mean = if order.constant { past.known().sum::<f64>() / count as f64 } else { 0.0 };
    let moved: Vec<f64> =
        past.values.iter().map(|y| if y.is_nan() { 0.0 } else { y - mean }).collect();
    let weight = (moved.len() - first.min(moved.len() - 1)) as f64;
    let mut worth = |free: &[f64]| {
        let coefficients = ArimaCoefficients::from_free(&order, free);
        weight * squares(&moved, &coefficients, past.season, room).max(f64::MIN_POSITIVE).ln()
    };
    let mut best = (f64::INFINITY, vec![0.0; order.coefficients()]);
    for free in starts(&order) {
        let found = worth(&free);
        if found < best.0 {
            best = (found, free);
        }
    }
    let mut free = best.1;
    descend(&mut free, 1e-2, 30, |at, slope| sloped(at, slope, &mut worth));
    found(past, order, free)
}

/// The same orders with the coefficients of the greatest likelihood, where that can be searched in bounded time.
pub(crate) fn by_likelihood(past: &Differenced, found_before: Found) -> Found {
    let order = found_before.order;
    let values = order.ar + order.seasonal_ar * past.season;
    let states = values.max(order.ma + order.seasonal_ma * past.season + 1);
    if past.values.len() * states * states > MOST_EXACT || order.coefficients() == 0 {
        return found_before;
    }
    let mut worth = |free: &[f64]| {
        let sums = past.sums(&ArimaCoefficients::from_free(&order, free));
        sums.map_or(f64::INFINITY, |sums| sums.cost(order.constant))
    };
    let mut free = found_before.free.clone();
    descend(&mut free, 1e-3, 30, |at, slope| sloped(at, slope, &mut worth));
    let better = found(past, order, free).filter(|better| better.aicc <= found_before.aicc);
    better.unwrap_or(found_before)
}

fn found(past: &Differenced, order: ArimaOrder, free: Vec<f64>) -> Option<Found> {
    let coefficients = ArimaCoefficients::from_free(&order, &free);
    let sums = past.sums(&coefficients)?;
    let (n, k) = (sums.count, order.learned() as f64);
    let aicc = sums.cost(order.constant) + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0);
    (n > k + 1.0 && aicc < f64::INFINITY).then_some(Found { order, coefficients, free, aicc })
}

/// Worth at a point, and its slopes by differences.
fn sloped(at: &[f64], slopes: &mut [f64], worth: &mut impl FnMut(&[f64]) -> f64) -> f64 {
    let here = worth(at);
    if here.is_finite() {
        let mut beside = at.to_vec();
        for (which, slope) in slopes.iter_mut().enumerate() {
            beside[which] += APART;
            *slope = (worth(&beside) - here) / APART;
            beside[which] = at[which];
        }
    }
    here
}

/// Points from which a search may begin: all pairs for steps, and all for seasons beside the first of them.
fn starts(order: &ArimaOrder) -> impl Iterator<Item = Vec<f64>> {
    let order = *order;
    let count = |there: usize, all: usize| if there > 0 { all } else { 1 };
    let values = count(order.ar, STARTS.len());
    let errors = count(order.ma, SIGNED.len());
    let seasons = count(order.seasonal_ar, STARTS.len()) * count(order.seasonal_ma, SIGNED.len());
    (0..values * errors * seasons).map(move |mut rank| {
        let mut next = |there: usize, from: &[f64], free: &mut Vec<f64>| {
            if there > 0 {
                free.push(from[rank % from.len()]);
                rank /= from.len();
                free.extend(std::iter::repeat_n(NEAR, there - 1));
            }
        };
        let mut free = Vec::with_capacity(order.coefficients());
        next(order.ar, &STARTS, &mut free);
        next(order.ma, &SIGNED, &mut free);
        next(order.seasonal_ar, &STARTS, &mut free);
        next(order.seasonal_ma, &SIGNED, &mut free);
        free
    })
}

/// Squared errors after the values that have too few before them; errors before those are none.
fn squares(moved: &[f64], by: &ArimaCoefficients, season: usize, room: &mut Room) -> f64 {
    let Room { squares: errors, before } = room;
    errors.clear();
    errors.extend_from_slice(moved);
    for (weights, lag) in [(&by.ar, 1), (&by.seasonal_ar, season)] {
        before.clone_from(errors);
        for (weight, lag) in weights.iter().zip((1..).map(|count| count * lag)) {
            let later = errors.get_mut(lag..).unwrap_or_default();
            later.iter_mut().zip(&*before).for_each(|(error, before)| *error -= weight * before);
        }
    }
    let first = (by.ar.len() + by.seasonal_ar.len() * season).min(errors.len());
    errors[..first].fill(0.0);
    for (weights, lag) in [(&by.seasonal_ma, season), (&by.ma, 1)] {
        if weights.is_empty() {
            continue;
        }
        for step in lag..errors.len() {
            let carried: f64 = weights
                .iter()
                .zip((1..).map(|count| count * lag))
                .filter_map(|(weight, lag)| step.checked_sub(lag).map(|at| weight * errors[at]))
                .sum();
            errors[step] -= carried;
        }
    }
    errors.iter().map(|error| error * error).sum()
}
