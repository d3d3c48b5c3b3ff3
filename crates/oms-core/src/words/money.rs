//! Money: a decimal with its currency, exact, rounded only where a function says so.
//!
//! # Law
//! No operation mixes currencies. Sums and products are exact or refused. Rounding happens only in
//! [`Money::round`] and its two named forms, and [`spread`] gives parts that sum to the whole.

use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::{WordError, quote};
use super::qty::Qty;
use super::wire::parsed;

/// The most decimals an amount may have: unit prices are this fine, stored amounts coarser.
const MAX_DECIMALS: u32 = 6;
/// The largest magnitude of an amount, in units of its currency.
const MAX_UNITS: i64 = 1_000_000_000_000_000;
/// The form of a currency in words, for errors.
const CODE_FORM: &str = "an ISO 4217 code in upper case, such as `USD`";
/// The form of an amount in words, for errors.
const FORM: &str = "an amount of at most 1000000000000000 with at most 6 decimals and a currency, \
                    such as `19.99 USD`";

/// ISO 4217 codes by exponent. Units of account of precious metals and test codes are not money of
/// trade; currencies withdrawn in 2025 stay, for their orders are still returned.
const CODES: &[(u8, &str)] = &[
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD \
         BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP \
         ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR \
         JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU \
         MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR \
         RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS \
         TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

/// A currency: an ISO 4217 alphabetic code and the exponent of its minor unit.
///
/// # Example
/// ```
/// use oms_core::words::Currency;
///
/// assert_eq!(Currency::new("JPY")?.exponent(), 0);
/// assert_eq!(Currency::new("USD")?.exponent(), 2);
/// assert_eq!(Currency::new("KWD")?.exponent(), 3);
/// assert!(Currency::new("usd").is_err());
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

impl Currency {
    /// Looks a code up in ISO 4217.
    ///
    /// # Errors
    /// `invalid.currency` if the code is unknown; codes are upper case.
    pub fn new(code: &str) -> Result<Self, WordError> {
        let unknown = || WordError::Currency { expected: CODE_FORM.to_owned(), found: quote(code) };
        let bytes: [u8; 3] = code.as_bytes().try_into().map_err(|_| unknown())?;
        CODES
            .iter()
            .find(|(_, codes)| codes.as_bytes().split(|b| *b == b' ').any(|known| known == bytes))
            .map(|(exponent, _)| Self { code: bytes, exponent: *exponent })
            .ok_or_else(unknown)
    }

    /// Returns the alphabetic code.
    #[must_use]
    pub fn code(&self) -> &str {
        // The code is ASCII, for it stands in the table.
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// Returns the number of decimals of the minor unit.
    #[must_use]
    pub fn exponent(self) -> u32 {
        u32::from(self.exponent)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Currency({})", self.code())
    }
}

impl FromStr for Currency {
    type Err = WordError;

    fn from_str(code: &str) -> Result<Self, WordError> {
        Self::new(code)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, CODE_FORM)
    }
}

/// How an amount becomes whole minor units.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Halves go to the even neighbor, so that sums do not drift.
    #[default]
    HalfEven,
    /// Halves go away from zero, as tills do.
    HalfUp,
}

/// An amount of money: a decimal with its currency.
///
/// The wire form is one string, `19.99 USD`, with at least the decimals of the minor unit and no
/// needless zeros beyond, so equal amounts have equal bytes.
///
/// # Law
/// At most 6 decimals and at most 10^15 units, whatever made it.
///
/// # Example
/// ```
/// use oms_core::words::{Money, Qty};
///
/// let price: Money = "3.333 USD".parse()?;
/// let net = price.times(Qty::new(3)?)?;
/// assert_eq!(net.to_string(), "9.999 USD");
/// assert_eq!(net.round_half_even().to_string(), "10.00 USD");
/// assert!(net.try_add("1 EUR".parse()?).is_err());
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

impl Money {
    /// Checks an amount and makes it money.
    ///
    /// # Errors
    /// `invalid.money` beyond 6 decimals or 10^15 units.
    pub fn new(amount: Decimal, currency: Currency) -> Result<Self, WordError> {
        let sound = amount.abs() <= Decimal::from(MAX_UNITS)
            && (amount.scale() <= MAX_DECIMALS || amount.normalize().scale() <= MAX_DECIMALS);
        if sound { Ok(Self::canonical(amount, currency)) } else { Err(refuse(FORM, amount)) }
    }

    /// Rounds a finer amount to whole minor units, once, and makes it money.
    ///
    /// # Errors
    /// `invalid.money` beyond 10^15 units.
    pub fn rounded(amount: Decimal, currency: Currency, rule: Rounding) -> Result<Self, WordError> {
        Self::new(round(amount, currency, rule), currency)
    }

    /// Returns nothing of a currency.
    #[must_use]
    pub fn zero(currency: Currency) -> Self {
        Self::canonical(Decimal::ZERO, currency)
    }

    /// Makes money of a whole number of minor units.
    ///
    /// # Errors
    /// `invalid.money` beyond 10^15 units.
    pub fn from_minor(minor: i64, currency: Currency) -> Result<Self, WordError> {
        Self::new(Decimal::new(minor, currency.exponent()), currency)
    }

    /// Returns the whole number of minor units, or nothing if the amount is finer or does not fit.
    #[must_use]
    pub fn to_minor(&self) -> Option<i64> {
        if self.amount.scale() != self.currency.exponent() {
            return None;
        }
        i64::try_from(self.amount.mantissa()).ok()
    }

    /// Returns the amount, in units of the currency.
    #[must_use]
    pub fn amount(&self) -> Decimal {
        self.amount
    }

    /// Returns the currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// Tells whether the amount is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.amount < Decimal::ZERO
    }

    /// Tells whether the amount is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.amount.is_zero()
    }

    /// Tells whether the amount is a whole number of minor units, as every stored amount is.
    #[must_use]
    pub fn is_whole_minor(&self) -> bool {
        self.amount.scale() == self.currency.exponent()
    }

    /// Adds exactly.
    ///
    /// # Errors
    /// `invalid.currency_mix` if the currencies differ, `invalid.money` beyond 10^15 units.
    pub fn try_add(self, other: Self) -> Result<Self, WordError> {
        self.same_currency(other)?;
        let sum = self.amount.checked_add(other.amount).ok_or_else(|| refuse(FORM, self))?;
        Self::new(sum, self.currency)
    }

    /// Subtracts exactly.
    ///
    /// # Errors
    /// As [`Money::try_add`].
    pub fn try_sub(self, other: Self) -> Result<Self, WordError> {
        self.try_add(other.neg())
    }

    /// Returns the amount with its sign turned.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "money has named operations, no operators")]
    pub fn neg(self) -> Self {
        Self::canonical(-self.amount, self.currency)
    }

    /// Multiplies by a quantity exactly: a unit price becomes the price of a line, not yet rounded.
    ///
    /// # Errors
    /// `invalid.money` beyond 10^15 units.
    pub fn times(self, qty: Qty) -> Result<Self, WordError> {
        let product = self.amount.checked_mul(Decimal::from(qty.get()));
        Self::new(product.ok_or_else(|| refuse(FORM, self))?, self.currency)
    }

    /// Rounds to whole minor units by a rule.
    #[must_use]
    pub fn round(self, rule: Rounding) -> Self {
        Self::canonical(round(self.amount, self.currency, rule), self.currency)
    }

    /// Rounds to whole minor units, halves to the even neighbor.
    #[must_use]
    pub fn round_half_even(self) -> Self {
        self.round(Rounding::HalfEven)
    }

    /// Rounds to whole minor units, halves away from zero.
    #[must_use]
    pub fn round_half_up(self) -> Self {
        self.round(Rounding::HalfUp)
    }

    /// Gives the amount the one scale in which it is written: minor units at least, no zeros
    /// beyond.
    fn canonical(amount: Decimal, currency: Currency) -> Self {
        let mut amount = if amount.is_zero() { Decimal::ZERO } else { amount };
        if amount.scale() > currency.exponent() {
            amount = amount.normalize();
        }
        if amount.scale() < currency.exponent() {
            amount.rescale(currency.exponent());
        }
        Self { amount, currency }
    }

    fn same_currency(self, other: Self) -> Result<(), WordError> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(WordError::CurrencyMix { expected: quote(self.currency), found: quote(other.currency) })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Money({self})")
    }
}

impl FromStr for Money {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, WordError> {
        let (digits, code) = text.split_once(' ').ok_or_else(|| refuse(FORM, text))?;
        if !is_plain_decimal(digits) {
            return Err(refuse(FORM, text));
        }
        let amount = Decimal::from_str_exact(digits).map_err(|_| refuse(FORM, text))?;
        Self::new(amount, Currency::new(code)?)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, FORM)
    }
}

/// Splits a total by weights with the largest remainder method, so that the parts sum exactly.
///
/// Every part is its exact share rounded towards zero to minor units; the minor units left over go
/// to the largest remainders, ties to the earlier part. A part of weight zero gets zero. If all
/// weights are zero (or there are none) only a total of zero can be spread; anything else is
/// refused, for nobody may bear it. To split evenly, give equal weights.
///
/// # Errors
/// `invalid.money` if the total is finer than minor units, a weight is negative, there is nothing
/// to spread over, or the numbers are beyond what 128 bits can multiply.
///
/// # Cost
/// O(n log n).
///
/// # Example
/// ```
/// use oms_core::words::{Money, spread};
///
/// let weights: Vec<_> = ["19.99 USD", "15.00 USD", "0.01 USD"]
///     .iter()
///     .map(|text| Ok(text.parse::<Money>()?.amount()))
///     .collect::<Result<_, oms_core::words::WordError>>()?;
/// let parts = spread("10.00 USD".parse()?, &weights)?;
/// let texts: Vec<_> = parts.iter().map(ToString::to_string).collect();
/// assert_eq!(texts, ["5.71 USD", "4.29 USD", "0.00 USD"]);
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
pub fn spread(total: Money, weights: &[Decimal]) -> Result<Vec<Money>, WordError> {
    let minor = total.to_minor().ok_or_else(|| refuse("a whole number of minor units", total))?;
    let weights = whole_weights(weights)?;
    let sum = weights.iter().try_fold(0_i128, |sum, weight| sum.checked_add(*weight));
    let sum = sum.ok_or_else(|| refuse("weights whose sum fits 128 bits", "larger ones"))?;
    if sum == 0 {
        let nothing = refuse("a weight above zero to bear the amount", total);
        let zeros = weights.iter().map(|_| Money::zero(total.currency())).collect();
        return if minor == 0 { Ok(zeros) } else { Err(nothing) };
    }
    let size = i128::from(minor).abs();
    let mut parts = Vec::with_capacity(weights.len());
    for weight in &weights {
        let product = size.checked_mul(*weight);
        let product = product.ok_or_else(|| refuse("shares that fit 128 bits", total))?;
        parts.push((product / sum, product % sum));
    }
    let mut left = size - parts.iter().map(|(part, _)| part).sum::<i128>();
    let mut by_remainder: Vec<_> = parts.iter_mut().collect();
    by_remainder.sort_by_key(|(_, remainder)| Reverse(*remainder));
    // LAW: the remainders sum to `left` × `sum`, so more parts than `left` have one.
    for (part, _) in by_remainder {
        if left == 0 {
            break;
        }
        *part += 1;
        left -= 1;
    }
    let sign = i128::from(minor.signum());
    parts
        .into_iter()
        .map(|(part, _)| {
            let part = i64::try_from(part * sign).map_err(|_| refuse(FORM, total))?;
            Money::from_minor(part, total.currency())
        })
        .collect()
}

fn round(amount: Decimal, currency: Currency, rule: Rounding) -> Decimal {
    let strategy = match rule {
        Rounding::HalfEven => RoundingStrategy::MidpointNearestEven,
        Rounding::HalfUp => RoundingStrategy::MidpointAwayFromZero,
    };
    amount.round_dp_with_strategy(currency.exponent(), strategy)
}

/// Brings weights to one scale, as coarse as they allow, and takes them as whole numbers.
fn whole_weights(weights: &[Decimal]) -> Result<Vec<i128>, WordError> {
    let scale = weights.iter().map(|weight| weight.normalize().scale()).max().unwrap_or(0);
    weights
        .iter()
        .map(|weight| {
            if *weight < Decimal::ZERO {
                return Err(refuse("weights of zero or more", weight));
            }
            let weight = weight.normalize();
            10_i128
                .checked_pow(scale - weight.scale())
                .and_then(|factor| weight.mantissa().checked_mul(factor))
                .ok_or_else(|| refuse("weights that fit 128 bits", weight))
        })
        .collect()
}

/// Digits with at most one point between them, and a leading minus at most.
fn is_plain_decimal(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (units, decimals) = text.split_once('.').unwrap_or((text, "0"));
    [units, decimals].iter().all(|part| {
        (1..=18).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn refuse(expected: &str, found: impl fmt::Display) -> WordError {
    WordError::Money { expected: expected.to_owned(), found: quote(found) }
}
