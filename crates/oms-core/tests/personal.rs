//! Names, addresses and words of customers stand in one table, and nowhere else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

mod watched;

use oms_core::command::{Context, Limits};
use oms_core::desk::{ReadSet, Slice};
use oms_core::engine::{Commit, Done, Engine, MemoryStore, Outcome, Sealed, verify};
use oms_core::flow::Request;
use oms_core::words::{TenantId, Timestamp};
use watched::{Spy, Watched};

/// Sees everything that is written beside the personal values. It can lose those, as if a customer had
/// been forgotten.
#[derive(Default)]
struct Shoulder {
    written: Vec<u8>,
    kept: Vec<u8>,
    forgotten: bool,
}

impl Spy for Shoulder {
    fn read(&mut self, _: &ReadSet, slice: &mut Slice) {
        if self.forgotten {
            slice.personal.values_mut().for_each(|value| *value = None);
        }
    }

    fn committed(&mut self, commit: &Commit, sealed: &Sealed) {
        let mut write = |bytes: &[u8]| self.written.extend_from_slice(bytes);
        for event in &sealed.events {
            write(&event.payload);
            write(event.stream.as_bytes());
        }
        for (key, _, held) in &commit.entities {
            write(key.key().as_bytes());
            write(&held.entity.encode().unwrap());
        }
        for (_, row) in commit.rows_new.iter().chain(&commit.rows_gone) {
            write(row.key.as_bytes());
        }
        for delta in commit.events.iter().flat_map(|planned| planned.event.deltas()) {
            write(delta.account.parts().join("/").as_bytes());
        }
        write(&commit.content);
        write(&sealed.receipt_bytes);
        for personal in &commit.personal {
            self.kept.extend_from_slice(&personal.value);
        }
    }
}

type Shop = Engine<Watched<MemoryStore, Shoulder>>;

/// Every word that only the customer's own table may know.
const SECRETS: [&str; 11] = [
    "Ann Example",
    "Example Ltd",
    "Secret Street 1",
    "Third bell",
    "Hiddentown",
    "98765",
    "+49 555 0100",
    "ann@example.org",
    "For my Ann",
    "Sold to Ann",
    "Rang twice",
];

const COMMANDS: &str = r#"
define_pool {"id":"P"}
define_location {"id":"n1","kind":"store","pool":"P","time_zone":"UTC","capabilities":{"ship":true,"pickup":true}}
define_channel {"id":"WEB","kind":"web","pools":["P"]}
define_item {"sku":"A","base_unit":"each"}
receive_stock {"sku":"A","node":"n1","qty":4}
place_order {"order":"O1","channel":"WEB","currency":"USD","customer":"C1","groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1"},"address":{"name":"Ann Example","company":"Example Ltd","line1":"Secret Street 1","line2":"Third bell","city":"Hiddentown","postal_code":"98765","phone":"+49 555 0100","email":"ann@example.org"}}}}],"lines":[{"line":"1","sku":"A","qty":2,"personalization":"For my Ann"}]}
sell_through {"order":"S1","node":"n1","channel":"WEB","currency":"USD","lines":[{"line":"1","sku":"A","qty":1,"personalization":"Sold to Ann"}]}
note {"order":"O1","text":"Rang twice, nobody there"}
commit_plan {"order":"O1","assignments":[{"line":"1","node":"n1","qty":2}]}
release_to_node {"order":"O1","node":"n1"}
"#;

const AFTER: &str = r#"
pack {"order":"O1","node":"n1","lines":[{"line":"1","qty":2}]}
cancel_order {"order":"O1"}
"#;

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Sends every command of a script; a repeated one is the same answer.
fn send(engine: &mut Shop, script: &str, first: usize) -> Vec<Done> {
    let ctx = Context::new(
        TenantId::new("T").unwrap(),
        "2026-11-24T09:00:00Z".parse::<Timestamp>().unwrap(),
    );
    let lines = script.lines().filter(|line| !line.is_empty());
    let commands = lines.enumerate().map(|(n, line)| {
        let (verb, payload) = line.split_once(' ').unwrap();
        let text = format!(r#"{{"id":"c{}","{verb}":{payload}}}"#, first + n);
        Request::parse(text.as_bytes(), &Limits::default()).unwrap()
    });
    commands
        .map(|request| {
            let done = engine.execute(&ctx, request).unwrap();
            assert_eq!(done.receipt.outcome, Outcome::Accepted, "{:?}", done.receipt.refusal);
            done
        })
        .collect()
}

/// Goal: no personal value stands in an event, an entity, a row, an account, a kept command or a
/// receipt. Once the values are gone for good, nothing else is: the books verify, a resend is known,
/// and the order goes on to its end. Method: an order with every personal field, a sale and a note,
/// through a store that keeps all bytes that are written; then without the values.
#[test]
fn personal_values_stand_in_one_table() {
    let tenant = TenantId::new("T").unwrap();
    let mut engine: Shop = Engine::new(Watched::default());
    let first = send(&mut engine, COMMANDS, 1);
    for secret in SECRETS {
        assert!(!has(&engine.store().spy.written, secret), "`{secret}` is told");
        assert!(has(&engine.store().spy.kept, secret), "`{secret}` is lost");
    }
    verify(engine.store(), &tenant).unwrap();
    engine.store().spy.forgotten = true;
    verify(engine.store(), &tenant).unwrap();
    let again = send(&mut engine, COMMANDS, 1);
    for (first, again) in first.iter().zip(&again) {
        assert!(again.repeated && first.bytes == again.bytes);
    }
    let status = send(&mut engine, AFTER, first.len() + 1)[1].receipt.orders[0].status;
    assert_eq!(status.name(), "cancelled");
    verify(engine.store(), &tenant).unwrap();
}
