//! What a replenishment round proposes, and why.

use std::sync::Arc;

use oms_core::words::{BusinessDay, LocationId, Money, Sku};
use serde::Serialize;

use super::placement::ServiceDays;
use super::unknown::UnknownName;

/// Proposals of a round. Nothing of it is a fact.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SupplyPlan {
    /// The last day whose facts are known.
    pub as_of: BusinessDay,
    /// The last event that is known.
    pub seq: u64,
    /// What to order, by node and SKU, first orders first.
    pub proposals: Vec<SupplyProposal>,
    /// SKUs at nodes that need nothing.
    pub enough: usize,
    /// What purchases of the first day cost, where their unit costs are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spent: Option<Money>,
    /// What the policy names and nobody ever defined: what it says of these did nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<UnknownName>,
}

/// Units to order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SupplyProposal {
    /// A purchase or a transfer.
    pub kind: SupplyKind,
    /// What.
    pub sku: Sku,
    /// Whither.
    pub node: LocationId,
    /// The supplier, or the node that gives.
    pub source: String,
    /// The day to order.
    pub order_on: BusinessDay,
    /// The day on which the goods are expected.
    pub due: BusinessDay,
    /// Whether it is for a later review, and will be known better then.
    pub planned: bool,
    /// How many.
    pub units: u64,
    /// How they come about.
    pub why: SupplyReason,
}

/// The two kinds of supply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SupplyKind {
    /// From outside.
    Purchase,
    /// From another node: one that supplies it, or a sibling that has more than it needs.
    Transfer,
}

/// Each number behind a proposal, in base units unless it says otherwise.
///
/// # Law
/// `order_up_to = forecast + safety_stock + cycle_stock - spoils`, `position = on_hand + inbound + planned_before - owed`,
/// `units = needed + to_minimum + to_multiple - above_most - short_at_source - over_budget`, where `needed` is what the
/// order-up-to level exceeds the position by, in whole units; nothing above the reorder point, where there is one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SupplyReason {
    /// Days of history whose demand is known.
    pub days_seen: usize,
    /// Days left out, for an empty shelf hid demand.
    pub days_out_of_stock: usize,
    /// Days on which the shelf went empty: what was sold was taken for the least that was wanted.
    pub days_recovered: usize,
    /// Days of those that the order must last for on which a promotion is planned.
    pub days_promoted: usize,
    /// Models that the forecast is averaged from; none where history is too short to try any.
    pub models: Arc<[String]>,
    /// Where it has hardly begun, so that its mean is theirs too: the SKUs at nodes that it is taken to be like.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub alike: Arc<[String]>,
    /// Where safety stock is placed along a chain: the days of this node in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_days: Option<ServiceDays>,
    /// Expected days from the order to its goods.
    pub lead_time_days: f64,
    /// Days that the order must last for: lead time and review period.
    pub protection_days: f64,
    /// Demand that is expected in these days.
    pub forecast: f64,
    /// What is held above that, for the service that is wanted.
    pub safety_stock: f64,
    /// What is held above that, so that fewer orders are to be placed; 0 where an order costs nothing.
    pub cycle_stock: f64,
    /// The position from which on nothing is ordered yet, where an order costs something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reorder_point: Option<f64>,
    /// What is held less, for it would spoil.
    pub spoils: f64,
    /// The position to order up to.
    pub order_up_to: f64,
    /// The share of units that is then expected to be served from the shelf.
    pub fill_rate: f64,
    /// Units there: for sale and hidden from it; of a node that supplies others, theirs too.
    pub on_hand: i64,
    /// Units on their way that come in time.
    pub inbound: u64,
    /// Earlier proposals of this plan, less demand that is expected before this one.
    pub planned_before: f64,
    /// Units that customers have been promised or wait for, and what goes to a sibling.
    pub owed: i64,
    /// What all that comes to.
    pub position: f64,
    /// Whole units that are missing.
    pub needed: u64,
    /// Units on top, up to the least order.
    pub to_minimum: u64,
    /// Units on top, up to full cases.
    pub to_multiple: u64,
    /// Units left out, for no more may be ordered, or a further case would spoil.
    pub above_most: u64,
    /// Units left out, for the node that gives has not got them.
    pub short_at_source: u64,
    /// Units left out, for there is no money.
    pub over_budget: u64,
}

impl SupplyProposal {
    /// The sum that the number comes from, in one line.
    #[must_use]
    pub fn explained(&self) -> String {
        let why = &self.why;
        let bridged = match why.service_days {
            Some(days) => format!(", its own stock bridging {}", days.bridged),
            None => String::new(),
        };
        let promoted = match why.days_promoted {
            0 => String::new(),
            days => format!(" ({days} promoted)"),
        };
        let alike = match why.alike.len() {
            0 => String::new(),
            others => format!(" (as {others} like it)"),
        };
        let mut text = format!(
            "{:.1} in {} days{bridged}{promoted}{alike} + {:.1} safety",
            why.forecast,
            short(why.protection_days),
            why.safety_stock
        );
        let mut add = |units: f64, what: &str| {
            if units.abs() > 0.05 {
                let sign = if units < 0.0 { "-" } else { "+" };
                text.push_str(&format!(" {sign} {} {what}", short(units.abs())));
            }
        };
        add(why.cycle_stock, "for fewer orders");
        add(-why.spoils, "that would spoil");
        add(-(why.on_hand as f64), "on hand");
        add(-(why.inbound as f64), "inbound");
        add(
            -why.planned_before,
            if why.planned_before < 0.0 { "sold by then" } else { "more by then" },
        );
        add(why.owed as f64, "owed");
        add(why.to_minimum as f64, "to the minimum");
        add(why.to_multiple as f64, "to full cases");
        add(-(why.above_most as f64), "above the most");
        add(-(why.short_at_source as f64), "that the source lacks");
        add(-(why.over_budget as f64), "over budget");
        text
    }
}

/// A number with a decimal where it has one.
fn short(number: f64) -> String {
    if (number - number.round()).abs() < 0.05 {
        format!("{number:.0}")
    } else {
        format!("{number:.1}")
    }
}
