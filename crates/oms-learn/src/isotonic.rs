//! Isotonic regression: the nearest values that never fall.
//!
//! # Source
//! Barlow, Bartholomew, Bremner and Brunk, *Statistical inference under order restrictions*, 1972: pool adjacent
//! violators.

use crate::table::{TableError, checked};

/// The never-falling values nearest to `y` by weighted squares; `weights` are all 1 where they are not given.
///
/// # Shape
/// As `y`, which stands in the order in which values shall rise.
///
/// # Errors
/// [`TableError`] for a value that is no number, or weights that are not above zero, one a value.
///
/// # Cost
/// One pass.
///
/// # Example
/// ```
/// use oms_learn::isotonic;
///
/// assert_eq!(isotonic(&[1.0, 3.0, 2.0, 4.0], None)?, [1.0, 2.5, 2.5, 4.0]);
/// # Ok::<(), oms_learn::TableError>(())
/// ```
pub fn isotonic(y: &[f64], weights: Option<&[f64]>) -> Result<Vec<f64>, TableError> {
    checked("y", y, y.len(), "a finite number", |_| true)?;
    if let Some(weights) = weights {
        checked("weight", weights, y.len(), "a number above zero", |weight| weight > 0.0)?;
    }
    // Blocks of one value: mean, weight, length.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (at, y) in y.iter().enumerate() {
        let mut block = (*y, weights.map_or(1.0, |weights| weights[at]), 1);
        while let Some(last) = blocks.pop_if(|last| last.0 > block.0) {
            let weight = last.1 + block.1;
            let mean = last.0 * (last.1 / weight) + block.0 * (block.1 / weight);
            block = (mean, weight, last.2 + block.2);
        }
        blocks.push(block);
    }
    Ok(blocks.into_iter().flat_map(|(mean, _, len)| std::iter::repeat_n(mean, len)).collect())
}
