//! Waves, proven: against brute force, by laws, and on files that are none.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "test code"
)]

mod brute;
mod bundle;
mod draw;
mod explain;
#[cfg(feature = "highs")]
mod highs;
mod instance;
mod laws;
mod overlay;
mod route;
mod rules;
mod weights;
mod world;
