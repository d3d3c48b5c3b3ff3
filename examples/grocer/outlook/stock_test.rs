//! Does a better forecast leave fewer customers and less stock behind? A shelf for each series, replenished by two planners.
//!
//! Every week both order up to a level that must last for lead time and review, two weeks. What is not there is lost. The
//! spreadsheet takes the mean of the last four weeks and so many standard deviations; ours takes a quantile of the demand
//! of these two weeks. Each at eight service levels makes a frontier: nothing left of it and below it was reached.

use oms::forecast::policy::Distribution;
use oms::forecast::{Levels, Panel, Past, Series, total_in};

use super::each;
use crate::Failure;
use crate::report::{Frontier, FrontierPoint};

const REVIEW: usize = 7;
const LEAD: usize = 7;
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
/// Steps of the search for the joint cut.
const FINE: u32 = 4_000;

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
    let (Some(before), Some(after)) = (played(&items, &sheet), played(&items, &ours)) else {
        return Ok(None);
    };
    let (joint, fewer_lost, less_left) = cuts(&before, &after);
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
fn played(items: &[Item<'_>], targets: &[Vec<[f64; GRID]>]) -> Option<Vec<FrontierPoint>> {
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
        for (service, (lost, left)) in sums.iter_mut().enumerate() {
            let level = |review: usize| -> f64 {
                let its = targets.get(review).and_then(|review| review.get(at));
                its.and_then(|its| its.get(service)).copied().unwrap_or(0.0)
            };
            let shelf = shelf(&item.demand, &level);
            *lost += shelf.lost / scale;
            *left += shelf.left / scale;
        }
    }
    (played > 0.0).then(|| {
        let points = LEVELS.iter().zip(sums).map(|(level, (lost, left))| FrontierPoint {
            level: *level,
            lost: lost / wanted,
            left_days: left / played,
        });
        points.collect()
    })
}

/// What a shelf comes to.
#[derive(Debug, PartialEq)]
struct Shelf {
    /// Units that customers wanted and did not find.
    lost: f64,
    /// Units that lay there before a delivery came, on average.
    left: f64,
}

/// Plays one shelf: deliveries come in the morning, on the day of a review before it.
fn shelf(demand: &[f64], level: &dyn Fn(usize) -> f64) -> Shelf {
    let start = demand.len() - DAYS;
    // On the first day it is as full as the planner wants it.
    let (mut on_hand, mut coming): (f64, Option<(usize, f64)>) = (level(0), None);
    let (mut lost, mut left, mut deliveries) = (0.0, 0.0, 0.0);
    for day in 0..=DAYS - PROTECTION {
        let counts = day >= WARM;
        if let Some((_, units)) = coming.take_if(|(due, _)| *due == day) {
            if counts {
                left += on_hand;
                deliveries += 1.0;
            }
            on_hand += units;
        }
        if day.is_multiple_of(REVIEW) {
            let position = on_hand + coming.map_or(0.0, |(_, units)| units);
            coming = Some((day + LEAD, (level(day / REVIEW) - position).max(0.0).ceil()));
        }
        let wanted = demand.get(start + day).copied().unwrap_or(0.0);
        let sold = wanted.min(on_hand);
        if counts {
            lost += wanted - sold;
        }
        on_hand -= sold;
    }
    Shelf { lost, left: left / f64::max(deliveries, 1.0) }
}

/// At the spreadsheet's point of [`COMPARED`]: the largest share by which both lost units and leftovers fall together; lost
/// units at equal leftovers; leftovers at equal lost units.
fn cuts(before: &[FrontierPoint], after: &[FrontierPoint]) -> (f64, f64, f64) {
    let Some(base) = before.get(COMPARED) else { return (0.0, 0.0, 0.0) };
    let log = |lost: f64| lost.max(1e-7).ln();
    let mut line: Vec<(f64, f64)> =
        after.iter().map(|point| (point.left_days, log(point.lost))).collect();
    line.sort_by(|a, b| a.0.total_cmp(&b.0));
    let lost_at = |left: f64| between(&line, left).exp();
    let turned: Vec<(f64, f64)> = line.iter().map(|(left, lost)| (-lost, *left)).collect();
    let ends = line.first().zip(line.last()).map_or((0.0, 0.0), |(a, b)| (a.0, b.0));
    let grid = (0..=FINE).map(|nth| ends.0 + (ends.1 - ends.0) * f64::from(nth) / f64::from(FINE));
    let both = |left: f64| (1.0 - left / base.left_days).min(1.0 - lost_at(left) / base.lost);
    let joint = grid.map(both).fold(f64::NEG_INFINITY, f64::max);
    let fewer = 1.0 - lost_at(base.left_days) / base.lost;
    let less = 1.0 - between(&turned, -log(base.lost)) / base.left_days;
    (joint, fewer, less)
}

/// The height of a line at a place; beyond its ends, that of the end.
fn between(line: &[(f64, f64)], at: f64) -> f64 {
    let after = line.partition_point(|(x, _)| *x < at);
    match (after.checked_sub(1).and_then(|before| line.get(before)), line.get(after)) {
        (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * (at - x0) / (x1 - x0),
        (Some((_, y)), None) | (None, Some((_, y))) => *y,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::{DAYS, FrontierPoint, LEAST, PROTECTION, Shelf, WARM, cuts, run, shelf};
    use crate::outlook::year::daily;

    #[test]
    fn a_steady_shelf_is_reckoned_by_hand() {
        // Goal: the play is right. Method: one unit a day. A level of 14 has nothing left when a delivery comes and
        // loses nothing; every unit more is left; of a level of 7 nothing is ordered before the shelf is empty.
        let demand = [1.0; DAYS];
        assert_eq!(shelf(&demand, &|_| 14.0), Shelf { lost: 0.0, left: 0.0 });
        assert_eq!(shelf(&demand, &|_| 17.0), Shelf { lost: 0.0, left: 3.0 });
        let bare = shelf(&demand, &|_| 7.0);
        let counted = (DAYS - PROTECTION + 1 - WARM) as f64;
        assert!(bare.lost > 0.4 * counted && bare.lost < 0.6 * counted, "{bare:?}");
        assert!((shelf(&demand, &|_| 0.0).lost - counted).abs() < 1e-9);
    }

    #[test]
    fn cuts_are_those_of_the_frontiers() {
        // Goal: right shares. Method: a frontier against itself cuts nothing, and one of half the stock at the same
        // losses halves leftovers.
        let point = |at: u32, share: f64| FrontierPoint {
            level: 0.5,
            lost: 0.2 / f64::from(at),
            left_days: f64::from(at) * share,
        };
        let line = |share: f64| (1..9).map(|at| point(at, share)).collect::<Vec<_>>();
        let (joint, fewer, less) = cuts(&line(1.0), &line(1.0));
        assert!(fewer.abs() < 1e-9 && less.abs() < 1e-9, "{fewer} {less}");
        // The search has 4,000 steps over 7 of the 5 days, so it may miss the point itself by this much.
        assert!((-7.0 / 5.0 / 4_000.0..1e-9).contains(&joint), "{joint}");
        let (joint, fewer, less) = cuts(&line(1.0), &line(0.5));
        assert!((less - 0.5).abs() < 1e-9 && joint > 0.25 && fewer > 0.3, "{joint} {fewer} {less}");
    }

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
