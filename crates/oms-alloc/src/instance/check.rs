//! Proving an instance: every index and every number.

use std::collections::BTreeSet;

use super::{BadInstance, Instance};
use crate::problem::check_bundles;

impl Instance {
    /// Checks every index and every number.
    ///
    /// # Errors
    /// [`BadInstance::BadEntry`] for the first entry that is wrong.
    pub fn check(&self) -> Result<(), BadInstance> {
        if self.version != 1 {
            return Err(bad("version", 0, "itself", self.version, "1"));
        }
        unique("nodes", self.nodes.iter().map(|node| node.id.as_str()))?;
        unique("skus", self.skus.iter().map(|sku| sku.id.as_str()))?;
        unique("orders", self.orders.iter().map(|order| order.id.as_str()))?;
        for (index, node) in self.nodes.iter().enumerate() {
            let handling = node.handling;
            within("nodes", index, "handling", handling, -MOST_CENTS..=MOST_CENTS)?;
        }
        for (index, sku) in self.skus.iter().enumerate() {
            within("skus", index, "weight_g", sku.weight_g, 0..=MOST_GRAMS)?;
        }
        self.check_lanes()?;
        self.check_stock()?;
        self.check_carbon()?;
        self.check_rows("markdown", self.markdown.iter().map(|row| (row.0, row.1)))?;
        self.check_rows("lots", self.lots.iter().map(|row| (row.0, row.1)))?;
        for (index, row) in self.markdown.iter().enumerate() {
            within("markdown", index, "its cents", row.2, 0..=MOST_CENTS)?;
        }
        for (index, order) in self.orders.iter().enumerate() {
            below("orders", index, "region", order.region, self.regions as usize)?;
            let mut wanted = BTreeSet::new();
            for &(sku, _, penalty) in &order.lines {
                below("orders", index, "a line's SKU", sku, self.skus.len())?;
                within("orders", index, "a line's penalty", penalty, 0..=MOST_CENTS)?;
                if !wanted.insert(sku) {
                    let expected = "each SKU in one line of an order";
                    return Err(bad("orders", index, "a line's SKU", sku, expected));
                }
            }
            let wanted: Vec<u32> = order.lines.iter().map(|line| line.1).collect();
            check_bundles(&order.bundles, &wanted)
                .map_err(|it| bad("orders", index, it.field, it.found, it.expected))?;
        }
        Ok(())
    }

    fn check_lanes(&self) -> Result<(), BadInstance> {
        if self.lanes.len() != self.nodes.len() {
            let expected = format!("{} rows, one per node", self.nodes.len());
            return Err(bad("lanes", self.lanes.len(), "its length", self.lanes.len(), expected));
        }
        for (index, row) in self.lanes.iter().enumerate() {
            if row.len() != self.regions as usize {
                let expected = format!("{}, one per region", self.regions);
                return Err(bad("lanes", index, "its length", row.len(), expected));
            }
            for (fixed, per_kg, _) in row.iter().flatten() {
                within("lanes", index, "the cost of a package", *fixed, 0..=MOST_CENTS)?;
                let most = MOST_CENTS / MOST_GRAMS * 1_000;
                within("lanes", index, "the cost of a kilogram", *per_kg, -most..=most)?;
            }
        }
        Ok(())
    }

    fn check_stock(&self) -> Result<(), BadInstance> {
        self.check_rows("stock", self.stock.iter().map(|row| (row.0, row.1)))?;
        for (index, row) in self.stock.iter().enumerate() {
            within("stock", index, "its opportunity cost", row.3, -MOST_CENTS..=MOST_CENTS)?;
        }
        Ok(())
    }

    /// Rows of nodes and SKUs, each pair once.
    fn check_rows(
        &self,
        array: &'static str,
        rows: impl Iterator<Item = (u32, u32)>,
    ) -> Result<(), BadInstance> {
        let mut seen = BTreeSet::new();
        for (index, (node, sku)) in rows.enumerate() {
            below(array, index, "its node", node, self.nodes.len())?;
            below(array, index, "its SKU", sku, self.skus.len())?;
            if !seen.insert((node, sku)) {
                let found = format!("{node}, {sku} again");
                return Err(bad(array, index, "itself", found, "each node and SKU once"));
            }
        }
        Ok(())
    }

    /// A package of unknown grams would pass for a clean one, so that all are known or none.
    fn check_carbon(&self) -> Result<(), BadInstance> {
        if !self.carbon.is_empty() && self.carbon.len() != self.nodes.len() {
            let (found, nodes) = (self.carbon.len(), self.nodes.len());
            let expected = format!("{nodes} rows, one per node, or none");
            return Err(bad("carbon", found, "its length", found, expected));
        }
        for (index, (row, lanes)) in self.carbon.iter().zip(&self.lanes).enumerate() {
            if row.len() != lanes.len() {
                let expected = format!("{}, one per region", lanes.len());
                return Err(bad("carbon", index, "its length", row.len(), expected));
            }
            let unknown =
                row.iter().zip(lanes).position(|(grams, lane)| grams.is_none() && lane.is_some());
            if let Some(region) = unknown {
                let expected = format!("grams, as a lane leads to region {region}");
                return Err(bad("carbon", index, "the grams of a package", "null", expected));
            }
        }
        Ok(())
    }
}

fn bad(
    array: &'static str,
    index: usize,
    field: &'static str,
    found: impl std::fmt::Display,
    expected: impl Into<String>,
) -> BadInstance {
    BadInstance::BadEntry {
        array,
        index,
        field,
        found: found.to_string(),
        expected: expected.into(),
    }
}

/// The largest cost of one kind in a file, in cents.
const MOST_CENTS: i64 = 1 << 38;
/// The heaviest unit, in grams.
const MOST_GRAMS: i64 = 1 << 24;

fn unique<'i>(array: &'static str, ids: impl Iterator<Item = &'i str>) -> Result<(), BadInstance> {
    let mut seen = BTreeSet::new();
    for (index, id) in ids.enumerate() {
        if !seen.insert(id) {
            return Err(bad(array, index, "id", format!("`{id}` again"), "each id once"));
        }
    }
    Ok(())
}

fn below(
    array: &'static str,
    index: usize,
    field: &'static str,
    found: u32,
    count: usize,
) -> Result<(), BadInstance> {
    if (found as usize) < count {
        return Ok(());
    }
    Err(bad(array, index, field, found, format!("an index below {count}")))
}

fn within(
    array: &'static str,
    index: usize,
    field: &'static str,
    found: i64,
    range: std::ops::RangeInclusive<i64>,
) -> Result<(), BadInstance> {
    if range.contains(&found) {
        return Ok(());
    }
    Err(bad(array, index, field, found, format!("{} to {}", range.start(), range.end())))
}
