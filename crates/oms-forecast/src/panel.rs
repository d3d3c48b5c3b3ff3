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

use oms_learn::shared_out;

use crate::calibration::Calibration;
use crate::choose::Hosted;
use crate::demand::DemandClass;
use crate::design::Design;
use crate::global::{
    Blend, GlobalModel, JUDGES, Judge, Kind, TotalModel, Wanted, better, calibrations, kind,
};
use crate::history::ToForecast;
use crate::levels::Levels;
use crate::matrix::Factor;
use crate::model::{Model, SHORT};
use crate::models::Scaled;
use crate::newcomer::{Elders, is_young};
use crate::past::{Key, Past};
use crate::ranking::Ranking;
use crate::series::Series;

/// Series that teach; of more, those at equal distances are asked.
pub const TEACHERS: usize = 200;
/// Series by whose end models are ranked.
const RANKERS: usize = 100;
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
    groups: BTreeMap<Key, Arc<Effects>>,
    /// By whether demand comes now and then.
    calibrations: BTreeMap<Kind, Calibration>,
    /// Of short pasts of demand that never stops.
    rankings: BTreeMap<Key, Ranking>,
    global: Option<Arc<GlobalModel>>,
    /// By their number of steps.
    totals: BTreeMap<usize, Arc<TotalModel>>,
    /// How much comes from the global model, which knows it better than the series' own models.
    globally: BTreeMap<Kind, Blend>,
    /// What those with a past say of those without one.
    elders: BTreeMap<Key, Arc<Elders>>,
}

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
        Self::taught(pasts, 1)
    }

    pub(crate) fn taught<'a>(pasts: impl IntoIterator<Item = Past<'a>>, threads: usize) -> Self {
        let mut groups: BTreeMap<Key, Vec<Past<'_>>> = BTreeMap::new();
        for past in pasts {
            groups.entry(past.key()).or_default().push(past);
        }
        let learned = groups.into_iter().map(|(key, pasts)| {
            let design = Design::of(&pasts);
            (key, Arc::new(Effects::learned(design, &pasts, threads)))
        });
        Self { groups: learned.collect(), ..Self::default() }
    }

    /// Everything that these pasts, each wanted so many steps ahead, teach each other for this model: effects, what
    /// quantiles are worth, and a model of them all where it is asked for - or, by [`Model::Auto`], where it knows held back
    /// steps better than the series' own models; and [what they say of newcomers](Self::welcoming), where the model
    /// [welcomes](Model::welcomes) such. Nothing after the pasts is read but what is planned.
    ///
    /// # Law
    /// The same bits for any number of threads.
    ///
    /// # Cost
    /// Some ten fits for each teacher, a forecast for each judge, and for [`Model::Auto`] and [`Model::Boosted`] that of
    /// [`GlobalModel::learn`]; for [`Model::Auto`] up to 100 more forecasts of short pasts of demand that never stops, which
    /// rank its models.
    ///
    /// # Example
    /// ```
    /// use oms_forecast::{Levels, Model, Panel, Series, forecast_in};
    ///
    /// let series = |id: usize| {
    ///     let y = (0..60).map(|day| Some((id + day % 7 + (day * 5 + id) % 4) as f64));
    ///     Series::new(id.to_string(), 7, y)
    /// };
    /// let all = (0..20).map(series).collect::<Result<Vec<_>, _>>()?;
    /// let wanted: Vec<_> = all.iter().map(|series| (series.past(), 7)).collect();
    /// let levels = Levels::new(&[0.5, 0.95])?;
    /// let panel = Panel::learned(&wanted, &levels, Model::Auto, 1);
    /// let next = forecast_in(&panel, &all[3], 7, &levels, Model::Auto)?;
    /// assert!(next.quantiles[[0, 0]] <= next.quantiles[[0, 1]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn learned(
        wanted: &[(Past<'_>, usize)],
        levels: &Levels,
        model: Model,
        threads: usize,
    ) -> Self {
        let pasts: Vec<Past<'_>> = wanted.iter().map(|(past, _)| *past).collect();
        let mut panel = Self::taught(pasts.iter().copied(), threads);
        if model.welcomes() {
            panel = panel.welcoming(&pasts);
        }
        if model == Model::Boosted {
            return panel.with_global(GlobalModel::learn(wanted, levels, threads));
        }
        panel.rankings = panel.ranked(wanted, model, threads);
        let judges = Judge::all(&panel, wanted, Hosted::ours(model), JUDGES, threads);
        panel.calibrations = calibrations(&judges);
        if model == Model::Auto {
            let (global, globally) = GlobalModel::chosen(wanted, levels, &judges, threads);
            panel = panel.with_global(global);
            panel.globally = globally;
        }
        panel
    }

    /// The same for models of a host, alone or beside ours, for [`forecast_hosted`](crate::forecast_hosted): effects, and what
    /// the quantiles of what is chosen of them are worth. There is no model of all series.
    ///
    /// # Law
    /// The same bits for any number of threads.
    ///
    /// # Cost
    /// Some ten fits for each teacher, and a forecast for each judge.
    #[must_use]
    pub fn learned_hosted(
        wanted: &[(Past<'_>, usize)],
        models: Hosted<'_>,
        threads: usize,
    ) -> Self {
        let mut panel = Self::taught(wanted.iter().map(|(past, _)| *past), threads);
        panel.calibrations = calibrations(&Judge::all(&panel, wanted, models, JUDGES, threads));
        panel
    }

    /// The same, which also knows what its quantiles are worth: of up to [`JUDGES`](crate::JUDGES) series the last steps, as
    /// many as are wanted ahead, are held back, forecast by this model and counted. Of too few series nothing is learned.
    ///
    /// With a model of all series, [`Model::Auto`] has some or all of the quantiles, or of the means, or of both from that one for
    /// each kind of series whose held back steps it knew better.
    ///
    /// # Cost
    /// A forecast for each judge.
    #[must_use]
    pub fn calibrated(mut self, wanted: &[ToForecast], model: Model) -> Self {
        let wanted: Vec<_> =
            wanted.iter().map(|wanted| (wanted.series.past(), wanted.horizon)).collect();
        self.rankings = self.ranked(&wanted, model, 1);
        let judges = Judge::all(&self, &wanted, Hosted::ours(model), JUDGES, 1);
        self.calibrations = calibrations(&judges);
        let global = self.global.as_deref();
        self.globally = better(&judges, |past| global?.tested(past));
        self
    }

    /// The same, which also knows what series with a past of their own say of those that have hardly begun: of a
    /// [`Newcomer`](crate::Newcomer), and, with a model that [welcomes](Model::welcomes) them, of a past of fewer than seven
    /// steps, or of fewer than two seasons and 14 steps; in [`totals_in`](crate::totals_in), ever less, of a past up to six
    /// times as long as the total, or to 14 steps, where half of them have longer ones.
    ///
    /// These pasts must not go on after those that the panel is asked about: a series may be among those like it.
    ///
    /// # Cost
    /// Looks at up to 2,000 of these pasts.
    #[must_use]
    pub fn welcoming(mut self, pasts: &[Past<'_>]) -> Self {
        let mut groups: BTreeMap<Key, Vec<Past<'_>>> = BTreeMap::new();
        for past in pasts {
            groups.entry(past.key()).or_default().push(*past);
        }
        let elders = groups.into_iter().filter_map(|(key, pasts)| {
            let effects = self.effects(pasts.first()?);
            Some((key, Arc::new(Elders::of(&pasts, &effects)?)))
        });
        self.elders = elders.collect();
        self
    }

    /// Ids of the series that a past is taken to be like, where it has hardly begun and the panel [welcomes](Self::welcoming)
    /// such; else none.
    #[must_use]
    pub fn alike(&self, past: &Past<'_>) -> Vec<&str> {
        self.elders_of_young(past).map_or_else(Vec::new, |elders| elders.ids(past))
    }

    /// What others say of a past, where it has hardly begun.
    pub(crate) fn elders_of_young(&self, past: &Past<'_>) -> Option<&Elders> {
        self.elders_of(past).filter(|_| is_young(past))
    }

    /// What others say of a past of any length.
    pub(crate) fn elders_of(&self, past: &Past<'_>) -> Option<&Elders> {
        self.elders.get(&past.key()).map(|elders| &**elders)
    }

    /// How models do on series whose past chooses badly, as it is short, among models that all suit it.
    fn ranked(
        &self,
        wanted: &[Wanted<'_>],
        model: Model,
        threads: usize,
    ) -> BTreeMap<Key, Ranking> {
        let mut rankings: BTreeMap<Key, Ranking> = BTreeMap::new();
        if model != Model::Auto {
            return rankings;
        }
        let asked = wanted.iter().filter(|(past, _)| is_ranked(past)).copied();
        let asked: Vec<_> = asked.collect();
        for judge in Judge::all(self, &asked, Hosted::ours(model), RANKERS, threads) {
            judge.rank(&mut rankings);
        }
        rankings
    }

    /// How models do on series like this one.
    pub(crate) fn ranking(&self, past: &Past<'_>) -> Option<&Ranking> {
        self.rankings.get(&past.key()).filter(|_| is_ranked(past))
    }

    /// What the quantiles of such a series are worth.
    pub(crate) fn calibration(&self, past: &Past<'_>, class: DemandClass) -> Option<&Calibration> {
        if self.calibrations.is_empty() {
            return None;
        }
        self.calibrations.get(&kind(past, class))
    }

    /// How much of such a series comes from the model of all.
    pub(crate) fn globally(&self, past: &Past<'_>, class: DemandClass) -> Option<&Blend> {
        self.globally.get(&kind(past, class))
    }

    /// The same with a model of all its series, for [`Model::Boosted`], and, [calibrated](Self::calibrated) with it, for
    /// [`Model::Auto`].
    #[must_use]
    pub fn with_global(self, global: GlobalModel) -> Self {
        Self { global: Some(Arc::new(global)), ..self }
    }

    /// The same with a model of what so many steps want together, for [`total_in`](crate::total_in) and
    /// [`totals_in`](crate::totals_in), beside those of other numbers of steps.
    #[must_use]
    pub fn with_totals(mut self, totals: Arc<TotalModel>) -> Self {
        self.totals.insert(totals.steps(), totals);
        self
    }

    pub(crate) fn totals(&self, steps: usize) -> Option<&TotalModel> {
        self.totals.get(&steps).map(|model| &**model)
    }

    pub(crate) fn global(&self) -> Option<&GlobalModel> {
        self.global.as_deref()
    }

    /// What is known for such a series; from nothing but itself where the panel has none like it.
    pub(crate) fn effects(&self, past: &Past<'_>) -> Arc<Effects> {
        let known = self.groups.get(&past.key());
        known.cloned().unwrap_or_else(|| Arc::new(Effects::unknown(Design::of(&[*past]))))
    }
}

/// Demand that never stops, in a short past.
fn is_ranked(past: &Past<'_>) -> bool {
    past.values().len() <= SHORT && past.known().all(|y| y > 0.0)
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

    fn learned(design: Design, pasts: &[Past<'_>], threads: usize) -> Self {
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
            effects.round(&mut teachers, threads);
        }
        effects
    }

    /// One round: what each teacher says under what is known, and what is known after that.
    fn round(&mut self, teachers: &mut [Scaled], threads: usize) {
        let width = self.means.len();
        let told = shared_out(teachers.iter_mut(), threads, |teacher| teacher.learn(self, 1));
        let told: Vec<_> = told.into_iter().flatten().collect();
        let (mut left, mut right) = (vec![0.0; width * width], vec![0.0; width]);
        for (own, shared) in &told {
            // What this teacher alone adds to the mean of all: both sides of its normal equation.
            for (row, pull) in self.pulls.iter().enumerate() {
                let rest = own[row] - self.shrunk(shared, row);
                right[row] += pull * rest;
                for (column, other) in self.pulls.iter().enumerate() {
                    let diagonal = if row == column { *pull } else { 0.0 };
                    left[row * width + column] +=
                        diagonal - pull * shared[row * width + column] * other;
                }
            }
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
