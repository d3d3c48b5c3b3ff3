//! Golden files: one event of every type as it was first written. What is in a log stays readable.
//!
//! A file never changes; a new event type brings a new file, and a changed type a new version beside
//! it. `cargo test --test golden -- --ignored` writes the files that are missing, from a story.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use oms_core::engine::MemoryStore;
use oms_core::event::{EVENT_NAMES, EVENT_VERSION, Event, SHIFT_NAMES, hex};
use oms_core::testing::story::check;
use serde_json::Value;
use sha2::{Digest, Sha256};

const STORY: &str = include_str!("rich.story");

/// Over names and contents of all files, in order of name. It grows with a new file, and with
/// nothing else.
const FROZEN: &str = "7f5b2fea392b4f9540c5ceefc9fdc32581448469d4c57b8a980e3d119371c7eb";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/golden/events/v1")
}

fn files() -> BTreeMap<String, String> {
    std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn names() -> impl Iterator<Item = &'static str> {
    EVENT_NAMES.iter().map(|(name, _)| *name).chain(SHIFT_NAMES.iter().map(|(_, name, _)| *name))
}

/// Goal: every type that was ever written can be read, and is written again byte for byte. Method:
/// decode and encode each golden payload.
#[test]
fn golden_events_are_read_and_written_again() {
    let files = files();
    for (name, text) in &files {
        let file: Value = serde_json::from_str(text).unwrap();
        assert_eq!(file["type"], name.as_str());
        assert_eq!(file["version"], EVENT_VERSION);
        let payload = serde_json::to_vec(&file["data"]).unwrap();
        let event = Event::decode(name, &payload).unwrap_or_else(|e| panic!("{name}: {e}"));
        let event = event.unwrap_or_else(|| panic!("`{name}` is not in the catalogue any more"));
        assert_eq!(event.type_name(), name);
        assert_eq!(
            String::from_utf8(event.encode().unwrap()),
            String::from_utf8(payload),
            "{name}"
        );
    }
    for name in names() {
        assert!(files.contains_key(name), "`{name}` has no golden file");
    }
}

/// Goal: nobody changes a golden file unawares. Method: one hash over all of them.
#[test]
fn golden_files_are_frozen() {
    let mut hasher = Sha256::new();
    for (name, text) in files() {
        hasher.update(format!("{name}\n{text}\n"));
    }
    assert_eq!(hex(&hasher.finalize()), FROZEN, "a golden file was changed, added or removed");
}

/// Writes the files that are missing.
#[test]
#[ignore = "writes golden files of new event types"]
fn write_missing() {
    let events = check(MemoryStore::new(), STORY).unwrap_or_else(|untrue| panic!("{untrue}"));
    std::fs::create_dir_all(folder()).unwrap();
    for name in names() {
        let path = folder().join(format!("{name}.json"));
        // The longest one has most of the fields that may be absent.
        let of_type = events.iter().filter(|e| e.kind == name);
        let found = of_type.max_by_key(|e| (e.payload.len(), std::cmp::Reverse(e.seq)));
        let Some(event) = found.filter(|_| !path.exists()) else { continue };
        let data: Value = serde_json::from_slice(&event.payload).unwrap();
        let file = serde_json::json!({ "type": name, "version": event.version, "data": data });
        std::fs::write(path, format!("{}\n", serde_json::to_string_pretty(&file).unwrap()))
            .unwrap();
    }
}
