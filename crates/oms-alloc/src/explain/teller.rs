//! One order in a small world of its own, asked about.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    NotExplained, OneMore, PackageExplained, RunnerUp, UnitsExplained, UnitsTaken, UnitsUnfilled,
};
use crate::bill::{Weighed, bill, bill_weighed};
use crate::instance::{BadInstance, Instance, InstanceOrder};
use crate::overlay::{Laid, Overlay};
use crate::problem::Problem;
use crate::sourcing::Weights;
use crate::wave::{Outcome, Shipment, WaveOptions, plan_wave};

/// Steps that an order by itself gets: one proves it, unless it is beyond the tables of the oracle.
const STEPS: u64 = 5;
/// Waves with so many ways at most are planned again with one unit more, with so many steps for all of an order.
const SMALL_WAVE: usize = 4_096;
const AGAIN_STEPS: u64 = 20_000;

/// Asks about one order of a plan.
pub(super) struct Teller<'a> {
    instance: &'a Instance,
    pub(super) weights: Weights,
    overlay: &'a Overlay,
    /// The place in the instance of each row of stock of the worlds.
    rows: Vec<usize>,
    /// The order by itself with all there is, and with what all others leave.
    pub(super) all: Instance,
    pub(super) left: Instance,
    /// The rules of the overlay that concern it.
    pub(super) rules: Overlay,
    /// What it takes there.
    pub(super) own: Vec<Shipment>,
    /// Whether all answers so far are proven.
    pub(super) proven: bool,
}

impl<'a> Teller<'a> {
    pub(super) fn new(
        (instance, weights, overlay): (&'a Instance, Weights, &'a Overlay),
        outcome: &Outcome,
        order: usize,
    ) -> Self {
        let wanted = &instance.orders[order];
        let ids = wanted.lines.iter().map(|line| instance.skus[line.0 as usize].id.as_str());
        let rules = overlay.of_order(&wanted.id, &wanted.region.to_string(), &ids.collect());
        let lines = &instance.orders[order].lines;
        let skus: BTreeMap<u32, u32> = lines.iter().map(|line| line.0).zip(0..).collect();
        let held = |at: &usize| skus.contains_key(&instance.stock[*at].1);
        let rows: Vec<usize> = (0..instance.stock.len()).filter(held).collect();
        let nodes: BTreeSet<u32> = rows.iter().map(|at| instance.stock[*at].0).collect();
        let numbers: BTreeMap<u32, u32> = nodes.into_iter().zip(0..).collect();
        let all = only(instance, order, (&skus, &rows, &numbers));
        let mut left = all.clone();
        let mut own = Vec::new();
        let mut taken: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        let mut packages: BTreeSet<(u32, u32)> = BTreeSet::new();
        for shipment in &outcome.shipments {
            let Some(&node) = numbers.get(&shipment.node) else { continue };
            if shipment.order as usize == order {
                own.push(Shipment { order: 0, node, ..*shipment });
                continue;
            }
            packages.insert((node, shipment.order));
            let line = instance.orders[shipment.order as usize].lines[usize::from(shipment.line)];
            if let Some(sku) = skus.get(&line.0) {
                *taken.entry((node, *sku)).or_default() += shipment.qty;
            }
        }
        for row in &mut left.stock {
            row.2 = row.2.saturating_sub(taken.get(&(row.0, row.1)).copied().unwrap_or(0));
        }
        for (node, _) in packages {
            let capacity = &mut left.nodes[node as usize].capacity;
            *capacity = capacity.map(|most| most.saturating_sub(1));
        }
        Self { instance, weights, overlay, rows, all, left, rules, own, proven: true }
    }

    /// The least weight in a world under rules, and how.
    pub(super) fn best(
        &mut self,
        world: &Instance,
        rules: &Overlay,
    ) -> Result<(i64, Vec<Shipment>), BadInstance> {
        let options = WaveOptions { gap: 0.0, work: Some(STEPS), ..WaveOptions::default() };
        let problem = world.problem_weighed(self.weights, rules)?;
        let outcome = plan_wave(&problem, &options, &mut |_| false);
        self.proven &= outcome.progress.bound == Some(outcome.progress.cost);
        Ok((outcome.progress.cost, outcome.shipments))
    }

    /// What a best way in a world costs, what it weighs, and how.
    pub(super) fn cost_of_best(
        &mut self,
        world: &Instance,
    ) -> Result<(i64, i64, Vec<Shipment>), NotExplained> {
        let rules = self.rules.clone();
        let (weight, takes) = self.best(world, &rules)?;
        let weighs = self.weights != Weights::NONE || rules.weighs();
        let cost = if weighs { bill(world, &takes)?.total } else { weight };
        Ok((cost, weight, takes))
    }

    pub(super) fn chosen(&self) -> BTreeSet<u32> {
        self.own.iter().map(|row| row.node).collect()
    }

    fn node_id(&self, node: u32) -> String {
        self.all.nodes[node as usize].id.clone()
    }

    fn sku_id(&self, line: u16) -> String {
        self.all.skus[self.all.orders[0].lines[usize::from(line)].0 as usize].id.clone()
    }

    pub(super) fn runner_up(&mut self, total: i64) -> Result<Option<RunnerUp>, NotExplained> {
        let mut best: Option<(i64, i64, u32, Vec<Shipment>)> = None;
        for node in self.chosen() {
            let mut world = self.left.clone();
            world.stock.retain(|row| row.0 != node);
            let (cost, weight, takes) = self.cost_of_best(&world)?;
            if best.as_ref().is_none_or(|best| weight < best.1) {
                best = Some((cost, weight, node, takes));
            }
        }
        Ok(best.map(|(cost, _, without, takes)| {
            let taken = |row: &Shipment| UnitsTaken {
                node: self.node_id(row.node),
                sku: self.sku_id(row.line),
                units: row.qty,
            };
            let takes = takes.iter().map(taken).collect();
            RunnerUp { without: self.node_id(without), takes, cost, margin: cost - total }
        }))
    }

    pub(super) fn packages(
        &self,
        wave: (&Problem, &Outcome),
    ) -> Result<Vec<PackageExplained>, NotExplained> {
        let mut world = self.all.clone();
        world.orders[0].complete = false;
        let mut again = AGAIN_STEPS;
        let mut packages = Vec::new();
        for node in self.chosen() {
            let own = self.own.iter().filter(|row| row.node == node);
            let own: Vec<Shipment> = own.copied().collect();
            let bill = bill_weighed(&world, self.weights, &self.rules, &own)?;
            let mut units = Vec::new();
            for row in &own {
                let one_more = self.one_more(row, wave, &mut again)?;
                units.push(UnitsExplained { sku: self.sku_id(row.line), units: row.qty, one_more });
            }
            packages.push(PackageExplained {
                node: self.node_id(node),
                days: world.lanes[node as usize][0].map_or(0, |lane| lane.2),
                package_cost: bill.package_cost,
                weight_cost: bill.weight_cost,
                handling_cost: bill.handling_cost,
                opportunity_cost: bill.opportunity_cost,
                cost: bill.total - bill.unfilled_cost,
                late_days: bill.late_days,
                carbon_g: bill.carbon_g,
                markdown_saved: bill.markdown_saved,
                // What the other packages ship is no unit unfilled.
                weighed: Weighed { unfilled: 0, ..bill.weighed },
                units,
            });
        }
        Ok(packages)
    }

    /// What one more unit of what a shipment takes would save, if there is none left.
    fn one_more(
        &self,
        shipment: &Shipment,
        (problem, outcome): (&Problem, &Outcome),
        again: &mut u64,
    ) -> Result<Option<OneMore>, BadInstance> {
        let sku = self.all.orders[0].lines[usize::from(shipment.line)].0;
        let of = |row: &(u32, u32, u32, i64)| (row.0, row.1) == (shipment.node, sku);
        let Some(at) = self.left.stock.iter().position(of) else { return Ok(None) };
        let names = self.left.names(&self.rules);
        let laid = Laid::new(&self.rules, &names);
        let held_back = laid.held_back(shipment.node, sku).map_or(0, |held| held.units);
        if u64::from(self.left.stock[at].2).saturating_sub(held_back) > u64::from(shipment.qty) {
            return Ok(None);
        }
        let at = self.rows[at];
        let before = outcome.progress;
        if before.bound == Some(before.cost) && problem.arcs() <= SMALL_WAVE && *again > before.work
        {
            let mut world = self.instance.clone();
            world.stock[at].2 = world.stock[at].2.saturating_add(1);
            let options = WaveOptions { gap: 0.0, work: Some(*again), ..WaveOptions::default() };
            let after =
                plan_wave(&world.problem_with(self.overlay)?, &options, &mut |_| false).progress;
            *again = again.saturating_sub(after.work);
            if after.bound == Some(after.cost) {
                return Ok(Some(OneMore { saves: before.cost - after.cost, proven: true }));
            }
        }
        let price = outcome.price_minor(problem, self.instance.row_of_stock(at));
        Ok(price.map(|saves| OneMore { saves, proven: false }))
    }

    pub(super) fn unfilled(&self) -> Vec<UnitsUnfilled> {
        let lines = self.all.orders[0].lines.iter().zip(0_u16..);
        let lacks = lines.map(|(&(_, qty, penalty), line)| {
            let own = self.own.iter().filter(|row| row.line == line);
            let units = qty.saturating_sub(own.map(|row| row.qty).sum());
            UnitsUnfilled { sku: self.sku_id(line), units, cost: penalty * i64::from(units) }
        });
        lacks.filter(|row| row.units > 0).collect()
    }
}

/// The world of one order: its SKUs, the rows of stock of these, and the nodes that hold them, by their new numbers.
fn only(
    instance: &Instance,
    order: usize,
    (skus, rows, nodes): (&BTreeMap<u32, u32>, &[usize], &BTreeMap<u32, u32>),
) -> Instance {
    let wanted = &instance.orders[order];
    let row = |at: &usize| {
        let (node, sku, units, hold) = instance.stock[*at];
        (nodes[&node], skus[&sku], units, hold)
    };
    let lane = |node: &u32| vec![instance.lanes[*node as usize][wanted.region as usize]];
    let rows_of = |node: u32, sku: u32| nodes.get(&node).copied().zip(skus.get(&sku).copied());
    let markdown = instance.markdown.iter();
    let markdown = markdown
        .filter_map(|&(node, sku, cents)| rows_of(node, sku).map(|(node, sku)| (node, sku, cents)));
    let lots = instance.lots.iter();
    let lots = lots
        .filter_map(|&(node, sku, days)| rows_of(node, sku).map(|(node, sku)| (node, sku, days)));
    let carbon = |node: &u32| {
        instance.carbon.get(*node as usize).map(|row| vec![row[wanted.region as usize]])
    };
    Instance {
        version: instance.version,
        name: instance.name.clone(),
        currency: instance.currency.clone(),
        regions: 1,
        nodes: nodes.keys().map(|node| instance.nodes[*node as usize].clone()).collect(),
        skus: wanted.lines.iter().map(|line| instance.skus[line.0 as usize].clone()).collect(),
        lanes: nodes.keys().map(lane).collect(),
        stock: rows.iter().map(row).collect(),
        carbon: nodes.keys().filter_map(carbon).collect(),
        markdown: markdown.collect(),
        lots: lots.collect(),
        orders: vec![InstanceOrder {
            region: 0,
            lines: wanted.lines.iter().map(|line| (skus[&line.0], line.1, line.2)).collect(),
            ..wanted.clone()
        }],
    }
}
