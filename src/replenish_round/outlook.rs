//! What a node will be asked for: a forecast of its days, and how uncertain a stretch of them is.

use std::sync::Arc;

use oms_forecast::policy::{Distribution, MOST_COUNTS, PolicyError};
use oms_forecast::{Levels, Model, NoForecast, Series, forecast};

/// Days in a season.
const WEEK: usize = 7;
/// The last days that tell how uncertain a stretch is.
const RECENT: usize = 400;

/// The demand of the days ahead.
#[derive(Clone, Debug, Default)]
pub(super) struct Outlook {
    means: Vec<f64>,
    recent: Vec<Option<f64>>,
    /// Models that the mean comes from.
    pub(super) models: Arc<[String]>,
    /// Days whose demand is known, and days left out for empty shelves.
    pub(super) days_seen: usize,
    pub(super) days_out: usize,
}

impl Outlook {
    /// From the days of the past, oldest first; `None` where an empty shelf hides demand.
    pub(super) fn of(
        id: String,
        days: &[Option<f64>],
        horizon: usize,
    ) -> Result<Outlook, NoForecast> {
        let days_seen = days.iter().flatten().count();
        let recent = days.get(days.len().saturating_sub(RECENT)..).unwrap_or_default().to_vec();
        let mut outlook = Outlook {
            means: vec![0.0; horizon],
            recent,
            models: Arc::new([]),
            days_seen,
            days_out: days.len() - days_seen,
        };
        // Without a day that is known there is nothing to tell from.
        if let Ok(series) = Series::new(id, WEEK, days.iter().copied()) {
            let next = forecast(&series, horizon, &Levels::default(), Model::Auto)?;
            outlook.means = next.mean.iter().map(|mean| mean.max(0.0)).collect();
            let taken = next.tested.into_iter().filter(|tested| tested.taken);
            outlook.models = taken.map(|tested| tested.model).collect();
        }
        Ok(outlook)
    }

    /// Expected demand of days ahead.
    pub(super) fn mean(&self, from: usize, days: usize) -> f64 {
        self.means.iter().skip(from).take(days).sum()
    }

    /// The demand of a stretch of days ahead: the mean of the forecast, and the variance that stretches as long had.
    pub(super) fn over(&self, from: usize, days: usize) -> Result<Distribution, PolicyError> {
        let mean = self.mean(from, days);
        let variance = self.variance(days);
        if mean <= 0.0 {
            return Distribution::normal(0.0, 0.0);
        }
        let fits = mean + 60.0 * (variance.sqrt() + 1.0) < MOST_COUNTS as f64;
        // Single units make a Poisson variance; what varies more comes in bursts, what varies less is regular.
        if fits && variance > mean * 1.001 {
            Distribution::negative_binomial(mean, variance)
        } else {
            Distribution::normal(mean, variance.sqrt())
        }
    }

    /// The variance of the demand of so many days. Of a past too short to hold two such stretches, that of its days, as if
    /// each were independent.
    fn variance(&self, days: usize) -> f64 {
        let sums: Vec<f64> = if self.recent.len() >= 2 * days {
            self.recent.windows(days.max(1)).filter_map(filled).collect()
        } else {
            Vec::new()
        };
        let enough = sums.len() > days;
        let single: Vec<f64>;
        let (values, times) = if enough {
            (&sums, 1.0)
        } else {
            single = self.recent.iter().flatten().copied().collect();
            (&single, days as f64)
        };
        let n = values.len() as f64;
        if n < 2.0 {
            return self.mean(0, days);
        }
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        // The mean itself is known from so many stretches only.
        let stretches = self.recent.iter().flatten().count() as f64 / days.max(1) as f64;
        squares / (n - 1.0) * times * (1.0 + 1.0 / stretches.max(1.0))
    }
}

/// The sum of a stretch, days that are not known filled in with the mean of its others; none where most are unknown.
fn filled(stretch: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = stretch.iter().flatten().copied().collect();
    let share = stretch.len() as f64 / known.len() as f64;
    (2 * known.len() >= stretch.len()).then(|| known.iter().sum::<f64>() * share)
}
