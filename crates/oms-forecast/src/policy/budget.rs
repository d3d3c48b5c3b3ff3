//! More is wanted than there is money for: the orders that help most.
//!
//! Each further case of an item helps less than the one before, so cases are bought by what they bring for the money,
//! the best first. Had cases no size, that would be the best there is; so the part of the first one that does not fit says
//! how far off this can be at most.
//!
//! # Source
//! Everett, *Generalized Lagrange multiplier method*, Operations Research 11, 1963.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::distribution::Distribution;
use super::error::{PolicyError, above_zero, not_negative, number};
use super::newsvendor::mismatch;
use super::rounding::OrderRule;

/// Cases that are looked at over all items.
pub const MOST_STEPS_BOUGHT: usize = 10_000_000;

/// An item that could be ordered.
#[derive(Clone, Debug)]
pub struct Offer<'a> {
    /// Demand while the order protects.
    pub demand: &'a Distribution,
    /// Units there are already, on hand and on order, less those owed.
    pub position: f64,
    /// What a unit costs to buy.
    pub unit_cost: f64,
    /// What a unit costs that is left.
    pub holding_cost: f64,
    /// What a unit costs that is missed.
    pub stockout_cost: f64,
    /// What its source sells at a time.
    pub rule: OrderRule,
}

/// What is bought.
#[derive(Clone, Debug, PartialEq)]
pub struct Bought {
    /// Units by offer.
    pub units: Vec<u64>,
    /// Money spent; at most the budget.
    pub spent: f64,
    /// Expected cost saved.
    pub benefit: f64,
    /// No plan within the budget saves more than this.
    pub bound: f64,
    /// Expected cost that the last unit of money would save: what more budget is worth.
    pub worth: f64,
}

/// The orders that save most expected cost within a budget.
///
/// # Law
/// `spent <= budget` and `benefit <= bound`; with a budget for all, each offer gets its newsvendor quantity.
///
/// # Errors
/// [`PolicyError`] where a cost is not above 0, or there are more than [`MOST_STEPS_BOUGHT`] cases.
///
/// # Example
/// ```
/// use oms_forecast::policy::{Distribution, Offer, OrderRule, within_budget};
///
/// let (often, rarely) = (Distribution::poisson(9.0)?, Distribution::poisson(1.0)?);
/// let offer = |demand| Offer {
///     demand, position: 0.0, unit_cost: 1.0, holding_cost: 1.0, stockout_cost: 9.0, rule: OrderRule::default(),
/// };
/// let bought = within_budget(&[offer(&often), offer(&rarely)], 9.0)?;
/// assert_eq!(bought.units, [8, 1]);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn within_budget(offers: &[Offer<'_>], budget: f64) -> Result<Bought, PolicyError> {
    let budget = not_negative("budget", budget)?;
    let mut bought =
        Bought { units: vec![0; offers.len()], spent: 0.0, benefit: 0.0, bound: 0.0, worth: 0.0 };
    let mut steps = BinaryHeap::new();
    for (at, offer) in offers.iter().enumerate() {
        number("position", offer.position)?;
        above_zero("unit_cost", offer.unit_cost)?;
        above_zero("holding_cost", offer.holding_cost)?;
        above_zero("stockout_cost", offer.stockout_cost)?;
        steps.extend(offer.next(at, 0));
    }
    let mut full = false;
    let mut seen = 0;
    while let Some(step) = steps.pop() {
        seen += 1;
        if seen > MOST_STEPS_BOUGHT {
            let (what, instead) = ("the number of cases", "order in larger cases");
            let found = seen as f64;
            return Err(PolicyError::TooMuch { what, found, most: MOST_STEPS_BOUGHT, instead });
        }
        // Sums of many cases are off by a hair; that must not cost the last one.
        if bought.spent + step.cost > budget * (1.0 + 1e-12) {
            if !full {
                full = true;
                bought.worth = step.ratio;
                bought.bound = bought.benefit + step.ratio * (budget - bought.spent).max(0.0);
            }
            // Smaller cases of others may still fit.
            continue;
        }
        bought.spent += step.cost;
        bought.benefit += step.ratio * step.cost;
        bought.units[step.at] = step.to;
        steps.extend(offers[step.at].next(step.at, step.to));
    }
    if !full {
        bought.bound = bought.benefit;
    }
    Ok(bought)
}

impl Offer<'_> {
    /// The next case after `from` units; none where it would cost more than it saves.
    fn next(&self, at: usize, from: u64) -> Option<Step> {
        let to = self.rule.rounded(from as f64 + 1.0).units;
        if to <= from {
            return None;
        }
        let cost = |units: u64| {
            let stock = self.position + units as f64;
            mismatch(self.demand, self.holding_cost, self.stockout_cost, stock)
        };
        let saved = cost(from) - cost(to);
        let paid = (to - from) as f64 * self.unit_cost;
        (saved > 0.0).then(|| Step { ratio: saved / paid, cost: paid, at, to })
    }
}

/// The best for the money first; among equals the first offer.
#[derive(Debug)]
struct Step {
    ratio: f64,
    cost: f64,
    at: usize,
    to: u64,
}

impl Ord for Step {
    fn cmp(&self, other: &Self) -> Ordering {
        self.ratio.total_cmp(&other.ratio).then(other.at.cmp(&self.at))
    }
}

impl PartialOrd for Step {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Step {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Step {}
