//! A retailer's day as a list of commands, always the same: every verb that moves orders, with
//! refusals, resends and shortages among them.
#![allow(dead_code, reason = "each test uses its part")]

use oms_core::command::{Context, Limits};
use oms_core::engine::{Done, Engine, Fault, Store};
use oms_core::flow::Request;
use oms_core::words::TenantId;

pub(crate) fn tenant() -> TenantId {
    TenantId::new("SHOP").unwrap()
}

pub(crate) fn ctx() -> Context {
    Context::new(tenant(), "2026-11-24T09:00:00Z".parse().unwrap())
}

pub(crate) fn request(line: &str) -> Request {
    Request::parse(line.as_bytes(), &Limits::default()).unwrap_or_else(|e| panic!("{line}: {e}"))
}

pub(crate) fn run<S: Store>(engine: &mut Engine<S>, line: &str) -> Result<Done, Fault> {
    engine.execute(&ctx(), request(line))
}

/// Numbers that look random and are always the same.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

const SKUS: u64 = 5;

/// Pools, nodes, channel, items, and so many units of each at each node.
pub(crate) fn opening(units: u64) -> Vec<String> {
    let mut lines = Vec::new();
    let mut add = |verb: &str, payload: String| {
        let id = lines.len();
        lines.push(format!(r#"{{"id":"open{id}","{verb}":{payload}}}"#));
    };
    for pool in ["P", "Q"] {
        add("define_pool", format!(r#"{{"id":"{pool}"}}"#));
    }
    for (node, pool) in [("n1", "P"), ("n2", "P"), ("n3", "Q")] {
        add(
            "define_location",
            format!(
                r#"{{"id":"{node}","kind":"store","pool":"{pool}","time_zone":"America/New_York",
                "capabilities":{{"ship":true,"pickup":true}}}}"#
            ),
        );
    }
    add("define_channel", r#"{"id":"WEB","kind":"web","pools":["P","Q"]}"#.to_owned());
    for sku in 0..SKUS {
        add("define_item", format!(r#"{{"sku":"S{sku}","base_unit":"each"}}"#));
        for node in ["n1", "n2", "n3"] {
            add("receive_stock", format!(r#"{{"sku":"S{sku}","node":"{node}","qty":{units}}}"#));
        }
    }
    lines
}

/// One order: how it is placed.
pub(crate) fn place(id: &str, order: &str, way: &str, lines: &[(u64, u64)]) -> String {
    let to = match way {
        "" => {
            r#"{"ship":{"destination":{"country":"US","region":"Z1"},"address":{"name":"Ann","line1":"1 Elm"}}}"#.to_owned()
        }
        node => format!(r#"{{"pickup":{{"location":"{node}"}}}}"#),
    };
    let lines: Vec<String> = lines
        .iter()
        .enumerate()
        .map(|(n, (sku, qty))| {
            format!(r#"{{"line":"{n}","sku":"S{sku}","qty":{qty},"unit_price":"19.99 USD"}}"#)
        })
        .collect();
    format!(
        r#"{{"id":"{id}","place_order":{{"order":"{order}","channel":"WEB","currency":"USD",
        "groups":[{{"group":"g","to":{to}}}],"lines":[{}]}}}}"#,
        lines.join(",")
    )
    .replace("\n        ", "")
}

/// The day: opening, then so many orders and what becomes of them; stock runs short now and then.
pub(crate) fn day(orders: u64, seed: u64) -> Vec<String> {
    day_with(orders, seed, 40)
}

/// A day that opens with so many units of each item at each node.
pub(crate) fn day_with(orders: u64, seed: u64, units: u64) -> Vec<String> {
    let mut dice = Dice(seed);
    let mut lines = opening(units);
    for n in 0..orders {
        life(&mut lines, &mut dice, n);
    }
    lines
}

fn life(lines: &mut Vec<String>, dice: &mut Dice, n: u64) {
    let order = format!("O{n}");
    let mut wish = Vec::new();
    for _ in 0..=dice.below(3) {
        wish.push((dice.below(SKUS), 1 + dice.below(3)));
    }
    let node = ["n1", "n2"][usize::try_from(dice.below(2)).unwrap()];
    let pickup = dice.below(3) == 0;
    let way = if pickup { node } else { "" };
    let id = format!("c{n}.0");
    let placed = place(&id, &order, way, &wish);
    let whole = |extra: &str| format!(r#"{{"order":"{order}"{extra}}}"#);
    let at = |extra: &str| whole(&format!(r#","node":"{node}"{extra}"#));
    let units = |wish: &[(u64, u64)], place: &str| -> String {
        let lines = wish.iter().enumerate().filter(|(_, (_, qty))| *qty > 0);
        let lines = lines.map(|(n, (_, qty))| format!(r#"{{"line":"{n}"{place},"qty":{qty}}}"#));
        lines.collect::<Vec<_>>().join(",")
    };
    lines.push(format!(r#"{{"id":"c{n}.1","note":{}}}"#, whole(r#","text":"too early""#)));
    lines.push(placed.clone());
    let mut step = 1;
    let mut say = |verb: &str, payload: String| -> String {
        step += 1;
        lines.push(format!(r#"{{"id":"c{n}.{step}","{verb}":{payload}}}"#));
        format!("c{n}.{step}")
    };
    if dice.below(8) == 0 {
        say("hold_order", whole(r#","kind":"fraud""#));
        say("release_to_node", at(""));
        say("lift_hold", whole(r#","kind":"fraud""#));
    }
    if dice.below(6) == 0 {
        say("unreserve", whole(r#","lines":[{"line":"0"}]"#));
        say("reserve", whole(""));
    }
    if dice.below(6) == 0 {
        say("cancel_lines", whole(r#","lines":[{"line":"0","qty":1}]"#));
        wish[0].1 -= 1;
    }
    if dice.below(10) == 0 {
        say("cancel_order", whole(""));
        say("release_to_node", at(""));
        return;
    }
    if !pickup {
        let there = format!(r#","node":"{node}""#);
        say("commit_plan", whole(&format!(r#","assignments":[{}]"#, units(&wish, &there))));
    }
    say("release_to_node", at(""));
    let pack = say("pack", at(&format!(r#","lines":[{}]"#, units(&wish, ""))));
    if dice.below(8) == 0 {
        say("unpack", whole(&format!(r#","package":"{pack}:0""#)));
        say("pack", at(&format!(r#","lines":[{}]"#, units(&wish, ""))));
    }
    if dice.below(4) == 0 {
        say(
            "receive_stock",
            format!(r#"{{"sku":"S{}","node":"{node}","qty":12}}"#, dice.below(SKUS)),
        );
        say("tick", "{}".to_owned());
    }
    if pickup {
        say("collect", at(""));
    } else {
        say("ship", whole(&format!(r#","package":"{pack}:0","carrier":"UPS""#)));
        say("deliver", whole(&format!(r#","package":"{pack}:0""#)));
    }
    // A resend in the middle of everything.
    lines.push(placed);
}
