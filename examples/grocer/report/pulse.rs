//! The pulse of trade: orders in equal spans of time, as a strip of fine bars.

use super::markup::{Markup, number, path};
use super::scale::{day_ticks, duration, moment, short_date, weekday};
use super::{Pulse, approximate};
use crate::days::start_of_day;
use crate::demand::grouped;

const WIDTH: f64 = 1_140.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 84.0;
const HEIGHT: f64 = 106.0;

/// More bars than these are merged with their neighbors.
const MOST_BARS: usize = 380;

/// The strip, if an order came in at all.
pub(super) fn strip(page: &mut Markup, pulse: &Pulse) {
    let merged = pulse.orders.len().div_ceil(MOST_BARS).max(1);
    let bars: Vec<u64> = pulse.orders.chunks(merged).map(|spans| spans.iter().sum()).collect();
    let Some(most) = bars.iter().copied().max().filter(|most| *most > 0) else { return };
    let orders = pulse.orders.iter().sum();
    page.element("div", &[("class", "scroll pulse")], |scroll| {
        let label = format!("{}, {} in all", pulse.name, grouped(orders));
        scroll.drawing((WIDTH, HEIGHT), &label, |drawing| {
            draw(drawing, pulse, &bars, merged, most);
        });
    });
}

fn draw(drawing: &mut Markup, pulse: &Pulse, bars: &[u64], merged: usize, most: u64) {
    let step = WIDTH / approximate(count(bars.len()));
    let width = (step * 0.62).max(0.6);
    let seconds = pulse.span.saturating_mul(i64::try_from(merged).unwrap_or(i64::MAX));
    let end = |nth: usize| {
        let spans = i64::try_from(nth).unwrap_or(i64::MAX);
        pulse.from.saturating_add(seconds.saturating_mul(spans))
    };
    let name = format!("{}, a bar for each {}", pulse.name, duration(seconds));
    drawing.word((0.0, 9.0), "start", "faint small", &name);
    for (nth, orders) in bars.iter().enumerate().filter(|(_, orders)| **orders > 0) {
        let left = step * approximate(count(nth));
        let height = (approximate(*orders) / approximate(most) * (BOTTOM - TOP)).max(1.0);
        let corners = [
            (left, BOTTOM),
            (left, BOTTOM - height),
            (left + width, BOTTOM - height),
            (left + width, BOTTOM),
        ];
        let outline = format!("{}Z", path(corners));
        // The strongest hours stand out by their depth, too.
        let depth = number(0.35 + 0.65 * approximate(*orders) / approximate(most));
        let look = [("class", "beat"), ("d", outline.as_str()), ("opacity", &depth)];
        drawing.element("path", &look, |bar| {
            let from = moment(end(nth));
            bar.leaf("title", &[], &format!("{from}: {} orders", grouped(*orders)));
        });
    }
    drawing.rule("baseline", (0.0, BOTTOM + 0.5), (WIDTH, BOTTOM + 0.5));
    let all = end(bars.len()).saturating_sub(pulse.from).max(1);
    for day in day_ticks(pulse.from, end(bars.len()).saturating_sub(1), 14) {
        let since = start_of_day(day).saturating_sub(pulse.from);
        let place = WIDTH * approximate(since.unsigned_abs()) / approximate(all.unsigned_abs());
        drawing.rule("baseline", (place, BOTTOM), (place, BOTTOM + 6.0));
        let name = format!("{} {}", weekday(day), short_date(day));
        drawing.word((place + 4.0, BOTTOM + 18.0), "start", "faint small", &name);
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::strip;
    use crate::days::start_of_day;
    use crate::report::Pulse;
    use crate::report::markup::{Markup, flaw_in};

    fn strip_of(orders: Vec<u64>) -> String {
        let name = "<Orders>".to_owned();
        let pulse = Pulse { name, from: start_of_day(17_167), span: 3_600, orders };
        let mut page = Markup::default();
        strip(&mut page, &pulse);
        page.into_text()
    }

    #[test]
    fn bars_are_to_scale_and_a_year_is_merged() {
        // Goal: the strip is the figures at any length. Method: three hours by hand; a year of
        // hours with an order each has at most 380 bars that name all orders.
        let text = strip_of(vec![2, 0, 4]);
        assert_eq!(flaw_in(&text), None, "{text}");
        assert_eq!(text.matches("class=\"beat\"").count(), 2);
        assert!(text.contains("M0 84L0 50L") && text.contains("M760 84L760 16L"), "{text}");
        assert!(text.contains("Sun Jan 1, 02:00: 4 orders"));
        let year = strip_of(vec![1; 8_760]);
        assert_eq!(year.matches("class=\"beat\"").count(), 365);
        assert_eq!(year.matches(": 24 orders").count(), 365);
        assert!(text.contains("a bar for each 1 h<") && year.contains("a bar for each 1 d<"));
        assert_eq!(strip_of(vec![0; 5]), "");
        assert_eq!(strip_of(Vec::new()), "");
    }
}
