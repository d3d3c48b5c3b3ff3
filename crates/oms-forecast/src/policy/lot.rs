//! How much at a time, where demand is steady: economic order quantities.
//!
//! An order costs a fixed sum, and what lies there costs by the unit and the time. The best quantity makes both costs
//! equal, and is forgiving: twice as much or half of it costs a quarter more.
//!
//! # Source
//! Harris, *How many parts to make at once*, Factory 10, 1913; production: Taft 1918; discounts on all units: Hadley and
//! Whitin, *Analysis of Inventory Systems*, 1963.

use super::error::{PolicyError, above_zero, not_negative};

/// A quantity and what it costs by the unit of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lot {
    /// Units to order at a time.
    pub order_quantity: f64,
    /// Fixed, holding, stock-out and, with discounts, purchase cost, by the unit of time.
    pub cost_rate: f64,
    /// Share of demand that waits; 0 where none may.
    pub stockout_fraction: f64,
}

/// The economic order quantity.
///
/// # Errors
/// [`PolicyError`] where a value is not above 0.
///
/// # Example
/// ```
/// use oms_forecast::policy::lot;
///
/// let best = lot::economic(8.0, 0.225, 1_300.0)?;
/// assert!((best.order_quantity - 304.05).abs() < 0.01);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn economic(fixed_cost: f64, holding_cost: f64, demand_rate: f64) -> Result<Lot, PolicyError> {
    let (k, h, d) = costs(fixed_cost, holding_cost, demand_rate)?;
    let order_quantity = (2.0 * k * d / h).sqrt();
    Ok(Lot { order_quantity, cost_rate: (2.0 * k * d * h).sqrt(), stockout_fraction: 0.0 })
}

/// With customers who wait, at a cost for each unit and time.
///
/// # Errors
/// [`PolicyError`] where a value is not above 0.
pub fn with_backorders(
    fixed_cost: f64,
    holding_cost: f64,
    stockout_cost: f64,
    demand_rate: f64,
) -> Result<Lot, PolicyError> {
    let (k, h, d) = costs(fixed_cost, holding_cost, demand_rate)?;
    let p = above_zero("stockout_cost", stockout_cost)?;
    let order_quantity = (2.0 * k * d * (h + p) / (h * p)).sqrt();
    let cost_rate = (2.0 * k * d * h * p / (h + p)).sqrt();
    Ok(Lot { order_quantity, cost_rate, stockout_fraction: h / (h + p) })
}

/// With goods that come at a rate, not at once.
///
/// # Errors
/// [`PolicyError`] where a value is not above 0, or not more is made than sold.
pub fn produced(
    fixed_cost: f64,
    holding_cost: f64,
    demand_rate: f64,
    production_rate: f64,
) -> Result<Lot, PolicyError> {
    let (k, h, d) = costs(fixed_cost, holding_cost, demand_rate)?;
    if !(production_rate > d && production_rate.is_finite()) {
        let wanted = "a rate above that of demand";
        let name = "production_rate";
        return Err(PolicyError::Value { name, found: production_rate, wanted });
    }
    economic(k, h * (1.0 - d / production_rate), d)
}

/// With a price for all units that falls at breakpoints: `unit_costs[i]` from `breakpoints[i]` units on.
///
/// The holding cost is a share of the unit cost.
///
/// # Errors
/// [`PolicyError`] where a value is out of range, the first breakpoint is not 0, or they do not rise.
pub fn with_discounts(
    fixed_cost: f64,
    holding_cost_rate: f64,
    demand_rate: f64,
    breakpoints: &[f64],
    unit_costs: &[f64],
) -> Result<Lot, PolicyError> {
    let (k, rate, d) = costs(fixed_cost, holding_cost_rate, demand_rate)?;
    if breakpoints.is_empty() || breakpoints.len() != unit_costs.len() {
        let (name, found) = ("number of breakpoints", breakpoints.len() as f64);
        return Err(PolicyError::Value {
            name,
            found,
            wanted: "one for each unit cost, from 0 on",
        });
    }
    let mut best: Option<Lot> = None;
    for (at, (&from, &unit_cost)) in breakpoints.iter().zip(unit_costs).enumerate() {
        let from = not_negative("breakpoint", from)?;
        let unit_cost = above_zero("unit_cost", unit_cost)?;
        let before = at.checked_sub(1);
        if before.map_or(from > 0.0, |before| from <= breakpoints[before]) {
            let wanted = "0 first, and then breakpoints that rise";
            return Err(PolicyError::Value { name: "breakpoint", found: from, wanted });
        }
        if before.is_some_and(|before| unit_cost > unit_costs[before]) {
            let wanted = "unit costs that do not rise with the quantity";
            return Err(PolicyError::Value { name: "unit_cost", found: unit_cost, wanted });
        }
        let h = rate * unit_cost;
        // Where the best quantity is too small for this price, its breakpoint is the best that has it; where it is so
        // large that the next price holds, that one is cheaper.
        let quantity = (2.0 * k * d / h).sqrt().max(from);
        let cost_rate = unit_cost * d + k * d / quantity + h * quantity / 2.0;
        let lot = Lot { order_quantity: quantity, cost_rate, stockout_fraction: 0.0 };
        let holds = breakpoints.get(at + 1).is_none_or(|next| quantity < *next);
        if holds && best.is_none_or(|best| cost_rate < best.cost_rate) {
            best = Some(lot);
        }
    }
    // The last price holds for any quantity, so there is a best one.
    best.map_or_else(|| economic(k, rate, d), Ok)
}

fn costs(fixed: f64, holding: f64, demand: f64) -> Result<(f64, f64, f64), PolicyError> {
    let fixed = above_zero("fixed_cost", fixed)?;
    let holding = above_zero("holding_cost", holding)?;
    Ok((fixed, holding, above_zero("demand_rate", demand)?))
}
