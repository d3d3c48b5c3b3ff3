//! The pure heart of `oms`: words, facts and decisions of order management.

pub mod catalog;
pub mod decision;
pub mod fulfillment;
pub mod order;
pub mod sourcing;
pub mod words;
