//! What customers, planners and nodes wish for: orders and their walk.

use serde_json::{Value, json};

use super::{Draw, NODES, Scene, set};
use crate::order::{Holding, Line, Order, Package, Stage};
use crate::stock::Bucket;

const REASONS: [&str; 5] = ["not_found", "damaged", "closed", "capacity", "late"];

impl Scene {
    fn lines(&self, draw: &mut Draw, group: &[&str]) -> Vec<Value> {
        let n = 1 + draw.below(3);
        (1..=n)
            .map(|line| {
                let sku = self.id(draw.name(&["A", "A", "B", "B", "B", "C"]));
                let mut line =
                    json!({ "line": line.to_string(), "sku": sku, "qty": 1 + draw.below(4) });
                if let Some(group) = draw.pick(group) {
                    set(&mut line, "group", *group);
                }
                line
            })
            .collect()
    }

    fn order_name(&mut self, draw: &mut Draw) -> String {
        let again = self.wished > 0 && draw.chance(3);
        let n = if again { draw.below(u64::from(self.wished)) } else { u64::from(self.wished) };
        self.wished += u32::from(!again);
        self.id(&format!("O{n}"))
    }

    pub(super) fn place(&mut self, draw: &mut Draw) -> Value {
        let ship = json!({ "ship": { "destination": { "country": "US", "region": "Z1" },
            "address": { "name": "Ann" } } });
        let at = self.id(draw.name(&NODES));
        let pickup = json!({ "pickup": { "location": at } });
        let (groups, names): (Vec<Value>, &[&str]) = match draw.below(10) {
            0..=5 => (vec![json!({ "group": "s", "to": ship })], &["s"]),
            6..=8 => (vec![json!({ "group": "p", "to": pickup })], &["p"]),
            _ => {
                let both = vec![
                    json!({ "group": "s", "to": ship }),
                    json!({ "group": "p", "to": pickup }),
                ];
                (both, &["s", "p"])
            }
        };
        let priority = i64::try_from(draw.below(5)).unwrap_or(0) - 2;
        let channel = self.id(draw.name(&["WEB", "WEB", "WEB", "MKT", "POS"]));
        let mut order = json!({ "order": self.order_name(draw), "channel": channel,
            "currency": "USD", "priority": priority, "groups": groups,
            "lines": self.lines(draw, names) });
        if priority == 2 {
            set(&mut order, "constraints", json!({ "ship_together": true }));
        }
        if draw.chance(5) {
            // What is given is not what it sums up to: a difference, and at times a hold.
            set(&mut order, "total", format!("0.{:02} USD", draw.below(10)));
        }
        if draw.chance(15) {
            let source = json!({ "system": "shop", "id": draw.below(4).to_string(),
                "version": draw.below(3) });
            set(&mut order, "source", source);
        }
        order
    }

    pub(super) fn sell(&mut self, draw: &mut Draw) -> Value {
        let lines = self.lines(draw, &[]);
        let channel = self.id(draw.name(&["POS", "POS", "POS", "WEB"]));
        let node = self.id(draw.name(&NODES));
        let mut sale = json!({ "order": self.order_name(draw), "channel": channel,
            "currency": "USD", "node": node, "lines": lines });
        if draw.chance(40) {
            let ago = i64::try_from(draw.below(240)).unwrap_or(0);
            set(&mut sale, "happened_at", self.now.plus_minutes(-ago).to_string());
        }
        sale
    }
}

/// Where units are that a verb could move.
struct Found<'s> {
    order: &'s Order,
    line: &'s Line,
    at: &'s Holding,
}

impl Found<'_> {
    /// Some of them.
    fn some(&self, draw: &mut Draw) -> u64 {
        1 + draw.below(self.at.qty.get())
    }

    fn node(&self) -> Value {
        json!(self.at.at.node)
    }

    fn part(&self, draw: &mut Draw) -> Value {
        json!([{ "line": self.line.given.line, "qty": self.some(draw) }])
    }
}

impl Scene {
    pub(super) fn order_payload(&self, verb: &str, draw: &mut Draw) -> Option<Value> {
        match verb {
            "commit_plan" => self.plan(draw),
            "hold_order" | "lift_hold" => self.hold(verb, draw),
            "cancel_order" => Some(json!({ "order": self.order(draw, |o| !o.is_closed())?.id })),
            "note" => {
                Some(json!({ "order": self.order(draw, |_| true)?.id, "text": "call first" }))
            }
            "cancel_lines" => self.cancel(draw),
            _ => self.step(verb, draw),
        }
    }

    fn order(&self, draw: &mut Draw, fits: impl Fn(&Order) -> bool) -> Option<&Order> {
        let all = self.orders.iter().map(AsRef::as_ref);
        let found: Vec<&Order> = all.filter(|o| self.stray || fits(o)).collect();
        draw.pick(&found).copied()
    }

    /// Units at one of some stages, on a line that fits; any units, when straying.
    fn find(
        &self,
        draw: &mut Draw,
        stages: &[Stage],
        fits: impl Fn(&Order, &Line) -> bool,
    ) -> Option<Found<'_>> {
        let is = |o: &Order, l: &Line, h: &Holding| stages.contains(&h.at.stage) && fits(o, l);
        let order = self.order(draw, |o| o.holdings().any(|(l, h)| is(o, l, h)))?;
        let here: Vec<(&Line, &Holding)> =
            order.holdings().filter(|(l, h)| self.stray || is(order, l, h)).collect();
        draw.pick(&here).map(|(line, at)| Found { order, line, at })
    }

    /// A verb that moves units from one stage on.
    fn step(&self, verb: &str, draw: &mut Draw) -> Option<Value> {
        let is_pickup =
            |o: &Order, l: &Line| o.group_of(l).is_some_and(|g| g.to.pickup().is_some());
        let (stage, way): (Stage, Option<bool>) = match verb {
            "reserve" => (Stage::Open, None),
            "unreserve" => (Stage::Reserved, None),
            "unallocate" => (Stage::Allocated, Some(false)),
            "release_to_node" => (Stage::Allocated, None),
            "node_rejects" | "pack" => (Stage::Released, None),
            "unpack" => (Stage::Packed, None),
            "ship" => (Stage::Packed, Some(false)),
            "collect" => (Stage::Packed, Some(true)),
            _ => (Stage::Shipped, None),
        };
        let fits = |o: &Order, l: &Line| way.is_none_or(|pickup| is_pickup(o, l) == pickup);
        let found = self.find(draw, &[stage], fits)?;
        let mut payload = json!({ "order": found.order.id });
        let part = found.part(draw);
        match verb {
            "reserve" if draw.chance(50) => {}
            "reserve" | "unreserve" => set(&mut payload, "lines", part),
            "unallocate" => set(
                &mut payload,
                "lines",
                json!([{ "line": found.line.given.line, "node": found.node(), "qty": found.some(draw) }]),
            ),
            "release_to_node" | "collect" => {
                set(&mut payload, "node", found.node());
                if draw.chance(40) {
                    set(&mut payload, "lines", part);
                }
            }
            "node_rejects" => {
                set(&mut payload, "node", found.node());
                set(&mut payload, "lines", part);
                set(&mut payload, "reason", draw.name(&REASONS));
            }
            "pack" => {
                set(&mut payload, "node", found.node());
                set(&mut payload, "lines", part);
                let open = |p: &&Package| {
                    p.shipped_at.is_none() && Some(&p.node) == found.at.at.node.as_ref()
                };
                let open: Vec<&Package> = found.order.packages.iter().filter(open).collect();
                if let (Some(package), true) = (draw.pick(&open), draw.chance(30)) {
                    set(&mut payload, "package", json!(package.package));
                }
            }
            _ => {
                set(&mut payload, "package", json!(found.at.at.package));
                match verb {
                    "lose_parcel" => set(&mut payload, "then", draw.name(&["reship", "refund"])),
                    "unpack" => set(&mut payload, "lines", part),
                    "deliver" if draw.chance(30) => set(&mut payload, "lines", part),
                    _ => {}
                }
            }
        }
        Some(payload)
    }

    fn plan(&self, draw: &mut Draw) -> Option<Value> {
        let stages = [Stage::Open, Stage::Reserved];
        let order = self.find(draw, &stages, |o, l| !self.places(o, l).is_empty())?.order;
        let mut all: Vec<Value> = Vec::new();
        for line in &order.lines {
            let waits = stages.iter().map(|s| line.at(*s).get()).sum::<u64>();
            let places = self.places(order, line);
            let (node, there) = match draw.pick(&places) {
                Some((node, there)) => (*node, *there),
                None if self.stray => (draw.name(&NODES), 1),
                None => continue,
            };
            if (waits == 0 || draw.chance(25)) && !self.stray && !all.is_empty() {
                continue;
            }
            let qty = 1 + draw.below(waits.min(there).max(1));
            all.push(json!({ "line": line.given.line, "node": self.id(node), "qty": qty }));
        }
        let mut payload = json!({ "order": order.id, "assignments": all });
        if draw.chance(25) {
            set(&mut payload, "partial", true);
        }
        Some(payload)
    }

    /// Nodes where a line's SKU is available, with how much.
    fn places(&self, order: &Order, line: &Line) -> Vec<(&'static str, u64)> {
        let name = |id: &str| id.trim_start_matches(self.prefix).to_owned();
        let sku = name(line.given.sku.as_str());
        let pickup = order.group_of(line).and_then(|g| g.to.pickup()).map(|l| name(l.as_str()));
        self.stock
            .iter()
            .filter(|(s, n, b, _)| {
                *s == sku && *b == Bucket::Available && pickup.as_ref().is_none_or(|p| p == n)
            })
            .filter(|(_, n, ..)| {
                !order
                    .exclusions
                    .iter()
                    .any(|x| name(x.node.as_str()) == *n && x.sku == line.given.sku)
            })
            .filter_map(|(_, n, _, there)| Some((*n, u64::try_from(*there).ok()?)))
            .filter(|(_, there)| *there > 0)
            .collect()
    }

    fn cancel(&self, draw: &mut Draw) -> Option<Value> {
        let alive =
            [Stage::Open, Stage::Reserved, Stage::Allocated, Stage::Released, Stage::Packed];
        let found = self.find(draw, &alive, |_, _| true)?;
        let mut part = json!({ "line": found.line.given.line });
        if draw.chance(60) {
            set(&mut part, "qty", found.some(draw));
        }
        if draw.chance(25) {
            set(&mut part, "stage", found.at.at.stage.name());
        }
        Some(json!({ "order": found.order.id, "lines": [part] }))
    }

    fn hold(&self, verb: &str, draw: &mut Draw) -> Option<Value> {
        let kind = draw.name(&["fraud", "payment", "manual"]);
        if verb == "lift_hold" {
            let order = self.order(draw, |o| !o.holds.is_empty())?;
            let kind = order.holds.first().map_or(json!(kind), |h| json!(h.kind));
            let end = if draw.chance(75) { "lifted" } else { "rejected" };
            return Some(json!({ "order": order.id, "kind": kind, "end": end }));
        }
        let order = self.order(draw, |o| !o.is_closed() && o.holds.is_empty())?;
        let mut payload = json!({ "order": order.id, "kind": kind });
        if draw.chance(60) {
            let ahead = i64::try_from(draw.below(300)).unwrap_or(0);
            set(&mut payload, "until", self.now.plus_minutes(ahead).to_string());
        }
        Some(payload)
    }
}
