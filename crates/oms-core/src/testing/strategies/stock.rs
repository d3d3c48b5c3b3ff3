//! What shops and warehouses wish for: stock, buffers, fences, master data.

use serde_json::{Value, json};

use super::{CHANNELS, Draw, NODES, POOLS, SKUS, Scene, set};
use crate::stock::Bucket;

impl Scene {
    pub(super) fn stock_payload(&self, verb: &str, draw: &mut Draw) -> Value {
        let (sku, node) = (self.id(draw.name(&SKUS)), self.id(draw.name(&NODES)));
        let place = |scene: &Scene, draw: &mut Draw| {
            let bucket = match draw.below(10) {
                0 => "inspect",
                1 | 2 => "damaged",
                3 => "quarantine",
                _ => "available",
            };
            json!({ "node": scene.id(draw.name(&NODES)), "bucket": bucket })
        };
        match verb {
            "receive_stock" => json!({ "sku": sku, "node": node, "qty": 1 + draw.below(5) }),
            "adjust_stock" => {
                let bucket = draw.name(&["available", "available", "damaged", "quarantine"]);
                let by = i64::try_from(draw.below(7)).unwrap_or(0) - 3;
                let reason = draw.name(&["found", "breakage", "stolen", "correction"]);
                json!({ "sku": sku, "node": node, "bucket": bucket, "by": by, "reason": reason })
            }
            "count_stock" => self.count(draw),
            "move_stock" => {
                let some = self.stocked(draw, |b, n| n > 0 && !matches!(b, Bucket::Allocated));
                let (sku, from, to) = match some {
                    Some((sku, node, bucket)) if draw.chance(90) => {
                        let bucket = match bucket {
                            Bucket::Buffered => Bucket::Available,
                            other => other,
                        };
                        let from = json!({ "node": self.id(node), "bucket": bucket.name() });
                        (self.id(sku), from, place(self, draw))
                    }
                    _ => (sku, place(self, draw), place(self, draw)),
                };
                json!({ "sku": sku, "qty": 1 + draw.below(3), "from": from, "to": to })
            }
            "set_buffer" => json!({ "sku": sku, "node": node, "buffer": draw.below(4) }),
            "set_fence" => {
                let (pool, channel) = (self.id(draw.name(&POOLS)), self.id(draw.name(&CHANNELS)));
                json!({ "sku": sku, "pool": pool, "channel": channel, "fence": draw.below(5) })
            }
            "close_location" => {
                json!({ "location": self.id(draw.name(&["n2", "n3", "n4", "n4", "n4"])) })
            }
            _ => json!({ "location": self.id(draw.name(&["n2", "n3", "n4", "n4", "n4"])) }),
        }
    }

    pub(super) fn catalog_payload(&self, verb: &str, draw: &mut Draw) -> Value {
        match verb {
            "define_item" => json!({ "sku": self.id(draw.name(&SKUS)),
                "base_unit": if draw.chance(80) { "each" } else { "gram" },
                "weight_g": draw.below(900) }),
            "retire_item" => json!({ "sku": self.id(draw.name(&["C", "D"])) }),
            "define_pool" => json!({ "id": self.id(draw.name(&["P", "Q", "R"])) }),
            "define_location" => location(self.prefix, draw.name(&["n2", "n4", "n5"]), draw),
            "define_channel" => json!({ "id": self.id("MKT"), "kind": "marketplace",
                "pools": if draw.chance(50) { vec![self.id("Q")] } else { vec![self.id("Q"), self.id("P")] } }),
            _ => {
                let scope = match draw.below(3) {
                    0 => json!({ "channel": self.id(draw.name(&CHANNELS)) }),
                    1 => json!({ "location": self.id(draw.name(&NODES)) }),
                    _ => json!({ "location": self.id("nowhere") }),
                };
                let policy = match draw.below(4) {
                    0 => json!({ "cancel_assent": draw.chance(50) }),
                    1 => json!({ "all_or_nothing": draw.chance(30) }),
                    2 => {
                        json!({ "sell_through": draw.name(&["free", "hidden", "claims", "below_zero"]) })
                    }
                    _ => json!({ "excluded_minutes": draw.below(60) }),
                };
                json!({ "scope": scope, "policy": policy })
            }
        }
    }

    /// A place where something is, if there is one.
    fn stocked(
        &self,
        draw: &mut Draw,
        fits: impl Fn(Bucket, i64) -> bool,
    ) -> Option<(&'static str, &'static str, Bucket)> {
        let found: Vec<_> =
            self.stock.iter().filter(|(_, _, bucket, n)| fits(*bucket, *n)).collect();
        draw.pick(&found).map(|(sku, node, bucket, _)| (*sku, *node, *bucket))
    }

    fn good(&self, sku: &str, node: &str) -> i64 {
        let here = self.stock.iter().filter(|(s, n, b, _)| *s == sku && *n == node && b.is_good());
        here.map(|(.., n)| n).sum()
    }

    fn count(&self, draw: &mut Draw) -> Value {
        let (sku, node) = (draw.name(&SKUS), draw.name(&NODES));
        let off = i64::try_from(draw.below(7)).unwrap_or(0) - 4;
        let counted = (self.good(sku, node) + off).max(0);
        let mut payload = json!({ "sku": self.id(sku), "node": self.id(node), "counted": counted });
        if draw.chance(50) {
            let ago = i64::try_from(draw.below(240)).unwrap_or(0);
            set(&mut payload, "counted_at", self.now.plus_minutes(-ago).to_string());
        }
        if draw.chance(12) {
            set(&mut payload, "bucket", draw.name(&["damaged", "inspect", "quarantine"]));
        }
        payload
    }
}

pub(super) fn location(prefix: &str, node: &str, draw: &mut Draw) -> Value {
    let pool = if matches!(node, "n1" | "n2") { "P" } else { "Q" };
    let capacity = draw.chance(35).then(|| 1 + draw.below(4));
    let mut location = json!({ "id": format!("{prefix}{node}"), "kind": "store",
        "pool": format!("{prefix}{pool}"), "time_zone": "America/New_York",
        "capabilities": { "ship": true, "pickup": node != "n4" } });
    if let Some(capacity) = capacity {
        set(&mut location, "capacity_orders_per_day", capacity);
    }
    location
}
