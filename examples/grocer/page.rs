//! The figures of a run as the content of the page.

use std::collections::BTreeMap;

use oms::order::OrderStatus;

use crate::days::{date, start_of_day};
use crate::demand::{grouped, left_out};
use crate::drive::Spent;
use crate::figures::{Figures, Origin, Sourced};
use crate::geo::{AREAS, CENTERS, Point};
use crate::network::city;
use crate::policies::POLICIES;
use crate::report::{
    Ahead, Band, Check, Figure, Flow, MapLabel, Network, NodeDot, PolicyRow, RateDay, RateHistory,
    ReportData, Setbacks, StatusHistory, Throughput, Tone,
};
use crate::table::{cost, cost_per_order, megabytes, per_second, percent};
use crate::told::Told;

/// Moments that the picture of statuses has at most.
const MOMENTS: usize = 240;

/// The statuses from the bottom of the picture to its top, with the look of each.
const BANDS: [(&str, Tone, &[OrderStatus]); 7] = [
    ("Cancelled", Tone::Cancelled, &[OrderStatus::Cancelled]),
    ("Delivered", Tone::Delivered, &[OrderStatus::Delivered, OrderStatus::PartlyDelivered]),
    ("Shipped", Tone::Shipped, &[OrderStatus::Shipped, OrderStatus::PartlyShipped]),
    ("In fulfillment", Tone::Packed, &[OrderStatus::InFulfillment]),
    ("Sourced", Tone::Allocated, &[OrderStatus::Sourcing]),
    ("Reserved", Tone::Reserved, &[OrderStatus::Reserved, OrderStatus::OnHold]),
    ("Awaiting stock", Tone::Open, &[OrderStatus::AwaitingStock]),
];

/// Fills the page.
pub(crate) fn page(told: &mut Told<'_>) -> ReportData {
    let (households, stores, _) = told.demand.parties();
    let figures = &told.figures;
    ReportData {
        title: format!("{} orders of a grocer, from cart to door", grouped(figures.all_orders())),
        eyebrow: "oms · what became of a run".to_owned(),
        lede: format!(
            "{}, {} to {}: baskets of {} households in {} stores, placed, sourced, packed, shipped \
             and delivered by one engine in one durable file. {} events, and every unit is \
             accounted for.",
            told.data.describe(),
            date(told.data.first_day()),
            date(told.demand.last_day),
            grouped(households),
            grouped(stores),
            grouped(told.report.events),
        ),
        pulse: told.demand.pulse(),
        headline: headline(told),
        status: status(figures),
        rates: rates(figures, told.demand.last_day),
        network: network(told),
        setbacks: setbacks(figures),
        policies: policies(told),
        throughput: throughput(told),
        checks: checks(told),
        intake: left_out(&told.intake),
        notes: notes(),
        stock: std::mem::take(&mut told.stock),
        ahead: ahead(told),
        story: told.story.take(),
    }
}

/// The chapter of what comes next.
fn ahead(told: &mut Told<'_>) -> Ahead {
    let (outlook, supplies) = (&mut told.outlook, &mut told.supplies);
    Ahead {
        fans: std::mem::take(&mut outlook.fans),
        trial: std::mem::take(&mut outlook.trial),
        frontiers: std::mem::take(&mut outlook.frontiers),
        missing: outlook.missing.clone(),
        as_of: supplies.as_of.clone(),
        proposals: supplies.proposals,
        units: supplies.units,
        enough: supplies.enough,
        supplies: std::mem::take(&mut supplies.shown),
        explained: supplies.explained.take(),
        transfers: supplies.transfers,
    }
}

fn headline(told: &Told<'_>) -> Vec<Figure> {
    let figures = &told.figures;
    let (shipped, split) = told.lives.shipped_and_split();
    let routes: Vec<String> =
        figures.orders.iter().map(|(name, count)| format!("{} {name}", grouped(*count))).collect();
    let tile =
        |name: &str, value: String, note: String| Figure { name: name.to_owned(), value, note };
    vec![
        tile("Orders", grouped(figures.all_orders()), routes.join(", ")),
        tile(
            "Units",
            grouped(figures.promised_units + figures.sold_units),
            format!("in {} lines, fuel apart", grouped(figures.lines)),
        ),
        tile(
            "Fill rate",
            percent(figures.delivered, figures.wanted()),
            "of units promised and not withdrawn reached the customer".to_owned(),
        ),
        tile(
            "Split rate",
            percent(split, shipped),
            format!("of {} shipped orders needed more than one node", grouped(shipped)),
        ),
        tile(
            "Commands a second",
            per_second(told.clock.orders),
            "about orders, each durable, in groups of 100".to_owned(),
        ),
        tile(
            "On disk",
            format!("{:.0} MB", megabytes(told.bytes)),
            format!("{} events, every one hashed and settled", grouped(told.report.events)),
        ),
    ]
}

fn status(figures: &Figures) -> StatusHistory {
    let step = figures.history.len().div_ceil(MOMENTS).max(1);
    let history: Vec<_> = figures.history.iter().step_by(step).collect();
    let count = |orders: &BTreeMap<OrderStatus, u64>, statuses: &[OrderStatus]| -> u64 {
        statuses.iter().filter_map(|status| orders.get(status)).sum()
    };
    let bands = BANDS.into_iter().map(|(name, tone, statuses)| Band {
        name: name.to_owned(),
        tone,
        orders: history.iter().map(|(_, orders)| count(orders, statuses)).collect(),
    });
    StatusHistory { at: history.iter().map(|(at, _)| *at).collect(), bands: bands.collect() }
}

fn rates(figures: &Figures, last_day: i64) -> Vec<RateHistory> {
    let history = |name: &str, meaning: &str, tone, share: fn(&Sourced) -> (u64, u64)| {
        // The rounds of the midnight after the last day still see new orders.
        let days = figures.sourced.range(..=last_day + 1).map(|(day, sourced)| {
            let (part, whole) = share(sourced);
            RateDay { at: start_of_day(*day), part, whole }
        });
        RateHistory {
            name: name.to_owned(),
            meaning: meaning.to_owned(),
            tone,
            days: days.collect(),
        }
    };
    vec![
        history(
            "Fill rate",
            "Of the units that the day's sourcing rounds saw for the first time, those that they \
             found a node for.",
            Tone::Delivered,
            |day| (day.found, day.found + day.short),
        ),
        history(
            "Split rate",
            "Of the orders that the day's rounds planned for the first time, those that need more \
             than one node.",
            Tone::Packed,
            |day| (day.split, day.orders),
        ),
    ]
}

fn network(told: &Told<'_>) -> Network {
    let figures = &told.figures;
    let nodes = told.grid.nodes().filter_map(|node| {
        let units = figures.left.get(&node.id).copied().unwrap_or(0);
        (node.is_center || units > 0).then(|| NodeDot {
            name: node.name.clone(),
            center: node.is_center,
            latitude: node.point.latitude,
            longitude: node.point.longitude,
            units,
        })
    });
    let flows = figures.flows.iter().filter_map(|((from, to), units)| {
        let (origin, tone) = match from {
            Origin::Stores(area) => (AREAS.get(*area)?, Tone::Allocated),
            Origin::Center(center) => (CENTERS.get(*center)?, Tone::Shipped),
        };
        let to = AREAS.get(*to)?;
        // What stays in its own area has no length to be drawn.
        (origin.name != to.name).then(|| Flow {
            name: format!("{} to {}", origin.name, to.name),
            from: coordinates(origin.point),
            to: coordinates(to.point),
            units: *units,
            tone,
        })
    });
    let labels = AREAS.iter().map(|area| MapLabel {
        name: city(area).to_owned(),
        latitude: area.point.latitude,
        longitude: area.point.longitude,
    });
    let nodes: Vec<NodeDot> = nodes.collect();
    Network {
        meaning: format!(
            "Units that left {} distribution centers and {} stores. Lines lead from a center, or \
             from the stores of a city, to the households of another. Hover for figures.",
            CENTERS.len(),
            grouped(u64::try_from(nodes.len().saturating_sub(CENTERS.len())).unwrap_or(0)),
        ),
        nodes,
        flows: flows.collect(),
        labels: labels.collect(),
    }
}

const fn coordinates(point: Point) -> (f64, f64) {
    (point.latitude, point.longitude)
}

fn setbacks(figures: &Figures) -> Vec<Setbacks> {
    let kind = |kind: &str, tone, reasons: Vec<(String, u64)>| {
        let mut reasons: Vec<(String, u64)> =
            reasons.into_iter().filter(|(_, units)| *units > 0).collect();
        reasons.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Setbacks { kind: kind.to_owned(), tone, reasons }
    };
    let named = |counts: &BTreeMap<String, u64>| -> Vec<(String, u64)> {
        counts.iter().map(|(reason, units)| (reason.replace('_', " "), *units)).collect()
    };
    let lost = format!("lost in {} parcels, sent again", grouped(figures.lost_parcels));
    let all = [
        kind("Cancelled", Tone::Cancelled, named(&figures.cancelled)),
        kind("Short picks", Tone::Open, named(&figures.rejected)),
        kind("Lost parcels", Tone::Shipped, vec![(lost, figures.lost_units)]),
        kind(
            "Claims taken",
            Tone::Reserved,
            vec![("by sales at the till".to_owned(), figures.taken)],
        ),
    ];
    all.into_iter().filter(|kind| !kind.reasons.is_empty()).collect()
}

fn policies(told: &Told<'_>) -> Vec<PolicyRow> {
    let seen = POLICIES.iter().zip(&told.policies).filter(|(_, tally)| tally.packages > 0);
    let rows = seen.map(|(policy, tally)| {
        let mean = |sum: f64| format!("{:.2}", sum / tally.packages as f64);
        let cells = vec![
            cost(tally),
            cost_per_order(tally),
            percent(tally.split, tally.orders),
            mean(tally.days as f64),
            format!("{:.0}", tally.miles / tally.packages as f64),
            percent(tally.units, tally.units + tally.short),
            format!("{:.1} s", tally.time.as_secs_f64()),
        ];
        PolicyRow { name: policy.to_string().replace('_', " "), cells }
    });
    rows.collect()
}

fn throughput(told: &Told<'_>) -> Vec<Throughput> {
    let clock = &told.clock;
    let row = |what: &str, spent: Spent| Throughput {
        what: what.to_owned(),
        count: spent.count,
        seconds: spent.time.as_secs_f64(),
    };
    let commits = Spent { count: told.figures.commits, time: told.engine_time() };
    vec![
        row("commands about orders", clock.orders),
        row("items and deliveries", clock.supply),
        row("orders sourced", clock.sourcing),
        row("events heard and settled", clock.outbox),
        row("durable commits, all of these", commits),
        row("events verified", clock.verify),
        row("series forecast", told.outlook.forecasts),
        row("quantiles of two weeks together", told.outlook.quantiles),
        row("shelves looked at for supplies", told.supplies.spent),
    ]
}

fn checks(told: &Told<'_>) -> Vec<Check> {
    let report = &told.report;
    // A difference would have ended the run: verification stops at the first.
    let law = |law: &str, checked| Check { law: law.to_owned(), checked, differences: 0 };
    vec![
        law("the log: every hash follows from the one before", report.events),
        law("double entry: the stock of every item sums to zero", report.balances),
        law("balances are those that the events make", report.balances),
        law("ordered units are the units by stage, line by line", report.orders),
        law("claims of orders are the claims on stock", report.orders),
        law("index rows are those that the orders make", report.rows),
        law("items, places and channels as defined", report.catalog),
    ]
}

fn notes() -> Vec<String> {
    [
        "The data holds baskets, households, stores and prices; it holds no places, no stock and \
         no deliveries. Stores, centers and homes are put on the map by a fixed rule; costs and \
         days of parcels grow with the distance.",
        "Of 100 baskets 40 are sent home, 20 are collected and the rest is sold at the till. \
         Deliveries come weekly and bring what the week will want and a little more, some of it \
         to the wrong place and some not at all. Regrets, short picks, broken goods, lost parcels \
         and forgotten pickups are drawn from a seeded stream: the same seed gives the same log.",
        "Every figure is counted from receipts and events of the run, or measured while it ran.",
    ]
    .map(ToOwned::to_owned)
    .to_vec()
}
