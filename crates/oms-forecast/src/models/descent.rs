//! The least value of a function: along its gradient, bent by what earlier steps learned of its curvature ([`descend`]), or
//! where there is no gradient by smaller and smaller steps along each coordinate ([`stepped`]); of one number by parabolas
//! ([`least`]).
//!
//! # Source
//! Broyden, Fletcher, Goldfarb and Shanno, as in Nocedal and Wright, *Numerical Optimization*, second edition, 2006, 6.1;
//! the step is halved until Armijo's rule is met. Steps along coordinates: Hooke and Jeeves, *Direct search solution of
//! numerical and statistical problems*, Journal of the ACM 8, 1961, their exploratory moves. Parabolas, and golden sections
//! where they do not help: Brent, *Algorithms for Minimization without Derivatives*, 1973, chapter 5.

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

/// Where a search along coordinates may go: the bounds of each, its first step, by how much steps shrink from round to
/// round, and how many rounds there are.
pub(crate) struct Steps<const N: usize> {
    pub(crate) low: [f64; N],
    pub(crate) high: [f64; N],
    pub(crate) first: [f64; N],
    pub(crate) shrink: f64,
    pub(crate) rounds: usize,
}

/// Goes from the best of some starts along each coordinate, up and else down, by smaller and smaller steps; the least point
/// that was seen. What is no number is never better.
///
/// # Cost
/// One call of `worth` for each start, and up to `2·N` in each round.
pub(crate) fn stepped<const N: usize>(
    starts: impl IntoIterator<Item = [f64; N]>,
    steps: &Steps<N>,
    mut worth: impl FnMut([f64; N]) -> f64,
) -> [f64; N] {
    let mut best = (f64::INFINITY, steps.low);
    for (rank, at) in starts.into_iter().enumerate() {
        let found = worth(at);
        if rank == 0 || found < best.0 {
            best = (finite(found), at);
        }
    }
    let mut lengths = steps.first;
    for _ in 0..steps.rounds {
        for side in 0..N {
            for length in [lengths[side], -lengths[side]] {
                let mut at = best.1;
                at[side] = f64::clamp(at[side] + length, steps.low[side], steps.high[side]);
                let found = worth(at);
                if found < best.0 {
                    best = (found, at);
                    // The other way is where it came from.
                    break;
                }
            }
        }
        lengths = lengths.map(|length| length * steps.shrink);
    }
    best.1
}

/// Looks that [`least`] takes at its stretch, and steps that it takes after them.
const LOOKS: usize = 11;
const MOST_NARROWED: usize = 18;
/// The share of the stretch to which the least point is found.
const NEAR: f64 = 2e-5;

/// The point of a stretch at which a function is least: a coarse look, then parabolas through the least three points.
///
/// # Cost
/// 18 calls on smooth ground, 29 at most.
pub(crate) fn least(from: f64, to: f64, mut worth: impl FnMut(f64) -> f64) -> f64 {
    const GOLDEN: f64 = 0.381_966_011_250_105_1;
    let step = (to - from) / (LOOKS - 1) as f64;
    // The three least points, each with its value, the best first.
    let mut best = [(from, f64::INFINITY); 3];
    for look in 0..LOOKS {
        let at = from + step * look as f64;
        keep(&mut best, (at, finite(worth(at))));
    }
    let (mut low, mut high) = ((best[0].0 - step).max(from), (best[0].0 + step).min(to));
    let (mut last, mut before) = (high - low, high - low);
    let tolerance = NEAR * (to - from);
    for _ in 0..MOST_NARROWED {
        let [(x, _), ..] = best;
        let middle = f64::midpoint(low, high);
        if (x - middle).abs() + 0.5 * (high - low) <= 2.0 * tolerance {
            break;
        }
        let bent = bottom(&best);
        let inside = bent > low && bent < high && (bent - x).abs() < 0.5 * before.abs();
        before = last;
        let mut at = if inside {
            bent
        } else {
            before = if x < middle { high - x } else { low - x };
            x + GOLDEN * before
        };
        if (at - x).abs() < tolerance {
            // Nearer would be the same point; it closes the stretch on the side where there is more room.
            at = if x < middle { x + tolerance } else { x - tolerance };
        }
        last = at - x;
        let found = finite(worth(at));
        let side = if found <= best[0].1 { x } else { at };
        if (found <= best[0].1) == (at >= x) {
            low = side
        } else {
            high = side
        }
        keep(&mut best, (at, found));
    }
    best[0].0
}

/// Puts a point among the three least.
fn keep(best: &mut [(f64, f64); 3], new: (f64, f64)) {
    let rank = best.iter().take_while(|its| its.1 < new.1).count();
    if rank < best.len() {
        best[rank..].rotate_right(1);
        best[rank] = new;
    }
}

/// Where the parabola through three points is least; no number where there is none.
fn bottom(&[(x, worth), (one, at_one), (two, at_two)]: &[(f64, f64); 3]) -> f64 {
    let (left, right) = ((x - one) * (worth - at_two), (x - two) * (worth - at_one));
    let (above, below) = ((x - two) * right - (x - one) * left, 2.0 * (right - left));
    // Where it opens downwards its bottom is a top.
    let bends = below * (two - one) * (x - one) * (x - two);
    if bends < 0.0 { x - above / below } else { f64::NAN }
}

fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::INFINITY }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::{Steps, descend, least, stepped};

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

    // Goal: steps along coordinates come to the least point, or to the bound before it, and never into a hole. Method: a
    // bowl whose middle lies inside, and beyond a bound; a start in a hole beside one that is none.
    #[test]
    fn steps_along_coordinates() {
        let steps = Steps {
            low: [-1.0, -1.0],
            high: [1.0, 1.0],
            first: [0.5, 0.5],
            shrink: 0.7,
            rounds: 40,
        };
        for (middle, wanted) in [([0.3, -0.6], [0.3, -0.6]), ([3.0, 0.2], [1.0, 0.2])] {
            let bowl = |at: [f64; 2]| {
                let off = [at[0] - middle[0], at[1] - middle[1]];
                if at[0] < -0.9 { f64::NAN } else { off[0] * off[0] + 2.0 * off[1] * off[1] }
            };
            let found = stepped([[-1.0, 0.0], [0.0, 0.0]], &steps, bowl);
            assert!((found[0] - wanted[0]).abs() < 1e-4 && (found[1] - wanted[1]).abs() < 1e-4);
        }
    }

    // Goal: the least point of a stretch, inside, at either end, beside a hole, and where the ground is flat. Method: functions
    // whose least point anybody can see; calls are counted.
    #[test]
    fn of_one_number() {
        let found = |worth: fn(f64) -> f64| {
            let mut calls = 0;
            let at = least(0.1, 0.99, |x| {
                calls += 1;
                worth(x)
            });
            assert!(calls <= 29, "{calls}");
            (at, calls)
        };
        let (bowl, calls) = found(|x| (x - 0.437).powi(2));
        assert!((bowl - 0.437).abs() < 1e-4 && calls < 18, "{bowl} {calls}");
        let bent = found(|x| -(x * (-3.0 * x).exp())).0;
        assert!((bent - 1.0 / 3.0).abs() < 1e-4, "{bent}");
        assert!((found(|x| (x - 0.6).abs()).0 - 0.6).abs() < 1e-3);
        assert!((found(|x| x).0 - 0.1).abs() < 1e-4 && (found(|x| -x).0 - 0.99).abs() < 1e-4);
        assert!((found(|x| if x < 0.5 { f64::NAN } else { x }).0 - 0.5).abs() < 1e-3);
        assert!((0.1..=0.99).contains(&found(|_| 1.0).0));
    }
}
