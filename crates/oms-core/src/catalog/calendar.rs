//! Calendars: when a place is open, which days count, and what a cut-off makes of an order's time.
//!
//! A calendar speaks of civil days and wall clocks; only together with a time zone does it speak of
//! moments, so that daylight saving moves the moments and never the opening hours.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::MOST_LEAD_DAYS;
use crate::words::{BusinessDay, TimeOfDay, TimeZone, Timestamp, Weekday, Window};

/// How far ahead an open day is looked for: a place closed longer is not waited for.
const HORIZON_DAYS: u32 = MOST_LEAD_DAYS;

/// A stretch of a day, from opening to closing.
///
/// # Law
/// A place opens before it closes; a night shift is two days' hours, up to `24:00` and from
/// `00:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Hours {
    open: TimeOfDay,
    close: TimeOfDay,
}

impl Hours {
    /// The whole day.
    pub const ALL_DAY: Self = Self { open: TimeOfDay::START, close: TimeOfDay::END };

    /// Makes hours of opening and closing; nothing unless the place opens before it closes.
    #[must_use]
    pub fn new(open: TimeOfDay, close: TimeOfDay) -> Option<Self> {
        (open < close).then_some(Self { open, close })
    }

    /// Returns the opening time.
    #[must_use]
    pub const fn open(self) -> TimeOfDay {
        self.open
    }

    /// Returns the closing time.
    #[must_use]
    pub const fn close(self) -> TimeOfDay {
        self.close
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Times {
            open: TimeOfDay,
            close: TimeOfDay,
        }
        let Times { open, close } = Times::deserialize(deserializer)?;
        Self::new(open, close).ok_or_else(|| {
            de::Error::custom(format_args!(
                "invalid.date_range: expected hours that open before they close, \
                 found `{open}` to `{close}`"
            ))
        })
    }
}

/// Opening hours of a day: one stretch, or several with breaks between them.
///
/// On the wire one stretch is an object, several are a list.
///
/// # Law
/// At least one stretch and at most [`DayHours::MOST`], in their order, with a break between each
/// and the next.
///
/// # Example
/// ```
/// use oms_core::catalog::DayHours;
///
/// let siesta: DayHours = serde_json::from_str(
///     r#"[{"open": "09:00", "close": "13:00"}, {"open": "16:00", "close": "20:00"}]"#,
/// ).unwrap();
/// assert_eq!(siesta.close().to_string(), "20:00");
/// let overlap = r#"[{"open": "09:00", "close": "13:00"}, {"open": "12:00", "close": "20:00"}]"#;
/// assert!(serde_json::from_str::<DayHours>(overlap).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DayHours {
    first: Hours,
    /// After the first, each after a break.
    more: Vec<Hours>,
}

impl DayHours {
    /// The most stretches of one day.
    pub const MOST: usize = 12;

    /// Makes the hours of a day; nothing unless the stretches keep the law.
    #[must_use]
    pub fn new(stretches: &[Hours]) -> Option<Self> {
        let (first, more) = stretches.split_first()?;
        let apart = stretches.windows(2).all(|pair| match pair {
            [a, b] => a.close < b.open,
            _ => true,
        });
        let kept = apart && stretches.len() <= Self::MOST;
        kept.then(|| Self { first: *first, more: more.to_vec() })
    }

    /// Returns when the place opens first.
    #[must_use]
    pub fn open(&self) -> TimeOfDay {
        self.first.open
    }

    /// Returns when the place closes last.
    #[must_use]
    pub fn close(&self) -> TimeOfDay {
        self.more.last().unwrap_or(&self.first).close
    }

    /// Lists the stretches in their order.
    pub fn stretches(&self) -> impl Iterator<Item = Hours> {
        std::iter::once(self.first).chain(self.more.iter().copied())
    }
}

impl From<Hours> for DayHours {
    fn from(first: Hours) -> Self {
        Self { first, more: Vec::new() }
    }
}

impl Serialize for DayHours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.more.is_empty() {
            return self.first.serialize(serializer);
        }
        serializer.collect_seq(self.stretches())
    }
}

impl<'de> Deserialize<'de> for DayHours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> de::Visitor<'de> for Reader {
            type Value = DayHours;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("hours with `open` and `close`, or a list of them")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<DayHours, A::Error> {
                Hours::deserialize(de::value::MapAccessDeserializer::new(map)).map(DayHours::from)
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<DayHours, A::Error> {
                let mut all: Vec<Hours> = Vec::new();
                while let Some(hours) = list.next_element::<Hours>()? {
                    let after = all.last().is_none_or(|before| before.close < hours.open);
                    if !after || all.len() == DayHours::MOST {
                        return Err(de::Error::custom(format_args!(
                            "invalid.date_range: expected at most {} stretches of a day, each \
                             after a break, found `{}` to `{}`",
                            DayHours::MOST,
                            hours.open,
                            hours.close
                        )));
                    }
                    all.push(hours);
                }
                DayHours::new(&all).ok_or_else(|| {
                    de::Error::custom("invalid.empty: expected at least one stretch, found none")
                })
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// When a place is open: hours by day of the week, and the days on which it stays closed.
///
/// The default is open round the clock, every day.
///
/// # Example
/// ```
/// use oms_core::catalog::Calendar;
///
/// let shop: Calendar = serde_json::from_str(
///     r#"{"weekly": {"mon": {"open": "09:00", "close": "18:00"}}, "holidays": ["2026-05-25"]}"#,
/// ).unwrap();
/// assert!(shop.is_open_day("2026-05-18".parse()?));
/// assert!(!shop.is_open_day("2026-05-25".parse()?));
/// assert_eq!(shop.next_open_day("2026-05-18".parse()?), Some("2026-06-01".parse()?));
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Opening hours by day of the week; a day that is not here is closed.
    pub weekly: BTreeMap<Weekday, DayHours>,
    /// Days on which the place stays closed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub holidays: BTreeSet<BusinessDay>,
}

impl Default for Calendar {
    fn default() -> Self {
        Self::always()
    }
}

impl Calendar {
    /// Makes a calendar that is open round the clock, every day.
    #[must_use]
    pub fn always() -> Self {
        Self::same_hours(&Weekday::ALL, Hours::ALL_DAY)
    }

    /// Makes a calendar with the same hours on each of these days.
    #[must_use]
    pub fn same_hours(days: &[Weekday], hours: Hours) -> Self {
        let weekly = days.iter().map(|day| (*day, hours.into())).collect();
        Self { weekly, holidays: BTreeSet::new() }
    }

    /// Tells whether this is the default, open round the clock, every day.
    #[must_use]
    pub fn is_always(&self) -> bool {
        let all_day = DayHours::from(Hours::ALL_DAY);
        self.holidays.is_empty()
            && Weekday::ALL.iter().all(|day| self.weekly.get(day) == Some(&all_day))
    }

    /// Returns the hours of a day, or nothing if the place is closed on it.
    #[must_use]
    pub fn hours_on(&self, day: BusinessDay) -> Option<&DayHours> {
        if self.holidays.contains(&day) { None } else { self.weekly.get(&day.weekday()) }
    }

    /// Tells whether the place is open on a day.
    #[must_use]
    pub fn is_open_day(&self, day: BusinessDay) -> bool {
        self.hours_on(day).is_some()
    }

    /// Returns the first open day after a day, or nothing within the 366 days that follow.
    #[must_use]
    pub fn next_open_day(&self, day: BusinessDay) -> Option<BusinessDay> {
        (1..=HORIZON_DAYS)
            .map(|ahead| day.plus_days(ahead))
            // The last day of all time has none after it.
            .find(|next| *next > day && self.is_open_day(*next))
    }

    /// Returns a day if it is open, else the first open day after it.
    #[must_use]
    pub fn open_day_from(&self, day: BusinessDay) -> Option<BusinessDay> {
        if self.is_open_day(day) { Some(day) } else { self.next_open_day(day) }
    }

    /// Returns the open day that lies a number of open days after a day.
    ///
    /// # Cost
    /// Walks day by day; a closed stretch of more than 366 days ends the walk with nothing.
    #[must_use]
    pub fn plus_open_days(&self, day: BusinessDay, open_days: u32) -> Option<BusinessDay> {
        (0..open_days).try_fold(day, |day, _| self.next_open_day(day))
    }

    /// Returns the windows in which the place is open on a day in a time zone, in their order;
    /// none if it is closed.
    pub fn openings(&self, day: BusinessDay, zone: TimeZone) -> impl Iterator<Item = Window> {
        let stretches = self.hours_on(day).into_iter().flat_map(DayHours::stretches);
        stretches.filter_map(move |hours| {
            Window::new(zone.instant(day, hours.open), zone.instant(day, hours.close)).ok()
        })
    }

    /// Returns the day on which work on an order of this moment counts as begun.
    ///
    /// It is the local day if that is open and the cut-off has not passed (the very moment of the
    /// cut-off is still in time), else the next open day.
    #[must_use]
    pub fn ready_day(
        &self,
        at: Timestamp,
        cut_off: TimeOfDay,
        zone: TimeZone,
    ) -> Option<BusinessDay> {
        let today = zone.local_day(at);
        if self.is_open_day(today) && at <= zone.instant(today, cut_off) {
            return Some(today);
        }
        self.next_open_day(today)
    }

    /// Returns the moment at which work of so many minutes is done, worked only while the place is
    /// open.
    ///
    /// Work that ends at closing time, or at a break, ends there and not at the next opening.
    #[must_use]
    pub fn work_until(&self, from: Timestamp, minutes: u32, zone: TimeZone) -> Option<Timestamp> {
        let mut left_ms = i64::from(minutes) * 60_000;
        let mut day = self.open_day_from(zone.local_day(from))?;
        let mut idle_days = 0;
        while idle_days <= HORIZON_DAYS {
            for opening in self.openings(day, zone) {
                let start = opening.from().max(from);
                let room_ms = opening.to().ms() - start.ms();
                if room_ms > 0 && left_ms <= room_ms {
                    return Some(start.plus_ms(left_ms));
                }
                left_ms -= room_ms.max(0);
            }
            day = self.next_open_day(day)?;
            idle_days += 1;
        }
        None
    }
}
