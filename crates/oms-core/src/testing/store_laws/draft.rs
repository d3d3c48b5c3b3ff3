//! Commits made by hand, as no verb would make them: one law at a time.

use crate::catalog::Pool;
use crate::desk::{Entity, EntityKey, PersonalKey, PersonalValue, Planned, Row, Table, Versioned};
use crate::engine::{Commit, Outcome, Receipt};
use crate::event::{Event, PoolDefined, StockReceived};
use crate::stock::{Account, Bound, Bucket, Delta, Outside};
use crate::words::{
    CommandId, EventId, LocationId, PoolId, Qty, Sku, TenantId, Timestamp, WordError,
};

/// What goes wrong while a draft is made: ids of the suite's own that are none.
pub(super) type Made<T> = Result<T, WordError>;

pub(super) fn tenant(name: &str) -> Made<TenantId> {
    TenantId::new(name)
}

pub(super) fn command(id: &str) -> Made<CommandId> {
    CommandId::new(id)
}

pub(super) fn pool_key(id: &str) -> Made<EntityKey> {
    Ok(EntityKey::Pool(PoolId::new(id)?))
}

/// Good units at a node.
pub(super) fn available(sku: &str, node: &str) -> Made<Account> {
    Ok(Account::Node(Sku::new(sku)?, LocationId::new(node)?, Bucket::Available))
}

/// Units that came from suppliers.
pub(super) fn supplied(sku: &str) -> Made<Account> {
    Ok(Account::Outside(Sku::new(sku)?, Outside::Supplier))
}

pub(super) fn personal_key(subject: &str, slot: &str) -> PersonalKey {
    PersonalKey { subject: subject.to_owned(), slot: slot.to_owned() }
}

/// A commit in the making.
#[derive(Clone, Debug)]
pub(super) struct Draft(pub(super) Commit);

impl Draft {
    /// A commit that leaves nothing but its answer.
    pub(super) fn new(tenant: &str, id: &str) -> Made<Draft> {
        let id = command(id)?;
        let at = Timestamp::from_ms(1_790_000_000_000)?;
        let receipt = Receipt::new(id.clone(), "receive_stock", Outcome::Accepted, at);
        Ok(Draft(Commit {
            tenant: self::tenant(tenant)?,
            content: format!("{{\"told\":\"{id}\"}}").into_bytes(),
            command: id,
            at,
            actor: None,
            correlation: None,
            events: Vec::new(),
            entities: Vec::new(),
            expects: Vec::new(),
            rows_gone: Vec::new(),
            rows_new: Vec::new(),
            personal: Vec::new(),
            receipt,
        }))
    }

    fn event(mut self, event: Event) -> Draft {
        let ordinal = u32::try_from(self.0.events.len()).unwrap_or(u32::MAX);
        let id = EventId::derived(&self.0.command, ordinal);
        self.0.events.push(Planned { event, id, bounds: Vec::new() });
        self
    }

    /// An event that moves units from the supplier to a node, or back when negative.
    pub(super) fn receive(self, sku: &str, node: &str, qty: i64) -> Made<Draft> {
        let to = Delta { account: available(sku, node)?, by: qty };
        let from = Delta { account: supplied(sku)?, by: qty.saturating_neg() };
        Ok(self.event(Event::StockReceived(StockReceived {
            sku: Sku::new(sku)?,
            node: LocationId::new(node)?,
            qty: Qty::new(1)?,
            deltas: vec![to, from],
            reference: None,
            moved_at: None,
        })))
    }

    /// An event that touches one balance only.
    pub(super) fn only(mut self, sku: &str, node: &str, by: i64) -> Made<Draft> {
        self = self.receive(sku, node, by)?;
        if let Some(Event::StockReceived(event)) = self.0.events.last_mut().map(|p| &mut p.event) {
            event.deltas.truncate(1);
        }
        Ok(self)
    }

    /// An event and a pool at the version after `before`.
    pub(super) fn pool(mut self, id: &str, before: u64) -> Made<Draft> {
        let pool = PoolId::new(id)?;
        let entity = Entity::Pool(std::sync::Arc::new(Pool::new(pool.clone())));
        let versioned = Versioned { version: before + 1, entity };
        self.0.entities.push((EntityKey::Pool(pool.clone()), before, versioned));
        Ok(self.event(Event::PoolDefined(PoolDefined { pool })))
    }

    /// A version that must be there of a pool that is only read.
    pub(super) fn expects(mut self, id: &str, version: u64) -> Made<Draft> {
        self.0.expects.push((pool_key(id)?, version));
        Ok(self)
    }

    /// A bound after the last event.
    pub(super) fn bound(mut self, bound: Bound) -> Draft {
        if let Some(planned) = self.0.events.last_mut() {
            planned.bounds.push(bound);
        }
        self
    }

    pub(super) fn row(mut self, table: Table, key: &str, value: i64) -> Draft {
        self.0.rows_new.push((table, Row { key: key.to_owned(), value }));
        self
    }

    pub(super) fn gone(mut self, table: Table, key: &str, value: i64) -> Draft {
        self.0.rows_gone.push((table, Row { key: key.to_owned(), value }));
        self
    }

    pub(super) fn personal(mut self, subject: &str, slot: &str, value: &str) -> Draft {
        let salt = [u8::try_from(value.len()).unwrap_or(u8::MAX); 32];
        let key = personal_key(subject, slot);
        self.0.personal.push(PersonalValue { key, salt, value: value.as_bytes().to_vec() });
        self
    }
}
