//! Distributions that add up.
//!
//! Quantiles of leaves do not add up to those of a sum: that depends on whether leaves are high together. Each leaf's
//! distribution is drawn from evenly, and the draws are put into the order in which the leaf's past errors stood; so leaves
//! that erred together rise together, and each row of draws adds up.
//!
//! # Source
//! Clark et al., *The Schaake shuffle*, Journal of Hydrometeorology 5, 2004; Jeon, Panagiotelis and Petropoulos,
//! *Probabilistic forecast reconciliation with applications to wind power and electric load*, EJOR 279, 2019.

use ndarray::{Array2, Axis};

use super::{Hierarchy, HierarchyError};
use crate::levels::Levels;
use crate::policy::QuantileGrid;

/// Draws of all nodes, of which each row adds up, from quantiles of the leaves at these levels.
///
/// # Shape
/// `quantiles: (n_leaves, n_levels)`, `errors: (n_steps, n_leaves)`; what comes out: `(n_steps, n_nodes)`
///
/// # Law
/// Each row adds up; each leaf's draws are those of its own distribution.
///
/// # Errors
/// [`HierarchyError`] where shapes do not fit, there is no step, or quantiles fall or are no numbers.
///
/// # Example
/// ```
/// use ndarray::array;
/// use oms_forecast::{Hierarchy, Levels, coherent_samples, sample_quantiles};
///
/// let pair = Hierarchy::new(2, &[(0, vec![0, 1])])?;
/// let levels = Levels::new(&[0.1, 0.5, 0.9])?;
/// let quantiles = array![[5.0, 10.0, 15.0], [5.0, 10.0, 15.0]];
/// // Where one was high the other one was low: the sum hardly moves.
/// let errors = array![[1.0, -1.0], [2.0, -2.0], [-1.0, 1.0], [-2.0, 2.0]];
/// let draws = coherent_samples(&pair, &levels, &quantiles, &errors)?;
/// let sums = sample_quantiles(&draws, &levels);
/// assert!(sums[[0, 2]] - sums[[0, 0]] < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn coherent_samples(
    hierarchy: &Hierarchy,
    levels: &Levels,
    quantiles: &Array2<f64>,
    errors: &Array2<f64>,
) -> Result<Array2<f64>, HierarchyError> {
    let shape = |what, found, needed| Err(HierarchyError::Shape { what, found, needed });
    if quantiles.nrows() != hierarchy.leaves {
        return shape("the table of quantiles", quantiles.nrows(), hierarchy.leaves);
    }
    if quantiles.ncols() != levels.len() {
        return shape("a row of quantiles", quantiles.ncols(), levels.len());
    }
    if errors.ncols() != hierarchy.leaves || errors.nrows() == 0 {
        return shape("a row of errors", errors.ncols(), hierarchy.leaves);
    }
    let shares: Vec<f64> = levels.iter().collect();
    let steps = errors.nrows();
    let mut leaves = Array2::zeros((steps, hierarchy.leaves));
    for (leaf, own) in quantiles.outer_iter().enumerate() {
        let wrong = |_| HierarchyError::Value { what: "the table of quantiles", at: leaf };
        let grid = QuantileGrid::new(&shares, &own.to_vec()).map_err(wrong)?;
        let past = errors.index_axis(Axis(1), leaf);
        let mut order: Vec<usize> = (0..steps).collect();
        // Equal errors, and unknown ones, keep the order of time.
        order.sort_by(|a, b| past[*a].total_cmp(&past[*b]).then(a.cmp(b)));
        for (rank, step) in order.into_iter().enumerate() {
            leaves[[step, leaf]] = grid.quantile((rank as f64 + 0.5) / steps as f64);
        }
    }
    let mut all = Array2::zeros((steps, hierarchy.nodes()));
    for (mut row, leaves) in all.outer_iter_mut().zip(leaves.outer_iter()) {
        let summed = hierarchy.added_up(&leaves.to_vec())?;
        row.iter_mut().zip(summed).for_each(|(at, value)| *at = value);
    }
    Ok(all)
}

/// Quantiles of each node's draws, on a straight line between two of them.
///
/// # Shape
/// `samples: (n_steps, n_nodes)`; what comes out: `(n_nodes, n_levels)`, of zeros where there is no draw.
#[must_use]
pub fn sample_quantiles(samples: &Array2<f64>, levels: &Levels) -> Array2<f64> {
    let mut quantiles = Array2::zeros((samples.ncols(), levels.len()));
    for (mut row, node) in quantiles.outer_iter_mut().zip(samples.axis_iter(Axis(1))) {
        let mut sorted = node.to_vec();
        sorted.sort_by(f64::total_cmp);
        for (at, level) in row.iter_mut().zip(levels.iter()) {
            let place = (level * sorted.len() as f64 - 0.5)
                .clamp(0.0, sorted.len().saturating_sub(1) as f64);
            let below = sorted.get(place.floor() as usize).copied().unwrap_or_default();
            let above = sorted.get(place.ceil() as usize).copied().unwrap_or_default();
            *at = below + (above - below) * place.fract();
        }
    }
    quantiles
}
