//! Whatever bytes come, as a command or as an event: never a panic, always a stable code, and what
//! can be read is written and read again the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use oms_core::command::{Class, Code, Limits};
use oms_core::engine::{Feed, MemoryStore, Store};
use oms_core::event::{Event, Recorded};
use oms_core::flow::{Request, Unreadable};
use oms_core::testing::life::live;
use oms_core::testing::strategies::Draw;
use oms_core::words::TenantId;
use proptest::prelude::*;
use serde_json::Value;

/// Commands as lives send them, and the events that they left.
fn corpus() -> (Vec<String>, Vec<Recorded>) {
    let (mut texts, mut events) = (Vec::new(), Vec::new());
    for seed in 0..12 {
        let mut draw = Draw::new(seed);
        let words: Vec<u64> = (0..120).map(|_| draw.word()).collect();
        let store = MemoryStore::new();
        let life = live(store.clone(), seed, &words).unwrap();
        texts.extend(life.texts().map(str::to_owned));
        let tenant = TenantId::new("T1").unwrap();
        events.extend(store.clone().feed(&tenant, &Feed::After(0), 1 << 20).unwrap());
    }
    (texts, events)
}

fn parse(bytes: &[u8]) -> Result<Request, Unreadable> {
    Request::parse(bytes, &Limits::default())
}

/// What must be so of every answer to anything.
fn is_sound(bytes: &[u8]) {
    match parse(bytes) {
        Ok(request) => {
            let again = request.to_json().unwrap();
            let same = parse(again.as_bytes()).unwrap_or_else(|e| panic!("{again}: {e}"));
            assert_eq!(same, request, "{again}");
            assert_eq!(same.to_json().unwrap(), again);
        }
        Err(Unreadable { refusal, .. }) => {
            assert!(Code::ALL.contains(&refusal.code));
            assert!(matches!(refusal.code.class(), Class::Invalid | Class::Limit), "{refusal}");
            assert!(refusal.path.is_empty() || refusal.path.starts_with('/'), "{refusal}");
            assert!(!refusal.expected.is_empty() && !refusal.found.is_empty(), "{refusal}");
            let of_rust = ["struct ", "enum ", "i64", "u64", "u32", "i32", "Decimal", "tuple"];
            assert!(!of_rust.iter().any(|word| refusal.expected.contains(word)), "{refusal}");
            let told = format!("{}{}{}", refusal.path, refusal.expected, refusal.found);
            assert!(!told.contains(char::is_control), "a refusal of several lines: {told:?}");
        }
    }
}

/// Bytes with something cut out, put in, doubled or turned.
fn spoiled(bytes: &[u8], draw: &mut Draw) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=draw.below(3) {
        let len = bytes.len() as u64;
        let at = usize::try_from(draw.below(len.max(1))).unwrap();
        let to = (at + usize::try_from(draw.below(12)).unwrap()).min(bytes.len());
        match draw.below(5) {
            0 => drop(bytes.drain(at..to)),
            1 => {
                let part = bytes[at..to].to_vec();
                bytes.splice(at..at, part);
            }
            2 => {
                let tokens: [&[u8]; 8] = [
                    b"null",
                    b"-1",
                    b"1e9",
                    b"\"\"",
                    b"{}",
                    b"\xff",
                    b"\\u0000",
                    b"99999999999999999999",
                ];
                let token = draw.pick(&tokens).unwrap().to_vec();
                bytes.splice(at..to, token);
            }
            3 if at < bytes.len() => bytes[at] = u8::try_from(draw.below(256)).unwrap(),
            _ => bytes.truncate(at),
        }
    }
    bytes
}

/// A document with one of its values replaced, removed or moved.
fn bent(value: &mut Value, draw: &mut Draw) {
    match value {
        Value::Object(fields) if !fields.is_empty() && draw.chance(80) => {
            let names: Vec<String> = fields.keys().cloned().collect();
            let name = draw.pick(&names).unwrap().clone();
            match draw.below(10) {
                0 => drop(fields.shift_remove(&name)),
                1 => drop(fields.insert(format!("{name}s"), Value::Bool(true))),
                _ => bent(fields.get_mut(&name).unwrap(), draw),
            }
        }
        Value::Array(items) if !items.is_empty() && draw.chance(80) => {
            let at = usize::try_from(draw.below(items.len() as u64)).unwrap();
            match draw.below(6) {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                _ => bent(&mut items[at], draw),
            }
        }
        other => {
            let wrong = [
                "null",
                "true",
                "-1",
                "0",
                "1.5",
                "1e300",
                "\"\"",
                "\" x\"",
                "[]",
                "{}",
                "18446744073709551615",
            ];
            *other = serde_json::from_str(draw.pick(&wrong).unwrap()).unwrap();
        }
    }
}

/// Goal: what is wished for is read as it was written. Method: commands of random lives, there and
/// back.
#[test]
fn commands_go_round() {
    for text in corpus().0 {
        is_sound(text.as_bytes());
    }
}

/// Goal: spoiled commands are refused with a stable code, never a panic. Method: commands of random
/// lives, spoiled byte by byte and value by value.
#[test]
fn spoiled_commands_are_refused() {
    let texts = corpus().0;
    let mut draw = Draw::new(99);
    for _ in 0..40_000 {
        let text = draw.pick(&texts).unwrap();
        if draw.chance(50) {
            is_sound(&spoiled(text.as_bytes(), &mut draw));
        } else {
            let mut value: Value = serde_json::from_str(text).unwrap();
            bent(&mut value, &mut draw);
            is_sound(value.to_string().as_bytes());
        }
    }
}

/// Goal: an event is read as it was written, to the byte; a spoiled one is an error or an event
/// that goes round, never a panic. Method: logs of random lives.
#[test]
fn events_go_round() {
    let events = corpus().1;
    for recorded in &events {
        let event = Event::decode(&recorded.kind, &recorded.payload).unwrap().unwrap();
        assert_eq!(event.encode().unwrap(), recorded.payload, "event {}", recorded.kind);
        assert_eq!(
            (event.type_name(), event.stream()),
            (recorded.kind.as_str(), recorded.stream.clone())
        );
        assert_eq!(Event::decode("stock.teleported", &recorded.payload).unwrap(), None);
    }
    let mut draw = Draw::new(7);
    for _ in 0..40_000 {
        let recorded = draw.pick(&events).unwrap();
        let payload = if draw.chance(50) {
            spoiled(&recorded.payload, &mut draw)
        } else {
            let mut value: Value = serde_json::from_slice(&recorded.payload).unwrap();
            bent(&mut value, &mut draw);
            value.to_string().into_bytes()
        };
        if let Ok(Some(event)) = Event::decode(&recorded.kind, &payload) {
            let bytes = event.encode().unwrap();
            let again = Event::decode(event.type_name(), &bytes).unwrap().unwrap();
            assert_eq!(again.encode().unwrap(), bytes);
        }
    }
}

proptest! {
    /// Goal: any bytes at all are answered. Method: random bytes.
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        is_sound(&bytes);
    }

    /// Goal: any text at all is answered. Method: random text that looks like JSON.
    #[test]
    fn any_text_is_answered(text in "[{}\\[\\]\",:a-z_0-9. \\\\-]{0,200}") {
        is_sound(text.as_bytes());
        let wrapped = format!("{{\"id\":\"c\",\"place_order\":{text}}}");
        is_sound(wrapped.as_bytes());
    }

    /// Goal: any payload under any event's name is an error or an event. Method: random text.
    #[test]
    fn any_payload_is_answered(
        text in "[{}\\[\\]\",:a-z_0-9. \\\\-]{0,200}",
        name in proptest::sample::select(vec!["order.placed", "units.packed", "stock.moved"]),
    ) {
        let _ = Event::decode(name, text.as_bytes());
    }
}
