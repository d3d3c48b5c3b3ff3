//! All forecasts of a round: a panel of all series, asked for each.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::Arc;

use oms_core::words::LocationId;
use oms_forecast::{Levels, Model, Panel, Past, ToForecast, TotalModel, shared_out};

use super::NotReplenished;
use super::days::Span;
use super::newcomers::{Demand, Facts, Master};
use super::outlook::Outlook;
use super::placement::placed;
use super::stocked::Stocked;

/// Series for each thread between two reports of how far the work is.
const BLOCK: usize = 64;

/// The longest stretch that a place must be known for: until what is ordered at the end is sold or spoils.
pub(super) fn stretch(its: &Stocked) -> usize {
    let agreed = &its.agreed;
    let life = agreed.shelf_life_days.unwrap_or_default();
    let further = (agreed.review_days + its.onward_days).max(life);
    (agreed.lead_time.longest() + further) as usize
}

/// Numbers of days for which a model of sums of all places is learned, at most: each costs about as much as the forecasts.
const MOST_TOTALS: usize = 4;
/// As many places must ask for the same: of fewer a model of sums knows nothing that they do not know themselves.
const LEAST_PLACES: usize = 20;

/// A place, what it is asked and who answers.
struct Job<'a> {
    demand: &'a Demand,
    panel: &'a Panel,
    asked: &'a (BTreeSet<usize>, Option<usize>),
}

/// Forecasts all, so many days ahead and a stretch.
pub(super) fn forecast_all(
    all: &mut [Stocked],
    (span, master): (&Span<'_>, &Master),
    ahead: usize,
    threads: NonZero<u16>,
    watch: &mut dyn FnMut(usize, usize),
) -> Result<(), NotReplenished> {
    let wanted = wanted(all, (span, master), ahead)?;
    let threads = usize::from(threads.get());
    let pasts = wanted.iter().filter_map(|(_, demand, _)| match demand {
        Demand::Series(its) => Some((its.series.past(), its.horizon)),
        Demand::Newcomer(_) => None,
    });
    let pasts: Vec<_> = pasts.collect();
    let levels = Levels::default();
    let panel = Panel::learned(&pasts, &levels, Model::Auto, threads);
    let strict = panel.clone().welcoming(&[]);
    let asked: Vec<_> = wanted.iter().map(|(at, ..)| stretches(&all[*at])).collect();
    let usual = usual(asked.iter().map(|(days, _)| days));
    let pasts: Vec<Past<'_>> = pasts.into_iter().map(|(past, _)| past).collect();
    let summing = usual.iter().fold(panel.clone(), |summing, days| {
        let totals = TotalModel::learn(&panel, &pasts, *days, &levels, threads);
        summing.with_totals(Arc::new(totals))
    });
    let jobs = wanted.iter().zip(&asked).map(|((_, demand, may_sell), asked)| {
        // Sums that are held against one another come from one source.
        let panel = match (*may_sell, asked.0.is_subset(&usual)) {
            (false, _) => &strict,
            (true, true) => &summing,
            (true, false) => &panel,
        };
        Job { demand, panel, asked }
    });
    let jobs: Vec<Job<'_>> = jobs.collect();
    let mut outlooks: Vec<Outlook> = Vec::with_capacity(jobs.len());
    for block in jobs.chunks(BLOCK * threads) {
        let done = shared_out(block, threads, |Job { demand, panel, asked }| {
            Outlook::of(panel, demand, (&asked.0, asked.1))
        });
        for outlook in done {
            outlooks.push(outlook?);
        }
        watch(outlooks.len(), jobs.len());
    }
    for ((at, ..), outlook) in wanted.iter().zip(outlooks) {
        all[*at].outlook = outlook;
    }
    placed(all)?;
    for ((at, ..), Job { demand, panel, .. }) in wanted.iter().zip(&jobs) {
        if let Some(days) = all[*at].service_days {
            all[*at].outlook.sum(panel, demand, days.bridged as usize)?;
        }
    }
    Ok(())
}

/// The demand of each place that is planned for and has any, and whether others speak for it where it has hardly begun; of all
/// other places nothing is expected.
fn wanted(
    all: &mut [Stocked],
    (span, master): (&Span<'_>, &Master),
    ahead: usize,
) -> Result<Vec<(usize, Demand, bool)>, NotReplenished> {
    let facts = Facts::of(master, all);
    let (mut wanted, mut promoted) = (Vec::new(), Vec::with_capacity(all.len()));
    for (at, its) in all.iter().enumerate() {
        if its.agreed.skip {
            promoted.push(Vec::new());
            continue;
        }
        let horizon = ahead + stretch(its);
        let nodes: Vec<(&LocationId, f64)> =
            its.members.iter().map(|(at, usual)| (&all[*at].node, *usual)).collect();
        promoted.push(span.promoted(&its.sku, &nodes, horizon));
        if let Some(series) = span.series(&its.sku, &nodes, &its.days, horizon)? {
            let series = facts.give(its, series);
            let demand = Demand::Series(ToForecast { series, horizon });
            wanted.push((at, demand, facts.may_sell(its)));
        } else if facts.may_begin(its) {
            let newcomer = span.newcomer(&its.sku, &nodes, horizon)?;
            let newcomer = newcomer.with(|series| Ok(facts.give(its, series)))?;
            wanted.push((at, Demand::Newcomer(newcomer), true));
        }
    }
    all.iter_mut().zip(promoted).for_each(|(its, promoted)| its.promoted = promoted);
    Ok(wanted)
}

/// Days whose demand is wanted as one sum: of the lead time, and until the goods after the next ones come; and until they
/// spoil.
fn stretches(its: &Stocked) -> (BTreeSet<usize>, Option<usize>) {
    let agreed = &its.agreed;
    let further = agreed.review_days + its.onward_days;
    let leads = agreed.lead_time.periods().iter().flat_map(|(days, _)| [*days, days + further]);
    let life = agreed.shelf_life_days.map(|life| agreed.lead_time.quantile(0.5) + life);
    let leads = leads.map(|days| days as usize).filter(|days| *days > 0);
    (leads.collect(), life.map(|days| days as usize))
}

/// Numbers of days that most places ask for, whole sets of them: as many as a model of sums is learned for.
fn usual<'a>(asked: impl Iterator<Item = &'a BTreeSet<usize>>) -> BTreeSet<usize> {
    let mut counts: BTreeMap<&BTreeSet<usize>, usize> = BTreeMap::new();
    for days in asked {
        *counts.entry(days).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().filter(|its| its.1 >= LEAST_PLACES).collect();
    counts.sort_by_key(|(_, places)| std::cmp::Reverse(*places));
    let mut usual = BTreeSet::new();
    for (days, _) in counts {
        let both: BTreeSet<usize> = usual.union(days).copied().collect();
        if both.len() <= MOST_TOTALS {
            usual = both;
        }
    }
    usual
}

#[cfg(test)]
mod tests {
    use super::{LEAST_PLACES, MOST_TOTALS, usual};

    // Goal: the sets that most places ask for are learned, whole and few. Method: sets of several sizes by several numbers of
    // places.
    #[test]
    fn what_most_ask_for() {
        let all = |sets: &[(&[usize], usize)]| {
            let sets = sets.iter().flat_map(|(days, places)| {
                std::iter::repeat_n(days.iter().copied().collect(), *places)
            });
            let sets: Vec<_> = sets.collect();
            usual(sets.iter()).into_iter().collect::<Vec<usize>>()
        };
        assert!(all(&[(&[7, 14], LEAST_PLACES - 1)]).is_empty());
        assert_eq!(
            all(&[(&[7, 14], 20), (&[2, 9], 30), (&[3, 10], 20)]),
            [2, 7, 9, 14].map(|days| days)
        );
        assert_eq!(all(&[(&[7, 14], 50), (&[1, 2, 3], 40), (&[7], 20)]), [7, 14]);
        assert!(all(&[(&[1, 2, 3, 4, 5], 99)]).len() <= MOST_TOTALS);
    }
}
