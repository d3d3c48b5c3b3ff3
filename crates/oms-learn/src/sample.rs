//! Rows of a table with what came of each, and how much each counts.

use crate::table::{Table, TableError, checked};

/// The size of a target, whatever its sign; its square must stay far from infinity.
pub const MOST_TARGET: f64 = 1e50;

/// Rows with what came of each.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    pub(crate) table: &'a Table,
    pub(crate) target: &'a [f64],
    pub(crate) weights: Option<&'a [f64]>,
}

impl<'a> Sample<'a> {
    /// Rows of equal weight.
    ///
    /// # Errors
    /// [`TableError`] where there are not as many targets as rows, or one is no number
    /// or beyond [`MOST_TARGET`].
    pub fn new(table: &'a Table, target: &'a [f64]) -> Result<Self, TableError> {
        let wanted = "a number, at most 1e50 in size";
        checked("target", target, table.n_rows(), wanted, |y| y.abs() <= MOST_TARGET)?;
        Ok(Self { table, target, weights: None })
    }

    /// The same with a weight for each row.
    ///
    /// # Errors
    /// [`TableError`] where there are not as many weights as rows, or one is not above zero.
    pub fn with_weights(self, weights: &'a [f64]) -> Result<Self, TableError> {
        checked("weight", weights, self.table.n_rows(), "a number above zero", |w| w > 0.0)?;
        Ok(Self { weights: Some(weights), ..self })
    }

    /// Weights whose mean is 1.
    pub(crate) fn even_weights(&self) -> Vec<f64> {
        let Some(weights) = self.weights else { return vec![1.0; self.target.len()] };
        let most = weights.iter().copied().fold(0.0, f64::max);
        let mean = weights.iter().map(|weight| weight / most).sum::<f64>() / weights.len() as f64;
        weights.iter().map(|weight| weight / most / mean).collect()
    }
}
