//! Demand as a forecast gives it: quantiles at a few levels.
//!
//! Between two levels, and beyond the last ones, demand is taken as a straight line over the normal score of the level. Two
//! quantiles of a normal distribution so give that distribution back, and every expectation has a closed form.

use super::error::{PolicyError, number, share};
use super::normal::{normal_cdf, normal_density, normal_quantile};

/// A distribution through quantiles.
///
/// # Example
/// ```
/// use oms_forecast::policy::{Distribution, QuantileGrid};
///
/// let week = Distribution::from(QuantileGrid::new(&[0.1, 0.5, 0.9], &[20.0, 30.0, 50.0])?);
/// assert!((week.quantile(0.9) - 50.0).abs() < 1e-9);
/// assert!(week.quantile(0.99) > 60.0 && week.mean() > 30.0);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct QuantileGrid {
    /// Normal scores of the levels, and the quantiles there; two at least.
    points: Vec<(f64, f64)>,
    /// By how much the quantile grows with the score beyond the last point.
    tail: f64,
}

impl QuantileGrid {
    /// Quantiles at levels, both from low to high. Quantiles below zero count as zero: nobody wants less than nothing.
    ///
    /// # Errors
    /// [`PolicyError`] where there is none, their numbers differ, a level is no share or does not rise, or a quantile is
    /// no number or falls.
    pub fn new(levels: &[f64], quantiles: &[f64]) -> Result<Self, PolicyError> {
        let shape = |found: usize, wanted| {
            Err(PolicyError::Value { name: "number of quantiles", found: found as f64, wanted })
        };
        if levels.is_empty() {
            return shape(0, "one at least");
        }
        if levels.len() != quantiles.len() {
            return shape(quantiles.len(), "as many as there are levels");
        }
        let mut points: Vec<(f64, f64)> = Vec::with_capacity(levels.len());
        for (&level, &quantile) in levels.iter().zip(quantiles) {
            let z = normal_quantile(share("level", level)?);
            let quantile = number("quantile", quantile)?.max(0.0);
            if let Some(last) = points.last() {
                if z <= last.0 {
                    let wanted = "levels that rise";
                    return Err(PolicyError::Value { name: "level", found: level, wanted });
                }
                if quantile < last.1 {
                    let wanted = "quantiles that do not fall";
                    return Err(PolicyError::Value { name: "quantile", found: quantile, wanted });
                }
            }
            points.push((z, quantile));
        }
        let mut grid = Self { points, tail: 0.0 };
        // The last two levels may agree by chance: the tail is never thinner than the upper half on average.
        let (last, half) = (grid.points[grid.points.len() - 1], grid.at(0.0));
        let before = grid.points.len().checked_sub(2).map(|at| grid.points[at]);
        let slope = before.map_or(0.0, |before| (last.1 - before.1) / (last.0 - before.0));
        grid.tail = if last.0 > 0.0 { slope.max((last.1 - half) / last.0) } else { slope };
        Ok(grid)
    }

    /// The quantile at a normal score.
    fn at(&self, z: f64) -> f64 {
        let (z, slope, from) = self.piece(z);
        (from.1 + slope * (z - from.0)).max(0.0)
    }

    /// The line that holds at a score: where it starts, and its slope.
    fn piece(&self, z: f64) -> (f64, f64, (f64, f64)) {
        let end = self.points.partition_point(|point| point.0 <= z);
        let slope = |at: usize| {
            let (from, to) = (self.points[at], self.points[at + 1]);
            (to.1 - from.1) / (to.0 - from.0)
        };
        if end == self.points.len() {
            (z, self.tail, self.points[end - 1])
        } else if end == 0 {
            let slope = if self.points.len() > 1 { slope(0) } else { 0.0 };
            (z, slope, self.points[0])
        } else {
            (z, slope(end - 1), self.points[end - 1])
        }
    }

    /// The quantile at a level.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        self.at(normal_quantile(p.clamp(1e-15, 1.0 - 1e-15)))
    }

    /// The largest score whose quantile is at most `x`.
    fn score(&self, x: f64) -> f64 {
        if x < 0.0 {
            return f64::NEG_INFINITY;
        }
        let last = self.points[self.points.len() - 1];
        if x >= last.1 {
            return if self.tail > 0.0 { last.0 + (x - last.1) / self.tail } else { f64::INFINITY };
        }
        // The first point above x; the line before it rises through x.
        let at = self.points.partition_point(|point| point.1 <= x);
        let from = if at == 0 { self.points[0] } else { self.points[at - 1] };
        let (_, slope, _) = self.piece(if at == 0 { from.0 - 1.0 } else { from.0 });
        if slope > 0.0 { from.0 + (x - from.1) / slope } else { f64::NEG_INFINITY }
    }

    /// Probability of at most `x`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        normal_cdf(self.score(x))
    }

    /// Expected part above `x`, for an `x` of any sign.
    #[must_use]
    pub fn loss(&self, x: f64) -> f64 {
        let floor = x.max(0.0);
        let start = self.score(floor);
        // Below zero nothing is wanted, so the part above a negative x is that above zero and the way to it.
        let mut sum = floor - x;
        let mut edges: Vec<f64> = self.points.iter().map(|p| p.0).filter(|z| *z > start).collect();
        edges.insert(0, start);
        edges.push(f64::INFINITY);
        for two in edges.windows(2) {
            let (a, b) = (two[0], two[1]);
            let middle = if b.is_infinite() {
                a.max(-40.0) + 1.0
            } else if a.is_infinite() {
                b - 1.0
            } else {
                (a + b) / 2.0
            };
            let (_, slope, from) = self.piece(middle);
            let mass = normal_cdf(-a) - normal_cdf(-b);
            sum += (from.1 - slope * from.0 - floor) * mass
                + slope * (normal_density(a) - normal_density(b));
        }
        sum
    }
}
