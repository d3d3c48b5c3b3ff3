//! What the README shows of the command line is what the command line shows.

use std::fs;
use std::path::Path;

use crate::shop::Shop;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

// Goal: a newcomer who types what the README says sees what the README says. Method: its sessions
// line by line against the binary, in one folder, with the sample of commands beside it.
#[test]
fn sessions() {
    let shop = Shop::empty();
    let read = |name: &str| fs::read_to_string(Path::new(ROOT).join(name)).unwrap();
    shop.write("first_orders.jsonl", read("examples/first_orders.jsonl"));
    let readme = read("README.md");
    let (mut calls, mut shown) = (0, 0);
    for session in readme.split("```console\n").skip(1) {
        let session = session.split("```").next().unwrap();
        for call in session.split("$ oms ").skip(1) {
            let (line, expected) = call.split_once('\n').unwrap();
            let (line, kept) = line.split_once(" > ").map_or((line, false), |(l, _)| (l, true));
            let words: Vec<&str> = line.split_whitespace().collect();
            let told = shop.run(&words);
            let seen = if kept { String::new() } else { told.text() } + &told.err;
            assert_eq!(seen.trim_end(), expected.trim_end(), "oms {line}");
            assert_eq!(told.code, 0, "oms {line}");
            // A receipt that is shown by itself.
            shown += told.lines().iter().filter(|l| kept && readme.contains(*l)).count();
            calls += 1;
        }
    }
    assert!(calls >= 5 && shown == 1, "{calls} calls, {shown} receipts in the README");
}
