//! Work on many series at once: the answers come in order, so that no number of threads can be told from another.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::thread;

use oms::forecast::{MOST_THREADS, shared_out};

/// Things, for each thread, after which all wait for the slowest: answers that wait for it have to fit in memory.
const TOGETHER: usize = 1_024;

/// How many hands there are: as many as wanted, else as the machine has.
pub(crate) fn hands(wanted: Option<NonZero<u16>>) -> usize {
    wanted.map_or_else(
        || thread::available_parallelism().map_or(1, NonZero::get),
        |wanted| usize::from(wanted.get()),
    )
}

/// Does the same to each thing with so many hands, and gives away the answers in the order of the things, by whichever
/// hand has the next one. Stops at the first answer that cannot be given.
pub(crate) fn in_order<T: Sync, A: Send, E: Send>(
    things: &[T],
    hands: usize,
    work: impl Fn(&T) -> A + Sync,
    give: impl FnMut(&T, A) -> Result<(), E> + Send,
) -> Result<(), E> {
    let desk = Mutex::new(Desk { give, next: 0, waiting: BTreeMap::new(), so_far: Ok(()) });
    let desk_of_all = || desk.lock().unwrap_or_else(PoisonError::into_inner);
    let together = TOGETHER * hands.clamp(1, MOST_THREADS);
    for (block, some) in things.chunks(together).enumerate() {
        shared_out(some.iter().enumerate(), hands, |(at, thing)| {
            if desk_of_all().so_far.is_ok() {
                let answer = work(thing);
                desk_of_all().take(block * together + at, thing, answer);
            }
        });
    }
    desk.into_inner().unwrap_or_else(PoisonError::into_inner).so_far
}

/// Where answers wait for those before them.
struct Desk<'a, T, A, E, G> {
    give: G,
    next: usize,
    waiting: BTreeMap<usize, (&'a T, A)>,
    so_far: Result<(), E>,
}

impl<'a, T, A, E, G: FnMut(&T, A) -> Result<(), E>> Desk<'a, T, A, E, G> {
    fn take(&mut self, at: usize, thing: &'a T, answer: A) {
        self.waiting.insert(at, (thing, answer));
        while self.so_far.is_ok()
            && let Some((thing, answer)) = self.waiting.remove(&self.next)
        {
            self.so_far = (self.give)(thing, answer);
            self.next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::in_order;

    // Goal: every answer is given once and in order up to the first that cannot be, whoever worked on it. Method: things
    // whose work takes unlike long, under 1 to 8 hands, with and without one that fails.
    #[test]
    fn one_after_the_other() {
        let things: Vec<u64> = (0..500).collect();
        for (hands, last) in (1..=8).flat_map(|hands| [(hands, 250), (hands, u64::MAX)]) {
            let mut given = Vec::new();
            let work = |thing: &u64| (0..thing * 7_919 % 1_000).fold(*thing, |sum, _| sum) * 2;
            let ended = in_order(&things, hands, work, |thing, answer| {
                assert_eq!(answer, thing * 2);
                given.push(*thing);
                if *thing == last { Err(*thing) } else { Ok(()) }
            });
            assert_eq!(ended, if last == 250 { Err(250) } else { Ok(()) });
            assert_eq!(given, things[..things.len().min(given.len())]);
            assert_eq!(given.len(), if last == 250 { 251 } else { 500 });
        }
    }
}
