//! What a sourcer may know: plain rows, taken at one sequence number.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::catalog::{Capabilities, Handling};
use crate::words::{
    ChannelId, Currency, Destination, GroupId, LineId, LocationId, Money, OrderId, PoolId, Qty,
    ReasonId, RegionId, ServiceId, Sku, Timestamp,
};

/// All that a sourcer may know: plain, immutable data, taken at one sequence number.
///
/// It holds the orders to be sourced and what concerns them: the nodes of their channels' pools, the
/// stock and the claims of their SKUs. It is also the file that a recorded snapshot is kept in. Rows may
/// stand in any order; the order of pools within a channel is the only one that means something.
///
/// # Units
/// Stock and quantities in the item's base unit, weights in grams, costs in [`currency`], days counted
/// from [`at`].
///
/// # Law
/// Per (pool, SKU): the available units over the pool's nodes are ats plus reserved plus fenced. Hence
/// units that a line has reserved in the node's pool need no further claim, all others do.
///
/// [`currency`]: Self::currency
/// [`at`]: Self::at
///
/// # Example
/// ```
/// use oms_core::sourcing::SourcingSnapshot;
/// use oms_core::words::{Currency, Timestamp};
///
/// let snapshot = SourcingSnapshot::new(42, Timestamp::MIN, Currency::new("USD")?);
/// let file = serde_json::to_string(&snapshot).unwrap();
/// assert_eq!(serde_json::from_str::<SourcingSnapshot>(&file).unwrap(), snapshot);
/// assert_eq!(snapshot.fingerprint().len(), 64);
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourcingSnapshot {
    /// The sequence number of the last fact in it.
    pub seq: u64,
    /// When it was taken.
    pub at: Timestamp,
    /// The currency in which costs are compared.
    pub currency: Currency,
    /// The channels of the orders.
    pub channels: Vec<ChannelRow>,
    /// The nodes that could ship, closed ones included.
    pub nodes: Vec<NodeRow>,
    /// The items that the orders want.
    pub items: Vec<ItemRow>,
    /// What is available where; a missing row means none.
    pub stock: Vec<StockRow>,
    /// What may still be claimed in which pool; a missing row means nothing.
    pub pools: Vec<PoolRow>,
    /// The orders to be sourced.
    pub orders: Vec<OrderRow>,
}

impl SourcingSnapshot {
    /// Makes a snapshot without rows.
    #[must_use]
    pub const fn new(seq: u64, at: Timestamp, currency: Currency) -> Self {
        Self {
            seq,
            at,
            currency,
            channels: Vec::new(),
            nodes: Vec::new(),
            items: Vec::new(),
            stock: Vec::new(),
            pools: Vec::new(),
            orders: Vec::new(),
        }
    }

    /// Sorts the rows by their keys, so that equal snapshots are equal bytes.
    pub fn sort(&mut self) {
        self.channels.sort_by(|a, b| a.id.cmp(&b.id));
        self.nodes.sort_by(|a, b| a.id.cmp(&b.id));
        for node in &mut self.nodes {
            node.lanes.sort_by(|a, b| a.key().cmp(&b.key()));
        }
        self.items.sort_by(|a, b| a.sku.cmp(&b.sku));
        self.stock.sort_by(|a, b| a.key().cmp(&b.key()));
        self.pools.sort_by(|a, b| a.key().cmp(&b.key()));
        for pool in &mut self.pools {
            pool.fenced.sort_by(|a, b| a.channel.cmp(&b.channel));
        }
        self.orders.sort_by(|a, b| a.id.cmp(&b.id));
        for order in &mut self.orders {
            order.sort();
        }
    }

    /// Tells whether the rows stand in the order that [`sort`](Self::sort) gives them.
    #[must_use]
    pub fn is_sorted(&self) -> bool {
        self.channels.is_sorted_by(|a, b| a.id <= b.id)
            && self.nodes.is_sorted_by(|a, b| a.id <= b.id)
            && self.nodes.iter().all(|n| n.lanes.is_sorted_by(|a, b| a.key() <= b.key()))
            && self.items.is_sorted_by(|a, b| a.sku <= b.sku)
            && self.stock.is_sorted_by(|a, b| a.key() <= b.key())
            && self.pools.is_sorted_by(|a, b| a.key() <= b.key())
            && self.pools.iter().all(|p| p.fenced.is_sorted_by(|a, b| a.channel <= b.channel))
            && self.orders.is_sorted_by(|a, b| a.id <= b.id)
            && self.orders.iter().all(OrderRow::is_sorted)
    }

    /// Hashes the sorted snapshot with SHA-256 and gives it in lower-case hex.
    ///
    /// # Cost
    /// O(size); an unsorted snapshot is copied and sorted first.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        if !self.is_sorted() {
            let mut sorted = self.clone();
            sorted.sort();
            return sorted.fingerprint();
        }
        let mut hasher = HashWriter(Sha256::new());
        // Plain rows serialize without fail: there is no map with keys other than text in them.
        let written = serde_json::to_writer(&mut hasher, self);
        debug_assert!(written.is_ok(), "a snapshot serializes");
        let mut hex = String::with_capacity(64);
        for byte in hasher.0.finalize() {
            for half in [byte >> 4, byte & 15] {
                hex.extend(char::from_digit(u32::from(half), 16));
            }
        }
        hex
    }
}

struct HashWriter(Sha256);

impl std::io::Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A channel and where it sells from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelRow {
    /// The channel.
    pub id: ChannelId,
    /// Its pools, in the order in which claims take them.
    pub pools: Vec<PoolId>,
}

/// A location as sourcing sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeRow {
    /// The location.
    pub id: LocationId,
    /// The one pool that it lies in.
    pub pool: PoolId,
    /// What it is equipped and allowed for.
    #[serde(default)]
    pub capabilities: Capabilities,
    /// Where it stands, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Destination>,
    /// What handling one unit costs here; nothing means it is free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handling_cost: Option<Money>,
    /// How many further orders it takes today; nothing means no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_left: Option<u64>,
    /// Whether it is closed and ships nothing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub closed: bool,
    /// The lanes that leave it, at least those towards the orders' destinations.
    pub lanes: Vec<LaneRow>,
}

/// A lane from a node to a region by a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaneRow {
    /// Where it leads.
    pub to: RegionId,
    /// By which service.
    pub service: ServiceId,
    /// What a package costs, whatever is in it.
    pub cost_fixed: Money,
    /// What a kilogram in it costs.
    pub cost_per_kg: Money,
    /// Days from the snapshot's `at` to the customer's door: waiting for the cut-off, handing over and
    /// transit.
    pub days: u32,
}

impl LaneRow {
    fn key(&self) -> impl Ord + '_ {
        let (fixed, per_kg) = (self.cost_fixed.amount(), self.cost_per_kg.amount());
        (&self.to, &self.service, self.days, fixed, per_kg)
    }
}

/// An item as sourcing sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemRow {
    /// The SKU.
    pub sku: Sku,
    /// The weight of one unit.
    pub weight_g: u64,
    /// What must be minded, and asks for a node that can.
    #[serde(default, skip_serializing_if = "Handling::is_plain")]
    pub flags: Handling,
}

/// What is available of a SKU at a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StockRow {
    /// The node.
    pub node: LocationId,
    /// The SKU.
    pub sku: Sku,
    /// Available units, buffers taken off; below zero after a count or a till sale.
    pub available: i64,
}

impl StockRow {
    const fn key(&self) -> (&Sku, &LocationId) {
        (&self.sku, &self.node)
    }
}

/// What may still be claimed of a SKU in a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolRow {
    /// The pool.
    pub pool: PoolId,
    /// The SKU.
    pub sku: Sku,
    /// Units available to sell to every channel of the pool; below zero only while no fence holds any.
    pub ats: i64,
    /// Units kept for one channel each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fenced: Vec<FenceRow>,
}

impl PoolRow {
    const fn key(&self) -> (&Sku, &PoolId) {
        (&self.sku, &self.pool)
    }
}

/// Units kept for a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FenceRow {
    /// The channel.
    pub channel: ChannelId,
    /// How many units are there now.
    pub qty: Qty,
}

/// An order to be sourced, with what must be known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderRow {
    /// The order.
    pub id: OrderId,
    /// The version of its stream that was seen.
    pub version: u64,
    /// Its priority; the higher goes first.
    pub priority: i32,
    /// When it was placed; the earlier goes first among equals.
    pub placed_at: Timestamp,
    /// The channel that it came by.
    pub channel: ChannelId,
    /// Whether a hold blocks `commit_plan`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub on_hold: bool,
    /// Its rules.
    #[serde(default)]
    pub constraints: ConstraintRow,
    /// Its groups that are shipped; pickups are no matter of sourcing.
    pub groups: Vec<GroupRow>,
    /// The lines of these groups that have open or reserved units.
    pub lines: Vec<LineRow>,
    /// Nodes that it may not be sent to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<ExcludedRow>,
    /// Nodes where units of it are already allocated or further on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<HeldRow>,
}

impl OrderRow {
    fn sort(&mut self) {
        self.groups.sort_by(|a, b| a.id.cmp(&b.id));
        self.lines.sort_by(|a, b| a.id.cmp(&b.id));
        for line in &mut self.lines {
            line.reserved.sort_by(|a, b| a.key().cmp(&b.key()));
        }
        self.excluded.sort_by(|a, b| a.key().cmp(&b.key()));
        self.held.sort();
    }

    fn is_sorted(&self) -> bool {
        self.groups.is_sorted_by(|a, b| a.id <= b.id)
            && self.lines.is_sorted_by(|a, b| a.id <= b.id)
            && self.lines.iter().all(|l| l.reserved.is_sorted_by(|a, b| a.key() <= b.key()))
            && self.excluded.is_sorted_by(|a, b| a.key() <= b.key())
            && self.held.is_sorted()
    }
}

/// The rules of an order that bind its packages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConstraintRow {
    /// All units of the order that are open or reserved ship now, or none.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ship_complete: bool,
    /// The most packages, one per (group, node), those already under way included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_packages: Option<u32>,
    /// All units leave from one node, those already under way included.
    #[serde(default, skip_serializing_if = "is_false")]
    pub single_node: bool,
}

/// Where and how some lines go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRow {
    /// The group.
    pub id: GroupId,
    /// Where it goes.
    pub destination: Destination,
    /// The service that was asked for; nothing means any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceId>,
    /// When it must have arrived: the end of the requested window, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
}

/// A line with units to be sourced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineRow {
    /// The line.
    pub id: LineId,
    /// Its group.
    pub group: GroupId,
    /// What is wanted.
    pub sku: Sku,
    /// Units with nothing behind them.
    pub open: Qty,
    /// Units that are claimed, by pool.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reserved: Vec<ReservedRow>,
    /// Whether its units may come from several nodes; if not, all of them come from one or none do.
    pub allow_split: bool,
}

impl LineRow {
    /// Sums the open and the reserved units; saturates at the largest quantity.
    #[must_use]
    pub fn wanted(&self) -> u64 {
        self.reserved.iter().fold(self.open.get(), |sum, row| sum.saturating_add(row.qty.get()))
    }
}

/// Units of a line that are claimed in a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReservedRow {
    /// The pool.
    pub pool: PoolId,
    /// Whether they were taken from the channel's fence.
    #[serde(default, skip_serializing_if = "is_false")]
    pub fenced: bool,
    /// How many units.
    pub qty: Qty,
}

impl ReservedRow {
    const fn key(&self) -> (&PoolId, bool) {
        (&self.pool, self.fenced)
    }
}

/// A node that an order may not be sent to for a SKU: it rejected the work, or somebody's rule says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExcludedRow {
    /// The SKU.
    pub sku: Sku,
    /// The node.
    pub node: LocationId,
    /// The reason code of the rejection, or the code of the rule, a colon and its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonId>,
    /// When the exclusion ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl ExcludedRow {
    const fn key(&self) -> (&Sku, &LocationId) {
        (&self.sku, &self.node)
    }
}

/// A node where units of an order's line are already allocated or further on.
///
/// It counts as a package of its group, and the order takes no further capacity there. Lines that
/// have nothing left to be sourced count as well.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldRow {
    /// The line.
    pub line: LineId,
    /// Its group.
    pub group: GroupId,
    /// The node.
    pub node: LocationId,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}
