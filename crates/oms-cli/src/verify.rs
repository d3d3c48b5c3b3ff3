//! `oms verify` and `oms stats`.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use indicatif::ProgressBar;
use oms::SqliteStore;
use oms::engine::{Fault, Finding, Report, verify_watched};
use oms::views::{Tally, tally};
use oms::words::TenantId;
use serde::Serialize;

use crate::bar::bar;
use crate::complaint::CliError;
use crate::{Cli, open, write};

/// A spinner with a count.
fn spinner() -> ProgressBar {
    let bar = bar(None, "{spinner} {msg} {human_pos} ({per_sec})");
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// A tenant whose log holds what it promises.
#[derive(Serialize)]
struct Sound {
    tenant: TenantId,
    #[serde(flatten)]
    report: Report,
}

/// `oms verify`: every page, every hash, every balance and status, every law.
pub(crate) fn run(db: &Path, cli: &Cli) -> Result<ExitCode, CliError> {
    let (mut store, tenants) = match open::readable_all(db, cli) {
        // What keeps a damaged file from being opened is a difference too, and the first.
        Err(CliError::Open { fault: fault @ Fault::Corrupt { .. }, .. }) => {
            return different(None, &Finding::Fault(fault), cli);
        }
        opened => opened?,
    };
    let bar = spinner();
    bar.set_message("pages");
    let checked = check(&mut store, tenants, &bar);
    bar.finish_and_clear();
    match checked {
        Ok(sound) => tell(&sound, cli).map(|()| ExitCode::SUCCESS),
        Err((tenant, finding)) => match finding {
            Finding::Broken { .. } | Finding::Fault(Fault::Corrupt { .. } | Fault::Law(_)) => {
                different(tenant.as_ref(), &finding, cli)
            }
            Finding::Fault(fault) => Err(fault.into()),
        },
    }
}

fn check(
    store: &mut SqliteStore,
    tenants: Vec<TenantId>,
    bar: &ProgressBar,
) -> Result<Vec<Sound>, (Option<TenantId>, Finding)> {
    store.integrity().map_err(|fault| (None, fault.into()))?;
    let mut sound = Vec::new();
    for tenant in tenants {
        let report = verify_watched(store, &tenant, &mut |progress| {
            bar.set_message(progress.walk);
            bar.set_position(progress.done);
        });
        match report {
            Ok(report) => sound.push(Sound { tenant, report }),
            Err(finding) => return Err((Some(tenant), finding)),
        }
    }
    Ok(sound)
}

fn tell(sound: &[Sound], cli: &Cli) -> Result<(), CliError> {
    if cli.json {
        return write::json(&serde_json::json!({ "sound": true, "tenants": sound }));
    }
    let rows = sound.iter().map(|Sound { tenant, report: r }| {
        let counts = [r.events, r.orders, r.catalog, r.balances, r.rows];
        std::iter::once(tenant.to_string()).chain(counts.map(|n| n.to_string())).collect()
    });
    let head = ["tenant", "events", "orders", "catalog", "balances", "index rows"];
    write::table(&head, &[1, 2, 3, 4, 5], rows.collect())?;
    for Sound { tenant, report } in sound {
        write::line(&format!("the log of {tenant} ends in {}", report.hash))?;
    }
    write::line("verified: every balance and status rebuilt and compared, every law holds")
}

/// Tells the first difference.
fn different(
    tenant: Option<&TenantId>,
    finding: &Finding,
    cli: &Cli,
) -> Result<ExitCode, CliError> {
    if cli.json {
        let mut told = serde_json::json!({ "sound": false, "finding": finding.to_string() });
        if let (Some(tenant), Some(object)) = (tenant, told.as_object_mut()) {
            object.insert("tenant".to_owned(), serde_json::to_value(tenant)?);
        }
        write::json(&told)?;
    } else {
        let of = tenant.map_or(String::new(), |t| format!(" of tenant {t}"));
        write::line(&format!("not sound{of}: {finding}"))?;
    }
    Ok(ExitCode::from(1))
}

/// `oms stats`.
pub(crate) fn stats(db: &Path, cli: &Cli) -> Result<ExitCode, CliError> {
    let (mut store, tenants) = open::readable_all(db, cli)?;
    let failed = |why| CliError::File { doing: "read", path: db.to_owned(), why };
    let bytes = std::fs::metadata(db).map_err(failed)?.len();
    let bar = spinner();
    bar.set_message("counting");
    let mut tallies = Vec::new();
    for tenant in tenants {
        let tally = tally(&mut store, &tenant, &mut |done| bar.set_position(done))?;
        tallies.push(Counted { tenant, tally });
    }
    bar.finish_and_clear();
    if cli.json {
        write::json(&serde_json::json!({ "bytes": bytes, "tenants": tallies }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = vec![vec!["bytes".to_owned(), String::new(), bytes.to_string()]];
    for Counted { tenant, tally } in &tallies {
        let row = |what: &str, which: &str, n: u64| {
            let mut row = vec![what.to_owned(), which.to_owned(), n.to_string()];
            // Whose it is goes without saying where there is one.
            if tallies.len() > 1 {
                row.insert(0, tenant.to_string());
            }
            row
        };
        rows.push(row("events", "", tally.events));
        rows.extend(tally.entities.iter().map(|(kind, n)| row(&plural(kind), "", *n)));
        rows.extend(tally.orders.iter().map(|(status, n)| row("orders", status, *n)));
        rows.extend(tally.units.iter().map(|(stage, n)| row("units", stage, *n)));
    }
    if tallies.len() > 1 {
        if let Some(bytes) = rows.first_mut() {
            bytes.insert(0, String::new());
        }
        write::table(&["tenant", "what", "which", "how many"], &[3], rows)?;
    } else {
        write::table(&["what", "which", "how many"], &[2], rows)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn plural(kind: &str) -> String {
    kind.strip_suffix('y').map_or_else(|| format!("{kind}s"), |stem| format!("{stem}ies"))
}

#[derive(Serialize)]
struct Counted {
    tenant: TenantId,
    #[serde(flatten)]
    tally: Tally,
}
