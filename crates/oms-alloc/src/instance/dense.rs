//! An instance as a dense problem.

use std::collections::{BTreeMap, BTreeSet};

use super::{BadInstance, Instance, InstanceOrder};
use crate::overlay::{Laid, Names, Overlay};
use crate::problem::{Builder, NewSite, Offer, OrderRules, Problem, Row};
use crate::sourcing::Weights;

impl Instance {
    /// Makes the dense problem: orders, lines and nodes keep their indexes.
    ///
    /// # Errors
    /// [`BadInstance::Unsolvable`] where costs or counts are beyond the solver's bounds.
    pub fn problem(&self) -> Result<Problem, BadInstance> {
        self.problem_with(&Overlay::empty())
    }

    /// Makes the dense problem under an overlay. Ids in it that are not in the instance match nothing.
    ///
    /// Where the overlay weighs packages, so do the costs and the bound of a plan for this problem:
    /// [`Outcome::in_money`](crate::Outcome::in_money) makes true ones of them.
    ///
    /// # Errors
    /// [`BadInstance::Unsolvable`] where costs, weights or counts are beyond the solver's bounds.
    pub fn problem_with(&self, overlay: &Overlay) -> Result<Problem, BadInstance> {
        self.problem_weighed(Weights::NONE, overlay)
    }

    /// Makes the dense problem of orders at hand, to be routed at prices that others make: every row of stock and
    /// capacity stays, also where these orders alone cannot exhaust it.
    ///
    /// # Errors
    /// [`BadInstance::Unsolvable`] where costs or counts are beyond the solver's bounds.
    pub fn problem_at_hand(&self) -> Result<Problem, BadInstance> {
        self.dense(Problem::builder().keeping_rows(), Weights::NONE, &Overlay::empty())
    }

    /// The numbers of its nodes and SKUs, for an overlay; none for an empty one.
    pub(crate) fn names(&self, overlay: &Overlay) -> Names<'_> {
        if overlay.is_empty() {
            return Names::default();
        }
        let nodes = self.nodes.iter().map(|node| node.id.as_str());
        Names::new(nodes, self.skus.iter().map(|sku| sku.id.as_str()))
    }

    /// Makes the dense problem under an overlay, with weights: they count beside costs, and so do the overlay's.
    ///
    /// The costs and the bound of a plan for it are weighed then, and count [`Weights::further_package_minor`] once
    /// more for each order, whatever the plan: [`Outcome::in_money`](crate::Outcome::in_money) makes true ones of them.
    ///
    /// # Errors
    /// [`BadInstance::Unsolvable`] where costs, weights or counts are beyond the solver's bounds.
    ///
    /// # Example
    /// ```
    /// use oms_alloc::instance::Instance;
    /// use oms_alloc::{Overlay, WaveOptions, Weights, bill_weighed, plan_wave};
    ///
    /// // The near node emits 900 grams a package, the far one, which costs 0.50 more, 200.
    /// let text = r#"{ "version": 1, "name": "one", "currency": "USD", "regions": 1,
    ///     "nodes": [{ "id": "NEAR", "kind": "dc", "capacity": null, "handling": 0, "can": [] },
    ///               { "id": "FAR", "kind": "dc", "capacity": null, "handling": 0, "can": [] }],
    ///     "skus": [{ "id": "S0", "weight_g": 500, "needs": [] }],
    ///     "lanes": [[[400, 0, 1]], [[450, 0, 3]]], "carbon": [[900], [200]],
    ///     "stock": [[0, 0, 1, 0], [1, 0, 1, 0]],
    ///     "orders": [{ "id": "O0", "region": 0, "days": 3, "complete": false, "splits": null,
    ///                  "lines": [[0, 1, 2000]] }] }"#;
    /// let instance = Instance::read(text.as_bytes())?;
    /// let (green, rules) = (Weights { carbon_minor_per_kg: 100, ..Weights::NONE }, Overlay::empty());
    /// let problem = instance.problem_weighed(green, &rules)?;
    /// let outcome = plan_wave(&problem, &WaveOptions::default(), &mut |_| false);
    /// let bill = bill_weighed(&instance, green, &rules, &outcome.shipments).unwrap();
    /// assert_eq!((bill.total, bill.carbon_g, bill.weighed.carbon), (450, 200, 20));
    /// # Ok::<(), oms_alloc::instance::BadInstance>(())
    /// ```
    pub fn problem_weighed(
        &self,
        weights: Weights,
        overlay: &Overlay,
    ) -> Result<Problem, BadInstance> {
        self.dense(Problem::builder(), weights, overlay)
    }

    fn dense(
        &self,
        mut builder: Builder,
        weights: Weights,
        overlay: &Overlay,
    ) -> Result<Problem, BadInstance> {
        let laid = Laid::new(overlay, &self.names(overlay));
        let capacity: Vec<Row> = self
            .nodes
            .iter()
            .map(|node| node.capacity.map_or(Row::FREE, |most| builder.row(u64::from(most))))
            .collect();
        let stock = self.held(&laid, &mut builder);
        let able = self.able();
        for order in &self.orders {
            let (on, region) = (laid.on(&order.id), order.region.to_string());
            let mut sites: BTreeMap<u32, Vec<Offer>> = BTreeMap::new();
            for (line, &(sku, _, _)) in order.lines.iter().enumerate() {
                for held in &stock[sku as usize] {
                    let node = held.node as usize;
                    let lane = self.lanes[node][order.region as usize];
                    let Some((_, per_kg, days)) = lane else { continue };
                    let in_time = days <= order.days && held.lives(days, order.life);
                    let removed = on.removes(held.node, sku, &[&region]).is_some();
                    if !in_time || !able(node, sku as usize) || removed {
                        continue;
                    }
                    let weight = self.skus[sku as usize].weight_g;
                    let cost = (weight * per_kg + 500).div_euclid(1_000)
                        + self.nodes[node].handling
                        + held.hold;
                    let cost = cost.saturating_sub(weights.unit(held.markdown));
                    let (units, stock, claim) = (held.units, held.row, Row::FREE);
                    let offer = Offer { line, cost, units, stock, claim };
                    sites.entry(held.node).or_default().push(offer);
                }
            }
            let sites = sites.into_iter().map(|(node, offers)| NewSite {
                node,
                fixed: self.package(order, node, weights, on.weight(node, &region)),
                capacity: capacity[node as usize],
                counts: true,
                offers,
            });
            let more = self.unfilled(order, weights, &stock);
            let lines = order.lines.iter();
            let lines = lines.map(|&(_, qty, penalty)| (qty, penalty.saturating_add(more), false));
            let lines: Vec<(u32, i64, bool)> = lines.collect();
            let splits = order.splits.map(|most| u16::try_from(most).unwrap_or(u16::MAX));
            let further = i64::from(weights.further_package_minor);
            let (complete, bundles) = (order.complete, order.bundles.as_slice());
            let rules = OrderRules { complete, splits, further, bundles };
            builder.order(rules, &lines, sites.collect())?;
        }
        Ok(builder.build()?)
    }

    /// All stock by SKU, with what the overlay leaves of it.
    fn held(&self, laid: &Laid<'_>, builder: &mut Builder) -> Vec<Vec<Held>> {
        let markdown: BTreeMap<(u32, u32), i64> =
            self.markdown.iter().map(|row| ((row.0, row.1), row.2)).collect();
        let life: BTreeMap<(u32, u32), u32> =
            self.lots.iter().map(|row| ((row.0, row.1), row.2)).collect();
        let mut stock: Vec<Vec<Held>> = vec![Vec::new(); self.skus.len()];
        for &(node, sku, units, hold) in &self.stock {
            let held_back = laid.held_back(node, sku).map_or(0, |held| held.units);
            let units = units.saturating_sub(u32::try_from(held_back).unwrap_or(u32::MAX));
            let row = builder.row(u64::from(units));
            let markdown = markdown.get(&(node, sku)).copied().unwrap_or(0);
            let life = life.get(&(node, sku)).copied();
            stock[sku as usize].push(Held { node, units, hold, markdown, life, row });
        }
        stock
    }

    /// What a package of an order from a node weighs, its units and further packages apart: never less than nothing.
    fn package(&self, order: &InstanceOrder, node: u32, weights: Weights, more: i64) -> i64 {
        let lane = self.lanes[node as usize][order.region as usize];
        lane.map_or(0, |(fixed, _, days)| {
            let weight = self.weight(order, node, days, weights);
            fixed.saturating_add(weight).saturating_add(more).max(0)
        })
    }

    /// What the weights add to a package of an order from a node, so many days away.
    fn weight(&self, order: &InstanceOrder, node: u32, days: u32, weights: Weights) -> i64 {
        let grams = self.grams(node as usize, order.region as usize);
        weights.package(i64::from(days), order.due.map(i64::from), grams)
    }

    /// What a unit of an order that stays unfilled weighs beyond its penalty: as much as the heaviest package in time from
    /// a node that holds something of it, so that none stays unfilled for what a package weighs.
    fn unfilled(&self, order: &InstanceOrder, weights: Weights, stock: &[Vec<Held>]) -> i64 {
        if weights == Weights::NONE {
            return 0;
        }
        let held = order.lines.iter().flat_map(|line| &stock[line.0 as usize]);
        let heaviest = held.filter_map(|held| {
            let (_, _, days) = self.lanes[held.node as usize][order.region as usize]?;
            (days <= order.days).then(|| self.weight(order, held.node, days, weights))
        });
        let further = i64::from(weights.further_package_minor);
        heaviest.max().map_or(0, |heaviest| heaviest.saturating_add(further))
    }

    /// Grams of CO2e that a package emits; none where nobody knows.
    pub(crate) fn grams(&self, node: usize, region: usize) -> u32 {
        self.carbon.get(node).and_then(|row| row[region]).unwrap_or(0)
    }

    /// The row that [`Self::problem_weighed`] gives a row of stock: those of capacities come before.
    pub(crate) fn row_of_stock(&self, at: usize) -> Row {
        Row::given(self.nodes.iter().filter(|node| node.capacity.is_some()).count() + at)
    }

    /// Tells whether a node is equipped for a SKU.
    fn able(&self) -> impl Fn(usize, usize) -> bool {
        let can: Vec<BTreeSet<&str>> =
            self.nodes.iter().map(|node| node.can.iter().map(String::as_str).collect()).collect();
        let needs: Vec<Vec<&str>> =
            self.skus.iter().map(|sku| sku.needs.iter().map(String::as_str).collect()).collect();
        move |node, sku| needs[sku].iter().all(|need| can[node].contains(need))
    }
}

/// Stock of a SKU at a node.
#[derive(Debug, Clone, Copy)]
struct Held {
    node: u32,
    units: u32,
    hold: i64,
    markdown: i64,
    life: Option<u32>,
    row: Row,
}

impl Held {
    /// Whether it still lives as long as wanted after so many days in transit.
    fn lives(&self, days: u32, wanted: Option<u32>) -> bool {
        let end = u64::from(days) + u64::from(wanted.unwrap_or(0));
        wanted.is_none() || self.life.is_none_or(|life| u64::from(life) >= end)
    }
}
