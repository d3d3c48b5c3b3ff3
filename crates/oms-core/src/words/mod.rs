//! The vocabulary shared by every floor: ids, quantities, money, time, place, personal data.
//!
//! A word is a value that is right by construction. Whoever holds a [`Qty`] need not ask whether it
//! is negative; whoever holds a [`Money`] need not ask for its currency. Everything foreign is
//! checked once, where it becomes a word, and answered with a [`WordError`] that names a stable
//! code, what was expected and what was found. Serde goes through the same checks, so a word read
//! from the wire is as good as one made in code.
//!
//! # Units
//! Quantities count the item's base unit, money is decimal in its currency, time is UTC
//! milliseconds, places are whole micro-degrees and meters.
//!
//! # Example
//! ```
//! use oms_core::words::{Currency, Money, OrderId, Qty, Timestamp};
//!
//! let order = OrderId::new("O-1001")?;
//! let usd = Currency::new("USD")?;
//! let price: Money = "19.99 USD".parse()?;
//! assert_eq!(price.times(Qty::new(2)?)?, Money::from_minor(3998, usd)?);
//! assert_eq!(order.to_string(), "O-1001");
//! assert_eq!("2026-11-24T09:00:00Z".parse::<Timestamp>()?.ms(), 1_795_510_800_000);
//! # Ok::<(), oms_core::words::WordError>(())
//! ```
mod error;
mod id;
mod money;
mod personal;
mod place;
mod qty;
mod time;
mod wire;

pub use error::WordError;
pub use id::{
    ActorId, BatchId, ChannelId, CommandId, CustomerId, EventId, FulfillmentId, GroupId, LineId,
    LocationId, OrderId, PackageId, PoolId, PostalPrefix, ReasonId, RegionId, ServiceId, Sku,
    SourceId, SourceName, TenantId,
};
pub use money::{Currency, Money, Rounding, spread};
pub use personal::{Sealed, digest};
pub use place::{Address, Country, Destination, Point};
pub use qty::Qty;
pub use time::{BusinessDay, TimeOfDay, TimeZone, Timestamp, Weekday, Window};
