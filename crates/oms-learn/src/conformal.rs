//! Conformal calibration: intervals that hold their promise whatever the model, by its errors on rows it never saw.
//!
//! # Source
//! Lei, G'Sell, Rinaldo, Tibshirani and Wasserman, *Distribution-free predictive inference for regression*, Journal of the
//! American Statistical Association 113, 2018; Romano, Patterson and Candès, *Conformalized quantile regression*, NeurIPS
//! 2019; Gibbs and Candès, *Adaptive conformal inference under distribution shift*, NeurIPS 2021.

/// The number below which a share `level` of further ones will fall, judging by these: the one of rank
/// `⌈(n + 1) level⌉`. `None` where there are too few to say, which means no bound at all.
///
/// With absolute errors and `1 - alpha` it is the half width of an interval that misses a share `alpha`; with actual values
/// less their quantile it is what to add to that quantile.
///
/// # Law
/// If what comes is drawn like what was, it holds at least this often, and at most `1 / (n + 1)` more.
///
/// # Cost
/// One selection.
///
/// # Example
/// ```
/// use oms_learn::conformal_bound;
///
/// let errors = [0.3, 0.1, 0.4, 0.7, 0.9, 1.2, 1.7, 2.5, 3.1];
/// assert_eq!(conformal_bound(&errors, 0.8), Some(2.5));
/// assert_eq!(conformal_bound(&errors, 0.95), None);
/// ```
#[must_use]
pub fn conformal_bound(scores: &[f64], level: f64) -> Option<f64> {
    let mut known: Vec<f64> = scores.iter().copied().filter(|score| !score.is_nan()).collect();
    if known.is_empty() || !(0.0..1.0).contains(&level) {
        return None;
    }
    // A level such as 0.8 is a little off in binary; that must not shift a whole rank.
    let rank = ((known.len() + 1) as f64 * level - 1e-9).ceil().max(1.0) as usize;
    let at = rank - 1;
    (at < known.len()).then(|| *known.select_nth_unstable_by(at, f64::total_cmp).1)
}

/// A level that corrects itself: after each outcome it asks for a little more or less, so that the share of misses comes to
/// what was promised, whatever happens to demand.
///
/// # Law
/// After `n` outcomes the share of misses is off by at most `(1 + rate) / (rate n)`.
///
/// # Example
/// ```
/// use oms_learn::AdaptiveLevel;
///
/// let mut level = AdaptiveLevel::new(0.9, 0.05).unwrap();
/// level.update(true);
/// assert!(level.level() > 0.9);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaptiveLevel {
    wanted: f64,
    rate: f64,
    level: f64,
}

impl AdaptiveLevel {
    /// Begins at the level wanted. `None` unless level and rate are between 0 and 1.
    #[must_use]
    pub fn new(wanted: f64, rate: f64) -> Option<Self> {
        let inside = |value: f64| value > 0.0 && value < 1.0;
        (inside(wanted) && inside(rate)).then_some(Self { wanted, rate, level: wanted })
    }

    /// The level to ask [`conformal_bound`] for now, from 0 to 1: at 1 there is no bound.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.level.clamp(0.0, 1.0)
    }

    /// The same as a number that may lie beyond 0 and 1 by up to the rate: what [`asking`](Self::asking) goes on from.
    #[must_use]
    pub fn asked(&self) -> f64 {
        self.level
    }

    /// Goes on from where another one of the same level and rate was. `None` where none of them can be.
    #[must_use]
    pub fn asking(self, asked: f64) -> Option<Self> {
        let room = 1e-9 + self.rate;
        let reached = asked >= -room && asked <= 1.0 + room;
        reached.then_some(Self { level: asked, ..self })
    }

    /// Takes in whether the last outcome was beyond its bound.
    pub fn update(&mut self, missed: bool) {
        let missed = if missed { 1.0 } else { 0.0 };
        self.level += self.rate * (missed - (1.0 - self.wanted));
    }
}
