//! `unreserve`: claims are given back by wish; the units stay wanted.
//!
//! A shipped line gives back what it has reserved, a pickup what is allocated at its location;
//! everything goes back whence it came.
//!
//! Refusals, in order: `invalid.empty`, `limit.count`, `invalid.quantity_zero`,
//! `invalid.duplicate`; `order.unknown`, `order.closed`, per line `line.unknown`,
//! `line.stage_forbids`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::checks::{line, stage_forbids};
use super::place_order::{count, twice};
use super::receive_stock::some;
use super::verb::{Sealer, Verb, plain};
use super::work::{live_order, minus};
use crate::command::{Limits, Refusal};
use crate::desk::{Desk, EntityKey, Fate, ReadSet, Shifting, Stop};
use crate::order::{Direction, Spot, Stage, Verb as Move, pick};
use crate::words::{LineId, OrderId, PoolId, Qty};

/// Gives claims back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unreserve {
    /// Of which order.
    pub order: OrderId,
    /// Which claims.
    pub lines: Vec<UnreserveLine>,
}

/// Claims of one line to give back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnreserveLine {
    /// The line.
    pub line: LineId,
    /// How many base units; all that are claimed there when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qty: Option<Qty>,
    /// Only claims in this pool; in any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolId>,
}

impl Verb for Unreserve {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        count(self.lines.len(), limits.lines, "/lines")?;
        let mut seen = BTreeSet::new();
        for (index, wish) in self.lines.iter().enumerate() {
            if let Some(qty) = wish.qty {
                some(qty, &format!("/lines/{index}/qty"))?;
            }
            if !seen.insert((&wish.line, &wish.pool)) {
                return Err(twice(wish.line.as_str(), format!("/lines/{index}/line")));
            }
        }
        Ok(())
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Order(self.order.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let order = live_order(desk, &self.order)?;
        let mut s = Shifting::new(Move::Unreserve, self.order.clone());
        let spots = order.holdings().map(|(line, h)| (&line.given.sku, &h.at));
        desk.load_undo(&order.placed.channel, spots)?;
        for (index, wish) in self.lines.iter().enumerate() {
            let (_, known) = line(&order, &wish.line, &format!("/lines/{index}/line"))?;
            let pickup = order.group_of(known).is_some_and(|g| g.to.pickup().is_some());
            let stage = if pickup { Stage::Allocated } else { Stage::Reserved };
            let here = |spot: &Spot| {
                let pool = wish.pool.as_ref();
                spot.stage == stage && pool.is_none_or(|only| spot.pool.as_ref() == Some(only))
            };
            let mut left = wish.qty.unwrap_or(Qty::MAX);
            let mut got = Qty::ZERO;
            for h in pick(&known.holdings, Qty::MAX, Direction::Back, here) {
                let part = minus(h.qty, s.taken(known, &h.at)).min(left);
                if part.is_zero() {
                    continue;
                }
                desk.undo(&mut s, &order, known, &h.at, part, Fate::Back)?;
                s.push(known, h.at, Spot::bare(Stage::Open), part);
                left = minus(left, part);
                got = got.checked_add(part).unwrap_or(Qty::MAX);
            }
            if got.is_zero() || wish.qty.is_some_and(|qty| got < qty) {
                let many = wish.qty.map_or_else(|| "units".to_owned(), |qty| qty.to_string());
                let pool = wish.pool.as_ref().map_or(String::new(), |p| format!(" in `{p}`"));
                let expected = format!("{many} {}{pool}", stage.name());
                return Err(stage_forbids(known, expected, &format!("/lines/{index}")).into());
            }
        }
        drop(order);
        desk.emit_shift(s)
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}
