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
        table(&compared)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A figure of policies: its name, whether it is shown, and how it is read.
type Column = (&'static str, bool, fn(&Compared) -> String);

/// Policies side by side: money in minor units, days to the door as the mean over packages. What the wave does not know
/// is no column.
fn table(compared: &[Compared]) -> Result<(), CliError> {
    let has = |of: fn(&Compared) -> bool| compared.iter().any(of);
    let columns: [Column; 11] = [
        ("cost", true, |of| of.cost_minor.to_string()),
        ("packages", true, |of| of.packages.to_string()),
        ("split", true, |of| of.split_orders.to_string()),
        ("days", true, days),
        ("units", true, |of| of.units.to_string()),
        ("unfilled", true, |of| of.unfilled.to_string()),
        ("their cost", has(|of| of.unfilled_minor.is_some()), |of| or_none(of.unfilled_minor)),
        ("late", has(|of| of.late_packages.is_some()), |of| or_none(of.late_packages)),
        ("CO2e g", has(|of| of.carbon_g.is_some()), |of| or_none(of.carbon_g)),
        ("markdown", has(|of| of.markdown_saved_minor.is_some()), |of| {
            or_none(of.markdown_saved_minor)
        }),
        ("bound", true, |of| or_none(of.bound_minor)),
    ];
    let shown: Vec<Column> = columns.into_iter().filter(|(_, shown, _)| *shown).collect();
    let head: Vec<&str> = std::iter::once("policy").chain(shown.iter().map(|it| it.0)).collect();
    let row = |of: &Compared| {
        std::iter::once(of.policy.clone()).chain(shown.iter().map(|it| it.2(of))).collect()
    };
    let numbers: Vec<usize> = (1..head.len()).collect();
    write::table(&head, &numbers, compared.iter().map(row).collect())
}

fn days(of: &Compared) -> String {
    let tenths = of.package_days.saturating_mul(10) / of.packages.max(1);
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn or_none<N: ToString>(number: Option<N>) -> String {
    number.map_or("-".to_owned(), |number| number.to_string())
}
