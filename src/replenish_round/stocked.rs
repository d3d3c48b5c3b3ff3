//! SKUs at nodes: their terms, their past, and what stands, comes and is owed there.

use std::collections::{BTreeMap, BTreeSet};

use oms_core::desk::{Entity, EntityKey, ReadSet};
use oms_core::engine::{Fault, Store};
use oms_core::views::{DemandPlace, DemandView};
use oms_core::words::{BusinessDay, ChannelId, LocationId, PoolId, Sku, TenantId};

use super::outlook::Outlook;
use super::policy::{Agreed, ReplenishPolicy, SupplySource};
use super::{NotReplenished, days_between};

/// Entities read at once.
const CHUNK: usize = 500;
/// Minutes of an empty shelf that make a day unknown: half of it.
const OUT_MINUTES: u64 = 12 * 60;
/// Days of the past that are looked at: five years.
const MOST_DAYS: usize = 1_830;

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
    inbound: Vec<(usize, u64)>,
    days: Vec<Option<f64>>,
    pub(super) outlook: Outlook,
}

impl Stocked {
    /// Units that come within days.
    pub(super) fn inbound_within(&self, days: f64) -> u64 {
        self.inbound.iter().filter(|(due, _)| *due as f64 <= days).map(|(_, units)| units).sum()
    }
}

/// All SKUs at open nodes that are still sold, and the nodes that supply them.
pub(super) fn gathered(
    store: &mut dyn Store,
    tenant: &TenantId,
    view: &DemandView,
    policy: &ReplenishPolicy,
    as_of: BusinessDay,
    over: bool,
) -> Result<Vec<Stocked>, NotReplenished> {
    let mut pairs: BTreeSet<(Sku, LocationId)> =
        view.shelves().map(|(sku, node)| (sku.clone(), node.clone())).collect();
    let mut terms: BTreeMap<(Sku, LocationId), Agreed> = BTreeMap::new();
    let book = policy.book();
    // A node that supplies others is planned even where it never had the SKU itself.
    while let Some(pair) = pairs.pop_first() {
        let (sku, node) = &pair;
        let agreed = book.agreed(sku, node);
        let agreed = agreed.map_err(|why| NotReplenished::Level {
            sku: sku.clone(),
            node: node.clone(),
            why,
        })?;
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
    let gone = gone(store, tenant, keys.collect())?;
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
            days: daily(view, &sku, &node, as_of, over),
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
    Ok(all)
}

/// Items that are retired, locations that are closed, and what was never defined.
fn gone(
    store: &mut dyn Store,
    tenant: &TenantId,
    keys: BTreeSet<EntityKey>,
) -> Result<BTreeSet<EntityKey>, Fault> {
    let keys: Vec<EntityKey> = keys.into_iter().collect();
    let mut gone = BTreeSet::new();
    for chunk in keys.chunks(CHUNK) {
        let mut reads = ReadSet::default();
        chunk.iter().for_each(|key| reads.entity(key.clone()));
        let slice = store.read(tenant, &reads)?;
        for key in chunk {
            let found = slice.entities.get(key).and_then(Option::as_ref);
            let there = match found.map(|found| &found.entity) {
                Some(Entity::Item(item)) => !item.retired,
                Some(Entity::Location(location)) => !location.closed,
                _ => false,
            };
            if !there {
                gone.insert(key.clone());
            }
        }
    }
    Ok(gone)
}

/// Units that left a node by day, up to the last day that is over; unknown where its shelf was empty for half a day.
fn daily(
    view: &DemandView,
    sku: &Sku,
    node: &LocationId,
    as_of: BusinessDay,
    over: bool,
) -> Vec<Option<f64>> {
    let Some(since) = view.stocked_since(sku, node) else { return Vec::new() };
    let served = view.served(sku, node);
    let mut day = if over { as_of } else { as_of.prev() };
    let first = view.zone().local_day(since);
    let mut days = Vec::new();
    // The first day is as little known as the last one: goods came in the midst of it.
    while day > first && days.len() < MOST_DAYS {
        let units = served.and_then(|days| days.get(&day)).copied().unwrap_or_default();
        let known = view.out_minutes(sku, node, day) < OUT_MINUTES;
        days.push(known.then_some(units as f64));
        day = day.prev();
    }
    days.reverse();
    days
}

/// Adds to each giver what it supplies, and forecasts all.
pub(super) fn forecast_all(
    all: &mut [Stocked],
    ahead: usize,
    watch: &mut dyn FnMut(usize, usize),
) -> Result<(), NotReplenished> {
    for at in order(all)? {
        let Some(giver) = all[at].giver else { continue };
        let its = &all[at];
        let (days, on_hand, inbound) = (its.days.clone(), its.on_hand, its.inbound.clone());
        let lead = its.agreed.lead_time.quantile(0.5);
        let onward = lead.saturating_add(its.agreed.review_days).saturating_add(its.onward_days);
        let giver = &mut all[giver];
        giver.onward_days = giver.onward_days.max(onward);
        giver.on_hand += on_hand;
        giver.inbound.extend(inbound);
        giver.days = together(&giver.days, &days);
    }
    let count = all.len();
    for (done, its) in all.iter_mut().enumerate() {
        let stretch = its.agreed.lead_time.longest() + its.agreed.review_days + its.onward_days;
        let life = its.agreed.lead_time.longest() + its.agreed.shelf_life_days.unwrap_or_default();
        let horizon = ahead + stretch.max(life) as usize;
        if !its.agreed.skip {
            its.outlook = Outlook::of(format!("{} at {}", its.sku, its.node), &its.days, horizon)?;
        }
        watch(done + 1, count);
    }
    Ok(())
}

/// All places, each before its giver.
fn order(all: &[Stocked]) -> Result<Vec<usize>, NotReplenished> {
    let mut waits = vec![0_usize; all.len()];
    for giver in all.iter().filter_map(|its| its.giver) {
        waits[giver] += 1;
    }
    let mut order: Vec<usize> = (0..all.len()).filter(|at| waits[*at] == 0).collect();
    let mut next = 0;
    while let Some(&at) = order.get(next) {
        next += 1;
        if let Some(giver) = all[at].giver {
            waits[giver] -= 1;
            if waits[giver] == 0 {
                order.push(giver);
            }
        }
    }
    match waits.iter().position(|waits| *waits > 0) {
        None => Ok(order),
        Some(at) => {
            let its = &all[at];
            Err(NotReplenished::Circle { sku: its.sku.clone(), node: its.node.clone() })
        }
    }
}

/// The demand of two places, day by day to the same end; what one does not know it is expected to have had.
fn together(a: &[Option<f64>], b: &[Option<f64>]) -> Vec<Option<f64>> {
    let mean = |days: &[Option<f64>]| {
        let known = days.iter().flatten().count();
        if known > 0 { days.iter().flatten().sum::<f64>() / known as f64 } else { 0.0 }
    };
    let (usual_a, usual_b) = (mean(a), mean(b));
    let len = a.len().max(b.len());
    let at = |days: &[Option<f64>], day: usize| match (day + days.len()).checked_sub(len) {
        // Not there yet: it sold nothing, and that is known.
        None => Some(0.0),
        Some(day) => days.get(day).copied().flatten(),
    };
    (0..len)
        .map(|day| match (at(a, day), at(b, day)) {
            (None, None) => None,
            (Some(a), Some(b)) => Some(a + b),
            (Some(a), None) => Some(a + usual_b),
            (None, Some(b)) => Some(usual_a + b),
        })
        .collect()
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
    use super::{parts, together};

    // Goal: what is shared out is neither more nor less. Method: odd weights.
    #[test]
    fn parts_sum_up() {
        assert_eq!(parts(10, &[1.0, 1.0, 1.0]), [4, 3, 3]);
        assert_eq!(parts(7, &[0.0, 2.0, 5.0]), [0, 2, 5]);
        assert_eq!(parts(0, &[1.0]), [0]);
    }

    // Goal: demand is added to the same end, and what is unknown in one is no zero. Method: reckoned by hand.
    #[test]
    fn days_meet_at_the_end() {
        let (a, b) = ([Some(1.0), None, Some(3.0)], [None, Some(4.0)]);
        assert_eq!(together(&a, &b), [Some(1.0), None, Some(7.0)]);
        assert_eq!(together(&a, &[Some(4.0), None]), [Some(1.0), Some(6.0), Some(7.0)]);
    }
}
