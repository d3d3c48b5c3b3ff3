//! The verbs of orders, holds, claims and sourcing, by what they do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

mod cancel;
mod give_back;
mod holds;
mod plan;
mod shop;
mod tick;
#[path = "../watched/mod.rs"]
mod watched;
mod wide;
