//! In which periods to order, where demand is known and differs: lot sizing.
//!
//! # Source
//! Wagner and Whitin, *Dynamic version of the economic lot size model*, Management Science 5, 1958; Silver and Meal, *A
//! heuristic for selecting lot size quantities*, Production and Inventory Management 14, 1973.

use super::error::{PolicyError, above_zero, not_negative};

/// Periods of one plan.
pub const MOST_PERIODS: usize = 10_000;

/// What to order in each period.
#[derive(Clone, Debug, PartialEq)]
pub struct LotPlan {
    /// Units to order, by period.
    pub orders: Vec<f64>,
    /// Fixed cost of the orders, and holding cost of what lies over the end of a period.
    pub cost: f64,
}

/// The plan of least cost, without a unit missed.
///
/// # Errors
/// [`PolicyError`] where a cost is not above 0, a demand below 0, or there are more than [`MOST_PERIODS`].
///
/// # Cost
/// The square of the number of periods.
///
/// # Example
/// ```
/// use oms_forecast::policy::wagner_whitin;
///
/// let plan = wagner_whitin(&[90.0, 120.0, 80.0, 70.0], 500.0, 2.0)?;
/// assert_eq!(plan.orders, [210.0, 0.0, 150.0, 0.0]);
/// assert!((plan.cost - 1_380.0).abs() < 1e-9);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn wagner_whitin(
    demand: &[f64],
    fixed_cost: f64,
    holding_cost: f64,
) -> Result<LotPlan, PolicyError> {
    checked(demand, fixed_cost, holding_cost)?;
    // Least cost of the first `to` periods, and where their last order stands.
    let mut best = vec![(0.0, 0)];
    for to in 1..=demand.len() {
        let (mut found, mut held, mut units) = ((f64::INFINITY, 0), 0.0, 0.0);
        for from in (0..to).rev() {
            // What is needed later lies one period longer than by an order one later.
            held += holding_cost * units;
            units += demand[from];
            let order = if units > 0.0 { fixed_cost } else { 0.0 };
            let cost = best[from].0 + order + held;
            if cost < found.0 {
                found = (cost, from);
            }
        }
        best.push(found);
    }
    let mut orders = vec![0.0; demand.len()];
    let mut to = demand.len();
    while to > 0 {
        let from = best[to].1;
        orders[from] = demand[from..to].iter().sum();
        to = from;
    }
    Ok(LotPlan { orders, cost: best[demand.len()].0 })
}

/// The plan of a planner who looks ahead as long as the average cost of a period falls. Rarely much dearer than
/// [`wagner_whitin`], and steadier when later demand changes.
///
/// # Errors
/// As [`wagner_whitin`].
pub fn silver_meal(
    demand: &[f64],
    fixed_cost: f64,
    holding_cost: f64,
) -> Result<LotPlan, PolicyError> {
    checked(demand, fixed_cost, holding_cost)?;
    let mut plan = LotPlan { orders: vec![0.0; demand.len()], cost: 0.0 };
    let mut from = 0;
    while from < demand.len() {
        if demand[from] <= 0.0 {
            from += 1;
            continue;
        }
        let (mut cost, mut len) = (fixed_cost, 1);
        while let Some(next) = demand.get(from + len) {
            let longer = cost + holding_cost * len as f64 * next;
            if longer / (len + 1) as f64 > cost / len as f64 {
                break;
            }
            (cost, len) = (longer, len + 1);
        }
        plan.orders[from] = demand[from..from + len].iter().sum();
        plan.cost += cost;
        from += len;
    }
    Ok(plan)
}

fn checked(demand: &[f64], fixed_cost: f64, holding_cost: f64) -> Result<(), PolicyError> {
    above_zero("fixed_cost", fixed_cost)?;
    above_zero("holding_cost", holding_cost)?;
    if demand.len() > MOST_PERIODS {
        let (what, instead) = ("the number of periods", "plan fewer of them at a time");
        let found = demand.len() as f64;
        return Err(PolicyError::TooMuch { what, found, most: MOST_PERIODS, instead });
    }
    demand.iter().try_for_each(|units| not_negative("demand", *units).map(drop))
}
