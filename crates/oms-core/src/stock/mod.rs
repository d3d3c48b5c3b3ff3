//! What there is, by double entry for things and by deltas for claims.
//!
//! **Law.** A movement takes from one physical account and gives to another: over all physical
//! accounts of a SKU, the world outside included, the sum is zero. Claims are tied to things:
//! Σ available over a pool's nodes = ats + reserved + Σ fenced.

mod account;
mod law;

pub use account::{Account, Bound, Bucket, Delta, Deltas, Outside, SEPARATOR};
pub use law::{StockLaw, audit_deltas};
