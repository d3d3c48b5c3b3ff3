//! The one recursion of all forms, its likelihood, and the gradient of that, by going back over the steps.
//!
//! Error and season forms share their states: whether an error is an amount or a share changes how likely it is, not
//! where it leads. With `q` the level and damped trend, and `s` the place's season:
//!
//! ```text
//! season        μ      level         trend          season
//! none          q      q + α·e       φ·b + β·e      ·
//! amounts       q + s  q + α·e       φ·b + β·e      s + γ·e
//! factors       q·s    q + α·e/s     φ·b + β·e/s    s + γ·e/q
//! ```
//!
//! A step at which nothing was seen brings no error.
//!
//! # Source
//! Hyndman, Koehler, Ord and Snyder, *Forecasting with Exponential Smoothing*, 2008, tables 2.2 and 2.3 and 5.1; the
//! gradient is their adjoint, reckoned by hand.

use super::form::{EtsError, EtsSeason};

/// What is learned beside the states.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Weights {
    pub(crate) alpha: f64,
    pub(crate) beta: f64,
    pub(crate) gamma: f64,
    pub(crate) phi: f64,
}

/// Level, trend and season; the season's place that comes next stands at `place`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct States {
    pub(crate) level: f64,
    pub(crate) trend: f64,
    pub(crate) season: Vec<f64>,
    pub(crate) place: usize,
}

impl States {
    /// Takes in one value, or a step without one, and gives what had been expected and the error.
    pub(crate) fn step(
        &mut self,
        weights: Weights,
        season: EtsSeason,
        y: Option<f64>,
    ) -> (f64, f64) {
        let damped = weights.phi * self.trend;
        let line = self.level + damped;
        let here = self.season.get(self.place).copied().unwrap_or_default();
        let expected = match season {
            EtsSeason::None => line,
            EtsSeason::Additive => line + here,
            EtsSeason::Multiplicative => line * here,
        };
        let error = y.map_or(0.0, |y| y - expected);
        let (up, swing) = match season {
            EtsSeason::Multiplicative => (error / here, error / line),
            _ => (error, error),
        };
        // Where a line or a factor has come to nothing, no share of it can be told.
        let sound = up.is_finite() && swing.is_finite();
        let (up, swing) = if sound { (up, swing) } else { (0.0, 0.0) };
        self.level = line + weights.alpha * up;
        self.trend = damped + weights.beta * up;
        if let Some(at) = self.season.get_mut(self.place) {
            *at = here + weights.gamma * swing;
            self.place = if self.place + 1 == self.season.len() { 0 } else { self.place + 1 };
        }
        (expected, error)
    }
}

/// What each step met, so that a gradient can go back over it.
#[derive(Clone, Copy, Debug, Default)]
struct Met {
    line: f64,
    damped: f64,
    here: f64,
    expected: f64,
    error: f64,
}

/// The slopes of a value by weights, and by the states before the first step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slopes {
    pub(crate) alpha: f64,
    pub(crate) beta: f64,
    pub(crate) gamma: f64,
    pub(crate) phi: f64,
    pub(crate) level: f64,
    pub(crate) trend: f64,
    pub(crate) season: Vec<f64>,
}

/// Room for one pass there and back, used again by every pass of a search.
#[derive(Debug, Default)]
pub(crate) struct Pass {
    met: Vec<Met>,
    season: Vec<f64>,
    /// Sum of squared errors, of shares where errors are shares.
    squares: f64,
    /// Number of values that were seen.
    count: f64,
}

impl Pass {
    /// Minus twice the likelihood but for a constant: `n·ln Σe²`, and `2·Σ ln μ` where errors are shares. Infinite where
    /// an expected value of a share is not above zero.
    ///
    /// A value that was not seen is not a number.
    pub(crate) fn cost(
        &mut self,
        error: EtsError,
        season: EtsSeason,
        y: &[f64],
        weights: Weights,
        from: &States,
    ) -> f64 {
        self.season.clear();
        self.season.extend_from_slice(&from.season);
        self.met.resize(y.len(), Met::default());
        match season {
            EtsSeason::None => self.there::<0>(y, weights, from),
            EtsSeason::Additive => self.there::<1>(y, weights, from),
            EtsSeason::Multiplicative => self.there::<2>(y, weights, from),
        }
        let (mut squares, mut count, mut size) = (0.0, 0.0, 0.0);
        if error == EtsError::Additive {
            for (met, y) in self.met.iter().zip(y) {
                squares += met.error * met.error;
                count += f64::from(!y.is_nan());
            }
        } else {
            // The logarithm of a product, taken now and then, is the sum of logarithms.
            let mut product = 1.0;
            for (met, y) in self.met.iter().zip(y) {
                if met.expected.is_nan() || met.expected <= 0.0 {
                    return f64::INFINITY;
                }
                if y.is_nan() {
                    continue;
                }
                let share = met.error / met.expected;
                squares += share * share;
                count += 1.0;
                product *= met.expected;
                if !(1e-100..=1e100).contains(&product) {
                    size += product.ln();
                    product = 1.0;
                }
            }
            size += product.ln();
        }
        // No fit is better than its rounding.
        let squares = f64::max(squares, count * 1e-24);
        (self.squares, self.count) = (squares, count);
        count * squares.ln() + 2.0 * size
    }

    fn there<const SEASON: u8>(&mut self, y: &[f64], weights: Weights, from: &States) {
        let (mut level, mut trend, mut place) = (from.level, from.trend, from.place);
        let places = self.season.len();
        for (met, y) in self.met.iter_mut().zip(y) {
            let damped = weights.phi * trend;
            let line = level + damped;
            let here = if SEASON == 0 { 0.0 } else { self.season[place] };
            let expected = if SEASON == 2 { line * here } else { line + here };
            let error = if y.is_nan() { 0.0 } else { y - expected };
            let up = if SEASON == 2 { error / here } else { error };
            level = line + weights.alpha * up;
            trend = damped + weights.beta * up;
            if SEASON != 0 {
                let swing = if SEASON == 2 { error / line } else { error };
                self.season[place] = here + weights.gamma * swing;
                place = if place + 1 == places { 0 } else { place + 1 };
            }
            *met = Met { line, damped, here, expected, error };
        }
    }

    /// The slopes of the cost of the pass that was just made.
    pub(crate) fn slopes(
        &mut self,
        error: EtsError,
        season: EtsSeason,
        y: &[f64],
        weights: Weights,
        first: usize,
        slopes: &mut Slopes,
    ) {
        let places = self.season.len();
        slopes.season.clear();
        slopes.season.resize(places, 0.0);
        match (error, season) {
            (EtsError::Additive, EtsSeason::None) => {
                self.back::<0, false>(y, weights, first, slopes)
            }
            (EtsError::Additive, EtsSeason::Additive) => {
                self.back::<1, false>(y, weights, first, slopes)
            }
            (EtsError::Additive, EtsSeason::Multiplicative) => {
                self.back::<2, false>(y, weights, first, slopes)
            }
            (EtsError::Multiplicative, EtsSeason::None) => {
                self.back::<0, true>(y, weights, first, slopes)
            }
            (EtsError::Multiplicative, EtsSeason::Additive) => {
                self.back::<1, true>(y, weights, first, slopes)
            }
            (EtsError::Multiplicative, EtsSeason::Multiplicative) => {
                self.back::<2, true>(y, weights, first, slopes)
            }
        }
    }

    fn back<const SEASON: u8, const SHARES: bool>(
        &self,
        y: &[f64],
        weights: Weights,
        first: usize,
        slopes: &mut Slopes,
    ) {
        let Weights { alpha, beta, gamma, phi } = weights;
        let places = slopes.season.len();
        let mut place = if places == 0 { 0 } else { (first + y.len()) % places };
        let (mut by_level, mut by_trend) = (0.0, 0.0);
        let (mut by_alpha, mut by_beta, mut by_gamma, mut by_phi) = (0.0, 0.0, 0.0, 0.0);
        let steep = 2.0 * self.count / self.squares;
        for (met, y) in self.met.iter().zip(y).rev() {
            let Met { line, damped, here, expected, error } = *met;
            if SEASON != 0 {
                place = if place == 0 { places - 1 } else { place - 1 };
            }
            let by_here = if SEASON == 0 { 0.0 } else { slopes.season[place] };
            // What the likelihood itself says of the expected value.
            let direct = if y.is_nan() {
                0.0
            } else if SHARES {
                (2.0 - steep * (error / expected) * y / expected) / expected
            } else {
                -steep * error
            };
            let by_up = alpha * by_level + beta * by_trend;
            let (up, swing, by_error) = if SEASON == 2 {
                (error / here, error / line, by_up / here + gamma * by_here / line)
            } else {
                (error, error, by_up + gamma * by_here)
            };
            let by_expected = direct - if y.is_nan() { 0.0 } else { by_error };
            by_alpha += by_level * up;
            by_beta += by_trend * up;
            by_gamma += by_here * swing;
            let by_line = if SEASON == 2 {
                slopes.season[place] = by_here + by_expected * line - by_up * up / here;
                by_level + by_expected * here - gamma * by_here * swing / line
            } else {
                if SEASON == 1 {
                    slopes.season[place] = by_here + by_expected;
                }
                by_level + by_expected
            };
            let by_damped = by_trend + by_line;
            by_phi += by_damped * damped;
            by_trend = phi * by_damped;
            by_level = by_line;
        }
        // `damped` was taken for the trend before it: the slope by φ is off by φ itself.
        slopes.phi = if phi == 0.0 { 0.0 } else { by_phi / phi };
        (slopes.alpha, slopes.beta, slopes.gamma) = (by_alpha, by_beta, by_gamma);
        (slopes.level, slopes.trend) = (by_level, by_trend);
    }

    /// Mean squared error of the pass, of shares where errors are shares, with this many things learned.
    pub(crate) fn variance(&self, learned: usize) -> f64 {
        self.squares / (self.count - learned as f64).max(1.0)
    }

    pub(crate) fn count(&self) -> f64 {
        self.count
    }
}
