//! Why a file is no history: what, where, and what to do.

use crate::series::SeriesError;

/// Why a file is no history.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// It cannot be read, or is not CSV.
    #[error("it cannot be read as CSV: {0}")]
    Csv(#[from] csv::Error),
    /// It cannot be read at all.
    #[error("it cannot be read: {0}")]
    Input(#[from] std::io::Error),
    /// It is Parquet, and nothing here reads that.
    #[error(
        "it is Parquet, which this build leaves out; write it as CSV, or build with the feature `parquet`"
    )]
    WithoutParquet,
    /// It begins like Parquet, but is none that can be read.
    #[error("it cannot be read as Parquet: {0}")]
    Parquet(String),
    /// A column of a Parquet file has a type that no history has.
    #[error(
        "column `{column}` holds {found}; give texts, numbers, booleans, dates or timestamps, or lists of numbers"
    )]
    ColumnType {
        /// The column.
        column: String,
        /// Its type.
        found: String,
    },
    /// A stretch of a column of a Parquet file that cannot be read.
    #[error("row group {group}, column `{column}`: {why}; write the file again")]
    Damaged {
        /// Which row group, from 0 on, as tools of the format count.
        group: usize,
        /// The column.
        column: String,
        /// What is wrong.
        why: String,
    },
    /// A row of a Parquet file that cannot be read.
    #[error("row {row}, series `{id}`: {why}")]
    ParquetRow {
        /// Where, from 1 on.
        row: u64,
        /// The series.
        id: String,
        /// What is wrong and what to do.
        why: Box<BadRow>,
    },
    /// A column that must be there is not.
    #[error(
        "it has no column `{0}`; wide form needs unique_id, h, season and y, long form unique_id, ds and y"
    )]
    NoColumn(&'static str),
    /// The long form does not say how far ahead.
    #[error("the long form does not say how far ahead to forecast; give a horizon")]
    NoHorizon,
    /// A row that cannot be read.
    #[error("line {line}, series `{id}`: {why}")]
    Row {
        /// Where, from 1 on.
        line: u64,
        /// The series.
        id: String,
        /// What is wrong and what to do.
        why: BadRow,
    },
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BadRow {
    /// There is no id.
    #[error("it has no id; give it one")]
    NoId,
    /// Two rows are the same series, or the same step of one.
    #[error("{0} was there before; keep one of them")]
    Twice(String),
    /// Not a number.
    #[error("`{0}` is no number; give one, or `nan` where the value is not known")]
    NotANumber(String),
    /// No figure of a column beside demand.
    #[error(
        "`{name}` is `{value}`; give a number (`open` and `stockout` are 0 or 1, `available` is between them)"
    )]
    NotAFigure {
        /// The column.
        name: String,
        /// What was found.
        value: String,
    },
    /// A regressor that does not run along the values.
    #[error("`{name}` has {found} figures, `y` has {wanted}; give as many, or none")]
    NotAsLong {
        /// The column.
        name: String,
        /// Its figures.
        found: usize,
        /// Values of `y`, the hidden ones too.
        wanted: usize,
    },
    /// An attribute that is not the same in all rows of a series.
    #[error(
        "`{0}` was another text before; a text never changes for a series, what changes is a number"
    )]
    Changes(String),
    /// Not a whole number above zero.
    #[error("`{name}` is `{value}`; give a whole number from 1 on")]
    NotACount {
        /// The column.
        name: &'static str,
        /// What was found.
        value: String,
    },
    /// Not a time.
    #[error(
        "`ds` is `{0}`; give a day such as 2024-05-31, a moment, a month such as 2024-05, or a whole number"
    )]
    NotATime(String),
    /// No launch, or none that can be told from the steps.
    #[error(
        "`launch` is `{0}`; give its day, or what `ds` counts, or nothing where nobody knows; a wide file needs `start` too"
    )]
    NotALaunch(String),
    /// Not as far from the step before as a whole number of steps.
    #[error("`ds` is `{0}`, which is off the step of the others; give one step to a series")]
    OffStep(String),
    /// No series can be made of it.
    #[error(transparent)]
    Series(#[from] SeriesError),
}
