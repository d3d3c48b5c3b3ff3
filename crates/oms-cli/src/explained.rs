//! `oms allocate --explain`: why one order of a wave is served as it is, for people.

use oms::alloc::{OneMore, OrderExplained, OrderShort, PackageExplained, RunnerUp};

use crate::allocate::{cents, parts};
use crate::complaint::CliError;
use crate::write;

/// The most removed nodes that are shown.
const SHOWN: usize = 20;

/// Tells an explanation as tables.
pub(crate) fn tell(order: &OrderExplained, currency: &str) -> Result<(), CliError> {
    write::line("")?;
    let mut rows = parts(&order.bill);
    rows.push(vec!["alone".to_owned(), cents(order.alone)]);
    rows.push(vec!["competition".to_owned(), cents(order.competition)]);
    write::table(&[&format!("order {}", order.order), currency], &[1], rows)?;
    packages(&order.packages)?;
    if let Some(other) = &order.runner_up {
        runner_up(other)?;
    }
    removed(order)?;
    if let Some(short) = &order.short {
        self::short(short, order)?;
    }
    if !order.proven {
        write::line("not all of this is proven: the order is too large")?;
    }
    Ok(())
}

fn packages(packages: &[PackageExplained]) -> Result<(), CliError> {
    if packages.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::new();
    let mut units = Vec::new();
    for package in packages {
        rows.push(vec![
            package.node.clone(),
            package.days.to_string(),
            cents(package.package_cost),
            cents(package.weight_cost),
            cents(package.handling_cost),
            cents(package.opportunity_cost),
            cents(package.cost),
        ]);
        units.extend(package.units.iter().map(|part| {
            let saves = part.one_more.map_or("-".to_owned(), one_more);
            vec![package.node.clone(), part.sku.clone(), part.units.to_string(), saves]
        }));
    }
    write::line("")?;
    let head = ["from", "days", "package", "weight", "handling", "opportunity", "cost"];
    write::table(&head, &[1, 2, 3, 4, 5, 6], rows)?;
    write::line("")?;
    write::table(&["from", "SKU", "units", "one more saves"], &[2, 3], units)
}

fn one_more(more: OneMore) -> String {
    format!("{}{}", if more.proven { "" } else { "about " }, cents(more.saves))
}

fn runner_up(other: &RunnerUp) -> Result<(), CliError> {
    write::line("")?;
    let takes = other.takes.iter();
    let takes = takes.map(|take| format!("{} {} from {}", take.units, take.sku, take.node));
    let takes: Vec<String> = takes.collect();
    let takes = if takes.is_empty() { "nothing".to_owned() } else { takes.join(", ") };
    let (cost, margin) = (cents(other.cost), cents(other.margin));
    write::line(&format!("runner-up without {}: {takes}: {cost}, {margin} more", other.without))
}

fn removed(order: &OrderExplained) -> Result<(), CliError> {
    if order.removed.is_empty() {
        return Ok(());
    }
    write::line("")?;
    let rows = order.removed.iter().take(SHOWN);
    let rows = rows.map(|row| {
        let by = row.by.as_ref().map_or(String::new(), |id| format!(" by {id}"));
        vec![row.node.clone(), row.sku.clone(), format!("{}{by}", row.rule)]
    });
    write::table(&["removed", "SKU", "rule"], &[], rows.collect())?;
    match order.removed.len().saturating_sub(SHOWN) + order.removed_more {
        0 => Ok(()),
        more => write::line(&format!("and {more} more")),
    }
}

fn short(short: &OrderShort, order: &OrderExplained) -> Result<(), CliError> {
    write::line("")?;
    let rows = order.unfilled.iter();
    let rows = rows.map(|row| vec![row.sku.clone(), row.units.to_string(), cents(row.cost)]);
    write::table(&["unfilled", "units", "cost"], &[1, 2], rows.collect())?;
    let told = match short.rules.as_deref() {
        None => "no lane leads there, whatever the rules".to_owned(),
        Some([]) => "a better plan would fill it".to_owned(),
        Some(rules) => format!("all would be filled without {}", rules.join(", ")),
    };
    write::line(&told)
}
