//! Transfers between siblings: what one node has above its level and another one lacks, moved instead of bought.
//!
//! Goods may go along the engine's own lanes between locations, and between nodes that the policy names together. No node
//! gives what its own level asks for, so that a transfer never leads to a purchase. A node that supplies others is no
//! sibling: what it gives are their orders.

use std::collections::{BTreeMap, BTreeSet};

use oms_core::catalog::{Lane as CatalogLane, LaneEnd};
use oms_core::words::{LocationId, Money};
use oms_forecast::policy::{Lane, NodeStock, transfers};
use serde::{Deserialize, Serialize};

use super::levels::{Level, Need, needs, protection};
use super::stocked::Stocked;
use super::{NotReplenished, Shop};

/// Days of a transfer.
pub(super) const MOST_DAYS: u32 = 365;
/// Nodes of a group of siblings; several groups make no more ways between nodes than one of so many.
pub const MOST_SIBLINGS: usize = 1_000;
/// Lots of a SKU that are moved in a round, each of which is thought about: where more are lacking they are larger.
const MOST_LOTS: u64 = 10_000;

/// Nodes that help one another out.
///
/// # Example
/// ```
/// let city: oms::Siblings = serde_json::from_str(r#"{"nodes": ["S1", "S2"], "days": 1, "unit_cost": "0.10 USD"}"#)?;
/// assert_eq!(city.nodes.len(), 2);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Siblings {
    /// Each may give to each.
    pub nodes: BTreeSet<LocationId>,
    /// Days that goods are on their way.
    pub days: u32,
    /// What it costs to move a unit, held against the `unit_cost` of its goods; nothing unless it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_cost: Option<Money>,
}

/// A way from node to node.
#[derive(Clone, Debug)]
struct Way {
    days: u32,
    /// For a unit of so many grams, in lots of so many.
    cost: WayCost,
}

#[derive(Clone, Debug)]
enum WayCost {
    Unit(Option<Money>),
    Lane(CatalogLane),
}

impl WayCost {
    /// Of a unit, as a share of what it is worth; nothing where that cannot be told.
    fn share(&self, worth: Option<Money>, weight_g: u64, lot: u64) -> f64 {
        let minor = |money: Money| money.to_minor().map(|minor| minor as f64).unwrap_or_default();
        let (cost, units) = match self {
            Self::Unit(cost) => (*cost, 1),
            Self::Lane(lane) => (lane.cost(weight_g.saturating_mul(lot)).ok(), lot),
        };
        match (cost, worth) {
            (Some(cost), Some(worth)) if cost.currency() == worth.currency() => {
                minor(cost).max(0.0) / units as f64 / minor(worth).max(1.0)
            }
            _ => 0.0,
        }
    }
}

/// All ways, by their ends.
#[derive(Debug, Default)]
pub(super) struct Ways<'a>(BTreeMap<&'a LocationId, BTreeMap<&'a LocationId, Way>>);

impl<'a> Ways<'a> {
    /// Lanes between open locations; what the policy names goes before.
    pub(super) fn of(shop: &'a Shop, siblings: &'a [Siblings]) -> Self {
        let mut ways: BTreeMap<&LocationId, BTreeMap<&LocationId, Way>> = BTreeMap::new();
        for (from, lanes) in &shop.lanes {
            for lane in lanes {
                let LaneEnd::Location(to) = &lane.to else { continue };
                let way = Way { days: lane.transit_days, cost: WayCost::Lane(lane.clone()) };
                let known = ways.entry(from).or_default().entry(to).or_insert(way.clone());
                if way.days < known.days {
                    *known = way;
                }
            }
        }
        for group in siblings {
            let way = Way { days: group.days, cost: WayCost::Unit(group.unit_cost) };
            for from in &group.nodes {
                for to in group.nodes.iter().filter(|to| *to != from) {
                    ways.entry(from).or_default().insert(to, way.clone());
                }
            }
        }
        Self(ways)
    }

    /// Whether goods may come from here or go there.
    fn touch(&self, node: &LocationId) -> bool {
        self.0.contains_key(node) || self.0.values().any(|ways| ways.contains_key(node))
    }

    fn between(&self, from: &LocationId, to: &LocationId) -> Option<&Way> {
        self.0.get(from)?.get(to)
    }
}

/// A transfer that is proposed.
#[derive(Debug)]
pub(super) struct Help {
    pub(super) need: Need,
    /// The place of the node that gives.
    pub(super) giver: usize,
    /// Days until the goods are there.
    pub(super) days: u32,
}

/// What is needed at all reviews from now to `ahead` days on: what siblings give one another, which is then owed at the one
/// and inbound at the other, and what is still to be ordered.
pub(super) fn planned(
    all: &mut [Stocked],
    (shop, siblings): (&Shop, &[Siblings]),
    ahead: usize,
) -> Result<(Vec<Help>, Vec<Need>), NotReplenished> {
    let ways = Ways::of(shop, siblings);
    let groups = groups(all, &ways);
    let mut alone: BTreeSet<usize> = (0..all.len()).filter(|at| !all[*at].agreed.skip).collect();
    let (mut helps, mut orders) = (Vec::new(), Vec::new());
    for own in groups {
        for at in &own {
            alone.remove(at);
        }
        together(all, &own, (&ways, shop), ahead, (&mut helps, &mut orders))?;
    }
    for at in alone {
        needs(all, at, ahead, &mut orders)?;
    }
    orders.sort_by_key(|need| (need.at, need.day));
    Ok((helps, orders))
}

/// Places of siblings with the same SKU.
fn groups(all: &[Stocked], ways: &Ways<'_>) -> Vec<Vec<usize>> {
    let mut groups = Vec::new();
    if ways.0.is_empty() {
        return groups;
    }
    let nodes: BTreeSet<&LocationId> = all.iter().map(|its| &its.node).collect();
    let touched: BTreeSet<&LocationId> =
        nodes.into_iter().filter(|node| ways.touch(node)).collect();
    let mut first = 0;
    while first < all.len() {
        let sku = &all[first].sku;
        let count = all[first..].iter().take_while(|its| its.sku == *sku).count();
        let own = first..first + count;
        first += count;
        let sibling = |at: &usize| {
            let its = &all[*at];
            !its.agreed.skip && its.members.len() <= 1 && touched.contains(&its.node)
        };
        let own: Vec<usize> = own.filter(sibling).collect();
        if own.len() > 1 {
            groups.push(own);
        }
    }
    groups
}

/// Day by day: siblings first, then what nobody has.
fn together(
    all: &mut [Stocked],
    own: &[usize],
    (ways, shop): (&Ways<'_>, &Shop),
    ahead: usize,
    (helps, orders): (&mut Vec<Help>, &mut Vec<Need>),
) -> Result<(), NotReplenished> {
    let mut ordered = vec![0.0; own.len()];
    for day in 0..=ahead {
        let is_due = |at: usize| day.is_multiple_of(all[at].agreed.review_days as usize);
        let due: Vec<bool> = own.iter().map(|at| is_due(*at)).collect();
        if !due.contains(&true) {
            continue;
        }
        let before = own.iter().zip(&ordered).map(|(at, ordered)| {
            let sold = all[*at].outlook.mean(0, day);
            Ok(Member { at: *at, sold, before: ordered - sold, level: Level::of(all, *at, day)? })
        });
        let members = before.collect::<Result<Vec<Member>, NotReplenished>>()?;
        help(all, (&members, day), |place| due[place], (ways, shop), helps)?;
        for (place, member) in members.iter().enumerate().filter(|(place, _)| due[*place]) {
            let need = member.needed(all, day);
            if need.why.needed > 0 {
                ordered[place] += need.units as f64;
                orders.push(need);
            }
        }
    }
    Ok(())
}

/// A sibling on a day ahead: what it will have sold by then, what was ordered before, less that, and its level, which no
/// transfer changes.
struct Member {
    at: usize,
    sold: f64,
    before: f64,
    level: Level,
}

impl Member {
    fn needed(&self, all: &[Stocked], day: usize) -> Need {
        self.level.needed(&all[self.at], (self.at, day), self.before)
    }
}

/// Who has units to give, how many, and who lacks them.
#[derive(Default)]
struct Sides {
    givers: Vec<(usize, u64)>,
    takers: Vec<usize>,
    lacking: Vec<u64>,
}

/// Who has more than its level on a day, and who, of those that look at their stock then, has less.
fn sides(all: &[Stocked], (own, day): (&[Member], usize), is_due: impl Fn(usize) -> bool) -> Sides {
    let mut sides = Sides::default();
    for (place, member) in own.iter().enumerate() {
        let (at, need) = (member.at, member.needed(all, day));
        let its = &all[at];
        let above = (need.why.position - need.why.order_up_to).floor();
        let free = (its.available - its.owed - member.sold.ceil() as i64).min(above as i64);
        if need.why.needed > 0 {
            if is_due(place) {
                sides.takers.push(at);
                sides.lacking.push(need.why.needed);
            }
        } else if let Ok(free @ 1..) = u64::try_from(free) {
            sides.givers.push((at, free));
        }
    }
    sides
}

/// What the siblings of one SKU give one another on a day; who looks at its stock on that day takes.
fn help(
    all: &mut [Stocked],
    (own, day): (&[Member], usize),
    is_due: impl Fn(usize) -> bool,
    (ways, shop): (&Ways<'_>, &Shop),
    helps: &mut Vec<Help>,
) -> Result<(), NotReplenished> {
    let members: BTreeMap<usize, &Member> = own.iter().map(|its| (its.at, its)).collect();
    let Sides { mut givers, takers, lacking } = sides(all, (own, day), is_due);
    if givers.is_empty() || takers.is_empty() {
        return Ok(());
    }
    // A case is not broken: the largest one of those that lack goods.
    let case = takers.iter().map(|at| all[*at].agreed.rule.multiple).max().unwrap_or(1).max(1);
    let lot = lot(case, &mut givers, &lacking);
    let places: Vec<usize> = givers.iter().map(|(at, _)| *at).chain(takers).collect();
    let weight = shop.weights.get(&all[places[0]].sku).copied().unwrap_or_default();
    let mut lanes = Vec::new();
    let mut days = Vec::new();
    for (from, (giver, _)) in givers.iter().enumerate() {
        for (to, taker) in places.iter().enumerate().skip(givers.len()) {
            let Some(way) = ways.between(&all[*giver].node, &all[*taker].node) else { continue };
            // Later than what is bought today it helps nobody.
            if way.days <= all[*taker].agreed.lead_time.quantile(0.5) {
                let worth = all[*taker].agreed.unit_cost;
                lanes.push(Lane { from, to, unit_cost: way.cost.share(worth, weight, lot) });
                days.push(way.days);
            }
        }
    }
    let mut demands = Vec::with_capacity(places.len());
    for &at in &places {
        demands.push(protection(&all[at], day).map_err(|why| all[at].fails(why))?);
    }
    let free = givers.iter().map(|(_, free)| *free).chain(std::iter::repeat(0));
    let nodes = places.iter().zip(&demands).zip(free).map(|((at, demand), free)| {
        let its = &all[*at];
        let target = its.agreed.service.target().unwrap_or(0.5).clamp(0.01, 0.999_999);
        let position = its.position(day, members[at].before);
        // In units of what the goods are worth, at the ratio at which this service is the cheapest one.
        NodeStock {
            demand,
            position,
            free,
            holding_cost: 1.0,
            stockout_cost: target / (1.0 - target),
        }
    });
    let nodes: Vec<NodeStock<'_>> = nodes.collect();
    let moved = transfers(&nodes, &lanes, lot).map_err(|why| all[places[0]].fails(why))?.moved;
    for its in moved {
        let (lane, days) = (&lanes[its.lane], days[its.lane]);
        let (giver, taker) = (places[lane.from], places[lane.to]);
        let mut need = members[&taker].needed(all, day);
        let units = its.units.min(need.why.needed.div_ceil(case) * case);
        if units == 0 {
            continue;
        }
        need.units = units;
        need.why.to_minimum = 0;
        need.why.above_most = 0;
        need.why.to_multiple = units.saturating_sub(need.why.needed);
        need.why.short_at_source = need.why.needed.saturating_sub(units);
        all[taker].inbound.push((day + days as usize, units));
        all[giver].owed += i64::try_from(units).unwrap_or(i64::MAX);
        helps.push(Help { need, giver, days });
    }
    Ok(())
}

/// Units that are moved at once: full cases, and so many of them that no more than [`MOST_LOTS`] can move. Nobody is free to
/// give more than what all lack.
fn lot(case: u64, givers: &mut [(usize, u64)], lacking: &[u64]) -> u64 {
    let full = |units: &u64| units.checked_next_multiple_of(case).unwrap_or(u64::MAX);
    let lacking = lacking.iter().map(full).fold(0, u64::saturating_add);
    givers.iter_mut().for_each(|(_, free)| *free = (*free).min(lacking));
    let free = givers.iter().map(|(_, free)| *free).fold(0, u64::saturating_add);
    case * free.div_ceil(case.saturating_mul(MOST_LOTS)).max(1)
}

#[cfg(test)]
mod tests {
    use super::{MOST_LOTS, lot};

    // Goal: lots are full cases, no more of them can move than are thought about, none is larger than it must be for that, and
    // a surplus that nobody lacks makes none larger. Method: every mix of small and huge figures.
    #[test]
    fn lots_are_bounded() {
        let figures = [1, 2, 12, 999, 10_000, 120_001, 4_000_000, i64::MAX.unsigned_abs()];
        for case in [1, 2, 12, 1_000_000, u64::MAX] {
            for (a, b) in figures.iter().flat_map(|a| figures.iter().map(move |b| (*a, *b))) {
                for lacks in figures {
                    let mut givers = [(0, a), (1, b)];
                    let lot = lot(case, &mut givers, &[lacks]);
                    assert!(lot.is_multiple_of(case), "{case} {a} {b} {lacks}");
                    let lots: u64 = givers.iter().map(|(_, free)| free / lot).sum();
                    assert!(lots <= MOST_LOTS, "{case} {a} {b} {lacks}");
                    let there = a.saturating_add(b);
                    let free = lacks.saturating_add(case).saturating_mul(2).min(there);
                    let smaller = u128::from(lot - case) * u128::from(MOST_LOTS);
                    assert!(smaller < u128::from(free), "{case} {a} {b} {lacks}: {lot}");
                    for ((_, free), had) in givers.into_iter().zip([a, b]) {
                        assert!(free == had || (lacks..had).contains(&free));
                    }
                }
            }
        }
    }
}
