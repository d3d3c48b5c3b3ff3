//! What may move demand at a step, as figures: regressors, neighbors of closed days, places of the week, of the month and of
//! the year.
//!
//! A design is the same for all series of a panel, so that they can teach each other what its figures are worth.

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};

use crate::holidays::HOLIDAY;
use crate::part::Part;
use crate::past::Past;

/// Days of a year, and of a month.
const YEAR: f64 = 365.25;
const MONTH: f64 = 30.44;
/// Harmonics of a year, and of a month.
const YEARLY: usize = 4;
const MONTHLY: usize = 2;
/// The longest season whose places have a figure each.
const MOST_PLACES: usize = 24;
/// Flags whose worth may differ from place to place of the season.
const CROSSED: usize = 2;
/// Seasons over which a flag's share of late is taken.
const LATELY: usize = 4;
/// Days before a holiday in which demand may rise towards it.
const NEARING: usize = 7;
/// A holiday that moves demand by a quarter or more, up or down, must not be forecast by a model that knows of none. Not tuned.
const MOVED: f64 = 0.22;
/// Steps of them at most.
const MOST_LATELY: usize = 400;
/// A year is learned from this many of them.
const YEARS: f64 = 1.5;
/// The times of a month are learned from four: of fewer days a slow week would be taken for one of them.
const MONTHS: usize = 124;

/// How a column of regressors is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Column {
    /// 0 or 1: also when it begins, what follows it, and how often it was of late.
    Flag,
    /// Above zero: how far from the series' own mean, as a logarithm.
    Ratio,
    /// A day with a name: also the day before, the week before that, nearer days more, and the day after.
    Holiday,
    /// Any other, in multiples of this.
    Amount(f64),
    /// Never changes.
    Constant,
}

/// The figures of a step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Design {
    columns: Vec<Column>,
    /// What each column is a part of.
    kinds: Vec<Part>,
    places: usize,
    closed: bool,
    /// Steps of a year, 0 where a year is not learned.
    year: f64,
    monthly: bool,
}

impl Design {
    /// What these pasts, of one season, can teach.
    pub(crate) fn of(pasts: &[Past<'_>]) -> Self {
        let season = pasts.first().map_or(1, Past::season);
        let widest = pasts.iter().max_by_key(|past| past.regressors().count());
        let names = widest.into_iter().flat_map(|past| past.regressors().map(|(name, _)| name));
        let names: Vec<&str> = names.collect();
        let kinds: Vec<Part> = names.iter().map(|name| Part::of_regressor(name)).collect();
        let columns = (0..kinds.len()).map(|at| {
            let all = pasts
                .iter()
                .filter_map(move |past| past.regressors().nth(at).map(|(_, column)| column));
            let column = Column::of(all.flatten().map(|figure| f64::from(*figure)));
            let is_holiday = column == Column::Flag && names[at].starts_with(HOLIDAY);
            if is_holiday { Column::Holiday } else { column }
        });
        let days = pasts.iter().all(|past| past.first_day().is_some());
        let year = match pasts.first().map(Past::freq) {
            Some("D") if days => YEAR,
            Some("W") => YEAR / 7.0,
            _ => 0.0,
        };
        let longest = pasts.iter().map(|past| past.values().len()).max().unwrap_or_default();
        Self {
            columns: columns.collect(),
            kinds,
            places: if season > 1 && season <= MOST_PLACES { season } else { 0 },
            closed: pasts.iter().any(|past| past.closed().contains(&true)),
            year: if longest as f64 >= YEARS * year { year } else { 0.0 },
            monthly: days && year > 300.0 && longest >= MONTHS,
        }
    }

    /// Whether there is anything but the level.
    pub(crate) fn is_empty(&self) -> bool {
        self.width() == 0
    }

    /// Whether there are regressors that change, holidays apart.
    pub(crate) fn has_regressors(&self) -> bool {
        let changes = |column: &Column| !matches!(column, Column::Constant | Column::Holiday);
        self.closed || self.columns.iter().any(changes)
    }

    /// Whether a holiday moves demand by [`MOVED`] or more at one of so many steps ahead, by these effects of the figures.
    pub(crate) fn is_moved(&self, effects: &[f64], past: &Past<'_>, steps: usize) -> bool {
        let n = past.values().len();
        let given: Vec<&[f32]> = past.regressors().map(|(_, column)| column).collect();
        let holidays = self.ordered(true).map(|(at, _)| given.get(at).copied().unwrap_or_default());
        let holidays: Vec<&[f32]> = holidays.collect();
        let (own, width) = (effects.len() - 4 * holidays.len(), nearing(past));
        holidays.iter().zip(effects[own..].chunks_exact(4)).any(|(given, effects)| {
            let moved = |step: usize| {
                let figures = around(given, step, width).into_iter().zip(effects);
                figures.map(|(figure, effect)| figure * effect).sum::<f64>().abs()
            };
            (n..n + steps).any(|step| moved(step) >= MOVED)
        })
    }

    /// Whether there is more than places of a season.
    pub(crate) fn knows_more(&self) -> bool {
        self.width() > self.places
    }

    /// Steps of a year whose places have figures; 0 where they have none.
    pub(crate) fn year(&self) -> f64 {
        self.year
    }

    /// The figures that say the time of the year.
    pub(crate) fn yearly(&self) -> std::ops::Range<usize> {
        0..if self.year > 0.0 { 2 * YEARLY } else { 0 }
    }

    /// Figures of a step.
    pub(crate) fn width(&self) -> usize {
        let columns: usize = self.columns.iter().map(|column| column.width()).sum();
        let closed = if self.closed { 2 } else { 0 };
        self.cycles() + columns + self.places * (1 + self.crossed().count()) + closed
    }

    /// Figures that say the time of the year and of the month.
    fn cycles(&self) -> usize {
        self.yearly().end + if self.monthly { 2 * MONTHLY } else { 0 }
    }

    /// Columns in the order of their figures: holidays, which are nothing on most days, come last.
    fn ordered(&self, holidays: bool) -> impl Iterator<Item = (usize, Column)> + '_ {
        let columns = self.columns.iter().copied().enumerate();
        columns.filter(move |(_, column)| (*column == Column::Holiday) == holidays)
    }

    /// What each figure of a step is a part of. How often a flag was of late says what the level is worth.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let mut parts = vec![Part::Season; self.cycles()];
        for (at, column) in self.ordered(false) {
            let kind = self.kinds[at];
            let own = [kind, kind, kind, Part::Level];
            parts.extend(&own[..column.width()]);
        }
        parts.extend(vec![Part::Season; self.places]);
        for which in self.crossed() {
            parts.extend(vec![self.kinds[which]; self.places]);
        }
        // Neighbors of closed steps, and holidays.
        parts.resize(self.width(), Part::Holiday);
        parts
    }

    fn crossed(&self) -> impl Iterator<Item = usize> + '_ {
        let flags = self.columns.iter().enumerate().filter(|(_, column)| **column == Column::Flag);
        flags.map(|(at, _)| at).take(CROSSED)
    }

    /// The figures of the first `steps` steps of a past and, where there are more, of those ahead, step after step.
    pub(crate) fn figures(&self, past: &Past<'_>, steps: usize) -> Vec<f64> {
        let given: Vec<&[f32]> = past.regressors().map(|(_, column)| column).collect();
        let n = past.values().len();
        let middle = |column: &[f32]| {
            let known = &column[..n.min(column.len())];
            let logs = known.iter().map(|figure| f64::from(figure.max(f32::MIN_POSITIVE)).ln());
            logs.sum::<f64>() / known.len().max(1) as f64
        };
        let middles: Vec<f64> = given.iter().map(|column| middle(column)).collect();
        let first = past.first_day();
        let nearing = nearing(past);
        // With dates a place is a weekday, the same in all series.
        let from = match first {
            Some(day) if self.places == 7 => day.weekday().num_days_from_monday() as usize,
            _ => past.counted(0),
        };
        let mut all = Vec::with_capacity(steps * self.width());
        for step in 0..steps {
            let at = |which: usize, step: usize| {
                let column = given.get(which).copied().unwrap_or_default();
                past.planned(step, column.len()).map_or(0.0, |step| f64::from(column[step]))
            };
            let days = first
                .and_then(|day| day.checked_add_days(chrono::Days::new(u64::try_from(step).ok()?)));
            self.times(&mut all, step, days);
            for (which, column) in self.ordered(false) {
                let now = at(which, step);
                match column {
                    Column::Flag => {
                        let before = if step > 0 { at(which, step - 1) } else { now };
                        let recent = (LATELY * past.season().max(2)).min(MOST_LATELY);
                        let lately =
                            (step.saturating_sub(recent)..step).map(|step| at(which, step));
                        let share = lately.sum::<f64>() / recent as f64;
                        all.extend([now, now * (1.0 - before), before * (1.0 - now), share]);
                    }
                    Column::Ratio => {
                        let middle = middles.get(which).copied().unwrap_or_default();
                        all.push(now.max(f64::from(f32::MIN_POSITIVE)).ln() - middle);
                    }
                    Column::Amount(scale) => all.push(now / scale),
                    Column::Holiday | Column::Constant => {}
                }
            }
            let place = |share: f64| {
                move |at: usize| if (from + step) % self.places == at { share } else { 0.0 }
            };
            all.extend((0..self.places).map(place(1.0)));
            for which in self.crossed() {
                all.extend((0..self.places).map(place(at(which, step))));
            }
            if self.closed {
                let flag = |closed: bool| if closed { 1.0 } else { 0.0 };
                all.push(flag(step > 0 && past.is_closed(step - 1)));
                all.push(flag(past.is_closed(step + 1)));
            }
            for (which, _) in self.ordered(true) {
                let given = given.get(which).copied().unwrap_or_default();
                all.extend(around(given, step, nearing));
            }
        }
        all
    }

    /// The figures that say the time of the year and of the month.
    fn times(&self, all: &mut Vec<f64>, step: usize, day: Option<NaiveDate>) {
        let cycles: &Cycles = &CYCLES;
        match day {
            Some(day) if self.year > YEAR - 1.0 => {
                all.extend(&cycles.year[day.ordinal0() as usize])
            }
            _ if self.year > 0.0 => {
                let at = day.map_or(step as f64, |day| f64::from(day.ordinal0()));
                all.extend(waves::<{ 2 * YEARLY }>(at / self.year));
            }
            _ => {}
        }
        if self.monthly {
            all.extend(&cycles.month[day.map_or(0, |day| day.day0() as usize)]);
        }
    }
}

impl Column {
    fn of(figures: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high, mut squares, mut count, mut flags) =
            (f64::MAX, f64::MIN, 0.0, 0.0, true);
        for figure in figures {
            (low, high) = (low.min(figure), high.max(figure));
            (squares, count) = (squares + figure * figure, count + 1.0);
            flags &= figure == 0.0 || (figure - 1.0).abs() < f64::EPSILON;
        }
        if low >= high {
            return Self::Constant;
        }
        match (flags, low > 0.0) {
            (true, _) => Self::Flag,
            (false, true) => Self::Ratio,
            (false, false) => {
                Self::Amount(f64::max((squares / f64::max(count, 1.0)).sqrt(), f64::MIN_POSITIVE))
            }
        }
    }

    fn width(self) -> usize {
        match self {
            Self::Flag | Self::Holiday => 4,
            Self::Ratio | Self::Amount(_) => 1,
            Self::Constant => 0,
        }
    }
}

/// Days before a holiday that near it: of longer steps only the one before is told.
fn nearing(past: &Past<'_>) -> usize {
    if matches!(past.freq(), "W" | "M") { 1 } else { NEARING }
}

/// Whether a step is a holiday, the one before it, nears it, or is the one after it. A name says nothing of steps that nobody
/// named: it does not come back with the season.
fn around(given: &[f32], step: usize, nearing: usize) -> [f64; 4] {
    let is = |step: usize| given.get(step).map_or(0.0, |is| f64::from(*is));
    let near = (2..=nearing).find(|apart| is(step + apart) > 0.0);
    let near = near.map_or(0.0, |apart| 1.0 - apart as f64 / (nearing + 1) as f64);
    let after = if step > 0 { is(step - 1) } else { 0.0 };
    let free = 1.0 - is(step);
    [is(step), is(step + 1) * free, near * free, after * free]
}

/// Waves of each day of a year, and of a month: all designs share them.
static CYCLES: LazyLock<Cycles> = LazyLock::new(|| Cycles {
    year: std::array::from_fn(|day| waves(day as f64 / YEAR)),
    month: std::array::from_fn(|day| waves(day as f64 / MONTH)),
});

struct Cycles {
    year: [[f64; 2 * YEARLY]; 366],
    month: [[f64; 2 * MONTHLY]; 31],
}

/// Sines and cosines of a place in a cycle, which is a share of it.
fn waves<const WIDTH: usize>(place: f64) -> [f64; WIDTH] {
    std::array::from_fn(|at| {
        let angle = std::f64::consts::TAU * (at / 2 + 1) as f64 * place;
        if at % 2 == 0 { angle.sin() } else { angle.cos() }
    })
}
