//! `oms source`: a sourcing round from the shell.

use std::path::Path;
use std::process::ExitCode;

use oms::alloc::Overlaid;
use oms::engine::Receipt;
use oms::words::{CommandId, OrderId};
use oms::{Durability, SourceOrders, Which};

use crate::complaint::CliError;
use crate::{Cli, open, write};

/// What is asked for.
pub(crate) struct Wish<'a> {
    pub(crate) orders: &'a [String],
    pub(crate) id: Option<&'a str>,
    pub(crate) dry_run: bool,
    pub(crate) sourcer: Overlaid,
}

/// `oms source`.
pub(crate) fn run(
    db: &Path,
    wish: Wish<'_>,
    snapshot: Option<&Path>,
    cli: &Cli,
) -> Result<ExitCode, CliError> {
    let mut oms = open::writable(db, Durability::Full, cli)?.with_sourcer(wish.sourcer);
    let now = open::now()?;
    let which = if wish.orders.is_empty() {
        Which::All
    } else {
        Which::These(wish.orders.iter().map(OrderId::new).collect::<Result<_, _>>()?)
    };
    if let Some(path) = snapshot {
        let doing = "write the snapshot to";
        let failed = |why| CliError::File { doing, path: path.to_owned(), why };
        let taken = oms.snapshot(&which, now)?;
        std::fs::write(path, serde_json::to_vec_pretty(&taken)?).map_err(failed)?;
    }
    let id = match wish.id {
        Some(id) => CommandId::new(id)?,
        None => CommandId::new(format!("source-{}-{}", now.ms(), std::process::id()))?,
    };
    let mut round = SourceOrders::new(id, which);
    round.sending.dry_run = wish.dry_run;
    // A dry run's plan is shown to people; the receipt only tells what it comes to.
    let planned = if wish.dry_run && !cli.json { oms.propose(&round.which, now)? } else { None };
    let done = oms.source(&round, now)?;
    if cli.json {
        write::line(&String::from_utf8_lossy(&done.bytes))?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some((_, plan)) = &planned
        && !plan.assignments.is_empty()
    {
        let rows = plan.assignments.iter().map(|a| {
            vec![a.order.to_string(), a.line.to_string(), a.qty.to_string(), a.node.to_string()]
        });
        write::table(&["order", "line", "qty", "from"], &[2], rows.collect())?;
    }
    tell(&done.receipt)?;
    Ok(ExitCode::SUCCESS)
}

fn tell(receipt: &Receipt) -> Result<(), CliError> {
    if let Some(refusal) = &receipt.refusal {
        let (expected, found) = (&refusal.expected, &refusal.found);
        return write::line(&format!(
            "refused: {} (expected {expected}, found {found}; {})",
            refusal.code, refusal.advice
        ));
    }
    if !receipt.orders.is_empty() && !receipt.dry_run {
        let rows = receipt.orders.iter();
        let rows = rows.map(|o| vec![o.order.to_string(), o.status.name().to_owned()]);
        write::table(&["order", "status"], &[], rows.collect())?;
    }
    if !receipt.short.is_empty() {
        let rows = receipt.short.iter().map(|s| {
            vec![
                s.order.to_string(),
                s.line.to_string(),
                s.sku.to_string(),
                s.qty.to_string(),
                s.code.clone(),
            ]
        });
        write::table(&["order", "line", "sku", "short", "why"], &[3], rows.collect())?;
    }
    if !receipt.skipped.is_empty() {
        let rows = receipt.skipped.iter();
        let rows = rows.map(|s| vec![s.order.to_string(), s.code.clone(), s.detail.clone()]);
        write::table(&["not sourced", "why", "found"], &[], rows.collect())?;
    }
    if receipt.unlisted > 0 {
        write::line(&format!("and {} rows more", receipt.unlisted))?;
    }
    let orders = receipt.orders.len();
    let s = if orders == 1 { "" } else { "s" };
    let done = if receipt.dry_run { "would be sourced; nothing was changed" } else { "sourced" };
    write::line(&format!("{orders} order{s} {done}"))
}
