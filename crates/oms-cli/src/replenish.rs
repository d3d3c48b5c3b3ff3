//! `oms replenish`: proposes what to order, from an engine file's own facts.

use std::path::Path;
use std::process::ExitCode;

use oms::words::BusinessDay;
use oms::{ReplenishPolicy, SupplyPlan};

use crate::bar::bar;
use crate::complaint::CliError;
use crate::{Cli, open, write};

/// Prints proposals; commits nothing.
pub(crate) fn run(
    db: &Path,
    until: &str,
    policy: Option<&Path>,
    cli: &Cli,
) -> Result<ExitCode, CliError> {
    let until: BusinessDay = until.parse()?;
    let policy = match policy {
        None => ReplenishPolicy::default(),
        Some(path) => {
            let failed = |why| CliError::File { doing: "read", path: path.to_owned(), why };
            let text = std::fs::read(path).map_err(failed)?;
            let bad = |why| CliError::Policy { path: path.to_owned(), why };
            ReplenishPolicy::read(&text).map_err(bad)?
        }
    };
    let mut oms = open::readable(db, cli)?;
    let bar = bar(None, "{spinner} {pos} forecast, {per_sec}, {eta} left");
    let plan = oms.propose_supplies(&policy, until, &mut |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    if cli.json {
        write::json(&plan)?;
    } else {
        tell(&plan)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(plan: &SupplyPlan) -> Result<(), CliError> {
    if !plan.proposals.is_empty() {
        let rows = plan.proposals.iter().map(|its| {
            vec![
                its.order_on.to_string(),
                its.node.to_string(),
                its.sku.to_string(),
                its.units.to_string(),
                its.source.clone(),
                its.due.to_string(),
                its.explained(),
            ]
        });
        let head = ["order on", "node", "sku", "units", "from", "due", "why"];
        write::table(&head, &[3], rows.collect())?;
    }
    if let Some(spent) = plan.spent {
        write::line(&format!("purchases of {} cost {spent}", plan.as_of))?;
    }
    let (count, enough) = (plan.proposals.len(), plan.enough);
    let s = if count == 1 { "" } else { "s" };
    write::line(&format!(
        "{count} proposal{s} by the facts of {}; {enough} need nothing; nothing was changed",
        plan.as_of
    ))
}
