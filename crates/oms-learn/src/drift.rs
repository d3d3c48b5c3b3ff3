//! Whether what comes is still like what was.

/// Population stability index: how far shares of bins have moved, 0 for not at all. `None` where a share is not above zero,
/// or lengths differ. What counts as an alarm is nowhere agreed; 0.1 and 0.25 are often used.
#[must_use]
pub fn psi(expected: &[f64], actual: &[f64]) -> Option<f64> {
    let positive = |shares: &[f64]| shares.iter().all(|share| *share > 0.0 && share.is_finite());
    let fits = expected.len() == actual.len() && positive(expected) && positive(actual);
    let moved = expected.iter().zip(actual).map(|(e, a)| (a - e) * (a / e).ln());
    (fits && !expected.is_empty()).then(|| moved.sum())
}

/// What the two-sample test of Kolmogorov and Smirnov says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KolmogorovSmirnov {
    /// The largest distance of the two distribution functions.
    pub statistic: f64,
    /// How likely two samples of one distribution are at least so far apart. Exact where there are no ties and at most
    /// ten thousand pairs, else by the limit, which is cautious for ties.
    pub p_value: f64,
}

/// Pairs of values up to which the chance is exact.
const MOST_PAIRS: usize = 10_000;

/// Compares two samples. `None` where one is empty or has a value that is no number.
///
/// # Cost
/// Sorting both; as many steps as pairs where the chance is exact.
///
/// # Source
/// Hodges, *The significance probability of the Smirnov two-sample test*, Arkiv för Matematik 3, 1958: paths that stay
/// inside.
#[must_use]
pub fn kolmogorov_smirnov(a: &[f64], b: &[f64]) -> Option<KolmogorovSmirnov> {
    if a.is_empty() || b.is_empty() || a.iter().chain(b).any(|value| value.is_nan()) {
        return None;
    }
    let mut all: Vec<(f64, bool)> = a.iter().map(|value| (*value, true)).collect();
    all.extend(b.iter().map(|value| (*value, false)));
    all.sort_by(|one, two| one.0.total_cmp(&two.0));
    let (m, n) = (a.len(), b.len());
    let (mut of_a, mut of_b, mut widest, mut tied) = (0_u64, 0_u64, 0_u64, false);
    // Distances in whole parts of m n, so that none is lost to rounding.
    let apart = |of_a: u64, of_b: u64| (of_a * n as u64).abs_diff(of_b * m as u64);
    for equal in all.chunk_by(|one, two| one.0 >= two.0) {
        tied |= equal.len() > 1;
        let firsts = equal.iter().filter(|(_, is_a)| *is_a).count() as u64;
        (of_a, of_b) = (of_a + firsts, of_b + equal.len() as u64 - firsts);
        widest = widest.max(apart(of_a, of_b));
    }
    let statistic = widest as f64 / (m as f64 * n as f64);
    let exact = !tied && m.checked_mul(n).is_some_and(|pairs| pairs <= MOST_PAIRS);
    let p_value = if exact { beyond(m, n, widest, apart) } else { in_the_limit(statistic, m, n) };
    Some(KolmogorovSmirnov { statistic, p_value: p_value.clamp(0.0, 1.0) })
}

/// The share of all orders of two samples in which they are so far apart somewhere.
fn beyond(m: usize, n: usize, widest: u64, apart: impl Fn(u64, u64) -> u64) -> f64 {
    // Of the orders of the first i and j values, the share that stayed nearer; a row for each i.
    let mut inside = vec![0.0; n + 1];
    for i in 0..=m {
        for j in 0..=n {
            let last_a = i as f64 / (i + j).max(1) as f64;
            let before = match (i, j) {
                (0, 0) => 1.0,
                (0, _) => inside[j - 1],
                (_, 0) => inside[0],
                _ => inside[j] * last_a + inside[j - 1] * (1.0 - last_a),
            };
            inside[j] = if apart(i as u64, j as u64) >= widest { 0.0 } else { before };
        }
    }
    1.0 - inside[n]
}

fn in_the_limit(statistic: f64, m: usize, n: usize) -> f64 {
    let (m, n) = (m as f64, n as f64);
    let root = (m / (m + n) * n).sqrt();
    let x = (root + 0.12 + 0.11 / root) * statistic;
    if x < 0.2 {
        return 1.0;
    }
    let term = |k: i32| {
        let sign = if k % 2 == 1 { 2.0 } else { -2.0 };
        sign * (-2.0 * f64::from(k * k) * x * x).exp()
    };
    (1..=100).map(term).sum()
}

/// Two-sided cumulative sums: small shifts of a mean add up until they are seen.
///
/// # Source
/// Page, *Continuous inspection schemes*, Biometrika 41, 1954.
///
/// # Example
/// ```
/// use oms_learn::Cusum;
///
/// let mut watch = Cusum::new(10.0, 0.5, 0.5, 4.0).unwrap();
/// let alarm = [10.1, 9.9, 11.2, 11.0, 11.4].into_iter().position(|x| watch.update(x));
/// assert_eq!(alarm, Some(4));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cusum {
    target: f64,
    deviation: f64,
    slack: f64,
    threshold: f64,
    upper: f64,
    lower: f64,
}

impl Cusum {
    /// Watches for shifts of more than twice `slack` from `target`; slack and threshold are in deviations. `None` unless
    /// the deviation is above zero and the others are numbers.
    #[must_use]
    pub fn new(target: f64, deviation: f64, slack: f64, threshold: f64) -> Option<Self> {
        let numbers = [target, deviation, slack, threshold].iter().all(|value| value.is_finite());
        let its = Self { target, deviation, slack, threshold, upper: 0.0, lower: 0.0 };
        (numbers && deviation > 0.0).then_some(its)
    }

    /// Takes a value in and says whether there is an alarm. What is no number is left out.
    pub fn update(&mut self, x: f64) -> bool {
        let z = (x - self.target) / self.deviation;
        if z.is_finite() {
            self.upper = (self.upper + z - self.slack).max(0.0);
            self.lower = (self.lower - z - self.slack).max(0.0);
        }
        self.upper > self.threshold || self.lower > self.threshold
    }

    /// The sum of what was too high, in deviations.
    #[must_use]
    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// The sum of what was too low, in deviations.
    #[must_use]
    pub fn lower(&self) -> f64 {
        self.lower
    }
}

/// Test of Page and Hinkley: whether values have risen above their own mean.
///
/// # Source
/// As [`Cusum`]; Hinkley, *Inference about the change-point from cumulative sum tests*, Biometrika 58, 1971.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageHinkley {
    slack: f64,
    threshold: f64,
    count: f64,
    mean: f64,
    sum: f64,
    least: f64,
}

impl PageHinkley {
    /// A rise of up to `slack` is none; the alarm comes once what is beyond it sums to more than `threshold`. Both are in
    /// units of the values. `None` where they are not from 0 on.
    #[must_use]
    pub fn new(slack: f64, threshold: f64) -> Option<Self> {
        let fits = |value: f64| value >= 0.0 && value.is_finite();
        let its = Self { slack, threshold, count: 0.0, mean: 0.0, sum: 0.0, least: 0.0 };
        (fits(slack) && fits(threshold)).then_some(its)
    }

    /// Takes a value in and says whether there is an alarm. What is no number is left out.
    pub fn update(&mut self, x: f64) -> bool {
        if x.is_finite() {
            self.count += 1.0;
            self.mean += (x - self.mean) / self.count;
            self.sum += x - self.mean - self.slack;
            self.least = self.least.min(self.sum);
        }
        self.statistic() > self.threshold
    }

    /// How far the sum is above its lowest.
    #[must_use]
    pub fn statistic(&self) -> f64 {
        self.sum - self.least
    }
}
