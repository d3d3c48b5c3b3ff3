//! Lost units against leftover stock, over service levels: the spreadsheet's line and ours.

use super::ahead::share_of;
use super::markup::{Markup, number, path};
use super::scale::{Scale, ticks};
use super::{Frontier, FrontierPoint, approximate};
use crate::demand::grouped;

const SIZE: (f64, f64) = (540.0, 310.0);
const LEFT: f64 = 54.0;
const RIGHT: f64 = 520.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 254.0;
/// Shares that may be marked on the axis of lost units, in thousandths of a percent.
const MARKS: [u32; 10] = [10, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000];
/// The least share that is drawn; the axis is one of ratios and has no zero.
const LEAST: f64 = 1e-4;
/// Levels whose points are named.
const NAMED: [f64; 3] = [0.5, 0.95, 0.995];

/// The section, if there is a line of each.
pub(super) fn section(page: &mut Markup, its: &Frontier) {
    if its.before.is_empty() || its.after.is_empty() {
        return;
    }
    page.element("section", &[("class", "card w6 delivered")], |card| {
        card.element("div", &[("class", "rate")], |head| {
            head.leaf("h2", &[], &format!("Stock frontier: {}", its.name));
            head.leaf("b", &[], &share_of(its.joint));
        });
        card.leaf("p", &[], &say(its));
        card.element("ul", &[("class", "legend")], |legend| {
            for (class, name) in [
                ("cancelled", "four-week average + z · standard deviation"),
                ("delivered", "quantiles of the demand over lead time and review"),
            ] {
                legend.element("li", &[], |entry| {
                    entry.leaf("i", &[("class", class)], "");
                    entry.text(name);
                });
            }
        });
        card.element("div", &[("class", "scroll half")], |scroll| {
            let label = format!(
                "{}: lost units against leftover stock at service levels from 0.5 to 0.995",
                its.name
            );
            scroll.drawing(SIZE, &label, |drawing| draw(drawing, its));
        });
    });
}

fn say(its: &Frontier) -> String {
    let fall = |share: f64| {
        let way = if share < 0.0 { "rise" } else { "fall" };
        format!("{way} by {}", share_of(share.abs()))
    };
    format!(
        "{} series, {} days played, weekly review, lead time a week. From the spreadsheet at 0.95 lost \
         units {} at equal stock, leftovers {} at equal losses, and both together {}.",
        grouped(its.series),
        its.days,
        fall(its.fewer_lost),
        fall(its.less_left),
        fall(its.joint),
    )
}

fn draw(drawing: &mut Markup, its: &Frontier) {
    let all = || its.before.iter().chain(&its.after);
    let log = |share: f64| share.max(LEAST).ln();
    let fold = |pick: fn(f64, f64) -> f64, from: f64| all().map(|p| p.lost).fold(from, pick);
    // Room for a name above the first point and below the last.
    let bounds = (log(fold(f64::min, 1.0)) - 0.25, log(fold(f64::max, 0.0)) + 0.25);
    let y = Scale::new(bounds, (BOTTOM, TOP));
    let most = all().map(|point| point.left_days).fold(1.0, f64::max);
    let x = Scale::new((0.0, most * 1.06), (LEFT, RIGHT));
    for mark in MARKS {
        let share = f64::from(mark) / 100_000.0;
        if !(bounds.0..=bounds.1).contains(&log(share)) {
            continue;
        }
        let height = y.at(log(share));
        drawing.rule("gridline", (LEFT, height), (RIGHT, height));
        let name = format!("{}%", number(f64::from(mark) / 1_000.0));
        drawing.word((LEFT - 9.0, height + 4.0), "end", "", &name);
    }
    drawing.rule("baseline", (LEFT, BOTTOM), (RIGHT, BOTTOM));
    let top = format!("{most:.0}").parse().unwrap_or(1);
    for tick in ticks(0, top, 7) {
        drawing.word((x.at(approximate(tick)), BOTTOM + 19.0), "middle", "", &tick.to_string());
    }
    let below = "stock left when a delivery comes, in days of demand";
    drawing.word((f64::midpoint(LEFT, RIGHT), BOTTOM + 42.0), "middle", "small faint", below);
    drawing.word((LEFT - 40.0, TOP - 14.0), "start", "small faint", "lost units, of demand");
    for (class, points, side) in [("cancelled", &its.before, 1.0), ("delivered", &its.after, -1.0)]
    {
        let at = |point: &FrontierPoint| (x.at(point.left_days), y.at(log(point.lost)));
        let line = path(points.iter().map(at));
        drawing.element("g", &[("class", class)], |group| {
            group.empty("path", &[("class", "line"), ("d", &line)]);
            for point in points {
                dot(group, at(point), point, side);
            }
        });
    }
}

/// A point with its figures, named right of its line or left of it.
fn dot(drawing: &mut Markup, (cx, cy): (f64, f64), point: &FrontierPoint, side: f64) {
    let [at_x, at_y] = [cx, cy].map(number);
    let mark = [("class", "mark"), ("cx", at_x.as_str()), ("cy", at_y.as_str()), ("r", "4.5")];
    drawing.element("circle", &mark, |mark| {
        let figures = format!(
            "service level {}: {:.2}% lost, {:.1} days left",
            point.level,
            100.0 * point.lost,
            point.left_days
        );
        mark.leaf("title", &[], &figures);
    });
    if NAMED.iter().any(|level| (level - point.level).abs() < 1e-9) {
        let anchor = if side > 0.0 { "start" } else { "end" };
        let place = (cx + side * 8.0, cy - side * 6.0 + if side < 0.0 { 6.0 } else { 0.0 });
        drawing.word(place, anchor, "small halo", &point.level.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::section;
    use crate::report::markup::{Markup, flaw_in};
    use crate::report::{Frontier, FrontierPoint};

    #[test]
    fn a_frontier_is_drawn_whole_and_told_honestly() {
        // Goal: nothing outside, and a loss is called one. Method: lines that end in no loss at all; ours worse.
        let point =
            |level: f64, lost: f64, left_days: f64| FrontierPoint { level, lost, left_days };
        let its = Frontier {
            name: "<pasta>".to_owned(),
            joint: -0.2,
            fewer_lost: 0.3,
            before: vec![point(0.5, 0.2, 1.0), point(0.95, 0.01, 9.0), point(0.995, 0.0, 20.0)],
            after: vec![point(0.5, 0.3, 0.0), point(0.995, 0.0, 30.0)],
            ..Frontier::default()
        };
        let mut page = Markup::default();
        section(&mut page, &its);
        let text = page.into_text();
        assert_eq!(flaw_in(&text), None, "{text}");
        assert!(text.contains("fall by 30%") && text.contains("together rise by 20%"));
        assert_eq!(text.matches("<circle").count(), 5);
        for height in text.split(" cy=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!((0.0..=310.0).contains(&height.parse::<f64>().unwrap()), "{height}");
        }
        let mut page = Markup::default();
        section(&mut page, &Frontier::default());
        assert_eq!(page.into_text(), "");
    }
}
