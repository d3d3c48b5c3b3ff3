//! Golden master data: what is sold, where it stands, how it gets to the customer, and by which
//! rules.
//!
//! These are plain values. They carry no behavior but questions about themselves, come in by
//! commands (`define_item`, `define_location` …) and stand in events as they are. What serde cannot
//! see, such as a lane in two currencies, a value's own `check` finds; it answers with an [`Unfit`]
//! that names the field.
//!
//! # Units
//! Grams, milliliters, minutes, days; money in its currency; every field says its unit.
mod calendar;
mod channel;
mod item;
mod location;
mod network;
mod policy;
mod pool;
mod reason;

pub use calendar::{Calendar, DayHours, Hours};
pub use channel::{Channel, ChannelKind, RoundingScope};
pub use item::{Handling, Item, Unit};
pub use location::{Capabilities, Location, LocationKind};
pub use network::{Lane, LaneEnd, Network, Route, TransitQuantile};
pub use policy::{
    Policy, PolicyBook, PolicyScope, PolicyVersion, Reach, Resolved, TotalsPolicy, resolve,
};
pub use pool::Pool;
pub use reason::{Reason, ReasonKind, RejectEffect};

/// A definition contradicts itself: which field, what was expected, what was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid.definition: `{path}`: expected {expected}, found {found}")]
pub struct Unfit {
    /// The field, as a JSON pointer from the definition.
    pub path: String,
    /// What would be sound.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl Unfit {
    fn new(path: impl Into<String>, expected: &str, found: impl std::fmt::Display) -> Self {
        Self { path: path.into(), expected: expected.to_owned(), found: format!("`{found}`") }
    }

    /// Returns the same finding as seen from a level above.
    fn below(mut self, path: &str) -> Self {
        self.path.insert_str(0, path);
        self
    }

    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "invalid.definition"
    }
}

/// The longest lead time that a definition may name, in days: a place is not waited for longer.
pub const MOST_LEAD_DAYS: u32 = 366;

/// The longest deadline that a policy may name, in days: some ten years.
pub const MOST_POLICY_DAYS: u32 = 3_660;

/// A number is at most so much.
fn at_most(found: u64, most: u64, path: &str) -> Result<(), Unfit> {
    if found <= most {
        return Ok(());
    }
    Err(Unfit::new(path, &format!("{most} at most"), found))
}

/// Tells serde to leave out a switch that is off.
fn is_off(switch: &bool) -> bool {
    !switch
}
