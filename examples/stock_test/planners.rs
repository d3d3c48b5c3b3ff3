//! Who plans: spreadsheets, forecasts, and one that knows.

use oms::forecast::policy::{Distribution, QuantileGrid};
use oms::forecast::{Levels, Model, Panel, Past, Series, forecast, shared_out, total_in};

use crate::Failure;
use crate::chance::drawn;
use crate::world::{Item, REVIEW, World, again, spreadsheet};

/// Service levels.
pub(crate) const LEVELS: [f64; 8] = [0.5, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99, 0.995];
/// What who knows the future orders, as shares of it.
const SHARES: [f64; 8] = [0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.4];
/// Days that tell how uncertain a stretch is to who looks at a series alone.
const RECENT: usize = 400;
/// A demand above this is no count.
const MOST_COUNTED: f64 = 10_000.0;
/// What an announcement is drawn for.
const ANNOUNCED: u64 = 2;

/// Of each review, of each item, the level of each service.
pub(crate) type Targets = Vec<Vec<Vec<f64>>>;

/// A way to plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Planner {
    /// The mean of so many days, and so many deviations.
    Sheet(usize),
    /// Quantiles of the demand that an order must last for.
    Forecast(Known),
    /// The mean of a forecast of the series alone, and the variance that stretches of its past had.
    Alone,
    /// Knows what comes.
    Oracle,
}

/// What a forecast knows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Known {
    pub(crate) demand: Demand,
    /// The probability that a promotion is announced ahead.
    pub(crate) announced: f64,
    /// Whether promotions of the past count only where they had been announced.
    pub(crate) as_announced: bool,
}

/// Which demand of the past.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Demand {
    Sold,
    Recovered,
    True,
}

impl Planner {
    /// All that take part.
    pub(crate) fn all(censored: bool, announced: f64, alone: bool) -> Vec<Planner> {
        let mut all = vec![Planner::Sheet(28), Planner::Sheet(56)];
        let mut add = |demand, as_announced| {
            all.push(Planner::Forecast(Known { demand, announced, as_announced }));
        };
        add(Demand::Sold, false);
        if announced < 1.0 {
            add(Demand::Sold, true);
        }
        if censored {
            add(Demand::Recovered, false);
            add(Demand::True, false);
        }
        if alone {
            all.push(Planner::Alone);
        }
        all.push(Planner::Oracle);
        all
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Planner::Sheet(28) => "sheet28",
            Planner::Sheet(_) => "sheet56",
            Planner::Alone => "each alone, mean and variance",
            Planner::Oracle => "oracle",
            Planner::Forecast(known) => match (known.demand, known.as_announced) {
                (Demand::Recovered, _) => "ours, lost demand recovered",
                (Demand::True, _) => "ours, demand known",
                (Demand::Sold, true) => "ours, past as announced",
                (Demand::Sold, false) => "ours",
            },
        }
    }

    /// Its levels.
    pub(crate) fn targets(self, world: &World) -> Result<Targets, Failure> {
        let backs = world.backs();
        match self {
            Planner::Sheet(days) => {
                let standard = Distribution::normal(0.0, 1.0)?;
                let z = LEVELS.map(|level| standard.quantile(level));
                let cover = (world.leads.mean() + REVIEW as f64, world.leads.variance());
                let level = |back: &usize| {
                    let each = world.items.iter().map(|item| {
                        let end = item.sold.len() - back;
                        spreadsheet(&item.sold[end - days..end], cover, &z)
                    });
                    each.collect()
                };
                Ok(backs.iter().map(level).collect())
            }
            Planner::Oracle => {
                let level = |back: &usize| {
                    let each = world.items.iter().enumerate().map(|(at, item)| {
                        let from = item.demand.len() - back;
                        let days = REVIEW + world.lead(at, *back) as usize;
                        let sum: f64 = item.demand[from..].iter().take(days).sum();
                        SHARES.iter().map(|share| sum * share).collect()
                    });
                    each.collect()
                };
                Ok(backs.iter().map(level).collect())
            }
            Planner::Forecast(known) => at_each(backs, |back| known.at(world, back)),
            Planner::Alone => at_each(backs, |back| {
                let levels = world.items.iter().map(|item| alone(world, item, back));
                levels.collect::<Result<_, _>>().map_err(|why: Failure| why.to_string())
            }),
        }
    }
}

/// Levels by the mean of a forecast and the variance of the stretches of the last 400 days.
fn alone(world: &World, item: &Item, back: usize) -> Result<Vec<f64>, Failure> {
    let days = REVIEW + world.leads.mean().round() as usize;
    let sold = &item.sold[..item.sold.len() - back];
    let series = Series::new(item.series.id(), REVIEW, sold.iter().copied().map(Some))?;
    let next = forecast(&series, days, &Levels::new(&[0.5])?, Model::Auto)?;
    let mean: f64 = next.mean.iter().map(|units| units.max(0.0)).sum();
    let recent = &sold[sold.len().saturating_sub(RECENT)..];
    let sums: Vec<f64> = recent.windows(days).map(|days| days.iter().sum()).collect();
    let usual = sums.iter().sum::<f64>() / sums.len() as f64;
    let squares: f64 = sums.iter().map(|sum| (sum - usual).powi(2)).sum();
    let variance = squares / (sums.len() as f64 - 1.0);
    let demand = if mean > 0.0 && variance > mean * 1.001 && mean < MOST_COUNTED {
        Distribution::negative_binomial(mean, variance)?
    } else {
        Distribution::normal(mean, variance.sqrt())?
    };
    Ok(LEVELS.iter().map(|level| demand.quantile(*level).max(0.0)).collect())
}

impl Known {
    /// Levels of all items at a review.
    fn at(self, world: &World, back: usize) -> Result<Vec<Vec<f64>>, String> {
        let told = |why: Failure| why.to_string();
        let mut all = Vec::with_capacity(world.items.len());
        for (at, item) in world.items.iter().enumerate() {
            let series = match self.demand {
                Demand::Sold => &item.series,
                Demand::Recovered => &item.told,
                Demand::True => &item.true_series,
            };
            let known = series.values().len() - back;
            all.push((self.hides(series, known, (world.seed, at)).map_err(told)?, known));
        }
        let pasts: Vec<Past<'_>> =
            all.iter().map(|(series, known)| series.past().first(*known)).collect();
        let panel = Panel::of_pasts(pasts.iter().copied());
        let levels = |past: &Past<'_>| self.levels(world, &panel, past);
        pasts.iter().map(levels).collect::<Result<_, _>>().map_err(told)
    }

    /// Levels by the demand of a random lead time and a review.
    fn levels(self, world: &World, panel: &Panel, past: &Past<'_>) -> Result<Vec<f64>, Failure> {
        let levels = Levels::new(&LEVELS)?;
        if let [(days, _)] = world.leads.periods() {
            return Ok(total_in(panel, past, *days as usize + REVIEW, &levels)?);
        }
        let over = |days: u32| -> Result<Distribution, Failure> {
            let grid = Levels::default();
            let sum = total_in(panel, past, days as usize, &grid)?;
            let sum: Vec<f64> = sum.into_iter().map(|units| units.max(0.0)).collect();
            Ok(QuantileGrid::new(&grid.iter().collect::<Vec<_>>(), &sum)?.into())
        };
        let review = u32::try_from(REVIEW)?;
        let demand = world.leads.demand(review, over)?;
        Ok(LEVELS.iter().map(|level| demand.quantile(*level)).collect())
    }

    /// The series with the promotions ahead that nobody announced left out.
    fn hides(
        self,
        series: &Series,
        known: usize,
        (seed, at): (u64, usize),
    ) -> Result<Series, Failure> {
        if self.announced >= 1.0 {
            return Ok(series.clone());
        }
        let past = series.past();
        let from = if self.as_announced { 0 } else { known };
        let columns = past.regressors().map(|(_, column)| {
            let mut began = 0;
            let each = column.iter().enumerate().map(|(step, figure)| {
                if step == 0 || *figure <= 0.0 || column[step - 1] <= 0.0 {
                    began = step;
                }
                // By days from the end, so that each start date knows the same.
                let draw = drawn(seed, ANNOUNCED, (at, column.len() - began));
                let kept = step < from || draw < self.announced;
                Some(if kept { f64::from(*figure) } else { 0.0 })
            });
            each.collect()
        });
        let columns: Vec<Vec<Option<f64>>> = columns.collect();
        let values = past.values().iter().zip(past.seen());
        let demand: Vec<Option<f64>> = values.map(|(units, seen)| seen.then_some(*units)).collect();
        again(&past, &demand, Some(&columns))
    }
}

/// The work of each review, shared out to the processors that are there.
fn at_each<R: Send>(
    backs: Vec<usize>,
    work: impl Fn(usize) -> Result<R, String> + Sync,
) -> Result<Vec<R>, Failure> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(shared_out(backs, threads, work).into_iter().collect::<Result<_, _>>()?)
}
