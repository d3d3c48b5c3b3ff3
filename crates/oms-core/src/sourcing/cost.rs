//! Exact cost arithmetic in whole minor units, for comparing nodes and for telling what they cost.

use rust_decimal::Decimal;

use crate::words::{Currency, Money};

/// Millionths of a currency unit: the finest amount that money has.
const MICRO_DECIMALS: u32 = 6;
const GRAMS_PER_KG: i128 = 1_000;

/// Gives an amount in millionths of its currency's unit.
pub(super) fn micro(money: Money) -> i128 {
    let amount = money.amount();
    let shift = MICRO_DECIMALS.saturating_sub(amount.scale());
    amount.mantissa().saturating_mul(10_i128.saturating_pow(shift))
}

/// How minor units of one currency relate to its millionths.
#[derive(Debug, Clone, Copy)]
pub(super) struct Minor {
    currency: Currency,
    micro_per_minor: i128,
}

impl Minor {
    pub(super) fn of(currency: Currency) -> Self {
        let digits = MICRO_DECIMALS.saturating_sub(currency.exponent());
        Self { currency, micro_per_minor: 10_i128.saturating_pow(digits) }
    }

    /// Rounds an amount half up to whole minor units.
    pub(super) fn round(self, micro: i128) -> i128 {
        half_up(micro, self.micro_per_minor)
    }

    /// Gives what one unit of this weight costs at this price per kilogram, rounded half up.
    ///
    /// Saturates; [`fits`] told beforehand whether it would.
    pub(super) fn weight(self, micro_per_kg: i128, weight_g: u64) -> i128 {
        let grams = micro_per_kg.saturating_mul(i128::from(weight_g));
        half_up(grams, GRAMS_PER_KG.saturating_mul(self.micro_per_minor))
    }

    /// Makes money of minor units.
    pub(super) fn money(self, minor: i128) -> Result<Money, String> {
        let too_large = || format!("{minor} minor units of {} are too many", self.currency);
        let amount = Decimal::try_from_i128_with_scale(minor, self.currency.exponent())
            .map_err(|_| too_large())?;
        Money::new(amount, self.currency).map_err(|_| too_large())
    }
}

/// The largest cost of one unit that sums over an order of any length without overflow.
const LARGEST_UNIT_MINOR: i128 = 1_000_000_000_000_000_000;

/// Tells whether units of this weight at this price stay in the range that sums are safe in.
pub(super) fn fits(minor: Minor, micro_per_kg: i128, weight_g: u64) -> bool {
    minor.weight(micro_per_kg, weight_g).abs() <= LARGEST_UNIT_MINOR
}

fn half_up(value: i128, unit: i128) -> i128 {
    // Most values are small: 64-bit division is several times as fast.
    if let (Ok(value), Ok(unit)) = (i64::try_from(value), i64::try_from(unit))
        && let Some(sum) = value.checked_add(unit / 2)
    {
        return i128::from(sum.div_euclid(unit.max(1)));
    }
    value.saturating_add(unit / 2).div_euclid(unit.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Goal: unit costs agree with the published instance format, floor((g * per_kg + 500) / 1000).
    // Method: the formula in cents, over weights and prices that hit every half.
    #[test]
    fn weight_cost_rounds_half_up_in_minor_units() {
        let minor = Minor::of(Currency::new("USD").unwrap());
        for cents in [0_i128, 1, 45, 80, 125, 3_333] {
            for grams in [0_u64, 1, 4, 5, 420, 500, 999, 1_000, 123_456] {
                let expected = (i128::from(grams) * cents + 500).div_euclid(1_000);
                assert_eq!(minor.weight(cents * 10_000, grams), expected, "{cents} {grams}");
            }
        }
    }

    // Goal: minor units of currencies with 0, 2, 3 and 4 decimals. Method: round trip through money.
    #[test]
    fn minor_units_follow_the_currency() {
        for (text, minor_units) in
            [("7 JPY", 7), ("7.25 USD", 725), ("1.234 KWD", 1_234), ("1.2345 CLF", 12_345)]
        {
            let money: Money = text.parse().unwrap();
            let minor = Minor::of(money.currency());
            assert_eq!(minor.round(micro(money)), minor_units);
            assert_eq!(minor.money(minor_units).unwrap(), money);
        }
    }

    // Goal: absurd prices are told, not wrapped. Method: the largest money and the largest weight.
    #[test]
    fn absurd_costs_do_not_fit() {
        let usd = Currency::new("USD").unwrap();
        let most: Money = "1000000000000000 USD".parse().unwrap();
        assert!(!fits(Minor::of(usd), micro(most), u64::MAX));
        assert!(Minor::of(usd).money(i128::MAX).is_err());
    }
}
