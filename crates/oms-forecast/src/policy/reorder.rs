//! From which stock on to order, and how much: (r, Q) and (s, S).
//!
//! # Source
//! (r, Q): Federgruen and Zheng, *An efficient algorithm for computing an optimal (r, Q) policy*, Operations Research 40,
//! 1992. (s, S): Zheng and Federgruen, *Finding optimal (s, S) policies is about as simple as evaluating a single policy*,
//! Operations Research 39, 1991. Both are exact.

use super::base_stock::{Service, least};
use super::counts::{Counts, MOST_COUNTS};
use super::distribution::Distribution;
use super::error::{PolicyError, above_zero};
use super::newsvendor::{mismatch, newsvendor};

/// Parts into which a stretch of stock is cut to sum its cost; even.
const PARTS: u32 = 200;

/// Order so much as soon as the position falls to a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReorderQuantity {
    /// The position at which to order: r.
    pub reorder_point: f64,
    /// Units to order: Q.
    pub order_quantity: f64,
    /// Expected cost of orders, stock and customers who wait, by the unit of time.
    pub cost_rate: f64,
}

/// How a reorder point and a quantity serve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServiceOf {
    /// Probability that no unit is missed while an order is on its way.
    pub cycle_service: f64,
    /// Share of units served from the shelf.
    pub fill_rate: f64,
}

/// Service of a reorder point and a quantity, for units that are wanted one at a time.
#[must_use]
pub fn service_of(lead_time_demand: &Distribution, point: f64, quantity: f64) -> ServiceOf {
    let missed = lead_time_demand.loss(point) - lead_time_demand.loss(point + quantity);
    let fill_rate =
        if quantity > 0.0 { 1.0 - missed / quantity } else { lead_time_demand.cdf(point) };
    ServiceOf { cycle_service: lead_time_demand.cdf(point), fill_rate }
}

/// The least reorder point that serves so well, for an order quantity that is given.
///
/// # Errors
/// [`PolicyError`] where the service is no share or the quantity not above 0.
///
/// # Example
/// ```
/// use oms_forecast::policy::{Distribution, Service, reorder_point, service_of};
///
/// let lead = Distribution::normal(100.0, 30.0)?;
/// let point = reorder_point(&lead, 200.0, Service::Fill(0.99))?;
/// assert!((service_of(&lead, point, 200.0).fill_rate - 0.99).abs() < 1e-9);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn reorder_point(
    lead_time_demand: &Distribution,
    quantity: f64,
    service: Service,
) -> Result<f64, PolicyError> {
    let quantity = above_zero("order_quantity", quantity)?;
    let target = service.target()?;
    if matches!(service, Service::Cycle(_)) {
        return Ok(lead_time_demand.quantile(target));
    }
    let fill = |point: f64| service_of(lead_time_demand, point, quantity).fill_rate;
    let point = least(lead_time_demand.mean(), |point| fill(point) >= target);
    Ok(if lead_time_demand.is_whole() { (point - 1e-9).ceil() } else { point })
}

/// The (r, Q) of least cost under continuous review, customers waiting for what is missing.
///
/// # Errors
/// [`PolicyError`] where a cost or the demand rate is not above 0.
///
/// # Example
/// ```
/// use oms_forecast::policy::{Distribution, reorder_point_and_quantity};
///
/// // 12 a year and half a year of lead time.
/// let best = reorder_point_and_quantity(&Distribution::poisson(6.0)?, 12.0, 4.0, 28.0, 4.0)?;
/// assert!((best.reorder_point - 6.0).abs() < 1e-9 && (best.order_quantity - 7.0).abs() < 1e-9);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn reorder_point_and_quantity(
    lead_time_demand: &Distribution,
    demand_rate: f64,
    holding_cost: f64,
    stockout_cost: f64,
    fixed_cost: f64,
) -> Result<ReorderQuantity, PolicyError> {
    let fixed = above_zero("fixed_cost", fixed_cost)? * above_zero("demand_rate", demand_rate)?;
    let bottom = newsvendor(lead_time_demand, holding_cost, stockout_cost)?;
    let cost = |y: f64| mismatch(lead_time_demand, holding_cost, stockout_cost, y);
    if lead_time_demand.is_whole() {
        whole(bottom.base_stock, fixed, cost)
    } else {
        Ok(continuous(bottom.base_stock, bottom.cost, fixed, cost))
    }
}

/// Levels are taken in by their cost, the cheapest first, while each brings the average down.
fn whole(
    bottom: f64,
    fixed: f64,
    cost: impl Fn(f64) -> f64,
) -> Result<ReorderQuantity, PolicyError> {
    let (mut r, mut q, mut sum) = (bottom - 1.0, 1.0, fixed + cost(bottom));
    loop {
        let (below, above) = (cost(r), cost(r + q + 1.0));
        if below.min(above) >= sum / q {
            return Ok(ReorderQuantity { reorder_point: r, order_quantity: q, cost_rate: sum / q });
        }
        sum += below.min(above);
        q += 1.0;
        if below <= above {
            r -= 1.0;
        }
        if q > MOST_COUNTS as f64 {
            let (what, instead) = ("the order quantity", "reckon in cases");
            return Err(PolicyError::TooMuch { what, found: q, most: MOST_COUNTS, instead });
        }
    }
}

/// At the best pair both ends cost what the average costs.
fn continuous(bottom: f64, lowest: f64, fixed: f64, cost: impl Fn(f64) -> f64) -> ReorderQuantity {
    let ends = |rate: f64| {
        let left = -least(-bottom, |x| cost(-x) >= rate);
        (left, least(bottom, |x| x >= bottom && cost(x) >= rate))
    };
    let excess = |rate: f64| {
        let (from, to) = ends(rate);
        let part = (to - from) / f64::from(PARTS);
        let sum: f64 = (0..=PARTS)
            .map(|k| {
                let weight = if k == 0 || k == PARTS { 1.0 } else { f64::from(2 + 2 * (k % 2)) };
                weight * (cost(from + f64::from(k) * part) - rate)
            })
            .sum();
        fixed + sum * part / 3.0
    };
    let rate = least(lowest, |rate| rate > lowest && excess(rate) <= 0.0);
    let (from, to) = ends(rate);
    ReorderQuantity { reorder_point: from, order_quantity: to - from, cost_rate: rate }
}

/// Order up to a level as soon as the position is at a point or below it at a review.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReorderLevel {
    /// The position at which to order, or below it: s.
    pub reorder_point: i64,
    /// The position to order up to: S.
    pub order_up_to: i64,
    /// Expected cost of orders, stock and customers who wait, by the period.
    pub cost_rate: f64,
}

/// The (s, S) of least cost under periodic review, by the demand of one period and that of lead time and one period
/// together, customers waiting for what is missing.
///
/// # Errors
/// [`PolicyError`] where a cost is not above 0, or nothing is ever wanted.
///
/// # Example
/// ```
/// use oms_forecast::policy::{Counts, reorder_point_and_level};
///
/// let day = Counts::poisson(6.0)?;
/// let best = reorder_point_and_level(&day, &day, 1.0, 4.0, 5.0)?;
/// assert_eq!((best.reorder_point, best.order_up_to), (4, 10));
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn reorder_point_and_level(
    period: &Counts,
    protection: &Counts,
    holding_cost: f64,
    stockout_cost: f64,
    fixed_cost: f64,
) -> Result<ReorderLevel, PolicyError> {
    let fixed = above_zero("fixed_cost", fixed_cost)?;
    above_zero("demand of a period", period.mean())?;
    let protection = Distribution::from(protection.clone());
    let bottom = newsvendor(&protection, holding_cost, stockout_cost)?.base_stock as i64;
    let cost = |y: i64| mismatch(&protection, holding_cost, stockout_cost, y as f64);
    let mut renewals = Renewals::of(period);
    let (mut s, mut level) = (bottom - 1, bottom);
    let mut rate = renewals.rate(s, level, fixed, cost);
    let within = |apart: i64| {
        let (what, instead) = ("the distance of both levels", "reckon in cases");
        let found = apart as f64;
        let most = MOST_COUNTS;
        let fits = apart <= MOST_COUNTS as i64;
        if fits { Ok(()) } else { Err(PolicyError::TooMuch { what, found, most, instead }) }
    };
    while rate > cost(s) {
        s -= 1;
        within(level - s)?;
        rate = renewals.rate(s, level, fixed, cost);
    }
    let mut higher = level + 1;
    while cost(higher) <= rate {
        within(higher - s)?;
        if renewals.rate(s, higher, fixed, cost) < rate {
            level = higher;
            while renewals.rate(s, level, fixed, cost) <= cost(s + 1) {
                s += 1;
            }
            rate = renewals.rate(s, level, fixed, cost);
        }
        higher += 1;
    }
    Ok(ReorderLevel { reorder_point: s, order_up_to: level, cost_rate: rate })
}

/// Expected periods spent after a given sum of demand, and their running sum.
struct Renewals<'a> {
    mass: &'a [f64],
    low: usize,
    periods: Vec<f64>,
    sums: Vec<f64>,
}

impl<'a> Renewals<'a> {
    fn of(period: &'a Counts) -> Self {
        let low = usize::try_from(period.low()).unwrap_or_default();
        let mut this = Self { mass: period.mass(), low, periods: Vec::new(), sums: Vec::new() };
        this.periods.push(1.0 / (1.0 - this.p(0)));
        this.sums.push(this.periods[0]);
        this
    }

    fn p(&self, k: usize) -> f64 {
        k.checked_sub(self.low).and_then(|at| self.mass.get(at)).copied().unwrap_or_default()
    }

    fn grow(&mut self, len: usize) {
        while self.periods.len() < len {
            let j = self.periods.len();
            let most = j.min(self.low + self.mass.len() - 1);
            let sum: f64 = (1..=most).map(|l| self.p(l) * self.periods[j - l]).sum();
            let here = sum / (1.0 - self.p(0));
            self.periods.push(here);
            self.sums.push(self.sums[j - 1] + here);
        }
    }

    /// Cost of a cycle over its length.
    fn rate(&mut self, s: i64, level: i64, fixed: f64, cost: impl Fn(i64) -> f64) -> f64 {
        let len = usize::try_from(level - s).unwrap_or_default().max(1);
        self.grow(len);
        let held: f64 = self.periods[..len].iter().zip(0..).map(|(m, j)| m * cost(level - j)).sum();
        (fixed + held) / self.sums[len - 1]
    }
}
