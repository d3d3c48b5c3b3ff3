//! Ids: validated names of things, one macro for all of them.
//!
//! An id is 1 to 64 bytes of printable text without outer whitespace; nothing is trimmed or folded,
//! so `A1` and `a1` are two ids. Cloning is cheap (a shared string), `Display` is the wire form,
//! and deserialization validates. Ids that the engine makes are derived from the command that
//! caused them and an ordinal, so a replayed command makes the same ids.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::{WordError, quote};
use super::wire::parsed;

/// The longest id that a host gives, in bytes.
const GIVEN_BYTES: usize = 64;
/// The longest id that the engine derives, in bytes: a command id, a colon, an ordinal.
const DERIVED_BYTES: usize = 80;
/// The longest postal prefix, in bytes.
const POSTAL_BYTES: usize = 16;

fn check(text: &str, noun: &str, max: usize) -> Result<(), WordError> {
    let in_bounds = !text.is_empty() && text.len() <= max;
    // Nearly all ids are plain ASCII without a space.
    if in_bounds && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let sound = in_bounds && text.trim() == text && !text.chars().any(is_unprintable);
    if sound {
        return Ok(());
    }
    let found = if text.len() > max { format!("{} bytes", text.len()) } else { quote(text) };
    Err(WordError::IdFormat {
        expected: format!("{noun} of 1 to {max} bytes, printable, no outer whitespace"),
        found,
    })
}

/// Control characters and the invisible ones that make two different ids look the same.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $noun:literal, $max:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            #[doc = concat!("Checks a text and makes it ", $noun, ".")]
            ///
            /// # Errors
            /// `invalid.id_format` if the text is empty, too long, unprintable, or has outer
            /// whitespace.
            pub fn new(text: impl AsRef<str>) -> Result<Self, WordError> {
                let text = text.as_ref();
                check(text, $noun, $max)?;
                Ok(Self(Arc::from(text)))
            }

            /// Returns the id as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), &*self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = WordError;

            fn from_str(text: &str) -> Result<Self, WordError> {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                parsed(deserializer, $noun)
            }
        }
    )+};
}

ids! {
    /// Names an order.
    ///
    /// # Example
    /// ```
    /// use oms_core::words::OrderId;
    ///
    /// let id = OrderId::new("O1")?;
    /// assert_eq!(format!("{id:?}"), "OrderId(\"O1\")");
    /// assert!(OrderId::new("").is_err());
    /// assert!(OrderId::new("O1 ").is_err());
    /// # Ok::<(), oms_core::words::WordError>(())
    /// ```
    OrderId, "an order id", GIVEN_BYTES;
    /// Names a line within its order.
    LineId, "a line id", GIVEN_BYTES;
    /// Names a group of lines that go the same way, within its order.
    GroupId, "a group id", GIVEN_BYTES;
    /// Names a sellable, stockable article.
    Sku, "a SKU", GIVEN_BYTES;
    /// Names a place that holds stock.
    LocationId, "a location id", GIVEN_BYTES;
    /// Names a set of locations whose stock is sold together.
    PoolId, "a pool id", GIVEN_BYTES;
    /// Names a place where orders come from.
    ChannelId, "a channel id", GIVEN_BYTES;
    /// Names a customer, by reference only.
    CustomerId, "a customer id", GIVEN_BYTES;
    /// Names an isolated customer of the host.
    TenantId, "a tenant id", GIVEN_BYTES;
    /// Names a command; it is the key of its idempotency.
    CommandId, "a command id", GIVEN_BYTES;
    /// Names who did something.
    ActorId, "an actor id", GIVEN_BYTES;
    /// Names an entry of the reason catalogue.
    ReasonId, "a reason id", GIVEN_BYTES;
    /// Names a system that data comes from.
    SourceName, "a source name", GIVEN_BYTES;
    /// Names a thing in the system it comes from.
    SourceId, "a source id", GIVEN_BYTES;
    /// Names a batch of stock: lot, owner, condition.
    BatchId, "a batch id", GIVEN_BYTES;
    /// Names a service level, such as `standard` or `next_day`.
    ServiceId, "a service id", GIVEN_BYTES;
    /// Names a zone that lanes lead to.
    RegionId, "a region code", GIVEN_BYTES;
    /// Begins a postal code: enough to find a zone, too little to find a person.
    PostalPrefix, "a postal prefix", POSTAL_BYTES;
    /// Names work given to one node; derived from the command that gave it.
    FulfillmentId, "a fulfillment order id", DERIVED_BYTES;
    /// Names a package; derived from the command that packed it.
    PackageId, "a package id", DERIVED_BYTES;
    /// Names an event; derived from the command that caused it.
    EventId, "an event id", DERIVED_BYTES;
}

macro_rules! derived {
    ($($name:ident)+) => {$(
        impl $name {
            /// Derives the id from a command and an ordinal, as `COMMAND:ordinal`.
            ///
            /// # Law
            /// Different (command, ordinal) pairs make different ids: the ordinal stands after the
            /// last colon.
            #[must_use]
            pub fn derived(command: &CommandId, ordinal: u32) -> Self {
                Self(Arc::from(format!("{command}:{ordinal}")))
            }
        }
    )+};
}

derived! { FulfillmentId PackageId EventId }
