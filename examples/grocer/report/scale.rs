//! Axes: where a value lies, which round values are marked, and how figures are written.

use crate::days::{civil, start_of_day};

/// A straight mapping of values onto a stretch of the drawing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

impl Scale {
    /// Maps `low` to `start` and `high` to `end`.
    pub(crate) const fn new((low, high): (f64, f64), (start, end): (f64, f64)) -> Self {
        Self { low, high, start, end }
    }

    /// Where `value` lies; an empty domain lies at the start.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let span = self.high - self.low;
        let share = if span.abs() < f64::EPSILON { 0.0 } else { (value - self.low) / span };
        self.start + share * (self.end - self.start)
    }
}

/// The least of 1, 2, 5, 10, 20, 50 … of which at most `most` fit into `span`.
pub(crate) fn round_step(span: u64, most: u64) -> u64 {
    let mut unit: u64 = 1;
    loop {
        for factor in [1, 2, 5] {
            let step = unit.saturating_mul(factor);
            if span / step <= most.max(1) {
                return step;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

/// The multiples of a round step that lie from `low` to `high`, at most `most` and one.
pub(crate) fn ticks(low: u64, high: u64, most: u64) -> Vec<u64> {
    let step = round_step(high.saturating_sub(low), most);
    let first = low.div_ceil(step);
    (first..=high / step).map(|nth| nth * step).collect()
}

/// The days to be marked on an axis from second `from` to second `to`: each, every other, each
/// seventh or the first of each month, so that at most `most` are.
pub(crate) fn day_ticks(from: i64, to: i64, most: usize) -> Vec<i64> {
    let first = crate::days::day_of(from.saturating_add(crate::days::DAY - 1));
    let last = crate::days::day_of(to);
    let days = first..=last;
    for step in [1, 2, 7, 14] {
        let ticks: Vec<i64> = days.clone().filter(|day| (day - first) % step == 0).collect();
        if ticks.len() <= most {
            return ticks;
        }
    }
    let mut ticks: Vec<i64> = days.filter(|day| civil(*day).2 == 1).collect();
    while ticks.len() > most.max(1) {
        ticks = ticks.into_iter().step_by(2).collect();
    }
    ticks
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// `Jan 1`.
pub(crate) fn short_date(day: i64) -> String {
    let (_, month, of_month) = civil(day);
    let month = usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index));
    format!("{} {of_month}", month.copied().unwrap_or(""))
}

/// `Sun`; 1970-01-01 was a Thursday.
pub(crate) fn weekday(day: i64) -> &'static str {
    let index = usize::try_from((day.saturating_add(4)).rem_euclid(7)).unwrap_or(0);
    WEEKDAYS.get(index).copied().unwrap_or("")
}

/// `Sun Jan 1, 06:53`, on the clock that cuts the days.
pub(crate) fn moment(at: i64) -> String {
    let day = crate::days::day_of(at);
    let minutes = at.saturating_sub(start_of_day(day)) / 60;
    format!("{} {}, {:02}:{:02}", weekday(day), short_date(day), minutes / 60, minutes % 60)
}

/// `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`: two units at most.
pub(crate) fn duration(seconds: i64) -> String {
    let two = |large: i64, large_name: &str, small: i64, small_name: &str| {
        if small == 0 {
            format!("{large} {large_name}")
        } else {
            format!("{large} {large_name} {small} {small_name}")
        }
    };
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

/// A share of a whole in hundredths of a percent, rounded half up; `None` of nothing.
pub(crate) fn basis_points(part: u64, whole: u64) -> Option<u64> {
    let (part, whole) = (u128::from(part), u128::from(whole));
    let points = (part * 20_000 + whole).checked_div(2 * whole)?;
    u64::try_from(points).ok()
}

/// `97.3%`; a dash if there is no whole.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    let (part, whole) = (u128::from(part), u128::from(whole));
    (part * 2_000 + whole)
        .checked_div(2 * whole)
        .map_or_else(|| "–".to_owned(), |tenths| format!("{}.{}%", tenths / 10, tenths % 10))
}

/// `94%` or `94.5%`: a mark on an axis of basis points.
pub(crate) fn axis_percent(basis_points: u64) -> String {
    match basis_points % 100 {
        0 => format!("{}%", basis_points / 100),
        part if part % 10 == 0 => format!("{}.{}%", basis_points / 100, part / 10),
        part => format!("{}.{part:02}%", basis_points / 100),
    }
}

/// `$8.20`.
pub(crate) fn money(cents: u64) -> String {
    format!("${}.{:02}", crate::demand::grouped(cents / 100), cents % 100)
}

#[cfg(test)]
mod tests {
    use super::{
        Scale, axis_percent, basis_points, day_ticks, duration, moment, money, percent, round_step,
        short_date, ticks, weekday,
    };
    use crate::days::start_of_day;

    #[test]
    fn ticks_are_round_and_few() {
        // Goal: axes that people read at a glance. Method: known axes, then every span up to
        // 20,000: the step is 1, 2 or 5 times a power of ten, and the ticks are few and inside.
        assert_eq!(ticks(0, 5_717, 5), [0, 1_000, 2_000, 3_000, 4_000, 5_000]);
        assert_eq!(ticks(0, 6_001, 5), [0, 2_000, 4_000, 6_000]);
        assert_eq!(ticks(9_420, 10_000, 4), [9_600, 9_800, 10_000]);
        assert_eq!(ticks(0, 0, 5), [0]);
        for high in 1..20_000 {
            let marks = ticks(0, high, 5);
            assert!((2..=6).contains(&marks.len()), "{high}: {marks:?}");
            assert!(marks.iter().all(|mark| *mark <= high));
            let leading = marks[1].to_string();
            assert!(["1", "2", "5"].contains(&leading.trim_end_matches('0')), "{leading}");
        }
        assert_eq!(round_step(u64::MAX, 1), 10_000_000_000_000_000_000);
        assert_eq!(round_step(5, 0), 5);
    }

    #[test]
    fn a_scale_maps_its_ends_and_survives_an_empty_domain() {
        // Goal: no division by nothing. Method: both ends, the middle, and a domain of a point.
        let scale = Scale::new((10.0, 20.0), (100.0, 0.0));
        for (value, place) in [(10.0, 100.0), (15.0, 50.0), (20.0, 0.0)] {
            assert!((scale.at(value) - place).abs() < 1e-9);
        }
        assert!((Scale::new((3.0, 3.0), (7.0, 9.0)).at(3.0) - 7.0).abs() < 1e-9);
    }

    #[test]
    fn day_ticks_widen_with_the_span() {
        // Goal: a fortnight by days, a year by months. Method: both, with a limit of 12.
        let day = start_of_day;
        assert_eq!(day_ticks(day(17_167), day(17_172), 12).len(), 6);
        assert_eq!(day_ticks(day(17_167) + 1, day(17_169), 12), [17_168, 17_169]);
        let fortnight = day_ticks(day(17_167), day(17_167 + 14), 12);
        assert_eq!(fortnight.len(), 8);
        assert_eq!(fortnight[1] - fortnight[0], 2);
        let year = day_ticks(day(17_167), day(17_167 + 364), 12);
        assert_eq!(year.iter().map(|tick| short_date(*tick)).nth(2).unwrap(), "Mar 1");
        assert_eq!(year.len(), 12);
    }

    #[test]
    fn figures_are_written_for_people() {
        // Goal: the words on the page. Method: each form at its edges.
        assert_eq!(moment(1_483_271_606), "Sun Jan 1, 06:53");
        assert_eq!((weekday(0), short_date(17_167 + 58)), ("Thu", "Feb 28".to_owned()));
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_600, "1 h"),
            (11_100, "3 h 5 min"),
            (187_200, "2 d 4 h"),
        ] {
            assert_eq!(duration(seconds), text);
        }
        assert_eq!(percent(973, 1_000), "97.3%");
        assert_eq!(percent(1, 3), "33.3%");
        assert_eq!(percent(5, 0), "–");
        assert_eq!((basis_points(2, 3), basis_points(1, 0)), (Some(6_667), None));
        assert_eq!(
            (axis_percent(9_400), axis_percent(9_450)),
            ("94%".to_owned(), "94.5%".to_owned())
        );
        assert_eq!(axis_percent(5), "0.05%");
        assert_eq!(money(123_405), "$1,234.05");
    }
}
