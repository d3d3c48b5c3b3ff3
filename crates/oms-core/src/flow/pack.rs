//! `pack`: released units go into a package, a new one or an open one.
//!
//! A package belongs to one node and one work order. Without either named, the node's oldest work
//! that holds everything asked for is packed.
//!
//! Refusals, in order: shape of the lines (`invalid.empty`, `limit.count`, `invalid.duplicate`,
//! `invalid.quantity_zero`); `invalid.range` of the weight; `order.unknown`, `order.closed`;
//! `location.unknown`, `location.closed`; `package.unknown` (none of this order, or of another node);
//! `fulfillment.unknown` (none of this order at the node, or not that of the package);
//! `line.unknown`; `line.stage_forbids` where the package has left already, or where the node does
//! not hold as much released (in the one work order); `limit.count` of the order's packages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::checks::{room_for, whereabouts};
use super::verb::{Sealer, Verb, plain};
use super::work::{Source, Units, check_wanted, choose, live_order, package, units, work};
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Shifting, Stop};
use crate::event::Parcel;
use crate::order::{Direction, Order, Package, Spot, Stage, Verb as Move, total};
use crate::words::{FulfillmentId, LineId, LocationId, OrderId, PackageId, Qty};

/// Puts released units into a package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// The order.
    pub order: OrderId,
    /// The node that packs.
    pub node: LocationId,
    /// Which units.
    pub lines: Vec<Units>,
    /// Out of which work; the oldest that holds all of them when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfillment: Option<FulfillmentId>,
    /// Into which open package; a new one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageId>,
    /// Weight of the whole package as weighed, grams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_g: Option<u64>,
}

impl Pack {
    /// The package to add to, if one is named: of this order and this node.
    fn target<'o>(&self, order: &'o Order) -> Result<Option<&'o Package>, Refusal> {
        let Some(id) = &self.package else { return Ok(None) };
        let known = package(order, id)?;
        if known.node != self.node {
            return Err(Refusal::new(
                Code::PackageUnknown,
                format!("a package packed at `{}`", self.node),
                format!("`{id}` is packed at `{}`", known.node),
            )
            .at("/package"));
        }
        Ok(Some(known))
    }

    /// The work that is named, by itself or through the package.
    fn named_work(
        &self,
        order: &Order,
        target: Option<&Package>,
    ) -> Result<Option<FulfillmentId>, Refusal> {
        if let Some(id) = &self.fulfillment {
            work(order, id, &self.node)?;
        }
        match (target, &self.fulfillment) {
            (Some(package), Some(id)) if package.fulfillment != *id => Err(Refusal::new(
                Code::FulfillmentUnknown,
                format!("`{}`, the work of package `{}`", package.fulfillment, package.package),
                format!("`{id}`"),
            )
            .at("/fulfillment")),
            (Some(package), _) => Ok(Some(package.fulfillment.clone())),
            (None, named) => Ok(named.clone()),
        }
    }

    /// The node's oldest work that holds everything asked for.
    fn oldest_work(&self, order: &Order) -> Result<FulfillmentId, Refusal> {
        let holds = |id: &FulfillmentId| {
            self.lines.iter().all(|u| {
                let held = order.line(&u.line).into_iter().flat_map(|l| &l.holdings);
                let here = held.filter(|h| {
                    h.at.stage == Stage::Released && h.at.fulfillment.as_ref() == Some(id)
                });
                total(here) >= u.qty
            })
        };
        let mut here = order.fulfillments.iter().filter(|f| f.node == self.node);
        match here.find(|f| holds(&f.fulfillment)) {
            Some(work) => Ok(work.fulfillment.clone()),
            None => Err(Refusal::new(
                Code::StageForbids,
                format!("all of them released at `{}` in one work order", self.node),
                "several work orders: pack each by itself",
            )
            .at("/lines")),
        }
    }
}

/// A package can be filled until it leaves.
fn is_open(order: &Order, package: &Package) -> Result<(), Refusal> {
    let left = package.shipped_at.or(package.delivered_at).or(package.lost_at);
    if left.is_none() {
        return Ok(());
    }
    let inside = order.holdings().map(|(_, h)| h);
    let inside = inside.filter(|h| h.at.package.as_ref() == Some(&package.package));
    let found = match whereabouts(inside) {
        told if told.is_empty() => "it has left and arrived".to_owned(),
        told => told,
    };
    Err(Refusal::new(Code::StageForbids, "a package that is still at its node", found)
        .at("/package"))
}

impl Verb for Pack {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        check_wanted(&units(&self.lines), limits)?;
        match self.weight_g.filter(|weight| *weight > Package::MOST_WEIGHT_G) {
            None => Ok(()),
            Some(weight) => {
                let expected = format!("{} at most", Package::MOST_WEIGHT_G);
                let no = Refusal::new(Code::OutOfRange, expected, weight.to_string());
                Err(no.at("/weight_g"))
            }
        }
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Order(self.order.clone()));
        reads.entity(EntityKey::Location(self.node.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let order = live_order(desk, &self.order)?;
        desk.open_location(&self.node, "/node")?;
        let target = self.target(&order)?;
        let named = self.named_work(&order, target)?;
        let source = Source {
            stage: Stage::Released,
            direction: Direction::Forward,
            place: format!("at `{}`", self.node),
            path: "/node",
            is_there: &|_, spot| {
                spot.node.as_ref() == Some(&self.node)
                    && (named.is_none() || spot.fulfillment == named)
            },
        };
        let mut chosen = choose(&order, &units(&self.lines), &source)?;
        if let Some(target) = target {
            is_open(&order, target)?;
        }
        let fulfillment = match &named {
            Some(named) => named.clone(),
            None => {
                let oldest = self.oldest_work(&order)?;
                let is_there = |_: &_, spot: &Spot| spot.fulfillment.as_ref() == Some(&oldest);
                let source = Source { is_there: &is_there, ..source };
                chosen = choose(&order, &units(&self.lines), &source)?;
                oldest
            }
        };
        if target.is_none() {
            let (known, most) = (order.packages.len(), desk.ctx().limits.packages);
            room_for(known, 1, most, "packages of an order", "/order")?;
        }
        let id = target.map_or_else(|| desk.next_package(), |p| p.package.clone());
        let mut contents: BTreeMap<LineId, Qty> =
            target.map(|p| p.contents.clone()).unwrap_or_default();
        let mut s = Shifting::new(Move::Pack, self.order.clone());
        for (line, holdings) in chosen {
            let inside = contents.entry(line.given.line.clone()).or_insert(Qty::ZERO);
            *inside = inside.checked_add(total(&holdings)).unwrap_or(Qty::MAX);
            for h in holdings {
                let to = Spot { stage: Stage::Packed, package: Some(id.clone()), ..h.at.clone() };
                s.push(line, h.at, to, h.qty);
            }
        }
        s.shift.parcel = Some(Parcel {
            package: id,
            node: self.node.clone(),
            fulfillment,
            contents: Some(contents),
            weight_g: self.weight_g,
            carrier: None,
            service: None,
            tracking: None,
        });
        desk.emit_shift(s)
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
