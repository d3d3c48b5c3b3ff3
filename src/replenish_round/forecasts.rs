//! All forecasts of a round: a panel of all series, asked for each.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::Arc;

use oms_core::words::LocationId;
use oms_forecast::{Levels, Model, Panel, Past, SeriesError, ToForecast, TotalModel, shared_out};

use super::NotReplenished;
use super::days::Span;
use super::newcomers::{Demand, Facts, Master, NAMES};
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
    let asked: Vec<_> = wanted.iter().map(|its| stretches(&all[its.at])).collect();
    let usual = usual(asked.iter().map(|(days, _)| days));
    let (panel, totals) = learned(&wanted, &usual, threads);
    // Only now: to a model of all, a SKU or a node would be a name by which to learn a past by heart.
    let names = Arc::from(NAMES.map(str::to_owned));
    let wanted = wanted.into_iter().map(|its| its.told(&names));
    let wanted = wanted.collect::<Result<Vec<_>, _>>()?;
    let pasts: Vec<Past<'_>> = series(&wanted).map(|its| its.series.past()).collect();
    let (strict, panel) = (panel.clone().welcoming(&[]), panel.welcoming(&pasts));
    let summing = totals.into_iter().fold(panel.clone(), Panel::with_totals);
    let jobs = wanted.iter().zip(&asked).map(|(Wanted { demand, may_sell, .. }, asked)| {
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
    for (its, outlook) in wanted.iter().zip(outlooks) {
        all[its.at].outlook = outlook;
    }
    placed(all)?;
    for (its, Job { demand, panel, .. }) in wanted.iter().zip(&jobs) {
        if let Some(days) = all[its.at].service_days {
            all[its.at].outlook.sum(panel, demand, days.bridged as usize)?;
        }
    }
    Ok(())
}

/// What all series of these teach each other, and models of so many days of them.
fn learned(
    wanted: &[Wanted],
    usual: &BTreeSet<usize>,
    threads: usize,
) -> (Panel, Vec<Arc<TotalModel>>) {
    let levels = Levels::default();
    let pasts: Vec<_> = series(wanted).map(|its| (its.series.past(), its.horizon)).collect();
    let panel = Panel::learned(&pasts, &levels, Model::Auto, threads);
    let pasts: Vec<Past<'_>> = pasts.into_iter().map(|(past, _)| past).collect();
    let total = |days: &usize| TotalModel::learn(&panel, &pasts, *days, &levels, threads);
    let totals = usual.iter().map(|days| Arc::new(total(days))).collect();
    (panel, totals)
}

/// Those that have a past.
fn series(wanted: &[Wanted]) -> impl Iterator<Item = &ToForecast> {
    wanted.iter().filter_map(|its| match &its.demand {
        Demand::Series(its) => Some(its),
        Demand::Newcomer(_) => None,
    })
}

/// The demand of a place, by its number, and what the place is.
struct Wanted {
    at: usize,
    demand: Demand,
    /// Whether others speak for it where it has hardly begun.
    may_sell: bool,
    facts: Vec<String>,
}

impl Wanted {
    /// The same whose demand knows what the place is.
    fn told(self, names: &Arc<[String]>) -> Result<Self, SeriesError> {
        let demand = self.demand.with_attributes(Arc::clone(names), self.facts)?;
        Ok(Self { demand, facts: Vec::new(), ..self })
    }
}

/// Each place that is planned for and may want something; of all others nothing is expected.
fn wanted(
    all: &mut [Stocked],
    (span, master): (&Span<'_>, &Master),
    ahead: usize,
) -> Result<Vec<Wanted>, NotReplenished> {
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
        let demand = match span.series(&its.sku, &nodes, &its.days, horizon)? {
            Some(series) => Demand::Series(ToForecast { series, horizon }),
            None if facts.may_begin(its) => {
                Demand::Newcomer(span.newcomer(&its.sku, &nodes, horizon)?)
            }
            None => continue,
        };
        let may_sell = facts.may_sell(its);
        wanted.push(Wanted { at, demand, may_sell, facts: facts.of_place(its) });
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
            all(&[(&[7, 14], 25), (&[2, 9], 30), (&[3, 10], 20)]),
            [2, 7, 9, 14].map(|days| days)
        );
        assert_eq!(all(&[(&[7, 14], 50), (&[1, 2, 3], 40), (&[7], 20)]), [7, 14]);
        assert!(all(&[(&[1, 2, 3, 4, 5], 99)]).len() <= MOST_TOTALS);
    }
}
