//! Ways of sourcing by name: in a round, in a stream, and side by side on a recorded wave.

use serde_json::{Value, json};

use crate::shop::{DB, Shop, place, round};

/// The name of the sourcer that made the order's last plan.
fn sourced_by(shop: &Shop, order: &str) -> Value {
    let told = shop.run(&["explain", DB, order, "--json"]).done().one();
    told["decisions"].as_array().unwrap().last().unwrap()["decision"]["by"]["model"]["name"].clone()
}

// Goal: who names no policy gets the optimizer; a named one decides and signs its decisions; an unknown one is told with
// those that there are. Method: one order for each way, through both doors.
#[test]
fn a_policy_by_name() {
    let shop = Shop::open();
    for n in 1..=4 {
        shop.exec(place(&format!("c{n}"), &format!("O{n}"), 1)).done();
    }
    shop.run(&["source", DB, "--orders", "O1"]).done();
    shop.run(&["source", DB, "--orders", "O2", "--policy", "greedy"]).done();
    shop.exec(round("R3", &["O3"])).done();
    shop.pour(&["exec", DB, "--policy", "first_fit"], round("R4", &["O4"])).done();
    for (order, by) in [("O1", "optimal"), ("O2", "greedy"), ("O3", "optimal"), ("O4", "first_fit")]
    {
        assert_eq!(sourced_by(&shop, order), by, "{order}");
    }
    let told = shop.run(&["source", DB, "--policy", "best"]).code(2).err;
    assert!(told.contains("`best` is no policy: expected `optimal`, `greedy`"), "{told}");
    shop.run(&["verify", DB]).done();
}

// Goal: what a dry run recorded can be sourced by every policy, side by side, and nothing is changed by it. Method: an
// order of two units that the near and cheap node has, by hand: 4.10 and 0.10 for each unit's weight; what was written
// when nothing waited; what is no recorded wave.
#[test]
fn policies_side_by_side() {
    let shop = Shop::open();
    shop.exec(place("c1", "O1", 2)).done();
    let log = shop.log();
    shop.run(&["source", DB, "--dry-run", "--snapshot", "seen.json"]).done();
    let args =
        ["simulate-policies", "seen.json", "--policies", "optimal,greedy,first_fit", "--json"];
    let told = shop.run(&args).done().one();
    let shown: Vec<&Value> = told.as_array().unwrap().iter().map(|row| &row["policy"]).collect();
    assert_eq!(shown, [&json!("optimal"), &json!("greedy"), &json!("first_fit")]);
    for row in told.as_array().unwrap() {
        let of = |name: &str| row[name].as_u64().unwrap();
        assert_eq!((of("units"), of("unfilled"), of("packages"), of("split_orders")), (2, 0, 1, 0));
        assert_eq!(row["cost_minor"], told[0]["cost_minor"]);
    }
    let lines = shop.run(&["simulate-policies", "seen.json"]).done().lines();
    assert!(lines[0].starts_with("policy") && lines.len() == 5, "{lines:#?}");
    assert_eq!(shop.log(), log);
    shop.write("none.json", "null");
    let told = shop.run(&["simulate-policies", "none.json"]).done().text();
    assert!(told.starts_with("nothing waited"), "{told}");
    shop.write("bad.json", r#"{"seq":1}"#);
    let told = shop.run(&["simulate-policies", "bad.json", "--json"]).code(2).error();
    assert_eq!(told["code"], "recorded.unusable");
}

// Goal: an instance is compared as well: waves cost no more than order by order. Method: the near unit goes to the order
// that needs nothing else, which order by order does not see.
#[test]
fn policies_on_an_instance() {
    let shop = Shop::empty();
    let wave = json!({
        "version": 1, "name": "two", "currency": "USD", "regions": 1,
        "nodes": [
            { "id": "NEAR", "kind": "store", "capacity": null, "handling": 0, "can": [] },
            { "id": "FAR", "kind": "dc", "capacity": null, "handling": 0, "can": [] },
        ],
        "skus": [{ "id": "A", "weight_g": 0, "needs": [] }, { "id": "B", "weight_g": 0, "needs": [] }],
        "lanes": [[[400, 0, 1]], [[700, 0, 3]]],
        "stock": [[0, 0, 1, 0], [0, 1, 1, 0], [1, 0, 5, 0], [1, 1, 5, 0]],
        "orders": [
            { "id": "O1", "region": 0, "days": 5, "complete": false, "splits": null,
              "lines": [[0, 1, 5000]] },
            { "id": "O2", "region": 0, "days": 5, "complete": false, "splits": null,
              "lines": [[0, 1, 5000], [1, 1, 5000]] },
        ],
    });
    shop.write("wave.json", wave.to_string());
    let told = shop.run(&["simulate-policies", "wave.json", "--json"]).done().one();
    let cost = |at: usize| told[at]["cost_minor"].as_i64().unwrap();
    assert_eq!((cost(0), told[0]["bound_minor"].as_i64()), (1_100, Some(1_100)));
    assert!(cost(1) >= cost(0), "{told}");
    // All that a plan comes to is what the bound is held against.
    for row in told.as_array().unwrap() {
        let of = |name: &str| row[name].as_i64().unwrap();
        assert!(of("cost_minor") + of("unfilled_minor") >= 1_100, "{row}");
    }
}

/// Two orders, a node that is near and cheap and one that is far and clean; the near lot dies in two days.
fn with_facts() -> Value {
    json!({
        "version": 1, "name": "facts", "currency": "USD", "regions": 1,
        "nodes": [
            { "id": "NEAR", "kind": "store", "capacity": null, "handling": 0, "can": [] },
            { "id": "FAR", "kind": "dc", "capacity": null, "handling": 0, "can": [] },
        ],
        "skus": [{ "id": "A", "weight_g": 0, "needs": [] }],
        "lanes": [[[400, 0, 1]], [[450, 0, 3]]],
        "stock": [[0, 0, 2, 0], [1, 0, 5, 0]],
        "orders": [
            { "id": "O1", "region": 0, "days": 5, "complete": false, "splits": null,
              "lines": [[0, 1, 5000]], "due": 2 },
            { "id": "O2", "region": 0, "days": 5, "complete": false, "splits": null,
              "lines": [[0, 1, 5000]], "life": 4 },
        ],
        "carbon": [[1500], [200]], "markdown": [[1, 0, 120]], "lots": [[0, 0, 2], [1, 0, 30]],
    })
}

// Goal: late packages, CO2e and markdown stand side by side where the wave knows them, and green finds the clean way.
// Method: by hand: O2 wants a life that only the far lot has; O1 comes from near for 4.00 and 1,500 g, or from afar for
// 4.50 and 200 g, a day late, with 1.20 of markdown saved.
#[test]
fn facts_side_by_side() {
    let shop = Shop::empty();
    shop.write("wave.json", with_facts().to_string());
    let args = ["simulate-policies", "wave.json", "--policies", "optimal,balanced,green"];
    let told = shop.run(&[&args[..], &["--json"]].concat()).done().one();
    for (row, figures) in told.as_array().unwrap().iter().zip([
        [850, 0, 1_700, 120],
        [850, 0, 1_700, 120],
        [900, 1, 400, 240],
    ]) {
        let of = ["cost_minor", "late_packages", "carbon_g", "markdown_saved_minor"];
        assert_eq!(of.map(|name| row[name].as_i64().unwrap()), figures, "{row}");
    }
    let lines = shop.run(&args).done().lines();
    let head: Vec<&str> = lines[0].split_whitespace().collect();
    assert_eq!(head[5..], ["units", "unfilled", "late", "CO2e", "g", "markdown", "bound"]);
    let green: Vec<&str> = lines[3].split_whitespace().collect();
    assert_eq!(green, ["green", "900", "2", "0", "3.0", "2", "0", "1", "400", "240", "-"]);
}

// Goal: a wave tells what it weighed beside its money, for people and for programs, and an explanation names the lot that
// is too old. Method: the same wave, green: 0.20 of CO2e for each package at 10.00 a kilogram is 2.00 each.
#[test]
fn a_weighed_wave() {
    let shop = Shop::empty();
    shop.write("wave.json", with_facts().to_string());
    let args = ["allocate", "wave.json", "--gap", "0", "--policy", "green", "--explain", "O2"];
    let told = shop.run(&[&args[..], &["--json"]].concat()).done().one();
    assert_eq!((&told["total"], &told["bound"]), (&json!(900), &Value::Null));
    assert_eq!(told["weighed"], json!({ "carbon": 400 }));
    let facts = ["late_packages", "late_days", "carbon_g", "markdown_saved"];
    assert_eq!(facts.map(|name| told[name].as_i64().unwrap()), [1, 1, 400, 240]);
    let order = &told["explained"];
    assert_eq!(order["removed"], json!([{ "node": "NEAR", "sku": "A", "rule": "lot.too_old" }]));
    assert_eq!(order["packages"][0]["weighed"], json!({ "carbon": 200 }));
    let text = shop.run(&args).done().text();
    let lines: Vec<Vec<&str>> =
        text.lines().map(|line| line.split_whitespace().collect()).collect();
    for line in [
        "packages late 1",
        "CO2e kg 0.400",
        "markdown saved 2.40",
        "weighed carbon 4.00",
        "from days package weight handling opportunity cost CO2e kg markdown saved weighed",
        "FAR 3 4.50 0.00 0.00 0.00 4.50 0.200 1.20 2.00",
    ] {
        let line: Vec<&str> = line.split(' ').collect();
        assert!(lines.contains(&line), "{line:?} in {text}");
    }
    let mut short = with_facts();
    short["lots"] = json!([[0, 0, 2], [1, 0, 3]]);
    shop.write("short.json", short.to_string());
    let args = ["allocate", "short.json", "--json", "--explain", "O2"];
    let told = shop.run(&args).done().one();
    assert_eq!(told["unfilled"], json!({ "short.nodes_removed": 1 }));
    assert_eq!(told["explained"]["short"]["rules"], json!(["lot.too_old"]));
}
