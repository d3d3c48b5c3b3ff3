//! Names in a policy that nobody ever defined: mostly a slip of the pen, and what is said of them does nothing.

use std::collections::BTreeMap;
use std::fmt;

use oms_core::desk::{EntityKey, ReadSet};
use oms_core::engine::{Fault, Store};
use oms_core::words::{LocationId, Sku, TenantId};
use serde::Serialize;

use super::policy::{ReplenishPolicy, SupplySource, Terms};
use super::stocked::CHUNK;

/// A SKU or a node that a policy names and that was never defined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnknownName {
    /// Where it stands first: a rule, a promotion, an inbound supply or a group of siblings by its number, or the defaults.
    pub place: String,
    /// What it names.
    #[serde(flatten)]
    pub name: PolicyName,
}

/// What a policy names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyName {
    /// A SKU.
    Sku(Sku),
    /// A node.
    Node(LocationId),
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = &self.place;
        match &self.name {
            PolicyName::Sku(sku) => write!(f, "{place} names SKU `{sku}`, which was never defined"),
            PolicyName::Node(node) => {
                write!(f, "{place} names node `{node}`, which was never defined")
            }
        }
    }
}

/// Those of a policy, each once, SKUs first.
pub(super) fn unknown(
    store: &mut dyn Store,
    tenant: &TenantId,
    policy: &ReplenishPolicy,
) -> Result<Vec<UnknownName>, Fault> {
    let names: Vec<(EntityKey, Place)> = named(policy).into_iter().collect();
    let mut unknown = Vec::new();
    for chunk in names.chunks(CHUNK) {
        let mut reads = ReadSet::default();
        chunk.iter().for_each(|(key, _)| reads.entity(key.clone()));
        let slice = store.read(tenant, &reads)?;
        let never = |key| slice.entities.get(key).and_then(Option::as_ref).is_none();
        for (key, place) in chunk.iter().filter(|(key, _)| never(key)) {
            let name = match key {
                EntityKey::Item(sku) => PolicyName::Sku(sku.clone()),
                EntityKey::Location(node) => PolicyName::Node(node.clone()),
                _ => continue,
            };
            unknown.push(UnknownName { place: place.to_string(), name });
        }
    }
    Ok(unknown)
}

/// A part of a policy, by its number.
#[derive(Clone, Copy)]
enum Place {
    Defaults,
    Part(&'static str, usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Defaults => f.write_str("the defaults"),
            Place::Part(what, at) => write!(f, "{what} {at}"),
        }
    }
}

/// Everything that a policy names, with its first place.
fn named(policy: &ReplenishPolicy) -> BTreeMap<EntityKey, Place> {
    let mut all = BTreeMap::new();
    let mut note = |place: Place,
                    skus: &mut dyn Iterator<Item = &Sku>,
                    nodes: &mut dyn Iterator<Item = &LocationId>| {
        let skus = skus.map(|sku| EntityKey::Item(sku.clone()));
        for key in skus.chain(nodes.map(|node| EntityKey::Location(node.clone()))) {
            all.entry(key).or_insert(place);
        }
    };
    let source = |terms: &Terms| match &terms.source {
        Some(SupplySource::Node(node)) => Some(node.clone()),
        _ => None,
    };
    note(Place::Defaults, &mut [].into_iter(), &mut source(&policy.defaults).iter());
    for (rule, at) in policy.rules.iter().zip(1..) {
        let (scope, giver) = (&rule.scope, source(&rule.set));
        let place = Place::Part("rule", at);
        note(place, &mut scope.skus.iter(), &mut scope.nodes.iter().chain(&giver));
    }
    for (its, at) in policy.inbound.iter().zip(1..) {
        note(Place::Part("inbound", at), &mut [&its.sku].into_iter(), &mut [&its.node].into_iter());
    }
    for (its, at) in policy.promotions.iter().zip(1..) {
        let place = Place::Part("promotion", at);
        note(place, &mut its.scope.skus.iter(), &mut its.scope.nodes.iter());
    }
    for (its, at) in policy.siblings.iter().zip(1..) {
        note(Place::Part("siblings", at), &mut [].into_iter(), &mut its.nodes.iter());
    }
    all
}
