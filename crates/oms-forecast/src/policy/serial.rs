//! Where along a chain of stages to keep stock, when each stage serves as well as it can.
//!
//! Goods go from an outside supplier through all stages to the customer, who waits for what is missing. The best policy
//! keeps the stock of each stage and of all after it together (its echelon) up to a level; the levels come one after
//! another, from the customer up.
//!
//! # Source
//! Clark and Scarf, *Optimal policies for a multi-echelon inventory problem*, Management Science 6, 1960; the recursion:
//! Chen and Zheng, Management Science 40, 1994; bounds: Shang and Song, *Newsvendor bounds and heuristic for optimal
//! policies in serial supply chains*, Management Science 49, 2003.

use super::counts::Counts;
use super::distribution::Distribution;
use super::error::{PolicyError, above_zero, not_negative};

/// Points at which a cost is reckoned.
pub const MOST_LATTICE: usize = 200_000;
/// Points in a standard deviation of the least uncertain stage, where demand is no count.
const FINE: f64 = 100.0;
/// What is rarer than this is left out where demand is no count.
const RARE: f64 = 1e-13;

/// A stage; the first one faces the customer.
#[derive(Clone, Debug)]
pub struct SerialStage {
    /// What a unit's holding cost rises by on arriving here.
    pub echelon_holding_cost: f64,
    /// Demand while goods come from the stage before.
    pub lead_time_demand: Distribution,
}

/// Levels, and their cost.
#[derive(Clone, Debug, PartialEq)]
pub struct SerialPlan {
    /// Units on hand here and everywhere after, and on the way between, less those owed; by stage.
    pub echelon_base_stock: Vec<f64>,
    /// Expected cost of stock and of customers who wait, by the unit of time; what is under way counts too.
    pub cost_rate: f64,
}

/// The levels of least cost: exact for counts, on a fine lattice otherwise.
///
/// # Errors
/// [`PolicyError`] where a cost is out of range, or demand spreads over more than [`MOST_LATTICE`] points.
///
/// # Cost
/// For each stage, the points of its lead time's demand times those of all.
///
/// # Example
/// ```
/// use oms_forecast::policy::{Distribution, SerialStage, serial_system};
///
/// let stage = SerialStage { echelon_holding_cost: 0.25, lead_time_demand: Distribution::poisson(4.0)? };
/// let best = serial_system(&vec![stage; 4], 9.0)?;
/// assert_eq!(best.echelon_base_stock, [8.0, 13.0, 18.0, 22.0]);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn serial_system(
    stages: &[SerialStage],
    stockout_cost: f64,
) -> Result<SerialPlan, PolicyError> {
    let (unit, demands) = lattice(stages)?;
    let all: f64 = stages.iter().map(|stage| stage.echelon_holding_cost).sum();
    let missed = above_zero("stockout_cost", stockout_cost)? + all;
    let low: i64 = demands.iter().map(|demand| demand.low().min(0)).sum();
    let high: i64 = demands.iter().map(|demand| demand.high().max(0)).sum();
    let points = usize::try_from(high - low + 1).unwrap_or(usize::MAX);
    if points > MOST_LATTICE {
        let (what, instead) = ("the number of points", "reckon in cases");
        return Err(PolicyError::TooMuch {
            what,
            found: points as f64,
            most: MOST_LATTICE,
            instead,
        });
    }
    // What the customer side costs, by echelon stock; below the lattice a straight line.
    let mut cost: Vec<f64> = (low..=high).map(|x| missed * unit * (-x as f64).max(0.0)).collect();
    let mut slope = -missed * unit;
    let mut plan = SerialPlan { echelon_base_stock: Vec::new(), cost_rate: 0.0 };
    for (stage, demand) in stages.iter().zip(&demands) {
        let holding = stage.echelon_holding_cost * unit;
        slope += holding;
        for (x, cost) in (low..=high).zip(cost.iter_mut()) {
            *cost += holding * x as f64;
        }
        cost = expected(&cost, slope, demand);
        let best =
            cost.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(at, _)| at);
        plan.echelon_base_stock.push((low + best as i64) as f64 * unit);
        plan.cost_rate = cost[best];
        // What the stage before cannot fill beyond the level is left there.
        let least = plan.cost_rate;
        cost[best..].fill(least);
    }
    Ok(plan)
}

/// Expected cost after the demand, by stock before it.
fn expected(cost: &[f64], slope: f64, demand: &Counts) -> Vec<f64> {
    let at = |x: i64| match usize::try_from(x) {
        Ok(x) => cost[x.min(cost.len() - 1)],
        Err(_) => cost[0] + slope * x as f64,
    };
    let sum = |y: i64| demand.mass().iter().zip(demand.low()..).map(|(p, d)| p * at(y - d)).sum();
    (0..cost.len() as i64).map(sum).collect()
}

/// The unit in which to reckon, and the demands as counts of it.
fn lattice(stages: &[SerialStage]) -> Result<(f64, Vec<Counts>), PolicyError> {
    let mut unit = 1.0;
    if !stages.iter().all(|stage| stage.lead_time_demand.is_whole()) {
        let spread = |stage: &SerialStage| {
            let d = &stage.lead_time_demand;
            (d.quantile(0.841_344_746) - d.quantile(0.158_655_254)) / 2.0
        };
        let least = stages.iter().map(spread).filter(|s| *s > 0.0).fold(f64::INFINITY, f64::min);
        unit = above_zero("deviation of a lead time's demand", least)? / FINE;
    }
    let mut demands = Vec::new();
    for stage in stages {
        not_negative("echelon_holding_cost", stage.echelon_holding_cost)?;
        demands.push(match &stage.lead_time_demand {
            Distribution::Counts(counts) if unit >= 1.0 => counts.clone(),
            other => rounded(other, unit)?,
        });
    }
    Ok((unit, demands))
}

/// A distribution as counts of a unit: each point has what lies nearest to it.
fn rounded(demand: &Distribution, unit: f64) -> Result<Counts, PolicyError> {
    let low = (demand.quantile(RARE) / unit).floor();
    let high = (demand.quantile(1.0 - RARE) / unit).ceil();
    let fits = high - low < MOST_LATTICE as f64;
    if !fits {
        let (what, instead) = ("the number of points", "take lead times of a like uncertainty");
        let found = high - low;
        return Err(PolicyError::TooMuch { what, found, most: MOST_LATTICE, instead });
    }
    let points = (high - low) as i64;
    let below = |k: i64| demand.cdf((low + k as f64 + 0.5) * unit);
    let mass = (0..=points).map(|k| (below(k) - below(k - 1)).max(0.0)).collect();
    Counts::of(low as i64, mass)
}

/// Bounds below and above on the echelon levels: newsvendors whose demand is that of all lead times up to a stage.
///
/// # Errors
/// [`PolicyError`] where a cost is out of range, or demand is no count.
///
/// # Example
/// ```
/// use oms_forecast::policy::{Distribution, SerialStage, serial_bounds};
///
/// let stage = SerialStage { echelon_holding_cost: 0.25, lead_time_demand: Distribution::poisson(4.0)? };
/// assert_eq!(serial_bounds(&vec![stage; 4], 9.0)?, [(8.0, 8.0), (13.0, 14.0), (17.0, 19.0), (21.0, 24.0)]);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn serial_bounds(
    stages: &[SerialStage],
    stockout_cost: f64,
) -> Result<Vec<(f64, f64)>, PolicyError> {
    let stockout_cost = above_zero("stockout_cost", stockout_cost)?;
    let (unit, demands) = lattice(stages)?;
    let all: f64 = stages.iter().map(|stage| stage.echelon_holding_cost).sum();
    let (mut sum, mut before) = (Counts::of(0, vec![1.0])?, 0.0);
    let mut bounds = Vec::new();
    for (stage, demand) in stages.iter().zip(&demands) {
        sum = sum.plus(demand)?;
        let after = all - before - stage.echelon_holding_cost;
        let level = |most: f64| {
            sum.quantile((stockout_cost + after) / (stockout_cost + most)) as f64 * unit
        };
        bounds.push((level(all), level(all - before)));
        before += stage.echelon_holding_cost;
    }
    Ok(bounds)
}
