//! Holds and notes: what they stop, how they end, and what is kept of a text.
use crate::shop::Shop;
use oms_core::engine::Store;
use oms_core::words::TenantId;

/// Goal: one hold of a kind at a time, lifted by kind. Method: set, set again, lift, lift again.
#[test]
fn one_hold_of_a_kind() {
    let mut shop = Shop::new();
    shop.receive("A", "n1", 3);
    shop.place("O", &[("1", "A", 2)]);
    let done = shop.ok("'hold_order': {'order': 'O', 'kind': 'fraud'}");
    assert_eq!(done.receipt.events, ["order.hold_set"]);
    assert_eq!(done.receipt.orders[0].status.name(), "on_hold");
    assert_eq!(shop.order("O").holds[0].reason.as_str(), "fraud_review");
    let no = shop.no("'hold_order': {'order': 'O', 'kind': 'fraud'}");
    assert_eq!(no, ("hold.exists".into(), "/kind".into()));
    shop.ok("'hold_order': {'order': 'O', 'kind': 'address', 'reason': 'customer_request'}");
    shop.refused("'lift_hold': {'order': 'O', 'kind': 'manual'}", "hold.unknown");
    shop.ok("'lift_hold': {'order': 'O', 'kind': 'fraud', 'end': 'lifted'}");
    shop.refused("'lift_hold': {'order': 'O', 'kind': 'fraud'}", "hold.unknown");
    assert_eq!(shop.order("O").holds.len(), 1);
}

/// Goal: refusals of holding come in the documented order. Method: a command that breaks several
/// rules is refused for the first.
#[test]
fn refusals_of_holding() {
    let mut shop = Shop::new();
    shop.receive("A", "n1", 3);
    shop.place("O", &[("1", "A", 2)]);
    let hold = |order: &str, more: &str| {
        format!("'hold_order': {{'order': '{order}', 'kind': 'manual', {more}}}")
    };
    let past = "'until': '2026-11-24T09:00:00Z', 'reason': 'fraud'";
    let no = shop.no(&hold("NONE", past));
    assert_eq!(no, ("invalid.date_range".into(), "/until".into()));
    shop.refused(&hold("NONE", "'reason': 'fraud'"), "order.unknown");
    // A reason to cancel explains no hold.
    let no = shop.no(&hold("O", "'reason': 'fraud'"));
    assert_eq!(no, ("reason.unknown".into(), "/reason".into()));
    shop.ok("'cancel_order': {'order': 'O'}");
    shop.refused(&hold("O", "'reason': 'fraud'"), "order.closed");
}

/// Goal: a rejected hold cancels the order. Method: an order that holds reserved units.
#[test]
fn rejected_hold_cancels() {
    let mut shop = Shop::new();
    shop.receive("A", "n1", 3);
    shop.place("O", &[("1", "A", 2)]);
    shop.ok("'hold_order': {'order': 'O', 'kind': 'fraud'}");
    assert_eq!(shop.ats("A", "P"), 1);
    let done = shop.ok("'lift_hold': {'order': 'O', 'kind': 'fraud', 'end': 'rejected'}");
    assert_eq!(done.receipt.events, ["order.hold_ended", "units.cancelled"]);
    assert_eq!(done.receipt.orders[0].status.name(), "cancelled");
    assert_eq!((shop.ats("A", "P"), shop.reserved("A", "P")), (3, 0));
}

/// Goal: the text of a note stands in no event and in no kept command, a resend is known for what
/// it is, and each note keeps its own value. Method: two notes, one sent twice, one altered.
#[test]
fn notes_are_put_away() {
    let mut shop = Shop::new();
    shop.place("O", &[("1", "A", 2)]);
    let note =
        |id: &str, text: &str| format!(r#"{{"id":"{id}","note":{{"order":"O","text":"{text}"}}}}"#);
    let first = shop.send(&note("N1", "Ring twice at Ann's door"));
    let second = shop.send(&note("N2", "Ann moved"));
    assert_eq!(first.receipt.events, ["order.noted"]);
    assert_eq!(second.receipt.events, ["order.noted"]);
    let again = shop.send(&note("N1", "Ring twice at Ann's door"));
    assert!(again.repeated);
    assert_eq!(again.bytes, first.bytes);
    let altered = shop.send(&note("N1", "Ring once at Ann's door")).receipt.refusal.unwrap();
    assert_eq!((altered.code.as_str(), altered.path.as_str()), ("command.id_reused", "/text"));
    let notes = shop.order("O").notes;
    assert_eq!(notes.len(), 2);
    assert_ne!(notes[0], notes[1]);
    let tenant = TenantId::new("T").unwrap();
    let log = shop.store.feed(&tenant, &oms_core::engine::Feed::After(0), 1000).unwrap();
    assert!(log.iter().all(|e| !String::from_utf8_lossy(&e.payload).contains("Ann")));
    shop.refused("'note': {'order': 'O', 'text': ' '}", "invalid.empty");
    shop.refused("'note': {'order': 'NONE', 'text': 'x'}", "order.unknown");
    let long = "x".repeat(5_000);
    shop.refused(&format!("'note': {{'order': 'O', 'text': '{long}'}}"), "limit.bytes");
}
