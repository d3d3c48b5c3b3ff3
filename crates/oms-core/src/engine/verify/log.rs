//! The first walk: the log itself, the laws of stock after every event, and all balances.

use std::collections::{BTreeMap, BTreeSet};

use super::orders::{compare_entity, read_entity};
use super::rows::{Tallies, Tally, for_each_chunk};
use super::{Finding, Progress, Store};
use crate::desk::{Entity, EntityKey, Table, evolve, stock_rows};
use crate::engine::books::Books;
use crate::engine::commit::Tip;
use crate::engine::replay::{CHUNK, Entities, decode};
use crate::engine::store::Feed;
use crate::event::{Event, Recorded};
use crate::stock::{Account, Bucket, Delta, SEPARATOR, audit_deltas};
use crate::words::{CommandId, LocationId, PoolId, Sku, TenantId};

/// How many unsettled events are looked at: the store's seam gives the oldest ones.
const OUTBOX: usize = 10_000;

/// Visits the events of a log up to a position.
pub(super) fn for_each_event(
    store: &mut dyn Store,
    tenant: &TenantId,
    end: u64,
    mut visit: impl FnMut(&mut dyn Store, &Recorded) -> Result<(), Finding>,
) -> Result<(), Finding> {
    let mut after = 0;
    while after < end {
        let chunk = store.feed(tenant, &Feed::After(after), CHUNK)?;
        let Some(last) = chunk.last() else { return Ok(()) };
        after = last.seq;
        for recorded in chunk.iter().filter(|r| r.seq <= end) {
            visit(store, recorded)?;
        }
    }
    Ok(())
}

/// What the log comes to.
#[derive(Debug)]
pub(super) struct Log {
    tenant: TenantId,
    /// Its last event.
    pub(super) tip: Tip,
    /// All balances.
    pub(super) books: Books,
    /// Items, locations, pools, channels, policies.
    catalog: Entities,
    /// Rows of the tables of movements and of what nodes have.
    pub(super) rows: Tallies,
    /// Keys of the latter, which many events make again.
    stocked: BTreeSet<String>,
    /// Orders placed and till sales.
    pub(super) orders: u64,
    /// Events in streams of orders.
    pub(super) order_events: Tally,
    telling: Telling,
}

/// Where the events of one command moved available, and where they told of a fall below zero.
#[derive(Debug, Default)]
struct Telling {
    command: Option<CommandId>,
    last: u64,
    /// Before the command, and now.
    moved: BTreeMap<(Sku, LocationId), (i64, i64)>,
    told: BTreeSet<(Sku, LocationId)>,
}

impl Telling {
    fn close(&mut self) -> Result<(), Finding> {
        // Claims that are taken raise what the lowering then takes: only the whole command counts.
        let fell = |(before, now): (i64, i64)| now < 0 && now < before;
        let silent = |(shelf, moved): &(&(Sku, LocationId), &(i64, i64))| {
            fell(**moved) && !self.told.contains(*shelf)
        };
        if let Some(((sku, node), _)) = self.moved.iter().find(silent) {
            let detail = format!("`{sku}` at `{node}` fell below zero and nothing tells");
            let place = format!("event {}", self.last);
            return Err(Finding::broken("stock.discrepancy_told", place, detail));
        }
        *self = Telling::default();
        Ok(())
    }
}

impl Log {
    /// An empty log of a tenant.
    pub(super) fn new(tenant: TenantId) -> Log {
        Log {
            tenant,
            tip: Tip::default(),
            books: Books::default(),
            catalog: Entities::default(),
            rows: Tallies::default(),
            stocked: BTreeSet::new(),
            orders: 0,
            order_events: Tally::default(),
            telling: Telling::default(),
        }
    }

    /// How many entities the catalogue has.
    pub(super) fn catalog_len(&self) -> u64 {
        u64::try_from(self.catalog.iter().count()).unwrap_or(u64::MAX)
    }

    /// Walks through the log up to its last position, then compares the catalogue.
    pub(super) fn walk(
        &mut self,
        store: &mut dyn Store,
        end: u64,
        watch: &mut dyn FnMut(Progress),
    ) -> Result<(), Finding> {
        let tenant = self.tenant.clone();
        for_each_event(store, &tenant, end, |_, recorded| {
            self.envelope(recorded)?;
            let event = decode(recorded)?;
            self.event(recorded, &event)?;
            if recorded.seq.is_multiple_of(10_000) {
                watch(Progress { walk: "events", done: recorded.seq, of: end });
            }
            Ok(())
        })?;
        self.telling.close()?;
        if self.tip.seq != end {
            let place = format!("event {}", self.tip.seq + 1);
            let detail = format!("the log ends at {end}, its events at {}", self.tip.seq);
            return Err(Finding::broken("log.gapless", place, detail));
        }
        self.compare_catalog(store)
    }

    /// Laws 9 and 11: position, chain, tenant.
    fn envelope(&mut self, recorded: &Recorded) -> Result<(), Finding> {
        let place = format!("event {}", recorded.seq);
        let expected = self.tip.seq + 1;
        if recorded.seq != expected {
            let detail = format!("position {} where {expected} should follow", recorded.seq);
            return Err(Finding::broken("log.gapless", place, detail));
        }
        if recorded.tenant != self.tenant {
            let detail = format!("of `{}` in the log of `{}`", recorded.tenant, self.tenant);
            return Err(Finding::broken("log.tenant", place, detail));
        }
        if recorded.previous != self.tip.hash {
            return Err(Finding::broken("log.chain", place, "does not follow the event before"));
        }
        if recorded.digest() != recorded.hash {
            return Err(Finding::broken("log.chain", place, "its hash is not that of its content"));
        }
        self.tip = Tip { seq: recorded.seq, hash: recorded.hash };
        Ok(())
    }

    fn event(&mut self, recorded: &Recorded, event: &Event) -> Result<(), Finding> {
        let place = format!("event {}", recorded.seq);
        if event.type_name() != recorded.kind || event.stream() != recorded.stream {
            let detail = format!(
                "`{}` in `{}`, but its content is `{}` of `{}`",
                recorded.kind,
                recorded.stream,
                event.type_name(),
                event.stream()
            );
            return Err(Finding::broken("log.stream", place, detail));
        }
        if self.telling.command.as_ref() != Some(&recorded.command) {
            self.telling.close()?;
            self.telling.command = Some(recorded.command.clone());
        }
        self.telling.last = recorded.seq;
        match event {
            Event::OrderPlaced(_) | Event::TillSold(_) => self.orders += 1,
            Event::DiscrepancyFound(e) => {
                self.telling.told.insert((e.sku.clone(), e.node.clone()));
            }
            _ => {}
        }
        if event.order().is_some() {
            self.order_events.add(&recorded.hash);
        } else {
            let done = evolve(&mut self.catalog, event, recorded.at);
            done.map_err(|broken| Finding::law(broken, &place))?;
        }
        self.known(event, &place)?;
        self.post(event, &place)?;
        for entry in stock_rows(event, &recorded.id, recorded.at) {
            let (table, row) = &entry;
            if *table != Table::Stocked || self.stocked.insert(row.key.clone()) {
                self.rows.add(&entry);
            }
        }
        Ok(())
    }

    /// Law 11: everything that an event names is this tenant's own.
    fn known(&self, event: &Event, place: &str) -> Result<(), Finding> {
        let foreign = |what: String| Finding::broken("log.names_own_things", place, what);
        for Delta { account, .. } in event.deltas() {
            let item = account.sku().map(|sku| EntityKey::Item(sku.clone()));
            let (node, pool) = match account {
                Account::Node(_, node, _) | Account::NodeDay(node, _) => (Some(node), None),
                Account::Ats(_, pool) | Account::Reserved(_, pool) => (None, Some(pool)),
                Account::Fenced(_, pool, _) => (None, Some(pool)),
                _ => (None, None),
            };
            let node = node.map(|node| EntityKey::Location(node.clone()));
            let pool = pool.map(|pool| EntityKey::Pool(pool.clone()));
            for key in [item, node, pool].into_iter().flatten() {
                if self.catalog.get(&key).is_none() {
                    let name = key.key().replace(SEPARATOR, "/");
                    return Err(foreign(format!("`{name}` is not defined")));
                }
            }
        }
        Ok(())
    }

    /// Folds the deltas and checks the laws of stock on what they touch.
    fn post(&mut self, event: &Event, place: &str) -> Result<(), Finding> {
        let pool_of = |node: &LocationId| -> Option<PoolId> {
            match self.catalog.get(&EntityKey::Location(node.clone())) {
                Some(Entity::Location(location)) => Some(location.pool.clone()),
                _ => None,
            }
        };
        audit_deltas(event.deltas(), pool_of).map_err(|broken| Finding::stock(broken, place))?;
        for Delta { account, by } in event.deltas() {
            let after = self.books.add(account, *by).map_err(|_| {
                let name = account.parts().join("/");
                Finding::broken("stock.bounded", place, format!("`{name}` beyond 64 bits"))
            })?;
            self.in_bounds(event, account, *by, after, place)?;
        }
        for Delta { account, .. } in event.deltas() {
            self.fences_first(account, place)?;
            self.buffer_kept(account, place)?;
        }
        Ok(())
    }

    /// Law 3, and law 5 for what is never negative.
    fn in_bounds(
        &mut self,
        event: &Event,
        account: &Account,
        by: i64,
        after: i64,
        place: &str,
    ) -> Result<(), Finding> {
        let broken = |law: &str| {
            let name = account.parts().join("/");
            Finding::broken(law, place, format!("`{name}` is {after} after {by:+}"))
        };
        if after < 0 && account.is_never_negative() {
            return Err(broken("stock.not_negative"));
        }
        if let Account::Node(sku, node, Bucket::Available) = account {
            let told = matches!(event, Event::TillSold(_) | Event::StockCounted(_));
            if after < 0 && by < 0 && !told {
                return Err(broken("stock.available_below_zero_only_by_count_or_till"));
            }
            let shelf = (sku.clone(), node.clone());
            let moved = self.telling.moved.entry(shelf).or_insert((after.saturating_sub(by), 0));
            moved.1 = after;
        }
        let coupled = matches!(
            account,
            Account::Reserved(..) | Account::Transit(..) | Account::Node(_, _, Bucket::Allocated)
        );
        if coupled && !matches!(event, Event::Shifted(_)) {
            return Err(broken("stock.agrees_with_orders"));
        }
        Ok(())
    }

    /// Law 5: ats < 0 only while all fences of the pool are 0.
    fn fences_first(&self, account: &Account, place: &str) -> Result<(), Finding> {
        let (Account::Ats(sku, pool) | Account::Fenced(sku, pool, _)) = account else {
            return Ok(());
        };
        let ats = self.books.get(&Account::Ats(sku.clone(), pool.clone()));
        match self.books.fence_of(sku, pool) {
            Some(fenced) if ats < 0 => {
                let detail = format!("ats of `{sku}` in `{pool}` is {ats} with {fenced} fenced");
                Err(Finding::broken("stock.fences_give_way_before_ats", place, detail))
            }
            _ => Ok(()),
        }
    }

    /// Buffered + missing = the buffer set.
    fn buffer_kept(&self, account: &Account, place: &str) -> Result<(), Finding> {
        let (Account::BufferSet(sku, node)
        | Account::BufferMissing(sku, node)
        | Account::Node(sku, node, Bucket::Buffered)) = account
        else {
            return Ok(());
        };
        let set = self.books.get(&Account::BufferSet(sku.clone(), node.clone()));
        let missing = self.books.get(&Account::BufferMissing(sku.clone(), node.clone()));
        let held = self.books.get(&Account::Node(sku.clone(), node.clone(), Bucket::Buffered));
        if held + missing == set {
            return Ok(());
        }
        let detail = format!("`{sku}` at `{node}`: {held} buffered + {missing} missing, {set} set");
        Err(Finding::broken("stock.buffer_kept", place, detail))
    }

    /// What has not been told to the world yet is what the log holds.
    pub(super) fn outbox(&self, store: &mut dyn Store) -> Result<u64, Finding> {
        let waiting = store.outbox(&self.tenant, OUTBOX)?;
        let mut last = 0;
        for recorded in &waiting {
            let place = format!("outbox row {}", recorded.seq);
            if recorded.seq <= last {
                return Err(Finding::broken("log.outbox", place, format!("after {last}")));
            }
            last = recorded.seq;
            let chunk = store.feed(&self.tenant, &Feed::After(recorded.seq - 1), 1)?;
            if chunk.first() != Some(recorded) {
                return Err(Finding::broken("log.outbox", place, "is not what the log holds"));
            }
        }
        Ok(u64::try_from(waiting.len()).unwrap_or(u64::MAX))
    }

    fn compare_catalog(&self, store: &mut dyn Store) -> Result<(), Finding> {
        for (key, version, made) in self.catalog.iter() {
            let stored = read_entity(store, &self.tenant, key)?;
            compare_entity(key, stored.as_ref(), version, made)?;
        }
        let known: BTreeSet<String> = self.catalog.iter().map(|(key, ..)| key.key()).collect();
        let order = format!("order{SEPARATOR}");
        for_each_chunk(store, &self.tenant, Table::Entities, CHUNK, |_, rows| {
            let mut others = rows.iter().filter(|row| !row.key.starts_with(&order));
            match others.find(|row| !known.contains(&row.key)) {
                None => Ok(()),
                Some(row) => {
                    let place = format!("entity `{}`", row.key.replace(SEPARATOR, "/"));
                    Err(Finding::broken("replay.entities", place, "stored, but no event"))
                }
            }
        })
    }

    /// Compares every balance; what was compared leaves the books.
    pub(super) fn compare_balances(&mut self, store: &mut dyn Store) -> Result<(), Finding> {
        let tenant = self.tenant.clone();
        let differ = |name: &str, stored: i64, made: i64| {
            let place = format!("balance `{}`", name.replace(SEPARATOR, "/"));
            let detail = format!("stored {stored}, the events make {made}");
            Finding::broken("replay.balances", place, detail)
        };
        for_each_chunk(store, &tenant, Table::Balances, CHUNK, |_, rows| {
            for row in rows {
                let account = Account::from_key(&row.key);
                let made = account.map_or(0, |account| self.books.remove(&account));
                if made != row.value {
                    return Err(differ(&row.key, row.value, made));
                }
            }
            Ok(())
        })?;
        match self.books.iter().next() {
            None => Ok(()),
            Some((account, made)) => Err(differ(&account.key(), 0, made)),
        }
    }
}
