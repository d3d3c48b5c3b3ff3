//! How a group of series is learned from: where origins stand, what is held out, what that says.

use std::collections::BTreeMap;

use oms_learn::{
    Boosted, Boosting, Loss, MOST_THREADS, Sample, Table, Whole, conformal_bound, score, shared_out,
};

use crate::global::rows::{Origins, Rows};
use crate::global::schema::Schema;
use crate::global::{between, blend};
use crate::levels::Levels;
use crate::past::Past;

/// Rows that one model learns from at most; of more, steps are left out.
pub(crate) const MOST_ROWS: usize = 120_000;
/// Rows that are held out.
pub(crate) const MOST_HELD: usize = 40_000;
/// The same of a first look, which tells whether more is worth it.
pub(crate) const QUICK_ROWS: usize = 20_000;
pub(crate) const QUICK_HELD: usize = 6_000;
/// Origins of a series, and values seen before each.
pub(crate) const LEAST_ORIGINS: usize = 4;
const MOST_ORIGINS: usize = 60;
const LEAST_SEEN: usize = 4;
/// Fewer rows than this teach nothing.
const LEAST_ROWS: usize = 100;
/// How much of a tree is believed, rounds, and those without a gain after which training ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    rate: f64,
    rounds: usize,
    patience: usize,
}

pub(crate) const WHOLE: Effort = Effort { rate: 0.03, rounds: 600, patience: 60 };
pub(crate) const QUICK: Effort = Effort { rate: 0.1, rounds: 150, patience: 15 };
/// Rounds where none could be held out to count them.
pub(crate) const ROUNDS_UNSEEN: usize = 100;
/// How far a mean may be moved for its bias. One horizon says little: half of what it says is believed, by the root.
const BIAS: (f64, f64) = (0.8, 1.25);
/// The share of steps without demand from which demand often stops.
const OFTEN: f64 = 0.1;
/// Mean losses of what is never negative: Tweedie's power.
const POWER: f64 = 1.2;

/// A table with its rows' targets.
pub(crate) struct Lesson {
    pub(crate) rows: Rows,
    table: Table,
}

impl Lesson {
    pub(crate) fn of(
        schema: &Schema,
        pasts: &[Past<'_>],
        origins: &Origins,
        threads: usize,
    ) -> Option<Self> {
        let mut rows = Rows::of(schema, pasts, origins, threads);
        let table = rows.table().ok()?;
        (rows.target.len() >= LEAST_ROWS).then_some(Self { rows, table })
    }

    fn sample(&self) -> Option<Sample<'_>> {
        Sample::new(&self.table, &self.rows.target).ok()
    }
}

/// Where origins stand, so that rows are not too many and short histories have some.
pub(crate) fn placed(pasts: &[Past<'_>], horizon: usize, most: usize) -> Origins {
    let mut lengths: Vec<usize> = pasts.iter().map(|past| past.values().len()).collect();
    lengths.sort_unstable();
    let usual = lengths.get(lengths.len() / 2).copied().unwrap_or_default();
    let season = pasts.first().map_or(1, Past::season);
    let half = horizon.div_ceil(2);
    // As from today, so from days like it.
    let apart = if season <= horizon { half.next_multiple_of(season) } else { half };
    let room = usual.saturating_sub(2 * horizon);
    let apart = apart.min(room / 4).max(1);
    let steps = (pasts.len() * horizon).max(1);
    // Better few steps of many origins, of every time of the year, than all steps of few.
    let count = (most / pasts.len().max(1)).clamp(LEAST_ORIGINS, MOST_ORIGINS);
    let count = count.min(room / apart + 1);
    let every = (steps * count).div_ceil(most).min(horizon);
    let least = (2 * season).min(usual / 3).max(LEAST_SEEN);
    Origins { horizon, skip: 0, count, apart, every, least }
}

/// What was learned of quantiles and means, as far as that was wanted.
#[derive(Clone, Debug)]
pub(crate) struct Learned {
    pub(crate) quantiles: Option<Boosted>,
    pub(crate) mean: Option<Boosted>,
}

impl Learned {
    /// A model that has seen nothing of what is held out, and ends where it no longer gets better there.
    pub(crate) fn tried(
        lesson: &Lesson,
        held: &Lesson,
        levels: &Levels,
        effort: Effort,
        threads: usize,
    ) -> Option<Self> {
        let held = held.sample()?;
        lesson.learned(Some(&held), levels, effort, [Some(effort.rounds); 2], threads)
    }

    /// As many rounds of each as are wanted, if any.
    pub(crate) fn whole(
        lesson: &Lesson,
        levels: &Levels,
        rounds: [Option<usize>; 2],
        threads: usize,
    ) -> Option<Self> {
        lesson.learned(None, levels, WHOLE, rounds, threads)
    }

    /// [`tried`](Self::tried) and [`whole`](Self::whole) at once.
    pub(crate) fn twice(
        (lesson, held): (&Lesson, &Lesson),
        all: &Lesson,
        levels: &Levels,
        threads: usize,
    ) -> Option<[Self; 2]> {
        let options = lesson.boosting(WHOLE, threads);
        let whole = Whole { options: &all.boosting(WHOLE, threads), sample: &all.sample()? };
        let losses = [quantiles(levels), lesson.loss_of_means()];
        let both = options.fit_twice(&lesson.sample()?, &held.sample()?, whole, &losses).ok()?;
        let [quantiles, mean] = <[_; 2]>::try_from(both).ok()?;
        let ([tried, whole], [its, mean]) = (quantiles, mean);
        let learned = |quantiles, mean| Self { quantiles: Some(quantiles), mean: Some(mean) };
        Some([learned(tried, its), learned(whole, mean)])
    }
}

fn quantiles(levels: &Levels) -> Loss {
    Loss::Quantiles { levels: levels.iter().collect() }
}

impl Lesson {
    fn loss_of_means(&self) -> Loss {
        let positive = self.rows.target.iter().all(|y| *y >= 0.0);
        if positive { Loss::Tweedie { power: POWER } } else { Loss::Squared }
    }

    fn boosting(&self, effort: Effort, threads: usize) -> Boosting {
        Boosting {
            rounds: effort.rounds,
            leaves: 48,
            bins: 128,
            rows_in_leaf: (self.rows.target.len() / 1_000).clamp(10, 60),
            row_share: 0.7,
            column_share: 0.7,
            patience: effort.patience,
            threads: threads.clamp(1, MOST_THREADS),
            rate: effort.rate,
            ..Boosting::default()
        }
    }

    /// Quantiles and a mean, side by side where there are threads for both.
    fn learned(
        &self,
        held: Option<&Sample<'_>>,
        levels: &Levels,
        effort: Effort,
        rounds: [Option<usize>; 2],
        threads: usize,
    ) -> Option<Learned> {
        let sample = self.sample()?;
        let losses = [quantiles(levels), self.loss_of_means()].into_iter().zip(rounds);
        let wanted: Vec<_> = losses.filter_map(|(loss, rounds)| Some((loss, rounds?))).collect();
        let options = self.boosting(effort, threads);
        let mut fits = options.fit_each(&sample, held, &wanted).ok()?.into_iter();
        let [quantiles, mean] = rounds.map(|rounds| rounds.and_then(|_| fits.next()));
        Some(Learned { quantiles, mean })
    }
}

#[derive(Debug, Default)]
pub(crate) struct Calibrated {
    /// Of quantiles and of means.
    pub(crate) rounds: [usize; 2],
    pub(crate) shifts: Vec<f64>,
    pub(crate) factor: f64,
    /// How much of the mean is that of the quantiles.
    pub(crate) share: f64,
    pub(crate) tested: BTreeMap<String, Evidence>,
}

/// What was said of steps of a series that had been held back, in units of demand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Evidence {
    /// Mean pinball loss.
    pub(crate) pinball: f64,
    pub(crate) steps: Vec<Said>,
}

/// The mean and quantiles of a step: the last one of the past has one left, itself.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) left: usize,
    pub(crate) mean: f64,
    pub(crate) quantiles: Vec<f64>,
}

/// What rows that a model has not seen say about it: of steps ahead of so many before the end of the pasts.
pub(crate) fn calibrated(
    learned: &Learned,
    (held, horizon): (&Lesson, usize),
    pasts: &[Past<'_>],
    levels: &Levels,
    threads: usize,
) -> Option<Calibrated> {
    let (quantiles, mean) = (learned.quantiles.as_ref()?, learned.mean.as_ref()?);
    let rounds = [quantiles, mean].map(|model| model.rounds().max(1));
    let mut said = quantiles.predict_on(&held.table, threads).ok()?;
    let mean = mean.predict_on(&held.table, threads).ok()?;
    let y = &held.rows.target;
    let widths: Vec<f64> =
        said.outer_iter().map(|row| width(row.iter().copied(), levels)).collect();
    let shifts = shared_out(levels.iter().enumerate(), threads, |(at, level)| {
        let column = said.column(at);
        let off = y.iter().zip(column).zip(&widths).map(|((y, q), width)| (y - q) / width);
        conformal_bound(&off.collect::<Vec<f64>>(), level).unwrap_or_default()
    });
    for (mut row, width) in said.outer_iter_mut().zip(&widths) {
        row.iter_mut().zip(&shifts).for_each(|(q, shift)| *q += shift * width);
    }
    let (actual, expected) = (y.iter().sum::<f64>(), mean.iter().sum::<f64>());
    let factor = if expected > 0.0 && actual > 0.0 { (actual / expected).sqrt() } else { 1.0 };
    let factor = factor.clamp(BIAS.0, BIAS.1);
    // Trees for the mean and the mean of the quantiles: whichever was nearer, or both. Where demand often stops, a mean
    // hangs on a tail that quantiles do not show.
    let stops = y.iter().filter(|y| **y == 0.0).count() as f64 > OFTEN * y.len() as f64;
    let shares = if stops { &[0.0][..] } else { &[0.0, 0.5, 1.0] };
    let of_quantiles: Vec<f64> = said.outer_iter().map(|row| mean_of(levels, row.iter())).collect();
    let off = |share: f64| -> f64 {
        let pairs = mean.iter().zip(&of_quantiles).zip(y);
        pairs.map(|((one, two), y)| (blend(one * factor, *two, share) - y).powi(2)).sum()
    };
    let share = shares.iter().copied().min_by(|one, two| off(*one).total_cmp(&off(*two)));
    let share = share.unwrap_or_default();
    let mut heard: BTreeMap<usize, Evidence> = BTreeMap::new();
    for (row, (series, scale)) in held.rows.series.iter().zip(&held.rows.scale).enumerate() {
        let each = levels.iter().zip(said.row(row));
        let loss: f64 = each.map(|(level, q)| score::pinball(y[row], *q, level) * scale).sum();
        let mean = blend(mean[[row, 0]] * factor, of_quantiles[row], share) * scale;
        let quantiles = said.row(row).iter().map(|q| q * scale).collect();
        let its = heard.entry(*series).or_default();
        its.pinball += loss / levels.len() as f64;
        its.steps.push(Said { left: horizon - held.rows.ahead[row], mean, quantiles });
    }
    let tested = heard.into_iter().map(|(at, mut its)| {
        its.pinball /= its.steps.len() as f64;
        (pasts[at].id().to_owned(), its)
    });
    Some(Calibrated { share, rounds, shifts, factor, tested: tested.collect() })
}

/// The mean of a distribution by its quantiles: each stands for the levels that are nearest to its own.
pub(crate) fn mean_of<'a>(levels: &Levels, row: impl Iterator<Item = &'a f64>) -> f64 {
    let (mut mean, mut from, mut last) = (0.0, 0.0, None);
    for (level, q) in levels.iter().zip(row) {
        if let Some((before, its)) = last {
            let middle = f64::midpoint(before, level);
            mean += its * (middle - from);
            from = middle;
        }
        last = Some((level, *q));
    }
    last.map_or(mean, |(_, q)| mean + q * (1.0 - from))
}

/// How wide a row's quantiles are, in its scale: what shifts are measured in.
pub(crate) fn width(row: impl Iterator<Item = f64>, levels: &Levels) -> f64 {
    let known: Vec<f64> = levels.iter().collect();
    let row: Vec<f64> = row.collect();
    let at = |level| between(&known, row.iter().copied(), level);
    (at(0.9) - at(0.1)).max(0.05)
}
