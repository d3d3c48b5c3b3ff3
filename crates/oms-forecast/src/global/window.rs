//! Several steps together as a global model sees them: figures of the origin, and of what is planned for these steps.
//!
//! Demand is read up to the origin only, as for [a step](super::origin).

use chrono::{Datelike, Days};

use super::origin::{Origin, WINDOW, average, ratio};
use super::schema::{Reading, Sink};
use crate::part::Part;

/// Steps of late that stood as one ahead will, at most.
const ALIKE: usize = 28;

impl Origin<'_> {
    /// What is asked about the next `steps` steps together, of which each open one is expected to bring so much by the
    /// series' own model; not a number where that has none.
    pub(crate) fn put_window(&self, steps: usize, expected: f64, sink: &mut impl Sink) {
        self.put_fixed(sink);
        sink.put(format_args!("expected"), false, expected / self.scale);
        let values = |from: usize, to: usize| self.mean_between(from, to) / self.scale;
        let now = self.now;
        sink.put(format_args!("window_1"), false, values(now.saturating_sub(steps), now));
        let before = now.saturating_sub(2 * steps);
        sink.put(format_args!("window_2"), false, values(before, now.saturating_sub(steps)));
        self.put_spread(steps, sink);
        sink.part(Part::Season);
        self.put_year(steps, sink);
        self.put_plans(steps, sink);
        sink.part(Part::Level);
        self.schema.put_attributes(&self.past, sink);
    }

    /// The mean of what was seen between two steps that are known.
    fn mean_between(&self, from: usize, to: usize) -> f64 {
        let (values, seen) = (self.past.values(), self.past.seen());
        let steps = (from..to.min(self.now)).filter(|step| seen[*step]);
        average(steps.map(|step| values[step]))
    }

    /// How much as many steps together moved of late.
    fn put_spread(&self, steps: usize, sink: &mut impl Sink) {
        let ends = (0..WINDOW).map(|back| self.now.saturating_sub(back * steps));
        let windows = ends.filter(|end| *end >= steps);
        let means: Vec<f64> = windows.map(|end| self.mean_between(end - steps, end)).collect();
        let spread = super::origin::deviation(&means) / self.scale;
        sink.put(format_args!("windows_deviation"), false, spread);
        let most = means.iter().copied().fold(f64::NAN, f64::max) / self.scale;
        sink.put(format_args!("windows_most"), false, most);
    }

    /// The same steps of earlier years, and the time of the year.
    fn put_year(&self, steps: usize, sink: &mut impl Sink) {
        let (season, year) = (self.schema.season, self.schema.year);
        if year > 0 {
            for times in 1..=2 {
                let from = self.now.checked_sub(year * times);
                let same = from.map_or(f64::NAN, |from| self.mean_between(from, from + steps));
                let around = from.map_or(f64::NAN, |from| {
                    self.mean_between(from.saturating_sub(steps), from + 2 * steps)
                });
                let before = from.map_or(f64::NAN, |from| {
                    self.mean_between(from.saturating_sub(WINDOW * season.max(4)), from)
                });
                sink.put(format_args!("year_{times}"), false, same / self.scale);
                sink.put(format_args!("year_rise_{times}"), false, ratio(same, before));
                sink.put(format_args!("around_year_{times}"), false, around / self.scale);
            }
        }
        if season > 1 {
            sink.put(format_args!("place"), false, (self.past.counted(self.now) % season) as f64);
        }
        let middle = self.now + steps / 2;
        if season == 7 {
            let day = self.past.first_day();
            let day = day.and_then(|day| day.checked_add_days(Days::new(middle as u64)));
            let ordinal = day.map_or(f64::NAN, |day| f64::from(day.ordinal()));
            sink.put(format_args!("day_of_year"), false, ordinal);
            sink.put(format_args!("day"), false, day.map_or(f64::NAN, |day| f64::from(day.day())));
        }
        if year > season {
            let place = self.past.counted(middle) % year;
            sink.put(format_args!("place_of_year"), false, place as f64);
        }
    }

    fn put_plans(&self, steps: usize, sink: &mut impl Sink) {
        let (from, to) = (self.now, self.now + steps);
        let open = || (from..to).filter(|step| !self.past.is_closed(*step));
        sink.part(Part::Holiday);
        sink.put(format_args!("open"), false, open().count() as f64 / steps as f64);
        let mut flags = false;
        for (column, reading) in self.schema.readings.iter().enumerate() {
            sink.part(self.schema.parts[column]);
            let mean =
                |from: usize, to: usize| average((from..to).map(|step| self.figure(column, step)));
            let ahead = mean(from, to);
            let lately = from.saturating_sub(steps);
            match reading {
                Reading::Constant => {}
                Reading::Flag => {
                    flags = true;
                    let late = from.saturating_sub(WINDOW * self.schema.season.max(4));
                    sink.put(format_args!("share_{column}"), false, ahead);
                    sink.put(
                        format_args!("begins_{column}"),
                        false,
                        mean(from, from + steps.div_ceil(2)),
                    );
                    sink.put(format_args!("was_{column}"), false, mean(lately, from));
                    sink.put(format_args!("late_{column}"), false, mean(late, from));
                    sink.put(format_args!("after_{column}"), false, mean(to, to + steps));
                    sink.put(format_args!("effect_{column}"), false, self.effects[column]);
                }
                Reading::Figure => {
                    let usual = self.effects[column];
                    sink.put(format_args!("is_{column}"), false, ahead);
                    sink.put(format_args!("of_usual_{column}"), false, ratio(ahead, usual));
                    sink.put(format_args!("change_{column}"), false, ahead - mean(lately, from));
                }
            }
        }
        if flags {
            let season = self.schema.season;
            let late = from.saturating_sub(2 * WINDOW * season.max(4));
            let (values, seen) = (self.past.values(), self.past.seen());
            let alike = |ahead: usize| {
                let steps = (late..from).rev().filter(|at| seen[*at] && self.is_alike(*at, ahead));
                average(steps.take(ALIKE).map(|at| values[at] / self.scale))
            };
            let means = open().map(alike).filter(|mean| mean.is_finite());
            sink.put(format_args!("alike"), false, average(means));
        }
    }
}
