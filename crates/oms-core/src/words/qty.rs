//! Quantities: whole, never negative, bounded.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};

use super::error::{WordError, quote};

/// The range in words, for errors.
const RANGE: &str = "a whole number from 0 to 1000000000000";

/// A quantity in the item's base unit (each, gram, millimeter, milliliter).
///
/// The bound leaves six decimal digits of room below `i64::MAX`, so a ledger may sum millions of
/// quantities as `i64` without overflow.
///
/// # Units
/// The item's base unit.
///
/// # Example
/// ```
/// use oms_core::words::Qty;
///
/// let five = Qty::new(5)?;
/// assert_eq!(five.checked_sub(Qty::ONE).map(Qty::get), Some(4));
/// assert_eq!(Qty::ZERO.checked_sub(Qty::ONE), None);
/// assert!(serde_json::from_str::<Qty>("1.5").is_err());
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Qty(u64);

impl Qty {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// A single unit.
    pub const ONE: Self = Self(1);
    /// The largest quantity: 10^12 base units, a million tonnes in grams.
    pub const MAX: Self = Self(1_000_000_000_000);

    /// Checks a number and makes it a quantity.
    ///
    /// # Errors
    /// `invalid.quantity` beyond [`Qty::MAX`].
    pub fn new(units: u64) -> Result<Self, WordError> {
        if units <= Self::MAX.0 { Ok(Self(units)) } else { Err(out_of_range(units)) }
    }

    /// Makes a quantity of a signed number, or nothing if it is negative or beyond [`Qty::MAX`].
    #[must_use]
    pub fn from_i64(units: i64) -> Option<Self> {
        u64::try_from(units).ok().and_then(|units| Self::new(units).ok())
    }

    /// Returns the number of base units.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Returns the number of base units as a signed number, for ledgers.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        // Lossless: `Qty::MAX` is far below `i64::MAX`.
        self.0.cast_signed()
    }

    /// Tells whether this is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Adds, or returns nothing beyond [`Qty::MAX`].
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(|units| Self::new(units).ok())
    }

    /// Subtracts, or returns nothing below zero.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Returns the smaller of two quantities.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Ord::min(self, other)
    }
}

impl fmt::Display for Qty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Qty {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for Qty {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u64(Units)
    }
}

struct Units;

impl Visitor<'_> for Units {
    type Value = Qty;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(RANGE)
    }

    fn visit_u64<E: Error>(self, units: u64) -> Result<Qty, E> {
        Qty::new(units).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, units: i64) -> Result<Qty, E> {
        Qty::from_i64(units).ok_or_else(|| E::custom(out_of_range(units)))
    }

    fn visit_f64<E: Error>(self, units: f64) -> Result<Qty, E> {
        Err(E::custom(out_of_range(units)))
    }
}

fn out_of_range(found: impl fmt::Display) -> WordError {
    WordError::Quantity { expected: RANGE.to_owned(), found: quote(found) }
}
