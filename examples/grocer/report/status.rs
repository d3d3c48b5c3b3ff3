//! Orders by status over time, as areas that lie on each other.

use super::markup::{Markup, path};
use super::scale::{Scale, day_ticks, moment, short_date, ticks, weekday};
use super::{StatusHistory, approximate, card};
use crate::days::start_of_day;
use crate::demand::grouped;

const SIZE: (f64, f64) = (1_140.0, 380.0);
const LEFT: f64 = 52.0;
const RIGHT: f64 = 958.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 336.0;

/// The least distance between two labels at the right edge.
const LABEL_HEIGHT: f64 = 19.0;

/// The section, if there is a history of two moments at least.
pub(super) fn section(page: &mut Markup, history: &StatusHistory) {
    let (Some(first), Some(last)) = (history.at.first(), history.at.last()) else { return };
    if first >= last || history.bands.is_empty() {
        return;
    }
    let say = "Every order to be shipped or collected, by where it stands. A status is computed from the \
               quantities of its lines, never stored.";
    card(page, "", "Where the orders stand", say, |card| {
        card.element("div", &[("class", "scroll wide")], |scroll| {
            let label = format!("Orders by status from {} to {}", moment(*first), moment(*last));
            scroll.drawing(SIZE, &label, |drawing| draw(drawing, history, (*first, *last)));
        });
    });
}

fn draw(drawing: &mut Markup, history: &StatusHistory, (first, last): (i64, i64)) {
    // The tops of the bands, each on the one before it; the first is the ground.
    let mut tops: Vec<Vec<u64>> = vec![vec![0; history.at.len()]];
    for band in &history.bands {
        let below = tops.last().cloned().unwrap_or_default();
        let counts = band.orders.iter().chain(std::iter::repeat(&0));
        tops.push(below.iter().zip(counts).map(|(below, orders)| below + orders).collect());
    }
    let most = tops.iter().flatten().copied().max().unwrap_or(0);
    let x = Scale::new((signed(first), signed(last)), (LEFT, RIGHT));
    let y = Scale::new((0.0, approximate(most)), (BOTTOM, TOP));
    axes(drawing, (first, last), most, x, y);
    let place = |(at, orders): (&i64, &u64)| (x.at(signed(*at)), y.at(approximate(*orders)));
    for (band, pair) in history.bands.iter().zip(tops.windows(2)) {
        let [below, above] = pair else { continue };
        let up = history.at.iter().zip(above).map(place);
        let back = history.at.iter().zip(below).rev().map(place);
        let outline = format!("{}Z", path(up.chain(back)));
        let class = format!("band {}", band.tone.class());
        drawing.element("path", &[("class", &class), ("d", &outline)], |area| {
            let now = band.orders.last().copied().unwrap_or(0);
            area.leaf("title", &[], &format!("{}: {} at the end", band.name, grouped(now)));
        });
    }
    labels(drawing, history, &tops, y);
}

fn axes(drawing: &mut Markup, (first, last): (i64, i64), most: u64, x: Scale, y: Scale) {
    for tick in ticks(0, most, 5) {
        let height = y.at(approximate(tick));
        let class = if tick == 0 { "baseline" } else { "gridline" };
        drawing.rule(class, (LEFT, height), (RIGHT, height));
        drawing.word((LEFT - 10.0, height + 4.0), "end", "", &grouped(tick));
    }
    for day in day_ticks(first, last, 14) {
        let place = x.at(signed(start_of_day(day)));
        drawing.rule("baseline", (place, BOTTOM), (place, BOTTOM + 5.0));
        drawing.word((place, BOTTOM + 20.0), "middle", "", &short_date(day));
        drawing.word((place, BOTTOM + 35.0), "middle", "faint small", weekday(day));
    }
}

/// A name beside each band that has orders at the end, moved apart where bands are thin.
fn labels(drawing: &mut Markup, history: &StatusHistory, tops: &[Vec<u64>], y: Scale) {
    let ends: Vec<f64> =
        tops.iter().map(|top| y.at(approximate(top.last().copied().unwrap_or(0)))).collect();
    let mut wanted = Vec::new();
    for (band, pair) in history.bands.iter().zip(ends.windows(2)) {
        if let ([low, high], Some(orders)) = (pair, band.orders.last().filter(|count| **count > 0))
        {
            wanted.push((f64::midpoint(*low, *high), band, *orders));
        }
    }
    let middles: Vec<f64> = wanted.iter().map(|(middle, _, _)| *middle).collect();
    let places = spread(&middles, LABEL_HEIGHT, (TOP + 2.0, BOTTOM));
    for ((middle, band, orders), place) in wanted.into_iter().zip(places) {
        let bend = path([
            (RIGHT + 3.0, middle),
            (RIGHT + 9.0, middle),
            (RIGHT + 17.0, place),
            (RIGHT + 22.0, place),
        ]);
        drawing.empty("path", &[("class", "leader"), ("d", &bend)]);
        let [cx, cy] = [RIGHT + 28.0, place].map(super::markup::number);
        let class = format!("dot {}", band.tone.class());
        drawing.empty("circle", &[("class", &class), ("cx", &cx), ("cy", &cy), ("r", "4")]);
        drawing.element(
            "text",
            &[
                ("x", &super::markup::number(RIGHT + 38.0)),
                ("y", &super::markup::number(place + 4.3)),
            ],
            |label| {
                label.leaf("tspan", &[("class", "strong")], &grouped(orders));
                label.text(&format!("  {}", band.name));
            },
        );
    }
}

/// Places near `wanted` (from the bottom up: falling numbers) that keep their distance and stay
/// between the bounds, as long as there is room.
fn spread(wanted: &[f64], distance: f64, (top, bottom): (f64, f64)) -> Vec<f64> {
    let mut places = wanted.to_vec();
    let mut limit = bottom;
    for place in &mut places {
        *place = place.min(limit);
        limit = *place - distance;
    }
    let mut limit = top;
    for place in places.iter_mut().rev() {
        *place = place.max(limit);
        limit = *place + distance;
    }
    places
}

/// Seconds as a coordinate; exact for 285 million years.
fn signed(at: i64) -> f64 {
    at as f64
}

#[cfg(test)]
mod tests {
    use super::{draw, section, spread};
    use crate::days::start_of_day;
    use crate::report::markup::{Markup, flaw_in};
    use crate::report::{Band, StatusHistory, Tone};

    #[test]
    fn labels_keep_their_distance_and_stay_inside() {
        // Goal: readable labels on thin bands. Method: crowds at the bottom, at the top and in
        // the middle; distances and bounds are checked.
        for wanted in [vec![100.0, 99.0, 98.0], vec![4.0, 3.0, 2.0], vec![60.0, 59.5, 10.0]] {
            let places = spread(&wanted, 20.0, (0.0, 100.0));
            assert!(places.windows(2).all(|pair| pair[0] - pair[1] >= 20.0 - 1e-9), "{places:?}");
            assert!(places.iter().all(|place| (0.0..=100.0).contains(place)), "{places:?}");
        }
        assert_eq!(spread(&[80.0, 20.0], 20.0, (0.0, 100.0)), [80.0, 20.0]);
    }

    fn history() -> StatusHistory {
        StatusHistory {
            at: vec![start_of_day(17_167), start_of_day(17_168), start_of_day(17_169)],
            bands: vec![
                Band { name: "Delivered".to_owned(), tone: Tone::Delivered, orders: vec![0, 2, 4] },
                Band { name: "<Open>".to_owned(), tone: Tone::Open, orders: vec![0, 2, 0] },
            ],
        }
    }

    #[test]
    fn areas_lie_on_each_other() {
        // Goal: the picture is the figures. Method: two bands over three moments: the area of
        // the second begins at the height of the first; names are escaped; empty ends unnamed.
        let mut drawing = Markup::default();
        draw(&mut drawing, &history(), (start_of_day(17_167), start_of_day(17_169)));
        let text = drawing.into_text();
        assert_eq!(flaw_in(&text), None, "{text}");
        // Four orders fill the height from 336 to 14, two of them reach 175.
        assert!(text.contains("d=\"M52 336L505 175L958 14L958 336L505 336L52 336Z\""), "{text}");
        assert!(text.contains("d=\"M52 336L505 14L958 14L958 14L505 175L52 336Z\""), "{text}");
        assert!(text.contains("&lt;Open&gt;: 0 at the end"));
        assert_eq!(text.matches("class=\"leader\"").count(), 1);
    }

    #[test]
    fn a_history_without_length_is_left_out() {
        // Goal: short runs make a page too. Method: no moment, one moment, no band.
        for history in [
            StatusHistory::default(),
            StatusHistory { at: vec![5], ..history() },
            StatusHistory { bands: Vec::new(), ..history() },
        ] {
            let mut page = Markup::default();
            section(&mut page, &history);
            assert_eq!(page.into_text(), "");
        }
    }
}
