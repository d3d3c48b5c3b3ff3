//! Opening and creating engine files.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use oms::engine::Fault;
use oms::words::{TenantId, Timestamp, WordError};
use oms::{Durability, Oms, Settings, SqliteStore};

use crate::{Cli, write};

/// Why a call could not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The engine's store.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// An id or a moment.
    #[error(transparent)]
    Word(#[from] WordError),
    /// JSON.
    #[error("cannot write JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A file.
    #[error("cannot read or write `{path}`: {why}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
    /// Our output.
    #[error("cannot write the output: {0}")]
    Output(std::io::Error),
    /// There is no such thing.
    #[error("there is no {what} `{id}`")]
    Unknown {
        /// What kind.
        what: &'static str,
        /// Which.
        id: String,
    },
    /// There is a file already.
    #[error("`{0}` exists already; choose another name or use it as it is")]
    Exists(String),
    /// There is no file.
    #[error("there is no file `{0}`; create one with `oms init`")]
    Missing(String),
}

/// The moment, in UTC milliseconds. The door is where the clock is read.
#[expect(clippy::disallowed_methods, reason = "the engine takes time as an argument; this is it")]
pub(crate) fn now() -> Result<Timestamp, CliError> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Ok(Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))?)
}

pub(crate) fn tenant(cli: &Cli) -> Result<TenantId, CliError> {
    Ok(TenantId::new(&cli.tenant)?)
}

fn must_exist(db: &Path) -> Result<(), CliError> {
    if db.exists() { Ok(()) } else { Err(CliError::Missing(db.display().to_string())) }
}

/// Opens a file to run commands.
pub(crate) fn writable(
    db: &Path,
    durability: Durability,
    cli: &Cli,
) -> Result<Oms<SqliteStore>, CliError> {
    must_exist(db)?;
    Ok(Oms::new(
        SqliteStore::open(db, Settings { durability, ..Settings::default() })?,
        tenant(cli)?,
    ))
}

/// Opens a file to look into.
pub(crate) fn readable(db: &Path, cli: &Cli) -> Result<Oms<SqliteStore>, CliError> {
    must_exist(db)?;
    Ok(Oms::new(SqliteStore::open_read_only(db, Settings::default())?, tenant(cli)?))
}

/// `oms init`.
pub(crate) fn init(db: &Path, cli: &Cli) -> Result<ExitCode, CliError> {
    if db.exists() {
        return Err(CliError::Exists(db.display().to_string()));
    }
    SqliteStore::create(db, Settings::default())?;
    if cli.json {
        write::json(&serde_json::json!({ "created": db.display().to_string() }))?;
    } else {
        write::line(&format!("created {}", db.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
