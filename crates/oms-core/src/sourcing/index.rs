//! Dense access: ids become positions once, so that a sourcer does not search.

use std::ops::Range;

use super::cost::Minor;
use super::snapshot::{ItemRow, LineRow, NodeRow, OrderRow, SourcingSnapshot};
use super::{GroupRow, Unplanned};
use crate::words::{Money, PoolId};

mod build;

/// Dense access to a snapshot: ids become positions, rows are found without search.
///
/// Building it proves that the snapshot does not contradict itself. Nodes and SKUs are numbered by
/// their ids, so the numbers do not depend on the order of rows; orders are numbered in the order in
/// which they are to be served: higher priority first, then earlier placed, then lower id.
///
/// # Cost
/// O(size × log size) to build; each lookup is an array access.
///
/// # Example
/// ```
/// use oms_core::sourcing::{SnapshotIndex, SourcingSnapshot};
/// use oms_core::words::{Currency, Timestamp};
///
/// let snapshot = SourcingSnapshot::new(42, Timestamp::MIN, Currency::new("USD")?);
/// assert_eq!(SnapshotIndex::new(&snapshot).unwrap().nodes().len(), 0);
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug)]
pub struct SnapshotIndex<'a> {
    snapshot: &'a SourcingSnapshot,
    minor: Minor,
    nodes: Vec<NodeIndex<'a>>,
    items: Vec<&'a ItemRow>,
    pools: Vec<&'a PoolId>,
    channels: Vec<ChannelIndex>,
    stock: Vec<StockIndex>,
    /// For each SKU where its rows of `stock` begin, and one more for the end.
    stock_starts: Vec<usize>,
    claims: Vec<ClaimIndex>,
    fences: Vec<FenceIndex>,
    lanes: Vec<LaneIndex>,
    /// Per (region, service) that some group wants: the lanes of each node that fit.
    reaches: Vec<Vec<Range<usize>>>,
    orders: Vec<OrderIndex<'a>>,
}

/// A node by number.
#[derive(Debug)]
pub struct NodeIndex<'a> {
    /// Its row.
    pub row: &'a NodeRow,
    /// The number of its pool.
    pub pool: usize,
    /// What handling one unit costs, in minor units; nothing if it is in a foreign currency.
    pub handling_minor: Option<i128>,
}

/// A channel by number.
#[derive(Debug)]
struct ChannelIndex {
    /// The pools it sells from, as a set by number.
    sells: Vec<bool>,
}

/// A row of stock by number.
#[derive(Debug, Clone, Copy)]
pub struct StockIndex {
    /// The number of the node.
    pub node: usize,
    /// Units that may be taken; none where available is below zero.
    pub available: u64,
    /// The number of the claim row of the node's pool and the SKU, if there is one.
    pub claim: Option<usize>,
}

/// What may be claimed of a SKU in a pool, by number.
#[derive(Debug, Clone)]
struct ClaimIndex {
    ats: u64,
    fences: Range<usize>,
}

#[derive(Debug, Clone, Copy)]
struct FenceIndex {
    channel: usize,
    qty: u64,
}

/// A lane in whole numbers.
#[derive(Debug, Clone, Copy)]
pub struct LaneIndex {
    /// What a package costs in minor units.
    pub fixed_minor: i128,
    /// What a kilogram costs in millionths of the currency's unit.
    pub micro_per_kg: i128,
    /// Days from the snapshot's moment to the door.
    pub days: u32,
    /// Whether the lane's amounts are in the snapshot's currency.
    pub comparable: bool,
}

/// An order by number.
#[derive(Debug)]
pub struct OrderIndex<'a> {
    /// Its row.
    pub row: &'a OrderRow,
    /// The number of its channel.
    pub channel: usize,
    /// Its groups, in the order of their ids.
    pub groups: Vec<GroupIndex<'a>>,
    /// Its lines, in the order of their ids.
    pub lines: Vec<LineIndex<'a>>,
}

/// A group of an order by number.
#[derive(Debug)]
pub struct GroupIndex<'a> {
    /// Its row.
    pub row: &'a GroupRow,
    /// The most whole days that a lane may take; below zero where the deadline has passed.
    pub latest_days: i64,
    reach: usize,
}

impl GroupIndex<'_> {
    /// Tells whether a lane arrives by the group's deadline.
    #[must_use]
    pub fn is_in_time(&self, lane: &LaneIndex) -> bool {
        i64::from(lane.days) <= self.latest_days
    }
}

/// A line of an order by number.
#[derive(Debug)]
pub struct LineIndex<'a> {
    /// Its row.
    pub row: &'a LineRow,
    /// The number of its SKU.
    pub sku: usize,
    /// The position of its group in the order's groups.
    pub group: usize,
    /// Open and reserved units together.
    pub wanted: u64,
    /// Reserved units by number of the pool, fenced and common together.
    pub reserved: Vec<(usize, u64)>,
}

impl<'a> SnapshotIndex<'a> {
    /// Gives the snapshot that was numbered.
    #[must_use]
    pub const fn snapshot(&self) -> &'a SourcingSnapshot {
        self.snapshot
    }

    /// Gives the nodes, sorted by id.
    #[must_use]
    pub fn nodes(&self) -> &[NodeIndex<'a>] {
        &self.nodes
    }

    /// Gives the items, sorted by SKU.
    #[must_use]
    pub fn items(&self) -> &[&'a ItemRow] {
        &self.items
    }

    /// Gives the pools, sorted by id.
    #[must_use]
    pub fn pools(&self) -> &[&'a PoolId] {
        &self.pools
    }

    /// Gives the orders in the order in which they are to be served.
    #[must_use]
    pub fn orders(&self) -> &[OrderIndex<'a>] {
        &self.orders
    }

    /// Gives all stock rows, sorted by SKU and node.
    #[must_use]
    pub fn stock(&self) -> &[StockIndex] {
        &self.stock
    }

    /// Gives the numbers of the stock rows of a SKU.
    #[must_use]
    pub fn stock_of(&self, sku: usize) -> Range<usize> {
        match (self.stock_starts.get(sku), self.stock_starts.get(sku.saturating_add(1))) {
            (Some(start), Some(end)) => *start..*end,
            _ => 0..0,
        }
    }

    /// Counts the claim rows: one per (pool, SKU).
    #[must_use]
    pub fn claim_count(&self) -> usize {
        self.claims.len()
    }

    /// Counts the fence rows: one per (pool, SKU, channel).
    #[must_use]
    pub fn fence_count(&self) -> usize {
        self.fences.len()
    }

    /// Gives the units that every channel of the pool may claim; none where ats is below zero.
    #[must_use]
    pub fn ats(&self, claim: usize) -> u64 {
        self.claims.get(claim).map_or(0, |row| row.ats)
    }

    /// Gives the number of a channel's own fence at a claim row, if it has one.
    #[must_use]
    pub fn fence_of(&self, claim: usize, channel: usize) -> Option<usize> {
        let range = self.claims.get(claim)?.fences.clone();
        let start = range.start;
        let rows = self.fences.get(range)?;
        rows.iter().position(|fence| fence.channel == channel).map(|at| start.saturating_add(at))
    }

    /// Gives the units behind a fence.
    #[must_use]
    pub fn fence(&self, fence: usize) -> u64 {
        self.fences.get(fence).map_or(0, |row| row.qty)
    }

    /// Tells whether a channel sells from a pool.
    #[must_use]
    pub fn sells(&self, channel: usize, pool: usize) -> bool {
        self.channels.get(channel).and_then(|c| c.sells.get(pool)).copied().unwrap_or(false)
    }

    /// Gives the lanes of a node that lead to a group by its service, whatever their days.
    #[must_use]
    pub fn lanes_to(&self, group: &GroupIndex<'_>, node: usize) -> &[LaneIndex] {
        self.reaches
            .get(group.reach)
            .and_then(|nodes| nodes.get(node))
            .and_then(|range| self.lanes.get(range.clone()))
            .unwrap_or(&[])
    }

    /// Gives what shipping the weight of one unit costs on a lane, in minor units, rounded half up.
    #[must_use]
    pub fn weight_minor(&self, lane: &LaneIndex, sku: usize) -> i128 {
        let weight_g = self.items.get(sku).map_or(0, |item| item.weight_g);
        self.minor.weight(lane.micro_per_kg, weight_g)
    }

    /// Makes money of minor units of the snapshot's currency.
    ///
    /// # Errors
    /// [`Unplanned::Absurd`] names the node whose costs led beyond all reckoning.
    pub fn money(&self, minor: i128, node: usize) -> Result<Money, Unplanned> {
        self.minor.money(minor).map_err(|detail| Unplanned::Absurd {
            what: self.nodes.get(node).map_or_else(String::new, cost_of),
            detail,
        })
    }
}

fn cost_of(node: &NodeIndex<'_>) -> String {
    format!("a cost of node `{}`", node.row.id)
}
