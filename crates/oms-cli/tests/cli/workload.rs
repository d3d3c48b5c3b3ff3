//! `oms workload`: releases in, hours and people out.

use serde_json::{Value, json};

use crate::shop::{DB, Shop};

/// Days of work.
const DAYS: u32 = 21;

/// A store that gets six orders at nine and three at four in the afternoon, its time, on open days; each of two lines, five
/// units, one package.
fn busy() -> Shop {
    let mut lines: Vec<String> = Vec::new();
    let mut say = |at: &str, verb: &str, payload: Value| {
        let id = format!("c{}", lines.len());
        lines.push(json!({ "id": id, "at": at, verb: payload }).to_string());
        id
    };
    let at = "2026-06-01T00:00:00Z";
    say(at, "define_pool", json!({ "id": "P" }));
    let hours = json!({ "open": "08:00", "close": "20:00" });
    let weekly: serde_json::Map<String, Value> = ["mon", "tue", "wed", "thu", "fri", "sat"]
        .iter()
        .map(|day| ((*day).to_owned(), hours.clone()))
        .collect();
    let lane = json!({ "to": { "region": "NY" }, "service": "ground", "cost_fixed": "4 USD",
        "cost_per_kg": "0 USD", "transit_days": 1 });
    let node = json!({ "id": "S1", "kind": "store", "pool": "P", "time_zone": "America/New_York",
        "capabilities": { "ship": true }, "calendar": { "weekly": weekly }, "lanes": [lane] });
    say(at, "define_location", node);
    say(at, "define_channel", json!({ "id": "WEB", "kind": "web", "pools": ["P"] }));
    for sku in ["A", "B"] {
        say(at, "define_item", json!({ "sku": sku, "base_unit": "each" }));
        say(at, "receive_stock", json!({ "sku": sku, "node": "S1", "qty": 10_000 }));
    }
    let ship = json!({ "ship": { "destination": { "country": "US", "region": "NY" } } });
    // The first of June was a Monday; New York is four hours behind.
    for day in (1..=DAYS).filter(|day| day % 7 != 0) {
        for (hour, orders) in [(13, 6), (20, 3)] {
            for n in 0..orders {
                let at = format!("2026-06-{day:02}T{hour}:{:02}:00Z", 5 * n);
                let order = format!("O{day}-{hour}-{n}");
                let placed = json!({ "order": order, "channel": "WEB", "currency": "USD",
                    "groups": [{ "group": "g", "to": ship }],
                    "lines": [{ "line": "1", "sku": "A", "qty": 2 }, { "line": "2", "sku": "B", "qty": 3 }] });
                say(&at, "place_order", placed);
                say(&at, "source", json!({ "orders": [order] }));
                say(&at, "release_to_node", json!({ "order": order, "node": "S1" }));
                let pack = json!({ "order": order, "node": "S1", "lines": [{ "line": "1", "qty": 2 }, { "line": "2", "qty": 3 }] });
                let packed = say(&at, "pack", pack);
                let sent =
                    json!({ "order": order, "package": format!("{packed}:0"), "carrier": "UPS" });
                say(&at, "ship", sent);
            }
        }
    }
    let shop = Shop::new();
    let told = shop.exec(lines.join("\n")).done();
    assert!(told.json().iter().all(|receipt| receipt["outcome"] == "accepted"));
    shop
}

fn plan(shop: &Shop, until: &str, tasks: Option<Value>) -> Value {
    let mut args = vec!["workload", DB, "--until", until, "--json"];
    if let Some(tasks) = tasks {
        shop.write("tasks.json", tasks.to_string());
        args.extend(["--tasks", "tasks.json"]);
    }
    shop.run(&args).done().one()
}

// Goal: the hours that had work have it again, in tasks and people, and no others; nothing on a closed day, nothing is changed.
// Method: three weeks of the same hours; what an order comes to; people by hand: six orders of two lines are twelve picks.
#[test]
fn hours() {
    let shop = busy();
    let before = shop.log();
    let told = plan(&shop, "2026-06-28", None);
    let node = &told["nodes"][0];
    assert_eq!(told["nodes"].as_array().unwrap().len(), 1);
    // The last hour with facts is not over: its three orders are not counted.
    assert_eq!(node["orders_seen"], json!(18 * 9 - 3));
    let mix = ["lines_per_order", "units_per_order", "packages_per_order"];
    assert_eq!(mix.map(|name| &node[name]), [2.0, 5.0, 1.0]);
    let hours = node["hours"].as_array().unwrap();
    let of = |day: &str, time: &str| {
        let found = hours.iter().find(|hour| hour["day"] == day && hour["time"] == time);
        found.unwrap_or_else(|| panic!("no {day} {time}: {hours:?}"))
    };
    let number = |value: &Value| value.as_f64().unwrap();
    let nine = of("2026-06-24", "09:00");
    assert!((4.5..7.0).contains(&number(&nine["orders"])), "{nine}");
    let (pick, pack) = (&nine["tasks"][0], &nine["tasks"][1]);
    assert_eq!((&pick["task"], &pack["task"]), (&json!("pick"), &json!("pack")));
    assert!((number(&pick["count"]) - 2.0 * number(&nine["orders"])).abs() < 1e-9);
    assert!((number(&pick["hours"]) - number(&pick["count"]) / 60.0).abs() < 1e-9);
    assert!(number(&pick["hours_staffed"]) >= number(&pick["hours"]) * 0.9);
    assert_eq!(nine["heads"], json!(2), "{nine}");
    assert!(number(&of("2026-06-24", "16:00")["orders"]) < number(&nine["orders"]));
    assert!(number(&of("2026-06-24", "03:00")["orders"]) < 0.3);
    let sunday = hours.iter().filter(|hour| hour["day"] == "2026-06-28");
    assert!(sunday.clone().count() >= 20 && sunday.clone().all(|hour| hour["heads"] == 0));
    assert_eq!(shop.log(), before);
    let text = shop.run(&["workload", DB, "--until", "2026-06-28"]).done().text();
    assert!(text.contains("09:00") && text.contains("pick "), "{text}");
    assert!(text.ends_with("staffed for 90 % of hours; nothing was changed\n"), "{text}");
}

// Goal: tasks are those of the file, and slower ones need more people. Method: twenty minutes a unit.
#[test]
fn tasks() {
    let shop = busy();
    let slow = json!({ "task": "sew", "per": "unit", "per_hour": 3, "target_share": 0.9, "within_hours": 0.25 });
    let told = plan(&shop, "2026-06-24", Some(json!({ "version": 1, "tasks": [slow] })));
    let hours = told["nodes"][0]["hours"].as_array().unwrap();
    let most = hours.iter().max_by_key(|hour| hour["heads"].as_u64()).unwrap();
    assert_eq!(most["tasks"][0]["task"], json!("sew"));
    // Thirty units an hour are ten hours of work.
    assert!((10..20).contains(&most["heads"].as_u64().unwrap()), "{most}");
}

// Goal: what cannot be used is told, and a file without work has no plan. Method: one of each.
#[test]
fn bad_input() {
    let shop = Shop::new();
    let told = |tasks: Value| {
        shop.write("tasks.json", tasks.to_string());
        let args = ["workload", DB, "--until", "2026-06-24", "--tasks", "tasks.json", "--json"];
        shop.run(&args).code(2).error()["message"].as_str().unwrap().to_owned()
    };
    assert!(told(json!({ "version": 7 })).contains("`version` is `7`; this engine reads `1`"));
    let task = |per_hour: f64| json!({ "version": 1, "tasks": [{ "task": "pick", "per": "line", "per_hour": per_hour }] });
    assert!(told(task(0.0)).contains("task `pick`: `per_hour` is `0`"));
    assert!(told(json!({ "version": 1, "level": 1.5 })).contains("`level`"));
    assert!(told(json!({ "version": 1, "rates": [] })).contains("unknown field `rates`"));
    shop.run(&["workload", DB, "--until", "soon"]).code(2);
    assert_eq!(plan(&shop, "2026-06-24", None)["nodes"], json!([]));
}
