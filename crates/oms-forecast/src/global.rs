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

mod blend;
mod choose;
mod explain;
mod judge;
mod origin;
mod rows;
mod schema;
mod total;
mod train;
mod window;

pub(crate) use blend::{Blend, Global, blend};
pub use choose::{explained_in, forecast_in};
pub use judge::JUDGES;
pub(crate) use judge::{Judge, Kind, better, calibrations, kind};
pub use total::TotalModel;

use std::collections::BTreeMap;

use ndarray::Array2;
use oms_learn::MOST_QUANTILES;

use crate::choose::MOST_PAST;
use crate::forecaster::Parts;
use crate::global::origin::Origin;
use crate::global::rows::{Origins, Rows};
use crate::global::schema::Schema;
use crate::global::train::{
    Calibrated, Evidence, LEAST_ORIGINS, Learned, Lesson, MOST_HELD, MOST_ROWS, QUICK, QUICK_HELD,
    QUICK_ROWS, ROUNDS_UNSEEN, WHOLE, calibrated, mean_of, placed, width,
};
use crate::levels::Levels;
use crate::past::{Key, Past};

/// A past, and how far ahead it is wanted.
pub(crate) type Wanted<'a> = (Past<'a>, usize);

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
/// let wanted: Vec<_> = all.iter().map(|series| (series.past(), 7)).collect();
/// let global = GlobalModel::learn(&wanted, &levels, 1);
/// let panel = Panel::of(&all).with_global(global);
/// let next = forecast_in(&panel, &all[0], 7, &levels, Model::Boosted)?;
/// // Day 81 has place 3 of the week, day 83 place 5.
/// assert!(next.quantiles[[2, 1]] > next.quantiles[[0, 1]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct GlobalModel {
    groups: BTreeMap<Key, Group>,
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

/// Mean and quantiles of each step, as far as they were learned and are wanted.
#[derive(Debug, Default)]
pub(crate) struct Fan {
    pub(crate) mean: Option<Vec<f64>>,
    pub(crate) quantiles: Option<Array2<f64>>,
}

impl GlobalModel {
    /// Learns from these pasts, each wanted so many steps ahead. Of more than 63 levels some are learned and those between
    /// drawn from their neighbors.
    ///
    /// # Cost
    /// Two trainings on up to 120,000 rows for each season and frequency; a forecast, a way down each tree for a step.
    #[must_use]
    pub fn learn(wanted: &[(Past<'_>, usize)], levels: &Levels, threads: usize) -> Self {
        let learned = Draft::all(wanted).into_iter().filter_map(|(key, draft)| {
            let tried = draft.tried(levels, threads);
            Some((key, draft.learned(tried, levels, Global::ALL, threads)?))
        });
        Self { groups: learned.collect() }
    }

    /// What is expected of a past; `None` where no series like it was learned from.
    pub(crate) fn forecast(
        &self,
        past: &Past<'_>,
        horizon: usize,
        levels: &Levels,
        wants: Global,
    ) -> Option<Fan> {
        let group = self.groups.get(&past.key())?;
        group.forecast(&past.last(MOST_PAST), horizon, levels, wants)
    }

    /// What its means are made of; `None` where no series like it was learned from.
    pub(crate) fn parts(&self, past: &Past<'_>, horizon: usize) -> Option<Vec<Parts>> {
        self.groups.get(&past.key())?.parts(&past.last(MOST_PAST), horizon)
    }

    /// How well it did on the last horizon of a series, which it had not seen, at its levels.
    pub(crate) fn tested(&self, past: &Past<'_>) -> Option<(&Evidence, &Levels)> {
        let group = self.groups.get(&past.key())?;
        Some((group.tested.get(past.id())?, &group.levels))
    }
}

/// Series of one season and frequency, before anything is learned of them.
#[derive(Debug)]
struct Draft<'a> {
    pasts: Vec<Past<'a>>,
    horizon: usize,
    schema: Schema,
    origins: Origins,
}

impl<'a> Draft<'a> {
    fn all(wanted: &[Wanted<'a>]) -> BTreeMap<Key, Self> {
        let mut groups: BTreeMap<Key, (Vec<Past<'a>>, usize)> = BTreeMap::new();
        for (past, horizon) in wanted {
            let group = groups.entry(past.key()).or_default();
            group.0.push(past.last(MOST_PAST));
            group.1 = group.1.max((*horizon).clamp(1, MOST_PAST));
        }
        let draft = |(key, (pasts, horizon))| (key, Self::new(pasts, horizon));
        groups.into_iter().map(draft).collect()
    }

    fn new(pasts: Vec<Past<'a>>, horizon: usize) -> Self {
        let pasts = teachers(&pasts, MOST_ROWS);
        let (schema, origins) = (Schema::of(&pasts), placed(&pasts, horizon, MOST_ROWS));
        Self { pasts, horizon, schema, origins }
    }

    /// What a small model is worth on the last horizon of some pasts, which it had not seen: about what a large one would
    /// be, for a twentieth of its cost.
    fn quick(&self, some: &[Past<'_>], levels: &Levels, threads: usize) -> Option<Calibrated> {
        let (levels, horizon) = (learnable(levels)?, self.horizon);
        let pasts = teachers(&self.pasts, QUICK_ROWS);
        let origins = placed(&pasts, horizon, QUICK_ROWS);
        let every = (some.len() * horizon).div_ceil(QUICK_HELD).min(horizon);
        let held = Origins { count: 1, every, ..origins };
        let before = Origins { skip: horizon, ..origins };
        let held = Lesson::of(&self.schema, some, &held, threads)?;
        let before = Lesson::of(&self.schema, &pasts, &before, threads)?;
        let learned = Learned::tried(&before, &held, &levels, QUICK, threads)?;
        calibrated(&learned, (&held, horizon), some, &levels, threads)
    }

    /// What a model is worth on the last horizon, which it had not seen; `None` where that cannot be tried. With threads,
    /// the model of all steps is learned beside it.
    fn tried(&self, levels: &Levels, threads: usize) -> Option<(Calibrated, Option<Learned>)> {
        let (levels, horizon) = (learnable(levels)?, self.horizon);
        let every = (self.pasts.len() * horizon).div_ceil(MOST_HELD).min(horizon);
        let held = Origins { count: 1, every, ..self.origins };
        let before = Origins { skip: horizon, ..self.origins };
        let lesson = |origins| Lesson::of(&self.schema, &self.pasts, origins, threads);
        let (held, before) = (lesson(&held)?, lesson(&before)?);
        let (tried, whole) = if threads > 1 {
            let all = lesson(&self.origins)?;
            let [tried, whole] = Learned::twice((&before, &held), &all, &levels, threads)?;
            (tried, Some(whole))
        } else {
            (Learned::tried(&before, &held, &levels, WHOLE, threads)?, None)
        };
        Some((calibrated(&tried, (&held, horizon), &self.pasts, &levels, threads)?, whole))
    }

    /// Learns what is wanted from all steps.
    fn learned(
        &self,
        tried: Option<(Calibrated, Option<Learned>)>,
        levels: &Levels,
        wants: Global,
        threads: usize,
    ) -> Option<Group> {
        let levels = learnable(levels)?;
        let none = || Calibrated {
            rounds: [ROUNDS_UNSEEN; 2],
            shifts: vec![0.0; levels.len()],
            factor: 1.0,
            ..Calibrated::default()
        };
        let (tried, whole) = tried.unwrap_or_else(|| (none(), None));
        let learned = if let Some(whole) = whole {
            whole
        } else {
            let all = Lesson::of(&self.schema, &self.pasts, &self.origins, threads)?;
            let [quantiles, means] = tried.rounds;
            // A mean that is partly that of the quantiles needs them.
            let quantiles = (wants.quantiles > 0.0 || tried.share > 0.0).then_some(quantiles);
            let rounds = [quantiles, (wants.means > 0.0).then_some(means)];
            Learned::whole(&all, &levels, rounds, threads)?
        };
        let Calibrated { shifts, factor, share, tested, .. } = tried;
        let schema = self.schema.clone();
        Some(Group { schema, learned, levels, shifts, factor, share, tested })
    }
}

/// Of more series than so many rows can be made of, those at equal distances teach.
fn teachers<'a>(pasts: &[Past<'a>], rows: usize) -> Vec<Past<'a>> {
    let apart = (pasts.len() * LEAST_ORIGINS).div_ceil(rows).max(1);
    pasts.iter().step_by(apart).copied().collect()
}

impl Group {
    fn forecast(
        &self,
        past: &Past<'_>,
        horizon: usize,
        levels: &Levels,
        wants: Global,
    ) -> Option<Fan> {
        let origin = Origin::new(&self.schema, *past)?;
        let mut rows = Rows::default();
        (0..horizon).for_each(|ahead| rows.take(&origin, ahead, 0, 0.0));
        let table = rows.table().ok()?;
        let mut fan = Fan::default();
        let asks = wants.quantiles > 0.0 || self.share > 0.0;
        let said = self.learned.quantiles.as_ref().filter(|_| asks);
        let said = match said {
            Some(model) => {
                let mut said = model.predict(&table).ok()?;
                for mut row in said.outer_iter_mut() {
                    let width = width(row.iter().copied(), &self.levels);
                    row.iter_mut().zip(&self.shifts).for_each(|(q, shift)| *q += shift * width);
                }
                Some(said)
            }
            None => None,
        };
        if let Some(model) = self.learned.mean.as_ref().filter(|_| wants.means > 0.0) {
            let mean = model.predict(&table).ok()?;
            let steps = mean.iter().enumerate().map(|(step, mean)| {
                let own = mean * self.factor;
                let of_quantiles =
                    said.as_ref().map(|said| mean_of(&self.levels, said.row(step).iter()));
                of_quantiles.map_or(own, |its| blend(own, its, self.share)) * origin.scale
            });
            fan.mean = Some(steps.collect());
        }
        if let Some(said) = said.filter(|_| wants.quantiles > 0.0) {
            let known: Vec<f64> = self.levels.iter().collect();
            fan.quantiles = Some(Array2::from_shape_fn((horizon, levels.len()), |(step, at)| {
                let level = levels.iter().nth(at).unwrap_or(0.5);
                between(&known, said.row(step).iter().copied(), level) * origin.scale
            }));
        }
        Some(fan)
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
