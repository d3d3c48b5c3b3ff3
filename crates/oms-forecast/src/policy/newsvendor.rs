//! One order for one stretch of time: the newsvendor.
//!
//! # Source
//! Arrow, Harris and Marschak, *Optimal inventory policy*, Econometrica 19, 1951.

use super::distribution::Distribution;
use super::error::{PolicyError, above_zero};

/// How much to have, and what that is expected to cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Newsvendor {
    /// Units to have at the start.
    pub base_stock: f64,
    /// Expected cost of what is left and of what is missed.
    pub cost: f64,
    /// The share of chances in which it is enough that cost asks for: missed over missed and left.
    pub critical_ratio: f64,
}

/// The stock of least expected cost, where a unit left costs `holding_cost` and a unit missed `stockout_cost`.
///
/// # Errors
/// [`PolicyError`] where a cost is not above 0.
///
/// # Example
/// ```
/// use oms_forecast::policy::{Distribution, newsvendor};
///
/// let papers = newsvendor(&Distribution::normal(50.0, 8.0)?, 0.18, 0.70)?;
/// assert!((papers.base_stock - 56.6).abs() < 0.01);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn newsvendor(
    demand: &Distribution,
    holding_cost: f64,
    stockout_cost: f64,
) -> Result<Newsvendor, PolicyError> {
    let holding_cost = above_zero("holding_cost", holding_cost)?;
    let stockout_cost = above_zero("stockout_cost", stockout_cost)?;
    let critical_ratio = stockout_cost / (stockout_cost + holding_cost);
    let base_stock = demand.quantile(critical_ratio);
    let cost = mismatch(demand, holding_cost, stockout_cost, base_stock);
    Ok(Newsvendor { base_stock, cost, critical_ratio })
}

/// Expected cost of having `x`.
pub(crate) fn mismatch(demand: &Distribution, holding: f64, stockout: f64, x: f64) -> f64 {
    holding * demand.left(x) + stockout * demand.loss(x)
}
