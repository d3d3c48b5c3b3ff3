//! Where the output goes: readers that leave, devices without room, terminals.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use crate::shop::{DB, Shop, oms, opening, place};

/// A shop with so many orders.
fn shop(orders: usize) -> Shop {
    let shop = Shop::new();
    let mut script = opening(1_000_000);
    script.extend((0..orders).map(|n| place(&format!("c{n}"), &format!("O{n}"), 1)));
    // One order whose card is longer than a pipe holds.
    let lines: Vec<String> =
        (0..2_000).map(|n| format!(r#"{{"line":"{n}","sku":"A","qty":1}}"#)).collect();
    script.push(
        place("big", "BIG", 1).replace(
            r#"{"line":"1","sku":"A","qty":1,"unit_price":"19.99 USD"}"#,
            &lines.join(","),
        ),
    );
    shop.pour(&["exec", DB, "--relaxed"], script.join("\n")).done();
    shop
}

// Goal: a reader that has read enough (`| head -1`) ends a command that only looks, quietly and
// well. Method: one line read, or none, then the pipe closed; every command with more to say than
// a pipe holds, and one that says little.
#[test]
fn a_reader_that_leaves() {
    let shop = shop(400);
    for args in [
        &["events", DB][..],
        &["events", DB, "--json"],
        &["show", DB, "order", "BIG"],
        &["show", DB, "order", "BIG", "--json"],
        &["explain", DB, "BIG"],
        &["explain", DB, "BIG", "--json"],
        &["stats", DB],
        &["verify", DB, "--json"],
        &["--help"],
    ] {
        for lines in [0, 1] {
            let mut child = oms(args, shop.path()).spawn().unwrap();
            let mut pipe = BufReader::with_capacity(16, child.stdout.take().unwrap());
            for _ in 0..lines {
                let mut first = [0; 8];
                pipe.read_exact(&mut first).unwrap();
            }
            drop(pipe);
            let output = child.wait_with_output().unwrap();
            let err = String::from_utf8(output.stderr).unwrap();
            assert_eq!((output.status.code(), err.as_str()), (Some(0), ""), "{args:?}");
        }
    }
}

// Goal: who pours commands in and stops reading is told that the rest was not run; what was
// acknowledged is kept and everything can be sent again. Method: a long stream, of which one receipt is read.
#[test]
fn receipts_that_nobody_reads() {
    let shop = Shop::open();
    let script: Vec<String> =
        (0..3_000).map(|n| place(&format!("c{n}"), &format!("O{n}"), 1)).collect();
    shop.write("day.jsonl", script.join("\n"));
    let args = ["exec", DB, "day.jsonl", "--relaxed", "--group", "10"];
    let mut child = oms(&args, shop.path()).spawn().unwrap();
    let mut pipe = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    pipe.read_line(&mut first).unwrap();
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(
        err.starts_with("oms: nobody reads the receipts any more: stopped after line "),
        "{err}"
    );
    assert_eq!(err.lines().count(), 1, "{err}");
    assert!(shop.log().len() < 3_000, "it went on to the end");
    shop.run(&["verify", DB]).done();
    let again = shop.run(&args).done();
    assert_eq!(again.lines()[0], first.trim_end());
    assert_eq!(again.lines().len(), 3_000);
}

// Goal: output that cannot be written is a failure, not a success with nothing in it. Method: a
// device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn a_full_device() {
    let shop = Shop::open();
    for args in [
        &["events", DB][..],
        &["events", DB, "--json"],
        &["show", DB, "stock", "A"],
        &["show", DB, "stock", "A", "--json"],
        &["verify", DB],
        &["stats", DB, "--json"],
        &["source", DB],
        &["init", "new.oms"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = oms(args, shop.path()).stdout(full).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {err}");
        assert!(err.contains("cannot write the output: "), "{args:?}: {err}");
    }
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut child =
        oms(&["exec", DB], shop.path()).stdin(Stdio::piped()).stdout(full).spawn().unwrap();
    child.stdin.take().unwrap().write_all(place("c1", "O1", 1).as_bytes()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2));
    // Standard error may be as full.
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = oms(&["stats", DB], shop.path()).stdout(full()).stderr(full()).status().unwrap();
    assert_eq!(status.code(), Some(2));
}

// Goal: long work shows how far it is, on a terminal and nowhere else. Method: the commands under
// `script`, which gives them a terminal; everywhere else in these tests standard error stays empty.
#[cfg(target_os = "linux")]
#[test]
fn progress_on_a_terminal() {
    if Command::new("script").arg("--version").output().is_err() {
        println!("not tried: there is no `script` to give a terminal");
        return;
    }
    let shop = shop(400);
    let again: Vec<String> =
        (0..400).map(|n| place(&format!("c{n}"), &format!("O{n}"), 1)).collect();
    shop.write("again.jsonl", again.join("\n"));
    let on_terminal = |args: &str| {
        let line = format!("'{}' {args}", env!("CARGO_BIN_EXE_oms"));
        let output = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .current_dir(shop.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for (args, bar) in [
        (format!("exec {DB} again.jsonl --group 1 > receipts"), "left"),
        (format!("verify {DB}"), "pages"),
        (format!("stats {DB}"), "counting"),
    ] {
        let seen = on_terminal(&args);
        assert!(seen.contains('\u{1b}') && seen.contains(bar), "{args}: {seen:?}");
    }
    // Receipts on the same terminal stay alone.
    assert!(!on_terminal(&format!("exec {DB} again.jsonl")).contains('\u{1b}'));
}
