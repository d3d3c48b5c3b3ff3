//! `--rules`: the overlay of a call.

use std::path::Path;

use oms::alloc::Overlay;

use crate::complaint::CliError;

/// Reads the overlay; an empty one if none is named.
pub(crate) fn read(path: Option<&Path>) -> Result<Overlay, CliError> {
    let Some(path) = path else { return Ok(Overlay::empty()) };
    let failed = |why| CliError::File { doing: "read", path: path.to_owned(), why };
    let text = std::fs::read(path).map_err(failed)?;
    Overlay::read(&text).map_err(bad(path))
}

/// A complaint about an overlay, with its file.
pub(crate) fn bad(path: &Path) -> impl Fn(oms::alloc::BadOverlay) -> CliError {
    |why| CliError::Rules { path: path.to_owned(), why: Box::new(why) }
}
