//! All forecasts of a round: a panel of all series, asked for each.

use std::num::NonZero;

use oms_core::words::LocationId;
use oms_forecast::{Levels, Model, Panel, ToForecast, shared_out};

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

/// A place's demand, whether it is forecast by others where it has hardly begun, and what [`stretches`] says of it.
type Job<'a> = (&'a Demand, bool, (Vec<usize>, Option<usize>));

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
    let panel =
        Panel::learned(&pasts.collect::<Vec<_>>(), &Levels::default(), Model::Auto, threads);
    let strict = panel.clone().welcoming(&[]);
    let panel_of = |may_sell: bool| if may_sell { &panel } else { &strict };
    let jobs =
        wanted.iter().map(|(at, demand, may_sell)| (demand, *may_sell, stretches(&all[*at])));
    let jobs: Vec<Job<'_>> = jobs.collect();
    let mut outlooks: Vec<Outlook> = Vec::with_capacity(jobs.len());
    for block in jobs.chunks(BLOCK * threads) {
        let done = shared_out(block, threads, |(demand, may_sell, (stretches, alone))| {
            Outlook::of(panel_of(*may_sell), demand, (stretches, *alone))
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
    for (at, demand, may_sell) in &wanted {
        if let Some(days) = all[*at].service_days {
            all[*at].outlook.sum(panel_of(*may_sell), demand, days.bridged as usize)?;
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
fn stretches(its: &Stocked) -> (Vec<usize>, Option<usize>) {
    let agreed = &its.agreed;
    let further = agreed.review_days + its.onward_days;
    let leads = agreed.lead_time.periods().iter().flat_map(|(days, _)| [*days, days + further]);
    let life = agreed.shelf_life_days.map(|life| agreed.lead_time.quantile(0.5) + life);
    (leads.map(|days| days as usize).collect(), life.map(|days| days as usize))
}
