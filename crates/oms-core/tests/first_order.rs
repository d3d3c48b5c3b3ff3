//! The first slice end to end: define, receive, place, and the last unit goes to one till only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

use oms_core::command::{Context, Limits};
use oms_core::engine::{Done, Engine, MemoryStore, Outcome};
use oms_core::flow::Request;
use oms_core::words::{TenantId, Timestamp};

fn run(engine: &mut Engine<MemoryStore>, line: &str) -> Done {
    let ctx = Context::new(
        TenantId::new("T").unwrap(),
        "2026-11-24T09:00:00Z".parse::<Timestamp>().unwrap(),
    );
    let request = Request::parse(line.as_bytes(), &Limits::default()).unwrap();
    engine.execute(&ctx, request).unwrap()
}

/// Goal: two orders for the last unit; one is reserved, the other stays open and says so. A resend
/// gets the same bytes, an altered resend is refused naming the field.
#[test]
fn last_unit() {
    let mut engine = Engine::new(MemoryStore::new());
    for line in [
        r#"{"id":"1","define_pool":{"id":"P"}}"#,
        r#"{"id":"2","define_location":{"id":"n1","kind":"dc","pool":"P","time_zone":"America/New_York"}}"#,
        r#"{"id":"3","define_channel":{"id":"WEB","kind":"web","pools":["P"]}}"#,
        r#"{"id":"4","define_item":{"sku":"A","base_unit":"each"}}"#,
        r#"{"id":"5","receive_stock":{"sku":"A","node":"n1","qty":1}}"#,
    ] {
        let done = run(&mut engine, line);
        let text = String::from_utf8_lossy(&done.bytes).into_owned();
        assert_eq!(done.receipt.outcome, Outcome::Accepted, "{text}");
    }
    let place = |id: &str, order: &str, qty: u32| {
        format!(
            r#"{{"id":"{id}","place_order":{{"order":"{order}","channel":"WEB","currency":"USD",
            "groups":[{{"group":"g","to":{{"ship":{{"destination":{{"country":"US","region":"Z1"}},
            "address":{{"name":"Ann"}}}}}}}}],
            "lines":[{{"line":"1","sku":"A","qty":{qty},"unit_price":"19.99 USD"}}]}}}}"#
        )
    };
    let x = run(&mut engine, &place("6", "X", 1));
    let y = run(&mut engine, &place("7", "Y", 1));
    assert!(x.receipt.short.is_empty());
    assert_eq!(y.receipt.short.len(), 1);
    let again = run(&mut engine, &place("6", "X", 1));
    assert!(again.repeated);
    assert_eq!(again.bytes, x.bytes);
    let other = run(&mut engine, &place("6", "X", 3));
    let refusal = other.receipt.refusal.unwrap();
    assert_eq!(refusal.code, "command.id_reused");
    let told = (refusal.path.as_str(), refusal.expected.as_str(), refusal.found.as_str());
    assert_eq!(told, ("/lines/0/qty", "1", "3"));
}
