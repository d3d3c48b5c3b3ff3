//! The checksum of a page.

use crate::{PAGE_BYTES, SEAL_BYTES};

const CONTENT_BYTES: usize = PAGE_BYTES - SEAL_BYTES;
const LANES: usize = 4;
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
const MIX: u64 = 0xd6e8_feb8_6659_fd93;

/// A page as it lies in the file.
pub(crate) type Page = [u8; PAGE_BYTES];

/// Writes a page's checksum into its last bytes. `at` is the place of the page in the file, bytes.
pub(crate) fn seal(page: &mut Page, at: i64) {
    let sum = sum(page, at);
    if let Some(last) = page.last_chunk_mut::<SEAL_BYTES>() {
        *last = sum.to_le_bytes();
    }
}

/// Whether a page is as it was sealed, or was never written: a file that was made longer holds zeros
/// there, and SQLite takes no zeros for a page of its trees.
pub(crate) fn fits(page: &Page, at: i64) -> bool {
    let last = page.last_chunk::<SEAL_BYTES>().copied().unwrap_or_default();
    u64::from_le_bytes(last) == sum(page, at) || page.iter().all(|byte| *byte == 0)
}

/// 64 bits over the place and the content. Words go through four lanes side by side, for speed; each
/// step is a bijection of its lane, so pages that differ in one word always differ in their sum.
fn sum(page: &Page, at: i64) -> u64 {
    let (content, _) = page.split_at(CONTENT_BYTES);
    let mut lanes = [STEP, STEP ^ MIX, !STEP, !MIX];
    let mut chunks = content.chunks_exact(8 * LANES);
    for chunk in chunks.by_ref() {
        absorb(&mut lanes, chunk);
    }
    absorb(&mut lanes, chunks.remainder());
    lanes.iter().fold(step(STEP, at.cast_unsigned()), |state, lane| step(state, *lane))
}

fn absorb(lanes: &mut [u64; LANES], chunk: &[u8]) {
    for (lane, word) in lanes.iter_mut().zip(chunk.chunks_exact(8)) {
        let word = <[u8; 8]>::try_from(word).map_or(0, u64::from_le_bytes);
        *lane = step(*lane, word);
    }
}

fn step(state: u64, word: u64) -> u64 {
    (state ^ word).wrapping_mul(MIX).rotate_left(29)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Goal: no single error passes. Method: every byte of a page, in several ways; another place; two
    // pages exchanged.
    #[test]
    fn every_error_shows() {
        let mut page: Page = std::array::from_fn(|n| u8::try_from(n * 31 % 251).unwrap_or(0));
        seal(&mut page, 8_192);
        assert!(fits(&page, 8_192));
        assert!(!fits(&page, 4_096));
        for at in 0..PAGE_BYTES {
            for change in [1, 0x80, 0xff] {
                let mut rotten = page;
                if let Some(byte) = rotten.get_mut(at) {
                    *byte ^= change;
                }
                assert!(!fits(&rotten, 8_192), "byte {at} changed by {change}");
            }
        }
    }

    // Goal: a page of zeros passes anywhere, one of zeros but for its seal only where it was sealed.
    #[test]
    fn zeros_are_a_page_never_written() {
        let mut page = [0; PAGE_BYTES];
        assert!(fits(&page, 0) && fits(&page, 4_096));
        seal(&mut page, 4_096);
        assert!(fits(&page, 4_096) && !fits(&page, 0));
    }
}
