//! Why units stay unfilled, as far as a plan by itself tells.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Clerk;
use crate::problem::Bundle;

/// Why a unit stays unfilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub enum Unfilled {
    /// No node has any.
    #[serde(rename = "short.no_stock")]
    NoStock,
    /// Nodes have some, but none that may serve the order: lane, deadline, equipment or the life of the lot.
    #[serde(rename = "short.nodes_removed")]
    NodesRemoved,
    /// Shipping it alone costs no less than leaving it.
    #[serde(rename = "short.too_dear")]
    TooDear,
    /// The order ships complete or not at all.
    #[serde(rename = "short.not_complete")]
    NotComplete,
    /// The order allows no further package.
    #[serde(rename = "short.packages")]
    Packages,
    /// A bundle leaves whole or not at all, and no node that may serve the order has all of one.
    #[serde(rename = "short.bundle")]
    Bundle,
    /// Others get what there is, or the node has no capacity left.
    #[serde(rename = "short.taken_first")]
    TakenFirst,
}

impl Unfilled {
    /// Gives the stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoStock => "short.no_stock",
            Self::NodesRemoved => "short.nodes_removed",
            Self::TooDear => "short.too_dear",
            Self::NotComplete => "short.not_complete",
            Self::Packages => "short.packages",
            Self::Bundle => "short.bundle",
            Self::TakenFirst => "short.taken_first",
        }
    }
}

/// Nodes that have units of a SKU, and how many, by SKU.
pub(super) type Holders = BTreeMap<u32, Vec<(u32, u32)>>;

/// What one bundle costs from each node that has it and may serve the order, its package apart; and what it costs to
/// leave it.
pub(super) type Whole = (Vec<(u32, i64)>, i64);

impl Clerk<'_> {
    /// Why units of a line stay unfilled. What is found out about bundles of the order is kept, by bundle.
    pub(super) fn why(
        &self,
        (number, line): (u32, usize),
        holders: &Holders,
        packages: usize,
        whole: &mut BTreeMap<usize, Whole>,
    ) -> Unfilled {
        let order = &self.instance.orders[number as usize];
        if !holders.contains_key(&order.lines[line].0) {
            return Unfilled::NoStock;
        }
        let alone = (self.ways(number, (line, 1), holders), order.lines[line].2);
        if alone.0.is_empty() {
            return Unfilled::NodesRemoved;
        }
        let holds = |bundle: &Bundle| bundle.lines.iter().any(|of| *of as usize == line);
        let (ways, worth) = match order.bundles.iter().position(holds) {
            None => &alone,
            Some(at) => whole.entry(at).or_insert_with(|| self.whole(number, at, holders)),
        };
        let fixed = |node| self.lane(number, node).map_or(0, |lane| lane.0);
        if ways.is_empty() {
            Unfilled::Bundle
        } else if order.complete {
            Unfilled::NotComplete
        } else if order.splits.is_some_and(|most| packages >= most as usize) {
            Unfilled::Packages
        } else if ways.iter().all(|(node, cost)| fixed(*node).saturating_add(*cost) >= *worth) {
            Unfilled::TooDear
        } else {
            Unfilled::TakenFirst
        }
    }

    fn whole(&self, number: u32, bundle: usize, holders: &Holders) -> Whole {
        let order = &self.instance.orders[number as usize];
        let Bundle { units, lines } = &order.bundles[bundle];
        let mut costs: Option<BTreeMap<u32, i64>> = None;
        let mut worth = 0_i64;
        for line in lines {
            let (_, wanted, penalty) = order.lines[*line as usize];
            let each = wanted / (*units).max(1);
            worth = worth.saturating_add(penalty.saturating_mul(i64::from(each)));
            let ways = self.ways(number, (*line as usize, each), holders).into_iter();
            costs = Some(match costs {
                None => ways.collect(),
                Some(costs) => ways
                    .filter_map(|(node, cost)| Some((node, costs.get(&node)?.saturating_add(cost))))
                    .collect(),
            });
        }
        (costs.into_iter().flatten().collect(), worth)
    }

    /// Nodes that have so many units of a line, whoever gets them, and may serve the order with them; and what these
    /// cost there, the package apart.
    fn ways(&self, number: u32, (line, units): (usize, u32), holders: &Holders) -> Vec<(u32, i64)> {
        let order = &self.instance.orders[number as usize];
        let sku = order.lines[line].0;
        let row = &self.instance.skus[sku as usize];
        let (on, region) = (self.laid.on(&order.id), order.region.to_string());
        let way = |&(node, there): &(u32, u32)| {
            let place = &self.instance.nodes[node as usize];
            let held_back = self.laid.held_back(node, sku).map_or(0, |held| held.units);
            let is_there = u64::from(there) >= held_back.saturating_add(u64::from(units));
            let may = row.needs.iter().all(|need| place.can.contains(need))
                && on.removes(node, sku, &[&region]).is_none()
                && !self.is_too_old(number, node, sku);
            let (_, per_kg, _) = self.lane(number, node).filter(|_| is_there && may)?;
            let hold = self.stock.get(&(node, sku)).map_or(0, |left| left.1);
            let unit = (row.weight_g * per_kg + 500).div_euclid(1_000) + place.handling + hold;
            Some((node, unit.saturating_mul(i64::from(units))))
        };
        holders.get(&sku).into_iter().flatten().filter_map(way).collect()
    }
}
