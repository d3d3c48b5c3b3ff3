//! Decisions, proven: against figures of others, by enumeration on tiny worlds, by laws, and by simulation.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "test code"
)]

mod bad_input;
mod enumerated;
mod laws;
mod oracles;
mod workload;
