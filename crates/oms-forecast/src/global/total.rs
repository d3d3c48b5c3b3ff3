//! One model, of a whole panel, of what several steps want together.
//!
//! 1. A row is an origin of a series: what is known there, what is planned for the next steps, and what the series' own
//!    regression expects of them. Its target is what came, nearly in units of what was expected.
//! 2. A first model, and a first panel, never see the last year, or of a shorter past its last quarter. From origins of that
//!    time many series are forecast both ways. There rounds are counted, and it is found how much of the model, in quarters,
//!    costs least beside the series' own quantiles; what both make together is moved until as many sums lie below as their
//!    level says.
//! 3. The model that forecasts learns from all.
//!
//! # Source
//! As of [the model of steps](crate::GlobalModel); means of quantiles: Lichtendahl, Grushka-Cockayne and Winkler, *Is it
//! better to average probabilities or quantiles?*, Management Science 59, 2013.

mod judge;

use std::collections::BTreeMap;

use oms_learn::{Boosted, Boosting, Loss, MOST_THREADS, Sample, shared_out};

use self::judge::worth;
use super::origin::Origin;
use super::rows::Rows;
use super::schema::Schema;
use super::train::{LEAST_ORIGINS, width};
use super::{between, blend, learnable, teachers};
use crate::choose::{MOST_PAST, MOST_STEPS};
use crate::levels::Levels;
use crate::panel::Panel;
use crate::past::{Key, Past};
use crate::total::Stretches;

/// Rows that a model learns from at most, and origins of a series.
const MOST_ROWS: usize = 40_000;
const MOST_ORIGINS: usize = 250;
/// Fewer rows or sums than this tell nothing.
const LEAST: usize = 200;
/// Seasons that are held back, where that is at most a quarter of the past.
const HELD: usize = 52;
/// A target is at most so many units.
const MOST: f64 = 50.0;
/// How much of a unit is what was expected; the rest is the scale of the series, without which a series that has nearly
/// stopped would be all that counts.
const EXPECTED: f64 = 0.9;
/// Series whose rows one thread makes at a time.
const TOGETHER: usize = 16;

/// A model of what so many steps of the series of a panel want together.
///
/// # Law
/// The same series give the same bits, for any number of threads. Nothing after the pasts is read but what is planned.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use oms_forecast::{Levels, Panel, Series, TotalModel, total_in};
///
/// let series = |id: usize| {
///     let y = (0..200).map(|day| Some((id % 5 + day % 7 + (day * 5 + id) % 4) as f64));
///     Series::new(id.to_string(), 7, y)
/// };
/// let all = (0..20).map(series).collect::<Result<Vec<_>, _>>()?;
/// let pasts: Vec<_> = all.iter().map(Series::past).collect();
/// let levels = Levels::new(&[0.5, 0.95])?;
/// let panel = Panel::of(&all);
/// let totals = TotalModel::learn(&panel, &pasts, 14, &levels, 1);
/// let panel = panel.with_totals(Arc::new(totals));
/// let two_weeks = total_in(&panel, &pasts[0], 14, &levels)?;
/// assert!(two_weeks[0] > 40.0 && two_weeks[0] <= two_weeks[1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TotalModel {
    steps: usize,
    groups: BTreeMap<Key, Group>,
}

/// What series of one season and frequency have learned.
#[derive(Clone, Debug)]
struct Group {
    schema: Schema,
    learned: Boosted,
    levels: Levels,
    /// By level: how far quantiles are moved, in widths of the outer tenths.
    shifts: Vec<f64>,
    /// How much of a forecast is the model's, the rest being the series' own.
    share: f64,
}

impl TotalModel {
    /// Learns from these pasts, whose panel it is, and finds whether what it learned is worth anything; from 1 to
    /// [`MOST_STEPS`] steps. It may forecast later dates too.
    ///
    /// # Cost
    /// For each season and frequency a panel, two fits for each series and some 1,500 more, and two trainings on up to 40,000
    /// rows; one where the series' own quantiles are not bettered.
    #[must_use]
    pub fn learn(
        panel: &Panel,
        pasts: &[Past<'_>],
        steps: usize,
        levels: &Levels,
        threads: usize,
    ) -> Self {
        let steps = steps.clamp(1, MOST_STEPS);
        let mut groups: BTreeMap<Key, Vec<Past<'_>>> = BTreeMap::new();
        for past in pasts {
            groups.entry(past.key()).or_default().push(past.last(MOST_PAST));
        }
        let learned = groups.into_iter().filter_map(|(key, pasts)| {
            let (schema, season) = (Schema::of(&pasts), key.0);
            let draft = Draft { pasts, schema, season, steps, threads };
            Some((key, draft.learned(panel, &learnable(levels)?)?))
        });
        Self { steps, groups: learned.collect() }
    }

    /// How many steps it is of.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Quantiles of the next steps, of which the series' own model expects so much and says so, with those of this model among
    /// them as far as that is better.
    pub(crate) fn joined(
        &self,
        stretches: &Stretches<'_>,
        steps: usize,
        levels: &Levels,
        (expected, mut own): (Option<f64>, Vec<f64>),
    ) -> Vec<f64> {
        let group = self.groups.get(&stretches.past.key()).filter(|_| steps == self.steps);
        let Some(group) = group else { return own };
        if let Some(found) = group.quantiles(stretches, (steps, levels), expected, &own) {
            own = found;
        }
        own
    }
}

/// What a target is measured in, for each open step.
fn unit(expected: Option<f64>, scale: f64) -> f64 {
    expected.map_or(scale, |expected| EXPECTED * expected + (1.0 - EXPECTED) * scale)
}

/// The share of one and the rest of the other, in order.
fn mixed<'q>(own: &[f64], its: impl IntoIterator<Item = &'q f64>, share: f64) -> Vec<f64> {
    let both = own.iter().zip(its).map(|(own, its)| blend(*own, *its, share));
    let mut both: Vec<f64> = both.collect();
    both.sort_by(f64::total_cmp);
    both
}

/// Quantiles as held back sums ask for.
fn moved(said: &mut [f64], levels: &Levels, shifts: impl Iterator<Item = f64>) {
    let width = width(said.iter().copied(), levels);
    said.iter_mut().zip(shifts).for_each(|(q, shift)| *q += shift * width);
}

impl Group {
    fn quantiles(
        &self,
        stretches: &Stretches<'_>,
        (steps, levels): (usize, &Levels),
        expected: Option<f64>,
        own: &[f64],
    ) -> Option<Vec<f64>> {
        let origin = Origin::new(&self.schema, stretches.past)?;
        let open = stretches.open(steps) as f64;
        let expected = expected.map(|expected| expected / open);
        let mut row = Rows::default();
        row.take_window(&origin, (steps, expected), 0, 0.0);
        let said = self.learned.predict(&row.table().ok()?).ok()?;
        let unit = unit(expected, origin.scale) * open;
        // At the levels that it was learned at, so that a quantile does not depend on which others are asked for.
        let all = (*levels != self.levels).then(|| stretches.own(steps, &self.levels).1);
        let own: Vec<f64> = all.as_deref().unwrap_or(own).iter().map(|q| q / unit).collect();
        let mut found = mixed(&own, said.row(0), self.share);
        moved(&mut found, &self.levels, self.shifts.iter().copied());
        let known: Vec<f64> = self.levels.iter().collect();
        let at = |level| between(&known, found.iter().copied(), level);
        let mut found: Vec<f64> = levels.iter().map(at).collect();
        let floor = if stretches.past.known().all(|y| y >= 0.0) { 0.0 } else { f64::NEG_INFINITY };
        found.iter_mut().for_each(|q| *q = (*q * unit).max(floor));
        found.sort_by(f64::total_cmp);
        found.iter().all(|q| q.is_finite()).then_some(found)
    }
}

/// Series of one season and frequency, before anything is learned of them.
struct Draft<'a> {
    pasts: Vec<Past<'a>>,
    schema: Schema,
    season: usize,
    steps: usize,
    threads: usize,
}

impl Draft<'_> {
    fn learned(&self, panel: &Panel, levels: &Levels) -> Option<Group> {
        let mut lengths: Vec<usize> = self.pasts.iter().map(|past| past.values().len()).collect();
        lengths.sort_unstable();
        let held = HELD.saturating_mul(self.season).min(lengths.get(lengths.len() / 2)? / 4);
        if held < 2 * self.steps {
            return None;
        }
        let before = self.pasts.iter().filter_map(|past| {
            let known = past.values().len().checked_sub(held).filter(|known| *known > 0)?;
            Some(past.first(known))
        });
        let before: Vec<Past<'_>> = before.collect();
        let first = Panel::taught(before.iter().copied(), self.threads);
        let mut judges = self.judges(&first, levels, held);
        let mut rows = self.rows(&first, &before);
        if judges.len() < LEAST || rows.target.len() < LEAST {
            return None;
        }
        let taken = judges.iter_mut().map(|judge| std::mem::take(&mut judge.row));
        let table = taken.fold(Rows::default(), Rows::followed_by).table().ok()?;
        let came: Vec<f64> = judges.iter().map(|judge| judge.came).collect();
        let loss = Loss::Quantiles { levels: levels.iter().collect() };
        let options = self.boosting(rows.target.len());
        let lesson = rows.table().ok()?;
        let sample = Sample::new(&lesson, &rows.target).ok()?;
        let tried = options.fit(&sample, Some(&Sample::new(&table, &came).ok()?), &loss).ok()?;
        let said = tried.predict(&table).ok()?;
        let (share, shifts) = worth(&said, &judges, levels)?;
        let mut rows = self.rows(panel, &self.pasts);
        let lesson = rows.table().ok()?;
        let rounds = tried.rounds().max(1);
        let options = Boosting { rounds, ..self.boosting(rows.target.len()) };
        let learned = options.fit(&Sample::new(&lesson, &rows.target).ok()?, None, &loss).ok()?;
        let (schema, levels) = (self.schema.clone(), levels.clone());
        Some(Group { schema, learned, levels, shifts, share })
    }

    /// Small trees and many: sums that overlap say much the same.
    fn boosting(&self, rows: usize) -> Boosting {
        Boosting {
            rounds: 600,
            rate: 0.02,
            leaves: 12,
            bins: 128,
            rows_in_leaf: (rows / 400).clamp(10, 40),
            row_share: 0.7,
            column_share: 0.5,
            patience: 40,
            threads: self.threads.clamp(1, MOST_THREADS),
            ..Boosting::default()
        }
    }

    /// Rows of origins of all these pasts.
    fn rows(&self, panel: &Panel, pasts: &[Past<'_>]) -> Rows {
        let pasts = teachers(pasts, MOST_ROWS);
        let most = (MOST_ROWS / pasts.len().max(1)).clamp(LEAST_ORIGINS, MOST_ORIGINS);
        let some = pasts.chunks(TOGETHER).enumerate();
        let some = shared_out(some, self.threads, |(at, some)| {
            let mut rows = Rows::default();
            for (series, past) in some.iter().enumerate() {
                self.take_origins(panel, past, most, at * TOGETHER + series, &mut rows);
            }
            rows
        });
        some.into_iter().fold(Rows::default(), Rows::followed_by)
    }

    fn take_origins(
        &self,
        panel: &Panel,
        past: &Past<'_>,
        most: usize,
        series: usize,
        rows: &mut Rows,
    ) {
        let expectations = Stretches::of(panel, past, 0).expectations(self.steps);
        let Some(last) = past.values().len().checked_sub(self.steps) else { return };
        // Of a long past further apart, so that all times of it are among them.
        let apart = self.apart();
        let apart = apart * (last / apart).div_ceil(most).max(1);
        for end in (0..=last / apart).map(|which| last - which * apart) {
            let before = past.first(end);
            if !self.is_known(&before) {
                break;
            }
            let Some((sum, seen)) = came(past, end, self.steps) else { continue };
            let Some(origin) = Origin::new(&self.schema, before) else { continue };
            let expected = expectations.get(end).copied().flatten().map(|its| its / seen);
            let target = (sum / seen / unit(expected, origin.scale)).clamp(-MOST, MOST);
            rows.take_window(&origin, (self.steps, expected), series, target);
        }
    }

    /// Whether enough was seen to say anything.
    fn is_known(&self, past: &Past<'_>) -> bool {
        let least = (2 * self.season).max(LEAST_ORIGINS);
        past.known().take(least).count() == least
    }

    /// How far apart origins stand: as from today, so from days like it.
    fn apart(&self) -> usize {
        let half = self.steps.div_ceil(2);
        if self.season <= self.steps { half.next_multiple_of(self.season) } else { half }
    }
}

/// What came in the open steps from one on, and in how many of them that was seen; `None` where it was in few.
fn came(past: &Past<'_>, from: usize, steps: usize) -> Option<(f64, f64)> {
    let open = || (from..from + steps).filter(|step| !past.is_closed(*step));
    let seen = open().filter(|step| past.seen().get(*step) == Some(&true));
    let (sum, count) =
        seen.fold((0.0, 0), |(sum, n), step| (sum + past.values()[step], n + 1_usize));
    (count > 0 && 2 * count > open().count()).then_some((sum, count as f64))
}
