//! `unpack`: units come out of a package; the exact inverse of `pack`.
//!
//! Where a cancellation awaits the node, the units end there first and their stock is free again.
//!
//! Refusals, in order: shape of the lines (`invalid.empty`, `limit.count`, `invalid.duplicate`,
//! `invalid.quantity_zero`); `order.unknown`, `order.closed`; `package.unknown`; `line.unknown`;
//! `line.stage_forbids` where the package does not hold as much packed.

use serde::{Deserialize, Serialize};

use super::verb::{Sealer, Verb, plain};
use super::work::{
    Part, Source, answer, check_wanted, choose, live_order, minus, package, parcel, parts,
};
use crate::command::{Limits, Refusal};
use crate::desk::{Desk, EntityKey, Fate, ReadSet, Shifting, Stop};
use crate::order::{Direction, Pending, Spot, Stage, Verb as Move, total};
use crate::words::{OrderId, PackageId, Qty};

/// Takes units out of a package that is still at its node. Without lines: all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unpack {
    /// The order.
    pub order: OrderId,
    /// The package.
    pub package: PackageId,
    /// Which units; all in the package when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<Part>>,
}

impl Verb for Unpack {
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
        let source = Source {
            stage: Stage::Packed,
            direction: Direction::Back,
            place: format!("in `{}`", self.package),
            path: "/package",
            is_there: &|_, spot| spot.package.as_ref() == Some(&self.package),
        };
        let chosen = choose(&order, &parts(self.lines.as_deref()), &source)?;
        let spots =
            chosen.iter().flat_map(|(line, found)| found.iter().map(|h| (&line.given.sku, &h.at)));
        desk.load_undo(&order.placed.channel, spots)?;
        let mut contents = package.contents.clone();
        let mut s = Shifting::new(Move::Unpack, self.order.clone());
        for (line, holdings) in chosen {
            let id = &line.given.line;
            let before = order.pending_at(id, &package.node);
            let mut pending = before;
            let out = total(&holdings);
            for h in holdings {
                let (answered, rest) = answer(h.qty, &mut pending);
                if !answered.is_zero() {
                    desk.undo(&mut s, &order, line, &h.at, answered, Fate::Back)?;
                    s.push(line, h.at.clone(), Spot::bare(Stage::Cancelled), answered);
                }
                let to = Spot { stage: Stage::Released, package: None, ..h.at.clone() };
                s.push(line, h.at, to, rest);
            }
            if pending != before {
                let node = package.node.clone();
                s.shift.pending.push(Pending { line: id.clone(), node, qty: pending });
            }
            if let Some(inside) = contents.get_mut(id) {
                *inside = minus(*inside, out);
            }
        }
        contents.retain(|_, qty| *qty != Qty::ZERO);
        s.shift.parcel = Some(crate::event::Parcel { contents: Some(contents), ..parcel(package) });
        desk.emit_shift(s)
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
