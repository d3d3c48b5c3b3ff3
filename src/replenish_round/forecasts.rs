//! All forecasts of a round: a panel of all series, asked for each.

use std::num::NonZero;

use oms_core::words::LocationId;
use oms_forecast::{Levels, Model, Panel, ToForecast, shared_out};

use super::NotReplenished;
use super::days::Span;
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

/// A series, and what [`stretches`] says of it.
type Job<'a> = (&'a ToForecast, (Vec<usize>, Option<usize>));

/// Forecasts all, so many days ahead and a stretch.
pub(super) fn forecast_all(
    all: &mut [Stocked],
    span: &Span<'_>,
    ahead: usize,
    threads: NonZero<u16>,
    watch: &mut dyn FnMut(usize, usize),
) -> Result<(), NotReplenished> {
    let (mut places, mut wanted) = (Vec::new(), Vec::new());
    for at in 0..all.len() {
        let horizon = ahead + stretch(&all[at]);
        if all[at].agreed.skip {
            continue;
        }
        let its = &all[at];
        let nodes: Vec<(&LocationId, f64)> =
            its.members.iter().map(|(at, usual)| (&all[*at].node, *usual)).collect();
        let series = span.series(&its.sku, &nodes, &its.days, horizon)?;
        let promoted = span.promoted(&its.sku, &nodes, horizon);
        all[at].promoted = promoted;
        match series {
            Some(series) => {
                places.push(at);
                wanted.push(ToForecast { series, horizon });
            }
            None => all[at].outlook = Outlook::unknown(horizon),
        }
    }
    let threads = usize::from(threads.get());
    let pasts: Vec<_> =
        wanted.iter().map(|wanted| (wanted.series.past(), wanted.horizon)).collect();
    let panel = Panel::learned(&pasts, &Levels::default(), Model::Auto, threads);
    let jobs: Vec<Job<'_>> =
        wanted.iter().zip(&places).map(|(wanted, at)| (wanted, stretches(&all[*at]))).collect();
    let mut outlooks: Vec<Outlook> = Vec::with_capacity(jobs.len());
    for block in jobs.chunks(BLOCK * threads) {
        let done = shared_out(block, threads, |(wanted, (stretches, alone))| {
            Outlook::of(&panel, wanted, (stretches, *alone))
        });
        for outlook in done {
            outlooks.push(outlook?);
        }
        watch(outlooks.len(), jobs.len());
    }
    for (at, outlook) in places.iter().zip(outlooks) {
        all[*at].outlook = outlook;
    }
    placed(all)?;
    for (at, wanted) in places.iter().zip(&wanted) {
        if let Some(days) = all[*at].service_days {
            all[*at].outlook.sum(&panel, wanted, days.bridged as usize)?;
        }
    }
    Ok(())
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
