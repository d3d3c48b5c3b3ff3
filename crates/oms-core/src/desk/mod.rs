//! The desk: what a verb reads, the working copy at which it decides, and what it leaves behind.
//!
//! Contexts (orders, stock, catalogue) know nothing of one another; here they meet. A verb asks the
//! [`Desk`] for state, builds a [`Shifting`] with claims and movements, and emits events. The same
//! fold ([`evolve()`]) serves deciding, replay and verification.

mod claims;
#[expect(clippy::module_inception, reason = "the main thing of the module, under its own name")]
mod desk;
mod evolve;
mod index;
mod reads;
mod stock;

pub use claims::{Fate, Shifting, claim_sources, positive, source_account};
pub use desk::{
    Answer, Decision, Desk, Planned, Short, Skipped, Stop, coupled_account, value_salt, whole_slot,
};
pub use evolve::{LawBroken, World, evolve};
pub use index::{
    Entry, Place, counts_prefix, holders_prefix, last_count, last_movement, moment_of,
    movements_after, movements_prefix, order_rows, rank, stock_rows, stocked_at,
};
pub use reads::{
    Answered, Entity, EntityKey, PersonalKey, PersonalValue, RangeRead, ReadSet, Row, Slice, Table,
    Versioned,
};
pub use stock::{Hurt, Lowered, Steps};
