//! `collect`: a customer comes for a pickup and takes all of it or a part.
//!
//! A cancellation that awaits the node and no longer fits under what stays there lapses.
//!
//! Refusals, in order: shape of the lines (`invalid.empty`, `limit.count`, `invalid.duplicate`,
//! `invalid.quantity_zero`); `order.unknown`, `order.closed`, `order.on_hold`; `location.unknown`;
//! `package.unknown` (none of this order, or of another node); `line.unknown`;
//! `invalid.group_kind` where what is named is not a pickup at this location;
//! `line.stage_forbids` where the location does not hold as much packed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::verb::{Sealer, Verb, plain};
use super::work::{
    Part, Source, Wanted, check_wanted, choose, known_lines, lapse, live_order, not_held, package,
    parcel, parts,
};
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Shifting, Stop};
use crate::order::{Direction, Holding, Line, Order, Spot, Stage, Verb as Move, Way, total};
use crate::stock::{Account, Bucket, Outside};
use crate::words::{LocationId, OrderId, PackageId};

/// Hands packed units of a pickup to its customer. Without lines: all that are packed there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collect {
    /// The order.
    pub order: OrderId,
    /// The location that hands over.
    pub node: LocationId,
    /// Out of which package; any of the order there when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageId>,
    /// Which units; all packed there when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<Part>>,
}

impl Collect {
    fn is_pickup_here(&self, order: &Order, line: &Line) -> bool {
        let way = order.group_of(line).map(|g| &g.to);
        matches!(way, Some(Way::Pickup { location }) if *location == self.node)
    }

    /// A package that is named must be packed here.
    fn check_package(&self, order: &Order) -> Result<(), Refusal> {
        let Some(id) = &self.package else { return Ok(()) };
        let known = package(order, id)?;
        if known.node == self.node {
            return Ok(());
        }
        Err(Refusal::new(
            Code::PackageUnknown,
            format!("a package packed at `{}`", self.node),
            format!("`{id}` is packed at `{}`", known.node),
        )
        .at("/package"))
    }

    /// What is named, or the whole order, must be picked up here.
    fn check_way(&self, order: &Order, wanted: &Wanted<'_>) -> Result<(), Refusal> {
        let foreign = |path: String| {
            Refusal::new(
                Code::GroupKind,
                format!("a pickup at `{}`", self.node),
                "units that go another way",
            )
            .at(path)
        };
        let Some(lines) = wanted else {
            let inside = |line: &Line| match self.package.as_ref().and_then(|p| order.package(p)) {
                Some(package) => package.contents.contains_key(&line.given.line),
                None => true,
            };
            let here = |line: &Line| inside(line) && self.is_pickup_here(order, line);
            let empty = !order.lines.iter().any(inside);
            return if empty || order.lines.iter().any(here) {
                Ok(())
            } else {
                Err(foreign("/node".to_owned()))
            };
        };
        for (index, (id, _)) in lines.iter().enumerate() {
            if order.line(id).is_some_and(|line| !self.is_pickup_here(order, line)) {
                return Err(foreign(format!("/lines/{index}/line")));
            }
        }
        Ok(())
    }
}

impl Verb for Collect {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        check_wanted(&parts(self.lines.as_deref()), limits)
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Order(self.order.clone()));
        reads.entity(EntityKey::Location(self.node.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let order = live_order(desk, &self.order)?;
        not_held(&order, Move::Collect)?;
        desk.location(&self.node, "/node")?;
        self.check_package(&order)?;
        let wanted = parts(self.lines.as_deref());
        known_lines(&order, &wanted)?;
        self.check_way(&order, &wanted)?;
        let source = Source {
            stage: Stage::Packed,
            direction: Direction::Forward,
            place: format!("at `{}`", self.node),
            path: "/node",
            is_there: &|line, spot| {
                spot.node.as_ref() == Some(&self.node)
                    && (self.package.is_none() || spot.package == self.package)
                    && self.is_pickup_here(&order, line)
            },
        };
        let chosen = choose(&order, &wanted, &source)?;
        lapse(desk, &order, &self.node, &chosen)?;
        // One event per package, for each ends by itself.
        let mut by_package: BTreeMap<Option<&PackageId>, Vec<(&Line, &Holding)>> = BTreeMap::new();
        for (line, holdings) in &chosen {
            for h in holdings {
                by_package.entry(h.at.package.as_ref()).or_default().push((line, h));
            }
        }
        for (id, leaving) in by_package {
            self.hand_over(desk, &order, id, &leaving)?;
        }
        Ok(())
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}

impl Collect {
    fn hand_over(
        &self,
        desk: &mut Desk<'_>,
        order: &Order,
        id: Option<&PackageId>,
        leaving: &[(&Line, &Holding)],
    ) -> Result<(), Stop> {
        let inside = order.holdings().map(|(_, h)| h).filter(|h| h.at.package.as_ref() == id);
        let is_last = total(inside) == total(leaving.iter().map(|(_, h)| *h));
        let mut s = Shifting::new(Move::Collect, self.order.clone());
        for (line, h) in leaving {
            let sku = &line.given.sku;
            let at = Account::Node(sku.clone(), self.node.clone(), Bucket::Allocated);
            let customer = Account::Outside(sku.clone(), Outside::Customer);
            s.deltas.transfer(at, customer, h.qty.as_i64());
            let to = Spot { batch: h.at.batch.clone(), ..Spot::bare(Stage::Delivered) };
            s.push(line, h.at.clone(), to, h.qty);
        }
        // A package is collected when its last unit is.
        let package = id.and_then(|id| order.package(id)).filter(|_| is_last);
        s.shift.parcel = package.map(parcel);
        desk.emit_shift(s)
    }
}
