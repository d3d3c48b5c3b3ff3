//! One column of a parquet file, read value by value.

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArrayType, DataType, DoubleType, Int64Type, Int96, Int96Type};
use parquet::errors::ParquetError;
use parquet::file::reader::RowGroupReader;

use super::DataError;
use super::cents::cents_of;

/// Values taken from a column at a time.
const BATCH: usize = 4_096;

/// One column of one row group, read in batches.
pub(super) struct Column<T: DataType> {
    reader: ColumnReaderImpl<T>,
    file: &'static str,
    name: &'static str,
    /// The values of the batch that are there, and for each row of it whether it has one.
    values: std::vec::IntoIter<T::T>,
    present: std::vec::IntoIter<i16>,
    row: u64,
}

impl<T: DataType> Column<T> {
    fn open(
        group: &dyn RowGroupReader,
        file: &'static str,
        name: &'static str,
        expected: &'static str,
        typed: fn(ColumnReader) -> Option<ColumnReaderImpl<T>>,
    ) -> Result<Self, DataError> {
        let missing = || DataError::Column { file, column: name, expected };
        let columns = group.metadata().columns();
        let index = columns.iter().position(|column| column.column_path().string() == name);
        let reader = group.get_column_reader(index.ok_or_else(missing)?).map_err(broken(file))?;
        let reader = typed(reader).ok_or_else(missing)?;
        let (values, present) = (Vec::new().into_iter(), Vec::new().into_iter());
        Ok(Self { reader, file, name, values, present, row: 0 })
    }

    /// The value of the next row; `None` where it has none.
    fn next(&mut self) -> Result<Option<T::T>, DataError> {
        if self.present.as_slice().is_empty() {
            self.refill()?;
        }
        self.row += 1;
        match self.present.next() {
            Some(0) => Ok(None),
            Some(_) => Ok(self.values.next()),
            None => {
                let end = ParquetError::EOF(format!("column {} ends early", self.name));
                Err(broken(self.file)(end))
            }
        }
    }

    fn refill(&mut self) -> Result<(), DataError> {
        let (mut values, mut levels) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
        let (records, _, _) = self
            .reader
            .read_records(BATCH, Some(&mut levels), None, &mut values)
            .map_err(broken(self.file))?;
        if levels.is_empty() {
            // A column that may not be absent carries no levels.
            levels.resize(records, 1);
        }
        self.values = values.into_iter();
        self.present = levels.into_iter();
        Ok(())
    }

    fn required(&mut self, expected: &'static str) -> Result<T::T, DataError> {
        self.next()?.ok_or_else(|| self.wrong("nothing".to_owned(), expected))
    }

    /// The error that the value just read deserves.
    fn wrong(&self, found: String, expected: &'static str) -> DataError {
        let row = self.row.saturating_sub(1);
        DataError::Value { file: self.file, column: self.name, row, found, expected }
    }
}

impl Column<Int64Type> {
    /// A column of whole numbers.
    pub(super) fn whole(
        group: &dyn RowGroupReader,
        file: &'static str,
        name: &'static str,
    ) -> Result<Self, DataError> {
        Self::open(group, file, name, "INT64", |reader| match reader {
            ColumnReader::Int64ColumnReader(reader) => Some(reader),
            _ => None,
        })
    }

    /// The number of the next row, from 0 up.
    pub(super) fn number(&mut self) -> Result<u64, DataError> {
        let value = self.required("a whole number")?;
        u64::try_from(value).map_err(|_| self.wrong(value.to_string(), "a number from 0 up"))
    }
}

impl Column<DoubleType> {
    /// A column of amounts in dollars.
    pub(super) fn double(
        group: &dyn RowGroupReader,
        file: &'static str,
        name: &'static str,
    ) -> Result<Self, DataError> {
        Self::open(group, file, name, "DOUBLE", |reader| match reader {
            ColumnReader::DoubleColumnReader(reader) => Some(reader),
            _ => None,
        })
    }

    /// The amount of the next row in cents; adds to `residues` if it was next to a cent.
    pub(super) fn amount(
        &mut self,
        text: &mut String,
        residues: &mut u64,
    ) -> Result<i64, DataError> {
        let dollars = self.required("an amount")?;
        let amount = cents_of(dollars, text)
            .ok_or_else(|| self.wrong(dollars.to_string(), "dollars and whole cents, from 0 up"))?;
        *residues += u64::from(amount.residue);
        Ok(amount.cents)
    }
}

impl Column<Int96Type> {
    /// A column of times.
    pub(super) fn time(
        group: &dyn RowGroupReader,
        file: &'static str,
        name: &'static str,
    ) -> Result<Self, DataError> {
        Self::open(group, file, name, "INT96", |reader| match reader {
            ColumnReader::Int96ColumnReader(reader) => Some(reader),
            _ => None,
        })
    }

    /// The time of the next row, in seconds since 1970-01-01 UTC.
    pub(super) fn second(&mut self) -> Result<i64, DataError> {
        self.required("a time").map(|time: Int96| time.to_seconds())
    }
}

impl Column<ByteArrayType> {
    /// A column of texts.
    pub(super) fn text(
        group: &dyn RowGroupReader,
        file: &'static str,
        name: &'static str,
    ) -> Result<Self, DataError> {
        Self::open(group, file, name, "BYTE_ARRAY", |reader| match reader {
            ColumnReader::ByteArrayColumnReader(reader) => Some(reader),
            _ => None,
        })
    }

    /// The text of the next row; empty where it has none.
    pub(super) fn string(&mut self) -> Result<String, DataError> {
        // An absent text and an empty one mean the same here.
        let Some(value) = self.next()? else { return Ok(String::new()) };
        let Ok(text) = value.as_utf8() else {
            return Err(self.wrong(format!("{:?}", value.data()), "UTF-8 text"));
        };
        Ok(text.to_owned())
    }
}

/// Names the file in which parquet found a fault.
pub(super) fn broken(file: &'static str) -> impl Fn(ParquetError) -> DataError {
    move |source| DataError::Parquet { file, source }
}
