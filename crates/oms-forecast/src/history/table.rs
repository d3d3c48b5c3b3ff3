//! Rows of a file, whatever it is: CSV has texts only, Parquet also numbers, moments and lists of numbers.

use std::borrow::Cow;
use std::io::Read;

use chrono::NaiveDateTime;

use super::calendar::Moment;
use super::{BadRow, HistoryError};

/// What a row has in a column. Nothing is an empty text.
///
/// # Law
/// Each says what its text would say: a file of either format is the same history.
#[derive(Clone, Debug)]
pub(super) enum Cell<'a> {
    Text(Cow<'a, str>),
    /// Not a number where nobody knows it.
    Number(f64),
    Whole(i64),
    Time(NaiveDateTime),
    /// Not a number where nobody knows it.
    List(Cow<'a, [f64]>),
}

impl<'a> Cell<'a> {
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => number.to_string().into(),
            Self::Whole(number) => number.to_string().into(),
            Self::Time(time) => Moment::Time(*time).to_string().into(),
            Self::List(list) => {
                list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ").into()
            }
        }
    }

    /// A value, or nothing where nobody knows it.
    pub(super) fn value(&self) -> Result<Option<f64>, BadRow> {
        match self {
            Self::Text(text) => match whole(text) {
                Some(number) => Ok(Some(number)),
                None if text.is_empty() || text.eq_ignore_ascii_case("nan") => Ok(None),
                None => text
                    .parse()
                    .map(Some)
                    .map_err(|_| BadRow::NotANumber(text.clone().into_owned())),
            },
            Self::Number(number) => Ok((!number.is_nan()).then_some(*number)),
            Self::Whole(number) => Ok(Some(*number as f64)),
            Self::Time(_) | Self::List(_) => Err(BadRow::NotANumber(self.text().into_owned())),
        }
    }

    /// Its moment, if it is one.
    pub(super) fn moment(&self) -> Option<Moment> {
        match self {
            Self::Text(text) => Moment::read(text),
            Self::Whole(number) => Some(Moment::Number(*number)),
            Self::Time(time) => Some(Moment::Time(*time)),
            // Whole numbers become floats where a row of the column has none.
            Self::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                Some(Moment::Number(*number as i64))
            }
            Self::Number(_) | Self::List(_) => None,
        }
    }

    /// How many items it is: numbers of a list, words of a text.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Text(text) => text.split_ascii_whitespace().count(),
            Self::List(list) => list.len(),
            Self::Number(_) | Self::Whole(_) | Self::Time(_) => 1,
        }
    }

    /// Those items.
    pub(super) fn items(&self) -> Vec<Cell<'_>> {
        match self {
            Self::Text(text) => text.split_ascii_whitespace().map(Cell::from).collect(),
            Self::List(list) => list.iter().map(|number| Cell::Number(*number)).collect(),
            Self::Number(_) | Self::Whole(_) | Self::Time(_) => vec![self.clone()],
        }
    }

    /// The first so many items, as [values](Self::value).
    pub(super) fn values(&self, most: usize) -> Result<Vec<Option<f64>>, BadRow> {
        let mut values = Vec::with_capacity(most);
        match self {
            Self::Text(text) => {
                for word in text.split_ascii_whitespace().take(most) {
                    values.push(Cell::from(word).value()?);
                }
            }
            other => {
                for item in other.items().iter().take(most) {
                    values.push(item.value()?);
                }
            }
        }
        Ok(values)
    }

    pub(super) fn into_owned(self) -> Cell<'static> {
        match self {
            Self::Text(text) => Cell::Text(text.into_owned().into()),
            Self::List(list) => Cell::List(list.into_owned().into()),
            Self::Number(number) => Cell::Number(number),
            Self::Whole(number) => Cell::Whole(number),
            Self::Time(time) => Cell::Time(time),
        }
    }
}

/// A number of a few digits, as most are, without the care that others need.
fn whole(text: &str) -> Option<f64> {
    if text.is_empty() || text.len() > 15 {
        return None;
    }
    let digits = text.bytes().try_fold(0_u64, |sum, byte| {
        byte.is_ascii_digit().then(|| sum * 10 + u64::from(byte - b'0'))
    });
    digits.map(|number| number as f64)
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.trim().into())
    }
}

/// The rows of a file, one at a time.
pub(super) trait Table {
    /// Names of the columns, in their order.
    fn names(&self) -> &[String];

    /// Goes to the next row; `false` after the last.
    fn advance(&mut self) -> Result<bool, HistoryError>;

    /// What the row has in a column.
    fn cell(&self, column: usize) -> Cell<'_>;

    /// Where the row is, as people count.
    fn number(&self) -> u64;

    /// What is wrong with a row.
    fn bad(number: u64, id: &str, why: BadRow) -> HistoryError;

    fn find(&self, name: &'static str) -> Result<usize, HistoryError> {
        let at = self.names().iter().position(|its| its == name);
        at.ok_or(HistoryError::NoColumn(name))
    }

    /// Columns that have no meaning of their own.
    fn beside(&self, known: &[&str]) -> Vec<(usize, String)> {
        let all = self.names().iter().cloned().enumerate();
        all.filter(|(_, name)| !known.contains(&name.as_str())).collect()
    }
}

/// CSV with a header.
pub(super) struct CsvTable<R> {
    rows: csv::Reader<R>,
    names: Vec<String>,
    record: csv::StringRecord,
}

impl<R: Read> CsvTable<R> {
    pub(super) fn open(input: R) -> Result<Self, HistoryError> {
        let mut rows = csv::Reader::from_reader(input);
        let names = rows.headers()?.iter().map(|name| name.trim().to_owned()).collect();
        Ok(Self { rows, names, record: csv::StringRecord::new() })
    }
}

impl<R: Read> Table for CsvTable<R> {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn advance(&mut self) -> Result<bool, HistoryError> {
        Ok(self.rows.read_record(&mut self.record)?)
    }

    fn cell(&self, column: usize) -> Cell<'_> {
        self.record.get(column).unwrap_or_default().into()
    }

    fn number(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    fn bad(line: u64, id: &str, why: BadRow) -> HistoryError {
        HistoryError::Row { line, id: id.to_owned(), why }
    }
}
