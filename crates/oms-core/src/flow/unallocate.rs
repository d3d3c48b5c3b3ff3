//! `unallocate`: units that are tied to a node, and not its work yet, are free for another node.
//!
//! The order keeps its claim: the units are reserved in the node's pool again, with a fresh
//! deadline. What came from a fence is still the fence's. A pickup belongs to its location and is
//! given back by `unreserve` instead.
//!
//! Refusals, in order: `invalid.empty`, `limit.count`, `invalid.quantity_zero`,
//! `invalid.duplicate`; `invalid.date_range`, `order.unknown`, `order.closed`, `reason.unknown`,
//! per line `line.unknown`, `location.unknown`, `invalid.group_kind`, `line.stage_forbids`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::checks::{ahead, line, reason, stage_forbids};
use super::place_order::{count, twice};
use super::receive_stock::some;
use super::verb::{Sealer, Verb, plain};
use super::work::live_order;
use crate::catalog::ReasonKind;
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, ReadSet, Shifting, Stop};
use crate::order::{Direction, Spot, Stage, Verb as Move, pick, total};
use crate::stock::{Account, Bucket};
use crate::words::{LineId, LocationId, OrderId, Qty, ReasonId, Timestamp};

/// Takes allocations back; the order keeps its claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unallocate {
    /// Of which order.
    pub order: OrderId,
    /// Which units.
    pub lines: Vec<UnallocateLine>,
    /// Why; a reason of overriding or of rejecting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonId>,
    /// When the claims end by themselves, at the next tick; after what the channel's policy says
    /// when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Units of one line at one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnallocateLine {
    /// The line.
    pub line: LineId,
    /// How many base units; all that are allocated there when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qty: Option<Qty>,
    /// The node.
    pub node: LocationId,
}

impl Verb for Unallocate {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        count(self.lines.len(), limits.lines, "/lines")?;
        let mut seen = BTreeSet::new();
        for (index, wish) in self.lines.iter().enumerate() {
            if let Some(qty) = wish.qty {
                some(qty, &format!("/lines/{index}/qty"))?;
            }
            if !seen.insert((&wish.line, &wish.node)) {
                return Err(twice(wish.line.as_str(), format!("/lines/{index}/line")));
            }
        }
        Ok(())
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Order(self.order.clone()));
        for wish in &self.lines {
            reads.entity(EntityKey::Location(wish.node.clone()));
        }
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let now = desk.ctx().now;
        ahead(self.until, now)?;
        let order = live_order(desk, &self.order)?;
        reason(self.reason.as_ref(), &[ReasonKind::Override, ReasonKind::Reject])?;
        let policy = desk.policy(Some(&order.placed.channel), None)?;
        let until = now.plus_minutes(i64::from(policy.reserve_minutes));
        let until = self.until.unwrap_or(until);
        let mut s = Shifting::new(Move::Unallocate, self.order.clone());
        s.shift.reason = self.reason.clone();
        for (index, wish) in self.lines.iter().enumerate() {
            let path = format!("/lines/{index}");
            let (_, known) = line(&order, &wish.line, &format!("{path}/line"))?;
            desk.location(&wish.node, &format!("{path}/node"))?;
            if order.group_of(known).is_some_and(|g| g.to.pickup().is_some()) {
                let found = format!("line `{}`, which is picked up", wish.line);
                let refusal = Refusal::new(Code::GroupKind, "a line that is shipped", found);
                return Err(refusal.at(format!("{path}/line")).into());
            }
            let here = |spot: &Spot| {
                spot.stage == Stage::Allocated && spot.node.as_ref() == Some(&wish.node)
            };
            let most = wish.qty.unwrap_or(Qty::MAX);
            let found = pick(&known.holdings, most, Direction::Back, here);
            let got = total(&found);
            if got.is_zero() || wish.qty.is_some_and(|qty| got < qty) {
                let many = wish.qty.map_or_else(|| "units".to_owned(), |qty| qty.to_string());
                let expected = format!("{many} allocated at `{}`", wish.node);
                return Err(stage_forbids(known, expected, &path).into());
            }
            for h in found {
                let Some(pool) = h.at.pool.clone() else { continue };
                let sku = known.given.sku.clone();
                let at = |bucket| Account::Node(sku.clone(), wish.node.clone(), bucket);
                let n = h.qty.as_i64();
                s.deltas.transfer(at(Bucket::Allocated), at(Bucket::Available), n);
                s.deltas.add(Account::Reserved(sku.clone(), pool.clone()), n);
                let to = Spot::reserved(pool, h.at.fenced, Some(until));
                s.push(known, h.at, to, h.qty);
            }
        }
        drop(order);
        desk.emit_shift(s)
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
