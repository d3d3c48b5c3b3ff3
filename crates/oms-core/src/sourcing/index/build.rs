//! Numbering the rows of a snapshot, and proving on the way that it does not contradict itself.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::cost::{Minor, fits, micro};
use super::super::plan::Unplanned;
use super::super::snapshot::{LineRow, OrderRow, SourcingSnapshot};
use super::{
    ChannelIndex, ClaimIndex, FenceIndex, GroupIndex, LaneIndex, LineIndex, NodeIndex, OrderIndex,
    SnapshotIndex, StockIndex, cost_of,
};
use crate::words::{ChannelId, LocationId, PoolId, Qty, RegionId, ServiceId, Sku};

const DAY_MS: i64 = 86_400_000;

impl<'a> SnapshotIndex<'a> {
    /// Numbers the rows of a snapshot.
    ///
    /// # Errors
    /// [`Unplanned`] names the array and the position of the first row that repeats another, names
    /// something unknown, or holds a cost beyond all reckoning.
    pub fn new(snapshot: &'a SourcingSnapshot) -> Result<Self, Unplanned> {
        let minor = Minor::of(snapshot.currency);
        let skus = numbers("items", &snapshot.items, |row| &row.sku)?;
        let node_numbers = numbers("nodes", &snapshot.nodes, |row| &row.id)?;
        let channel_numbers = numbers("channels", &snapshot.channels, |row| &row.id)?;
        let pools = pool_numbers(snapshot);
        let mut index = Self {
            snapshot,
            minor,
            nodes: index_nodes(snapshot, &pools, minor),
            items: sorted(&snapshot.items, |row| &row.sku),
            pools: pools.keys().copied().collect(),
            channels: index_channels(snapshot, &pools),
            stock: Vec::new(),
            stock_starts: Vec::new(),
            claims: Vec::new(),
            fences: Vec::new(),
            lanes: Vec::new(),
            reaches: Vec::new(),
            orders: Vec::new(),
        };
        let claim_numbers = index.add_claims(&skus, &pools, &channel_numbers)?;
        index.add_stock(&skus, &node_numbers, &claim_numbers)?;
        let lane_ranges = index.add_lanes()?;
        index.add_orders(&skus, &pools, &channel_numbers, &lane_ranges)?;
        Ok(index)
    }

    fn add_claims(
        &mut self,
        skus: &BTreeMap<&Sku, usize>,
        pools: &BTreeMap<&PoolId, usize>,
        channels: &BTreeMap<&ChannelId, usize>,
    ) -> Result<BTreeMap<(usize, usize), usize>, Unplanned> {
        let mut numbers = BTreeMap::new();
        for (at, row) in self.snapshot.pools.iter().enumerate() {
            let sku = known("pools", at, "SKU", skus, &row.sku)?;
            let pool = known("pools", at, "pool", pools, &row.pool)?;
            let start = self.fences.len();
            for fence in &row.fenced {
                // A fence of a channel without orders binds nobody here, but keeps its units.
                if let Some(channel) = channels.get(&fence.channel) {
                    self.fences.push(FenceIndex { channel: *channel, qty: fence.qty.get() });
                }
            }
            let ats = u64::try_from(row.ats).unwrap_or(0);
            let fences = start..self.fences.len();
            if numbers.insert((sku, pool), self.claims.len()).is_some() {
                return Err(repeated("pools", at, format!("{} {}", row.pool, row.sku)));
            }
            self.claims.push(ClaimIndex { ats, fences });
        }
        Ok(numbers)
    }

    fn add_stock(
        &mut self,
        skus: &BTreeMap<&Sku, usize>,
        nodes: &BTreeMap<&LocationId, usize>,
        claims: &BTreeMap<(usize, usize), usize>,
    ) -> Result<(), Unplanned> {
        let mut rows = Vec::with_capacity(self.snapshot.stock.len());
        for (at, row) in self.snapshot.stock.iter().enumerate() {
            let sku = known("stock", at, "SKU", skus, &row.sku)?;
            let node = known("stock", at, "node", nodes, &row.node)?;
            rows.push((sku, node, at, u64::try_from(row.available).unwrap_or(0)));
        }
        rows.sort_unstable();
        for pair in rows.windows(2) {
            if let [(sku, node, ..), (next_sku, next_node, at, _)] = pair
                && (sku, node) == (next_sku, next_node)
                && let Some(row) = self.snapshot.stock.get(*at)
            {
                return Err(repeated("stock", *at, format!("{} {}", row.node, row.sku)));
            }
        }
        for (sku, node, _, available) in rows {
            while self.stock_starts.len() <= sku {
                self.stock_starts.push(self.stock.len());
            }
            let pool = self.nodes.get(node).map_or(0, |n| n.pool);
            let claim = claims.get(&(sku, pool)).copied();
            self.stock.push(StockIndex { node, available, claim });
        }
        while self.stock_starts.len() <= self.items.len() {
            self.stock_starts.push(self.stock.len());
        }
        Ok(())
    }

    /// Adds the lanes sorted by (node, region, service) and tells where each of these begins.
    fn add_lanes(&mut self) -> Result<LaneRanges<'a>, Unplanned> {
        let heaviest_g = self.items.iter().map(|item| item.weight_g).max().unwrap_or(0);
        let mut ranges = LaneRanges::default();
        for node in &self.nodes {
            let mut rows: Vec<_> = node.row.lanes.iter().collect();
            rows.sort_by(|a, b| (&a.to, &a.service, a.days).cmp(&(&b.to, &b.service, b.days)));
            let mut of_node: Vec<(&'a RegionId, &'a ServiceId, usize)> = Vec::new();
            for row in rows {
                let micro_per_kg = micro(row.cost_per_kg);
                if !fits(self.minor, micro_per_kg, heaviest_g) {
                    return Err(Unplanned::Absurd {
                        what: cost_of(node),
                        detail: format!("{heaviest_g} g at {} per kg", row.cost_per_kg),
                    });
                }
                of_node.push((&row.to, &row.service, self.lanes.len()));
                let currency = self.snapshot.currency;
                self.lanes.push(LaneIndex {
                    fixed_minor: self.minor.round(micro(row.cost_fixed)),
                    micro_per_kg,
                    days: row.days,
                    comparable: row.cost_fixed.currency() == currency
                        && row.cost_per_kg.currency() == currency
                        && node.handling_minor.is_some(),
                });
            }
            ranges.nodes.push(of_node);
        }
        Ok(ranges)
    }

    fn add_orders(
        &mut self,
        skus: &BTreeMap<&Sku, usize>,
        pools: &BTreeMap<&PoolId, usize>,
        channels: &BTreeMap<&ChannelId, usize>,
        lanes: &LaneRanges<'a>,
    ) -> Result<(), Unplanned> {
        let orders = &self.snapshot.orders;
        numbers("orders", orders, |row| &row.id)?;
        let mut reaches: BTreeMap<(&'a RegionId, Option<&'a ServiceId>), usize> = BTreeMap::new();
        for (at, row) in orders.iter().enumerate() {
            let channel = known("orders", at, "channel", channels, &row.channel)?;
            let group_numbers = numbers_in(at, "orders.groups", &row.groups, |group| &group.id)?;
            numbers_in(at, "orders.lines", &row.lines, |line| &line.id)?;
            let mut groups = Vec::with_capacity(row.groups.len());
            for group in sorted(&row.groups, |group| &group.id) {
                let key = (&group.destination.region, group.service.as_ref());
                let reach = *reaches.entry(key).or_insert_with(|| {
                    self.reaches.push(lanes.reach(key.0, key.1));
                    self.reaches.len().saturating_sub(1)
                });
                let latest_days = group.deadline.map_or(i64::MAX, |deadline| {
                    deadline.ms().saturating_sub(self.snapshot.at.ms()).div_euclid(DAY_MS)
                });
                groups.push(GroupIndex { row: group, latest_days, reach });
            }
            let mut lines = Vec::with_capacity(row.lines.len());
            for line in sorted(&row.lines, |line| &line.id) {
                let sku = known("orders.lines", at, "SKU", skus, &line.sku)?;
                let group = known("orders.lines", at, "group", &group_numbers, &line.group)?;
                let reserved = sum_reserved(line, pools);
                if line.wanted() > Qty::MAX.get() {
                    return Err(Unplanned::Absurd {
                        what: format!("line `{}` of order `{}`", line.id, row.id),
                        detail: format!("{} units", line.wanted()),
                    });
                }
                lines.push(LineIndex { row: line, sku, group, wanted: line.wanted(), reserved });
            }
            self.orders.push(OrderIndex { row, channel, groups, lines });
        }
        self.orders.sort_by(|a, b| serve_key(a.row).cmp(&serve_key(b.row)));
        Ok(())
    }
}

/// Where the lanes of each node begin and end, by region and service.
#[derive(Default)]
struct LaneRanges<'a> {
    /// Per node: (region, service, number of the lane), sorted.
    nodes: Vec<Vec<(&'a RegionId, &'a ServiceId, usize)>>,
}

impl LaneRanges<'_> {
    fn reach(&self, region: &RegionId, service: Option<&ServiceId>) -> Vec<Range<usize>> {
        self.nodes
            .iter()
            .map(|lanes| {
                let (start, end) = match service {
                    Some(service) => (
                        lanes.partition_point(|lane| (lane.0, lane.1) < (region, service)),
                        lanes.partition_point(|lane| (lane.0, lane.1) <= (region, service)),
                    ),
                    None => (
                        lanes.partition_point(|lane| lane.0 < region),
                        lanes.partition_point(|lane| lane.0 <= region),
                    ),
                };
                match lanes.get(start) {
                    Some(first) if start < end => {
                        first.2..first.2.saturating_add(end.saturating_sub(start))
                    }
                    _ => 0..0,
                }
            })
            .collect()
    }
}

/// Orders are served by this key: higher priority first, then earlier placed, then lower id.
fn serve_key(row: &OrderRow) -> impl Ord + '_ {
    (std::cmp::Reverse(row.priority), row.placed_at, &row.id)
}

fn index_nodes<'a>(
    snapshot: &'a SourcingSnapshot,
    pools: &BTreeMap<&PoolId, usize>,
    minor: Minor,
) -> Vec<NodeIndex<'a>> {
    sorted(&snapshot.nodes, |row| &row.id)
        .into_iter()
        .map(|row| NodeIndex {
            row,
            pool: pools.get(&row.pool).copied().unwrap_or(0),
            handling_minor: match row.handling_cost {
                None => Some(0),
                Some(cost) if cost.currency() == snapshot.currency => {
                    Some(minor.round(micro(cost)))
                }
                Some(_) => None,
            },
        })
        .collect()
}

fn index_channels(
    snapshot: &SourcingSnapshot,
    pools: &BTreeMap<&PoolId, usize>,
) -> Vec<ChannelIndex> {
    sorted(&snapshot.channels, |row| &row.id)
        .into_iter()
        .map(|row| {
            let mut sells = vec![false; pools.len()];
            for pool in row.pools.iter().filter_map(|id| pools.get(id)) {
                if let Some(sold) = sells.get_mut(*pool) {
                    *sold = true;
                }
            }
            ChannelIndex { sells }
        })
        .collect()
}

/// Numbers every pool that any row names.
fn pool_numbers(snapshot: &SourcingSnapshot) -> BTreeMap<&PoolId, usize> {
    let of_nodes = snapshot.nodes.iter().map(|row| &row.pool);
    let of_channels = snapshot.channels.iter().flat_map(|row| &row.pools);
    let of_claims = snapshot.pools.iter().map(|row| &row.pool);
    let lines = snapshot.orders.iter().flat_map(|order| &order.lines);
    let of_lines = lines.flat_map(|line| &line.reserved).map(|row| &row.pool);
    let mut pools: BTreeMap<&PoolId, usize> =
        of_nodes.chain(of_channels).chain(of_claims).chain(of_lines).map(|id| (id, 0)).collect();
    for (number, place) in pools.values_mut().enumerate() {
        *place = number;
    }
    pools
}

fn sum_reserved(line: &LineRow, pools: &BTreeMap<&PoolId, usize>) -> Vec<(usize, u64)> {
    let mut sums: BTreeMap<usize, u64> = BTreeMap::new();
    for row in &line.reserved {
        if let Some(pool) = pools.get(&row.pool) {
            let sum = sums.entry(*pool).or_insert(0);
            *sum = sum.saturating_add(row.qty.get());
        }
    }
    sums.into_iter().collect()
}

fn sorted<T, K: Ord>(rows: &[T], key: impl Fn(&T) -> &K) -> Vec<&T> {
    let mut rows: Vec<&T> = rows.iter().collect();
    rows.sort_by(|a, b| key(a).cmp(key(b)));
    rows
}

/// Numbers rows by their keys' order, refusing a key that stands twice.
fn numbers<'r, T, K: Ord + ToString>(
    array: &'static str,
    rows: &'r [T],
    key: impl Fn(&T) -> &K,
) -> Result<BTreeMap<&'r K, usize>, Unplanned> {
    let mut numbers: BTreeMap<&'r K, usize> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        if numbers.insert(key(row), 0).is_some() {
            return Err(repeated(array, at, key(row).to_string()));
        }
    }
    for (number, place) in numbers.values_mut().enumerate() {
        *place = number;
    }
    Ok(numbers)
}

/// Numbers rows inside the order at `order`, whose position is the one that an error tells.
fn numbers_in<'r, T, K: Ord + ToString>(
    order: usize,
    array: &'static str,
    rows: &'r [T],
    key: impl Fn(&T) -> &K,
) -> Result<BTreeMap<&'r K, usize>, Unplanned> {
    numbers(array, rows, key).map_err(|error| match error {
        Unplanned::Duplicate { id, .. } => repeated(array, order, id),
        other => other,
    })
}

fn known<K: Ord + ToString>(
    array: &'static str,
    index: usize,
    what: &'static str,
    numbers: &BTreeMap<&K, usize>,
    id: &K,
) -> Result<usize, Unplanned> {
    numbers.get(id).copied().ok_or_else(|| Unplanned::Unknown {
        array,
        index,
        what,
        id: id.to_string(),
    })
}

const fn repeated(array: &'static str, index: usize, id: String) -> Unplanned {
    Unplanned::Duplicate { array, index, id }
}
