//! What `oms forecast`, `oms backtest` and `oms explain-forecast` read alike.

use std::fs::File;
use std::path::Path;

use oms::forecast::{History, HistoryError, Holidays, Levels};

use crate::complaint::CliError;

/// Opens a file of histories and reads it in this way, and gives it the holidays of another file, if there is one.
pub(crate) fn opened(
    path: &Path,
    holidays: Option<&Path>,
    read: impl FnOnce(File) -> Result<History, HistoryError>,
) -> Result<History, CliError> {
    let input = File::open(path).map_err(failed("read", path))?;
    let history = read(input).map_err(|why| CliError::History { path: path.to_owned(), why })?;
    let Some(path) = holidays else { return Ok(history) };
    let file = File::open(path).map_err(failed("read", path))?;
    let unusable = |why| CliError::Holidays { path: path.to_owned(), why };
    history.with_holidays(&Holidays::read(file).map_err(unusable)?).map_err(unusable)
}

/// The levels that are wanted, else the usual ones.
pub(crate) fn levels(wanted: &[f64]) -> Result<Levels, CliError> {
    Ok(if wanted.is_empty() { Levels::default() } else { Levels::new(wanted)? })
}

/// The complaint that a file could not be read, or written.
pub(crate) fn failed(doing: &'static str, path: &Path) -> impl Fn(std::io::Error) -> CliError {
    let path = path.to_owned();
    move |why| CliError::File { doing, path: path.clone(), why }
}
