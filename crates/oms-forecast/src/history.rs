//! Histories as files: CSV, plain or gzipped, wide or long.
//!
//! *Wide*, one row a series: `unique_id, h, season, y`, and `freq` if known; `y` is numbers with spaces between,
//! oldest first. The last `h` of them are the hidden part: they are what the forecast will be held against, and are
//! never read. `start` is the day of the first value, where it is one.
//!
//! *Long*, one row a value: `unique_id, ds, y`, in any order; `ds` is a day, a moment, a month (`2024-05`) or a whole
//! number. Steps between the first and the last that have no row are missing, not zero. The season follows from the
//! step: 24 for hours, 7 for days, 52 for weeks, 12 for months, 4 for quarters, else none.
//!
//! Rows after the last known value say what is known of the future.
//!
//! `nan` and nothing are a value that nobody knows. Any further column of numbers along the values is a regressor, known
//! of the past and of the steps ahead, the hidden ones too: a promotion, a price, a holiday. Three names have a meaning:
//! `open` is 0 where a step is closed; `available` is the share of a step during which the goods were there, and
//! `stockout` is 1 where they ran out within it: then demand was more than was sold. Any other column is an attribute that
//! never changes for a series, such as a brand. Parquet is not read.

mod beside;
mod calendar;
mod long;
mod wide;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use crate::choose::Forecast;
use crate::levels::Levels;
use crate::series::{Series, SeriesError};

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
    /// It is Parquet.
    #[error("it is Parquet, which is not read yet; write it as CSV, gzipped if wanted")]
    Parquet,
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
    /// Not as far from the step before as a whole number of steps.
    #[error("`ds` is `{0}`, which is off the step of the others; give one step to a series")]
    OffStep(String),
    /// No series can be made of it.
    #[error(transparent)]
    Series(#[from] SeriesError),
}

/// A series that was read, and how far ahead it is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct ToForecast {
    /// What is known of it.
    pub series: Series,
    /// Steps ahead.
    pub horizon: usize,
}

/// A file of histories.
#[derive(Debug, Default)]
pub struct History {
    /// Its series, in the order in which they begin.
    pub wanted: Vec<ToForecast>,
    /// Series without any known value, which cannot be forecast.
    pub left_out: Vec<SeriesError>,
    /// Names of the regressors, in their order.
    pub regressors: Arc<[String]>,
    /// Names of the attributes, in their order.
    pub attributes: Arc<[String]>,
}

impl History {
    /// Reads a file of either form, gzipped or not, as its first bytes say.
    ///
    /// # Errors
    /// [`HistoryError`] for the first thing that is wrong, with its line and series where it has them. `horizon` is
    /// needed for the long form, and goes before `h` in the wide one; what is hidden is `h` all the same.
    ///
    /// # Example
    /// ```
    /// use oms_forecast::History;
    ///
    /// // The last value is hidden: whatever stands there is not looked at.
    /// let file = "unique_id,h,season,y\nMILK,1,7,3 4 nan 5 ?\n";
    /// let history = History::read(file.as_bytes(), None)?;
    /// assert_eq!(history.wanted[0].series.values(), [3.0, 4.0, 4.0, 5.0]);
    /// assert_eq!(history.wanted[0].horizon, 1);
    /// # Ok::<(), oms_forecast::HistoryError>(())
    /// ```
    pub fn read(input: impl Read, horizon: Option<usize>) -> Result<Self, HistoryError> {
        Self::read_as(input, horizon, false)
    }

    /// Reads a file of either form with nothing hidden: a backtest hides for itself.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_whole(input: impl Read, horizon: usize) -> Result<Self, HistoryError> {
        Self::read_as(input, Some(horizon), true)
    }

    fn read_as(
        input: impl Read,
        horizon: Option<usize>,
        whole: bool,
    ) -> Result<Self, HistoryError> {
        let mut input = BufReader::new(input);
        let start = input.fill_buf()?;
        if start.starts_with(b"PAR1") {
            return Err(HistoryError::Parquet);
        }
        if start.starts_with(&[0x1f, 0x8b]) {
            return Self::read_plain(MultiGzDecoder::new(input), horizon, whole);
        }
        Self::read_plain(input, horizon, whole)
    }

    fn read_plain(
        input: impl Read,
        horizon: Option<usize>,
        whole: bool,
    ) -> Result<Self, HistoryError> {
        let mut rows = csv::Reader::from_reader(input);
        let columns = Columns(rows.headers()?.iter().map(|name| name.trim().to_owned()).collect());
        if columns.0.iter().any(|name| name == "ds") {
            long::read(&mut rows, &columns, horizon)
        } else {
            wide::read(&mut rows, &columns, horizon, whole)
        }
    }

    /// Takes a series in, or notes that it has no value.
    fn take(
        &mut self,
        series: Result<Series, SeriesError>,
        horizon: usize,
    ) -> Result<(), SeriesError> {
        match series {
            Ok(series) => self.wanted.push(ToForecast { series, horizon }),
            Err(empty @ SeriesError::Empty { .. }) => self.left_out.push(empty),
            Err(other) => return Err(other),
        }
        Ok(())
    }
}

/// Names of the columns, in their order.
struct Columns(Vec<String>);

impl Columns {
    fn find(&self, name: &'static str) -> Result<usize, HistoryError> {
        let at = self.0.iter().position(|its| its == name);
        at.ok_or(HistoryError::NoColumn(name))
    }

    fn beside(&self, known: &[&str]) -> Vec<(usize, String)> {
        let all = self.0.iter().cloned().enumerate();
        all.filter(|(_, name)| !known.contains(&name.as_str())).collect()
    }
}

/// A row with its line.
struct Line<'a> {
    record: &'a csv::StringRecord,
    id: &'a str,
}

impl<'a> Line<'a> {
    fn of(record: &'a csv::StringRecord, id: usize) -> Result<Self, HistoryError> {
        let line = Self { record, id: record.get(id).unwrap_or_default().trim() };
        if line.id.is_empty() { Err(line.bad(BadRow::NoId)) } else { Ok(line) }
    }

    fn get(&self, column: usize) -> &'a str {
        self.record.get(column).unwrap_or_default().trim()
    }

    fn number(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    fn bad(&self, why: impl Into<BadRow>) -> HistoryError {
        HistoryError::Row { line: self.number(), id: self.id.to_owned(), why: why.into() }
    }
}

/// A value, or nothing where nobody knows it.
fn value(text: &str) -> Result<Option<f64>, BadRow> {
    if text.is_empty() || text.eq_ignore_ascii_case("nan") {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| BadRow::NotANumber(text.to_owned()))
}

/// Writes forecasts as CSV: `unique_id, h, mean`, then a column for each level. `h` counts steps from 1.
///
/// # Example
/// ```
/// use oms_forecast::{ForecastWriter, Levels, Model, Series, forecast};
///
/// let levels = Levels::new(&[0.5])?;
/// let series = Series::new("MILK", 7, [2.0, 2.0].map(Some))?;
/// let mut file = ForecastWriter::new(Vec::new(), &levels)?;
/// file.write(series.id(), &forecast(&series, 2, &levels, Model::Auto)?)?;
/// assert_eq!(file.finish()?, b"unique_id,h,mean,q500\nMILK,1,2,2\nMILK,2,2,2\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ForecastWriter<W: Write> {
    rows: csv::Writer<W>,
}

impl<W: Write> ForecastWriter<W> {
    /// Begins with the names of the columns.
    ///
    /// # Errors
    /// What the output says.
    pub fn new(output: W, levels: &Levels) -> std::io::Result<Self> {
        let mut rows = csv::Writer::from_writer(output);
        let names = ["unique_id", "h", "mean"].map(str::to_owned).into_iter().chain(levels.names());
        rows.write_record(names)?;
        Ok(Self { rows })
    }

    /// Writes a forecast, one row a step.
    ///
    /// # Errors
    /// What the output says.
    pub fn write(&mut self, id: &str, forecast: &Forecast) -> std::io::Result<()> {
        for (step, mean) in forecast.mean.iter().enumerate() {
            let head = [id.to_owned(), (step + 1).to_string(), mean.to_string()];
            let quantiles = forecast.quantiles.row(step).to_vec();
            let numbers = quantiles.into_iter().map(|value| value.to_string());
            self.rows.write_record(head.into_iter().chain(numbers))?;
        }
        Ok(())
    }

    /// Ends the file and gives the output back.
    ///
    /// # Errors
    /// What the output says.
    pub fn finish(self) -> std::io::Result<W> {
        self.rows.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}
