//! The stock verbs: buffers and fences, corrections and moves, counts, sales at a till.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

mod buffers_fences;
mod corrections;
mod counts;
mod room;
mod tills;
#[path = "../watched/mod.rs"]
mod watched;
