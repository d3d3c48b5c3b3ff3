//! What a verb may ask for, and what a store answers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::catalog::{Channel, Item, Location, PolicyBook, PolicyScope, Pool};
use crate::order::Order;
use crate::stock::{Account, SEPARATOR};
use crate::words::{ChannelId, CommandId, LocationId, OrderId, PoolId, Sku};

/// The key of a thing that has a version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKey {
    /// An item.
    Item(Sku),
    /// A location.
    Location(LocationId),
    /// A pool.
    Pool(PoolId),
    /// A channel.
    Channel(ChannelId),
    /// The policies of a scope.
    Policy(PolicyScope),
    /// An order.
    Order(OrderId),
}

impl EntityKey {
    /// The storage key: kind and id joined by [`SEPARATOR`].
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            EntityKey::Item(id) => format!("item{SEPARATOR}{id}"),
            EntityKey::Location(id) => format!("location{SEPARATOR}{id}"),
            EntityKey::Pool(id) => format!("pool{SEPARATOR}{id}"),
            EntityKey::Channel(id) => format!("channel{SEPARATOR}{id}"),
            EntityKey::Policy(scope) => match scope {
                PolicyScope::Tenant => format!("policy{SEPARATOR}tenant"),
                PolicyScope::Channel(id) => {
                    format!("policy{SEPARATOR}channel{SEPARATOR}{id}")
                }
                PolicyScope::Location(id) => {
                    format!("policy{SEPARATOR}location{SEPARATOR}{id}")
                }
            },
            EntityKey::Order(id) => format!("order{SEPARATOR}{id}"),
        }
    }
}

/// A thing that has a version. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub enum Entity {
    /// An item.
    Item(Arc<Item>),
    /// A location.
    Location(Arc<Location>),
    /// A pool.
    Pool(Arc<Pool>),
    /// A channel.
    Channel(Arc<Channel>),
    /// The policies of a scope.
    Policy(Arc<PolicyBook>),
    /// An order.
    Order(Arc<Order>),
}

impl Entity {
    /// The body's bytes, as a store keeps them (not a wire format).
    ///
    /// # Errors
    /// The codec's, which no value of ours provokes.
    pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        match self {
            Entity::Item(e) => serde_json::to_vec(e),
            Entity::Location(e) => serde_json::to_vec(e),
            Entity::Pool(e) => serde_json::to_vec(e),
            Entity::Channel(e) => serde_json::to_vec(e),
            Entity::Policy(e) => serde_json::to_vec(e),
            Entity::Order(e) => serde_json::to_vec(e),
        }
    }

    /// The body of a key's kind from its bytes.
    ///
    /// # Errors
    /// The codec's, when the bytes are not such a body.
    pub fn decode(key: &EntityKey, body: &[u8]) -> Result<Entity, serde_json::Error> {
        Ok(match key {
            EntityKey::Item(_) => Entity::Item(serde_json::from_slice(body)?),
            EntityKey::Location(_) => Entity::Location(serde_json::from_slice(body)?),
            EntityKey::Pool(_) => Entity::Pool(serde_json::from_slice(body)?),
            EntityKey::Channel(_) => Entity::Channel(serde_json::from_slice(body)?),
            EntityKey::Policy(_) => Entity::Policy(serde_json::from_slice(body)?),
            EntityKey::Order(_) => Entity::Order(serde_json::from_slice(body)?),
        })
    }
}

/// An entity with the number of events that made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Versioned {
    /// From 1; 0 would be absent.
    pub version: u64,
    /// The body.
    pub entity: Entity,
}

/// An ordered table that ranges are read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// Lines that hold claims or allocations, by SKU and place, in order of rank.
    Holders,
    /// Orders with a deadline, by moment.
    Due,
    /// Movements and counts, by SKU, node and moment.
    Movements,
    /// Source messages, by system, kind and id.
    Sources,
    /// Orders with units that await sourcing, by rank.
    Work,
    /// SKUs that a node has or had, by node and SKU. Rows are never removed.
    Stocked,
    /// All balances, by account key.
    Balances,
    /// All entities, by entity key; the value is the version.
    Entities,
}

impl Table {
    /// The tables whose rows commits write (the other two mirror balances and entities).
    pub const WRITTEN: [Table; 6] =
        [Table::Holders, Table::Due, Table::Movements, Table::Sources, Table::Work, Table::Stocked];

    /// The stable number of the table in storage.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Table::Holders => 1,
            Table::Due => 2,
            Table::Movements => 3,
            Table::Sources => 4,
            Table::Work => 5,
            Table::Balances => 6,
            Table::Entities => 7,
            Table::Stocked => 8,
        }
    }
}

/// A row of an ordered table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// The key; parts joined by [`SEPARATOR`].
    pub key: String,
    /// The number that goes with it.
    pub value: i64,
}

impl Row {
    /// The parts of the key.
    #[must_use]
    pub fn parts(&self) -> Vec<&str> {
        self.key.split(SEPARATOR).collect()
    }
}

/// A bounded read of a stretch of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RangeRead {
    /// Which table.
    pub table: Table,
    /// First key, inclusive.
    pub from: String,
    /// Last key, exclusive.
    pub to: String,
    /// From the end.
    pub reverse: bool,
    /// At most so many rows.
    pub limit: usize,
}

impl RangeRead {
    /// All keys that begin with these parts.
    #[must_use]
    pub fn prefix(table: Table, parts: &[&str], limit: usize) -> RangeRead {
        let mut from = parts.join(&SEPARATOR.to_string());
        from.push(SEPARATOR);
        let mut to = from.clone();
        to.pop();
        // The character after the separator: no key with the prefix reaches it.
        to.push('\u{20}');
        RangeRead { table, from, to, reverse: false, limit }
    }

    /// The same stretch from its end.
    #[must_use]
    pub fn reversed(mut self) -> RangeRead {
        self.reverse = true;
        self
    }

    /// The same stretch after a key.
    #[must_use]
    pub fn after(mut self, key: &str) -> RangeRead {
        self.from = format!("{key}\u{0}");
        self
    }
}

/// Where a personal value stands: whose, and for what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersonalKey {
    /// The person's reference.
    pub subject: String,
    /// The use.
    pub slot: String,
}

/// A personal value with the salt of its digest. Never in an event, a balance or the chain.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalValue {
    /// Where it stands.
    pub key: PersonalKey,
    /// Salt of the digest that events carry.
    pub salt: [u8; 32],
    /// The value's canonical bytes.
    pub value: Vec<u8>,
}

impl std::fmt::Debug for PersonalValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The value itself is never shown.
        f.debug_struct("PersonalValue").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What is kept of a command that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The command's content, personal values as digests; for the comparison with a resend.
    pub content: Vec<u8>,
    /// The receipt's bytes, given again to every resend.
    pub receipt: Vec<u8>,
}

/// Everything that a turn asks for at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadSet {
    /// Entities.
    pub entities: BTreeSet<EntityKey>,
    /// Balances.
    pub balances: BTreeSet<Account>,
    /// Ranges.
    pub ranges: BTreeSet<RangeRead>,
    /// Personal values.
    pub personal: BTreeSet<PersonalKey>,
    /// An earlier answer.
    pub answered: Option<CommandId>,
}

impl ReadSet {
    /// How many keys are asked for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entities.len() + self.balances.len() + self.ranges.len() + self.personal.len()
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0 && self.answered.is_none()
    }

    /// Adds an entity.
    pub fn entity(&mut self, key: EntityKey) {
        self.entities.insert(key);
    }

    /// Adds a balance.
    pub fn balance(&mut self, account: Account) {
        self.balances.insert(account);
    }
}

/// The state loaded for one turn.
#[derive(Clone, Debug, Default)]
pub struct Slice {
    /// Entities; `None` where there is none.
    pub entities: BTreeMap<EntityKey, Option<Versioned>>,
    /// Balances; absent ones are zero.
    pub balances: BTreeMap<Account, i64>,
    /// Ranges.
    pub ranges: BTreeMap<RangeRead, Vec<Row>>,
    /// Personal values.
    pub personal: BTreeMap<PersonalKey, Option<PersonalValue>>,
    /// An earlier answer.
    pub answered: Option<Answered>,
    /// The last position of the tenant's log when it was read.
    pub seq: u64,
}

impl Slice {
    /// Adds what a later round of reading brought.
    pub fn merge(&mut self, more: Slice) {
        self.entities.extend(more.entities);
        self.balances.extend(more.balances);
        self.ranges.extend(more.ranges);
        self.personal.extend(more.personal);
        self.answered = more.answered.or(self.answered.take());
        self.seq = more.seq;
    }
}
