//! Histories as files: CSV, plain or gzipped, or Parquet, wide or long.
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
//! Zeros before the first demand are left out where the series was not launched yet, as far as they show it
//! ([`Series::launched`](crate::Series::launched)). A column `launch`, the day (or whatever `ds` counts) of the launch, knows
//! it better, where it says something; what stands before is not looked at.
//!
//! A column `holiday` names the holiday of a row, if it is one, or several with `;` between; each name has an effect of its
//! own. In the wide form it has a word for each step, `0` or `nan` where there is none. [`Holidays`] say it by rule instead.
//!
//! `nan` and nothing are a value that nobody knows. Any further column of numbers along the values is a regressor, known
//! of the past and of the steps ahead, the hidden ones too: a promotion, a price, a holiday. Three names have a meaning:
//! `open` is 0 where a step is closed; `available` is the share of a step during which the goods were there, and
//! `stockout` is 1 where they ran out within it: then demand was more than was sold. Any other column is an attribute that
//! never changes for a series, such as a brand.
//!
//! Parquet (with the feature `parquet`) is the same table with types: ids are texts, categories or whole numbers, `ds` is a
//! date, a timestamp (of a zone, as UTC), a text or a whole number, and along the values run numbers, decimals and booleans,
//! which are 0 and 1. In the wide form they are lists of numbers, or texts as in CSV. The index that pandas adds is left out.

mod beside;
mod calendar;
mod error;
mod long;
mod named;
#[cfg(feature = "parquet")]
mod parquet;
mod table;
mod wide;

use std::io::{BufRead, BufReader, Read, Write};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use crate::choose::Forecast;
use crate::holidays::{Holidays, HolidaysError};
use crate::levels::Levels;
use crate::newcomer::Newcomer;
use crate::series::{Series, SeriesError};
pub use error::{BadRow, HistoryError};
use table::{CsvTable, Table};

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
    /// Series without any known value, which have no past to be forecast from.
    pub left_out: Vec<SeriesError>,
    /// Those of them that have no value at all, which may be [like others](crate::forecast_newcomer): their first step ahead
    /// is their launch.
    pub newcomers: Vec<Newcomer>,
    /// Names of the regressors, in their order.
    pub regressors: Arc<[String]>,
    /// Names of the attributes, in their order.
    pub attributes: Arc<[String]>,
}

impl History {
    /// Reads a file of either form, CSV, gzipped or not, or Parquet, as its first bytes say.
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

    /// Reads a file of either form with nothing hidden: a backtest hides for itself, and takes each past from its launch on
    /// ([`Past::launched`](crate::Past::launched)).
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
            #[cfg(feature = "parquet")]
            return Self::read_table(parquet::ParquetTable::open(input)?, horizon, whole);
            #[cfg(not(feature = "parquet"))]
            return Err(HistoryError::WithoutParquet);
        }
        if start.starts_with(&[0x1f, 0x8b]) {
            return Self::read_table(CsvTable::open(MultiGzDecoder::new(input))?, horizon, whole);
        }
        Self::read_table(CsvTable::open(input)?, horizon, whole)
    }

    fn read_table(
        table: impl Table,
        horizon: Option<usize>,
        whole: bool,
    ) -> Result<Self, HistoryError> {
        if table.names().iter().any(|name| name == "ds") {
            long::read(table, horizon, whole)
        } else {
            wide::read(table, horizon, whole)
        }
    }

    /// The same with a column for each holiday, known of the past and ahead, for series of days, of weeks, which are taken to
    /// begin on their stamp, and of months, of which the first day is known. They are named `holiday: ` and the name, and
    /// count in the parts of a mean as a holiday.
    ///
    /// # Errors
    /// [`HolidaysError::Series`] where a series then has too many columns.
    ///
    /// # Example
    /// ```
    /// use oms_forecast::{History, Holidays};
    ///
    /// let file = "unique_id,ds,y\nMILK,2024-03-30,4\nMILK,2024-03-31,9\n";
    /// let holidays = Holidays::read("holiday,when\nEaster,easter\nEaster,easter+1\n".as_bytes())?;
    /// let history = History::read(file.as_bytes(), Some(2))?.with_holidays(&holidays)?;
    /// let past = history.wanted[0].series.past();
    /// assert_eq!(past.regressor("holiday: Easter").map(|days| days[..4].to_vec()), Some(vec![0.0, 1.0, 1.0, 0.0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_holidays(mut self, holidays: &Holidays) -> Result<Self, HolidaysError> {
        let newcomers = self.newcomers.iter_mut().map(|newcomer| &mut newcomer.0);
        let all = self.wanted.iter_mut().chain(newcomers).collect();
        self.regressors = holidays.give(&self.regressors, all)?;
        Ok(self)
    }

    /// Takes a series without any value in.
    fn welcome(&mut self, newcomer: Series, horizon: usize) {
        self.left_out.push(SeriesError::Empty { id: newcomer.id().to_owned() });
        self.newcomers.push(Newcomer(ToForecast { series: newcomer, horizon }));
    }

    /// Takes a series in, from its launch on unless a backtest is to see that for itself, or notes that it has no value.
    fn take(
        &mut self,
        series: Result<Series, SeriesError>,
        (horizon, whole): (usize, bool),
    ) -> Result<(), SeriesError> {
        match series {
            Ok(series) if whole => self.wanted.push(ToForecast { series, horizon }),
            Ok(series) => {
                let series = series.launched();
                self.wanted.push(ToForecast { series, horizon });
            }
            Err(empty @ SeriesError::Empty { .. }) => self.left_out.push(empty),
            Err(other) => return Err(other),
        }
        Ok(())
    }
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
    output: W,
}

impl<W: Write> ForecastWriter<W> {
    /// Begins with the names of the columns.
    ///
    /// # Errors
    /// What the output says.
    pub fn new(mut output: W, levels: &Levels) -> std::io::Result<Self> {
        output.write_all(b"unique_id,h,mean")?;
        for name in levels.names() {
            write!(output, ",{name}")?;
        }
        output.write_all(b"\n")?;
        Ok(Self { output })
    }

    /// Writes a forecast, one row a step.
    ///
    /// # Errors
    /// What the output says.
    pub fn write(&mut self, id: &str, forecast: &Forecast) -> std::io::Result<()> {
        self.write_rows(&ForecastRows::new(id, forecast)?)
    }

    /// Writes the rows of a forecast, which another thread may have made.
    ///
    /// # Errors
    /// What the output says.
    pub fn write_rows(&mut self, rows: &ForecastRows) -> std::io::Result<()> {
        self.output.write_all(&rows.0)
    }

    /// Ends the file and gives the output back.
    ///
    /// # Errors
    /// What the output says.
    pub fn finish(mut self) -> std::io::Result<W> {
        self.output.flush()?;
        Ok(self.output)
    }
}

/// The rows of a forecast as a [`ForecastWriter`] writes them.
#[derive(Clone, Debug)]
pub struct ForecastRows(Vec<u8>);

impl ForecastRows {
    /// One row a step, each figure the shortest decimal that is read as the same figure.
    ///
    /// # Errors
    /// None that is known of: an id is quoted by a writer that could fail.
    ///
    /// # Cost
    /// Some 30 ns a figure, where [`f64`]'s own text takes 100.
    pub fn new(id: &str, forecast: &Forecast) -> std::io::Result<Self> {
        // An id that needs quotes has them; what stands beside it keeps an empty one from being taken as no row.
        let mut head = csv::Writer::from_writer(Vec::new());
        head.write_record([id, ""])?;
        let mut head = head.into_inner().map_err(csv::IntoInnerError::into_error)?;
        head.pop();
        let width = head.len() + ROOM * (2 + forecast.quantiles.ncols());
        let mut rows = Vec::with_capacity(width * forecast.mean.len());
        for (step, (mean, quantiles)) in
            forecast.mean.iter().zip(forecast.quantiles.rows()).enumerate()
        {
            rows.extend_from_slice(&head);
            write!(rows, "{}", step + 1)?;
            for figure in std::iter::once(mean).chain(quantiles) {
                rows.push(b',');
                put_figure(&mut rows, *figure)?;
            }
            rows.push(b'\n');
        }
        Ok(Self(rows))
    }
}

/// The usual length of a figure, with its comma.
const ROOM: usize = 19;

/// Figures of a size that no writer gives an exponent.
const PLAIN: std::ops::Range<f64> = 1e-4..1e15;

/// Puts a figure as [`f64`]'s own text is, which never has an exponent, nor a point where no digit follows.
fn put_figure(text: &mut Vec<u8>, figure: f64) -> std::io::Result<()> {
    if figure != 0.0 && !PLAIN.contains(&figure.abs()) {
        return write!(text, "{figure}");
    }
    let mut buffer = zmij::Buffer::new();
    let short = buffer.format_finite(figure);
    text.extend_from_slice(short.strip_suffix(".0").unwrap_or(short).as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::put_figure;

    proptest! {
        // Goal: figures are written as ever, whatever they are. Method: the text of the standard library, over all bits
        // and over decimals that people write.
        #[test]
        fn as_the_standard_library(bits in any::<u64>(), whole in -1e6..1e6_f64, digits in 0..6) {
            let ten = 10.0_f64.powi(digits);
            for figure in [f64::from_bits(bits), whole, (whole * ten).round() / ten, whole.round()] {
                let mut text = Vec::new();
                put_figure(&mut text, figure).unwrap();
                prop_assert_eq!(String::from_utf8(text).unwrap(), figure.to_string());
            }
        }
    }
}
