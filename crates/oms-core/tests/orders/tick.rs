//! The tick: bounded, and never stopped by one order.

use oms_core::command::{Context, Limits};
use oms_core::desk::{ReadSet, Slice};
use oms_core::engine::Engine;
use oms_core::flow::Request;
use oms_core::stock::Account;
use oms_core::words::{PoolId, Sku, TenantId};

use crate::shop::Shop;
use crate::watched::{Spy, Watched};

/// Five orders with a unit each, whose reservations end one minute after the other.
fn five(shop: &mut Shop) {
    shop.receive("A", "n1", 5);
    for minute in 1..=5 {
        let order = format!("O{minute}");
        shop.place(&order, &[("1", "A", 1)]);
        shop.ok(&format!("'unreserve': {{'order': '{order}', 'lines': [{{'line': '1'}}]}}"));
        shop.ok(&format!(
            "'reserve': {{'order': '{order}', 'until': '2026-11-24T10:0{minute}:00Z'}}"
        ));
    }
}

/// Goal: a tick handles as many orders as it may, the earliest deadline first, and says whether
/// more are due. Method: five due one after the other, ticks of two at a time.
#[test]
fn bounded() {
    let mut shop = Shop::new();
    five(&mut shop);
    shop.at("10:04:00");
    let first = shop.ok("'tick': {'limit': 2}").receipt;
    assert_eq!(first.orders.iter().map(|o| o.order.as_str()).collect::<Vec<_>>(), ["O1", "O2"]);
    assert!(first.more);
    let second = shop.ok("'tick': {'limit': 2}").receipt;
    assert_eq!(second.orders.iter().map(|o| o.order.as_str()).collect::<Vec<_>>(), ["O3", "O4"]);
    assert!(!second.more, "O5 is not due yet");
    assert_eq!((shop.ats("A", "P"), shop.stages("O5", "1").as_str()), (4, "reserved 1"));
    assert!(shop.ok("'tick': {}").receipt.events.is_empty());
}

/// Goal: a tick that finds more due than one turn can read for does a part and says so, instead of
/// being refused each time. Method: forty orders due, a bound on keys that a few of them reach.
#[test]
fn no_more_than_one_turn_reads_for() {
    let mut shop = Shop::new();
    shop.receive("A", "n1", 40);
    shop.receive("B", "n1", 40);
    for n in 10..50 {
        shop.place(&format!("O{n}"), &[("1", "A", 1), ("2", "B", 1)]);
    }
    shop.now = "2026-11-26T09:00:00Z".parse().unwrap();
    let mut ctx = Context::new(TenantId::new("T").unwrap(), shop.now);
    ctx.limits.keys = 120;
    let (mut ticks, mut done) = (0, 0);
    loop {
        ticks += 1;
        let line = format!(r#"{{"id":"t{ticks}","tick":{{"limit":20}}}}"#);
        let request = Request::parse(line.as_bytes(), &Limits::default()).unwrap();
        let receipt = shop.engine.execute(&ctx, request).unwrap().receipt;
        assert!(receipt.refusal.is_none(), "{:?}", receipt.refusal);
        done += receipt.orders.len();
        assert!(receipt.skipped.is_empty() && !receipt.orders.is_empty());
        if !receipt.more {
            break;
        }
    }
    assert_eq!(done, 40);
    assert!(ticks > 2, "{ticks}");
    assert_eq!((shop.reserved("A", "P"), shop.ats("B", "P")), (0, 40));
}

/// Goal: several deadlines of one order count as one. Method: a line whose units end at different
/// moments, and another order after them, with room for one order and for two.
#[test]
fn several_deadlines_of_one_order() {
    let mut shop = Shop::new();
    shop.receive("A", "n1", 4);
    shop.place("X", &[("1", "A", 3)]);
    shop.ok("'unreserve': {'order': 'X', 'lines': [{'line': '1'}]}");
    for minute in 1..=3 {
        shop.ok(&format!(
            "'reserve': {{'order': 'X', 'lines': [{{'line': '1', 'qty': 1}}],
              'until': '2026-11-24T10:0{minute}:00Z'}}"
        ));
    }
    shop.place("Y", &[("1", "A", 1)]);
    shop.at("10:02:00");
    let receipt = shop.ok("'tick': {'limit': 1}").receipt;
    assert_eq!(shop.stages("X", "1"), "open 2, reserved 1");
    assert!(!receipt.more);
    shop.now = "2026-11-26T09:00:00Z".parse().unwrap();
    let receipt = shop.ok("'tick': {'limit': 2}").receipt;
    assert_eq!(receipt.orders.len(), 2);
    assert!(!receipt.more);
    assert_eq!(shop.ats("A", "P"), 4);
}

/// Tells a wrong balance, as a torn import would leave it.
struct Liar;

impl Spy for Liar {
    fn read(&mut self, _: &ReadSet, slice: &mut Slice) {
        let lie = Account::Reserved(Sku::new("A").unwrap(), PoolId::new("P").unwrap());
        if let Some(balance) = slice.balances.get_mut(&lie) {
            *balance = 0;
        }
    }
}

/// Goal: a tick goes on past an order that fails, leaves it whole as it was, tells of it, and is not
/// stuck behind it. Method: of three due orders the first two have a broken balance under them; the
/// limit is one.
#[test]
fn goes_on_past_one_that_fails() {
    let mut shop = Shop::new();
    shop.receive("A", "n1", 2);
    shop.receive("B", "n1", 2);
    shop.place("X", &[("1", "B", 1), ("2", "A", 1)]);
    shop.place("Y", &[("1", "A", 1)]);
    shop.place("Z", &[("1", "B", 1)]);
    shop.now = "2026-11-26T09:00:00Z".parse().unwrap();
    let mut broken = Engine::new(Watched { inner: shop.store.clone(), spy: Liar });
    let ctx = Context::new(TenantId::new("T").unwrap(), shop.now);
    let line = br#"{"id":"t","tick":{"limit":1}}"#;
    let request = Request::parse(line, &Limits::default()).unwrap();
    let receipt = broken.execute(&ctx, request).unwrap().receipt;
    assert_eq!(receipt.orders.iter().map(|o| o.order.as_str()).collect::<Vec<_>>(), ["Z"]);
    let skipped: Vec<(&str, &str)> =
        receipt.skipped.iter().map(|s| (s.order.as_str(), s.code.as_str())).collect();
    let law = "stock.bounds_hold_when_decided";
    assert_eq!(skipped, [("X", law), ("Y", law)]);
    assert_eq!(shop.stages("X", "1"), "reserved 1", "nothing of an order that failed");
    assert_eq!(shop.stages("X", "2"), "reserved 1");
    assert_eq!(shop.stages("Z", "1"), "open 1");
    let mended = shop.ok("'tick': {}").receipt;
    assert!(mended.skipped.is_empty());
    assert_eq!((shop.reserved("A", "P"), shop.reserved("B", "P")), (0, 0));
}
