//! What is counted while the run goes on: from receipts and from the facts in the outbox.

use std::collections::BTreeMap;

use oms::decision::Choice;
use oms::engine::{Outcome, Receipt, ShortNote};
use oms::event::{Event, PlanCommitted, Shift};
use oms::order::{OrderStatus, Stage, Verb};
use oms::words::LocationId;

use crate::days::day_of;
use crate::lives::Lives;
use crate::network::Grid;
use crate::orders::Route;

/// What the rounds of a day found for the orders that they saw for the first time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sourced {
    /// Units that a node was found for.
    pub(crate) found: u64,
    /// Units that no node was found for.
    pub(crate) short: u64,
    /// Orders that got a plan.
    pub(crate) orders: u64,
    /// Those of them that need more than one node.
    pub(crate) split: u64,
}

/// Where units went from: an area's stores or a center, by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    Stores(usize),
    Center(usize),
}

/// Everything that is counted.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Orders of each route.
    pub(crate) orders: BTreeMap<&'static str, u64>,
    pub(crate) lines: u64,
    /// Units of orders that are shipped or collected.
    pub(crate) promised_units: u64,
    /// Units sold at tills, fuel apart.
    pub(crate) sold_units: u64,
    pub(crate) commands: u64,
    pub(crate) refused: BTreeMap<String, u64>,
    pub(crate) events: u64,
    pub(crate) commits: u64,
    pub(crate) sourced: BTreeMap<i64, Sourced>,
    /// Units by how they were withdrawn: the reason of the cancellation.
    pub(crate) cancelled: BTreeMap<String, u64>,
    /// Units that nodes gave back, by reason.
    pub(crate) rejected: BTreeMap<String, u64>,
    pub(crate) lost_units: u64,
    pub(crate) lost_parcels: u64,
    pub(crate) parcels: u64,
    /// Units that reached the customer.
    pub(crate) delivered: u64,
    /// Claims that tills took away.
    pub(crate) taken: u64,
    pub(crate) flows: BTreeMap<(Origin, usize), u64>,
    /// Units that left each node.
    pub(crate) left: BTreeMap<LocationId, u64>,
    /// Moments and the orders in each status then.
    pub(crate) history: Vec<(i64, BTreeMap<OrderStatus, u64>)>,
}

impl Figures {
    /// Counts an order.
    pub(crate) fn order(&mut self, route: Route, lines: usize, units: u64) {
        let name = match route {
            Route::Ship => "shipped home",
            Route::Pickup => "collected",
            Route::Till => "sold at the till",
        };
        *self.orders.entry(name).or_insert(0) += 1;
        self.lines += u64::try_from(lines).unwrap_or(0);
        if route == Route::Till {
            self.sold_units += units;
        } else {
            self.promised_units += units;
        }
    }

    /// Counts a receipt.
    pub(crate) fn receipt(&mut self, receipt: &Receipt) {
        self.commands += 1;
        if receipt.outcome == Outcome::Refused {
            let code = receipt.refusal.as_ref().map_or("unknown", |note| note.code.as_str());
            *self.refused.entry(code.to_owned()).or_insert(0) += 1;
        }
    }

    /// Units that a round found no node for; those of an order that an earlier round saw are not
    /// counted again.
    pub(crate) fn short(&mut self, at: i64, note: &ShortNote, lives: &mut Lives) {
        if lives.get_mut(&note.order).is_some_and(|life| life.is_first_round(at)) {
            self.sourced.entry(day_of(at)).or_default().short += note.qty.get();
        }
    }

    /// Units that went over the counter of a store.
    pub(crate) fn sold(&mut self, store: &LocationId, units: u64) {
        *self.left.entry(store.clone()).or_insert(0) += units;
    }

    /// Counts a fact.
    pub(crate) fn hear(&mut self, event: &Event, at: i64, lives: &mut Lives, grid: &Grid) {
        match event {
            Event::PlanCommitted(plan) => self.planned(plan, at, lives),
            Event::Shifted(shift) => self.shifted(shift, lives, grid),
            _ => {}
        }
    }

    fn planned(&mut self, plan: &PlanCommitted, at: i64, lives: &mut Lives) {
        let mut nodes: Vec<&LocationId> = plan.decision.chosen.iter().map(|c| &c.node).collect();
        nodes.sort();
        nodes.dedup();
        if let Some(life) = lives.get_mut(&plan.order) {
            if life.is_first_round(at) {
                let sourced = self.sourced.entry(day_of(at)).or_default();
                let found = plan.decision.chosen.iter().map(Choice::quantity);
                sourced.found += found.sum::<u64>();
                sourced.orders += 1;
                sourced.split += u64::from(nodes.len() > 1);
            }
            life.plans += 1;
            for node in nodes {
                if !life.nodes.contains(node) {
                    life.nodes.push(node.clone());
                }
            }
        }
    }

    fn shifted(&mut self, shift: &Shift, lives: &mut Lives, grid: &Grid) {
        let units = |to: Stage| -> u64 {
            let moved = shift.moves.iter().filter(|m| m.to.stage == to && m.from.is_some());
            moved.map(|m| m.qty.get()).sum()
        };
        let reason = || shift.reason.as_ref().map_or("other", |id| id.as_str()).to_owned();
        let mut life = lives.get_mut(&shift.order);
        if let Some(life) = &mut life {
            life.events += 1;
        }
        match shift.verb {
            Verb::Cancel | Verb::Expire => {
                *self.cancelled.entry(reason()).or_insert(0) += units(Stage::Cancelled);
            }
            Verb::NodeRejects => {
                let all: u64 = shift.moves.iter().map(|m| m.qty.get()).sum();
                *self.rejected.entry(reason()).or_insert(0) += all;
                if let Some(life) = life {
                    life.rejections += 1;
                }
            }
            Verb::TakeClaims => self.taken += units(Stage::Open),
            Verb::LoseParcel => {
                self.lost_parcels += 1;
                self.lost_units += units(Stage::Open);
                if let Some(life) = life {
                    life.losses += 1;
                }
            }
            Verb::Ship => {
                self.parcels += 1;
                let Some(parcel) = &shift.parcel else { return };
                let units = units(Stage::Shipped);
                *self.left.entry(parcel.node.clone()).or_insert(0) += units;
                if let (Some(life), Some(node)) = (life, grid.node(&parcel.node)) {
                    life.parcels += 1;
                    let from = if node.is_center { Origin::Center } else { Origin::Stores };
                    *self.flows.entry((from(node.place), life.region)).or_insert(0) += units;
                }
            }
            Verb::Deliver => self.delivered += units(Stage::Delivered),
            Verb::Collect => {
                let units = units(Stage::Delivered);
                self.delivered += units;
                let from = shift.moves.first().and_then(|m| m.from.as_ref()?.node.clone());
                if let Some(node) = from {
                    *self.left.entry(node).or_insert(0) += units;
                }
            }
            _ => {}
        }
    }

    /// Writes down how the orders stand at a moment.
    pub(crate) fn sample(&mut self, at: i64, lives: &Lives) {
        self.history.push((at, lives.counts().clone()));
    }

    /// Units that were promised and not withdrawn by their customer.
    pub(crate) fn wanted(&self) -> u64 {
        let withdrawn = ["no_longer_wanted", "pickup_expired"];
        let withdrawn = withdrawn.iter().filter_map(|reason| self.cancelled.get(*reason));
        self.promised_units.saturating_sub(withdrawn.sum())
    }

    /// All orders.
    pub(crate) fn all_orders(&self) -> u64 {
        self.orders.values().sum()
    }
}
