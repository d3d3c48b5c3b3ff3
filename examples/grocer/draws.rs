//! Seeded draws: a counter-based generator, so that a draw depends on its key alone.
//!
//! Every draw is `mix(seed, stream, counter)`. Nothing is carried from one draw to the next:
//! leaving one out, or asking for them in another order, changes no other. The mixing is the
//! public splitmix64 finalizer.

/// The odd constant by which splitmix64 steps its counter.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// Scrambles 64 bits so that every input bit reaches every output bit.
pub(crate) const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// One named stream of draws under a seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draws {
    key: u64,
}

impl Draws {
    /// The stream `stream` of `seed`. Streams of different names are independent.
    pub(crate) const fn new(seed: u64, stream: u64) -> Self {
        Self { key: mix(mix(seed.wrapping_add(STEP)) ^ stream.wrapping_mul(STEP)) }
    }

    /// The draw under `counter`: 64 evenly spread bits.
    pub(crate) const fn at(self, counter: u64) -> u64 {
        mix(self.key.wrapping_add(counter.wrapping_add(1).wrapping_mul(STEP)))
    }

    /// A number in `0..limit` (0 if `limit` is 0), even to within 2^-64 of `limit`.
    pub(crate) fn below(self, counter: u64, limit: u64) -> u64 {
        let wide = u128::from(self.at(counter)) * u128::from(limit);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// True in `in_million` of a million draws.
    pub(crate) fn chance(self, counter: u64, in_million: u64) -> bool {
        self.below(counter, 1_000_000) < in_million
    }

    /// A number in `0..limit` in which each doubling of the rank is equally likely, the shape of
    /// popularity: rank 0 alone is drawn as often as ranks 1 and 2 together, or 3 to 6 together.
    pub(crate) fn by_popularity(self, counter: u64, limit: u64) -> u64 {
        let levels = u64::from(u64::BITS - limit.leading_zeros());
        let draws = Self { key: self.at(counter) };
        // The last level is cut off by `limit`; a draw beyond it is drawn anew. Half of it at
        // most lies outside, so 64 attempts leave nothing to the fallback in practice.
        (0..64)
            .map(|attempt| {
                let level = draws.below(2 * attempt, levels);
                let first = (1_u64 << level) - 1;
                first + draws.below(2 * attempt + 1, 1 << level)
            })
            .find(|rank| *rank < limit)
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Draws, mix};

    #[test]
    fn the_finalizer_is_that_of_splitmix64() {
        // Goal: the published generator, not a lookalike. Method: the first outputs of
        // splitmix64 seeded with 0 are mix(1 step), mix(2 steps) and are known numbers.
        assert_eq!(mix(super::STEP), 0xE220_A839_7B1D_CDAF);
        assert_eq!(mix(super::STEP.wrapping_mul(2)), 0x6E78_9E6A_A1B9_65F4);
    }

    #[test]
    fn a_draw_depends_on_seed_stream_and_counter_alone() {
        // Goal: repeatable and independent draws. Method: the same key twice, then each part of
        // the key changed alone.
        let draw = Draws::new(7, 1).at(3);
        assert_eq!(draw, Draws::new(7, 1).at(3));
        assert_ne!(draw, Draws::new(8, 1).at(3));
        assert_ne!(draw, Draws::new(7, 2).at(3));
        assert_ne!(draw, Draws::new(7, 1).at(4));
    }

    #[test]
    fn draws_are_even_and_popular_ranks_lead() {
        // Goal: the shapes that are promised. Method: 100,000 draws, counted into classes, must
        // lie within 5 % of what the shape says.
        let draws = Draws::new(1, 1);
        let mut even = [0_u32; 10];
        let (mut first, mut next_two, mut outside) = (0_u32, 0_u32, 0_u32);
        for counter in 0..100_000 {
            even[usize::try_from(draws.below(counter, 10)).unwrap()] += 1;
            match draws.by_popularity(counter, 1000) {
                0 => first += 1,
                1 | 2 => next_two += 1,
                rank if rank >= 1000 => outside += 1,
                _ => {}
            }
        }
        assert!(even.iter().all(|count| (9_500..10_500).contains(count)), "{even:?}");
        assert!(first.abs_diff(next_two) < first / 20, "{first} {next_two}");
        assert!((9_000..11_000).contains(&first), "{first}");
        assert_eq!(outside, 0);
    }

    #[test]
    fn limits_hold_at_the_edges() {
        // Goal: no draw outside its range. Method: the smallest limits and both certain chances.
        let draws = Draws::new(5, 5);
        assert_eq!(draws.below(0, 0), 0);
        assert_eq!(draws.below(0, 1), 0);
        assert_eq!(draws.by_popularity(0, 1), 0);
        assert_eq!(draws.by_popularity(0, 0), 0);
        assert!(draws.chance(0, 1_000_000));
        assert!(!draws.chance(0, 0));
    }
}
