//! Which ARIMA model: orders and differences, and what they weigh.

use std::fmt;

use crate::forecaster::NotFitted;

/// Bounds of orders and of differences.
const MOST_ORDER: usize = 5;
const MOST_DIFFERENCES: usize = 2;
/// The longest season that is modelled; beyond it a state grows too large.
pub(crate) const MOST_SEASON: usize = 24;

/// Orders of a model ARIMA(p,d,q)(P,D,Q): how many values and errors before count, step by step and season by season, and
/// how often differences are taken first.
///
/// # Example
/// ```
/// use oms_forecast::ArimaOrder;
///
/// let airline = ArimaOrder { differences: 1, ma: 1, seasonal_differences: 1, seasonal_ma: 1, ..ArimaOrder::default() };
/// assert_eq!(airline.to_string(), "(0,1,1)(0,1,1)");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArimaOrder {
    /// Values before that count: p, at most 5.
    pub ar: usize,
    /// Differences from step to step: d, at most 2.
    pub differences: usize,
    /// Errors before that count: q, at most 5.
    pub ma: usize,
    /// Values seasons before that count: P, at most 2.
    pub seasonal_ar: usize,
    /// Differences from season to season: D, at most 1.
    pub seasonal_differences: usize,
    /// Errors seasons before that count: Q, at most 2.
    pub seasonal_ma: usize,
    /// Whether the mean of what is left after differences is learned; else it is zero.
    pub constant: bool,
}

impl ArimaOrder {
    /// Numbers that are learned, the variance among them.
    pub(crate) fn learned(&self) -> usize {
        self.coefficients() + usize::from(self.constant) + 1
    }

    pub(crate) fn coefficients(&self) -> usize {
        self.ar + self.ma + self.seasonal_ar + self.seasonal_ma
    }

    /// Whether the season counts.
    pub(super) fn is_seasonal(&self) -> bool {
        self.seasonal_ar + self.seasonal_differences + self.seasonal_ma > 0
    }

    /// Values that differences take away.
    pub(crate) fn lost(&self, season: usize) -> usize {
        self.differences + self.seasonal_differences * season
    }

    /// Refuses orders out of bounds, and a season where there is none, or one too long.
    pub(crate) fn checked(self, season: usize) -> Result<Self, NotFitted> {
        let within = self.ar.max(self.ma) <= MOST_ORDER
            && self.differences <= MOST_DIFFERENCES
            && self.seasonal_ar.max(self.seasonal_ma) <= 2
            && self.seasonal_differences <= 1;
        let why = if !within {
            "orders go to 5, differences to 2, those of the season to 2 and to 1"
        } else if self.is_seasonal() && !(2..=MOST_SEASON).contains(&season) {
            "its season needs 2 to 24 steps"
        } else {
            return Ok(self);
        };
        Err(unsuited(why))
    }
}

pub(crate) fn unsuited(why: &str) -> NotFitted {
    NotFitted::Unsuited { model: "arima".to_owned(), why: why.to_owned() }
}

impl fmt::Display for ArimaOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({},{},{})", self.ar, self.differences, self.ma)?;
        if self.is_seasonal() {
            write!(f, "({},{},{})", self.seasonal_ar, self.seasonal_differences, self.seasonal_ma)?;
        }
        if self.constant { f.write_str("+c") } else { Ok(()) }
    }
}

/// What values and errors before weigh: `w(t) = Σ ar(i)·w(t-i) + e(t) + Σ ma(i)·e(t-i)` of values less their mean, and the
/// same with seasonal ones, multiplied.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArimaCoefficients {
    /// Of values one, two and more steps before.
    pub ar: Vec<f64>,
    /// Of errors before.
    pub ma: Vec<f64>,
    /// Of values one, two seasons before.
    pub seasonal_ar: Vec<f64>,
    /// Of errors seasons before.
    pub seasonal_ma: Vec<f64>,
}

impl ArimaCoefficients {
    /// Coefficients from partial autocorrelations, the tangent of each of which is free: values are always stationary and
    /// errors invertible.
    pub(crate) fn from_free(order: &ArimaOrder, free: &[f64]) -> Self {
        let (ar, rest) = free.split_at(order.ar);
        let (ma, rest) = rest.split_at(order.ma);
        let (seasonal_ar, seasonal_ma) = rest.split_at(order.seasonal_ar);
        let minus = |free| from_partial(free).into_iter().map(|weight| -weight).collect();
        Self {
            ar: from_partial(ar),
            ma: minus(ma),
            seasonal_ar: from_partial(seasonal_ar),
            seasonal_ma: minus(seasonal_ma),
        }
    }

    /// Whether there are as many as the orders ask for, and values are stationary under them.
    pub(crate) fn suit(&self, order: &ArimaOrder) -> bool {
        let counts = [self.ar.len(), self.ma.len(), self.seasonal_ar.len(), self.seasonal_ma.len()];
        let mut all =
            self.ar.iter().chain(&self.ma).chain(&self.seasonal_ar).chain(&self.seasonal_ma);
        counts == [order.ar, order.ma, order.seasonal_ar, order.seasonal_ma]
            && all.all(|weight| weight.is_finite())
            && is_stationary(&self.ar)
            && is_stationary(&self.seasonal_ar)
    }

    /// Weights of values one, two and more steps before, both kinds multiplied.
    pub(crate) fn of_values(&self, season: usize) -> Vec<f64> {
        product(&self.ar, &self.seasonal_ar, season, -1.0)
    }

    /// The same of errors.
    pub(crate) fn of_errors(&self, season: usize) -> Vec<f64> {
        product(&self.ma, &self.seasonal_ma, season, 1.0)
    }
}

/// The largest partial autocorrelation that a search may come to.
const MOST_PARTIAL: f64 = 0.99;

/// Weights whose partial autocorrelations are the tangents of these, by the recursion of Durbin and Levinson.
fn from_partial(free: &[f64]) -> Vec<f64> {
    let mut weights: Vec<f64> = Vec::with_capacity(free.len());
    for free in free {
        let partial = MOST_PARTIAL * free.tanh();
        let turned: Vec<f64> = weights.iter().rev().copied().collect();
        weights.iter_mut().zip(turned).for_each(|(weight, other)| *weight -= partial * other);
        weights.push(partial);
    }
    weights
}

/// Whether all partial autocorrelations are below 1: the same recursion, backwards.
fn is_stationary(weights: &[f64]) -> bool {
    let mut weights = weights.to_vec();
    while let Some(partial) = weights.pop() {
        if partial.abs() >= 1.0 {
            return false;
        }
        let turned: Vec<f64> = weights.iter().rev().copied().collect();
        let room = 1.0 - partial * partial;
        for (weight, other) in weights.iter_mut().zip(turned) {
            *weight = (*weight + partial * other) / room;
        }
    }
    true
}

/// Weights of the product of `1 + sign·Σ steps(i)·Bⁱ` and the same of seasons.
fn product(steps: &[f64], seasons: &[f64], season: usize, sign: f64) -> Vec<f64> {
    let mut all = vec![0.0; steps.len() + seasons.len() * season];
    all[..steps.len()].copy_from_slice(steps);
    for (weight, at) in seasons.iter().zip((1..).map(|count| count * season)) {
        all[at - 1] += weight;
        for (step, other) in steps.iter().enumerate() {
            all[at + step] += sign * weight * other;
        }
    }
    all
}

/// Weights of values before in the sum of a difference: `y(t) = w(t) + Σ weight(i)·y(t-i)`.
pub(crate) fn summed(order: &ArimaOrder, season: usize) -> Vec<f64> {
    let one: Vec<f64> = match order.differences {
        0 => Vec::new(),
        1 => vec![1.0],
        _ => vec![2.0, -1.0],
    };
    product(&one, &[1.0][..order.seasonal_differences], season, -1.0)
}

#[cfg(test)]
mod tests {
    use super::{ArimaOrder, from_partial, is_stationary, product, summed};

    // Goal: polynomials multiply. Method: by hand.
    #[test]
    fn products() {
        assert_eq!(product(&[0.5], &[0.2], 4, -1.0), [0.5, 0.0, 0.0, 0.2, -0.1]);
        assert_eq!(product(&[0.5], &[0.2], 4, 1.0), [0.5, 0.0, 0.0, 0.2, 0.1]);
        let order = ArimaOrder { differences: 1, seasonal_differences: 1, ..ArimaOrder::default() };
        assert_eq!(summed(&order, 3), [1.0, 0.0, 1.0, -1.0]);
        assert_eq!(summed(&ArimaOrder { differences: 2, ..ArimaOrder::default() }, 1), [2.0, -1.0]);
    }

    // Goal: what is free is always stationary, and what is not is seen. Method: a grid of three, and roots on the circle.
    #[test]
    fn stationary() {
        for (a, b, c) in [(5.0, -5.0, 5.0), (0.1, 0.2, -3.0), (-9.0, 9.0, 9.0), (0.0, 0.0, 0.0)] {
            assert!(is_stationary(&from_partial(&[a, b, c])), "{a} {b} {c}");
        }
        assert!(is_stationary(&[1.2, -0.3]) && is_stationary(&[]));
        assert!(
            !is_stationary(&[1.0]) && !is_stationary(&[0.6, 0.5]) && !is_stationary(&[2.1, -1.1])
        );
    }
}
