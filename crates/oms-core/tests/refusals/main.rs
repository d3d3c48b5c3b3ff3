//! Every documented refusal of every verb, in the documented order of precedence.
//!
//! The table names, for each verb, a payload that is accepted and what to change to provoke each
//! refusal. Each is provoked alone; then all are heaped up from the last to the first, and each time
//! the first in the order must be the answer. The order itself is read from the head of the verb's
//! own source file, so neither can drift from the other.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs,
    reason = "test code"
)]

mod bad_input;
mod documented;
#[path = "../watched/mod.rs"]
mod watched;

use std::collections::BTreeMap;

use oms_core::command::{Class, Code, Context, Limits};
use oms_core::engine::{Done, Engine, Feed, MemoryStore, Outcome, Receipt, Store};
use oms_core::flow::{Request, VERB_NAMES};
use oms_core::testing::story::tell;
use oms_core::words::TenantId;
use serde_json::{Value, json};

use documented::documented;

const TABLE: &str = include_str!("table.txt");
const WORLD: &str = include_str!("world.story");

struct Fault {
    code: String,
    path: String,
    patch: Value,
    limit: Option<String>,
}

struct Row {
    verb: String,
    good: Value,
    faults: Vec<Fault>,
}

/// The world, and the names that its story gave to packages and work.
fn world() -> (Engine<MemoryStore>, BTreeMap<String, String>) {
    let store = MemoryStore::new();
    let told = tell(store.clone(), WORLD).unwrap_or_else(|untrue| panic!("{untrue}"));
    (Engine::new(store), told.names)
}

fn table(names: &BTreeMap<String, String>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in TABLE.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let mut line = line.to_owned();
        for (name, id) in names.iter().rev() {
            line = line.replace(&format!("${name}\""), &format!("{id}\""));
        }
        let (first, rest) = line.split_once(' ').unwrap();
        let (second, json) = rest.split_once(' ').unwrap();
        if first == "verb" {
            let good = serde_json::from_str(json).unwrap();
            rows.push(Row { verb: second.to_owned(), good, faults: Vec::new() });
            continue;
        }
        let end = json.rfind('}').unwrap() + 1;
        let limit = Some(json[end..].trim()).filter(|l| !l.is_empty()).map(str::to_owned);
        let patch = serde_json::from_str(&json[..end]).unwrap_or_else(|e| panic!("{line}: {e}"));
        let (code, path) = (first.to_owned(), second.trim_matches('-').to_owned());
        rows.last_mut().unwrap().faults.push(Fault { code, path, patch, limit });
    }
    rows
}

/// Lays a patch over a payload: objects field by field, a choice (one key) and all else as a whole.
fn lay(over: &mut Value, patch: &Value) {
    let is_choice = |value: &Value| value.as_object().is_some_and(|o| o.len() == 1);
    match (over, patch) {
        (over, patch) if is_choice(over) && is_choice(patch) => *over = patch.clone(),
        (Value::Object(over), Value::Object(patch)) => {
            for (key, value) in patch {
                lay(over.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (over, patch) => *over = patch.clone(),
    }
}

fn limits(fault: Option<&Fault>) -> Limits {
    let mut limits = Limits::default();
    let Some(limit) = fault.and_then(|f| f.limit.as_ref()) else { return limits };
    let (name, value) = limit.split_once('=').unwrap();
    let value: usize = value.parse().unwrap();
    match name {
        "lines" => limits.lines = value,
        "groups" => limits.groups = value,
        "assignments" => limits.assignments = value,
        "notes" => limits.notes = value,
        "text_bytes" => limits.text_bytes = value,
        "orders" => limits.orders = value,
        "keys" => limits.keys = value,
        "packages" => limits.packages = value,
        "fulfillments" => limits.fulfillments = value,
        "pools" => limits.pools = value,
        "channels" => limits.channels = value,
        "lanes" => limits.lanes = value,
        "cut_offs" => limits.cut_offs = value,
        "holidays" => limits.holidays = value,
        "policies" => limits.policies = value,
        other => panic!("no bound `{other}`"),
    }
    limits
}

fn run(engine: &mut Engine<MemoryStore>, text: &str, limits: Limits) -> Done {
    let mut ctx =
        Context::new(TenantId::new("T").unwrap(), "2026-11-24T10:00:00Z".parse().unwrap());
    ctx.limits = limits;
    let request = Request::parse(text.as_bytes(), &Limits::default());
    let request = request.unwrap_or_else(|e| panic!("{text}: {e}"));
    engine.execute(&ctx, request).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

fn rehearse(
    engine: &mut Engine<MemoryStore>,
    verb: &str,
    payload: &Value,
    limits: Limits,
) -> Receipt {
    let text = json!({ "id": "rehearsal", "dry_run": true, verb: payload }).to_string();
    run(engine, &text, limits).receipt
}

fn answer(receipt: &Receipt) -> (String, String) {
    match &receipt.refusal {
        Some(refusal) => (refusal.code.clone(), refusal.path.clone()),
        None => (format!("{:?}", receipt.outcome), String::new()),
    }
}

/// Goal: each refusal comes with its code and path when it is due, alone and before all that are
/// documented after it; nothing is left behind. Method: the table, as dry runs on one world.
#[test]
fn refusals_come_in_the_documented_order() {
    let (mut engine, names) = world();
    let tenant = TenantId::new("T").unwrap();
    let before = engine.store().feed(&tenant, &Feed::After(0), 10_000).unwrap().len();
    let mut wrong = Vec::new();
    for row in table(&names) {
        let good = rehearse(&mut engine, &row.verb, &row.good, limits(None));
        if good.outcome != Outcome::Accepted {
            wrong.push(format!("{} is not accepted: {:?}", row.verb, good.refusal));
        }
        let mut heap = row.good.clone();
        for fault in row.faults.iter().rev() {
            let mut alone = row.good.clone();
            for payload in [&mut alone, &mut heap] {
                for (key, value) in fault.patch.as_object().unwrap() {
                    lay(payload.as_object_mut().unwrap().entry(key).or_insert(Value::Null), value);
                }
            }
            let wanted = (fault.code.clone(), fault.path.clone());
            for (how, payload) in [("alone", &alone), ("heaped up", &heap)] {
                let receipt = rehearse(&mut engine, &row.verb, payload, limits(Some(fault)));
                if answer(&receipt) != wanted {
                    let found = answer(&receipt);
                    wrong.push(format!("{} {wanted:?} {how}: {found:?} {payload}", row.verb));
                }
                let known = Code::by_name(&fault.code).unwrap();
                if let Some(note) = receipt.refusal.filter(|note| note.code == fault.code) {
                    let right = (note.number, note.class) == (known.number(), known.class());
                    let says = !note.expected.is_empty() && !note.advice.is_empty();
                    assert!(right && says, "{note:?}");
                    assert!(known.class() != Class::Invalid || !note.path.is_empty(), "{note:?}");
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    let after = engine.store().feed(&tenant, &Feed::After(0), 10_000).unwrap().len();
    assert_eq!(before, after, "a rehearsal left events");
}

/// Goal: what is refused in earnest leaves no event either; and a refusal is remembered as the answer
/// exactly where the same wish cannot succeed later. Method: the table, each command twice.
#[test]
fn refusals_are_remembered_by_class() {
    let (mut engine, names) = world();
    let tenant = TenantId::new("T").unwrap();
    let before = engine.store().feed(&tenant, &Feed::After(0), 10_000).unwrap().len();
    let mut sent = 0;
    for row in table(&names) {
        for fault in &row.faults {
            let mut payload = row.good.clone();
            for (key, value) in fault.patch.as_object().unwrap() {
                lay(payload.as_object_mut().unwrap().entry(key).or_insert(Value::Null), value);
            }
            sent += 1;
            let text = json!({ "id": format!("r{sent}"), &row.verb: payload }).to_string();
            let first = run(&mut engine, &text, limits(Some(fault)));
            let again = run(&mut engine, &text, limits(Some(fault)));
            assert_eq!(answer(&first.receipt), (fault.code.clone(), fault.path.clone()), "{text}");
            assert_eq!(first.bytes, again.bytes, "{text}");
            let class = Code::by_name(&fault.code).unwrap().class();
            assert_eq!(again.repeated, class.is_remembered(), "{text}");
            assert!(!first.repeated && first.receipt.events.is_empty(), "{text}");
        }
    }
    let after = engine.store().feed(&tenant, &Feed::After(0), 10_000).unwrap().len();
    assert_eq!(before, after, "a refusal left events");
}

/// Goal: table and documentation name the same refusals in the same order, for every verb. Method:
/// read the heads of the verbs' files; `invalid.*` stands for any number of that class.
#[test]
fn table_and_documentation_agree() {
    let (_, names) = world();
    let rows = table(&names);
    let verbs: Vec<&str> = rows.iter().map(|r| r.verb.as_str()).collect();
    for verb in VERB_NAMES {
        assert!(verbs.contains(verb), "`{verb}` has no row");
    }
    for row in &rows {
        let codes: Vec<&str> = row.faults.iter().map(|f| f.code.as_str()).collect();
        let documented = documented(&row.verb);
        let mut at = 0;
        let mut wanted = documented.iter().peekable();
        while let Some(code) = wanted.next() {
            let from = at;
            if let Some(kind) = code.strip_suffix('*') {
                let mut kinds = vec![kind];
                while let Some(other) = wanted.next_if(|c| c.ends_with('*')) {
                    kinds.push(other.strip_suffix('*').unwrap());
                }
                let next = wanted.peek().map(|c| c.as_str());
                let fits = |code: &str| kinds.iter().any(|k| code.starts_with(k));
                at += codes[at..].iter().take_while(|c| fits(c) && Some(**c) != next).count();
            } else {
                at += codes[at..].iter().take_while(|c| *c == code).count();
            }
            assert!(at > from, "{}: `{code}` is documented, the table has {codes:?}", row.verb);
        }
        assert_eq!(at, codes.len(), "{}: documented are {documented:?}", row.verb);
    }
}
