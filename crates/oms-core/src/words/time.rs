//! Time: moments in UTC, days and hours where a location stands. There is no clock here.
//!
//! A [`Timestamp`] is a moment, the same everywhere. A [`BusinessDay`] and a [`TimeOfDay`] are what
//! a calendar and a clock on the wall say, and mean a moment only together with a [`TimeZone`].
//!
//! # Units
//! UTC milliseconds; minutes since midnight; civil days.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Timelike};
use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};

use super::error::{WordError, quote};
use super::wire::parsed;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
const DAY_MINUTES: u16 = 24 * 60;
/// 2200-01-01T00:00:00Z.
const END_MS: i64 = 7_258_118_400_000;
const MOMENT_FORM: &str =
    "an RFC 3339 time from 1970-01-01T00:00:00Z to 2200-01-01T00:00:00Z in whole milliseconds";
const DAY_FORM: &str = "a day from 1970-01-01 to 2200-01-01, such as `2026-11-24`";
const ZONE_FORM: &str = "an IANA time zone, such as `Europe/Paris`";
const CLOCK_FORM: &str = "a time of day from `00:00` to `24:00`";

/// A moment: UTC milliseconds, from 1970-01-01 to 2200-01-01.
///
/// On the wire it is RFC 3339 in UTC, with milliseconds only where they are not zero; other offsets
/// are read and turned to UTC.
///
/// # Example
/// ```
/// use oms_core::words::Timestamp;
///
/// let at: Timestamp = "2026-11-24T10:00:00.250+01:00".parse()?;
/// assert_eq!(at.to_string(), "2026-11-24T09:00:00.250Z");
/// assert_eq!(at.plus_minutes(1).ms() - at.ms(), 60_000);
/// assert!("1969-12-31T23:59:59Z".parse::<Timestamp>().is_err());
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest moment, 1970-01-01T00:00:00Z.
    pub const MIN: Self = Self(0);
    /// The latest moment, 2200-01-01T00:00:00Z.
    pub const MAX: Self = Self(END_MS);

    /// Checks UTC milliseconds since 1970 and makes them a moment.
    ///
    /// # Errors
    /// `invalid.date_range` before 1970 or after 2200-01-01.
    pub fn from_ms(ms: i64) -> Result<Self, WordError> {
        if (0..=END_MS).contains(&ms) { Ok(Self(ms)) } else { Err(refuse(MOMENT_FORM, ms)) }
    }

    /// Returns UTC milliseconds since 1970.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Moves by milliseconds, stopping at the bounds.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms).clamp(0, END_MS))
    }

    /// Moves by minutes, stopping at the bounds.
    #[must_use]
    pub fn plus_minutes(self, minutes: i64) -> Self {
        self.plus_ms(minutes.saturating_mul(MINUTE_MS))
    }

    /// Moves by days of 24 hours, stopping at the bounds; for civil days see [`BusinessDay`].
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        self.plus_ms(days.saturating_mul(DAY_MS))
    }

    fn utc(self) -> DateTime<chrono::Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.utc().naive_utc();
        let (date, time) = (at.date(), at.time());
        write!(f, "{date}T{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())?;
        match self.0 % 1000 {
            0 => f.write_str("Z"),
            ms => write!(f, ".{ms:03}Z"),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

impl FromStr for Timestamp {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| refuse(MOMENT_FORM, text))?;
        // Finer moments are refused, not cut: two of them could become equal.
        if at.timestamp_subsec_nanos() % 1_000_000 != 0 {
            return Err(refuse(MOMENT_FORM, text));
        }
        Self::from_ms(at.timestamp_millis()).map_err(|_| refuse(MOMENT_FORM, text))
    }
}

/// A stretch of time from one moment to a later or equal one, both included.
///
/// # Example
/// ```
/// use oms_core::words::{Timestamp, Window};
///
/// let from = Timestamp::MIN;
/// let window = Window::new(from, from.plus_days(2))?;
/// assert!(window.contains(from.plus_days(1)));
/// assert!(Window::new(window.to(), window.from()).is_err());
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Window {
    from: Timestamp,
    to: Timestamp,
}

impl Window {
    /// Makes a window of its two ends.
    ///
    /// # Errors
    /// `invalid.date_range` if the end comes before the beginning.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self, WordError> {
        if from <= to {
            return Ok(Self { from, to });
        }
        Err(refuse("a window that ends no earlier than it begins", format!("{from} to {to}")))
    }

    /// Returns the beginning.
    #[must_use]
    pub const fn from(self) -> Timestamp {
        self.from
    }

    /// Returns the end.
    #[must_use]
    pub const fn to(self) -> Timestamp {
        self.to
    }

    /// Tells whether a moment lies in the window.
    #[must_use]
    pub fn contains(self, at: Timestamp) -> bool {
        self.from <= at && at <= self.to
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Ends {
            from: Timestamp,
            to: Timestamp,
        }
        let ends = Ends::deserialize(deserializer)?;
        Self::new(ends.from, ends.to).map_err(D::Error::custom)
    }
}

/// A civil date where a location stands.
///
/// # Example
/// ```
/// use oms_core::words::BusinessDay;
///
/// let day: BusinessDay = "2028-02-28".parse()?;
/// assert_eq!(day.next().to_string(), "2028-02-29");
/// assert!("2026-02-29".parse::<BusinessDay>().is_err());
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusinessDay(NaiveDate);

impl BusinessDay {
    /// Makes a day of year, month and day of the month.
    ///
    /// # Errors
    /// `invalid.date_range` if there is no such day from 1970 to 2200-01-01.
    pub fn new(year: i32, month: u32, day: u32) -> Result<Self, WordError> {
        NaiveDate::from_ymd_opt(year, month, day)
            .and_then(Self::bounded)
            .ok_or_else(|| refuse(DAY_FORM, format!("{year:04}-{month:02}-{day:02}")))
    }

    /// Returns the day after; the last day of all is its own.
    #[must_use]
    pub fn next(self) -> Self {
        self.plus_days(1)
    }

    /// Returns the day before; the first day of all is its own.
    #[must_use]
    pub fn prev(self) -> Self {
        self.0.pred_opt().and_then(Self::bounded).unwrap_or(self)
    }

    /// Moves forward by days, stopping at 2200-01-01.
    #[must_use]
    pub fn plus_days(self, days: u32) -> Self {
        let moved = self.0.checked_add_days(Days::new(u64::from(days)));
        moved.and_then(Self::bounded).unwrap_or_else(last_day)
    }

    /// Returns the day of the week.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        match self.0.weekday() {
            chrono::Weekday::Mon => Weekday::Mon,
            chrono::Weekday::Tue => Weekday::Tue,
            chrono::Weekday::Wed => Weekday::Wed,
            chrono::Weekday::Thu => Weekday::Thu,
            chrono::Weekday::Fri => Weekday::Fri,
            chrono::Weekday::Sat => Weekday::Sat,
            chrono::Weekday::Sun => Weekday::Sun,
        }
    }

    fn bounded(date: NaiveDate) -> Option<Self> {
        let day = Self(date);
        (date.year() >= 1970 && day <= last_day()).then_some(day)
    }
}

fn last_day() -> BusinessDay {
    BusinessDay(Timestamp::MAX.utc().date_naive())
}

impl fmt::Display for BusinessDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for BusinessDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BusinessDay({})", self.0)
    }
}

impl FromStr for BusinessDay {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(Self::bounded);
        // The parser also takes `2026-1-4`; one day has one form.
        day.filter(|day| day.to_string() == text).ok_or_else(|| refuse(DAY_FORM, text))
    }
}

/// A day of the week, Monday first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case", try_from = "String")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Weekday {
    /// All days of the week, Monday first.
    pub const ALL: [Self; 7] =
        [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
}

// By its text, so that a calendar's day has a name in the path of what is wrong with its hours.
impl TryFrom<String> for Weekday {
    type Error = WordError;

    fn try_from(name: String) -> Result<Self, WordError> {
        let known = Self::NAMES.iter().position(|known| *known == name);
        let day = known.and_then(|at| Self::ALL.get(at)).copied();
        day.ok_or_else(|| refuse("a day from `mon` to `sun`", &name))
    }
}

/// What a clock on the wall says, in whole minutes; `24:00` is the end of the day.
///
/// # Example
/// ```
/// use oms_core::words::TimeOfDay;
///
/// let cut_off: TimeOfDay = "16:30".parse()?;
/// assert_eq!(cut_off.minutes(), 990);
/// assert!("4:30pm".parse::<TimeOfDay>().is_err());
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// The beginning of a day, `00:00`.
    pub const START: Self = Self(0);
    /// The end of a day, `24:00`.
    pub const END: Self = Self(DAY_MINUTES);

    /// Makes a time of hours and minutes.
    ///
    /// # Errors
    /// `invalid.date_range` beyond `24:00` or 59 minutes.
    pub fn new(hour: u16, minute: u16) -> Result<Self, WordError> {
        let minutes = hour.checked_mul(60).and_then(|minutes| minutes.checked_add(minute));
        match minutes {
            Some(minutes) if minute < 60 && minutes <= DAY_MINUTES => Ok(Self(minutes)),
            _ => Err(refuse(CLOCK_FORM, format!("{hour:02}:{minute:02}"))),
        }
    }

    /// Returns minutes since midnight.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeOfDay({self})")
    }
}

impl FromStr for TimeOfDay {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        let two_digits = |part: &str| {
            let sound = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            sound.then(|| part.parse::<u16>().ok()).flatten()
        };
        let (hour, minute) = text.split_once(':').ok_or_else(|| refuse(CLOCK_FORM, text))?;
        match (two_digits(hour), two_digits(minute)) {
            (Some(hour), Some(minute)) => Self::new(hour, minute),
            _ => Err(refuse(CLOCK_FORM, text)),
        }
    }
}

/// A time zone of the IANA database, daylight saving and all.
///
/// # Example
/// ```
/// use oms_core::words::{TimeZone, Timestamp};
///
/// let paris = TimeZone::new("Europe/Paris")?;
/// let late: Timestamp = "2026-07-01T22:30:00Z".parse()?;
/// assert_eq!(paris.local_day(late).to_string(), "2026-07-02");
/// assert_eq!(paris.local_time(late).to_string(), "00:30");
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeZone(chrono_tz::Tz);

impl TimeZone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(chrono_tz::UTC);

    /// Looks a name up in the IANA database.
    ///
    /// # Errors
    /// `invalid.time_zone` if there is no such zone; names are case-sensitive.
    pub fn new(name: &str) -> Result<Self, WordError> {
        name.parse()
            .map(Self)
            .map_err(|_| WordError::TimeZone { expected: ZONE_FORM.to_owned(), found: quote(name) })
    }

    /// Returns the IANA name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Returns the civil date here at a moment.
    #[must_use]
    pub fn local_day(self, at: Timestamp) -> BusinessDay {
        self.local(at).0
    }

    /// Returns what the clock on the wall says here at a moment, seconds cut off.
    #[must_use]
    pub fn local_time(self, at: Timestamp) -> TimeOfDay {
        self.local(at).1
    }

    /// Returns day and time of day here at a moment, seconds cut off.
    #[must_use]
    pub fn local(self, at: Timestamp) -> (BusinessDay, TimeOfDay) {
        let local = at.utc().with_timezone(&self.0).naive_local();
        let day = BusinessDay::bounded(local.date());
        let minutes = local.time().num_seconds_from_midnight() / 60;
        // A zone west of Greenwich is still in 1969 in the first hours of time.
        let day = day.unwrap_or(if at.0 < DAY_MS {
            BusinessDay(DateTime::UNIX_EPOCH.date_naive())
        } else {
            last_day()
        });
        (day, TimeOfDay(u16::try_from(minutes).unwrap_or(DAY_MINUTES)))
    }

    /// Returns the moment at which it is this day and time here.
    ///
    /// A time that the clocks skip is the moment at which they jump; a time that comes twice is the
    /// first one.
    ///
    /// # Law
    /// A later time of a day is never an earlier moment.
    #[must_use]
    pub fn instant(self, day: BusinessDay, time: TimeOfDay) -> Timestamp {
        let local = day.0.and_time(chrono::NaiveTime::MIN) + TimeDelta::minutes(i64::from(time.0));
        // The first minute that exists from here on ends the gap; a zone may skip a whole day,
        // never two.
        let found = (0..=2 * i64::from(DAY_MINUTES)).find_map(|ahead| {
            (local + TimeDelta::minutes(ahead)).and_local_timezone(self.0).earliest()
        });
        let ms =
            found.map_or_else(|| local.and_utc().timestamp_millis(), |at| at.timestamp_millis());
        Timestamp(ms.clamp(0, END_MS))
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeZone({})", self.name())
    }
}

impl FromStr for TimeZone {
    type Err = WordError;

    fn from_str(name: &str) -> Result<Self, WordError> {
        Self::new(name)
    }
}

macro_rules! serde_as_text {
    ($($name:ident $form:ident)+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                parsed(deserializer, $form)
            }
        }
    )+};
}

serde_as_text! {
    Timestamp MOMENT_FORM
    BusinessDay DAY_FORM
    TimeOfDay CLOCK_FORM
    TimeZone ZONE_FORM
}

fn refuse(expected: &str, found: impl fmt::Display) -> WordError {
    WordError::DateRange { expected: expected.to_owned(), found: quote(found) }
}
