//! Facts to a sourcing snapshot: what a sourcer may see, read in a few bounded rounds.
//!
//! Only nodes that hold something that is wanted are in it: a network of thousands of nodes costs
//! what its stocked part costs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::catalog::{Channel, LaneEnd, Location, Policy, PolicyScope, Resolved, resolve};
use crate::desk::{Entity, EntityKey, RangeRead, ReadSet, Slice, Table};
use crate::engine::{Fault, Store};
use crate::order::{Order, Stage, Verb, Way};
use crate::sourcing::{
    ChannelRow, ConstraintRow, ExcludedRow, FenceRow, GroupRow, HeldRow, ItemRow, LaneRow, LineRow,
    NodeRow, OrderRow, PoolRow, ReservedRow, SourcingSnapshot, StockRow,
};
use crate::stock::{Account, Bucket, SEPARATOR};
use crate::words::{
    ChannelId, LineId, LocationId, OrderId, PoolId, Qty, ServiceId, Sku, TenantId, Timestamp,
};

/// Most nodes that may hold one SKU in a snapshot.
const NODES_PER_SKU: usize = 100_000;

/// Takes a snapshot for sourcing.
///
/// Orders that are unknown, on hold against sourcing, or without units to be sourced are left out
/// (a sourcer has nothing to say about them); `None` when no order is left.
///
/// # Errors
/// The store's [`Fault`].
///
/// # Cost
/// Linear in the wanted orders' lines and the nodes that hold their SKUs.
pub fn sourcing_snapshot(
    store: &mut dyn Store,
    tenant: &TenantId,
    ids: &[OrderId],
    at: Timestamp,
) -> Result<Option<SourcingSnapshot>, Fault> {
    let mut reads = ReadSet::default();
    reads.entities.extend(ids.iter().cloned().map(EntityKey::Order));
    let slice = store.read(tenant, &reads)?;
    let seq = slice.seq;
    let mut orders: Vec<(u64, Arc<Order>)> = Vec::new();
    for id in ids {
        if let Some(Some(found)) = slice.entities.get(&EntityKey::Order(id.clone()))
            && let Entity::Order(order) = &found.entity
            && order.held_against(Verb::CommitPlan).is_none()
            && wants_sourcing(order)
        {
            orders.push((found.version, Arc::clone(order)));
        }
    }
    let mut catalog = Catalog::load(store, tenant, &orders, at)?;
    let stock = catalog.load_nodes(store, tenant, at)?;
    Ok(assemble(seq, at, &orders, &catalog, stock))
}

/// Orders with units to be sourced, the most urgent first, at most `limit`, after the place in the
/// queue where an earlier call ended. Also tells where this call ends.
///
/// # Errors
/// The store's [`Fault`].
pub fn sourcing_work(
    store: &mut dyn Store,
    tenant: &TenantId,
    after: Option<&str>,
    limit: usize,
) -> Result<(Vec<OrderId>, Option<String>), Fault> {
    let mut queue = RangeRead {
        table: Table::Work,
        from: String::new(),
        to: '\u{7f}'.to_string(),
        reverse: false,
        limit,
    };
    if let Some(after) = after {
        queue = queue.after(after);
    }
    let mut reads = ReadSet::default();
    reads.ranges.insert(queue.clone());
    let slice = store.read(tenant, &reads)?;
    let rows = slice.ranges.get(&queue).map_or(&[][..], Vec::as_slice);
    let id = |key: &str| key.rsplit(SEPARATOR).next().and_then(|id| OrderId::new(id).ok());
    let orders = rows.iter().filter_map(|r| id(&r.key)).collect();
    Ok((orders, rows.last().map(|r| r.key.clone())))
}

fn is_wanted(stage: Stage) -> bool {
    matches!(stage, Stage::Open | Stage::Reserved)
}

fn wants_sourcing(order: &Order) -> bool {
    order.holdings().any(|(line, h)| {
        is_wanted(h.at.stage) && order.group_of(line).is_some_and(|g| g.to.pickup().is_none())
    })
}

/// What the orders refer to.
struct Catalog {
    channels: BTreeMap<ChannelId, (Arc<Channel>, Resolved)>,
    skus: BTreeSet<Sku>,
    items: Vec<ItemRow>,
    nodes: BTreeMap<LocationId, (Arc<Location>, Option<u64>)>,
    pools: Vec<PoolRow>,
}

impl Catalog {
    fn load(
        store: &mut dyn Store,
        tenant: &TenantId,
        orders: &[(u64, Arc<Order>)],
        at: Timestamp,
    ) -> Result<Catalog, Fault> {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Policy(PolicyScope::Tenant));
        let mut skus = BTreeSet::new();
        for (_, order) in orders {
            let channel = &order.placed.channel;
            reads.entity(EntityKey::Channel(channel.clone()));
            reads.entity(EntityKey::Policy(PolicyScope::Channel(channel.clone())));
            for (line, h) in order.holdings() {
                if is_wanted(h.at.stage) {
                    skus.insert(line.given.sku.clone());
                    reads.entity(EntityKey::Item(line.given.sku.clone()));
                }
            }
        }
        let slice = store.read(tenant, &reads)?;
        let policy = |scope: PolicyScope| -> Option<Policy> {
            match slice.entities.get(&EntityKey::Policy(scope)) {
                Some(Some(found)) => match &found.entity {
                    Entity::Policy(book) => Some(book.at(at)),
                    _ => None,
                },
                _ => None,
            }
        };
        let mut channels = BTreeMap::new();
        let mut items = Vec::new();
        for found in slice.entities.values().flatten() {
            match &found.entity {
                Entity::Channel(channel) => {
                    let scopes = [PolicyScope::Channel(channel.id.clone()), PolicyScope::Tenant];
                    let found: Vec<Policy> = scopes.into_iter().filter_map(policy).collect();
                    channels.insert(channel.id.clone(), (Arc::clone(channel), resolve(&found)));
                }
                Entity::Item(item) => items.push(ItemRow {
                    sku: item.sku.clone(),
                    weight_g: item.weight_g,
                    flags: item.flags,
                }),
                _ => {}
            }
        }
        Ok(Catalog { channels, skus, items, nodes: BTreeMap::new(), pools: Vec::new() })
    }

    /// Stock of the wanted SKUs, and the nodes and pools that hold it.
    fn load_nodes(
        &mut self,
        store: &mut dyn Store,
        tenant: &TenantId,
        at: Timestamp,
    ) -> Result<Vec<StockRow>, Fault> {
        let mut reads = ReadSet::default();
        let range = |sku: &Sku| {
            let parts = [Bucket::Available.name(), sku.as_str()];
            RangeRead::prefix(Table::Balances, &parts, NODES_PER_SKU)
        };
        reads.ranges.extend(self.skus.iter().map(range));
        for (channel, _) in self.channels.values() {
            for (pool, sku) in
                channel.pools.iter().flat_map(|p| self.skus.iter().map(move |s| (p, s)))
            {
                reads.balance(Account::Ats(sku.clone(), pool.clone()));
                reads.balance(Account::Fenced(sku.clone(), pool.clone(), channel.id.clone()));
            }
        }
        let slice = store.read(tenant, &reads)?;
        let mut stock = Vec::new();
        for row in slice.ranges.values().flatten() {
            if let Some(Account::Node(sku, node, Bucket::Available)) = Account::from_key(&row.key)
                && row.value > 0
            {
                stock.push(StockRow { node, sku, available: row.value });
            }
        }
        self.pools = pool_rows(&slice);
        self.load_locations(store, tenant, at, &stock)?;
        let sells: BTreeSet<&PoolId> = self.channels.values().flat_map(|(c, _)| &c.pools).collect();
        self.nodes.retain(|_, (location, _)| sells.contains(&location.pool));
        stock.retain(|row| self.nodes.contains_key(&row.node));
        Ok(stock)
    }

    fn load_locations(
        &mut self,
        store: &mut dyn Store,
        tenant: &TenantId,
        at: Timestamp,
        stock: &[StockRow],
    ) -> Result<(), Fault> {
        let mut reads = ReadSet::default();
        reads.entities.extend(stock.iter().map(|r| EntityKey::Location(r.node.clone())));
        let slice = store.read(tenant, &reads)?;
        let locations: Vec<Arc<Location>> = slice
            .entities
            .values()
            .flatten()
            .filter_map(|v| match &v.entity {
                Entity::Location(location) => Some(Arc::clone(location)),
                _ => None,
            })
            .collect();
        let day = |l: &Location| Account::NodeDay(l.id.clone(), l.time_zone.local_day(at));
        let mut reads = ReadSet::default();
        let limited = locations.iter().filter(|l| l.capacity_orders_per_day.is_some());
        reads.balances.extend(limited.map(|l| day(l)));
        let taken = store.read(tenant, &reads)?;
        for location in locations {
            let left = location.capacity_orders_per_day.map(|capacity| {
                let taken = taken.balances.get(&day(&location)).copied().unwrap_or(0);
                capacity.saturating_sub(u64::try_from(taken).unwrap_or(0))
            });
            self.nodes.insert(location.id.clone(), (location, left));
        }
        Ok(())
    }
}

fn pool_rows(slice: &Slice) -> Vec<PoolRow> {
    let mut pools: BTreeMap<(Sku, PoolId), PoolRow> = BTreeMap::new();
    let mut row = |sku: &Sku, pool: &PoolId, change: &mut dyn FnMut(&mut PoolRow)| {
        let row = pools.entry((sku.clone(), pool.clone())).or_insert_with(|| PoolRow {
            pool: pool.clone(),
            sku: sku.clone(),
            ats: 0,
            fenced: Vec::new(),
        });
        change(row);
    };
    for (account, balance) in &slice.balances {
        match account {
            Account::Ats(sku, pool) => row(sku, pool, &mut |r| r.ats = *balance),
            Account::Fenced(sku, pool, channel) if *balance > 0 => {
                let qty = Qty::from_i64(*balance).unwrap_or(Qty::MAX);
                row(sku, pool, &mut |r| {
                    r.fenced.push(FenceRow { channel: channel.clone(), qty });
                });
            }
            _ => {}
        }
    }
    pools.into_values().collect()
}

fn assemble(
    seq: u64,
    at: Timestamp,
    orders: &[(u64, Arc<Order>)],
    catalog: &Catalog,
    stock: Vec<StockRow>,
) -> Option<SourcingSnapshot> {
    let costs = catalog.nodes.values().flat_map(|(l, _)| &l.lanes).map(|l| l.cost_fixed.currency());
    let shop = orders.iter().map(|(_, o)| o.placed.currency);
    let currency = costs.chain(shop).next()?;
    let mut snapshot = SourcingSnapshot::new(seq, at, currency);
    snapshot.channels = catalog
        .channels
        .values()
        .map(|(c, _)| ChannelRow { id: c.id.clone(), pools: c.pools.clone() })
        .collect();
    snapshot.nodes = catalog.nodes.values().map(|(l, left)| node_row(l, *left)).collect();
    snapshot.items.clone_from(&catalog.items);
    snapshot.stock = stock;
    snapshot.pools.clone_from(&catalog.pools);
    snapshot.orders = orders
        .iter()
        .filter_map(|(version, order)| {
            let (_, policy) = catalog.channels.get(&order.placed.channel)?;
            Some(order_row(*version, order, policy))
        })
        .collect();
    snapshot.sort();
    Some(snapshot)
}

fn node_row(location: &Location, capacity_left: Option<u64>) -> NodeRow {
    let lanes = location.lanes.iter().filter_map(|lane| match &lane.to {
        LaneEnd::Region(region) => Some(LaneRow {
            to: region.clone(),
            service: lane.service.clone(),
            cost_fixed: lane.cost_fixed,
            cost_per_kg: lane.cost_per_kg,
            days: lane.transit_days,
        }),
        LaneEnd::Location(_) => None,
    });
    NodeRow {
        id: location.id.clone(),
        pool: location.pool.clone(),
        capabilities: location.capabilities,
        place: location.destination.clone(),
        handling_cost: location.handling_cost,
        capacity_left,
        closed: location.closed,
        lanes: lanes.collect(),
    }
}

fn order_row(version: u64, order: &Order, policy: &Resolved) -> OrderRow {
    let constraints = &order.placed.constraints;
    let groups = order.placed.groups.iter().filter_map(|g| match &g.to {
        Way::Ship { destination, .. } => Some(GroupRow {
            id: g.group.clone(),
            destination: destination.clone(),
            service: g.service.as_deref().and_then(|s| ServiceId::new(s).ok()),
            deadline: g.window.map(|w| w.to()),
        }),
        Way::Pickup { .. } => None,
    });
    let mut lines = Vec::new();
    let mut held = BTreeSet::new();
    let mut under_way: BTreeMap<LineId, Vec<LocationId>> = BTreeMap::new();
    for (line, node) in order.under_way() {
        under_way.entry(line).or_default().push(node);
    }
    for line in &order.lines {
        let Some(group) = order.group_of(line).filter(|g| g.to.pickup().is_none()) else {
            continue;
        };
        for node in under_way.get(&line.given.line).into_iter().flatten() {
            held.insert(HeldRow {
                line: line.given.line.clone(),
                group: group.group.clone(),
                node: node.clone(),
            });
        }
        let row = LineRow {
            id: line.given.line.clone(),
            group: group.group.clone(),
            sku: line.given.sku.clone(),
            open: line.at(Stage::Open),
            reserved: reserved_rows(line),
            allow_split: !line.given.no_split,
        };
        if row.wanted() > 0 {
            lines.push(row);
        }
    }
    OrderRow {
        id: order.id.clone(),
        version,
        priority: order.placed.priority,
        placed_at: order.placed_at,
        channel: order.placed.channel.clone(),
        on_hold: false,
        constraints: ConstraintRow {
            ship_complete: constraints.ship_complete || policy.ship_complete,
            max_packages: [constraints.max_packages, policy.max_packages]
                .into_iter()
                .flatten()
                .min(),
            single_node: order.is_single_node(),
        },
        groups: groups.collect(),
        lines,
        excluded: order
            .exclusions
            .iter()
            .map(|x| ExcludedRow {
                sku: x.sku.clone(),
                node: x.node.clone(),
                reason: None,
                until: Some(x.until),
            })
            .collect(),
        held: held.into_iter().collect(),
    }
}

fn reserved_rows(line: &crate::order::Line) -> Vec<ReservedRow> {
    let mut rows: BTreeMap<(PoolId, bool), Qty> = BTreeMap::new();
    for h in line.holdings.iter().filter(|h| h.at.stage == Stage::Reserved) {
        if let Some(pool) = &h.at.pool {
            let sum = rows.entry((pool.clone(), h.at.fenced)).or_insert(Qty::ZERO);
            *sum = sum.checked_add(h.qty).unwrap_or(Qty::MAX);
        }
    }
    rows.into_iter().map(|((pool, fenced), qty)| ReservedRow { pool, fenced, qty }).collect()
}
