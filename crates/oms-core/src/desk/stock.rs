//! Raising and lowering the good units of a node, with the claims that go with them.

use super::claims::{Fate, Shifting, positive};
use super::desk::{Desk, Stop};
use super::index::{Place, holders_prefix};
use super::reads::{EntityKey, RangeRead, Row, Table};
use crate::catalog::{Location, Reach as PolicyReach};
use crate::command::{Code, Refusal};
use crate::order::{Direction, Spot, Stage, Verb, pick};
use crate::stock::{Account, Bucket, Deltas};
use crate::words::{ChannelId, LineId, OrderId, PoolId, Qty, ReasonId, Sku};

/// How far lowering may go, beyond what is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// Buffered units.
    pub buffer: bool,
    /// Fences give way.
    pub fences: bool,
    /// Claims are taken.
    pub claims: bool,
    /// Available falls below zero.
    pub below_zero: bool,
}

impl Steps {
    /// An adjustment, a closing, a move to another bucket: nobody's claim is touched.
    pub const ADJUST: Steps =
        Steps { buffer: true, fences: true, claims: false, below_zero: false };
    /// A move across pools: the node's own buffer stays.
    pub const ACROSS: Steps =
        Steps { buffer: false, fences: true, claims: false, below_zero: false };
    /// A count: it tells the truth.
    pub const COUNT: Steps = Steps { buffer: true, fences: true, claims: true, below_zero: true };
}

impl From<PolicyReach> for Steps {
    fn from(reach: PolicyReach) -> Steps {
        Steps {
            buffer: reach >= PolicyReach::Hidden,
            fences: reach >= PolicyReach::Claims,
            claims: reach >= PolicyReach::Claims,
            below_zero: reach >= PolicyReach::BelowZero,
        }
    }
}

impl Desk<'_> {
    /// Raises the available units of a node: first up to zero, then the node's missing buffer,
    /// then the pool's missing fences in channel order as far as ats stays ≥ 0; the rest is free.
    ///
    /// The caller adds where the units come from.
    ///
    /// # Errors
    /// [`Stop::Need`] when something is not loaded.
    pub fn raise(
        &self,
        deltas: &mut Deltas,
        sku: &Sku,
        node: &Location,
        qty: Qty,
    ) -> Result<(), Stop> {
        let pool = self.pool(&node.pool, "")?;
        let ats = Account::Ats(sku.clone(), pool.id.clone());
        let available = Account::Node(sku.clone(), node.id.clone(), Bucket::Available);
        let missing = Account::BufferMissing(sku.clone(), node.id.clone());
        let fence_missing = pool
            .channels
            .iter()
            .map(|c| Account::FenceMissing(sku.clone(), pool.id.clone(), c.clone()));
        self.load([], fence_missing.chain([ats.clone(), available.clone(), missing.clone()]))?;
        let mut left = qty.as_i64();
        let to_zero = self.peek(deltas, &available)?.min(0).saturating_neg().min(left);
        deltas.add(available.clone(), to_zero);
        deltas.add(ats.clone(), to_zero);
        left -= to_zero;
        let to_buffer = self.peek(deltas, &missing)?.min(left);
        let buffered = Account::Node(sku.clone(), node.id.clone(), Bucket::Buffered);
        deltas.transfer(missing, buffered, to_buffer);
        left -= to_buffer;
        for channel in &pool.channels {
            let missing = Account::FenceMissing(sku.clone(), pool.id.clone(), channel.clone());
            let room = self.peek(deltas, &ats)?.saturating_add(left).max(0);
            let to_fence = self.peek(deltas, &missing)?.min(left).min(room);
            let fenced = Account::Fenced(sku.clone(), pool.id.clone(), channel.clone());
            deltas.transfer(missing, fenced, to_fence);
            deltas.add(available.clone(), to_fence);
            left -= to_fence;
        }
        deltas.add(available, left);
        deltas.add(ats, left);
        Ok(())
    }

    /// Takes `qty` out of what a pool has unclaimed: ats down to zero, then the fences in reverse
    /// channel order give way into their missing (`own` first), then ats below zero.
    ///
    /// # Errors
    /// [`Stop::Need`] when something is not loaded.
    pub fn drain_pool(
        &self,
        deltas: &mut Deltas,
        sku: &Sku,
        node: &Location,
        own: Option<&ChannelId>,
        qty: i64,
    ) -> Result<(), Stop> {
        let ats = Account::Ats(sku.clone(), node.pool.clone());
        let free = self.peek(deltas, &ats)?.max(0).min(qty);
        deltas.add(ats.clone(), -free);
        let by_fences = self.fences_give_way(deltas, sku, node, own, qty - free)?;
        deltas.add(ats, -(qty - free - by_fences));
        Ok(())
    }

    /// Lets the fences of a pool give way by up to `qty`, into their missing; returns how much.
    ///
    /// # Errors
    /// [`Stop::Need`] when something is not loaded.
    pub fn fences_give_way(
        &self,
        deltas: &mut Deltas,
        sku: &Sku,
        node: &Location,
        own: Option<&ChannelId>,
        qty: i64,
    ) -> Result<i64, Stop> {
        if qty <= 0 {
            return Ok(0);
        }
        let pool = self.pool(&node.pool, "")?;
        let others = pool.sellers().rev().filter(|c| Some(*c) != own);
        let order: Vec<&ChannelId> =
            own.into_iter().filter(|c| pool.channels.contains(c)).chain(others).collect();
        let fence = |c: &ChannelId| Account::Fenced(sku.clone(), pool.id.clone(), c.clone());
        self.load([], order.iter().map(|c| fence(c)))?;
        let mut left = qty;
        for channel in order {
            let part = self.peek(deltas, &fence(channel))?.min(left);
            let missing = Account::FenceMissing(sku.clone(), pool.id.clone(), channel.clone());
            deltas.transfer(fence(channel), missing, part);
            left -= part;
        }
        Ok(qty - left)
    }

    /// The balances that [`Desk::lower`] reads, for many at once.
    ///
    /// # Errors
    /// [`Stop::Need`] when the pool is not loaded.
    pub fn lowering_reads(&self, sku: &Sku, node: &Location) -> Result<Vec<Account>, Stop> {
        let pool = self.pool(&node.pool, "")?;
        let fences = pool.sellers().flat_map(|c| {
            let of = |account: fn(Sku, PoolId, ChannelId) -> Account| {
                account(sku.clone(), pool.id.clone(), c.clone())
            };
            [of(Account::Fenced), of(Account::FenceMissing)]
        });
        let here = [
            Account::Ats(sku.clone(), pool.id.clone()),
            Account::Node(sku.clone(), node.id.clone(), Bucket::Available),
            Account::Node(sku.clone(), node.id.clone(), Bucket::Buffered),
            Account::BufferMissing(sku.clone(), node.id.clone()),
        ];
        Ok(fences.chain(here).collect())
    }

    /// Lowers the good units of a node by `qty`, step by step as the domain says, taking claims
    /// where it must and may; returns the deltas of the lowering itself (the caller adds whither
    /// the units go and emits it), the orders whose claims were taken, and how much could not be
    /// lowered within `reach`.
    ///
    /// # Errors
    /// [`Stop::Need`] when something is not loaded; a broken law.
    pub fn lower(
        &mut self,
        sku: &Sku,
        node: &Location,
        own: Option<&ChannelId>,
        qty: Qty,
        reach: Steps,
    ) -> Result<Lowered, Stop> {
        let pool = self.pool(&node.pool, "")?;
        let ats = Account::Ats(sku.clone(), node.pool.clone());
        let available = Account::Node(sku.clone(), node.id.clone(), Bucket::Available);
        let buffered = Account::Node(sku.clone(), node.id.clone(), Bucket::Buffered);
        let missing = Account::BufferMissing(sku.clone(), node.id.clone());
        self.load([EntityKey::Location(node.id.clone())], self.lowering_reads(sku, node)?)?;
        let mut d = Deltas::default();
        let mut left = qty.as_i64();
        let there =
            |desk: &Self, d: &Deltas| -> Result<i64, Stop> { Ok(desk.peek(d, &available)?.max(0)) };
        // Own fence first: it is a sale of the fence's own channel, so nothing goes missing.
        if let Some(channel) = own.filter(|c| pool.channels.contains(c)) {
            let fence = Account::Fenced(sku.clone(), pool.id.clone(), channel.clone());
            let part = self.peek(&d, &fence)?.min(left).min(there(self, &d)?);
            d.add(fence, -part);
            d.add(available.clone(), -part);
            left -= part;
        }
        // (a) free.
        let part = self.peek(&d, &ats)?.max(0).min(left).min(there(self, &d)?);
        d.add(ats.clone(), -part);
        d.add(available.clone(), -part);
        left -= part;
        // (b) hidden.
        if reach.buffer {
            let part = self.peek(&d, &buffered)?.min(left);
            d.transfer(buffered, missing, part);
            left -= part;
        }
        let mut hurt = Vec::new();
        let cause = if own.is_some() { "sold_at_till" } else { "counted" };
        // (c) fenced.
        if reach.fences {
            let want = left.min(there(self, &d)?);
            let part = self.fences_give_way(&mut d, sku, node, own, want)?;
            d.add(available.clone(), -part);
            left -= part;
        }
        if reach.claims && left > 0 {
            // (d) claimed in the pool, then what available is left.
            let part = left.min(there(self, &d)?);
            self.take_claims(sku, node, &[Taking::Reserved], part, cause, &mut hurt)?;
            self.drain_pool(&mut d, sku, node, own, part)?;
            d.add(available.clone(), -part);
            left -= part;
            // (e) claimed at the node. The claims go into available and ats, whence this takes.
            let steps = [Taking::Pending, Taking::Allocated, Taking::Released];
            let taken = self.take_claims(sku, node, &steps, left, cause, &mut hurt)?;
            d.add(available.clone(), -taken);
            d.add(ats, -taken);
            left -= taken;
        }
        // (f) below zero.
        if reach.below_zero && left > 0 {
            self.drain_pool(&mut d, sku, node, own, left)?;
            d.add(available, -left);
            left = 0;
        }
        Ok(Lowered { deltas: d, hurt, short: positive(left) })
    }

    /// Takes up to `want` claimed units from their holders, last in rank first; the claims go into
    /// ats, never into a fence. Returns how many.
    fn take_claims(
        &mut self,
        sku: &Sku,
        node: &Location,
        steps: &[Taking],
        want: i64,
        cause: &str,
        hurt: &mut Vec<Hurt>,
    ) -> Result<i64, Stop> {
        let cap = self.ctx().limits.orders;
        let mut left = want;
        for step in steps {
            let (mut seen, mut limit) = (0, 16.min(cap));
            while left > 0 {
                let rows = self.range(&step.holders(sku, node, limit))?;
                let fresh = rows.get(seen..).unwrap_or(&[]);
                self.load_holders(fresh, left)?;
                // A row may tell of more than is left there: this turn's own events are not in it.
                for (id, index) in fresh.iter().filter_map(holder) {
                    if left > 0 {
                        left -= self.take_from(&id, index, sku, node, *step, left, cause, hurt)?;
                    }
                }
                if left <= 0 || rows.len() < limit {
                    break;
                }
                if limit >= cap {
                    return Err(Refusal::new(
                        Code::TooMany,
                        format!("claims of at most {cap} orders taken at once"),
                        format!("{left} more of `{sku}` to take"),
                    )
                    .into());
                }
                (seen, limit) = (rows.len(), limit.saturating_mul(4).min(cap));
            }
        }
        Ok(want - left)
    }

    /// Asks for all orders at once that will be needed to take `want` units.
    fn load_holders(&self, rows: &[Row], want: i64) -> Result<(), Stop> {
        let mut sum = 0;
        let needed = rows.iter().take_while(|r| {
            let more = sum < want;
            sum += r.value;
            more
        });
        let orders = needed.filter_map(holder).map(|(id, _)| EntityKey::Order(id));
        self.load(orders, [])
    }

    /// Takes up to `want` units of one line.
    #[expect(clippy::too_many_arguments, reason = "one victim needs all of its whereabouts")]
    fn take_from(
        &mut self,
        id: &OrderId,
        index: usize,
        sku: &Sku,
        node: &Location,
        step: Taking,
        want: i64,
        cause: &str,
        hurt: &mut Vec<Hurt>,
    ) -> Result<i64, Stop> {
        let order = self.order(id)?;
        let Some(line) = order.lines.get(index).filter(|l| l.given.sku == *sku) else {
            return Ok(0);
        };
        let stage = match step {
            Taking::Reserved => Stage::Reserved,
            Taking::Allocated => Stage::Allocated,
            Taking::Pending | Taking::Released => Stage::Released,
        };
        let here = |spot: &Spot| {
            spot.stage == stage
                && match step {
                    Taking::Reserved => spot.pool.as_ref() == Some(&node.pool),
                    _ => spot.node.as_ref() == Some(&node.id),
                }
        };
        let pending = order.pending_at(&line.given.line, &node.id);
        let want = match step {
            Taking::Pending => positive(want).min(pending),
            _ => positive(want),
        };
        let to_stage = if step == Taking::Pending { Stage::Cancelled } else { Stage::Open };
        let mut s = Shifting::new(Verb::TakeClaims, id.clone());
        s.shift.reason = ReasonId::new(cause).ok();
        let mut got = Qty::ZERO;
        for h in pick(&line.holdings, want, Direction::Back, here) {
            // Always into ats: as if it had never been fenced.
            let spot = Spot { fenced: false, ..h.at.clone() };
            self.undo(&mut s, &order, line, &spot, h.qty, Fate::Back)?;
            s.push(line, h.at, Spot::bare(to_stage), h.qty);
            got = got.checked_add(h.qty).unwrap_or(Qty::MAX);
        }
        if got.is_zero() {
            return Ok(0);
        }
        if step == Taking::Pending {
            s.shift.pending.push(crate::order::Pending {
                line: line.given.line.clone(),
                node: node.id.clone(),
                qty: pending.checked_sub(got).unwrap_or(Qty::ZERO),
            });
        } else {
            hurt.push(Hurt { order: id.clone(), line: line.given.line.clone(), qty: got });
        }
        drop(order);
        self.emit_shift(s)?;
        Ok(got.as_i64())
    }

    /// What is there of a SKU at a node and in its pool and who holds it, in words for a refusal.
    ///
    /// # Errors
    /// [`Stop::Need`] when something is not loaded.
    pub fn whereabouts(&self, sku: &Sku, node: &Location) -> Result<String, Stop> {
        let pool = self.pool(&node.pool, "")?;
        let at = |bucket| Account::Node(sku.clone(), node.id.clone(), bucket);
        let fence = |c: &ChannelId| Account::Fenced(sku.clone(), pool.id.clone(), c.clone());
        let ats = Account::Ats(sku.clone(), pool.id.clone());
        let reserved = Account::Reserved(sku.clone(), pool.id.clone());
        let named = [at(Bucket::Available), at(Bucket::Buffered), at(Bucket::Allocated)];
        let known = named.iter().cloned().chain([ats.clone(), reserved.clone()]);
        self.load([], known.chain(pool.sellers().map(fence)))?;
        let mut fenced = 0;
        for channel in pool.sellers() {
            fenced += self.balance(&fence(channel))?;
        }
        let [available, buffered, allocated] = named;
        let mut holders = Vec::new();
        for step in [Taking::Reserved, Taking::Allocated, Taking::Released] {
            for row in self.range(&step.holders(sku, node, 3))? {
                if let Some((id, _)) = holder(row).filter(|(id, _)| !holders.contains(id)) {
                    holders.push(id);
                }
            }
        }
        let names: Vec<String> = holders.iter().map(|id| format!("`{id}`")).collect();
        let held = if names.is_empty() {
            String::new()
        } else {
            format!("; held by order {}", names.join(", "))
        };
        Ok(format!(
            "{} available, {} buffered, {} allocated of `{sku}` at `{}`; {} free, {} reserved, \
             {fenced} fenced in pool `{}`{held}",
            self.balance(&available)?,
            self.balance(&buffered)?,
            self.balance(&allocated)?,
            node.id,
            self.balance(&ats)?,
            self.balance(&reserved)?,
            pool.id,
        ))
    }

    /// Lets the orders whose claims were taken claim again, first in rank first.
    ///
    /// # Errors
    /// [`Stop::Need`] when something is not loaded; a broken law.
    pub fn claim_again(&mut self, hurt: Vec<Hurt>) -> Result<(), Stop> {
        let mut ranked = Vec::with_capacity(hurt.len());
        for h in hurt {
            let order = self.order(&h.order)?;
            let index = order.lines.iter().position(|l| l.given.line == h.line);
            ranked.push(((super::index::rank(&order), index), h));
        }
        ranked.sort_by(|a, b| a.0.cmp(&b.0));
        let mut ranked = ranked.into_iter().map(|(_, h)| h).peekable();
        while let Some(first) = ranked.next() {
            let mut lines = vec![(first.line, first.qty)];
            while let Some(next) = ranked.next_if(|h| h.order == first.order) {
                lines.push((next.line, next.qty));
            }
            self.claim_again_for(&first.order, &lines)?;
        }
        Ok(())
    }

    /// Lets one order claim again what its lines have lost, and tells what is still short.
    ///
    /// # Errors
    /// [`Stop::Need`] when something is not loaded; a broken law.
    pub fn claim_again_for(&mut self, id: &OrderId, lines: &[(LineId, Qty)]) -> Result<(), Stop> {
        let order = self.order(id)?;
        self.load_claims(&order, lines.iter().filter_map(|(line, _)| order.line(line)))?;
        let mut s = Shifting::new(Verb::Place, id.clone());
        let mut shorts = Vec::new();
        for (line_id, qty) in lines {
            let Some(line) = order.line(line_id) else { continue };
            let got = self.claim(&mut s, &order, line, *qty, None)?;
            let short = qty.checked_sub(got).unwrap_or(Qty::ZERO);
            if !short.is_zero() {
                shorts.push(super::desk::Short {
                    order: id.clone(),
                    line: line_id.clone(),
                    sku: line.given.sku.clone(),
                    qty: short,
                    code: crate::command::Code::StockInsufficient,
                });
            }
        }
        drop(order);
        self.emit_shift(s)?;
        for short in shorts {
            self.short(short);
        }
        Ok(())
    }
}

impl Desk<'_> {
    /// Who holds units of a SKU at a place, the first in rank first, at most `limit` lines; as it
    /// was when the turn began.
    ///
    /// # Errors
    /// [`Stop::Need`] when not loaded.
    pub fn holders(
        &self,
        sku: &Sku,
        place: Place<'_>,
        limit: usize,
    ) -> Result<Vec<(OrderId, i64)>, Stop> {
        let prefix = holders_prefix(sku, place);
        let prefix: Vec<&str> = prefix.iter().map(String::as_str).collect();
        let rows = self.range(&RangeRead::prefix(Table::Holders, &prefix, limit))?;
        Ok(rows.iter().filter_map(|row| Some((holder(row)?.0, row.value))).collect())
    }
}

/// Whose claims a step takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taking {
    Reserved,
    Pending,
    Allocated,
    Released,
}

impl Taking {
    /// Who holds such claims, from the last in rank.
    fn holders(self, sku: &Sku, node: &Location, limit: usize) -> RangeRead {
        let place = match self {
            Taking::Reserved => Place::Pool(&node.pool),
            Taking::Pending => Place::Pending(&node.id),
            Taking::Allocated => Place::Allocated(&node.id),
            Taking::Released => Place::Released(&node.id),
        };
        let prefix = holders_prefix(sku, place);
        let prefix: Vec<&str> = prefix.iter().map(String::as_str).collect();
        RangeRead::prefix(Table::Holders, &prefix, limit).reversed()
    }
}

/// A line whose claim was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hurt {
    /// The order.
    pub order: OrderId,
    /// The line.
    pub line: LineId,
    /// How many units.
    pub qty: Qty,
}

/// What lowering comes to.
#[derive(Debug)]
pub struct Lowered {
    /// Deltas of available, buffered, missing and claims; not yet whither the units go.
    pub deltas: Deltas,
    /// Lines whose claims were taken, to claim again.
    pub hurt: Vec<Hurt>,
    /// What could not be lowered.
    pub short: Qty,
}

fn holder(row: &Row) -> Option<(OrderId, usize)> {
    // sku, kind, place, urgency, placed_at, order, line index.
    match row.parts().as_slice() {
        [_, _, _, _, _, order, index] => Some((OrderId::new(order).ok()?, index.parse().ok()?)),
        _ => None,
    }
}
