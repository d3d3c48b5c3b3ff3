//! Work on many series at once: the answers come in order, so that no number of threads can be told from another.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

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
    for block in things.chunks(WAITING * hands.max(1)) {
        let next = AtomicUsize::new(0);
        let one = || {
            let mut done = Vec::new();
            while let at = next.fetch_add(1, Ordering::Relaxed)
                && let Some(thing) = block.get(at)
            {
                done.push((at, work(thing)));
            }
            done
        };
        let mut answers = thread::scope(|scope| {
            let others: Vec<_> = (1..hands).map(|_| scope.spawn(one)).collect();
            let mut all = one();
            for other in others {
                match other.join() {
                    Ok(done) => all.extend(done),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            all
        });
        answers.sort_by_key(|(at, _)| *at);
        for (thing, (_, answer)) in block.iter().zip(answers) {
            give(thing, answer)?;
        }
    }
    Ok(())
}
