//! Whole units that come now and then: a negative binomial whose mean is smoothed and drawn back to its long run.
//!
//! ```text
//! μ(t+1) = (1 - φ - α)·μ + φ·μ(t) + α·y(t)       y ~ NB(mean μ(t), variance μ(t)·(1 + 1/b))
//! ```
//!
//! Steps ahead and their sum have closed means and variances, since what each error adds is known; their distribution is
//! the negative binomial of that mean and variance.
//!
//! # Source
//! Snyder, Ord and Beaumont, *Forecasting the intermittent demand for slow-moving inventories: a modelling approach*,
//! International Journal of Forecasting 28, 2012: the damped dynamic negative binomial.

use ndarray::Array2;

use super::at_least;
use super::descent::descend;
use super::state::{Reader, Rule, State, StateError, Writer};
use crate::forecaster::{Fitted, Forecaster, NotFitted};
use crate::levels::Levels;
use crate::past::Past;

/// Values without which nothing is learned.
const LEAST: usize = 6;
/// Above this mean of a past what sells is no slow mover, and smooth models tell more.
const MOST_MEAN: f64 = 200.0;
/// Above this mean the sum over chances grows long, and the distribution is as good as normal.
const MOST_SUMMED: f64 = 10_000.0;
/// The smallest and the largest variance, as a multiple of the mean, beside 1.
const EXTRA: (f64, f64) = (0.001, 1_000.0);

/// Damped smoothing of whole units with a negative binomial distribution. Values that are no counts are refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct NegativeBinomial;

/// A smoothed mean, where it is drawn to, and how far values scatter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct CountState {
    pub(crate) alpha: f64,
    pub(crate) phi: f64,
    pub(crate) long_run: f64,
    /// Variance over mean, less 1.
    pub(crate) extra: f64,
    pub(crate) mean: f64,
}

impl CountState {
    pub(crate) fn update(&mut self, y: Option<f64>) {
        let y = y.unwrap_or(self.mean).max(0.0);
        let base = (1.0 - self.phi - self.alpha) * self.long_run;
        self.mean = base + self.phi * self.mean + self.alpha * y;
    }

    pub(crate) fn level(&self) -> f64 {
        self.mean
    }

    /// Means of the steps ahead: an error is forgotten by `φ + α` each step.
    pub(crate) fn mean(&self, horizon: usize) -> Vec<f64> {
        let kept = self.phi + self.alpha;
        let mut off = self.mean - self.long_run;
        let step = |_| {
            let mean = self.long_run + off;
            off *= kept;
            mean
        };
        (0..horizon).map(step).collect()
    }

    pub(crate) fn quantiles(&self, horizon: usize, levels: &Levels) -> Array2<f64> {
        let (kept, wide) = (self.phi + self.alpha, 1.0 + self.extra);
        let mut wandered = 0.0;
        let mut all = Array2::zeros((horizon, levels.len()));
        for (mut row, mean) in all.outer_iter_mut().zip(self.mean(horizon)) {
            let found = negative_binomial(mean, mean * wide + wandered, levels);
            row.iter_mut().zip(found).for_each(|(at, quantile)| *at = quantile);
            wandered = kept * kept * wandered + self.alpha * self.alpha * mean * wide;
        }
        all
    }

    /// Quantiles of the next steps together.
    pub(crate) fn total(&self, steps: usize, levels: &Levels) -> Vec<f64> {
        let (kept, wide) = (self.phi + self.alpha, 1.0 + self.extra);
        let means = self.mean(steps);
        // From the last step back: what an error is worth in all steps after it.
        let (mut worth, mut variance) = (1.0, 0.0);
        let mut after = self.alpha;
        for mean in means.iter().rev() {
            variance += mean * wide * worth * worth;
            worth += after;
            after *= kept;
        }
        negative_binomial(means.iter().sum(), variance, levels)
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        for number in [self.alpha, self.phi, self.long_run, self.extra, self.mean] {
            out.number(number);
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, StateError> {
        let [alpha, phi, long_run] = [from.number()?, from.number()?, from.number()?];
        let [extra, mean] = [from.number()?, from.number()?];
        let shares = alpha >= 0.0 && phi >= 0.0 && alpha + phi <= 1.0;
        if !shares
            || !(0.0..=1e9).contains(&long_run)
            || !(0.0..=1e9).contains(&mean)
            || extra < 0.0
        {
            return Err(StateError::Bytes("weights or means out of bounds"));
        }
        Ok(Self { alpha, phi, long_run, extra, mean })
    }
}

impl Forecaster for NegativeBinomial {
    fn name(&self) -> &str {
        "negative_binomial"
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        let mean = self.mean(past)?;
        let mut state = searched(past, mean, None).0;
        run(&mut state, past, |_, _| {});
        Ok(Box::new(State::from(Rule::Counts(state))))
    }

    fn fit_each(
        &self,
        past: &Past<'_>,
        origins: &[usize],
    ) -> Result<Vec<Box<dyn Fitted>>, NotFitted> {
        let mut known = None;
        let mut all: Vec<Box<dyn Fitted>> = Vec::with_capacity(origins.len());
        for origin in origins {
            let past = past.first(*origin);
            let mean = self.mean(&past)?;
            let (mut state, at) = searched(&past, mean, known);
            known = Some(at);
            run(&mut state, &past, |_, _| {});
            all.push(Box::new(State::from(Rule::Counts(state))));
        }
        Ok(all)
    }
}

impl NegativeBinomial {
    /// The mean of a past that is one of counts.
    fn mean(&self, past: &Past<'_>) -> Result<f64, NotFitted> {
        at_least(LEAST, past, self.name())?;
        let whole = past.known().all(|y| y >= 0.0 && y.fract() == 0.0);
        let (sum, count) = past.known().fold((0.0, 0.0), |(sum, n), y| (sum + y, n + 1.0));
        let mean: f64 = sum / count;
        if whole && mean > 0.0 && mean <= MOST_MEAN {
            return Ok(mean);
        }
        let why = format!("it needs whole units, not all zero, of a mean up to {MOST_MEAN}");
        Err(NotFitted::Unsuited { model: self.name().to_owned(), why })
    }
}

fn run(state: &mut CountState, past: &Past<'_>, mut each: impl FnMut(&CountState, f64)) {
    for (y, seen) in past.values().iter().zip(past.seen()) {
        if *seen {
            each(state, *y);
        }
        state.update(seen.then_some(*y));
    }
}

/// Weights and scatter of the greatest likelihood, and where the search ended; the long run is the mean of all values.
/// From where a search of a shorter past ended, a few steps are enough.
fn searched(past: &Past<'_>, mean: f64, known: Option<[f64; 3]>) -> (CountState, [f64; 3]) {
    let share = |at: f64| 1.0 / (1.0 + (-at).exp());
    let read = |at: &[f64]| {
        let kept = share(at[0]);
        let alpha = kept * share(at[1]);
        let extra = at[2].exp().clamp(EXTRA.0, EXTRA.1);
        CountState { alpha, phi: kept - alpha, long_run: mean, extra, mean }
    };
    let cost = |at: &[f64]| {
        let (mut state, mut cost) = (read(at), 0.0);
        let start = state;
        run(&mut state, past, |state, y| cost -= likelihood(state.mean.max(1e-9), start.extra, y));
        cost
    };
    let mut best = (f64::INFINITY, [0.0; 3]);
    let starts = [[0.0, -1.0, 0.0], [3.0, -2.0, 0.0], [3.0, -3.5, 0.7], [-2.0, -1.0, 0.7]];
    for at in known.as_ref().map_or(&starts[..], std::slice::from_ref).iter().copied() {
        let found = cost(&at);
        if found < best.0 {
            best = (found, at);
        }
    }
    let mut at = best.1;
    let steps = if known.is_some() { 4 } else { 25 };
    descend(&mut at, 1e-3, steps, |at, slope| {
        let here = cost(at);
        let mut near = [at[0], at[1], at[2]];
        for (side, slope) in slope.iter_mut().enumerate() {
            near[side] += 1e-5;
            *slope = (cost(&near) - here) / 1e-5;
            near[side] = at[side];
        }
        here
    });
    (read(&at), at)
}

/// The logarithm of the chance of a count, but for what depends on the count alone.
fn likelihood(mean: f64, extra: f64, y: f64) -> f64 {
    let size = mean / extra;
    rising(size, y) - size * extra.ln_1p() + y * (extra / (1.0 + extra)).ln()
}

/// `ln Γ(size + y) - ln Γ(size)`: a product where there are few factors, Stirling's series beyond.
fn rising(size: f64, y: f64) -> f64 {
    if y <= 16.0 {
        let mut product = 1.0;
        let mut at = 0.0;
        while at < y {
            product *= size + at;
            at += 1.0;
        }
        return product.ln();
    }
    let gamma = |x: f64| {
        // Above eight, three terms are right to nine digits.
        let (mut x, mut below) = (x, 0.0);
        while x < 8.0 {
            below += x.ln();
            x += 1.0;
        }
        (x - 0.5) * x.ln() - x + (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / (1260.0 * x * x)) / (x * x)) / x
            - below
    };
    gamma(size + y) - gamma(size)
}

/// Quantiles of the negative binomial of a mean and a variance; the least count whose chance reaches the level. Above a
/// mean of [`MOST_SUMMED`] those of the normal distribution.
pub(crate) fn negative_binomial(mean: f64, variance: f64, levels: &Levels) -> Vec<f64> {
    if mean <= 0.0 || mean.is_nan() {
        return vec![0.0; levels.len()];
    }
    if mean > MOST_SUMMED || !variance.is_finite() {
        let size = variance.max(mean).sqrt().min(f64::MAX);
        let at = |level| (mean + size * oms_learn::normal_quantile(level)).max(0.0).round();
        return levels.iter().map(at).collect();
    }
    let extra = (variance / mean - 1.0).max(1e-9);
    let (size, next) = (mean / extra, extra / (1.0 + extra));
    // In logarithms, so that a chance of zero units too small to be a number does no harm.
    let mut chance = -size * extra.ln_1p();
    let (mut count, mut below) = (0.0, chance.exp());
    let furthest = mean + 40.0 * variance.sqrt() + 40.0;
    let mut found = Vec::with_capacity(levels.len());
    for level in levels.iter() {
        while below < level && count < furthest {
            chance += ((size + count) / (count + 1.0) * next).ln();
            count += 1.0;
            below += chance.exp();
        }
        found.push(count);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{CountState, negative_binomial, rising};
    use crate::levels::Levels;

    // Goal: quantiles are those of the definition. Method: a geometric distribution, whose chances are powers; a Poisson
    // distribution of mean 3, whose tables anybody has.
    #[test]
    fn quantiles() {
        let levels = Levels::new(&[0.4, 0.6, 0.74, 0.76, 0.9]).unwrap();
        // Mean 1, variance 2: P(0) = 1/2, P(y) halves.
        assert_eq!(negative_binomial(1.0, 2.0, &levels), [0.0, 1.0, 1.0, 2.0, 3.0]);
        let levels = Levels::new(&[0.04, 0.5, 0.81, 0.82, 0.99]).unwrap();
        assert_eq!(negative_binomial(3.0, 3.0, &levels), [0.0, 3.0, 4.0, 5.0, 8.0]);
    }

    // Goal: both ways to the same figure meet. Method: either side of where the way changes.
    #[test]
    fn rising_meets() {
        for size in [0.01, 0.7, 3.0, 55.0_f64] {
            let long: f64 = (0..17).map(|at| (size + f64::from(at)).ln()).sum();
            assert!((rising(size, 17.0) - long).abs() < 1e-6, "{size}");
        }
    }

    // Goal: the sum over steps has the mean and variance of the steps. Method: without smoothing steps are independent:
    // the quantiles are those of the sum of means and of variances.
    #[test]
    fn totals() {
        let state = CountState { alpha: 0.0, phi: 0.5, long_run: 2.0, extra: 1.0, mean: 2.0 };
        let levels = Levels::default();
        assert_eq!(state.total(5, &levels), negative_binomial(10.0, 20.0, &levels));
    }
}
