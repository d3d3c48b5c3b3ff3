//! Every verb at every stage, and under every hold: what happens is what the table says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

mod floor;

use floor::Floor;
use oms_core::engine::Receipt;
use oms_core::event::Event;
use oms_core::flow::VERB_NAMES;
use oms_core::order::{HoldKind, MOVES, Stage, Verb};

/// How the order goes to its customer.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Ship,
    Pickup,
}

/// An order `X` whose line 1 (one unit of A) stands at a stage, n1 being its node where it has one.
/// Line 2 (one unit of B) is released at n1, so that the order is never closed.
struct At {
    floor: Floor,
    /// The package of line 1 where it was packed; else one that was emptied.
    package: String,
}

fn lines_of(line: &str) -> String {
    format!(r#"[{{"line":"{line}","qty":1}}]"#)
}

/// Brings line 1 to a stage by commands.
fn at(stage: Stage, way: Way) -> At {
    let mut floor = Floor::new();
    floor.ok("define_item", r#"{"sku":"B","base_unit":"each"}"#);
    floor.ok("receive_stock", r#"{"sku":"B","node":"n1","qty":1}"#);
    let is_open = matches!(stage, Stage::Open | Stage::Backordered);
    if !is_open {
        floor.receive("n1", 1);
    }
    let to = match way {
        Way::Ship => floor::TO_ADDRESS,
        Way::Pickup => r#"{"pickup":{"location":"n1"}}"#,
    };
    floor.ok(
        "place_order",
        &format!(
            r#"{{"order":"X","channel":"WEB","currency":"USD","groups":[{{"group":"g","to":{to}}}],
            "lines":[{{"line":"1","sku":"A","qty":1}},{{"line":"2","sku":"B","qty":1}}]}}"#
        ),
    );
    if is_open {
        // So that every verb that wants stock finds it.
        floor.receive("n1", 1);
    }
    advance(&mut floor, "2", Stage::Released, way);
    let pack = format!(r#"{{"order":"X","node":"n1","lines":{}}}"#, lines_of("2"));
    let emptied = floor.ok("pack", &pack).packages[0].to_string();
    floor.ok("unpack", &format!(r#"{{"order":"X","package":"{emptied}"}}"#));
    let package = match stage {
        Stage::Open | Stage::Reserved => None,
        Stage::Backordered => {
            floor.alter("X", |order| order.lines[0].holdings[0].at.stage = Stage::Backordered);
            None
        }
        Stage::Cancelled => {
            let lines = lines_of("1");
            floor.ok("cancel_lines", &format!(r#"{{"order":"X","lines":{lines}}}"#));
            None
        }
        forward => advance(&mut floor, "1", forward, way),
    };
    let order = floor.order("X");
    assert_eq!(order.lines[0].holdings.len(), 1);
    assert_eq!(order.lines[0].holdings[0].at.stage, stage);
    assert_eq!(order.lines[1].holdings[0].at.stage, Stage::Released);
    At { floor, package: package.unwrap_or(emptied) }
}

/// Walks a line from its claim towards the customer; the package it went into.
fn advance(floor: &mut Floor, line: &str, to: Stage, way: Way) -> Option<String> {
    if way == Way::Ship {
        let plan = format!(r#"[{{"line":"{line}","node":"n1","qty":1}}]"#);
        floor.ok("commit_plan", &format!(r#"{{"order":"X","assignments":{plan}}}"#));
    }
    if to == Stage::Allocated {
        return None;
    }
    let lines = lines_of(line);
    floor.ok("release_to_node", &format!(r#"{{"order":"X","node":"n1","lines":{lines}}}"#));
    if to == Stage::Released {
        return None;
    }
    let pack = format!(r#"{{"order":"X","node":"n1","lines":{lines}}}"#);
    let package = floor.ok("pack", &pack).packages[0].to_string();
    if to == Stage::Packed {
        return Some(package);
    }
    let parcel = format!(r#"{{"order":"X","package":"{package}"}}"#);
    match way {
        Way::Pickup => {
            floor.ok("collect", &format!(r#"{{"order":"X","node":"n1","lines":{lines}}}"#));
        }
        Way::Ship => {
            floor.ok("ship", &parcel);
            if to == Stage::Delivered {
                floor.ok("deliver", &parcel);
            }
        }
    }
    Some(package)
}

/// A verb of the engine, the verb of the table that it is, and a command that names line 1 or, for
/// what moves whole packages, its package.
struct Try {
    name: &'static str,
    verb: Verb,
    /// The only way that the verb serves, if it serves one only.
    only: Option<Way>,
    payload: &'static str,
}

const fn attempt(name: &'static str, verb: Verb, only: Option<Way>, payload: &'static str) -> Try {
    Try { name, verb, only, payload }
}

/// Every verb that moves units of an order that is there. `{K}` stands for the package.
const TRIES: &[Try] = &[
    attempt(
        "commit_plan",
        Verb::CommitPlan,
        None,
        r#""assignments":[{"line":"1","node":"n1","qty":1}]"#,
    ),
    attempt("reserve", Verb::Reserve, None, r#""lines":[{"line":"1"}]"#),
    attempt("unreserve", Verb::Unreserve, None, r#""lines":[{"line":"1"}]"#),
    attempt(
        "unallocate",
        Verb::Unallocate,
        Some(Way::Ship),
        r#""lines":[{"line":"1","node":"n1"}]"#,
    ),
    attempt("release_to_node", Verb::Release, None, r#""node":"n1","lines":[{"line":"1"}]"#),
    attempt(
        "node_rejects",
        Verb::NodeRejects,
        None,
        r#""node":"n1","lines":[{"line":"1","qty":1}],"reason":"late""#,
    ),
    attempt(
        "node_rejects",
        Verb::NodeRejects,
        None,
        r#""node":"n1","lines":[{"line":"1","qty":1}],"reason":"not_found""#,
    ),
    attempt("pack", Verb::Pack, None, r#""node":"n1","lines":[{"line":"1","qty":1}]"#),
    attempt("unpack", Verb::Unpack, None, r#""package":"{K}","lines":[{"line":"1"}]"#),
    attempt("ship", Verb::Ship, Some(Way::Ship), r#""package":"{K}""#),
    attempt("deliver", Verb::Deliver, Some(Way::Ship), r#""package":"{K}","lines":[{"line":"1"}]"#),
    attempt("deliver", Verb::Deliver, Some(Way::Ship), r#""package":"{K}""#),
    attempt("collect", Verb::Collect, Some(Way::Pickup), r#""node":"n1","lines":[{"line":"1"}]"#),
    attempt("collect", Verb::Collect, Some(Way::Pickup), r#""node":"n1""#),
    attempt("lose_parcel", Verb::LoseParcel, Some(Way::Ship), r#""package":"{K}","then":"reship""#),
    attempt("lose_parcel", Verb::LoseParcel, Some(Way::Ship), r#""package":"{K}","then":"refund""#),
    attempt("cancel_lines", Verb::Cancel, None, r#""lines":[{"line":"1","qty":1}]"#),
];

/// Verbs that move no unit of an order that is there, each with wishes that are granted.
const NO_UNITS: &[(&str, &[&str])] = &[
    (
        "define_item",
        &[
            r#"{"sku":"N","base_unit":"each"}"#,
            r#"{"sku":"A","base_unit":"each","flags":{"cold":true}}"#,
        ],
    ),
    ("retire_item", &[r#"{"sku":"A"}"#]),
    (
        "define_location",
        &[
            r#"{"id":"n9","kind":"dc","pool":"P","time_zone":"UTC"}"#,
            r#"{"id":"n1","kind":"dc","pool":"P","time_zone":"UTC","capacity_orders_per_day":0}"#,
        ],
    ),
    ("define_pool", &[r#"{"id":"R"}"#]),
    ("close_location", &[r#"{"location":"n3"}"#]),
    ("define_channel", &[r#"{"id":"WEB","kind":"web","pools":["Q"]}"#]),
    ("set_policy", &[r#"{"scope":"tenant","policy":{"reserve_minutes":1,"pickup_days":1}}"#]),
    ("set_buffer", &[r#"{"sku":"A","node":"n1","buffer":9}"#]),
    ("set_fence", &[r#"{"sku":"A","pool":"P","channel":"WEB","fence":9}"#]),
    (
        "place_order",
        &[r#"{"order":"Y","channel":"WEB","currency":"USD","priority":9,
            "groups":[{"group":"g","to":{"pickup":{"location":"n1"}}}],
            "lines":[{"line":"1","sku":"A","qty":2},{"line":"2","sku":"B","qty":2}]}"#],
    ),
    ("hold_order", &[r#"{"order":"X","kind":"manual"}"#]),
    ("note", &[r#"{"order":"X","text":"a remark"}"#]),
    ("receive_stock", &[r#"{"sku":"A","node":"n1","qty":2}"#]),
    (
        "adjust_stock",
        &[
            r#"{"sku":"A","node":"n1","bucket":"available","by":2,"reason":"found"}"#,
            r#"{"sku":"A","node":"n1","bucket":"available","by":-2,"reason":"breakage"}"#,
        ],
    ),
    (
        "move_stock",
        &[
            r#"{"sku":"C","qty":1,"from":{"node":"n1","bucket":"available"},
                "to":{"node":"n3","bucket":"available"}}"#,
            r#"{"sku":"C","qty":1,"from":{"node":"n1","bucket":"available"},
                "to":{"node":"n1","bucket":"damaged"}}"#,
        ],
    ),
];

/// Verbs that move whatever units they find, of one order or many, and name no line: their own rows
/// of the matrix stand below.
const WHOLE: &[&str] = &["cancel_order", "lift_hold", "tick", "count_stock", "sell_through"];

fn payload(attempt: &Try, at: &At) -> String {
    format!(r#"{{"order":"X",{}}}"#, attempt.payload.replace("{K}", &at.package))
}

fn stages(way: Way) -> impl Iterator<Item = Stage> {
    let unknown_to_pickups = [Stage::Reserved, Stage::Shipped];
    Stage::ALL.into_iter().filter(move |s| way == Way::Ship || !unknown_to_pickups.contains(s))
}

/// Whether the table has a row from a stage by a verb for a way. A shipped line that is tied to a
/// node is given back by `unallocate`, and no deadline ends it: those rows are of pickups.
fn leads_from(stage: Stage, verb: Verb, way: Way) -> bool {
    let of_pickups = matches!(verb, Verb::Unreserve | Verb::Expire) && stage != Stage::Reserved;
    MOVES.iter().any(|(from, by, _)| (*from, *by) == (Some(stage), verb))
        && (way == Way::Pickup || !of_pickups)
}

/// Reserving again what is reserved is no change, and no refusal either.
fn is_claimed_already(stage: Stage, verb: Verb, way: Way) -> bool {
    let claimed = if way == Way::Pickup { Stage::Allocated } else { Stage::Reserved };
    verb == Verb::Reserve && stage == claimed
}

/// The stages between which the last command moved units of line 1.
fn moved(floor: &mut Floor, seen: usize, verb: Verb) -> Vec<(Option<Stage>, Stage)> {
    let events = floor.events().into_iter().skip(seen);
    let shifts = events.filter_map(|e| match e {
        Event::Shifted(shift) if shift.verb == verb => Some(shift.moves),
        _ => None,
    });
    let moves = shifts.flatten().filter(|m| m.line.as_str() == "1");
    moves.map(|m| (m.from.map(|s| s.stage), m.to.stage)).collect()
}

/// Goal: the table decides, and nothing else. Method: each verb at each stage, for both ways to the
/// customer: accepted, and moving the unit by a row of the table, exactly where the table has a row
/// from the stage; no change where it claims what is claimed; else `line.stage_forbids`, or `invalid.group_kind` where the verb does not serve
/// the way at all.
#[test]
fn every_verb_at_every_stage() {
    let mut accepted = 0;
    for way in [Way::Ship, Way::Pickup] {
        for stage in stages(way) {
            for attempt in TRIES {
                let mut at = at(stage, way);
                let payload = payload(attempt, &at);
                let told = format!("{} {payload} at {} {way:?}", attempt.name, stage.name());
                let seen = at.floor.events().len();
                let receipt = at.floor.run(attempt.name, &payload);
                let code = receipt.refusal.map(|no| no.code);
                let serves = attempt.only.is_none_or(|only| only == way);
                if !serves {
                    assert_eq!(code.as_deref(), Some("invalid.group_kind"), "{told}");
                } else if leads_from(stage, attempt.verb, way) {
                    assert_eq!(code, None, "{told}");
                    let moves = moved(&mut at.floor, seen, attempt.verb);
                    assert_eq!(moves.len(), 1, "{told}");
                    assert_eq!(moves[0].0, Some(stage), "{told}");
                    assert!(MOVES.contains(&(Some(stage), attempt.verb, moves[0].1)), "{told}");
                    accepted += 1;
                } else if is_claimed_already(stage, attempt.verb, way) {
                    assert_eq!(code, None, "{told}");
                    assert_eq!(at.floor.events().len(), seen, "{told}");
                } else {
                    assert_eq!(code.as_deref(), Some("line.stage_forbids"), "{told}");
                }
            }
        }
    }
    assert!(accepted > 20, "the matrix is not empty: {accepted}");
}

/// Goal: a dry run tells what would come, to the balance, and leaves nothing. Method: each verb where
/// it is accepted, dry and then in earnest; and where it is refused, dry.
#[test]
fn every_verb_tells_before_it_acts() {
    for attempt in TRIES {
        let way = attempt.only.unwrap_or(Way::Ship);
        for stage in stages(way) {
            let mut at = at(stage, way);
            let payload = payload(attempt, &at);
            let before = at.floor.events().len();
            let told = at.floor.dry_run(attempt.name, &payload);
            assert_eq!(at.floor.events().len(), before);
            let done = at.floor.run(attempt.name, &payload);
            let of = |r: &Receipt| {
                (r.outcome, r.events.clone(), r.orders.clone(), r.packages.clone(), r.short.clone())
            };
            assert_eq!(of(&told), of(&done), "{} {payload} at {}", attempt.name, stage.name());
            assert_eq!(told.refusal, done.refusal);
            assert_eq!(told.fulfillments, done.fulfillments);
            for (account, balance) in &told.balances {
                assert_eq!(at.floor.balance(account), *balance, "{account}");
            }
        }
    }
}

/// The till sells the last unit there, whoever has claimed it.
const TILL: &str = r#"{"order":"T","node":"n1","channel":"WEB","currency":"USD",
    "lines":[{"line":"1","sku":"A","qty":1}]}"#;

/// Goal: a verb that takes what it finds moves exactly what the table lets it move. Method: cancel
/// the whole order, by wish and by a rejected hold, with line 1 at each stage; let all deadlines
/// pass; let a count and a till take the unit.
#[test]
fn whatever_is_found_moves_as_far_as_the_table_goes() {
    for way in [Way::Ship, Way::Pickup] {
        for stage in stages(way) {
            for (name, payload, verb) in [
                ("cancel_order", r#"{"order":"X"}"#, Verb::Cancel),
                ("lift_hold", r#"{"order":"X","kind":"fraud","end":"rejected"}"#, Verb::Cancel),
                ("tick", "{}", Verb::Expire),
                ("count_stock", r#"{"sku":"A","node":"n1","counted":0}"#, Verb::TakeClaims),
                ("sell_through", TILL, Verb::TakeClaims),
            ] {
                let mut at = at(stage, way);
                let all = r#"{"scope":"tenant","policy":{"sell_through":"below_zero"}}"#;
                at.floor.ok("set_policy", all);
                at.floor.hold("X", HoldKind::Fraud);
                at.floor.wait(60 * 24 * 30);
                let seen = at.floor.events().len();
                at.floor.ok(name, payload);
                let moves = moved(&mut at.floor, seen, verb);
                let told = format!("{name} at {} {way:?}", stage.name());
                let from: Vec<_> = moves.iter().map(|(from, _)| *from).collect();
                let expected = leads_from(stage, verb, way).then_some(Some(stage));
                assert_eq!(from, expected.into_iter().collect::<Vec<_>>(), "{told}");
                let by_the_table = |(from, to): &(_, _)| MOVES.contains(&(*from, verb, *to));
                assert!(moves.iter().all(by_the_table), "{told}");
            }
        }
    }
}

/// Goal: units whose cancellation awaits the node end there, by each row of the table that says so.
/// Method: at each stage that a node has in hand, ask, and let the node, a count and a till answer.
#[test]
fn what_awaits_the_node_ends_cancelled() {
    let rejects = r#"{"order":"X","node":"n1","lines":[{"line":"1","qty":1}],"reason":"late"}"#;
    let count = r#"{"sku":"A","node":"n1","counted":0}"#;
    let mut seen_rows = Vec::new();
    for (stage, name, payload, verb) in [
        (Stage::Released, "node_rejects", rejects, Verb::NodeRejects),
        (Stage::Released, "count_stock", count, Verb::TakeClaims),
        (Stage::Released, "sell_through", TILL, Verb::TakeClaims),
        (Stage::Packed, "unpack", r#"{"order":"X","package":"{K}"}"#, Verb::Unpack),
    ] {
        for way in [Way::Ship, Way::Pickup] {
            let mut at = at(stage, way);
            let all =
                r#"{"scope":"tenant","policy":{"sell_through":"claims","cancel_assent":true}}"#;
            at.floor.ok("set_policy", all);
            at.floor.ok("cancel_lines", r#"{"order":"X","lines":[{"line":"1"}]}"#);
            assert_eq!(at.floor.order("X").pending.len(), 1);
            let seen = at.floor.events().len();
            at.floor.ok(name, &payload.replace("{K}", &at.package));
            let row = (Some(stage), Stage::Cancelled);
            assert_eq!(moved(&mut at.floor, seen, verb), [row], "{name} {way:?}");
            assert!(at.floor.order("X").pending.is_empty());
            seen_rows.push((row.0, verb, row.1));
        }
    }
    let answers = [Verb::NodeRejects, Verb::TakeClaims, Verb::Unpack];
    for row in MOVES.iter().filter(|(_, by, to)| *to == Stage::Cancelled && answers.contains(by)) {
        assert!(seen_rows.contains(row), "{row:?} is walked");
    }
}

/// Goal: no other verb moves a unit of an order, wherever it is. Method: each of them with line 1 at
/// each stage; what the order holds is the same before and after.
#[test]
fn no_other_verb_moves_a_unit() {
    for way in [Way::Ship, Way::Pickup] {
        for stage in stages(way) {
            for (name, payloads) in NO_UNITS {
                let mut at = at(stage, way);
                at.floor.ok("define_item", r#"{"sku":"C","base_unit":"each"}"#);
                at.floor.ok("receive_stock", r#"{"sku":"C","node":"n1","qty":2}"#);
                let before = at.floor.order("X").lines.clone();
                for payload in *payloads {
                    at.floor.ok(name, payload);
                    let told = format!("{name} {payload} at {} {way:?}", stage.name());
                    assert_eq!(at.floor.order("X").lines, before, "{told}");
                }
            }
        }
    }
}

/// Goal: nothing moves on a closed order, whatever the verb. Method: an order of one unit that is
/// delivered, and one that is cancelled.
#[test]
fn every_verb_on_a_closed_order() {
    for stage in [Stage::Delivered, Stage::Cancelled] {
        for attempt in TRIES {
            let mut at = at(stage, Way::Ship);
            at.floor.ok("cancel_lines", r#"{"order":"X","lines":[{"line":"2"}]}"#);
            let payload = payload(attempt, &at);
            let no = at.floor.no(attempt.name, &payload);
            assert_eq!((no.code.as_str(), no.path.as_str()), ("order.closed", "/order"));
        }
    }
}

/// Goal: a hold stops the way forward and nothing else. Method: each verb where it would be
/// accepted, under each kind of hold alone and under all of them.
#[test]
fn every_verb_under_every_hold() {
    let stopped = ["commit_plan", "release_to_node", "ship", "collect"];
    let mut sets: Vec<Vec<HoldKind>> = HoldKind::ALL.iter().map(|kind| vec![*kind]).collect();
    sets.push(HoldKind::ALL.to_vec());
    for attempt in TRIES {
        let way = attempt.only.unwrap_or(Way::Ship);
        let stage = stages(way).find(|stage| leads_from(*stage, attempt.verb, way)).unwrap();
        for kinds in &sets {
            let mut at = at(stage, way);
            for kind in kinds {
                at.floor.hold("X", *kind);
            }
            let payload = payload(attempt, &at);
            let told = format!("{} {payload} under {kinds:?}", attempt.name);
            let code = at.floor.run(attempt.name, &payload).refusal.map(|no| no.code);
            let expected = stopped.contains(&attempt.name).then_some("order.on_hold");
            assert_eq!(code.as_deref(), expected, "{told}");
            assert_eq!(kinds.iter().any(|k| k.blocks(attempt.verb)), expected.is_some(), "{told}");
        }
    }
    for kinds in &sets {
        let mut at = at(Stage::Packed, Way::Ship);
        for kind in kinds {
            at.floor.hold("X", *kind);
        }
        at.floor.ok("cancel_order", r#"{"order":"X"}"#);
        assert_eq!(at.floor.spread("X"), "cancelled 1", "cancelling is never stopped");
    }
}

/// Goal: verbs that name no line, and those that move no unit of the order, are stopped by no hold.
/// Method: each of them under each kind of hold and under all; a kind that is set cannot be set, one
/// that is not cannot be lifted.
#[test]
fn every_other_verb_under_every_hold() {
    let whole = [
        ("tick", "{}"),
        ("count_stock", r#"{"sku":"A","node":"n1","counted":0}"#),
        ("sell_through", TILL),
        ("cancel_order", r#"{"order":"X"}"#),
    ];
    for kind in HoldKind::ALL {
        for all in [false, true] {
            let held = |name: &str, payload: &str| {
                let mut at = at(Stage::Allocated, Way::Ship);
                at.floor.ok("define_item", r#"{"sku":"C","base_unit":"each"}"#);
                at.floor.ok("receive_stock", r#"{"sku":"C","node":"n1","qty":2}"#);
                let every = r#"{"scope":"tenant","policy":{"sell_through":"below_zero"}}"#;
                at.floor.ok("set_policy", every);
                for other in HoldKind::ALL.into_iter().filter(|k| all || *k == kind) {
                    at.floor.hold("X", other);
                }
                at.floor.run(name, payload).refusal.map(|no| no.code)
            };
            let name = serde_json::to_value(kind).unwrap();
            let of = |field: &str| format!(r#"{{"order":"X","kind":{name}{field}}}"#);
            for (verb, payloads) in NO_UNITS.iter().filter(|(verb, _)| *verb != "hold_order") {
                assert_eq!(held(verb, payloads[0]), None, "{verb} under {name}");
            }
            for (verb, payload) in whole {
                assert_eq!(held(verb, payload), None, "{verb} under {name}");
            }
            assert_eq!(held("hold_order", &of("")).as_deref(), Some("hold.exists"));
            assert_eq!(held("lift_hold", &of("")), None);
            assert_eq!(held("lift_hold", &of(r#","end":"rejected""#)), None);
            for other in HoldKind::ALL.into_iter().filter(|k| *k != kind) {
                let other = serde_json::to_value(other).unwrap();
                let payload = format!(r#"{{"order":"X","kind":{other}}}"#);
                let (set, lift) =
                    if all { (Some("hold.exists"), None) } else { (None, Some("hold.unknown")) };
                assert_eq!(held("hold_order", &payload).as_deref(), set);
                assert_eq!(held("lift_hold", &payload).as_deref(), lift);
            }
        }
    }
}

/// Goal: the matrix knows every verb. Method: each verb of the engine is either tried, or told to
/// move no units; and each row of the table is of a verb that is tried or has a test of its own.
#[test]
fn the_matrix_knows_every_verb() {
    let still = || NO_UNITS.iter().map(|(name, _)| name);
    let known = TRIES.iter().map(|t| &t.name).chain(still()).chain(WHOLE);
    for name in known {
        assert!(VERB_NAMES.contains(name), "`{name}` is no verb");
    }
    for name in VERB_NAMES {
        let tried = TRIES.iter().any(|t| t.name == *name);
        let told = still().any(|still| still == name) || WHOLE.contains(name);
        assert!(tried != told, "`{name}` belongs into one list of the matrix");
    }
    let leads_to = |stage| MOVES.iter().any(|(_, _, to)| *to == stage);
    for stage in Stage::ALL {
        assert_eq!(leads_to(stage), stage != Stage::Backordered, "no verb backorders yet");
    }
}
