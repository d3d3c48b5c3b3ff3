//! SKUs at nodes: their terms, their past, and what stands, comes and is owed there.

use std::collections::{BTreeMap, BTreeSet};

use oms_core::catalog::Lane;
use oms_core::desk::{Entity, EntityKey, ReadSet};
use oms_core::engine::{Fault, Store};
use oms_core::views::{DemandPlace, DemandView};
use oms_core::words::{BusinessDay, ChannelId, LocationId, PoolId, Sku, TenantId};
use oms_forecast::policy::PolicyError;

use super::days::{Days, Opening};
use super::echelon::order;
use super::newcomers::Master;
use super::outlook::Outlook;
use super::placement::ServiceDays;
use super::policy::{Agreed, ReplenishPolicy, SupplySource};
use super::{NotReplenished, days_between};

/// Entities read at once.
pub(super) const CHUNK: usize = 500;

/// What master data says of nodes and goods.
#[derive(Debug, Default)]
pub(super) struct Shop {
    /// When nodes are open.
    pub(super) openings: BTreeMap<LocationId, Opening>,
    /// The lanes that leave open nodes.
    pub(super) lanes: BTreeMap<LocationId, Vec<Lane>>,
    /// Grams of a unit.
    pub(super) weights: BTreeMap<Sku, u64>,
    pub(super) master: Master,
}

/// A SKU at a node.
#[derive(Debug)]
pub(super) struct Stocked {
    pub(super) sku: Sku,
    pub(super) node: LocationId,
    pub(super) agreed: Agreed,
    /// The node that gives, by its place.
    pub(super) giver: Option<usize>,
    /// Days until what comes here is with those that it supplies: their lead time and review period.
    pub(super) onward_days: u32,
    pub(super) available: i64,
    /// With that of nodes that it supplies, as everything below.
    pub(super) on_hand: i64,
    pub(super) owed: i64,
    /// Days from the last known one, and units.
    pub(super) inbound: Vec<(usize, u64)>,
    pub(super) days: Days,
    /// Places whose demand is in these days, itself the last, with what is usual there.
    pub(super) members: Vec<(usize, f64)>,
    /// Days ahead on which it is promoted here or where it is supplied from here.
    pub(super) promoted: Vec<bool>,
    /// Where its chain places safety stock.
    pub(super) service_days: Option<ServiceDays>,
    pub(super) outlook: Outlook,
}

impl Stocked {
    /// Whether others get it from here.
    pub(super) fn supplies(&self) -> bool {
        self.members.len() > 1
    }

    /// Units that come within days.
    pub(super) fn inbound_within(&self, days: f64) -> u64 {
        self.inbound.iter().filter(|(due, _)| *due as f64 <= days).map(|(_, units)| units).sum()
    }

    /// Days that an order must last for: on average until its goods come, to the next review, and to those it supplies.
    pub(super) fn protection_days(&self) -> f64 {
        let further = self.agreed.review_days + self.onward_days;
        self.agreed.lead_time.mean() + f64::from(further)
    }

    /// What is there and comes in time for an order of a day ahead, less what is owed.
    pub(super) fn position(&self, day: usize, planned_before: f64) -> f64 {
        let inbound = self.inbound_within(day as f64 + self.protection_days());
        self.on_hand as f64 + inbound as f64 + planned_before - self.owed as f64
    }

    /// A level that cannot be reckoned here.
    pub(super) fn fails(&self, why: PolicyError) -> NotReplenished {
        NotReplenished::Level { sku: self.sku.clone(), node: self.node.clone(), why }
    }

    /// Days of a stretch ahead on which it is promoted.
    pub(super) fn promoted(&self, from: usize, days: usize) -> usize {
        self.promoted.iter().skip(from).take(days).filter(|promoted| **promoted).count()
    }
}

/// All SKUs at open nodes that are still sold, and the nodes that supply them; and what master data says of these.
pub(super) fn gathered(
    store: &mut dyn Store,
    tenant: &TenantId,
    view: &DemandView,
    policy: &ReplenishPolicy,
    (as_of, last): (BusinessDay, BusinessDay),
) -> Result<(Vec<Stocked>, Shop), NotReplenished> {
    let mut pairs: BTreeSet<(Sku, LocationId)> =
        view.shelves().map(|(sku, node)| (sku.clone(), node.clone())).collect();
    let mut terms: BTreeMap<(Sku, LocationId), Agreed> = BTreeMap::new();
    let book = policy.book();
    // A node that supplies others is planned even where it never had the SKU itself.
    while let Some(pair) = pairs.pop_first() {
        let (sku, node) = &pair;
        let agreed = book.agreed(sku, node);
        let (at, there) = (sku.clone(), node.clone());
        let agreed = agreed.map_err(|why| NotReplenished::Level { sku: at, node: there, why })?;
        if let SupplySource::Node(giver) = &agreed.source
            && !agreed.skip
        {
            let giver = (sku.clone(), giver.clone());
            if !terms.contains_key(&giver) {
                pairs.insert(giver);
            }
        }
        terms.insert(pair, agreed);
    }
    let keys = terms
        .keys()
        .flat_map(|(sku, node)| [EntityKey::Item(sku.clone()), EntityKey::Location(node.clone())]);
    let (gone, shop) = gone(store, tenant, keys.collect())?;
    terms.retain(|(sku, node), _| {
        !gone.contains(&EntityKey::Item(sku.clone()))
            && !gone.contains(&EntityKey::Location(node.clone()))
    });
    let places: BTreeMap<(Sku, LocationId), usize> = terms.keys().cloned().zip(0..).collect();
    let mut all = Vec::with_capacity(terms.len());
    for ((sku, node), agreed) in terms {
        let giver = match &agreed.source {
            SupplySource::Node(giver) if !agreed.skip => {
                let place = places.get(&(sku.clone(), giver.clone())).copied();
                let closed = || NotReplenished::NoSource {
                    sku: sku.clone(),
                    node: node.clone(),
                    source_node: giver.clone(),
                };
                Some(place.ok_or_else(closed)?)
            }
            _ => None,
        };
        let available = view.available(&sku, &node);
        all.push(Stocked {
            agreed,
            giver,
            onward_days: 0,
            available,
            on_hand: available + view.buffered(&sku, &node),
            owed: 0,
            inbound: Vec::new(),
            days: match shop.openings.get(&node) {
                Some(opening) => Days::of(view, (&sku, &node), opening, last),
                None => Days::default(),
            },
            members: Vec::new(),
            promoted: Vec::new(),
            service_days: None,
            outlook: Outlook::default(),
            sku,
            node,
        });
    }
    for inbound in &policy.inbound {
        if let Some(at) = places.get(&(inbound.sku.clone(), inbound.node.clone())) {
            all[*at].inbound.push((days_between(as_of, inbound.due), inbound.units));
        }
    }
    Ok((all, shop))
}

/// Items that are retired, locations that are closed, and what was never defined; and what it says of the others.
fn gone(
    store: &mut dyn Store,
    tenant: &TenantId,
    keys: BTreeSet<EntityKey>,
) -> Result<(BTreeSet<EntityKey>, Shop), Fault> {
    let keys: Vec<EntityKey> = keys.into_iter().collect();
    let (mut gone, mut shop) = (BTreeSet::new(), Shop::default());
    for chunk in keys.chunks(CHUNK) {
        let mut reads = ReadSet::default();
        chunk.iter().for_each(|key| reads.entity(key.clone()));
        let slice = store.read(tenant, &reads)?;
        for key in chunk {
            let found = slice.entities.get(key).and_then(Option::as_ref);
            let there = match found.map(|found| &found.entity) {
                Some(Entity::Item(item)) => {
                    shop.weights.insert(item.sku.clone(), item.weight_g);
                    shop.master.take_item(item);
                    !item.retired
                }
                Some(Entity::Location(location)) => {
                    let id = &location.id;
                    shop.openings.insert(id.clone(), Opening::of(location));
                    shop.master.take_location(location);
                    if !location.closed {
                        shop.lanes.insert(id.clone(), location.lanes.clone());
                    }
                    !location.closed
                }
                _ => false,
            };
            if !there {
                gone.insert(key.clone());
            }
        }
    }
    Ok((gone, shop))
}

/// Tells every node what of its stock is promised, and what customers wait for. What no node has been chosen for is
/// shared out over the pool's nodes by the demand that they expect.
pub(super) fn share_owed(
    store: &mut dyn Store,
    tenant: &TenantId,
    view: &DemandView,
    all: &mut [Stocked],
) -> Result<(), NotReplenished> {
    let pools = pools(store, tenant, view, all)?;
    let mut owed: Vec<i64> = vec![0; all.len()];
    let mut pooled: BTreeMap<(&Sku, &PoolId), i64> = BTreeMap::new();
    for (sku, pool, units) in view.reserved() {
        *pooled.entry((sku, pool)).or_default() += units;
    }
    for (key, units) in view.unclaimed() {
        let units = i64::try_from(units).unwrap_or(i64::MAX);
        match &key.place {
            DemandPlace::Node(node) => {
                // They stand in the order of SKU and node.
                let at = all.binary_search_by(|its| (&its.sku, &its.node).cmp(&(&key.sku, node)));
                if let Ok(at) = at {
                    owed[at] += units;
                }
            }
            DemandPlace::Region(..) => {
                if let Some(pool) = pools.of_channel.get(&key.channel) {
                    *pooled.entry((&key.sku, pool)).or_default() += units;
                }
            }
        }
    }
    for ((sku, pool), units) in pooled.into_iter().filter(|(_, units)| *units > 0) {
        let first = all.partition_point(|its| its.sku < *sku);
        let own = all[first..].iter().zip(first..).take_while(|(its, _)| its.sku == *sku);
        let own = own.filter(|(its, _)| pools.of_node.get(&its.node) == Some(pool));
        let shares: Vec<usize> = own.map(|(_, at)| at).collect();
        let weights: Vec<f64> =
            shares.iter().map(|at| 1e-9 + all[*at].outlook.mean(0, 7)).collect();
        for (at, part) in shares.iter().zip(parts(units, &weights)) {
            owed[*at] += part;
        }
    }
    // What those owe that a node supplies it owes too.
    for at in order(all)? {
        let sum = owed[at];
        all[at].owed = sum;
        if let Some(giver) = all[at].giver {
            owed[giver] += sum;
        }
    }
    Ok(())
}

/// Where nodes stand, and where channels sell from first.
#[derive(Default)]
struct Pools {
    of_node: BTreeMap<LocationId, PoolId>,
    of_channel: BTreeMap<ChannelId, PoolId>,
}

fn pools(
    store: &mut dyn Store,
    tenant: &TenantId,
    view: &DemandView,
    all: &[Stocked],
) -> Result<Pools, Fault> {
    let mut keys: BTreeSet<EntityKey> =
        all.iter().map(|its| EntityKey::Location(its.node.clone())).collect();
    keys.extend(view.unclaimed().keys().map(|key| EntityKey::Channel(key.channel.clone())));
    let keys: Vec<EntityKey> = keys.into_iter().collect();
    let mut pools = Pools::default();
    for chunk in keys.chunks(CHUNK) {
        let mut reads = ReadSet::default();
        chunk.iter().for_each(|key| reads.entity(key.clone()));
        let slice = store.read(tenant, &reads)?;
        for found in slice.entities.values().flatten() {
            match &found.entity {
                Entity::Location(location) => {
                    pools.of_node.insert(location.id.clone(), location.pool.clone());
                }
                Entity::Channel(channel) => {
                    if let Some(pool) = channel.pools.first() {
                        pools.of_channel.insert(channel.id.clone(), pool.clone());
                    }
                }
                _ => {}
            }
        }
    }
    Ok(pools)
}

/// Whole units by weight, the largest remainders first; they sum to all.
fn parts(units: i64, weights: &[f64]) -> Vec<i64> {
    let sum: f64 = weights.iter().sum();
    let exact = |weight: &f64| units as f64 * weight / sum;
    let mut parts: Vec<i64> = weights.iter().map(|weight| exact(weight).floor() as i64).collect();
    let mut by_rest: Vec<usize> = (0..parts.len()).collect();
    let rest = |at: usize| exact(&weights[at]).fract();
    by_rest.sort_by(|a, b| rest(*b).total_cmp(&rest(*a)).then(a.cmp(b)));
    let left = usize::try_from(units - parts.iter().sum::<i64>()).unwrap_or_default();
    for at in by_rest.into_iter().cycle().take(left) {
        parts[at] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::parts;

    // Goal: what is shared out is neither more nor less. Method: odd weights.
    #[test]
    fn parts_sum_up() {
        assert_eq!(parts(10, &[1.0, 1.0, 1.0]), [4, 3, 3]);
        assert_eq!(parts(7, &[0.0, 2.0, 5.0]), [0, 2, 5]);
        assert_eq!(parts(0, &[1.0]), [0]);
    }
}
