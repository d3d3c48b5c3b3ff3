//! (s, S) of any demand, however large: in lots of several units, so that it costs no more than in units of few.

use super::distribution::Distribution;
use super::error::{PolicyError, above_zero};
use super::reorder::{ReorderLevel, reorder_point_and_level};

/// Lots into which the demand of a cycle is cut.
const LOTS: f64 = 500.0;
/// What is rarer than this is not looked at.
const RARE: f64 = 1e-4;

/// The (s, S) of least cost by [`reorder_point_and_level`], reckoned in whole lots of so many units that a cycle has some 500
/// of them. `None` where so little is wanted in a period that there is nothing to reckon.
///
/// # Errors
/// [`PolicyError`] where a cost is not above 0.
///
/// # Cost
/// Grows with the square of the distance of both levels in lots, which is some hundreds.
///
/// # Example
/// ```
/// use oms_forecast::policy::{Distribution, reorder_levels};
///
/// let (week, three) = (Distribution::normal(7e5, 1e5)?, Distribution::normal(21e5, 2e5)?);
/// let best = reorder_levels(&week, &three, 0.1, 1.0, 2e6)?;
/// assert!(best.is_some_and(|best| best.order_up_to - best.reorder_point > 2_000_000));
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn reorder_levels(
    period: &Distribution,
    protection: &Distribution,
    holding_cost: f64,
    stockout_cost: f64,
    fixed_cost: f64,
) -> Result<Option<ReorderLevel>, PolicyError> {
    let fixed = above_zero("fixed_cost", fixed_cost)?;
    let holding = above_zero("holding_cost", holding_cost)?;
    let usual = (2.0 * fixed * period.mean().max(0.0) / holding).sqrt();
    let lot = (protection.quantile(1.0 - RARE).max(usual) / LOTS).ceil().max(1.0);
    let (period, protection) = (period.in_lots(lot, RARE)?, protection.in_lots(lot, RARE)?);
    // A demand that hardly ever comes has no lot left of it.
    if period.mean() <= 0.0 {
        return Ok(None);
    }
    let (holding, missed) = (holding * lot, stockout_cost * lot);
    let best = reorder_point_and_level(&period, &protection, holding, missed, fixed)?;
    let units = |lots: i64| (lots as f64 * lot) as i64;
    Ok(Some(ReorderLevel {
        reorder_point: units(best.reorder_point),
        order_up_to: units(best.order_up_to),
        cost_rate: best.cost_rate,
    }))
}
