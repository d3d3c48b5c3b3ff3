//! Demand as facts tell it, proven: by what balances and orders say, by following, and by a day told in detail.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use oms_core::command::{Context, Limits};
use oms_core::desk::{Entity, ReadSet, Slice};
use oms_core::engine::{
    Commit, Edge, Engine, Fault, Feed, MemoryStore, Outcome, Rejected, Sealed, State, Store,
};
use oms_core::event::Recorded;
use oms_core::flow::Request;
use oms_core::order::Stage;
use oms_core::stock::{Account, Bucket, Outside};
use oms_core::testing::life::live;
use oms_core::testing::strategies::Draw;
use oms_core::views::{DemandPlace, DemandView};
use oms_core::words::{BusinessDay, LocationId, Sku, TenantId, TimeOfDay, TimeZone, Timestamp};

/// A store that somebody keeps a hand on.
#[derive(Clone)]
struct Kept(Arc<Mutex<MemoryStore>>);

impl Store for Kept {
    fn read(&mut self, tenant: &TenantId, reads: &ReadSet) -> Result<Slice, Fault> {
        self.0.lock().unwrap().read(tenant, reads)
    }

    fn commit(&mut self, commit: &Commit) -> Result<Sealed, Rejected> {
        self.0.lock().unwrap().commit(commit)
    }

    fn group(&mut self, edge: Edge) -> Result<(), Fault> {
        self.0.lock().unwrap().group(edge)
    }

    fn feed(
        &mut self,
        tenant: &TenantId,
        feed: &Feed,
        most: usize,
    ) -> Result<Vec<Recorded>, Fault> {
        self.0.lock().unwrap().feed(tenant, feed, most)
    }

    fn outbox(&mut self, tenant: &TenantId, most: usize) -> Result<Vec<Recorded>, Fault> {
        self.0.lock().unwrap().outbox(tenant, most)
    }

    fn settle(&mut self, tenant: &TenantId, seqs: &[u64]) -> Result<(), Fault> {
        self.0.lock().unwrap().settle(tenant, seqs)
    }
}

// Goal: nothing wanted is lost or counted twice, whatever happens in whatever order; following is reading anew; shelves are
// what the balances say. Method: random lives, their orders and balances as replay has them.
#[test]
fn conserved() {
    let mut units = (0, 0, 0);
    for seed in 0..100 {
        let mut draw = Draw::new(seed);
        let words: Vec<u64> = (0..150).map(|_| draw.word()).collect();
        let mut store = Kept(Arc::new(Mutex::new(MemoryStore::new())));
        live(store.clone(), seed, &words).unwrap();
        for tenant in ["T1", "T2"].map(|name| TenantId::new(name).unwrap()) {
            let mut view = DemandView::new(TimeZone::UTC);
            view.follow(&mut store, &tenant, None).unwrap();
            let state = State::at(&mut store, &tenant, u64::MAX).unwrap();
            agrees(&view, &state, &mut units);
            // One by one, and in two parts.
            let all = store.feed(&tenant, &Feed::After(0), 10_000).unwrap();
            let mut single = DemandView::new(TimeZone::UTC);
            for (at, recorded) in all.iter().enumerate() {
                single.apply(recorded).unwrap();
                if at == all.len() / 2 {
                    let mut rest = single.clone();
                    rest.follow(&mut store, &tenant, None).unwrap();
                    assert_eq!(rest, view, "life {seed}");
                }
            }
            assert_eq!(single, view, "life {seed}");
        }
    }
    assert!(units.0 > 3_000 && units.1 > 300 && units.2 > 300, "{units:?}");
}

fn agrees(view: &DemandView, state: &State, units: &mut (u64, u64, u64)) {
    let (mut ordered, mut cancelled) = (BTreeMap::new(), BTreeMap::new());
    let mut open = 0;
    let mut tests = false;
    for (_, versioned) in state.entities() {
        let Entity::Order(order) = &versioned.entity else { continue };
        tests |= order.placed.test;
        for line in order.lines.iter().filter(|_| !order.placed.test) {
            let sku = &line.given.sku;
            *ordered.entry(sku.clone()).or_insert(0) += line.given.qty.get();
            *cancelled.entry(sku.clone()).or_insert(0) += line.at(Stage::Cancelled).get();
            open += line.at(Stage::Open).get();
        }
    }
    let (mut own, mut given) = (BTreeMap::new(), BTreeMap::new());
    for (key, days) in view.demand() {
        for day in days.values() {
            assert!(day.short <= day.ordered && day.cancelled <= day.ordered);
            *own.entry(key.sku.clone()).or_insert(0) += day.ordered;
            *given.entry(key.sku.clone()).or_insert(0) += day.cancelled;
            units.2 += day.short;
        }
    }
    assert_eq!((&own, &given), (&ordered, &cancelled));
    units.0 += own.values().sum::<u64>();
    assert_eq!(view.unclaimed().values().sum::<u64>(), open);
    for (sku, pool, units) in view.reserved() {
        assert_eq!(units, state.balance(&Account::Reserved(sku.clone(), pool.clone())));
    }
    let mut served: BTreeMap<Sku, i64> = BTreeMap::new();
    for (sku, node) in view.shelves() {
        let available = Account::Node(sku.clone(), node.clone(), Bucket::Available);
        assert_eq!(view.available(sku, node), state.balance(&available), "{sku} {node}");
        let buffered = Account::Node(sku.clone(), node.clone(), Bucket::Buffered);
        assert_eq!(view.buffered(sku, node), state.balance(&buffered), "{sku} {node}");
        let lasts = view.outages(sku, node).last().is_some_and(|last| last.to.is_none());
        assert_eq!(lasts, view.available(sku, node) <= 0);
        for pair in view.outages(sku, node).windows(2) {
            assert!(pair[0].from < pair[0].to.unwrap() && pair[0].to.unwrap() <= pair[1].from);
        }
        let days = view.served(sku, node).into_iter().flatten();
        *served.entry(sku.clone()).or_insert(0) +=
            days.map(|(_, qty)| i64::try_from(*qty).unwrap()).sum::<i64>();
    }
    if tests {
        return;
    }
    // What left the nodes is with customers, under way, or was lost.
    for (sku, served) in served {
        let balances = state.balances().iter();
        let away = balances.filter(|(account, _)| match account {
            Account::Transit(its, _) => *its == sku,
            Account::Outside(its, Outside::Customer | Outside::Lost) => *its == sku,
            _ => false,
        });
        assert_eq!(away.map(|(_, by)| by).sum::<i64>(), served, "{sku}");
        units.1 += u64::try_from(served).unwrap();
    }
}

fn run(engine: &mut Engine<MemoryStore>, at: &str, line: &str) {
    let now: Timestamp = at.parse().unwrap();
    let request = Request::parse(line.as_bytes(), &Limits::default()).unwrap();
    let done = engine.execute(&Context::new(TenantId::new("T").unwrap(), now), request).unwrap();
    assert!(matches!(done.receipt.outcome, Outcome::Accepted), "{line} {:?}", done.receipt.refusal);
}

// Goal: each figure stands at its key and day, short ones too, and an empty shelf is told by the minute. Method: two days
// of a shop in New York, reckoned by hand.
#[test]
fn two_days() {
    let mut engine = Engine::new(MemoryStore::new());
    for (at, line) in [
        ("2026-11-23T14:00:00Z", r#"{"id":"1","define_pool":{"id":"P"}}"#),
        (
            "2026-11-23T14:00:00Z",
            r#"{"id":"2","define_location":{"id":"n1","kind":"store","pool":"P","time_zone":"America/New_York","capabilities":{"ship":true,"pickup":true}}}"#,
        ),
        (
            "2026-11-23T14:00:00Z",
            r#"{"id":"3","define_channel":{"id":"WEB","kind":"web","pools":["P"]}}"#,
        ),
        ("2026-11-23T14:00:00Z", r#"{"id":"4","define_item":{"sku":"A","base_unit":"each"}}"#),
        ("2026-11-23T15:00:00Z", r#"{"id":"5","receive_stock":{"sku":"A","node":"n1","qty":4}}"#),
        // 23:00 of the 23rd in New York.
        (
            "2026-11-24T04:00:00Z",
            r#"{"id":"6","place_order":{"order":"O1","channel":"WEB","currency":"USD","groups":[{"group":"g","to":{"pickup":{"location":"n1"}}}],"lines":[{"line":"1","sku":"A","qty":6}]}}"#,
        ),
        (
            "2026-11-24T16:00:00Z",
            r#"{"id":"7","place_order":{"order":"O2","test":true,"channel":"WEB","currency":"USD","groups":[{"group":"g","to":{"pickup":{"location":"n1"}}}],"lines":[{"line":"1","sku":"A","qty":50}]}}"#,
        ),
        (
            "2026-11-24T16:30:00Z",
            r#"{"id":"8","cancel_lines":{"order":"O1","lines":[{"line":"1","qty":1}]}}"#,
        ),
        ("2026-11-24T17:00:00Z", r#"{"id":"9","receive_stock":{"sku":"A","node":"n1","qty":3}}"#),
        (
            "2026-11-24T17:30:00Z",
            r#"{"id":"10","sell_through":{"order":"T1","channel":"WEB","currency":"USD","node":"n1","happened_at":"2026-11-24T17:29:00Z","lines":[{"line":"1","sku":"A","qty":2}]}}"#,
        ),
        ("2026-11-24T18:00:00Z", r#"{"id":"11","release_to_node":{"order":"O1","node":"n1"}}"#),
        (
            "2026-11-24T18:00:00Z",
            r#"{"id":"12","pack":{"order":"O1","node":"n1","lines":[{"line":"1","qty":4}]}}"#,
        ),
        ("2026-11-24T19:00:00Z", r#"{"id":"13","collect":{"order":"O1","node":"n1"}}"#),
    ] {
        run(&mut engine, at, line);
    }
    let tenant = TenantId::new("T").unwrap();
    let mut view = DemandView::new(TimeZone::new("America/New_York").unwrap());
    view.follow(engine.store(), &tenant, None).unwrap();
    let (sku, node) = (Sku::new("A").unwrap(), LocationId::new("n1").unwrap());
    let (first, second) = ("2026-11-23".parse().unwrap(), "2026-11-24".parse().unwrap());
    let (key, days) = view.demand().next().unwrap();
    assert_eq!((view.demand().count(), &key.place), (1, &DemandPlace::Node(node.clone())));
    assert_eq!((days[&first].ordered, days[&first].short, days[&first].cancelled), (6, 2, 1));
    assert_eq!((days[&second].ordered, days[&second].short), (2, 0));
    let served: Vec<_> = view.served(&sku, &node).unwrap().iter().collect();
    assert_eq!(served, [(&second, &6)]);
    // From 23:00 to noon it had nothing.
    let midnight = |day| view.zone().instant(day, TimeOfDay::START);
    let out = |day: BusinessDay| view.out_ms(&sku, &node, midnight(day), midnight(day.next()));
    assert_eq!((out(first), out(second)), (3_600_000, 12 * 3_600_000));
    let mut before = DemandView::new(view.zone());
    before.follow(engine.store(), &tenant, Some(first)).unwrap();
    assert_eq!(before.last_at(), Some("2026-11-24T04:00:00Z".parse().unwrap()));
    before.follow(engine.store(), &tenant, None).unwrap();
    assert_eq!(before, view);
}
