//! From orders to work: what a node has to pick and pack in each hour, and how many people that takes.
//!
//! A forecast of orders by the hour becomes counts of each task by the node's mix of orders, hours of work by the rate of
//! one person, and heads by a queue: work that arrives at random needs more people than its hours say.
//!
//! # Units
//! Rates are tasks per person and hour; hours are hours of one person.

use crate::choose::Forecast;
use crate::policy::PolicyError;
use crate::staffing::{Staffing, staffing_for};

/// What an order of a node comes to.
///
/// # Example
/// ```
/// use oms_forecast::OrderMix;
///
/// // What was counted over a month.
/// let mix = OrderMix::of(1_000, 2_600, 4_100, 1_150);
/// assert!((mix.lines - 2.6).abs() < 1e-12 && (mix.packages - 1.15).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrderMix {
    /// Lines of an order.
    pub lines: f64,
    /// Units of an order.
    pub units: f64,
    /// Packages of an order.
    pub packages: f64,
}

impl OrderMix {
    /// From counts of the past; of no order, one line, unit and package.
    #[must_use]
    pub fn of(orders: u64, lines: u64, units: u64, packages: u64) -> Self {
        if orders == 0 {
            return Self { lines: 1.0, units: 1.0, packages: 1.0 };
        }
        let each = |count: u64| count as f64 / orders as f64;
        Self { lines: each(lines), units: each(units), packages: each(packages) }
    }
}

/// What a task is done for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// Each order: to sort it.
    Order,
    /// Each line: to walk there.
    Line,
    /// Each unit: to pick it.
    Unit,
    /// Each package: to pack it.
    Package,
}

/// A task, and how fast and how soon it is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// What it is done for.
    pub per: Per,
    /// How many of them one person does in an hour.
    pub per_hour: f64,
    /// The share of them that is to be begun in time.
    pub target_share: f64,
    /// Hours within which they are to be begun.
    pub within_hours: f64,
}

/// The work of one task in one hour.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskLoad {
    /// Its name.
    pub task: String,
    /// How many are expected.
    pub count: f64,
    /// Hours of work that are expected.
    pub hours: f64,
    /// Hours of work, by level of the forecast.
    pub hour_quantiles: Vec<f64>,
    /// Who is needed at the level that is staffed for; `None` where there is nothing to do.
    pub staffing: Option<Staffing>,
}

/// All tasks of one hour.
#[derive(Clone, Debug, PartialEq)]
pub struct HourLoad {
    /// Orders that are expected.
    pub orders: f64,
    /// Each task.
    pub tasks: Vec<TaskLoad>,
    /// People over all tasks.
    pub heads: u32,
}

/// The work of a node, hour by hour, from a forecast of its orders by the hour.
///
/// `staffed` is the place of the level, among those of the forecast, that people are called in for: at the one of 0.9
/// there are too few in one hour of ten.
///
/// # Law
/// Hours are never below zero, rise with the level and with orders; nobody is called in where nothing is to do.
///
/// # Errors
/// [`PolicyError`] where the mix, a rate or a target is out of range, or the forecast has no such level.
///
/// # Example
/// ```
/// use oms_forecast::{Levels, Model, OrderMix, Per, Series, Task, forecast, workload};
///
/// let hours = (0..24 * 28).map(|hour| Some(if hour % 24 < 8 { 0.0 } else { 20.0 + f64::from(hour % 3) }));
/// let orders = Series::new("DC-EAST", 24, hours)?;
/// let next = forecast(&orders, 24, &Levels::new(&[0.5, 0.9])?, Model::Auto)?;
/// let pick = Task { name: "pick".into(), per: Per::Line, per_hour: 60.0, target_share: 0.9, within_hours: 0.25 };
/// let day = workload(&next, &OrderMix::of(100, 250, 400, 110), &[pick], 1)?;
/// assert!(day[3].heads == 0 && day[12].heads >= 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn workload(
    orders: &Forecast,
    mix: &OrderMix,
    tasks: &[Task],
    staffed: usize,
) -> Result<Vec<HourLoad>, PolicyError> {
    for (name, found) in [("lines", mix.lines), ("units", mix.units), ("packages", mix.packages)] {
        in_range(name, found, found >= 0.0, "a number of 0 or more")?;
    }
    let levels = orders.quantiles.ncols();
    in_range("level", staffed as f64, staffed < levels, "the place of a level of the forecast")?;
    for task in tasks {
        in_range("per_hour", task.per_hour, task.per_hour > 0.0, "a number above 0")?;
    }
    let hour = |(expected, quantiles): (&f64, ndarray::ArrayView1<'_, f64>)| {
        let expected = expected.max(0.0);
        let mut load = HourLoad { orders: expected, tasks: Vec::new(), heads: 0 };
        for task in tasks {
            let each = match task.per {
                Per::Order => 1.0,
                Per::Line => mix.lines,
                Per::Unit => mix.units,
                Per::Package => mix.packages,
            };
            let done =
                task.done(expected * each, quantiles.iter().map(|q| q.max(0.0) * each), staffed)?;
            load.heads += done.staffing.map_or(0, |staffing| staffing.servers);
            load.tasks.push(done);
        }
        Ok(load)
    };
    orders.mean.iter().zip(orders.quantiles.outer_iter()).map(hour).collect()
}

impl Task {
    fn done(
        &self,
        count: f64,
        counts: impl Iterator<Item = f64>,
        staffed: usize,
    ) -> Result<TaskLoad, PolicyError> {
        let hour_quantiles: Vec<f64> = counts.map(|count| count / self.per_hour).collect();
        let load = hour_quantiles.get(staffed).copied().unwrap_or_default();
        let rate = load * self.per_hour;
        let staffing = (rate > 0.0)
            .then(|| staffing_for(rate, self.per_hour, self.target_share, self.within_hours));
        Ok(TaskLoad {
            task: self.name.clone(),
            count,
            hours: count / self.per_hour,
            hour_quantiles,
            staffing: staffing.transpose()?,
        })
    }
}

fn in_range(
    name: &'static str,
    found: f64,
    fits: bool,
    wanted: &'static str,
) -> Result<(), PolicyError> {
    let fits = fits && found.is_finite();
    if fits { Ok(()) } else { Err(PolicyError::Value { name, found, wanted }) }
}
