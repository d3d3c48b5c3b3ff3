//! The report: one self-contained page out of plain figures.
//!
//! [`render`] turns [`ReportData`] into HTML with inline style and inline SVG: no script, no
//! network, light or dark as the reader has it, wide or narrow. A section without figures is
//! left out, so a run that has less to tell makes a shorter page.

mod ahead;
mod content;
mod fan;
mod frontier;
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

pub(crate) use ahead::*;
pub(crate) use content::*;
use markup::Markup;

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
    summary::policies(page, &data.policies);
    stock::section(page, &data.stock);
    ahead::sections(page, &data.ahead);
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
        Ahead, Band, Check, Fan, Figure, Frontier, FrontierPoint, Goods, Network, NodeDot,
        NodeStock, POLICY_COLUMNS, Plan, PolicyRow, Pulse, RateDay, RateHistory, Rejected, Remark,
        ReportData, Setbacks, Sourcing, Stage, StatusHistory, Step, StockGroup, Story, SupplyRow,
        SupplySum, Throughput, Tone, TrialRow, render,
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
            policies: vec![PolicyRow { name: text(), cells: vec![text(); POLICY_COLUMNS.len()] }],
            stock: vec![StockGroup {
                name: text(),
                nodes: vec![NodeStock { name: text(), available: 3, ..NodeStock::default() }],
            }],
            ahead: ahead_of(text()),
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

    /// The chapter of what comes next, with a text wherever it has one.
    fn ahead_of(text: String) -> Ahead {
        let point = |lost: f64| FrontierPoint { level: 0.95, lost, left_days: 1.0 / lost };
        let supply = SupplyRow {
            sku: text.clone(),
            name: text.clone(),
            node: text.clone(),
            units: 3,
            due: text.clone(),
            why: text.clone(),
        };
        let fan = Fan { name: text.clone(), models: text.clone(), ..Fan::default() };
        let trial = TrialRow { what: text.clone(), by: text.clone(), ..TrialRow::default() };
        let frontier = Frontier {
            name: text.clone(),
            before: vec![point(0.2), point(0.1)],
            after: vec![point(0.1), point(0.05)],
            ..Frontier::default()
        };
        Ahead {
            fans: vec![fan],
            trial: vec![trial],
            frontiers: vec![frontier],
            missing: vec![text.clone()],
            as_of: text.clone(),
            supplies: vec![supply.clone()],
            explained: Some((supply, vec![SupplySum { what: text, units: 3.0 }])),
            ..Ahead::default()
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
            "What another policy would have done",
            "What lies where",
            "What the next four weeks wanted",
            "How good the forecasts were",
            "Stock frontier",
            "What to order now",
            "What is not shown",
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
