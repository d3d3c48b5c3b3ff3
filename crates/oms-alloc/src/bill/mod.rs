//! What a plan for an instance costs, by parts, and that it keeps every rule: reckoned from the file alone.

mod unfilled;
mod weighed;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use thiserror::Error;

use crate::instance::Instance;
use crate::overlay::{Laid, Overlay};
use crate::sourcing::Weights;
use crate::wave::Shipment;
use unfilled::Holders;
pub use unfilled::Unfilled;
pub use weighed::Weighed;
pub(crate) use weighed::is_zero;

/// What a plan costs, in cents, and what it makes and leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Bill {
    /// For packages.
    pub package_cost: i64,
    /// For weight.
    pub weight_cost: i64,
    /// For handling.
    pub handling_cost: i64,
    /// For taking units where they are worth keeping; below zero where taking them is a gain.
    pub opportunity_cost: i64,
    /// For units that stay unfilled.
    pub unfilled_cost: i64,
    /// All of it.
    pub total: i64,
    /// Packages made.
    pub packages: u64,
    /// Orders that leave in more than one package.
    pub split_orders: u64,
    /// Units shipped.
    pub units: u64,
    /// Units that stay unfilled, by why.
    pub unfilled: BTreeMap<Unfilled, u64>,
    /// Packages of orders beyond their first.
    #[serde(skip_serializing_if = "is_zero")]
    pub further_packages: u64,
    /// Packages that arrive after their order is due.
    #[serde(skip_serializing_if = "is_zero")]
    pub late_packages: u64,
    /// By how many days, all of them together.
    #[serde(skip_serializing_if = "is_zero")]
    pub late_days: u64,
    /// Grams of CO2e of all packages, where they are known.
    #[serde(skip_serializing_if = "is_zero")]
    pub carbon_g: u64,
    /// What the units would have lost unsold.
    #[serde(skip_serializing_if = "is_zero")]
    pub markdown_saved: i64,
    /// What was weighed beside the total.
    #[serde(skip_serializing_if = "Weighed::is_nothing")]
    pub weighed: Weighed,
}

/// A rule that a plan breaks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("order {order}: {what}")]
pub struct BrokenRule {
    /// The order's index, or the first one that goes too far.
    pub order: u32,
    /// What is wrong.
    pub what: String,
}

/// Reckons a plan; it shares no code with the solver.
///
/// # Errors
/// [`BrokenRule`] for the first rule that the plan breaks.
///
/// # Cost
/// O((stock + shipments) log).
pub fn bill(instance: &Instance, plan: &[Shipment]) -> Result<Bill, BrokenRule> {
    bill_ruled(instance, &Overlay::empty(), plan)
}

/// Reckons a plan under an overlay: what it forbids, pins or holds back is a rule of the plan; its weights cost nothing.
///
/// # Errors
/// [`BrokenRule`] for the first rule that the plan breaks.
///
/// # Cost
/// O((stock + shipments) log).
pub fn bill_ruled(
    instance: &Instance,
    overlay: &Overlay,
    plan: &[Shipment],
) -> Result<Bill, BrokenRule> {
    bill_weighed(instance, Weights::NONE, overlay, plan)
}

/// Reckons a plan under an overlay, and what was weighed in it with weights; these cost nothing.
///
/// # Errors
/// [`BrokenRule`] for the first rule that the plan breaks.
///
/// # Cost
/// O((stock + shipments) log).
pub fn bill_weighed(
    instance: &Instance,
    weights: Weights,
    overlay: &Overlay,
    plan: &[Shipment],
) -> Result<Bill, BrokenRule> {
    let laid = Laid::new(overlay, &instance.names(overlay));
    let stock = instance.stock.iter().map(|&(node, sku, units, hold)| {
        let held_back = laid.held_back(node, sku).map_or(0, |held| held.units);
        let units = units.saturating_sub(u32::try_from(held_back).unwrap_or(u32::MAX));
        ((node, sku), (units, hold))
    });
    let stock: BTreeMap<(u32, u32), (u32, i64)> = stock.collect();
    let mut clerk = Clerk {
        instance,
        weights,
        laid: &laid,
        stock,
        markdown: instance.markdown.iter().map(|row| ((row.0, row.1), row.2)).collect(),
        lots: instance.lots.iter().map(|row| ((row.0, row.1), row.2)).collect(),
        packages: BTreeSet::new(),
        made: vec![0; instance.nodes.len()],
        bill: Bill::default(),
    };
    let mut plan = plan.to_vec();
    plan.sort_unstable();
    for (at, shipment) in plan.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| plan.get(at));
        let key = |s: &Shipment| (s.order, s.line, s.node);
        if before.is_some_and(|before| key(before) == key(shipment)) {
            return Err(clerk.broken(shipment, "a line comes from a node twice"));
        }
        clerk.ship(shipment)?;
    }
    clerk.close(&plan)
}

struct Clerk<'a> {
    instance: &'a Instance,
    weights: Weights,
    laid: &'a Laid<'a>,
    /// Units left and opportunity cost, by node and SKU.
    stock: BTreeMap<(u32, u32), (u32, i64)>,
    /// What a unit would lose unsold, and how long it lives.
    markdown: BTreeMap<(u32, u32), i64>,
    lots: BTreeMap<(u32, u32), u32>,
    /// Packages by order and node.
    packages: BTreeSet<(u32, u32)>,
    made: Vec<u32>,
    bill: Bill,
}

impl Clerk<'_> {
    fn broken(&self, shipment: &Shipment, what: &str) -> BrokenRule {
        let Shipment { order, line, node, qty } = shipment;
        BrokenRule {
            order: *order,
            what: format!("{what} (line {line}, node {node}, {qty} units)"),
        }
    }

    fn ship(&mut self, shipment: &Shipment) -> Result<(), BrokenRule> {
        let world = self.instance;
        let order = world.orders.get(shipment.order as usize);
        let line = order.and_then(|order| order.lines.get(usize::from(shipment.line)));
        let node = world.nodes.get(shipment.node as usize);
        let (Some(order), Some(line), Some(node)) = (order, line, node) else {
            return Err(self.broken(shipment, "there is no such order, line or node"));
        };
        let Some((fixed, per_kg, _)) = self.lane(shipment.order, shipment.node) else {
            return Err(self.broken(shipment, "no lane leads there in time"));
        };
        let sku = &world.skus[line.0 as usize];
        if !sku.needs.iter().all(|need| node.can.contains(need)) {
            return Err(self.broken(shipment, "the node is not equipped for it"));
        }
        let (on, region) = (self.laid.on(&order.id), order.region.to_string());
        if let Some(removal) = on.removes(shipment.node, line.0, &[&region]) {
            return Err(self.broken(shipment, &format!("rule `{}` forbids it", removal.rule)));
        }
        if self.is_too_old(shipment.order, shipment.node, line.0) {
            return Err(self.broken(shipment, "the lot lives too short at the door"));
        }
        let left = self.stock.get_mut(&(shipment.node, line.0));
        let Some(left) = left.filter(|left| shipment.qty > 0 && left.0 >= shipment.qty) else {
            return Err(self.broken(shipment, "the node has too few units, or none are shipped"));
        };
        left.0 -= shipment.qty;
        let units = i64::from(shipment.qty);
        self.bill.opportunity_cost += left.1 * units;
        self.bill.weight_cost += (sku.weight_g * per_kg + 500).div_euclid(1_000) * units;
        self.bill.handling_cost += node.handling * units;
        self.bill.units += u64::from(shipment.qty);
        let markdown = self.markdown.get(&(shipment.node, line.0)).copied().unwrap_or(0);
        let saved = markdown.saturating_mul(units);
        self.bill.markdown_saved = self.bill.markdown_saved.saturating_add(saved);
        let gain = weigh(markdown, self.weights.markdown_percent).saturating_add(50) / 100;
        let weighed = &mut self.bill.weighed;
        weighed.markdown = weighed.markdown.saturating_sub(gain.saturating_mul(units));
        if self.packages.insert((shipment.order, shipment.node)) {
            self.bill.package_cost += fixed;
            self.bill.packages += 1;
            self.weigh_package(shipment.order, shipment.node);
            let made = &mut self.made[shipment.node as usize];
            *made += 1;
            if node.capacity.is_some_and(|most| *made > most) {
                return Err(self.broken(shipment, "the node makes more packages than it can"));
            }
        }
        Ok(())
    }

    /// Reckons what a package is beside its money.
    fn weigh_package(&mut self, order: u32, node: u32) {
        let Some((fixed, _, days)) = self.lane(order, node) else { return };
        let row = &self.instance.orders[order as usize];
        let Facts { late, grams } = self.facts(order, node, days);
        let parts = self.parts(order, node, days);
        let [on_days, on_late, carbon, package] = parts;
        let before = parts.into_iter().fold(fixed, i64::saturating_add);
        let on = self.laid.on(&row.id);
        // A package never weighs less than nothing, whatever rules prefer.
        let rules = on.weight(node, &row.region.to_string()).max(-before);
        let bill = &mut self.bill;
        bill.late_packages += u64::from(late > 0);
        bill.late_days += u64::from(late);
        bill.carbon_g += u64::from(grams);
        let weighed = &mut bill.weighed;
        weighed.days = weighed.days.saturating_add(on_days);
        weighed.lateness = weighed.lateness.saturating_add(on_late);
        weighed.carbon = weighed.carbon.saturating_add(carbon);
        weighed.packages = weighed.packages.saturating_add(package);
        weighed.rules = weighed.rules.saturating_add(rules);
    }

    /// What a package so many days away is beside its money.
    fn facts(&self, order: u32, node: u32, days: u32) -> Facts {
        let row = &self.instance.orders[order as usize];
        let rows = self.instance.carbon.get(node as usize);
        let grams = rows.and_then(|row_of| row_of[row.region as usize]).unwrap_or(0);
        Facts { late: row.due.map_or(0, |due| days.saturating_sub(due)), grams }
    }

    /// What its days, lateness and CO2e weigh, and itself.
    fn parts(&self, order: u32, node: u32, days: u32) -> [i64; 4] {
        let (weights, Facts { late, grams }) = (self.weights, self.facts(order, node, days));
        let carbon = weigh(grams, weights.carbon_minor_per_kg).saturating_add(500) / 1_000;
        let (on_days, on_late) =
            (weigh(days, weights.day_minor), weigh(late, weights.late_day_minor));
        [on_days, on_late, carbon, i64::from(weights.package_minor)]
    }

    /// What a unit of an order that stays unfilled weighs beyond its penalty: as much as the heaviest package in time from
    /// a node with a row of stock for it, were it a further one.
    fn unfilled(&self, number: u32) -> i64 {
        let lines = &self.instance.orders[number as usize].lines;
        let has = |node: &u32| lines.iter().any(|line| self.stock.contains_key(&(*node, line.0)));
        let package = |node: u32| {
            let (_, _, days) = self.lane(number, node)?;
            Some(self.parts(number, node, days).into_iter().fold(0, i64::saturating_add))
        };
        let nodes = (0..self.instance.nodes.len() as u32).filter(has);
        let further = i64::from(self.weights.further_package_minor);
        nodes.filter_map(package).max().map_or(0, |heaviest| heaviest.saturating_add(further))
    }

    /// Whether the lot of a SKU at a node lives shorter at the door than the order wants.
    fn is_too_old(&self, order: u32, node: u32, sku: u32) -> bool {
        let wanted = self.instance.orders[order as usize].life;
        let lot = wanted.zip(self.lots.get(&(node, sku))).zip(self.lane(order, node));
        lot.is_some_and(|((wanted, life), (_, _, days))| {
            i64::from(*life) - i64::from(days) < i64::from(wanted)
        })
    }

    /// The lane of an order from a node, if it arrives in time.
    fn lane(&self, order: u32, node: u32) -> Option<(i64, i64, u32)> {
        let order = &self.instance.orders[order as usize];
        let lane = self.instance.lanes[node as usize][order.region as usize]?;
        (lane.2 <= order.days).then_some(lane)
    }

    /// Reckons what every order got and lacks.
    fn close(mut self, plan: &[Shipment]) -> Result<Bill, BrokenRule> {
        let mut holders = Holders::new();
        for &(node, sku, units, _) in &self.instance.stock {
            if units > 0 {
                holders.entry(sku).or_default().push((node, units));
            }
        }
        let mut rest = plan;
        for (number, order) in self.instance.orders.iter().enumerate() {
            let number = number as u32;
            let count = rest.iter().take_while(|shipment| shipment.order == number).count();
            let (own, others) = rest.split_at(count);
            rest = others;
            let packages = self.packages.range((number, 0)..=(number, u32::MAX)).count();
            self.bill.split_orders += u64::from(packages > 1);
            self.bill.further_packages += packages.saturating_sub(1) as u64;
            if order.splits.is_some_and(|most| packages > most as usize) {
                let what = format!("{packages} packages are more than its limit");
                return Err(BrokenRule { order: number, what });
            }
            let (mut missing, mut whole) = (0_u64, BTreeMap::new());
            for (line, &(_, qty, penalty)) in order.lines.iter().enumerate() {
                let of = own.iter().filter(|shipment| usize::from(shipment.line) == line);
                let got: u64 = of.map(|shipment| u64::from(shipment.qty)).sum();
                let Some(lacks) = u64::from(qty).checked_sub(got) else {
                    let what = format!("line {line} gets {got} of {qty} units");
                    return Err(BrokenRule { order: number, what });
                };
                missing += lacks;
                self.bill.unfilled_cost += penalty * lacks as i64;
                if lacks > 0 {
                    let why = self.why((number, line), &holders, packages, &mut whole);
                    *self.bill.unfilled.entry(why).or_default() += lacks;
                }
            }
            if missing > 0 && self.weights != Weights::NONE {
                let weight = self.unfilled(number).saturating_mul(missing as i64);
                let weighed = &mut self.bill.weighed;
                weighed.unfilled = weighed.unfilled.saturating_add(weight);
            }
            self.keep_together(number, own)?;
            if order.complete && missing > 0 && packages > 0 {
                let what = format!("it ships complete, and {missing} units are missing");
                return Err(BrokenRule { order: number, what });
            }
        }
        let bill = &mut self.bill;
        let further = i64::from(self.weights.further_package_minor);
        bill.weighed.further_packages = further.saturating_mul(bill.further_packages as i64);
        bill.total = bill.package_cost
            + bill.weight_cost
            + bill.handling_cost
            + bill.opportunity_cost
            + bill.unfilled_cost;
        Ok(self.bill)
    }

    /// Every node ships as many of one line of a bundle as of each other, bundle by bundle.
    fn keep_together(&self, number: u32, own: &[Shipment]) -> Result<(), BrokenRule> {
        let order = &self.instance.orders[number as usize];
        if order.bundles.is_empty() {
            return Ok(());
        }
        let got = own.iter().map(|row| ((row.node, u32::from(row.line)), u64::from(row.qty)));
        let got: BTreeMap<(u32, u32), u64> = got.collect();
        let nodes: BTreeSet<u32> = own.iter().map(|row| row.node).collect();
        for (at, bundle) in order.bundles.iter().enumerate() {
            let each = |line: u32| u64::from(order.lines[line as usize].1 / bundle.units.max(1));
            for node in &nodes {
                let got = |line: u32| got.get(&(*node, line)).copied().unwrap_or(0);
                let first = bundle.lines.first().copied().unwrap_or(0);
                let units = got(first) / each(first).max(1);
                if bundle.lines.iter().any(|line| got(*line) != units * each(*line)) {
                    let what = format!("node {node} ships bundle {at} in parts");
                    return Err(BrokenRule { order: number, what });
                }
            }
        }
        Ok(())
    }
}

/// What a package is beside its money.
struct Facts {
    /// Days.
    late: u32,
    grams: u32,
}

/// So much of something, at so much each.
fn weigh(much: impl Into<i64>, each: u32) -> i64 {
    much.into().saturating_mul(i64::from(each))
}
