//! Moments of a long file, and the step between them.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime};

/// A point in time as a file gives it; a number counts steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Moment {
    Number(i64),
    Time(NaiveDateTime),
}

impl Moment {
    pub(super) fn read(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse() {
            return Some(Self::Number(number));
        }
        let day =
            |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
        let moment = |form| NaiveDateTime::parse_from_str(text, form).ok();
        day(text)
            .or_else(|| day(&format!("{text}-01")))
            .or_else(|| moment("%Y-%m-%d %H:%M:%S"))
            .or_else(|| moment("%Y-%m-%dT%H:%M:%S"))
            .or_else(|| moment("%Y-%m-%d %H:%M"))
            .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.naive_utc()))
            .map(Self::Time)
    }

    /// Its day, if it is a time.
    pub(super) fn day(self) -> Option<NaiveDate> {
        match self {
            Self::Time(time) => Some(time.date()),
            Self::Number(_) => None,
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Time(time) => write!(f, "{time}"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Number,
    Second,
    Month,
}

/// The first moment of a series and what comes after a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    unit: Unit,
    from: i64,
    step: i64,
}

impl Steps {
    /// The smallest step between sorted moments; months where all days are the same, or all are the last of a month.
    pub(super) fn of(moments: &[Moment]) -> Self {
        let unit = match moments.first() {
            Some(Moment::Time(_)) if is_monthly(moments) => Unit::Month,
            Some(Moment::Time(_)) => Unit::Second,
            _ => Unit::Number,
        };
        let places: Vec<i64> = moments.iter().filter_map(|moment| place(unit, *moment)).collect();
        let apart = places.windows(2).filter_map(|two| two[1].checked_sub(two[0]));
        let step = apart.filter(|apart| *apart > 0).min().unwrap_or(1);
        Self { unit, from: places.first().copied().unwrap_or_default(), step }
    }

    /// The same steps from another moment on; `None` of another kind.
    pub(super) fn begun_at(self, first: Moment) -> Option<Self> {
        Some(Self { from: place(self.unit, first)?, ..self })
    }

    /// The steps that most of some series have, the finer where as many have others.
    pub(super) fn usual(all: impl Iterator<Item = Self>) -> Option<Self> {
        let mut counted: BTreeMap<(Unit, i64), usize> = BTreeMap::new();
        all.for_each(|its| *counted.entry((its.unit, its.step)).or_default() += 1);
        let most = counted.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)))?;
        let (unit, step) = *most.0;
        Some(Self { unit, from: 0, step })
    }

    /// Steps of this name from a moment on; days where it has none.
    pub(super) fn named(name: &str, first: Moment) -> Option<Self> {
        let (unit, step) = match (first, name) {
            (Moment::Number(_), _) => (Unit::Number, 1),
            (_, "H") => (Unit::Second, 3_600),
            (_, "D" | "") => (Unit::Second, 86_400),
            (_, "W") => (Unit::Second, 604_800),
            (_, "M") => (Unit::Month, 1),
            (_, "Q") => (Unit::Month, 3),
            (_, "Y") => (Unit::Month, 12),
            _ => return None,
        };
        Some(Self { unit, from: place(unit, first)?, step })
    }

    /// The step that a moment is in, 0 for what is before the first; `None` for a moment of another kind.
    pub(super) fn step_of(&self, moment: Moment) -> Option<usize> {
        let apart = place(self.unit, moment)?.saturating_sub(self.from);
        usize::try_from(apart.max(0) / self.step).ok()
    }

    /// Steps from the first moment on; `None` off the grid, or for a moment of another kind.
    pub(super) fn place(&self, moment: Moment) -> Option<usize> {
        let apart = place(self.unit, moment)?.checked_sub(self.from)?;
        (apart % self.step == 0).then(|| usize::try_from(apart / self.step).ok())?
    }

    /// Steps of a season.
    pub(super) fn season(&self) -> usize {
        match self.name() {
            "H" => 24,
            "D" => 7,
            "W" => 52,
            "M" => 12,
            "Q" => 4,
            _ => 1,
        }
    }

    /// The name of the step.
    pub(super) fn name(&self) -> &'static str {
        match (self.unit, self.step) {
            (Unit::Second, 3_600) => "H",
            (Unit::Second, 86_400) => "D",
            (Unit::Second, 604_800) => "W",
            (Unit::Month, 1) => "M",
            (Unit::Month, 3) => "Q",
            (Unit::Month, 12) => "Y",
            _ => "",
        }
    }
}

fn place(unit: Unit, moment: Moment) -> Option<i64> {
    match (unit, moment) {
        (Unit::Number, Moment::Number(number)) => Some(number),
        (Unit::Second, Moment::Time(time)) => Some(time.and_utc().timestamp()),
        (Unit::Month, Moment::Time(time)) => {
            Some(i64::from(time.year()) * 12 + i64::from(time.month0()))
        }
        _ => None,
    }
}

fn is_monthly(moments: &[Moment]) -> bool {
    let times = || {
        moments.iter().filter_map(|moment| match moment {
            Moment::Time(time) => Some(time),
            Moment::Number(_) => None,
        })
    };
    let last_of_month = |time: &NaiveDateTime| {
        time.date().checked_add_days(Days::new(1)).is_some_and(|next| next.day() == 1)
    };
    let Some(first) = times().next() else { return false };
    moments.len() > 1
        && (times().all(|time| time.day() == first.day() && time.time() == first.time())
            || times().all(last_of_month))
}
