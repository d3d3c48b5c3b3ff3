//! Work on many series at once: the answers come in order, so that no number of threads can be told from another.

use std::num::NonZero;
use std::thread;

use oms::forecast::{MOST_THREADS, shared_out};

/// Answers that wait to be written, for each thread.
const WAITING: usize = 256;

/// How many hands there are: as many as wanted, else as the machine has.
pub(crate) fn hands(wanted: Option<NonZero<u16>>) -> usize {
    wanted.map_or_else(
        || thread::available_parallelism().map_or(1, NonZero::get),
        |wanted| usize::from(wanted.get()),
    )
}

/// Does the same to each thing with so many hands, and gives away the answers in the order of the things. Stops at the
/// first answer that cannot be given.
pub(crate) fn in_order<T: Sync, A: Send, E>(
    things: &[T],
    hands: usize,
    work: impl Fn(&T) -> A + Sync,
    mut give: impl FnMut(&T, A) -> Result<(), E>,
) -> Result<(), E> {
    for block in things.chunks(WAITING * hands.clamp(1, MOST_THREADS)) {
        for (thing, answer) in block.iter().zip(shared_out(block, hands, &work)) {
            give(thing, answer)?;
        }
    }
    Ok(())
}
