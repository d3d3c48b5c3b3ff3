//! Learners that know no retail: what forecasting and every other mind learns with.
//!
//! - [`Boosting`] learns a mean, or many quantiles at once, from a [`Table`] with gaps; [`Boosted`] says what it learned,
//!   [explains](Boosted::explain) it and is written as bytes.
//! - [`Ridge`] fits a line, [`isotonic`] values that never fall, [`conformal_bound`] and [`AdaptiveLevel`] make quantiles
//!   keep their promise.
//! - [`normal_cdf`] and [`normal_quantile`] are the one normal distribution of the house.
//! - [`shared_out`] does the same to many things on some threads.
//! - [`score`] and [`crps`] say how good forecasts were, [`drift`] whether the world has changed.
//!
//! ```text
//! table ─ bins ─┬─ round: histogram ─ tree ─ values of leaves ─┬─ boosted ─┬─ predict
//!               └────────────── scores so far ◀────────────────┘           ├─ explain
//!                                                                          └─ bytes
//! ```
//!
//! # Law
//! Floats live here and none gets into a fact. There is no clock; chance comes from a seed; the same rows give the same
//! bits, for any number of threads.
#![allow(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "dense arrays, whose bounds a constructor proved; floats are what a mind reckons in"
)]

mod boost;
mod conformal;
pub mod crps;
pub mod drift;
mod isotonic;
mod normal;
mod ridge;
mod rng;
mod sample;
pub mod score;
mod shared;
mod table;
#[cfg(feature = "testing")]
pub mod testing;

pub use boost::{
    Attribution, BadModel, Boosted, Boosting, Direction, Loss, MOST_DEPTH, MOST_LEAVES,
    MOST_QUANTILES, MOST_ROUNDS, MOST_THREADS, NotTrained, Whole,
};
pub use conformal::{AdaptiveLevel, conformal_bound};
pub use drift::{Cusum, KolmogorovSmirnov, PageHinkley};
pub use isotonic::isotonic;
pub use normal::{normal_cdf, normal_density, normal_quantile};
pub use ridge::{MOST_SLOPES, NoLine, Ridge};
pub use sample::{MOST_TARGET, Sample};
pub use shared::shared_out;
pub use table::{ColumnKind, MOST_COLUMNS, MOST_ROWS, Table, TableError, WrongTable};
