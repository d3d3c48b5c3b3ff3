//! Sourcing rounds: as a line of `oms exec`, and as `oms source` from the shell.

use serde_json::{Value, json};

use crate::shop::{AT, DB, Shop, place, round};

/// The events of a round's plans carry ids derived from the round's.
fn plans(shop: &Shop, round: &str) -> Vec<String> {
    let log = shop.log();
    let events = log.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let own = events.filter_map(|e| e["command"].as_str().map(str::to_owned));
    let mut own: Vec<String> = own.filter(|id| id.starts_with(&format!("{round}#"))).collect();
    own.dedup();
    own
}

fn status(shop: &Shop, order: &str) -> String {
    let card = shop.run(&["show", DB, "order", order, "--json"]).done().one();
    card["status"].as_str().unwrap().to_owned()
}

// Goal: a source line runs a round over what stands before it, commits its plans under ids derived
// from its own, and its resend gets the same bytes and changes nothing, whatever has happened since.
// Method: a round between orders, sent again in the same stream, in a later process, and after a
// further order; then what became of the orders.
#[test]
fn a_round_in_the_stream() {
    let shop = Shop::open();
    let all = round("R1", &[]).replace(&format!(r#""at":"{AT}","#), "");
    let stream = [
        place("c1", "O1", 2),
        place("c2", "O2", 30),
        all.clone(),
        place("c3", "O3", 1),
        all.clone(),
    ];
    let told = shop.exec(stream.join("\n")).done().lines();
    assert_eq!(told[2], told[4]);
    let receipt: Value = serde_json::from_str(&told[2]).unwrap();
    assert_eq!(receipt["verb"], "source");
    assert_eq!(receipt["outcome"], "accepted");
    assert_eq!(
        receipt["orders"],
        json!([{ "order": "O1", "status": "sourcing" }, { "order": "O2", "status": "awaiting_stock" }])
    );
    assert_eq!(receipt["short"][0]["order"], "O2");
    assert_eq!(receipt["short"][0]["qty"], 12);
    assert_eq!(plans(&shop, "R1"), ["R1#0", "R1#1"]);
    assert_eq!(status(&shop, "O1"), "sourcing");
    // O3 came after the round, and O2 has taken everything.
    assert_eq!(status(&shop, "O3"), "awaiting_stock");
    let log = shop.log();
    assert_eq!(shop.exec(&all).done().lines(), [told[2].clone()]);
    assert_eq!(shop.log(), log);
    // Another wish under the same id.
    let other = shop.exec(round("R1", &["O3"])).done().one();
    assert_eq!(other["refusal"]["code"], "command.id_reused");
    assert_eq!(other["refusal"]["path"], "/orders");
    assert_eq!(shop.log(), log);
    shop.run(&["verify", DB]).done();
}

// Goal: a round over named orders leaves others alone, and tells of each named one that it cannot
// source why. Method: four orders, of which one is named, one on hold, one unknown and one not named.
#[test]
fn a_round_over_some() {
    let shop = Shop::open();
    let mut stream: Vec<String> =
        (1..=3).map(|n| place(&format!("c{n}"), &format!("O{n}"), 1)).collect();
    stream.push(r#"{"id":"h","hold_order":{"order":"O2","kind":"fraud"}}"#.to_owned());
    stream.push(round("R1", &["O1", "O2", "O9"]));
    let receipt = shop.exec(stream.join("\n")).done().json().pop().unwrap();
    assert_eq!(receipt["orders"], json!([{ "order": "O1", "status": "sourcing" }]));
    assert_eq!(
        receipt["skipped"],
        json!([
            { "order": "O2", "code": "order.on_hold", "detail": "a fraud hold" },
            { "order": "O9", "code": "order.unknown", "detail": "`O9`" },
        ])
    );
    assert_eq!(status(&shop, "O3"), "reserved");
    // The envelope is a command's: who, what it belongs to, when, and for whom.
    let line = round("R2", &["O3"]).replacen(',', r#","actor":"ann","correlation":"wave-7","#, 1);
    shop.exec(line).done();
    let last: Value = serde_json::from_str(shop.log().last().unwrap()).unwrap();
    assert_eq!((&last["actor"], &last["correlation"]), (&json!("ann"), &json!("wave-7")));
    assert_eq!(last["at"], AT);
    let line = round("R3", &[]).replacen(',', r#","tenant":"other","#, 1);
    assert_eq!(shop.exec(line).done().one()["refusal"]["code"], "tenant.mismatch");
}

// Goal: a source line that is none is answered like any other bad line; one that asks for too much or for
// nothing is refused like any other command, and gets that same answer again. Method: one of each kind.
#[test]
fn bad_rounds() {
    let shop = Shop::open();
    let line = |orders: &str| format!(r#"{{"id":"R","source":{{"orders":{orders}}}}}"#);
    let bad = [
        (r#"{"id":"R","source":{}}"#.to_owned(), "invalid.missing_field", "/source/orders"),
        (r#"{"id":"R","source":"all"}"#.to_owned(), "invalid.type", "/source"),
        (
            r#"{"id":"R","source":{"orders":"all","x":1}}"#.to_owned(),
            "invalid.unknown_field",
            "/source/x",
        ),
        (line("7"), "invalid.type", "/source/orders"),
        (line(r#""every""#), "invalid.type", "/source/orders"),
        (line(r#"["O1",""]"#), "invalid.id_format", "/source/orders/1"),
        (line(r#"["O1",{}]"#), "invalid.type", "/source/orders/1"),
        (r#"{"source":{"orders":"all"}}"#.to_owned(), "invalid.missing_field", "/id"),
        (r#"{"id":"R","source":{"orders":"all"},"tick":{}}"#.to_owned(), "invalid.verb", ""),
    ];
    for (line, code, path) in &bad {
        let receipt = shop.exec(format!("\n{line}")).code(1).one();
        assert_eq!(receipt["line"], 2, "{receipt}");
        let refusal = &receipt["refusal"];
        assert_eq!(refusal["code"], *code, "{receipt}");
        assert_eq!(refusal["path"].as_str().unwrap_or(""), *path, "{receipt}");
    }
    let crowd: Vec<String> = (0..4_097).map(|n| format!("\"O{n}\"")).collect();
    let refused = [
        ("R1", line("[]"), "invalid.empty", "/orders", true),
        ("R2", line(r#"["O1","O2","O1"]"#), "invalid.duplicate", "/orders/2", true),
        ("R3", line(&format!("[{}]", crowd.join(","))), "limit.count", "/orders", false),
        (&"x".repeat(53), line(r#""all""#), "invalid.id_format", "/id", true),
    ];
    for (id, line, code, path, remembered) in &refused {
        let line = line.replacen(r#""R""#, &format!("{id:?}"), 1);
        let told = shop.exec(&line).done();
        assert_eq!(told.one()["refusal"]["code"], *code);
        assert_eq!(told.one()["refusal"]["path"], *path);
        if *remembered {
            assert_eq!(shop.exec(&line).done().out, told.out);
        }
    }
}

// Goal: `oms source` does from the shell what a source line does: all that wait or some, with an id
// that a resend can use; people get a table. Method: a shop with enough for one order and a half.
#[test]
fn from_the_shell() {
    let shop = Shop::open();
    shop.exec([place("c1", "O1", 12), place("c2", "O2", 12), place("c3", "O3", 1)].join("\n"))
        .done();
    let told = shop.run(&["source", DB, "--orders", "O1,O9", "--id", "R1", "--json"]).done();
    let receipt = told.one();
    assert_eq!(receipt["id"], "R1");
    assert_eq!(receipt["orders"], json!([{ "order": "O1", "status": "sourcing" }]));
    assert_eq!(receipt["skipped"][0]["code"], "order.unknown");
    assert_eq!(plans(&shop, "R1"), ["R1#0"]);
    // The same round again, from the shell and as a line.
    let again = shop.run(&["source", DB, "--orders", "O1", "--orders", "O9", "--id=R1", "--json"]);
    assert_eq!(again.done().out, told.out);
    let line = round("R1", &["O1", "O9"]);
    assert_eq!(shop.exec(line).done().out, told.out);
    assert_eq!(
        shop.run(&["source", DB]).done().lines(),
        [
            "order  status",
            "O2     awaiting_stock",
            "order  line  sku  short  why",
            "O2     1     A        4  short.taken_first",
            "O3     1     A        1  short.claimed",
            "1 order sourced",
        ]
    );
    assert_eq!(
        shop.run(&["source", DB, "--orders=O2,O9"]).done().lines(),
        [
            "order  line  sku  short  why",
            "O2     1     A        4  short.no_stock",
            "not sourced  why            found",
            "O9           order.unknown  `O9`",
            "0 orders sourced",
        ]
    );
    let told = shop.run(&["source", DB, "--id", "R1"]).done().text();
    assert!(
        told.starts_with("refused: command.id_reused (expected [\"O1\",\"O9\"], found \"all\"; "),
        "{told}"
    );
    shop.run(&["source", DB, "--orders", ""]).code(2);
    shop.run(&["verify", DB]).done();
}

// Goal: a dry run tells what the round will do and commits nothing; `--snapshot` writes what the
// plan is made from. Method: dry, then real, where the order that ships once gets the cheap node; the same orders with the same status, and the same log until then.
#[test]
fn a_dry_round_and_its_snapshot() {
    let shop = Shop::open();
    shop.exec([place("c1", "O1", 12), place("c2", "O2", 12)].join("\n")).done();
    let log = shop.log();
    let args = ["source", DB, "--dry-run", "--id", "R1", "--snapshot", "seen.json"];
    assert_eq!(
        shop.run(&args).done().lines(),
        [
            "order  line  qty  from",
            "O1     1       2  n1",
            "O1     1      10  n2",
            "O2     1       8  n1",
            "order  line  sku  short  why",
            "O2     1     A        4  short.taken_first",
            "2 orders would be sourced; nothing was changed",
        ]
    );
    let seen: Value =
        serde_json::from_slice(&std::fs::read(shop.path().join("seen.json")).unwrap()).unwrap();
    assert_eq!(seen["seq"], log.len());
    assert_eq!(seen["orders"][1]["id"], "O2");
    let dry = shop.run(&["source", DB, "--dry-run", "--id", "R1", "--json"]).done().one();
    assert_eq!(shop.log(), log);
    let real = shop.run(&["source", DB, "--id", "R1", "--json"]).done().one();
    for part in ["orders", "short"] {
        assert_eq!(dry[part], real[part]);
    }
    assert_eq!((&dry["dry_run"], &real["dry_run"]), (&json!(true), &Value::Null));
    assert!(shop.log().len() > log.len());
    // As a line, too.
    let line = round("R2", &[]).replacen(',', r#","dry_run":true,"#, 1);
    let log = shop.log();
    assert_eq!(shop.exec(line).done().one()["dry_run"], true);
    assert_eq!(shop.log(), log);
    // Nothing waits that could be had: a snapshot all the same, and no failure.
    shop.run(&["source", DB, "--snapshot", "seen.json"]).done();
    let told = shop.run(&["source", DB, "--snapshot", "no/seen.json"]).code(2).err;
    assert!(told.starts_with("oms: cannot write the snapshot to `no/seen.json`"), "{told}");
}
