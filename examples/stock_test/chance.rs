//! Chance that is the same every time: a number from a seed and what it is drawn for.

/// A number from 0 to below 1.
pub(crate) fn drawn(seed: u64, what: u64, place: (usize, usize)) -> f64 {
    let mut mixed = seed;
    for part in [what, place.0 as u64, place.1 as u64] {
        mixed = scattered(mixed.wrapping_add(part).wrapping_add(0x9E37_79B9_7F4A_7C15));
    }
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

/// The finalizer of splitmix64 (Steele, Lea and Flood, OOPSLA 2014).
fn scattered(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::drawn;

    // Goal: chance is even, and another one for another seed. Method: the mean of many, and two that differ in their seed alone.
    #[test]
    fn chance_is_even() {
        let mean = |seed| (0..4_000).map(|at| drawn(seed, 1, (at, at / 7))).sum::<f64>() / 4_000.0;
        assert!((mean(1) - 0.5).abs() < 0.02 && (mean(2) - 0.5).abs() < 0.02);
        assert!((drawn(1, 2, (3, 4)) - drawn(2, 2, (3, 4))).abs() > f64::EPSILON);
    }
}
