//! Rows that training is judged by and never learns from.

use crate::boost::Loss;
use crate::boost::model::Boosted;
use crate::sample::Sample;
use crate::score::pinball;

/// Held-out rows, with what the model says of them so far.
pub(crate) struct Held<'a> {
    sample: &'a Sample<'a>,
    rows: Vec<f64>,
    scores: Vec<f64>,
    /// The lowest loss and its round.
    best: (f64, usize),
}

impl<'a> Held<'a> {
    pub(crate) fn new(sample: &'a Sample<'a>) -> Self {
        let mut rows = Vec::new();
        sample.table.copy_rows(0, sample.table.n_rows(), &mut rows);
        Self { sample, rows, scores: Vec::new(), best: (f64::INFINITY, 0) }
    }

    /// Takes a tree in, and says whether training has gone on for too long.
    pub(crate) fn is_over(&mut self, model: &Boosted, patience: usize) -> bool {
        let outputs = model.base.len();
        if self.scores.is_empty() {
            self.scores = model.base.repeat(self.sample.target.len());
        }
        let width = self.sample.table.n_cols();
        if let Some(tree) = model.trees.last() {
            let rows = self.rows.chunks_exact(width).zip(self.scores.chunks_exact_mut(outputs));
            for (row, scores) in rows {
                let steps = tree.at(row, outputs);
                scores.iter_mut().zip(steps).for_each(|(score, step)| *score += step);
            }
        }
        let weight = |at: usize| self.sample.weights.map_or(1.0, |weights| weights[at]);
        let mut sum = 0.0;
        let mut out = vec![0.0; outputs];
        for (at, (scores, y)) in
            self.scores.chunks_exact(outputs).zip(self.sample.target).enumerate()
        {
            out.copy_from_slice(scores);
            sum += weight(at) * model.loss.of(&mut out, *y);
        }
        if sum < self.best.0 {
            self.best = (sum, model.trees.len());
        }
        model.trees.len() - self.best.1 >= patience
    }

    /// The round after which the loss was lowest.
    pub(crate) fn best_round(&self) -> usize {
        self.best.1
    }
}

impl Loss {
    /// The loss of one row; `scores` are put in order where they are quantiles.
    fn of(&self, scores: &mut [f64], y: f64) -> f64 {
        let score = scores[0];
        match self {
            Self::Squared => (score - y) * (score - y),
            Self::Poisson => score.exp() - y * score,
            Self::Tweedie { power } => {
                ((2.0 - power) * score).exp() / (2.0 - power)
                    - y * ((1.0 - power) * score).exp() / (1.0 - power)
            }
            Self::Quantiles { levels } => {
                scores.sort_unstable_by(f64::total_cmp);
                let each = levels.iter().zip(scores);
                each.map(|(level, q)| pinball(y, *q, *level)).sum()
            }
        }
    }
}
