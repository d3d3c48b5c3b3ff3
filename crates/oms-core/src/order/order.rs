//! An order: what was given, and where every unit of it is now.
//!
//! Only [`Order::shift`] and its siblings change quantities, and each keeps the law
//! `ordered = Σ holdings` of every line ([`Order::audit`]).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::hold::{Hold, HoldKind};
use super::holding::{Holding, Move, Spot, total};
use super::placed::{Group, Placed, PlacedLine};
use super::stage::{Stage, Verb, allows};
use crate::words::{
    BusinessDay, FulfillmentId, GroupId, LineId, LocationId, Money, OrderId, PackageId, Qty,
    Sealed, Sku, Timestamp, Window,
};

/// A law of the order ledger that does not hold, with its numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("law `{law}` broken: {detail}")]
pub struct OrderLaw {
    /// The law's name.
    pub law: &'static str,
    /// What was found where.
    pub detail: String,
}

/// A line and the whereabouts of its units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// As given.
    pub given: PlacedLine,
    /// Its share of the order discounts, by largest remainder; fixed for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_share: Option<Money>,
    /// Sorted by spot; no spot twice, no empty holding.
    pub holdings: Vec<Holding>,
}

impl Line {
    /// Units at a stage.
    #[must_use]
    pub fn at(&self, stage: Stage) -> Qty {
        total(self.holdings.iter().filter(|h| h.at.stage == stage))
    }

    /// Units at a stage of a node.
    #[must_use]
    pub fn at_node(&self, stage: Stage, node: &LocationId) -> Qty {
        total(
            self.holdings
                .iter()
                .filter(|h| h.at.stage == stage && h.at.node.as_ref() == Some(node)),
        )
    }

    fn add(&mut self, spot: &Spot, qty: Qty) -> Result<(), OrderLaw> {
        match self.holdings.binary_search_by(|h| h.at.cmp(spot)) {
            Ok(i) => {
                if let Some(h) = self.holdings.get_mut(i) {
                    h.qty = h.qty.checked_add(qty).ok_or_else(|| OrderLaw {
                        law: "line.bounded",
                        detail: format!("line `{}` overflows", self.given.line),
                    })?;
                }
            }
            Err(i) => self.holdings.insert(i, Holding { at: spot.clone(), qty }),
        }
        Ok(())
    }

    fn take(&mut self, spot: &Spot, qty: Qty) -> Result<(), OrderLaw> {
        let broken = |found: Qty| OrderLaw {
            law: "line.holds_what_moves",
            detail: format!(
                "line `{}` holds {found} at {} where {qty} should leave",
                self.given.line,
                spot.stage.name()
            ),
        };
        let i =
            self.holdings.binary_search_by(|h| h.at.cmp(spot)).map_err(|_| broken(Qty::ZERO))?;
        let held = self.holdings.get(i).map_or(Qty::ZERO, |h| h.qty);
        let left = held.checked_sub(qty).ok_or_else(|| broken(held))?;
        if left.is_zero() {
            self.holdings.remove(i);
        } else if let Some(h) = self.holdings.get_mut(i) {
            h.qty = left;
        }
        Ok(())
    }
}

/// Units at a node whose cancellation awaits the node's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// The line.
    pub line: LineId,
    /// The node.
    pub node: LocationId,
    /// How many; never more than Released + Packed there.
    pub qty: Qty,
}

/// A node that this order may not be sent to for a SKU, for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// The SKU.
    pub sku: Sku,
    /// The node.
    pub node: LocationId,
    /// Until when.
    pub until: Timestamp,
}

/// The day on which the order was counted at a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeDay {
    /// The node.
    pub node: LocationId,
    /// Its local business day.
    pub day: BusinessDay,
    /// Whether something left the node for the customer: then it is never given back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub used: bool,
}

/// Work given to one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FulfillmentOrder {
    /// Its id.
    pub fulfillment: FulfillmentId,
    /// The node.
    pub node: LocationId,
    /// The group it serves.
    pub group: GroupId,
    /// When the node shall hand over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_over_by: Option<Timestamp>,
    /// Released at.
    pub at: Timestamp,
    /// Units released into it, by line.
    pub lines: BTreeMap<LineId, Qty>,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Its id.
    pub package: PackageId,
    /// The node that packs it.
    pub node: LocationId,
    /// The work it belongs to.
    pub fulfillment: FulfillmentId,
    /// What is in it, by line; as packed, less what was unpacked.
    pub contents: BTreeMap<LineId, Qty>,
    /// Weight as weighed, grams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_g: Option<u64>,
    /// Carrier, once shipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// Carrier's service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Tracking number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
    /// When it left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipped_at: Option<Timestamp>,
    /// When it arrived (or was collected).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// When it was given up as lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_at: Option<Timestamp>,
}

impl Package {
    /// The most that a package may weigh: a thousand tonnes.
    pub const MOST_WEIGHT_G: u64 = 1_000_000_000;
}

/// What the customer was told about a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promised {
    /// The group.
    pub group: GroupId,
    /// Between when and when.
    pub window: Window,
    /// Confidence in percent.
    pub confidence_percent: u8,
}

/// An order with everything that has become of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// What was given beside the lines; `lines` there is empty, for they live below.
    pub placed: Placed,
    /// The lines, in the order given.
    pub lines: Vec<Line>,
    /// Holds, by kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
    /// Cancellations that await a node.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Pending>,
    /// Nodes not to be asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
    /// Node days taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<NodeDay>,
    /// Work given to nodes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fulfillments: Vec<FulfillmentOrder>,
    /// Boxes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<Package>,
    /// Promises made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promises: Vec<Promised>,
    /// Notes, sealed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Sealed>,
}

impl Order {
    /// A fresh order: every unit at `first`, which is Open (or Delivered, for a till sale).
    #[must_use]
    pub fn new(mut placed: Placed, shares: &[Money], at: Timestamp, first: Stage) -> Order {
        let given = std::mem::take(&mut placed.lines);
        let lines = given
            .into_iter()
            .enumerate()
            .map(|(i, given)| Line {
                holdings: vec![Holding { at: Spot::bare(first), qty: given.qty }],
                discount_share: shares.get(i).copied(),
                given,
            })
            .collect();
        Order {
            id: placed.order.clone(),
            placed_at: at,
            placed,
            lines,
            holds: Vec::new(),
            pending: Vec::new(),
            exclusions: Vec::new(),
            days: Vec::new(),
            fulfillments: Vec::new(),
            packages: Vec::new(),
            promises: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// A line by id.
    #[must_use]
    pub fn line(&self, id: &LineId) -> Option<&Line> {
        self.lines.iter().find(|l| l.given.line == *id)
    }

    fn line_mut(&mut self, id: &LineId) -> Option<&mut Line> {
        self.lines.iter_mut().find(|l| l.given.line == *id)
    }

    /// A group by id.
    #[must_use]
    pub fn group(&self, id: &GroupId) -> Option<&Group> {
        self.placed.groups.iter().find(|g| g.group == *id)
    }

    /// The group of a line.
    #[must_use]
    pub fn group_of(&self, line: &Line) -> Option<&Group> {
        self.placed.group_of(&line.given)
    }

    /// A package by id.
    #[must_use]
    pub fn package(&self, id: &PackageId) -> Option<&Package> {
        self.packages.iter().find(|p| p.package == *id)
    }

    /// The first hold, by kind, that stops the verb.
    #[must_use]
    pub fn held_against(&self, verb: Verb) -> Option<HoldKind> {
        self.holds.iter().map(|h| h.kind).find(|k| k.blocks(verb))
    }

    /// Units of a line at a node whose cancellation is pending.
    #[must_use]
    pub fn pending_at(&self, line: &LineId, node: &LocationId) -> Qty {
        self.pending
            .iter()
            .find(|p| p.line == *line && p.node == *node)
            .map_or(Qty::ZERO, |p| p.qty)
    }

    /// Units of a line that are neither packed nor past it, without those whose cancellation is pending.
    #[must_use]
    pub fn unpacked(&self, line: &Line) -> Qty {
        let before = line.holdings.iter().filter(|h| h.at.stage < Stage::Packed);
        let pending = self.pending.iter().filter(|p| p.line == line.given.line);
        pending.fold(total(before), |units, p| {
            let released = line.at_node(Stage::Released, &p.node);
            units.checked_sub(released.min(p.qty)).unwrap_or(Qty::ZERO)
        })
    }

    /// Whether all of it comes from one node: as it was asked for, or because it is worth less than
    /// [`split_from`](super::placed::Constraints::split_from).
    #[must_use]
    pub fn is_single_node(&self) -> bool {
        let constraints = &self.placed.constraints;
        let less = |least: Money| self.worth().is_some_and(|w| w.amount() < least.amount());
        constraints.single_node || constraints.split_from.is_some_and(less)
    }

    /// Price times quantity of all lines, before discounts; a line without a price adds nothing. Nothing
    /// if there is no such amount.
    fn worth(&self) -> Option<Money> {
        let lines = self.lines.iter().map(|line| &line.given);
        let mut prices = lines.filter_map(|given| Some(given.unit_price?.times(given.qty)));
        let nothing = Money::zero(self.placed.currency);
        prices.try_fold(nothing, |sum, price| sum.try_add(price.ok()?).ok())
    }

    /// Whether every unit is at its end.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.lines.iter().flat_map(|l| &l.holdings).all(|h| h.at.stage.is_final())
    }

    /// Where units of each line are tied to a node, packed there, or have left it for the customer
    /// in a package that was not lost.
    ///
    /// # Cost
    /// Linear in holdings and package contents.
    #[must_use]
    pub fn under_way(&self) -> BTreeSet<(LineId, LocationId)> {
        let here = self.holdings().filter(|(_, h)| h.at.stage.is_at_node());
        let here = here.filter_map(|(l, h)| Some((l.given.line.clone(), h.at.node.clone()?)));
        let left = self
            .packages
            .iter()
            .filter(|p| p.lost_at.is_none())
            .filter(|p| p.shipped_at.is_some() || p.delivered_at.is_some())
            .flat_map(|p| p.contents.keys().map(|line| (line.clone(), p.node.clone())));
        here.chain(left).collect()
    }

    /// All holdings with their lines.
    pub fn holdings(&self) -> impl Iterator<Item = (&Line, &Holding)> {
        self.lines.iter().flat_map(|l| l.holdings.iter().map(move |h| (l, h)))
    }

    /// Shifts units as `moves` say.
    ///
    /// # Errors
    /// [`OrderLaw`] when a move is not in the table or takes what is not there: a broken law,
    /// because verbs check first.
    pub fn shift(&mut self, verb: Verb, moves: &[Move]) -> Result<(), OrderLaw> {
        for m in moves {
            let from = m.from.as_ref().map(|s| s.stage);
            if !allows(from, verb, m.to.stage) {
                return Err(OrderLaw {
                    law: "line.moves_by_the_table",
                    detail: format!(
                        "line `{}`: {} to {} by {verb:?} is not in the table",
                        m.line,
                        from.map_or("nothing", Stage::name),
                        m.to.stage.name()
                    ),
                });
            }
            let line = self.line_mut(&m.line).ok_or_else(|| OrderLaw {
                law: "line.exists",
                detail: format!("line `{}` is not in the order", m.line),
            })?;
            if let Some(from) = &m.from {
                line.take(from, m.qty)?;
            }
            line.add(&m.to, m.qty)?;
        }
        Ok(())
    }

    /// Sets the pending cancellation of a line at a node (zero removes it).
    pub fn set_pending(&mut self, line: &LineId, node: &LocationId, qty: Qty) {
        self.pending.retain(|p| !(p.line == *line && p.node == *node));
        if !qty.is_zero() {
            self.pending.push(Pending { line: line.clone(), node: node.clone(), qty });
            self.pending.sort_by(|a, b| a.line.cmp(&b.line).then_with(|| a.node.cmp(&b.node)));
        }
    }

    /// Checks the laws of one order: conservation per line, sorted and merged holdings, pending
    /// within what the node holds.
    ///
    /// # Errors
    /// The first broken law with its numbers.
    ///
    /// # Cost
    /// Linear in holdings.
    pub fn audit(&self) -> Result<(), OrderLaw> {
        for line in &self.lines {
            let sum = total(&line.holdings);
            if sum != line.given.qty {
                return Err(OrderLaw {
                    law: "line.conserved",
                    detail: format!(
                        "order `{}` line `{}`: ordered {} but stages hold {sum}",
                        self.id, line.given.line, line.given.qty
                    ),
                });
            }
            let sorted = line.holdings.windows(2).all(|w| match w {
                [a, b] => a.at < b.at,
                _ => true,
            });
            if !sorted || line.holdings.iter().any(|h| h.qty.is_zero()) {
                return Err(OrderLaw {
                    law: "line.holdings_merged",
                    detail: format!("order `{}` line `{}`", self.id, line.given.line),
                });
            }
        }
        for p in &self.pending {
            let there = self.line(&p.line).map_or(Qty::ZERO, |l| {
                let packed = l.at_node(Stage::Packed, &p.node);
                l.at_node(Stage::Released, &p.node).checked_add(packed).unwrap_or(Qty::MAX)
            });
            if p.qty > there {
                return Err(OrderLaw {
                    law: "pending.within_work",
                    detail: format!(
                        "order `{}` line `{}` at `{}`: pending {} of {there}",
                        self.id, p.line, p.node, p.qty
                    ),
                });
            }
        }
        Ok(())
    }
}
