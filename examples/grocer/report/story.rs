//! One order's life: its units flowing through the stages, event by event.

use super::markup::{Markup, number, path};
use super::scale::{duration, moment};
use super::{Stage, Step, Story, approximate, card};
use crate::demand::grouped;

const WIDTH: f64 = 1_140.0;
const LEFT: f64 = 118.0;
const RIGHT: f64 = 1_122.0;
const TOP: f64 = 54.0;
const LANE: f64 = 50.0;
/// The part of a lane that all units of the order fill.
const FULL: f64 = 38.0;
const BOX_WIDTH: f64 = 18.0;

/// The section: picture, then the events in words.
pub(super) fn section(page: &mut Markup, story: &Story) {
    let heading = format!("One order, from cart to door: {}", story.name);
    card(page, "", &heading, &story.lede, |card| {
        card.element("ul", &[("class", "goods")], |list| {
            for goods in &story.goods {
                list.element("li", &[], |item| {
                    item.leaf("b", &[], &grouped(goods.units));
                    item.text(&format!(" × {}", goods.name));
                });
            }
        });
        card.element("div", &[("class", "scroll wide")], |scroll| {
            let height = TOP + LANE * approximate(count(story.stages.len())) + 6.0;
            let label = format!("Units of {} by stage after each of its events", story.name);
            scroll.drawing((WIDTH, height), &label, |drawing| draw(drawing, story, height));
        });
    });
    card(page, "", "Event by event", "", |card| {
        card.element("ol", &[("class", "steps")], |list| {
            for (nth, step) in story.steps.iter().enumerate() {
                let before = nth.checked_sub(1).and_then(|before| story.steps.get(before));
                list.element("li", &[], |item| words(item, story, nth + 1, before, step));
            }
        });
    });
}

fn words(item: &mut Markup, story: &Story, nth: usize, before: Option<&Step>, step: &Step) {
    // The color of an event is that of the furthest stage that gained by it.
    let held = |lane: usize| before.and_then(|before| before.units.get(lane)).copied().unwrap_or(0);
    let gained = |lane: usize| step.units.get(lane).is_some_and(|units| *units > held(lane));
    let furthest = story.stages.iter().enumerate().rfind(|(lane, _)| gained(*lane));
    let class = furthest.map_or("cancelled", |(_, stage)| stage.tone.class());
    item.leaf("span", &[("class", &format!("nth {class}"))], &nth.to_string());
    item.element("div", &[], |head| {
        head.leaf("time", &[], &moment(step.at));
        head.leaf("b", &[], &step.name);
    });
    item.leaf("div", &[("class", "detail")], &step.detail);
}

fn draw(drawing: &mut Markup, story: &Story, height: f64) {
    let columns = Columns::of(story);
    for (lane, stage) in story.stages.iter().enumerate() {
        let middle = lane_middle(lane);
        let ground = rectangle((0.0, middle - LANE / 2.0 + 2.0), (WIDTH, LANE - 4.0));
        drawing.empty("path", &[("class", "lane"), ("d", &ground)]);
        let [cx, cy] = [16.0, middle].map(number);
        let class = format!("dot {}", stage.tone.class());
        drawing.empty("circle", &[("class", &class), ("cx", &cx), ("cy", &cy), ("r", "5")]);
        drawing.word((29.0, middle + 4.3), "start", "strong", &stage.name);
    }
    for (nth, step) in story.steps.iter().enumerate() {
        let x = columns.middle(nth);
        drawing.rule("gridline", (x, TOP - 4.0), (x, height - 6.0));
        let name = if columns.roomy() { step.name.clone() } else { (nth + 1).to_string() };
        drawing.word((x, 19.0), "middle", "strong", &name);
        let before = nth.checked_sub(1).and_then(|before| story.steps.get(before));
        let since = before.map_or_else(
            || moment(step.at).split(", ").next().unwrap_or("").to_owned(),
            |before| format!("+{}", duration(step.at - before.at)),
        );
        drawing.word((x, 36.0), "middle", "faint small", &since);
    }
    ribbons(drawing, story, &columns);
    for (nth, step) in story.steps.iter().enumerate() {
        for (lane, (stage, units)) in story.stages.iter().zip(&step.units).enumerate() {
            boxes(drawing, columns.middle(nth), lane, stage, *units, columns.scale);
        }
    }
}

fn boxes(drawing: &mut Markup, x: f64, lane: usize, stage: &Stage, units: u64, scale: f64) {
    if units == 0 {
        return;
    }
    let height = (approximate(units) * scale).max(2.0);
    let middle = lane_middle(lane);
    let outline = rectangle((x - BOX_WIDTH / 2.0, middle - height / 2.0), (BOX_WIDTH, height));
    let class = format!("box {}", stage.tone.class());
    drawing.element("path", &[("class", &class), ("d", &outline)], |shape| {
        shape.leaf("title", &[], &format!("{} {}", grouped(units), stage.name));
    });
    if height >= 15.0 && units < 100 {
        let class = format!("inbox {}", stage.tone.class());
        drawing.word((x, middle + 4.0), "middle", &class, &grouped(units));
    } else {
        let beside = (x + BOX_WIDTH / 2.0 + 5.0, middle + 4.0);
        drawing.word(beside, "start", "strong small halo", &grouped(units));
    }
}

/// Bands from each event to the next: what stays in its stage and what moves on.
fn ribbons(drawing: &mut Markup, story: &Story, columns: &Columns) {
    for (nth, pair) in story.steps.windows(2).enumerate() {
        let [before, after] = pair else { continue };
        let moves = moves(&before.units, &after.units);
        let left = columns.middle(nth) + BOX_WIDTH / 2.0;
        let right = columns.middle(nth + 1) - BOX_WIDTH / 2.0;
        for (index, moved) in moves.iter().enumerate() {
            // Within a box the bands lie in the order of the stages they come from or go to.
            let earlier = |same: fn(&Move) -> usize, other: fn(&Move) -> usize| -> u64 {
                let before = |(place, rival): &(usize, &Move)| {
                    same(rival) == same(moved) && (other(rival), *place) < (other(moved), index)
                };
                moves.iter().enumerate().filter(before).map(|(_, rival)| rival.units).sum()
            };
            let edge = |lane: usize, held: &[u64], offset: u64| {
                let all = approximate(held.get(lane).copied().unwrap_or(0));
                lane_middle(lane) + (approximate(offset) - all / 2.0) * columns.scale
            };
            let start = edge(moved.from, &before.units, earlier(|m| m.from, |m| m.to));
            let end = edge(moved.to, &after.units, earlier(|m| m.to, |m| m.from));
            let width = approximate(moved.units) * columns.scale;
            let stage = story.stages.get(moved.to);
            let class = format!("ribbon {}", stage.map_or("cancelled", |stage| stage.tone.class()));
            let outline = ribbon((left, start), (right, end), width);
            drawing.element("path", &[("class", &class), ("d", &outline)], |shape| {
                let name = |lane: usize| story.stages.get(lane).map_or("", |stage| &stage.name);
                let title = if moved.from == moved.to {
                    format!("{} stay {}", grouped(moved.units), name(moved.to))
                } else {
                    let (from, to) = (name(moved.from), name(moved.to));
                    format!("{} {from} to {to}", grouped(moved.units))
                };
                shape.leaf("title", &[], &title);
            });
        }
    }
}

/// Units that go from one stage to another, or stay.
#[derive(Debug, PartialEq, Eq)]
struct Move {
    from: usize,
    to: usize,
    units: u64,
}

/// What must have moved for `before` to become `after`: the common part stays, the rest of each
/// stage goes to the first stage that gained. Units that come in or go out altogether show in
/// the boxes alone.
fn moves(before: &[u64], after: &[u64]) -> Vec<Move> {
    let mut moves = Vec::new();
    let mut lost = Vec::new();
    let mut gained = Vec::new();
    for (stage, (before, after)) in before.iter().zip(after).enumerate() {
        if before.min(after) > &0 {
            moves.push(Move { from: stage, to: stage, units: *before.min(after) });
        }
        lost.push(before.saturating_sub(*after));
        gained.push(after.saturating_sub(*before));
    }
    for (from, lost) in lost.iter().enumerate() {
        let mut left = *lost;
        for (to, gained) in gained.iter_mut().enumerate() {
            let units = left.min(*gained);
            if units > 0 {
                moves.push(Move { from, to, units });
                left -= units;
                *gained -= units;
            }
        }
    }
    moves
}

/// Where the events stand, and how high a unit is.
struct Columns {
    steps: usize,
    scale: f64,
}

impl Columns {
    fn of(story: &Story) -> Self {
        let most = story.steps.iter().map(|step| step.units.iter().sum::<u64>()).max().unwrap_or(0);
        Self { steps: story.steps.len(), scale: FULL / approximate(most.max(1)) }
    }

    fn step_width(&self) -> f64 {
        (RIGHT - LEFT) / approximate(count(self.steps).max(1))
    }

    fn middle(&self, nth: usize) -> f64 {
        LEFT + (approximate(count(nth)) + 0.5) * self.step_width()
    }

    /// True if the names of the events have room above their columns.
    fn roomy(&self) -> bool {
        self.step_width() >= 78.0
    }
}

fn lane_middle(lane: usize) -> f64 {
    TOP + LANE * (approximate(count(lane)) + 0.5)
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A rectangle with corners of three units.
fn rectangle((x, y): (f64, f64), (width, height): (f64, f64)) -> String {
    let corner = 3.0_f64.min(height / 2.0);
    let [left, top, right, bottom] = [x, y, x + width, y + height].map(number);
    let [inner_left, inner_top] = [x + corner, y + corner].map(number);
    let [inner_right, inner_bottom] = [x + width - corner, y + height - corner].map(number);
    format!(
        "M{inner_left} {top}L{inner_right} {top}Q{right} {top} {right} {inner_top}\
         L{right} {inner_bottom}Q{right} {bottom} {inner_right} {bottom}\
         L{inner_left} {bottom}Q{left} {bottom} {left} {inner_bottom}\
         L{left} {inner_top}Q{left} {top} {inner_left} {top}Z"
    )
}

/// A band `width` high from a point to another, leaving and arriving level.
fn ribbon((x1, y1): (f64, f64), (x2, y2): (f64, f64), width: f64) -> String {
    let bend = number(f64::midpoint(x1, x2));
    let upper = path([(x1, y1)]);
    let [x1, x2, low1, low2] = [x1, x2, y1 + width, y2 + width].map(number);
    let [y1, y2] = [y1, y2].map(number);
    format!(
        "{upper}C{bend} {y1} {bend} {y2} {x2} {y2}L{x2} {low2}\
         C{bend} {low2} {bend} {low1} {x1} {low1}Z"
    )
}

#[cfg(test)]
mod tests {
    use super::{Move, moves, section};
    use crate::report::markup::{Markup, flaw_in};
    use crate::report::{Goods, Stage, Step, Story, Tone};

    #[test]
    fn moves_account_for_every_unit() {
        // Goal: no unit appears or vanishes between two events. Method: a split over two stages
        // by hand; then every pair of distributions of six units over three stages.
        let split = moves(&[6, 0, 0], &[1, 3, 2]);
        let expected = [(0, 0, 1), (0, 1, 3), (0, 2, 2)];
        assert_eq!(split, expected.map(|(from, to, units)| Move { from, to, units }));
        let spreads: Vec<[u64; 3]> =
            (0..=6).flat_map(|a| (0..=6 - a).map(move |b| [a, b, 6 - a - b])).collect();
        for before in &spreads {
            for after in &spreads {
                let moves = moves(before, after);
                for stage in 0..3 {
                    let out = moves.iter().filter(|m| m.from == stage).map(|m| m.units);
                    let into = moves.iter().filter(|m| m.to == stage).map(|m| m.units);
                    assert_eq!(out.sum::<u64>(), before[stage], "{before:?} {after:?}");
                    assert_eq!(into.sum::<u64>(), after[stage], "{before:?} {after:?}");
                }
            }
        }
    }

    #[test]
    fn a_story_is_drawn_and_told() {
        // Goal: every event and every stage on the page. Method: two events of an order whose
        // goods have a hostile name.
        let stage = |name: &str, tone| Stage { name: name.to_owned(), tone };
        let step = |name: &str, at, units: [u64; 2]| Step {
            at,
            name: name.to_owned(),
            detail: "at <Store>".to_owned(),
            units: units.to_vec(),
        };
        let story = Story {
            name: "Order 1".to_owned(),
            lede: String::new(),
            goods: vec![Goods { name: "A&W <SODA>".to_owned(), units: 2 }],
            stages: vec![stage("Packed", Tone::Packed), stage("Shipped", Tone::Shipped)],
            steps: vec![step("Packed", 1_483_271_606, [3, 0]), step("Left", 1_483_282_706, [1, 2])],
            sourcing: None,
        };
        let mut page = Markup::default();
        section(&mut page, &story);
        let text = page.into_text();
        assert_eq!(flaw_in(&text), None, "{text}");
        assert!(text.contains("A&amp;W &lt;SODA&gt;") && text.contains("at &lt;Store&gt;"));
        assert!(text.contains("+3 h 5 min"), "{text}");
        assert!(text.contains("2 Packed to Shipped") && text.contains("1 stay Packed"));
        assert_eq!(text.matches("class=\"box ").count(), 3);
    }
}
