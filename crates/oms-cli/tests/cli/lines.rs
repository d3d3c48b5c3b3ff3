//! Lines that are no commands: each has a receipt with a typed error and its line number, the rest
//! go on, and the exit status says so at the end.

use serde_json::Value;

use crate::shop::{DB, Shop, opening, place};

/// The bound on one command.
const MOST: usize = 4 << 20;

/// A command of exactly so many bytes: blanks are no content.
fn padded(line: &str, bytes: usize) -> Vec<u8> {
    let blanks = bytes - line.len();
    let mut text = line.as_bytes().to_vec();
    text.splice(1..1, std::iter::repeat_n(b' ', blanks));
    text
}

#[track_caller]
fn refused<'v>(receipt: &'v Value, line: u64, code: &str) -> &'v Value {
    assert_eq!(receipt["outcome"], "refused", "{receipt}");
    assert_eq!(receipt["line"], line, "{receipt}");
    let refusal = &receipt["refusal"];
    assert_eq!(refusal["code"], code, "{receipt}");
    for field in ["expected", "found", "advice", "class"] {
        let text = refusal[field].as_str().unwrap();
        assert!(!text.is_empty() && text.chars().count() < 400, "{receipt}");
        assert!(!text.chars().any(char::is_control), "{receipt}");
    }
    assert!(refusal["number"].is_u64(), "{receipt}");
    refusal
}

// Goal: every kind of line that is no command is answered in its place, and harms no other line.
// Method: one of each kind between good lines; the code, the path and the line of each.
#[test]
fn every_kind_of_bad_line() {
    let bad: &[(&[u8], &str, &str)] = &[
        (b"oops", "invalid.json", ""),
        (b"{\"id\":\"x\"", "invalid.json", ""),
        (b"{\"id\":\"x\"} {}", "invalid.json", ""),
        (b"[1,2]", "invalid.json", ""),
        (b"\"text\"", "invalid.json", ""),
        (b"null", "invalid.json", ""),
        (b"\x00\x01", "invalid.json", ""),
        (b"{\"id\":\"b\xff\xfe\"}", "invalid.json", ""),
        (b"\xc3", "invalid.json", ""),
        (b"{}", "invalid.missing_field", "/id"),
        (b"{\"id\":7,\"tick\":{}}", "invalid.type", "/id"),
        (b"{\"id\":\"\",\"tick\":{}}", "invalid.id_format", "/id"),
        (b"{\"id\":\"x\"}", "invalid.verb", ""),
        (b"{\"id\":\"x\",\"tick\":{},\"note\":{}}", "invalid.verb", ""),
        (b"{\"id\":\"x\",\"recieve_stock\":{}}", "invalid.verb", "/recieve_stock"),
        (b"{\"id\":\"x\",\"tick\":[]}", "invalid.type", "/tick"),
        (b"{\"id\":\"x\",\"at\":\"soon\",\"tick\":{}}", "invalid.date_range", "/at"),
        (b"{\"id\":\"x\",\"dry_run\":1,\"tick\":{}}", "invalid.type", "/dry_run"),
        (
            b"{\"id\":\"x\",\"receive_stock\":{\"sku\":\"A\",\"node\":\"n1\",\"qty\":-2}}",
            "invalid.quantity_negative",
            "/receive_stock/qty",
        ),
        (
            b"{\"id\":\"x\",\"receive_stock\":{\"sku\":\"A\",\"node\":\"n1\",\"qty\":1.5}}",
            "invalid.quantity",
            "/receive_stock/qty",
        ),
        (
            b"{\"id\":\"x\",\"receive_stock\":{\"sku\":\"A\",\"node\":\"n1\",\"qty\":1,\"q\":1}}",
            "invalid.unknown_field",
            "/receive_stock/q",
        ),
        (
            b"{\"id\":\"x\",\"receive_stock\":{\"sku\":\"A\",\"qty\":1}}",
            "invalid.missing_field",
            "/receive_stock/node",
        ),
    ];
    let shop = Shop::open();
    let mut input = Vec::new();
    for (n, (line, ..)) in bad.iter().enumerate() {
        input.extend_from_slice(line);
        input.push(b'\n');
        let good = format!("{{\"id\":\"good{n}\",\"define_pool\":{{\"id\":\"G{n}\"}}}}\n");
        input.extend_from_slice(good.as_bytes());
    }
    let told = shop.exec(&input).code(1);
    let receipts = told.json();
    assert_eq!(receipts.len(), 2 * bad.len());
    for (n, (line, code, path)) in bad.iter().enumerate() {
        let number = u64::try_from(2 * n + 1).unwrap();
        let refusal = refused(&receipts[2 * n], number, code);
        let text = String::from_utf8_lossy(line);
        assert_eq!(refusal["path"].as_str().unwrap_or(""), *path, "{text}: {refusal}");
        let good = &receipts[2 * n + 1];
        assert_eq!(good["id"], format!("good{n}"));
        assert_eq!(good["outcome"], "accepted");
        assert_eq!(good["line"], Value::Null);
    }
    // The id stands in the receipt wherever it could be read.
    assert_eq!(receipts[28]["id"], "x");
    assert_eq!(receipts[28]["refusal"]["expected"], "`receive_stock`");
    let count = bad.len();
    assert!(told.err.starts_with(&format!("oms: {count} of {} lines", 2 * count)), "{}", told.err);
    // What was no command is not in the log.
    assert_eq!(shop.log().len(), opening(0).len() + count);
    shop.run(&["verify", DB]).done();
}

// Goal: the bound on a line is named, exact, and the only thing that happens to a longer line.
// Method: lines at the bound with each kind of end, one byte above it, and five times above it, in
// the middle and at the end of the input.
#[test]
fn huge_lines() {
    let shop = Shop::new();
    let pool = |n: usize| format!(r#"{{"id":"{n}","define_pool":{{"id":"P{n}"}}}}"#);
    let mut input = padded(&pool(1), MOST);
    input.extend_from_slice(b"\n");
    input.extend_from_slice(&padded(&pool(2), MOST));
    input.extend_from_slice(b"\r\n");
    input.extend_from_slice(&padded(&pool(3), MOST + 1));
    input.extend_from_slice(b"\n");
    input.extend_from_slice(pool(4).as_bytes());
    input.extend_from_slice(b"\n");
    input.extend_from_slice(&padded(&pool(5), 5 * MOST));
    input.extend_from_slice(b"\n");
    input.extend_from_slice(pool(6).as_bytes());
    input.extend_from_slice(b"\n");
    input.extend_from_slice(&vec![b'\r'; MOST + 9]);
    let receipts = shop.exec(&input).code(1).json();
    let ids: Vec<&str> = receipts.iter().map(|r| r["id"].as_str().unwrap_or("-")).collect();
    assert_eq!(ids, ["1", "2", "-", "4", "-", "6", "-"]);
    for (n, bytes) in [(2, MOST + 2), (4, 5 * MOST + 1), (6, MOST + 9)] {
        let refusal = refused(&receipts[n], u64::try_from(n + 1).unwrap(), "limit.bytes");
        assert_eq!(refusal["expected"], format!("at most {MOST} bytes in one command"));
        assert_eq!(refusal["found"], format!("{bytes} bytes"));
    }
    assert_eq!(shop.log().len(), 4);
}

// Goal: empty lines, the ends of lines of other systems, a byte order mark and a missing last end
// are neither commands nor mistakes, and count as lines. Method: all of them around three commands and one
// bad line.
#[test]
fn empty_lines_and_ends() {
    let shop = Shop::new();
    let pool = |n: usize| format!(r#"{{"id":"{n}","define_pool":{{"id":"P{n}"}}}}"#);
    let input = format!("\u{feff}{}\r\n\n   \t \r\n{}\n\r\nbad\n\n{}", pool(1), pool(2), pool(3));
    let receipts = shop.exec(input).code(1).json();
    assert_eq!(receipts.len(), 4);
    refused(&receipts[2], 6, "invalid.json");
    assert_eq!(receipts[3]["id"], "3");
    // Nothing at all is fine.
    for nothing in ["", "\n\n", "\u{feff}", " "] {
        assert_eq!(shop.exec(nothing).done().text(), "");
    }
    // A mark anywhere else is none.
    refused(&shop.exec(format!("\n\u{feff}{}", pool(4))).code(1).one(), 2, "invalid.json");
}

// Goal: a line that ends in the middle, as a broken pipe leaves it, is answered and harms nothing.
// Method: an order cut at every place, each time as the last line.
#[test]
fn a_torn_last_line() {
    let shop = Shop::open();
    let before = shop.log();
    let line = place("c1", "O1", 1);
    for cut in (1..line.len()).step_by(7) {
        let receipt = shop.exec(&line.as_bytes()[..cut]).code(1).one();
        refused(&receipt, 1, "invalid.json");
    }
    assert_eq!(shop.log(), before);
    assert_eq!(shop.exec(&line).done().one()["outcome"], "accepted");
}
