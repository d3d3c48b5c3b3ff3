//! Days of the grocer: cut at 05:00 UTC, which is midnight in New York in winter.

/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;

/// Seconds by which a day begins after midnight UTC.
const DAY_BEGINS: i64 = 5 * 3_600;

/// The number of the day in which `at` (seconds since 1970-01-01 UTC) falls, counted from
/// 1970-01-01.
pub(crate) const fn day_of(at: i64) -> i64 {
    at.saturating_sub(DAY_BEGINS).div_euclid(DAY)
}

/// The first second of a day of [`day_of`].
pub(crate) const fn start_of_day(day: i64) -> i64 {
    day.saturating_mul(DAY).saturating_add(DAY_BEGINS)
}

/// The calendar date of a day: `2017-01-01`. (Gregorian, by counting 400-year cycles from
/// 0000-03-01, so that the leap day is the last of its year.)
pub(crate) fn date(day: i64) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Year, month and day of the month.
pub(crate) const fn civil(day: i64) -> (i64, i64, i64) {
    let day = day.saturating_add(719_468);
    let (cycle, of_cycle) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (of_cycle - of_cycle / 1_460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = cycle * 400 + year + if month <= 2 { 1 } else { 0 };
    (year, month, of_year - (153 * from_march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::{DAY, date, day_of, start_of_day};

    #[test]
    fn a_day_is_cut_at_five_utc() {
        // Goal: days are those of the shop, not of UTC. Method: the seconds around a cut, and
        // before 1970.
        assert_eq!(day_of(5 * 3_600 - 1), -1);
        assert_eq!(day_of(5 * 3_600), 0);
        assert_eq!(day_of(start_of_day(17_167)), 17_167);
        assert_eq!(day_of(start_of_day(17_167) + DAY - 1), 17_167);
    }

    #[test]
    fn dates_follow_the_gregorian_calendar() {
        // Goal: right dates. Method: the epoch, leap days of 2000 and 2016, no leap day in 1900,
        // the first day of the data, and 400 years day by day against counting months.
        for (day, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (16_860, "2016-02-29"),
            (-25_509, "1900-02-28"),
            (-25_508, "1900-03-01"),
            (17_167, "2017-01-01"),
        ] {
            assert_eq!(date(day), text);
        }
        let (mut year, mut month, mut of_month) = (1970, 1, 1);
        for day in 0..146_097 {
            assert_eq!(date(day), format!("{year:04}-{month:02}-{of_month:02}"));
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                2 => 28 + i32::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            of_month += 1;
            if of_month > length {
                (of_month, month) = (1, month + 1);
            }
            if month > 12 {
                (month, year) = (1, year + 1);
            }
        }
    }
}
