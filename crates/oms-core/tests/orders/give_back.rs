//! What is given up goes back whence it came: to the unit, whatever went before.

use oms_core::engine::{Feed, Outcome, Store};
use oms_core::event::Event;
use oms_core::order::{Move, Stage};
use oms_core::stock::{Account, Bucket};
use oms_core::words::{ChannelId, LocationId, PoolId, Sku, TenantId};
use proptest::prelude::*;

use crate::shop::Shop;

const NODES: [(&str, &str); 3] = [("n1", "P"), ("n2", "P"), ("s1", "S")];
const CHANNELS: [&str; 2] = ["WEB", "POS"];

/// A command, drawn: what, on which order, where, how many.
type Draw = (u8, u8, u8, u64);

fn verb(orders: &mut Vec<&'static str>, (what, which, place, qty): Draw) -> String {
    let (node, pool) = NODES[usize::from(place) % 3];
    let channel = CHANNELS[usize::from(which) % 2];
    let order = format!("O{}", usize::from(which) % orders.len().max(1));
    let line = format!("'line': '1', 'qty': {qty}");
    match what % 14 {
        0 | 1 => format!("'receive_stock': {{'sku': 'A', 'node': '{node}', 'qty': {qty}}}"),
        2 => format!(
            "'set_fence': {{'sku': 'A', 'pool': '{pool}', 'channel': '{channel}', 'fence': {}}}",
            qty - 1
        ),
        3 => format!(
            "'count_stock': {{'sku': 'A', 'node': '{node}', 'counted': {}}}",
            qty.saturating_sub(2)
        ),
        4 | 5 => {
            let to = match place % 4 {
                3 => "{'pickup': {'location': 's1'}}",
                _ => "{'ship': {'destination': {'country': 'US', 'region': 'Z1'}}}",
            };
            let order = format!("O{}", orders.len());
            orders.push(channel);
            format!(
                "'place_order': {{'order': '{order}', 'channel': '{channel}', 'currency': 'USD',
                  'groups': [{{'group': 'g', 'to': {to}}}],
                  'lines': [{{'line': '1', 'sku': 'A', 'qty': {}}}]}}",
                qty + 2
            )
        }
        6 => format!("'reserve': {{'order': '{order}'}}"),
        7 | 8 => format!(
            "'commit_plan': {{'order': '{order}', 'assignments': [{{{line}, 'node': '{node}'}}]}}"
        ),
        9 => format!("'release_to_node': {{'order': '{order}', 'node': '{node}'}}"),
        10 => format!("'pack': {{'order': '{order}', 'node': '{node}', 'lines': [{{{line}}}]}}"),
        11 => {
            format!("'unallocate': {{'order': '{order}', 'lines': [{{{line}, 'node': '{node}'}}]}}")
        }
        12 => format!("'unreserve': {{'order': '{order}', 'lines': [{{{line}}}]}}"),
        _ => format!("'cancel_lines': {{'order': '{order}', 'lines': [{{{line}}}]}}"),
    }
}

/// All balances of A that claims and allocations move.
fn balances(shop: &mut Shop) -> Vec<(Account, i64)> {
    let sku = Sku::new("A").unwrap();
    let mut accounts = Vec::new();
    for (node, _) in NODES {
        for bucket in [Bucket::Available, Bucket::Allocated] {
            accounts.push(Account::Node(sku.clone(), LocationId::new(node).unwrap(), bucket));
        }
    }
    for pool in ["P", "S"].map(|p| PoolId::new(p).unwrap()) {
        accounts.push(Account::Ats(sku.clone(), pool.clone()));
        accounts.push(Account::Reserved(sku.clone(), pool.clone()));
        for channel in CHANNELS.map(|c| ChannelId::new(c).unwrap()) {
            accounts.push(Account::Fenced(sku.clone(), pool.clone(), channel.clone()));
            accounts.push(Account::FenceSet(sku.clone(), pool.clone(), channel));
        }
    }
    accounts.into_iter().map(|a| (a.clone(), shop.balance(a))).collect()
}

/// What the balances must be after units have left their spots, by the words of the domain alone.
fn expected(mut now: Vec<(Account, i64)>, moves: &[Move], channel: &str) -> Vec<(Account, i64)> {
    let sku = Sku::new("A").unwrap();
    let channel = ChannelId::new(channel).unwrap();
    for m in moves {
        let from = m.from.as_ref().unwrap();
        let Some(pool) = &from.pool else { continue };
        let qty = m.qty.as_i64();
        let ats = Account::Ats(sku.clone(), pool.clone());
        let of = |now: &[(Account, i64)], wanted: &Account| {
            now.iter().find(|(a, _)| a == wanted).map_or(0, |(_, n)| *n)
        };
        let set = Account::FenceSet(sku.clone(), pool.clone(), channel.clone());
        let fence = if from.fenced && of(&now, &set) > 0 {
            qty - qty.min((-of(&now, &ats)).max(0))
        } else {
            0
        };
        let mut changes = vec![
            (Account::Fenced(sku.clone(), pool.clone(), channel.clone()), fence),
            (ats, qty - fence),
        ];
        match &from.node {
            None => changes.push((Account::Reserved(sku.clone(), pool.clone()), -qty)),
            Some(node) => {
                let at = |bucket| Account::Node(sku.clone(), node.clone(), bucket);
                changes.push((at(Bucket::Allocated), -qty));
                changes.push((at(Bucket::Available), qty));
            }
        }
        for (account, by) in changes {
            now.iter_mut().find(|(a, _)| *a == account).unwrap().1 += by;
        }
    }
    now
}

/// Moves of the last command's cancellations.
fn cancelled(shop: &mut Shop, after: u64) -> Vec<Move> {
    let tenant = TenantId::new("T").unwrap();
    let log = shop.store.feed(&tenant, &Feed::After(after), 1000).unwrap();
    let events = log.iter().map(|r| Event::decode(&r.kind, &r.payload).unwrap().unwrap());
    let shifts = events.filter_map(|e| match e {
        Event::Shifted(shift) => Some(shift.moves),
        _ => None,
    });
    shifts.flatten().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    /// Goal: a cancel gives back exactly what the holdings hold: a node's units to its shelf, a
    /// pool's claim to ats, a fence's to the fence, unless ats is below zero or the fence was set to
    /// zero since. Method: random commands, and after each cancel the balances against a reckoning
    /// by the words of the domain; in the end all orders are cancelled and nothing is claimed.
    #[test]
    fn whence_it_came(draws in prop::collection::vec((0u8..14, 0u8..8, 0u8..12, 1u64..5), 20..60)) {
        let mut shop = Shop::new();
        let mut orders = Vec::new();
        for draw in draws {
            let verb = verb(&mut orders, draw);
            let before = balances(&mut shop);
            let done = shop.run(&verb);
            shop.check_pools();
            let is_cancel = verb.contains("cancel_lines");
            if let (true, Some(seq)) = (is_cancel, done.receipt.seq) {
                prop_assert_eq!(done.receipt.outcome, Outcome::Accepted);
                let moves = cancelled(&mut shop, seq - 1);
                let channel = orders[usize::from(draw.1) % orders.len()];
                prop_assert!(moves.iter().all(|m| m.to.stage == Stage::Cancelled));
                prop_assert_eq!(moves.iter().map(|m| m.qty.get()).sum::<u64>(), draw.3);
                prop_assert_eq!(balances(&mut shop), expected(before, &moves, channel));
            }
        }
        for order in 0..orders.len() {
            shop.run(&format!("'cancel_order': {{'order': 'O{order}'}}"));
        }
        shop.check_pools();
        for (account, balance) in balances(&mut shop) {
            let claim = matches!(
                account,
                Account::Reserved(..) | Account::Node(_, _, Bucket::Allocated)
            );
            prop_assert!(!claim || balance == 0, "{:?} is {}", account, balance);
        }
    }
}

/// An order of WEB with two units out of its fence of three, packed at n1, where four are.
fn two_fenced_packed() -> Shop {
    let mut shop = Shop::new();
    shop.ok("'set_fence': {'sku': 'A', 'pool': 'P', 'channel': 'WEB', 'fence': 3}");
    shop.receive("A", "n1", 4);
    shop.place("O", &[("1", "A", 2)]);
    shop.ok(
        "'commit_plan': {'order': 'O', 'assignments': [{'line': '1', 'node': 'n1', 'qty': 2}]}",
    );
    shop.ok("'release_to_node': {'order': 'O', 'node': 'n1'}");
    shop.ok("'pack': {'order': 'O', 'node': 'n1', 'lines': [{'line': '1', 'qty': 2}]}");
    assert_eq!((shop.ats("A", "P"), shop.fenced("A", "P", "WEB")), (1, 1));
    shop
}

/// Goal: units of a fence go back into it; while ats is below zero they fill that first; once the
/// fence was set to zero they are everybody's. Method: the same packed units cancelled after
/// nothing, after a count that found nothing on the shelf, and after the fence was given up.
#[test]
fn a_fence_gets_its_own() {
    let cancel = "'cancel_order': {'order': 'O'}";
    let mut shop = two_fenced_packed();
    shop.ok(cancel);
    assert_eq!((shop.ats("A", "P"), shop.fenced("A", "P", "WEB")), (1, 3));

    let mut shop = two_fenced_packed();
    shop.ok("'count_stock': {'sku': 'A', 'node': 'n1', 'counted': 0}");
    assert_eq!((shop.ats("A", "P"), shop.available("A", "n1")), (-2, -2));
    shop.ok(cancel);
    assert_eq!((shop.ats("A", "P"), shop.available("A", "n1")), (0, 0));
    assert_eq!(shop.fenced("A", "P", "WEB"), 0);

    let mut shop = two_fenced_packed();
    shop.ok("'set_fence': {'sku': 'A', 'pool': 'P', 'channel': 'WEB', 'fence': 0}");
    shop.ok(cancel);
    assert_eq!((shop.ats("A", "P"), shop.fenced("A", "P", "WEB")), (4, 0));
}
