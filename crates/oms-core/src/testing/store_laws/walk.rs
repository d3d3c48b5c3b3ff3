//! All laws at once: a store and the model walk the same way, and every answer is the same.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

use super::draft::{Draft, available, command, personal_key, pool_key, supplied, tenant};
use super::model::Model;
use super::{Broken, Held, same};
use crate::desk::{RangeRead, ReadSet, Table};
use crate::engine::{Edge, Feed, Rejected, Store};
use crate::stock::Bound;

const TENANTS: [&str; 2] = ["T", "U"];
const POOLS: [&str; 3] = ["P", "Q", "R"];
const NODES: [&str; 3] = ["n1", "n2", "n10"];
const KEYS: [&str; 4] = ["a", "a\u{1f}b", "ab", "b"];

/// One part of a commit; small numbers pick from the lists above.
#[derive(Clone, Debug)]
enum Piece {
    Pool { pool: usize, guess: u64 },
    Expects { pool: usize, guess: u64 },
    Receive { node: usize, qty: i64 },
    Bound { node: usize, min: i64 },
    Row { key: usize, value: i64 },
    Gone { key: usize },
    Personal { value: u8 },
}

/// One step of a walk.
#[derive(Clone, Debug)]
enum Step {
    Commit { tenant: usize, command: u8, pieces: Vec<Piece> },
    Group(u8),
    Settle { tenant: usize, seqs: Vec<u64> },
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        3 => (0..3_usize, 0..3_u64).prop_map(|(pool, guess)| Piece::Pool { pool, guess }),
        1 => (0..3_usize, 0..3_u64).prop_map(|(pool, guess)| Piece::Expects { pool, guess }),
        4 => (0..3_usize, -4..6_i64).prop_map(|(node, qty)| Piece::Receive { node, qty }),
        1 => (0..3_usize, -2..2_i64).prop_map(|(node, min)| Piece::Bound { node, min }),
        2 => (0..4_usize, -9..9_i64).prop_map(|(key, value)| Piece::Row { key, value }),
        1 => (0..4_usize).prop_map(|key| Piece::Gone { key }),
        1 => any::<u8>().prop_map(|value| Piece::Personal { value }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let pieces = proptest::collection::vec(piece(), 0..5);
    prop_oneof![
        8 => (0..2_usize, 0..40_u8, pieces)
            .prop_map(|(tenant, command, pieces)| Step::Commit { tenant, command, pieces }),
        3 => (0..5_u8).prop_map(Step::Group),
        1 => (0..2_usize, proptest::collection::vec(0..12_u64, 0..4))
            .prop_map(|(tenant, seqs)| Step::Settle { tenant, seqs }),
    ]
}

/// Walks many random ways on a store and the model.
pub(super) fn like_the_model<S: Store>(mut make: impl FnMut() -> S) -> Result<(), String> {
    let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
    let make = std::cell::RefCell::new(&mut make);
    let steps = proptest::collection::vec(step(), 1..40);
    let outcome = TestRunner::new(config).run(&steps, |steps| {
        let mut store = (make.borrow_mut())();
        walk(&mut store, &steps).map_err(|Broken(why)| TestCaseError::fail(why))
    });
    outcome.map_err(|error| match error {
        TestError::Fail(why, steps) => format!("like the model: {why}, on {steps:?}"),
        TestError::Abort(why) => format!("like the model: {why}"),
    })
}

fn pick<'a>(list: &[&'a str], index: usize) -> &'a str {
    list.get(index % list.len()).copied().unwrap_or_default()
}

fn walk(store: &mut dyn Store, steps: &[Step]) -> Held {
    let mut model = Model::default();
    for step in steps {
        match step {
            Step::Commit { tenant, command, pieces } => {
                let draft = draft(pick(&TENANTS, *tenant), *command, pieces, &mut model)?;
                let found = store.commit(&draft.0).map(|sealed| (sealed.events, sealed.receipt));
                let expected = model.commit(&draft.0).map(|sealed| (sealed.events, sealed.receipt));
                if let Err(Rejected::Fault(fault)) = found {
                    return Err(fault.into());
                }
                same("a commit", &found, &expected)?;
            }
            Step::Group(edge) => {
                let edge = match edge {
                    0 | 1 => Edge::Begin,
                    2 | 3 => Edge::End,
                    _ => Edge::Abandon,
                };
                same("an edge", &store.group(edge).is_ok(), &model.group(edge).is_ok())?;
            }
            Step::Settle { tenant: name, seqs } => {
                let tenant = tenant(pick(&TENANTS, *name))?;
                store.settle(&tenant, seqs)?;
                model.settle(&tenant, seqs)?;
            }
        }
        for name in TENANTS {
            same("what is there", &everything(store, name)?, &everything(&mut model, name)?)?;
        }
    }
    Ok(())
}

fn draft(name: &str, id: u8, pieces: &[Piece], model: &mut Model) -> Result<Draft, Broken> {
    let mut draft = Draft::new(name, &format!("c{id}"))?;
    for piece in pieces {
        draft = match piece {
            Piece::Pool { pool, guess } => {
                let pool = pick(&POOLS, *pool);
                // One change per entity and commit, as the desk has it.
                let key = pool_key(pool)?;
                if draft.0.entities.iter().any(|(other, ..)| *other == key) {
                    continue;
                }
                draft.pool(pool, guess_version(model, name, pool, *guess)?)?
            }
            Piece::Expects { pool, guess } => {
                let pool = pick(&POOLS, *pool);
                draft.expects(pool, guess_version(model, name, pool, *guess)?)?
            }
            Piece::Receive { node, qty } => draft.receive("A", pick(&NODES, *node), *qty)?,
            Piece::Bound { node, min } => {
                let account = available("A", pick(&NODES, *node))?;
                draft.bound(Bound { account, min: Some(*min), max: None })
            }
            Piece::Row { key, value } => draft.row(Table::Due, pick(&KEYS, *key), *value),
            Piece::Gone { key } => draft.gone(Table::Due, pick(&KEYS, *key), 0),
            Piece::Personal { value } => draft.personal("ann", "address", &value.to_string()),
        };
    }
    Ok(draft)
}

/// The version that is there, mostly.
fn guess_version(model: &mut Model, name: &str, pool: &str, guess: u64) -> Result<u64, Broken> {
    let key = pool_key(pool)?;
    let mut reads = ReadSet::default();
    reads.entity(key.clone());
    let slice = model.read(&tenant(name)?, &reads)?;
    let there = slice.entities.get(&key).and_then(Option::as_ref).map_or(0, |v| v.version);
    Ok(if guess == 0 { there + 1 } else { there })
}

/// Everything that a walk can touch.
fn everything(store: &mut dyn Store, name: &str) -> Result<String, Broken> {
    let tenant = tenant(name)?;
    let mut reads = ReadSet::default();
    for pool in POOLS {
        reads.entity(pool_key(pool)?);
    }
    for node in NODES {
        reads.balance(available("A", node)?);
    }
    reads.balance(supplied("A")?);
    for table in [Table::Due, Table::Balances, Table::Entities] {
        let whole =
            RangeRead { table, from: String::new(), to: "~".to_owned(), reverse: false, limit: 50 };
        let prefix = RangeRead::prefix(table, &["a"], 3);
        reads.ranges.extend([RangeRead { limit: 2, ..whole.clone() }.reversed(), whole, prefix]);
    }
    reads.personal.insert(personal_key("ann", "address"));
    let slice = store.read(&tenant, &reads)?;
    let values: Vec<_> = slice.personal.values().flatten().map(|v| v.value.clone()).collect();
    let log = store.feed(&tenant, &Feed::After(0), 1_000)?;
    let stream = store.feed(&tenant, &Feed::Stream("stock/A/n1".to_owned(), 2), 3)?;
    let outbox = store.outbox(&tenant, 1_000)?;
    let mut answers = Vec::new();
    for id in 0..40 {
        let answered = Some(command(&format!("c{id}"))?);
        let slice = store.read(&tenant, &ReadSet { answered, ..ReadSet::default() })?;
        answers.extend(slice.answered.map(|a| (id, a.content, a.receipt)));
    }
    Ok(format!("{slice:?} {values:?} {log:?} {stream:?} {outbox:?} {answers:?}"))
}
