//! Days that have a name: once, each year on the same date or the same weekday of a month, or by the moon.
//!
//! Which days a country or a shop keeps is data, not code: a file of names and rules. What is code is how a rule becomes a
//! day, Easter above all, of both churches, on which a good part of the year's feasts hangs.
//!
//! # Source
//! Easter: Meeus, *Astronomical Algorithms*, 1991, chapter 8, for the Gregorian and the Julian calendar.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Arc;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::choose::MOST_STEPS;
use crate::history::ToForecast;
use crate::regressors::MOST_REGRESSORS;
use crate::series::SeriesError;

/// What the name of a column begins with that stands for a named day.
pub(crate) const HOLIDAY: &str = "holiday: ";
/// Steps after a horizon that are told too: demand before a holiday is not that of any day.
const AFTER: i64 = 8;
/// Rules that one file may have.
pub const MOST_HOLIDAYS: usize = 10_000;
/// Days from which on, at most, a rule counts on or back.
const MOST_APART: i64 = 366;

/// Why a file says no holidays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HolidaysError {
    /// It cannot be read as CSV.
    #[error("holidays cannot be read as CSV: {0}")]
    Csv(#[from] csv::Error),
    /// A column that must be there is not.
    #[error("holidays have no column `{0}`; give `holiday` and `when`")]
    NoColumn(&'static str),
    /// A row that is no rule.
    #[error(
        "holidays, line {line}: `{when}` is no day of `{holiday}`; give 2024-12-24, 12-24, `11 thu 4` (its fourth Thursday), \
         `05 mon -1` (its last Monday), `11 thu 4 +1` (the day after), easter, easter-2 or orthodox-easter+50"
    )]
    NotARule {
        /// Where, from 1 on.
        line: u64,
        /// The name.
        holiday: String,
        /// What was found.
        when: String,
    },
    /// More than [`MOST_HOLIDAYS`].
    #[error("there are more than {MOST_HOLIDAYS} holidays; give those that matter")]
    TooMany,
    /// More names than a series may have columns.
    #[error(transparent)]
    Series(#[from] SeriesError),
}

/// When a holiday is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    Once(NaiveDate),
    Yearly(u32, u32),
    /// Month, weekday, which of them; from the end of the month where it is below zero.
    Weekday(u32, Weekday, i8),
    Easter,
    OrthodoxEaster,
}

/// Named days by rule.
///
/// # Example
/// ```
/// use oms_forecast::Holidays;
///
/// let file = "holiday,when\nEaster,easter\nThanksgiving,11 thu 4\nFair,2024-06-01\nFair,2025-06-07\n";
/// let holidays = Holidays::read(file.as_bytes())?;
/// let days: Vec<String> = holidays.of_year(2024).map(|(name, day)| format!("{name} {day}")).collect();
/// assert_eq!(days, ["Easter 2024-03-31", "Thanksgiving 2024-11-28", "Fair 2024-06-01"]);
/// # Ok::<(), oms_forecast::HolidaysError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Holidays {
    rules: Vec<(String, When, i64)>,
}

impl Holidays {
    /// Reads rules from CSV with the columns `holiday`, a name, and `when`: a day (2024-12-24), a date of each year (12-24),
    /// a weekday of a month (`11 thu 4`, `05 mon -1`, `11 thu 4 +1` for the day after), or a distance from Easter (`easter`,
    /// `easter-2`, `orthodox-easter+50`). A name may have many rows; other columns are not read.
    ///
    /// # Errors
    /// [`HolidaysError`] with the line.
    pub fn read(input: impl Read) -> Result<Self, HolidaysError> {
        let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(input);
        let names = rows.headers()?.clone();
        let find = |name| {
            let at = names.iter().position(|its| its == name);
            at.ok_or(HolidaysError::NoColumn(name))
        };
        let (holiday, when) = (find("holiday")?, find("when")?);
        let mut rules = Vec::new();
        for row in rows.records() {
            let row = row?;
            let text = |at| row.get(at).unwrap_or_default().to_owned();
            let (holiday, when) = (text(holiday), text(when));
            let Some((rule, apart)) = rule(&when).filter(|_| !holiday.is_empty()) else {
                let line = row.position().map_or(0, csv::Position::line);
                return Err(HolidaysError::NotARule { line, holiday, when });
            };
            if rules.len() == MOST_HOLIDAYS {
                return Err(HolidaysError::TooMany);
            }
            rules.push((holiday, rule, apart));
        }
        Ok(Self { rules })
    }

    /// The days of a year, in the order of the rules.
    pub fn of_year(&self, year: i32) -> impl Iterator<Item = (&str, NaiveDate)> {
        let days = self.rules.iter().map(move |(name, when, apart)| {
            let day = when.of_year(year)?;
            Some((name.as_str(), day.checked_add_signed(chrono::TimeDelta::days(*apart))?))
        });
        days.flatten()
    }

    /// Their names, each once, in the order in which they come.
    fn names(&self) -> Vec<&str> {
        let mut told = BTreeSet::new();
        let names = self.rules.iter().map(|(name, ..)| name.as_str());
        names.filter(|name| told.insert(*name)).collect()
    }

    /// Gives each series whose days, weeks or months are known a column for each name, 1 where its step has such a day, in the
    /// past and as far ahead as it is wanted, up to [`MOST_STEPS`]. The names of all columns.
    pub(crate) fn give(
        &self,
        own: &[String],
        wanted: Vec<&mut ToForecast>,
    ) -> Result<Arc<[String]>, SeriesError> {
        let names = self.names();
        let found = own.len() + names.len();
        if let Some(first) = wanted.first().filter(|_| found > MOST_REGRESSORS) {
            return Err(SeriesError::Columns { id: first.series.id().to_owned(), found });
        }
        let mut spans: BTreeMap<(Step, i64), (i64, i64)> = BTreeMap::new();
        for wanted in &wanted {
            if let Some((key, first)) = Step::of(wanted) {
                // A forecast refuses what goes beyond; until then nothing is made for it.
                let steps = wanted.series.values().len() + wanted.horizon.min(MOST_STEPS);
                let last = first + steps as i64 + AFTER;
                let span = spans.entry(key).or_insert((first, last));
                *span = (span.0.min(first), span.1.max(last));
            }
        }
        let columns = spans.into_iter().map(|((step, anchor), (first, last))| {
            let figures = self.figures(&names, (step, anchor), (first, last));
            ((step, anchor), (first, figures))
        });
        let columns: BTreeMap<_, _> = columns.collect();
        let named = names.iter().map(|name| format!("{HOLIDAY}{name}"));
        let all: Arc<[String]> = own.iter().cloned().chain(named).collect();
        for wanted in wanted {
            let of = Step::of(wanted);
            let found = of.and_then(|(key, first)| Some((first, columns.get(&key)?)));
            let none = || vec![(Arc::from([]), 0); names.len()];
            let more = found.map_or_else(none, |(first, (from, figures))| {
                let skipped = usize::try_from(first - from).unwrap_or_default();
                figures.iter().map(|column| (column.clone(), skipped)).collect()
            });
            wanted.series.add_regressors(&all, own.len(), more)?;
        }
        Ok(all)
    }

    /// A column for each name over these steps, which all series of the kind share.
    fn figures(
        &self,
        names: &[&str],
        (step, anchor): (Step, i64),
        (first, last): (i64, i64),
    ) -> Vec<Arc<[f32]>> {
        let steps = usize::try_from(last - first).unwrap_or_default();
        let mut columns = vec![vec![0.0; steps]; names.len()];
        let year = |place: i64| step.day(place, anchor).map_or(0, |day| day.year());
        for year in year(first) - 1..=year(last) + 1 {
            for (name, day) in self.of_year(year) {
                let at = usize::try_from(step.place(day, anchor) - first).ok();
                let column = names.iter().position(|its| *its == name);
                if let (Some(at), Some(column)) = (at.filter(|at| *at < steps), column) {
                    columns[column][at] = 1.0;
                }
            }
        }
        columns.into_iter().map(Arc::from).collect()
    }
}

/// How long a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Day,
    /// Seven days from its stamp on.
    Week,
    Month,
}

impl Step {
    /// The steps of a series, from which day weeks are counted, and the place of its first known step; `None` where a step is
    /// something else or nobody knows its day.
    fn of(wanted: &ToForecast) -> Option<((Self, i64), i64)> {
        let series = &wanted.series;
        let step = match series.freq() {
            "D" => Self::Day,
            "W" => Self::Week,
            "M" => Self::Month,
            _ => return None,
        };
        let first = series.first()?;
        let anchor =
            if step == Self::Week { i64::from(first.num_days_from_ce()).rem_euclid(7) } else { 0 };
        Some(((step, anchor), step.place(first, anchor) + series.skipped() as i64))
    }

    fn place(self, day: NaiveDate, anchor: i64) -> i64 {
        let days = i64::from(day.num_days_from_ce());
        match self {
            Self::Day => days,
            Self::Week => (days - anchor).div_euclid(7),
            Self::Month => i64::from(day.year()) * 12 + i64::from(day.month0()),
        }
    }

    /// A day of a step.
    fn day(self, place: i64, anchor: i64) -> Option<NaiveDate> {
        match self {
            Self::Day => NaiveDate::from_num_days_from_ce_opt(i32::try_from(place).ok()?),
            Self::Week => {
                NaiveDate::from_num_days_from_ce_opt(i32::try_from(place * 7 + anchor).ok()?)
            }
            Self::Month => NaiveDate::from_ymd_opt(i32::try_from(place.div_euclid(12)).ok()?, 1, 1),
        }
    }
}

impl When {
    fn of_year(self, year: i32) -> Option<NaiveDate> {
        match self {
            Self::Once(day) => (day.year() == year).then_some(day),
            Self::Yearly(month, day) => NaiveDate::from_ymd_opt(year, month, day),
            Self::Weekday(month, weekday, which) if which > 0 => {
                NaiveDate::from_weekday_of_month_opt(year, month, weekday, which.unsigned_abs())
            }
            Self::Weekday(month, weekday, which) => {
                let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
                let last = NaiveDate::from_ymd_opt(next.0, next.1, 1)?.pred_opt()?;
                let over = last.weekday().days_since(weekday);
                let back = u64::from(over) + 7 * u64::from(which.unsigned_abs().saturating_sub(1));
                last.checked_sub_days(Days::new(back)).filter(|day| day.month() == month)
            }
            Self::Easter => easter(year),
            Self::OrthodoxEaster => orthodox_easter(year),
        }
    }
}

/// What a text of a file says, and so many days before or after it.
fn rule(text: &str) -> Option<(When, i64)> {
    let apart = |text: &str| {
        let days = if text.is_empty() { Some(0) } else { text.parse::<i64>().ok() };
        days.filter(|days| (-MOST_APART..=MOST_APART).contains(days))
    };
    let text = text.to_ascii_lowercase();
    if let Some(rest) = text.strip_prefix("orthodox-easter") {
        return Some((When::OrthodoxEaster, apart(rest)?));
    }
    if let Some(rest) = text.strip_prefix("easter") {
        return Some((When::Easter, apart(rest)?));
    }
    if let Ok(day) = NaiveDate::parse_from_str(&text, "%Y-%m-%d") {
        return Some((When::Once(day), 0));
    }
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    if let [date] = words[..] {
        let (month, day) = date.split_once('-')?;
        let (month, day) = (month.parse().ok()?, day.parse().ok()?);
        // A leap year has all dates that there are.
        NaiveDate::from_ymd_opt(2024, month, day)?;
        return Some((When::Yearly(month, day), 0));
    }
    let (month, weekday, which) = (words.first()?, words.get(1)?, words.get(2)?);
    let month: u32 = month.parse().ok().filter(|month| (1..=12).contains(month))?;
    let which: i8 = which.parse().ok().filter(|which| (-5..=5).contains(which) && *which != 0)?;
    let when = When::Weekday(month, weekday.parse().ok()?, which);
    (words.len() <= 4).then_some((when, apart(words.get(3).copied().unwrap_or_default())?))
}

/// Easter of the western churches.
fn easter(year: i32) -> Option<NaiveDate> {
    // Years before the reform had another calendar.
    let year = u32::try_from(year).ok().filter(|year| *year > 1582)?;
    let (golden, century, rest) = (year % 19, year / 100, year % 100);
    let correction =
        (century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15 + 19 * golden) % 30;
    let sunday = (32 + 2 * (century % 4) + 2 * (rest / 4) - correction - rest % 4) % 7;
    let late = (golden + 11 * correction + 22 * sunday) / 451;
    let day = correction + sunday + 114 - 7 * late;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, day / 31, day % 31 + 1)
}

/// Easter of the eastern churches, as a day of the Gregorian calendar.
fn orthodox_easter(year: i32) -> Option<NaiveDate> {
    let its = u32::try_from(year).ok().filter(|year| *year > 1582)?;
    let moon = (19 * (its % 19) + 15) % 30;
    let sunday = (2 * (its % 4) + 4 * (its % 7) + 34 - moon) % 7;
    let day = moon + sunday + 114;
    // Leap days that the Julian calendar has more since the third century.
    let behind = its / 100 - its / 400 - 2;
    let julian = NaiveDate::from_ymd_opt(year, day / 31, day % 31 + 1)?;
    julian.checked_add_days(Days::new(u64::from(behind)))
}

#[cfg(test)]
mod tests {
    use super::{easter, orthodox_easter, rule};

    // Goal: Easter is when it was. Method: years that the churches published, the earliest and the latest day that there is, and
    // that it is always a Sunday from March 22nd to April 25th.
    #[test]
    fn easters() {
        use chrono::{Datelike, Weekday};
        for (year, west, east) in [
            (1818, "03-22", "04-26"),
            (1943, "04-25", "04-25"),
            (1961, "04-02", "04-09"),
            (2000, "04-23", "04-30"),
            (2013, "03-31", "05-05"),
            (2016, "03-27", "05-01"),
            (2023, "04-09", "04-16"),
            (2024, "03-31", "05-05"),
            (2025, "04-20", "04-20"),
            (2026, "04-05", "04-12"),
            (2038, "04-25", "04-25"),
        ] {
            assert_eq!(easter(year).unwrap().to_string(), format!("{year}-{west}"));
            assert_eq!(orthodox_easter(year).unwrap().to_string(), format!("{year}-{east}"));
        }
        for year in 1583..4000 {
            let (west, east) = (easter(year).unwrap(), orthodox_easter(year).unwrap());
            assert_eq!((west.weekday(), east.weekday()), (Weekday::Sun, Weekday::Sun));
            assert!((81..=116).contains(&west.ordinal()) && east >= west, "{west} {east}");
        }
    }

    // Goal: rules are days. Method: each form, and what is none.
    #[test]
    fn rules() {
        for (text, year, day) in [
            ("2024-12-24", 2024, "2024-12-24"),
            ("12-24", 2019, "2019-12-24"),
            ("11 thu 4", 2024, "2024-11-28"),
            ("11 Thursday 4 +1", 2024, "2024-11-29"),
            ("05 mon -1", 2024, "2024-05-27"),
            ("12 sun -2", 2023, "2023-12-24"),
            ("easter-2", 2024, "2024-03-29"),
            ("Easter+49", 2024, "2024-05-19"),
        ] {
            let (when, apart) = rule(text).unwrap();
            let found = when.of_year(year).unwrap() + chrono::TimeDelta::days(apart);
            assert_eq!(found.to_string(), day, "{text}");
        }
        assert_eq!(rule("02-29").unwrap().0.of_year(2023), None);
        for text in [
            "",
            "soon",
            "13-01",
            "02-30",
            "11 thu",
            "11 thu 0",
            "11 thu 6",
            "easter+x",
            "easter+999",
            "easter-9223372036854775808",
            "11 thu 4 +1 2",
        ] {
            assert_eq!(rule(text), None, "{text}");
        }
    }
}
