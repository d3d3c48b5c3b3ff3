//! Printing: tables for people, JSON for programs; and where files may be written.

use std::io::Write;
use std::path::Path;

use comfy_table::{CellAlignment, Table, presets};

use crate::complaint::CliError;

/// Prints one line.
pub(crate) fn line(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").map_err(CliError::Output)
}

/// Prints a value as one line of JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<(), CliError> {
    line(&serde_json::to_string(value)?)
}

/// A word of the wire, as it stands in JSON.
pub(crate) fn word(value: &impl serde::Serialize) -> Result<String, CliError> {
    Ok(match serde_json::to_value(value)? {
        serde_json::Value::String(word) => word,
        other => other.to_string(),
    })
}

/// An aligned table with a head; columns named in `numbers` stand to the right.
pub(crate) fn table(
    head: &[&str],
    numbers: &[usize],
    rows: Vec<Vec<String>>,
) -> Result<(), CliError> {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(head.to_vec());
    for row in rows {
        table.add_row(row);
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if numbers.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let text = table.to_string();
    for row in text.lines() {
        line(row.trim_end())?;
    }
    Ok(())
}

/// Refuses to write over what is read.
pub(crate) fn apart(out: &Path, read: &[Option<&Path>]) -> Result<(), CliError> {
    let Ok(its) = out.canonicalize() else { return Ok(()) };
    let is_read = |path: &&Path| path.canonicalize().is_ok_and(|path| path == its);
    if read.iter().flatten().any(is_read) { Err(CliError::Same(out.to_owned())) } else { Ok(()) }
}
