//! Sales at a till: the customer has left with the units, whatever the books say.

use oms_core::engine::Outcome;
use oms_core::event::Event;
use oms_core::order::{OrderStatus, Stage, status};

use crate::room::{Shop, pickup, place, receive, sell, sell_at};

fn reach(reach: &str) -> String {
    format!(r#""set_policy":{{"scope":{{"channel":"POS"}},"policy":{{"sell_through":"{reach}"}}}}"#)
}

/// Goal: a till that has no stock in the books sells all the same where the policy says so; the books
/// fall below zero, say so, and promise nothing until they are right. Method: the story's numbers.
#[test]
fn a_till_sells_what_the_books_do_not_have() {
    let mut shop = Shop::new();
    let found = shop.refuses(&sell("S", "POS", "A", 1, "n1"), "stock.insufficient", "/lines/0/qty");
    assert!(found.starts_with("0 available"), "{found}");
    shop.accepts(&reach("below_zero"));
    let tip = shop.tip();
    let receipt = shop.accepts(&sell("S", "POS", "A", 1, "n1"));
    assert_eq!(receipt.events, ["order.till_sold", "stock.discrepancy_found"]);
    assert_eq!(receipt.orders[0].status, OrderStatus::Delivered);
    let told = shop.events(tip).into_iter().find_map(|e| match e {
        Event::DiscrepancyFound(d) => Some((d.qty, d.cause)),
        _ => None,
    });
    assert_eq!(told, Some((1, "till".to_owned())));
    shop.holds(&[("available/A/n1", -1), ("ats/A/P", -1), ("outside/A/customer", 1)]);
    shop.accepts(&place("W", "POS", "A", 1));
    assert_eq!(shop.units("W", Stage::Open), 1);
    shop.laws().unwrap();
    shop.accepts(&receive("A", "n1", 1));
    shop.holds(&[("available/A/n1", 0), ("ats/A/P", 0)]);
    assert_eq!(shop.units("W", Stage::Open), 1);
    shop.laws().unwrap();
}

/// Goal: a node below zero lowers what the pool can promise, takes no claim, and still sells at its
/// till. Method: one unit too many sold at n1, five at n2.
#[test]
fn below_zero_at_one_node_of_a_pool() {
    let mut shop = Shop::new();
    shop.accepts(&reach("below_zero"));
    shop.accepts(&receive("A", "n2", 5));
    shop.accepts(&sell("S1", "POS", "A", 1, "n1"));
    shop.holds(&[("available/A/n1", -1), ("ats/A/P", 4)]);
    shop.accepts(&pickup("K", "POS", "A", 1, "n1"));
    assert_eq!(shop.units("K", Stage::Open), 1);
    shop.accepts(&sell("S2", "POS", "A", 2, "n1"));
    shop.holds(&[("available/A/n1", -3), ("ats/A/P", 2)]);
    shop.accepts(&place("W", "POS", "A", 9));
    assert_eq!(shop.units("W", Stage::Reserved), 2);
    shop.laws().unwrap();
}

/// Goal: a claim that is taken where the books are below zero already lowers nothing further, and is
/// no discrepancy. Method: work that was packed when the count found nothing is unpacked and sold.
#[test]
fn claims_taken_below_zero() {
    let mut shop = Shop::new();
    shop.accepts(&reach("claims"));
    shop.accepts(&receive("A", "n1", 2));
    shop.accepts(&pickup("K", "POS", "A", 2, "n1"));
    shop.accepts(r#""release_to_node":{"order":"K","node":"n1"}"#);
    let pack = r#""pack":{"order":"K","node":"n1","lines":[{"line":"1","qty":2}]}"#;
    let package = shop.accepts(pack).packages[0].to_string();
    shop.accepts(r#""count_stock":{"sku":"A","node":"n1","counted":0}"#);
    shop.holds(&[("available/A/n1", -2), ("allocated/A/n1", 2)]);
    shop.accepts(&format!(r#""unpack":{{"order":"K","package":"{package}"}}"#));
    let receipt = shop.accepts(&sell("S", "POS", "A", 1, "n1"));
    assert_eq!(receipt.events, ["units.claims_taken", "order.till_sold"]);
    shop.holds(&[("available/A/n1", -2), ("allocated/A/n1", 1), ("ats/A/P", -2)]);
    assert_eq!(shop.units("K", Stage::Open), 1);
    shop.laws().unwrap();
}

/// Nine at n1: one fenced for POS, one for WEB, one free, one hidden, one reserved for R, two
/// allocated for K, two released for L.
fn layered() -> Shop {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 9));
    shop.accepts(r#""set_buffer":{"sku":"A","node":"n1","buffer":1}"#);
    shop.accepts(&pickup("K", "WEB", "A", 2, "n1"));
    shop.accepts(&pickup("L", "WEB", "A", 2, "n1"));
    shop.accepts(r#""release_to_node":{"order":"L","node":"n1"}"#);
    shop.accepts(&place("R", "WEB", "A", 1));
    for channel in ["POS", "WEB"] {
        shop.accepts(&format!(
            r#""set_fence":{{"sku":"A","pool":"P","channel":"{channel}","fence":1}}"#
        ));
    }
    shop.holds(&[("ats/A/P", 1), ("available/A/n1", 4), ("allocated/A/n1", 4)]);
    shop
}

/// Goal: a till takes its own fence first, then goes exactly as far as its policy. Method: unit after
/// unit under a policy until it is refused, then the next policy; who has lost what is looked up.
#[test]
fn a_till_reaches_as_far_as_its_policy() {
    let mut shop = layered();
    let mut sold = 0;
    let mut sells = |shop: &mut Shop| {
        sold += 1;
        shop.accepts(&sell(&format!("S{sold}"), "POS", "A", 1, "n1"));
        shop.laws().unwrap();
    };
    let refused = |shop: &mut Shop| {
        shop.refuses(&sell("S0", "POS", "A", 1, "n1"), "stock.insufficient", "/lines/0/qty")
    };
    sells(&mut shop);
    shop.holds(&[("fenced/A/P/POS", 0), ("fence_missing/A/P/POS", 0), ("ats/A/P", 1)]);
    sells(&mut shop);
    shop.holds(&[("ats/A/P", 0), ("buffered/A/n1", 1), ("fenced/A/P/WEB", 1)]);
    let found = refused(&mut shop);
    assert!(
        found.contains("1 buffered") && found.contains("`R`") && found.contains("`K`"),
        "{found}"
    );

    shop.accepts(&reach("hidden"));
    sells(&mut shop);
    shop.holds(&[("buffered/A/n1", 0), ("buffer_missing/A/n1", 1), ("fenced/A/P/WEB", 1)]);
    refused(&mut shop);

    shop.accepts(&reach("claims"));
    sells(&mut shop);
    shop.holds(&[("fenced/A/P/WEB", 0), ("fence_missing/A/P/WEB", 1), ("reserved/A/P", 1)]);
    sells(&mut shop);
    assert_eq!(shop.units("R", Stage::Open), 1);
    shop.holds(&[("reserved/A/P", 0), ("available/A/n1", 0), ("allocated/A/n1", 4)]);
    sells(&mut shop);
    assert_eq!((shop.units("K", Stage::Open), shop.units("L", Stage::Open)), (1, 0));
    (0..3).for_each(|_| sells(&mut shop));
    assert_eq!((shop.units("K", Stage::Open), shop.units("L", Stage::Open)), (2, 2));
    shop.holds(&[("available/A/n1", 0), ("allocated/A/n1", 0), ("ats/A/P", 0)]);
    refused(&mut shop);

    shop.accepts(&reach("below_zero"));
    sells(&mut shop);
    shop.holds(&[("available/A/n1", -1), ("ats/A/P", -1), ("outside/A/customer", 10)]);
}

/// Goal: claims are taken before the sale with their reason and claimed again after it. Method: one
/// sale of two SKUs that hurts one order, whose channel sells from another pool too.
#[test]
fn a_sale_hurts_and_heals_in_one_command() {
    let mut shop = Shop::new();
    shop.accepts(&reach("claims"));
    for line in [receive("A", "n1", 1), receive("B", "n1", 1), receive("A", "m1", 1)] {
        shop.accepts(&line);
    }
    shop.accepts(&place("W", "WEB", "A", 1));
    let tip = shop.tip();
    let both = sell("S", "POS", "A", 1, "n1").replace("]}", r#",{"line":"2","sku":"B","qty":1}]}"#);
    let receipt = shop.accepts(&both);
    assert_eq!(receipt.events, ["units.claims_taken", "order.till_sold", "units.claimed"]);
    match &shop.events(tip)[0] {
        Event::Shifted(shift) => {
            assert_eq!(shift.reason.as_ref().map(|r| r.as_str()), Some("sold_at_till"));
        }
        other => panic!("{other:?}"),
    }
    shop.holds(&[("reserved/A/P", 0), ("reserved/A/Q", 1), ("available/B/n1", 0)]);
    assert_eq!(shop.units("W", Stage::Reserved), 1);
    shop.laws().unwrap();
}

/// Goal: a sale that a count has seen already comes out of shrink; one after the count, arriving
/// late, out of stock; and a later count knows both. Method: one count at nine, sales around it.
#[test]
fn a_late_sale_around_a_count() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 10));
    let count = |n: u64, time: &str| {
        format!(
            r#""count_stock":{{"sku":"A","node":"n1","counted":{n},"counted_at":"2026-11-24T{time}:00Z"}}"#
        )
    };
    // Two sold at ten to nine and not told yet; so eight are counted.
    shop.at("09:10").accepts(&count(8, "09:00"));
    shop.holds(&[("available/A/n1", 8), ("outside/A/shrink", 2)]);
    let tip = shop.tip();
    shop.at("09:30").accepts(&sell_at("S1", "POS", "A", 2, "n1", "2026-11-24T08:50:00Z"));
    shop.holds(&[
        ("available/A/n1", 8),
        ("ats/A/P", 8),
        ("outside/A/shrink", 0),
        ("outside/A/customer", 2),
    ]);
    match shop.events(tip).as_slice() {
        [Event::TillSold(e)] => assert_eq!(e.counted, ["A".parse().unwrap()]),
        other => panic!("{other:?}"),
    }
    shop.accepts(&sell_at("S2", "POS", "A", 1, "n1", "2026-11-24T09:00:00Z"));
    shop.holds(&[("available/A/n1", 8), ("outside/A/shrink", -1)]);
    shop.accepts(&sell_at("S3", "POS", "A", 3, "n1", "2026-11-24T09:00:01Z"));
    shop.holds(&[("available/A/n1", 5), ("outside/A/customer", 6)]);
    // Counted before the third sale happened: it is a movement since.
    shop.at("09:40").accepts(&count(8, "09:00"));
    shop.holds(&[("available/A/n1", 5)]);
    shop.accepts(&count(5, "09:20"));
    shop.holds(&[("available/A/n1", 5), ("counts/A/n1", 3)]);
    shop.laws().unwrap();
}

/// Goal: a late sale that meets a count in flight is decided anew. Method: the count commits between
/// the sale's decision and its commit; a sale without `happened_at` does not mind.
#[test]
fn a_late_sale_sees_the_count() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 10));
    let count =
        r#""count_stock":{"sku":"A","node":"n1","counted":9,"counted_at":"2026-11-24T09:00:00Z"}"#;
    shop.at("09:30");
    let late = sell_at("S1", "POS", "A", 1, "n1", "2026-11-24T08:50:00Z");
    let done = shop.meddled(&late, count);
    assert_eq!((done.receipt.outcome, done.receipt.retries), (Outcome::Accepted, 1));
    shop.holds(&[("available/A/n1", 9), ("outside/A/shrink", 0), ("outside/A/customer", 1)]);
    let done = shop.meddled(&sell("S2", "POS", "A", 1, "n1"), count);
    assert_eq!((done.receipt.outcome, done.receipt.retries), (Outcome::Accepted, 0));
    shop.holds(&[("available/A/n1", 8), ("outside/A/customer", 2)]);
    shop.laws().unwrap();
}

/// Goal: two tills conflict only when the stock runs out. Method: another sale commits between the
/// decision and the commit of the first, with two units there, then with one.
#[test]
fn two_tills_and_the_last_unit() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 3));
    let sale = |order: &str| sell(order, "POS", "A", 1, "n1");
    let done = shop.meddled(&sale("S1"), &sale("S2"));
    assert_eq!((done.receipt.outcome, done.receipt.retries), (Outcome::Accepted, 0));
    let done = shop.meddled(&sale("S3"), &sale("S4"));
    assert_eq!((done.receipt.outcome, done.receipt.retries), (Outcome::Refused, 1));
    assert_eq!(done.receipt.refusal.unwrap().code, "stock.insufficient");
    shop.holds(&[("available/A/n1", 0), ("outside/A/customer", 3)]);
    shop.laws().unwrap();
}

/// Goal: a sale told twice is sold once, by command id and by source. Method: resends with the same
/// and other ids, versions and contents.
#[test]
fn a_sale_is_told_once() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 10));
    let sale = |command: &str, order: &str, version: u32, qty: u32| {
        format!(
            r#"{{"id":"{command}","sell_through":{{"node":"n1","order":"{order}","channel":"POS","currency":"USD",
            "source":{{"system":"till7","id":"R-1","version":{version}}},
            "lines":[{{"line":"1","sku":"A","qty":{qty},"personalization":"For Ann"}}]}}}}"#
        )
    };
    let tip = shop.tip();
    let first = shop.sends(&sale("T1", "S1", 2, 1));
    assert_eq!(first.receipt.outcome, Outcome::Accepted);
    let again = shop.sends(&sale("T1", "S1", 2, 1));
    assert_eq!((again.repeated, &again.bytes), (true, &first.bytes));
    let other = shop.sends(&sale("T1", "S1", 2, 3)).receipt.refusal.unwrap();
    assert_eq!((other.code.as_str(), other.path.as_str()), ("command.id_reused", "/lines/0/qty"));
    assert_eq!(shop.sends(&sale("T2", "S2", 2, 1)).receipt.outcome, Outcome::Duplicate);
    assert_eq!(shop.sends(&sale("T3", "S3", 1, 1)).receipt.outcome, Outcome::Stale);
    let newer = shop.sends(&sale("T4", "S4", 3, 1)).receipt.refusal.unwrap();
    assert_eq!((newer.code.as_str(), newer.path.as_str()), ("order.exists", "/source/version"));
    shop.holds(&[("available/A/n1", 9)]);
    // What was engraved stands in no event.
    let log: Vec<u8> = shop.events(tip).iter().flat_map(|e| e.encode().unwrap()).collect();
    assert!(!String::from_utf8(log).unwrap().contains("Ann"));
    assert!(shop.order("S1").lines[0].given.personalization.is_some());
    assert_eq!(status(&shop.order("S1")), OrderStatus::Delivered);
}

/// Goal: totals are judged as at placing. Method: a difference within the policy, beyond it, and
/// under a strict policy.
#[test]
fn totals_as_given() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 10));
    let sale = |order: &str, total: &str| {
        sell(order, "POS", "A", 1, "n1")
            .replace(r#""qty":1"#, r#""qty":1,"unit_price":"5.00 USD""#)
            .replace(r#""lines""#, &format!(r#""total":"{total} USD","lines""#))
    };
    let events = |shop: &mut Shop, line: &str| shop.accepts(line).events;
    assert_eq!(events(&mut shop, &sale("S1", "5.00")), ["order.till_sold"]);
    let within = ["order.till_sold", "order.totals_differed"];
    assert_eq!(events(&mut shop, &sale("S2", "5.02")), within);
    let beyond = ["order.till_sold", "order.totals_differed", "order.hold_set"];
    assert_eq!(events(&mut shop, &sale("S3", "6.00")), beyond);
    shop.accepts(r#""set_policy":{"scope":{"channel":"POS"},"policy":{"totals":"strict"}}"#);
    shop.refuses(&sale("S4", "5.01"), "totals.differ", "/total");
    shop.laws().unwrap();
}

/// Goal: a till may number its baskets by group, as long as all of it is taken there. Method: groups
/// of both kinds and places; and one group made where none is sent.
#[test]
fn groups_of_a_till() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 10));
    let with = |order: &str, to: &str| {
        sell(order, "POS", "A", 1, "n1")
            .replace(r#""lines""#, &format!(r#""groups":[{{"group":"b7","to":{to}}}],"lines""#))
    };
    shop.accepts(&with("S1", r#"{"pickup":{"location":"n1"}}"#));
    assert_eq!(shop.order("S1").placed.groups[0].group.as_str(), "b7");
    let elsewhere = with("S2", r#"{"pickup":{"location":"n2"}}"#);
    shop.refuses(&elsewhere, "invalid.group_kind", "/groups/0/to");
    let sent = with("S2", r#"{"ship":{"destination":{"country":"GB","region":"LND"}}}"#);
    shop.refuses(&sent, "invalid.group_kind", "/groups/0/to");
    shop.accepts(&sell("S2", "POS", "A", 1, "n1"));
    assert_eq!(shop.order("S2").placed.groups[0].to.pickup().unwrap().as_str(), "n1");
}

/// Goal: every refusal at its field, in the documented order. Method: sales wrong in one way or in
/// two.
#[test]
fn refusals() {
    let mut shop = Shop::new();
    shop.at("09:00").accepts(&receive("A", "n1", 3));
    shop.accepts(&place("O", "POS", "A", 1));
    shop.refuses(&sell("O", "X", "A", 0, "n9"), "invalid.quantity_zero", "/lines/0/qty");
    shop.refuses(&sell("O", "X", "A", 1, "n9"), "order.exists", "/order");
    shop.refuses(&sell("S", "X", "X", 1, "n9"), "channel.unknown", "/channel");
    shop.refuses(&sell("S", "POS", "X", 1, "n9"), "location.unknown", "/node");
    shop.refuses(&sell("S", "POS", "X", 1, "m1"), "invalid.group_kind", "/node");
    let future = "2026-11-24T09:00:01Z";
    shop.refuses(&sell_at("S", "POS", "X", 1, "n1", future), "item.unknown", "/lines/0/sku");
    shop.refuses(&sell_at("S", "POS", "A", 9, "n1", future), "invalid.date_range", "/happened_at");
    let past = "2026-11-17T08:59:59Z";
    shop.refuses(&sell_at("S", "POS", "A", 9, "n1", past), "invalid.date_range", "/happened_at");
    let twice =
        sell("S", "POS", "A", 2, "n1").replace("]}", r#",{"line":"2","sku":"A","qty":1}]}"#);
    shop.refuses(&twice, "stock.insufficient", "/lines/1/qty");
    shop.accepts(r#""retire_item":{"sku":"B"}"#);
    shop.refuses(&sell("S", "POS", "B", 1, "n1"), "item.retired", "/lines/0/sku");
    shop.accepts(r#""close_location":{"location":"n2"}"#);
    shop.refuses(&sell("S", "POS", "A", 1, "n2"), "location.closed", "/node");
}
