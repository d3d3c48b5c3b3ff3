//! Where along a chain of nodes safety stock lies: the policy names a `holding_cost` for every node of it, and each node then
//! serves within the days, and holds the stock, that cost least together (guaranteed service).

use oms_forecast::policy::{PolicyError, StockNode, guaranteed_service, normal_quantile};
use serde::Serialize;

use super::NotReplenished;
use super::stocked::Stocked;

/// Days whose variance tells that of one: demand of a week hangs together.
const WEEK: usize = 7;
/// The least share for which a bound above the mean is held.
const LEAST_TARGET: f64 = 0.51;

/// The service times of a node in its chain, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceDays {
    /// After which its goods come from the node before.
    pub inbound: u32,
    /// Within which it serves the nodes after it.
    pub outbound: u32,
    /// That its stock must bridge.
    pub bridged: u32,
}

/// Tells every node of a chain that the policy prices what it bridges.
pub(super) fn placed(all: &mut [Stocked]) -> Result<(), NotReplenished> {
    let roots: Vec<usize> = (0..all.len())
        .filter(|at| all[*at].giver.is_none() && all[*at].members.len() > 1)
        .collect();
    for root in roots {
        // A root's members are all nodes of its tree.
        let places: Vec<usize> = all[root].members.iter().map(|(at, _)| *at).collect();
        let priced = places.iter().all(|at| all[*at].agreed.holding_cost.is_some());
        if !priced {
            continue;
        }
        let stages: Vec<StockNode> = places.iter().map(|at| stage(all, *at, &places)).collect();
        let placement = guaranteed_service(&stages).map_err(|why| all[root].fails(why))?;
        for (at, its) in places.iter().zip(placement.committed) {
            all[*at].service_days = Some(ServiceDays {
                inbound: its.inbound,
                outbound: its.outbound,
                bridged: its.net_lead_time,
            });
        }
    }
    Ok(())
}

fn stage(all: &[Stocked], at: usize, places: &[usize]) -> StockNode {
    let its = &all[at];
    let agreed = &its.agreed;
    let target = agreed.service.target().unwrap_or(LEAST_TARGET).max(LEAST_TARGET);
    let successors = places.iter().enumerate().filter(|(_, place)| all[**place].giver == Some(at));
    let variance = |at: usize| all[at].outlook.variance(WEEK) / WEEK as f64;
    let supplied: f64 = all[at]
        .members
        .iter()
        .filter(|(member, _)| *member != at && all[*member].members.len() == 1)
        .map(|(member, _)| variance(*member))
        .sum();
    let sells = its.members.last().is_some_and(|(_, usual)| *usual > 0.0);
    let own = if sells { (variance(at) - supplied).max(0.0) } else { 0.0 };
    StockNode {
        processing_time: agreed.lead_time.quantile(target).saturating_add(agreed.review_days),
        holding_cost: agreed.holding_cost.unwrap_or_default(),
        external_inbound: 0,
        external_outbound: (sells || its.members.len() == 1).then_some(agreed.wait_days),
        demand_bound_constant: normal_quantile(target),
        demand_deviation: own.sqrt(),
        successors: successors.map(|(place, _)| place).collect(),
    }
}

/// What a node of a placed chain is to have, with all that it supplies: forecast and safety stock.
pub(super) fn echelon_level(
    all: &[Stocked],
    at: usize,
    day: usize,
) -> Result<Option<(f64, f64)>, PolicyError> {
    if all[at].service_days.is_none() {
        return Ok(None);
    }
    let (mut forecast, mut safety) = (0.0, 0.0);
    for (member, _) in &all[at].members {
        let its = &all[*member];
        let bridged = its.service_days.map_or(0, |days| days.bridged);
        let demand = its.outlook.over(day, bridged as usize)?;
        let level = demand.quantile(its.agreed.service.target()?).max(demand.mean());
        forecast += demand.mean();
        safety += level - demand.mean();
    }
    Ok(Some((forecast, safety)))
}
