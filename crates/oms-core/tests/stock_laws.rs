//! The laws of stock under any sequence of commands: two SKUs, three nodes, two pools, two channels.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

#[allow(dead_code, reason = "shared with the tests of single verbs")]
#[path = "stock/room.rs"]
mod room;
mod watched;

use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_oneof, proptest};
use proptest::sample::select;

use room::{Shop, pickup, place_first, receive, sell, sell_at};

/// What somebody wants, before it has ids.
#[derive(Clone, Debug)]
enum Wish {
    /// A command as it stands.
    Plain(String),
    /// A new order.
    Place { channel: &'static str, sku: &'static str, qty: u64, priority: i32 },
    /// A new pickup order.
    Pickup { channel: &'static str, sku: &'static str, qty: u64, node: &'static str },
    /// A sale at a till, so many minutes ago.
    Sell {
        channel: &'static str,
        sku: &'static str,
        qty: u64,
        node: &'static str,
        ago: Option<i64>,
    },
    /// A count, so many minutes ago.
    Count { sku: &'static str, node: &'static str, counted: u64, bucket: &'static str, ago: i64 },
    /// Something done to one of the orders so far.
    Handle { which: usize, what: &'static str, node: &'static str, qty: u64 },
}

fn sku() -> impl Strategy<Value = &'static str> {
    select(vec!["A", "A", "A", "B"])
}

fn node() -> impl Strategy<Value = &'static str> {
    select(vec!["n1", "n1", "n2", "m1"])
}

fn channel() -> impl Strategy<Value = &'static str> {
    select(vec!["WEB", "POS"])
}

fn bucket() -> impl Strategy<Value = &'static str> {
    select(vec!["available", "available", "inspect", "damaged", "quarantine"])
}

fn stock_wish() -> impl Strategy<Value = Wish> {
    let adjust = (sku(), node(), bucket(), -6..6_i64).prop_map(|(sku, node, bucket, by)| {
        format!(
            r#""adjust_stock":{{"sku":"{sku}","node":"{node}","bucket":"{bucket}","by":{by},"reason":"correction"}}"#
        )
    });
    let shelves = ((node(), bucket()), (node(), bucket()));
    let moves = (sku(), 1..6_u64, shelves).prop_map(|(sku, qty, (from, to))| {
        format!(
            r#""move_stock":{{"sku":"{sku}","qty":{qty},"from":{{"node":"{}","bucket":"{}"}},
            "to":{{"node":"{}","bucket":"{}"}}}}"#,
            from.0, from.1, to.0, to.1
        )
    });
    let buffer = (sku(), node(), 0..5_u64).prop_map(|(sku, node, n)| {
        format!(r#""set_buffer":{{"sku":"{sku}","node":"{node}","buffer":{n}}}"#)
    });
    let pool = select(vec!["P", "P", "Q"]);
    let fence = (sku(), pool, channel(), 0..5_u64).prop_map(|(sku, pool, channel, n)| {
        format!(
            r#""set_fence":{{"sku":"{sku}","pool":"{pool}","channel":"{channel}","fence":{n}}}"#
        )
    });
    let receive = (sku(), node(), 1..9_u64).prop_map(|(sku, node, qty)| receive(sku, node, qty));
    let close = Just(r#""close_location":{"location":"n2"}"#.to_owned());
    let leave = Just(r#""define_channel":{"id":"WEB","kind":"web","pools":["Q"]}"#.to_owned());
    let back = Just(r#""define_channel":{"id":"WEB","kind":"web","pools":["P","Q"]}"#.to_owned());
    prop_oneof![
        8 => receive,
        4 => adjust,
        4 => moves,
        3 => buffer,
        3 => fence,
        1 => select(vec!["free", "hidden", "claims", "below_zero", "below_zero"]).prop_map(|reach| {
            format!(r#""set_policy":{{"scope":"tenant","policy":{{"sell_through":"{reach}","cancel_assent":true}}}}"#)
        }),
        1 => prop_oneof![1 => close, 2 => leave, 4 => back],
    ]
    .prop_map(Wish::Plain)
}

fn order_wish() -> impl Strategy<Value = Wish> {
    let place = (channel(), sku(), 1..6_u64, -1..2_i32)
        .prop_map(|(channel, sku, qty, priority)| Wish::Place { channel, sku, qty, priority });
    let pickup = (channel(), sku(), 1..5_u64, node())
        .prop_map(|(channel, sku, qty, node)| Wish::Pickup { channel, sku, qty, node });
    let ago = prop_oneof![2 => Just(None), 1 => (0..90_i64).prop_map(Some)];
    let sell = (channel(), sku(), 1..5_u64, node(), ago)
        .prop_map(|(channel, sku, qty, node, ago)| Wish::Sell { channel, sku, qty, node, ago });
    let count = (sku(), node(), 0..9_u64, bucket(), 0..90_i64).prop_map(
        |(sku, node, counted, bucket, ago)| Wish::Count { sku, node, counted, bucket, ago },
    );
    let what = select(vec!["reserve", "commit_plan", "release_to_node", "pack", "cancel_lines"]);
    let handle = (0..40_usize, what, node(), 1..4_u64)
        .prop_map(|(which, what, node, qty)| Wish::Handle { which, what, node, qty });
    prop_oneof![4 => place, 4 => pickup, 4 => sell, 3 => count, 8 => handle]
}

/// The command of a wish, at a minute of the day.
fn command(wish: &Wish, minute: i64, orders: &mut Vec<String>) -> String {
    let moment = |ago: i64| {
        let at = 480 + minute - ago;
        format!("2026-11-24T{:02}:{:02}:00Z", at / 60, at % 60)
    };
    let new = |orders: &mut Vec<String>| {
        orders.push(format!("O{}", orders.len()));
        orders.last().unwrap().clone()
    };
    match wish {
        Wish::Plain(command) => command.clone(),
        Wish::Place { channel, sku, qty, priority } => {
            place_first(&new(orders), channel, sku, *qty, *priority)
        }
        Wish::Pickup { channel, sku, qty, node } => pickup(&new(orders), channel, sku, *qty, node),
        Wish::Sell { channel, sku, qty, node, ago } => {
            let order = format!("S{minute}");
            match ago {
                None => sell(&order, channel, sku, *qty, node),
                Some(ago) => sell_at(&order, channel, sku, *qty, node, &moment(*ago)),
            }
        }
        Wish::Count { sku, node, counted, bucket, ago } => {
            let bucket = match *bucket {
                "available" => String::new(),
                other => format!(r#","bucket":"{other}""#),
            };
            format!(
                r#""count_stock":{{"sku":"{sku}","node":"{node}","counted":{counted},"counted_at":"{}"{bucket}}}"#,
                moment(*ago)
            )
        }
        Wish::Handle { which, what, node, qty } => {
            let order = orders.get(which % orders.len().max(1)).map_or("O0", String::as_str);
            let more = match *what {
                "commit_plan" => {
                    format!(r#","assignments":[{{"line":"1","node":"{node}","qty":{qty}}}]"#)
                }
                "release_to_node" => format!(r#","node":"{node}""#),
                "pack" => format!(r#","node":"{node}","lines":[{{"line":"1","qty":{qty}}}]"#),
                "cancel_lines" => format!(r#","lines":[{{"line":"1","qty":{qty}}}]"#),
                _ => String::new(),
            };
            format!(r#""{what}":{{"order":"{order}"{more}}}"#)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Goal: no sequence of commands breaks a law of stock, and what is refused changes nothing.
    /// Method: after each command all laws are recomputed from what the store holds; at the end (as
    /// every shop does) the whole state is rebuilt from the events.
    #[test]
    fn laws_hold_after_every_command(
        wishes in vec(prop_oneof![1 => stock_wish(), 1 => order_wish()], 1..60)
    ) {
        let mut shop = Shop::new();
        let mut orders = Vec::new();
        for (minute, wish) in (0..).zip(&wishes) {
            let line = command(wish, minute, &mut orders);
            let at = 480 + minute;
            shop.at(&format!("{:02}:{:02}", at / 60, at % 60));
            let tip = shop.tip();
            let done = shop.runs(&line);
            if done.receipt.refusal.is_some() {
                assert_eq!(shop.tip(), tip, "{line}");
            }
            if let Err(broken) = shop.laws() {
                panic!("{broken}\nafter {line}\n{}", String::from_utf8_lossy(&done.bytes));
            }
        }
    }
}
