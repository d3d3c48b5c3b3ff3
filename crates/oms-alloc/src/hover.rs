//! Prices to route by: steps that go on near the top of a climb, and the mean of where they lead.
//!
//! Prices that prove a bound stand at the edge of all that would: a little higher, and orders refuse units that nobody
//! wants later; a little lower, and the first orders take what the last ones need. Steps that stay as long as they are,
//! up where orders draw more than is left and down where they draw less, go to and fro between the edges, and their mean
//! stands inside.
//!
//! # Source
//! Adam (Kingma and Ba, 2015); the mean of its points as of Polyak and Juditsky (SIAM J. Control Optim., 1992).

use crate::oracle::{Market, Oracle, Take};
use crate::plan::for_packages;
use crate::price::dearest;
use crate::problem::{FREE, Problem, TICKS};

const MEAN: f64 = 0.9;
const SQUARE: f64 = 0.99;
/// How far a step goes, in what a package costs.
const RATE: f64 = 0.05;

/// The mean of the prices, in ticks, at which so many passes hover that begin at prices `from`: over these orders, each
/// served from all that is left. The first half of the passes finds its way and does not count.
pub(crate) fn hover(
    problem: &Problem,
    from: &[i64],
    (left, orders): (&[i64], &[usize]),
    passes: u32,
    oracle: &mut Oracle,
) -> Vec<i64> {
    let mut hover = Hover::new(problem, from);
    let mut sum = vec![0.0; from.len()];
    let first = passes / 2;
    for pass in 0..passes {
        hover.pass(problem, left, orders, oracle);
        if pass >= first {
            sum.iter_mut().zip(&hover.at).for_each(|(sum, at)| *sum += at);
        }
    }
    if passes == 0 {
        return from.to_vec();
    }
    let counted = f64::from(passes - first);
    let mean = sum.into_iter().map(|sum| (sum / counted * TICKS as f64).round() as i64);
    let mut mean: Vec<i64> = mean.collect();
    mean[FREE as usize] = 0;
    mean
}

/// Prices that go to and fro.
struct Hover {
    at: Vec<f64>,
    mean: Vec<f64>,
    square: Vec<f64>,
    ticks: Vec<i64>,
    drawn: Vec<i64>,
    passes: i32,
    rate: f64,
    dearest: f64,
}

impl Hover {
    fn new(problem: &Problem, from: &[i64]) -> Self {
        Self {
            at: from.iter().map(|ticks| *ticks as f64 / TICKS as f64).collect(),
            mean: vec![0.0; from.len()],
            square: vec![0.0; from.len()],
            ticks: from.to_vec(),
            drawn: vec![0; from.len()],
            passes: 0,
            rate: RATE * problem.package_scale(),
            dearest: dearest(problem),
        }
    }

    fn pass(&mut self, problem: &Problem, left: &[i64], orders: &[usize], oracle: &mut Oracle) {
        self.drawn.fill(0);
        for order in orders {
            oracle.solve(problem, *order, Market { price: &self.ticks, left });
            self.draw(problem, &oracle.takes);
        }
        self.step(left);
    }

    fn draw(&mut self, problem: &Problem, takes: &[Take]) {
        for_packages(takes, |take, first| {
            let arc = problem.arcs[take.arc as usize];
            problem.for_draws(&arc, |row, times| {
                self.drawn[row as usize] += times * i64::from(take.qty);
            });
            if first {
                self.drawn[problem.sites[take.site as usize].row as usize] += 1;
            }
        });
    }

    fn step(&mut self, left: &[i64]) {
        self.passes += 1;
        let fade_mean = 1.0 - MEAN.powi(self.passes);
        let fade_square = 1.0 - SQUARE.powi(self.passes);
        for (row, left) in left.iter().enumerate().skip(1) {
            let slope = (self.drawn[row] - left) as f64;
            let slope = if slope < 0.0 && self.ticks[row] == 0 { 0.0 } else { slope };
            self.mean[row] = MEAN * self.mean[row] + (1.0 - MEAN) * slope;
            self.square[row] = SQUARE * self.square[row] + (1.0 - SQUARE) * slope * slope;
            let scale = (self.square[row] / fade_square).sqrt() + 1e-9;
            let way = self.mean[row] / fade_mean / scale;
            self.at[row] = (self.at[row] + self.rate * way).clamp(0.0, self.dearest);
            self.ticks[row] = (self.at[row] * TICKS as f64).round() as i64;
        }
        self.ticks[FREE as usize] = 0;
    }
}
