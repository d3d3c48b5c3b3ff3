//! How much will be wanted, and how sure that is: quantiles of demand, chosen per series on its own past.
//!
//! A [`Series`] is one demand history, with gaps. [`forecast`] tries the models that suit its demand on its own past,
//! averages the good ones, and gives the mean and quantiles of each step ahead, with the evidence. [`History`] reads files
//! of series, [`ForecastWriter`] writes what comes out. A model of the host's own is a [`Forecaster`], tried like ours by
//! [`forecast_with`]. Series of a [`Panel`] teach each other what promotions are worth and how wide quantiles must be;
//! [`forecast_in`] and [`total_in`], which says what several steps want together, ask it.
//!
//! ```text
//! history ─ series ─┬─ demand class ─ models ─ backtest ─┬─ choice ─ mean
//!           │       └──────────────────────────│─────────┴─ spread ─ quantiles
//!           └─ panel ─ effects of regressors ──┘                        │
//!                └─ calibration ────────────────────────────────────────┘
//! ```
//!
//! # Law
//! A mind proposes: floats live here, none gets into a fact. There is no clock and no chance, and threads are as many as
//! the host gives: the same history gives the same bits, for any number of them. No figure is not a number, no quantiles cross. What is hidden is never read.
//!
//! # Example
//! ```
//! use oms_forecast::{History, Levels, Model, forecast};
//!
//! let file = "unique_id,ds,y\nMILK,2024-05-01,4\nMILK,2024-05-02,6\nMILK,2024-05-04,5\n";
//! let history = History::read(file.as_bytes(), Some(2))?;
//! for wanted in &history.wanted {
//!     let next = forecast(&wanted.series, wanted.horizon, &Levels::new(&[0.5, 0.95])?, Model::Auto)?;
//!     assert!(next.quantiles[[0, 0]] < next.quantiles[[0, 1]]);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![allow(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "dense arrays, whose bounds a constructor proved; floats are what a mind reckons in"
)]

mod backtest;
mod calibration;
mod censored;
mod choose;
mod decomposition;
mod demand;
mod design;
mod forecaster;
mod global;
mod hierarchy;
mod history;
mod holidays;
mod launch;
mod levels;
mod matrix;
mod model;
mod models;
mod newcomer;
mod panel;
mod part;
mod past;
pub mod policy;
mod ranking;
mod regressors;
mod season;
mod series;
mod spread;
mod staffing;
#[cfg(feature = "testing")]
pub mod testing;
mod total;
mod workload;

pub use oms_learn::{MOST_THREADS, shared_out};

pub use choose::{
    Forecast, Hosted, MOST_PAST, MOST_STEPS, NoForecast, Tested, forecast, forecast_hosted,
    forecast_with,
};
pub use decomposition::is_seasonal;
pub use demand::DemandClass;
pub use forecaster::{Fitted, Forecaster, NotFitted, Parts};
pub use global::{GlobalModel, JUDGES, TotalModel, explained_in, forecast_in};
pub use hierarchy::{
    Hierarchy, HierarchyError, HierarchyTrial, MOST_NODES, NotTogether, Reconciled, Reconciler,
    Reconciliation, Together, coherent_samples, forecast_together, reconciled_best,
    sample_quantiles,
};
pub use history::{BadRow, ForecastRows, ForecastWriter, History, HistoryError, ToForecast};
pub use holidays::{Holidays, HolidaysError, MOST_HOLIDAYS};
pub use levels::{Levels, LevelsError};
pub use model::{Model, UnknownModel};
pub use models::{
    AdaptiveState, Aggregated, Arima, ArimaCoefficients, ArimaOrder, AutoArima, AutoEts, Average,
    Ces, Croston, DampedHolt, Drift, DynamicTheta, Empirical, Ets, EtsError, EtsForm, EtsSeason,
    EtsTrend, HoltWinters, Hurdle, Mstl, NegativeBinomial, SeasonState, SeasonalNaive, Ses, State,
    StateError, Theta, TrendState, Tsb, UnknownForm,
};
pub use newcomer::{Newcomer, forecast_newcomer};
pub use panel::{Panel, TEACHERS};
pub use past::Past;
pub use regressors::{MOST_REGRESSOR, MOST_REGRESSORS};
pub use season::Adjusted;
pub use series::{MOST_SIZE, MOST_VALUES, Series, SeriesError};
pub use staffing::{
    MOST_SERVERS, Staffing, erlang_c, halfin_whitt, square_root_staffing, staffing_for,
};
pub use total::{TotalWriter, total_in, totals_in};
pub use workload::{HourLoad, OrderMix, Per, Task, TaskLoad, workload};
