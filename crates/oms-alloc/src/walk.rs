//! Prices that walk along slopes: up where more is drawn than there is, down where less.
//!
//! # Source
//! Adam: Kingma and Ba, 2015.

use crate::oracle::Take;
use crate::plan::for_packages;
use crate::problem::{FREE, Problem, TICKS};

const MEAN: f64 = 0.9;
const SQUARE: f64 = 0.99;

/// Prices on their way, one for each row and cut.
#[derive(Debug, Clone)]
pub(crate) struct Walk {
    /// In minor units, and the same in whole ticks.
    pub(crate) at: Vec<f64>,
    pub(crate) ticks: Vec<i64>,
    mean: Vec<f64>,
    square: Vec<f64>,
    steps: i32,
    /// No price goes beyond, in minor units.
    pub(crate) dearest: f64,
}

impl Walk {
    /// Begins at prices in ticks.
    pub(crate) fn new(from: &[i64], dearest: f64) -> Self {
        let zeros = vec![0.0; from.len()];
        let (at, ticks) = (zeros.clone(), zeros.iter().map(|_| 0).collect());
        let mut walk = Self { at, ticks, mean: zeros.clone(), square: zeros, steps: 0, dearest };
        walk.again(from);
        walk
    }

    /// Begins anew, from prices in ticks.
    pub(crate) fn again(&mut self, from: &[i64]) {
        self.steps = 0;
        self.mean.fill(0.0);
        self.square.fill(0.0);
        self.ticks.copy_from_slice(from);
        for (at, ticks) in self.at.iter_mut().zip(from) {
            *at = *ticks as f64 / TICKS as f64;
        }
    }

    /// One more price, which is nothing yet.
    pub(crate) fn push(&mut self) {
        for list in [&mut self.at, &mut self.mean, &mut self.square] {
            list.push(0.0);
        }
        self.ticks.push(0);
    }

    /// Moves every price by about `rate` minor units: what is drawn on each row, and what there is of it.
    pub(crate) fn step(&mut self, drawn: &[i64], most: impl Fn(usize) -> i64, rate: f64) {
        self.steps += 1;
        let fade_mean = 1.0 - MEAN.powi(self.steps);
        let fade_square = 1.0 - SQUARE.powi(self.steps);
        for (row, drawn) in drawn.iter().enumerate().skip(1) {
            let slope = (drawn - most(row)) as f64;
            let slope = if slope < 0.0 && self.ticks[row] == 0 { 0.0 } else { slope };
            self.mean[row] = MEAN * self.mean[row] + (1.0 - MEAN) * slope;
            self.square[row] = SQUARE * self.square[row] + (1.0 - SQUARE) * slope * slope;
            let scale = (self.square[row] / fade_square).sqrt() + 1e-9;
            let way = self.mean[row] / fade_mean / scale;
            self.at[row] = (self.at[row] + rate * way).clamp(0.0, self.dearest);
            self.ticks[row] = (self.at[row] * TICKS as f64).round() as i64;
        }
        self.ticks[FREE as usize] = 0;
    }
}

/// Adds what takes of an order draw on each row, cuts apart.
pub(crate) fn draw(problem: &Problem, takes: &[Take], drawn: &mut [i64]) {
    for_packages(takes, |take, first| {
        let arc = problem.arcs[take.arc as usize];
        problem.for_draws(&arc, |row, times| {
            drawn[row as usize] += times * i64::from(take.qty);
        });
        if first {
            drawn[problem.sites[take.site as usize].row as usize] += 1;
        }
    });
}
