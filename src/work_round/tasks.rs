//! The file of tasks: what is done for an order, how fast, and how soon it is to be begun.

use oms_core::words::TimeZone;
use oms_forecast::policy::PolicyError;
use oms_forecast::{Levels, LevelsError, Per, Task};
use serde::{Deserialize, Serialize};

/// Bytes of a file of tasks: 1 MiB.
pub const MOST_TASKS_BYTES: usize = 1 << 20;
/// Tasks of a file.
pub const MOST_TASKS: usize = 100;

/// Why tasks cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadTasks {
    /// The file is longer than [`MOST_TASKS_BYTES`].
    #[error("it has more than {MOST_TASKS_BYTES} bytes; name tasks only")]
    TooLong,
    /// There are more than [`MOST_TASKS`].
    #[error("it has {0} tasks; name {MOST_TASKS} at most")]
    TooMany(usize),
    /// It is no JSON of tasks.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// It is of another version.
    #[error("`version` is `{0}`; this engine reads `1`")]
    Version(u32),
    /// The level is none.
    #[error("`level`: {0}")]
    Level(#[from] LevelsError),
    /// A value is out of range.
    #[error("task `{task}`: {why}")]
    Rate {
        /// Which.
        task: String,
        /// What is wrong.
        why: PolicyError,
    },
}

/// The tasks of every node, and how sure their staff is to be enough.
///
/// # Example
/// ```
/// use oms::WorkTasks;
///
/// let tasks = WorkTasks::read(br#"{"version": 1, "level": 0.95, "tasks": [
///     {"task": "pick", "per": "unit", "per_hour": 120},
///     {"task": "pack", "per": "package", "per_hour": 25, "target_share": 0.8, "within_hours": 2}
/// ]}"#)?;
/// assert_eq!(tasks.tasks.len(), 2);
/// # Ok::<(), oms::BadTasks>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkTasks {
    /// 1.
    pub version: u32,
    /// The zone of the day at whose end a plan ends; UTC unless it is named. Hours are told by each node's own clock.
    #[serde(default = "utc")]
    pub time_zone: TimeZone,
    /// The probability that an hour brings no more work than is staffed for, 0.9 by default.
    #[serde(default = "level")]
    pub level: f64,
    /// What is done.
    #[serde(default = "usual")]
    pub tasks: Vec<TaskRate>,
}

/// A task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskRate {
    /// Its name.
    pub task: String,
    /// What it is done for.
    pub per: WorkPer,
    /// How many of them one person does in an hour.
    pub per_hour: f64,
    /// The share of them that is to be begun in time, 0.9 by default.
    #[serde(default = "level")]
    pub target_share: f64,
    /// Hours within which they are to be begun, 1 by default.
    #[serde(default = "one")]
    pub within_hours: f64,
}

/// What a task is done for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkPer {
    /// Each order that is released to the node.
    Order,
    /// Each line.
    Line,
    /// Each unit.
    Unit,
    /// Each package that leaves.
    Package,
}

impl TaskRate {
    pub(super) fn task(&self) -> Task {
        Task {
            name: self.task.clone(),
            per: match self.per {
                WorkPer::Order => Per::Order,
                WorkPer::Line => Per::Line,
                WorkPer::Unit => Per::Unit,
                WorkPer::Package => Per::Package,
            },
            per_hour: self.per_hour,
            target_share: self.target_share,
            within_hours: self.within_hours,
        }
    }
}

/// A line is picked in a minute, a package packed in two.
impl Default for WorkTasks {
    fn default() -> Self {
        Self { version: 1, time_zone: utc(), level: level(), tasks: usual() }
    }
}

impl WorkTasks {
    /// Reads a file of tasks, and checks each of them.
    ///
    /// # Errors
    /// [`BadTasks`] says where and what.
    pub fn read(text: &[u8]) -> Result<Self, BadTasks> {
        if text.len() > MOST_TASKS_BYTES {
            return Err(BadTasks::TooLong);
        }
        let tasks: Self = serde_json::from_slice(text)?;
        tasks.levels()?;
        Ok(tasks)
    }

    /// The levels that are forecast, and the place of the one that is staffed for.
    pub(super) fn levels(&self) -> Result<(Levels, usize), BadTasks> {
        if self.version != 1 {
            return Err(BadTasks::Version(self.version));
        }
        if self.tasks.len() > MOST_TASKS {
            return Err(BadTasks::TooMany(self.tasks.len()));
        }
        for its in &self.tasks {
            let value = |name, found, wanted| BadTasks::Rate {
                task: its.task.clone(),
                why: PolicyError::Value { name, found, wanted },
            };
            if !(its.per_hour > 0.0 && its.per_hour.is_finite()) {
                return Err(value("per_hour", its.per_hour, "a number above 0"));
            }
            if !(0.0..1.0).contains(&its.target_share) {
                let wanted = "a share of 0 or more and below 1";
                return Err(value("target_share", its.target_share, wanted));
            }
            if !(its.within_hours >= 0.0 && its.within_hours.is_finite()) {
                return Err(value("within_hours", its.within_hours, "a number of 0 or more"));
            }
        }
        Ok((Levels::new(&[self.level])?, 0))
    }
}

fn usual() -> Vec<TaskRate> {
    let task = |task: &str, per, per_hour| TaskRate {
        task: task.to_owned(),
        per,
        per_hour,
        target_share: level(),
        within_hours: one(),
    };
    vec![task("pick", WorkPer::Line, 60.0), task("pack", WorkPer::Package, 30.0)]
}

fn utc() -> TimeZone {
    TimeZone::UTC
}

fn level() -> f64 {
    0.9
}

fn one() -> f64 {
    1.0
}
