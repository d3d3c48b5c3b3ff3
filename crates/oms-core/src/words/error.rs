//! What is wrong with a value that wanted to become a word.

use std::fmt::Display;

/// The longest stretch of a foreign value that an error quotes, in characters.
const QUOTE_CHARS: usize = 48;

/// A value cannot become a word: a stable code, what was expected, what was found.
///
/// The text of every variant begins with its code, so that a code survives a passage through
/// another library's error type.
///
/// # Example
/// ```
/// use oms_core::words::{Sku, WordError};
///
/// let refused = Sku::new(" A1").unwrap_err();
/// assert_eq!(refused.code(), "invalid.id_format");
/// assert_eq!(refused.found(), "` A1`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WordError {
    /// An id is empty, too long, not printable, or has outer whitespace.
    #[error("invalid.id_format: expected {expected}, found {found}")]
    IdFormat {
        /// What an id of this kind looks like.
        expected: String,
        /// What came instead.
        found: String,
    },
    /// A quantity is negative, fractional or beyond [`Qty::MAX`](super::Qty::MAX).
    #[error("invalid.quantity: expected {expected}, found {found}")]
    Quantity {
        /// The range of quantities.
        expected: String,
        /// What came instead.
        found: String,
    },
    /// An amount is malformed, too fine or too large, or cannot be spread.
    #[error("invalid.money: expected {expected}, found {found}")]
    Money {
        /// The form or range of an amount.
        expected: String,
        /// What came instead.
        found: String,
    },
    /// A currency is not an active ISO 4217 code.
    #[error("invalid.currency: expected {expected}, found {found}")]
    Currency {
        /// The form of a currency.
        expected: String,
        /// What came instead.
        found: String,
    },
    /// Two amounts of different currencies met.
    #[error("invalid.currency_mix: expected {expected}, found {found}")]
    CurrencyMix {
        /// The currency of the first amount.
        expected: String,
        /// The currency of the second amount.
        found: String,
    },
    /// A moment, a day, a time of day or a window is malformed or out of range.
    #[error("invalid.date_range: expected {expected}, found {found}")]
    DateRange {
        /// The form or range of the time.
        expected: String,
        /// What came instead.
        found: String,
    },
    /// A time zone is not in the IANA database.
    #[error("invalid.time_zone: expected {expected}, found {found}")]
    TimeZone {
        /// The form of a time zone.
        expected: String,
        /// What came instead.
        found: String,
    },
    /// A country, a point or an address field is malformed.
    #[error("invalid.place: expected {expected}, found {found}")]
    Place {
        /// The form of the place.
        expected: String,
        /// What came instead; never an address itself.
        found: String,
    },
    /// A digest of a personal value is malformed.
    #[error("invalid.digest: expected {expected}, found {found}")]
    Digest {
        /// The form of a digest.
        expected: String,
        /// What came instead.
        found: String,
    },
}

impl WordError {
    /// Returns the stable code, such as `invalid.id_format`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::IdFormat { .. } => "invalid.id_format",
            Self::Quantity { .. } => "invalid.quantity",
            Self::Money { .. } => "invalid.money",
            Self::Currency { .. } => "invalid.currency",
            Self::CurrencyMix { .. } => "invalid.currency_mix",
            Self::DateRange { .. } => "invalid.date_range",
            Self::TimeZone { .. } => "invalid.time_zone",
            Self::Place { .. } => "invalid.place",
            Self::Digest { .. } => "invalid.digest",
        }
    }

    /// Returns what was expected, in the words of the trade.
    #[must_use]
    pub fn expected(&self) -> &str {
        self.parts().0
    }

    /// Returns what was found instead, shortened if it was long.
    #[must_use]
    pub fn found(&self) -> &str {
        self.parts().1
    }

    fn parts(&self) -> (&str, &str) {
        match self {
            Self::IdFormat { expected, found }
            | Self::Quantity { expected, found }
            | Self::Money { expected, found }
            | Self::Currency { expected, found }
            | Self::CurrencyMix { expected, found }
            | Self::DateRange { expected, found }
            | Self::TimeZone { expected, found }
            | Self::Place { expected, found }
            | Self::Digest { expected, found } => (expected, found),
        }
    }
}

/// Quotes a foreign value in backticks, control characters escaped, shortened past 48 characters.
pub(super) fn quote(value: impl Display) -> String {
    let text = value.to_string();
    let mut quoted = String::from("`");
    for (count, c) in text.chars().enumerate() {
        if count == QUOTE_CHARS {
            quoted.push('…');
            break;
        }
        if c.is_control() { quoted.extend(c.escape_default()) } else { quoted.push(c) }
    }
    quoted.push('`');
    quoted
}
