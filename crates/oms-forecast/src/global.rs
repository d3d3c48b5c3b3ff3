//! One model of a whole panel: boosted trees that learn from every series what a lag, a promotion, an age or a kind of
//! demand says about the steps ahead.
//!
//! 1. Series of one season and frequency learn together, each in its own scale.
//! 2. Rows are steps ahead of origins in the past, with nothing of demand that came after the origin; how far ahead is a
//!    figure like others, so that one model serves every step.
//! 3. A first model never sees the last horizon. On it rounds are counted, quantiles are moved until as many values lie
//!    below as their level says (conformal calibration), and the mean is freed of bias, within bounds.
//! 4. The model that forecasts learns from all.
//!
//! # Source
//! Makridakis, Spiliotis and Assimakopoulos, *M5 accuracy competition: results, findings, and conclusions*, International
//! Journal of Forecasting 38, 2022: global boosted trees; Romano, Patterson and Candès, *Conformalized quantile
//! regression*, NeurIPS 2019.

mod explain;
mod origin;
mod rows;
mod schema;
mod train;

pub(crate) use train::Evidence;

use std::collections::BTreeMap;

use ndarray::Array2;
use oms_learn::MOST_QUANTILES;

use crate::choose::MOST_PAST;
use crate::forecaster::Parts;
use crate::global::origin::Origin;
use crate::global::rows::{Origins, Rows};
use crate::global::schema::Schema;
use crate::global::train::{
    Calibrated, LEAST_ORIGINS, Learned, Lesson, MOST_HELD, MOST_ROWS, ROUNDS, ROUNDS_UNSEEN, blend,
    calibrated, mean_of, placed, width,
};
use crate::levels::Levels;
use crate::past::Past;
use crate::series::Series;

/// A model of a panel.
///
/// # Law
/// The same series give the same bits, for any number of threads. Nothing hidden is read: a forecast uses demand up to the
/// end of a past, and of the steps after it what is planned.
///
/// # Example
/// ```
/// use oms_forecast::{GlobalModel, Levels, Model, Panel, Series, forecast_in};
///
/// let series = |id: usize| {
///     let y = (0..80).map(|day| Some((id + 3 * (day % 7)) as f64 + ((day * 5 + id) % 4) as f64));
///     Series::new(id.to_string(), 7, y)
/// };
/// let all = (0..20).map(series).collect::<Result<Vec<_>, _>>()?;
/// let levels = Levels::new(&[0.1, 0.5, 0.9])?;
/// let global = GlobalModel::learn(all.iter().map(|series| (series, 7)), &levels, 1);
/// let panel = Panel::of(&all).with_global(global);
/// let next = forecast_in(&panel, &all[0], 7, &levels, Model::Boosted)?;
/// // Day 81 has place 3 of the week, day 83 place 5.
/// assert!(next.quantiles[[2, 1]] > next.quantiles[[0, 1]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct GlobalModel {
    groups: BTreeMap<(usize, String), Group>,
}

/// What series of one season and frequency have learned.
#[derive(Clone, Debug)]
struct Group {
    schema: Schema,
    learned: Learned,
    levels: Levels,
    /// By level: how far quantiles are moved, in widths of the outer tenths.
    shifts: Vec<f64>,
    /// What means are multiplied by.
    factor: f64,
    /// How much of the mean is that of the quantiles.
    share: f64,
    /// On the last horizon before the end, by series.
    tested: BTreeMap<String, Evidence>,
}

/// Mean and quantiles of each step.
pub(crate) type Fan = (Vec<f64>, Array2<f64>);

impl GlobalModel {
    /// Learns from the pasts of these series, each wanted so many steps ahead. Of more than 63 levels some are learned and
    /// those between drawn from their neighbors.
    ///
    /// # Cost
    /// Two trainings on up to 120,000 rows for each season and frequency; a forecast, a way down each tree for a step.
    #[must_use]
    pub fn learn<'a>(
        wanted: impl IntoIterator<Item = (&'a Series, usize)>,
        levels: &Levels,
        threads: usize,
    ) -> Self {
        let mut groups: BTreeMap<(usize, String), (Vec<Past<'a>>, usize)> = BTreeMap::new();
        for (series, horizon) in wanted {
            let past = series.past();
            let key = (past.season(), past.freq().to_owned());
            let group = groups.entry(key).or_default();
            group.0.push(past.last(MOST_PAST));
            group.1 = group.1.max(horizon.clamp(1, MOST_PAST));
        }
        let learned = groups.into_iter().filter_map(|(key, (mut pasts, horizon))| {
            // Of more series than can be learned from, those at equal distances teach.
            let apart = (pasts.len() * LEAST_ORIGINS).div_ceil(MOST_ROWS);
            pasts = pasts.into_iter().step_by(apart.max(1)).collect();
            Group::learn(&pasts, horizon, levels, threads).map(|group| (key, group))
        });
        Self { groups: learned.collect() }
    }

    /// What is expected of a past; `None` where no series like it was learned from.
    pub(crate) fn forecast(&self, past: &Past<'_>, horizon: usize, levels: &Levels) -> Option<Fan> {
        let group = self.groups.get(&(past.season(), past.freq().to_owned()))?;
        group.forecast(&past.last(MOST_PAST), horizon, levels)
    }

    /// What its means are made of; `None` where no series like it was learned from.
    pub(crate) fn parts(&self, past: &Past<'_>, horizon: usize) -> Option<Vec<Parts>> {
        let group = self.groups.get(&(past.season(), past.freq().to_owned()))?;
        group.parts(&past.last(MOST_PAST), horizon)
    }

    /// How well it did on the last horizon of a series, which it had not seen.
    pub(crate) fn tested(&self, past: &Past<'_>) -> Option<Evidence> {
        let group = self.groups.get(&(past.season(), past.freq().to_owned()))?;
        group.tested.get(past.id()).copied()
    }
}

impl Group {
    fn learn(pasts: &[Past<'_>], horizon: usize, levels: &Levels, threads: usize) -> Option<Self> {
        let schema = Schema::of(pasts);
        let levels = learnable(levels)?;
        let origins = placed(pasts, horizon);
        let every = (pasts.len() * horizon).div_ceil(MOST_HELD).min(horizon);
        let held = Origins { count: 1, every, ..origins };
        let before = Origins { skip: horizon, ..origins };
        let held = Lesson::of(&schema, pasts, &held);
        let before = Lesson::of(&schema, pasts, &before);
        let mut group = None;
        if let (Some(held), Some(before)) = (held, before) {
            let learned = Learned::of(&before, Some(&held), &levels, (ROUNDS, ROUNDS), threads)?;
            group = Some(calibrated(&learned, &held, pasts, &levels)?);
        }
        let rounds = group.as_ref().map_or((ROUNDS_UNSEEN, ROUNDS_UNSEEN), |its| its.rounds);
        let all = Lesson::of(&schema, pasts, &origins)?;
        let learned = Learned::of(&all, None, &levels, rounds, threads)?;
        let none =
            || Calibrated { shifts: vec![0.0; levels.len()], factor: 1.0, ..Calibrated::default() };
        let Calibrated { shifts, factor, share, tested, .. } = group.unwrap_or_else(none);
        Some(Self { schema, learned, levels, shifts, factor, share, tested })
    }

    fn forecast(&self, past: &Past<'_>, horizon: usize, levels: &Levels) -> Option<Fan> {
        let origin = Origin::new(&self.schema, *past)?;
        let mut rows = Rows::default();
        (0..horizon).for_each(|ahead| rows.take(&origin, ahead, 0, 0.0));
        let table = rows.table().ok()?;
        let mut said = self.learned.quantiles.predict(&table).ok()?;
        let mean = self.learned.mean.predict(&table).ok()?;
        for mut row in said.outer_iter_mut() {
            let width = width(row.iter().copied(), &self.levels);
            row.iter_mut().zip(&self.shifts).for_each(|(q, shift)| *q += shift * width);
        }
        let means = mean.iter().zip(said.outer_iter()).map(|(mean, row)| {
            let of_quantiles = mean_of(&self.levels, row.iter());
            blend(mean * self.factor, of_quantiles, self.share) * origin.scale
        });
        let mean = means.collect();
        // Of whole units there is no half: the quantile is one of them.
        let whole = past.known().all(|y| y.fract() == 0.0);
        let unit = |q: f64| if whole { q.round() } else { q };
        let known: Vec<f64> = self.levels.iter().collect();
        let quantiles = Array2::from_shape_fn((horizon, levels.len()), |(step, at)| {
            let level = levels.iter().nth(at).unwrap_or(0.5);
            unit(between(&known, said.row(step).iter().copied(), level) * origin.scale)
        });
        Some((mean, quantiles))
    }
}

/// As many of these levels as one model can learn, with the outermost.
fn learnable(levels: &Levels) -> Option<Levels> {
    let every = levels.len().div_ceil(MOST_QUANTILES - 1);
    let last = levels.len() - 1;
    let kept = levels.iter().enumerate().filter(|(at, _)| at % every == 0 || *at == last);
    Levels::new(&kept.map(|(_, level)| level).collect::<Vec<f64>>()).ok()
}

/// The quantile at a level between those known; beyond them the outermost.
fn between(known: &[f64], quantiles: impl Iterator<Item = f64>, level: f64) -> f64 {
    let mut last: Option<(f64, f64)> = None;
    for (its, q) in known.iter().zip(quantiles) {
        if *its >= level {
            let Some((low, before)) = last else { return q };
            return before + (q - before) * (level - low) / (its - low);
        }
        last = Some((*its, q));
    }
    last.map_or(0.0, |(_, q)| q)
}
