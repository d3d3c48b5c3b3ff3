//! Why an order of a wave is served as it is: what it costs, what lost, who was out of the question, what competition
//! costs it, and which rules stand behind what is short.
//!
//! Everything is answered by planning the one order again in a small world: its SKUs, the nodes that hold them, and
//! what all other orders of the plan leave. In that world a node, the others or a rule is thought away.
//!
//! Under an overlay the order has the rules that concern it in its small world too. Ways are chosen as these and the
//! weights weigh them, and told in true money.
//!
//! # Law
//! The parts of an order sum to its total, and the totals of all orders to the cost of the plan.

mod removed;
mod rules;
mod teller;

use serde::Serialize;
use thiserror::Error;

use crate::bill::{Bill, BrokenRule, Weighed, bill_weighed, is_zero};
use crate::instance::{BadInstance, Instance};
use crate::overlay::Overlay;
use crate::problem::Problem;
use crate::sourcing::Weights;
use crate::wave::Outcome;
use teller::Teller;

/// The most removed nodes that are told; how many more there are is counted.
pub const MOST_REMOVED: usize = 1_000;

/// The code of a lot that lives shorter at the door than the order wants.
pub(crate) const TOO_OLD: &str = "lot.too_old";
/// The code of a node that has units of a bundle, but not all of one.
pub(crate) const INCOMPLETE: &str = "bundle.incomplete";

/// Why an order is served as it is. All money in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderExplained {
    /// The order's id.
    pub order: String,
    /// What it costs, by parts.
    pub bill: Bill,
    /// Its packages, by node.
    pub packages: Vec<PackageExplained>,
    /// What it does not get, by line.
    pub unfilled: Vec<UnitsUnfilled>,
    /// The best way that does without one of its nodes; nothing if it has none.
    pub runner_up: Option<RunnerUp>,
    /// What it would cost if nobody else wanted anything.
    pub alone: i64,
    /// How much more it costs because others want something too; below zero only where weights chose, or where the plan
    /// is not the best one.
    pub competition: i64,
    /// Nodes with units of it that may not or cannot ship them, by node and SKU; at most [`MOST_REMOVED`].
    pub removed: Vec<NodeRemoved>,
    /// How many more there are.
    pub removed_more: usize,
    /// What stands behind its units that stay unfilled; nothing if it gets all.
    pub short: Option<OrderShort>,
    /// Whether everything here is proven; else costs are those of the best ways found, and rules may be too many.
    pub proven: bool,
}

/// A package of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageExplained {
    /// The node that ships it.
    pub node: String,
    /// Days in transit.
    pub days: u32,
    /// What the package itself costs.
    pub package_cost: i64,
    /// What its weight costs.
    pub weight_cost: i64,
    /// What handling it costs.
    pub handling_cost: i64,
    /// What its units are worth where they lie.
    pub opportunity_cost: i64,
    /// All of it.
    pub cost: i64,
    /// By how many days it is late.
    #[serde(skip_serializing_if = "is_zero")]
    pub late_days: u64,
    /// Grams of CO2e, where they are known.
    #[serde(skip_serializing_if = "is_zero")]
    pub carbon_g: u64,
    /// What its units would have lost unsold.
    #[serde(skip_serializing_if = "is_zero")]
    pub markdown_saved: i64,
    /// What was weighed in it beside its cost; what it weighs as a further one, and what stays unfilled, are
    /// matters of its order.
    #[serde(skip_serializing_if = "Weighed::is_nothing")]
    pub weighed: Weighed,
    /// What is in it.
    pub units: Vec<UnitsExplained>,
}

/// Units of a SKU in a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitsExplained {
    /// The SKU.
    pub sku: String,
    /// How many.
    pub units: u32,
    /// What one more there would save; nothing if some are left, or if the plan came without prices.
    pub one_more: Option<OneMore>,
}

/// What one more unit of what is scarce would save all orders together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OneMore {
    /// So much, in minor units.
    pub saves: i64,
    /// Whether the wave was planned again to the end with that unit; else it is the price of the unit in the bound.
    pub proven: bool,
}

/// Units that stay unfilled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitsUnfilled {
    /// The SKU.
    pub sku: String,
    /// How many.
    pub units: u32,
    /// What that costs.
    pub cost: i64,
}

/// The best way without one of the chosen nodes, from what all other orders leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunnerUp {
    /// The node that it does without.
    pub without: String,
    /// What the order would take.
    pub takes: Vec<UnitsTaken>,
    /// What the order would cost.
    pub cost: i64,
    /// How much more that is; below zero only where weights chose, or where the plan is not the best one.
    pub margin: i64,
}

/// Units of a SKU from a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitsTaken {
    /// The node.
    pub node: String,
    /// The SKU.
    pub sku: String,
    /// How many.
    pub units: u32,
}

/// A node that was out of the question for a SKU.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NodeRemoved {
    /// The node.
    pub node: String,
    /// The SKU.
    pub sku: String,
    /// The stable code of the rule.
    pub rule: &'static str,
    /// The id of the overlay's rule, where it is one: `rule.forbidden`, `rule.pinned` or `rule.reserved`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The first SKU of the bundle that the node lacks, where the rule is `bundle.incomplete`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lacks: Option<String>,
}

/// What stands behind units that stay unfilled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderShort {
    /// How many units.
    pub units: u64,
    /// The smallest set of rules without which a best way leaves nothing unfilled, as stable codes; the first one among
    /// equals. `short.taken_first` is what others took, `short.too_dear` what it costs to leave a unit (a way may be too dear
    /// by what rules weigh), `short.no_stock` what is asked for beyond all there is, `lot.too_old` the life that is asked for,
    /// `bundle.incomplete` that bundles leave whole; `rule.forbidden`, `rule.pinned`, `rule.reserved` and `rule.avoided` are all
    /// rules of the overlay that do so. It is empty if nothing but a better plan is needed, and absent if no set is enough: no lane leads there.
    pub rules: Option<Vec<&'static str>>,
}

/// Why an order cannot be explained.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotExplained {
    /// There is no such order.
    #[error("there is no order `{id}` in the instance")]
    UnknownOrder {
        /// Which.
        id: String,
    },
    /// The order by itself is beyond what can be reckoned with.
    #[error(transparent)]
    Instance(#[from] BadInstance),
    /// The plan breaks a rule.
    #[error(transparent)]
    Broken(#[from] BrokenRule),
}

impl NotExplained {
    /// Gives the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownOrder { .. } => "order.unknown",
            Self::Instance(why) => why.code(),
            Self::Broken(_) => "plan.broken",
        }
    }
}

/// Finds an order by its id.
///
/// # Errors
/// [`NotExplained::UnknownOrder`].
pub fn find_order(instance: &Instance, id: &str) -> Result<usize, NotExplained> {
    let at = instance.orders.iter().position(|order| order.id == id);
    at.ok_or_else(|| NotExplained::UnknownOrder { id: id.to_owned() })
}

/// Explains an order, by its index, of a plan for an instance that was read or checked, with weights, which may be
/// [none](Weights::NONE), under an overlay, which may be empty. The problem is the instance's with these, and the outcome
/// is [in money](Outcome::in_money).
///
/// # Errors
/// [`NotExplained`] if there is no such order, if the plan breaks a rule, or if the order by itself is out of bounds.
///
/// # Cost
/// One pass over the stock and the plan; then plans of the one order, at most 5 steps each: one for each package, one
/// alone, and if it is short at most 257 for the rules, or 16 where the order is too large to be proven; each kind of
/// rule of the overlay that concerns it, a life that it wants, and bundles, doubles the 257 and adds two to the 16. Where the wave
/// has at most 4,096 ways and its plan is proven, it is planned again for scarce units, at most 20,000 steps in all.
///
/// # Example
/// ```
/// use oms_alloc::instance::Instance;
/// use oms_alloc::{Overlay, WaveOptions, Weights, explain_order, find_order, plan_wave};
///
/// // One unit near, none elsewhere, and the order wants two.
/// let text = r#"{ "version": 1, "name": "one", "currency": "USD", "regions": 1,
///     "nodes": [{ "id": "NEAR", "kind": "dc", "capacity": null, "handling": 30, "can": [] }],
///     "skus": [{ "id": "SHIRT", "weight_g": 500, "needs": [] }],
///     "lanes": [[[430, 60, 1]]], "stock": [[0, 0, 1, 0]],
///     "orders": [{ "id": "O1", "region": 0, "days": 3, "complete": false, "splits": null,
///                  "lines": [[0, 2, 2000]] }] }"#;
/// let instance = Instance::read(text.as_bytes())?;
/// let problem = instance.problem()?;
/// let outcome = plan_wave(&problem, &WaveOptions::default(), &mut |_| false);
/// let order = find_order(&instance, "O1")?;
/// let rules = Overlay::empty();
/// let told = explain_order(&instance, Weights::NONE, &rules, &problem, &outcome, order)?;
/// assert_eq!((told.packages[0].cost, told.unfilled[0].cost, told.bill.total), (490, 2_000, 2_490));
/// assert_eq!(told.runner_up.map(|other| other.margin), Some(4_000 - 2_490));
/// assert_eq!(told.short.and_then(|short| short.rules), Some(vec!["short.no_stock"]));
/// # Ok::<(), oms_alloc::NotExplained>(())
/// ```
pub fn explain_order(
    instance: &Instance,
    weights: Weights,
    overlay: &Overlay,
    problem: &Problem,
    outcome: &Outcome,
    order: usize,
) -> Result<OrderExplained, NotExplained> {
    let Some(wanted) = instance.orders.get(order) else {
        return Err(NotExplained::UnknownOrder { id: order.to_string() });
    };
    let mut teller = Teller::new((instance, weights, overlay), outcome, order);
    let bill = bill_weighed(&teller.all, weights, &teller.rules, &teller.own)?;
    let runner_up = teller.runner_up(bill.total)?;
    let all = teller.all.clone();
    let alone = teller.cost_of_best(&all)?.0;
    let units = bill.unfilled.values().sum();
    let short = (units > 0).then(|| OrderShort { units, rules: teller.blocking() });
    let (removed, removed_more) = teller.removed();
    Ok(OrderExplained {
        order: wanted.id.clone(),
        packages: teller.packages((problem, outcome))?,
        unfilled: teller.unfilled(),
        runner_up,
        alone,
        competition: bill.total - alone,
        removed,
        removed_more,
        short,
        proven: teller.proven,
        bill,
    })
}
