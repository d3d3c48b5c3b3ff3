//! Holidays by rule, from a file of their own.

use std::fs::File;
use std::path::Path;

use oms::forecast::{History, Holidays};

use crate::complaint::CliError;

/// Gives the series of a history the holidays of a file, if there is one.
pub(crate) fn given(history: History, path: Option<&Path>) -> Result<History, CliError> {
    let Some(path) = path else { return Ok(history) };
    let failed = |why| CliError::File { doing: "read", path: path.to_owned(), why };
    let file = File::open(path).map_err(failed)?;
    let unusable = |why| CliError::Holidays { path: path.to_owned(), why };
    history.with_holidays(&Holidays::read(file).map_err(unusable)?).map_err(unusable)
}
