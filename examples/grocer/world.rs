//! The world around the engine: customers, pickers, carriers.
//!
//! It hears facts and answers with deeds at later moments. What befalls an order is drawn from a
//! seeded stream under the order's number, so a run repeats itself. Of 1,000:
//!
//! * [`REGRETS`] orders are cancelled by the customer, 10 minutes to 14 hours after placing, if
//!   they have not left by then;
//! * [`NOT_FOUND`] picked lines are not found on the shelf, [`BROKEN`] are found broken: the node
//!   rejects one unit or more of them and packs the rest;
//! * [`LOST`] parcels never arrive; three days after their time they are given up and sent anew;
//! * [`FORGOTTEN`] pickups are never collected.
//!
//! Units that found no stock are given up three days after placing.

use std::collections::BTreeMap;

use oms::event::{Event, Shift};
use oms::flow::{
    AfterLoss, CancelLine, CancelLines, CancelOrder, Collect, Command, Deliver, LoseParcel,
    NodeRejects, Pack, ReleaseToNode, Ship, Units,
};
use oms::order::{Stage, Verb};
use oms::views::OrderCard;
use oms::words::{FulfillmentId, LocationId, OrderId, PackageId, Qty, ReasonId, WordError};

use crate::days::{DAY, day_of, start_of_day};
use crate::draws::{Draws, mix};
use crate::lives::Lives;
use crate::network::Grid;
use crate::orders::Route;

const REGRETS: u64 = 25;
const NOT_FOUND: u64 = 12;
const BROKEN: u64 = 4;
const LOST: u64 = 6;
const FORGOTTEN: u64 = 30;
const PATIENCE_DAYS: i64 = 3;
/// Seconds of an hour.
const HOUR: i64 = 3_600;
/// Hours after the start of a day at which carriers call for parcels.
const CALL_HOUR: i64 = 16;
/// Hours after the start of a day at which carriers begin to deliver.
const DELIVERY_HOUR: i64 = 10;

/// What a seeded stream decides.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Regret = 21,
    Pick = 22,
    Parcel = 23,
    Collect = 24,
    When = 25,
}

/// A deed that is due.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Deed {
    /// The customer changes their mind.
    Regret(OrderId),
    /// Work is given to a node.
    Release(OrderId, LocationId),
    /// The node picks and packs.
    Pick(OrderId, LocationId, FulfillmentId, Vec<Units>),
    /// The carrier calls.
    Ship(OrderId, PackageId, LocationId),
    /// The carrier delivers.
    Deliver(OrderId, PackageId),
    /// The carrier says that it is lost.
    Lose(OrderId, PackageId),
    /// The customer comes for a pickup.
    Collect(OrderId, LocationId),
    /// What found no stock is given up.
    GiveUp(OrderId),
}

/// Deeds in time order.
#[derive(Debug)]
pub(crate) struct World {
    seed: u64,
    due: BTreeMap<(i64, u64), Deed>,
    entered: u64,
}

impl World {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed, due: BTreeMap::new(), entered: 0 }
    }

    /// When the next deed is due.
    pub(crate) fn next_at(&self) -> Option<i64> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    /// The next deed with its moment.
    pub(crate) fn next(&mut self) -> Option<(i64, Deed)> {
        self.due.pop_first().map(|((at, _), deed)| (at, deed))
    }

    fn enter(&mut self, at: i64, deed: Deed) {
        self.entered += 1;
        self.due.insert((at, self.entered), deed);
    }

    fn draws(&self, fate: Fate) -> Draws {
        Draws::new(self.seed, fate as u64)
    }

    /// A moment in the first `hours` hours from `from` on.
    fn within(&self, from: i64, hours: i64, key: u64) -> i64 {
        let seconds = u64::try_from(hours.saturating_mul(HOUR)).unwrap_or(0);
        let later = self.draws(Fate::When).below(key.wrapping_add(self.entered), seconds);
        from.saturating_add(i64::try_from(later).unwrap_or(0))
    }

    /// An order was placed; some are regretted.
    pub(crate) fn placed(&mut self, order: &OrderId, at: i64) {
        let key = number(order);
        if self.draws(Fate::Regret).below(key, 1_000) < REGRETS {
            let when = self.within(at + 600, 14, key);
            self.enter(when, Deed::Regret(order.clone()));
        }
    }

    /// Units of an order found no stock: in some days nobody waits any more.
    pub(crate) fn found_short(&mut self, order: &OrderId, placed_day: i64) {
        let at = start_of_day(placed_day + PATIENCE_DAYS) + 2 * HOUR;
        self.enter(at, Deed::GiveUp(order.clone()));
    }

    /// A fact, heard in a window that ends at `soon`.
    pub(crate) fn hear(&mut self, event: &Event, soon: i64, lives: &Lives, grid: &Grid) {
        let Event::Shifted(shift) = event else { return };
        match shift.verb {
            Verb::CommitPlan | Verb::Place | Verb::Reserve => self.on_allocated(shift, soon),
            Verb::NodeRejects => self.on_allocated(shift, soon),
            Verb::Release => self.on_released(shift, soon),
            Verb::Pack => self.on_packed(shift, soon, lives),
            Verb::Ship => self.on_shipped(shift, soon, lives, grid),
            _ => {}
        }
    }

    /// Units are tied to nodes: each node is given the work.
    fn on_allocated(&mut self, shift: &Shift, soon: i64) {
        let mut nodes: Vec<&LocationId> = shift
            .moves
            .iter()
            .filter(|m| m.to.stage == Stage::Allocated)
            .filter_map(|m| m.to.node.as_ref())
            .collect();
        nodes.sort();
        nodes.dedup();
        for node in nodes {
            let at = self.within(soon, 3, number(&shift.order));
            self.enter(at, Deed::Release(shift.order.clone(), node.clone()));
        }
    }

    fn on_released(&mut self, shift: &Shift, soon: i64) {
        let Some(work) = &shift.work else { return };
        let mut lines: Vec<Units> = Vec::new();
        for moved in &shift.moves {
            match lines.iter_mut().find(|units| units.line == moved.line) {
                Some(units) => {
                    units.qty = units.qty.checked_add(moved.qty).unwrap_or(Qty::MAX);
                }
                None => lines.push(Units { line: moved.line.clone(), qty: moved.qty }),
            }
        }
        let at = self.within(soon, 3, number(&shift.order));
        let (order, node) = (shift.order.clone(), work.node.clone());
        self.enter(at, Deed::Pick(order, node, work.fulfillment.clone(), lines));
    }

    fn on_packed(&mut self, shift: &Shift, soon: i64, lives: &Lives) {
        let Some(parcel) = &shift.parcel else { return };
        let order = &shift.order;
        let key = number(order);
        if lives.get(order).is_some_and(|life| life.route == Route::Pickup) {
            if self.draws(Fate::Collect).below(key, 1_000) >= FORGOTTEN {
                let at = self.within(soon, 30, key);
                self.enter(at, Deed::Collect(order.clone(), parcel.node.clone()));
            }
            return;
        }
        let today = start_of_day(day_of(soon)) + CALL_HOUR * HOUR;
        let call = if soon <= today { today } else { today + DAY };
        let at = self.within(call, 2, key);
        let (package, node) = (parcel.package.clone(), parcel.node.clone());
        self.enter(at, Deed::Ship(order.clone(), package, node));
    }

    fn on_shipped(&mut self, shift: &Shift, soon: i64, lives: &Lives, grid: &Grid) {
        let (Some(parcel), Some(life)) = (&shift.parcel, lives.get(&shift.order)) else { return };
        let days = grid.days(&parcel.node, life.region);
        let day = start_of_day(day_of(soon).saturating_add(days)) + DELIVERY_HOUR * HOUR;
        let (order, package) = (shift.order.clone(), parcel.package.clone());
        let key = mix(number(&order)).wrapping_add(u64::from(life.parcels));
        if self.draws(Fate::Parcel).below(key, 1_000) < LOST {
            let at = self.within(day + 3 * DAY, 8, key);
            self.enter(at, Deed::Lose(order, package));
        } else {
            let at = self.within(day, 8, key);
            self.enter(at, Deed::Deliver(order, package));
        }
    }

    /// The commands of a deed, each with its doer. `card` is the order as it stands, where the
    /// deed has to look.
    pub(crate) fn commands(
        &self,
        deed: Deed,
        card: Option<&OrderCard>,
    ) -> Result<Vec<(String, Command)>, WordError> {
        let customer = || "customer".to_owned();
        let carrier = || "carrier".to_owned();
        Ok(match deed {
            Deed::Regret(order) => {
                let reason = Some(ReasonId::new("no_longer_wanted")?);
                vec![(customer(), CancelOrder { order, reason }.into())]
            }
            Deed::Release(order, node) => {
                let release = ReleaseToNode { order, node, lines: None, hand_over_by: None };
                vec![("dispatch".to_owned(), release.into())]
            }
            Deed::Pick(order, node, fulfillment, lines) => {
                self.pick(&order, &node, &fulfillment, &lines)?
            }
            Deed::Ship(order, package, _) => {
                let carrier_name = Some("Ground".to_owned());
                let ship =
                    Ship { order, package, carrier: carrier_name, service: None, tracking: None };
                vec![(carrier(), ship.into())]
            }
            Deed::Deliver(order, package) => {
                vec![(carrier(), Deliver { order, package, lines: None }.into())]
            }
            Deed::Lose(order, package) => {
                let lost = LoseParcel { order, package, then: AfterLoss::Reship };
                vec![(carrier(), lost.into())]
            }
            Deed::Collect(order, node) => {
                vec![(customer(), Collect { order, node, package: None, lines: None }.into())]
            }
            Deed::GiveUp(order) => match card.map(waiting).filter(|lines| !lines.is_empty()) {
                Some(lines) => {
                    let reason = Some(ReasonId::new("out_of_stock")?);
                    vec![("service".to_owned(), CancelLines { order, lines, reason }.into())]
                }
                None => Vec::new(),
            },
        })
    }

    /// A picker's round: what is missing or broken goes back, the rest is packed.
    fn pick(
        &self,
        order: &OrderId,
        node: &LocationId,
        fulfillment: &FulfillmentId,
        lines: &[Units],
    ) -> Result<Vec<(String, Command)>, WordError> {
        let draws = self.draws(Fate::Pick);
        let (mut missing, mut broken, mut good) = (Vec::new(), Vec::new(), Vec::new());
        for units in lines {
            let line: u64 = units.line.as_str().parse().unwrap_or(0);
            let key = mix(number(order)).wrapping_add(mix(line)).wrapping_add(name_key(node));
            let ticket = draws.below(key, 1_000);
            let bad = 1 + draws.below(key ^ u64::MAX, units.qty.get());
            let bad = Qty::new(if ticket < NOT_FOUND + BROKEN { bad } else { 0 })?;
            let into = if ticket < NOT_FOUND { &mut missing } else { &mut broken };
            let units_of = |qty| Units { line: units.line.clone(), qty };
            if !bad.is_zero() {
                into.push(units_of(bad));
            }
            if let Some(rest) = units.qty.checked_sub(bad).filter(|rest| !rest.is_zero()) {
                good.push(units_of(rest));
            }
        }
        let mut commands: Vec<(String, Command)> = Vec::new();
        for (lines, reason) in [(missing, "not_found"), (broken, "damaged")] {
            if !lines.is_empty() {
                let (order, node) = (order.clone(), node.clone());
                let fulfillment = Some(fulfillment.clone());
                let reason = ReasonId::new(reason)?;
                let rejects = NodeRejects { order, node: node.clone(), fulfillment, lines, reason };
                commands.push((node.to_string(), rejects.into()));
            }
        }
        if !good.is_empty() {
            let pack = Pack {
                order: order.clone(),
                node: node.clone(),
                lines: good,
                fulfillment: Some(fulfillment.clone()),
                package: None,
                weight_g: None,
            };
            commands.push((node.to_string(), pack.into()));
        }
        Ok(commands)
    }
}

/// What of an order still waits for stock or for a node.
fn waiting(card: &OrderCard) -> Vec<CancelLine> {
    let mut lines = Vec::new();
    for line in &card.lines {
        for stage in [Stage::Open, Stage::Reserved] {
            let units = line.units.iter().filter(|units| units.at.stage == stage);
            let qty =
                units.fold(Qty::ZERO, |sum, units| sum.checked_add(units.qty).unwrap_or(Qty::MAX));
            if !qty.is_zero() {
                let (qty, stage) = (Some(qty), Some(stage));
                lines.push(CancelLine { line: line.line.clone(), qty, stage, node: None });
            }
        }
    }
    lines
}

/// The basket's number.
fn number(order: &OrderId) -> u64 {
    order.as_str().parse().unwrap_or(0)
}

fn name_key(node: &LocationId) -> u64 {
    node.as_str().bytes().fold(0, |key, byte| mix(key ^ u64::from(byte)))
}
