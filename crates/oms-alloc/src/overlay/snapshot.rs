//! An overlay over a snapshot: a tighter snapshot, and what packages weigh beyond it.

use std::collections::{BTreeMap, BTreeSet};

use oms_core::decision::Choice;
use oms_core::sourcing::{ExcludedRow, OrderRow, PoolRow, SourcingSnapshot, StockRow};
use oms_core::words::{LocationId, OrderId, PoolId, Qty, ReasonId, Sku};

use super::{Does, Laid, Names, Overlay, OverlayRule, Weigh};

impl Overlay {
    /// Lays the overlay on a snapshot: the same one, but tighter.
    ///
    /// What is forbidden, or pinned elsewhere, becomes an exclusion, whose reason is `rule.forbidden` or `rule.pinned`,
    /// a colon and the id of the rule. Units that are held back are not available; what the pool may claim falls with
    /// them, ats first, then fences in the order of their channels, then ats below zero. A rule with regions counts for
    /// an order's SKU if units of it go to one of them. Weights are no matter of a snapshot.
    ///
    /// # Law
    /// A plan that passes on the tighter snapshot passes on the first one.
    ///
    /// # Example
    /// ```
    /// use oms_alloc::Overlay;
    /// use oms_core::sourcing::SourcingSnapshot;
    /// use oms_core::words::{Currency, Timestamp};
    ///
    /// let snapshot = SourcingSnapshot::new(42, Timestamp::MIN, Currency::new("USD")?);
    /// assert_eq!(Overlay::empty().lay_on(&snapshot), snapshot);
    /// # Ok::<(), oms_core::words::WordError>(())
    /// ```
    #[must_use]
    pub fn lay_on(&self, snapshot: &SourcingSnapshot) -> SourcingSnapshot {
        let mut tighter = snapshot.clone();
        if self.is_empty() {
            return tighter;
        }
        let names = names_of(snapshot);
        let laid = Laid::new(self, &names);
        let mut holders: BTreeMap<&Sku, Vec<&LocationId>> = BTreeMap::new();
        for row in snapshot.stock.iter().filter(|row| row.available > 0) {
            holders.entry(&row.sku).or_default().push(&row.node);
        }
        for order in &mut tighter.orders {
            exclude(order, &laid, &names, &holders);
        }
        let pool_of: BTreeMap<&LocationId, &PoolId> =
            snapshot.nodes.iter().map(|node| (&node.id, &node.pool)).collect();
        let mut lowered: BTreeMap<(PoolId, Sku), i64> = BTreeMap::new();
        for row in &mut tighter.stock {
            let units = hold_back(row, &laid, &names);
            if let Some(pool) = pool_of.get(&row.node).filter(|_| units > 0) {
                let sum = lowered.entry((PoolId::clone(pool), row.sku.clone())).or_insert(0);
                *sum = sum.saturating_add(units);
            }
        }
        for pool in &mut tighter.pools {
            if let Some(units) = lowered.remove(&(pool.pool.clone(), pool.sku.clone())) {
                lower(pool, units);
            }
        }
        tighter
    }
}

fn names_of(snapshot: &SourcingSnapshot) -> Names<'_> {
    let nodes = snapshot.nodes.iter().map(|node| node.id.as_str());
    Names::new(nodes, snapshot.items.iter().map(|item| item.sku.as_str()))
}

/// Excludes the holders of an order's SKUs that rules take out. What is excluded already stays as it is told.
fn exclude(
    order: &mut OrderRow,
    laid: &Laid<'_>,
    names: &Names<'_>,
    holders: &BTreeMap<&Sku, Vec<&LocationId>>,
) {
    let on = laid.on(order.id.as_str());
    if on.is_empty() {
        return;
    }
    let mut regions: BTreeMap<&Sku, Vec<&str>> = BTreeMap::new();
    for line in &order.lines {
        let group = order.groups.iter().find(|group| group.id == line.group);
        let region = group.map_or("", |group| group.destination.region.as_str());
        regions.entry(&line.sku).or_default().push(region);
    }
    let mut more = Vec::new();
    for (sku, regions) in &regions {
        for node in holders.get(sku).map_or(&[][..], Vec::as_slice) {
            let numbers = names.node(node.as_str()).zip(names.sku(sku.as_str()));
            let removal = numbers.and_then(|(node, sku)| on.removes(node, sku, regions));
            let Some(removal) = removal else { continue };
            let is_excluded = |row: &ExcludedRow| row.sku == **sku && row.node == **node;
            if !order.excluded.iter().any(is_excluded) {
                more.push(ExcludedRow {
                    sku: Sku::clone(sku),
                    node: LocationId::clone(node),
                    reason: ReasonId::new(format!("{}:{}", removal.code, removal.rule)).ok(),
                    until: None,
                });
            }
        }
    }
    order.excluded.extend(more);
}

/// Lowers a row of stock by what is held back; gives by how much.
fn hold_back(row: &mut StockRow, laid: &Laid<'_>, names: &Names<'_>) -> i64 {
    let place = names.node(row.node.as_str()).zip(names.sku(row.sku.as_str()));
    let held = place.and_then(|(node, sku)| laid.held_back(node, sku));
    let units = held.map_or(0, |held| i64::try_from(held.units).unwrap_or(i64::MAX));
    let units = units.min(row.available).max(0);
    row.available -= units;
    units
}

/// LAW: fences give way before ats falls below zero.
fn lower(pool: &mut PoolRow, units: i64) {
    let from_ats = units.min(pool.ats).max(0);
    pool.ats -= from_ats;
    let mut left = units - from_ats;
    pool.fenced.sort_by(|a, b| a.channel.cmp(&b.channel));
    for fence in &mut pool.fenced {
        let from_fence = left.min(fence.qty.as_i64());
        left -= from_fence;
        let kept = u64::try_from(fence.qty.as_i64() - from_fence).unwrap_or(0);
        fence.qty = Qty::new(kept).unwrap_or(fence.qty);
    }
    pool.ats = pool.ats.saturating_sub(left);
}

/// What packages of a snapshot weigh beyond their costs.
pub(crate) struct Weigher<'a> {
    laid: Laid<'a>,
    names: Names<'a>,
    orders: BTreeMap<&'a OrderId, &'a OrderRow>,
}

impl<'a> Weigher<'a> {
    /// Makes one, if the overlay weighs something of the snapshot.
    pub(crate) fn new(overlay: &'a Overlay, snapshot: &'a SourcingSnapshot) -> Option<Self> {
        let names = overlay.weighs().then(|| names_of(snapshot))?;
        if !overlay.rules().iter().any(|rule| weighs_in(rule, &names, snapshot)) {
            return None;
        }
        let orders = snapshot.orders.iter().map(|order| (&order.id, order)).collect();
        Some(Self { laid: Laid::new(overlay, &names), names, orders })
    }

    /// What a package of an order weighs more; below zero: less.
    pub(crate) fn weight(&self, order: &OrderId, package: &Choice) -> i64 {
        let row = self.orders.get(order);
        let group = row.and_then(|row| row.groups.iter().find(|row| row.id == package.group));
        let node = self.names.node(package.node.as_str());
        group.zip(node).map_or(0, |(group, node)| {
            self.laid.on(order.as_str()).weight(node, group.destination.region.as_str())
        })
    }
}

/// Whether a rule weighs, and each of its lists names something of a snapshot.
fn weighs_in(rule: &OverlayRule, names: &Names<'_>, snapshot: &SourcingSnapshot) -> bool {
    let (Does::Avoid(Weigh { scope, .. }) | Does::Prefer(Weigh { scope, .. })) = &rule.does else {
        return false;
    };
    let is_node = |ids: &BTreeSet<String>| ids.iter().any(|id| names.node(id).is_some());
    let is_order = |ids: &BTreeSet<String>| {
        snapshot.orders.iter().any(|order| ids.contains(order.id.as_str()))
    };
    let is_region = |ids: &BTreeSet<String>| {
        let mut groups = snapshot.orders.iter().flat_map(|order| &order.groups);
        groups.any(|group| ids.contains(group.destination.region.as_str()))
    };
    scope.nodes.as_ref().is_none_or(is_node)
        && scope.orders.as_ref().is_none_or(is_order)
        && scope.regions.as_ref().is_none_or(is_region)
}
