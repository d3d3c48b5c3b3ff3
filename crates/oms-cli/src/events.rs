//! `oms events`: the log, a line an event.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use oms::engine::{Feed, Store};
use oms::event::{Event, Recorded};

use crate::Cli;
use crate::complaint::CliError;
use crate::open;
use crate::told::told;

/// Events read at once.
const CHUNK: usize = 1_000;

/// `oms events`.
pub(crate) fn run(
    db: &Path,
    from: u64,
    limit: Option<u64>,
    cli: &Cli,
) -> Result<ExitCode, CliError> {
    let mut oms = open::readable(db, cli)?;
    let tenant = oms.tenant().clone();
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut after = from.saturating_sub(1);
    let mut left = limit.unwrap_or(u64::MAX);
    while left > 0 {
        let want = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let chunk = oms.store().feed(&tenant, &Feed::After(after), want)?;
        let Some(last) = chunk.last() else { break };
        after = last.seq;
        left = left.saturating_sub(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        for event in &chunk {
            let line =
                if cli.json { serde_json::to_string(&event.to_wire()?)? } else { row(event)? };
            writeln!(out, "{line}").map_err(CliError::Output)?;
        }
    }
    out.flush().map_err(CliError::Output)?;
    Ok(ExitCode::SUCCESS)
}

/// An event for people. Columns of fixed width: a log of any length is told as it is read.
fn row(event: &Recorded) -> Result<String, CliError> {
    let what = match Event::decode(&event.kind, &event.payload)? {
        Some(event) => told(&event)?,
        None => format!("version {}, unknown to this oms", event.version),
    };
    let Recorded { seq, at, kind, stream, .. } = event;
    // Moments are of two widths: with and without milliseconds.
    let at = at.to_string();
    Ok(format!("{seq:>8}  {at:<24}  {kind:<28}  {stream:<24}  {what}").trim_end().to_owned())
}
