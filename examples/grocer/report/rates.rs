//! A share day by day, as a line.

use super::markup::{Markup, number, path};
use super::scale::{Scale, axis_percent, basis_points, day_ticks, percent, round_step, short_date};
use super::{RateDay, RateHistory, approximate};
use crate::days::{day_of, start_of_day};

const SIZE: (f64, f64) = (540.0, 224.0);
const LEFT: f64 = 54.0;
const RIGHT: f64 = 524.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 188.0;

/// The section, if two days at least have a share.
pub(super) fn section(page: &mut Markup, rate: &RateHistory) {
    let days: Vec<(RateDay, u64)> = rate
        .days
        .iter()
        .filter_map(|day| basis_points(day.part, day.whole).map(|share| (*day, share)))
        .collect();
    let (Some((first, _)), Some((last, _))) = (days.first(), days.last()) else { return };
    if day_of(first.at) >= day_of(last.at) {
        return;
    }
    let part = days.iter().map(|(day, _)| day.part).sum();
    let whole = days.iter().map(|(day, _)| day.whole).sum();
    let class = format!("card w6 {}", rate.tone.class());
    page.element("section", &[("class", &class)], |card| {
        card.element("div", &[("class", "rate")], |head| {
            head.leaf("h2", &[], &rate.name);
            head.leaf("b", &[], &percent(part, whole));
        });
        card.leaf("p", &[], &rate.meaning);
        card.element("div", &[("class", "scroll half")], |scroll| {
            let label = format!("{} by day, {} over all days", rate.name, percent(part, whole));
            scroll.drawing(SIZE, &label, |drawing| draw(drawing, &days));
        });
    });
}

fn draw(drawing: &mut Markup, days: &[(RateDay, u64)]) {
    let shares = || days.iter().map(|(_, share)| *share);
    let (low, high, step) = bounds(shares().min().unwrap_or(0), shares().max().unwrap_or(0));
    let y = Scale::new((approximate(low), approximate(high)), (BOTTOM, TOP));
    for nth in low / step..=high / step {
        let height = y.at(approximate(nth * step));
        let class = if nth * step == low { "baseline" } else { "gridline" };
        drawing.rule(class, (LEFT, height), (RIGHT, height));
        drawing.word((LEFT - 9.0, height + 4.0), "end", "", &axis_percent(nth * step));
    }
    let ends = days.first().zip(days.last());
    let Some(((first, _), (last, _))) = ends else { return };
    let (first, last) = (day_of(first.at), day_of(last.at));
    let x = |day: i64| {
        let along = Scale::new(
            (0.0, approximate((last - first).unsigned_abs())),
            (LEFT + 14.0, RIGHT - 14.0),
        );
        along.at(approximate((day - first).unsigned_abs()))
    };
    for day in day_ticks(start_of_day(first), start_of_day(last), 7) {
        drawing.word((x(day), BOTTOM + 20.0), "middle", "", &short_date(day));
    }
    let points: Vec<(f64, f64)> =
        days.iter().map(|(day, share)| (x(day_of(day.at)), y.at(approximate(*share)))).collect();
    let foot = [(x(last), BOTTOM), (x(first), BOTTOM)];
    let under = format!("{}Z", path(points.iter().copied().chain(foot)));
    drawing.empty("path", &[("class", "under"), ("d", &under)]);
    drawing.empty("path", &[("class", "line"), ("d", &path(points.iter().copied()))]);
    // A year of days has no room for a mark on each; the last is marked always.
    let marked = |nth: usize| points.len() <= 40 || nth + 1 == points.len();
    for (nth, ((day, _), (cx, cy))) in days.iter().zip(&points).enumerate() {
        if !marked(nth) {
            continue;
        }
        let [cx, cy] = [cx, cy].map(|place| number(*place));
        drawing.element(
            "circle",
            &[("class", "mark"), ("cx", &cx), ("cy", &cy), ("r", "4")],
            |mark| {
                let share = percent(day.part, day.whole);
                mark.leaf("title", &[], &format!("{}: {share}", short_date(day_of(day.at))));
            },
        );
    }
}

/// The ends of the axis in basis points, and the step of its marks: round, around the data, and
/// never beyond 0 and 100%. A share that hardly moves is not blown up to a drama: the axis spans
/// two percent at least.
fn bounds(least: u64, most: u64) -> (u64, u64, u64) {
    let missing = 200_u64.saturating_sub(most - least);
    let most = (most + missing / 2).clamp(200, 10_000.max(most));
    let least = least.min(most.saturating_sub(200));
    let step = round_step(most - least, 4);
    // Every step divides 100%, so rounding up never passes it.
    (least / step * step, most.div_ceil(step) * step, step)
}

#[cfg(test)]
mod tests {
    use super::{bounds, section};
    use crate::days::start_of_day;
    use crate::report::markup::{Markup, flaw_in};
    use crate::report::{RateDay, RateHistory, Tone};

    #[test]
    fn the_axis_is_round_holds_the_data_and_ends_at_a_hundred_percent() {
        // Goal: an honest axis. Method: every pair of shares on a grid.
        for least in (0..=10_000).step_by(37) {
            for most in (least..=10_000).step_by(211) {
                let (low, high, step) = bounds(least, most);
                assert!(low <= least && most <= high && high <= 10_000, "{least} {most}");
                assert!(low % step == 0 && high % step == 0, "{low} {high} {step}");
                assert!(high - low >= 200, "{low} {high}");
                assert!((high - low) / step <= 6, "{low} {high} {step}");
            }
        }
        assert_eq!(bounds(9_432, 9_981), (9_400, 10_000, 200));
    }

    #[test]
    fn days_without_a_whole_are_passed_over() {
        // Goal: no share of nothing. Method: three days, the second without orders; the mean is
        // that of the units, not of the days.
        let day = |day, part, whole| RateDay { at: start_of_day(day) + 7, part, whole };
        let rate = RateHistory {
            name: "Fill & split".to_owned(),
            meaning: String::new(),
            tone: Tone::Delivered,
            days: vec![day(17_167, 90, 100), day(17_168, 0, 0), day(17_169, 297, 300)],
        };
        let mut page = Markup::default();
        section(&mut page, &rate);
        let text = page.into_text();
        assert_eq!(flaw_in(&text), None, "{text}");
        assert_eq!(text.matches("<circle").count(), 2);
        assert!(text.contains("<b>96.8%</b>") && text.contains("Fill &amp; split"), "{text}");

        let mut page = Markup::default();
        section(&mut page, &RateHistory { days: rate.days[..2].to_vec(), ..rate });
        assert_eq!(page.into_text(), "");
    }
}
