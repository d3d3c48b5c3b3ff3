//! Chance as an argument: a number for each seed, purpose and counter, whoever asks first.
//!
//! There is no state to share, so threads and the order of questions change nothing.
//!
//! # Source
//! Steele, Lea and Flood, *Fast splittable pseudorandom number generators*, OOPSLA 2014: the mixing of SplitMix64,
//! here on a counter.

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A stream of numbers for one purpose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream(u64);

impl Stream {
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        Self(mixed(mixed(seed.wrapping_add(GOLDEN)).wrapping_add(purpose.wrapping_mul(GOLDEN))))
    }

    /// The number of a counter.
    pub(crate) fn at(self, counter: u64) -> u64 {
        mixed(self.0.wrapping_add(counter.wrapping_add(1).wrapping_mul(GOLDEN)))
    }

    /// Whether a counter belongs to a share of all, from 0 to 1.
    pub(crate) fn takes(self, counter: u64, share: f64) -> bool {
        // The upper 53 bits fit a float exactly.
        ((self.at(counter) >> 11) as f64) < share * (1_u64 << 53) as f64
    }
}

fn mixed(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::Stream;

    // Goal: shares are kept, and purposes differ. Method: counts of ten thousand, within five deviations.
    #[test]
    fn shares() {
        let (one, two) = (Stream::new(7, 0), Stream::new(7, 1));
        let taken = (0..10_000).filter(|at| one.takes(*at, 0.3)).count();
        assert!((2_770..3_230).contains(&taken), "{taken}");
        let both = (0..10_000).filter(|at| one.takes(*at, 0.3) && two.takes(*at, 0.3)).count();
        assert!((757..1_043).contains(&both), "{both}");
        assert_eq!((0..9).filter(|at| one.takes(*at, 1.0)).count(), 9);
    }
}
