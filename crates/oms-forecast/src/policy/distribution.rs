//! How much may be wanted: one distribution, whatever its kind.

use super::base_stock::least;
use super::counts::{Counts, MOST_COUNTS};
use super::error::{PolicyError, above_zero, not_negative, number};
use super::grid::QuantileGrid;
use super::normal::{normal_cdf, normal_loss, normal_quantile};

/// The demand of some stretch of time.
///
/// # Units
/// Units of demand.
///
/// # Example
/// ```
/// use oms_forecast::policy::Distribution;
///
/// let week = Distribution::normal(100.0, 20.0)?;
/// // Who keeps 120 expects to miss 1.67 of 100.
/// assert!((week.loss(120.0) - 1.666).abs() < 1e-3);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Distribution {
    /// Normal; demand below zero is not cut off.
    #[non_exhaustive]
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation; 0 for what is certain.
        deviation: f64,
    },
    /// Normal after a logarithm.
    #[non_exhaustive]
    Lognormal {
        /// Mean of the logarithm.
        mu: f64,
        /// Its standard deviation.
        sigma: f64,
    },
    /// Whole units with a probability each.
    Counts(Counts),
    /// Through the quantiles of a forecast.
    Grid(QuantileGrid),
    /// One of these, with these probabilities.
    #[non_exhaustive]
    Mixture(Vec<(f64, Distribution)>),
}

impl Distribution {
    /// A normal distribution.
    ///
    /// # Errors
    /// [`PolicyError`] where the mean is no number or the deviation below 0.
    pub fn normal(mean: f64, deviation: f64) -> Result<Self, PolicyError> {
        let mean = number("mean", mean)?;
        Ok(Self::Normal { mean, deviation: not_negative("deviation", deviation)? })
    }

    /// A lognormal distribution, by mean and deviation of the logarithm.
    ///
    /// # Errors
    /// [`PolicyError`] where `mu` is no number or `sigma` not above 0.
    pub fn lognormal(mu: f64, sigma: f64) -> Result<Self, PolicyError> {
        Ok(Self::Lognormal { mu: number("mu", mu)?, sigma: above_zero("sigma", sigma)? })
    }

    /// A Poisson distribution.
    ///
    /// # Errors
    /// As [`Counts::poisson`].
    pub fn poisson(mean: f64) -> Result<Self, PolicyError> {
        Ok(Self::Counts(Counts::poisson(mean)?))
    }

    /// A negative binomial distribution.
    ///
    /// # Errors
    /// As [`Counts::negative_binomial`].
    pub fn negative_binomial(mean: f64, variance: f64) -> Result<Self, PolicyError> {
        Ok(Self::Counts(Counts::negative_binomial(mean, variance)?))
    }

    /// One of these, with these probabilities, which are scaled to one.
    ///
    /// # Errors
    /// [`PolicyError`] where there is none, or a probability is below 0 or all are 0.
    pub fn mixture(mut parts: Vec<(f64, Self)>) -> Result<Self, PolicyError> {
        for (p, _) in &parts {
            not_negative("probability", *p)?;
        }
        let sum =
            above_zero("sum of probabilities", parts.iter().map(|(p, _)| p).sum::<f64>() + 0.0)?;
        parts.retain(|(p, _)| *p > 0.0);
        parts.iter_mut().for_each(|(p, _)| *p /= sum);
        if parts.len() == 1 {
            return parts.pop().map(|(_, only)| only).ok_or(PolicyError::Shape {
                what: "there is no distribution".to_owned(),
                instead: "give one at least",
            });
        }
        let counts: Option<Vec<(f64, Counts)>> = parts
            .iter()
            .map(|(p, part)| match part {
                Self::Counts(counts) => Some((*p, counts.clone())),
                _ => None,
            })
            .collect();
        match counts {
            Some(counts) => Ok(Self::Counts(Counts::mixture(&counts)?)),
            None => Ok(Self::Mixture(parts)),
        }
    }

    /// Whether only whole units can be wanted.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Counts(_))
    }

    /// Expected demand.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self {
            Self::Normal { mean, .. } => *mean,
            Self::Lognormal { mu, sigma } => (mu + sigma * sigma / 2.0).exp(),
            Self::Counts(counts) => counts.mean(),
            Self::Grid(grid) => grid.loss(0.0),
            Self::Mixture(parts) => parts.iter().map(|(p, part)| p * part.mean()).sum(),
        }
    }

    /// Probability of at most `x`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        match self {
            Self::Normal { mean, deviation } if *deviation > 0.0 => {
                normal_cdf((x - mean) / deviation)
            }
            Self::Normal { mean, .. } => f64::from(u8::from(x >= *mean)),
            Self::Lognormal { .. } if x <= 0.0 => 0.0,
            Self::Lognormal { mu, sigma } => normal_cdf((x.ln() - mu) / sigma),
            Self::Counts(counts) => counts.cdf(x.floor() as i64),
            Self::Grid(grid) => grid.cdf(x),
            Self::Mixture(parts) => parts.iter().map(|(p, part)| p * part.cdf(x)).sum(),
        }
    }

    /// The same demand in whole lots of so many units: what lies between two numbers of lots counts as either, such that the
    /// mean stays. What is rarer than `rare` at either end counts as the last that is not.
    ///
    /// # Errors
    /// [`PolicyError`] where a lot is not above 0, or there are more than [`MOST_COUNTS`](super::MOST_COUNTS).
    ///
    /// # Example
    /// ```
    /// use oms_forecast::policy::Distribution;
    ///
    /// let tens = Distribution::normal(100.0, 20.0)?.in_lots(10.0, 1e-6)?;
    /// assert!((tens.mean() - 10.0).abs() < 1e-3 && tens.quantile(0.9) == 13);
    /// # Ok::<(), oms_forecast::policy::PolicyError>(())
    /// ```
    pub fn in_lots(&self, lot: f64, rare: f64) -> Result<Counts, PolicyError> {
        let lot = above_zero("lot", lot)?;
        let place = |p: f64| (self.quantile(p) / lot).clamp(0.0, 2.0 * MOST_COUNTS as f64);
        let (low, high) = (place(rare).floor(), place(1.0 - rare).ceil());
        let count = (high - low) as usize + 1;
        if count > MOST_COUNTS {
            let (what, instead) = ("a demand in lots", "take larger lots");
            let (found, most) = (count as f64, MOST_COUNTS);
            return Err(PolicyError::TooMuch { what, found, most, instead });
        }
        // The mean chance between two numbers of lots that more is wanted.
        let above = |k: usize| match k {
            0 => 1.0,
            k if k == count => 0.0,
            k => {
                let at = |k: f64| self.loss((low + k) * lot);
                ((at(k as f64 - 1.0) - at(k as f64)) / lot).clamp(0.0, 1.0)
            }
        };
        let mass = (0..count).map(|k| (above(k) - above(k + 1)).max(0.0)).collect();
        Counts::of(low as i64, mass)
    }

    /// The least stock that is enough with probability `p`.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        match self {
            Self::Normal { mean, deviation } if *deviation > 0.0 => {
                mean + deviation * normal_quantile(p)
            }
            Self::Normal { mean, .. } => *mean,
            Self::Lognormal { mu, sigma } => (mu + sigma * normal_quantile(p)).exp(),
            Self::Counts(counts) => counts.quantile(p) as f64,
            Self::Grid(grid) => grid.quantile(p),
            Self::Mixture(parts) => {
                let own = || parts.iter().map(|(_, part)| part.quantile(p));
                let (low, high) =
                    (own().fold(f64::INFINITY, f64::min), own().fold(f64::NEG_INFINITY, f64::max));
                least(low, |x| x >= high || self.cdf(x) >= p)
            }
        }
    }

    /// Expected demand beyond `x`: E max(D - x, 0), the loss function.
    #[must_use]
    pub fn loss(&self, x: f64) -> f64 {
        match self {
            Self::Normal { mean, deviation } if *deviation > 0.0 => {
                deviation * normal_loss((x - mean) / deviation)
            }
            Self::Normal { mean, .. } => (mean - x).max(0.0),
            Self::Lognormal { .. } if x <= 0.0 => self.mean() - x,
            Self::Lognormal { mu, sigma } => {
                let z = (x.ln() - mu) / sigma;
                self.mean() * normal_cdf(sigma - z) - x * normal_cdf(-z)
            }
            Self::Counts(counts) => counts.loss(x),
            Self::Grid(grid) => grid.loss(x),
            Self::Mixture(parts) => parts.iter().map(|(p, part)| p * part.loss(x)).sum(),
        }
    }

    /// Expected stock that is left of `x`: E max(x - D, 0), the complementary loss function.
    #[must_use]
    pub fn left(&self, x: f64) -> f64 {
        match self {
            // Its own tail, so that small figures keep their digits.
            Self::Normal { mean, deviation } if *deviation > 0.0 => {
                deviation * normal_loss((mean - x) / deviation)
            }
            _ => self.loss(x) + x - self.mean(),
        }
    }
}

impl From<Counts> for Distribution {
    fn from(counts: Counts) -> Self {
        Self::Counts(counts)
    }
}

impl From<QuantileGrid> for Distribution {
    fn from(grid: QuantileGrid) -> Self {
        Self::Grid(grid)
    }
}
