//! Instance and solution files: a wave as UTF-8 JSON, money in whole cents, indexes are positions in the arrays.
//!
//! # Errors
//! What is wrong with a file is told with the array, the index, what was found and what was expected.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::overlay::{Laid, Names, Overlay};
use crate::problem::{NewSite, Offer, OrderRules, Problem, Row, Unsolvable};
use crate::sourcing::Weights;
use crate::wave::Outcome;

/// A wave as a file.
///
/// # Example
/// ```
/// use oms_alloc::instance::Instance;
///
/// let text = r#"{ "version": 1, "name": "one", "currency": "USD", "regions": 1,
///     "nodes": [{ "id": "N0", "kind": "dc", "capacity": null, "handling": 30, "can": [] }],
///     "skus": [{ "id": "S0", "weight_g": 500, "needs": [] }],
///     "lanes": [[[430, 55, 1]]], "stock": [[0, 0, 3, 0]],
///     "orders": [{ "id": "O0", "region": 0, "days": 3, "complete": false, "splits": null,
///                  "lines": [[0, 2, 2000]] }] }"#;
/// let problem = Instance::read(text.as_bytes())?.problem()?;
/// assert_eq!(problem.nothing(), 4_000);
/// # Ok::<(), oms_alloc::instance::BadInstance>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// The version of the format: 1.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// The currency of all money in it.
    pub currency: String,
    /// How many regions there are.
    pub regions: u32,
    /// Who could ship.
    pub nodes: Vec<InstanceNode>,
    /// What is sold.
    pub skus: Vec<InstanceSku>,
    /// Per node and region: cents a package, cents a kilogram, days in transit; null where the node does not serve.
    pub lanes: Vec<Vec<Option<(i64, i64, u32)>>>,
    /// Node, SKU, units, opportunity cost in cents of taking one.
    pub stock: Vec<(u32, u32, u32, i64)>,
    /// Who wants what.
    pub orders: Vec<InstanceOrder>,
}

/// A node of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceNode {
    /// Its id.
    pub id: String,
    /// What it is: `dc`, `store`, `3pl` or `supplier`.
    pub kind: String,
    /// The most packages; null means any number.
    pub capacity: Option<u32>,
    /// Cents to handle a unit.
    pub handling: i64,
    /// What it is equipped for.
    pub can: Vec<String>,
}

/// A SKU of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceSku {
    /// Its id.
    pub id: String,
    /// Grams a unit.
    pub weight_g: i64,
    /// What a node must be equipped for.
    pub needs: Vec<String>,
}

/// An order of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceOrder {
    /// Its id.
    pub id: String,
    /// Where it goes.
    pub region: u32,
    /// The most days in transit.
    pub days: u32,
    /// All units or none.
    pub complete: bool,
    /// The most packages; null means any number.
    pub splits: Option<u32>,
    /// SKU, units, cents for each unit that stays unfilled.
    pub lines: Vec<(u32, u32, i64)>,
}

/// A plan as a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Solution {
    /// The name of the instance.
    pub instance: String,
    /// Order, line, node, units.
    pub assign: Vec<(u32, u32, u32, u32)>,
    /// No plan costs less, in cents.
    pub bound: Option<i64>,
    /// Seconds that it took.
    pub seconds: f64,
    /// What the plan costs, in cents.
    pub cost: i64,
}

/// What is wrong with an instance.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadInstance {
    /// The file is no instance.
    #[error("`{path}` in line {line}, column {column}: {detail}")]
    Unreadable {
        /// Where in the document.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What the reader says.
        detail: String,
    },
    /// An entry of an array is not what it must be.
    #[error("`{array}[{index}]` {field}: found {found}, expected {expected}")]
    BadEntry {
        /// The array.
        array: &'static str,
        /// The position in it.
        index: usize,
        /// What of the entry.
        field: &'static str,
        /// What is there.
        found: String,
        /// What should be.
        expected: String,
    },
    /// The numbers are beyond what can be reckoned with.
    #[error(transparent)]
    Unsolvable(#[from] Unsolvable),
}

impl BadInstance {
    /// Gives the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "instance.unreadable",
            Self::BadEntry { .. } => "instance.bad_entry",
            Self::Unsolvable(_) => "instance.out_of_bounds",
        }
    }
}

fn bad(
    array: &'static str,
    index: usize,
    field: &'static str,
    found: impl std::fmt::Display,
    expected: impl Into<String>,
) -> BadInstance {
    BadInstance::BadEntry {
        array,
        index,
        field,
        found: found.to_string(),
        expected: expected.into(),
    }
}

/// The largest cost of one kind in a file, in cents.
const MOST_CENTS: i64 = 1 << 38;
/// The heaviest unit, in grams.
const MOST_GRAMS: i64 = 1 << 24;

impl Instance {
    /// Reads and checks an instance.
    ///
    /// # Errors
    /// [`BadInstance`] with the place.
    pub fn read(text: &[u8]) -> Result<Self, BadInstance> {
        let mut reader = serde_json::Deserializer::from_slice(text);
        let read: Result<Self, _> = serde_path_to_error::deserialize(&mut reader);
        let instance = read.map_err(|error| {
            let path = error.path().to_string();
            unreadable(path, error.inner())
        })?;
        reader.end().map_err(|error| unreadable(".".to_owned(), &error))?;
        instance.check()?;
        Ok(instance)
    }

    /// Checks every index and every number.
    ///
    /// # Errors
    /// [`BadInstance::BadEntry`] for the first entry that is wrong.
    pub fn check(&self) -> Result<(), BadInstance> {
        if self.version != 1 {
            return Err(bad("version", 0, "itself", self.version, "1"));
        }
        unique("nodes", self.nodes.iter().map(|node| node.id.as_str()))?;
        unique("skus", self.skus.iter().map(|sku| sku.id.as_str()))?;
        unique("orders", self.orders.iter().map(|order| order.id.as_str()))?;
        for (index, node) in self.nodes.iter().enumerate() {
            let handling = node.handling;
            within("nodes", index, "handling", handling, -MOST_CENTS..=MOST_CENTS)?;
        }
        for (index, sku) in self.skus.iter().enumerate() {
            within("skus", index, "weight_g", sku.weight_g, 0..=MOST_GRAMS)?;
        }
        self.check_lanes()?;
        self.check_stock()?;
        for (index, order) in self.orders.iter().enumerate() {
            below("orders", index, "region", order.region, self.regions as usize)?;
            let mut wanted = BTreeSet::new();
            for &(sku, _, penalty) in &order.lines {
                below("orders", index, "a line's SKU", sku, self.skus.len())?;
                within("orders", index, "a line's penalty", penalty, 0..=MOST_CENTS)?;
                if !wanted.insert(sku) {
                    let expected = "each SKU in one line of an order";
                    return Err(bad("orders", index, "a line's SKU", sku, expected));
                }
            }
        }
        Ok(())
    }

    fn check_lanes(&self) -> Result<(), BadInstance> {
        if self.lanes.len() != self.nodes.len() {
            let expected = format!("{} rows, one per node", self.nodes.len());
            return Err(bad("lanes", self.lanes.len(), "its length", self.lanes.len(), expected));
        }
        for (index, row) in self.lanes.iter().enumerate() {
            if row.len() != self.regions as usize {
                let expected = format!("{}, one per region", self.regions);
                return Err(bad("lanes", index, "its length", row.len(), expected));
            }
            for (fixed, per_kg, _) in row.iter().flatten() {
                within("lanes", index, "the cost of a package", *fixed, 0..=MOST_CENTS)?;
                let most = MOST_CENTS / MOST_GRAMS * 1_000;
                within("lanes", index, "the cost of a kilogram", *per_kg, -most..=most)?;
            }
        }
        Ok(())
    }

    fn check_stock(&self) -> Result<(), BadInstance> {
        let mut seen = BTreeSet::new();
        for (index, &(node, sku, _, hold)) in self.stock.iter().enumerate() {
            below("stock", index, "its node", node, self.nodes.len())?;
            below("stock", index, "its SKU", sku, self.skus.len())?;
            within("stock", index, "its opportunity cost", hold, -MOST_CENTS..=MOST_CENTS)?;
            if !seen.insert((node, sku)) {
                let expected = "each node and SKU once";
                return Err(bad(
                    "stock",
                    index,
                    "itself",
                    format!("{node}, {sku} again"),
                    expected,
                ));
            }
        }
        Ok(())
    }

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
    /// [`Outcome::in_money`] makes true ones of them.
    ///
    /// # Errors
    /// [`BadInstance::Unsolvable`] where costs, weights or counts are beyond the solver's bounds.
    pub fn problem_with(&self, overlay: &Overlay) -> Result<Problem, BadInstance> {
        self.weighed(Weights::default(), overlay)
    }

    /// The numbers of its nodes and SKUs, for an overlay; none for an empty one.
    pub(crate) fn names(&self, overlay: &Overlay) -> Names<'_> {
        if overlay.is_empty() {
            return Names::default();
        }
        let nodes = self.nodes.iter().map(|node| node.id.as_str());
        Names::new(nodes, self.skus.iter().map(|sku| sku.id.as_str()))
    }

    /// Makes the dense problem with weights beside the costs of packages, under an overlay.
    pub(crate) fn weighed(
        &self,
        weights: Weights,
        overlay: &Overlay,
    ) -> Result<Problem, BadInstance> {
        let laid = Laid::new(overlay, &self.names(overlay));
        let mut builder = Problem::builder();
        let capacity: Vec<Row> = self
            .nodes
            .iter()
            .map(|node| node.capacity.map_or(Row::FREE, |most| builder.row(u64::from(most))))
            .collect();
        let mut stock: Vec<Vec<Held>> = vec![Vec::new(); self.skus.len()];
        for &(node, sku, units, hold) in &self.stock {
            let held_back = laid.held_back(node, sku).map_or(0, |held| held.units);
            let units = units.saturating_sub(u32::try_from(held_back).unwrap_or(u32::MAX));
            let row = builder.row(u64::from(units));
            stock[sku as usize].push(Held { node, units, hold, row });
        }
        let able = self.able();
        for order in &self.orders {
            let (on, region) = (laid.on(&order.id), order.region.to_string());
            let mut sites: BTreeMap<u32, Vec<Offer>> = BTreeMap::new();
            for (line, &(sku, _, _)) in order.lines.iter().enumerate() {
                for held in &stock[sku as usize] {
                    let node = held.node as usize;
                    let lane = self.lanes[node][order.region as usize];
                    let Some((_, per_kg, days)) = lane else { continue };
                    let removed = on.removes(held.node, sku, &[&region]).is_some();
                    if days > order.days || !able(node, sku as usize) || removed {
                        continue;
                    }
                    let weight = self.skus[sku as usize].weight_g;
                    let cost = (weight * per_kg + 500).div_euclid(1_000)
                        + self.nodes[node].handling
                        + held.hold;
                    let (units, stock, claim) = (held.units, held.row, Row::FREE);
                    let offer = Offer { line, cost, units, stock, claim };
                    sites.entry(held.node).or_default().push(offer);
                }
            }
            let sites = sites.into_iter().map(|(node, offers)| NewSite {
                node,
                fixed: self.lanes[node as usize][order.region as usize].map_or(0, |lane| {
                    let weight = weights.package(i64::from(lane.2));
                    let weight = weight.saturating_add(on.weight(node, &region));
                    lane.0.saturating_add(weight).max(0)
                }),
                capacity: capacity[node as usize],
                counts: true,
                offers,
            });
            let lines: Vec<(u32, i64, bool)> =
                order.lines.iter().map(|&(_, qty, penalty)| (qty, penalty, false)).collect();
            let splits = order.splits.map(|most| u16::try_from(most).unwrap_or(u16::MAX));
            let rules = OrderRules { complete: order.complete, splits };
            builder.order(rules, &lines, sites.collect())?;
        }
        Ok(builder.build()?)
    }

    /// The row that [`Self::weighed`] gives a row of stock: those of capacities come before.
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

    /// Makes the file of a plan for this instance.
    #[must_use]
    pub fn solution(&self, outcome: &Outcome, seconds: f64) -> Solution {
        let shipments = outcome.shipments.iter();
        Solution {
            instance: self.name.clone(),
            assign: shipments.map(|s| (s.order, u32::from(s.line), s.node, s.qty)).collect(),
            bound: outcome.progress.bound,
            seconds,
            cost: outcome.progress.cost,
        }
    }
}

/// Stock of a SKU at a node.
#[derive(Debug, Clone, Copy)]
struct Held {
    node: u32,
    units: u32,
    hold: i64,
    row: Row,
}

fn unreadable(path: String, error: &serde_json::Error) -> BadInstance {
    let detail = error.to_string();
    BadInstance::Unreadable { path, line: error.line(), column: error.column(), detail }
}

fn unique<'i>(array: &'static str, ids: impl Iterator<Item = &'i str>) -> Result<(), BadInstance> {
    let mut seen = BTreeSet::new();
    for (index, id) in ids.enumerate() {
        if !seen.insert(id) {
            return Err(bad(array, index, "id", format!("`{id}` again"), "each id once"));
        }
    }
    Ok(())
}

fn below(
    array: &'static str,
    index: usize,
    field: &'static str,
    found: u32,
    count: usize,
) -> Result<(), BadInstance> {
    if (found as usize) < count {
        return Ok(());
    }
    Err(bad(array, index, field, found, format!("an index below {count}")))
}

fn within(
    array: &'static str,
    index: usize,
    field: &'static str,
    found: i64,
    range: std::ops::RangeInclusive<i64>,
) -> Result<(), BadInstance> {
    if range.contains(&found) {
        return Ok(());
    }
    Err(bad(array, index, field, found, format!("{} to {}", range.start(), range.end())))
}
