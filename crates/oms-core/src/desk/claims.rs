//! Shifts in the making: claiming as at placing, giving back, and what every shift owes to node
//! days.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::desk::{Desk, Stop};
use super::index::{last_movement, moment_of};
use super::reads::EntityKey;
use crate::catalog::Location;
use crate::command::{Code, Refusal};
use crate::event::{DayChange, DayShift, Event, Shift};
use crate::order::{Line, Move, Order, Spot, Stage, Verb, Way};
use crate::stock::{Account, Bound, Bucket, Deltas, Outside};
use crate::words::{ChannelId, LocationId, OrderId, PoolId, Qty, Sku, Timestamp};

/// A shift in the making: several lines of one order, one event.
#[derive(Debug)]
pub struct Shifting {
    /// The event so far, without its deltas.
    pub shift: Shift,
    /// Its deltas so far.
    pub deltas: Deltas,
}

impl Shifting {
    /// Nothing moves yet.
    #[must_use]
    pub fn new(verb: Verb, order: OrderId) -> Shifting {
        Shifting { shift: Shift::new(verb, order), deltas: Deltas::default() }
    }

    /// Whether nothing moves.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shift.moves.is_empty()
    }

    /// Moves units of a line; the caller has added the deltas that go with it.
    pub fn push(&mut self, line: &Line, from: Spot, to: Spot, qty: Qty) {
        if !qty.is_zero() {
            self.shift.moves.push(Move {
                line: line.given.line.clone(),
                from: Some(from),
                to,
                qty,
            });
        }
    }

    /// Units of any line of the order that this shift has already taken out of `spot` of `line`.
    #[must_use]
    pub fn taken(&self, line: &Line, spot: &Spot) -> Qty {
        self.shift
            .moves
            .iter()
            .filter(|m| m.line == line.given.line && m.from.as_ref() == Some(spot))
            .fold(Qty::ZERO, |sum, m| sum.checked_add(m.qty).unwrap_or(Qty::MAX))
    }
}

/// Where units that leave a node's hands go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Back into the node's available.
    Back,
    /// Missing: outside *shrink*.
    Shrink,
    /// Into the node's *damaged*.
    Damaged,
}

impl Desk<'_> {
    /// A balance with what a shift in the making does to it.
    ///
    /// # Errors
    /// [`Stop::Need`] when not loaded.
    pub fn peek(&self, deltas: &Deltas, account: &Account) -> Result<i64, Stop> {
        Ok(self.balance(account)?.saturating_add(deltas.of(account)))
    }

    /// Claims up to `want` Open units of a line as at placing: pool by pool of the channel, own
    /// fence first; a pickup at its location. Returns what it got.
    ///
    /// The claim ends at `until`, or after what the channel's policy says.
    ///
    /// # Errors
    /// [`Stop::Need`] when something is not loaded.
    pub fn claim(
        &self,
        s: &mut Shifting,
        order: &Order,
        line: &Line,
        want: Qty,
        until: Option<Timestamp>,
    ) -> Result<Qty, Stop> {
        let channel = self.channel(&order.placed.channel, "/channel")?;
        let policy = self.policy(Some(&channel.id), None)?;
        let now = self.ctx().now;
        let sku = &line.given.sku;
        let mut left = want;
        if let Some(Way::Pickup { location }) = order.group_of(line).map(|g| &g.to) {
            let node = self.location(location, "/groups")?;
            let until = until.unwrap_or_else(|| now.plus_days(i64::from(policy.pickup_days)));
            return self.claim_at(s, order, line, &node, want, Some(until));
        }
        let until = until.unwrap_or_else(|| now.plus_minutes(i64::from(policy.reserve_minutes)));
        self.load([], channel.pools.iter().flat_map(|p| claim_sources(sku, p, &channel.id)))?;
        for pool in &channel.pools {
            for fenced in [true, false] {
                let source = source_account(sku, pool, &channel.id, fenced);
                let part = positive(self.peek(&s.deltas, &source)?).min(left);
                if part.is_zero() {
                    continue;
                }
                let reserved = Account::Reserved(sku.clone(), pool.clone());
                s.deltas.transfer(source, reserved, part.as_i64());
                let spot = Spot::reserved(pool.clone(), fenced, Some(until));
                s.push(line, Spot::bare(Stage::Open), spot, part);
                left = left.checked_sub(part).unwrap_or(Qty::ZERO);
            }
        }
        Ok(want.checked_sub(left).unwrap_or(Qty::ZERO))
    }

    /// Claims up to `want` Open units hard at a node: as far as both what is available there and
    /// what the pool has free (own fence first) allow, and the node takes orders today.
    ///
    /// # Errors
    /// [`Stop::Need`] when something is not loaded.
    pub fn claim_at(
        &self,
        s: &mut Shifting,
        order: &Order,
        line: &Line,
        node: &Location,
        want: Qty,
        until: Option<Timestamp>,
    ) -> Result<Qty, Stop> {
        let sku = &line.given.sku;
        let channel = &order.placed.channel;
        let available = Account::Node(sku.clone(), node.id.clone(), Bucket::Available);
        self.load(
            [],
            claim_sources(sku, &node.pool, channel).into_iter().chain([available.clone()]),
        )?;
        if node.closed || !self.has_capacity(order, &s.shift, node)? {
            return Ok(Qty::ZERO);
        }
        let mut left = want.min(positive(self.peek(&s.deltas, &available)?));
        let mut got = Qty::ZERO;
        for fenced in [true, false] {
            let source = source_account(sku, &node.pool, channel, fenced);
            let part = positive(self.peek(&s.deltas, &source)?).min(left);
            if part.is_zero() {
                continue;
            }
            let allocated = Account::Node(sku.clone(), node.id.clone(), Bucket::Allocated);
            s.deltas.add(source, -part.as_i64());
            s.deltas.transfer(available.clone(), allocated, part.as_i64());
            let spot = Spot::allocated(node.pool.clone(), fenced, node.id.clone(), until);
            s.push(line, Spot::bare(Stage::Open), spot, part);
            left = left.checked_sub(part).unwrap_or(Qty::ZERO);
            got = got.checked_add(part).unwrap_or(Qty::MAX);
        }
        Ok(got)
    }

    /// Gives a claim on a pool back whence it came: to ats, or to the fence of its channel (to ats
    /// while ats < 0, or if the fence was set to 0 since, or its channel sells there no more).
    ///
    /// # Errors
    /// [`Stop::Need`] when something is not loaded.
    pub fn give_back(
        &self,
        deltas: &mut Deltas,
        sku: &Sku,
        pool: &PoolId,
        channel: &ChannelId,
        fenced: bool,
        qty: Qty,
    ) -> Result<(), Stop> {
        let ats = Account::Ats(sku.clone(), pool.clone());
        let mut to_fence = 0;
        if fenced {
            let set = Account::FenceSet(sku.clone(), pool.clone(), channel.clone());
            self.load([], [ats.clone(), set.clone()])?;
            let short = self.peek(deltas, &ats)?.min(0).saturating_neg();
            let sells = self.pool(pool, "")?.channels.contains(channel);
            if sells && self.peek(deltas, &set)? > 0 {
                to_fence = (qty.as_i64() - short).max(0);
            }
        }
        deltas.add(ats, qty.as_i64() - to_fence);
        deltas.add(Account::Fenced(sku.clone(), pool.clone(), channel.clone()), to_fence);
        Ok(())
    }

    /// Undoes whatever claim lies behind units at a spot (Open up to Packed): everything goes back
    /// whence it came. What lay at a node goes where `fate` says; only what is put back into
    /// available can back a claim on the pool again.
    ///
    /// # Errors
    /// [`Stop::Need`] when something is not loaded.
    pub fn undo(
        &self,
        s: &mut Shifting,
        order: &Order,
        line: &Line,
        spot: &Spot,
        qty: Qty,
        fate: Fate,
    ) -> Result<(), Stop> {
        let sku = &line.given.sku;
        let n = qty.as_i64();
        let Some(pool) = &spot.pool else { return Ok(()) };
        match &spot.node {
            None => s.deltas.add(Account::Reserved(sku.clone(), pool.clone()), -n),
            Some(node) => {
                let to = match fate {
                    Fate::Back => Account::Node(sku.clone(), node.clone(), Bucket::Available),
                    Fate::Shrink => Account::Outside(sku.clone(), Outside::Shrink),
                    Fate::Damaged => Account::Node(sku.clone(), node.clone(), Bucket::Damaged),
                };
                let allocated = Account::Node(sku.clone(), node.clone(), Bucket::Allocated);
                s.deltas.transfer(allocated, to, n);
            }
        }
        if spot.node.is_none() || fate == Fate::Back {
            self.give_back(&mut s.deltas, sku, pool, &order.placed.channel, spot.fenced, qty)?;
        }
        Ok(())
    }

    /// Loads at once all that claiming Open units of these lines reads.
    ///
    /// # Errors
    /// [`Stop::Need`] when something is not loaded.
    pub fn load_claims<'l>(
        &self,
        order: &Order,
        lines: impl IntoIterator<Item = &'l Line>,
    ) -> Result<(), Stop> {
        let channel = self.channel(&order.placed.channel, "/channel")?;
        self.policy(Some(&channel.id), None)?;
        let pickups = order.placed.groups.iter().filter_map(|g| g.to.pickup());
        self.load(pickups.cloned().map(EntityKey::Location), [])?;
        let mut accounts = BTreeSet::new();
        for line in lines {
            let sku = &line.given.sku;
            match self.pickup_of(order, line)? {
                Some(node) => {
                    let id = node.id.clone();
                    accounts.insert(Account::Node(sku.clone(), id, Bucket::Available));
                    accounts.extend(claim_sources(sku, &node.pool, &channel.id));
                }
                None => {
                    let pools = channel.pools.iter();
                    accounts.extend(pools.flat_map(|p| claim_sources(sku, p, &channel.id)));
                }
            }
        }
        self.load([], accounts)
    }

    /// Loads at once all that undoing claims at these spots reads.
    ///
    /// # Errors
    /// [`Stop::Need`] when something is not loaded.
    pub fn load_undo<'s>(
        &self,
        channel: &ChannelId,
        spots: impl IntoIterator<Item = (&'s Sku, &'s Spot)>,
    ) -> Result<(), Stop> {
        let (mut entities, mut accounts) = (BTreeSet::new(), BTreeSet::new());
        for (sku, spot) in spots {
            let Some(pool) = &spot.pool else { continue };
            entities.insert(EntityKey::Pool(pool.clone()));
            accounts.insert(Account::Ats(sku.clone(), pool.clone()));
            if spot.fenced {
                accounts.insert(Account::Fenced(sku.clone(), pool.clone(), channel.clone()));
                accounts.insert(Account::FenceSet(sku.clone(), pool.clone(), channel.clone()));
            }
            let Some(node) = &spot.node else {
                accounts.insert(Account::Reserved(sku.clone(), pool.clone()));
                continue;
            };
            entities.insert(EntityKey::Location(node.clone()));
            for bucket in [Bucket::Available, Bucket::Allocated] {
                accounts.insert(Account::Node(sku.clone(), node.clone(), bucket));
            }
        }
        self.load(entities, accounts)
    }

    /// Whether a node can take this order today: it has already, takes it with this shift, or has
    /// room.
    ///
    /// # Errors
    /// [`Stop::Need`] when something is not loaded.
    pub fn has_capacity(
        &self,
        order: &Order,
        shift: &Shift,
        node: &Location,
    ) -> Result<bool, Stop> {
        let known = order.days.iter().any(|d| d.node == node.id)
            || shift.moves.iter().any(|m| m.to.node.as_ref() == Some(&node.id));
        let (Some(capacity), false) = (node.capacity_orders_per_day, known) else {
            return Ok(true);
        };
        let day = node.time_zone.local_day(self.ctx().now);
        let taken = self.balance(&Account::NodeDay(node.id.clone(), day))?;
        Ok(u64::try_from(taken).is_ok_and(|taken| taken < capacity))
    }

    /// Completes a shift with its node days and emits it. An empty one is not emitted.
    ///
    /// # Errors
    /// `node.at_capacity`, [`Stop::Need`], or a broken law.
    pub fn emit_shift(&mut self, mut s: Shifting) -> Result<(), Stop> {
        if s.is_empty() {
            return Ok(());
        }
        let order = self.order(&s.shift.order)?;
        let bounds = self.node_days(&order, &mut s)?;
        drop(order);
        let nodes: BTreeSet<(Sku, LocationId)> = good_moves(&s.deltas);
        s.shift.moved_at = self.moved_at(nodes)?;
        s.shift.deltas = s.deltas.into_vec();
        self.emit(Event::Shifted(s.shift), bounds)
    }

    /// Node days that the moves take, use or give back.
    fn node_days(&self, order: &Order, s: &mut Shifting) -> Result<Vec<Bound>, Stop> {
        let mut net: BTreeMap<&LocationId, i64> = BTreeMap::new();
        for m in &s.shift.moves {
            for (spot, sign) in [(m.from.as_ref(), -1), (Some(&m.to), 1)] {
                if let Some(node) = spot.and_then(|s| s.node.as_ref()) {
                    *net.entry(node).or_insert(0) += sign * m.qty.as_i64();
                }
            }
        }
        let leaves = matches!(s.shift.verb, Verb::Ship | Verb::Collect);
        let mut bounds = Vec::new();
        let mut days = Vec::new();
        for (node, by) in net {
            let held: i64 = order
                .holdings()
                .filter(|(_, h)| h.at.node.as_ref() == Some(node))
                .map(|(_, h)| h.qty.as_i64())
                .sum();
            let known = order.days.iter().find(|d| d.node == *node);
            match known {
                None if held + by > 0 => {
                    let location = self.location(node, "")?;
                    let day = location.time_zone.local_day(self.ctx().now);
                    let account = Account::NodeDay(node.clone(), day);
                    if let Some(capacity) = location.capacity_orders_per_day {
                        let capacity = i64::try_from(capacity).unwrap_or(i64::MAX);
                        let taken = self.balance(&account)?;
                        if taken >= capacity {
                            return Err(at_capacity(node, capacity));
                        }
                        bounds.push(Bound::at_most(account.clone(), capacity));
                    }
                    s.deltas.add(account, 1);
                    days.push(DayShift { node: node.clone(), day, what: DayChange::Taken });
                }
                Some(d) if leaves && !d.used => {
                    days.push(DayShift { node: node.clone(), day: d.day, what: DayChange::Used });
                }
                Some(d) if held + by == 0 && !d.used => {
                    s.deltas.add(Account::NodeDay(node.clone(), d.day), -1);
                    days.push(DayShift { node: node.clone(), day: d.day, what: DayChange::Given });
                }
                _ => {}
            }
        }
        s.shift.days = days;
        Ok(bounds)
    }
}

fn at_capacity(node: &LocationId, capacity: i64) -> Stop {
    Refusal::new(
        Code::NodeAtCapacity,
        format!("fewer than {capacity} orders at `{node}` today"),
        format!("{capacity} taken"),
    )
    .into()
}

/// The pairs of SKU and node whose good units the deltas change.
fn good_moves(deltas: &Deltas) -> BTreeSet<(Sku, LocationId)> {
    let mut net: BTreeMap<(Sku, LocationId), i64> = BTreeMap::new();
    for (account, by) in deltas.iter() {
        if let Account::Node(sku, node, bucket) = account
            && bucket.is_good()
        {
            *net.entry((sku.clone(), node.clone())).or_insert(0) += by;
        }
    }
    net.into_iter().filter(|(_, by)| *by != 0).map(|(pair, _)| pair).collect()
}

/// A balance as a quantity; zero when it is below.
#[must_use]
pub fn positive(balance: i64) -> Qty {
    Qty::from_i64(balance.max(0)).unwrap_or(Qty::MAX)
}

/// The account that a claim of a channel on a pool is taken from.
#[must_use]
pub fn source_account(sku: &Sku, pool: &PoolId, channel: &ChannelId, fenced: bool) -> Account {
    if fenced {
        Account::Fenced(sku.clone(), pool.clone(), channel.clone())
    } else {
        Account::Ats(sku.clone(), pool.clone())
    }
}

/// All balances that a claim on a pool reads.
#[must_use]
pub fn claim_sources(sku: &Sku, pool: &PoolId, channel: &ChannelId) -> [Account; 3] {
    [
        source_account(sku, pool, channel, true),
        source_account(sku, pool, channel, false),
        Account::Reserved(sku.clone(), pool.clone()),
    ]
}

impl Desk<'_> {
    /// When a movement counts as moved: never before the last one of its SKU and node. `None` when
    /// that is simply now.
    ///
    /// # Errors
    /// [`Stop::Need`] when the last movements are not loaded.
    pub fn moved_at(
        &self,
        pairs: impl IntoIterator<Item = (Sku, LocationId)>,
    ) -> Result<Option<Timestamp>, Stop> {
        let now = self.ctx().now;
        let mut latest = now;
        let mut whole = true;
        for (sku, node) in pairs {
            match self.range(&last_movement(&sku, &node)) {
                Err(_) => whole = false,
                Ok(rows) => {
                    let last = rows.first().and_then(moment_of);
                    latest = latest.max(last.unwrap_or(now));
                }
            }
        }
        if !whole {
            return Err(Stop::Need);
        }
        Ok((latest > now).then_some(latest))
    }

    /// The pickup location that binds a line, if it is a pickup.
    ///
    /// # Errors
    /// [`Stop::Need`] when not loaded.
    pub fn pickup_of(&self, order: &Order, line: &Line) -> Result<Option<Arc<Location>>, Stop> {
        match order.group_of(line).map(|g| &g.to) {
            Some(Way::Pickup { location }) => Ok(Some(self.location(location, "/groups")?)),
            _ => Ok(None),
        }
    }
}
