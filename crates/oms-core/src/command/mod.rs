//! What is common to all commands: the context of a turn and the catalogue of refusals.

mod context;
mod refusal;

pub use context::{Context, Limits};
pub use refusal::{Class, Code, Refusal, RefusalNote};
