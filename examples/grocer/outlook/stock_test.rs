//! Does a better forecast leave fewer customers and less stock behind? A shelf for each series, replenished by two planners.
//!
//! Every week both order up to a level that must last for lead time and review, two weeks. What is not there is lost. The
//! spreadsheet takes the mean of the last four weeks and so many standard deviations; ours takes a quantile of the demand
//! of these two weeks. Each at eight service levels makes a frontier: nothing left of it and below it was reached.

use oms::forecast::policy::{
    Cuts, Distribution, PolicyError, ReviewOrder, StockPoint, cuts, replay,
};
use oms::forecast::{Levels, Panel, Past, Series, total_in};

use super::each;
use crate::Failure;
use crate::report::{Frontier, FrontierPoint};

const REVIEW: usize = 7;
const LEAD: usize = LEAD_DAYS as usize;
const LEAD_DAYS: u32 = 7;
/// Days that an order must last for.
pub(super) const PROTECTION: usize = REVIEW + LEAD;
/// Days at the start that are not counted: the first order is on its way.
const WARM: usize = 28;
/// Days that are played.
pub(super) const DAYS: usize = 182 + WARM;
/// Days that must be known before.
const LEAST: usize = 8 * 7;
/// Days that the spreadsheet looks at: four weeks.
const SHEET: usize = 28;
/// Service levels.
const LEVELS: [f64; GRID] = [0.5, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99, 0.995];
const GRID: usize = 8;
/// The level at which the planners are compared, among [`LEVELS`].
const COMPARED: usize = 4;
/// What came of it.
pub(super) struct Test {
    pub(super) frontier: Frontier,
    /// Forecasts made.
    pub(super) quantiles: u64,
}

/// A series with what it sold, day by day.
struct Item<'a> {
    past: Past<'a>,
    demand: Vec<f64>,
}

impl<'a> Item<'a> {
    fn days(&self) -> usize {
        self.demand.len()
    }

    /// All but the last days.
    fn known(&self, back: usize) -> Past<'a> {
        self.past.first(self.days().saturating_sub(back))
    }
}

/// Plays both planners on the last [`DAYS`] of all series that are long enough; `None` where there are none.
pub(super) fn run(name: &str, series: &[Series]) -> Result<Option<Test>, Failure> {
    let items: Vec<Item<'_>> = series
        .iter()
        .map(Series::past)
        .filter(|past| past.values().len() >= DAYS + LEAST)
        .map(|past| {
            // A day of which nothing is known sells nothing.
            let sold = past.values().iter().zip(past.seen());
            let demand = sold.map(|(units, seen)| if *seen { units.max(0.0) } else { 0.0 });
            Item { past, demand: demand.collect() }
        })
        .collect();
    let backs: Vec<usize> =
        (0..).map(|review| DAYS - review * REVIEW).take_while(|back| *back >= PROTECTION).collect();
    let levels = Levels::new(&LEVELS)?;
    // Of each review, the level of each item at each service.
    let ours = each(&backs, |back| {
        let panel = Panel::of_pasts(items.iter().map(|item| item.known(*back)));
        let quantiles = items.iter().map(|item| {
            let found = total_in(&panel, &item.known(*back), PROTECTION, &levels)?;
            Ok(std::array::from_fn(|at| found.get(at).copied().unwrap_or(0.0)))
        });
        quantiles.collect::<Result<Vec<[f64; GRID]>, oms::forecast::NoForecast>>()
    });
    let ours = ours.into_iter().collect::<Result<Vec<_>, _>>()?;
    let standard = Distribution::normal(0.0, 1.0)?;
    let deviations = LEVELS.map(|level| standard.quantile(level));
    let sheet: Vec<Vec<[f64; GRID]>> = backs
        .iter()
        .map(|back| items.iter().map(|item| spreadsheet(item, *back, &deviations)).collect())
        .collect();
    let (Some(before), Some(after)) = (played(&items, &sheet)?, played(&items, &ours)?) else {
        return Ok(None);
    };
    let point = |point: &FrontierPoint| StockPoint { lost: point.lost, left: point.left_days };
    let base = before.get(COMPARED).map_or_else(StockPoint::default, point);
    let line: Vec<StockPoint> = after.iter().map(point).collect();
    let Cuts { joint, lost: fewer_lost, left: less_left, .. } = cuts(base, &line);
    let quantiles = u64::try_from(items.len() * backs.len()).unwrap_or(u64::MAX);
    let frontier = Frontier {
        name: name.to_owned(),
        series: u64::try_from(items.len()).unwrap_or(u64::MAX),
        days: u64::try_from(DAYS - WARM - PROTECTION + 1).unwrap_or(0),
        joint,
        fewer_lost,
        less_left,
        before,
        after,
    };
    Ok(Some(Test { frontier, quantiles }))
}

/// Mean of four weeks, and so many deviations, for the days that an order must last for.
fn spreadsheet(item: &Item<'_>, back: usize, deviations: &[f64; GRID]) -> [f64; GRID] {
    let known = item.days() - back;
    let weeks = item.demand.get(known - SHEET..known).unwrap_or_default();
    let (count, days) = (weeks.len() as f64, PROTECTION as f64);
    let mean = weeks.iter().sum::<f64>() / count;
    let squares: f64 = weeks.iter().map(|units| (units - mean).powi(2)).sum();
    let spread = (squares / (count - 1.0)).sqrt() * days.sqrt();
    deviations.map(|z| (mean * days + z * spread).max(0.0))
}

/// Lost units and leftover stock of all items, each scaled by its mean demand so that small ones count.
fn played(
    items: &[Item<'_>],
    targets: &[Vec<[f64; GRID]>],
) -> Result<Option<Vec<FrontierPoint>>, PolicyError> {
    let mut sums = [(0.0, 0.0); GRID];
    let (mut wanted, mut played) = (0.0, 0.0);
    for (at, item) in items.iter().enumerate() {
        let end = item.days() - PROTECTION + 1;
        let begin = item.days() - DAYS + WARM;
        let demand: f64 = item.demand.get(begin..end).unwrap_or_default().iter().sum();
        if demand <= 0.0 {
            continue;
        }
        let tail = item.demand.get(begin..).unwrap_or_default();
        let scale = tail.iter().sum::<f64>() / tail.len() as f64;
        wanted += demand / scale;
        played += 1.0;
        let start = item.days() - DAYS;
        let shown = item.demand.get(start..end).unwrap_or_default();
        for (service, (lost, left)) in sums.iter_mut().enumerate() {
            let orders = targets.iter().map(|review| {
                let level = review.get(at).and_then(|its| its.get(service)).copied();
                ReviewOrder { level: level.unwrap_or(0.0), lead_time: LEAD_DAYS }
            });
            let shelf = replay(shown, &orders.collect::<Vec<_>>(), REVIEW, WARM)?;
            *lost += shelf.lost / scale;
            *left += shelf.left / scale;
        }
    }
    Ok((played > 0.0).then(|| {
        let points = LEVELS.iter().zip(sums).map(|(level, (lost, left))| FrontierPoint {
            level: *level,
            lost: lost / wanted,
            left_days: left / played,
        });
        points.collect()
    }))
}

#[cfg(test)]
mod tests {
    use super::{DAYS, LEAST, run};
    use crate::outlook::year::daily;

    #[test]
    fn more_service_loses_less_and_holds_more() {
        // Goal: frontiers are frontiers. Method: a few series of noise; both planners, level by level. Series that
        // are too short make no test.
        let noise = |seed: usize| {
            let units = (0..DAYS + 200).map(|day| ((day * 7919 + seed * 104_729) % 13) as f64);
            daily(seed as u64, &units.collect::<Vec<_>>(), &[]).unwrap()
        };
        let series: Vec<_> = (1..7).map(noise).collect();
        let test = run("noise", &series).unwrap().unwrap();
        for line in [&test.frontier.before, &test.frontier.after] {
            assert!(line.is_sorted_by(|a, b| a.lost >= b.lost && a.left_days <= b.left_days));
        }
        let short = daily(1, &[1.0; DAYS + LEAST - 1], &[]).unwrap();
        assert!(run("short", &[short]).unwrap().is_none());
    }
}
