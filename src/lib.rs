//! The order management engine that other products link in.
pub use oms_core as core;
