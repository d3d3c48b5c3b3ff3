//! Instance and solution files: a wave as UTF-8 JSON, money in whole cents, indexes are positions in the arrays.
//!
//! Some facts may be absent, and are not written then: when an order is late, which of its lines are bundles, how long
//! stock still lives, what it loses unsold, and what packages emit. Who knows them fills them in.
//!
//! # Errors
//! What is wrong with a file is told with the array, the index, what was found and what was expected.

mod check;
mod dense;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::problem::{Bundle, Unsolvable};
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Per node and region: grams of CO2e that a package emits, wherever a lane leads; empty where nobody knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carbon: Vec<Vec<Option<u32>>>,
    /// Node, SKU, cents that a unit loses if it is not sold from there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markdown: Vec<(u32, u32, i64)>,
    /// Node, SKU, days that the lot there still lives; stock that is not named lives on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lots: Vec<(u32, u32, u32)>,
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The days in transit after which a package is late; absent where it never is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<u32>,
    /// The least days that a lot must still live at the door; absent where nobody asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub life: Option<u32>,
    /// Lines that leave together: each bundle from one node in one package, or none of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bundles: Vec<Bundle>,
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

fn unreadable(path: String, error: &serde_json::Error) -> BadInstance {
    let detail = error.to_string();
    BadInstance::Unreadable { path, line: error.line(), column: error.column(), detail }
}
