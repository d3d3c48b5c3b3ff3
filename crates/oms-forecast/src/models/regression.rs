//! Demand as a level that changes, times what is known beside it: promotions, prices, weekdays, the time of the year.
//!
//! Effects are factors, learned with the level of both sides of a step beside them, and drawn towards those of the panel.
//! The level at the end is an average of what was sold over what was expected, in which older steps count less; how much
//! less is weighed by how well it would have forecast. How far off that was is the distribution, learned most from steps of
//! much the same expectation, since small demand is rougher than large.
//!
//! # Source
//! Regression with the panel's shrinkage: see [`Panel`](crate::Panel). Weighted quantiles near a point: Yu and Jones,
//! *Local linear quantile regression*, Journal of the American Statistical Association 93, 1998.

use std::sync::Arc;

use ndarray::Array2;

use super::at_least;
use crate::design::Design;
use crate::forecaster::{Fitted, Forecaster, NotFitted, Parts};
use crate::levels::Levels;
use crate::matrix::Factor;
use crate::panel::Effects;
use crate::past::Past;

/// An effect is a factor between e to minus this and e to this.
const MOST_EFFECT: f64 = 4.0;
/// Passes over a series in one fit.
const PASSES: usize = 4;
/// Steps, in seasons, after which what was sold counts half for a level.
const HALVES: [f64; 6] = [2.0, 4.0, 8.0, 16.0, 32.0, 96.0];
/// How much more a level counts that would have forecast better: the power of its loss. Chosen, with the half-lives, by
/// looking at pasta and M5.
const SHARP: f64 = 8.0;
/// How near an expectation is, as a logarithm, to speak for another. Chosen by looking at pasta, M5 and Rossmann.
const NEAR: f64 = 0.6;
/// The same for several steps together. Chosen by stock tests that end a year and more before the usual ones.
const NEAR_TOTAL: f64 = 6.0;
/// At least this many steps that were seen.
const LEAST: usize = 8;

/// Regression on the panel's design, with a level that changes.
#[derive(Clone, Debug)]
pub(crate) struct Regression {
    effects: Arc<Effects>,
    horizon: usize,
    /// Whether something is planned that no other model could know.
    planned: bool,
}

impl Regression {
    pub(crate) fn of(effects: Arc<Effects>, past: &Past<'_>, horizon: usize) -> Self {
        let moved = || effects.design.is_moved(&effects.means, past, horizon);
        let planned = effects.has_regressors() || moved();
        Self { effects, horizon, planned }
    }

    /// Whether there is more to know than a season.
    pub(crate) fn is_worth_it(&self) -> bool {
        self.effects.is_worth_it()
    }
}

impl Forecaster for Regression {
    fn name(&self) -> &str {
        "regression"
    }

    fn reads_plans(&self) -> bool {
        self.planned
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        let unsuited =
            |why: &str| NotFitted::Unsuited { model: self.name().to_owned(), why: why.to_owned() };
        at_least(LEAST, past, self.name())?;
        if self.effects.design.is_empty() {
            return Err(unsuited("nothing is known beside it"));
        }
        let n = past.values().len();
        let mut scaled = Scaled::of(past, &self.effects.design, n + self.horizon)
            .ok_or_else(|| unsuited("it needs demand, never below zero"))?;
        scaled
            .settle(&self.effects, PASSES)
            .ok_or_else(|| unsuited("its effects are not plain"))?;
        let fitted = scaled.each(past, &self.effects.design);
        if fitted.ahead.iter().all(|value| value.is_finite()) && !fitted.off.is_empty() {
            Ok(Box::new(fitted))
        } else {
            Err(unsuited("it diverges"))
        }
    }
}

/// A series ready to learn from: what was seen, with the figures of its steps.
#[derive(Debug)]
pub(crate) struct Scaled {
    /// Not a number where nothing was seen.
    values: Vec<f64>,
    /// Of the past and ahead.
    figures: Vec<f64>,
    /// Of each step, figures up to the last that is not zero.
    ends: Vec<u16>,
    width: usize,
    effects: Vec<f64>,
    /// What a step has beside its level, as a factor.
    factors: Vec<f64>,
    half: f64,
    season: usize,
    /// Whether a step ahead is closed.
    closed: Vec<bool>,
}

impl Scaled {
    /// `None` where there is too little, or demand below zero.
    pub(crate) fn of(past: &Past<'_>, design: &Design, steps: usize) -> Option<Self> {
        let values = past.values().iter().zip(past.seen());
        let values: Vec<f64> = values.map(|(y, seen)| if *seen { *y } else { f64::NAN }).collect();
        let known = values.iter().filter(|y| y.is_finite());
        if known.clone().count() < LEAST
            || known.clone().any(|y| *y < 0.0)
            || known.sum::<f64>() <= 0.0
        {
            return None;
        }
        let season = past.season();
        let half = f64::max(8.0 * season.max(2) as f64, design.year() / 2.0);
        let (figures, width) = (design.figures(past, steps), design.width());
        let end =
            |figures: &[f64]| figures.iter().rposition(|its| *its != 0.0).map_or(0, |at| at + 1);
        let ends = figures.chunks_exact(width.max(1)).map(|figures| end(figures) as u16).collect();
        Some(Self {
            values,
            figures,
            ends,
            width,
            effects: vec![0.0; width],
            factors: vec![1.0; steps],
            half,
            season,
            closed: Vec::new(),
        })
    }

    /// Fits effects that are drawn to these: the effects and their covariance, row after row. `None` where it has no
    /// solution.
    pub(crate) fn learn(&mut self, prior: &Effects, passes: usize) -> Option<(Vec<f64>, Vec<f64>)> {
        if self.width == 0 {
            return Some((Vec::new(), Vec::new()));
        }
        let factor = self.settle(prior, passes)?;
        Some((self.effects.clone(), factor.inverse()))
    }

    /// The same without the covariance, whose inverse is given. It needs an effect at least.
    pub(crate) fn settle(&mut self, prior: &Effects, passes: usize) -> Option<Factor> {
        let width = self.width;
        if self.effects.iter().all(|effect| *effect == 0.0) {
            self.effects.clone_from(&prior.means);
        }
        let mut last = None;
        for _ in 0..passes {
            self.factor();
            let levels = self.both_sides();
            let expected = |step: usize| levels[step] * self.factors[step];
            let (mut off, mut count) = (0.0, 0.0);
            for (step, y) in self.values.iter().enumerate().filter(|(_, y)| y.is_finite()) {
                let mean = expected(step).max(f64::MIN_POSITIVE);
                off += (y - mean) * (y - mean) / mean;
                count += 1.0;
            }
            let scatter = off / count;
            if !(scatter > 0.0 && scatter.is_finite()) {
                return None;
            }
            let (mut left, mut right) = (vec![0.0; width * width], vec![0.0; width]);
            let steps = self.values.iter().zip(self.figures.chunks_exact(width)).enumerate();
            for (step, (y, figures)) in steps.filter(|(_, (y, _))| y.is_finite()) {
                let mean = expected(step);
                let (weight, rest) = (mean / scatter, (y - mean) / scatter);
                let figures = &figures[..usize::from(self.ends[step])];
                for (row, figure) in figures.iter().enumerate().filter(|(_, its)| **its != 0.0) {
                    right[row] += figure * rest;
                    let by = weight * figure;
                    let into = &mut left[row * width..=row * width + row];
                    into.iter_mut().zip(figures).for_each(|(sum, other)| *sum += by * other);
                }
            }
            for row in 0..width {
                left[row * width + row] += prior.pulls[row];
                right[row] -= prior.pulls[row] * (self.effects[row] - prior.means[row]);
                for column in row + 1..width {
                    left[row * width + column] = left[column * width + row];
                }
            }
            let factor = Factor::of(left, width)?;
            factor.solve(&mut right);
            for (effect, change) in self.effects.iter_mut().zip(right) {
                *effect += change.clamp(-1.0, 1.0);
            }
            last = Some(factor);
        }
        self.factor();
        let known = self.effects.iter().all(|effect| effect.is_finite());
        last.filter(|_| known)
    }

    fn factor(&mut self) {
        let rows = self.figures.chunks_exact(self.width.max(1)).zip(&self.ends);
        for (factor, (figures, end)) in self.factors.iter_mut().zip(rows) {
            let pairs = figures[..usize::from(*end)].iter().zip(&self.effects);
            let sum: f64 = pairs.map(|(figure, effect)| figure * effect).sum();
            *factor = sum.clamp(-MOST_EFFECT, MOST_EFFECT).exp();
        }
    }

    /// The level at each step, from what came before and after it.
    fn both_sides(&self) -> Vec<f64> {
        let left = (-1.0 / self.half).exp2();
        let n = self.values.len();
        let mut sums = vec![(0.0, 0.0); n];
        let mut run = |steps: &mut dyn Iterator<Item = usize>, own: f64| {
            let mut sum = (0.0, 0.0);
            for step in steps {
                sum = (sum.0 * left, sum.1 * left);
                let y = self.values[step];
                let here = if y.is_finite() { (y, self.factors[step]) } else { (0.0, 0.0) };
                sums[step].0 += sum.0 + own * here.0;
                sums[step].1 += sum.1 + own * here.1;
                sum = (sum.0 + here.0, sum.1 + here.1);
            }
        };
        run(&mut (0..n), 1.0);
        run(&mut (0..n).rev(), 0.0);
        // One average step of the whole keeps it above zero.
        let total = self.values.iter().zip(&self.factors).filter(|(y, _)| y.is_finite());
        let total = total.fold((0.0, 0.0), |sum, (y, factor)| (sum.0 + y, sum.1 + factor));
        let mean = total.0 / total.1;
        sums.into_iter().map(|(y, factors)| (y + mean) / (factors + 1.0)).collect()
    }

    /// What is expected ahead, and how far off each step of the past was.
    fn each(&self, past: &Past<'_>, design: &Design) -> Left {
        let n = self.values.len();
        let gap = (2 * self.season).min(n / 4).max(1);
        let alone = |step: usize| {
            self.values.get(step).filter(|y| y.is_finite()).map(|y| (*y, self.factors[step]))
        };
        let came: Vec<_> = (0..n).map(alone).collect();
        let (levels, now) = self.levels(gap, &came);
        let off = off(&came, &levels, true);
        let ahead = self.factors[n..].iter().map(|factor| factor * now).collect();
        let logs = self.logs(design);
        let whole = past.known().all(|y| y.fract() == 0.0);
        Left { ahead, logs, off, rooted: true, near: NEAR, whole }
    }

    /// What each step ahead has beside its level, by part, as logarithms. A season is told from its mean over the past on.
    fn logs(&self, design: &Design) -> Vec<Parts> {
        let (n, parts) = (self.values.len(), design.parts());
        let told = |figures: &[f64]| {
            let mut logs = Parts::default();
            for ((figure, effect), part) in figures.iter().zip(&self.effects).zip(&parts) {
                *logs.at(*part) += figure * effect;
            }
            logs
        };
        let (past, ahead) = self.figures.split_at(n * self.width);
        let seasons = past.chunks_exact(self.width).map(|figures| told(figures).season);
        let usual = seasons.sum::<f64>() / n as f64;
        let ahead = ahead.chunks_exact(self.width).map(told);
        ahead.map(|logs| Parts { season: logs.season - usual, ..logs }).collect()
    }

    /// The same of so many steps together.
    ///
    /// `None` where the past had no such stretch.
    pub(crate) fn totals(&self, steps: usize) -> Option<Left> {
        let n = self.values.len();
        let came = self.together(steps);
        let (levels, now) = self.levels(0, &came);
        let off = off(&came, &levels, false);
        let open = self.factors[n..].iter().zip(&self.closed).filter(|(_, closed)| !**closed);
        let ahead: f64 = open.map(|(factor, _)| factor).take(steps).sum();
        if off.is_empty() {
            return None;
        }
        let (ahead, logs) = (vec![ahead * now], Vec::new());
        Some(Left { ahead, logs, off, rooted: false, near: NEAR_TOTAL, whole: false })
    }

    /// What was expected, at each step of the past, of those of the next steps that were seen; `None` where few were, or
    /// nothing was known before.
    pub(crate) fn expectations(&self, steps: usize) -> Vec<Option<f64>> {
        let came = self.together(steps);
        let (levels, _) = self.levels(0, &came);
        let expected = came.iter().zip(levels).map(|(came, level)| came.map(|its| its.1 * level));
        expected.map(|expected| expected.filter(|its| its.is_finite() && *its > 0.0)).collect()
    }

    /// Demand and factors of so many steps together, from each step on.
    fn together(&self, steps: usize) -> Vec<Option<(f64, f64)>> {
        let mut sums = vec![(0.0, 0.0, 0_usize)];
        let (mut y_sum, mut factor_sum, mut seen) = (0.0, 0.0, 0);
        for (y, factor) in self.values.iter().zip(&self.factors) {
            if y.is_finite() {
                (y_sum, factor_sum, seen) = (y_sum + y, factor_sum + factor, seen + 1);
            }
            sums.push((y_sum, factor_sum, seen));
        }
        // A window with a gap speaks for the steps that were seen.
        let together = |step: usize| {
            let (from, to) = (sums.get(step)?, sums.get(step + steps)?);
            (2 * (to.2 - from.2) > steps).then_some((to.0 - from.0, to.1 - from.1))
        };
        (0..self.values.len()).map(together).collect()
    }

    /// Nothing is wanted at the steps ahead that are closed.
    pub(crate) fn closes(&mut self, past: &Past<'_>) {
        let n = self.values.len();
        self.closed = (n..self.factors.len()).map(|step| past.is_closed(step)).collect();
    }

    /// The level that was known `gap` steps before each step, and the one at the end: an average of some that forget more or
    /// less quickly, each counting by how well it would have forecast what came (the demand and the factors that it had).
    fn levels(&self, gap: usize, came: &[Option<(f64, f64)>]) -> (Vec<f64>, f64) {
        let n = self.values.len();
        let tried = HALVES.map(|seasons| {
            let (levels, last) = self.one_side(seasons * self.season.max(4) as f64, gap);
            let late = levels.iter().zip(came).skip(n / 4);
            let loss = late.filter_map(|(level, came)| {
                let (y, factor) = came.filter(|(_, factor)| *factor > 0.0 && level.is_finite())?;
                Some((y - level * factor) * (y - level * factor) / factor)
            });
            (loss.sum::<f64>(), levels, last)
        });
        let least = tried.iter().map(|(loss, _, _)| *loss).fold(f64::INFINITY, f64::min);
        let shares = tried
            .each_ref()
            .map(|(loss, _, _)| if *loss > 0.0 { (least / loss).powf(SHARP) } else { 1.0 });
        let all: f64 = shares.iter().sum();
        let mixed = |parts: [f64; HALVES.len()]| {
            parts.iter().zip(shares).map(|(part, share)| part * share).sum::<f64>() / all
        };
        let now = mixed(tried.each_ref().map(|(_, _, last)| *last));
        let levels = (0..n).map(|step| mixed(tried.each_ref().map(|(_, levels, _)| levels[step])));
        (levels.collect(), now)
    }

    /// The level that was known before each step and `gap` more, and the one after the last.
    fn one_side(&self, half: f64, gap: usize) -> (Vec<f64>, f64) {
        let left = (-1.0 / half).exp2();
        let (mut levels, mut sum) = (vec![f64::NAN; gap + 1], (0.0, 0.0));
        for (y, factor) in self.values.iter().zip(&self.factors) {
            sum = (sum.0 * left, sum.1 * left);
            if y.is_finite() {
                sum = (sum.0 + y, sum.1 + factor);
            }
            levels.push(if sum.1 > 0.0 { sum.0 / sum.1 } else { f64::NAN });
        }
        let last = levels.last().copied().unwrap_or(f64::NAN);
        (levels, last)
    }
}

/// How far what came at each step was from what its level said, from low to high.
fn off(came: &[Option<(f64, f64)>], levels: &[f64], rooted: bool) -> Vec<Off> {
    let n = came.len();
    let half = (n as f64 / 3.0).max(1.0);
    let mut found: Vec<Off> = Vec::with_capacity(n);
    for (step, (came, level)) in came.iter().zip(levels).enumerate() {
        let Some((y, factor)) = came else { continue };
        let expected = level * factor;
        if expected > 0.0 {
            let weight = (-((n - step) as f64) / half).exp2();
            let off = (y - expected) / if rooted { expected.sqrt() } else { 1.0 };
            found.push(Off { off, log: expected.ln(), weight });
        }
    }
    found.sort_by(|a, b| a.off.total_cmp(&b.off));
    found
}

/// A step of the past: how far it was off, the logarithm of what was expected, and how much it counts.
#[derive(Debug)]
struct Off {
    off: f64,
    log: f64,
    weight: f64,
}

/// What is expected ahead, and how far off it was.
#[derive(Debug)]
pub(crate) struct Left {
    ahead: Vec<f64>,
    /// By part, what multiplies the level, as logarithms; empty where nobody asks.
    logs: Vec<Parts>,
    /// From low to high; in roots of what was expected, where they are rooted.
    off: Vec<Off>,
    rooted: bool,
    /// How near an expectation is, as a logarithm, to speak for another.
    near: f64,
    whole: bool,
}

impl Left {
    fn at(&self, step: usize) -> f64 {
        self.ahead.get(step).or(self.ahead.last()).copied().unwrap_or_default()
    }
}

impl Fitted for Left {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        (0..horizon).map(|step| self.at(step)).collect()
    }

    fn parts(&self, horizon: usize) -> Vec<Parts> {
        let logs = |step| self.logs.get(step).or(self.logs.last()).copied().unwrap_or_default();
        (0..horizon).map(|step| Parts::multiplied(self.at(step), logs(step))).collect()
    }

    fn quantiles(&self, horizon: usize, levels: &Levels) -> Option<Array2<f64>> {
        let mut all = Array2::zeros((horizon, levels.len()));
        let mut weights = vec![0.0; self.off.len()];
        for (step, mut row) in all.outer_iter_mut().enumerate() {
            let expected = self.at(step);
            let log = expected.max(f64::MIN_POSITIVE).ln();
            let mut total = 0.0;
            for (weight, off) in weights.iter_mut().zip(&self.off) {
                let apart = (off.log - log) / self.near;
                let near = 1.0 / (1.0 + apart * apart);
                *weight = off.weight * near * near;
                total += *weight;
            }
            let unit = if self.rooted { expected.sqrt() } else { 1.0 };
            let mut points = self.off.iter().zip(&weights);
            let (mut below, mut value) = (0.0, 0.0);
            for (level, at) in levels.iter().zip(row.iter_mut()) {
                while below < level * total
                    && let Some((off, weight)) = points.next()
                {
                    below += weight;
                    value = off.off;
                }
                let quantile = (expected + value * unit).max(0.0);
                *at = if self.whole { quantile.round() } else { quantile };
            }
        }
        Some(all)
    }
}
