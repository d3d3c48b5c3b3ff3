//! The second walk: every stored order is rebuilt from its own stream.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::log::Log;
use super::rows::{Tallies, Tally, for_each_chunk};
use super::{Finding, Progress, Store};
use crate::desk::{
    Entity, EntityKey, ReadSet, Table, Versioned, coupled_account, evolve, order_rows,
};
use crate::engine::books::Books;
use crate::engine::replay::{CHUNK, Entities, decode};
use crate::engine::store::Feed;
use crate::event::{Event, Recorded, Shift};
use crate::order::Order;
use crate::stock::{Account, Bucket, Delta, SEPARATOR};
use crate::words::{Money, OrderId, TenantId};

/// What all orders come to.
#[derive(Debug, Default)]
pub(super) struct Orders {
    /// How many.
    pub(super) count: u64,
    /// Their rows in the ordered tables.
    pub(super) rows: Tallies,
    /// What they hold, by account.
    held: Books,
    /// Events of their streams.
    events: Tally,
}

/// Whether an account's balance is what orders hold.
fn is_coupled(account: &Account) -> bool {
    matches!(
        account,
        Account::Reserved(..) | Account::Transit(..) | Account::Node(_, _, Bucket::Allocated)
    )
}

/// Walks through all orders, rebuilds and compares each.
pub(super) fn walk(
    store: &mut dyn Store,
    tenant: &TenantId,
    log: &Log,
    watch: &mut dyn FnMut(Progress),
) -> Result<Orders, Finding> {
    let mut orders = Orders::default();
    order_keys(store, tenant, |store, id| {
        orders.one(store, tenant, id)?;
        if orders.count.is_multiple_of(1_000) {
            watch(Progress { walk: "orders", done: orders.count, of: log.orders });
        }
        Ok(())
    })?;
    if orders.count != log.orders || orders.events != log.order_events {
        return Err(lost(store, tenant, log, &orders)?);
    }
    for (account, held) in orders.held.iter() {
        let balance = log.books.get(&account);
        if balance != held {
            return Err(disagree(&account, balance, held));
        }
    }
    for (account, balance) in log.books.iter().filter(|(account, _)| is_coupled(account)) {
        if orders.held.get(&account) == 0 {
            return Err(disagree(&account, balance, 0));
        }
    }
    Ok(orders)
}

fn disagree(account: &Account, balance: i64, held: i64) -> Finding {
    let place = format!("balance `{}`", account.parts().join("/"));
    let detail = format!("{balance}, but orders hold {held}");
    Finding::broken("stock.agrees_with_orders", place, detail)
}

/// Visits the ids of all stored orders.
pub(super) fn order_keys(
    store: &mut dyn Store,
    tenant: &TenantId,
    mut visit: impl FnMut(&mut dyn Store, &OrderId) -> Result<(), Finding>,
) -> Result<(), Finding> {
    let kind = format!("order{SEPARATOR}");
    for_each_chunk(store, tenant, Table::Entities, CHUNK, |store, rows| {
        for row in rows {
            let Some(id) = row.key.strip_prefix(&kind) else { continue };
            let id = OrderId::new(id).map_err(|e| {
                Finding::broken("replay.entities", format!("entity `{}`", row.key), e.to_string())
            })?;
            visit(store, &id)?;
        }
        Ok(())
    })
}

/// A stored order.
pub(super) fn read_order(
    store: &mut dyn Store,
    tenant: &TenantId,
    id: &OrderId,
) -> Result<Option<Arc<Order>>, Finding> {
    Ok(match read_entity(store, tenant, &EntityKey::Order(id.clone()))?.map(|v| v.entity) {
        Some(Entity::Order(order)) => Some(order),
        _ => None,
    })
}

/// A stored entity.
pub(super) fn read_entity(
    store: &mut dyn Store,
    tenant: &TenantId,
    key: &EntityKey,
) -> Result<Option<Versioned>, Finding> {
    let reads = ReadSet { entities: [key.clone()].into(), ..ReadSet::default() };
    let mut slice = store.read(tenant, &reads)?;
    Ok(slice.entities.remove(key).flatten())
}

/// Compares a stored entity with the one that the events make.
pub(super) fn compare_entity(
    key: &EntityKey,
    stored: Option<&Versioned>,
    version: u64,
    made: &Entity,
) -> Result<(), Finding> {
    let place = format!("entity `{}`", key.key().replace(SEPARATOR, "/"));
    let Some(stored) = stored else {
        return Err(Finding::broken("replay.entities", place, "not stored, but events make it"));
    };
    if stored.version != version {
        let detail = format!("stored version {}, the events make {version}", stored.version);
        return Err(Finding::broken("replay.entities", place, detail));
    }
    if stored.entity == *made {
        return Ok(());
    }
    let text = |entity: &Entity| {
        let bytes = entity.encode().unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let detail = first_difference(&text(&stored.entity), &text(made));
    Err(Finding::broken("replay.entities", place, detail))
}

/// The stretch where two documents begin to differ.
fn first_difference(stored: &str, made: &str) -> String {
    let same = stored.chars().zip(made.chars()).take_while(|(a, b)| a == b).count();
    let from = same.saturating_sub(40);
    let part = |text: &str| text.chars().skip(from).take(120).collect::<String>();
    format!("stored …{}…, the events make …{}…", part(stored), part(made))
}

impl Orders {
    fn one(
        &mut self,
        store: &mut dyn Store,
        tenant: &TenantId,
        id: &OrderId,
    ) -> Result<(), Finding> {
        let mut world = Entities::default();
        let key = EntityKey::Order(id.clone());
        let stream = format!("order/{id}");
        let mut after = 0;
        loop {
            let chunk = store.feed(tenant, &Feed::Stream(stream.clone(), after), CHUNK)?;
            for recorded in &chunk {
                self.event(&mut world, &key, recorded)?;
                after = recorded.seq;
            }
            if chunk.len() < CHUNK {
                break;
            }
        }
        let stored = read_entity(store, tenant, &key)?;
        let (version, order) = match world.iter().next() {
            Some((_, version, Entity::Order(order))) => (version, order),
            _ => {
                let place = format!("entity `order/{id}`");
                return Err(Finding::broken("replay.entities", place, "stored, but no event"));
            }
        };
        compare_entity(&key, stored.as_ref(), version, &Entity::Order(Arc::clone(order)))?;
        shares_sum(order)?;
        self.count += 1;
        order_rows(order).iter().for_each(|entry| self.rows.add(entry));
        for (line, holding) in order.holdings() {
            if let Some(account) = coupled_account(&line.given.sku, &holding.at) {
                let sum = self.held.add(&account, holding.qty.as_i64());
                sum.map_err(|_| disagree(&account, 0, i64::MAX))?;
            }
        }
        Ok(())
    }

    fn event(
        &mut self,
        world: &mut Entities,
        key: &EntityKey,
        recorded: &Recorded,
    ) -> Result<(), Finding> {
        let place = format!("event {}", recorded.seq);
        if recorded.digest() != recorded.hash {
            return Err(Finding::broken("log.chain", place, "its stream holds another content"));
        }
        self.events.add(&recorded.hash);
        let event = decode(recorded)?;
        let whose = event.order().cloned().map(EntityKey::Order);
        if whose.as_ref() != Some(key) {
            let detail = format!("stands in stream `{}`, belongs to {whose:?}", recorded.stream);
            return Err(Finding::broken("log.stream", place, detail));
        }
        if let (Event::Shifted(shift), Some(Entity::Order(order))) = (&event, world.get(key)) {
            coupled(order, shift, &place)?;
        }
        evolve(world, &event, recorded.at).map_err(|broken| Finding::law(broken, &place))
    }
}

/// Law 4 of one event: what the holdings gain or lose, the accounts gain or lose.
fn coupled(order: &Order, shift: &Shift, place: &str) -> Result<(), Finding> {
    let mut rest: BTreeMap<Account, i64> = BTreeMap::new();
    for Delta { account, by } in shift.deltas.iter().filter(|d| is_coupled(&d.account)) {
        *rest.entry(account.clone()).or_insert(0) += by;
    }
    for m in &shift.moves {
        let Some(line) = order.line(&m.line) else { continue };
        let from = m.from.as_ref().and_then(|spot| coupled_account(&line.given.sku, spot));
        let to = coupled_account(&line.given.sku, &m.to);
        for (account, sign) in from.map(|a| (a, 1)).into_iter().chain(to.map(|a| (a, -1))) {
            *rest.entry(account).or_insert(0) += sign * m.qty.as_i64();
        }
    }
    match rest.into_iter().find(|(_, by)| *by != 0) {
        None => Ok(()),
        Some((account, by)) => {
            let account = account.parts().join("/");
            let detail = format!("`{account}` and the holdings differ by {by}");
            Err(Finding::broken("stock.agrees_with_orders", place, detail))
        }
    }
}

/// Law 7, its part for amounts as given: the lines' shares of the order discounts sum to the whole.
fn shares_sum(order: &Order) -> Result<(), Finding> {
    let zero = Money::zero(order.placed.currency);
    let sum = |mut amounts: Box<dyn Iterator<Item = Money> + '_>| {
        amounts.try_fold(zero, |sum, amount| sum.try_add(amount))
    };
    let shares = sum(Box::new(order.lines.iter().filter_map(|l| l.discount_share)));
    let given = sum(Box::new(order.placed.discounts.iter().map(|d| d.amount)));
    if shares == given {
        return Ok(());
    }
    let place = format!("order `{}`", order.id);
    let detail = format!("shares of the discounts sum to {shares:?}, given were {given:?}");
    Err(Finding::broken("order.shares_sum", place, detail))
}

/// Which order of the log is not stored, or whose stream lacks an event.
fn lost(
    store: &mut dyn Store,
    tenant: &TenantId,
    log: &Log,
    orders: &Orders,
) -> Result<Finding, Finding> {
    let mut found = None;
    super::log::for_each_event(store, tenant, u64::MAX, |store, recorded| {
        let event = decode(recorded)?;
        let Some(id) = event.order().filter(|_| found.is_none()) else { return Ok(()) };
        let key = EntityKey::Order(id.clone());
        if read_entity(store, tenant, &key)?.is_none() {
            let place = format!("entity `order/{id}`");
            found =
                Some(Finding::broken("replay.entities", place, "not stored, but events make it"));
            return Ok(());
        }
        let feed = Feed::Stream(recorded.stream.clone(), recorded.seq - 1);
        if store.feed(tenant, &feed, 1)?.first() != Some(recorded) {
            let place = format!("event {}", recorded.seq);
            let detail = format!("not in its stream `{}`", recorded.stream);
            found = Some(Finding::broken("log.stream", place, detail));
        }
        Ok(())
    })?;
    Ok(found.unwrap_or_else(|| {
        let detail = format!(
            "{} stored with {} events, the log has {} with {}",
            orders.count, orders.events.count, log.orders, log.order_events.count
        );
        Finding::broken("replay.entities", "the orders", detail)
    }))
}
