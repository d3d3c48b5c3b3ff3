//! How a turn runs: reads asked for, a decision, one atomic commit, a receipt.
//!
//! Nothing here does IO; a [`Store`] does. The [`Turn`] is sans-IO, the [`Engine`] drives it.

mod books;
mod commit;
mod driver;
mod fault;
mod memory;
mod receipt;
mod replay;
mod store;
mod turn;
mod verify;

pub use commit::{Commit, Conflict, Rejected, Sealed, Tip};
pub use driver::Engine;
pub use fault::Fault;
pub use memory::MemoryStore;
pub use receipt::{OrderNote, Outcome, Receipt, ShortNote, SkippedNote};
pub use replay::{State, decode};
pub use store::{Edge, Feed, Store};
pub use turn::{Ask, Done, Turn, repeat};
pub use verify::{Finding, Progress, Report, verify, verify_watched};
