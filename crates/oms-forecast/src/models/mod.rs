//! The models, one idea per file.

mod adaptive;
mod aggregate;
mod arima;
mod average;
mod ces;
mod counts;
mod croston;
mod descent;
mod dynamic_theta;
mod empirical;
mod ets;
mod holt;
mod hurdle;
mod loess;
mod mstl;
mod naive;
mod regression;
mod ses;
mod state;
mod theta;
mod winters;

pub use adaptive::AdaptiveState;
pub use aggregate::Aggregated;
pub(crate) use arima::MOST_SEASON;
pub use arima::{Arima, ArimaCoefficients, ArimaOrder, AutoArima};
pub use average::Average;
pub use ces::Ces;
pub use counts::NegativeBinomial;
pub use croston::{Croston, Tsb};
pub use dynamic_theta::DynamicTheta;
pub use empirical::Empirical;
pub(crate) use empirical::Sample;
pub use ets::{AutoEts, Ets, EtsError, EtsForm, EtsSeason, EtsTrend, UnknownForm};
pub use holt::{DampedHolt, TrendState};
pub use hurdle::Hurdle;
pub use mstl::Mstl;
pub use naive::{Drift, SeasonalNaive};
pub(crate) use regression::{Regression, Scaled};
pub use ses::Ses;
pub(crate) use state::KeptSeason;
pub use state::{State, StateError};
pub use theta::Theta;
pub use winters::{HoltWinters, SeasonState};

use std::borrow::Cow;

use crate::forecaster::{Fitted, NotFitted, Parts};
use crate::past::Past;

/// A forecast that a closed formula has written down: level, then steps along a trend.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) level: f64,
    pub(crate) trend: f64,
}

impl Line {
    /// The same at every step.
    pub(crate) fn flat(level: f64) -> Self {
        Self { level, trend: 0.0 }
    }
}

impl Fitted for Line {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        (1..=horizon).map(|ahead| self.level + ahead as f64 * self.trend).collect()
    }

    fn parts(&self, horizon: usize) -> Vec<Parts> {
        let part = |ahead| Parts {
            level: self.level,
            trend: ahead as f64 * self.trend,
            ..Parts::default()
        };
        (1..=horizon).map(part).collect()
    }
}

/// The values, with stand-ins made anew from what was seen: that of a season before, else the last one. So no model
/// depends on what stands at a step that nobody saw.
pub(crate) fn filled<'a>(past: &Past<'a>) -> Cow<'a, [f64]> {
    if past.seen().iter().all(|seen| *seen) {
        return Cow::Borrowed(past.values());
    }
    let mut values: Vec<f64> = Vec::with_capacity(past.values().len());
    let first = past.known().next().unwrap_or_default();
    for (step, (y, seen)) in past.values().iter().zip(past.seen()).enumerate() {
        let before = step.checked_sub(past.season()).or(step.checked_sub(1));
        let stand_in = || before.map_or(first, |before| values[before]);
        let value = if *seen { *y } else { stand_in() };
        values.push(value);
    }
    Cow::Owned(values)
}

/// Refuses a past of fewer steps.
fn at_least(needed: usize, past: &Past<'_>, model: &str) -> Result<(), NotFitted> {
    let found = past.values().len();
    if found >= needed {
        return Ok(());
    }
    Err(NotFitted::TooShort { model: model.to_owned(), needed, found })
}
