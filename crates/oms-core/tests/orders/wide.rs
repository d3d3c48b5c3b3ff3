//! Orders of many lines: what a verb reads is read in few rounds, whatever the number of lines.

use crate::shop::Shop;

const LINES: usize = 200;

fn lines(sku: &'static str) -> Vec<(String, &'static str)> {
    (0..LINES).map(|i| (i.to_string(), sku)).collect()
}

fn wide<'a>(named: &'a [(String, &'static str)]) -> Vec<(&'a str, &'static str, u64)> {
    named.iter().map(|(line, sku)| (line.as_str(), *sku, 1)).collect()
}

/// Goal: no verb needs a round of reading for each line. Method: an order of 200 lines, shipped and
/// picked up, through reserving, planning, giving back and cancelling.
#[test]
fn many_lines() {
    let mut shop = Shop::new();
    let named = lines("A");
    shop.place("O", &wide(&named));
    shop.receive("A", "n1", LINES as u64);
    shop.ok("'reserve': {'order': 'O'}");
    assert_eq!(shop.reserved("A", "P"), 200);
    let plan: Vec<String> = named
        .iter()
        .map(|(line, _)| format!("{{'line': '{line}', 'node': 'n1', 'qty': 1}}"))
        .collect();
    shop.ok(&format!("'commit_plan': {{'order': 'O', 'assignments': [{}]}}", plan.join(",")));
    assert_eq!(shop.allocated("A", "n1"), 200);
    let back: Vec<String> =
        named.iter().map(|(line, _)| format!("{{'line': '{line}', 'node': 'n1'}}")).collect();
    shop.ok(&format!("'unallocate': {{'order': 'O', 'lines': [{}]}}", back.join(",")));
    assert_eq!((shop.allocated("A", "n1"), shop.reserved("A", "P")), (0, 200));
    shop.ok("'cancel_order': {'order': 'O'}");
    assert_eq!((shop.ats("A", "P"), shop.available("A", "n1")), (200, 200));

    shop.receive("B", "s1", 150);
    let named = lines("B");
    let done = shop.place_pickup("P", "s1", &wide(&named));
    assert_eq!(done.receipt.short.len(), 50);
    assert_eq!(shop.allocated("B", "s1"), 150);
    shop.receive("B", "s1", 50);
    shop.ok("'reserve': {'order': 'P'}");
    shop.now = "2026-12-24T09:00:00Z".parse().unwrap();
    let done = shop.ok("'tick': {}");
    assert_eq!(done.receipt.orders[0].status.name(), "cancelled");
    assert_eq!(shop.available("B", "s1"), 200);
}
