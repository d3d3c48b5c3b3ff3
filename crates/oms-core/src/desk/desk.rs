//! The desk: the working copy of state at which a verb decides.
//!
//! A verb reads through the desk and emits events to it. What is not loaded is noted and asked for
//! in one more round of reading ([`Stop::Need`]). Each emitted event is bounded, folded over the
//! working copy and audited at once, so a broken law stops the turn before anything commits.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::evolve::{LawBroken, World, evolve};
use super::index::{Entry, order_rows, stock_rows};
use super::reads::{
    Entity, EntityKey, PersonalKey, PersonalValue, RangeRead, ReadSet, Row, Slice, Versioned,
};
use crate::catalog::{Channel, Item, Location, Policy, PolicyScope, Pool, Resolved, resolve};
use crate::command::{Code, Context, Refusal};
use crate::event::Event;
use crate::order::{Order, Stage};
use crate::stock::{Account, Bound, Bucket, Delta, audit_deltas};
use crate::words::{
    ChannelId, CommandId, EventId, FulfillmentId, LineId, LocationId, OrderId, PackageId, PoolId,
    Sealed, Sku,
};

/// Why a verb stops before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A business no.
    Refuse(Refusal),
    /// Something is not loaded; it has been noted.
    Need,
    /// A law would break: our own fault.
    Broken(LawBroken),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Stop {
        Stop::Refuse(refusal)
    }
}

impl From<LawBroken> for Stop {
    fn from(broken: LawBroken) -> Stop {
        Stop::Broken(broken)
    }
}

/// An event that the verb wants committed, with its bounds.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The event.
    pub event: Event,
    /// Its id.
    pub id: EventId,
    /// What must hold of balances after it.
    pub bounds: Vec<Bound>,
}

/// Units that a command wanted and did not get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    /// The order.
    pub order: OrderId,
    /// The line.
    pub line: LineId,
    /// The SKU.
    pub sku: Sku,
    /// How many are missing.
    pub qty: crate::words::Qty,
    /// Why.
    pub code: Code,
}

/// An order that a command for many orders went on past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The order.
    pub order: OrderId,
    /// The code of the refusal, or the name of the law that would have broken.
    pub code: String,
    /// What was found.
    pub detail: String,
}

/// How an accepted command was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// It was done.
    #[default]
    Done,
    /// Its source's message was known already.
    Duplicate,
    /// A newer message of its source, or a newer count, was known already.
    Stale,
}

/// What a verb's decision comes to.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    /// Events in order.
    pub events: Vec<Planned>,
    /// Entities after them, with the version before.
    pub entities: Vec<(EntityKey, u64, Versioned)>,
    /// Versions of what was read and not changed.
    pub expects: Vec<(EntityKey, u64)>,
    /// Rows to remove from the ordered tables.
    pub rows_gone: Vec<Entry>,
    /// Rows to add to the ordered tables.
    pub rows_new: Vec<Entry>,
    /// Personal values to keep.
    pub personal: Vec<PersonalValue>,
    /// What was wanted and not there.
    pub shorts: Vec<Short>,
    /// Orders that were left as they are because they failed.
    pub skipped: Vec<Skipped>,
    /// Whether something is left for the next command of the kind.
    pub more: bool,
    /// How the command is answered.
    pub answer: Answer,
    /// The order that the answer is about, where no event tells.
    pub about: Option<OrderId>,
    /// Balances after the events, of the accounts that they touch.
    pub balances: BTreeMap<Account, i64>,
}

/// An entity that this turn has changed; empty only while an event folds over it.
#[derive(Debug)]
struct Slot {
    version: u64,
    entity: Option<Entity>,
}

/// The working copy at which a verb decides.
#[derive(Debug)]
pub struct Desk<'a> {
    ctx: &'a Context,
    command: &'a CommandId,
    slice: &'a Slice,
    changed: BTreeMap<EntityKey, Slot>,
    balances: BTreeMap<Account, i64>,
    planned: Vec<Planned>,
    personal: Vec<PersonalValue>,
    shorts: Vec<Short>,
    skipped: Vec<Skipped>,
    more: bool,
    answer: Answer,
    about: Option<OrderId>,
    needs: RefCell<ReadSet>,
    used: RefCell<BTreeSet<EntityKey>>,
}

impl<'a> Desk<'a> {
    /// A desk over a loaded slice.
    #[must_use]
    pub fn new(ctx: &'a Context, command: &'a CommandId, slice: &'a Slice) -> Desk<'a> {
        Desk {
            ctx,
            command,
            slice,
            changed: BTreeMap::new(),
            balances: BTreeMap::new(),
            planned: Vec::new(),
            personal: Vec::new(),
            shorts: Vec::new(),
            skipped: Vec::new(),
            more: false,
            answer: Answer::Done,
            about: None,
            needs: RefCell::default(),
            used: RefCell::default(),
        }
    }

    /// The circumstances.
    #[must_use]
    pub fn ctx(&self) -> &'a Context {
        self.ctx
    }

    /// The command's id.
    #[must_use]
    pub fn command(&self) -> &'a CommandId {
        self.command
    }

    /// What was asked for and not loaded, after [`Stop::Need`].
    #[must_use]
    pub fn take_needs(&self) -> ReadSet {
        self.needs.take()
    }

    /// The events so far.
    #[must_use]
    pub fn planned(&self) -> &[Planned] {
        &self.planned
    }

    fn ordinal(&self) -> u32 {
        u32::try_from(self.planned.len()).unwrap_or(u32::MAX)
    }

    /// An id for work that begins with the next event.
    #[must_use]
    pub fn next_fulfillment(&self) -> FulfillmentId {
        FulfillmentId::derived(self.command, self.ordinal())
    }

    /// An id for a package that begins with the next event.
    #[must_use]
    pub fn next_package(&self) -> PackageId {
        PackageId::derived(self.command, self.ordinal())
    }

    // ---- reading -----------------------------------------------------------------------------

    fn entity(&self, key: &EntityKey) -> Result<Option<&Entity>, Stop> {
        if let Some(changed) = self.changed.get(key) {
            return Ok(changed.entity.as_ref());
        }
        match self.slice.entities.get(key) {
            Some(loaded) => {
                if !self.used.borrow().contains(key) {
                    self.used.borrow_mut().insert(key.clone());
                }
                Ok(loaded.as_ref().map(|v| &v.entity))
            }
            None => {
                self.needs.borrow_mut().entity(key.clone());
                Err(Stop::Need)
            }
        }
    }

    /// Asks for many things at once, so that a later read of any of them does not stop.
    ///
    /// # Errors
    /// [`Stop::Need`] when one of them is not loaded; all missing ones are then noted.
    pub fn load(
        &self,
        entities: impl IntoIterator<Item = EntityKey>,
        balances: impl IntoIterator<Item = Account>,
    ) -> Result<(), Stop> {
        let mut whole = true;
        for key in entities {
            whole &= self.entity(&key).is_ok();
        }
        for account in balances {
            whole &= self.balance(&account).is_ok();
        }
        if whole { Ok(()) } else { Err(Stop::Need) }
    }

    /// An order, if there is one.
    ///
    /// # Errors
    /// [`Stop::Need`] when not loaded.
    pub fn find_order(&self, id: &OrderId) -> Result<Option<Arc<Order>>, Stop> {
        Ok(match self.entity(&EntityKey::Order(id.clone()))? {
            Some(Entity::Order(order)) => Some(Arc::clone(order)),
            _ => None,
        })
    }

    /// An order that must be there.
    ///
    /// # Errors
    /// `order.unknown`, or [`Stop::Need`].
    pub fn order(&self, id: &OrderId) -> Result<Arc<Order>, Stop> {
        self.find_order(id)?.ok_or_else(|| {
            Refusal::new(Code::OrderUnknown, "an order that exists", format!("`{id}`"))
                .at("/order")
                .into()
        })
    }

    /// An item, if there is one.
    ///
    /// # Errors
    /// [`Stop::Need`] when not loaded.
    pub fn find_item(&self, sku: &Sku) -> Result<Option<Arc<Item>>, Stop> {
        Ok(match self.entity(&EntityKey::Item(sku.clone()))? {
            Some(Entity::Item(item)) => Some(Arc::clone(item)),
            _ => None,
        })
    }

    /// An item that must be there; `path` is where the command names it.
    ///
    /// # Errors
    /// `item.unknown`, or [`Stop::Need`].
    pub fn item(&self, sku: &Sku, path: &str) -> Result<Arc<Item>, Stop> {
        self.find_item(sku)?.ok_or_else(|| {
            Refusal::new(Code::ItemUnknown, "an item that is defined", format!("`{sku}`"))
                .at(path)
                .into()
        })
    }

    /// A location, if there is one.
    ///
    /// # Errors
    /// [`Stop::Need`] when not loaded.
    pub fn find_location(&self, id: &LocationId) -> Result<Option<Arc<Location>>, Stop> {
        Ok(match self.entity(&EntityKey::Location(id.clone()))? {
            Some(Entity::Location(location)) => Some(Arc::clone(location)),
            _ => None,
        })
    }

    /// A location that must be there; `path` is where the command names it.
    ///
    /// # Errors
    /// `location.unknown`, or [`Stop::Need`].
    pub fn location(&self, id: &LocationId, path: &str) -> Result<Arc<Location>, Stop> {
        self.find_location(id)?.ok_or_else(|| {
            Refusal::new(Code::LocationUnknown, "a location that is defined", format!("`{id}`"))
                .at(path)
                .into()
        })
    }

    /// A location that must be there and open.
    ///
    /// # Errors
    /// `location.unknown`, `location.closed`, or [`Stop::Need`].
    pub fn open_location(&self, id: &LocationId, path: &str) -> Result<Arc<Location>, Stop> {
        let location = self.location(id, path)?;
        if location.closed {
            return Err(Refusal::new(
                Code::LocationClosed,
                "a location that is open",
                format!("`{id}` is closed"),
            )
            .at(path)
            .into());
        }
        Ok(location)
    }

    /// A pool, if there is one.
    ///
    /// # Errors
    /// [`Stop::Need`] when not loaded.
    pub fn find_pool(&self, id: &PoolId) -> Result<Option<Arc<Pool>>, Stop> {
        Ok(match self.entity(&EntityKey::Pool(id.clone()))? {
            Some(Entity::Pool(pool)) => Some(Arc::clone(pool)),
            _ => None,
        })
    }

    /// A pool that must be there; `path` is where the command names it.
    ///
    /// # Errors
    /// `pool.unknown`, or [`Stop::Need`].
    pub fn pool(&self, id: &PoolId, path: &str) -> Result<Arc<Pool>, Stop> {
        self.find_pool(id)?.ok_or_else(|| {
            Refusal::new(Code::PoolUnknown, "a pool that is defined", format!("`{id}`"))
                .at(path)
                .into()
        })
    }

    /// A channel, if there is one.
    ///
    /// # Errors
    /// [`Stop::Need`] when not loaded.
    pub fn find_channel(&self, id: &ChannelId) -> Result<Option<Arc<Channel>>, Stop> {
        Ok(match self.entity(&EntityKey::Channel(id.clone()))? {
            Some(Entity::Channel(channel)) => Some(Arc::clone(channel)),
            _ => None,
        })
    }

    /// A channel that must be there; `path` is where the command names it.
    ///
    /// # Errors
    /// `channel.unknown`, or [`Stop::Need`].
    pub fn channel(&self, id: &ChannelId, path: &str) -> Result<Arc<Channel>, Stop> {
        self.find_channel(id)?.ok_or_else(|| {
            Refusal::new(Code::ChannelUnknown, "a channel that is defined", format!("`{id}`"))
                .at(path)
                .into()
        })
    }

    /// The policies in force now: location over channel over tenant over defaults.
    ///
    /// # Errors
    /// [`Stop::Need`] when not loaded.
    pub fn policy(
        &self,
        channel: Option<&ChannelId>,
        location: Option<&LocationId>,
    ) -> Result<Resolved, Stop> {
        let scopes = [
            location.map(|id| PolicyScope::Location(id.clone())),
            channel.map(|id| PolicyScope::Channel(id.clone())),
            Some(PolicyScope::Tenant),
        ];
        self.load(scopes.iter().flatten().cloned().map(EntityKey::Policy), [])?;
        let mut found: Vec<Policy> = Vec::new();
        for scope in scopes.into_iter().flatten() {
            if let Some(Entity::Policy(book)) = self.entity(&EntityKey::Policy(scope))? {
                found.push(book.at(self.ctx.now));
            }
        }
        Ok(resolve(&found))
    }

    /// How many versions the policy of a scope has.
    ///
    /// # Errors
    /// [`Stop::Need`] when not loaded.
    pub fn policy_versions(&self, scope: &PolicyScope) -> Result<usize, Stop> {
        Ok(match self.entity(&EntityKey::Policy(scope.clone()))? {
            Some(Entity::Policy(book)) => book.versions.len(),
            _ => 0,
        })
    }

    /// A balance.
    ///
    /// # Errors
    /// [`Stop::Need`] when not loaded.
    pub fn balance(&self, account: &Account) -> Result<i64, Stop> {
        if let Some(balance) = self.balances.get(account) {
            return Ok(*balance);
        }
        match self.slice.balances.get(account) {
            Some(balance) => Ok(*balance),
            None => {
                self.needs.borrow_mut().balance(account.clone());
                Err(Stop::Need)
            }
        }
    }

    /// A range as it was when the turn began (this turn's own events are not in it).
    ///
    /// # Errors
    /// [`Stop::Need`] when not loaded.
    pub fn range(&self, read: &RangeRead) -> Result<&'a [Row], Stop> {
        match self.slice.ranges.get(read) {
            Some(rows) => Ok(rows),
            None => {
                self.needs.borrow_mut().ranges.insert(read.clone());
                Err(Stop::Need)
            }
        }
    }

    /// Asks for many ranges at once.
    ///
    /// # Errors
    /// [`Stop::Need`] when one of them is not loaded; all missing ones are then noted.
    pub fn load_ranges(&self, reads: impl IntoIterator<Item = RangeRead>) -> Result<(), Stop> {
        let mut whole = true;
        for read in reads {
            whole &= self.range(&read).is_ok();
        }
        if whole { Ok(()) } else { Err(Stop::Need) }
    }

    // ---- writing -----------------------------------------------------------------------------

    /// Puts a personal value away and gives what an event may carry instead.
    ///
    /// A slot that ends in `/` is the command's own: the command's id is appended to it.
    pub fn seal(&mut self, subject: &str, slot: &str, value: Vec<u8>) -> Sealed {
        let slot = &whole_slot(self.command, slot);
        let salt = value_salt(self.ctx, self.command, subject, slot);
        let sealed = Sealed::of(subject, slot, &salt, &value);
        let key = PersonalKey { subject: subject.to_owned(), slot: slot.to_owned() };
        self.personal.push(PersonalValue { key, salt, value });
        sealed
    }

    /// Notes that units were wanted and not there; the receipt says so.
    pub fn short(&mut self, short: Short) {
        self.shorts.push(short);
    }

    /// Notes that a command for many orders went on past one; the receipt says so.
    pub fn skip(&mut self, skipped: Skipped) {
        self.skipped.push(skipped);
    }

    /// Notes that a command left something for the next one of its kind; the receipt says so.
    pub fn leave_more(&mut self) {
        self.more = true;
    }

    /// Forgets everything emitted and noted in this turn: back to what was loaded.
    pub fn restart(&mut self) {
        let needs = self.needs.take();
        *self = Desk::new(self.ctx, self.command, self.slice);
        self.needs.replace(needs);
    }

    /// Answers that the message was known already; nothing happens.
    ///
    /// # Errors
    /// None; the type lets a verb return it.
    pub fn answer_duplicate(&mut self, order: Option<OrderId>) -> Result<(), Stop> {
        (self.answer, self.about) = (Answer::Duplicate, order);
        Ok(())
    }

    /// Answers that something newer was known already; nothing happens.
    ///
    /// # Errors
    /// None; the type lets a verb return it.
    pub fn answer_stale(&mut self, order: Option<OrderId>) -> Result<(), Stop> {
        (self.answer, self.about) = (Answer::Stale, order);
        Ok(())
    }

    /// Emits an event: bounds it, folds it over the working copy and audits it.
    ///
    /// # Errors
    /// [`Stop::Broken`] when a law would break; [`Stop::Need`] when a balance is not loaded.
    pub fn emit(&mut self, event: Event, mut bounds: Vec<Bound>) -> Result<(), Stop> {
        self.load_for(&event)?;
        let pool_of = |node: &LocationId| -> Option<PoolId> {
            match self.entity(&EntityKey::Location(node.clone())) {
                Ok(Some(Entity::Location(location))) => Some(location.pool.clone()),
                _ => None,
            }
        };
        audit_deltas(event.deltas(), pool_of).map_err(LawBroken::from)?;
        self.audit_coupling(&event)?;
        let mut after: BTreeMap<Account, i64> = BTreeMap::new();
        for Delta { account, by } in event.deltas() {
            let before = self.known_balance(account);
            let balance = before.checked_add(*by).ok_or_else(|| {
                Refusal::new(Code::Overflow, "a balance within 64 bits", format!("{before} + {by}"))
            })?;
            after.insert(account.clone(), balance);
        }
        for Delta { account, by } in event.deltas() {
            let balance = after.get(account).copied().unwrap_or(0);
            self.bound(&event, account, *by, balance, &mut bounds)?;
        }
        for bound in &bounds {
            let balance = after.get(&bound.account).copied();
            let balance = balance.map_or_else(|| self.balance(&bound.account), Ok)?;
            if !bound.allows(balance) {
                return Err(LawBroken::new(
                    "stock.bounds_hold_when_decided",
                    format!("{bound:?} but {balance}"),
                )
                .into());
            }
        }
        self.balances.extend(after);
        evolve(self, &event, self.ctx.now)?;
        let id = EventId::derived(self.command, self.ordinal());
        self.planned.push(Planned { event, id, bounds });
        Ok(())
    }

    /// Balances that are needed to bound an event, all at once.
    fn load_for(&self, event: &Event) -> Result<(), Stop> {
        let mut whole = true;
        for Delta { account, by } in event.deltas() {
            if let Account::Node(_, node, _) = account {
                whole &= self.entity(&EntityKey::Location(node.clone())).is_ok();
            }
            // The world outside, and what comes into a package, owe no bound.
            let free = match account {
                Account::Outside(..) => true,
                Account::Transit(..) => *by > 0,
                _ => false,
            };
            whole &= free || self.balance(account).is_ok();
        }
        if whole { Ok(()) } else { Err(Stop::Need) }
    }

    /// A balance, zero where it is not loaded (only for accounts that need no bound).
    fn known_balance(&self, account: &Account) -> i64 {
        self.balances
            .get(account)
            .or_else(|| self.slice.balances.get(account))
            .copied()
            .unwrap_or(0)
    }

    /// The bounds that an event owes for one delta (domain law: guards).
    fn bound(
        &self,
        event: &Event,
        account: &Account,
        by: i64,
        balance: i64,
        bounds: &mut Vec<Bound>,
    ) -> Result<(), Stop> {
        let lowers = by < 0;
        match account {
            Account::Outside(..) => {}
            Account::Fenced(sku, pool, channel) => {
                bounds.push(Bound::not_negative(account.clone()));
                if by > 0 {
                    bounds.push(Bound::not_negative(Account::Ats(sku.clone(), pool.clone())));
                    if matches!(event, Event::Shifted(_)) {
                        // A fence that was set to zero meanwhile takes nothing back.
                        let set = Account::FenceSet(sku.clone(), pool.clone(), channel.clone());
                        bounds.push(Bound { account: set, min: Some(1), max: None });
                    }
                }
            }
            Account::Ats(sku, pool) if lowers && balance < 0 => {
                for channel in self.pool(pool, "")?.sellers() {
                    let fence = Account::Fenced(sku.clone(), pool.clone(), channel.clone());
                    bounds.push(Bound::at_most(fence, 0));
                }
            }
            Account::Node(_, _, Bucket::Available) if lowers && balance < 0 => {
                let told = matches!(event, Event::TillSold(_) | Event::StockCounted(_));
                if !told {
                    return Err(LawBroken::new(
                        "stock.available_below_zero_only_by_count_or_till",
                        format!("{account:?} to {balance}"),
                    )
                    .into());
                }
            }
            _ if lowers && (balance >= 0 || account.is_never_negative()) => {
                bounds.push(Bound::not_negative(account.clone()));
            }
            _ => {}
        }
        // Fences and buffers are set against a version, so that a later set has seen the former; a
        // count has seen the counts before it.
        if matches!(
            account,
            Account::FenceVersion(..) | Account::BufferVersion(..) | Account::Counts(..)
        ) {
            bounds.push(Bound::exactly(account.clone(), balance));
        }
        Ok(())
    }

    /// Law 4: what an order's holdings gain or lose at a stage, its account gains or loses.
    fn audit_coupling(&self, event: &Event) -> Result<(), Stop> {
        let mut rest: BTreeMap<Account, i64> = BTreeMap::new();
        for Delta { account, by } in event.deltas() {
            let coupled = matches!(
                account,
                Account::Reserved(..)
                    | Account::Transit(..)
                    | Account::Node(_, _, Bucket::Allocated)
            );
            if coupled {
                *rest.entry(account.clone()).or_insert(0) += by;
            }
        }
        if let Event::Shifted(shift) = event {
            let order = self.order(&shift.order)?;
            for m in &shift.moves {
                let Some(line) = order.line(&m.line) else { continue };
                let sku = &line.given.sku;
                if let Some(account) = m.from.as_ref().and_then(|s| coupled_account(sku, s)) {
                    *rest.entry(account).or_insert(0) += m.qty.as_i64();
                }
                if let Some(account) = coupled_account(sku, &m.to) {
                    *rest.entry(account).or_insert(0) -= m.qty.as_i64();
                }
            }
        }
        match rest.into_iter().find(|(_, by)| *by != 0) {
            None => Ok(()),
            Some((account, by)) => Err(LawBroken::new(
                "stock.agrees_with_orders",
                format!("{account:?} and the holdings differ by {by}"),
            )
            .into()),
        }
    }

    /// What the decision comes to.
    #[must_use]
    pub fn finish(self) -> Decision {
        let mut entities = Vec::new();
        let mut rows_gone = Vec::new();
        let mut rows_new = Vec::new();
        for (key, slot) in &self.changed {
            let before = self.slice.entities.get(key).and_then(Option::as_ref);
            let Some(entity) = slot.entity.clone() else { continue };
            if let Entity::Order(now) = &entity {
                let now = order_rows(now);
                let old = match before.map(|v| &v.entity) {
                    Some(Entity::Order(order)) => order_rows(order),
                    _ => BTreeSet::new(),
                };
                rows_gone.extend(old.difference(&now).cloned());
                rows_new.extend(now.difference(&old).cloned());
            }
            let now = Versioned { version: slot.version, entity };
            entities.push((key.clone(), before.map_or(0, |v| v.version), now));
        }
        for planned in &self.planned {
            rows_new.extend(stock_rows(&planned.event, &planned.id, self.ctx.now));
        }
        let expects = self
            .used
            .take()
            .into_iter()
            .filter(|key| !self.changed.contains_key(key))
            .map(|key| {
                let version = self.slice.entities.get(&key).and_then(Option::as_ref);
                let version = version.map_or(0, |v| v.version);
                (key, version)
            })
            .collect();
        Decision {
            events: self.planned,
            entities,
            expects,
            rows_gone,
            rows_new,
            personal: self.personal,
            shorts: self.shorts,
            skipped: self.skipped,
            more: self.more,
            answer: self.answer,
            about: self.about,
            balances: self.balances,
        }
    }
}

/// The account that units at a spot are counted in, if the stage is coupled to one.
#[must_use]
pub fn coupled_account(sku: &Sku, spot: &crate::order::Spot) -> Option<Account> {
    match (spot.stage, &spot.pool, &spot.node, &spot.package) {
        (Stage::Reserved, Some(pool), ..) => Some(Account::Reserved(sku.clone(), pool.clone())),
        (Stage::Allocated | Stage::Released | Stage::Packed, _, Some(node), _) => {
            Some(Account::Node(sku.clone(), node.clone(), Bucket::Allocated))
        }
        (Stage::Shipped, _, _, Some(package)) => {
            Some(Account::Transit(sku.clone(), package.clone()))
        }
        _ => None,
    }
}

/// The slot of a personal value: one that ends in `/` is the command's own, and its id is appended.
#[must_use]
pub fn whole_slot(command: &CommandId, slot: &str) -> String {
    if slot.ends_with('/') { format!("{slot}{command}") } else { slot.to_owned() }
}

/// The salt of a personal value: from the context's secret, so logs are reproducible.
#[must_use]
pub fn value_salt(ctx: &Context, command: &CommandId, subject: &str, slot: &str) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    hasher.update(ctx.salt);
    for part in [ctx.tenant.as_str(), command.as_str(), subject, slot] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

impl World for Desk<'_> {
    fn take(&mut self, key: &EntityKey) -> Option<Entity> {
        if let Some(slot) = self.changed.get_mut(key) {
            return slot.entity.take();
        }
        let loaded = self.slice.entities.get(key).and_then(Option::as_ref)?;
        self.changed.insert(key.clone(), Slot { version: loaded.version, entity: None });
        Some(loaded.entity.clone())
    }

    fn put(&mut self, key: EntityKey, entity: Entity) {
        let slot = self.changed.entry(key).or_insert(Slot { version: 0, entity: None });
        slot.version += 1;
        slot.entity = Some(entity);
    }
}
