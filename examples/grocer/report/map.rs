//! The network on a map of the lower 48 states.

use super::markup::{Markup, number, path};
use super::{Network, NodeDot, approximate, card};
use crate::demand::grouped;

const SIZE: (f64, f64) = (760.0, 480.0);

/// Flows beyond these are too many to tell apart.
const MOST_FLOWS: usize = 80;

/// The section, if there are nodes.
pub(super) fn section(page: &mut Markup, network: &Network, alone: bool) {
    if network.nodes.is_empty() {
        return;
    }
    let width = if alone { "" } else { "w8" };
    let heading = if network.flows.is_empty() { "Where it stands" } else { "Where it flowed" };
    card(page, width, heading, &network.meaning, |card| {
        card.element("div", &[("class", "scroll half")], |scroll| {
            let label = format!(
                "Map of {} nodes and {} flows of parcels",
                network.nodes.len(),
                network.flows.len()
            );
            scroll.drawing(SIZE, &label, |drawing| draw(drawing, network));
        });
        card.element("ul", &[("class", "legend")], |legend| {
            let entries =
                [("diamond", "distribution center"), ("round reserved", "store, by units handled")];
            for (class, name) in entries {
                legend.element("li", &[], |entry| {
                    entry.leaf("i", &[("class", class)], "");
                    entry.text(name);
                });
            }
            if !network.flows.is_empty() {
                legend.element("li", &[], |entry| {
                    entry.leaf("i", &[("class", "shipped")], "");
                    entry.text("parcels, wider is more units");
                });
            }
        });
    });
}

fn draw(drawing: &mut Markup, network: &Network) {
    let coast = COAST.iter().zip(COAST.iter().cycle().skip(1)).flat_map(|(from, to)| {
        // The 49th parallel is long, and curved on this map.
        (0..8).map(move |nth| {
            let share = f64::from(nth) / 8.0;
            let between = |from: f64, to: f64| from + share * (to - from);
            project((between(from.1, to.1), between(from.0, to.0)))
        })
    });
    drawing.empty("path", &[("class", "land"), ("d", &format!("{}Z", path(coast)))]);
    flows(drawing, network);
    let most = network.nodes.iter().filter(|node| !node.center).map(|node| node.units).max();
    let mut stores: Vec<&NodeDot> = network.nodes.iter().filter(|node| !node.center).collect();
    // The largest first, so that no dot hides a smaller one.
    stores.sort_by_key(|node| std::cmp::Reverse(node.units));
    for node in stores {
        let share = approximate(node.units) / approximate(most.unwrap_or(1).max(1));
        let radius = number(1.6 + 9.0 * share.sqrt());
        let (x, y) = project((node.latitude, node.longitude));
        let [x, y] = [x, y].map(number);
        let place = [("class", "store"), ("cx", x.as_str()), ("cy", y.as_str()), ("r", &radius)];
        drawing.element("circle", &place, |dot| {
            dot.leaf("title", &[], &format!("{}: {} units", node.name, grouped(node.units)));
        });
    }
    names(drawing, network);
}

/// The centers as diamonds with their names, then as many of the labels as find room.
fn names(drawing: &mut Markup, network: &Network) {
    let mut taken = Vec::new();
    for node in network.nodes.iter().filter(|node| node.center) {
        let (x, y) = project((node.latitude, node.longitude));
        let diamond = [(x, y - 8.0), (x + 8.0, y), (x, y + 8.0), (x - 8.0, y)];
        let outline = format!("{}Z", path(diamond));
        drawing.element("path", &[("class", "center"), ("d", &outline)], |mark| {
            mark.leaf("title", &[], &format!("{}: {} units", node.name, grouped(node.units)));
        });
        let name = Frame::of(&node.name, (x, y - 14.0), "middle");
        drawing.word(name.place, name.anchor, "strong halo", &node.name);
        taken.push(name);
        taken.push(Frame { left: x - 8.0, right: x + 8.0, bottom: y + 8.0, ..name });
    }
    for label in &network.labels {
        let (x, y) = project((label.latitude, label.longitude));
        let around = [
            ((x, y + 26.0), "middle"),
            ((x, y - 17.0), "middle"),
            ((x + 17.0, y + 4.0), "start"),
            ((x - 17.0, y + 4.0), "end"),
        ];
        let frames = around.map(|(place, anchor)| Frame::of(&label.name, place, anchor));
        let free = |frame: &Frame| !taken.iter().any(|other| frame.meets(other));
        if let Some(frame) = frames.into_iter().find(free) {
            drawing.word(frame.place, frame.anchor, "small halo", &label.name);
            taken.push(frame);
        }
    }
}

/// The room that a word takes, as far as that can be told without its font.
#[derive(Debug, Clone, Copy)]
struct Frame {
    place: (f64, f64),
    anchor: &'static str,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Frame {
    fn of(word: &str, place: (f64, f64), anchor: &'static str) -> Self {
        let width = 6.6 * approximate(u64::try_from(word.chars().count()).unwrap_or(0));
        let left = match anchor {
            "start" => place.0,
            "end" => place.0 - width,
            _ => place.0 - width / 2.0,
        };
        let (top, bottom) = (place.1 - 10.0, place.1 + 4.0);
        Self { place, anchor, left, right: left + width, top, bottom }
    }

    fn meets(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
}

/// Each flow as an arc, bent to its left, so that there and back do not cover each other.
fn flows(drawing: &mut Markup, network: &Network) {
    let mut flows: Vec<_> = network.flows.iter().filter(|flow| flow.units > 0).collect();
    flows.sort_by_key(|flow| std::cmp::Reverse(flow.units));
    flows.truncate(MOST_FLOWS);
    let most = approximate(flows.first().map_or(1, |flow| flow.units));
    for flow in flows.into_iter().rev() {
        let ((x1, y1), (x2, y2)) = (project(flow.from), project(flow.to));
        let (bend_x, bend_y) = (
            f64::midpoint(x1, x2) + 0.18 * (y2 - y1),
            f64::midpoint(y1, y2) - 0.18 * (x2 - x1).abs() - 0.06 * (y2 - y1).abs(),
        );
        let [x1, y1, bend_x, bend_y, x2, y2] = [x1, y1, bend_x, bend_y, x2, y2].map(number);
        let arc = format!("M{x1} {y1}Q{bend_x} {bend_y} {x2} {y2}");
        let width = number(0.7 + 8.0 * (approximate(flow.units) / most).sqrt());
        let class = format!("flow {}", flow.tone.class());
        let look = [("class", class.as_str()), ("d", &arc), ("stroke-width", &width)];
        drawing.element("path", &look, |line| {
            line.leaf("title", &[], &format!("{}: {} units", flow.name, grouped(flow.units)));
        });
    }
}

/// Albers' equal-area projection of a latitude and longitude, with the usual parallels of the
/// lower 48 (29.5 and 45.5 north), fitted to the drawing.
fn project((latitude, longitude): (f64, f64)) -> (f64, f64) {
    let (south, north) = (29.5_f64.to_radians().sin(), 45.5_f64.to_radians().sin());
    let cone = f64::midpoint(south, north);
    let squared_cosine = 29.5_f64.to_radians().cos().powi(2);
    let radius = |sine: f64| (squared_cosine + 2.0 * cone * (south - sine)).sqrt() / cone;
    let angle = cone * (longitude + 96.0).to_radians();
    let distance = radius(latitude.to_radians().sin());
    let (x, y) =
        (distance * angle.sin(), radius(37.5_f64.to_radians().sin()) - distance * angle.cos());
    // The middle of the country in these units, and units of the drawing to one of them.
    let (middle_x, middle_y, zoom) = (-0.0075, 0.0218, 1_030.0);
    (SIZE.0 / 2.0 + (x - middle_x) * zoom, SIZE.1 / 2.0 - (y - middle_y) * zoom)
}

/// The outline of the lower 48 states, longitude and latitude to about ten miles, clockwise from
/// the northwest.
const COAST: [(f64, f64); 133] = [
    (-124.7, 48.4),
    (-123.0, 48.2),
    (-122.5, 48.7),
    (-122.8, 49.0),
    (-95.2, 49.0),
    (-95.1, 49.4),
    (-94.6, 48.7),
    (-93.0, 48.6),
    (-91.5, 48.1),
    (-89.6, 48.0),
    (-90.8, 47.3),
    (-92.1, 46.7),
    (-90.5, 46.6),
    (-89.0, 46.9),
    (-87.8, 47.4),
    (-88.4, 46.9),
    (-87.4, 46.5),
    (-86.0, 46.7),
    (-85.0, 46.7),
    (-84.4, 46.5),
    (-84.0, 46.0),
    (-85.5, 46.1),
    (-86.7, 45.8),
    (-87.6, 45.1),
    (-88.0, 44.6),
    (-87.1, 45.2),
    (-87.5, 44.3),
    (-87.7, 43.7),
    (-87.9, 43.0),
    (-87.6, 41.8),
    (-87.2, 41.6),
    (-86.6, 41.9),
    (-86.2, 42.8),
    (-86.5, 43.7),
    (-86.2, 44.7),
    (-85.5, 45.0),
    (-85.0, 45.6),
    (-84.7, 45.8),
    (-83.4, 45.2),
    (-83.3, 44.3),
    (-83.9, 43.7),
    (-82.9, 44.0),
    (-82.5, 43.0),
    (-83.1, 42.2),
    (-83.4, 41.7),
    (-82.5, 41.4),
    (-81.7, 41.5),
    (-80.1, 42.2),
    (-78.9, 42.8),
    (-79.0, 43.3),
    (-77.5, 43.3),
    (-76.2, 43.5),
    (-76.3, 44.1),
    (-75.0, 45.0),
    (-71.5, 45.0),
    (-70.9, 45.3),
    (-70.3, 45.9),
    (-70.0, 46.7),
    (-69.2, 47.4),
    (-68.3, 47.3),
    (-67.8, 47.1),
    (-67.8, 45.7),
    (-67.0, 44.9),
    (-68.5, 44.3),
    (-70.0, 43.8),
    (-70.7, 43.1),
    (-70.8, 42.6),
    (-71.0, 42.3),
    (-70.6, 41.9),
    (-70.0, 42.0),
    (-70.0, 41.6),
    (-71.4, 41.4),
    (-72.9, 41.2),
    (-73.7, 40.9),
    (-71.9, 41.1),
    (-73.6, 40.6),
    (-74.1, 40.5),
    (-74.1, 39.8),
    (-74.9, 39.0),
    (-75.5, 39.5),
    (-75.1, 38.7),
    (-75.9, 37.2),
    (-76.4, 39.2),
    (-76.3, 37.0),
    (-76.0, 36.8),
    (-75.5, 35.2),
    (-76.5, 34.7),
    (-77.9, 33.9),
    (-79.1, 33.3),
    (-79.9, 32.7),
    (-81.0, 32.0),
    (-81.4, 30.8),
    (-81.3, 29.8),
    (-80.6, 28.4),
    (-80.0, 26.8),
    (-80.3, 25.4),
    (-81.1, 25.2),
    (-81.8, 26.1),
    (-82.2, 26.9),
    (-82.8, 27.8),
    (-82.7, 28.9),
    (-83.9, 30.0),
    (-85.3, 29.7),
    (-86.4, 30.4),
    (-88.0, 30.3),
    (-89.4, 30.3),
    (-89.2, 29.1),
    (-90.3, 29.1),
    (-91.5, 29.5),
    (-93.8, 29.7),
    (-94.8, 29.3),
    (-95.9, 28.6),
    (-97.1, 27.8),
    (-97.4, 26.9),
    (-97.2, 26.0),
    (-99.1, 26.4),
    (-99.5, 27.5),
    (-100.4, 28.5),
    (-101.2, 29.7),
    (-102.4, 29.8),
    (-103.1, 29.0),
    (-104.5, 29.6),
    (-106.5, 31.8),
    (-108.2, 31.8),
    (-108.2, 31.3),
    (-111.1, 31.3),
    (-114.8, 32.5),
    (-117.1, 32.5),
    (-118.4, 33.8),
    (-120.5, 34.5),
    (-121.9, 36.6),
    (-123.8, 39.2),
    (-124.3, 40.4),
];

#[cfg(test)]
mod tests {
    use super::{COAST, Frame, SIZE, draw, names, project};
    use crate::geo::{AREAS, CENTERS};
    use crate::report::markup::{Markup, flaw_in};
    use crate::report::{Flow, MapLabel, Network, NodeDot, Tone};

    #[test]
    fn the_country_lies_upright_inside_the_drawing() {
        // Goal: a map. Method: every point of the coast, every center and area is inside the
        // drawing; east is right of west and north above south.
        let places = AREAS.iter().chain(&CENTERS).map(|place| place.point);
        let coast = COAST.iter().map(|(longitude, latitude)| (*latitude, *longitude));
        for place in coast.chain(places.map(|point| (point.latitude, point.longitude))) {
            let (x, y) = project(place);
            assert!(
                (0.0..=SIZE.0).contains(&x) && (0.0..=SIZE.1).contains(&y),
                "{place:?} {x} {y}"
            );
        }
        assert!(project((40.0, -75.0)).0 > project((40.0, -120.0)).0);
        assert!(project((45.0, -96.0)).1 < project((30.0, -96.0)).1);
    }

    #[test]
    fn equal_areas_stay_equal() {
        // Goal: the projection is Albers', not something like it. Method: two cells of a degree,
        // south and north, cover areas in the ratio of their areas on the globe.
        let area = |latitude: f64, longitude: f64| {
            let corners = [(0.0, 0.0), (0.0, 0.1), (0.1, 0.1), (0.1, 0.0)]
                .map(|(up, east)| project((latitude + up, longitude + east)));
            let next = corners.iter().cycle().skip(1);
            corners.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>().abs()
        };
        let on_globe =
            |latitude: f64| (latitude + 0.1).to_radians().sin() - latitude.to_radians().sin();
        let ratio = area(30.0, -80.0) / area(47.0, -120.0);
        assert!((ratio / (on_globe(30.0) / on_globe(47.0)) - 1.0).abs() < 1e-3, "{ratio}");
    }

    #[test]
    fn nodes_and_the_largest_flows_are_drawn() {
        // Goal: everything on the map, bounded and escaped. Method: a store, a center with a
        // hostile name, and 200 flows, one of them empty.
        let node = |center, name: &str| NodeDot {
            name: name.to_owned(),
            center,
            latitude: 40.0,
            longitude: -90.0,
            units: 4,
        };
        let flow = |units| Flow {
            name: "a to b".to_owned(),
            from: (40.0, -90.0),
            to: (35.0, -80.0),
            units,
            tone: Tone::Shipped,
        };
        let network = Network {
            nodes: vec![node(false, "Store 1"), node(true, "<DC>")],
            flows: (0..200).map(flow).collect(),
            ..Network::default()
        };
        let mut drawing = Markup::default();
        draw(&mut drawing, &network);
        let text = drawing.into_text();
        assert_eq!(flaw_in(&text), None, "{text}");
        assert_eq!(text.matches("class=\"flow shipped\"").count(), 80);
        assert!(text.contains("a to b: 199 units") && !text.contains("a to b: 119 units"));
        assert_eq!(text.matches("&lt;DC&gt;").count(), 2);
    }

    #[test]
    fn names_that_find_no_room_are_left_out() {
        // Goal: a readable map. Method: five labels on one point: four find a side of it each,
        // and no two frames meet.
        let label =
            |nth| MapLabel { name: format!("City {nth}"), latitude: 40.0, longitude: -100.0 };
        let labels = (0..5).map(label).collect();
        let mut drawing = Markup::default();
        names(&mut drawing, &Network { labels, ..Network::default() });
        let text = drawing.into_text();
        assert_eq!(text.matches("small halo").count(), 4);
        assert!(!text.contains("City 4"), "{text}");
        let frame = |x| Frame::of("ten chars.", (x, 0.0), "middle");
        assert!(frame(0.0).meets(&frame(65.0)) && !frame(0.0).meets(&frame(67.0)));
    }
}
