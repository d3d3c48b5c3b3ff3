//! `deliver`: a package, or a part of it, reaches the customer.
//!
//! Refusals, in order: shape of the lines (`invalid.empty`, `limit.count`, `invalid.duplicate`,
//! `invalid.quantity_zero`); `order.unknown`, `order.closed`; `package.unknown`;
//! `invalid.group_kind` for a pickup; `line.unknown`; `line.stage_forbids` where the package does
//! not hold as much shipped.

use serde::{Deserialize, Serialize};

use super::verb::{Sealer, Verb, plain};
use super::work::{
    Part, Source, check_wanted, choose, is_shipped, live_order, package, parcel, parts,
};
use crate::command::{Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Shifting, Stop};
use crate::order::{Direction, Spot, Stage, Verb as Move, total};
use crate::stock::{Account, Outside};
use crate::words::{OrderId, PackageId};

/// Tells that a shipped package arrived. Without lines: all that is under way in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deliver {
    /// The order.
    pub order: OrderId,
    /// The package.
    pub package: PackageId,
    /// Which units; all under way in the package when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<Part>>,
}

impl Verb for Deliver {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        check_wanted(&parts(self.lines.as_deref()), limits)
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Order(self.order.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let order = live_order(desk, &self.order)?;
        let package = package(&order, &self.package)?;
        is_shipped(&order, package)?;
        let is_there = |spot: &Spot| spot.package.as_ref() == Some(&self.package);
        let source = Source {
            stage: Stage::Shipped,
            direction: Direction::Forward,
            place: format!("in `{}`", self.package),
            path: "/package",
            is_there: &|_, spot| is_there(spot),
        };
        let chosen = choose(&order, &parts(self.lines.as_deref()), &source)?;
        let under_way = order.holdings().map(|(_, h)| h).filter(|h| is_there(&h.at));
        let is_last = total(under_way) == total(chosen.iter().flat_map(|(_, found)| found));
        let mut s = Shifting::new(Move::Deliver, self.order.clone());
        for (line, holdings) in chosen {
            let sku = &line.given.sku;
            for h in holdings {
                let transit = Account::Transit(sku.clone(), self.package.clone());
                let customer = Account::Outside(sku.clone(), Outside::Customer);
                s.deltas.transfer(transit, customer, h.qty.as_i64());
                let to = Spot { batch: h.at.batch.clone(), ..Spot::bare(Stage::Delivered) };
                s.push(line, h.at, to, h.qty);
            }
        }
        // A package has arrived when its last unit has.
        s.shift.parcel = is_last.then(|| parcel(package));
        desk.emit_shift(s)
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
