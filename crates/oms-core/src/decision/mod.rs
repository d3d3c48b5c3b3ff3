//! Evidence: what a decision rested on, kept as data beside the facts that it led to.
//!
//! Models propose and the ledger disposes; a [`DecisionRecord`] travels with the proposal into the
//! event, so that nobody has to run a model again to learn why an order went where it went.
//!
//! **Units.** Money is exact decimal with its currency, time is whole days, confidence is whole
//! percent. There is no float here.

mod record;

pub use record::{
    Alternative, Amount, Choice, ChosenUnits, Code, DecidedBy, DecisionRecord, Driver, Inputs,
    Override, Removed, RemovedCount,
};
