//! Overlays: business rules and a person's overrides as data, laid over a wave without touching it.
//!
//! An [`Overlay`] is a JSON document with a list of rules. Each has an `id` that explanations tell, a `reason` where
//! somebody wants to say why, and does one thing:
//!
//! ```json
//! { "version": 1, "rules": [
//!   { "id": "cold-stays", "forbid": { "where": { "nodes": ["STORE-12"], "skus": ["MILK"] } } },
//!   { "id": "keep-stores", "avoid": { "where": { "nodes": ["STORE-12"] }, "weight_minor": 300 } },
//!   { "id": "new-dc", "prefer": { "where": { "nodes": ["DC-EAST"], "regions": ["NY"] }, "weight_minor": 200 } },
//!   { "id": "launch", "reserve": { "node": "DC-EAST", "sku": "SHIRT", "units": 40 } },
//!   { "id": "vip", "reason": "promised by phone", "pin": { "order": "O1", "node": "DC-EAST", "by": "anna" } }
//! ] }
//! ```
//!
//! - `forbid`: orders, nodes and SKUs that match do not come together.
//! - `avoid`, `prefer`: a package from a node that matches, for an order that matches, weighs so many minor units more
//!   or less in the choice. What it costs, and what is told, stays the true money. A package never weighs less than
//!   nothing. A weight is of the size of what packages cost; who means never forbids. Where an unfilled unit has a price (in an instance), a package that weighs more is not made.
//! - `reserve`: so many units of a SKU at a node are held back from this wave; several rules hold back their sum.
//! - `pin`: an order, or one SKU of it, comes from this node or not at all. A pin of a SKU goes before that of its
//!   order. It is no permission: every other rule, and all that the node must be able to do, holds beside it.
//!
//! In `where` a list that is absent means all. Regions are those of destinations; in an instance a region is its index,
//! written as text.
//!
//! # Law
//! An overlay only takes away and weighs: a plan with one keeps every rule of a plan without. An empty one changes
//! nothing, bit for bit.

mod bad;
mod check;
mod laid;
mod snapshot;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::instance::Instance;
pub use bad::{BadOverlay, Flaw};
pub(crate) use laid::{AVOIDED, FORBIDDEN, Laid, Names, OnOrder, PINNED, PREFERRED, RESERVED};
pub(crate) use snapshot::Weigher;

/// The most rules of an overlay.
pub const MOST_RULES: usize = 4_096;
/// The most ids in one list of a rule.
pub const MOST_NAMED: usize = 65_536;
/// The longest id of a rule, in bytes.
pub const MOST_ID_BYTES: usize = 48;
/// The longest text of a rule, in bytes.
pub const MOST_TEXT_BYTES: usize = 1_024;
/// The heaviest weight of a rule, in minor units: beside a heavier one nobody would see what a package costs.
pub const MOST_WEIGHT: i64 = 10_000_000;
/// The most units that a rule holds back.
pub const MOST_RESERVED: u32 = 1 << 30;

/// Business rules and overrides that a wave is planned under.
///
/// What it names need not be in a snapshot, which holds only what its orders concern: such a rule says nothing there.
/// An instance is whole, so [`check_names`](Self::check_names) tells what is not in it.
///
/// # Example
/// ```
/// use oms_alloc::Overlay;
///
/// let text = r#"{ "version": 1, "rules": [
///     { "id": "vip", "reason": "promised", "pin": { "order": "O1", "node": "DC-EAST", "by": "anna" } }] }"#;
/// let overlay = Overlay::read(text.as_bytes())?;
/// assert_eq!(overlay.rules()[0].id, "vip");
/// assert_eq!(overlay.mark().len(), 12);
/// assert_eq!(Overlay::read(b"{}").unwrap_err().code(), "overlay.unreadable");
/// # Ok::<(), oms_alloc::BadOverlay>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overlay {
    rules: Vec<OverlayRule>,
}

/// An overlay as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    rules: Vec<OverlayRule>,
}

/// A rule of an overlay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct OverlayRule {
    /// Its id, which explanations tell.
    pub id: String,
    /// Why it is there, for people; a pin must say.
    pub reason: Option<String>,
    /// What it does.
    pub does: Does,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Does {
    /// What matches does not come together.
    Forbid(Forbid),
    /// Packages that match weigh more.
    Avoid(Weigh),
    /// Packages that match weigh less.
    Prefer(Weigh),
    /// Units are held back.
    Reserve(Reserve),
    /// An order comes from one node.
    Pin(Pin),
}

/// Orders, nodes and SKUs that do not come together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forbid {
    /// Which.
    #[serde(rename = "where")]
    pub scope: Scope,
}

/// Packages that weigh more or less.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weigh {
    /// Which; packages are not told by what is in them, so it names no SKU.
    #[serde(rename = "where")]
    pub scope: Scope,
    /// How much, 1 to [`MOST_WEIGHT`].
    pub weight_minor: i64,
}

/// Units that are held back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reserve {
    /// Where.
    pub node: String,
    /// Of what.
    pub sku: String,
    /// How many, 1 to [`MOST_RESERVED`]; all, if there are fewer.
    pub units: u32,
}

/// A person's choice of the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The order.
    pub order: String,
    /// The SKU, where not all of the order is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// Where it comes from.
    pub node: String,
    /// Who chose.
    pub by: String,
}

/// What a rule is about, by id; a list that is absent means all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<BTreeSet<String>>,
    /// SKUs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skus: Option<BTreeSet<String>>,
    /// Orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<BTreeSet<String>>,
    /// Regions of destinations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<BTreeSet<String>>,
}

/// A rule as it is written: one of the last five.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    forbid: Option<Forbid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    avoid: Option<Weigh>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prefer: Option<Weigh>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reserve: Option<Reserve>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pin: Option<Pin>,
}

impl TryFrom<Written> for OverlayRule {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { id, reason, forbid, avoid, prefer, reserve, pin } = written;
        let all = [
            forbid.map(Does::Forbid),
            avoid.map(Does::Avoid),
            prefer.map(Does::Prefer),
            reserve.map(Does::Reserve),
            pin.map(Does::Pin),
        ];
        let mut all = all.into_iter().flatten();
        match (all.next(), all.next()) {
            (Some(does), None) => Ok(Self { id, reason, does }),
            _ => Err("expected one of `forbid`, `avoid`, `prefer`, `reserve` and `pin`"),
        }
    }
}

impl From<OverlayRule> for Written {
    fn from(rule: OverlayRule) -> Self {
        let mut written = Self { id: rule.id, reason: rule.reason, ..Self::default() };
        match rule.does {
            Does::Forbid(it) => written.forbid = Some(it),
            Does::Avoid(it) => written.avoid = Some(it),
            Does::Prefer(it) => written.prefer = Some(it),
            Does::Reserve(it) => written.reserve = Some(it),
            Does::Pin(it) => written.pin = Some(it),
        }
        written
    }
}

impl Overlay {
    /// Takes in rules and checks them.
    ///
    /// # Errors
    /// [`BadOverlay`] for the first rule that is wrong.
    pub fn new(rules: Vec<OverlayRule>) -> Result<Self, BadOverlay> {
        check::rules(&rules)?;
        Ok(Self { rules })
    }

    /// An overlay without rules.
    #[must_use]
    pub const fn empty() -> Self {
        Self { rules: Vec::new() }
    }

    /// Reads and checks an overlay.
    ///
    /// # Errors
    /// [`BadOverlay`] with the place.
    pub fn read(text: &[u8]) -> Result<Self, BadOverlay> {
        let mut reader = serde_json::Deserializer::from_slice(text);
        let read: Result<Document, _> = serde_path_to_error::deserialize(&mut reader);
        let document = read.map_err(|error| {
            let path = error.path().to_string();
            bad::unreadable(path, error.inner())
        })?;
        reader.end().map_err(|error| bad::unreadable(".".to_owned(), &error))?;
        check::version(document.version)?;
        Self::new(document.rules)
    }

    /// Writes it as [`read`](Self::read) reads it.
    #[must_use]
    pub fn write(&self) -> String {
        let document = Document { version: 1, rules: self.rules.clone() };
        // Text, numbers and sets of text serialize without fail.
        serde_json::to_string(&document).unwrap_or_default()
    }

    /// Proves that everything that it names is in an instance.
    ///
    /// # Errors
    /// [`Flaw::UnknownId`] for the first id that is not.
    pub fn check_names(&self, instance: &Instance) -> Result<(), BadOverlay> {
        check::names(&self.rules, instance)
    }

    /// Gives the rules.
    #[must_use]
    pub fn rules(&self) -> &[OverlayRule] {
        &self.rules
    }

    /// Tells whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Tells whether a rule avoids or prefers: the best plan then need not be the one of the least cost.
    #[must_use]
    pub fn weighs(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.does, Does::Avoid(_) | Does::Prefer(_)))
    }

    /// Gives the first 12 hex digits of its SHA-256: decision records tell by it which rules took part.
    #[must_use]
    pub fn mark(&self) -> String {
        let digest = Sha256::digest(self.write().as_bytes());
        digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The rules that concern one order of an instance, freed of its id and its region; all other orders forgotten.
    pub(crate) fn of_order(&self, order: &str, region: &str, skus: &BTreeSet<&str>) -> Self {
        let concerns = |scope: &Scope| {
            let named = scope.skus.as_ref();
            has(scope.orders.as_ref(), order)
                && has(scope.regions.as_ref(), region)
                && named.is_none_or(|named| skus.iter().any(|sku| named.contains(*sku)))
        };
        let mut rules = self.rules.clone();
        rules.retain_mut(|rule| match &mut rule.does {
            Does::Forbid(Forbid { scope })
            | Does::Avoid(Weigh { scope, .. })
            | Does::Prefer(Weigh { scope, .. }) => {
                let concerned = concerns(scope);
                (scope.orders, scope.regions) = (None, None);
                concerned
            }
            Does::Reserve(reserve) => skus.contains(reserve.sku.as_str()),
            Does::Pin(pin) => {
                pin.order == order && pin.sku.as_ref().is_none_or(|sku| skus.contains(sku.as_str()))
            }
        });
        Self { rules }
    }

    /// The same without the rules that something is said of.
    pub(crate) fn without(&self, is_gone: impl Fn(&Does) -> bool) -> Self {
        Self { rules: self.rules.iter().filter(|rule| !is_gone(&rule.does)).cloned().collect() }
    }

    /// What all rules together add to the weight of a package at most.
    pub(crate) fn heaviest(&self) -> i64 {
        let weights = self.rules.iter().map(|rule| match &rule.does {
            Does::Avoid(weigh) => weigh.weight_minor,
            _ => 0,
        });
        weights.fold(0, i64::saturating_add)
    }
}

/// Whether a list of ids, all of them if it is absent, has an id.
fn has(list: Option<&BTreeSet<String>>, id: &str) -> bool {
    list.is_none_or(|list| list.contains(id))
}
