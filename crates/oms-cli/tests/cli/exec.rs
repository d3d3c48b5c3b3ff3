//! `oms exec`: commands in, receipts out.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::json;

use crate::shop::{AT, DB, Shop, oms, opening, place, round};

// Goal: commands come from a file, from `-` and from standard input alike, and receipts come in the
// order of the lines, whatever the group. Method: one script each way; all outputs the same to the byte.
#[test]
fn from_a_file_or_a_pipe() {
    let mut script = opening(10);
    script.extend((0..30).map(|n| place(&format!("c{n}"), &format!("O{n}"), 1)));
    script.insert(20, round("R1", &[]));
    let script = script.join("\n");
    let mut outputs = Vec::new();
    for (args, poured) in [
        (&["exec", DB, "day.jsonl"][..], ""),
        (&["exec", DB, "-"], &script),
        (&["exec", DB], &script),
        (&["exec", DB, "--group", "1"], &script),
        (&["exec", DB, "--group", "7", "--json"], &script),
        (&["exec", DB, "--relaxed"], &script),
        (&["--json", "exec", DB, "day.jsonl", "--group=1000"], ""),
    ] {
        let shop = Shop::new();
        shop.write("day.jsonl", &script);
        let told = shop.pour(args, poured).done();
        let ids: Vec<_> = told.json().iter().map(|r| r["id"].clone()).collect();
        let asked = script.lines().map(|line| serde_json::from_str(line).unwrap());
        assert_eq!(ids, asked.map(|v: serde_json::Value| v["id"].clone()).collect::<Vec<_>>());
        outputs.push((told.text(), shop.log()));
    }
    assert!(outputs.windows(2).all(|two| two[0] == two[1]));
}

// Goal: a refusal is a receipt and no failure. Method: refusals of every class, each with its exit status.
#[test]
fn refusals_are_receipts() {
    let shop = Shop::open();
    shop.exec(place("c1", "O1", 1).replace(r#""NY""#, r#""CA""#)).done();
    let crowd: Vec<String> =
        (0..2_001).map(|n| format!(r#"{{"line":"{n}","sku":"A","qty":1}}"#)).collect();
    let crowd = place("r6", "O6", 1)
        .replace(r#"{"line":"1","sku":"A","qty":1,"unit_price":"19.99 USD"}"#, &crowd.join(","));
    let cases = [
        ("state", "order.unknown", r#"{"id":"r1","note":{"order":"no","text":"x"}}"#),
        (
            "invalid",
            "invalid.quantity_zero",
            r#"{"id":"r2","receive_stock":{"sku":"A","node":"n1","qty":0}}"#,
        ),
        (
            "conflict",
            "stock.unexpected",
            r#"{"id":"r3","adjust_stock":{"sku":"A","node":"n1","bucket":"available","by":-1,"reason":"breakage","expected":3}}"#,
        ),
        (
            "policy",
            "plan.infeasible",
            r#"{"id":"r4","commit_plan":{"order":"O1","assignments":[{"line":"1","node":"n1","qty":1}]}}"#,
        ),
        ("invalid", "tenant.mismatch", r#"{"id":"r5","tenant":"other","tick":{}}"#),
        ("limit", "limit.count", &crowd),
    ];
    let log = shop.log();
    for (class, code, line) in cases {
        let receipt = shop.exec(line).done().one();
        assert_eq!(receipt["outcome"], "refused", "{receipt}");
        assert_eq!(receipt["refusal"]["code"], code, "{receipt}");
        assert_eq!(receipt["refusal"]["class"], class, "{receipt}");
    }
    assert_eq!(shop.log(), log);
}

// Goal: the same command gets the same bytes, in the same stream, in a later one and after other
// things; another wish under the same id is refused and names the field. Method: resends.
#[test]
fn a_resend_gets_the_same_bytes() {
    let shop = Shop::open();
    // Without `at`, so that a new answer would carry another moment.
    let strip = |line: String| line.replace(&format!(r#""at":"{AT}","#), "");
    let first = strip(place("c1", "O1", 2));
    let refused = r#"{"id":"c2","note":{"order":"no","text":"x"}}"#.to_owned();
    let told = shop.exec(format!("{first}\n{refused}\n{first}\n{refused}")).done().lines();
    assert_eq!(told[..2], told[2..]);
    shop.exec(place("c3", "O3", 1)).done();
    let again = shop.exec(format!("{refused}\n{first}")).done().lines();
    assert_eq!(again, [told[1].clone(), told[0].clone()]);
    let other = shop.exec(strip(place("c1", "O1", 3))).done().one();
    assert_eq!(other["refusal"]["code"], "command.id_reused");
    assert_eq!(other["refusal"]["path"], "/lines/0/qty");
    assert_eq!(other["refusal"]["expected"], "2");
    assert_eq!(other["refusal"]["found"], "3");
}

// Goal: `exec` waits for nobody: a command is answered when it is there, not when the group is full
// or the input ends. Method: a conversation over two pipes, line by line.
#[test]
fn answers_at_once() {
    let shop = Shop::new();
    let mut child = oms(&["exec", DB], shop.path()).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for (n, line) in opening(5).into_iter().chain([place("c", "O", 1)]).enumerate() {
        // Half a line first: that is no reason to answer, and none to fail.
        let (head, tail) = line.split_at(line.len() / 2);
        stdin.write_all(head.as_bytes()).unwrap();
        stdin.flush().unwrap();
        stdin.write_all(tail.as_bytes()).unwrap();
        stdin.write_all(b"\n").unwrap();
        let mut receipt = String::new();
        stdout.read_line(&mut receipt).unwrap();
        let receipt: serde_json::Value = serde_json::from_str(&receipt).unwrap();
        assert_eq!(receipt["outcome"], "accepted", "line {n}: {receipt}");
        // What is acknowledged is there for everybody.
        let seen = u64::try_from(shop.log().len()).unwrap();
        let events = u64::try_from(receipt["events"].as_array().unwrap().len()).unwrap();
        assert_eq!(receipt["seq"].as_u64().unwrap() + events - 1, seen);
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

// Goal: a dry run tells what would happen and leaves nothing. Method: one of each, then the same for real.
#[test]
fn a_dry_run_leaves_nothing() {
    let shop = Shop::open();
    let log = shop.log();
    let wet = place("c1", "O1", 2);
    let dry = wet.replacen(',', r#","dry_run":true,"#, 1);
    let told = shop.exec(&dry).done().one();
    assert_eq!(told["dry_run"], true);
    assert_eq!(told["orders"], json!([{ "order": "O1", "status": "reserved" }]));
    assert_eq!(told["balances"]["ats/A/P"], 18);
    assert_eq!(shop.log(), log);
    assert_eq!(shop.run(&["show", DB, "order", "O1"]).code(1).text(), "");
    let real = shop.exec(&wet).done().one();
    assert_eq!(real["orders"], told["orders"]);
}

// Goal: tenants in one file are strangers to one another; who names none means the only one, else `main`.
// Method: the same ids in three tenants, and every way to name them.
#[test]
fn tenants_are_apart() {
    let shop = Shop::new();
    let script = format!("{}\n{}", opening(10).join("\n"), place("c1", "O1", 1));
    shop.pour(&["exec", DB, "--tenant", "east"], &script).done();
    // The only tenant goes without saying.
    shop.run(&["show", DB, "order", "O1"]).done();
    shop.pour(&["--tenant", "west", "exec", DB], &script).done();
    let told = shop.run(&["show", DB, "order", "O1"]).code(2);
    assert_eq!(told.err, "oms: name one tenant with `--tenant`; the file has `east`, `west`\n");
    assert_eq!(shop.exec("").code(2).err, told.err);
    shop.pour(&["exec", DB, "--tenant", "main"], opening(3).join("\n")).done();
    assert_eq!(shop.run(&["show", DB, "order", "O1"]).code(1).text(), "");
    let order = |tenant| shop.run(&["show", DB, "order", "O1", "--tenant", tenant]).done().text();
    assert_eq!(order("east"), order("west"));
    let told = shop.run(&["events", DB, "--tenant", "north"]).code(1);
    assert_eq!(told.err, "oms: there is no tenant `north`; the file has `east`, `main`, `west`\n");
    let bad = shop.run(&["stats", DB, "--tenant", " "]).code(2);
    assert!(bad.err.contains("invalid.id_format"), "{}", bad.err);
}
