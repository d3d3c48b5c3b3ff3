//! Learning one mean: squared, Poisson and Tweedie loss.

use crate::boost::fit::Learner;
use crate::boost::grow::Grown;
use crate::boost::newton::Newton;
use crate::boost::{Boosting, Loss};

/// Scores on a logarithm count up to this, so that no mean is infinite.
pub(crate) const MOST_LOG: f64 = 60.0;

/// The mean of every row as it stands.
#[derive(Debug)]
pub(crate) struct Mean<'a> {
    loss: &'a Loss,
    newton: Newton,
    rate: f64,
    base: f64,
    target: &'a [f64],
    weights: Vec<f64>,
    scores: Vec<f64>,
}

impl<'a> Mean<'a> {
    pub(crate) fn new(
        loss: &'a Loss,
        target: &'a [f64],
        weights: Vec<f64>,
        options: &Boosting,
    ) -> Self {
        let all = target.len() as f64;
        let mean = target.iter().zip(&weights).map(|(y, weight)| y * weight / all).sum::<f64>();
        let base = match loss {
            Loss::Poisson | Loss::Tweedie { .. } => mean.ln().clamp(-MOST_LOG, MOST_LOG),
            Loss::Squared | Loss::Quantiles { .. } => mean,
        };
        let newton = Newton {
            l2: options.l2,
            rows_in_leaf: options.rows_in_leaf as f64,
            hessian_in_leaf: options.hessian_in_leaf,
            loads: Vec::new(),
        };
        let scores = vec![base; target.len()];
        Self { loss, newton, rate: options.rate, base, target, weights, scores }
    }
}

impl Learner for Mean<'_> {
    type Stat = Newton;

    fn base(&self) -> Vec<f64> {
        vec![self.base]
    }

    fn derive(&mut self, _round: u64) -> &Newton {
        self.newton.derive(self.loss, &self.scores, self.target, &self.weights);
        &self.newton
    }

    fn values(&mut self, grown: &Grown) -> Vec<f64> {
        let leaves = grown.leaves.iter();
        leaves.map(|rows| self.rate * self.newton.value(&grown.rows[rows.clone()])).collect()
    }

    fn take(&mut self, row: usize, values: &[f64]) {
        self.scores[row] += values[0];
    }
}
