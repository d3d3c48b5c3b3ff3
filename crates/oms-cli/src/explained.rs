//! `oms allocate --explain`: why one order of a wave is served as it is, for people.

use oms::alloc::{OneMore, OrderExplained, OrderShort, PackageExplained, RunnerUp};

use crate::allocate::{beside, cents, kilograms, parts};
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
    rows.extend(beside(&order.bill));
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

/// A figure of packages: its name, whether it is shown, and how it is read.
type Column = (&'static str, bool, fn(&PackageExplained) -> String);

fn packages(packages: &[PackageExplained]) -> Result<(), CliError> {
    if packages.is_empty() {
        return Ok(());
    }
    let mut units = Vec::new();
    for package in packages {
        units.extend(package.units.iter().map(|part| {
            let saves = part.one_more.map_or("-".to_owned(), one_more);
            vec![package.node.clone(), part.sku.clone(), part.units.to_string(), saves]
        }));
    }
    // Figures that no package has are no column.
    let has = |of: fn(&PackageExplained) -> bool| packages.iter().any(of);
    let columns: [Column; 10] = [
        ("days", true, |it| it.days.to_string()),
        ("package", true, |it| cents(it.package_cost)),
        ("weight", true, |it| cents(it.weight_cost)),
        ("handling", true, |it| cents(it.handling_cost)),
        ("opportunity", true, |it| cents(it.opportunity_cost)),
        ("cost", true, |it| cents(it.cost)),
        ("days late", has(|it| it.late_days > 0), |it| it.late_days.to_string()),
        ("CO2e kg", has(|it| it.carbon_g > 0), |it| kilograms(it.carbon_g)),
        ("markdown saved", has(|it| it.markdown_saved != 0), |it| cents(it.markdown_saved)),
        ("weighed", has(|it| it.weighed.sum() != 0), |it| cents(it.weighed.sum())),
    ];
    let shown: Vec<Column> = columns.into_iter().filter(|(_, shown, _)| *shown).collect();
    let row = |it: &PackageExplained| {
        let figures = shown.iter().map(|(_, _, figure)| figure(it));
        std::iter::once(it.node.clone()).chain(figures).collect()
    };
    write::line("")?;
    let head: Vec<&str> = std::iter::once("from").chain(shown.iter().map(|it| it.0)).collect();
    let numbers: Vec<usize> = (1..head.len()).collect();
    write::table(&head, &numbers, packages.iter().map(row).collect())?;
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
        let lacks = row.lacks.as_ref().map_or(String::new(), |sku| format!(", lacks {sku}"));
        vec![row.node.clone(), row.sku.clone(), format!("{}{by}{lacks}", row.rule)]
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
