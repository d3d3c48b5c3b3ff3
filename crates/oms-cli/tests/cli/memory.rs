//! Memory of a process does not grow with what it is fed or with the file that it looks into.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Stdio};
use std::thread;

use crate::shop::{DB, Shop, oms, opening, place, round};

/// What `exec` and `show` may take.
const MOST_KIB: u64 = 64 * 1_024;

/// The most memory that a process has held so far.
fn peak_kib(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Runs `oms exec` over lines that are all commands, and gives its peak.
fn exec(shop: &Shop, lines: Vec<String>) -> u64 {
    pour(shop, lines, 0)
}

/// Runs `oms exec` over lines that are no commands, and gives its peak.
fn refused(shop: &Shop, lines: Vec<String>) -> u64 {
    pour(shop, lines, 1)
}

/// Runs `oms exec` over the lines and gives its peak, asked while it waits for more.
fn pour(shop: &Shop, lines: Vec<String>, status: i32) -> u64 {
    let mut child =
        oms(&["exec", DB, "--relaxed"], shop.path()).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let count = lines.len();
    let pouring = move || {
        for line in lines {
            stdin.write_all(line.as_bytes()).unwrap();
            stdin.write_all(b"\n").unwrap();
        }
        stdin
    };
    let pourer = thread::Builder::new().spawn(pouring).unwrap();
    let mut receipt = Vec::new();
    for _ in 0..count {
        receipt.clear();
        assert!(stdout.read_until(b'\n', &mut receipt).unwrap() > 0);
    }
    let stdin = pourer.join().unwrap();
    let peak = peak_kib(&child);
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(status));
    peak
}

/// Runs a command whose output is longer than a pipe holds, and gives its peak, asked when it has begun to write.
fn look(shop: &Shop, args: &[&str]) -> u64 {
    let mut child = oms(args, shop.path()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 1]).unwrap();
    let peak = peak_kib(&child);
    let mut rest = Vec::new();
    stdout.read_to_end(&mut rest).unwrap();
    assert!(rest.len() > 1 << 16, "{args:?} tells {} bytes only", rest.len());
    assert!(child.wait().unwrap().success());
    peak
}

/// An order of so many lines.
fn large(id: &str, order: &str, lines: usize) -> String {
    let lines: Vec<String> = (0..lines)
        .map(|n| format!(r#"{{"line":"{n}","sku":"A","qty":1,"unit_price":"19.99 USD"}}"#))
        .collect();
    place(id, order, 1)
        .replace(r#"{"line":"1","sku":"A","qty":1,"unit_price":"19.99 USD"}"#, &lines.join(","))
}

// Goal: `exec` takes at most 64 MiB whatever comes, `show` whatever the file holds. Method: a stream of many
// orders with rounds over thousands of them, one of the largest orders that there can be, and one of
// the longest lines, one after the other; then looks at small and large things. The peak of each process.
#[test]
fn exec_and_show_stay_small() {
    let shop = Shop::new();
    let mut stream = opening(100_000_000);
    for n in 0..6_000 {
        stream.push(place(&format!("c{n}"), &format!("O{n}"), 1 + n % 5));
        if n == 2_000 || n == 5_999 {
            stream.push(round(&format!("R{n}"), &[]));
        }
    }
    let many = exec(&shop, stream);
    let largest: Vec<String> =
        (0..24).map(|n| large(&format!("l{n}"), &format!("L{n}"), 2_000)).collect();
    let bytes = largest[0].len();
    let largest = exec(&shop, largest);
    let sourced = exec(&shop, vec![round("RL", &[])]);
    let padded = |n: usize| {
        let line = format!(r#"{{"id":"p{n}","define_pool":{{"id":"P{n}"}}}}"#);
        format!("{}{}", line, " ".repeat((4 << 20) - line.len()))
    };
    let longest = exec(&shop, (0..20).map(padded).collect());
    let order = look(&shop, &["show", DB, "order", "L7"]);
    let json = look(&shop, &["show", DB, "order", "L7", "--json"]);
    let explained = look(&shop, &["explain", DB, "L7"]);
    println!(
        "KiB at most: exec {many} (6,000 orders, 2 rounds), {largest} (24 orders of 2,000 lines, {bytes} \
         bytes each), {sourced} (a round over them), {longest} (20 lines of 4 MiB); show {order}, \
         as JSON {json}; explain {explained}"
    );
    for peak in [many, largest, sourced, longest, order, json, explained] {
        assert!(peak <= MOST_KIB, "{peak} KiB");
    }
}

/// One line of almost as many bytes as a command may have, the same bit over and over.
fn dense(n: usize, bit: &str) -> String {
    let head = format!(r#"{{"id":"d{n}","place_order":{{"order":"D{n}","lines":["#);
    let tail = "]}}";
    let room = (4 << 20) - head.len() - tail.len();
    let bits = vec![bit; room / (bit.len() + 1)];
    format!("{head}{}{tail}", bits.join(","))
}

// Goal: a line that is dense takes no more memory than a long one: a value of two bytes would take a
// hundred when read. Method: lines of 4 MiB of the smallest values, fields, texts, and of lines and
// charges that an order could have, each refused with a receipt; the peak of the process.
#[test]
fn dense_lines_stay_small() {
    let shop = Shop::open();
    let bits = [
        "1",
        "[]",
        "{}",
        "\"a\"",
        r#"{"a":1}"#,
        r#"{"a":{"b":{"c":[1,2]}}}"#,
        r#"{"line":"1","sku":"A","qty":1}"#,
        r#"{"line":"1","sku":"A","qty":1,"discounts":[{"code":"a","amount":"0.01 USD"}]}"#,
    ];
    let lines: Vec<String> = bits.iter().enumerate().map(|(n, bit)| dense(n, bit)).collect();
    let peak = refused(&shop, lines);
    println!("KiB at most: exec {peak} (8 dense lines of 4 MiB)");
    assert!(peak <= MOST_KIB, "{peak} KiB");
}
