//! `lose_parcel`: what is under way in a package is given up as lost.
//!
//! The units leave for the account *lost*. Sent again, they are claimed anew as at placing in the
//! same commit; the node that sent them is not excluded, for it did nothing wrong.
//!
//! Refusals, in order: `order.unknown`, `order.closed`; `package.unknown`; `invalid.group_kind`
//! for a pickup; `line.stage_forbids` where nothing is under way in it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::verb::{Sealer, Verb, plain};
use super::work::{Source, choose, hurt_promises, is_shipped, live_order, package, parcel};
use crate::command::{Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Shifting, Stop};
use crate::order::{Direction, Spot, Stage, Verb as Move, total};
use crate::stock::{Account, Outside};
use crate::words::{OrderId, PackageId, ReasonId};

/// What becomes of units that were lost under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterLoss {
    /// The customer still wants them: they are claimed again.
    Reship,
    /// The customer gets the money back: they are cancelled.
    Refund,
}

/// Gives up as lost what is under way in a package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoseParcel {
    /// The order.
    pub order: OrderId,
    /// The package.
    pub package: PackageId,
    /// What becomes of its units.
    pub then: AfterLoss,
}

impl Verb for LoseParcel {
    fn check(&self, _: &Limits) -> Result<(), Refusal> {
        Ok(())
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
        let source = Source {
            stage: Stage::Shipped,
            direction: Direction::Forward,
            place: format!("in `{}`", self.package),
            path: "/package",
            is_there: &|_, spot| spot.package.as_ref() == Some(&self.package),
        };
        let chosen = choose(&order, &None, &source)?;
        let to = match self.then {
            AfterLoss::Reship => Stage::Open,
            AfterLoss::Refund => Stage::Cancelled,
        };
        let mut s = Shifting::new(Move::LoseParcel, self.order.clone());
        s.shift.reason = Some(ReasonId::new("parcel_lost").map_err(Refusal::from)?);
        s.shift.parcel = Some(parcel(package));
        let mut hurt = Vec::new();
        let mut groups = BTreeSet::new();
        for (line, holdings) in chosen {
            let sku = &line.given.sku;
            hurt.push((line.given.line.clone(), total(&holdings)));
            groups.extend(order.group_of(line).map(|g| g.group.clone()));
            for h in holdings {
                let transit = Account::Transit(sku.clone(), self.package.clone());
                let lost = Account::Outside(sku.clone(), Outside::Lost);
                s.deltas.transfer(transit, lost, h.qty.as_i64());
                s.push(line, h.at, Spot::bare(to), h.qty);
            }
        }
        desk.emit_shift(s)?;
        if self.then == AfterLoss::Reship {
            desk.claim_again_for(&self.order, &hurt)?;
            hurt_promises(desk, &self.order, &groups, "parcel_lost")?;
        }
        Ok(())
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
