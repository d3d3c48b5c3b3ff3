//! Demand in whole units: the probability of each count, as a table.
//!
//! Poisson and negative binomial tables are built from their most likely count outwards and then scaled to one, so that
//! neither a factorial nor an underflow can spoil them.

use super::error::{PolicyError, above_zero, not_negative};

/// Counts that a table may hold: 2 million.
pub const MOST_COUNTS: usize = 2_000_000;
/// What is this much rarer than the most likely count is left out.
const RARE: f64 = 1e-22;

/// A distribution over whole units.
///
/// # Law
/// Probabilities sum to one; none is below zero.
///
/// # Example
/// ```
/// use oms_forecast::policy::Counts;
///
/// let spare = Counts::poisson(2.5)?;
/// assert!((spare.cdf(0) - (-2.5_f64).exp()).abs() < 1e-15);
/// assert_eq!(spare.quantile(0.9), 5);
/// # Ok::<(), oms_forecast::policy::PolicyError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    low: i64,
    /// Probability of `low + k`.
    mass: Vec<f64>,
    /// Probability of at most `low + k`.
    cdf: Vec<f64>,
    /// Expected part above `low + k`.
    over: Vec<f64>,
    mean: f64,
}

impl Counts {
    /// Units that are wanted one at a time and independently.
    ///
    /// # Errors
    /// [`PolicyError`] where the mean is below 0, no number, or so large that a table would hold over [`MOST_COUNTS`].
    pub fn poisson(mean: f64) -> Result<Self, PolicyError> {
        let mean = not_negative("mean", mean)?;
        let up = |k: f64| mean / (k + 1.0);
        Self::around(mean.floor(), mean, mean.sqrt(), up)
    }

    /// Units that come in bursts: a variance above the mean.
    ///
    /// # Errors
    /// [`PolicyError`] where the mean is not above 0, the variance not above the mean, or the table too long.
    pub fn negative_binomial(mean: f64, variance: f64) -> Result<Self, PolicyError> {
        let mean = above_zero("mean", mean)?;
        if !(variance > mean && variance.is_finite()) {
            let wanted = "a variance above the mean, or take a Poisson distribution";
            return Err(PolicyError::Value { name: "variance", found: variance, wanted });
        }
        let size = mean * mean / (variance - mean);
        let rest = 1.0 - mean / variance;
        let mode = ((size - 1.0) * rest * variance / mean).floor().max(0.0);
        Self::around(mode, mean, variance.sqrt(), |k| (k + size) / (k + 1.0) * rest)
    }

    /// These probabilities, of `low`, `low + 1` and so on; they are scaled to one.
    ///
    /// # Errors
    /// [`PolicyError`] where one is below zero or no number, all are zero, or there are too many.
    pub fn of(low: i64, mass: Vec<f64>) -> Result<Self, PolicyError> {
        if mass.len() > MOST_COUNTS {
            return Err(too_many(mass.len() as f64));
        }
        for &p in &mass {
            not_negative("probability", p)?;
        }
        let sum = above_zero("sum of probabilities", mass.iter().sum::<f64>() + 0.0)?;
        Ok(Self::table(low, mass.into_iter().map(|p| p / sum).collect()))
    }

    /// Grows a table from its mode. `up(k)` is the probability of k + 1 over that of k.
    fn around(
        mode: f64,
        mean: f64,
        deviation: f64,
        up: impl Fn(f64) -> f64,
    ) -> Result<Self, PolicyError> {
        // Even an exponential tail has sunk below RARE by then.
        let most = mean + 60.0 * (deviation + 1.0);
        if most > MOST_COUNTS as f64 {
            return Err(too_many(most));
        }
        let (mut below, mut p, mut k) = (Vec::new(), 1.0, mode);
        while k > 0.0 {
            k -= 1.0;
            p /= up(k);
            if p < RARE {
                k += 1.0;
                break;
            }
            below.push(p);
        }
        below.reverse();
        let low = k as i64;
        let mut mass = below;
        (p, k) = (1.0, mode);
        while p >= RARE && mass.len() < MOST_COUNTS {
            mass.push(p);
            p *= up(k);
            k += 1.0;
        }
        Self::of(low, mass)
    }

    /// One of these demands, with these probabilities.
    ///
    /// # Errors
    /// [`PolicyError`] where there is none, or the table would be too long.
    pub fn mixture(parts: &[(f64, Self)]) -> Result<Self, PolicyError> {
        let low = parts.iter().map(|(_, counts)| counts.low).min().unwrap_or_default();
        let high = parts.iter().map(|(_, counts)| counts.high()).max().unwrap_or_default();
        let len = usize::try_from(high - low + 1).unwrap_or(usize::MAX);
        if len > MOST_COUNTS {
            return Err(too_many(len as f64));
        }
        let mut mass = vec![0.0; len];
        for (p, counts) in parts {
            let from = usize::try_from(counts.low - low).unwrap_or_default();
            for (sum, q) in mass[from..].iter_mut().zip(&counts.mass) {
                *sum += p * q;
            }
        }
        Self::of(low, mass)
    }

    fn table(low: i64, mass: Vec<f64>) -> Self {
        let cdf: Vec<f64> = mass.iter().scan(0.0, |sum, p| add(sum, *p)).collect();
        // Both tails are summed from their thin end, so that small figures keep their digits.
        let (mut above, mut part) = (0.0, 0.0);
        let mut over: Vec<f64> = mass
            .iter()
            .rev()
            .map(|p| {
                let here = part;
                above += p;
                part += above;
                here
            })
            .collect();
        over.reverse();
        let mean = low as f64 + mass.iter().zip(0..).map(|(p, k)| p * f64::from(k)).sum::<f64>();
        Self { low, mass, cdf, over, mean }
    }

    /// The least count that can be.
    #[must_use]
    pub fn low(&self) -> i64 {
        self.low
    }

    /// The largest one.
    #[must_use]
    pub fn high(&self) -> i64 {
        self.low + self.mass.len() as i64 - 1
    }

    /// Probabilities of all counts from [`low`](Self::low) to [`high`](Self::high).
    #[must_use]
    pub fn mass(&self) -> &[f64] {
        &self.mass
    }

    /// Expected count.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Variance.
    #[must_use]
    pub fn variance(&self) -> f64 {
        let off = |k: i64| (k as f64 - self.mean) * (k as f64 - self.mean);
        self.mass.iter().zip(self.low..).map(|(p, k)| p * off(k)).sum()
    }

    /// Probability of at most `k`.
    #[must_use]
    pub fn cdf(&self, k: i64) -> f64 {
        match usize::try_from(k - self.low) {
            Err(_) => 0.0,
            Ok(at) => self.cdf.get(at).map_or(1.0, |p| p.min(1.0)),
        }
    }

    /// The least count that is not exceeded with this probability.
    #[must_use]
    pub fn quantile(&self, p: f64) -> i64 {
        // A hair's breadth of rounding must not cost a whole unit.
        let at = self.cdf.partition_point(|sum| *sum < p - 1e-12);
        self.low + at.min(self.mass.len() - 1) as i64
    }

    /// Expected part above `x`: E max(D - x, 0). Between whole units a straight line, as the definition says.
    #[must_use]
    pub fn loss(&self, x: f64) -> f64 {
        let below = x.floor();
        let at = |k: f64| match usize::try_from(k as i64 - self.low) {
            Err(_) => self.mean - k,
            Ok(at) => self.over.get(at).copied().unwrap_or_default(),
        };
        let (here, next) = (at(below), at(below + 1.0));
        here + (next - here) * (x - below)
    }

    /// The sum of two independent demands.
    ///
    /// # Errors
    /// [`PolicyError`] where the table would be too long.
    pub fn plus(&self, other: &Self) -> Result<Self, PolicyError> {
        let len = self.mass.len() + other.mass.len() - 1;
        if len > MOST_COUNTS {
            return Err(too_many(len as f64));
        }
        let mut mass = vec![0.0; len];
        for (at, p) in self.mass.iter().enumerate().filter(|(_, p)| **p > 0.0) {
            for (sum, q) in mass[at..].iter_mut().zip(&other.mass) {
                *sum += p * q;
            }
        }
        Self::of(self.low + other.low, mass)
    }
}

fn add(sum: &mut f64, p: f64) -> Option<f64> {
    *sum += p;
    Some(*sum)
}

fn too_many(found: f64) -> PolicyError {
    let instead = "reckon in cases, or take a normal distribution";
    PolicyError::TooMuch { what: "the table of counts", found, most: MOST_COUNTS, instead }
}
