//! A snapshot's orders as a dense problem, and a plan of it as a sketch.
//!
//! A *site* is a node that ships a group of an order by one lane. A line of which some units are reserved in a pool is
//! taken apart into *parts*: units with a claim in that pool draw on no claim there, all others do. This is exact,
//! because the units of a line are alike.
//!
//! Three things a problem cannot say exactly, and a sketch may miss by a little: a line that comes whole and has only
//! some of its units reserved is taken to claim all of them; a node's capacity counts packages, not orders, where an
//! order with a limit on packages sends two groups from one node; channels that want more than their fences share
//! these. The core's rules judge the sketch exactly.

use std::collections::{BTreeMap, BTreeSet};

use oms_core::sourcing::{Candidate, Fields, LaneIndex, OrderIndex, SnapshotIndex, Take};
use oms_core::words::{GroupId, LocationId};

use super::Weights;
use crate::overlay::{Laid, Names, OnOrder, Overlay};
use crate::problem::{NewSite, Offer, OrderRules, Problem, Row, Unsolvable};
use crate::wave::Shipment;

/// A unit that stays unfilled weighs as much as so many of the dearest packages with one unit.
const UNFILLED: i64 = 4;
/// The most groups of an order whose every set may leave a node as one.
const SETS: usize = 4;

/// A problem, and what its lines stand for.
pub(super) struct Translation {
    pub(super) problem: Problem,
    /// Per order, the position of the line that each line of the problem is a part of.
    lines: Vec<Vec<usize>>,
    /// The rows of stock, as the index numbers them.
    pub(super) stock: Vec<Row>,
}

impl Translation {
    /// Translates a snapshot that the overlay is laid on already; what is left of it are its weights.
    pub(super) fn new(
        fields: &Fields<'_, '_>,
        weights: Weights,
        overlay: &Overlay,
    ) -> Result<Self, Unsolvable> {
        let index = fields.index();
        let ids = index.nodes().iter().map(|node| node.row.id.as_str());
        let laid = Laid::new(overlay, &Names::new(ids, std::iter::empty()));
        let mut translator = Translator::new(fields, weights, &laid);
        let drafts: Vec<Draft> =
            (0..index.orders().len()).map(|order| translator.draft(order)).collect();
        let penalty = translator.dearest.saturating_mul(UNFILLED).saturating_add(1);
        let mut lines = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let Draft { rules, parts, sites } = draft;
            let wanted: Vec<(u32, i64, bool)> =
                parts.iter().map(|part| (narrow(part.qty), penalty, part.whole)).collect();
            // An order beyond the solver's bounds is left to the rules.
            if translator.builder.order(rules, &wanted, sites).is_ok() {
                lines.push(parts.iter().map(|part| part.line).collect());
            } else {
                translator.builder.order(OrderRules::default(), &[], Vec::new())?;
                lines.push(Vec::new());
            }
        }
        Ok(Self { problem: translator.builder.build()?, lines, stock: translator.stock })
    }

    /// Tells a plan in the words of the core: per order, what it takes where.
    pub(super) fn sketch(&self, shipments: &[Shipment]) -> Vec<Vec<Take>> {
        let mut units: Vec<BTreeMap<(usize, usize), u64>> = vec![BTreeMap::new(); self.lines.len()];
        for shipment in shipments {
            let order = shipment.order as usize;
            let line = self.lines[order][usize::from(shipment.line)];
            *units[order].entry((line, shipment.node as usize)).or_insert(0) +=
                u64::from(shipment.qty);
        }
        let takes = |units: BTreeMap<(usize, usize), u64>| {
            let takes = units.into_iter();
            takes.map(|((line, node), qty)| Take { line, node, qty }).collect()
        };
        units.into_iter().map(takes).collect()
    }
}

/// An order before its penalty is known.
struct Draft {
    rules: OrderRules<'static>,
    parts: Vec<Part>,
    sites: Vec<NewSite>,
}

/// Units of a line that are claimed alike.
struct Part {
    line: usize,
    qty: u64,
    /// The pool in which they need no further claim.
    pool: Option<usize>,
    whole: bool,
}

struct Translator<'f, 'i, 'a> {
    fields: &'f Fields<'i, 'a>,
    index: &'i SnapshotIndex<'a>,
    weights: Weights,
    laid: &'f Laid<'f>,
    builder: crate::problem::Builder,
    /// By node.
    capacity: Vec<Row>,
    /// By stock row.
    stock: Vec<Row>,
    /// By claim row and channel.
    claims: BTreeMap<(usize, usize), Row>,
    /// The dearest package with one unit.
    dearest: i64,
}

impl<'f, 'i, 'a> Translator<'f, 'i, 'a> {
    fn new(fields: &'f Fields<'i, 'a>, weights: Weights, laid: &'f Laid<'f>) -> Self {
        let index = fields.index();
        let mut builder = Problem::builder();
        let nodes = index.nodes().iter().map(|node| node.row.capacity_left);
        let capacity = nodes.map(|left| left.map_or(Row::FREE, |left| builder.row(left))).collect();
        let stock = index.stock().iter().map(|row| builder.row(row.available)).collect();
        let claims = BTreeMap::new();
        let mut translator =
            Self { fields, index, weights, laid, builder, capacity, stock, claims, dearest: 0 };
        translator.add_claims();
        translator
    }

    /// Makes the rows of claims. A channel whose own fence has all that it could want needs none; all others of a
    /// pool share what is there for everybody, and their fences.
    fn add_claims(&mut self) {
        let mut wanted: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        let mut fences: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        for (at, order) in self.index.orders().iter().enumerate() {
            let mut seen = BTreeSet::new();
            let Some(field) = self.fields.of(at) else { continue };
            for candidate in field.candidates() {
                let pool = self.index.nodes()[candidate.node].pool;
                for row in &candidate.rows {
                    let Some(claim) = row.claim.filter(|claim| seen.insert((row.line, *claim)))
                    else {
                        continue;
                    };
                    let line = &order.lines[row.line];
                    let anew = line.wanted.saturating_sub(reserved(&line.reserved, pool));
                    let key = (claim, order.channel);
                    let sum = wanted.entry(key).or_insert(0);
                    *sum = sum.saturating_add(anew);
                    fences.insert(key, row.fence.map_or(0, |fence| self.index.fence(fence)));
                }
            }
        }
        let mut shared: BTreeMap<usize, u64> = BTreeMap::new();
        let fence = |key| fences.get(key).copied().unwrap_or(0);
        for (key, _) in wanted.iter().filter(|(key, units)| **units > fence(key)) {
            let units = shared.entry(key.0).or_insert_with(|| self.index.ats(key.0));
            *units = units.saturating_add(fence(key));
        }
        let rows: BTreeMap<usize, Row> =
            shared.into_iter().map(|(claim, units)| (claim, self.builder.row(units))).collect();
        for (key, units) in &wanted {
            let is_covered = *units <= fence(key);
            let row = if is_covered { None } else { rows.get(&key.0).copied() };
            self.claims.insert(*key, row.unwrap_or(Row::FREE));
        }
    }

    fn draft(&mut self, at: usize) -> Draft {
        let order = &self.index.orders()[at];
        let candidates = self.fields.of(at).map_or(&[][..], |field| field.candidates());
        let parts = self.parts(order, candidates);
        let packing = Packing::of(order);
        let on = self.laid.on(order.row.id.as_str());
        let mut sites = Vec::new();
        for candidate in candidates {
            for groups in packing.sets(candidate, self.is_limited(order, candidate.node)) {
                self.sites((order, &on), candidate, (&parts, &packing), &groups, &mut sites);
            }
        }
        let complete = order.row.constraints.ship_complete;
        let splits = if packing.single { Some(1) } else { packing.most };
        let rules = OrderRules { complete, splits, further: 0, bundles: &[] };
        Draft { rules, parts, sites }
    }

    /// Takes the lines of an order apart.
    fn parts(&self, order: &OrderIndex<'_>, candidates: &[Candidate]) -> Vec<Part> {
        let mut pools: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); order.lines.len()];
        for candidate in candidates {
            for row in &candidate.rows {
                pools[row.line].insert(self.index.nodes()[candidate.node].pool);
            }
        }
        let mut parts = Vec::with_capacity(order.lines.len());
        for (at, line) in order.lines.iter().enumerate() {
            let whole = !line.row.allow_split;
            let mut rest = line.wanted;
            for &(pool, qty) in &line.reserved {
                if !whole && qty > 0 && pools[at].contains(&pool) {
                    parts.push(Part { line: at, qty, pool: Some(pool), whole });
                    rest = rest.saturating_sub(qty);
                }
            }
            if rest > 0 {
                parts.push(Part { line: at, qty: rest, pool: None, whole });
            }
        }
        parts
    }

    /// Whether an order takes capacity of a node that has not enough for everybody.
    fn is_limited(&self, order: &OrderIndex<'_>, node: usize) -> bool {
        let held = |id: &LocationId| order.row.held.iter().any(|row| row.node == *id);
        self.capacity[node] != Row::FREE && !held(&self.index.nodes()[node].row.id)
    }

    /// Adds the sites of some groups of an order at a node: one for each lane of a single group, one with the
    /// cheapest lanes for several.
    fn sites(
        &mut self,
        (order, on): (&OrderIndex<'_>, &OnOrder<'_, '_>),
        candidate: &Candidate,
        (parts, packing): (&[Part], &Packing<'_>),
        groups: &[usize],
        sites: &mut Vec<NewSite>,
    ) {
        let node = candidate.node;
        let ways: Vec<Vec<(usize, LaneIndex)>> = if let [group] = groups {
            let lanes = self.lanes(order, *group, node).into_iter();
            lanes.map(|lane| vec![(*group, lane)]).collect()
        } else {
            let lanes = groups.iter().filter_map(|group| {
                let lanes = self.lanes(order, *group, node);
                Some((*group, self.cheapest(order, candidate, *group, lanes)?))
            });
            vec![lanes.collect()]
        };
        for way in ways {
            let (mut fixed, mut offers) = (0_i64, Vec::new());
            for (group, lane) in &way {
                let region = order.groups[*group].row.destination.region.as_str();
                let weight = on.weight(node as u32, region);
                fixed = fixed.saturating_add(self.package(lane).saturating_add(weight).max(0));
                self.offers(order, candidate, parts, (*group, lane), &mut offers);
            }
            offers.sort_by_key(|offer: &Offer| offer.line);
            let unit = offers.iter().map(|offer| offer.cost).max().unwrap_or(0);
            self.dearest = self.dearest.max(fixed.saturating_add(unit.max(0)));
            let limited = self.is_limited(order, node);
            sites.push(NewSite {
                node: node as u32,
                fixed,
                capacity: if limited { self.capacity[node] } else { Row::FREE },
                counts: packing.counts(groups, node, self.index),
                offers,
            });
        }
    }

    /// The lanes of a group from a node that arrive in time, without those that another one beats either way.
    fn lanes(&self, order: &OrderIndex<'_>, group: usize, node: usize) -> Vec<LaneIndex> {
        let goal = &order.groups[group];
        let lanes = self.index.lanes_to(goal, node).iter();
        let mut lanes: Vec<LaneIndex> =
            lanes.filter(|lane| lane.comparable && goal.is_in_time(lane)).copied().collect();
        lanes.sort_by_key(|lane| (lane.fixed_minor, lane.micro_per_kg, lane.days));
        let mut least = i128::MAX;
        lanes.retain(|lane| {
            lane.micro_per_kg < least && {
                least = lane.micro_per_kg;
                true
            }
        });
        lanes
    }

    /// The lane that is the cheapest for all that the node could ship of a group.
    fn cheapest(
        &self,
        order: &OrderIndex<'_>,
        candidate: &Candidate,
        group: usize,
        lanes: Vec<LaneIndex>,
    ) -> Option<LaneIndex> {
        let worth = |lane: &LaneIndex| {
            let rows = candidate.rows.iter().filter(|row| row.group == group);
            let units = rows.map(|row| {
                let line = &order.lines[row.line];
                self.index.weight_minor(lane, line.sku).saturating_mul(i128::from(line.wanted))
            });
            units.fold(i128::from(self.package(lane)), i128::saturating_add)
        };
        lanes.into_iter().min_by_key(worth)
    }

    /// What a package by a lane weighs, its units apart.
    fn package(&self, lane: &LaneIndex) -> i64 {
        minor(lane.fixed_minor).saturating_add(self.weights.of_snapshot(i64::from(lane.days)))
    }

    fn offers(
        &self,
        order: &OrderIndex<'_>,
        candidate: &Candidate,
        parts: &[Part],
        (group, lane): (usize, &LaneIndex),
        offers: &mut Vec<Offer>,
    ) {
        let node = &self.index.nodes()[candidate.node];
        let Some(handling) = node.handling_minor else { return };
        for row in candidate.rows.iter().filter(|row| row.group == group) {
            let line = &order.lines[row.line];
            let own = reserved(&line.reserved, node.pool);
            let cost = minor(self.index.weight_minor(lane, line.sku).saturating_add(handling));
            let units = self.index.stock()[row.stock].available;
            for (at, part) in parts.iter().enumerate().filter(|(_, part)| part.line == row.line) {
                let is_claimed = part.pool == Some(node.pool) || (part.whole && own >= line.wanted);
                let claim = match row.claim {
                    _ if is_claimed => Row::FREE,
                    None => continue,
                    Some(claim) => match self.claims.get(&(claim, order.channel)) {
                        Some(row) => *row,
                        None => continue,
                    },
                };
                let (units, stock) = (narrow(units), self.stock[row.stock]);
                offers.push(Offer { line: at, cost, units, stock, claim });
            }
        }
    }
}

/// How an order may be packed.
struct Packing<'a> {
    /// The most packages that are not there yet.
    most: Option<u16>,
    /// Packages that are there: group and node.
    held: BTreeSet<(usize, &'a str)>,
    /// Everything leaves from one node, which is still open.
    single: bool,
}

impl<'a> Packing<'a> {
    fn of(order: &OrderIndex<'a>) -> Self {
        let rules = order.row.constraints;
        let group_of = |id: &GroupId| order.groups.iter().position(|group| group.row.id == *id);
        let held = order.row.held.iter();
        let held: BTreeSet<(usize, &str)> =
            held.filter_map(|row| Some((group_of(&row.group)?, row.node.as_str()))).collect();
        let single = rules.single_node && held.is_empty();
        let most = rules.max_packages.map(|most| {
            let most = u16::try_from(most).unwrap_or(u16::MAX);
            most.saturating_sub(u16::try_from(held.len()).unwrap_or(u16::MAX))
        });
        Self { most, held, single }
    }

    /// The sets of groups that may leave a node as one site.
    fn sets(&self, candidate: &Candidate, limited: bool) -> Vec<Vec<usize>> {
        let groups: BTreeSet<usize> = candidate.rows.iter().map(|row| row.group).collect();
        let groups: Vec<usize> = groups.into_iter().collect();
        let alone = || groups.iter().map(|group| vec![*group]);
        // Together they take one place at the node, and are one node.
        let together = self.single || (limited && self.most.is_none());
        if groups.len() < 2 || !together {
            return alone().filter(|_| self.most != Some(0) || !self.single).collect();
        }
        let most = self.most.map_or(usize::MAX, usize::from);
        if groups.len() > SETS {
            let all = [groups.clone()].into_iter().filter(|all| all.len() <= most);
            return alone().filter(|_| most > 0).chain(all).collect();
        }
        let member = |set: usize| {
            let groups = groups.iter().enumerate();
            groups.filter(move |(at, _)| set >> at & 1 == 1).map(|(_, group)| *group).collect()
        };
        let sets = (1..1_usize << groups.len()).map(member);
        sets.filter(|set: &Vec<usize>| set.len() <= most).collect()
    }

    /// Whether a site counts towards the most packages.
    fn counts(&self, groups: &[usize], node: usize, index: &SnapshotIndex<'_>) -> bool {
        let node = index.nodes()[node].row.id.as_str();
        groups.iter().any(|group| !self.held.contains(&(*group, node)))
    }
}

fn reserved(pools: &[(usize, u64)], pool: usize) -> u64 {
    pools.iter().find(|(of, _)| *of == pool).map_or(0, |(_, qty)| *qty)
}

/// Minor units in the solver's range; what is beyond is beyond its bounds too, and told by them.
fn minor(minor: i128) -> i64 {
    i64::try_from(minor).unwrap_or(i64::MAX)
}

fn narrow(units: u64) -> u32 {
    u32::try_from(units).unwrap_or(u32::MAX)
}
