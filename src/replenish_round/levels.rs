//! From stock and demand to what is needed, review by review.

use std::sync::Arc;

use oms_forecast::policy::{Distribution, OrderRule, OrderUpTo, PolicyError, sold_before_expiry};

use super::NotReplenished;
use super::stocked::Stocked;
use super::supply::SupplyReason;

/// Units that a SKU needs at a node, ordered on a day ahead.
#[derive(Debug)]
pub(super) struct Need {
    /// Its place among all.
    pub(super) at: usize,
    /// Days from the last known one.
    pub(super) day: u32,
    pub(super) units: u64,
    pub(super) why: SupplyReason,
}

/// What is needed at all reviews from now to `ahead` days on.
pub(super) fn needs(all: &[Stocked], ahead: usize) -> Result<Vec<Need>, NotReplenished> {
    let mut needs = Vec::new();
    for (at, its) in all.iter().enumerate().filter(|(_, its)| !its.agreed.skip) {
        let level =
            |why| NotReplenished::Level { sku: its.sku.clone(), node: its.node.clone(), why };
        let mut ordered = 0.0;
        let every = its.agreed.review_days as usize;
        for day in (0..=ahead).step_by(every) {
            let before = ordered - its.outlook.mean(0, day);
            let need = needed(at, its, day, before).map_err(level)?;
            if need.why.needed > 0 {
                ordered += need.units as f64;
                needs.push(need);
            }
        }
    }
    Ok(needs)
}

/// Demand while an order of a day ahead protects.
pub(super) fn protection(its: &Stocked, day: usize) -> Result<Distribution, PolicyError> {
    let further = its.agreed.review_days + its.onward_days;
    its.agreed.lead_time.demand(further, |days| its.outlook.over(day, days as usize))
}

fn needed(at: usize, its: &Stocked, day: usize, planned_before: f64) -> Result<Need, PolicyError> {
    let agreed = &its.agreed;
    let further = agreed.review_days + its.onward_days;
    let over = |days: u32| its.outlook.over(day, days as usize);
    let lead = agreed.lead_time.demand(0, over)?;
    let protection = protection(its, day)?;
    let protection_days = agreed.lead_time.mean() + f64::from(further);
    let forecast = protection.mean();
    let (mut safety_stock, mut spoils, mut fill_rate) = (0.0, 0.0, 1.0);
    if forecast > lead.mean() {
        let policy = OrderUpTo::new(&lead, &protection)?;
        let level = policy.level(agreed.service)?;
        safety_stock = level - forecast;
        if let Some(life) = agreed.shelf_life_days {
            let to_expiry = over(agreed.lead_time.quantile(0.5) + life)?;
            let sold = its.outlook.mean(day, agreed.review_days as usize);
            let cap = sold_before_expiry(&to_expiry, agreed.tolerated_waste * sold)?;
            spoils = (level - cap).max(0.0);
        }
        fill_rate = policy.fill_rate(level - spoils).clamp(0.0, 1.0);
    }
    let order_up_to = forecast + safety_stock - spoils;
    let inbound = its.inbound_within(day as f64 + protection_days);
    let position = its.on_hand as f64 + inbound as f64 + planned_before - its.owed as f64;
    let mut rounded = agreed.rule.rounded(order_up_to - position);
    if spoils > 0.0 {
        // Full cases are rounded down where a further one would spoil, unless there would be no order at all.
        let room = (order_up_to - position).max(0.0).floor() as u64;
        let most = Some(agreed.rule.most.map_or(room, |most| most.min(room)));
        let fresh = OrderRule { most, ..agreed.rule }.rounded(order_up_to - position);
        if fresh.units >= agreed.rule.minimum.max(1) {
            rounded = fresh;
        }
    }
    let why = SupplyReason {
        days_seen: its.outlook.days_seen,
        days_out_of_stock: its.outlook.days_out,
        models: Arc::clone(&its.outlook.models),
        lead_time_days: agreed.lead_time.mean(),
        protection_days,
        forecast,
        safety_stock,
        spoils,
        order_up_to,
        fill_rate,
        on_hand: its.on_hand,
        inbound,
        planned_before,
        owed: its.owed,
        position,
        needed: rounded.needed,
        to_minimum: rounded.to_minimum,
        to_multiple: rounded.to_multiple,
        above_most: rounded.above_most,
        short_at_source: 0,
        over_budget: 0,
    };
    let day = u32::try_from(day).unwrap_or(u32::MAX);
    Ok(Need { at, day, units: rounded.units, why })
}
