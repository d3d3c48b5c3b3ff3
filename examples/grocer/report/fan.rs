//! Fan charts: a demand's past, the bands in which its days to come were expected, and what came.

use super::markup::{Markup, path};
use super::scale::{Scale, day_ticks, short_date, ticks};
use super::{Fan, approximate, card};
use crate::days::start_of_day;
use crate::demand::grouped;

const SIZE: (f64, f64) = (540.0, 236.0);
const LEFT: f64 = 48.0;
const RIGHT: f64 = 532.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 204.0;

/// The section, if there is a fan.
pub(super) fn section(page: &mut Markup, fans: &[Fan]) {
    if fans.is_empty() {
        return;
    }
    let say = "Units a day in the last weeks of the year, forecast from all days before the line and \
               from none after it; days on which all stores close were known.";
    card(page, "", "What the next four weeks wanted", say, |card| {
        card.element("ul", &[("class", "legend")], |legend| {
            for (class, name) in [
                ("past", "before"),
                ("came", "what came"),
                ("median", "median"),
                ("half", "50% band"),
                ("ninety", "90% band"),
            ] {
                legend.element("li", &[], |entry| {
                    entry.leaf("i", &[("class", &format!("fan-{class}"))], "");
                    entry.text(name);
                });
            }
        });
        card.element("div", &[("class", "two fans")], |columns| {
            for fan in fans {
                columns.element("div", &[], |column| {
                    column.leaf("h3", &[], &fan.name);
                    column.leaf("p", &[("class", "say small")], &models(fan));
                    column.element("div", &[("class", "scroll half")], |scroll| {
                        let label = format!(
                            "{}: {} days before, {} days forecast and what came",
                            fan.name,
                            fan.past.len(),
                            fan.came.len()
                        );
                        scroll.drawing(SIZE, &label, |drawing| draw(drawing, fan));
                    });
                });
            }
        });
    });
}

fn models(fan: &Fan) -> String {
    if fan.models.is_empty() {
        "from what was sold before".to_owned()
    } else {
        format!("by {}", fan.models)
    }
}

fn draw(drawing: &mut Markup, fan: &Fan) {
    let (past, ahead) = (fan.past.len(), fan.median.len());
    let whole = [&fan.past, &fan.came, &fan.median].into_iter().flatten().copied();
    let highest = whole.chain(fan.ninety.iter().map(|(_, high)| *high)).fold(1.0, f64::max);
    let y = Scale::new((0.0, highest), (BOTTOM, TOP));
    // Ticks are whole; a float to the next one is text in between.
    let top = format!("{highest:.0}").parse().unwrap_or(1);
    for tick in ticks(0, top, 4) {
        let height = y.at(approximate(tick));
        drawing.rule(
            if tick == 0 { "baseline" } else { "gridline" },
            (LEFT, height),
            (RIGHT, height),
        );
        drawing.word((LEFT - 8.0, height + 4.0), "end", "", &grouped(tick));
    }
    let days = (past + ahead).max(2);
    let along = Scale::new((0.0, places(days - 1)), (LEFT + 6.0, RIGHT - 6.0));
    let x = |day: usize| along.at(places(day));
    let last = fan.first_day.saturating_add(i64::try_from(days).unwrap_or(1) - 1);
    for day in day_ticks(start_of_day(fan.first_day), start_of_day(last), 7) {
        let nth = usize::try_from(day - fan.first_day).unwrap_or(0);
        drawing.word((x(nth), BOTTOM + 20.0), "middle", "", &short_date(day));
    }
    for (class, band) in [("fan-ninety", &fan.ninety), ("fan-half", &fan.half)] {
        let upper = band.iter().enumerate().map(|(nth, (_, high))| (x(past + nth), y.at(*high)));
        let lower = band.iter().enumerate().map(|(nth, (low, _))| (x(past + nth), y.at(*low)));
        let around = format!("{}Z", path(upper.chain(lower.rev())));
        drawing.empty("path", &[("class", class), ("d", &around)]);
    }
    if past > 0 {
        let now = x(past) - (x(1) - x(0)) / 2.0;
        drawing.rule("fan-now", (now, TOP - 8.0), (now, BOTTOM));
        drawing.word((now + 6.0, TOP - 10.0), "start", "small faint", "forecast");
    }
    let line = |class: &'static str, from: usize, units: &[f64]| {
        let points = units.iter().enumerate().map(|(nth, units)| (x(from + nth), y.at(*units)));
        (class, path(points))
    };
    for (class, line) in [
        line("fan-past", 0, &fan.past),
        line("fan-median", past, &fan.median),
        line("fan-came", past, &fan.came),
    ] {
        drawing.empty("path", &[("class", class), ("d", &line)]);
    }
}

/// A place as a coordinate.
const fn places(place: usize) -> f64 {
    place as f64
}

#[cfg(test)]
mod tests {
    use super::section;
    use crate::report::Fan;
    use crate::report::markup::{Markup, flaw_in};

    #[test]
    fn a_fan_stays_within_its_drawing() {
        // Goal: nothing is drawn outside. Method: a band far above all values, a name that tries to break out, and
        // a fan of nothing; every coordinate of a path lies within the drawing.
        let fan = Fan {
            name: "<b>&".to_owned(),
            first_day: 17_500,
            past: vec![1.0, 0.0, 9.0],
            came: vec![3.0, 4.0],
            median: vec![2.0, 2.0],
            half: vec![(1.0, 3.0); 2],
            ninety: vec![(0.0, 900.0); 2],
            ..Fan::default()
        };
        let mut page = Markup::default();
        section(&mut page, &[fan, Fan::default()]);
        let text = page.into_text();
        assert_eq!(flaw_in(&text), None, "{text}");
        let paths = text.split(" d=\"").skip(1).filter_map(|rest| rest.split('"').next());
        for point in paths.flat_map(|path| path.split(['M', 'L', 'Z']).collect::<Vec<_>>()) {
            let Some((x, y)) = point.split_once(' ') else { continue };
            let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
            assert!((0.0..=540.0).contains(&x) && (0.0..=236.0).contains(&y), "{x} {y}");
        }
    }
}
