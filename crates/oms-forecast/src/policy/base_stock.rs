//! Ordering up to a level, at every unit sold or at every review.
//!
//! # Source
//! Hadley and Whitin, *Analysis of Inventory Systems*, 1963; fill rates as in Silver, Pyke and Thomas, *Inventory and
//! Production Management in Supply Chains*, 4th ed.

use super::distribution::Distribution;
use super::error::{PolicyError, above_zero, share};
use super::newsvendor::{mismatch, newsvendor};

/// How good a service is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Service {
    /// The probability that a cycle passes without a unit missed.
    Cycle(f64),
    /// The share of units that are served from the shelf.
    Fill(f64),
}

impl Service {
    /// The share itself.
    ///
    /// # Errors
    /// [`PolicyError`] where it does not lie between 0 and 1.
    pub fn target(self) -> Result<f64, PolicyError> {
        match self {
            Self::Cycle(p) => share("cycle service", p),
            Self::Fill(p) => share("fill rate", p),
        }
    }
}

/// A level, what it costs, and how it serves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BaseStock {
    /// Units on hand and on order together, less those owed.
    pub base_stock: f64,
    /// Expected cost of stock and of customers who wait, by the unit of time.
    pub cost_rate: f64,
    /// Share of units that are served from the shelf.
    pub fill_rate: f64,
}

/// The best level under continuous review: each unit sold is ordered at once.
///
/// # Errors
/// [`PolicyError`] where a cost is not above 0.
///
/// # Example
/// ```
/// use oms_forecast::policy::{Distribution, base_stock};
///
/// // 1.5 units a week, two weeks of lead time.
/// let best = base_stock(&Distribution::poisson(3.0)?, 1.0, 9.0)?;
/// assert!((best.base_stock - 5.0).abs() < 1e-9 && best.fill_rate > 0.81);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn base_stock(
    lead_time_demand: &Distribution,
    holding_cost: f64,
    stockout_cost: f64,
) -> Result<BaseStock, PolicyError> {
    let best = newsvendor(lead_time_demand, holding_cost, stockout_cost)?;
    let unit = if lead_time_demand.is_whole() { 1.0 } else { 0.0 };
    Ok(BaseStock {
        base_stock: best.base_stock,
        cost_rate: mismatch(lead_time_demand, holding_cost, stockout_cost, best.base_stock),
        // A unit is served at once where the lead time's demand left one.
        fill_rate: lead_time_demand.cdf(best.base_stock - unit),
    })
}

/// Ordering up to a level at every review: (R, S).
///
/// # Example
/// ```
/// use oms_forecast::policy::{Distribution, OrderUpTo, Service};
///
/// // 100 ± 30 a day, two days of lead time, reviewed every day.
/// let lead = Distribution::normal(200.0, 30.0 * 2.0_f64.sqrt())?;
/// let protection = Distribution::normal(300.0, 30.0 * 3.0_f64.sqrt())?;
/// let policy = OrderUpTo::new(&lead, &protection)?;
/// assert!((policy.level(Service::Cycle(0.95))? - 385.47).abs() < 0.01);
/// assert!((policy.level(Service::Fill(0.95))? - 347.96).abs() < 0.01);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OrderUpTo<'a> {
    lead_time: &'a Distribution,
    protection: &'a Distribution,
    /// Expected demand between two reviews.
    review: f64,
}

impl<'a> OrderUpTo<'a> {
    /// By the demand of the lead time, and that of lead time and review period together.
    ///
    /// # Errors
    /// [`PolicyError`] where nothing is expected between two reviews.
    pub fn new(
        lead_time: &'a Distribution,
        protection: &'a Distribution,
    ) -> Result<Self, PolicyError> {
        let review = above_zero("demand of a review period", protection.mean() - lead_time.mean())?;
        Ok(Self { lead_time, protection, review })
    }

    /// Probability that a cycle passes without a unit missed.
    #[must_use]
    pub fn cycle_service(&self, level: f64) -> f64 {
        self.protection.cdf(level)
    }

    /// Share of units served from the shelf: a unit is missed in the cycle in which it was wanted, and only once.
    #[must_use]
    pub fn fill_rate(&self, level: f64) -> f64 {
        1.0 - (self.protection.loss(level) - self.lead_time.loss(level)) / self.review
    }

    /// The least level that serves so well. Whole where demand is.
    ///
    /// # Errors
    /// [`PolicyError`] where the service is no share.
    pub fn level(&self, service: Service) -> Result<f64, PolicyError> {
        let target = service.target()?;
        match service {
            Service::Cycle(_) => Ok(self.protection.quantile(target)),
            Service::Fill(_) => {
                let middle = self.protection.mean();
                let level = least(middle, |level| self.fill_rate(level) >= target);
                Ok(if self.protection.is_whole() { (level - 1e-9).ceil() } else { level })
            }
        }
    }
}

/// The least value that is enough; `enough` is wrong below it and right above.
pub(crate) fn least(start: f64, enough: impl Fn(f64) -> bool) -> f64 {
    let mut step = start.abs().max(1.0);
    let (mut low, mut high) = (start, start);
    while enough(low) && step < 1e15 {
        low -= step;
        step *= 2.0;
    }
    step = start.abs().max(1.0);
    while !enough(high) && step < 1e15 {
        high += step;
        step *= 2.0;
    }
    // A double has no digits left after so many halvings.
    for _ in 0..200 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if enough(middle) { high = middle } else { low = middle }
    }
    high
}
