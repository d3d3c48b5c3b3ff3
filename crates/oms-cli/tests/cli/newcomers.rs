//! `oms replenish` of what has hardly begun: those like it speak for it.

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
                for day in 2..60_u64 {
                    let more = (day * day * 7 + day * 3 + id) % if usual > 1 { 5 } else { 3 };
                    days.sell(day as usize, &sku, node, usual + more);
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
