//! The binary `oms` as its users meet it: run on files in a folder of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "test code"
)]

mod allocate;
mod crash;
mod exec;
mod files;
mod forecast;
mod histories;
mod lines;
mod look;
mod memory;
mod morning;
mod output;
mod panels;
mod policies;
mod readme;
mod replenish;
mod rules;
mod shop;
mod source;
mod supplies;
mod verify;
mod workload;
