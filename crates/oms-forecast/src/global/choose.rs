//! What of a forecast comes from the model of all series, and what from the series' own models.

use std::borrow::Cow;

use ndarray::Array2;

use crate::choose::{Forecast, Hosted, MOST_STEPS, NoForecast, Tested, own, uncalibrated};
use crate::demand::DemandClass;
use crate::forecaster::Parts;
use crate::global::{Global, GlobalModel, blend};
use crate::levels::Levels;
use crate::model::Model;
use crate::panel::Panel;
use crate::past::Past;
use crate::series::Series;

/// What the evidence calls a global model.
const BOOSTED: &str = "boosted";

/// Forecasts a series with what its panel knows beside it.
///
/// # Errors
/// [`NoForecast`] for a horizon of nothing, or of more than [`MOST_STEPS`].
pub fn forecast_in(
    panel: &Panel,
    series: &Series,
    horizon: usize,
    levels: &Levels,
    model: Model,
) -> Result<Forecast, NoForecast> {
    told(panel, series, (horizon, levels), model, false)
}

/// The same, and of [`Model::Boosted`], whose parts [`forecast_in`] leaves in the level, what they are: attributions of its
/// trees, gathered by what a figure is of. They tell what a step has beside an average one of the panel.
///
/// # Errors
/// As [`forecast_in`].
///
/// # Cost
/// That of [`forecast_in`]; for a step of the boosted model, leaves × depth² for each of its trees.
///
/// # Source
/// Lundberg, Erion and Lee, *Consistent individualized feature attribution for tree ensembles*, 2018.
///
/// # Example
/// ```
/// use oms_forecast::{Levels, Model, Panel, Series, explained_in};
///
/// let days = (0..120).map(|day| Some(f64::from(day % 3 + if day % 7 == 5 { 20 } else { 9 })));
/// let milk = Series::new("MILK", 7, days)?;
/// let next = explained_in(&Panel::default(), &milk, 7, &Levels::default(), Model::Boosted)?;
/// // Day 124 has place 5 of the week.
/// assert!(next.parts[4].season > 0.0 && (next.parts[4].sum() - next.mean[4]).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn explained_in(
    panel: &Panel,
    series: &Series,
    horizon: usize,
    levels: &Levels,
    model: Model,
) -> Result<Forecast, NoForecast> {
    told(panel, series, (horizon, levels), model, true)
}

fn told(
    panel: &Panel,
    series: &Series,
    (horizon, levels): (usize, &Levels),
    model: Model,
    explains: bool,
) -> Result<Forecast, NoForecast> {
    let past = series.past();
    if model.welcomes()
        && (1..=MOST_STEPS).contains(&horizon)
        && let Some(elders) = panel.elders_of_young(&past)
        && let Some(next) = elders.forecast(panel, &past, horizon, levels)
    {
        return Ok(next);
    }
    let blended = panel.globally(&past, DemandClass::of(&past));
    let taken = match model {
        Model::Boosted => Global::ALL,
        Model::Auto => blended.map(|its| its.shares).unwrap_or_default(),
        _ => Global::default(),
    };
    let past = &past;
    if !taken.is_any() || !(1..=MOST_STEPS).contains(&horizon) || !varies(past) {
        return own(panel, past, horizon, levels, Hosted::ours(model));
    }
    let global = panel.global().map_or_else(
        || Cow::Owned(GlobalModel::learn(&[(*past, horizon)], levels, 1)),
        Cow::Borrowed,
    );
    let fan = global.forecast(past, horizon, levels, taken).unwrap_or_default();
    let (share, is_whole) = (taken.quantiles, fan.mean.is_some() && fan.quantiles.is_some());
    let mut next = if is_whole && taken == Global::ALL {
        unknown(past, horizon, levels)
    } else if fan.quantiles.is_some() && share > 0.0 {
        uncalibrated(panel, past, horizon, levels, Hosted::ours(model))?
    } else {
        own(panel, past, horizon, levels, Hosted::ours(model))?
    };
    if fan.mean.is_none() && fan.quantiles.is_none() {
        return Ok(next);
    }
    if let Some(means) = fan.mean {
        let parts = if explains { global.parts(past, horizon) } else { None };
        next.takes_means(&means, parts.as_deref(), taken.means);
    }
    if let Some(quantiles) = fan.quantiles {
        next.quantiles.zip_mut_with(&quantiles, |own, its| *own = blend(*own, *its, share));
        if let Some(its) = blended.and_then(|its| its.calibration.as_ref()).filter(|_| share < 1.0)
        {
            next.calibrate_by(its, past, levels);
        }
        // Of whole units there is no half: the quantile is one of them.
        if past.known().all(|y| y.fract() == 0.0) {
            next.quantiles.iter_mut().for_each(|q| *q = q.round());
        }
    }
    next.orderly(past);
    let tested = global.tested(past).map(|(its, _)| its.pinball);
    let told = |pinball| Tested { model: BOOSTED.to_owned(), pinball, taken: true };
    next.tested.extend(tested.map(told));
    Ok(next)
}

/// Whether there is anything to learn.
fn varies(past: &Past<'_>) -> bool {
    let mut known = past.known();
    known.next().is_some_and(|first| known.any(|y| y.total_cmp(&first).is_ne()))
}

/// A forecast that nothing stands in yet.
fn unknown(past: &Past<'_>, horizon: usize, levels: &Levels) -> Forecast {
    let (mean, parts) = (vec![0.0; horizon], vec![Parts::default(); horizon]);
    let quantiles = Array2::zeros((horizon, levels.len()));
    Forecast { mean, quantiles, parts, class: DemandClass::of(past), tested: Vec::new() }
}

impl Forecast {
    /// Takes in means of the model of all series by their share. Where it is known what trees found them to be made of, it is
    /// told; what the mean of the quantiles has a say in is told in the same proportions.
    fn takes_means(&mut self, means: &[f64], found: Option<&[Parts]>, share: f64) {
        for (step, (mean, its)) in self.mean.iter_mut().zip(means).enumerate() {
            let mut told = Parts::default();
            if let Some(found) = found.and_then(|found| found.get(step)) {
                let sum = found.sum();
                if sum > 0.0 && *its > 0.0 {
                    told.add(found, its / sum);
                }
            }
            told.level += its - told.sum();
            let own = std::mem::take(&mut self.parts[step]);
            self.parts[step].add(&own, 1.0 - share);
            self.parts[step].add(&told, share);
            *mean = blend(*mean, *its, share);
        }
    }
}
