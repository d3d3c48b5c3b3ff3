//! Looking into a file: show, explain, events, stats; for people and for programs.

use serde_json::{Value, json};

use crate::shop::{AT, DB, Shop, place, round};

/// O1 sourced, packed and shipped; O2 short and on hold.
fn busy() -> Shop {
    let shop = Shop::open();
    let line = |id: &str, verb: &str, payload: &str| {
        format!(r#"{{"id":"{id}","at":"{AT}","actor":"ann","{verb}":{payload}}}"#)
    };
    let stream = [
        place("c1", "O1", 3),
        place("c2", "O2", 25),
        round("R1", &[]),
        line("c3", "release_to_node", r#"{"order":"O1","node":"n1"}"#),
        line("c4", "pack", r#"{"order":"O1","node":"n1","lines":[{"line":"1","qty":2}]}"#),
        line("c5", "ship", r#"{"order":"O1","package":"c4:0","carrier":"UPS","tracking":"1Z7"}"#),
        line("c6", "hold_order", r#"{"order":"O2","kind":"address"}"#),
    ];
    shop.exec(stream.join("\n")).done();
    shop
}

// Goal: people see where every unit of an order is, in aligned columns. Method: two orders in the
// middle of their lives, every line of the output.
#[test]
fn an_order() {
    let shop = busy();
    assert_eq!(
        shop.run(&["show", DB, "order", "O1"]).done().lines(),
        [
            "order O1   partly_shipped   channel WEB   placed 2026-11-24T09:00:00Z",
            "line  sku  qty  stage     where",
            "1     A      1  released  at n1",
            "1     A      2  shipped   package c4:0",
            "work c3:0   released   at n1",
            "package c4:0   shipped   from n1   UPS   1Z7",
            "promised home: 2026-11-25T05:00:00Z to 2026-11-26T05:00:00Z (90 %)",
        ]
    );
    let lines = shop.run(&["show", DB, "order", "O2"]).done().lines();
    assert!(lines[0].starts_with("order O2   on_hold   channel WEB"), "{lines:?}");
    assert!(lines.contains(&format!("held: address (address) since {AT}")), "{lines:?}");
    let card = shop.run(&["show", DB, "order", "O1", "--json"]).done().one();
    assert_eq!(card["status"], "partly_shipped");
    assert_eq!(card["lines"][0]["ordered"], 3);
    let stages: Vec<_> = card["lines"][0]["units"]
        .as_array()
        .unwrap()
        .iter()
        .map(|u| (&u["stage"], &u["qty"]))
        .collect();
    assert_eq!(stages, [(&json!("released"), &json!(1)), (&json!("shipped"), &json!(2))]);
}

// Goal: the stock of a SKU by node and pool, and a location with its lanes. Method: every line of the output.
#[test]
fn stock_and_location() {
    let shop = busy();
    assert_eq!(
        shop.run(&["show", DB, "stock", "A"]).done().lines(),
        [
            "node  available  buffered  allocated  inspect  damaged  quarantine",
            "n1            0         0          8        0        0           0",
            "n2            0         0         10        0        0           0",
            "in transit 2   outside: supplier -20",
        ]
    );
    let card = shop.run(&["--json", "show", DB, "stock", "A"]).done().one();
    assert_eq!(card["nodes"]["n1"], json!({ "allocated": 8 }));
    let fence = r#"{"id":"f","receive_stock":{"sku":"A","node":"n1","qty":9}}"#;
    shop.exec(fence).done();
    let lines = shop.run(&["show", DB, "stock", "A"]).done().lines();
    assert!(lines.iter().any(|line| line.starts_with("pool  claim")), "{lines:?}");
    assert_eq!(
        shop.run(&["show", DB, "location", "n1"]).done().lines(),
        [
            "location      n1",
            "kind          store",
            "pool          P",
            "time zone     America/New_York",
            "can           ship, pickup",
            "orders a day  no limit",
            "open          yes",
            "lane to    service  a parcel      a kg  days",
            "region NY  ground   4.10 USD  0.50 USD     1",
        ]
    );
    let card = shop.run(&["show", DB, "location", "n1", "--json"]).done().one();
    assert_eq!(card["lanes"][0]["to"]["region"], "NY");
    // An item that is known and was never there is no mistake.
    shop.exec(r#"{"id":"i","define_item":{"sku":"B","base_unit":"each"}}"#).done();
    assert_eq!(
        shop.run(&["show", DB, "stock", "B"]).done().lines(),
        ["no stock of B has ever moved"]
    );
    shop.run(&["show", DB, "stock", "B", "--json"]).done().one();
}

// Goal: an order's life and the reasons for its sourcing, from facts alone. Method: the timeline
// of an order in the middle of its life; the decision with its runner-up.
#[test]
fn an_explanation() {
    let shop = busy();
    let lines = shop.run(&["explain", DB, "O1"]).done().lines();
    assert_eq!(lines[0], "order O1   partly_shipped");
    let find = |what: &str| {
        lines.iter().position(|line| line.contains(what)).unwrap_or_else(|| {
            panic!("{what}: {lines:#?}");
        })
    };
    let plan = find("order.plan_committed");
    assert!(lines[plan].ends_with("by optimal 1"), "{}", lines[plan]);
    assert!(
        lines[plan + 1].trim_start().starts_with("3 from n1: in stock, 1 day, 4.40 USD"),
        "{}",
        lines[plan + 1]
    );
    assert!(lines[plan + 1].contains("n2 6.25 USD"), "{}", lines[plan + 1]);
    let order = ["order.placed", "units.claimed", "units.allocated", "order.promise_made"];
    let order = order.iter().chain(&["units.released", "units.packed", "units.shipped"]);
    let places: Vec<usize> = order.map(|what| find(what)).collect();
    assert!(places.is_sorted(), "{lines:#?}");
    assert!(lines[find("units.packed")].ends_with("2 of line 1 to packed at n1  by ann"));
    assert_eq!(lines[find("now") + 2], "1     A      1  released  at n1");
    let told = shop.run(&["explain", DB, "O1", "--json"]).done().one();
    assert_eq!(told["decisions"][0]["decision"]["chosen"][0]["node"], "n1");
    assert!(told["decisions"][0]["told"][0].as_str().unwrap().starts_with("3 from n1"));
    let packed = told["timeline"].as_array().unwrap().iter().find(|m| m["type"] == "units.packed");
    assert_eq!(packed.unwrap()["actor"], "ann");
    assert_eq!(packed.unwrap()["told"], "2 of line 1 to packed at n1");
}

// Goal: what waits is told as it would be sourced now, for people and as JSON. Method: an order for more than there is
// by rules, after each of them is the only one in the way.
#[test]
fn what_waits_is_explained() {
    let shop = busy();
    shop.exec(
        r#"{"id":"w1","define_item":{"sku":"W","base_unit":"each"}}
{"id":"w2","receive_stock":{"sku":"W","node":"n1","qty":2}}
{"id":"w3","place_order":{"order":"W1","channel":"WEB","currency":"USD","groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"NY"}}}}],"lines":[{"line":"1","sku":"W","qty":3}]}}"#,
    )
    .done();
    let lines = shop.run(&["explain", DB, "W1"]).done().lines();
    let now = lines.iter().position(|line| line == "sourced now").unwrap();
    let told: Vec<&str> = lines[now + 1..].iter().map(|line| line.trim()).collect();
    assert!(told[0].starts_with("2 from n1: in stock, 1 day, "), "{told:#?}");
    assert!(told.contains(&"without n1: 2 fewer units"), "{told:#?}");
    assert_eq!(told.last(), Some(&"behind the 1 short: short.no_stock"));
    let told = shop.run(&["explain", DB, "W1", "--json"]).done().one();
    let waiting = &told["waiting"];
    assert_eq!(waiting["planned"]["packages"][0]["node"], "n1");
    assert_eq!(waiting["planned"]["packages"][0]["drivers"][0]["code"], "cost.lane");
    assert_eq!(waiting["without"][0], json!({ "node": "n1", "fewer": 2, "margin": null }));
    assert_eq!(waiting["short"], json!({ "units": 1, "rules": ["short.no_stock"] }));
    // An order of which nothing waits has nothing to tell.
    let told = shop.run(&["explain", DB, "O1", "--json"]).done().one();
    assert_eq!(told["waiting"], Value::Null);
}

// Goal: the log from any position on, for people and as JSON Lines without gaps. Method: slices of
// one log against the whole.
#[test]
fn the_log() {
    let shop = busy();
    let all = shop.log();
    let events: Vec<Value> = all.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (n, event) in (1_u64..).zip(&events) {
        assert_eq!(event["seq"], n);
        assert_eq!(event["hash"].as_str().unwrap().len(), 64);
    }
    let slice = |args: &[&str]| {
        let args = [&["events", DB, "--json"], args].concat();
        shop.run(&args).done().lines()
    };
    assert_eq!(slice(&["--from", "9"]), all[8..]);
    assert_eq!(slice(&["--from=9", "--limit=4"]), all[8..12]);
    assert_eq!(slice(&["--from", "0"]), all);
    assert_eq!(slice(&["--limit", "0"]), [""; 0]);
    assert_eq!(slice(&["--from", "1000000"]), [""; 0]);
    let told = shop.run(&["events", DB, "--from", "7", "--limit", "3"]).done().lines();
    let row = |line: &str| -> Vec<String> {
        line.split("  ").map(str::trim).filter(|c| !c.is_empty()).map(str::to_owned).collect()
    };
    assert_eq!(row(&told[0]), ["7", AT, "stock.received", "stock/A/n2", "10 of A at n2"]);
    assert_eq!(row(&told[1]), ["8", AT, "order.placed", "order/O1", "1 line by WEB"]);
    // Columns stand one under the other.
    let at = |line: &str| line.find("2026-").unwrap();
    assert!(told.windows(2).all(|two| at(&two[0]) == at(&two[1])));
    let told = shop.run(&["events", DB, "--from", "x"]).code(2).err;
    assert!(told.contains("'x' for '--from <SEQ>'"), "{told}");
}

// Goal: counts of everything in the file, tenant by tenant. Method: a shop with two orders, then a second tenant.
#[test]
fn counts() {
    let shop = busy();
    let told = shop.run(&["stats", DB, "--json"]).done().one();
    let bytes = std::fs::metadata(shop.db()).unwrap().len();
    assert_eq!(told["bytes"], bytes);
    let main = &told["tenants"][0];
    assert_eq!(main["tenant"], "main");
    assert_eq!(main["events"], shop.log().len());
    assert_eq!(main["entities"]["order"], 2);
    assert_eq!(main["orders"], json!({ "on_hold": 1, "partly_shipped": 1 }));
    assert_eq!(main["units"], json!({ "open": 8, "allocated": 17, "released": 1, "shipped": 2 }));
    let lines = shop.run(&["stats", DB]).done().lines();
    assert_eq!(lines[0], "what       which           how many");
    assert!(lines.contains(&"units      allocated             17".to_owned()), "{lines:#?}");
    shop.pour(&["exec", DB, "--tenant", "west"], r#"{"id":"1","define_pool":{"id":"P"}}"#).done();
    let lines = shop.run(&["stats", DB]).done().lines();
    assert!(lines[0].starts_with("tenant  what"), "{lines:#?}");
    assert!(lines.iter().any(|line| line.starts_with("west    pools")), "{lines:#?}");
    let told = shop.run(&["stats", DB, "--json", "--tenant", "west"]).done().one();
    assert_eq!(told["tenants"].as_array().unwrap().len(), 1);
    // A new file has nothing in it, which is no failure.
    let new = Shop::new();
    new.run(&["stats", DB]).done();
    assert_eq!(new.run(&["stats", DB, "--json"]).done().one()["tenants"], json!([]));
}

// Goal: what is not there is said, by name, with exit status 1 and nothing on standard output, also
// as JSON; an id that can be none is another thing. Method: every command that takes an id.
#[test]
fn unknown_ids() {
    let shop = busy();
    for (args, code, text) in [
        (&["show", DB, "order", "O9"][..], "order.unknown", "there is no order `O9`"),
        (&["show", DB, "stock", "Z"], "item.unknown", "there is no item `Z`"),
        (&["show", DB, "location", "n9"], "location.unknown", "there is no location `n9`"),
        (&["explain", DB, "O9"], "order.unknown", "there is no order `O9`"),
    ] {
        let told = shop.run(args).code(1);
        assert_eq!(
            (told.text().as_str(), told.err),
            ("", format!("oms: {text} in tenant `main`\n"))
        );
        let json = shop.run(&[args, &["--json"]].concat()).code(1).error();
        assert_eq!(json, json!({ "code": code, "message": format!("{text} in tenant `main`") }));
    }
    let long = "x".repeat(65);
    for args in [
        &["show", DB, "order", ""][..],
        &["show", DB, "order", " O1"],
        &["show", DB, "stock", &long],
        &["explain", DB, "O\u{7}1"],
    ] {
        let error = shop.run(&[args, &["--json"]].concat()).code(2).error();
        assert_eq!(error["code"], "invalid.id_format");
    }
    let told = shop.run(&["show", DB, "ordr", "O1"]).code(2).err;
    assert!(told.contains("a similar value exists: 'order'"), "{told}");
}
