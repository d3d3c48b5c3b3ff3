//! `oms verify` and `oms stats`.

use std::io::{IsTerminal, stderr};
use std::path::Path;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use oms::engine::{Finding, verify_watched};
use oms::views::tally;

use crate::open::{self, CliError};
use crate::{Cli, write};

/// A spinner with a count on a terminal, nothing elsewhere.
fn spinner() -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {msg} {human_pos} ({per_sec})");
    ProgressBar::new_spinner()
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

/// `oms verify`: every page, every hash, every balance and status, every law.
pub(crate) fn run(db: &Path, cli: &Cli) -> Result<ExitCode, CliError> {
    let mut oms = open::readable(db, cli)?;
    oms.store().integrity()?;
    let tenant = oms.tenant().clone();
    let bar = spinner();
    let verdict = verify_watched(oms.store(), &tenant, &mut |progress| {
        bar.set_message(progress.walk);
        bar.set_position(progress.done);
    });
    bar.finish_and_clear();
    match verdict {
        Ok(report) if cli.json => write::json(&report)?,
        Ok(report) => {
            let rows = [
                ("events", report.events),
                ("orders", report.orders),
                ("catalog entries", report.catalog),
                ("balances", report.balances),
                ("index rows", report.rows),
            ];
            let rows = rows.iter().map(|(name, n)| vec![(*name).to_owned(), n.to_string()]);
            write::table(&["checked", ""], &[1], rows.collect())?;
            write::line(&format!("every law holds; the log ends in {}", report.hash))?;
        }
        Err(Finding::Fault(fault)) => return Err(fault.into()),
        Err(finding) => {
            if cli.json {
                write::json(&serde_json::json!({ "finding": finding.to_string() }))?;
            } else {
                write::line(&finding.to_string())?;
            }
            return Ok(ExitCode::from(1));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `oms stats`.
pub(crate) fn stats(db: &Path, cli: &Cli) -> Result<ExitCode, CliError> {
    let mut oms = open::readable(db, cli)?;
    let tenant = oms.tenant().clone();
    let bar = spinner();
    bar.set_message("counting");
    let tally = tally(oms.store(), &tenant, &mut |done| bar.set_position(done))?;
    bar.finish_and_clear();
    let failed = |why| CliError::File { path: db.to_owned(), why };
    let bytes = std::fs::metadata(db).map_err(failed)?.len();
    if cli.json {
        let told = serde_json::json!({ "tenant": tenant, "bytes": bytes, "tally": tally });
        return write::json(&told).map(|()| ExitCode::SUCCESS);
    }
    let mut rows = vec![
        vec!["bytes".to_owned(), bytes.to_string()],
        vec!["events".to_owned(), tally.events.to_string()],
    ];
    let counts = tally.entities.iter().map(|(kind, n)| vec![format!("{kind}s"), n.to_string()]);
    rows.extend(counts);
    let orders = tally.orders.iter().map(|(s, n)| vec![format!("orders {s}"), n.to_string()]);
    rows.extend(orders);
    let units = tally.units.iter().map(|(s, n)| vec![format!("units {s}"), n.to_string()]);
    rows.extend(units);
    write::table(&["what", "how many"], &[1], rows)?;
    Ok(ExitCode::SUCCESS)
}
