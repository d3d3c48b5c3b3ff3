//! `reserve`: open units are claimed, as far as there is stock.
//!
//! A shipped line claims in the pools of its channel, own fence first; a pickup at its location.
//! Units that are reserved already count as done, so reserving again is no change. What is not
//! there stays open, and the receipt says so.
//!
//! Refusals, in order: `invalid.empty`, `limit.count`, `invalid.duplicate`,
//! `invalid.quantity_zero`; `invalid.date_range`, `order.unknown`, `order.closed`, per line
//! `line.unknown`, `line.stage_forbids`; when there is not one unit to claim: `location.closed` and
//! `node.at_capacity` of a pickup, else `stock.insufficient`.

use serde::{Deserialize, Serialize};

use super::checks::{ahead, stage_forbids, whereabouts};
use super::promise::tell_pickups;
use super::verb::{Sealer, Verb, plain};
use super::work::{Part, check_wanted, known_lines, live_order, minus, parts};
use crate::catalog::Location;
use crate::command::{Code, Limits, Refusal};
use crate::desk::{Desk, EntityKey, Place, ReadSet, Shifting, Short, Stop};
use crate::event::Shift;
use crate::order::{Line, Order, Stage, Verb as Move};
use crate::stock::{Account, Bucket};
use crate::words::{OrderId, PoolId, Qty, Sku, Timestamp};

/// How many holders of scarce units a refusal names.
const HOLDERS_TOLD: usize = 3;

/// Claims open units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reserve {
    /// Of which order.
    pub order: OrderId,
    /// Which units; all open ones when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<Part>>,
    /// When the claims end by themselves, at the next tick; after what the channel's policy says
    /// when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Verb for Reserve {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        check_wanted(&parts(self.lines.as_deref()), limits)
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Order(self.order.clone()));
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        ahead(self.until, desk.ctx().now)?;
        let order = live_order(desk, &self.order)?;
        let wanted = self.wanted(&order)?;
        desk.load_claims(&order, wanted.iter().map(|(line, ..)| *line))?;
        let mut s = Shifting::new(Move::Reserve, self.order.clone());
        let mut shorts = Vec::new();
        for (line, want, path) in &wanted {
            let got = desk.claim(&mut s, &order, line, *want, self.until)?;
            if got < *want {
                shorts.push((*line, minus(*want, got), path));
            }
        }
        if let (true, Some((line, want, path))) = (s.is_empty(), shorts.first()) {
            return Err(nothing_there(desk, &order, line, *want)?.at(path.as_str()).into());
        }
        let shorts: Vec<Short> = shorts
            .into_iter()
            .map(|(line, qty, _)| Short {
                order: self.order.clone(),
                line: line.given.line.clone(),
                sku: line.given.sku.clone(),
                qty,
                code: Code::StockInsufficient,
            })
            .collect();
        drop(wanted);
        drop(order);
        desk.emit_shift(s)?;
        for short in shorts {
            desk.short(short);
        }
        tell_pickups(desk, &self.order, "reserved")
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}

impl Reserve {
    /// Lines with the open units that are to be claimed, and the field that asks for them.
    fn wanted<'o>(&self, order: &'o Order) -> Result<Vec<(&'o Line, Qty, String)>, Refusal> {
        let Some(parts) = &self.lines else {
            if order.lines.iter().all(|line| claimable(order, line).is_zero()) {
                let found = whereabouts(order.holdings().map(|(_, h)| h));
                let expected = "units that are open or reserved";
                return Err(Refusal::new(Code::StageForbids, expected, found).at("/order"));
            }
            let all = order.lines.iter().map(|l| (l, l.at(Stage::Open), "/order".to_owned()));
            return Ok(all.filter(|(_, open, _)| !open.is_zero()).collect());
        };
        let named = known_lines(order, &super::work::parts(Some(parts)))?;
        let mut wanted = Vec::with_capacity(parts.len());
        for ((index, part), (_, line)) in parts.iter().enumerate().zip(named) {
            let (open, most) = (line.at(Stage::Open), claimable(order, line));
            if most.is_zero() || part.qty.is_some_and(|qty| qty > most) {
                let expected = match part.qty {
                    Some(qty) => format!("{qty} open or reserved"),
                    None => "units that are open or reserved".to_owned(),
                };
                return Err(stage_forbids(line, expected, &format!("/lines/{index}")));
            }
            let want = part.qty.unwrap_or(open).min(open);
            if !want.is_zero() {
                wanted.push((line, want, format!("/lines/{index}")));
            }
        }
        Ok(wanted)
    }
}

/// Units that are open, or claimed as this verb claims.
fn claimable(order: &Order, line: &Line) -> Qty {
    let pickup = order.group_of(line).is_some_and(|g| g.to.pickup().is_some());
    let claimed = if pickup { Stage::Allocated } else { Stage::Reserved };
    line.at(Stage::Open).checked_add(line.at(claimed)).unwrap_or(Qty::MAX)
}

/// Says what there is instead of the units, and who holds them.
fn nothing_there(desk: &Desk<'_>, order: &Order, line: &Line, want: Qty) -> Result<Refusal, Stop> {
    if let Some(node) = desk.pickup_of(order, line)? {
        let nothing = Shift::new(Move::Reserve, order.id.clone());
        if node.closed {
            let found = format!("`{}` is closed", node.id);
            return Ok(Refusal::new(Code::LocationClosed, "a location that is open", found));
        }
        if !desk.has_capacity(order, &nothing, &node)? {
            let found = format!("`{}` has taken all orders that it takes today", node.id);
            return Ok(Refusal::new(Code::NodeAtCapacity, "room for one more order", found));
        }
    }
    let found = there(desk, order, line)?;
    Ok(Refusal::new(Code::StockInsufficient, format!("{want} of `{}`", line.given.sku), found))
}

/// What there is of a line's SKU where the line may claim it, and who holds it, in words.
pub(super) fn there(desk: &Desk<'_>, order: &Order, line: &Line) -> Result<String, Stop> {
    let sku = &line.given.sku;
    match desk.pickup_of(order, line)? {
        Some(node) => at_node(desk, sku, &node),
        None => {
            let channel = desk.channel(&order.placed.channel, "/channel")?;
            let pools = channel.pools.iter().map(|pool| in_pool(desk, sku, pool));
            Ok(pools.collect::<Result<Vec<_>, Stop>>()?.join("; "))
        }
    }
}

fn in_pool(desk: &Desk<'_>, sku: &Sku, pool: &PoolId) -> Result<String, Stop> {
    let known = desk.pool(pool, "")?;
    let fence = |c| Account::Fenced(sku.clone(), pool.clone(), c);
    desk.load([], known.channels.iter().cloned().map(fence))?;
    let ats = desk.balance(&Account::Ats(sku.clone(), pool.clone()))?;
    let reserved = desk.balance(&Account::Reserved(sku.clone(), pool.clone()))?;
    let mut told = format!("{ats} to sell in pool `{pool}`, {reserved} reserved");
    told.push_str(&holders(desk, sku, Place::Pool(pool), reserved)?);
    for channel in &known.channels {
        let kept = desk.balance(&fence(channel.clone()))?;
        if kept > 0 {
            told.push_str(&format!(", {kept} kept for channel `{channel}`"));
        }
    }
    Ok(told)
}

fn at_node(desk: &Desk<'_>, sku: &Sku, node: &Location) -> Result<String, Stop> {
    let there = |bucket| desk.balance(&Account::Node(sku.clone(), node.id.clone(), bucket));
    let (available, tied) = (there(Bucket::Available)?, there(Bucket::Allocated)?);
    let who = holders(desk, sku, Place::Allocated(&node.id), tied)?;
    let pool = in_pool(desk, sku, &node.pool)?;
    Ok(format!("{available} available at `{}`, {tied} tied to orders{who}; {pool}", node.id))
}

/// The first holders in rank: " by `X` (2), `Y` (1)", and whether there are more.
fn holders(desk: &Desk<'_>, sku: &Sku, place: Place<'_>, sum: i64) -> Result<String, Stop> {
    if sum == 0 {
        return Ok(String::new());
    }
    let mut told = Vec::new();
    let mut left = sum;
    for (order, qty) in desk.holders(sku, place, HOLDERS_TOLD)? {
        told.push(format!("`{order}` ({qty})"));
        left = left.saturating_sub(qty);
    }
    if left > 0 {
        told.push(format!("others ({left})"));
    }
    Ok(format!(" by {}", told.join(", ")))
}
