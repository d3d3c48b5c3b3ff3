//! Counts: the truth about a moment, whoever is hurt by it.

use oms_core::desk::RangeRead;
use oms_core::engine::Outcome;
use oms_core::event::Event;
use oms_core::order::Stage;
use oms_core::stock::Bucket;

use crate::room::{Shop, pickup, place, place_first, receive, sell};

fn count(n: u64) -> String {
    format!(r#""count_stock":{{"sku":"A","node":"n1","counted":{n}}}"#)
}

fn count_at(n: u64, time: &str) -> String {
    format!(
        r#""count_stock":{{"sku":"A","node":"n1","counted":{n},"counted_at":"2026-11-24T{time}:00Z"}}"#
    )
}

/// Goal: sales between the count and its posting are not taken for losses. Method: the story's
/// numbers: 20 in the books, 18 counted at nine, 3 sold at ten past, posted at half past.
#[test]
fn counting_while_selling() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 20));
    shop.at("09:10").accepts(&sell("S", "POS", "A", 3, "n1"));
    let tip = shop.tip();
    let receipt = shop.at("09:30").accepts(&count_at(18, "09:00"));
    assert_eq!(receipt.events, ["stock.counted", "stock.discrepancy_found"]);
    shop.holds(&[
        ("available/A/n1", 15),
        ("outside/A/shrink", 2),
        ("outside/A/customer", 3),
        ("counts/A/n1", 1),
    ]);
    match shop.events(tip).as_slice() {
        [Event::StockCounted(c), Event::DiscrepancyFound(d)] => {
            assert_eq!((c.difference, d.qty, d.cause.as_str()), (-2, -2, "count"));
        }
        other => panic!("{other:?}"),
    }
    shop.laws().unwrap();
}

/// Goal: a later count looks through the correction of an earlier one, and one that finds the books
/// right is still the last count. Method: two counts of one morning, each posted later.
#[test]
fn a_count_looks_through_earlier_corrections() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 20));
    shop.at("09:30").accepts(&count_at(18, "09:00"));
    let receipt = shop.at("09:40").accepts(&count_at(18, "09:15"));
    assert_eq!(receipt.events, ["stock.counted"]);
    shop.holds(&[("available/A/n1", 18), ("counts/A/n1", 2)]);
    let done = shop.at("09:50").runs(&count_at(30, "09:14"));
    assert_eq!((done.receipt.outcome, done.receipt.events.len()), (Outcome::Stale, 0));
    shop.accepts(&count_at(19, "09:15"));
    shop.holds(&[("available/A/n1", 19), ("outside/A/found", -1), ("outside/A/shrink", 2)]);
    shop.laws().unwrap();
}

/// Nine at n1: one hidden, one fenced for WEB, one free, two reserved for R, two allocated for K,
/// two released for L.
fn layered() -> Shop {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 9));
    shop.accepts(r#""set_buffer":{"sku":"A","node":"n1","buffer":1}"#);
    shop.accepts(r#""set_fence":{"sku":"A","pool":"P","channel":"WEB","fence":1}"#);
    shop.accepts(&place("R", "POS", "A", 2));
    shop.accepts(&pickup("K", "POS", "A", 2, "n1"));
    shop.accepts(&pickup("L", "POS", "A", 2, "n1"));
    shop.accepts(r#""release_to_node":{"order":"L","node":"n1"}"#);
    shop.holds(&[("ats/A/P", 1), ("available/A/n1", 4), ("allocated/A/n1", 4)]);
    shop
}

/// Goal: a count takes layer after layer, each only as far as it must, and tells everyone it hurts.
/// Method: one unit fewer is counted at each step; who has lost what is looked up after each.
#[test]
fn a_count_goes_all_the_way() {
    let mut shop = layered();
    let layers = |shop: &Shop| {
        let fenced = shop.balance("fenced/A/P/WEB");
        let held = ["R", "K", "L"].map(|o| 2 - i64::try_from(shop.units(o, Stage::Open)).unwrap());
        (shop.balance("ats/A/P"), shop.balance("buffered/A/n1"), fenced, held)
    };
    let expected = [
        (8, (0, 1, 1, [2, 2, 2])),
        (7, (0, 0, 1, [2, 2, 2])),
        (6, (0, 0, 0, [2, 2, 2])),
        (5, (0, 0, 0, [1, 2, 2])),
        (4, (0, 0, 0, [0, 2, 2])),
        (3, (0, 0, 0, [0, 1, 2])),
        (2, (0, 0, 0, [0, 0, 2])),
        (1, (0, 0, 0, [0, 0, 1])),
        (0, (0, 0, 0, [0, 0, 0])),
    ];
    for (n, after) in expected {
        shop.accepts(&count(n));
        assert_eq!(layers(&shop), after, "{n} counted");
        shop.laws().unwrap();
    }
    shop.holds(&[("available/A/n1", 0), ("allocated/A/n1", 0), ("reserved/A/P", 0)]);
}

/// Goal: claims are taken before the lowering and claimed again after it, each in an event of its
/// own, with the reason. Method: the events of one count through all layers.
#[test]
fn events_in_order() {
    let mut shop = layered();
    shop.accepts(&receive("A", "m1", 1));
    shop.accepts(&place("W", "WEB", "A", 1));
    // W holds the fenced unit of P.
    let tip = shop.tip();
    let receipt = shop.accepts(&count(0));
    assert_eq!(
        receipt.events,
        [
            "units.claims_taken",
            "units.claims_taken",
            "units.claims_taken",
            "units.claims_taken",
            "stock.counted",
            "stock.discrepancy_found",
            "units.claimed",
        ]
    );
    let mut taken = Vec::new();
    for event in shop.events(tip) {
        if let Event::Shifted(shift) = event {
            let reason = shift.reason.map(|r| r.to_string());
            taken.push((shift.order.to_string(), reason));
        }
    }
    // The last in rank first in the pool; at the node Allocated before Released.
    let told: Vec<(&str, Option<&str>)> =
        taken.iter().map(|(order, reason)| (order.as_str(), reason.as_deref())).collect();
    let counted = Some("counted");
    let expected = [("W", counted), ("R", counted), ("K", counted), ("L", counted), ("W", None)];
    assert_eq!(told, expected);
    // W has found the unit of the other pool; the rest is told as short.
    assert_eq!(shop.balance("reserved/A/Q"), 1);
    let short: u64 = receipt.short.iter().map(|s| s.qty.get()).sum();
    assert_eq!(short, 6);
    shop.laws().unwrap();
}

/// Goal: what is packed stays; the books fall below zero, and a correction up to zero serves nobody.
/// Method: two packed of three, one counted; then two; then three, with an order waiting.
#[test]
fn below_zero_and_back() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 3));
    shop.accepts(&pickup("K", "POS", "A", 2, "n1"));
    shop.accepts(r#""release_to_node":{"order":"K","node":"n1"}"#);
    shop.accepts(r#""pack":{"order":"K","node":"n1","lines":[{"line":"1","qty":2}]}"#);
    shop.accepts(&count(1));
    shop.holds(&[("available/A/n1", -1), ("allocated/A/n1", 2), ("ats/A/P", -1)]);
    assert_eq!(shop.units("K", Stage::Packed), 2);
    shop.laws().unwrap();
    shop.accepts(&place("W", "POS", "A", 1));
    assert_eq!(shop.units("W", Stage::Open), 1);
    shop.accepts(&count(2));
    shop.holds(&[("available/A/n1", 0), ("ats/A/P", 0)]);
    assert_eq!(shop.units("W", Stage::Open), 1);
    shop.accepts(&count(3));
    shop.holds(&[("available/A/n1", 1), ("ats/A/P", 1), ("outside/A/found", -2)]);
    assert_eq!(shop.units("W", Stage::Open), 1);
    shop.laws().unwrap();
}

/// Goal: of several claims the last in rank goes first, and comes back last. Method: four orders that
/// differ by priority, time and id, and one unit to be had elsewhere.
#[test]
fn the_last_in_rank_is_hurt_first() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 4));
    shop.at("08:30").accepts(&place("D", "WEB", "A", 1));
    shop.accepts(&place("C", "WEB", "A", 1));
    shop.at("08:20").accepts(&place("B", "WEB", "A", 1));
    shop.at("08:40").accepts(&place_first("A", "WEB", "A", 1, 5));
    let waiting = |shop: &Shop| {
        ["A", "B", "C", "D"].into_iter().filter(|o| shop.units(o, Stage::Open) == 1).collect()
    };
    let mut lost: Vec<Vec<&str>> = Vec::new();
    for n in [3, 2, 1, 0] {
        shop.at("09:00").accepts(&count(n));
        lost.push(waiting(&shop));
    }
    assert_eq!(lost, [vec!["D"], vec!["C", "D"], vec!["B", "C", "D"], vec!["A", "B", "C", "D"]]);
    shop.laws().unwrap();

    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 2));
    shop.accepts(&place("C", "WEB", "A", 1));
    shop.accepts(&place("D", "WEB", "A", 1));
    shop.accepts(&receive("A", "m1", 1));
    shop.accepts(&count(0));
    assert_eq!((shop.units("C", Stage::Reserved), shop.units("D", Stage::Open)), (1, 1));
    shop.holds(&[("reserved/A/Q", 1), ("reserved/A/P", 0)]);
    shop.laws().unwrap();
}

/// Goal: units whose cancellation awaits the node go before all others at the node, and end there.
/// Method: an urgent order with a pending unit, and an ordinary one without.
#[test]
fn pending_cancellations_go_first() {
    let mut shop = Shop::new();
    let policy = r#""set_policy":{"scope":{"location":"n1"},"policy":{"cancel_assent":true}}"#;
    shop.accepts(policy);
    shop.accepts(&receive("A", "n1", 4));
    shop.accepts(
        &pickup("L", "POS", "A", 2, "n1").replace(r#""currency""#, r#""priority":9,"currency""#),
    );
    shop.accepts(r#""release_to_node":{"order":"L","node":"n1"}"#);
    shop.accepts(r#""cancel_lines":{"order":"L","lines":[{"line":"1","qty":1,"node":"n1"}]}"#);
    shop.accepts(&pickup("K", "POS", "A", 2, "n1"));
    shop.accepts(&count(3));
    let left = |shop: &Shop, order| {
        [Stage::Released, Stage::Allocated, Stage::Open, Stage::Cancelled]
            .map(|s| shop.units(order, s))
    };
    assert_eq!((left(&shop, "L"), left(&shop, "K")), ([1, 0, 0, 1], [0, 2, 0, 0]));
    assert!(shop.order("L").pending.is_empty());
    shop.accepts(&count(0));
    assert_eq!((left(&shop, "L"), left(&shop, "K")), ([0, 0, 1, 1], [0, 0, 2, 0]));
    shop.laws().unwrap();
}

/// Goal: many victims are found however many rows one read brings. Method: forty orders of one unit,
/// half of them lost.
#[test]
fn many_are_hurt_at_once() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 40));
    for i in 10..50 {
        shop.accepts(&place(&format!("O{i}"), "POS", "A", 1));
    }
    shop.accepts(&count(20));
    for i in 10..50 {
        let kept = shop.units(&format!("O{i}"), Stage::Reserved);
        assert_eq!(kept, u64::from(i < 30), "O{i}");
    }
    shop.laws().unwrap();
}

/// Goal: units found fill what is missing like any other. Method: buffer and fence are missing two
/// each, three are found.
#[test]
fn what_is_found_fills_what_is_missing() {
    let mut shop = Shop::new();
    shop.accepts(r#""set_buffer":{"sku":"A","node":"n1","buffer":2}"#);
    shop.accepts(r#""set_fence":{"sku":"A","pool":"P","channel":"WEB","fence":2}"#);
    shop.accepts(&count(3));
    shop.holds(&[("buffered/A/n1", 2), ("fenced/A/P/WEB", 1), ("ats/A/P", 0)]);
    shop.holds(&[("outside/A/found", -3)]);
    shop.laws().unwrap();
}

/// Goal: another bucket is counted by its own movements and does not make a count of the good units
/// stale. Method: damaged units come and go between the count and its posting.
#[test]
fn counting_another_bucket() {
    let damaged = |n: u64, time: &str| {
        count_at(n, time).replace(r#""counted""#, r#""bucket":"damaged","counted""#)
    };
    let by = |by: i64| {
        format!(
            r#""adjust_stock":{{"sku":"A","node":"n1","bucket":"damaged","by":{by},"reason":"correction"}}"#
        )
    };
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 5));
    shop.at("08:10").accepts(&by(4));
    shop.at("09:10").accepts(&by(-1));
    shop.at("09:30").accepts(&damaged(3, "09:00"));
    shop.holds(&[("damaged/A/n1", 2), ("available/A/n1", 5), ("outside/A/shrink", 2)]);
    shop.at("09:40").accepts(&count_at(5, "08:30"));
    let done = shop.runs(&damaged(9, "08:30"));
    assert_eq!(done.receipt.outcome, Outcome::Stale);
    // One has left since nine, so none at nine cannot be.
    shop.refuses(&damaged(0, "09:00"), "stock.insufficient", "/counted");
    shop.accepts(&damaged(0, "09:20"));
    shop.holds(&[("damaged/A/n1", 0), ("counts/A/n1", 3)]);
    shop.laws().unwrap();
}

/// Goal: a clock that goes back does not put a movement before an earlier one. Method: the row of
/// the movement, and a count between the two clocks that sees both as later.
#[test]
fn movements_never_go_back_in_time() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 1));
    shop.at("10:00").accepts(&receive("A", "n1", 10));
    let tip = shop.tip();
    shop.at("09:50").accepts(&receive("A", "n1", 100));
    match shop.events(tip).as_slice() {
        [Event::StockReceived(e)] => {
            assert_eq!(e.moved_at, Some("2026-11-24T10:00:00Z".parse().unwrap()));
        }
        other => panic!("{other:?}"),
    }
    shop.at("10:05").accepts(&count_at(0, "09:55"));
    shop.holds(&[("available/A/n1", 110), ("outside/A/shrink", 1)]);
}

/// Goal: a count that meets another one in flight is decided anew. Method: another count commits
/// between the decision and the commit of the first; the later moment stands.
#[test]
fn counts_see_each_other() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 10));
    shop.at("09:30");
    let done = shop.meddled(&count_at(4, "09:00"), &count_at(7, "09:10"));
    assert_eq!(done.receipt.outcome, Outcome::Stale);
    shop.holds(&[("available/A/n1", 7), ("counts/A/n1", 1)]);
    let done = shop.meddled(&count_at(5, "09:20"), &sell("S", "POS", "A", 1, "n1"));
    assert_eq!(done.receipt.outcome, Outcome::Accepted);
    // Sold at half past, counted at twenty past.
    shop.holds(&[("available/A/n1", 4), ("counts/A/n1", 2)]);
    shop.laws().unwrap();
}

/// Goal: every refusal at its field, in the documented order. Method: commands wrong in one way or
/// in two.
#[test]
fn refusals() {
    let mut shop = Shop::new();
    let count = |sku: &str, node: &str, more: &str| {
        format!(r#""count_stock":{{"sku":"{sku}","node":"{node}","counted":1{more}}}"#)
    };
    shop.at("09:00");
    shop.refuses(&count("X", "n1", r#","bucket":"available""#), "invalid.range", "/bucket");
    shop.refuses(&count("X", "n9", ""), "item.unknown", "/sku");
    shop.refuses(&count("A", "n9", ""), "location.unknown", "/node");
    let later = r#","counted_at":"2026-11-24T09:00:00.001Z""#;
    shop.refuses(&count("A", "n1", later), "invalid.date_range", "/counted_at");
    let before = r#","counted_at":"2026-11-17T08:59:59.999Z""#;
    shop.refuses(&count("A", "n1", before), "invalid.date_range", "/counted_at");
    shop.accepts(&count("A", "n1", r#","counted_at":"2026-11-17T09:00:00Z""#));
    shop.accepts(r#""set_policy":{"scope":"tenant","policy":{"count_window_days":1}}"#);
    let before = r#","counted_at":"2026-11-22T09:00:00Z""#;
    shop.refuses(&count("A", "n1", before), "invalid.date_range", "/counted_at");
    shop.accepts(r#""close_location":{"location":"n1"}"#);
    shop.refuses(&count("A", "n1", ""), "location.closed", "/node");
    shop.accepts(&count("A", "n1", r#","bucket":"quarantine""#));
}

/// Goal: the index of movements answers by bucket and moment alone. Method: what is read after a
/// moment, after movements at, before and after it.
#[test]
fn movements_after_a_moment() {
    let mut shop = Shop::new();
    for (time, qty) in [("08:59", 1), ("09:00", 2), ("09:01", 4), ("09:02", 8)] {
        shop.at(time).accepts(&receive("A", "n1", qty));
    }
    let read = |bucket: Option<Bucket>| -> RangeRead {
        oms_core::desk::movements_after(
            &"A".parse().unwrap(),
            &"n1".parse().unwrap(),
            bucket,
            "2026-11-24T09:00:00Z".parse().unwrap(),
            9,
        )
    };
    let values =
        |read: RangeRead| -> Vec<i64> { shop.rows(&read).iter().map(|r| r.value).collect() };
    assert_eq!(values(read(None)), [4, 8]);
    assert_eq!(values(read(Some(Bucket::Damaged))), [] as [i64; 0]);
}
