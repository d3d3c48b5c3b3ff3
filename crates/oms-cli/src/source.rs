//! `oms source`: a sourcing round from the shell.

use std::path::Path;
use std::process::ExitCode;

use oms::words::{CommandId, OrderId};
use oms::{Durability, SourceOrders, Which};

use crate::open::{self, CliError};
use crate::{Cli, write};

/// `oms source`.
pub(crate) fn run(
    db: &Path,
    orders: &[String],
    id: Option<&str>,
    dry_run: bool,
    snapshot: Option<&Path>,
    cli: &Cli,
) -> Result<ExitCode, CliError> {
    let mut oms = open::writable(db, Durability::Full, cli)?;
    let now = open::now()?;
    let which = if orders.is_empty() {
        Which::All
    } else {
        Which::These(orders.iter().map(OrderId::new).collect::<Result<_, _>>()?)
    };
    if let Some(path) = snapshot {
        let failed = |why| CliError::File { path: path.to_owned(), why };
        let taken = oms.snapshot(&which, now)?;
        std::fs::write(path, serde_json::to_vec_pretty(&taken)?).map_err(failed)?;
    }
    let id = match id {
        Some(id) => CommandId::new(id)?,
        None => CommandId::new(format!("source-{}", now.ms()))?,
    };
    let done = oms.source(&SourceOrders { id, at: None, dry_run, which }, now)?;
    let receipt = &done.receipt;
    if cli.json {
        return write::line(&String::from_utf8_lossy(&done.bytes)).map(|()| ExitCode::SUCCESS);
    }
    let verb = if dry_run { "would be sourced" } else { "sourced" };
    write::line(&format!("{} orders {verb}", receipt.orders.len()))?;
    let rows = receipt.short.iter().map(|s| {
        vec![
            s.order.to_string(),
            s.line.to_string(),
            s.sku.to_string(),
            s.qty.to_string(),
            s.code.clone(),
        ]
    });
    if !receipt.short.is_empty() {
        write::table(&["order", "line", "sku", "short", "why"], &[3], rows.collect())?;
    }
    if let Some(refusal) = &receipt.refusal {
        write::line(&format!("refused: {} ({})", refusal.code, refusal.advice))?;
    }
    Ok(ExitCode::SUCCESS)
}
