//! `oms replenish` of many places: they speak for what has hardly begun, and know together what none knows alone.

use oms::words::BusinessDay;
use serde_json::{Value, json};

use crate::replenish::{Days, date, of, plan};
use crate::shop::DB;

/// Sixty days of four fragile SKUs, of which twenty a day are sold, and four of which two are, at both stores; the center has
/// some of each and sells nothing.
fn old() -> Days {
    let mut days = Days::new();
    let at = "2026-07-01T12:00:00Z";
    let items = (0..4).flat_map(|id| [(format!("F{id}"), true), (format!("P{id}"), false)]);
    let new = ["F-NEW", "P-NEW", "P-YOUNG"].map(|sku| (sku.to_owned(), sku.starts_with('F')));
    for (sku, fragile) in items.chain(new) {
        let flags = json!({ "fragile": fragile });
        days.say(at, "define_item", &json!({ "sku": sku, "base_unit": "each", "flags": flags }));
    }
    for id in 0..4_u64 {
        for (sku, usual) in [(format!("F{id}"), 17 + id), (format!("P{id}"), 1)] {
            for node in ["S1", "S2"] {
                days.receive(1, &sku, node, 60 * (usual + 5));
                for (day, on) in (2..60_usize).zip(2_u64..) {
                    let more = (on * on * 7 + on * 3 + id) % if usual > 1 { 5 } else { 3 };
                    days.sell(day, &sku, node, usual + more);
                }
            }
            days.receive(1, &sku, "DC", 5);
        }
    }
    days
}

fn why(its: &Value, name: &str) -> f64 {
    its["why"][name].as_f64().unwrap()
}

// Goal: what comes to a store today is ordered for as what is like it by the engine's own facts, with a safety for what nobody
// knows, and the proposal says so; what has sold for some days is between both; a storehouse that never sells is not taken for a
// store. Method: a fragile and a plain SKU of today, and a plain one that sold eight a day in five days.
#[test]
fn like_others() {
    let mut days = old();
    for (sku, node) in [("F-NEW", "S1"), ("P-NEW", "S1"), ("F-NEW", "DC")] {
        days.receive(59, sku, node, 1);
    }
    days.receive(53, "P-YOUNG", "S2", 60);
    for day in 54..60 {
        days.sell(day, "P-YOUNG", "S2", 7 + day as u64 % 3);
    }
    let shop = days.shop();
    let whole = plan(&shop, &date(60), None);
    let (fragile, plain) = (of(&whole, "F-NEW", "S1"), of(&whole, "P-NEW", "S1"));
    // Two weeks of twenty a day, and of two.
    assert!((220.0..340.0).contains(&why(fragile, "forecast")), "{fragile}");
    assert!((20.0..40.0).contains(&why(plain, "forecast")), "{plain}");
    for (its, kind) in [(fragile, 'F'), (plain, 'P')] {
        assert_eq!(its["why"]["days_seen"], json!(0));
        let alike = its["why"]["alike"].as_array().unwrap();
        assert!(alike.len() >= 8, "{its}");
        assert!(alike.iter().all(|its| its.as_str().unwrap().starts_with(kind)), "{its}");
        assert!(why(its, "safety_stock") > 0.04 * why(its, "forecast"), "{its}");
    }
    let young = of(&whole, "P-YOUNG", "S2");
    assert!((30.0..125.0).contains(&why(young, "forecast")), "{young}");
    assert!(!young["why"]["alike"].as_array().unwrap().is_empty());
    let all = whole["proposals"].as_array().unwrap();
    assert!(all.iter().all(|its| its["node"] != "DC"), "{whole}");
    let grown = of(&whole, "F0", "S1");
    assert!(grown["why"].get("alike").is_none(), "{grown}");
    let told = shop.run(&["replenish", DB, "--until", &date(60)]).done().text();
    assert!(told.contains(" like it) + "), "{told}");
}

// Goal: where too few others are there to be like, nothing is expected of what has not begun, as nobody can tell. Method: the
// same SKU of today beside two that are old.
#[test]
fn like_nobody() {
    let mut days = Days::new();
    days.receive(1, "MILK", "S1", 600);
    for day in 2..60 {
        days.sell(day, "MILK", "S1", 8 + day as u64 % 3);
    }
    days.receive(59, "TEA", "S1", 1);
    let whole = plan(&days.shop(), &date(60), None);
    let all = whole["proposals"].as_array().unwrap();
    assert!(all.iter().all(|its| its["sku"] == "MILK") && all.len() == 1, "{whole}");
}

// Goal: what an order must last for is told by all places together, where that is better, for the lead time of most. Method: 22
// SKUs that sell much every other seven days, each from a day of its own; no weekly season tells what the next seven want, and
// all of them together do.
#[test]
fn sums_of_all() {
    let mut days = Days::new();
    let first: BusinessDay = "2025-10-01".parse().unwrap();
    let at = |day: u32, hour: u32| format!("{}T{hour}:00:00Z", first.plus_days(day));
    days.lines.retain(|line| !line.contains("define_item"));
    days.lines = days.lines.iter().map(|line| line.replace("2026-07-01", "2025-09-30")).collect();
    let much = |sku: u32, day: u32| ((day + 3 * sku) / 7).is_multiple_of(2);
    let sold = |sku: u32, day: u32| {
        u64::from(if much(sku, day) { 15 } else { 3 } + (day * day * 7 + day + sku * 5) % 6)
    };
    for sku in 0..22 {
        let name = format!("T{sku}");
        days.say(&at(0, 10), "define_item", &json!({ "sku": name, "base_unit": "each" }));
        let qty = 1 + (1..330).map(|day| sold(sku, day)).sum::<u64>();
        days.say(&at(0, 11), "receive_stock", &json!({ "sku": name, "node": "S1", "qty": qty }));
    }
    for day in 1..330 {
        for sku in 0..22 {
            let line = json!({ "line": "1", "sku": format!("T{sku}"), "qty": sold(sku, day) });
            let sale = json!({ "order": format!("T{day}-{sku}"), "channel": "POS", "currency": "USD", "node": "S1",
                "happened_at": at(day, 16), "lines": [line] });
            days.say(&at(day, 16), "sell_through", &sale);
        }
    }
    let shop = days.shop();
    let until = first.plus_days(329).to_string();
    let policy = json!({ "version": 1, "defaults": { "lead_time_days": 3, "review_days": 4 } });
    let whole = plan(&shop, &until, Some(policy));
    // Day 329 is not over.
    let level = |sku: u32| why(of(&whole, &format!("T{sku}"), "S1"), "order_up_to");
    for sku in 0..22 {
        let sum: u64 = (329..336).map(|day| sold(sku, day)).sum();
        let found = level(sku) / sum as f64;
        assert!((0.99..1.4).contains(&found), "T{sku}: {} for {sum}", level(sku));
    }
}
