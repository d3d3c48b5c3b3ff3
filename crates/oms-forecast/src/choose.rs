//! The forecast of a series: models tried on its own past, the good ones averaged.
//!
//! 1. What needs no model gets none: a constant goes on as it is, and with less than a backtest needs, smoothing
//!    stands with a normal distribution around it.
//! 2. The class of the demand says which models are tried ([`Model::Auto`]); each forecasts the last half of the past from
//!    up to 20 origins, and is judged by pinball loss.
//! 3. Those near the best are averaged, with equal weights. Their quantiles are their mean and the
//!    quantiles of their averaged errors; a model that is a distribution brings its own.
//! 4. Quantiles are put in order, and none is below zero where the past never was.

use std::cell::OnceCell;

use ndarray::Array2;

use crate::backtest::{Trial, origins, tried};
use crate::calibration::Calibration;
use crate::demand::DemandClass;
use crate::forecaster::{Fitted, Forecaster, Parts};
use crate::global::forecast_in;
use crate::levels::Levels;
use crate::model::{Model, SHORT};
use crate::models::Ses;
use crate::panel::Panel;
use crate::past::Past;
use crate::ranking::Ranking;
use crate::series::Series;
use crate::spread::Spread;

/// Steps ahead that one forecast may have.
pub const MOST_STEPS: usize = 10_000;
/// The last values that models see: older ones cost time and teach little.
pub const MOST_PAST: usize = 3_000;
/// A model this much worse than the best is still averaged in, and at most so many are. On uneven demand the models
/// differ in kind, and few agree; on demand that is smooth or never stops, many that are a little wrong in different
/// ways are the better forecast.
const UNEVEN: (f64, usize) = (1.06, 4);
const SMOOTH: (f64, usize) = (1.3, 5);
const SMOOTH_SHORT: (f64, usize) = (1.5, 9);
/// A model that reads no plans must be better by this factor than one that does.
const BLIND: f64 = 1.1;

/// Why there is no forecast.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoForecast {
    /// The horizon is 0 or beyond [`MOST_STEPS`].
    #[error("series `{id}` is wanted {steps} steps ahead; ask for 1 to {MOST_STEPS}")]
    Horizon {
        /// The series.
        id: String,
        /// What was asked for.
        steps: usize,
    },
}

/// How well a model did on the past.
#[derive(Clone, Debug, PartialEq)]
pub struct Tested {
    /// The model.
    pub model: String,
    /// Its mean pinball loss over the usual levels, in units of demand.
    pub pinball: f64,
    /// Whether it is part of the quantiles.
    pub taken: bool,
}

/// What a series is expected to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Expected demand of each step.
    ///
    /// Shape: `(horizon,)`
    pub mean: Vec<f64>,
    /// Quantiles, from low to high along a row.
    ///
    /// Shape: `(horizon, levels)`
    pub quantiles: Array2<f64>,
    /// What each mean is made of; the parts of a step sum to it. What keeps a mean from falling below zero is in the
    /// level.
    ///
    /// Shape: `(horizon,)`
    pub parts: Vec<Parts>,
    /// The class of the demand.
    pub class: DemandClass,
    /// The evidence, best model first; empty where no backtest was possible or needed.
    pub tested: Vec<Tested>,
}

/// Forecasts a series.
///
/// # Law
/// Every figure is a number, quantiles never cross, none is below zero where the past never was, a constant goes on
/// exactly, and the same input gives the same bits.
///
/// # Errors
/// [`NoForecast`] for a horizon of nothing, or of more than [`MOST_STEPS`].
///
/// # Cost
/// For each model tried 21 fits, 11 on more than 400 values, of which two look for weights; at most [`MOST_PAST`] values are looked at.
///
/// # Example
/// ```
/// use oms_forecast::{Levels, Model, Series, forecast};
///
/// let weeks = (0..60).map(|day| Some(if day % 7 == 5 { 9.0 } else { 4.0 + f64::from(day % 2) }));
/// let milk = Series::new("MILK", 7, weeks)?;
/// let next = forecast(&milk, 7, &Levels::default(), Model::Auto)?;
/// // Day 61 is a Saturday.
/// assert!(next.mean[1] > 6.0 && next.mean[0] < 6.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn forecast(
    series: &Series,
    horizon: usize,
    levels: &Levels,
    model: Model,
) -> Result<Forecast, NoForecast> {
    forecast_in(&Panel::default(), series, horizon, levels, model)
}

/// Models to choose from: a host's, alone or beside ours.
#[derive(Clone, Copy, Debug)]
pub struct Hosted<'m> {
    /// The host's.
    pub models: &'m [&'m dyn Forecaster],
    /// Ours beside them.
    pub beside: Option<Model>,
}

impl Hosted<'_> {
    /// Ours alone.
    pub(crate) const fn ours(model: Model) -> Self {
        Self { models: &[], beside: Some(model) }
    }
}

/// The forecast of a series' own models, with what its panel has counted of their quantiles.
pub(crate) fn own(
    panel: &Panel,
    past: &Past<'_>,
    horizon: usize,
    levels: &Levels,
    models: Hosted<'_>,
) -> Result<Forecast, NoForecast> {
    let mut next = uncalibrated(panel, past, horizon, levels, models)?;
    next.calibrate(panel, past, levels);
    Ok(next)
}

/// A forecast from a past whose quantiles nobody has counted yet.
pub(crate) fn uncalibrated(
    panel: &Panel,
    past: &Past<'_>,
    horizon: usize,
    levels: &Levels,
    Hosted { models, beside }: Hosted<'_>,
) -> Result<Forecast, NoForecast> {
    let class = DemandClass::of(past);
    let ours = beside
        .map(|model| model.pool(class, &past.last(MOST_PAST), panel, horizon.min(MOST_STEPS)));
    let ours = ours.iter().flatten().map(|model| &**model);
    let models: Vec<&dyn Forecaster> = ours.chain(models.iter().copied()).collect();
    from_past(past, horizon, levels, &models, panel.ranking(past))
}

/// Forecasts a series with the best of these models, which may be the host's own.
///
/// # Errors
/// As [`forecast`].
pub fn forecast_with(
    series: &Series,
    horizon: usize,
    levels: &Levels,
    models: &[&dyn Forecaster],
) -> Result<Forecast, NoForecast> {
    forecast_hosted(&Panel::default(), series, horizon, levels, Hosted { models, beside: None })
}

/// The same in a panel that has counted what the quantiles of these models are worth,
/// [`Panel::learned_hosted`], with ours beside them where that is asked: all are backtested, the best are averaged, and
/// their quantiles are calibrated, whoever made them.
///
/// # Errors
/// As [`forecast`].
///
/// # Example
/// ```
/// use oms_forecast::{
///     Fitted, Forecaster, Hosted, Levels, Model, NotFitted, Panel, Past, Series, forecast_hosted,
/// };
///
/// /// A month ahead is as the mean of the last month.
/// #[derive(Debug)]
/// struct LastMonth;
/// #[derive(Debug)]
/// struct Mean(f64);
///
/// impl Forecaster for LastMonth {
///     fn name(&self) -> &str { "last_month" }
///     fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
///         let month = past.last(30);
///         Ok(Box::new(Mean(month.values().iter().sum::<f64>() / month.values().len() as f64)))
///     }
/// }
/// impl Fitted for Mean {
///     fn mean(&self, horizon: usize) -> Vec<f64> { vec![self.0; horizon] }
/// }
///
/// let sold = |id: usize| Series::new(id.to_string(), 1, (0..90).map(|day| Some((5 + day * (id + 3) % 4) as f64)));
/// let all = (0..40).map(sold).collect::<Result<Vec<_>, _>>()?;
/// let wanted: Vec<_> = all.iter().map(|series| (series.past(), 14)).collect();
/// let models = Hosted { models: &[&LastMonth], beside: Some(Model::Ses) };
/// let panel = Panel::learned_hosted(&wanted, models, 1);
/// let next = forecast_hosted(&panel, &all[0], 14, &Levels::default(), models)?;
/// assert!(next.tested.iter().any(|its| its.model == "last_month"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn forecast_hosted(
    panel: &Panel,
    series: &Series,
    horizon: usize,
    levels: &Levels,
    models: Hosted<'_>,
) -> Result<Forecast, NoForecast> {
    own(panel, &series.past(), horizon, levels, models)
}

fn from_past(
    whole: &Past<'_>,
    horizon: usize,
    levels: &Levels,
    models: &[&dyn Forecaster],
    ranking: Option<&Ranking>,
) -> Result<Forecast, NoForecast> {
    if horizon == 0 || horizon > MOST_STEPS {
        return Err(NoForecast::Horizon { id: whole.id().to_owned(), steps: horizon });
    }
    let past = whole.last(MOST_PAST);
    let class = DemandClass::of(whole);
    let lowest = whole.known().fold(f64::INFINITY, f64::min);
    let highest = whole.known().fold(f64::NEG_INFINITY, f64::max);
    let ((mean, parts), quantiles, tested) = if lowest >= highest {
        let flat = (vec![lowest; horizon], vec![Parts::level(lowest); horizon]);
        (flat, Array2::from_elem((horizon, levels.len()), lowest), Vec::new())
    } else {
        chosen(&past, horizon, levels, class, (models, ranking))
            .unwrap_or_else(|| short(&past, horizon, levels, highest - lowest))
    };
    let mut next = Forecast { mean, quantiles, parts, class, tested };
    next.orderly(whole);
    Ok(next)
}

impl Forecast {
    /// Moves quantiles by what those of its panel were worth, if that is known.
    pub(crate) fn calibrate(&mut self, panel: &Panel, past: &Past<'_>, levels: &Levels) {
        let known = panel.calibration(past, self.class).filter(|_| !self.tested.is_empty());
        if let Some(calibration) = known {
            self.calibrate_by(calibration, past, levels);
        }
    }

    /// Gives quantiles what they are worth.
    pub(crate) fn calibrate_by(
        &mut self,
        calibration: &Calibration,
        past: &Past<'_>,
        levels: &Levels,
    ) {
        for (mean, mut row) in self.mean.iter().zip(self.quantiles.outer_iter_mut()) {
            let mut quantiles = row.to_vec();
            calibration.apply(levels, *mean, &mut quantiles);
            row.iter_mut().zip(quantiles).for_each(|(at, value)| *at = value);
        }
        self.orderly(past);
    }

    /// Puts quantiles in order; none is below zero where the past never was, and a closed step has nothing.
    pub(crate) fn orderly(&mut self, past: &Past<'_>) {
        let floor = if past.known().all(|y| y >= 0.0) { 0.0 } else { f64::NEG_INFINITY };
        for (mean, parts) in self.mean.iter_mut().zip(&mut self.parts) {
            parts.level += (floor - *mean).max(0.0);
            *mean = mean.max(floor);
        }
        self.quantiles.iter_mut().for_each(|value| *value = value.max(floor));
        let n = past.values().len();
        let means = self.mean.iter_mut().zip(&mut self.parts);
        let steps = means.zip(self.quantiles.outer_iter_mut()).enumerate();
        for (step, ((mean, parts), mut row)) in steps {
            let mut sorted = row.to_vec();
            sorted.sort_by(f64::total_cmp);
            row.iter_mut().zip(sorted).for_each(|(at, value)| *at = value);
            if past.is_closed(n + step) {
                *mean = 0.0;
                *parts = Parts::default();
                row.fill(0.0);
            }
        }
    }
}

type Means = (Vec<f64>, Vec<Parts>);
type Fan = (Means, Array2<f64>, Vec<Tested>);

/// Too short to test anything: a smoothed level, and a normal distribution as wide as the past.
fn short(past: &Past<'_>, horizon: usize, levels: &Levels, range: f64) -> Fan {
    let fitted = Ses::with_alpha(0.3).fit(past);
    let mean = fitted.map_or_else(|_| vec![0.0; horizon], |fitted| fitted.mean(horizon));
    let count = past.known().count().max(2) as f64;
    let middle = past.known().sum::<f64>() / count;
    let squares: f64 = past.known().map(|y| (y - middle) * (y - middle)).sum();
    let deviation = (squares / (count - 1.0)).sqrt().min(range);
    let spread = Spread::normal(deviation, horizon, levels);
    let quantiles = Array2::from_shape_fn((horizon, levels.len()), |(step, level)| {
        mean[step] + spread.at(step, level)
    });
    let parts = mean.iter().copied().map(Parts::level).collect();
    ((mean, parts), quantiles, Vec::new())
}

/// A model, what it did, and what it has learned from all of the past, once that is asked for.
struct Entry<'a> {
    model: &'a dyn Forecaster,
    trial: Trial,
    /// Its pinball loss, drawn towards what models are worth on all series.
    loss: f64,
    fitted: OnceCell<Option<Box<dyn Fitted>>>,
}

impl<'a> Entry<'a> {
    fn tried(
        model: &'a dyn Forecaster,
        past: &Past<'_>,
        origins: &[usize],
        horizon: usize,
    ) -> Option<Self> {
        let trial = tried(model, past, origins, horizon)?;
        Some(Self { model, loss: trial.pinball(), trial, fitted: OnceCell::new() })
    }

    fn fitted(&self, past: &Past<'_>) -> Option<&dyn Fitted> {
        self.fitted.get_or_init(|| self.model.fit(past).ok()).as_deref()
    }
}

/// Tries all models and averages the good ones; `None` where none can be tried.
fn chosen(
    past: &Past<'_>,
    horizon: usize,
    levels: &Levels,
    class: DemandClass,
    (models, ranking): (&[&dyn Forecaster], Option<&Ranking>),
) -> Option<Fan> {
    let origins = origins(past, horizon);
    if origins.is_empty() {
        return None;
    }
    let entries = models.iter().filter_map(|model| Entry::tried(*model, past, &origins, horizon));
    let mut trials: Vec<Entry<'_>> = entries.collect();
    let planned = trials.iter().filter(|entry| entry.model.reads_plans());
    if let Some(bar) = planned.map(|entry| entry.trial.pinball()).reduce(f64::min) {
        let good = |its: &Entry<'_>| its.model.reads_plans() || its.trial.pinball() * BLIND < bar;
        trials.retain(good);
    }
    if let Some(ranking) = ranking {
        let models = trials.iter().map(|entry| (entry.model.name(), entry.loss));
        let factors = ranking.factors(&models.collect::<Vec<_>>());
        trials.iter_mut().zip(factors).for_each(|(entry, factor)| entry.loss *= factor);
    }
    let smooth = class == DemandClass::Smooth || past.known().all(|y| y > 0.0);
    let bounds = match (smooth, past.values().len() <= SHORT) {
        (true, true) => SMOOTH_SHORT,
        (true, false) => SMOOTH,
        (false, _) => UNEVEN,
    };
    // The mean of uneven demand is not its median: there squared errors choose it.
    let judged = |entry: &Entry<'_>| if smooth { entry.loss } else { entry.trial.deviation() };
    // Ties keep the order in which the models were named.
    trials.sort_by(|a, b| judged(a).total_cmp(&judged(b)));
    let means = near(&trials, bounds, judged);
    let mean = averaged(weighed(&trials[..means], judged), past, horizon)?;
    trials.sort_by(|a, b| a.loss.total_cmp(&b.loss));
    let taken = near(&trials, bounds, |entry| entry.loss);
    let grown = grown(past, &origins);
    // Quantiles of the best ones count alike: learned weights gained nothing there.
    let alike = trials[..taken].iter().map(|entry| (entry, 1.0));
    let quantiles = blended(alike, past, &grown, levels, horizon)?;
    let tested = trials.iter().enumerate().map(|(rank, entry)| Tested {
        model: entry.model.name().to_owned(),
        pinball: entry.trial.pinball(),
        taken: rank < taken,
    });
    Some((mean, quantiles, tested.collect()))
}

/// How many of these, best first, are nearly as good as the best.
fn near(
    trials: &[Entry<'_>],
    (off, most): (f64, usize),
    loss: impl Fn(&Entry<'_>) -> f64,
) -> usize {
    let bar = trials.first().map_or(0.0, |best| loss(best) * off);
    trials.iter().take(most).take_while(|entry| loss(entry) <= bar).count()
}

/// Weights of these, best first: by the inverse square of what each cost on the past (Bates and Granger, *The combination of
/// forecasts*, Operational Research Quarterly 20, 1969, for independent errors).
fn weighed<'e, 'm>(
    trials: &'e [Entry<'m>],
    loss: impl Fn(&Entry<'_>) -> f64,
) -> impl Iterator<Item = (&'e Entry<'m>, f64)> {
    let best = trials.first().map_or(0.0, &loss);
    trials.iter().map(move |entry| {
        let loss = loss(entry);
        (entry, if loss > 0.0 { (best / loss) * (best / loss) } else { 1.0 })
    })
}

/// The average of what these expect, by their weights, and of what that is made of.
fn averaged<'e, 'm: 'e>(
    trials: impl Iterator<Item = (&'e Entry<'m>, f64)>,
    past: &Past<'_>,
    horizon: usize,
) -> Option<Means> {
    let (mut mean, mut parts) = (vec![0.0; horizon], vec![Parts::default(); horizon]);
    let mut count = 0.0;
    for (entry, weight) in trials {
        let Some(fitted) = entry.fitted(past) else { continue };
        let next = fitted.mean(horizon);
        if next.len() == horizon && next.iter().all(|value| value.is_finite()) {
            let own = parts_of(fitted, &next);
            parts.iter_mut().zip(own).for_each(|(sum, part)| sum.add(&part, weight));
            mean.iter_mut().zip(next).for_each(|(sum, value)| *sum += weight * value);
            count += weight;
        }
    }
    (count > 0.0).then(|| {
        let share = |sum| {
            let mut part = Parts::default();
            part.add(&sum, 1.0 / count);
            part
        };
        (mean.into_iter().map(|sum| sum / count).collect(), parts.into_iter().map(share).collect())
    })
}

/// What a model's means are made of; where its own parts do not sum to them, all is in the level.
fn parts_of(fitted: &dyn Fitted, means: &[f64]) -> Vec<Parts> {
    let parts = fitted.parts(means.len());
    let sums = |(part, mean): (&Parts, &f64)| {
        (part.sum() - mean).abs() <= 1e-9 * (mean.abs() + part.level.abs())
    };
    if parts.len() == means.len() && parts.iter().zip(means).all(sums) {
        return parts;
    }
    means.iter().copied().map(Parts::level).collect()
}

/// How much larger errors are now than at each origin: they grow with the level, but less than it, so by its root. Where
/// a value is not above zero, 1.
fn grown(past: &Past<'_>, origins: &[usize]) -> Vec<f64> {
    let values = past.values();
    if !values.iter().all(|y| *y > 0.0) {
        return vec![1.0; origins.len()];
    }
    let level = |end: usize| {
        let window = &values[end.saturating_sub(past.season().max(4))..end];
        window.iter().sum::<f64>() / window.len() as f64
    };
    let now = level(values.len());
    origins.iter().map(|origin| (now / level(*origin)).clamp(0.25, 4.0).sqrt()).collect()
}

/// The average of quantiles by weights: of those that are distributions, and of the rest as one model with averaged errors.
fn blended<'e, 'm: 'e>(
    trials: impl Iterator<Item = (&'e Entry<'m>, f64)>,
    past: &Past<'_>,
    grown: &[f64],
    levels: &Levels,
    horizon: usize,
) -> Option<Array2<f64>> {
    let mut sum = Array2::<f64>::zeros((horizon, levels.len()));
    let (mut count, mut points) = (0.0, 0.0);
    let mut center = vec![0.0; horizon];
    let mut errors: Option<Array2<f64>> = None;
    for (entry, weight) in trials {
        let (Some(fitted), trial) = (entry.fitted(past), &entry.trial) else { continue };
        let next = fitted.mean(horizon);
        if let Some(own) = fitted.quantiles(horizon, levels) {
            if own.dim() == sum.dim() && own.iter().all(|value| value.is_finite()) {
                sum.scaled_add(weight, &own);
                count += weight;
            }
        } else if next.len() == horizon && next.iter().all(|value| value.is_finite()) {
            center.iter_mut().zip(next).for_each(|(sum, value)| *sum += weight * value);
            let own = &trial.errors * weight;
            errors = Some(match errors {
                None => own,
                Some(sum) => sum + own,
            });
            points += weight;
        }
    }
    if let Some(errors) = errors {
        let mut errors = errors / points;
        for (mut row, grown) in errors.outer_iter_mut().zip(grown) {
            row *= *grown;
        }
        let spread = Spread::of(&errors, |_| true, levels, past.known().all(|y| y > 0.0))?;
        sum += &Array2::from_shape_fn((horizon, levels.len()), |(step, level)| {
            center[step] + spread.at(step, level) * points
        });
        count += points;
    }
    (count > 0.0).then(|| sum / count)
}
