//! Forecasts, proven: against figures of others, by laws, and on histories that are none.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "test code"
)]

mod adaptive;
mod arima;
mod bad;
mod censored;
mod global;
mod history;
mod holidays;
mod hosted;
mod launch;
mod laws;
mod newcomer;
mod oracles;
mod panel;
#[cfg(feature = "parquet")]
mod parquet;
mod seasons;
mod states;
mod total;
