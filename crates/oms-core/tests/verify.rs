//! Verification finds what is not as the events say, and names it; replay is the state.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "test code"
)]

use oms_core::command::{Context, Limits};
use oms_core::desk::{Entity, EntityKey, RangeRead, ReadSet, Row, Slice, Table};
use oms_core::engine::{
    Commit, Edge, Engine, Fault, Feed, Finding, MemoryStore, Rejected, Sealed, State, Store, verify,
};
use oms_core::event::Recorded;
use oms_core::flow::Request;
use oms_core::order::{OrderStatus, status};
use oms_core::stock::{Account, Bucket};
use oms_core::words::{LocationId, OrderId, PoolId, Sku, TenantId, Timestamp};

fn tenant() -> TenantId {
    TenantId::new("T").unwrap()
}

const HISTORY: &[&str] = &[
    r#"{"id":"1","define_pool":{"id":"P"}}"#,
    r#"{"id":"2","define_location":{"id":"n1","kind":"dc","pool":"P","time_zone":"America/New_York"}}"#,
    r#"{"id":"3","define_channel":{"id":"WEB","kind":"web","pools":["P"]}}"#,
    r#"{"id":"4","define_item":{"sku":"A","base_unit":"each"}}"#,
    r#"{"id":"5","receive_stock":{"sku":"A","node":"n1","qty":3}}"#,
    r#"{"id":"6","place_order":{"order":"O1","channel":"WEB","currency":"USD",
        "source":{"system":"shop","id":"1001","version":1},
        "groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],
        "discounts":[{"code":"ten","amount":"10.00 USD"}],
        "lines":[{"line":"1","sku":"A","qty":2,"unit_price":"19.99 USD"}]}}"#,
    r#"{"id":"7","place_order":{"order":"O2","channel":"WEB","currency":"USD",
        "groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"}}}}],
        "lines":[{"line":"1","sku":"A","qty":2}]}}"#,
];

fn history() -> MemoryStore {
    let mut engine = Engine::new(MemoryStore::new());
    let at = "2026-11-24T09:00:00Z".parse::<Timestamp>().unwrap();
    let ctx = Context::new(tenant(), at);
    for line in HISTORY {
        let request = Request::parse(line.as_bytes(), &Limits::default()).unwrap();
        let done = engine.execute(&ctx, request).unwrap();
        assert_eq!(done.receipt.refusal, None);
    }
    engine.into_store()
}

type Bend<T> = fn(&mut T);

/// A store that tells something else than it was told.
#[derive(Default)]
struct Bent {
    inner: MemoryStore,
    slice: Option<Bend<Slice>>,
    log: Option<Bend<Vec<Recorded>>>,
    stream: Option<Bend<Vec<Recorded>>>,
    outbox: Option<Bend<Vec<Recorded>>>,
}

impl Store for Bent {
    fn read(&mut self, tenant: &TenantId, reads: &ReadSet) -> Result<Slice, Fault> {
        let mut slice = self.inner.read(tenant, reads)?;
        if let Some(bend) = self.slice {
            bend(&mut slice);
        }
        Ok(slice)
    }

    fn commit(&mut self, commit: &Commit) -> Result<Sealed, Rejected> {
        self.inner.commit(commit)
    }

    fn group(&mut self, edge: Edge) -> Result<(), Fault> {
        self.inner.group(edge)
    }

    fn feed(&mut self, tenant: &TenantId, feed: &Feed, n: usize) -> Result<Vec<Recorded>, Fault> {
        let mut events = self.inner.feed(tenant, feed, n)?;
        let bend = match feed {
            Feed::After(_) => self.log,
            Feed::Stream(..) => self.stream,
        };
        if let Some(bend) = bend {
            bend(&mut events);
        }
        Ok(events)
    }

    fn outbox(&mut self, tenant: &TenantId, limit: usize) -> Result<Vec<Recorded>, Fault> {
        let mut events = self.inner.outbox(tenant, limit)?;
        if let Some(bend) = self.outbox {
            bend(&mut events);
        }
        Ok(events)
    }

    fn settle(&mut self, tenant: &TenantId, seqs: &[u64]) -> Result<(), Fault> {
        self.inner.settle(tenant, seqs)
    }
}

fn law_of(mut bent: Bent) -> (String, String, String) {
    bent.inner = history();
    match verify(&mut bent, &tenant()) {
        Err(Finding::Broken { law, place, detail }) => (law, place, detail),
        other => panic!("nothing was found: {other:?}"),
    }
}

fn rows(slice: &mut Slice, table: Table, bend: impl Fn(&RangeRead, &mut Vec<Row>)) {
    for (read, rows) in slice.ranges.iter_mut().filter(|(read, _)| read.table == table) {
        bend(read, rows);
    }
}

fn without(rows: &mut Vec<Row>, text: &str) {
    rows.retain(|row| !row.key.contains(text));
}

/// Goal: an honest store passes, and the report has its figures. Method: a short history.
#[test]
fn honest_store_passes() {
    let report = verify(&mut history(), &tenant()).unwrap();
    // pool, location, channel, item, received, two orders placed, two claims.
    assert_eq!((report.events, report.orders, report.catalog), (9, 2, 4));
    // available 3, supplier -3, reserved 3; ats is 0 and takes no room.
    assert_eq!((report.balances, report.unsettled), (3, 9));
    let other = verify(&mut history(), &TenantId::new("nobody").unwrap()).unwrap();
    assert_eq!((other.events, other.balances, other.rows), (0, 0, 0));
}

/// Goal: whatever is stored otherwise than the events say is found and named. Method: a store that
/// bends one answer, for every kind of answer.
#[test]
fn every_difference_is_found() {
    let cases: Vec<(Bent, &str, &str)> = vec![
        (
            Bent {
                slice: Some(|s| {
                    rows(s, Table::Balances, |_, rows| {
                        rows.iter_mut()
                            .filter(|r| r.key.starts_with("avail"))
                            .for_each(|r| r.value += 1);
                    });
                }),
                ..Bent::default()
            },
            "replay.balances",
            "balance `available/A/n1`: stored 4, the events make 3",
        ),
        (
            Bent {
                slice: Some(|s| rows(s, Table::Balances, |_, rows| without(rows, "reserved"))),
                ..Bent::default()
            },
            "replay.balances",
            "balance `reserved/A/P`: stored 0, the events make 3",
        ),
        (
            Bent {
                slice: Some(|s| rows(s, Table::Holders, |_, rows| without(rows, "O1"))),
                ..Bent::default()
            },
            "replay.rows",
            "not stored, the events make 2",
        ),
        (
            Bent {
                slice: Some(|s| {
                    rows(s, Table::Work, |read, rows| {
                        let key = "2147483647\u{1f}001795510800000\u{1f}O9".to_owned();
                        if read.from.is_empty() {
                            rows.push(Row { key, value: 1 });
                        }
                    });
                }),
                ..Bent::default()
            },
            "replay.rows",
            "stored 1, the events make none",
        ),
        (
            Bent {
                slice: Some(|s| {
                    rows(s, Table::Movements, |_, rows| rows.iter_mut().for_each(|r| r.value -= 1));
                }),
                ..Bent::default()
            },
            "replay.rows",
            "stored 2, the events make 3",
        ),
        (
            Bent {
                slice: Some(|s| {
                    rows(s, Table::Movements, |read, rows| {
                        if read.from.is_empty() {
                            rows.push(Row { key: "B\u{1f}n1".to_owned(), value: 7 });
                        }
                    });
                }),
                ..Bent::default()
            },
            "replay.rows",
            "row `B/n1` of table Movements: stored 7, the events make none",
        ),
        (
            Bent {
                slice: Some(|s| rows(s, Table::Entities, |_, rows| without(rows, "O2"))),
                ..Bent::default()
            },
            "replay.entities",
            "the orders: 1 stored with 2 events, the log has 2 with 4",
        ),
        (
            Bent {
                slice: Some(|s| {
                    for (key, held) in &mut s.entities {
                        if matches!(key, EntityKey::Order(id) if id.as_str() == "O2") {
                            held.as_mut().unwrap().version = 7;
                        }
                    }
                }),
                ..Bent::default()
            },
            "replay.entities",
            "entity `order/O2`: stored version 7, the events make 2",
        ),
        (
            Bent {
                slice: Some(|s| {
                    for held in s.entities.values_mut().flatten() {
                        if let Entity::Order(order) = &mut held.entity {
                            std::sync::Arc::make_mut(order).lines[0].holdings.truncate(1);
                        }
                    }
                }),
                ..Bent::default()
            },
            "replay.entities",
            "entity `order/O2`",
        ),
        (
            Bent {
                slice: Some(|s| {
                    s.entities.remove(&EntityKey::Item(Sku::new("A").unwrap()));
                }),
                ..Bent::default()
            },
            "replay.entities",
            "entity `item/A`: not stored, but events make it",
        ),
        (
            Bent { log: Some(|l| l.retain(|e| e.seq != 3)), ..Bent::default() },
            "log.gapless",
            "event 4: position 4 where 3 should follow",
        ),
        (
            Bent { log: Some(|l| l.retain(|e| e.seq < 9)), ..Bent::default() },
            "log.gapless",
            "event 9: the log ends at 9, its events at 8",
        ),
        (
            Bent {
                log: Some(|l| l.iter_mut().for_each(|e| e.at = e.at.plus_ms(1))),
                ..Bent::default()
            },
            "log.chain",
            "event 1: its hash is not that of its content",
        ),
        (
            Bent {
                log: Some(|l| l.iter_mut().skip(4).for_each(|e| e.previous = [0; 32])),
                ..Bent::default()
            },
            "log.chain",
            "event 5: does not follow the event before",
        ),
        (
            Bent { stream: Some(|l| l.truncate(1)), ..Bent::default() },
            "replay.entities",
            "entity `order/O1`: stored version 2, the events make 1",
        ),
        (
            Bent {
                stream: Some(|l| l.iter_mut().for_each(|e| e.payload.push(b' '))),
                ..Bent::default()
            },
            "log.chain",
            "event 6: its stream holds another content",
        ),
        (
            Bent { outbox: Some(|l| l.swap(0, 1)), ..Bent::default() },
            "log.outbox",
            "outbox row 1: after 2",
        ),
    ];
    for (bent, law, says) in cases {
        let (found, place, detail) = law_of(bent);
        let text = format!("{place}: {detail}");
        assert_eq!(found, law, "{text}");
        assert!(text.contains(says), "`{text}` does not say `{says}`");
    }
}

/// Goal: an event of an unknown type or version stops verification and replay with a named fault.
/// Method: a log whose fifth event says so, with a right chain.
#[test]
fn unknown_event_is_a_fault() {
    let rechain = |log: &mut Vec<Recorded>| {
        let mut previous = [0; 32];
        for event in log {
            event.previous = previous;
            event.hash = event.digest();
            previous = event.hash;
        }
    };
    let mut log = history().feed(&tenant(), &Feed::After(0), 100).unwrap();
    log[4].kind = "stock.teleported".to_owned();
    rechain(&mut log);
    let unknown = Fault::UnknownEvent { seq: 5, kind: "stock.teleported".to_owned(), version: 1 };
    assert_eq!(State::of(&log).unwrap_err(), unknown);
    let bend: Bend<Vec<Recorded>> = |log| {
        let mut previous = [0; 32];
        for event in log {
            if event.seq == 5 {
                event.version = 2;
            }
            event.previous = previous;
            event.hash = event.digest();
            previous = event.hash;
        }
    };
    let mut bent = Bent { inner: history(), log: Some(bend), ..Bent::default() };
    let unknown = Fault::UnknownEvent { seq: 5, kind: "stock.received".to_owned(), version: 2 };
    let says = "event 5 cannot be read: expected a type and version of this engine, found \
                `stock.received` version 2; use a newer engine";
    assert_eq!((unknown.code(), unknown.to_string().as_str()), ("event.unknown", says));
    assert_eq!(verify(&mut bent, &tenant()), Err(Finding::Fault(unknown)));
}

/// Goal: replay gives the stored state, and the state of any moment before. Method: compare with
/// what the store reads, and look at positions in between.
#[test]
fn replay_travels_in_time() {
    let mut store = history();
    let (sku, pool) = (Sku::new("A").unwrap(), PoolId::new("P").unwrap());
    let ats = Account::Ats(sku.clone(), pool.clone());
    let available = Account::Node(sku.clone(), LocationId::new("n1").unwrap(), Bucket::Available);
    let order = OrderId::new("O1").unwrap();
    let before = State::at(&mut store, &tenant(), 5).unwrap();
    assert_eq!((before.tip().seq, before.balance(&ats), before.order(&order)), (5, 3, None));
    let placed = State::at(&mut store, &tenant(), 6).unwrap();
    assert_eq!(status(placed.order(&order).unwrap()), OrderStatus::AwaitingStock);
    let now = State::at(&mut store, &tenant(), u64::MAX).unwrap();
    assert_eq!((now.balance(&ats), now.balance(&available)), (0, 3));
    let keys = now.entities().map(|(key, _)| key.clone()).collect();
    let balances = now.balances().keys().cloned().collect();
    let reads = ReadSet { entities: keys, balances, ..ReadSet::default() };
    let slice = store.read(&tenant(), &reads).unwrap();
    for (key, made) in now.entities() {
        assert_eq!(slice.entities[key].as_ref(), Some(&made));
    }
    assert_eq!(&slice.balances, now.balances());
    assert!(!now.rows().is_empty());
}
