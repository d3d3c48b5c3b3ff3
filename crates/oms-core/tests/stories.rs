//! Every story of `testdata/stories` comes true in memory, twice with the same log; and the language
//! itself notices what is not so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::path::PathBuf;

use oms_core::engine::MemoryStore;
use oms_core::testing::story::check;

fn stories() -> Vec<(String, String)> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/stories");
    let mut all: Vec<(String, String)> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "story"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    all.sort();
    all
}

/// Goal: what retailers told comes true, to the number, and the log is a function of the commands.
/// Method: each story on two fresh stores; the auditor looks after every command.
#[test]
fn every_story_comes_true() {
    let mut failed = Vec::new();
    for (name, text) in stories() {
        match (check(MemoryStore::new(), &text), check(MemoryStore::new(), &text)) {
            (Ok(first), Ok(second)) if first != second => failed.push(format!("{name}: two logs")),
            (Ok(events), _) if events.is_empty() => failed.push(format!("{name}: tells nothing")),
            (Ok(_), _) => {}
            (Err(untrue), _) => failed.push(format!("{name}: {untrue}")),
        }
    }
    assert!(failed.is_empty(), "{} stories failed:\n{}", failed.len(), failed.join("\n"));
}

/// Goal: a story that is not so is told where and why. Method: one wrong line of each kind after
/// the same beginning.
#[test]
fn what_is_not_so_is_noticed() {
    let begin = "shop\nreceive_stock sku=A node=n1 qty:=3\norder O1 on WEB: 2 A @19.99\n";
    let wrong = [
        ("> O1/1: reserved 1", "reserved 2"),
        ("> O1/1: open 2", "reserved 2"),
        ("> O1/2: open 2", "line `2` is unknown"),
        ("> O2/1: open 2", "order `O2` is unknown"),
        ("> ats A P = 2", "found \"1\""),
        ("> lost A = 1", "found \"0\""),
        ("> on_hand A n1 = 2", "found \"3\""),
        ("> sees A WEB = 2", "found \"1\""),
        ("> status O1 = delivered", "found \"reserved\""),
        ("> holds O1 = fraud", "found \"none\""),
        ("> pending O1/1 n1 = 1", "found \"0\""),
        ("> excluded O1 A n1 = yes", "found \"no\""),
        ("> short O1/1 = 1", "found \"0\""),
        ("> refused item.unknown", "it was Accepted"),
        ("> stale", "found Accepted"),
        ("> repeated", "another answer"),
        ("> nothing", "units.claimed"),
        ("> events order.placed", "units.claimed"),
        ("> event order.placed {\"order\":{\"channel\":\"POS\"}}", "none such"),
        ("> event stock.counted", "none such"),
        ("> outbox = 1", "found"),
        ("> share O1/1 = 1.00 USD", "found \"none\""),
        ("> plan O1 = 1*2@n1", "found \"nothing\""),
        ("> unplanned O1/1 = 1", "found \"2\""),
        ("> gibberish", "none of the language"),
        ("> gibberish A P = 0", "none of the language"),
        ("gibberish", "no line of the language"),
        ("resend C9", "no such command"),
        ("wait 5y", "a span ends in"),
        ("order O1 on WEB: 1 A", "was not accepted"),
        ("order O9 on WEB: 1 Z\n> refused order.exists", "item.unknown"),
        ("order O9 on WEB: 1 Z\n> refused item.unknown at /lines/1/sku", "/lines/0/sku"),
        ("order O9 on WEB: 1 Z\n> refused item.unknown naming nobody", "is not in"),
        ("order O9 on WEB: 1 Z\n> refused item.unknown found \"two words\"", "two words"),
        ("order O9 on WEB: 1 Z\nwait 1s", "was not accepted"),
    ];
    for (line, says) in wrong {
        let untrue = check(MemoryStore::new(), &format!("{begin}{line}\n")).unwrap_err();
        assert!(untrue.to_string().contains(says), "`{line}`: {untrue}");
    }
    let right = "> O1/1: reserved 2\n> ats A P = 1\n> status O1 = reserved\n> good A n1 = 3\n\
                 > events order.placed units.claimed\n> supplier A = -3\n> sees A WEB = 1\n";
    check(MemoryStore::new(), &format!("{begin}{right}")).unwrap();
}
