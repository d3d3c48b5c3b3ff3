//! A past as a global model sees it: figures of the origin, and of each step ahead.
//!
//! Demand is read up to the origin only; what is planned - regressors, closed days, the calendar - beyond it too.

use chrono::{Datelike, Days};

use crate::demand::DemandClass;
use crate::global::schema::{Reading, Schema, Sink};
use crate::part::Part;
use crate::past::Past;

/// Seasons that a window looks back on.
pub(super) const WINDOW: usize = 8;
/// Same places of the season that are looked at.
const PLACES: usize = 8;
/// Seasons back to which same places are looked for.
const BACK: usize = 60;
/// The scale of a series is its mean of late, and to this share its mean of all.
const ALL: f64 = 0.3;
/// A series below this scale is one of nothing.
const LEAST_SCALE: f64 = 1e-30;
/// Steps with a flag before a series' own effect counts half. Not tuned.
const FEW: f64 = 3.0;

/// An origin: what came before it is known.
pub(crate) struct Origin<'a> {
    pub(super) schema: &'a Schema,
    pub(super) past: Past<'a>,
    /// Steps known.
    pub(super) now: usize,
    pub(crate) scale: f64,
    regressors: Vec<&'a [f32]>,
    /// Names apart, what does not change from step to step.
    fixed: Vec<(&'static str, f64)>,
    /// By column of flags: how much a series' own demand is multiplied; means of late of other columns.
    pub(super) effects: Vec<f64>,
    class: DemandClass,
}

impl<'a> Origin<'a> {
    /// `None` where nothing was wanted before: there is no scale then.
    pub(crate) fn new(schema: &'a Schema, past: Past<'a>) -> Option<Self> {
        let now = past.values().len();
        let wide = schema.season.max(4);
        let seen = |len: usize| seen_of_late(past, len);
        let mean = |len: usize| average(seen(len));
        let late = average(seen(WINDOW * wide).map(f64::abs));
        let all = average(past.known().map(f64::abs));
        let late = if late.is_finite() { late } else { all };
        let scale = late * (1.0 - ALL) + all * ALL;
        if scale.is_nan() || scale < LEAST_SCALE {
            return None;
        }
        let mut window: Vec<f64> = seen(WINDOW * wide).collect();
        let deviation = deviation(&window);
        let zeros = average(window.iter().map(|y| if *y == 0.0 { 1.0 } else { 0.0 }));
        window.sort_by(f64::total_cmp);
        let quantile = |share: f64| {
            let at = (share * window.len().saturating_sub(1) as f64).round() as usize;
            window.get(at).map_or(f64::NAN, |y| y / scale)
        };
        let (values, was_seen) = (past.values(), past.seen());
        let last_sold = (0..now).rev().find(|step| was_seen[*step] && values[*step] != 0.0);
        let sizes = || past.known().filter(|y| *y != 0.0);
        let wait = past.known().count() as f64 / (sizes().count() as f64).max(1.0);
        let fixed = vec![
            ("last", mean(1) / scale),
            ("mean_1", mean(wide) / scale),
            ("mean_2", mean(2 * wide) / scale),
            ("mean_4", mean(4 * wide) / scale),
            ("mean_13", mean(13 * wide) / scale),
            ("mean_52", mean(52 * wide) / scale),
            ("deviation", deviation / scale),
            ("zeros", zeros),
            ("low", quantile(0.1)),
            ("middle", quantile(0.5)),
            ("high", quantile(0.75)),
            ("higher", quantile(0.9)),
            ("highest", quantile(1.0)),
            ("scale", scale.ln()),
            ("age", now.min(crate::choose::MOST_PAST) as f64),
            ("since_sold", last_sold.map_or(f64::NAN, |step| (now - step) as f64)),
            ("size", average(sizes()) / scale),
            ("wait", wait),
        ];
        let regressors: Vec<&'a [f32]> = past.regressors().map(|(_, column)| column).collect();
        let mut origin = Self {
            schema,
            past,
            now,
            scale,
            regressors,
            fixed,
            effects: Vec::new(),
            class: DemandClass::of(&past),
        };
        origin.effects = (0..schema.readings.len()).map(|at| origin.effect(at)).collect();
        Some(origin)
    }

    /// A regressor at a step, past or ahead.
    pub(super) fn figure(&self, column: usize, step: usize) -> f64 {
        let column = self.regressors.get(column).copied().unwrap_or_default();
        let at = self.past.planned(step, column.len());
        at.map_or(f64::NAN, |at| f64::from(column[at]))
    }

    fn effect(&self, column: usize) -> f64 {
        let steps = || (0..self.now).filter(|step| self.past.seen()[*step]);
        match self.schema.readings[column] {
            Reading::Constant => f64::NAN,
            Reading::Figure => {
                let late = self.now.saturating_sub(WINDOW * self.schema.season.max(4));
                average((late..self.now).map(|step| self.figure(column, step)))
            }
            Reading::Flag => {
                let (mut on, mut off) = ((0.0, 0.0), (0.0, 0.0));
                for step in steps() {
                    let side = if self.figure(column, step) > 0.5 { &mut on } else { &mut off };
                    *side = (side.0 + self.past.values()[step] / self.scale, side.1 + 1.0);
                }
                let usual = (off.0 + 1.0) / (off.1 + 1.0);
                (on.0 + FEW * usual) / (on.1 + FEW) / usual.max(1e-9)
            }
        }
    }

    /// Whether all flags, and what is closed beside a step, stand alike at two steps.
    pub(super) fn is_alike(&self, one: usize, two: usize) -> bool {
        let flags = self.schema.readings.iter().enumerate();
        let mut flags = flags.filter(|(_, reading)| **reading == Reading::Flag);
        flags.all(|(at, _)| (self.figure(at, one) > 0.5) == (self.figure(at, two) > 0.5))
    }

    /// What is asked about the step that comes `ahead` steps after the first unknown one.
    pub(crate) fn put(&self, ahead: usize, sink: &mut impl Sink) {
        let step = self.now + ahead;
        sink.part(Part::Trend);
        sink.put(format_args!("ahead"), false, (ahead + 1) as f64);
        self.put_fixed(sink);
        sink.part(Part::Season);
        self.put_places(step, sink);
        self.put_calendar(step, sink);
        self.put_regressors(step, sink);
        sink.part(Part::Level);
        self.schema.put_attributes(&self.past, sink);
    }

    /// What is the same however far ahead.
    pub(super) fn put_fixed(&self, sink: &mut impl Sink) {
        sink.part(Part::Level);
        for (name, value) in &self.fixed {
            sink.put(format_args!("{name}"), false, *value);
        }
        let class = match self.class {
            DemandClass::Smooth => 0.0,
            DemandClass::Erratic => 1.0,
            DemandClass::Intermittent => 2.0,
            DemandClass::Lumpy => 3.0,
        };
        sink.put(format_args!("class"), true, class);
    }

    /// Demand at the same place of earlier seasons, and a year before.
    fn put_places(&self, step: usize, sink: &mut impl Sink) {
        let season = self.schema.season;
        let (values, seen) = (self.past.values(), self.past.seen());
        let back = (1..=BACK).filter_map(|times| step.checked_sub(season * times));
        let known = back.filter(|at| *at < self.now && seen[*at]);
        let mut places: Vec<f64> = known.take(PLACES).map(|at| values[at] / self.scale).collect();
        let mean = |len: usize| average(places.iter().take(len).copied());
        sink.put(format_args!("place_1"), false, mean(1));
        sink.put(format_args!("place_4"), false, mean(4));
        sink.put(format_args!("place_8"), false, mean(PLACES));
        places.sort_by(f64::total_cmp);
        sink.put(format_args!("place_low"), false, places.get(1).copied().unwrap_or(f64::NAN));
        let high = places.len().checked_sub(2).map_or(f64::NAN, |at| places[at]);
        sink.put(format_args!("place_high"), false, high);
        if self.schema.year > 0 {
            for times in 1..=2 {
                let at = step.checked_sub(self.schema.year * times).filter(|at| *at < self.now);
                let same = at.filter(|at| seen[*at]).map_or(f64::NAN, |at| values[at] / self.scale);
                sink.put(format_args!("year_{times}"), false, same);
                let around = at
                    .map_or(0..0, |at| at.saturating_sub(season)..(at + season + 1).min(self.now));
                let around = around.filter(|at| seen[*at]).map(|at| values[at] / self.scale);
                sink.put(format_args!("around_year_{times}"), false, average(around));
            }
        }
    }

    fn put_calendar(&self, step: usize, sink: &mut impl Sink) {
        let season = self.schema.season;
        if season > 1 {
            sink.put(format_args!("place"), false, (self.past.counted(step) % season) as f64);
        }
        let day = self.past.first_day();
        let day = day.and_then(|day| day.checked_add_days(Days::new(step as u64)));
        let part = |of: fn(&chrono::NaiveDate) -> u32| {
            day.as_ref().map_or(f64::NAN, |day| f64::from(of(day)))
        };
        if season == 7 {
            sink.put(
                format_args!("weekday"),
                false,
                part(|day| day.weekday().number_from_monday()),
            );
            sink.put(format_args!("day"), false, part(Datelike::day));
            sink.put(format_args!("month"), false, part(Datelike::month));
            sink.put(format_args!("day_of_year"), false, part(Datelike::ordinal));
        }
        if self.schema.year > season {
            let place = self.past.counted(step) % self.schema.year;
            sink.put(format_args!("place_of_year"), false, place as f64);
        }
        let closed = |at: Option<usize>| at.is_some_and(|at| self.past.is_closed(at));
        let flag = |is: bool| if is { 1.0 } else { 0.0 };
        sink.part(Part::Holiday);
        sink.put(format_args!("closed_before"), false, flag(closed(step.checked_sub(1))));
        sink.put(format_args!("closed_after"), false, flag(closed(Some(step + 1))));
    }

    fn put_regressors(&self, step: usize, sink: &mut impl Sink) {
        for (column, reading) in self.schema.readings.iter().enumerate() {
            let now = self.figure(column, step);
            let before = step.checked_sub(1).map_or(f64::NAN, |at| self.figure(column, at));
            sink.part(self.schema.parts[column]);
            match reading {
                Reading::Constant => {}
                Reading::Flag => {
                    let after = self.figure(column, step + 1);
                    let run = (1..=14).take_while(|back| {
                        step.checked_sub(*back)
                            .is_some_and(|at| (self.figure(column, at) > 0.5) == (now > 0.5))
                    });
                    sink.put(format_args!("is_{column}"), false, now);
                    sink.put(format_args!("was_{column}"), false, before);
                    sink.put(format_args!("will_be_{column}"), false, after);
                    sink.put(format_args!("for_{column}"), false, run.count() as f64);
                    sink.put(format_args!("effect_{column}"), false, self.effects[column]);
                }
                Reading::Figure => {
                    let usual = self.effects[column];
                    sink.put(format_args!("is_{column}"), false, now);
                    sink.put(format_args!("beside_usual_{column}"), false, now - usual);
                    sink.put(format_args!("of_usual_{column}"), false, ratio(now, usual));
                    sink.put(format_args!("change_{column}"), false, now - before);
                }
            }
        }
        let flags = self.schema.readings.iter().zip(&self.schema.parts);
        let flags = || flags.clone().filter(|(reading, _)| **reading == Reading::Flag);
        if let Some((_, first)) = flags().next() {
            let promotion = flags().map(|(_, part)| *part).find(|part| *part == Part::Promotion);
            sink.part(promotion.unwrap_or(*first));
            // The same place of earlier seasons, and any step of late, at which all flags stood as they will.
            let season = self.schema.season;
            let (values, seen) = (self.past.values(), self.past.seen());
            let alike = |at: &usize| *at < self.now && seen[*at] && self.is_alike(*at, step);
            let back = (1..=BACK).filter_map(|times| step.checked_sub(season * times));
            let places = back.filter(alike).take(PLACES).map(|at| values[at] / self.scale);
            sink.put(format_args!("place_alike"), false, average(places));
            let late = self.now.saturating_sub(2 * WINDOW * season.max(4));
            let late = (late..self.now).rev().filter(alike).map(|at| values[at] / self.scale);
            sink.put(format_args!("late_alike"), false, average(late.take(28)));
        }
    }
}

/// What was seen in the last steps.
fn seen_of_late(past: Past<'_>, len: usize) -> impl Iterator<Item = f64> {
    let from = past.values().len().saturating_sub(len);
    let pairs = past.values()[from..].iter().zip(&past.seen()[from..]);
    pairs.filter(|(_, seen)| **seen).map(|(y, _)| *y)
}

pub(super) fn ratio(above: f64, below: f64) -> f64 {
    if below.abs() > 0.0 { (above / below).clamp(-1e9, 1e9) } else { f64::NAN }
}

/// Not a number where there is none.
pub(super) fn average(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    if count > 0.0 { sum / count } else { f64::NAN }
}

pub(super) fn deviation(values: &[f64]) -> f64 {
    let middle = average(values.iter().copied());
    average(values.iter().map(|y| (y - middle) * (y - middle))).sqrt()
}

#[cfg(test)]
mod tests {
    use std::fmt::Arguments;

    use super::Origin;
    use crate::Series;
    use crate::global::schema::{Schema, Sink};

    #[derive(Default)]
    struct Kept(Vec<(String, f64)>);

    impl Sink for Kept {
        fn put(&mut self, name: Arguments<'_>, _: bool, value: f64) {
            self.0.push((name.to_string(), value));
        }
    }

    fn figures(series: &Series, origin: usize) -> Vec<(String, f64)> {
        let schema = Schema::of(&[series.past()]);
        let origin = Origin::new(&schema, series.past().first(origin)).unwrap();
        let mut kept = Kept::default();
        (0..10).for_each(|ahead| origin.put(ahead, &mut kept));
        kept.0
    }

    // Goal: no demand after the origin is read, while plans are. Method: two series that part at the origin, then one whose
    // plans part there too.
    #[test]
    fn nothing_leaks() {
        let series = |demand: f64, plan: f64| {
            let late = |day: usize, then: f64, else_: f64| if day >= 60 { then } else { else_ };
            let y = (0..80).map(|day| Some(late(day, demand, (day * 7 % 11) as f64)));
            let planned = |day: usize| Some(late(day, plan, (day % 3 % 2) as f64));
            let priced = |day: usize| Some(late(day, plan + 2.0, 2.0 + (day % 5) as f64));
            let columns = [(0..80).map(planned).collect(), (0..80).map(priced).collect()];
            Series::new("A", 7, y)
                .and_then(|series| {
                    series
                        .with_regressors(["promo".to_owned(), "price".to_owned()].into(), &columns)
                })
                .unwrap()
        };
        let same = |one: &[(String, f64)], two: &[(String, f64)]| {
            one.len() == two.len()
                && one
                    .iter()
                    .zip(two)
                    .all(|(one, two)| one.0 == two.0 && one.1.total_cmp(&two.1).is_eq())
        };
        let known = figures(&series(5.0, 1.0), 60);
        assert!(same(&known, &figures(&series(900.0, 1.0), 60)));
        assert!(!same(&known, &figures(&series(5.0, 0.0), 60)));
        assert!(!same(&known, &figures(&series(5.0, 1.0), 59)));
    }
}
