//! Work shared out over threads, such that no number of them can be told from another.

use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::boost::MOST_THREADS;

/// Does the same to each thing on up to so many threads, of which there are no more than things and no more than
/// [`MOST_THREADS`]; the answers stand in the order of the things.
///
/// # Law
/// The same answers for any number of threads, as long as the work looks at its own thing alone.
///
/// # Cost
/// A lock for each thing, and the start of each thread: worth it where a thing takes more than some microseconds.
///
/// # Example
/// ```
/// let squares = oms_learn::shared_out(0..5, 2, |number| number * number);
/// assert_eq!(squares, [0, 1, 4, 9, 16]);
/// ```
pub fn shared_out<T, I, A>(things: I, threads: usize, work: impl Fn(T) -> A + Sync) -> Vec<A>
where
    I: IntoIterator<Item = T>,
    I::IntoIter: Send,
    A: Send,
{
    let things = things.into_iter();
    let count = things.size_hint().1.unwrap_or(MOST_THREADS);
    let threads = threads.min(MOST_THREADS).min(count);
    if threads <= 1 {
        return things.map(work).collect();
    }
    let left = Mutex::new(things.enumerate());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let one = || {
        let mut done = Vec::new();
        while let Some((at, thing)) = next() {
            done.push((at, work(thing)));
        }
        done
    };
    let mut answers = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(one)).collect();
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
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{MOST_THREADS, shared_out};

    // Goal: every thing is met once and answered in its place, also where more threads are asked for than there are things
    // or may be, and things may be changed in place. Method: counts, under 0 to 9 threads and more than any machine starts.
    #[test]
    fn each_once() {
        for threads in (0..10).chain([usize::MAX]) {
            let mut counts = [0_usize; 6];
            let met = shared_out(counts.iter_mut().enumerate(), threads, |(at, count)| {
                *count += 1;
                at
            });
            assert_eq!((met, counts), ((0..6).collect(), [1; 6]));
            assert_eq!(shared_out([], threads, |()| ()), []);
        }
    }

    // Goal: threads are bounded, also where nobody can say how many things there are. Method: the threads that worked.
    #[test]
    fn threads_are_bounded() {
        let many = 0..4 * MOST_THREADS;
        let who = |_| std::thread::current().id();
        let known = shared_out(many.clone(), usize::MAX, who);
        let mut left = many;
        let unknown = shared_out(std::iter::from_fn(|| left.next()), usize::MAX, who);
        for met in [known, unknown] {
            assert_eq!(met.len(), 4 * MOST_THREADS);
            assert!(met.into_iter().collect::<HashSet<_>>().len() <= MOST_THREADS);
        }
        let few = shared_out(0..3, usize::MAX, who);
        assert!(few.into_iter().collect::<HashSet<_>>().len() <= 3);
    }
}
