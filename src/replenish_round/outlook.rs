//! What a node will be asked for: a forecast of its days, and the demand of a stretch of them as one sum.

use std::collections::BTreeSet;
use std::sync::Arc;

use oms_forecast::policy::{Distribution, MOST_COUNTS, PolicyError, QuantileGrid};
use oms_forecast::{Levels, NoForecast, Panel, totals_in};

use super::newcomers::Demand;

/// The last days that tell how uncertain a stretch is, where the past is short.
const RECENT: usize = 400;
/// A stretch is forecast as a sum where the past holds so many of it; of fewer no quantile can be told.
const STRETCHES: usize = 4;

/// The demand of the days ahead; nothing is expected until something is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Outlook {
    means: Vec<f64>,
    recent: Vec<Option<f64>>,
    /// Days, and the quantiles of the demand of the next so many days together.
    totals: Vec<(usize, Vec<f64>)>,
    /// Models that the mean comes from.
    pub(super) models: Arc<[String]>,
    /// Series that speak for it, where it has hardly begun. Of a longer past, up to six such sums, others tell some of sums.
    pub(super) alike: Arc<[String]>,
}

impl Outlook {
    /// From the demand of a place of a panel, with the sums of stretches of days: of those that are held against one another
    /// all or none, and of one that stands alone.
    pub(super) fn of(
        panel: &Panel,
        demand: &Demand,
        (stretches, alone): (&BTreeSet<usize>, Option<usize>),
    ) -> Result<Outlook, NoForecast> {
        let past = demand.past();
        let Some(next) = demand.forecast(panel)? else { return Ok(Outlook::default()) };
        let values = past.values().iter().zip(past.seen());
        let values = values.skip(past.values().len().saturating_sub(RECENT));
        let taken = next.tested.into_iter().filter(|tested| tested.taken);
        let mut outlook = Outlook {
            means: next.mean.iter().map(|mean| mean.max(0.0)).collect(),
            recent: values.map(|(units, seen)| seen.then_some(*units)).collect(),
            totals: Vec::new(),
            models: taken.map(|tested| tested.model).collect(),
            alike: panel.alike(&past).into_iter().map(str::to_owned).collect(),
        };
        let longest = stretches.iter().max().copied().unwrap_or_default();
        let is_told = outlook.tells(longest, past.known().count());
        let stretches = stretches.iter().copied().filter(|_| is_told);
        outlook.sums(panel, demand, stretches.chain(alone))?;
        Ok(outlook)
    }

    /// Forecasts the demand of the next so many days as one sum, where the past can tell.
    pub(super) fn sum(
        &mut self,
        panel: &Panel,
        demand: &Demand,
        days: usize,
    ) -> Result<(), NoForecast> {
        self.sums(panel, demand, [days])
    }

    /// Whether so many known days, or others, can tell what so many days want together.
    fn tells(&self, days: usize, known: usize) -> bool {
        !self.alike.is_empty() || STRETCHES * days <= known
    }

    /// The same for several numbers of days, from one fit.
    fn sums(
        &mut self,
        panel: &Panel,
        demand: &Demand,
        each: impl IntoIterator<Item = usize>,
    ) -> Result<(), NoForecast> {
        let past = demand.past();
        let known = past.known().count();
        let is_new = |days: &usize| self.totals.iter().all(|(its, _)| its != days);
        let each = each.into_iter().filter(|days| *days > 0 && self.tells(*days, known));
        let each: Vec<usize> = each.filter(is_new).collect();
        let totals = totals_in(panel, &past, &each, &Levels::default())?;
        self.totals.extend(each.into_iter().zip(totals));
        Ok(())
    }

    /// Expected demand of days ahead.
    pub(super) fn mean(&self, from: usize, days: usize) -> f64 {
        self.means.iter().skip(from).take(days).sum()
    }

    /// The demand of a stretch of days ahead.
    ///
    /// A later stretch is as uncertain as the next one is today, by its expected demand: who orders then will know all
    /// that came before.
    pub(super) fn over(&self, from: usize, days: usize) -> Result<Distribution, PolicyError> {
        let mean = self.mean(from, days);
        let Some((_, total)) = self.totals.iter().find(|(its, _)| *its == days) else {
            return self.as_of_late(mean, days);
        };
        let next = self.mean(0, days);
        let share = match (from, next > 0.0) {
            (0, _) => 1.0,
            (_, true) => mean / next,
            (_, false) => 0.0,
        };
        let quantiles: Vec<f64> = total.iter().map(|units| units.max(0.0) * share).collect();
        let levels: Vec<f64> = Levels::default().iter().collect();
        Ok(QuantileGrid::new(&levels, &quantiles)?.into())
    }

    /// The same from a short past: its mean, and the variance that stretches as long had.
    fn as_of_late(&self, mean: f64, days: usize) -> Result<Distribution, PolicyError> {
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
    pub(super) fn variance(&self, days: usize) -> f64 {
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
