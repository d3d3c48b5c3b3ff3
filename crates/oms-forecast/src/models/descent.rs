//! The least value of a smooth function: steps along its gradient, bent by what earlier steps learned of its curvature.
//!
//! # Source
//! Broyden, Fletcher, Goldfarb and Shanno, as in Nocedal and Wright, *Numerical Optimization*, second edition, 2006, 6.1;
//! the step is halved until Armijo's rule is met.

/// Steps that one search may take.
const MOST_STEPS: usize = 200;
/// Halvings of one step.
const MOST_HALVINGS: usize = 12;
/// The share of the promised fall that a step must bring.
const ARMIJO: f64 = 1e-4;
/// No coordinate goes further in one step: beyond it a curvature learned here means little.
const FURTHEST: f64 = 2.0;

/// Goes down from `at` until two steps in a row bring less than `enough`, or `steps` are taken.
///
/// `worth` gives the value and writes its gradient. A value that is no number counts as infinite. `at` ends at the least
/// point that was seen.
///
/// # Cost
/// One call of `worth` for each step and halving, and `6·d²` products.
pub(crate) fn descend(
    at: &mut [f64],
    enough: f64,
    steps: usize,
    mut worth: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> f64 {
    let d = at.len();
    let (mut gradient, mut slope) = (vec![0.0; d], vec![0.0; d]);
    let (mut way, mut next) = (vec![0.0; d], vec![0.0; d]);
    let mut value = finite(worth(at, &mut gradient));
    if value == f64::INFINITY || d == 0 {
        return value;
    }
    let (mut curvature, mut idle) = (Curvature::new(d), 0);
    for _ in 0..steps.min(MOST_STEPS) {
        let Some(fall) = curvature.way(&gradient, &mut way) else { break };
        let longest = way.iter().fold(0.0_f64, |longest, step| longest.max(step.abs()));
        let mut length = if longest > FURTHEST { FURTHEST / longest } else { 1.0 };
        let mut found = f64::INFINITY;
        for _ in 0..MOST_HALVINGS {
            for ((next, at), way) in next.iter_mut().zip(&*at).zip(&way) {
                *next = at + length * way;
            }
            found = finite(worth(&next, &mut slope));
            if found <= value + ARMIJO * length * fall {
                break;
            }
            // Where a parabola through what is known is least, within reason.
            let curve = found - value - length * fall;
            let least = if curve.is_finite() { -0.5 * fall * length * length / curve } else { 0.0 };
            length = least.clamp(0.1 * length, 0.5 * length);
        }
        if found > value || found == f64::INFINITY {
            if !curvature.known {
                break;
            }
            curvature.known = false;
            continue;
        }
        // Step and change of slope, in the room of the old ones.
        for (((step, at), slope), gradient) in
            way.iter_mut().zip(&mut *at).zip(&slope).zip(&mut gradient)
        {
            *step *= length;
            *at += *step;
            *gradient = slope - *gradient;
        }
        curvature.learn(&way, &gradient);
        std::mem::swap(&mut gradient, &mut slope);
        idle = if value - found < enough { idle + 1 } else { 0 };
        value = found;
        if idle == 2 {
            break;
        }
    }
    value
}

/// The inverse of the curvature, as far as it is known.
struct Curvature {
    inverse: Vec<f64>,
    bent: Vec<f64>,
    known: bool,
}

impl Curvature {
    fn new(d: usize) -> Self {
        Self { inverse: vec![0.0; d * d], bent: vec![0.0; d], known: false }
    }

    /// Writes the next step and gives the fall that it promises; `None` on level ground.
    fn way(&mut self, gradient: &[f64], way: &mut [f64]) -> Option<f64> {
        if self.known {
            for (row, way) in self.inverse.chunks_exact(way.len()).zip(&mut *way) {
                *way = -dot(row, gradient);
            }
            let fall = dot(way, gradient);
            if fall < 0.0 {
                return Some(fall);
            }
            self.known = false;
        }
        let size = dot(gradient, gradient).sqrt();
        if size.is_nan() || size <= 1e-12 {
            return None;
        }
        way.iter_mut().zip(gradient).for_each(|(way, slope)| *way = -0.5 / size * slope);
        Some(-0.5 * size)
    }

    /// Takes in how the slope changed along a step.
    fn learn(&mut self, step: &[f64], change: &[f64]) {
        let (d, turn, size) = (step.len(), dot(step, change), dot(change, change));
        // Ground that bends the wrong way teaches nothing.
        if turn.is_nan() || turn <= 1e-12 * (dot(step, step) * size).sqrt() {
            return;
        }
        if !self.known {
            self.inverse.fill(0.0);
            self.inverse.iter_mut().step_by(d + 1).for_each(|entry| *entry = turn / size);
            self.known = true;
        }
        for (row, bent) in self.inverse.chunks_exact(d).zip(&mut self.bent) {
            *bent = dot(row, change);
        }
        let factor = (1.0 + dot(change, &self.bent) / turn) / turn;
        for (row, (along, bend)) in
            self.inverse.chunks_exact_mut(d).zip(step.iter().zip(&self.bent))
        {
            let (a, b) = (factor * along - bend / turn, along / turn);
            for ((entry, step), bend) in row.iter_mut().zip(step).zip(&self.bent) {
                *entry += a * step - b * bend;
            }
        }
    }
}

fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::INFINITY }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::descend;

    // Goal: a narrow bent valley is followed to its end. Method: Rosenbrock's, from his start.
    #[test]
    fn follows_a_valley() {
        let mut at = [-1.2, 1.0];
        let least = descend(&mut at, 1e-12, 200, |at, slope| {
            let (a, b) = (1.0 - at[0], at[1] - at[0] * at[0]);
            (slope[0], slope[1]) = (-2.0 * a - 400.0 * at[0] * b, 200.0 * b);
            a * a + 100.0 * b * b
        });
        assert!(least < 1e-9 && (at[0] - 1.0).abs() < 1e-4 && (at[1] - 1.0).abs() < 1e-4, "{at:?}");
    }

    // Goal: no number is never an answer. Method: a function with a hole, started beside it and in it.
    #[test]
    fn keeps_out_of_holes() {
        let hole = |at: &[f64], slope: &mut [f64]| {
            slope[0] = 2.0 * at[0];
            if at[0] < 0.5 { f64::NAN } else { at[0] * at[0] }
        };
        let mut at = [3.0];
        assert!(descend(&mut at, 1e-9, 100, hole) < 1.0 && at[0] >= 0.5);
        assert!(descend(&mut [0.1], 1e-9, 100, hole).is_infinite());
    }
}
