//! What learners learn from: named columns of numbers, with gaps.
//!
//! A value that nobody knows is "not a number"; it is no zero, and trees send it where it fits best.

use std::collections::BTreeSet;

/// Rows that a table may have: 100 million.
pub const MOST_ROWS: usize = 100_000_000;
/// Columns that a table may have.
pub const MOST_COLUMNS: usize = 4_096;

/// Why there can be no such table, target or weights.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// Not as many values as there are rows.
    #[error("`{name}` has {found} values, the table {rows} rows; give one for each row")]
    Length {
        /// The column.
        name: String,
        /// Its values.
        found: usize,
        /// Rows of the table.
        rows: usize,
    },
    /// Two columns of one name.
    #[error("there is a column `{0}` already; give each its own name")]
    Twice(String),
    /// A value that cannot stand in this place.
    #[error("`{name}` is `{value}` in row {row}; give {wanted}")]
    Value {
        /// The column.
        name: String,
        /// Where, from 0 on.
        row: usize,
        /// What was found.
        value: f64,
        /// What can stand there.
        wanted: &'static str,
    },
    /// More than [`MOST_ROWS`] or [`MOST_COLUMNS`].
    #[error("the table would have more than {most} {what}; give fewer")]
    TooLarge {
        /// Rows or columns.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
}

/// A table that a model was not made for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WrongTable {
    /// Other columns than in training.
    #[error("the table has other columns than the model learned from: {0}")]
    Columns(String),
    /// There is no such row.
    #[error("there is no row {row}; the table has {rows}, counted from 0")]
    Row {
        /// What was asked for.
        row: usize,
        /// Rows of the table.
        rows: usize,
    },
    /// There is no such output.
    #[error("there is no output {output}; the model has {outputs}, counted from 0")]
    Output {
        /// What was asked for.
        output: usize,
        /// Outputs of the model.
        outputs: usize,
    },
}

/// What the numbers of a column mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// More and less: a tree asks whether a value is at most so much.
    Number,
    /// Names, each with a number: a tree asks whether it is this one.
    Category,
}

#[derive(Clone, Debug, PartialEq)]
struct Column {
    name: String,
    kind: ColumnKind,
    values: Vec<f64>,
}

/// Named columns of equal length. A value is finite, or not a number where it is unknown.
///
/// # Example
/// ```
/// use oms_learn::Table;
///
/// let table = Table::new()
///     .with_numbers("price", vec![9.5, f64::NAN, 8.0])?
///     .with_categories("color", vec![0.0, 2.0, 0.0])?;
/// assert_eq!((table.n_rows(), table.n_cols()), (3, 2));
/// assert!(table.clone().with_numbers("price", vec![1.0, 2.0, 3.0]).is_err());
/// # Ok::<(), oms_learn::TableError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
}

impl Table {
    /// A table without columns.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with a column of numbers.
    ///
    /// # Errors
    /// [`TableError`] for another length, a name that is taken, or a value that is infinite.
    pub fn with_numbers(
        self,
        name: impl Into<String>,
        values: Vec<f64>,
    ) -> Result<Self, TableError> {
        self.with(name.into(), ColumnKind::Number, values)
    }

    /// The same with a column of categories, each a whole number that stands for a name. Of more than 254 the rarest
    /// are not told apart.
    ///
    /// # Errors
    /// [`TableError`] for another length, a name that is taken, or a value that is no whole number.
    pub fn with_categories(
        self,
        name: impl Into<String>,
        values: Vec<f64>,
    ) -> Result<Self, TableError> {
        self.with(name.into(), ColumnKind::Category, values)
    }

    fn with(
        mut self,
        name: String,
        kind: ColumnKind,
        values: Vec<f64>,
    ) -> Result<Self, TableError> {
        if self.columns.len() == MOST_COLUMNS {
            return Err(TableError::TooLarge { what: "columns", most: MOST_COLUMNS });
        }
        if values.len() > MOST_ROWS {
            return Err(TableError::TooLarge { what: "rows", most: MOST_ROWS });
        }
        if !self.columns.is_empty() && values.len() != self.n_rows() {
            return Err(TableError::Length { name, found: values.len(), rows: self.n_rows() });
        }
        if self.columns.iter().any(|column| column.name == name) {
            return Err(TableError::Twice(name));
        }
        let wrong = |value: &f64| match kind {
            ColumnKind::Number => value.is_infinite(),
            ColumnKind::Category => {
                !value.is_nan() && value.fract().abs() > 0.0 || value.is_infinite()
            }
        };
        if let Some(row) = values.iter().position(wrong) {
            let wanted = match kind {
                ColumnKind::Number => "a finite number, or none where it is unknown",
                ColumnKind::Category => "a whole number, or none where it is unknown",
            };
            return Err(TableError::Value { name, row, value: values[row], wanted });
        }
        self.columns.push(Column { name, kind, values });
        Ok(self)
    }

    /// How many rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }

    /// How many columns.
    #[must_use]
    pub fn n_cols(&self) -> usize {
        self.columns.len()
    }

    /// Names of the columns, in their order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The values of a column.
    ///
    /// Shape: `(n_rows,)`
    #[must_use]
    pub fn column(&self, at: usize) -> Option<&[f64]> {
        self.columns.get(at).map(|column| column.values.as_slice())
    }

    /// What the numbers of a column mean.
    #[must_use]
    pub fn kind(&self, at: usize) -> Option<ColumnKind> {
        self.columns.get(at).map(|column| column.kind)
    }

    /// The columns that are not those wanted, for a complaint.
    pub(crate) fn differs(&self, wanted: &[String]) -> Option<String> {
        if self.names().eq(wanted.iter().map(String::as_str)) {
            return None;
        }
        let mine: BTreeSet<&str> = self.names().collect();
        let missing: Vec<&str> =
            wanted.iter().map(String::as_str).filter(|name| !mine.contains(name)).collect();
        Some(if missing.is_empty() {
            "they stand in another order, or there are more of them".to_owned()
        } else {
            format!("`{}` is missing", missing.join("`, `"))
        })
    }

    /// Copies rows, one after the other: `into` is `(rows, n_cols)`.
    pub(crate) fn copy_rows(&self, from: usize, rows: usize, into: &mut Vec<f64>) {
        let width = self.columns.len();
        into.clear();
        into.resize(rows * width, 0.0);
        for (at, column) in self.columns.iter().enumerate() {
            for (row, value) in column.values[from..from + rows].iter().enumerate() {
                into[row * width + at] = *value;
            }
        }
    }
}

/// Checks one number a row.
pub(crate) fn checked(
    name: &str,
    values: &[f64],
    rows: usize,
    wanted: &'static str,
    is_right: impl Fn(f64) -> bool,
) -> Result<(), TableError> {
    if values.len() != rows {
        return Err(TableError::Length { name: name.to_owned(), found: values.len(), rows });
    }
    match values.iter().position(|value| !value.is_finite() || !is_right(*value)) {
        None => Ok(()),
        Some(row) => {
            Err(TableError::Value { name: name.to_owned(), row, value: values[row], wanted })
        }
    }
}
