//! `oms replenish`: facts in, proposals out, and each number accounted for.

use serde_json::{Value, json};

use crate::morning::Dice;
use crate::shop::{DB, Shop};

/// A shop with a distribution center and two stores, sixty days of sales at the tills, and little left.
pub(crate) struct Days {
    pub(crate) lines: Vec<String>,
    dice: Dice,
}

impl Days {
    pub(crate) fn new() -> Days {
        let mut days = Days { lines: Vec::new(), dice: Dice(7) };
        let at = "2026-07-01T12:00:00Z";
        days.say(at, "define_pool", &json!({ "id": "P" }));
        for (node, kind) in [("DC", "dc"), ("S1", "store"), ("S2", "store")] {
            let can = json!({ "ship": true, "pickup": true });
            let node = json!({ "id": node, "kind": kind, "pool": "P", "time_zone": "UTC", "capabilities": can });
            days.say(at, "define_location", &node);
        }
        days.say(at, "define_channel", &json!({ "id": "POS", "kind": "pos", "pools": ["P"] }));
        for sku in ["MILK", "TEA"] {
            days.say(at, "define_item", &json!({ "sku": sku, "base_unit": "each" }));
        }
        days
    }

    pub(crate) fn say(&mut self, at: &str, verb: &str, payload: &Value) {
        let id = format!("c{}", self.lines.len());
        self.lines.push(json!({ "id": id, "at": at, verb: payload }).to_string());
    }

    pub(crate) fn receive(&mut self, day: usize, sku: &str, node: &str, qty: u64) {
        let at = format!("{}T13:00:00Z", date(day));
        self.say(&at, "receive_stock", &json!({ "sku": sku, "node": node, "qty": qty }));
    }

    pub(crate) fn sell(&mut self, day: usize, sku: &str, node: &str, qty: u64) {
        let at = format!("{}T16:00:00Z", date(day));
        let order = format!("T{}", self.lines.len());
        let line = json!({ "line": "1", "sku": sku, "qty": qty });
        let sale = json!({ "order": order, "channel": "POS", "currency": "USD", "node": node, "happened_at": at,
            "lines": [line] });
        self.say(&at, "sell_through", &sale);
    }

    /// So many days of sales, of milk 8 to 12 a day at S1 and half of it at S2.
    fn sales(&mut self, from: usize, to: usize) {
        for day in from..to {
            let qty = 8 + self.dice.below(5);
            self.sell(day, "MILK", "S1", qty);
            self.sell(day, "MILK", "S2", qty / 2);
            if self.dice.below(3) == 0 {
                self.sell(day, "TEA", "S1", 1);
            }
        }
    }

    pub(crate) fn shop(&self) -> Shop {
        let shop = Shop::new();
        let told = shop.exec(self.lines.join("\n")).done();
        assert!(told.json().iter().all(|receipt| receipt["outcome"] == "accepted"));
        shop
    }
}

/// A day of July and August, by its number.
pub(crate) fn date(day: usize) -> String {
    if day <= 31 { format!("2026-07-{day:02}") } else { format!("2026-08-{:02}", day - 31) }
}

pub(crate) fn usual() -> Days {
    let mut days = Days::new();
    for (node, qty) in [("DC", 60), ("S1", 620), ("S2", 310)] {
        days.receive(1, "MILK", node, qty);
    }
    days.receive(1, "TEA", "S1", 100);
    days.sales(2, 60);
    days
}

pub(crate) fn plan(shop: &Shop, until: &str, policy: Option<Value>) -> Value {
    let mut args = vec!["replenish", DB, "--until", until, "--json"];
    if let Some(policy) = policy {
        shop.write("policy.json", policy.to_string());
        args.extend(["--policy", "policy.json"]);
    }
    let plan = shop.run(&args).done().one();
    for its in plan["proposals"].as_array().unwrap() {
        adds_up(its);
    }
    plan
}

/// The law of a proposal's numbers.
fn adds_up(its: &Value) {
    let why = |name: &str| its["why"][name].as_f64().unwrap();
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a} {b} {its}");
    near(
        why("order_up_to"),
        why("forecast") + why("safety_stock") + why("cycle_stock") - why("spoils"),
    );
    near(why("position"), why("on_hand") + why("inbound") + why("planned_before") - why("owed"));
    near(why("needed"), (why("order_up_to") - why("position") - 1e-6).ceil());
    let left_out = why("above_most") + why("short_at_source") + why("over_budget");
    let units = its["units"].as_f64().unwrap();
    near(units, why("needed") + why("to_minimum") + why("to_multiple") - left_out);
}

pub(crate) fn of<'a>(plan: &'a Value, sku: &str, node: &str) -> &'a Value {
    let all = plan["proposals"].as_array().unwrap();
    let found = all.iter().find(|its| its["sku"] == sku && its["node"] == node);
    found.unwrap_or_else(|| panic!("nothing for {sku} at {node}: {plan}"))
}

// Goal: without a policy each store is bought two weeks of its own demand and some safety, in words as in numbers, and
// nothing is changed. Method: sixty days of ten a day; the numbers add up; the log is the same before and after.
#[test]
fn by_default() {
    let shop = usual().shop();
    let before = shop.log();
    let plan = plan(&shop, "2026-08-29", None);
    let milk = of(&plan, "MILK", "S1");
    assert_eq!(
        (&milk["kind"], &milk["source"], &milk["planned"]),
        (&json!("purchase"), &json!("supplier"), &json!(false))
    );
    assert_eq!((&milk["order_on"], &milk["due"]), (&json!("2026-08-28"), &json!("2026-09-04")));
    let why = |name: &str| milk["why"][name].as_f64().unwrap();
    assert!((130.0..150.0).contains(&why("forecast")), "{milk}");
    assert!((3.0..40.0).contains(&why("safety_stock")), "{milk}");
    assert!(why("days_seen") > 55.0 && why("fill_rate") > 0.95, "{milk}");
    assert_eq!(plan["proposals"].as_array().unwrap().len(), 2, "{plan}");
    assert_eq!(plan["enough"], json!(2));
    let told = shop.run(&["replenish", DB, "--until", "2026-08-29"]).done().text();
    assert!(told.contains(" in 14 days + ") && told.contains(" safety - "), "{told}");
    assert!(
        told.ends_with(
            "2 proposals by the facts of 2026-08-28; 2 need nothing; nothing was changed\n"
        ),
        "{told}"
    );
    assert_eq!(shop.log(), before);
}

// Goal: facts after the date are not read. Method: the same file with sixty days and with thirty: the same plan.
#[test]
fn as_of() {
    let mut short = usual();
    let later = format!("{}T", date(40));
    short
        .lines
        .retain(|line| !(line.contains("sell_through") && line.contains(r#""at":"2026-08"#)));
    assert!(!short.lines.iter().any(|line| line.contains(&later)));
    // A fact of the day after tells that the day was over.
    short.receive(32, "MILK", "DC", 1);
    let until = date(31);
    let (whole, short) = (plan(&usual().shop(), &until, None), plan(&short.shop(), &until, None));
    assert_eq!(whole, short);
    assert_eq!(whole["as_of"], json!(until));
}

// Goal: each term of a policy does what it says. Method: one policy that has them all, and each number reckoned again.
#[test]
fn terms() {
    let mut days = usual();
    // On the last day, of which nobody knows yet what it will have sold.
    days.sell(59, "MILK", "S2", 25);
    let shop = days.shop();
    let store = json!({ "where": { "nodes": ["S1", "S2"] },
        "set": { "source": { "node": "DC" }, "lead_time_days": [[1, 0.5], [3, 0.5]], "review_days": 2, "multiple": 6 } });
    let dc = json!({ "where": { "nodes": ["DC"] },
        "set": { "source": { "supplier": "DAIRY" }, "lead_time_days": 4, "multiple": 24, "service": { "fill": 0.99 } } });
    let tea = json!({ "where": { "skus": ["TEA"] }, "set": { "skip": true } });
    let inbound = json!([
        { "sku": "MILK", "node": "S2", "units": 7, "due": "2026-08-30" },
        { "sku": "MILK", "node": "S2", "units": 1000, "due": "2027-08-30" }
    ]);
    let mut policy = json!({ "version": 1, "rules": [store, dc, tea], "inbound": inbound });
    let whole = plan(&shop, "2026-08-28", Some(policy.clone()));
    let (first, second) = (of(&whole, "MILK", "S1"), of(&whole, "MILK", "S2"));
    assert_eq!((&first["kind"], &first["source"]), (&json!("transfer"), &json!("DC")));
    assert_eq!(first["why"]["protection_days"], json!(4.0));
    assert_eq!(second["why"]["inbound"], json!(7));
    assert!(first["units"].as_u64().unwrap() % 6 == 0);
    // The center is planned with the stores' stock and for their demand: 4 and 7 days of its own, 1 and 2 of theirs.
    let center = of(&whole, "MILK", "DC");
    assert_eq!(
        (&center["source"], &center["why"]["protection_days"]),
        (&json!("DAIRY"), &json!(14.0))
    );
    assert!((195.0..225.0).contains(&center["why"]["forecast"].as_f64().unwrap()), "{center}");
    let on_hand = |its: &Value| its["why"]["on_hand"].as_i64().unwrap();
    assert_eq!(on_hand(center), 60 + on_hand(first) + on_hand(second));
    assert!(!whole.to_string().contains("TEA"));

    // What spoils after two days on the shelf is not held for a week; what costs too much is not bought.
    policy["rules"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "set": { "unit_cost": "1.50 USD", "multiple": 1 } }));
    policy["budget"] = json!("90 USD");
    let poor = plan(&shop, "2026-08-28", Some(policy.clone()));
    let center = of(&poor, "MILK", "DC");
    assert_eq!((&center["units"], &poor["spent"]), (&json!(60), &json!("90.00 USD")));
    assert!(center["why"]["over_budget"].as_u64().unwrap() > 0);
    let alone = json!({ "version": 1, "defaults": { "shelf_life_days": 2, "lead_time_days": 1, "minimum": 50, "most": 100 } });
    let fresh = plan(&shop, "2026-08-28", Some(alone));
    let fresh = of(&fresh, "MILK", "S2");
    assert!(fresh["why"]["spoils"].as_f64().unwrap() > 20.0, "{fresh}");
    assert_eq!(fresh["units"], json!(50));
    let cases = json!({ "version": 1, "defaults": { "shelf_life_days": 2, "lead_time_days": 1, "multiple": 2 } });
    let cases = plan(&shop, "2026-08-28", Some(cases));
    // Less than the need, for one more case would spoil.
    let cases = of(&cases, "MILK", "S2");
    let number = |of: &Value| of.as_u64().unwrap();
    assert!(number(&cases["units"]) == 2 && number(&cases["why"]["needed"]) > 2, "{cases}");
}

// Goal: what an order costs makes orders fewer and larger, what units cost makes service, and nothing else changes. Method:
// eight weeks with and without a cost of an order; a position above the reorder point orders nothing; costs as a share.
#[test]
fn costs() {
    let shop = usual().shop();
    let plan = |more: Value| {
        let mut defaults = json!({ "review_days": 1, "holding_cost": 0.01 });
        defaults.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        plan(&shop, "2026-10-20", Some(json!({ "version": 1, "defaults": defaults })))
    };
    let orders = |plan: &Value| -> Vec<Value> {
        let all = plan["proposals"].as_array().unwrap().clone();
        all.into_iter().filter(|its| its["sku"] == "MILK" && its["node"] == "S1").collect()
    };
    let (free, dear) = (orders(&plan(json!({}))), orders(&plan(json!({ "order_cost": 20.0 }))));
    let units = |all: &[Value]| all.iter().map(|its| its["units"].as_f64().unwrap()).sum::<f64>();
    // Ten a day at 0.01 and 20: about 200 an order.
    assert!(free.len() > 40 && (2..8).contains(&dear.len()), "{} {}", free.len(), dear.len());
    assert!((units(&dear) - units(&free)).abs() < 220.0, "{} {}", units(&dear), units(&free));
    for its in &dear {
        let why = |name: &str| its["why"][name].as_f64().unwrap();
        assert!(why("position") <= why("reorder_point") && why("cycle_stock") > 100.0, "{its}");
    }
    assert!(free.iter().all(|its| its["why"]["reorder_point"].is_null()));
    let costs = plan(json!({ "service": { "costs": { "missed": 9.0, "left": 1.0 } } }));
    assert_eq!(costs, plan(json!({ "service": { "cycle": 0.9 } })));
}

// Goal: a center that has too little shares it out, and nobody gets what is not there. Method: three units in it.
#[test]
fn scarce_at_the_source() {
    let mut days = usual();
    days.sell(59, "MILK", "DC", 57);
    let shop = days.shop();
    let policy = json!({ "version": 1, "rules": [{ "where": { "nodes": ["S1", "S2"] }, "set": { "source": { "node": "DC" } } }] });
    let plan = plan(&shop, "2026-08-29", Some(policy));
    let (first, second) = (of(&plan, "MILK", "S1"), of(&plan, "MILK", "S2"));
    let units = |its: &Value| its["units"].as_u64().unwrap();
    assert!(units(first) + units(second) <= 3 && units(first) > 0, "{plan}");
    assert!(first["why"]["short_at_source"].as_u64().unwrap() > 50);
}

// Goal: a plan to a later date has an order for each review, each on top of the one before. Method: five weeks.
#[test]
fn ahead() {
    let plan = plan(&usual().shop(), "2026-10-02", None);
    let all = plan["proposals"].as_array().unwrap();
    let milk: Vec<&Value> =
        all.iter().filter(|its| its["sku"] == "MILK" && its["node"] == "S1").collect();
    let days: Vec<&str> = milk.iter().map(|its| its["order_on"].as_str().unwrap()).collect();
    assert_eq!(
        days,
        ["2026-08-28", "2026-09-04", "2026-09-11", "2026-09-18", "2026-09-25", "2026-10-02"]
    );
    for later in &milk[1..] {
        assert_eq!(later["planned"], json!(true));
        // About a week's demand.
        assert!((50..90).contains(&later["units"].as_u64().unwrap()), "{later}");
    }
}

// Goal: an empty shelf is no lack of demand. Method: twenty days without stock amid the sales, and the same demand after.
#[test]
fn empty_shelves() {
    let mut days = Days::new();
    days.receive(1, "MILK", "S1", 10 * 19);
    for day in 2..21 {
        days.sell(day, "MILK", "S1", 10);
    }
    days.receive(40, "MILK", "S1", 10 * 20);
    for day in 41..61 {
        days.sell(day, "MILK", "S1", 10);
    }
    let plan = plan(&days.shop(), "2026-08-29", None);
    let milk = of(&plan, "MILK", "S1");
    assert!(milk["why"]["days_out_of_stock"].as_u64().unwrap() >= 19, "{milk}");
    assert!((136.0..144.0).contains(&milk["why"]["forecast"].as_f64().unwrap()), "{milk}");
}

// Goal: what customers wait for is bought on top, wherever it waits. Method: an order to ship that finds half of what it
// wants, and a pickup that finds nothing.
#[test]
fn owed() {
    let mut days = usual();
    let at = format!("{}T18:00:00Z", date(59));
    days.say(&at, "define_channel", &json!({ "id": "WEB", "kind": "web", "pools": ["P"] }));
    let ship = json!({ "ship": { "destination": { "country": "US", "region": "NY" } } });
    for (order, to, qty) in
        [("O1", ship, 500), ("O2", json!({ "pickup": { "location": "S2" } }), 40)]
    {
        let placed = json!({ "order": order, "channel": "WEB", "currency": "USD",
            "groups": [{ "group": "g", "to": to }], "lines": [{ "line": "1", "sku": "MILK", "qty": qty }] });
        days.say(&at, "place_order", &placed);
    }
    let plan = plan(&days.shop(), "2026-08-28", None);
    let owed: i64 = plan["proposals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|its| its["why"]["owed"].as_i64().unwrap())
        .sum();
    assert_eq!(owed, 540, "{plan}");
    assert!(of(&plan, "MILK", "S2")["why"]["owed"].as_i64().unwrap() >= 40);
}

// Goal: a slip of the pen does not pass in silence: what a policy names and nobody defined is told with its place, once, and
// the rest of the policy counts. Method: one of each part, and the same without slips.
#[test]
fn unknown_names() {
    let shop = usual().shop();
    let promotion =
        json!({ "where": { "skus": ["TEE"] }, "from": "2026-08-01", "to": "2026-08-01" });
    let policy = |sku: &str, node: &str| {
        json!({ "version": 1, "promotions": [promotion],
            "rules": [{ "set": { "multiple": 6 } },
                { "where": { "skus": [sku], "nodes": ["S1", node] }, "set": { "multiple": 12 } },
                { "where": { "skus": [sku] }, "set": { "source": { "node": "S1" } } }],
            "inbound": [{ "sku": "MILK", "node": "S5", "units": 9, "due": "2026-08-30" }],
            "siblings": [{ "nodes": ["S1", "S6"], "days": 1 }] })
    };
    let whole = plan(&shop, "2026-08-29", Some(policy("MLIK", "S4")));
    let told = [
        ("rule 2", "sku", "MLIK"),
        ("promotion 1", "sku", "TEE"),
        ("rule 2", "node", "S4"),
        ("inbound 1", "node", "S5"),
        ("siblings 1", "node", "S6"),
    ];
    let told: Vec<Value> =
        told.map(|(place, what, name)| json!({ "place": place, what: name })).into();
    assert_eq!(whole["unknown"], json!(told));
    assert!(of(&whole, "MILK", "S1")["units"].as_u64().unwrap().is_multiple_of(6));
    let args = ["replenish", DB, "--until", "2026-08-29", "--policy", "policy.json"];
    let text = shop.run(&args).done().text();
    assert!(
        text.contains("rule 2 names SKU `MLIK`, which was never defined: it does nothing\n"),
        "{text}"
    );
    let right = json!({ "version": 1, "rules": [{ "where": { "skus": ["MILK"], "nodes": ["S1"] }, "set": {} }] });
    assert_eq!(plan(&shop, "2026-08-29", Some(right)).get("unknown"), None);
}

// Goal: what cannot be used is told with its place, and an empty file needs nothing. Method: one of each.
#[test]
fn bad_input() {
    let shop = usual().shop();
    let told = |policy: Value| {
        shop.write("policy.json", policy.to_string());
        let args = ["replenish", DB, "--until", "2026-08-28", "--policy", "policy.json", "--json"];
        let told = shop.run(&args).code(2);
        told.error()["message"].as_str().unwrap().to_owned()
    };
    assert!(told(json!({ "version": 2 })).contains("`version` is `2`; this engine reads `1`"));
    assert!(told(json!({ "version": 1, "leadtime": 3 })).contains("unknown field `leadtime`"));
    let off = json!({ "version": 1, "rules": [{ "set": { "service": { "fill": 1.5 } } }] });
    assert!(told(off).contains("rule 1: `fill rate` is `1.5`"));
    let circle = json!({ "version": 1, "rules": [
        { "where": { "nodes": ["S1"] }, "set": { "source": { "node": "S2" } } },
        { "where": { "nodes": ["S2"] }, "set": { "source": { "node": "S1" } } }] });
    assert!(told(circle).contains("break the circle in the policy's sources"));
    let nowhere = json!({ "version": 1, "rules": [{ "where": { "skus": ["TEA"] }, "set": { "source": { "node": "D" } } }] });
    assert!(told(nowhere).contains("comes from `D`, which is closed or was never defined"));
    let free = json!({ "version": 1, "budget": "10 USD" });
    assert!(told(free).contains("give it a `unit_cost`"));
    let long = json!({ "version": 1, "defaults": { "lead_time_days": 999_999 } });
    assert!(
        told(long).contains("the defaults: `lead_time` is `999999`; give 3650 periods at most")
    );
    let never = json!({ "version": 1, "defaults": { "lead_time_days": -1 } });
    assert!(told(never).contains("`lead_time_days` is days from 0 on, such as 7"));
    let late =
        json!({ "version": 1, "promotions": [{ "from": "2026-08-02", "to": "2026-08-01" }] });
    assert!(told(late).contains("promotion 1: it ends on `2026-08-01`, before it begins"));
    let deep = json!({ "version": 1, "promotions": [{ "from": "2026-08-01", "to": "2026-08-01", "discount": 20 }] });
    assert!(told(deep).contains("promotion 1: `discount` is `20`; give a share from 0 to 1"));
    let far = json!({ "version": 1, "siblings": [{ "nodes": ["S1", "S2"], "days": 9999 }] });
    assert!(told(far).contains("siblings 1: `days` is `9999`"));
    let group = |nodes: usize| {
        let nodes: Vec<String> = (0..nodes).map(|node| format!("N{node}")).collect();
        json!({ "nodes": nodes, "days": 1 })
    };
    let crowd = json!({ "version": 1, "siblings": [group(1_001)] });
    assert!(told(crowd).contains("siblings 1: the groups up to it make `1001000` ways"));
    let crowds = json!({ "version": 1, "siblings": [group(1_000), group(2)] });
    assert!(told(crowds).contains("siblings 2: the groups up to it make `999002` ways"));
    let most = json!({ "version": 1, "siblings": [group(1_000)] });
    plan(&shop, "2026-08-28", Some(most));
    shop.run(&["replenish", DB, "--until", "yesterday"]).code(2);
    shop.run(&["replenish", DB, "--until", "2100-01-01"]).code(2);
    shop.run(&["replenish", "none.oms", "--until", "2026-08-28"]).code(2);
    let empty = Shop::new().run(&["replenish", DB, "--until", "2026-08-28"]).done().text();
    assert_eq!(
        empty,
        "0 proposals by the facts of 2026-08-28; 0 need nothing; nothing was changed\n"
    );
}
