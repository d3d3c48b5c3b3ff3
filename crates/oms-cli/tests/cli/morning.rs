//! A shop's morning as lines for `oms exec`, the same in every run: orders that are shipped after
//! sourcing rounds or by hand, orders that are picked up, holds, cancellations, refusals, resends.
//!
//! Stock for all, so that no refusal is of a class that may succeed when sent again. Every line
//! names its moment, but for refusals that are remembered: their receipts tell when they were first given,
//! so one that was lost and given anew would be seen.

use serde_json::{Value, json};

use crate::shop::AT;

/// Numbers that look random and are always the same.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[derive(Default)]
struct Script {
    lines: Vec<String>,
    /// Orders that wait for the next round, with the units of their only line.
    waiting: Vec<(String, u64)>,
}

impl Script {
    /// Adds a command; gives its id.
    fn say(&mut self, verb: &str, payload: Value) -> String {
        let id = format!("m{}", self.lines.len());
        let line = json!({ "id": id, "at": AT, verb: payload });
        self.lines.push(line.to_string());
        id
    }

    /// Adds a command without its moment, which is refused.
    fn no(&mut self, verb: &str, payload: Value) {
        let id = format!("m{}", self.lines.len());
        self.lines.push(json!({ "id": id, verb: payload }).to_string());
    }

    fn opening(&mut self) {
        self.say("define_pool", json!({ "id": "P" }));
        for (node, cost) in [("n1", "4.10 USD"), ("n2", "5.95 USD")] {
            let lane = json!({ "to": { "region": "NY" }, "service": "ground", "cost_fixed": cost,
                "cost_per_kg": "0.50 USD", "transit_days": 1 });
            let can = json!({ "ship": true, "pickup": true });
            self.say(
                "define_location",
                json!({ "id": node, "kind": "store", "pool": "P", "time_zone": "America/New_York",
                    "capabilities": can, "lanes": [lane] }),
            );
        }
        self.say("define_channel", json!({ "id": "WEB", "kind": "web", "pools": ["P"] }));
        for sku in ["A", "B"] {
            self.say("define_item", json!({ "sku": sku, "base_unit": "each", "weight_g": 300 }));
            for node in ["n1", "n2"] {
                self.say("receive_stock", json!({ "sku": sku, "node": node, "qty": 1_000_000 }));
            }
        }
    }

    fn place(&mut self, order: &str, to: &Value, sku: &str, qty: u64) {
        self.say(
            "place_order",
            json!({ "order": order, "channel": "WEB", "currency": "USD",
                "groups": [{ "group": "g", "to": to }],
                "lines": [{ "line": "1", "sku": sku, "qty": qty, "unit_price": "19.99 USD" }] }),
        );
    }

    fn life(&mut self, dice: &mut Dice, n: u64) {
        let order = format!("O{n}");
        let sku = ["A", "B"][usize::from(n % 2 == 1)];
        let qty = 2 + dice.below(3);
        if dice.below(3) == 0 {
            self.place(&order, &json!({ "pickup": { "location": "n2" } }), sku, qty);
            self.walk(&order, "n2", qty, true);
            return;
        }
        let destination = json!({ "country": "US", "region": "NY" });
        let address = json!({ "name": "Ann", "line1": "1 Elm" });
        let to = json!({ "ship": { "destination": destination, "address": address } });
        self.place(&order, &to, sku, qty);
        match dice.below(6) {
            0 => {
                self.say("hold_order", json!({ "order": order, "kind": "fraud" }));
                self.no("release_to_node", json!({ "order": order, "node": "n1" }));
                self.say("lift_hold", json!({ "order": order, "kind": "fraud" }));
                self.waiting.push((order, qty));
            }
            1 => {
                self.say("cancel_order", json!({ "order": order }));
                self.no("note", json!({ "order": "nobody's", "text": "where is it?" }));
            }
            2 => {
                let part = json!([{ "line": "1", "qty": 1 }]);
                self.say("cancel_lines", json!({ "order": order, "lines": part }));
                self.waiting.push((order, qty - 1));
            }
            3 => {
                let by_hand = json!([{ "line": "1", "node": "n2", "qty": qty }]);
                self.say("commit_plan", json!({ "order": order, "assignments": by_hand }));
                self.walk(&order, "n2", qty, false);
            }
            _ => self.waiting.push((order, qty)),
        }
    }

    /// From its node to the customer.
    fn walk(&mut self, order: &str, node: &str, qty: u64, pickup: bool) {
        self.say("release_to_node", json!({ "order": order, "node": node }));
        let lines = json!([{ "line": "1", "qty": qty }]);
        let pack = self.say("pack", json!({ "order": order, "node": node, "lines": lines }));
        if pickup {
            self.say("collect", json!({ "order": order, "node": node }));
            return;
        }
        let package = format!("{pack}:0");
        self.say("ship", json!({ "order": order, "package": package, "carrier": "UPS" }));
        self.say("deliver", json!({ "order": order, "package": package }));
    }

    /// A round over all that wait or over those that are known to, and what follows from it.
    fn round(&mut self, dice: &mut Dice) {
        let waiting = std::mem::take(&mut self.waiting);
        let ids: Vec<&str> = waiting.iter().map(|(order, _)| order.as_str()).collect();
        let all = ids.is_empty() || dice.below(2) == 0;
        let orders = if all { json!("all") } else { json!(ids) };
        self.say("source", json!({ "orders": orders }));
        // A resend in the middle of everything.
        self.lines.extend(self.lines.last().cloned());
        for (order, qty) in &waiting {
            self.walk(order, "n1", *qty, false);
        }
        self.say("tick", json!({}));
    }
}

/// The morning: an opening and so many orders.
pub(crate) fn morning(orders: u64, seed: u64) -> Vec<String> {
    let mut dice = Dice(seed);
    let mut script = Script::default();
    script.opening();
    for n in 0..orders {
        script.life(&mut dice, n);
        if n % 8 == 7 {
            script.round(&mut dice);
        }
        if dice.below(5) == 0 {
            let before = dice.below(u64::try_from(script.lines.len()).unwrap());
            let again = script.lines[usize::try_from(before).unwrap()].clone();
            script.lines.push(again);
        }
    }
    script.lines
}
