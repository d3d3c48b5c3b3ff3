//! `oms simulate-policies`: a recorded wave, sourced by several policies.

use std::path::Path;
use std::process::ExitCode;

use oms::alloc::instance::Instance;
use oms::alloc::{Compared, Policy, compare, compare_on_instance};
use oms::sourcing::SourcingSnapshot;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::complaint::CliError;
use crate::{Cli, rules, write};

/// Steps of each wave: the same steps give the same plan on every machine.
const WORK: u64 = 600;

/// What tells an instance from a snapshot.
#[derive(Deserialize)]
struct Probe {
    regions: Option<IgnoredAny>,
}

/// `oms simulate-policies`.
pub(crate) fn run(
    path: &Path,
    policies: &[Policy],
    rules: Option<&Path>,
    cli: &Cli,
) -> Result<ExitCode, CliError> {
    let overlay = rules::read(rules)?;
    let failed = |why| CliError::File { doing: "read", path: path.to_owned(), why };
    let text = std::fs::read(path).map_err(failed)?;
    let unread = |why: &dyn std::error::Error| CliError::Recorded {
        path: path.to_owned(),
        why: why.to_string(),
    };
    let probe: Option<Probe> = serde_json::from_slice(&text).map_err(|why| unread(&why))?;
    let compared = match probe {
        None => Vec::new(),
        Some(Probe { regions: Some(_) }) => {
            let instance = Instance::read(&text).map_err(|why| unread(&why))?;
            if let Some(rules) = rules {
                overlay.check_names(&instance).map_err(rules::bad(rules))?;
            }
            compare_on_instance(&instance, &overlay, policies, WORK).map_err(|why| unread(&why))?
        }
        Some(_) => {
            let snapshot: SourcingSnapshot =
                serde_json::from_slice(&text).map_err(|why| unread(&why))?;
            compare(&snapshot, &overlay, policies).map_err(|why| unread(&why))?
        }
    };
    if cli.json {
        write::json(&compared)?;
    } else if compared.is_empty() {
        write::line("nothing waited to be sourced when the snapshot was taken")?;
    } else {
        let head = ["policy", "cost", "packages", "split", "days", "units", "unfilled", "bound"];
        let numbers: Vec<usize> = (1..head.len()).collect();
        write::table(&head, &numbers, compared.iter().map(row).collect())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A policy's row: money in minor units, days to the door as the mean over packages.
fn row(of: &Compared) -> Vec<String> {
    let tenths = of.package_days.saturating_mul(10) / of.packages.max(1);
    vec![
        of.policy.clone(),
        of.cost_minor.to_string(),
        of.packages.to_string(),
        of.split_orders.to_string(),
        format!("{}.{}", tenths / 10, tenths % 10),
        of.units.to_string(),
        of.unfilled.to_string(),
        of.bound_minor.map_or("-".to_owned(), |bound| bound.to_string()),
    ]
}
