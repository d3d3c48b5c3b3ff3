//! The exact likelihood of an ARMA process with gaps: Kalman's filter, begun at the process's own distribution.
//!
//! What the process says of itself does not need its mean: values and a row of ones go through the same filter, and the mean
//! under which the likelihood is greatest is the line of the one on the other.
//!
//! # Source
//! Harvey and Phillips, *Maximum likelihood estimation of regression models with autoregressive-moving average
//! disturbances*, Biometrika 66, 1979; Gardner, Harvey and Phillips, *Algorithm AS 154*, Applied Statistics 29, 1980.

/// How near the covariance of a state must be to that of one whose past is known: from there on it is taken as such.
const SETTLED: f64 = 1e-10;

/// A filter that has seen some values.
///
/// State `i` is what is known of the value `i` steps ahead, errors to come left aside; of the first it is the next value.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// Weights of values and errors, as many as there are states; that of the error itself first.
    values: Vec<f64>,
    errors: Vec<f64>,
    /// States of the values, and of a row of ones.
    state: Vec<f64>,
    ones: Vec<f64>,
    /// Covariances of states, in units of the variance of an error, row by row.
    covariance: Vec<f64>,
    /// What each state moves by for each unit that the next value is off.
    gain: Vec<f64>,
    settled: bool,
}

/// What a filter says of one value before it sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    /// Of the value, and of a row of ones.
    pub(crate) value: f64,
    pub(crate) one: f64,
    /// Variance, in units of that of an error.
    pub(crate) variance: f64,
}

/// Sums over values that were seen, from which mean, variance and likelihood are made.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) count: f64,
    squares: f64,
    products: f64,
    ones: f64,
    logs: f64,
}

impl Sums {
    pub(crate) fn add(&mut self, seen: f64, expected: Expected) {
        let (off, one, share) =
            (seen - expected.value, 1.0 - expected.one, 1.0 / expected.variance);
        self.count += 1.0;
        self.squares += off * off * share;
        self.products += off * one * share;
        self.ones += one * one * share;
        self.logs += expected.variance.ln();
    }

    /// The mean of the greatest likelihood.
    pub(crate) fn mean(&self) -> f64 {
        if self.ones > 0.0 { self.products / self.ones } else { 0.0 }
    }

    /// Squared errors around that mean, or around zero.
    pub(crate) fn squares(&self, constant: bool) -> f64 {
        let gained = if constant { self.mean() * self.products } else { 0.0 };
        (self.squares - gained).max(0.0)
    }

    /// Minus twice the logarithm of the likelihood, at the variance under which it is greatest.
    pub(crate) fn cost(&self, constant: bool) -> f64 {
        let variance = self.squares(constant) / self.count;
        self.count * (1.0 + (std::f64::consts::TAU * variance).ln()) + self.logs
    }
}

impl Filter {
    /// Before any value. `None` where the process has no distribution of its own.
    pub(crate) fn new(values: &[f64], errors: &[f64]) -> Option<Self> {
        let states = values.len().max(errors.len() + 1);
        let mut all_values = values.to_vec();
        all_values.resize(states, 0.0);
        let mut all_errors = vec![1.0];
        all_errors.extend(errors);
        all_errors.resize(states, 0.0);
        let covariance = begun(values.len(), &all_values, &all_errors)?;
        Some(Self {
            values: all_values,
            errors: all_errors,
            state: vec![0.0; states],
            ones: vec![0.0; states],
            covariance,
            gain: vec![0.0; states],
            settled: false,
        })
    }

    pub(crate) fn expected(&self) -> Expected {
        let variance = if self.settled { 1.0 } else { self.covariance[0] };
        Expected { value: self.state[0], one: self.ones[0], variance }
    }

    /// States around a mean: what values less it are expected to be.
    pub(crate) fn around(&self, mean: f64) -> Vec<f64> {
        self.state.iter().zip(&self.ones).map(|(state, one)| state - mean * one).collect()
    }

    /// Goes on by one step, at which something was seen or not.
    ///
    /// # Cost
    /// States² until the past is as good as known, then states.
    pub(crate) fn step(&mut self, seen: Option<f64>) {
        let Some(value) = seen else {
            self.pass();
            moved(&mut self.state, &self.values);
            moved(&mut self.ones, &self.values);
            return;
        };
        let expected = self.expected();
        if self.settled {
            self.gain.copy_from_slice(&self.errors);
        } else {
            self.learn();
        }
        let off = [value - expected.value, 1.0 - expected.one];
        for (state, off) in [&mut self.state, &mut self.ones].into_iter().zip(off) {
            state.iter_mut().zip(&self.gain).for_each(|(state, gain)| *state += gain * off);
            moved(state, &self.values);
        }
    }

    /// The covariance after a value was seen and a step went by. Its first row is gone then, as the value is known.
    fn learn(&mut self) {
        let Self { covariance, gain, errors, .. } = self;
        let states = errors.len();
        let share = 1.0 / covariance[0];
        gain.iter_mut().zip(&*covariance).for_each(|(gain, first)| *gain = first * share);
        let variance = covariance[0];
        let mut beyond = 0.0_f64;
        for row in 0..states {
            let taken = gain.get(row + 1).copied().unwrap_or_default() * variance;
            for column in row..states {
                let after = if column + 1 < states {
                    covariance[(row + 1) * states + column + 1] - taken * gain[column + 1]
                } else {
                    0.0
                };
                covariance[row * states + column] = after + errors[row] * errors[column];
                if row == column {
                    beyond = beyond.max(after);
                }
            }
        }
        self.settled = beyond < SETTLED;
    }

    /// The covariance after a step at which nothing was seen.
    fn pass(&mut self) {
        let Self { covariance, values, errors, .. } = self;
        let states = errors.len();
        if self.settled {
            for row in 0..states {
                for column in row..states {
                    covariance[row * states + column] = errors[row] * errors[column];
                }
            }
            self.settled = false;
        }
        let first: Vec<f64> = covariance[..states].to_vec();
        let next = |at: usize| first.get(at + 1).copied().unwrap_or_default();
        for row in 0..states {
            for column in row..states {
                let after = if column + 1 < states {
                    covariance[(row + 1) * states + column + 1]
                } else {
                    0.0
                };
                let (left, right) = (values[row], values[column]);
                covariance[row * states + column] = left * right * first[0]
                    + left * next(column)
                    + right * next(row)
                    + after
                    + errors[row] * errors[column];
            }
        }
    }
}

/// States after a step.
pub(crate) fn moved(state: &mut [f64], values: &[f64]) {
    let first = state[0];
    state.rotate_left(1);
    if let Some(last) = state.last_mut() {
        *last = 0.0;
    }
    state.iter_mut().zip(values).for_each(|(state, weight)| *state += weight * first);
}

/// What an error adds to the values after it: `ψ(0) = 1`, and on.
pub(crate) fn responses(values: &[f64], errors: &[f64], count: usize) -> Vec<f64> {
    let mut all: Vec<f64> = Vec::with_capacity(count);
    for step in 0..count {
        let own = if step == 0 { 1.0 } else { errors.get(step - 1).copied().unwrap_or_default() };
        let carried: f64 =
            values.iter().zip(all.iter().rev()).map(|(weight, before)| weight * before).sum();
        all.push(own + carried);
    }
    all
}

/// The covariance of states before anything was seen, upper half.
fn begun(order: usize, values: &[f64], errors: &[f64]) -> Option<Vec<f64>> {
    let states = values.len();
    let answers = responses(&values[..order], &errors[1..], states);
    // What errors bring to the covariance of values so many steps apart.
    let brought = |lag: usize| -> f64 {
        errors.get(lag..).unwrap_or_default().iter().zip(&answers).map(|(e, r)| e * r).sum()
    };
    let width = order + 1;
    let mut left = vec![0.0; width * width];
    let mut apart: Vec<f64> = (0..width).map(brought).collect();
    for row in 0..width {
        left[row * width + row] += 1.0;
        for (at, weight) in values[..order].iter().enumerate() {
            left[row * width + row.abs_diff(at + 1)] -= weight;
        }
    }
    solved(&mut left, &mut apart)?;
    for lag in width..=states {
        let carried: f64 =
            values[..order].iter().zip(apart.iter().rev()).map(|(weight, y)| weight * y).sum();
        apart.push(carried + brought(lag));
    }
    // Covariances of the next value with each state.
    let first: Vec<f64> = (0..=states)
        .map(|at| {
            let steps = (at..states).enumerate();
            steps.map(|(lag, k)| values[k] * apart[lag + 1] + errors[k] * answers[lag]).sum()
        })
        .collect();
    let mut covariance = vec![0.0; states * states];
    for row in (0..states).rev() {
        for column in row..states {
            let after =
                if column + 1 < states { covariance[(row + 1) * states + column + 1] } else { 0.0 };
            covariance[row * states + column] = values[row] * values[column] * apart[0]
                + values[row] * first[column + 1]
                + values[column] * first[row + 1]
                + after
                + errors[row] * errors[column];
        }
    }
    let sound = covariance.iter().all(|entry| entry.is_finite()) && covariance[0] > 0.0;
    sound.then_some(covariance)
}

/// Solves a system of equations by elimination, the largest pivot first.
fn solved(left: &mut [f64], right: &mut [f64]) -> Option<()> {
    let width = right.len();
    for at in 0..width {
        let size = |row: &usize| left[row * width + at].abs();
        let pivot = (at..width).max_by(|one, two| size(one).total_cmp(&size(two)))?;
        if size(&pivot) < 1e-12 {
            return None;
        }
        for column in 0..width {
            left.swap(at * width + column, pivot * width + column);
        }
        right.swap(at, pivot);
        for row in at + 1..width {
            let share = left[row * width + at] / left[at * width + at];
            if share != 0.0 {
                for column in at..width {
                    left[row * width + column] -= share * left[at * width + column];
                }
                right[row] -= share * right[at];
            }
        }
    }
    for row in (0..width).rev() {
        let known: f64 =
            (row + 1..width).map(|column| left[row * width + column] * right[column]).sum();
        right[row] = (right[row] - known) / left[row * width + row];
    }
    Some(())
}
