//! The sourcers, proven: by the laws of their seam, against the rules of the default sourcer, against brute force.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]

mod brute;
mod laws;
mod overlay;
mod waiting;
