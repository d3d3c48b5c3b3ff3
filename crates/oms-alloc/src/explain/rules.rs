//! Which rules stand behind what is short: sets of them are thought away, small ones first.

use oms_core::sourcing::Rule;

use super::teller::Teller;
use super::{INCOMPLETE, TOO_OLD};
use crate::bill::Unfilled;
use crate::instance::{Instance, InstanceOrder};
use crate::overlay::{AVOIDED, Does, FORBIDDEN, Overlay, PINNED, RESERVED};
use crate::sourcing::Weights;
use crate::wave::Shipment;

/// Rules that can be thought away, in the order in which sets of them are tried: first what somebody laid over the wave.
///
/// That an order ships complete is not among them: a way that fills all is complete, so this rule never hinders it.
const RULES: [&str; 13] = [
    FORBIDDEN,
    PINNED,
    RESERVED,
    AVOIDED,
    Rule::TooManyPackages.code(),
    INCOMPLETE,
    Rule::DeadlineMissed.code(),
    TOO_OLD,
    Rule::NodeIncapable.code(),
    Rule::CapacityExceeded.code(),
    Unfilled::TakenFirst.code(),
    Unfilled::TooDear.code(),
    Unfilled::NoStock.code(),
];

/// Sets of rules as bits, by their place in [`RULES`].
const FORBID: u32 = 1;
const PIN: u32 = 1 << 1;
const RESERVE: u32 = 1 << 2;
const AVOID: u32 = 1 << 3;
const SPLITS: u32 = 1 << 4;
const BUNDLES: u32 = 1 << 5;
const DEADLINE: u32 = 1 << 6;
const LIFE: u32 = 1 << 7;
const EQUIPMENT: u32 = 1 << 8;
const CAPACITY: u32 = 1 << 9;
const OTHERS: u32 = 1 << 10;
const DEAR: u32 = 1 << 11;
const STOCK: u32 = 1 << 12;
/// Those that no overlay, no wish for life and no bundle brings along.
const ALWAYS: u32 = SPLITS | DEADLINE | EQUIPMENT | CAPACITY | OTHERS | DEAR | STOCK;

/// The set that a rule of the overlay is thought away with.
const fn kind(does: &Does) -> u32 {
    match does {
        Does::Forbid(_) => FORBID,
        Does::Pin(_) => PIN,
        Does::Reserve(_) => RESERVE,
        Does::Avoid(_) => AVOID,
        Does::Prefer(_) => 0,
    }
}

impl Teller<'_> {
    /// The smallest set of rules, the first among equals, without which a best way fills every unit.
    pub(super) fn blocking(&mut self) -> Option<Vec<&'static str>> {
        let kinds = self.rules.rules().iter().map(|rule| kind(&rule.does));
        let wants_life = self.all.orders[0].life.is_some() && !self.all.lots.is_empty();
        let has_bundles = !self.all.orders[0].bundles.is_empty();
        let always = [(wants_life, LIFE), (has_bundles, BUNDLES)].into_iter();
        let always = always.filter(|(is_there, _)| *is_there).fold(ALWAYS, |all, it| all | it.1);
        let all = kinds.fold(always, |all, kind| all | kind);
        let mut sets: Vec<u32> = (0..=all).filter(|set| set & !all == 0).collect();
        if !self.fills(all) {
            return None;
        }
        sets.sort_by_key(|set| (set.count_ones(), *set));
        let set = match self.proven {
            true => sets.into_iter().find(|set| self.fills(*set))?,
            false => self.needed(all),
        };
        let rules = RULES.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1);
        Some(rules.map(|(_, rule)| *rule).collect())
    }

    /// For orders too large to be sure: rules that are not needed are put back one by one.
    fn needed(&mut self, all: u32) -> u32 {
        (0..RULES.len()).fold(all, |set: u32, at| {
            let fewer = set & !(1 << at);
            if fewer == set {
                return set;
            }
            if self.fills(fewer) { fewer } else { set }
        })
    }

    /// Whether a best way without these rules fills every unit.
    fn fills(&mut self, without: u32) -> bool {
        let world = self.world(without);
        let rules = self.rules.without(|does| kind(does) & without > 0);
        let whole = priceless(&world, &rules, self.weights);
        let whole = whole.and_then(|whole| self.best(&whole, &rules).ok().zip(Some(whole)));
        let Some(((cost, takes), whole)) = whole else {
            self.proven = false;
            return false;
        };
        let units = |takes: &[Shipment]| takes.iter().map(|row| u64::from(row.qty)).sum::<u64>();
        let wanted = whole.orders[0].lines.iter().map(|line| u64::from(line.1)).sum::<u64>();
        if units(&takes) < wanted {
            return false;
        }
        // Equal costs are equally good: a way that fills all is a best one if none is cheaper.
        without & DEAR > 0 || self.best(&world, &rules).is_ok_and(|best| best.0 >= cost)
    }

    /// The order with what others leave, without some rules.
    fn world(&self, without: u32) -> Instance {
        let mut world = if without & OTHERS > 0 { self.all.clone() } else { self.left.clone() };
        let order = &mut world.orders[0];
        if without & SPLITS > 0 {
            order.splits = None;
        }
        if without & DEADLINE > 0 {
            order.days = u32::MAX;
        }
        if without & LIFE > 0 {
            order.life = None;
        }
        if without & STOCK > 0 {
            ask_for_no_more(order, &self.all.stock);
        }
        if without & BUNDLES > 0 {
            order.bundles.clear();
        }
        if without & EQUIPMENT > 0 {
            world.skus.iter_mut().for_each(|sku| sku.needs.clear());
        }
        if without & CAPACITY > 0 {
            world.nodes.iter_mut().for_each(|node| node.capacity = None);
        }
        world
    }
}

/// Lets an order ask for no more of a SKU than there is at all nodes together, and for no bundle that needs more.
fn ask_for_no_more(order: &mut InstanceOrder, stock: &[(u32, u32, u32, i64)]) {
    let held = |sku: u32| {
        let held = stock.iter().filter(|row| row.1 == sku);
        let held: u64 = held.map(|row| u64::from(row.2)).sum();
        u32::try_from(held).unwrap_or(u32::MAX)
    };
    let InstanceOrder { lines, bundles, .. } = order;
    for bundle in bundles.iter_mut() {
        let ordered = bundle.units;
        for line in &bundle.lines {
            let (sku, wanted, _) = lines[*line as usize];
            bundle.units = bundle.units.min(held(sku) / (wanted / ordered));
        }
        for line in &bundle.lines {
            let wanted = &mut lines[*line as usize].1;
            *wanted = *wanted / ordered * bundle.units;
        }
    }
    bundles.retain(|bundle| bundle.units > 0);
    lines.iter_mut().for_each(|line| line.1 = line.1.min(held(line.0)));
}

/// A world where the order ships complete if it can, whatever it costs; nothing if that is beyond all bounds.
fn priceless(world: &Instance, rules: &Overlay, weights: Weights) -> Option<Instance> {
    let mut whole = world.clone();
    let heaviest = rules.heaviest().saturating_add(i64::from(weights.further_package_minor));
    let due = world.orders[0].due.map(i64::from);
    let package = |node: usize| {
        world.lanes[node][0].map_or(0, |(fixed, _, days)| {
            let weight = weights.package(i64::from(days), due, world.grams(node, 0));
            fixed.saturating_add(weight).saturating_add(heaviest)
        })
    };
    let packages = (0..world.nodes.len()).map(package).fold(1, i64::saturating_add);
    let unit = |&(node, sku, _, hold): &(u32, u32, u32, i64)| {
        let lane = world.lanes[node as usize][0];
        let weight = world.skus[sku as usize].weight_g * lane.map_or(0, |lane| lane.1);
        (weight + 500).div_euclid(1_000) + world.nodes[node as usize].handling + hold
    };
    let dearest = world.stock.iter().map(unit).max().unwrap_or(0).max(0);
    let penalty = packages.checked_add(dearest)?;
    whole.orders[0].complete = true;
    whole.orders[0].lines.iter_mut().for_each(|line| line.2 = penalty);
    Some(whole)
}
