//! Amounts of money out of binary floating point, without drift.
//!
//! The transactions hold dollars as doubles. A double is read through its shortest decimal text
//! (the one that names this double and no other), and the cents are taken from that text digit
//! by digit; no arithmetic is done in floating point. A few amounts carry the residue of
//! somebody else's subtraction (0.000000000000002 for nothing): where all of the six decimals
//! after the cents are 0 or all are 9, the nearest cent is meant, and the amount says so.

use std::fmt::Write as _;

/// What was read from one amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cents {
    /// The amount in whole cents.
    pub(crate) cents: i64,
    /// True if the double was next to a cent, not on it.
    pub(crate) residue: bool,
}

/// How many decimals after the cents must be 0 (or 9) for a residue.
const RESIDUE_DECIMALS: usize = 6;

/// Reads an amount of dollars; `None` if it is negative, not finite, too large, or lies between
/// two cents. `text` is scratch space, so that reading a million amounts allocates once.
pub(crate) fn cents_of(dollars: f64, text: &mut String) -> Option<Cents> {
    text.clear();
    write!(text, "{dollars}").ok()?;
    cents_of_text(text)
}

fn cents_of_text(text: &str) -> Option<Cents> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || !whole.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let mut digits = decimals.bytes().map(|byte| i64::from(byte - b'0'));
    let tenths = digits.next().unwrap_or(0);
    let hundredths = digits.next().unwrap_or(0);
    let rest: Vec<i64> = digits.by_ref().take(RESIDUE_DECIMALS).collect();
    let up = match rest.as_slice() {
        [] => 0,
        six if six.len() == RESIDUE_DECIMALS && six.iter().all(|digit| *digit == 0) => 0,
        six if six.len() == RESIDUE_DECIMALS && six.iter().all(|digit| *digit == 9) => 1,
        _ => return None,
    };
    let dollars: i64 = whole.parse().ok()?;
    let cents = dollars.checked_mul(100)?.checked_add(tenths * 10 + hundredths + up)?;
    (!negative || cents == 0).then_some(Cents { cents, residue: !rest.is_empty() })
}

#[cfg(test)]
mod tests {
    use super::{Cents, cents_of};

    fn read(dollars: f64) -> Option<Cents> {
        cents_of(dollars, &mut String::new())
    }

    #[test]
    fn every_cent_up_to_two_thousand_dollars_is_read_exactly() {
        // Goal: no drift. Method: the double nearest to each of 200,000 amounts, written by the
        // parser of the standard library, gives back its cents without residue.
        for cents in 0..200_000_i64 {
            let dollars: f64 = format!("{}.{:02}", cents / 100, cents % 100).parse().unwrap();
            assert_eq!(read(dollars), Some(Cents { cents, residue: false }));
        }
    }

    #[test]
    fn residues_of_subtraction_are_the_nearest_cent_and_say_so() {
        // Goal: the residues of the real data. Method: values found there, and the classic
        // sums that miss their cent from below and from above.
        for (dollars, cents) in [
            (1.776_357e-15, 0),
            (5.55112e-17, 0),
            (0.1 + 0.2, 30),
            (1.1 + 2.2, 330),
            (0.3 - 0.1, 20),
        ] {
            assert_eq!(read(dollars), Some(Cents { cents, residue: true }), "{dollars}");
        }
        assert_eq!(read(4.35 * 100.0 / 100.0).map(|amount| amount.cents), Some(435));
    }

    #[test]
    fn what_is_not_an_amount_in_cents_is_refused() {
        // Goal: no guess. Method: between two cents, negative, not finite, beyond 64 bits.
        for dollars in [0.125, 0.001, 1.23456, -0.01, f64::NAN, f64::INFINITY, 1e30] {
            assert_eq!(read(dollars), None, "{dollars}");
        }
        assert_eq!(read(-0.0), Some(Cents { cents: 0, residue: false }));
        assert_eq!(read(89_638.0), Some(Cents { cents: 8_963_800, residue: false }));
    }
}
