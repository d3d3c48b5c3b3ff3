//! What boosting has learned: trees, and how their sum is read.

use ndarray::Array2;

use crate::boost::Loss;
use crate::boost::mean::MOST_LOG;
use crate::boost::tree::Tree;
use crate::shared::shared_out;
use crate::table::{Table, WrongTable};

/// Rows that are looked up together.
const BLOCK: usize = 256;

/// Boosted trees: a mean, or quantiles at every level.
///
/// A row's score is a base and a value of each tree. A mean of Poisson or Tweedie loss is the exponential of its score;
/// quantiles are their scores put in order, so that they never cross.
///
/// # Source
/// Chernozhukov, Fernández-Val and Galichon, *Quantile and probability curves without crossing*, Econometrica 78, 2010:
/// putting quantiles in order never makes them worse.
#[derive(Clone, Debug, PartialEq)]
pub struct Boosted {
    pub(crate) columns: Vec<String>,
    pub(crate) loss: Loss,
    pub(crate) base: Vec<f64>,
    pub(crate) trees: Vec<Tree>,
}

impl Boosted {
    pub(crate) fn new(columns: Vec<String>, loss: Loss) -> Self {
        Self { columns, loss, base: Vec::new(), trees: Vec::new() }
    }

    /// Columns that it asks for, in their order.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// What it was trained for.
    #[must_use]
    pub fn loss(&self) -> &Loss {
        &self.loss
    }

    /// How many numbers it says of a row: one mean, or one quantile a level.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.base.len()
    }

    /// How many trees it has.
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.trees.len()
    }

    /// What it says of every row.
    ///
    /// # Shape
    /// `(n_rows, outputs)`
    ///
    /// # Law
    /// Every figure is a number; quantiles never cross.
    ///
    /// # Errors
    /// [`WrongTable`] for other columns than it learned from.
    ///
    /// # Cost
    /// One way down each tree for a row, for any number of outputs.
    pub fn predict(&self, table: &Table) -> Result<Array2<f64>, WrongTable> {
        self.predict_on(table, 1)
    }

    /// [`predict`](Self::predict) on so many threads, which changes no bit.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn predict_on(&self, table: &Table, threads: usize) -> Result<Array2<f64>, WrongTable> {
        if let Some(why) = table.differs(&self.columns) {
            return Err(WrongTable::Columns(why));
        }
        let (width, outputs) = (self.columns.len(), self.base.len());
        let mut all = self.base.repeat(table.n_rows());
        let blocks = all.chunks_mut(BLOCK * outputs).enumerate();
        shared_out(blocks, threads, |(at, scores)| {
            let mut block = Vec::new();
            table.copy_rows(at * BLOCK, scores.len() / outputs, &mut block);
            for tree in &self.trees {
                for (row, scores) in block.chunks_exact(width).zip(scores.chunks_exact_mut(outputs))
                {
                    let values = tree.at(row, outputs);
                    scores.iter_mut().zip(values).for_each(|(score, value)| *score += value);
                }
            }
            scores.chunks_exact_mut(outputs).for_each(|scores| self.read(scores));
        });
        let wide = Array2::from_shape_vec((table.n_rows(), outputs), all);
        Ok(wide.unwrap_or_default())
    }

    /// Makes scores what they stand for.
    fn read(&self, scores: &mut [f64]) {
        match self.loss {
            Loss::Squared => {}
            Loss::Poisson | Loss::Tweedie { .. } => {
                scores.iter_mut().for_each(|s| *s = s.clamp(-MOST_LOG, MOST_LOG).exp());
            }
            Loss::Quantiles { .. } => scores.sort_unstable_by(f64::total_cmp),
        }
    }
}
