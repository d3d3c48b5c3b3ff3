//! What the store remembers of the file, within bounds.
//!
//! Everything here was read or written by this connection and is true as long as no other
//! connection commits; SQLite's data version tells when one has.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash};
use std::mem;

use oms_core::desk::{EntityKey, Versioned};
use oms_core::engine::Tip;
use oms_core::stock::Account;
use oms_core::words::{CommandId, TenantId};

/// Bytes of stored entities that are kept decoded; decoded they take some four times as much.
const ENTITY_BYTES: usize = 3 << 20;
/// Balances that are kept.
const BALANCES: usize = 32_768;
/// Tenants whose number and tip are kept.
const TENANTS: usize = 1_024;
/// What an entry costs beside its body.
const ENTRY_BYTES: usize = 256;

/// A tenant's number and the end of its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Space {
    pub(super) id: i64,
    pub(super) tip: Tip,
}

/// An entity with the row that it stands in.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) row: i64,
    pub(super) versioned: Versioned,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Cache {
    version: Option<i64>,
    pub(super) spaces: Recent<TenantId, Space>,
    pub(super) entities: Recent<(i64, EntityKey), Option<Kept>>,
    pub(super) balances: Recent<(i64, Account), i64>,
    /// The last command that was looked up and had no answer.
    pub(super) unanswered: Option<(i64, CommandId)>,
}

impl Cache {
    pub(super) fn new() -> Cache {
        Cache {
            version: None,
            spaces: Recent::new(TENANTS),
            entities: Recent::new(ENTITY_BYTES),
            balances: Recent::new(BALANCES),
            unanswered: None,
        }
    }

    /// Keeps what was read at this data version, forgets it if it was another.
    pub(super) fn at_version(&mut self, version: i64) {
        if self.version != Some(version) {
            self.forget();
            self.version = Some(version);
        }
    }

    pub(super) fn forget(&mut self) {
        self.spaces.clear();
        self.entities.clear();
        self.balances.clear();
        self.unanswered = None;
    }

    /// Keeps an entity whose body has so many bytes, or that there is none.
    pub(super) fn keep_entity(&mut self, key: (i64, EntityKey), kept: Option<Kept>, bytes: usize) {
        self.entities.put(key, kept, ENTRY_BYTES + bytes);
    }
}

/// A map that keeps what was used lately: when the young half is full it becomes the old one, and
/// what nobody asked for since then is dropped. Never holds more than its bound.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    half: usize,
    weight: usize,
    young: Map<K, (V, usize)>,
    old: Map<K, (V, usize)>,
}

type Map<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;

impl<K: Hash + Eq + Clone, V> Recent<K, V> {
    fn new(bound: usize) -> Recent<K, V> {
        Recent { half: bound / 2, weight: 0, young: Map::default(), old: Map::default() }
    }

    fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
        self.weight = 0;
    }

    pub(super) fn get(&mut self, key: &K) -> Option<&V> {
        if !self.young.contains_key(key) {
            let (key, (value, weight)) = self.old.remove_entry(key)?;
            self.put(key, value, weight);
        }
        self.young.get(key).map(|(value, _)| value)
    }

    /// Keeps a value of this weight. One that is heavier than half the bound is not kept.
    pub(super) fn put(&mut self, key: K, value: V, weight: usize) {
        if let Some((_, before)) = self.young.remove(&key) {
            self.weight = self.weight.saturating_sub(before);
        }
        self.old.remove(&key);
        if weight > self.half {
            return;
        }
        if self.weight + weight > self.half {
            self.old = mem::take(&mut self.young);
            self.weight = 0;
        }
        self.weight += weight;
        self.young.insert(key, (value, weight));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Goal: the bound holds whatever comes, and what is used stays. Method: a hot key among many.
    #[test]
    fn keeps_what_is_used() {
        let mut recent = Recent::new(100);
        recent.put(0, "hot", 10);
        for cold in 1..1000 {
            recent.put(cold, "cold", 10);
            assert_eq!(recent.get(&0), Some(&"hot"));
            let held: usize = recent.young.values().chain(recent.old.values()).map(|v| v.1).sum();
            assert!(held <= 100, "{held}");
        }
        assert_eq!(recent.get(&1), None);
        recent.put(7, "too heavy", 51);
        assert_eq!(recent.get(&7), None);
    }
}
