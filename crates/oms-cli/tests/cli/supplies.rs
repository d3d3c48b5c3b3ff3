//! `oms replenish`: what it knows ahead, what siblings give, and where along a chain safety stock lies.

use serde_json::{Value, json};

use crate::replenish::{Days, date, of, plan, usual};
use crate::shop::{DB, Shop};

fn why(its: &Value, name: &str) -> f64 {
    its["why"][name].as_f64().unwrap_or_else(|| panic!("no {name} in {its}"))
}

fn units(its: &Value) -> u64 {
    its["units"].as_u64().unwrap()
}

fn all(plan: &Value) -> &Vec<Value> {
    plan["proposals"].as_array().unwrap()
}

// Goal: a promotion that is planned is bought for, by what those of the past were worth, and told. Method: ten a day, thirty
// on three promoted days of every other week; the next two weeks have three such days, or none.
#[test]
fn promotions() {
    let mut days = Days::new();
    days.receive(1, "MILK", "S1", 853);
    let mut known = Vec::new();
    for day in 2..60 {
        let promoted = day % 14 < 3;
        if promoted {
            known
                .push(json!({ "where": { "skus": ["MILK"] }, "from": date(day), "to": date(day) }));
        }
        let usual = 9 + (day as u64 * 7) % 3;
        days.sell(day, "MILK", "S1", if promoted { 3 * usual } else { usual });
    }
    let shop = days.shop();
    let policy = |promotions: &[Value]| {
        Some(json!({ "version": 1, "promotions": promotions, "defaults": { "lead_time_days": 2 } }))
    };
    let until = date(60);
    let without = plan(&shop, &until, policy(&known));
    let planned =
        json!({ "where": { "skus": ["MILK"] }, "from": "2026-08-30", "to": "2026-09-01" });
    known.push(planned);
    let with = plan(&shop, &until, policy(&known));
    let (without, with) = (of(&without, "MILK", "S1"), of(&with, "MILK", "S1"));
    let more = why(with, "forecast") - why(without, "forecast");
    assert!((40.0..80.0).contains(&more), "{more}: {without} {with}");
    assert!((80.0..110.0).contains(&why(without, "forecast")), "{without}");
    assert_eq!((why(with, "days_promoted"), why(without, "days_promoted")), (3.0, 0.0));
    // Nobody who is told of no promotion knows that demand was more even than it looks.
    let blind = plan(&shop, &until, policy(&[]));
    let blind = of(&blind, "MILK", "S1");
    assert!(why(blind, "safety_stock") > why(without, "safety_stock"), "{blind} {without}");
}

// Goal: nothing is expected of days on which a node is closed by its calendar, and a closed day is no day without demand.
// Method: ten a day from Monday to Saturday; two weeks are twelve days.
#[test]
fn closed_days() {
    let mut days = Days::new();
    let hours = json!({ "open": "08:00", "close": "20:00" });
    let weekly: serde_json::Map<String, Value> = ["mon", "tue", "wed", "thu", "fri", "sat"]
        .iter()
        .map(|day| ((*day).to_owned(), hours.clone()))
        .collect();
    let can = json!({ "ship": true, "pickup": true });
    let calendar = json!({ "weekly": weekly, "holidays": ["2026-09-02"] });
    let node = json!({ "id": "S1", "kind": "store", "pool": "P", "time_zone": "UTC", "capabilities": can,
        "calendar": calendar });
    days.say("2026-07-01T12:00:00Z", "define_location", &node);
    days.receive(1, "MILK", "S1", 10 * 51);
    // The first of July was a Wednesday.
    for day in (2..60).filter(|day| day % 7 != 5) {
        days.sell(day, "MILK", "S1", 10);
    }
    let plan = plan(&days.shop(), &date(59), None);
    let milk = of(&plan, "MILK", "S1");
    // One of the twelve is a holiday.
    assert!((105.0..116.0).contains(&why(milk, "forecast")), "{milk}");
    assert!(why(milk, "safety_stock") < 15.0, "{milk}");
}

// Goal: a shelf that goes empty in the evening tells the least that was wanted. Method: ten to fourteen a day, of which eleven
// were there: sales never tell that more is wanted, days in which they ran out do.
#[test]
fn sold_out() {
    let mut days = Days::new();
    for day in 1..60 {
        // Delivered each morning; what is left stays.
        let wanted = 10 + (day as u64 * 3) % 5;
        days.receive(day, "MILK", "S1", wanted.min(11));
        days.sell(day, "MILK", "S1", wanted.min(11));
        if wanted < 11 {
            days.receive(day, "MILK", "S1", 1);
            days.sell(day, "MILK", "S1", 1);
        }
    }
    let plan = plan(&days.shop(), &date(59), None);
    let milk = of(&plan, "MILK", "S1");
    assert!(why(milk, "days_recovered") > 30.0, "{milk}");
    assert!(why(milk, "forecast") > 14.0 * 11.05, "{milk}");
}

fn siblings(more: Value) -> Option<Value> {
    let mut policy = json!({ "version": 1, "siblings": [{ "nodes": ["S1", "S2"], "days": 1 }] });
    policy.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Some(policy)
}

/// A shop whose S1 has far too much milk.
fn rich() -> Days {
    let mut days = usual();
    days.receive(59, "MILK", "S1", 400);
    days
}

// Goal: what a sibling has above its level is moved before anything is bought, it keeps its level, and every unit is moved
// once. Method: S1 has 400 too many; the same shop without a word of siblings.
#[test]
fn siblings_help() {
    let shop = rich().shop();
    let alone = plan(&shop, &date(59), None);
    assert!(all(&alone).iter().all(|its| its["kind"] == "purchase"));
    let bought_alone = of(&alone, "MILK", "S2");
    let whole = plan(&shop, &date(59), siblings(json!({})));
    let moved: Vec<&Value> = all(&whole).iter().filter(|its| its["kind"] == "transfer").collect();
    let [moved] = moved.as_slice() else { panic!("{whole}") };
    assert_eq!((&moved["source"], &moved["node"]), (&json!("S1"), &json!("S2")));
    assert_eq!((&moved["order_on"], &moved["due"]), (&json!("2026-08-28"), &json!("2026-08-29")));
    let bought: u64 = all(&whole)
        .iter()
        .filter(|its| its["kind"] == "purchase" && its["node"] == "S2" && its["sku"] == "MILK")
        .map(units)
        .sum();
    assert_eq!(units(moved) + bought, units(bought_alone), "{whole}");
    assert!(units(moved) > 30);
    assert!(!all(&whole).iter().any(|its| its["node"] == "S1" && its["sku"] == "MILK"));
    let told = shop.run(&["replenish", DB, "--until", "2026-08-28", "--policy", "policy.json"]);
    assert!(told.done().text().contains("  S1"));
    // In full cases, and not at all where it costs more than it saves.
    let cases = siblings(json!({ "defaults": { "multiple": 12 } }));
    let cases = plan(&shop, &date(59), cases);
    let cases: Vec<&Value> = all(&cases).iter().filter(|its| its["kind"] == "transfer").collect();
    assert!(cases.iter().all(|its| units(its).is_multiple_of(12)) && cases.len() == 1, "{cases:?}");
    let dear = json!([{ "nodes": ["S1", "S2"], "days": 1, "unit_cost": "900 USD" }]);
    let dear = json!({ "version": 1, "siblings": dear, "defaults": { "unit_cost": "1 USD" } });
    let dear = plan(&shop, &date(59), Some(dear));
    assert!(all(&dear).iter().all(|its| its["kind"] == "purchase"), "{dear}");
}

// Goal: at later reviews too a sibling gives before anything is bought, and its surplus is moved once. Method: eight weeks of a
// shop whose S1 has enough for many weeks; with siblings as much is bought less as is moved, and no more is moved than S1 has
// above its level.
#[test]
fn siblings_help_later() {
    let mut days = rich();
    days.receive(59, "MILK", "S1", 600);
    let shop = days.shop();
    let until = "2026-10-20";
    let bought = |plan: &Value| {
        let all = all(plan).iter().filter(|its| its["kind"] == "purchase" && its["sku"] == "MILK");
        all.map(units).sum::<u64>()
    };
    let (alone, whole) = (plan(&shop, until, None), plan(&shop, until, siblings(json!({}))));
    let moved: Vec<&Value> = all(&whole).iter().filter(|its| its["kind"] == "transfer").collect();
    assert!(moved.len() > 2 && moved.iter().all(|its| its["node"] == "S2"), "{whole}");
    assert_eq!(moved.iter().filter(|its| its["planned"] == false).count(), 1);
    assert!(moved.windows(2).all(|two| two[0]["order_on"].as_str() < two[1]["order_on"].as_str()));
    let sum: u64 = moved.iter().map(|its| units(its)).sum();
    // Ten a day for some fifty days are S1's own; the rest of a thousand and what it had is free.
    assert!((100..700).contains(&sum), "{sum}");
    // What S1 gave it may have to buy later itself, but never more than that.
    assert!(bought(&whole) <= bought(&alone) && bought(&whole) + sum >= bought(&alone), "{whole}");
}

// Goal: a sibling that lacks more units than can be thought about one by one is helped all the same, with what it needs, and
// one that lacks few gets few of a huge surplus. Method: 40,000 or 4 a day at S2, and millions at S1.
#[test]
fn siblings_help_at_any_size() {
    for each in [40_000, 4] {
        let mut days = Days::new();
        days.receive(1, "MILK", "S1", 5_000_000);
        days.receive(1, "MILK", "S2", each * 45);
        for day in 2..60 {
            days.sell(day, "MILK", "S1", 5 + (day as u64 * 7) % 3);
            days.sell(day, "MILK", "S2", each - each / 4 * ((day as u64 * 7) % 3));
        }
        let shop = days.shop();
        let bought = plan(&shop, &date(59), None);
        let bought = units(of(&bought, "MILK", "S2"));
        let whole = plan(&shop, &date(59), siblings(json!({})));
        let there = all(&whole).iter().filter(|its| its["node"] == "S2");
        let (moved, rest): (Vec<&Value>, Vec<&Value>) =
            there.partition(|its| its["kind"] == "transfer");
        let [moved] = moved.as_slice() else { panic!("{whole}") };
        assert!(bought / 2 < units(moved) && units(moved) <= bought, "{whole}");
        assert_eq!(units(moved) + rest.into_iter().map(units).sum::<u64>(), bought, "{whole}");
        assert!(each == 4 || bought > 200_000, "{bought}");
    }
}

// Goal: the engine's own lanes between locations are ways too, in their direction. Method: a lane from S1 to S2, and one back.
#[test]
fn lanes_are_ways() {
    for (from, to, moves) in [("S1", "S2", 1), ("S2", "S1", 0)] {
        let mut days = rich();
        let lane = json!({ "to": { "location": to }, "service": "van", "cost_fixed": "1 USD",
            "cost_per_kg": "0 USD", "transit_days": 2 });
        let can = json!({ "ship": true, "pickup": true });
        let node = json!({ "id": from, "kind": "store", "pool": "P", "time_zone": "UTC",
            "capabilities": can, "lanes": [lane] });
        days.say("2026-08-28T17:00:00Z", "define_location", &node);
        let plan = plan(&days.shop(), &date(59), None);
        let moved: Vec<&Value> =
            all(&plan).iter().filter(|its| its["kind"] == "transfer").collect();
        assert_eq!(moved.len(), moves, "{plan}");
        assert!(moved.iter().all(|its| its["due"] == "2026-08-30"));
    }
}

fn chain(center: f64) -> Option<Value> {
    let stores = json!({ "where": { "nodes": ["S1", "S2"] },
        "set": { "source": { "node": "DC" }, "lead_time_days": 1, "review_days": 1, "holding_cost": 1.0 } });
    let dc = json!({ "where": { "nodes": ["DC"] }, "set": { "lead_time_days": 4, "holding_cost": center } });
    Some(
        json!({ "version": 1, "rules": [stores, dc, { "where": { "skus": ["TEA"] }, "set": { "skip": true } }] }),
    )
}

// Goal: along a chain that the policy prices, safety stock lies where it costs least, and each proposal follows it. Method: a
// center in which stock costs next to nothing, and one in which it costs more than in the stores.
#[test]
fn chains() {
    let mut days = usual();
    for node in ["S1", "S2"] {
        days.sell(59, "MILK", node, 35);
    }
    let shop = days.shop();
    let served = |its: &Value, what: &str| its["why"]["service_days"][what].as_u64().unwrap();
    let cheap = plan(&shop, &date(59), chain(0.01));
    let (center, store) = (of(&cheap, "MILK", "DC"), of(&cheap, "MILK", "S1"));
    // It serves at once, and the stores bridge only their own two days.
    assert_eq!((served(center, "outbound"), served(center, "bridged")), (0, 11));
    assert_eq!((served(store, "inbound"), served(store, "bridged")), (0, 2));
    let dear = plan(&shop, &date(59), chain(5.0));
    let (center, store) = (of(&dear, "MILK", "DC"), of(&dear, "MILK", "S1"));
    // It keeps nothing of its own: the stores wait for it, and bridge it all.
    assert_eq!((served(center, "outbound"), served(center, "bridged")), (11, 0));
    assert_eq!((served(store, "inbound"), served(store, "bridged")), (11, 13));
    let level = |plan: &Value, node| why(of(plan, "MILK", node), "order_up_to");
    assert!(level(&dear, "S1") > 3.0 * level(&cheap, "S1"), "{cheap} {dear}");
    // The center's level counts the stores': equal where it keeps nothing.
    let stores = level(&dear, "S1") + level(&dear, "S2");
    assert!((level(&dear, "DC") - stores).abs() < 1e-6, "{dear}");
    let stores = level(&cheap, "S1") + level(&cheap, "S2");
    assert!(level(&cheap, "DC") > stores + 11.0 * 13.0, "{cheap}");
    let told = shop.run(&["replenish", DB, "--until", "2026-08-28", "--policy", "policy.json"]);
    assert!(told.done().text().contains("its own stock bridging 13"));
}

// Goal: threads change nothing. Method: the same plan by one and by three.
#[test]
fn threads_change_nothing() {
    let shop: Shop = usual().shop();
    let plan = |threads: &str| {
        let args = ["replenish", DB, "--until", "2026-10-01", "--threads", threads, "--json"];
        shop.run(&args).done().text()
    };
    assert_eq!(plan("1"), plan("3"));
}
