//! Overlays that are none: every mistake is told with its code and its place. And what an order's rules are told as.
use crate::overlay::{held_back, may, overlay};
use crate::world::{Size, judge, world};
use oms_alloc::instance::Instance;
use oms_alloc::{
    MOST_NAMED, MOST_RULES, Overlay, WaveOptions, Weights, bill_ruled, explain_order, plan_wave,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn rule(does: &str, what: Value) -> Value {
    let mut rule = json!({ "id": "R", "reason": "because" });
    rule[does] = what;
    json!({ "version": 1, "rules": [rule] })
}

fn sound() -> Value {
    json!({ "version": 1, "rules": [
        { "id": "a", "forbid": { "where": { "nodes": ["N0"], "skus": ["S1"], "orders": ["O0"] } } },
        { "id": "b", "avoid": { "where": { "nodes": ["N0"], "regions": ["0"] }, "weight_minor": 9 } },
        { "id": "c", "prefer": { "where": { "orders": ["O0"] }, "weight_minor": 10_000_000 } },
        { "id": "d", "reserve": { "node": "N0", "sku": "S0", "units": 3 } },
        { "id": "e", "reason": "by phone", "pin": { "order": "O0", "node": "N1", "by": "anna" } },
        { "id": "f", "reason": "by phone",
          "pin": { "order": "O0", "sku": "S1", "node": "N1", "by": "anna" } },
    ] })
}

fn read(document: &Value) -> Result<Overlay, oms_alloc::BadOverlay> {
    Overlay::read(&serde_json::to_vec(document).unwrap())
}

/// Goal: every mistake has its code, its path, the rule, what was found and what was expected. Method: one mistake at a
/// time.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn mistakes_are_told_with_their_place() {
    let many: Vec<Value> = (0..=MOST_RULES)
        .map(|at| json!({ "id": at.to_string(), "forbid": { "where": { "nodes": ["N0"] } } }))
        .collect();
    let named: Vec<String> = (0..=MOST_NAMED).map(|at| format!("O{at}")).collect();
    let nodes = json!({ "nodes": ["N0"] });
    let pin = json!({ "order": "O0", "node": "N0", "by": "anna" });
    let mut no_reason = rule("pin", pin.clone());
    no_reason["rules"][0].as_object_mut().unwrap().remove("reason");
    let mut two = rule("pin", pin.clone());
    two["rules"][0]["reserve"] = json!({ "node": "N0", "sku": "S0", "units": 1 });
    let mut again = sound();
    again["rules"][1]["id"] = json!("a");
    let mut pinned = sound();
    pinned["rules"][5]["pin"].as_object_mut().unwrap().remove("sku");
    let mut long = rule("pin", pin);
    long["rules"][0]["id"] = json!("x".repeat(49));
    let mut blank = sound();
    blank["rules"][0]["reason"] = json!(" ");
    let cases = [
        (json!({ "version": 2, "rules": [] }), "version", "`version`: found 2, expected 1"),
        (json!({ "version": 1 }), "unreadable", "missing field `rules`"),
        (json!({ "version": 1, "rules": [], "x": 1 }), "unreadable", "unknown field `x`"),
        (json!({ "version": 1, "rules": [{ "id": "a" }] }), "unreadable", "`rules[0]` in line 1"),
        (two, "unreadable", "expected one of `forbid`, `avoid`, `prefer`, `reserve` and `pin`"),
        (
            json!({ "version": 1, "rules": many }),
            "too_many",
            "`rules`: found 4097, expected at most 4096 rules",
        ),
        (long, "bad_text", "`rules[0].id`: found `xxx"),
        (blank, "bad_text", "`rules[0].reason` of rule `a`: found ` `, expected a text of 1 to"),
        (again, "id_again", "`rules[1].id`: found `a` again, expected each id once"),
        (
            rule("forbid", json!({ "where": {} })),
            "names_nothing",
            "`rules[0].forbid.where` of rule `R`: found no list",
        ),
        (
            rule("forbid", json!({ "where": { "skus": [] } })),
            "names_nothing",
            "`rules[0].forbid.where.skus` of rule `R`: found an empty list",
        ),
        (
            rule("forbid", json!({ "where": { "orders": named } })),
            "too_many",
            "`rules[0].forbid.where.orders` of rule `R`: found 65537",
        ),
        (rule("forbid", json!({ "where": { "kind": ["dc"] } })), "unreadable", "unknown field"),
        (
            rule("avoid", json!({ "where": { "skus": ["S0"] }, "weight_minor": 5 })),
            "weighs_skus",
            "`rules[0].avoid.where.skus` of rule `R`: found SKUs, expected nodes, orders or",
        ),
        (
            rule("avoid", json!({ "where": nodes, "weight_minor": 0 })),
            "out_of_range",
            "`rules[0].avoid.weight_minor` of rule `R`: found 0, expected 1 to 10000000",
        ),
        (
            rule("prefer", json!({ "where": nodes, "weight_minor": 10_000_001 })),
            "out_of_range",
            "`rules[0].prefer.weight_minor` of rule `R`: found 10000001",
        ),
        (rule("prefer", json!({ "where": nodes, "weight_minor": 1.5 })), "unreadable", "`rules[0]"),
        (
            rule("reserve", json!({ "node": "N0", "sku": "S0", "units": 0 })),
            "out_of_range",
            "`rules[0].reserve.units` of rule `R`: found 0, expected 1 to 1073741824",
        ),
        (no_reason, "no_reason", "`rules[0].reason` of rule `R`: found none, expected a reason"),
        (pinned, "pinned_twice", "`rules[5].pin` of rule `f`: found a second pin beside rule `e`"),
        (
            rule("pin", json!({ "order": "O0", "node": "N0", "by": "" })),
            "bad_text",
            "`rules[0].pin.by` of rule `R`: found ``",
        ),
    ];
    for (document, code, told) in cases {
        let error = read(&document).unwrap_err();
        assert_eq!(error.code(), format!("overlay.{code}"), "{error}");
        assert!(error.to_string().contains(told), "{error} has no {told}");
    }
    for text in ["", "[", "null", "{}", "\u{0}", "{\"version\":1,\"rules\":[]}{}"] {
        assert_eq!(Overlay::read(text.as_bytes()).unwrap_err().code(), "overlay.unreadable");
    }
}

const SMALL: Size = Size { orders: 3, nodes: 3, skus: 3, lines: 2, units: 2 };

/// Goal: what a rule names and an instance has not is told with the rule. Method: one id at a time.
#[test]
fn unknown_names_are_told() {
    let world = Instance { regions: 1, ..world(1, SMALL) };
    read(&sound()).unwrap().check_names(&world).unwrap();
    for (path, id, told) in [
        (
            "/rules/0/forbid/where/nodes/0",
            "N9",
            "`rules[0].forbid.where.nodes` of rule `a`: found `N9`, expected a node",
        ),
        (
            "/rules/0/forbid/where/skus/0",
            "X",
            "`rules[0].forbid.where.skus` of rule `a`: found `X`, expected a SKU",
        ),
        (
            "/rules/2/prefer/where/orders/0",
            "O7",
            "`rules[2].prefer.where.orders` of rule `c`: found `O7`",
        ),
        (
            "/rules/1/avoid/where/regions/0",
            "1",
            "`rules[1].avoid.where.regions` of rule `b`: found `1`",
        ),
        ("/rules/1/avoid/where/regions/0", "00", "expected an index of a region"),
        ("/rules/3/reserve/sku", "S9", "`rules[3].reserve.sku` of rule `d`: found `S9`"),
        (
            "/rules/4/pin/order",
            "O9",
            "`rules[4].pin.order` of rule `e`: found `O9`, expected an order",
        ),
        ("/rules/5/pin/sku", "S9", "`rules[5].pin.sku` of rule `f`"),
        ("/rules/5/pin/node", "N9", "`rules[5].pin.node` of rule `f`"),
    ] {
        let mut document = sound();
        *document.pointer_mut(path).unwrap() = json!(id);
        let error = read(&document).unwrap().check_names(&world).unwrap_err();
        assert_eq!(error.code(), "overlay.unknown_id");
        assert!(error.to_string().contains(told), "{error} has no {told}");
    }
}

/// Goal: an overlay is written as it is read, and its mark tells it from others. Method: there and back.
#[test]
fn an_overlay_is_written_as_it_is_read() {
    let overlay = read(&sound()).unwrap();
    assert_eq!(Overlay::read(overlay.write().as_bytes()).unwrap(), overlay);
    let value: Value = serde_json::from_str(&overlay.write()).unwrap();
    assert_eq!(value, sound());
    let fewer = Overlay::new(overlay.rules()[1..].to_vec()).unwrap();
    assert_ne!(fewer.mark(), overlay.mark());
}

proptest! {
    /// Goal: no document panics. Method: sound ones with bytes changed.
    #[test]
    fn torn_documents_are_told(at in 0_usize..600, byte in any::<u8>()) {
        let mut text = serde_json::to_vec(&sound()).unwrap();
        let at = at % text.len();
        text[at] = byte;
        if let Err(error) = Overlay::read(&text) {
            prop_assert!(error.code().starts_with("overlay."));
        }
    }
}

/// How many worlds: fewer where the code is not optimized.
const WORLDS: u64 = if cfg!(debug_assertions) { 40 } else { 600 };

/// Goal: an explanation under rules adds up in true money, tells removed nodes with the rule that did so, and names rules
/// behind what is short only if they are there. Method: every order of random worlds; rules read by code of its own.
#[test]
fn explanations_name_rules() {
    let mut told_by = 0;
    let mut blocked = std::collections::BTreeMap::new();
    for seed in 0..WORLDS {
        let world = world(seed, SMALL);
        let overlay = overlay(seed, &world, seed % 2 == 0);
        let problem = world.problem_with(&overlay).unwrap();
        let options = WaveOptions { gap: 0.0, ..WaveOptions::default() };
        let outcome = plan_wave(&problem, &options, &mut |_| false);
        let bill = bill_ruled(&world, &overlay, &outcome.shipments).unwrap();
        let outcome = outcome.in_money(&bill, Weights::NONE, &overlay);
        let name = || format!("world {seed} under {}", overlay.write());
        let mut sum = 0;
        for order in 0..world.orders.len() {
            let told =
                explain_order(&world, Weights::NONE, &overlay, &problem, &outcome, order).unwrap();
            sum += told.bill.total;
            assert_eq!(told.competition, told.bill.total - told.alone, "{}", name());
            if !overlay.weighs() {
                assert!(told.competition >= 0, "{}", name());
                assert!(told.runner_up.is_none_or(|other| other.margin >= 0), "{}", name());
            }
            for row in &told.removed {
                let node = world.nodes.iter().position(|node| node.id == row.node).unwrap() as u32;
                let sku = world.skus.iter().position(|sku| sku.id == row.sku).unwrap() as u32;
                let by = |id: &str| overlay.rules().iter().find(|rule| rule.id == id);
                match row.rule {
                    "rule.forbidden" | "rule.pinned" => {
                        assert!(!may(&overlay, &world, order, sku, node), "{}: {row:?}", name());
                    }
                    "rule.reserved" => {
                        let less = held_back(&overlay, &world);
                        let left = less.stock.iter().find(|row| (row.0, row.1) == (node, sku));
                        assert_eq!(left.unwrap().2, 0, "{}: {row:?}", name());
                    }
                    _ => assert!(row.by.is_none(), "{}: {row:?}", name()),
                }
                if let Some(id) = &row.by {
                    assert!(by(id).is_some(), "{}: {row:?}", name());
                    told_by += 1;
                }
            }
            if let Some(rules) = told.short.and_then(|short| short.rules) {
                for rule in rules.iter().filter(|rule| rule.starts_with("rule.")) {
                    *blocked.entry(*rule).or_insert(0) += 1;
                }
            }
        }
        assert_eq!(sum, bill.total, "{}", name());
    }
    assert!(told_by > WORLDS / 4, "rules are told: {told_by}");
    assert!(blocked.len() == 4, "every kind is behind something: {blocked:?}");
}

/// Goal: the smallest set of rules behind what is short names the one kind that is. Method: an order that only one rule
/// of each kind keeps from its unit; without it the plan is full.
#[test]
fn the_rule_behind_what_is_short() {
    let text = r#"{ "version": 1, "name": "one", "currency": "USD", "regions": 1,
        "nodes": [{ "id": "N0", "kind": "dc", "capacity": null, "handling": 30, "can": [] },
                  { "id": "N1", "kind": "dc", "capacity": null, "handling": 30, "can": [] }],
        "skus": [{ "id": "S0", "weight_g": 500, "needs": [] }],
        "lanes": [[[430, 60, 1]], [null]], "stock": [[0, 0, 1, 0], [1, 0, 1, 0]],
        "orders": [{ "id": "O0", "region": 0, "days": 3, "complete": false, "splits": null,
                     "lines": [[0, 1, 2000]] }] }"#;
    let world = Instance::read(text.as_bytes()).unwrap();
    let all = json!({ "nodes": ["N0"] });
    for (does, what, code) in [
        ("forbid", json!({ "where": all }), "rule.forbidden"),
        ("pin", json!({ "order": "O0", "node": "N1", "by": "anna" }), "rule.pinned"),
        ("reserve", json!({ "node": "N0", "sku": "S0", "units": 5 }), "rule.reserved"),
        ("avoid", json!({ "where": all, "weight_minor": 5_000 }), "rule.avoided"),
    ] {
        let overlay = read(&rule(does, what)).unwrap();
        let problem = world.problem_with(&overlay).unwrap();
        let outcome = plan_wave(&problem, &WaveOptions::default(), &mut |_| false);
        let bill = bill_ruled(&world, &overlay, &outcome.shipments).unwrap();
        assert_eq!((bill.total, judge(&world, &outcome.shipments).unwrap()), (2_000, 2_000));
        let outcome = outcome.in_money(&bill, Weights::NONE, &overlay);
        let told = explain_order(&world, Weights::NONE, &overlay, &problem, &outcome, 0).unwrap();
        assert_eq!(told.short.unwrap().rules, Some(vec![code]), "{does}");
        let removed: Vec<_> = told.removed.iter().filter(|row| row.node == "N0").collect();
        if does == "avoid" {
            assert!(removed.is_empty());
        } else {
            assert_eq!((removed[0].rule, removed[0].by.as_deref()), (code, Some("R")));
        }
    }
}
