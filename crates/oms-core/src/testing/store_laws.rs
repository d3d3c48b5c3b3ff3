//! The laws of the [`Store`] seam: each law alone on commits made by hand, then all of them at once
//! on random walks that a plain model walks too.

mod draft;
mod model;
mod single;
mod walk;

use crate::engine::{Fault, Rejected, Store};
use crate::words::WordError;

/// Holds a store to every law of its seam. `make` gives a new, empty store each time.
///
/// 1. *Absent is nothing*: what was never written is zero, none or empty, for unknown tenants too.
/// 2. *Whole*: a commit leaves events, balances, entities, rows, personal values, its answer, and
///    one outbox row per event.
/// 3. *No trace*: a commit that conflicts leaves nothing, and says what has moved.
/// 4. *Answered once*: a command that has an answer is not written again, conflict or not.
/// 5. *Bounds*: they are checked after their own event, also on balances that nothing moved; a
///    balance beyond all numbers is a conflict.
/// 6. *Chain*: positions without gaps, each hash over the one before.
/// 7. *Groups*: what a group wrote is seen by itself, stays after its end, and is gone after it was
///    abandoned.
/// 8. *Feeds*: by position and by stream, in order, within the limit.
/// 9. *Outbox*: oldest first until settled, once and for good.
/// 10. *Ranges*: in byte order of the keys, either way, bounded, by prefix.
/// 11. *Isolated*: two tenants with the same ids never meet.
/// 12. *Personal values*: kept by subject and slot, replaced by newer ones.
/// 13. *Like the model*: on random walks every answer is the model's.
///
/// # Panics
/// At the first law that is broken, with the law and what was found.
///
/// # Example
/// ```
/// use oms_core::engine::MemoryStore;
/// use oms_core::testing::store_laws::store_laws;
///
/// store_laws(MemoryStore::new);
/// ```
pub fn store_laws<S: Store>(make: impl FnMut() -> S) {
    if let Err(broken) = judge(make) {
        fail(&broken);
    }
}

/// Holds a store to every law of its seam.
///
/// # Errors
/// The first law that is broken, with what was found.
pub fn judge<S: Store>(mut make: impl FnMut() -> S) -> Result<(), String> {
    for (law, hold) in single::LAWS {
        hold(&mut make()).map_err(|Broken(why)| format!("{law}: {why}"))?;
    }
    walk::like_the_model(make)
}

#[expect(clippy::panic, reason = "a broken law fails the test that asked")]
fn fail(what: &str) -> ! {
    panic!("store law broken: {what}");
}

/// How a law is broken.
#[derive(Debug)]
struct Broken(String);

type Held = Result<(), Broken>;

impl From<WordError> for Broken {
    fn from(error: WordError) -> Broken {
        Broken(format!("the suite itself: {error}"))
    }
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Broken {
        Broken(format!("a fault: {fault}"))
    }
}

impl From<Rejected> for Broken {
    fn from(rejected: Rejected) -> Broken {
        Broken(format!("a commit was rejected: {rejected:?}"))
    }
}

/// Holds two values against one another.
fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Held {
    if found == expected {
        return Ok(());
    }
    Err(Broken(format!("{what}: found {found:?}, expected {expected:?}")))
}
