//! Why a call could not be done, and how it is told.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use oms::alloc::instance::BadInstance;
use oms::alloc::{BadOverlay, BrokenRule, NotExplained};
use oms::engine::Fault;
use oms::forecast::{HistoryError, HolidaysError, LevelsError, NoForecast, NotTogether};
use oms::words::WordError;
use oms::{BadPolicy, BadTasks, NoWorkPlan, NotReplenished};

/// Why a call could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The engine's store, at work.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The engine's store, while it was opened or made.
    #[error("{}", opened(path, fault))]
    Open {
        /// The file.
        path: PathBuf,
        /// What came of it.
        fault: Fault,
    },
    /// An id or a moment.
    #[error(transparent)]
    Word(#[from] WordError),
    /// JSON.
    #[error("cannot write JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A file of commands or a snapshot.
    #[error("cannot {doing} `{}`: {why}", path.display())]
    File {
        /// What was tried: read, write.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
    /// An instance that cannot be planned.
    #[error("`{}` is no instance: {why}", path.display())]
    Instance {
        /// The file.
        path: PathBuf,
        /// Where and what.
        why: BadInstance,
    },
    /// Rules that cannot be laid over anything.
    #[error("`{}` is no overlay: {why}", path.display())]
    Rules {
        /// The file.
        path: PathBuf,
        /// Where and what.
        why: Box<BadOverlay>,
    },
    /// A recorded wave that cannot be sourced.
    #[error(
        "`{}` is no wave that can be sourced: {why}; give an instance, or what `oms source --dry-run --snapshot` wrote",
        path.display()
    )]
    Recorded {
        /// The file.
        path: PathBuf,
        /// Where and what.
        why: String,
    },
    /// A file that cannot be forecast.
    #[error("`{}` is no history: {why}", path.display())]
    History {
        /// The file.
        path: PathBuf,
        /// Where and what.
        why: HistoryError,
    },
    /// A file that says no holidays.
    #[error("`{}`: {why}", path.display())]
    Holidays {
        /// The file.
        path: PathBuf,
        /// Where and what.
        why: HolidaysError,
    },
    /// A replenishment policy that cannot be used.
    #[error("`{}` is no policy: {why}", path.display())]
    Policy {
        /// The file.
        path: PathBuf,
        /// Where and what.
        why: BadPolicy,
    },
    /// Tasks that cannot be used.
    #[error("`{}` is no file of tasks: {why}", path.display())]
    Tasks {
        /// The file.
        path: PathBuf,
        /// Where and what.
        why: BadTasks,
    },
    /// A plan of work that cannot be made.
    #[error(transparent)]
    Work(#[from] NoWorkPlan),
    /// A plan of supplies that cannot be made.
    #[error(transparent)]
    Replenish(#[from] NotReplenished),
    /// Levels that are none.
    #[error(transparent)]
    Levels(#[from] LevelsError),
    /// A horizon that nobody can look to.
    #[error(transparent)]
    NoForecast(#[from] NoForecast),
    /// Series that cannot be summed.
    #[error(transparent)]
    NotTogether(#[from] NotTogether),
    /// A plan that its own check refuses: a mistake of ours.
    #[error("the plan breaks a rule and is not written, please report it: {0}")]
    Plan(#[from] BrokenRule),
    /// An order of a plan that cannot be explained.
    #[error("cannot explain: {0}")]
    Explained(#[from] NotExplained),
    /// Our output.
    #[error("cannot write the output: {0}")]
    Output(std::io::Error),
    /// Nobody reads the receipts.
    #[error(
        "nobody reads the receipts any more: stopped after line {0}, later lines were not run; \
         send everything again, what was done already gets the same receipts"
    )]
    Unread(u64),
    /// There is no such thing.
    #[error("there is no {what} `{id}` in tenant `{tenant}`")]
    Unknown {
        /// What kind.
        what: &'static str,
        /// Which.
        id: String,
        /// Where it was looked for.
        tenant: String,
    },
    /// There is no such series in a file of histories.
    #[error("there is no series `{id}` with a known value in `{}`", path.display())]
    UnknownSeries {
        /// Which.
        id: String,
        /// The file.
        path: PathBuf,
    },
    /// A series without a value, and too few others to forecast it by.
    #[error(
        "series `{id}` has no value, and there are fewer than 5 series of its season and steps with a past that it could be \
         like; give more of them, or values of its own"
    )]
    NothingAlike {
        /// Which.
        id: String,
    },
    /// There is no such tenant.
    #[error("there is no tenant `{id}`; the file has {known}")]
    UnknownTenant {
        /// Which.
        id: String,
        /// Those that there are.
        known: String,
    },
    /// There are several tenants and none of them was named.
    #[error("name one tenant with `--tenant`; the file has {0}")]
    WhichTenant(String),
    /// What is to be written is what was read.
    #[error("`{}` is what is read; write to another file", .0.display())]
    Same(PathBuf),
    /// There is a file already.
    #[error("`{}` exists already; choose another name or use it as it is", .0.display())]
    Exists(PathBuf),
    /// There is no file.
    #[error("there is no file `{}`; `oms init` creates one", .0.display())]
    Missing(PathBuf),
    /// There is no folder.
    #[error("there is no folder `{}` to create a file in", .0.display())]
    NoFolder(PathBuf),
}

/// A fault of opening, with the file's name.
fn opened(path: &Path, fault: &Fault) -> String {
    let path = path.display();
    match fault {
        Fault::Schema { expected, found } => {
            format!("`{path}` is no engine file for this `oms`: expected {expected}, found {found}")
        }
        Fault::ReadOnly => {
            format!("`{path}` cannot be written: the file or its folder is open to read only")
        }
        fault => format!("`{path}`: {fault}"),
    }
}

impl CliError {
    /// A stable word for programs.
    fn code(&self) -> &'static str {
        match self {
            CliError::Fault(fault) | CliError::Open { fault, .. } => fault.code(),
            CliError::Word(word) => word.code(),
            CliError::Json(_) | CliError::Output(_) => "output.failed",
            CliError::Unread(_) => "output.unread",
            CliError::File { .. } => "file.failed",
            CliError::Instance { why, .. } => why.code(),
            CliError::Rules { why, .. } => why.code(),
            CliError::Recorded { .. } => "recorded.unusable",
            CliError::History { .. } => "history.unusable",
            CliError::Holidays { .. } => "holidays.unusable",
            CliError::Policy { .. } => "policy.unusable",
            CliError::Replenish(NotReplenished::Fault(fault)) => fault.code(),
            CliError::Replenish(_) => "supplies.unplanned",
            CliError::Tasks { .. } => "tasks.unusable",
            CliError::Work(NoWorkPlan::Fault(fault)) => fault.code(),
            CliError::Work(_) => "work.unplanned",
            CliError::Levels(_) => "levels.wrong",
            CliError::NoForecast(_) => "horizon.wrong",
            CliError::NotTogether(_) => "sums.wrong",
            CliError::Plan(_) => "plan.broken",
            CliError::Explained(why) => why.code(),
            CliError::Unknown { what: "order", .. } => "order.unknown",
            CliError::Unknown { what: "location", .. } => "location.unknown",
            CliError::Unknown { .. } => "item.unknown",
            CliError::UnknownSeries { .. } => "series.unknown",
            CliError::NothingAlike { .. } => "series.alone",
            CliError::UnknownTenant { .. } => "tenant.unknown",
            CliError::WhichTenant(_) => "tenant.missing",
            CliError::Same(_) => "file.same",
            CliError::Exists(_) => "file.exists",
            CliError::Missing(_) => "file.missing",
            CliError::NoFolder(_) => "folder.missing",
        }
    }

    /// Says on standard error what went wrong, and gives the exit status.
    pub(crate) fn complain(&self, json: bool) -> ExitCode {
        let text = if json {
            let told = serde_json::json!({ "code": self.code(), "message": self.to_string() });
            serde_json::json!({ "error": told }).to_string()
        } else {
            format!("oms: {self}")
        };
        // Standard error may be closed; there is nobody left to tell then.
        let _ = writeln!(std::io::stderr().lock(), "{text}");
        match self {
            CliError::Unknown { .. }
            | CliError::UnknownSeries { .. }
            | CliError::UnknownTenant { .. }
            | CliError::Explained(NotExplained::UnknownOrder { .. }) => ExitCode::from(1),
            _ => ExitCode::from(2),
        }
    }
}
