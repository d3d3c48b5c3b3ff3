//! Random commands that mostly make sense: what a retailer's people, shops and machines might wish
//! next, given what is there.
//!
//! A command follows from the state and one random word, so a sequence of words is a sequence of
//! commands, and leaving words out leaves a shorter one. Two tenants play on stages of the same form
//! with names of their own; scarce stock, fences, buffers, full node days and late messages are
//! ordinary.

mod orders;
mod stock;

use std::sync::Arc;

use serde_json::{Value, json};

use super::auditor::Auditor;
use crate::desk::{Entity, EntityKey, ReadSet};
use crate::engine::{Fault, Store};
use crate::flow::VERB_NAMES;
use crate::order::Order;
use crate::stock::Bucket;
use crate::words::{OrderId, Timestamp};

/// A stream of random numbers (splitmix64): the same seed, the same stream.
///
/// ```
/// use oms_core::testing::strategies::Draw;
/// assert_eq!(Draw::new(7).below(100), Draw::new(7).below(100));
/// ```
#[derive(Clone, Debug)]
pub struct Draw(u64);

impl Draw {
    /// A stream from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Draw {
        Draw(seed)
    }

    /// The next number.
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n` (zero for none).
    pub fn below(&mut self, n: u64) -> u64 {
        self.word().checked_rem(n).unwrap_or(0)
    }

    /// True that often in a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of several, or none of none.
    pub fn pick<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        let index = self.below(u64::try_from(all.len()).unwrap_or(0));
        all.get(usize::try_from(index).ok()?)
    }

    fn name(&mut self, all: &[&'static str]) -> &'static str {
        self.pick(all).copied().unwrap_or_default()
    }
}

/// How often each verb is wished for.
const WEIGHTS: &[(&str, u64)] = &[
    ("place_order", 120),
    ("receive_stock", 60),
    ("reserve", 40),
    ("unreserve", 20),
    ("commit_plan", 110),
    ("unallocate", 30),
    ("release_to_node", 120),
    ("node_rejects", 70),
    ("pack", 130),
    ("unpack", 30),
    ("ship", 140),
    ("deliver", 90),
    ("collect", 140),
    ("lose_parcel", 45),
    ("cancel_lines", 45),
    ("cancel_order", 15),
    ("hold_order", 12),
    ("lift_hold", 50),
    ("note", 6),
    ("tick", 50),
    ("sell_through", 60),
    ("adjust_stock", 30),
    ("count_stock", 50),
    ("move_stock", 35),
    ("set_buffer", 25),
    ("set_fence", 30),
    ("set_policy", 12),
    ("close_location", 3),
    ("define_item", 3),
    ("define_location", 4),
    ("define_pool", 2),
    ("define_channel", 3),
    ("retire_item", 2),
];

const SKUS: [&str; 3] = ["A", "B", "C"];
const NODES: [&str; 4] = ["n1", "n2", "n3", "n4"];
const POOLS: [&str; 2] = ["P", "Q"];
const CHANNELS: [&str; 3] = ["MKT", "POS", "WEB"];

/// A verb and its payload.
pub type Wish = (String, Value);

/// What a tenant's next command is drawn from.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Before every name, so that no tenant's name is another's.
    pub prefix: &'static str,
    /// The clock.
    pub now: Timestamp,
    /// How many orders were wished for so far.
    pub wished: u32,
    /// Take what does not fit, too.
    stray: bool,
    orders: Vec<Arc<Order>>,
    stock: Vec<(&'static str, &'static str, Bucket, i64)>,
}

impl Scene {
    /// The scene as a store has it, with what the auditor knows of stock.
    ///
    /// # Errors
    /// The store's.
    pub fn read(
        store: &mut dyn Store,
        auditor: &Auditor,
        prefix: &'static str,
        now: Timestamp,
        wished: u32,
    ) -> Result<Scene, Fault> {
        let mut reads = ReadSet::default();
        for n in 0..wished {
            let id = OrderId::new(format!("{prefix}O{n}"));
            reads.entities.extend(id.ok().map(EntityKey::Order));
        }
        let slice = store.read(auditor.tenant(), &reads)?;
        let orders = slice.entities.into_values().flatten().filter_map(|v| match v.entity {
            Entity::Order(order) => Some(order),
            _ => None,
        });
        let name = |all: &[&'static str], id: &str| {
            let name = id.strip_prefix(prefix)?;
            all.iter().copied().find(|known| *known == name)
        };
        let stock = auditor.balances().filter_map(|(parts, balance)| {
            let [kind, sku, node] = parts else { return None };
            let bucket = Bucket::ALL.into_iter().find(|b| b.name() == kind)?;
            Some((name(&SKUS, sku)?, name(&NODES, node)?, bucket, balance))
        });
        let stock = stock.collect();
        Ok(Scene { prefix, now, wished, stray: false, orders: orders.collect(), stock })
    }

    fn id(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The commands that set the stage.
    #[must_use]
    pub fn opening(prefix: &'static str, draw: &mut Draw) -> Vec<Wish> {
        let id = |name: &str| format!("{prefix}{name}");
        let mut wishes = Vec::new();
        let mut wish = |verb: &str, payload: Value| wishes.push((verb.to_owned(), payload));
        for pool in POOLS {
            wish("define_pool", json!({ "id": id(pool) }));
        }
        for node in NODES {
            wish("define_location", stock::location(prefix, node, draw));
        }
        let sells = [
            ("WEB", "web", vec!["P", "Q"]),
            ("POS", "pos", vec!["P", "Q"]),
            ("MKT", "marketplace", vec!["Q"]),
        ];
        for (channel, kind, pools) in sells {
            let pools: Vec<String> = pools.into_iter().map(id).collect();
            wish("define_channel", json!({ "id": id(channel), "kind": kind, "pools": pools }));
        }
        for sku in SKUS {
            wish("define_item", json!({ "sku": id(sku), "base_unit": "each" }));
        }
        let reach = draw.name(&["free", "hidden", "claims", "below_zero", "below_zero"]);
        wish(
            "set_policy",
            json!({ "scope": "tenant", "policy": {
                "reserve_minutes": 240, "pickup_days": 1, "excluded_minutes": 180,
                "sell_through": reach, "cancel_assent": draw.chance(40) } }),
        );
        for sku in SKUS.iter().take(2) {
            for node in NODES.iter().take(3) {
                let qty = 2 + draw.below(8);
                wish("receive_stock", json!({ "sku": id(sku), "node": id(node), "qty": qty }));
            }
        }
        wishes
    }

    /// The next wish: one that something fits, if there is any after a few tries.
    pub fn wish(&mut self, draw: &mut Draw) -> Wish {
        let known: Vec<&(&str, u64)> =
            WEIGHTS.iter().filter(|(verb, _)| VERB_NAMES.contains(verb)).collect();
        self.stray = draw.chance(5);
        let mut wish = ("tick", json!({}));
        for _ in 0..8 {
            let verb = weighted(&known, draw);
            if let Some(payload) = self.payload(verb, draw) {
                wish = (verb, payload);
                break;
            }
        }
        let (verb, mut payload) = wish;
        let about_one = payload.get("order").is_some() && payload.get("channel").is_none();
        if self.stray && about_one && draw.chance(30) {
            set(&mut payload, "order", self.id("O999"));
        }
        if draw.chance(2) {
            spoil(&mut payload, draw);
        }
        (verb.to_owned(), payload)
    }

    fn living(&self) -> usize {
        self.orders.iter().filter(|o| !o.is_closed()).count()
    }

    fn payload(&mut self, verb: &str, draw: &mut Draw) -> Option<Value> {
        match verb {
            // A few orders that live are worth more than many that wait.
            "place_order" if self.living() > 4 && draw.chance(75) => None,
            "place_order" => Some(self.place(draw)),
            "sell_through" => Some(self.sell(draw)),
            "tick" if draw.chance(80) => Some(json!({})),
            "tick" => Some(json!({ "limit": draw.below(3) })),
            "receive_stock" | "adjust_stock" | "count_stock" | "move_stock" | "set_buffer"
            | "set_fence" | "close_location" => Some(self.stock_payload(verb, draw)),
            "define_item" | "define_location" | "define_pool" | "define_channel"
            | "retire_item" | "set_policy" => Some(self.catalog_payload(verb, draw)),
            _ => self.order_payload(verb, draw),
        }
    }
}

fn weighted(known: &[&(&'static str, u64)], draw: &mut Draw) -> &'static str {
    let mut at = draw.below(known.iter().map(|(_, weight)| weight).sum());
    for (name, weight) in known {
        if at < *weight {
            return name;
        }
        at -= weight;
    }
    "tick"
}

fn set(object: &mut Value, field: &str, value: impl Into<Value>) {
    if let Value::Object(fields) = object {
        fields.insert(field.to_owned(), value.into());
    }
}

/// Makes a payload wrong at one place.
fn spoil(payload: &mut Value, draw: &mut Draw) {
    let Value::Object(fields) = payload else { return };
    let names: Vec<String> = fields.keys().cloned().collect();
    let Some(name) = draw.pick(&names) else { return };
    let wrong = match draw.below(4) {
        0 => json!("nobody-knows-this"),
        1 => json!(0),
        2 => json!([]),
        _ => json!(null),
    };
    fields.insert(name.clone(), wrong);
}
