//! What the series of a file teach each other: what a promotion, a weekday or a closed neighbor is worth.
//!
//! Every series has effects of its own, drawn from a normal distribution that the panel shares: its mean and its variances
//! are learned from up to [`TEACHERS`] series by expectation and maximization, so that a series with little to say is
//! drawn towards what holds for all, and a panel of series that differ lets each go its own way.
//!
//! # Source
//! Lindley and Smith, *Bayes estimates for the linear model*, Journal of the Royal Statistical Society B 34, 1972; Dempster,
//! Laird and Rubin, ibid. B 39, 1977. The loss is the quasi-likelihood of Poisson's distribution: Wedderburn, Biometrika
//! 61, 1974.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::backtest::pinball;
use crate::calibration::{Calibration, Held};
use crate::choose::{Forecast, uncalibrated};
use crate::demand::DemandClass;
use crate::design::Design;
use crate::global::{Evidence, GlobalModel};
use crate::history::ToForecast;
use crate::levels::Levels;
use crate::matrix::Factor;
use crate::model::Model;
use crate::models::Scaled;
use crate::past::Past;
use crate::series::Series;

/// Series that teach; of more, those at equal distances are asked.
pub const TEACHERS: usize = 200;
/// Series whose end is held back to see what quantiles are worth.
pub const JUDGES: usize = 300;
/// Steps that must be known before an end that is held back.
const LEAST_JUDGED: usize = 8;
/// Fewer judges than this do not make a global model the better one. Not tuned.
const LEAST_GLOBAL: usize = 20;
/// Rounds of learning.
const ROUNDS: usize = 6;
/// Fewer series than this teach no distribution.
const LEAST: usize = 5;
/// How far an effect may be from none before anything is known: a factor of e to this. Not tuned.
const FREE: f64 = 0.3;
/// The variances that are believed.
const VARIANCES: (f64, f64) = (1e-4, 1.0);
/// The same of the time of the year.
const YEARLY: f64 = 4e-4;

/// What a panel of series knows about effects, by season and step.
///
/// Its series have the same regressors in the same order, as those of one file do.
///
/// # Example
/// ```
/// use oms_forecast::{Levels, Model, Panel, Series, forecast_in};
///
/// let promo = |step: usize| if step % 5 == 0 { 1.0 } else { 0.0 };
/// let series = |id: usize| {
///     let y = (0..40).map(|step| Some(10.0 + ((step * 7 + id) % 3) as f64 + 20.0 * promo(step)));
///     let planned = (0..50).map(|step| Some(promo(step))).collect();
///     Series::new(id.to_string(), 1, y)?.with_regressors(["promo".to_owned()].into(), &[planned])
/// };
/// let all = (0..8).map(series).collect::<Result<Vec<_>, _>>()?;
/// let panel = Panel::of(&all);
/// let next = forecast_in(&panel, &all[0], 5, &Levels::default(), Model::Auto)?;
/// assert!(next.mean[0] > 25.0 && next.mean[1] < 15.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Panel {
    groups: BTreeMap<(usize, String), Arc<Effects>>,
    /// By whether demand comes now and then.
    calibrations: BTreeMap<Kind, Calibration>,
    global: Option<Arc<GlobalModel>>,
    /// What the global model knows better than the series' own models.
    globally: BTreeMap<Kind, Global>,
}

/// What of a forecast comes from the model of all series.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Global {
    pub(crate) quantiles: bool,
    pub(crate) means: bool,
}

/// Season and frequency, and whether demand comes now and then.
type Kind = ((usize, String), bool);

/// The distribution of effects in a group of series.
#[derive(Clone, Debug)]
pub(crate) struct Effects {
    pub(crate) design: Design,
    pub(crate) means: Vec<f64>,
    /// One over the variance of each.
    pub(crate) pulls: Vec<f64>,
}

impl Panel {
    /// Learns from the pasts of these series.
    ///
    /// # Cost
    /// Some ten fits for each teacher.
    #[must_use]
    pub fn of<'a>(series: impl IntoIterator<Item = &'a Series>) -> Self {
        Self::of_pasts(series.into_iter().map(Series::past))
    }

    /// Learns from these pasts, and from nothing after them.
    #[must_use]
    pub fn of_pasts<'a>(pasts: impl IntoIterator<Item = Past<'a>>) -> Self {
        let mut groups: BTreeMap<(usize, String), Vec<Past<'_>>> = BTreeMap::new();
        for past in pasts {
            groups.entry((past.season(), past.freq().to_owned())).or_default().push(past);
        }
        let learned = groups.into_iter().map(|(key, pasts)| {
            let design = Design::of(&pasts);
            (key, Arc::new(Effects::learned(design, &pasts)))
        });
        Self { groups: learned.collect(), ..Self::default() }
    }

    /// The same, which also knows what its quantiles are worth: of up to [`JUDGES`] series the last steps, as many as are
    /// wanted ahead, are held back, forecast by this model and counted. Of too few series nothing is learned.
    ///
    /// With a model of all series, [`Model::Auto`] has the quantiles, or the means, or both of that one for each kind of series
    /// whose held back steps it knew better.
    ///
    /// # Cost
    /// A forecast for each judge.
    #[must_use]
    pub fn calibrated(mut self, wanted: &[ToForecast], model: Model) -> Self {
        let mut held: BTreeMap<Kind, Held> = BTreeMap::new();
        let mut losses: BTreeMap<Kind, Losses> = BTreeMap::new();
        for wanted in wanted.iter().step_by(wanted.len().div_ceil(JUDGES).max(1)) {
            let past = wanted.series.past();
            let n = past.values().len();
            let ahead = wanted.horizon.min(n / 3);
            if ahead == 0 || n - ahead < LEAST_JUDGED {
                continue;
            }
            let known = past.first(n - ahead);
            let next = uncalibrated(&self, &known, ahead, &Levels::default(), model);
            let Some(next) = next.ok().filter(|next| !next.tested.is_empty()) else { continue };
            let key = kind(&past, next.class);
            if let Some(global) = self.global().and_then(|global| global.tested(&past)) {
                losses.entry(key.clone()).or_default().add(&known, (&next, global), &past);
            }
            let held = held.entry(key).or_default();
            for step in (0..ahead).filter(|step| past.seen()[n - ahead + step]) {
                held.add(past.values()[n - ahead + step], next.quantiles.row(step).to_vec());
            }
        }
        let known = held.into_iter().filter_map(|(key, held)| Some((key, held.calibration()?)));
        self.calibrations = known.collect();
        self.globally = losses.into_iter().map(|(kind, losses)| (kind, losses.better())).collect();
        self
    }

    /// What the quantiles of such a series are worth.
    pub(crate) fn calibration(&self, past: &Past<'_>, class: DemandClass) -> Option<&Calibration> {
        if self.calibrations.is_empty() {
            return None;
        }
        self.calibrations.get(&kind(past, class))
    }

    /// What the model of all series knows better of such a series.
    pub(crate) fn is_global(&self, past: &Past<'_>, class: DemandClass) -> Global {
        self.globally.get(&kind(past, class)).copied().unwrap_or_default()
    }

    /// The same with a model of all its series, for [`Model::Boosted`], and, [calibrated](Self::calibrated) with it, for
    /// [`Model::Auto`].
    #[must_use]
    pub fn with_global(self, global: GlobalModel) -> Self {
        Self { global: Some(Arc::new(global)), ..self }
    }

    pub(crate) fn global(&self) -> Option<&GlobalModel> {
        self.global.as_deref()
    }

    /// What is known for such a series; from nothing but itself where the panel has none like it.
    pub(crate) fn effects(&self, past: &Past<'_>) -> Arc<Effects> {
        let known = self.groups.get(&(past.season(), past.freq().to_owned()));
        known.cloned().unwrap_or_else(|| Arc::new(Effects::unknown(Design::of(&[*past]))))
    }
}

fn kind(past: &Past<'_>, class: DemandClass) -> Kind {
    ((past.season(), past.freq().to_owned()), class.is_sparse())
}

/// What held back steps cost by the series' own models and by the global one, each in units of how much the series moves:
/// pinball loss and deviation.
#[derive(Debug, Default)]
struct Losses {
    own: [f64; 2],
    global: [f64; 2],
    judges: usize,
}

impl Losses {
    fn add(&mut self, known: &Past<'_>, (next, global): (&Forecast, Evidence), past: &Past<'_>) {
        let from = known.values().len();
        let levels = Levels::default();
        let (mut loss, mut square, mut steps) = (0.0, 0.0, 0.0);
        for (step, row) in next.quantiles.outer_iter().enumerate() {
            if past.seen()[from + step] {
                let came = past.values()[from + step];
                let each = levels.iter().zip(row).map(|(p, q)| pinball(p, came - q));
                loss += each.sum::<f64>() / levels.len() as f64;
                square += (came - next.mean[step]).powi(2);
                steps += 1.0;
            }
        }
        let moves = known.values().windows(2).map(|two| (two[1] - two[0]).abs()).sum::<f64>();
        let scale = moves / (from as f64 - 1.0);
        if steps > 0.0 && scale > 0.0 {
            let own = [loss / steps, f64::sqrt(square / steps)];
            let global = [global.pinball, global.deviation];
            self.own.iter_mut().zip(own).for_each(|(sum, its)| *sum += its / scale);
            self.global.iter_mut().zip(global).for_each(|(sum, its)| *sum += its / scale);
            self.judges += 1;
        }
    }

    fn better(&self) -> Global {
        let [quantiles, means] =
            [0, 1].map(|at| self.judges >= LEAST_GLOBAL && self.global[at] < self.own[at]);
        Global { quantiles, means }
    }
}

impl Effects {
    /// None, give or take.
    fn unknown(design: Design) -> Self {
        let width = design.width();
        Self { design, means: vec![0.0; width], pulls: vec![1.0 / (FREE * FREE); width] }
    }

    /// Whether more is known than places of a season, which other models know too.
    pub(crate) fn is_worth_it(&self) -> bool {
        self.design.knows_more()
    }

    /// Whether there are regressors that change.
    pub(crate) fn has_regressors(&self) -> bool {
        self.design.has_regressors()
    }

    fn learned(design: Design, pasts: &[Past<'_>]) -> Self {
        let mut effects = Self::unknown(design);
        let apart = pasts.len().div_ceil(TEACHERS).max(1);
        let teachers = pasts.iter().step_by(apart).map(|past| past.last(crate::choose::MOST_PAST));
        let mut teachers: Vec<Scaled> = teachers
            .filter_map(|past| Scaled::of(&past, &effects.design, past.values().len()))
            .collect();
        if teachers.len() < LEAST || effects.design.is_empty() {
            return effects;
        }
        for _ in 0..ROUNDS {
            effects.round(&mut teachers);
        }
        effects
    }

    /// One round: what each teacher says under what is known, and what is known after that.
    fn round(&mut self, teachers: &mut [Scaled]) {
        let width = self.means.len();
        let mut told = Vec::with_capacity(teachers.len());
        let (mut left, mut right) = (vec![0.0; width * width], vec![0.0; width]);
        for teacher in teachers {
            let Some((own, shared)) = teacher.learn(self, 1) else { continue };
            // What this teacher alone adds to the mean of all: both sides of its normal equation.
            for (row, pull) in self.pulls.iter().enumerate() {
                let rest = own[row] - self.shrunk(&shared, row);
                right[row] += pull * rest;
                for (column, other) in self.pulls.iter().enumerate() {
                    let diagonal = if row == column { *pull } else { 0.0 };
                    left[row * width + column] +=
                        diagonal - pull * shared[row * width + column] * other;
                }
            }
            told.push((own, shared));
        }
        for (at, pull) in left.iter_mut().step_by(width + 1).zip(&self.pulls) {
            // An effect that nobody speaks of is none.
            *at += 1.0_f64.max(1e-9 * pull);
        }
        if let Some(factor) = Factor::of(left, width) {
            factor.solve(&mut right);
            if right.iter().all(|mean| mean.is_finite()) {
                self.means = right;
            }
        }
        let yearly = self.design.yearly();
        for (at, (pull, mean)) in self.pulls.iter_mut().zip(&self.means).enumerate() {
            let off = told
                .iter()
                .map(|(own, shared)| (own[at] - mean) * (own[at] - mean) + shared[at * width + at]);
            let variance = off.sum::<f64>() / told.len().max(1) as f64;
            // A level that wanders looks like a year: a series alone is not believed.
            let most = if yearly.contains(&at) { YEARLY } else { VARIANCES.1 };
            *pull = 1.0 / variance.clamp(VARIANCES.0, most);
        }
    }

    /// The part of an effect that came from the means.
    fn shrunk(&self, shared: &[f64], row: usize) -> f64 {
        let width = self.means.len();
        let row = &shared[row * width..(row + 1) * width];
        row.iter()
            .zip(self.pulls.iter().zip(&self.means))
            .map(|(v, (pull, mean))| v * pull * mean)
            .sum()
    }
}
