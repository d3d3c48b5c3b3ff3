//! The report: one self-contained page out of plain figures.
//!
//! [`render`] turns [`ReportData`] into HTML with inline style and inline SVG: no script, no
//! network, light or dark as the reader has it, wide or narrow. A section without figures is
//! left out, so a run that has less to tell makes a shorter page.

mod map;
mod markup;
mod pulse;
mod rates;
mod scale;
mod sourcing;
mod status;
mod stock;
mod story;
mod summary;

use markup::Markup;

/// The look of a thing on the page, the same everywhere: the stages of a line's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Wanted, nothing behind it.
    Open,
    /// Claimed in a pool.
    Reserved,
    /// Claimed at a node.
    Allocated,
    /// Given to the node as work.
    Released,
    /// In a box.
    Packed,
    /// With the carrier.
    Shipped,
    /// With the customer.
    Delivered,
    /// Given up.
    Cancelled,
}

impl Tone {
    /// The name of the style.
    const fn class(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Reserved => "reserved",
            Self::Allocated => "allocated",
            Self::Released => "released",
            Self::Packed => "packed",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Everything on the page.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReportData {
    /// For example `Two weeks of a grocer's orders`.
    pub(crate) title: String,
    /// What kind of page this is, in a few words above the title.
    pub(crate) eyebrow: String,
    /// One or two sentences: what was run on what.
    pub(crate) lede: String,
    pub(crate) pulse: Pulse,
    /// Four to eight figures that tell most.
    pub(crate) headline: Vec<Figure>,
    pub(crate) status: StatusHistory,
    pub(crate) rates: Vec<RateHistory>,
    pub(crate) network: Network,
    pub(crate) setbacks: Vec<Setbacks>,
    pub(crate) stock: Vec<StockGroup>,
    pub(crate) story: Option<Story>,
    pub(crate) throughput: Vec<Throughput>,
    pub(crate) checks: Vec<Check>,
    /// What the source held and what was left out of it.
    pub(crate) intake: Vec<Remark>,
    /// Sentences at the foot: sources, rules, what is simulated.
    pub(crate) notes: Vec<String>,
}

/// How many orders came in, hour by hour or in any equal spans, without a gap.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pulse {
    /// `Orders by the hour`.
    pub(crate) name: String,
    /// The start of the first span, in seconds since 1970-01-01 UTC.
    pub(crate) from: i64,
    /// The length of a span, in seconds.
    pub(crate) span: i64,
    pub(crate) orders: Vec<u64>,
}

/// One large figure.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figure {
    /// `Fill rate`.
    pub(crate) name: String,
    /// `97.3%`, as it is to be read.
    pub(crate) value: String,
    /// `of ordered units shipped complete`.
    pub(crate) note: String,
}

/// How many orders stood in which status, at moments in time order.
#[derive(Debug, Clone, Default)]
pub(crate) struct StatusHistory {
    /// Seconds since 1970-01-01 UTC.
    pub(crate) at: Vec<i64>,
    /// From the bottom of the picture to its top; best the last stage first.
    pub(crate) bands: Vec<Band>,
}

/// One status over time.
#[derive(Debug, Clone)]
pub(crate) struct Band {
    /// `In fulfillment`.
    pub(crate) name: String,
    pub(crate) tone: Tone,
    /// One number a moment.
    pub(crate) orders: Vec<u64>,
}

/// A share that changes day by day.
#[derive(Debug, Clone)]
pub(crate) struct RateHistory {
    /// `Fill rate`.
    pub(crate) name: String,
    /// What is divided by what, in a sentence.
    pub(crate) meaning: String,
    pub(crate) tone: Tone,
    /// In time order.
    pub(crate) days: Vec<RateDay>,
}

/// The share of one day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RateDay {
    /// Seconds since 1970-01-01 UTC, anywhere in the day.
    pub(crate) at: i64,
    pub(crate) part: u64,
    /// A day whose whole is 0 has no share and is passed over.
    pub(crate) whole: u64,
}

/// The network and what flowed through it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Network {
    /// A sentence on what is drawn.
    pub(crate) meaning: String,
    pub(crate) nodes: Vec<NodeDot>,
    /// The 80 largest are drawn.
    pub(crate) flows: Vec<Flow>,
    /// Names on the map, such as metropolitan areas.
    pub(crate) labels: Vec<MapLabel>,
}

/// A node on the map.
#[derive(Debug, Clone)]
pub(crate) struct NodeDot {
    pub(crate) name: String,
    /// Distribution centers are drawn as diamonds with their name, stores as dots.
    pub(crate) center: bool,
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    /// What the node did, which is the size of its dot.
    pub(crate) units: u64,
}

/// Units that went from one place to another.
#[derive(Debug, Clone)]
pub(crate) struct Flow {
    /// `Groveport, OH to Atlanta, GA`.
    pub(crate) name: String,
    /// Latitude and longitude.
    pub(crate) from: (f64, f64),
    pub(crate) to: (f64, f64),
    pub(crate) units: u64,
    pub(crate) tone: Tone,
}

/// A name at a point of the map.
#[derive(Debug, Clone)]
pub(crate) struct MapLabel {
    pub(crate) name: String,
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
}

/// What went wrong in one way, by reason.
#[derive(Debug, Clone)]
pub(crate) struct Setbacks {
    /// `Short picks`.
    pub(crate) kind: String,
    pub(crate) tone: Tone,
    /// Reason and units; the largest first.
    pub(crate) reasons: Vec<(String, u64)>,
}

/// Nodes whose stock is shown on one scale.
#[derive(Debug, Clone)]
pub(crate) struct StockGroup {
    /// `Distribution centers`.
    pub(crate) name: String,
    pub(crate) nodes: Vec<NodeStock>,
}

/// The units at one node by bucket.
#[derive(Debug, Clone, Default)]
pub(crate) struct NodeStock {
    pub(crate) name: String,
    pub(crate) available: u64,
    pub(crate) allocated: u64,
    pub(crate) buffered: u64,
    /// Inspect, damaged and quarantine.
    pub(crate) withheld: u64,
}

/// One order's life and why it was sourced as it was.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    /// `Order 31198570044`.
    pub(crate) name: String,
    /// A sentence: who, where to, when.
    pub(crate) lede: String,
    pub(crate) goods: Vec<Goods>,
    /// The stages that are drawn, top to bottom.
    pub(crate) stages: Vec<Stage>,
    /// In time order.
    pub(crate) steps: Vec<Step>,
    pub(crate) sourcing: Option<Sourcing>,
}

/// What was ordered.
#[derive(Debug, Clone)]
pub(crate) struct Goods {
    pub(crate) name: String,
    pub(crate) units: u64,
}

/// One lane of the picture.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    pub(crate) name: String,
    pub(crate) tone: Tone,
}

/// One event of the order, and where its units were right after it.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// Seconds since 1970-01-01 UTC.
    pub(crate) at: i64,
    /// One or two words: `Packed`.
    pub(crate) name: String,
    /// A sentence: what happened, where.
    pub(crate) detail: String,
    /// Units by stage, in the order of [`Story::stages`].
    pub(crate) units: Vec<u64>,
}

/// The decision where an order ships from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sourcing {
    /// A sentence: what was decided and what decided it.
    pub(crate) lede: String,
    /// The chosen plan first, then the runner-up, then others.
    pub(crate) plans: Vec<Plan>,
    pub(crate) rejected: Vec<Rejected>,
}

/// One way to ship the order.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The node or nodes.
    pub(crate) name: String,
    /// What is remarkable: `arrives Jan 4`.
    pub(crate) remark: String,
    /// Named parts of the cost, in cents. The same name has the same color in every plan.
    pub(crate) parts: Vec<(String, u64)>,
}

/// A node that was not in question.
#[derive(Debug, Clone)]
pub(crate) struct Rejected {
    pub(crate) node: String,
    /// The stable code of the reason.
    pub(crate) code: String,
    pub(crate) why: String,
}

/// How fast something went.
#[derive(Debug, Clone)]
pub(crate) struct Throughput {
    pub(crate) what: String,
    pub(crate) count: u64,
    /// The time that all of them took.
    pub(crate) seconds: f64,
}

/// A law that was checked.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub(crate) law: String,
    pub(crate) checked: u64,
    pub(crate) differences: u64,
}

/// A figure with a word on it.
#[derive(Debug, Clone)]
pub(crate) struct Remark {
    pub(crate) what: String,
    pub(crate) figure: u64,
    pub(crate) remark: String,
}

const STYLE: &str = include_str!("report/style.css");

/// The page.
pub(crate) fn render(data: &ReportData) -> String {
    let mut page = Markup::default();
    page.constant("<!DOCTYPE html>");
    page.element("html", &[("lang", "en")], |html| {
        html.element("head", &[], |head| {
            head.empty("meta", &[("charset", "utf-8")]);
            let fit = "width=device-width, initial-scale=1";
            head.empty("meta", &[("name", "viewport"), ("content", fit)]);
            head.leaf("title", &[], &data.title);
            head.element("style", &[], |style| style.constant(STYLE));
        });
        html.element("body", &[], |body| {
            body.element("header", &[], |header| {
                header.leaf("p", &[("class", "eyebrow")], &data.eyebrow);
                header.leaf("h1", &[], &data.title);
                header.leaf("p", &[("class", "lede")], &data.lede);
                pulse::strip(header, &data.pulse);
            });
            body.element("main", &[("class", "grid")], |main| sections(main, data));
            body.element("footer", &[], |footer| {
                for note in &data.notes {
                    footer.leaf("p", &[], note);
                }
            });
        });
    });
    page.into_text()
}

fn sections(page: &mut Markup, data: &ReportData) {
    summary::figures(page, &data.headline);
    status::section(page, &data.status);
    for rate in &data.rates {
        rates::section(page, rate);
    }
    map::section(page, &data.network, data.setbacks.is_empty());
    summary::setbacks(page, &data.setbacks, data.network.nodes.is_empty());
    stock::section(page, &data.stock);
    if let Some(story) = &data.story {
        story::section(page, story);
        if let Some(sourcing) = &story.sourcing {
            sourcing::section(page, sourcing);
        }
    }
    summary::throughput(page, &data.throughput);
    summary::checks(page, &data.checks);
    summary::intake(page, &data.intake);
}

/// A card `width` columns of twelve wide, with its heading and a sentence below it.
fn card(
    page: &mut Markup,
    width: &'static str,
    heading: &str,
    say: &str,
    inside: impl FnOnce(&mut Markup),
) {
    page.element("section", &[("class", &format!("card {width}"))], |card| {
        card.leaf("h2", &[], heading);
        if !say.is_empty() {
            card.leaf("p", &[], say);
        }
        inside(card);
    });
}

/// A count as a coordinate; exact up to 2^53.
const fn approximate(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::markup::flaw_in;
    use super::{
        Band, Check, Figure, Goods, Network, NodeDot, NodeStock, Plan, Pulse, RateDay, RateHistory,
        Rejected, Remark, ReportData, Setbacks, Sourcing, Stage, StatusHistory, Step, StockGroup,
        Story, Throughput, Tone, render,
    };
    use crate::days::start_of_day;

    /// A page with everything on it, every text of which tries to break out.
    fn specimen() -> ReportData {
        let text = || "</style><script>alert(\"1\" & '2')</script>".to_owned();
        let at = vec![start_of_day(17_167), start_of_day(17_169)];
        let day = |day, part| RateDay { at: start_of_day(day), part, whole: 10 };
        let step =
            |units: [u64; 2]| Step { at: 0, name: text(), detail: text(), units: units.to_vec() };
        let sourcing = Sourcing {
            lede: text(),
            plans: vec![Plan { name: text(), remark: text(), parts: vec![(text(), 5)] }],
            rejected: vec![Rejected { node: text(), code: text(), why: text() }],
        };
        let stage = |tone| Stage { name: text(), tone };
        ReportData {
            title: text(),
            eyebrow: text(),
            lede: text(),
            pulse: Pulse {
                name: text(),
                from: start_of_day(17_167),
                span: 3_600,
                orders: vec![1, 2],
            },
            headline: vec![Figure { name: text(), value: text(), note: text() }],
            status: StatusHistory {
                at,
                bands: vec![Band { name: text(), tone: Tone::Open, orders: vec![1, 2] }],
            },
            rates: vec![RateHistory {
                name: text(),
                meaning: text(),
                tone: Tone::Packed,
                days: vec![day(17_167, 9), day(17_168, 8)],
            }],
            network: Network {
                meaning: text(),
                nodes: vec![NodeDot {
                    name: text(),
                    center: true,
                    latitude: 40.0,
                    longitude: -80.0,
                    units: 3,
                }],
                ..Network::default()
            },
            setbacks: vec![Setbacks {
                kind: text(),
                tone: Tone::Cancelled,
                reasons: vec![(text(), 3)],
            }],
            stock: vec![StockGroup {
                name: text(),
                nodes: vec![NodeStock { name: text(), available: 3, ..NodeStock::default() }],
            }],
            story: Some(Story {
                name: text(),
                lede: text(),
                goods: vec![Goods { name: text(), units: 2 }],
                stages: vec![stage(Tone::Open), stage(Tone::Reserved)],
                steps: vec![step([2, 0]), step([0, 2])],
                sourcing: Some(sourcing),
            }),
            throughput: vec![Throughput { what: text(), count: 3, seconds: 0.5 }],
            checks: vec![Check { law: text(), checked: 2, differences: 1 }],
            intake: vec![Remark { what: text(), figure: 3, remark: text() }],
            notes: vec![text()],
        }
    }

    #[test]
    fn the_page_is_well_formed_and_nothing_breaks_out() {
        // Goal: any text is safe anywhere. Method: every text of the specimen is hostile; the
        // page must be well-formed, without a script, and each section must be there.
        let page = render(&specimen());
        assert_eq!(flaw_in(&page), None);
        assert!(!page.contains("<script"));
        assert_eq!(page.matches("</style>").count(), 1);
        for heading in [
            "Where the orders stand",
            "Where it stands",
            "What went wrong",
            "What lies where",
            "One order, from cart to door",
            "Event by event",
            "Why from there",
            "How fast it went",
            "What was verified",
            "What came in",
        ] {
            assert!(page.contains(heading), "{heading}");
        }
        // Each drawing and each bar is read out by name.
        assert_eq!(page.matches("role=\"img\"").count(), page.matches("aria-label=").count());
    }

    #[test]
    fn the_page_stands_alone_and_is_the_same_every_time() {
        // Goal: one file, readable in ten years. Method: nothing in it points outside, and the
        // same figures give the same bytes.
        let page = render(&specimen());
        for outside in ["http:", "https:", "//cdn", "url(", "@import", "src=", "href="] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert_eq!(page, render(&specimen()));
    }

    #[test]
    fn sections_without_figures_are_left_out() {
        // Goal: a run that has little to tell makes a short page. Method: no figures at all.
        let page = render(&ReportData::default());
        assert_eq!(flaw_in(&page), None);
        assert!(!page.contains("<section") && !page.contains("<svg") && !page.contains("<dl"));
    }
}
