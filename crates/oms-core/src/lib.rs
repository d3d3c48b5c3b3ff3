//! The pure heart of `oms`: words, facts and decisions of order management.

pub mod catalog;
pub mod command;
pub mod decision;
pub mod desk;
pub mod engine;
pub mod event;
pub mod flow;
pub mod fulfillment;
pub mod order;
pub mod sourcing;
pub mod stock;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod views;
pub mod words;
