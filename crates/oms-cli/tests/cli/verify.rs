//! `oms verify`: a file that was tampered with is found out, with exit status 1 and the first difference.

use std::fs;

use rusqlite::params;
use serde_json::json;

use crate::shop::{AT, DB, Shop, opening, place, round};

/// A shop in the middle of its day.
fn busy() -> Shop {
    let shop = Shop::open();
    let mut day: Vec<String> =
        (0..8).map(|n| place(&format!("c{n}"), &format!("O{n}"), 1)).collect();
    day.push(round("R1", &[]));
    day.push(format!(r#"{{"id":"n","at":"{AT}","note":{{"order":"O1","text":"ring twice"}}}}"#));
    shop.exec(day.join("\n")).done();
    shop
}

fn tampered(shop: &Shop, sql: &str) {
    let file = shop.rows();
    let changed = file.execute(sql, []).unwrap();
    assert_eq!(changed, 1, "{sql}");
    file.close().unwrap();
}

/// The file is found out, and `verify` names the place.
#[track_caller]
fn found(shop: &Shop, place: &str) {
    let told = shop.run(&["verify", DB]).code(1);
    let text = told.text();
    assert_eq!((text.lines().count(), told.err.as_str()), (1, ""), "{text}");
    assert!(text.starts_with("not sound"), "{text}");
    assert!(text.contains(place), "{text}");
    let told = shop.run(&["verify", DB, "--json"]).code(1).one();
    assert_eq!(told["sound"], false);
    assert!(told["finding"].as_str().unwrap().contains(place), "{told}");
}

// Goal: a sound file is said to be sound, with what was checked. Method: every line of the output.
#[test]
fn a_sound_file() {
    let shop = busy();
    let log = shop.log();
    let last: serde_json::Value = serde_json::from_str(log.last().unwrap()).unwrap();
    let lines = shop.run(&["verify", DB]).done().lines();
    assert_eq!(lines[0], "tenant  events  orders  catalog  balances  index rows");
    assert!(
        lines[1].starts_with(&format!("main        {}       8        5", log.len())),
        "{lines:?}"
    );
    assert_eq!(lines[2], format!("the log of main ends in {}", last["hash"].as_str().unwrap()));
    assert_eq!(
        lines[3],
        "verified: every balance and status rebuilt and compared, every law holds"
    );
    let told = shop.run(&["verify", DB, "--json"]).done().one();
    assert_eq!(told["sound"], true);
    assert_eq!(told["tenants"][0]["events"], log.len());
    assert_eq!(told["tenants"][0]["hash"], last["hash"]);
    // A new file is sound.
    let new = Shop::new();
    assert_eq!(
        new.run(&["verify", DB, "--json"]).done().one(),
        json!({ "sound": true, "tenants": [] })
    );
}

// Goal: a change of any table is found out. Method: one change of each table on a copy of one file,
// by an SQL statement that leaves a sound database behind.
#[test]
fn a_change_of_every_table() {
    let shop = busy();
    let sound = fs::read(shop.db()).unwrap();
    let changes = [
        // A fact that is told differently, moved, renamed, or left out.
        (
            "UPDATE event SET payload = CAST(replace(CAST(payload AS TEXT), '10', '11') AS BLOB)
          WHERE id = 'o5.1:0'",
            "event",
        ),
        ("UPDATE event SET at = at + 1 WHERE id = 'c3:0'", "event"),
        ("UPDATE event SET actor = 'somebody' WHERE id = 'c3:0'", "event"),
        ("UPDATE event SET command = 'c4' WHERE id = 'c3:0'", "event"),
        ("UPDATE event SET kind = 'order.noted' WHERE id = 'c3:0'", "event"),
        ("UPDATE event SET hash = zeroblob(32) WHERE id = 'c3:0'", "event"),
        ("DELETE FROM event WHERE id = 'c3:1'", "event"),
        ("DELETE FROM event WHERE position = (SELECT max(position) FROM event)", "event"),
        ("UPDATE tenant SET seq = seq - 1", "tenant"),
        ("UPDATE tenant SET hash = zeroblob(32)", "tenant"),
        ("DELETE FROM tenant", "tenant"),
        // The state beside the facts.
        ("UPDATE balance SET value = value + 1 WHERE key LIKE 'available%n2'", "balance"),
        ("DELETE FROM balance WHERE key LIKE 'available%n2'", "available"),
        ("UPDATE entity SET version = version + 1 WHERE key LIKE 'order%O3'", "entity"),
        (
            "UPDATE entity SET body = CAST(replace(CAST(body AS TEXT), 'O3', 'O4') AS BLOB)
          WHERE key LIKE 'order%O3'",
            "entity",
        ),
        ("DELETE FROM entity WHERE key LIKE 'order%O3'", "O3"),
        ("DELETE FROM entity WHERE key LIKE 'item%A'", "A"),
        (
            "DELETE FROM entry WHERE (tenant, tbl, key) =
          (SELECT tenant, tbl, key FROM entry ORDER BY 1, 2, 3 LIMIT 1)",
            "",
        ),
        (
            "UPDATE entry SET value = value + 1 WHERE (tenant, tbl, key) =
          (SELECT tenant, tbl, key FROM entry ORDER BY 1, 2, 3 LIMIT 1)",
            "entry",
        ),
        ("UPDATE personal SET value = CAST('ring thrice' AS BLOB)", "personal"),
        // What was answered.
        (
            "UPDATE answer SET receipt = CAST(replace(CAST(receipt AS TEXT), 'O3', 'O4') AS BLOB)
          WHERE command = 'c3'",
            "answer",
        ),
        ("DELETE FROM answer WHERE command = 'c3'", "answer"),
        (
            "UPDATE outbox SET position = position + 7
          WHERE position = (SELECT max(position) FROM outbox)",
            "outbox",
        ),
    ];
    let mut missed = Vec::new();
    for (sql, place) in changes {
        shop.write(DB, &sound);
        tampered(&shop, sql);
        let told = shop.run(&["verify", DB]);
        if told.code != 1 || !told.text().contains(place) {
            missed.push((sql, told));
            continue;
        }
        found(&shop, place);
    }
    assert!(missed.is_empty(), "{missed:#?}");
    shop.write(DB, &sound);
    shop.run(&["verify", DB]).done();
}

// Goal: rows that are genuine and of another day are found out too: their checksums fit, what the
// events say does not. Method: a balance and an order put back to what they were before.
#[test]
fn genuine_rows_of_another_day() {
    let shop = busy();
    let rows = |sql: &str| -> Vec<(String, rusqlite::types::Value, i64)> {
        let file = shop.rows();
        let mut statement = file.prepare(sql).unwrap();
        let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let balances = rows("SELECT key, value, sum FROM balance WHERE key LIKE 'available%'");
    let orders = rows("SELECT key, body, sum FROM entity WHERE key LIKE 'order%O3'");
    shop.exec(r#"{"id":"late1","receive_stock":{"sku":"A","node":"n1","qty":7}}"#).done();
    shop.exec(r#"{"id":"late2","release_to_node":{"order":"O3","node":"n1"}}"#).done();
    let sound = fs::read(shop.db()).unwrap();
    let put = |sql: &str, rows: &[(String, rusqlite::types::Value, i64)]| {
        shop.write(DB, &sound);
        let file = shop.rows();
        for (key, value, sum) in rows {
            assert_eq!(file.execute(sql, params![key, value, sum]).unwrap(), 1);
        }
        file.close().unwrap();
    };
    put("UPDATE balance SET value = ?2, sum = ?3 WHERE key = ?1", &balances);
    found(&shop, "available");
    put("UPDATE entity SET body = ?2, sum = ?3, version = version - 1 WHERE key = ?1", &orders);
    found(&shop, "O3");
    shop.write(DB, &sound);
    shop.run(&["verify", DB]).done();
}

// Goal: every tenant is verified unless one is named. Method: damage in the second of two tenants.
#[test]
fn every_tenant() {
    let shop = Shop::new();
    for tenant in ["east", "west"] {
        shop.pour(&["exec", DB, "--tenant", tenant], opening(5).join("\n")).done();
    }
    let told = shop.run(&["verify", DB, "--json"]).done().one();
    assert_eq!(told["tenants"][0]["tenant"], "east");
    assert_eq!(told["tenants"][1]["tenant"], "west");
    tampered(
        &shop,
        "UPDATE event SET at = at + 1 WHERE position = (SELECT max(position) FROM event)",
    );
    let told = shop.run(&["verify", DB, "--json"]).code(1).one();
    assert_eq!(told["tenant"], "west");
    assert!(shop.run(&["verify", DB]).code(1).text().starts_with("not sound of tenant west: "));
    shop.run(&["verify", DB, "--tenant", "east"]).done();
    shop.run(&["verify", DB, "--tenant", "west"]).code(1);
}
