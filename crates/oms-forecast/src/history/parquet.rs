//! Parquet as a table: the types that pandas, Polars, DuckDB and Spark write, decoded a batch of rows at a time.
//!
//! The file lies in memory as it is stored; of what it holds only a batch is decoded at once.

use std::borrow::Cow;
use std::io::Read;

use bytes::Bytes;
use chrono::{DateTime, NaiveDateTime};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{AsBytes, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::table::{Cell, Table};
use super::{BadRow, HistoryError};
use crate::choose::MOST_STEPS;
use crate::series::MOST_VALUES;

/// Bytes that a file may have: 4 GiB.
const MOST_BYTES: u64 = 1 << 32;
/// Rows decoded at once, and of a file with lists, of which each is a series.
const BATCH: usize = 8_192;
const LISTS: usize = 64;
/// Bytes that rows decoded at once may have in one column, whatever they take as they are stored: 1 GiB.
const MOST_BATCH_BYTES: usize = 1 << 30;
/// Items that a list may have: a series, and what is known of the steps ahead.
const MOST_ITEMS: usize = MOST_VALUES + MOST_STEPS;
const DAY: i64 = 86_400;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Text,
    Number,
    Whole,
    /// Whole numbers that fill the sign's place too.
    Unsigned,
    /// So many to a second.
    Time(i64),
    Day,
    /// Digits after the point.
    Decimal(i32),
}

/// A column as the file describes it.
#[derive(Debug)]
struct Column {
    leaf: usize,
    kind: Kind,
    is_list: bool,
    /// The level at which a value is there, and the one from which a list has an item at all.
    there: i16,
    item: i16,
}

/// Some rows of a column.
enum Batch {
    /// All of them on end, and where each ends.
    Texts(String, Vec<usize>),
    Numbers(Vec<f64>),
    Wholes(Vec<Option<i64>>),
    Times(Vec<Option<NaiveDateTime>>),
    /// All items on end, and where each list ends.
    Lists(Vec<f64>, Vec<usize>),
}

/// The rows of a file.
pub(super) struct ParquetTable {
    file: SerializedFileReader<Bytes>,
    names: Vec<String>,
    columns: Vec<Column>,
    /// The row group after the one being read, and what that one has left.
    group: usize,
    left: usize,
    readers: Vec<ColumnReader>,
    batches: Vec<Batch>,
    /// The row's place in the batch, from 1 on, and rows of the batch.
    at: usize,
    len: usize,
    number: u64,
}

impl ParquetTable {
    pub(super) fn open(input: impl Read) -> Result<Self, HistoryError> {
        let mut bytes = Vec::new();
        input.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST_BYTES {
            let why = format!("it has more than {MOST_BYTES} bytes; split it by series");
            return Err(HistoryError::Parquet(why));
        }
        let file = guarded(|| SerializedFileReader::new(Bytes::from(bytes)));
        let file = file.map_err(|why| HistoryError::Parquet(why.to_string()))?;
        let (mut names, mut columns) = (Vec::new(), Vec::new());
        for (leaf, its) in
            file.metadata().file_metadata().schema_descr().columns().iter().enumerate()
        {
            let name = its.path().parts().first().map_or("", |name| name.trim()).to_owned();
            // The index of a pandas frame without a name of its own.
            if name.starts_with("__index_level_") {
                continue;
            }
            let wrong = |found| HistoryError::ColumnType { column: name.clone(), found };
            columns.push(Column::of(leaf, its).map_err(wrong)?);
            names.push(name);
        }
        let (group, left, at, len, number) = (0, 0, 0, 0, 0);
        let (readers, batches) = (Vec::new(), Vec::new());
        Ok(Self { file, names, columns, group, left, readers, batches, at, len, number })
    }

    /// Opens the next row group; `false` after the last.
    fn next_group(&mut self) -> Result<bool, HistoryError> {
        if self.group >= self.file.num_row_groups() {
            return Ok(false);
        }
        let number = self.group;
        self.group += 1;
        let group = guarded(|| self.file.get_row_group(number));
        let group = group.map_err(|why| HistoryError::Parquet(why.to_string()))?;
        self.left = usize::try_from(group.metadata().num_rows()).unwrap_or_default();
        self.readers.clear();
        for (column, name) in self.columns.iter().zip(&self.names) {
            let items = usize::try_from(group.metadata().column(column.leaf).num_values());
            // A few bytes can stand for any number of items that are alike.
            let most = self.left.saturating_mul(MOST_ITEMS);
            if column.is_list && items.is_ok_and(|items| items > most) {
                let why =
                    format!("its lists have more than {MOST_ITEMS} items; give the last ones only");
                return Err(damaged(number, name, &ParquetError::General(why)));
            }
            let reader = guarded(|| group.get_column_reader(column.leaf));
            self.readers.push(reader.map_err(|why| damaged(number, name, &why))?);
        }
        Ok(true)
    }

    fn next_batch(&mut self) -> Result<(), HistoryError> {
        let lists = self.columns.iter().any(|column| column.is_list);
        self.len = self.left.min(if lists { LISTS } else { BATCH });
        (self.left, self.at) = (self.left - self.len, 0);
        self.batches.clear();
        let columns = self.columns.iter().zip(&self.names);
        for (reader, (column, name)) in self.readers.iter_mut().zip(columns) {
            let batch = guarded(|| column.read(reader, self.len));
            self.batches.push(batch.map_err(|why| damaged(self.group - 1, name, &why))?);
        }
        Ok(())
    }
}

/// What the decoder finds. On damage that it does not foresee it panics, which is an error of the file all the same; what it
/// was reading is not read on.
fn guarded<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read));
    read.unwrap_or_else(|_| Err(ParquetError::General("it is damaged".to_owned())))
}

fn too_much() -> ParquetError {
    let why =
        format!("more than {MOST_BATCH_BYTES} bytes in few rows; write fewer rows to a group");
    ParquetError::General(why)
}

fn damaged(group: usize, column: &str, why: &ParquetError) -> HistoryError {
    HistoryError::Damaged { group, column: column.to_owned(), why: why.to_string() }
}

impl Table for ParquetTable {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn advance(&mut self) -> Result<bool, HistoryError> {
        while self.at == self.len {
            if self.left > 0 {
                self.next_batch()?;
            } else if !self.next_group()? {
                return Ok(false);
            }
        }
        (self.at, self.number) = (self.at + 1, self.number + 1);
        Ok(true)
    }

    fn cell(&self, column: usize) -> Cell<'_> {
        let Some(at) = self.at.checked_sub(1) else { return nothing() };
        let from = |ends: &[usize]| if at > 0 { ends[at - 1] } else { 0 };
        match self.batches.get(column) {
            None => nothing(),
            Some(Batch::Texts(all, ends)) => {
                all.get(from(ends)..ends[at]).unwrap_or_default().into()
            }
            Some(Batch::Numbers(all)) => Cell::Number(all[at]),
            Some(Batch::Wholes(all)) => all[at].map_or_else(nothing, Cell::Whole),
            Some(Batch::Times(all)) => all[at].map_or_else(nothing, Cell::Time),
            Some(Batch::Lists(all, ends)) => Cell::List(Cow::Borrowed(&all[from(ends)..ends[at]])),
        }
    }

    fn number(&self) -> u64 {
        self.number
    }

    fn bad(row: u64, id: &str, why: BadRow) -> HistoryError {
        HistoryError::ParquetRow { row, id: id.to_owned(), why: why.into() }
    }
}

impl Column {
    /// What is told as it is found where no history has such a column.
    fn of(leaf: usize, its: &ColumnDescriptor) -> Result<Self, String> {
        let is_list = its.max_rep_level() == 1;
        let kind = kind(its)?;
        let is_nested = its.max_rep_level() > 1 || (!is_list && its.path().parts().len() > 1);
        let is_number =
            matches!(kind, Kind::Number | Kind::Whole | Kind::Unsigned | Kind::Decimal(_));
        if is_nested || its.path().parts().len() > 3 || (is_list && !is_number) {
            let parts = its.path().parts().join(".");
            return Err(format!("what is nested and no list of numbers (`{parts}`)"));
        }
        let (there, item) = (its.max_def_level(), its.repeated_ancestor_def_level());
        Ok(Self { leaf, kind, is_list, there, item })
    }

    fn read(&self, reader: &mut ColumnReader, rows: usize) -> Result<Batch, ParquetError> {
        match reader {
            ColumnReader::BoolColumnReader(its) => {
                let read = self.values(its, rows)?;
                Ok(self.numbers(&read, |is| if *is { 1.0 } else { 0.0 }))
            }
            ColumnReader::Int32ColumnReader(its) => {
                let read = self.values(its, rows)?;
                self.whole(&read, |number| {
                    // The sign's place is a digit.
                    if self.kind == Kind::Unsigned {
                        i64::from(*number as u32)
                    } else {
                        i64::from(*number)
                    }
                })
            }
            ColumnReader::Int64ColumnReader(its) => {
                let read = self.values(its, rows)?;
                if self.kind == Kind::Unsigned
                    && read.values.iter().flatten().any(|number| *number < 0)
                {
                    return Err(ParquetError::General("a number from 2^63 on".to_owned()));
                }
                self.whole(&read, |number| *number)
            }
            ColumnReader::Int96ColumnReader(its) => {
                let read = self.values(its, rows)?;
                let times =
                    read.values.iter().map(|time| Some(moment(time.as_ref()?.to_seconds())));
                Ok(Batch::Times(times.map(Option::flatten).collect()))
            }
            ColumnReader::FloatColumnReader(its) => {
                let read = self.values(its, rows)?;
                // The number that it is written as, not the nearest to it of twice as many digits.
                Ok(self.numbers(&read, |number| {
                    if number.fract() == 0.0 { f64::from(*number) } else { exact(*number) }
                }))
            }
            ColumnReader::DoubleColumnReader(its) => {
                let read = self.values(its, rows)?;
                Ok(self.numbers(&read, |number| *number))
            }
            ColumnReader::ByteArrayColumnReader(its) => self.bytes(&self.values(its, rows)?),
            ColumnReader::FixedLenByteArrayColumnReader(its) => {
                self.bytes(&self.values(its, rows)?)
            }
        }
    }

    /// Values of so many rows, with nothing where there is none.
    fn values<T: DataType>(
        &self,
        reader: &mut ColumnReaderImpl<T>,
        rows: usize,
    ) -> Result<Values<T::T>, ParquetError> {
        let (mut found, mut levels, mut begins) = (Vec::new(), Vec::new(), Vec::new());
        let mut read = 0;
        while read < rows {
            // One list after the other: they are as long as they like.
            let (records, ..) = reader.read_records(
                if self.is_list { 1 } else { rows - read },
                Some(&mut levels),
                Some(&mut begins),
                &mut found,
            )?;
            if records == 0 {
                return Err(ParquetError::EOF("it has fewer rows than its group".to_owned()));
            }
            read += records;
            if self.is_list && levels.len() > MOST_BATCH_BYTES / size_of::<f64>() {
                return Err(too_much());
            }
        }
        if self.there == 0 {
            return Ok(Values { values: found.into_iter().map(Some).collect(), ends: Vec::new() });
        }
        let mut found = found.into_iter();
        let mut ends = Vec::new();
        let mut values = Vec::with_capacity(levels.len());
        for (at, level) in levels.iter().enumerate() {
            if self.is_list && at > 0 && begins.get(at) == Some(&0) {
                ends.push(values.len());
            }
            if !self.is_list || *level >= self.item {
                values.push(if *level == self.there { found.next() } else { None });
            }
        }
        if self.is_list {
            ends.push(values.len());
        }
        if (if self.is_list { ends.len() } else { values.len() }) < rows {
            return Err(ParquetError::EOF("it has fewer rows than its group".to_owned()));
        }
        Ok(Values { values, ends })
    }

    fn numbers<T>(&self, read: &Values<T>, number: impl Fn(&T) -> f64) -> Batch {
        let numbers =
            read.values.iter().map(|its| its.as_ref().map_or(f64::NAN, &number)).collect();
        if self.is_list {
            Batch::Lists(numbers, read.ends.clone())
        } else {
            Batch::Numbers(numbers)
        }
    }

    /// Whole numbers, and what else is stored as them.
    fn whole<T>(
        &self,
        read: &Values<T>,
        number: impl Fn(&T) -> i64,
    ) -> Result<Batch, ParquetError> {
        let time = |per: i64, since: i64| moment(since.div_euclid(per));
        let times = |time: &dyn Fn(i64) -> Option<NaiveDateTime>| {
            let known = read.values.iter().map(|its| its.as_ref().map(&number));
            let times = known.map(|its| {
                let late = || ParquetError::General("a time beyond what a calendar has".to_owned());
                its.map(|since| time(since).ok_or_else(late)).transpose()
            });
            times.collect::<Result<Vec<_>, _>>().map(Batch::Times)
        };
        match self.kind {
            Kind::Time(per) => times(&|since| time(per, since)),
            Kind::Day => times(&|days| moment(days.checked_mul(DAY)?)),
            Kind::Decimal(scale) => {
                Ok(self.numbers(read, |its| decimal(i128::from(number(its)), scale)))
            }
            _ if self.is_list => Ok(self.numbers(read, |its| number(its) as f64)),
            _ => {
                Ok(Batch::Wholes(read.values.iter().map(|its| its.as_ref().map(&number)).collect()))
            }
        }
    }

    /// Texts, and decimals that are stored as bytes.
    fn bytes<T: AsBytes>(&self, read: &Values<T>) -> Result<Batch, ParquetError> {
        if let Kind::Decimal(scale) = self.kind {
            return Ok(self.numbers(read, |its| decimal(big_endian(its.as_bytes()), scale)));
        }
        let sizes = read.values.iter().flatten().map(|its| its.as_bytes().len());
        let size = sizes.fold(0, usize::saturating_add);
        if size > MOST_BATCH_BYTES {
            return Err(too_much());
        }
        let (mut all, mut ends) =
            (String::with_capacity(size), Vec::with_capacity(read.values.len()));
        for value in &read.values {
            let bytes = value.as_ref().map_or(&[][..], AsBytes::as_bytes);
            let text = str::from_utf8(bytes)
                .map_err(|_| ParquetError::General(format!("{bytes:?} is no text in UTF-8")))?;
            all.push_str(text);
            ends.push(all.len());
        }
        Ok(Batch::Texts(all, ends))
    }
}

/// Values of some rows, and of lists where each ends among them.
struct Values<T> {
    values: Vec<Option<T>>,
    ends: Vec<usize>,
}

/// What a column holds, by its logical type or, of older writers, its converted one.
fn kind(its: &ColumnDescriptor) -> Result<Kind, String> {
    let logical = its.logical_type_ref();
    let converted = its.converted_type();
    let other = || match logical {
        Some(logical) => Err(format!("`{logical:?}`")),
        None => Err(format!("`{:?}`, {converted}", its.physical_type())),
    };
    match (its.physical_type(), logical, converted) {
        (_, Some(LogicalType::Decimal(_)), _) | (_, None, ConvertedType::DECIMAL) => {
            Ok(Kind::Decimal(its.type_scale()))
        }
        (Type::BOOLEAN, ..) | (Type::FLOAT | Type::DOUBLE, ..) => Ok(Kind::Number),
        (Type::INT96, ..) => Ok(Kind::Time(1)),
        (Type::INT32, Some(LogicalType::Date), _) | (Type::INT32, None, ConvertedType::DATE) => {
            Ok(Kind::Day)
        }
        (Type::INT64, Some(LogicalType::Timestamp(its)), _) => Ok(Kind::Time(match its.unit {
            TimeUnit::MILLIS => 1_000,
            TimeUnit::MICROS => 1_000_000,
            TimeUnit::NANOS => 1_000_000_000,
        })),
        (Type::INT64, None, ConvertedType::TIMESTAMP_MILLIS) => Ok(Kind::Time(1_000)),
        (Type::INT64, None, ConvertedType::TIMESTAMP_MICROS) => Ok(Kind::Time(1_000_000)),
        (Type::INT32 | Type::INT64, Some(LogicalType::Integer(its)), _) => {
            Ok(if its.is_signed { Kind::Whole } else { Kind::Unsigned })
        }
        (Type::INT32 | Type::INT64, None, ConvertedType::NONE) => Ok(Kind::Whole),
        (Type::INT32 | Type::INT64, None, converted) => match converted {
            ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64 => Ok(Kind::Whole),
            ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64 => Ok(Kind::Unsigned),
            _ => other(),
        },
        // A column of nothing at all.
        (Type::INT32 | Type::INT64, Some(LogicalType::Unknown), _) => Ok(Kind::Whole),
        (
            Type::BYTE_ARRAY,
            None
            | Some(
                LogicalType::String | LogicalType::Enum | LogicalType::Json | LogicalType::Unknown,
            ),
            _,
        ) => Ok(Kind::Text),
        _ => other(),
    }
}

/// A cell without a value.
fn nothing() -> Cell<'static> {
    Cell::Text(Cow::Borrowed(""))
}

/// The moment so many seconds after 1970 began; `None` beyond the calendar.
fn moment(seconds: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp(seconds, 0).map(|moment| moment.naive_utc())
}

/// The number that the digits of a shorter one are.
fn exact(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(f64::NAN)
}

/// The number that its digits are, so many of them after the point.
fn decimal(digits: i128, scale: i32) -> f64 {
    format!("{digits}e{}", -i64::from(scale)).parse().unwrap_or(f64::NAN)
}

/// A number of so many bytes, the greatest first, with a sign; what is beyond 16 bytes is not a number's room.
fn big_endian(bytes: &[u8]) -> i128 {
    let first: i128 = if bytes.first().is_some_and(|first| *first > 0x7f) { -1 } else { 0 };
    bytes.iter().fold(first, |number, byte| (number << 8) | i128::from(*byte))
}
