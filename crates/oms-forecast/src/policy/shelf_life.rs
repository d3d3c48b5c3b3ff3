//! What spoils: no more than sells in time.
//!
//! Stock is sold oldest first. What is ordered up to a level is gone by its expiry where the demand from the order to the
//! expiry was as large as the level; so the expected rest is a bound on what one order throws away.
//!
//! # Source
//! The bound: Nahmias, *Perishable inventory theory: a review*, Operations Research 30, 1982.

use super::base_stock::least;
use super::distribution::Distribution;
use super::error::{PolicyError, not_negative};

/// Most that one order up to `level` is expected to throw away, by the demand from the order to the expiry.
#[must_use]
pub fn outdated(demand_to_expiry: &Distribution, level: f64) -> f64 {
    demand_to_expiry.left(level)
}

/// The largest level at which one order is not expected to throw away more than `tolerated` units, by the demand from the
/// order to the expiry. Whole where demand is.
///
/// # Errors
/// [`PolicyError`] where `tolerated` is below 0 or no number.
///
/// # Example
/// ```
/// use oms_forecast::policy::{Distribution, sold_before_expiry};
///
/// // 10 a day; five days from the order to the expiry; at most 2 % of a day's demand may spoil.
/// let cap = sold_before_expiry(&Distribution::poisson(50.0)?, 0.2)?;
/// assert!((cap - 39.0).abs() < 1e-9);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn sold_before_expiry(
    demand_to_expiry: &Distribution,
    tolerated: f64,
) -> Result<f64, PolicyError> {
    let tolerated = not_negative("tolerated waste", tolerated)?;
    let cap = least(demand_to_expiry.mean(), |level| outdated(demand_to_expiry, level) > tolerated);
    Ok(if demand_to_expiry.is_whole() { (cap + 1e-9).floor().max(0.0) } else { cap.max(0.0) })
}
