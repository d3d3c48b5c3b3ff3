//! What the units of a package are worth to all orders together, told in its record: the price of what is scarce.

use std::borrow::Cow;
use std::collections::BTreeMap;

use oms_core::decision::{Amount, Driver};
use oms_core::sourcing::{Plan, SnapshotIndex, Unplanned, WORTH_SCARCE};

use super::translate::Translation;
use crate::wave::Outcome;

/// Adds a driver to each package with units of which one more would save something at the prices that prove the
/// wave's bound.
pub(super) fn tell_scarce(
    plan: &mut Plan,
    index: &SnapshotIndex<'_>,
    translation: &Translation,
    outcome: &Outcome,
) -> Result<(), Unplanned> {
    let nodes: BTreeMap<_, _> =
        index.nodes().iter().enumerate().map(|(at, node)| (&node.row.id, at)).collect();
    let price = |sku: usize, node: usize| {
        let rows = index.stock_of(sku);
        let at = index.stock()[rows.clone()].binary_search_by_key(&node, |row| row.node).ok()?;
        outcome.price_minor(&translation.problem, translation.stock[rows.start + at])
    };
    for order in index.orders() {
        let Some(record) = plan.records.get_mut(&order.row.id) else { continue };
        let skus: BTreeMap<_, _> =
            order.lines.iter().map(|line| (&line.row.id, line.sku)).collect();
        for choice in &mut record.chosen {
            let Some(&node) = nodes.get(&choice.node) else { continue };
            let worth = choice.units.iter().map(|units| {
                let sku = skus.get(&units.line);
                let price = sku.and_then(|sku| price(*sku, node)).unwrap_or(0);
                i128::from(price).saturating_mul(i128::from(units.qty.get()))
            });
            let worth = worth.fold(0_i128, i128::saturating_add);
            if worth > 0 {
                let amount = Amount::Money(index.money(worth, node)?);
                choice.drivers.push(Driver { code: Cow::Borrowed(WORTH_SCARCE), amount });
            }
        }
    }
    Ok(())
}
