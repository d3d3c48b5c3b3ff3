//! Replay: the state that a log stands for, and the state that it stood for at any position.
//!
//! The fold is the one that deciding uses ([`evolve`]); nothing here decides, so replay never
//! refuses. It holds the whole state in memory: for a host that looks back, and for tests.
//! [`super::verify`] does the same in little room.

use std::collections::{BTreeMap, BTreeSet};

use super::commit::Tip;
use super::fault::Fault;
use super::store::{Feed, Store};
use crate::desk::{
    Entity, EntityKey, Entry, Row, Table, Versioned, World, evolve, order_rows, stock_rows,
};
use crate::event::{EVENT_VERSION, Event, Recorded};
use crate::order::Order;
use crate::stock::Account;
use crate::words::{OrderId, TenantId};

/// Events that are read from a store at once.
pub(super) const CHUNK: usize = 512;

/// The event of an envelope.
///
/// # Errors
/// [`Fault::UnknownEvent`] for a type or version that this engine does not know: it may not be
/// skipped. [`Fault::Corrupt`] when the payload is not of its type.
pub fn decode(recorded: &Recorded) -> Result<Event, Fault> {
    let unknown = || Fault::UnknownEvent {
        seq: recorded.seq,
        kind: recorded.kind.clone(),
        version: recorded.version,
    };
    if recorded.version != EVENT_VERSION {
        return Err(unknown());
    }
    let event = Event::decode(&recorded.kind, &recorded.payload).map_err(|e| Fault::Corrupt {
        place: format!("the payload of event {}", recorded.seq),
        found: e.to_string(),
    })?;
    event.ok_or_else(unknown)
}

/// Entities as events make them, each with the number of its changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Entities(BTreeMap<EntityKey, (u64, Option<Entity>)>);

impl Entities {
    pub(super) fn get(&self, key: &EntityKey) -> Option<&Entity> {
        self.0.get(key).and_then(|(_, entity)| entity.as_ref())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&EntityKey, u64, &Entity)> {
        self.0.iter().filter_map(|(key, (version, e))| Some((key, *version, e.as_ref()?)))
    }
}

impl World for Entities {
    fn take(&mut self, key: &EntityKey) -> Option<Entity> {
        self.0.get_mut(key).and_then(|(_, entity)| entity.take())
    }

    fn put(&mut self, key: EntityKey, entity: Entity) {
        let slot = self.0.entry(key).or_insert((0, None));
        *slot = (slot.0 + 1, Some(entity));
    }
}

/// Everything that a tenant's log stands for.
///
/// ```
/// use oms_core::engine::{MemoryStore, State};
/// use oms_core::words::TenantId;
/// let mut store = MemoryStore::new();
/// let state = State::at(&mut store, &TenantId::new("T")?, u64::MAX)?;
/// assert_eq!(state.tip().seq, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct State {
    entities: Entities,
    balances: BTreeMap<Account, i64>,
    rows: BTreeMap<(Table, String), i64>,
    tip: Tip,
}

impl State {
    /// The state after events, given from the first on and in order.
    ///
    /// # Errors
    /// A [`Fault`] at the first event that is unknown, unreadable or unlawful.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Result<State, Fault> {
        let mut state = State::default();
        for recorded in events {
            state.apply(recorded)?;
        }
        Ok(state)
    }

    /// The state as it was after the event at `seq`, or after the last one before it.
    ///
    /// # Errors
    /// The store's [`Fault`], or one of [`State::of`].
    ///
    /// # Cost
    /// Linear in `seq`; the whole state is held in memory.
    pub fn at(store: &mut dyn Store, tenant: &TenantId, seq: u64) -> Result<State, Fault> {
        let mut state = State::default();
        loop {
            let left = usize::try_from(seq.saturating_sub(state.tip.seq)).unwrap_or(usize::MAX);
            let feed = Feed::After(state.tip.seq);
            let chunk = store.feed(tenant, &feed, left.min(CHUNK))?;
            for recorded in &chunk {
                state.apply(recorded)?;
            }
            if chunk.is_empty() {
                return Ok(state);
            }
        }
    }

    /// Folds one more event.
    ///
    /// # Errors
    /// A [`Fault`] when it is unknown, unreadable or unlawful; the state is then of no use.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<(), Fault> {
        let event = decode(recorded)?;
        for delta in event.deltas() {
            let balance = self.balances.entry(delta.account.clone()).or_insert(0);
            *balance = balance.checked_add(delta.by).ok_or_else(|| Fault::Corrupt {
                place: format!("event {}", recorded.seq),
                found: format!("{:?} beyond 64 bits", delta.account),
            })?;
            if *balance == 0 {
                self.balances.remove(&delta.account);
            }
        }
        evolve(&mut self.entities, &event, recorded.at)?;
        for (table, row) in stock_rows(&event, &recorded.id, recorded.at) {
            self.rows.insert((table, row.key), row.value);
        }
        self.tip = Tip { seq: recorded.seq, hash: recorded.hash };
        Ok(())
    }

    /// The last event that was folded.
    #[must_use]
    pub fn tip(&self) -> Tip {
        self.tip
    }

    /// A balance.
    #[must_use]
    pub fn balance(&self, account: &Account) -> i64 {
        self.balances.get(account).copied().unwrap_or(0)
    }

    /// All balances that are not zero.
    #[must_use]
    pub fn balances(&self) -> &BTreeMap<Account, i64> {
        &self.balances
    }

    /// An order.
    #[must_use]
    pub fn order(&self, id: &OrderId) -> Option<&Order> {
        match self.entities.get(&EntityKey::Order(id.clone())) {
            Some(Entity::Order(order)) => Some(order),
            _ => None,
        }
    }

    /// All entities with their versions, in order of key.
    pub fn entities(&self) -> impl Iterator<Item = (&EntityKey, Versioned)> {
        self.entities
            .iter()
            .map(|(key, version, e)| (key, Versioned { version, entity: e.clone() }))
    }

    /// All rows of the ordered tables.
    #[must_use]
    pub fn rows(&self) -> BTreeSet<Entry> {
        let orders = self.entities.iter().filter_map(|(_, _, entity)| match entity {
            Entity::Order(order) => Some(order_rows(order)),
            _ => None,
        });
        let stock = self
            .rows
            .iter()
            .map(|((table, key), value)| (*table, Row { key: key.clone(), value: *value }));
        orders.flatten().chain(stock).collect()
    }
}
