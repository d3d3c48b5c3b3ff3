//! Losses of one output, by first and second derivative.

use crate::boost::Loss;
use crate::boost::grow::Stat;

/// Added to the second derivative of Poisson loss, which is tiny where little is expected: the step stays bounded.
/// Its logarithm is LightGBM's default, from the parameter's documentation.
const POISSON_STEP: f64 = 0.7;

/// Derivatives of every row.
#[derive(Debug)]
pub(crate) struct Newton {
    pub(crate) l2: f64,
    pub(crate) rows_in_leaf: f64,
    pub(crate) hessian_in_leaf: f64,
    /// First and second derivative and weight.
    pub(crate) loads: Vec<[f64; 3]>,
}

impl Newton {
    /// Derivatives at the scores of now.
    pub(crate) fn derive(&mut self, loss: &Loss, scores: &[f64], target: &[f64], weights: &[f64]) {
        let rows = scores.iter().zip(target).zip(weights);
        self.loads.clear();
        self.loads.extend(rows.map(|((&score, &y), &weight)| {
            let (first, second) = derivatives(loss, score, y);
            [first * weight, second * weight, weight]
        }));
    }

    /// The value of a leaf, before it is shrunk.
    pub(crate) fn value(&self, rows: &[u32]) -> f64 {
        let mut sum = [0.0; 3];
        for &row in rows {
            Self::add(&mut sum, self.load(row));
        }
        self.lean(&sum)
    }
}

fn derivatives(loss: &Loss, score: f64, y: f64) -> (f64, f64) {
    match loss {
        Loss::Poisson => {
            let mean = score.exp();
            (mean - y, mean * POISSON_STEP.exp())
        }
        Loss::Tweedie { power } => {
            let (one, two) = (((1.0 - power) * score).exp(), ((2.0 - power) * score).exp());
            (two - y * one, (2.0 - power) * two - (1.0 - power) * y * one)
        }
        Loss::Squared | Loss::Quantiles { .. } => (score - y, 1.0),
    }
}

impl Stat for Newton {
    type Cell = [f64; 3];
    type Load = [f64; 3];
    const ZERO: [f64; 3] = [0.0; 3];

    fn load(&self, row: u32) -> [f64; 3] {
        self.loads[row as usize]
    }

    fn add(cell: &mut [f64; 3], load: [f64; 3]) {
        Self::plus(cell, &load);
    }

    fn plus(cell: &mut [f64; 3], other: &[f64; 3]) {
        cell.iter_mut().zip(other).for_each(|(cell, other)| *cell += other);
    }

    fn minus(cell: &mut [f64; 3], other: &[f64; 3]) {
        cell.iter_mut().zip(other).for_each(|(cell, other)| *cell -= other);
    }

    fn rows(&self, cell: &[f64; 3]) -> f64 {
        cell[2].max(0.0)
    }

    fn is_enough(&self, cell: &[f64; 3]) -> bool {
        cell[2] >= self.rows_in_leaf && cell[1] >= self.hessian_in_leaf
    }

    fn worth(&self, cell: &[f64; 3]) -> f64 {
        cell[0] * cell[0] / (cell[1] + self.l2).max(f64::MIN_POSITIVE)
    }

    fn lean(&self, cell: &[f64; 3]) -> f64 {
        -cell[0] / (cell[1] + self.l2).max(f64::MIN_POSITIVE)
    }
}
