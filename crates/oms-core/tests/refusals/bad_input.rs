//! Whatever is wrong with what comes in: a stable code, where, what was expected, what to do.

use std::collections::BTreeSet;

use oms_core::command::{Class, Code, Context, Limits, RefusalNote};
use oms_core::engine::{Commit, Conflict, Engine, MemoryStore, Outcome, Rejected};
use oms_core::flow::Request;
use oms_core::stock::Account;
use oms_core::words::{PoolId, Sku, TenantId};
use serde_json::{Value, json};

use super::watched::{Spy, Watched};
use super::{lay, table, world};

/// What a line is answered with, read or not.
fn answered(engine: &mut Engine<MemoryStore>, line: &[u8]) -> RefusalNote {
    let at = "2026-11-24T10:00:00Z".parse().unwrap();
    let ctx = Context::new(TenantId::new("T").unwrap(), at);
    match Request::parse(line, &Limits::default()) {
        Err(unreadable) => RefusalNote::from(&unreadable.refusal),
        Ok(request) => {
            let done = engine.execute(&ctx, request).unwrap();
            let told = String::from_utf8_lossy(line).into_owned();
            done.receipt.refusal.unwrap_or_else(|| panic!("accepted: {told}"))
        }
    }
}

/// Code, path, what was expected, what was found (a part of each).
type Told = (&'static str, &'static str, &'static str, &'static str);

/// Lines that are no commands, or whose frame is wrong.
const LINES: &[(&str, Told)] = &[
    ("", ("invalid.json", "", "one JSON object", "EOF")),
    ("  \t ", ("invalid.json", "", "one JSON object", "EOF")),
    ("{", ("invalid.json", "", "one JSON object", "EOF")),
    ("null", ("invalid.json", "", "one JSON object", "another value")),
    ("[]", ("invalid.json", "", "one JSON object", "another value")),
    ("{} {}", ("invalid.json", "", "one JSON object", "trailing characters")),
    (r#"{"id":"x","tick":{},}"#, ("invalid.json", "", "one JSON object", "trailing comma")),
    (r#"{"id":"x","tick":{"limit":1e999}}"#, ("invalid.json", "", "one JSON object", "number out")),
    ("{}", ("invalid.missing_field", "/id", "a command id", "none")),
    (r#"{"tick":{}}"#, ("invalid.missing_field", "/id", "a command id", "none")),
    (r#"{"id":7,"tick":{}}"#, ("invalid.type", "/id", "command id", "7")),
    (r#"{"id":"","tick":{}}"#, ("invalid.id_format", "/id", "1 to 64", "``")),
    (r#"{"id":" x","tick":{}}"#, ("invalid.id_format", "/id", "1 to 64", "` x`")),
    (r#"{"id":"x\u0000","tick":{}}"#, ("invalid.id_format", "/id", "1 to 64", r"x\u{0}")),
    (r#"{"id":"x"}"#, ("invalid.verb", "", "exactly one verb", "none or several")),
    (r#"{"id":"x","tick":{},"tick2":{}}"#, ("invalid.verb", "", "exactly one verb", "several")),
    (r#"{"id":"x","Place_Order":{}}"#, ("invalid.verb", "/Place_Order", "`place_order`", "Place")),
    (r#"{"id":"x","teleport":{}}"#, ("invalid.verb", "/teleport", "reference", "teleport")),
    (r#"{"id":"x","tick":[1]}"#, ("invalid.type", "/tick", "the verb's fields", "a list")),
    (r#"{"id":"x","tick":7}"#, ("invalid.type", "/tick", "the verb's fields", "a number")),
    (r#"{"id":"x","dry_run":"yes","tick":{}}"#, ("invalid.type", "/dry_run", "boolean", "yes")),
    (r#"{"id":"x","at":"noon","tick":{}}"#, ("invalid.date_range", "/at", "RFC 3339", "noon")),
    (
        r#"{"id":"x","at":"1969-12-31T23:59:59Z","tick":{}}"#,
        ("invalid.date_range", "/at", "1970", "1969"),
    ),
    (
        r#"{"id":"x","at":"2200-01-02T00:00:00Z","tick":{}}"#,
        ("invalid.date_range", "/at", "2200", "2200-01-02"),
    ),
    (r#"{"id":"x","tenant":"OTHER","tick":{}}"#, ("tenant.mismatch", "/tenant", "`T`", "`OTHER`")),
    (
        r#"{"id":"x","tick":{},"id":"y"}"#,
        ("invalid.duplicate", "/id", "each field once", "`id` twice"),
    ),
    (
        r#"{"id":"x","reserve":{"order":"OO","lines":[{"line":"1","qty":1,"qty":2}]}}"#,
        ("invalid.duplicate", "/reserve/lines/0/qty", "each field once", "`qty` twice"),
    ),
];

/// A verb, what is laid over its good payload, and what is told.
const PAYLOADS: &[(&str, &str, Told)] = &[
    // Quantities.
    ("receive_stock", r#"{"qty":0}"#, ("invalid.quantity_zero", "/qty", "at least 1", "0")),
    (
        "receive_stock",
        r#"{"qty":-1}"#,
        ("invalid.quantity_negative", "/receive_stock/qty", "0 to 1000000000000", "-1"),
    ),
    (
        "receive_stock",
        r#"{"qty":1.5}"#,
        ("invalid.quantity", "/receive_stock/qty", "a whole number", "1.5"),
    ),
    (
        "receive_stock",
        r#"{"qty":1e3}"#,
        ("invalid.quantity", "/receive_stock/qty", "a whole number", "1000"),
    ),
    (
        "receive_stock",
        r#"{"qty":1000000000001}"#,
        ("invalid.quantity", "/receive_stock/qty", "1000000000000", "1000000000001"),
    ),
    (
        "receive_stock",
        r#"{"qty":99999999999999999999999}"#,
        ("invalid.quantity", "/receive_stock/qty", "a whole number", "`100000000000000000000000`"),
    ),
    ("receive_stock", r#"{"qty":"5"}"#, ("invalid.type", "/receive_stock/qty", "whole", "5")),
    ("receive_stock", r#"{"qty":null}"#, ("invalid.type", "/receive_stock/qty", "whole", "null")),
    (
        "adjust_stock",
        r#"{"by":-99999999999999999999}"#,
        ("invalid.type", "/adjust_stock/by", "a whole number", "-1e+20"),
    ),
    // Ids that nobody knows.
    ("receive_stock", r#"{"sku":"Z"}"#, ("item.unknown", "/sku", "an item", "`Z`")),
    ("receive_stock", r#"{"node":"x9"}"#, ("location.unknown", "/node", "a location", "`x9`")),
    ("reserve", r#"{"order":"N"}"#, ("order.unknown", "/order", "an order", "`N`")),
    (
        "reserve",
        r#"{"lines":[{"line":"9"}]}"#,
        ("line.unknown", "/lines/0/line", "a line of order `OO`", "`9`"),
    ),
    ("place_order", r#"{"channel":"N"}"#, ("channel.unknown", "/channel", "a channel", "`N`")),
    ("ship", r#"{"package":"p"}"#, ("package.unknown", "/package", "a package", "`p`")),
    (
        "receive_stock",
        r#"{"sku":"a name that is by far too long to be the id of anything that is sold anywhere"}"#,
        ("invalid.id_format", "/receive_stock/sku", "1 to 64", "77 bytes"),
    ),
    // Orders that contradict themselves.
    ("place_order", r#"{"lines":[]}"#, ("invalid.empty", "/lines", "at least one", "none")),
    ("place_order", r#"{"groups":[]}"#, ("invalid.empty", "/groups", "at least one", "none")),
    (
        "place_order",
        r#"{"lines":[{"line":"1","sku":"A","qty":1},{"line":"1","sku":"B","qty":1}]}"#,
        ("invalid.duplicate", "/lines/1/line", "each id once", "`1` twice"),
    ),
    (
        "place_order",
        r#"{"lines":[{"line":"1","sku":"A","qty":1,"unit_price":"1.00 EUR"}]}"#,
        ("invalid.currency_mix", "/lines/0/unit_price", "USD", "EUR"),
    ),
    (
        "place_order",
        r#"{"currency":"XXX"}"#,
        ("invalid.currency", "/place_order/currency", "ISO 4217", "XXX"),
    ),
    (
        "place_order",
        r#"{"total":"1.005 USD"}"#,
        ("invalid.money", "/total", "minor units of `USD`", "1.005"),
    ),
    ("place_order", r#"{"total":12.5}"#, ("invalid.type", "/place_order/total", "amount", "12.5")),
    (
        "place_order",
        r#"{"total":"-1.00 USD"}"#,
        ("invalid.amount_negative", "/total", "zero or more", "-1.00 USD"),
    ),
    (
        "place_order",
        r#"{"total":"1e3 USD"}"#,
        ("invalid.money", "/place_order/total", "`19.99 USD`", "1e3"),
    ),
    (
        "place_order",
        r#"{"presentment":{"currency":"EUR","rate":"one"}}"#,
        ("invalid.type", "/place_order/presentment/rate", "`0.92`", "one"),
    ),
    // Beyond what is counted.
    (
        "place_order",
        r#"{"lines":[{"line":"1","sku":"A","qty":1000000000000},{"line":"2","sku":"A","qty":1}]}"#,
        ("limit.overflow", "/lines/1/qty", "at most 1000000000000", "more"),
    ),
    (
        "place_order",
        r#"{"lines":[{"line":"1","sku":"A","qty":1000000000000,
            "unit_price":"999999999999.99 USD"}]}"#,
        ("invalid.money", "/lines/0/unit_price", "at most 1000000000000000", "999999999999990"),
    ),
    // Times.
    (
        "reserve",
        r#"{"until":"2026-02-30T00:00:00Z"}"#,
        ("invalid.date_range", "/reserve/until", "RFC 3339", "2026-02-30"),
    ),
    (
        "reserve",
        r#"{"until":"2026-11-24T10:00:00"}"#,
        ("invalid.date_range", "/reserve/until", "RFC 3339", "2026-11-24T10:00:00"),
    ),
    (
        "reserve",
        r#"{"until":"2026-11-24T09:59:59Z"}"#,
        ("invalid.date_range", "/until", "2026-11-24T10:00:00", "2026-11-24T09:59:59"),
    ),
    (
        "count_stock",
        r#"{"counted_at":"2026-11-24T10:00:01Z"}"#,
        ("invalid.date_range", "/counted_at", "a moment from", "10:00:01"),
    ),
    (
        "define_location",
        r#"{"time_zone":"Mars/Olympus"}"#,
        ("invalid.time_zone", "/define_location/time_zone", "IANA", "Mars/Olympus"),
    ),
    (
        "define_location",
        r#"{"calendar":{"weekly":{"mon":{"open":"18:00","close":"09:00"}}}}"#,
        ("invalid.date_range", "/define_location/calendar/weekly/mon", "open before", "18:00"),
    ),
    // Places.
    (
        "place_order",
        r#"{"groups":[{"group":"g","to":{"ship":{"destination":{"country":"Usa","region":"Z1"}}}}]}"#,
        ("invalid.place", "/place_order/groups/0/to/ship/destination/country", "`US`", "Usa"),
    ),
    // Fields that the verb does not have, at every depth, and fields that it lacks.
    (
        "place_order",
        r#"{"colour":"red"}"#,
        ("invalid.unknown_field", "/place_order/colour", "`order`", "`colour`"),
    ),
    (
        "place_order",
        r#"{"lines":[{"line":"1","sku":"A","qty":1,"price":"1.00 USD"}]}"#,
        ("invalid.unknown_field", "/place_order/lines/0/price", "`unit_price`", "`price`"),
    ),
    (
        "place_order",
        r#"{"lines":[{"line":"1","qty":1}]}"#,
        ("invalid.missing_field", "/place_order/lines/0/sku", "`sku`", "none"),
    ),
    (
        "place_order",
        r#"{"groups":[{"group":"g","to":{"drone":{}}}]}"#,
        ("invalid.type", "/place_order/groups/0/to", "`ship` or `pickup`", "drone"),
    ),
    ("hold_order", r#"{"kind":"whim"}"#, ("invalid.type", "/hold_order/kind", "`fraud`", "`whim`")),
];

fn is_told(told: &RefusalNote, (code, path, expected, found): Told, what: &str) -> Option<String> {
    let right = told.code == code
        && told.path == path
        && told.expected.contains(expected)
        && told.found.contains(found);
    let known = Code::by_name(&told.code).unwrap();
    assert_eq!((told.number, told.class), (known.number(), known.class()), "{what}");
    assert!(!told.advice.is_empty() && !told.expected.is_empty() && !told.found.is_empty());
    for word in ["struct ", "enum ", "i64", "u64", "u32", "i32", "Decimal", "tuple"] {
        assert!(!told.expected.contains(word), "{what}: `{}`", told.expected);
    }
    (!right).then(|| format!("{what}\n    {code} at {path}: {expected}, {found}\n    {told:?}"))
}

/// Lays every field of a patch over a payload, like the table of refusals does.
fn over(payload: &mut Value, patch: &Value) {
    for (key, value) in patch.as_object().unwrap() {
        lay(payload.as_object_mut().unwrap().entry(key).or_insert(Value::Null), value);
    }
}

/// Goal: whatever comes in wrong is answered with a stable code, the place, what was expected and
/// what was found, and what to do. Method: one row for each kind of mistake, in the frame of a
/// command and in payloads that are good but for it.
#[test]
fn every_mistake_is_told_in_four_parts() {
    let (mut engine, names) = world();
    let rows = table(&names);
    let mut wrong = Vec::new();
    for (line, told) in LINES {
        wrong.extend(is_told(&answered(&mut engine, line.as_bytes()), *told, line));
    }
    for (n, (verb, patch, told)) in PAYLOADS.iter().enumerate() {
        let mut payload = rows.iter().find(|row| row.verb == *verb).unwrap().good.clone();
        over(&mut payload, &serde_json::from_str(patch).unwrap_or_else(|e| panic!("{patch}: {e}")));
        let line = json!({ "id": format!("b{n}"), *verb: payload }).to_string();
        wrong.extend(is_told(&answered(&mut engine, line.as_bytes()), *told, &line));
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Payloads in which every verb's own and every shared part stands somewhere.
const RICH: &[(&str, &str)] = &[
    (
        "place_order",
        r#"{"order":"O","channel":"WEB","currency":"USD","customer":"C",
        "source":{"system":"shop","id":"1","version":1},
        "presentment":{"currency":"EUR","rate":"0.9","total":"1.00 EUR"},
        "constraints":{"ship_complete":true},
        "groups":[{"group":"g","to":{"ship":{"destination":{"country":"US","region":"Z1",
            "point":{"lat_e6":52500000,"lon_e6":13400000}},"address":{"name":"Ann"}}},
            "window":{"from":"2026-11-25T00:00:00Z","to":"2026-11-26T00:00:00Z"},
            "shipping":[{"code":"s","amount":"1.00 USD"}]},
            {"group":"h","to":{"pickup":{"location":"n1"}}}],
        "lines":[{"line":"1","group":"g","sku":"A","qty":1,
            "discounts":[{"code":"d","amount":"1.00 USD"}],
            "taxes":[{"code":"t","amount":"1.00 USD"}]}],
        "discounts":[{"code":"d","amount":"1.00 USD"}],"fees":[{"code":"f","amount":"1.00 USD"}]}"#,
    ),
    (
        "define_location",
        r#"{"id":"n","kind":"dc","pool":"P","time_zone":"UTC","capabilities":{"ship":true},
        "calendar":{"weekly":{"mon":{"open":"09:00","close":"18:00"}}},
        "lanes":[{"to":{"region":"Z1"},"service":"s","cost_fixed":"1.00 USD",
            "cost_per_kg":"0.00 USD","transit_days":1}]}"#,
    ),
    ("define_item", r#"{"sku":"A","base_unit":"each","flags":{"cold":true}}"#),
    (
        "set_policy",
        r#"{"scope":{"channel":"WEB"},"policy":{"totals":{"tolerate":{"minor_units":1}}}}"#,
    ),
    (
        "commit_plan",
        r#"{"order":"O","assignments":[{"line":"1","node":"n1","qty":1}],
        "decision":{"by":{"model":{"name":"m","version":"1"}},"inputs":{"seq":1,"hash":"h"},
        "chosen":[{"group":"g","node":"n1","units":[{"line":"1","qty":1}],"days":1,
            "cost":"1.00 USD","drivers":[{"code":"c","amount":{"days":1}}],
            "runner_up":{"nodes":["n2"],"units":1,"cost":"2.00 USD","gap":"1.00 USD","gap_days":0}}],
        "removed":[{"node":"n3","rule":"r"}],"removed_by_rule":[{"rule":"r","count":1}],
        "overridden":{"by":"me","reason":"r","at":"2026-11-24T09:00:00Z"}}}"#,
    ),
    (
        "move_stock",
        r#"{"sku":"A","qty":1,"from":{"node":"n1","bucket":"available"},
        "to":{"node":"n1","bucket":"damaged"}}"#,
    ),
];

/// The pointers of all objects in a document.
fn objects(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                objects(field, format!("{at}/{name}"), found);
            }
            found.push(at);
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                objects(item, format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Goal: no field is ever passed over in silence, however deep it stands. Method: payloads rich in
/// parts, which are read; then one field too many in each object of them.
#[test]
fn no_field_is_passed_over() {
    let mut tried = 0;
    for (verb, payload) in RICH {
        let good: Value = serde_json::from_str(payload).unwrap();
        let parse = |payload: &Value| {
            let line = json!({ "id": "x", *verb: payload }).to_string();
            Request::parse(line.as_bytes(), &Limits::default())
        };
        parse(&good).unwrap_or_else(|e| panic!("{verb}: {e}"));
        let mut places = Vec::new();
        objects(&good, String::new(), &mut places);
        for place in places {
            let mut more = good.clone();
            let object = more.pointer_mut(&place).unwrap().as_object_mut().unwrap();
            object.insert("zz".into(), json!(1));
            let no = parse(&more).expect_err(&place).refusal;
            assert_eq!(no.code.class(), Class::Invalid, "{verb} {place}: {no}");
            assert!(no.path.starts_with(&format!("/{verb}{place}")), "{verb} {place}: {no}");
            tried += 1;
        }
    }
    assert!(tried > 40, "{tried}");
}

/// Goal: bytes that are no text and lines that are too long or too deep are told as such. Method:
/// one of each; the longest line that is allowed is read.
#[test]
fn bytes_lengths_and_depths() {
    let (mut engine, _) = world();
    let no = answered(&mut engine, b"{\"id\":\"x\xff\",\"tick\":{}}");
    assert!(is_told(&no, ("invalid.json", "", "valid UTF-8", "after byte 8"), "bytes").is_none());
    let most = Limits::default().command_bytes;
    let long = format!(r#"{{"id":"x","tick":{{}}{}}}"#, " ".repeat(most));
    let no = answered(&mut engine, long.as_bytes());
    assert!(is_told(&no, ("limit.bytes", "", "4194304", "bytes"), "long").is_none());
    let fits = format!(r#"{{"id":"x","tick":{{}}{}}}"#, " ".repeat(most - 20));
    assert!(Request::parse(fits.as_bytes(), &Limits::default()).is_ok());
    let deep = format!(r#"{{"id":"x","tick":{}{}}}"#, "[".repeat(5_000), "]".repeat(5_000));
    let no = answered(&mut engine, deep.as_bytes());
    assert!(is_told(&no, ("invalid.json", "", "one JSON", "recursion"), "deep").is_none());
}

/// An order of so many lines, an item each.
fn wide(engine: &mut Engine<MemoryStore>, order: &str, lines: usize) -> Option<RefusalNote> {
    let lines: Vec<Value> =
        (1..=lines).map(|n| json!({ "line": n.to_string(), "sku": "A", "qty": 1 })).collect();
    let to = json!({ "ship": { "destination": { "country": "US", "region": "Z1" } } });
    let payload = json!({ "order": order, "channel": "WEB", "currency": "USD",
        "groups": [{ "group": "g", "to": to }], "lines": lines });
    let line = json!({ "id": order, "place_order": payload }).to_string();
    let request = Request::parse(line.as_bytes(), &Limits::default()).unwrap();
    let at = "2026-11-24T10:00:00Z".parse().unwrap();
    let ctx = Context::new(TenantId::new("T").unwrap(), at);
    engine.execute(&ctx, request).unwrap().receipt.refusal
}

/// Goal: a real order of 705 lines is an order; the bound has a name, and beyond it stands a refusal
/// that says so. Method: 705, as many as there may be, and one more.
#[test]
fn wide_orders() {
    let (mut engine, _) = world();
    let most = Limits::default().lines;
    assert_eq!(wide(&mut engine, "W705", 705), None);
    assert_eq!(wide(&mut engine, "WMOST", most), None);
    let no = wide(&mut engine, "WMORE", most + 1).unwrap();
    assert!(is_told(&no, ("limit.count", "/lines", "at most 2000", "2001"), "wide").is_none());
    assert_eq!(no.advice, "send less at once");
}

/// Goal: what every verb refuses alike, every verb does refuse: a field too many, another tenant, a
/// field of no type, the id of another wish, and a state that never holds still. Method: the good
/// payload of each verb, bent.
#[test]
fn what_every_verb_refuses_alike() {
    let (_, names) = world();
    for row in table(&names) {
        let (mut engine, _) = world();
        let verb = row.verb.as_str();
        let line = |id: &str, payload: &Value| json!({ "id": id, verb: payload }).to_string();
        let mut more = row.good.clone();
        more["no_such_field"] = json!(1);
        let no = answered(&mut engine, line("a", &more).as_bytes());
        assert_eq!(no.code, "invalid.unknown_field", "{verb}");
        assert_eq!(no.path, format!("/{verb}/no_such_field"));
        for field in row.good.as_object().unwrap().keys() {
            let mut odd = row.good.clone();
            odd[field] = json!([[true]]);
            let no = answered(&mut engine, line("a", &odd).as_bytes());
            assert_eq!(no.class, Class::Invalid, "{verb} {field}: {no:?}");
            assert!(no.path.starts_with(&format!("/{verb}/{field}")), "{verb} {field}: {no:?}");
        }
        let foreign = json!({ "id": "a", "tenant": "T2", verb: row.good }).to_string();
        assert_eq!(answered(&mut engine, foreign.as_bytes()).code, "tenant.mismatch", "{verb}");
        // Nothing of all that was an answer to the id.
        let mut restless = Engine::new(Watched { inner: engine.store().clone(), spy: Restless });
        let ctx =
            Context::new(TenantId::new("T").unwrap(), "2026-11-24T10:00:00Z".parse().unwrap());
        let good = Request::parse(line("a", &row.good).as_bytes(), &Limits::default()).unwrap();
        let done = restless.execute(&ctx, good.clone()).unwrap();
        let no = done.receipt.refusal.unwrap_or_else(|| panic!("{verb} writes nothing"));
        assert_eq!((no.code.as_str(), no.class), ("version.conflict", Class::Conflict), "{verb}");
        assert_eq!(done.receipt.retries, ctx.limits.retries + 1);
        let done = engine.execute(&ctx, good).unwrap();
        assert_eq!(done.receipt.outcome, Outcome::Accepted, "{verb}: {:?}", done.receipt.refusal);
        let other = if verb == "tick" {
            r#"{"id":"a","define_pool":{"id":"X"}}"#
        } else {
            r#"{"id":"a","tick":{}}"#
        };
        let no = answered(&mut engine, other.as_bytes());
        assert_eq!(no.code, "command.id_reused", "{verb}");
    }
}

/// Somebody else is always faster.
struct Restless;

impl Spy for Restless {
    fn commits(&mut self, _: &Commit) -> Result<(), Rejected> {
        let account = Account::Ats(Sku::new("A").unwrap(), PoolId::new("P").unwrap());
        Err(Rejected::Conflict(Conflict::Bound { account, balance: -1 }))
    }
}

/// Goal: no code of the catalogue is idle talk. Method: each is met in the table of the verbs or in
/// one of the tables here; the one that waits for its verb is named.
#[test]
fn every_code_can_be_met() {
    let (_, names) = world();
    let mut met: BTreeSet<String> =
        table(&names).into_iter().flat_map(|row| row.faults).map(|fault| fault.code).collect();
    met.extend(LINES.iter().map(|(_, told)| told.0.to_owned()));
    met.extend(PAYLOADS.iter().map(|(.., told)| told.0.to_owned()));
    met.extend(["command.id_reused", "tenant.mismatch", "version.conflict"].map(str::to_owned));
    // Who may do what comes with roles; digests stand in events and in no command.
    let waiting = ["actor.not_permitted", "invalid.digest"];
    for code in Code::ALL {
        let name = code.name();
        assert_ne!(met.contains(name), waiting.contains(&name), "`{name}`");
    }
}

/// Goal: a line is not read further than it may have values, whatever they are, and what has as many as
/// it may is read. Method: lists, objects and texts, one value below the bound, at it and beyond it.
#[test]
fn values_are_counted() {
    let limits = Limits { values: 12, ..Limits::default() };
    let line =
        |values: &[&str]| format!(r#"{{"id":"x","tick":{{"limit":[{}]}}}}"#, values.join(","));
    // The line, its id, its verb, the list.
    for n in [7, 8, 9, 5_000] {
        for value in ["1", "\"a\"", "null", "[]", "{}"] {
            let read = Request::parse(line(&vec![value; n]).as_bytes(), &limits);
            let refusal = read.unwrap_err().refusal;
            let wanted = if n > 8 { Code::TooMany } else { Code::WrongType };
            assert_eq!(refusal.code, wanted, "{n} times {value}: {refusal:?}");
            if n > 8 {
                assert_eq!(refusal.expected, "at most 12 values in one command");
            }
        }
    }
    let fields =
        r#"{"id":"x","tick":{"a":{"b":1,"c":2,"d":3,"e":4},"f":{"g":1,"h":2,"i":3,"j":4}}}"#;
    let refusal = Request::parse(fields.as_bytes(), &limits).unwrap_err().refusal;
    assert_eq!(refusal.code, Code::TooMany);
}
