//! Corrections by hand, moves between buckets and nodes, and the end of a location.
use crate::room::{Shop, pickup, place, receive};
use oms_core::order::Stage;

fn adjust(bucket: &str, by: i64, reason: &str) -> String {
    format!(
        r#""adjust_stock":{{"sku":"A","node":"n1","bucket":"{bucket}","by":{by},"reason":"{reason}"}}"#
    )
}

fn moved(qty: u64, from: (&str, &str), to: (&str, &str)) -> String {
    format!(
        r#""move_stock":{{"sku":"A","qty":{qty},"from":{{"node":"{}","bucket":"{}"}},
        "to":{{"node":"{}","bucket":"{}"}}}}"#,
        from.0, from.1, to.0, to.1
    )
}

/// n1 has ten: two hidden, two fenced for WEB, one free, five reserved for R.
fn layered() -> Shop {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 10));
    shop.accepts(r#""set_buffer":{"sku":"A","node":"n1","buffer":2}"#);
    shop.accepts(r#""set_fence":{"sku":"A","pool":"P","channel":"WEB","fence":2}"#);
    shop.accepts(&place("R", "POS", "A", 5));
    shop.holds(&[("ats/A/P", 1), ("reserved/A/P", 5), ("available/A/n1", 8)]);
    shop
}

/// Goal: a downward correction takes free, hidden, fenced units in this order and never a claim.
/// Method: one unit a step through all layers, then one too many, which names who holds the rest.
#[test]
fn a_correction_stops_before_claims() {
    let mut shop = layered();
    shop.accepts(&adjust("available", -1, "stolen"));
    shop.holds(&[("ats/A/P", 0), ("available/A/n1", 7), ("outside/A/shrink", 1)]);
    shop.accepts(&adjust("available", -1, "breakage"));
    shop.holds(&[("buffered/A/n1", 1), ("buffer_missing/A/n1", 1), ("outside/A/scrap", 1)]);
    shop.accepts(&adjust("available", -2, "own_use"));
    shop.holds(&[("buffered/A/n1", 0), ("fenced/A/P/WEB", 1), ("fence_missing/A/P/WEB", 1)]);
    shop.accepts(&adjust("available", -1, "correction"));
    shop.holds(&[("fenced/A/P/WEB", 0), ("available/A/n1", 5), ("ats/A/P", 0)]);
    let found = shop.refuses(&adjust("available", -1, "stolen"), "stock.insufficient", "/by");
    assert!(found.contains("5 available") && found.contains("5 reserved"), "{found}");
    assert!(found.contains("`R`"), "{found}");
    assert_eq!(shop.units("R", Stage::Reserved), 5);
    shop.laws().unwrap();
}

/// Goal: an upward correction fills what is missing first, and its units come from *found*. Method:
/// take three layers away, give them back at once.
#[test]
fn an_upward_correction_fills_what_is_missing() {
    let mut shop = layered();
    shop.accepts(&adjust("available", -4, "stolen"));
    shop.accepts(&adjust("available", 4, "found"));
    shop.holds(&[
        ("buffered/A/n1", 2),
        ("fenced/A/P/WEB", 2),
        ("ats/A/P", 1),
        ("available/A/n1", 8),
        ("outside/A/found", -4),
        ("outside/A/shrink", 4),
    ]);
    shop.laws().unwrap();
}

/// Goal: `expected` is compared with the bucket named, and goes into the commit. Method: a wrong and
/// a right belief, and a belief about a bucket that is not good.
#[test]
fn a_correction_may_say_what_it_believes() {
    let mut shop = layered();
    let believing = |bucket: &str, expected: i64| {
        format!(
            r#""adjust_stock":{{"sku":"A","node":"n1","bucket":"{bucket}","by":1,"reason":"found","expected":{expected}}}"#
        )
    };
    let found = shop.refuses(&believing("available", 10), "stock.unexpected", "/expected");
    assert_eq!(found, "8");
    shop.accepts(&believing("available", 8));
    shop.accepts(&believing("damaged", 0));
    shop.holds(&[("available/A/n1", 9), ("damaged/A/n1", 1)]);
}

/// Goal: every refusal of the correction at its field, in the documented order. Method: commands
/// wrong in one way or in two.
#[test]
fn refusals_of_a_correction() {
    let mut shop = layered();
    let adjust = |sku: &str, node: &str, bucket: &str, by: &str, reason: &str| {
        format!(
            r#""adjust_stock":{{"sku":"{sku}","node":"{node}","bucket":"{bucket}","by":{by},"reason":"{reason}"}}"#
        )
    };
    shop.refuses(&adjust("A", "n1", "buffered", "0", "x"), "invalid.range", "/bucket");
    shop.refuses(&adjust("A", "n1", "allocated", "1", "found"), "invalid.range", "/bucket");
    shop.refuses(&adjust("X", "n1", "available", "0", "x"), "invalid.quantity_zero", "/by");
    let vast = "-1000000000001";
    shop.refuses(&adjust("X", "n1", "available", vast, "x"), "invalid.quantity", "/by");
    shop.refuses(&adjust("X", "n9", "available", "1", "x"), "item.unknown", "/sku");
    shop.refuses(&adjust("A", "n9", "available", "1", "x"), "location.unknown", "/node");
    shop.refuses(&adjust("A", "n1", "available", "1", "fraud"), "reason.unknown", "/reason");
    shop.refuses(&adjust("A", "n1", "damaged", "-1", "spoiled"), "stock.insufficient", "/by");
}

/// Goal: into another bucket a move takes free, hidden and fenced units, and back into sale it fills
/// what is missing. Method: four units out and back, and one claimed unit that stays.
#[test]
fn out_of_sale_and_back() {
    let mut shop = layered();
    let (sale, aside) = (("n1", "available"), ("n1", "quarantine"));
    shop.accepts(&moved(5, sale, aside));
    shop.holds(&[("buffered/A/n1", 0), ("fenced/A/P/WEB", 0), ("quarantine/A/n1", 5)]);
    shop.refuses(&moved(1, sale, aside), "stock.insufficient", "/qty");
    shop.accepts(&moved(2, aside, ("n1", "inspect")));
    shop.accepts(&moved(3, aside, sale));
    shop.holds(&[("buffered/A/n1", 2), ("fenced/A/P/WEB", 1), ("ats/A/P", 0)]);
    shop.refuses(&moved(1, aside, sale), "stock.insufficient", "/qty");
    shop.accepts(&moved(2, ("n1", "inspect"), ("n2", "available")));
    shop.holds(&[("fenced/A/P/WEB", 2), ("ats/A/P", 1), ("available/A/n2", 2)]);
    shop.laws().unwrap();
}

/// Goal: across pools a move takes free and fenced units, leaves the buffer, and what arrives is free
/// even where a buffer is missing. Method: balances of both pools.
#[test]
fn across_pools() {
    let mut shop = layered();
    shop.accepts(r#""set_buffer":{"sku":"A","node":"m1","buffer":2}"#);
    let (here, there) = (("n1", "available"), ("m1", "available"));
    shop.accepts(&moved(3, here, there));
    shop.holds(&[
        ("ats/A/P", 0),
        ("fenced/A/P/WEB", 0),
        ("fence_missing/A/P/WEB", 2),
        ("buffered/A/n1", 2),
        ("ats/A/Q", 3),
        ("available/A/m1", 3),
        ("buffered/A/m1", 0),
    ]);
    let found = shop.refuses(&moved(1, here, there), "stock.insufficient", "/qty");
    assert!(found.contains("5 reserved"), "{found}");
    shop.laws().unwrap();
}

/// Goal: within a pool everything available may go, claimed or not, and no claim changes; what is
/// tied to the node stays. Method: move all available, then one more.
#[test]
fn within_a_pool_claims_do_not_feel_a_move() {
    let mut shop = layered();
    shop.accepts(&pickup("K", "POS", "A", 1, "n1"));
    let (here, there) = (("n1", "available"), ("n2", "available"));
    shop.accepts(&moved(7, here, there));
    shop.holds(&[
        ("available/A/n1", 0),
        ("available/A/n2", 7),
        ("ats/A/P", 0),
        ("reserved/A/P", 5),
        ("fenced/A/P/WEB", 2),
        ("allocated/A/n1", 1),
    ]);
    let found = shop.refuses(&moved(1, here, there), "stock.insufficient", "/qty");
    assert!(found.contains("1 allocated"), "{found}");
    assert_eq!((shop.units("R", Stage::Reserved), shop.units("K", Stage::Allocated)), (5, 1));
    shop.laws().unwrap();
}

/// Goal: every refusal of the move at its field, in the documented order. Method: commands wrong in
/// one way or in two.
#[test]
fn refusals_of_a_move() {
    let mut shop = layered();
    let (sale, nowhere) = (("n1", "available"), ("n9", "available"));
    shop.refuses(&moved(0, sale, sale), "invalid.quantity_zero", "/qty");
    shop.refuses(&moved(1, ("n1", "allocated"), nowhere), "invalid.range", "/from/bucket");
    shop.refuses(&moved(1, nowhere, ("n1", "buffered")), "invalid.range", "/to/bucket");
    shop.refuses(&moved(1, nowhere, nowhere), "invalid.range", "/to");
    shop.refuses(&moved(1, nowhere, sale), "location.unknown", "/from/node");
    shop.refuses(&moved(1, sale, nowhere), "location.unknown", "/to/node");
    shop.refuses(
        &moved(1, sale, nowhere).replace(r#""sku":"A""#, r#""sku":"X""#),
        "item.unknown",
        "/sku",
    );
    shop.refuses(&moved(1, ("n2", "available"), sale), "stock.insufficient", "/qty");
    shop.refuses(&moved(1, ("n2", "damaged"), sale), "stock.insufficient", "/qty");
}

/// Goal: a location closes only when nobody holds anything there; then all of it lies in quarantine
/// and can leave it. Method: claims first, then none; two SKUs.
#[test]
fn closing_a_location() {
    let mut shop = layered();
    shop.accepts(&receive("B", "n1", 3));
    shop.accepts(&receive("A", "n2", 5));
    shop.accepts(&adjust("damaged", 2, "found"));
    let close = r#""close_location":{"location":"n1"}"#;
    // Six of the eight available at n1 are free or fenced in the pool; the ninth unit is hidden.
    shop.refuses(r#""close_location":{"location":"n9"}"#, "location.unknown", "/location");
    shop.accepts(&pickup("K", "POS", "B", 1, "n1"));
    let found = shop.refuses(close, "stock.negative", "/location");
    assert_eq!(found, "1 allocated and 2 available of `B`");
    shop.accepts(&moved(5, ("n1", "available"), ("n2", "available")));
    shop.refuses(close, "stock.negative", "/location");
    let mut shop = layered();
    shop.accepts(&adjust("damaged", 2, "found"));
    let found = shop.refuses(close, "stock.insufficient", "/location");
    assert!(found.contains("`R`"), "{found}");
    shop.accepts(&moved(5, ("n1", "available"), ("n2", "available")));
    shop.accepts(&receive("B", "n1", 3));
    shop.accepts(close);
    shop.holds(&[
        ("available/A/n1", 0),
        ("buffered/A/n1", 0),
        ("damaged/A/n1", 0),
        ("quarantine/A/n1", 7),
        ("quarantine/B/n1", 3),
        ("reserved/A/P", 5),
        ("ats/A/P", 0),
        ("ats/B/P", 0),
    ]);
    shop.laws().unwrap();
    shop.refuses(close, "location.closed", "/location");
    shop.refuses(&receive("A", "n1", 1), "location.closed", "/node");
    shop.refuses(&adjust("available", 1, "found"), "location.closed", "/node");
    let (closed, open) = (("n1", "quarantine"), ("n2", "available"));
    shop.refuses(&moved(1, closed, ("n1", "available")), "location.closed", "/to/node");
    shop.refuses(&moved(1, open, closed), "location.closed", "/to/node");
    shop.accepts(&moved(6, closed, open));
    shop.accepts(&adjust("quarantine", -1, "spoiled"));
    shop.holds(&[("quarantine/A/n1", 0), ("available/A/n2", 11)]);
    shop.laws().unwrap();
}

/// Goal: a dry run tells the balances after and leaves nothing behind. Method: the log's end before
/// and after, and the balances in the receipt.
#[test]
fn dry_run() {
    let mut shop = layered();
    let tip = shop.tip();
    let receipt = shop.accepts(&format!(r#""dry_run":true,{}"#, adjust("available", -3, "stolen")));
    assert_eq!(shop.tip(), tip);
    assert_eq!(receipt.balances["ats/A/P"], 0);
    assert_eq!(receipt.balances["buffered/A/n1"], 0);
    shop.holds(&[("ats/A/P", 1), ("buffered/A/n1", 2)]);
}
