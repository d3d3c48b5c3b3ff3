//! The pure heart of `oms`: words, facts and decisions of order management.

pub mod catalog;
pub mod words;
