//! Lead times that are not certain, and the demand that falls into them.

use super::counts::Counts;
use super::distribution::Distribution;
use super::error::{PolicyError, above_zero, not_negative, number};

/// The longest lead time, in periods.
pub const MOST_LEAD_TIME: u32 = 3_650;

/// How many periods pass from an order to its goods, with the probability of each.
///
/// # Example
/// ```
/// use oms_forecast::policy::LeadTime;
///
/// let late = LeadTime::observed(&[5, 5, 5, 6, 9])?;
/// assert!((late.mean() - 6.0).abs() < 1e-12);
/// assert_eq!(late.quantile(0.9), 9);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LeadTime(Vec<(u32, f64)>);

impl LeadTime {
    /// Always so many periods.
    ///
    /// # Errors
    /// [`PolicyError`] where it is longer than [`MOST_LEAD_TIME`].
    pub fn fixed(periods: u32) -> Result<Self, PolicyError> {
        Self::of(&[(periods, 1.0)])
    }

    /// Periods and how probable they are; scaled to one.
    ///
    /// # Errors
    /// [`PolicyError`] where one is longer than [`MOST_LEAD_TIME`], a probability is below 0, or they sum to 0.
    pub fn of(periods: &[(u32, f64)]) -> Result<Self, PolicyError> {
        let mut sum = 0.0;
        for &(periods, probability) in periods {
            if periods > MOST_LEAD_TIME {
                let (found, wanted) = (f64::from(periods), "3650 periods at most");
                return Err(PolicyError::Value { name: "lead_time", found, wanted });
            }
            sum += not_negative("probability", probability)?;
        }
        let sum = above_zero("sum of probabilities", sum)?;
        let mut sorted = periods.to_vec();
        sorted.sort_by_key(|(periods, _)| *periods);
        let mut merged: Vec<(u32, f64)> = Vec::new();
        for (periods, probability) in sorted.into_iter().filter(|(_, p)| *p > 0.0) {
            match merged.last_mut() {
                Some(last) if last.0 == periods => last.1 += probability / sum,
                _ => merged.push((periods, probability / sum)),
            }
        }
        Ok(Self(merged))
    }

    /// As they were seen, each as probable as it was often.
    ///
    /// # Errors
    /// [`PolicyError`] where there is none, or one is longer than [`MOST_LEAD_TIME`].
    pub fn observed(periods: &[u32]) -> Result<Self, PolicyError> {
        let all: Vec<(u32, f64)> = periods.iter().map(|periods| (*periods, 1.0)).collect();
        Self::of(&all)
    }

    /// Periods with their probabilities, from short to long.
    #[must_use]
    pub fn periods(&self) -> &[(u32, f64)] {
        &self.0
    }

    /// Expected periods.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.0.iter().map(|(periods, p)| f64::from(*periods) * p).sum()
    }

    /// Variance, in periods squared.
    #[must_use]
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        self.0.iter().map(|(periods, p)| (f64::from(*periods) - mean).powi(2) * p).sum()
    }

    /// The periods within which goods come with this probability.
    #[must_use]
    pub fn quantile(&self, p: f64) -> u32 {
        let mut sum = 0.0;
        let reached = self.0.iter().find(|(_, probability)| {
            sum += probability;
            sum >= p - 1e-12
        });
        reached.or(self.0.last()).map_or(0, |(periods, _)| *periods)
    }

    /// The longest.
    #[must_use]
    pub fn longest(&self) -> u32 {
        self.0.last().map_or(0, |(periods, _)| *periods)
    }

    /// The demand from now to the goods' arrival and `further` periods on, where `over` gives that of a number of periods.
    ///
    /// # Errors
    /// What `over` gives back.
    pub fn demand<E: From<PolicyError>>(
        &self,
        further: u32,
        mut over: impl FnMut(u32) -> Result<Distribution, E>,
    ) -> Result<Distribution, E> {
        let mut parts = Vec::with_capacity(self.0.len());
        for &(periods, p) in &self.0 {
            parts.push((p, over(periods + further)?));
        }
        Ok(Distribution::mixture(parts)?)
    }

    /// Mean and deviation of the demand of the lead time, where that of a period is independent of the next one's.
    ///
    /// # Errors
    /// [`PolicyError`] where the mean is no number or the deviation below 0.
    pub fn moments(&self, mean: f64, deviation: f64) -> Result<(f64, f64), PolicyError> {
        let mean = number("mean", mean)?;
        let deviation = not_negative("deviation", deviation)?;
        let variance = self.mean() * deviation * deviation + mean * mean * self.variance();
        Ok((mean * self.mean(), variance.sqrt()))
    }
}

/// The demand of a random lead time and `further` periods, exact for independent periods of this demand.
///
/// # Errors
/// [`PolicyError`] where the table would be too long.
///
/// # Example
/// ```
/// use oms_forecast::policy::{Counts, LeadTime, demand_over};
///
/// let day = Counts::poisson(2.0)?;
/// let protection = demand_over(&day, &LeadTime::of(&[(1, 0.5), (3, 0.5)])?, 1)?;
/// assert!((protection.mean() - 6.0).abs() < 1e-9);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
pub fn demand_over(
    period: &Counts,
    lead_time: &LeadTime,
    further: u32,
) -> Result<Counts, PolicyError> {
    let mut sum = Counts::of(0, vec![1.0])?;
    let mut at = 0;
    let mut parts = Vec::new();
    for &(periods, p) in lead_time.periods() {
        while at < periods + further {
            sum = sum.plus(period)?;
            at += 1;
        }
        parts.push((p, sum.clone()));
    }
    Counts::mixture(&parts)
}
