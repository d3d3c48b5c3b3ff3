//! `oms events`: the log as JSON Lines.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use oms::engine::{Feed, Store};

use crate::Cli;
use crate::open::{self, CliError};

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
            serde_json::to_writer(&mut out, &event.to_wire()?)?;
            out.write_all(b"\n").map_err(CliError::Output)?;
        }
    }
    out.flush().map_err(CliError::Output)?;
    Ok(ExitCode::SUCCESS)
}
