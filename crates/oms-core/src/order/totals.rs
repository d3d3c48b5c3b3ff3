//! Totals: what lines and orders come to, against what the source says they come to.
//!
//! The source's totals are authoritative, for its customer has seen them. We compute our own all
//! the same, and a difference becomes a fact with its size, or a reason to hold or to refuse.
//! Nothing here knows an order: amounts go in, amounts come out.
//!
//! # Units
//! Unit prices have up to 6 decimals. All other amounts are whole minor units, before and after.
//!
//! # Law
//! A price is rounded once. The shares of an order discount sum to the discount, and no share
//! exceeds the line that bears it.
//!
//! # Example
//! Story: a basket with an order discount of 10.00.
//! ```
//! use oms_core::catalog::RoundingScope;
//! use oms_core::order::totals::{PricedLine, PricedOrder, Rule, total_up};
//! use oms_core::words::{Currency, Qty, Rounding};
//!
//! let line = |price: &str, units| -> Result<_, oms_core::words::WordError> {
//!     Ok(PricedLine::new(price.parse()?, Qty::new(units)?))
//! };
//! let lines = [line("19.99 USD", 1)?, line("5.00 USD", 3)?, line("0.01 USD", 1)?];
//! let order = PricedOrder {
//!     currency: Currency::new("USD")?,
//!     lines: &lines,
//!     discounts: &["10.00 USD".parse()?],
//!     additions: &[],
//!     given: None,
//! };
//! let rule = Rule { rounding: Rounding::HalfEven, scope: RoundingScope::PerLine };
//! let totals = total_up(&order, rule).unwrap();
//! let shares: Vec<_> = totals.lines.iter().map(|line| line.discount_share.to_string()).collect();
//! assert_eq!(shares, ["5.71 USD", "4.29 USD", "0.00 USD"]);
//! assert_eq!(totals.total.to_string(), "25.00 USD");
//! # Ok::<(), oms_core::words::WordError>(())
//! ```

use rust_decimal::Decimal;

use crate::catalog::{RoundingScope, TotalsPolicy};
use crate::words::{Currency, Money, Qty, Rounding, WordError, spread};

/// How a channel rounds prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// What happens to halves.
    pub rounding: Rounding,
    /// Whether units or lines are rounded.
    pub scope: RoundingScope,
}

/// The amounts of a line as given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PricedLine<'a> {
    /// The price of one base unit, up to 6 decimals.
    pub unit_price: Money,
    /// The ordered quantity.
    pub qty: Qty,
    /// Discounts of this line, each zero or more.
    pub discounts: &'a [Money],
    /// Whether order discounts are spread over this line too.
    pub discountable: bool,
    /// The line total as the source gives it: after line discounts, before order discounts and
    /// exclusive taxes.
    pub given: Option<Money>,
}

impl PricedLine<'_> {
    /// Makes a discountable line with no discounts and no total as given.
    #[must_use]
    pub fn new(unit_price: Money, qty: Qty) -> Self {
        Self { unit_price, qty, discounts: &[], discountable: true, given: None }
    }
}

/// The amounts of an order as given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PricedOrder<'a> {
    /// The currency of every amount.
    pub currency: Currency,
    /// The lines, in their order.
    pub lines: &'a [PricedLine<'a>],
    /// Discounts of the whole order, each zero or more.
    pub discounts: &'a [Money],
    /// What comes on top: shipping, fees, taxes that prices do not include, each zero or more.
    pub additions: &'a [Money],
    /// The order total as the source gives it.
    pub given: Option<Money>,
}

/// What an order comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// What each line comes to, in line order.
    pub lines: Vec<LineTotals>,
    /// The order total that stands: the given one if there is one.
    pub total: Money,
    /// Where the source's totals differ from ours, lines first.
    pub differences: Vec<Difference>,
}

/// What a line comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineTotals {
    /// The line total that stands, before order discounts: the given one if there is one.
    pub net: Money,
    /// The line's share of the order discounts; it stays with the line for ever.
    pub discount_share: Money,
}

/// A total of the source that differs from ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// Whose total it is.
    pub of: TotalOf,
    /// What the source gives.
    pub given: Money,
    /// What we compute.
    pub computed: Money,
    /// Given minus computed.
    pub difference: Money,
}

/// Whose total a difference is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TotalOf {
    /// The line at this index.
    Line(usize),
    /// The order.
    Order,
}

/// What a policy says to the differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// There are none, or all are tolerated.
    Fine,
    /// One is beyond the bound: the order is placed on a hold.
    Hold,
    /// There is one and the channel is strict: the order is refused.
    Refuse,
}

/// An amount that cannot be what it is given as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}`: {cause}")]
pub struct TotalsError {
    /// The field, as a JSON pointer: `/lines/0/unit_price`, `/lines/0/discounts/1`,
    /// `/lines/0/given`, `/discounts/0`, `/additions/0`, `/given`.
    pub path: String,
    /// What is wrong with it.
    #[source]
    pub cause: WordError,
}

/// Computes what a line comes to: price × quantity rounded once by the rule, minus line discounts.
///
/// # Errors
/// `invalid.currency_mix`; `invalid.money` if an amount is below zero, finer than minor units (unit
/// prices apart), or if the discounts exceed the price; the path is relative to the line.
pub fn line_net(line: &PricedLine<'_>, rule: Rule) -> Result<Money, TotalsError> {
    let at_price = |cause| TotalsError { path: "/unit_price".to_owned(), cause };
    if line.unit_price.is_negative() {
        return Err(at_price(refusal("a price of zero or more", line.unit_price)));
    }
    let gross = match rule.scope {
        RoundingScope::PerUnit => line.unit_price.round(rule.rounding).times(line.qty),
        RoundingScope::PerLine => {
            line.unit_price.times(line.qty).map(|price| price.round(rule.rounding))
        }
    };
    let mut net = gross.map_err(at_price)?;
    for (index, discount) in line.discounts.iter().enumerate() {
        let at = |cause| TotalsError { path: format!("/discounts/{index}"), cause };
        check_amount(*discount).map_err(at)?;
        let left = net.try_sub(*discount).map_err(at)?;
        if left.is_negative() {
            return Err(at(refusal(&format!("at most the {net} that is left"), *discount)));
        }
        net = left;
    }
    Ok(net)
}

/// Spreads an order discount over lines by what is left of each, with the largest remainder method.
///
/// Lines that are not discountable get nothing. Spread several discounts one after another, each
/// over what the ones before left.
///
/// # Errors
/// `invalid.money` if the discount is below zero, finer than minor units, or more than the lines
/// can bear; `invalid.currency_mix`.
pub fn spread_discount(discount: Money, lines: &[(Money, bool)]) -> Result<Vec<Money>, WordError> {
    check_amount(discount)?;
    let mut bearable = Money::zero(discount.currency());
    let mut weights = Vec::with_capacity(lines.len());
    for (left, discountable) in lines {
        bearable = bearable.try_add(if *discountable { *left } else { zero_of(*left) })?;
        weights.push(if *discountable { left.amount() } else { Decimal::ZERO });
    }
    if bearable.try_sub(discount)?.is_negative() {
        return Err(refusal(&format!("at most the {bearable} that lines can bear"), discount));
    }
    // LAW: a share is at most its line, for the whole is at most the sum and both are whole minor
    // units.
    spread(discount, &weights)
}

/// Computes what an order comes to, and where the source's totals differ.
///
/// Totals as given stand: a given line total is what order discounts are spread by, and what the
/// order total is summed of.
///
/// # Errors
/// A [`TotalsError`] naming the first amount that cannot be.
///
/// # Cost
/// O(n log n) in lines, for each order discount.
pub fn total_up(order: &PricedOrder<'_>, rule: Rule) -> Result<Totals, TotalsError> {
    let mut differences = Vec::new();
    let mut lines = Vec::with_capacity(order.lines.len());
    let mut sum = Money::zero(order.currency);
    for (index, line) in order.lines.iter().enumerate() {
        let below = |error: TotalsError| TotalsError {
            path: format!("/lines/{index}{}", error.path),
            ..error
        };
        let computed = line_net(line, rule).map_err(below)?;
        let net = settle(TotalOf::Line(index), line.given, computed, &mut differences)
            .map_err(|cause| below(TotalsError { path: "/given".to_owned(), cause }))?;
        sum = sum
            .try_add(net)
            .map_err(|cause| below(TotalsError { path: "/unit_price".to_owned(), cause }))?;
        lines.push(LineTotals { net, discount_share: Money::zero(order.currency) });
    }
    for (index, discount) in order.discounts.iter().enumerate() {
        bear(*discount, order.lines, &mut lines)
            .and_then(|()| sum.try_sub(*discount))
            .map(|left| sum = left)
            .map_err(|cause| TotalsError { path: format!("/discounts/{index}"), cause })?;
    }
    for (index, addition) in order.additions.iter().enumerate() {
        check_amount(*addition)
            .and_then(|()| sum.try_add(*addition))
            .map(|more| sum = more)
            .map_err(|cause| TotalsError { path: format!("/additions/{index}"), cause })?;
    }
    let total = settle(TotalOf::Order, order.given, sum, &mut differences)
        .map_err(|cause| TotalsError { path: "/given".to_owned(), cause })?;
    Ok(Totals { lines, total, differences })
}

impl Totals {
    /// Tells what a policy says to the differences.
    #[must_use]
    pub fn judge(&self, policy: TotalsPolicy) -> Verdict {
        match policy {
            TotalsPolicy::Strict if self.differences.is_empty() => Verdict::Fine,
            TotalsPolicy::Strict => Verdict::Refuse,
            TotalsPolicy::Tolerate { minor_units } => {
                let within = |difference: &Difference| {
                    let size = difference.difference.to_minor().map(i64::unsigned_abs);
                    size.is_some_and(|size| size <= minor_units)
                };
                if self.differences.iter().all(within) { Verdict::Fine } else { Verdict::Hold }
            }
        }
    }
}

/// Gives every line its share of one more order discount.
fn bear(
    discount: Money,
    priced: &[PricedLine<'_>],
    lines: &mut [LineTotals],
) -> Result<(), WordError> {
    let mut left = Vec::with_capacity(lines.len());
    for (line, priced) in lines.iter().zip(priced) {
        left.push((line.net.try_sub(line.discount_share)?, priced.discountable));
    }
    for (line, share) in lines.iter_mut().zip(spread_discount(discount, &left)?) {
        line.discount_share = line.discount_share.try_add(share)?;
    }
    Ok(())
}

/// Takes the given total if there is one, and notes by how much it differs.
fn settle(
    of: TotalOf,
    given: Option<Money>,
    computed: Money,
    differences: &mut Vec<Difference>,
) -> Result<Money, WordError> {
    let Some(given) = given else { return Ok(computed) };
    check_amount(given)?;
    let difference = given.try_sub(computed)?;
    if !difference.is_zero() {
        differences.push(Difference { of, given, computed, difference });
    }
    Ok(given)
}

/// Amounts that are not unit prices are zero or more, in whole minor units.
fn check_amount(amount: Money) -> Result<(), WordError> {
    if amount.is_negative() || !amount.is_whole_minor() {
        return Err(refusal("zero or more, in whole minor units", amount));
    }
    Ok(())
}

fn zero_of(amount: Money) -> Money {
    Money::zero(amount.currency())
}

fn refusal(expected: &str, found: Money) -> WordError {
    WordError::Money { expected: expected.to_owned(), found: format!("`{found}`") }
}
