//! Threads that have nothing to do at the moment, and may help others.
//!
//! Who helps whom changes how long it takes, and no bit of what is learned.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many threads are free, and how many tasks nobody has begun: the threads that end one of the last are free.
#[derive(Debug, Default)]
pub(crate) struct Free {
    threads: AtomicUsize,
    tasks: AtomicUsize,
    each: usize,
}

impl Free {
    /// None yet, and so many tasks of so many threads each.
    pub(crate) fn before(tasks: usize, each: usize) -> Self {
        Self { tasks: AtomicUsize::new(tasks), each, ..Self::default() }
    }

    /// So many threads, and those that are free.
    pub(crate) fn and(&self, threads: usize) -> usize {
        threads.saturating_add(self.threads.load(Ordering::Relaxed))
    }

    /// A task is begun; it ends when the answer is dropped.
    pub(crate) fn begins(&self) -> impl Drop + '_ {
        self.tasks.fetch_sub(1, Ordering::Relaxed);
        Task(self)
    }

    /// A task waits, so that its threads may do something else.
    pub(crate) fn during<T>(&self, wait: impl FnOnce() -> T) -> T {
        self.threads.fetch_add(self.each, Ordering::Relaxed);
        let waited = wait();
        self.threads.fetch_sub(self.each, Ordering::Relaxed);
        waited
    }
}

struct Task<'a>(&'a Free);

impl Drop for Task<'_> {
    fn drop(&mut self) {
        if self.0.tasks.load(Ordering::Relaxed) == 0 {
            self.0.threads.fetch_add(self.0.each, Ordering::Relaxed);
        }
    }
}
