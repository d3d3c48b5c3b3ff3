//! Facts: every event, its envelope, its bytes.
//!
//! Type and version stand in the envelope and pick the payload's struct. Adding an optional field
//! keeps the version; anything else is a new one. No event is ever edited.

mod envelope;
#[expect(clippy::module_inception, reason = "the main thing of the module, under its own name")]
mod event;
mod shift;

pub use envelope::{GENESIS, Recorded, WireEvent, hex};
pub use event::*;
pub use shift::{DayChange, DayShift, Parcel, Shift, Work};

/// The version of every event type so far.
pub const EVENT_VERSION: u16 = 1;
