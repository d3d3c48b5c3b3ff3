//! Chance for tests and benches of this crate and of those above it.

/// A number from 0 to below 1 that looks like chance and is the same everywhere.
///
/// # Source
/// A mixing like SplitMix64's: Steele, Lea and Flood, *Fast splittable pseudorandom number generators*, OOPSLA 2014.
///
/// # Example
/// ```
/// use oms_learn::testing::noise;
///
/// let mean = (0..1_000).map(|at| noise(7, at)).sum::<f64>() / 1_000.0;
/// assert!((mean - 0.5).abs() < 0.05);
/// ```
#[must_use]
pub fn noise(seed: u64, at: usize) -> f64 {
    let mixed = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(at as u64);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
