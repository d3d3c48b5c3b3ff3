//! The models, one idea per file.

mod croston;
mod empirical;
mod holt;
mod naive;
mod regression;
mod ses;
mod theta;
mod winters;

pub use croston::{Croston, Tsb};
pub use empirical::Empirical;
pub(crate) use empirical::Sample;
pub use holt::{DampedHolt, TrendState};
pub use naive::{Drift, SeasonalNaive};
pub(crate) use regression::{Regression, Scaled};
pub use ses::Ses;
pub use theta::Theta;
pub use winters::{HoltWinters, SeasonState};

use crate::forecaster::{Fitted, NotFitted};
use crate::past::Past;

/// A forecast that a closed formula has written down: level, then steps along a damped trend.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) level: f64,
    pub(crate) trend: f64,
    pub(crate) phi: f64,
}

impl Line {
    /// The same at every step.
    pub(crate) fn flat(level: f64) -> Self {
        Self { level, trend: 0.0, phi: 1.0 }
    }
}

impl Fitted for Line {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        let (mut weight, mut power) = (0.0, 1.0);
        let step = |_| {
            power *= self.phi;
            weight += power;
            self.level + weight * self.trend
        };
        (0..horizon).map(step).collect()
    }
}

/// Refuses a past of fewer steps.
fn at_least(needed: usize, past: &Past<'_>, model: &str) -> Result<(), NotFitted> {
    let found = past.values().len();
    if found >= needed {
        return Ok(());
    }
    Err(NotFitted::TooShort { model: model.to_owned(), needed, found })
}

/// The point of a stretch at which a function is least, by golden section after a coarse look.
///
/// # Cost
/// 31 calls.
fn least(from: f64, to: f64, mut worth: impl FnMut(f64) -> f64) -> f64 {
    const LOOKS: usize = 11;
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let step = (to - from) / (LOOKS - 1) as f64;
    let mut best = (f64::INFINITY, from);
    for look in 0..LOOKS {
        let at = from + step * look as f64;
        let found = worth(at);
        if found < best.0 {
            best = (found, at);
        }
    }
    let (mut low, mut high) = ((best.1 - step).max(from), (best.1 + step).min(to));
    let (mut left, mut right) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
    let (mut at_left, mut at_right) = (worth(left), worth(right));
    for _ in 0..18 {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - GOLDEN * (high - low);
            at_left = worth(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + GOLDEN * (high - low);
            at_right = worth(right);
        }
    }
    let (at, found) = if at_left <= at_right { (left, at_left) } else { (right, at_right) };
    if found < best.0 { at } else { best.1 }
}
