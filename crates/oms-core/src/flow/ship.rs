//! `ship`: a package is handed to the carrier, whole.
//!
//! A cancellation that awaits the node and no longer fits under what stays there lapses.
//!
//! Refusals, in order: `limit.bytes` of carrier, service and tracking; `order.unknown`,
//! `order.closed`, `order.on_hold`; `package.unknown`; `invalid.group_kind` for a pickup;
//! `line.stage_forbids` where nothing is packed in it (any more); `order.not_packed` where the order ships
//! together and some of it is not packed yet.

use serde::{Deserialize, Serialize};

use super::receive_stock::text;
use super::verb::{Sealer, Verb, plain};
use super::work::{Source, choose, is_shipped, lapse, live_order, not_held, package, parcel};
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Shifting, Stop};
use crate::event::Parcel;
use crate::order::{Direction, Line, Order, Spot, Stage, Verb as Move};
use crate::stock::{Account, Bucket};
use crate::words::{OrderId, PackageId};

/// Hands a package to the carrier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ship {
    /// The order.
    pub order: OrderId,
    /// The package.
    pub package: PackageId,
    /// The carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// The carrier's service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The tracking number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
}

impl Verb for Ship {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        text(self.carrier.as_deref(), limits, "/carrier")?;
        text(self.service.as_deref(), limits, "/service")?;
        text(self.tracking.as_deref(), limits, "/tracking")
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Order(self.order.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let order = live_order(desk, &self.order)?;
        not_held(&order, Move::Ship)?;
        let package = package(&order, &self.package)?;
        is_shipped(&order, package)?;
        let source = Source {
            stage: Stage::Packed,
            direction: Direction::Forward,
            place: format!("in `{}`", self.package),
            path: "/package",
            is_there: &|_, spot| spot.package.as_ref() == Some(&self.package),
        };
        let chosen = choose(&order, &None, &source)?;
        is_packed_together(&order)?;
        lapse(desk, &order, &package.node, &chosen)?;
        let mut s = Shifting::new(Move::Ship, self.order.clone());
        for (line, holdings) in chosen {
            let sku = &line.given.sku;
            for h in holdings {
                let at = Account::Node(sku.clone(), package.node.clone(), Bucket::Allocated);
                let transit = Account::Transit(sku.clone(), self.package.clone());
                s.deltas.transfer(at, transit, h.qty.as_i64());
                let to = Spot {
                    batch: h.at.batch.clone(),
                    package: h.at.package.clone(),
                    ..Spot::bare(Stage::Shipped)
                };
                s.push(line, h.at, to, h.qty);
            }
        }
        s.shift.parcel = Some(Parcel {
            carrier: self.carrier.clone(),
            service: self.service.clone(),
            tracking: self.tracking.clone(),
            ..parcel(package)
        });
        desk.emit_shift(s)
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}

/// An order that ships together has nothing to ship that is wanted and not packed.
fn is_packed_together(order: &Order) -> Result<(), Refusal> {
    if !order.placed.constraints.ship_together {
        return Ok(());
    }
    let ships = |line: &Line| order.group_of(line).is_none_or(|g| g.to.pickup().is_none());
    for line in order.lines.iter().filter(|line| ships(line)) {
        let missing = order.unpacked(line);
        if !missing.is_zero() {
            let found = format!("{missing} units of line `{}` that are not", line.given.line);
            let expected = "an order that ships together, with all of it packed";
            return Err(Refusal::new(Code::OrderNotPacked, expected, found).at("/order"));
        }
    }
    Ok(())
}
