//! Units kept apart: safety buffers at a node, fences of a channel.
use crate::room::{Shop, place, receive};
use oms_core::order::Stage;

fn buffer(n: u64) -> String {
    format!(r#""set_buffer":{{"sku":"A","node":"n1","buffer":{n}}}"#)
}

fn fence(channel: &str, n: u64) -> String {
    format!(r#""set_fence":{{"sku":"A","pool":"P","channel":"{channel}","fence":{n}}}"#)
}

/// Goal: a fence is one channel's own, and both channels together never sell more than is there
/// (ten on hand, two hidden, three fenced). Method: the numbers of the story, by balances.
#[test]
fn a_fence_is_sold_first_and_by_its_channel_only() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 10));
    shop.accepts(&buffer(2));
    shop.accepts(&fence("WEB", 3));
    shop.holds(&[("available/A/n1", 8), ("ats/A/P", 5), ("fenced/A/P/WEB", 3)]);
    shop.accepts(&place("W", "WEB", "A", 4));
    shop.holds(&[("ats/A/P", 4), ("fenced/A/P/WEB", 0), ("reserved/A/P", 4)]);
    shop.accepts(&place("S", "POS", "A", 9));
    assert_eq!(shop.units("S", Stage::Reserved), 4);
    assert_eq!(shop.units("W", Stage::Reserved), 4);
    shop.laws().unwrap();
}

/// Goal: a buffer takes what is free, misses the rest, and what comes in fills it before the fences
/// and before anything is for sale. Method: balances after each step.
#[test]
fn what_is_missing_is_filled_by_what_comes_in() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 3));
    shop.accepts(&place("S", "POS", "A", 2));
    shop.accepts(&buffer(4));
    shop.accepts(&fence("WEB", 2));
    shop.accepts(&fence("POS", 1));
    shop.holds(&[
        ("buffered/A/n1", 1),
        ("buffer_missing/A/n1", 3),
        ("fence_missing/A/P/WEB", 2),
        ("fence_missing/A/P/POS", 1),
        ("ats/A/P", 0),
    ]);
    // Three into the buffer, then the fences in channel order: POS, WEB.
    shop.accepts(&receive("A", "n1", 5));
    shop.holds(&[
        ("buffered/A/n1", 4),
        ("buffer_missing/A/n1", 0),
        ("fenced/A/P/POS", 1),
        ("fenced/A/P/WEB", 1),
        ("fence_missing/A/P/WEB", 1),
        ("ats/A/P", 0),
    ]);
    // At another node of the pool there is no buffer, and the fence is filled from there.
    shop.accepts(&receive("A", "n2", 3));
    shop.holds(&[("fenced/A/P/WEB", 2), ("ats/A/P", 2)]);
    shop.laws().unwrap();
}

/// Goal: setting lower forgets what is missing first and gives back to what is free, filling nothing
/// else; setting the same again takes what has become free. Method: balances.
#[test]
fn setting_lower_gives_back_and_fills_nothing_else() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 4));
    shop.accepts(&buffer(6));
    shop.accepts(&fence("WEB", 2));
    shop.accepts(&buffer(5));
    shop.holds(&[("buffered/A/n1", 4), ("buffer_missing/A/n1", 1), ("buffer_set/A/n1", 5)]);
    shop.accepts(&buffer(1));
    shop.holds(&[("buffered/A/n1", 1), ("buffer_missing/A/n1", 0), ("ats/A/P", 3)]);
    shop.holds(&[("fence_missing/A/P/WEB", 2), ("fenced/A/P/WEB", 0)]);
    shop.accepts(&fence("WEB", 2));
    shop.holds(&[("fence_missing/A/P/WEB", 0), ("fenced/A/P/WEB", 2), ("ats/A/P", 1)]);
    shop.accepts(&fence("WEB", 0));
    shop.holds(&[("fenced/A/P/WEB", 0), ("ats/A/P", 3), ("fence_version/A/P/WEB", 3)]);
    shop.laws().unwrap();
}

/// Goal: a fence never takes out of another fence. Method: one channel has all; the other gets
/// nothing but a wish.
#[test]
fn a_fence_never_takes_from_another_fence() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 3));
    shop.accepts(&fence("POS", 3));
    shop.accepts(&fence("WEB", 2));
    shop.holds(&[("fenced/A/P/POS", 3), ("fenced/A/P/WEB", 0), ("fence_missing/A/P/WEB", 2)]);
    shop.laws().unwrap();
}

/// Goal: every refusal of both verbs, each naming its field, and in the documented order. Method:
/// commands that are wrong in one way, then in two.
#[test]
fn refusals() {
    let mut shop = Shop::new();
    let buffer = |sku: &str, node: &str, more: &str| {
        format!(r#""set_buffer":{{"sku":"{sku}","node":"{node}","buffer":2{more}}}"#)
    };
    shop.refuses(&buffer("X", "n1", ""), "item.unknown", "/sku");
    shop.refuses(&buffer("X", "n9", ""), "item.unknown", "/sku");
    shop.refuses(&buffer("A", "n9", ""), "location.unknown", "/node");
    shop.refuses(
        r#""set_buffer":{"sku":"A","node":"n1","buffer":-1}"#,
        "invalid.quantity_negative",
        "/set_buffer/buffer",
    );
    let found =
        shop.refuses(&buffer("A", "n1", r#","expected":1"#), "stock.unexpected", "/expected");
    assert_eq!(found, "0");
    shop.accepts(&buffer("A", "n1", r#","expected":0"#));

    let fence = |sku: &str, pool: &str, channel: &str, more: &str| {
        format!(
            r#""set_fence":{{"sku":"{sku}","pool":"{pool}","channel":"{channel}","fence":2{more}}}"#
        )
    };
    shop.refuses(&fence("X", "Z", "Z", ""), "item.unknown", "/sku");
    shop.refuses(&fence("A", "Z", "Z", ""), "pool.unknown", "/pool");
    shop.refuses(&fence("A", "Q", "Z", ""), "channel.unknown", "/channel");
    shop.refuses(&fence("A", "Q", "POS", ""), "channel.pool_foreign", "/pool");
    let found =
        shop.refuses(&fence("A", "P", "POS", r#","expected":9"#), "stock.unexpected", "/expected");
    assert_eq!(found, "0");
    shop.accepts(&fence("A", "P", "POS", r#","expected":0"#));
}

/// Goal: a channel that leaves a pool leaves no fence behind that nobody can open: it can be set to
/// nothing, and gives way like any other. Method: the channel is defined anew without the pool.
#[test]
fn a_fence_outlives_its_seller_only_until_it_is_needed() {
    let mut shop = Shop::new();
    shop.accepts(&receive("A", "n1", 4));
    shop.accepts(&fence("WEB", 3));
    shop.accepts(r#""define_channel":{"id":"WEB","kind":"web","pools":["Q"]}"#);
    shop.refuses(&fence("WEB", 1), "channel.pool_foreign", "/pool");
    let lower = |by: i64| {
        format!(
            r#""adjust_stock":{{"sku":"A","node":"n1","bucket":"available","by":{by},"reason":"stolen"}}"#
        )
    };
    shop.accepts(&lower(-2));
    shop.holds(&[("fenced/A/P/WEB", 2), ("fence_missing/A/P/WEB", 1), ("ats/A/P", 0)]);
    // What comes in does not fill a fence that nobody sells from.
    shop.accepts(&receive("A", "n1", 1));
    shop.holds(&[("fenced/A/P/WEB", 2), ("ats/A/P", 1)]);
    shop.accepts(&fence("WEB", 0));
    shop.holds(&[("fenced/A/P/WEB", 0), ("fence_missing/A/P/WEB", 0), ("ats/A/P", 3)]);
    shop.laws().unwrap();
}
