//! From stock and demand to what is needed, review by review.

use std::sync::Arc;

use oms_forecast::policy::{
    Distribution, OrderRule, OrderUpTo, PolicyError, ReorderLevel, reorder_levels,
    sold_before_expiry,
};

use super::NotReplenished;
use super::placement::echelon_level;
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

/// What a SKU at a node needs at all reviews from now to `ahead` days on.
pub(super) fn needs(
    all: &[Stocked],
    at: usize,
    ahead: usize,
    needs: &mut Vec<Need>,
) -> Result<(), NotReplenished> {
    let its = &all[at];
    let mut ordered = 0.0;
    for day in (0..=ahead).step_by(its.agreed.review_days as usize) {
        let before = ordered - its.outlook.mean(0, day);
        let need = Level::of(all, at, day)?.needed(its, (at, day), before);
        if need.why.needed > 0 {
            ordered += need.units as f64;
            needs.push(need);
        }
    }
    Ok(())
}

/// Demand while an order of a day ahead protects.
pub(super) fn protection(its: &Stocked, day: usize) -> Result<Distribution, PolicyError> {
    let further = its.agreed.review_days + its.onward_days;
    its.agreed.lead_time.demand(further, |days| its.outlook.over(day, days as usize))
}

/// What a SKU at a node is to have on a day ahead, whatever stands there.
#[derive(Debug, Default)]
pub(super) struct Level {
    forecast: f64,
    safety_stock: f64,
    cycle_stock: f64,
    reorder_point: Option<f64>,
    spoils: f64,
    fill_rate: f64,
}

fn level(all: &[Stocked], at: usize, day: usize) -> Result<Level, PolicyError> {
    let its = &all[at];
    let agreed = &its.agreed;
    let over = |days: u32| its.outlook.over(day, days as usize);
    let lead = agreed.lead_time.demand(0, over)?;
    let protection = protection(its, day)?;
    let mut level = Level { forecast: protection.mean(), fill_rate: 1.0, ..Level::default() };
    if level.forecast <= 0.0 {
        return Ok(level);
    }
    // Where next to nothing is wanted between two reviews, the chance that a cycle passes is all that can be told.
    let policy = OrderUpTo::new(&lead, &protection).ok();
    let target = match policy {
        Some(policy) => policy.level(agreed.service)?,
        None => protection.quantile(agreed.service.target()?),
    };
    level.safety_stock = target - level.forecast;
    if let Some((forecast, safety_stock)) = echelon_level(all, at, day)? {
        (level.forecast, level.safety_stock) = (forecast, safety_stock);
    } else if let Some(best) = seldom(its, &over(agreed.review_days)?, &protection)? {
        let most = best.order_up_to as f64;
        level.cycle_stock = (most - level.forecast - level.safety_stock).max(0.0);
        level.reorder_point = Some(best.reorder_point as f64);
    }
    let held = level.forecast + level.safety_stock + level.cycle_stock;
    if let Some(life) = agreed.shelf_life_days {
        let to_expiry = over(agreed.lead_time.quantile(0.5) + life)?;
        let sold = its.outlook.mean(day, agreed.review_days as usize);
        let cap = sold_before_expiry(&to_expiry, agreed.tolerated_waste * sold)?;
        level.spoils = (held - cap).max(0.0);
    }
    if let Some(policy) = policy {
        level.fill_rate = policy.fill_rate(held - level.spoils).clamp(0.0, 1.0);
    }
    Ok(level)
}

/// From which position on to order and up to which, where an order costs something: what a unit missed costs is what makes
/// the service that is wanted the cheapest one.
fn seldom(
    its: &Stocked,
    period: &Distribution,
    protection: &Distribution,
) -> Result<Option<ReorderLevel>, PolicyError> {
    let agreed = &its.agreed;
    let costs = agreed.order_cost.zip(agreed.holding_cost);
    let Some((fixed, daily)) = costs.filter(|(fixed, daily)| *fixed > 0.0 && *daily > 0.0) else {
        return Ok(None);
    };
    let holding = daily * f64::from(agreed.review_days);
    // A service of next to nothing would let customers wait for ever.
    let target = agreed.service.target()?.clamp(0.01, 0.999_999);
    let missed = holding * target / (1.0 - target);
    reorder_levels(period, protection, holding, missed, fixed)
}

impl Level {
    /// At a place, on a day ahead.
    pub(super) fn of(all: &[Stocked], at: usize, day: usize) -> Result<Self, NotReplenished> {
        level(all, at, day).map_err(|why| all[at].fails(why))
    }

    /// What is needed at a review at this place, on this day.
    pub(super) fn needed(
        &self,
        its: &Stocked,
        (at, day): (usize, usize),
        planned_before: f64,
    ) -> Need {
        let agreed = &its.agreed;
        let &Level { forecast, safety_stock, cycle_stock, reorder_point, spoils, fill_rate } = self;
        let protection_days = its.protection_days();
        let order_up_to = forecast + safety_stock + cycle_stock - spoils;
        let inbound = its.inbound_within(day as f64 + protection_days);
        let position = its.position(day, planned_before);
        let is_due = reorder_point.is_none_or(|point| position <= point.min(order_up_to));
        let missing = if is_due { order_up_to - position } else { 0.0 };
        let mut rounded = agreed.rule.rounded(missing);
        if is_due && spoils > 0.0 {
            // Full cases are rounded down where a further one would spoil, unless there would be no order at all.
            let room = (order_up_to - position).max(0.0).floor() as u64;
            let most = Some(agreed.rule.most.map_or(room, |most| most.min(room)));
            let fresh = OrderRule { most, ..agreed.rule }.rounded(order_up_to - position);
            if fresh.units >= agreed.rule.minimum.max(1) {
                rounded = fresh;
            }
        }
        let why = SupplyReason {
            days_seen: its.days.wanted.len() - its.days.unknown(),
            days_out_of_stock: its.days.unknown(),
            days_recovered: its.days.recovered,
            days_promoted: its.promoted(day, protection_days.round() as usize),
            models: Arc::clone(&its.outlook.models),
            alike: Arc::clone(&its.outlook.alike),
            service_days: its.service_days,
            lead_time_days: agreed.lead_time.mean(),
            protection_days,
            forecast,
            safety_stock,
            cycle_stock,
            reorder_point,
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
        Need { at, day, units: rounded.units, why }
    }
}
