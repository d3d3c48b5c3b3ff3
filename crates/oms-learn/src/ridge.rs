//! Ridge regression: a line through many columns, pulled towards flat.
//!
//! # Source
//! Hoerl and Kennard, *Ridge regression: biased estimation for nonorthogonal problems*, Technometrics 12, 1970.

use ndarray::Array2;

use crate::sample::Sample;
use crate::table::{Table, WrongTable};

/// Columns that a line may have.
pub const MOST_SLOPES: usize = 1_000;

/// A deviation this small beside the mean is rounding: the column never changes.
const SAME: f64 = 1e-12;

/// Why there is no line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoLine {
    /// There is no row.
    #[error("there is no row to fit a line to; give one at least")]
    Empty,
    /// More than [`MOST_SLOPES`].
    #[error("there are {0} columns; give at most {MOST_SLOPES}")]
    TooWide(usize),
    /// A value is unknown.
    #[error("`{name}` is unknown in row {row}; fill it in, as a line needs every value")]
    Unknown {
        /// The column.
        name: String,
        /// Where, from 0 on.
        row: usize,
    },
    /// The penalty is below zero, or columns repeat each other and the penalty does not tell them apart.
    #[error("no line is the best one; give a penalty above zero")]
    Singular,
}

/// A line that was fitted.
///
/// # Example
/// ```
/// use oms_learn::{Ridge, Sample, Table};
///
/// let table = Table::new().with_numbers("price", vec![1.0, 2.0, 3.0])?;
/// let line = Ridge::fit(&Sample::new(&table, &[9.0, 7.0, 5.0])?, 0.0)?;
/// assert!((line.slopes()[0] + 2.0).abs() < 1e-12 && (line.intercept() - 11.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Ridge {
    columns: Vec<String>,
    intercept: f64,
    slopes: Vec<f64>,
}

impl Ridge {
    /// The line of least weighted squares, plus `penalty` for each squared slope of a column scaled to deviation 1, as a
    /// share of the rows. The intercept is free. A column that never changes has no slope.
    ///
    /// # Errors
    /// [`NoLine`] says what is missing.
    ///
    /// # Cost
    /// Rows × columns², and columns³.
    pub fn fit(sample: &Sample<'_>, penalty: f64) -> Result<Self, NoLine> {
        let (rows, width) = (sample.table.n_rows(), sample.table.n_cols());
        if rows == 0 || width == 0 {
            return Err(NoLine::Empty);
        }
        if width > MOST_SLOPES {
            return Err(NoLine::TooWide(width));
        }
        if !(penalty >= 0.0 && penalty.is_finite()) {
            return Err(NoLine::Singular);
        }
        let columns: Vec<String> = sample.table.names().map(str::to_owned).collect();
        let weights = sample.even_weights();
        let all = rows as f64;
        let mean = |values: &[f64]| {
            values.iter().zip(&weights).map(|(value, weight)| value * (weight / all)).sum::<f64>()
        };
        let middle = mean(sample.target);
        // Columns by their deviation from the mean; those that never change stay zero.
        let mut scaled = Array2::zeros((width, rows));
        let (mut means, mut sizes) = (Vec::new(), Vec::new());
        for (at, name) in columns.iter().enumerate() {
            let values = sample.table.column(at).unwrap_or_default();
            if let Some(row) = values.iter().position(|value| value.is_nan()) {
                return Err(NoLine::Unknown { name: name.clone(), row });
            }
            let center = mean(values);
            let squares: Vec<f64> = values.iter().map(|value| (value - center).powi(2)).collect();
            let size = mean(&squares).sqrt();
            means.push(center);
            sizes.push(size);
            if size > SAME * center.abs() {
                for (cell, value) in scaled.row_mut(at).iter_mut().zip(values) {
                    *cell = (value - center) / size;
                }
            }
        }
        let mut normal = Array2::zeros((width, width));
        let mut right = vec![0.0; width];
        for one in 0..width {
            let weighed: Vec<f64> =
                scaled.row(one).iter().zip(&weights).map(|(x, w)| x * (w / all)).collect();
            let rest = weighed.iter().zip(sample.target);
            right[one] = rest.map(|(x, y)| x * (y - middle)).sum();
            for two in 0..=one {
                let product: f64 = weighed.iter().zip(scaled.row(two)).map(|(x, z)| x * z).sum();
                normal[[one, two]] = product;
            }
            // A column that never changes is left out by a slope of zero.
            let constant = normal[[one, one]] <= 0.0;
            normal[[one, one]] += if constant { 1.0 } else { penalty };
        }
        let solved = solve(&mut normal, right).ok_or(NoLine::Singular)?;
        let unscaled = |(slope, size): (f64, &f64)| if slope == 0.0 { 0.0 } else { slope / size };
        let slopes: Vec<f64> = solved.into_iter().zip(&sizes).map(unscaled).collect();
        let shift: f64 = slopes.iter().zip(&means).map(|(slope, mean)| slope * mean).sum();
        Ok(Self { columns, intercept: middle - shift, slopes })
    }

    /// What it says where every column is zero.
    #[must_use]
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// How much it says for one more of each column.
    ///
    /// Shape: `(n_cols,)`
    #[must_use]
    pub fn slopes(&self) -> &[f64] {
        &self.slopes
    }

    /// What it says of every row; not a number where a value is unknown.
    ///
    /// # Errors
    /// [`WrongTable`] for other columns than it was fitted to.
    pub fn predict(&self, table: &Table) -> Result<Vec<f64>, WrongTable> {
        if let Some(why) = table.differs(&self.columns) {
            return Err(WrongTable::Columns(why));
        }
        let mut said = vec![self.intercept; table.n_rows()];
        for (at, slope) in self.slopes.iter().enumerate() {
            let values = table.column(at).unwrap_or_default();
            said.iter_mut().zip(values).for_each(|(said, value)| *said += slope * value);
        }
        Ok(said)
    }
}

/// Solves by Cholesky, in the lower half. Nothing where a pivot is too small beside 1, the scale of all columns.
fn solve(lower: &mut Array2<f64>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let width = right.len();
    for row in 0..width {
        for column in 0..=row {
            let done: f64 = (0..column).map(|k| lower[[row, k]] * lower[[column, k]]).sum();
            let rest = lower[[row, column]] - done;
            if column < row {
                lower[[row, column]] = rest / lower[[column, column]];
            } else if rest > 1e-12 {
                lower[[row, row]] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    for row in 0..width {
        let done: f64 = (0..row).map(|k| lower[[row, k]] * right[k]).sum();
        right[row] = (right[row] - done) / lower[[row, row]];
    }
    for row in (0..width).rev() {
        let done: f64 = (row + 1..width).map(|k| lower[[k, row]] * right[k]).sum();
        right[row] = (right[row] - done) / lower[[row, row]];
    }
    Some(right)
}
