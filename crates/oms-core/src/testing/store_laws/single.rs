//! Each law alone.

use super::draft::{Draft, available, command, personal_key, pool_key, supplied, tenant};
use super::{Broken, Held, same};
use crate::desk::{RangeRead, ReadSet, Slice, Table};
use crate::engine::{Conflict, Edge, Fault, Feed, Rejected, Store};
use crate::event::{GENESIS, Recorded};
use crate::stock::{Account, Bound, SEPARATOR};

type Law = fn(&mut dyn Store) -> Held;

/// The laws, by name.
pub(super) const LAWS: &[(&str, Law)] = &[
    ("absent is nothing", absent),
    ("whole", whole),
    ("no trace", no_trace),
    ("answered once", answered_once),
    ("bounds", bounds),
    ("chain", chain),
    ("groups", groups),
    ("abandoned groups", abandoned),
    ("edges of groups", edges),
    ("feeds", feeds),
    ("outbox", outbox),
    ("ranges", ranges),
    ("ranges of balances and entities", mirrors),
    ("isolated", isolated),
    ("personal values", personal),
];

/// The whole of a small table.
fn all(table: Table) -> RangeRead {
    let (from, to) = (String::new(), "\u{10ffff}".to_owned());
    RangeRead { table, from, to, reverse: false, limit: 1_000 }
}

/// Everything that the laws write about, of one tenant.
fn everything(store: &mut dyn Store, name: &str) -> Result<String, Broken> {
    let mut reads = ReadSet::default();
    for id in ["P", "Q"] {
        reads.entity(pool_key(id)?);
    }
    for account in [available("A", "n1")?, available("A", "n2")?, supplied("A")?] {
        reads.balance(account);
    }
    let tables = [Table::Balances, Table::Entities].into_iter().chain(Table::WRITTEN);
    reads.ranges.extend(tables.map(all));
    reads.personal.insert(personal_key("ann", "address"));
    let tenant = tenant(name)?;
    let slice = store.read(&tenant, &reads)?;
    let values: Vec<_> = slice.personal.values().flatten().map(|v| v.value.clone()).collect();
    let log = store.feed(&tenant, &Feed::After(0), 1_000)?;
    let outbox: Vec<u64> = store.outbox(&tenant, 1_000)?.iter().map(|e| e.seq).collect();
    Ok(format!("{slice:?} {values:?} {log:?} {outbox:?}"))
}

fn answer(store: &mut dyn Store, name: &str, id: &str) -> Result<Slice, Broken> {
    let reads = ReadSet { answered: Some(command(id)?), ..ReadSet::default() };
    Ok(store.read(&tenant(name)?, &reads)?)
}

fn balance(store: &mut dyn Store, name: &str, account: Account) -> Result<i64, Broken> {
    let mut reads = ReadSet::default();
    reads.balance(account.clone());
    let slice = store.read(&tenant(name)?, &reads)?;
    slice.balances.get(&account).copied().ok_or_else(|| Broken("a balance not answered".into()))
}

fn keys(store: &mut dyn Store, read: RangeRead) -> Result<Vec<String>, Broken> {
    let mut reads = ReadSet::default();
    reads.ranges.insert(read.clone());
    let mut slice = store.read(&tenant("T")?, &reads)?;
    let rows = slice.ranges.remove(&read);
    let rows = rows.ok_or_else(|| Broken("a range not answered".into()))?;
    Ok(rows.into_iter().map(|row| row.key.replace(SEPARATOR, "/")).collect())
}

fn seqs(events: &[Recorded]) -> Vec<u64> {
    events.iter().map(|event| event.seq).collect()
}

fn conflict(outcome: Result<crate::engine::Sealed, Rejected>) -> Result<Conflict, Broken> {
    match outcome {
        Err(Rejected::Conflict(conflict)) => Ok(conflict),
        other => Err(Broken(format!("expected a conflict, found {other:?}"))),
    }
}

fn is_group_failed(what: &str, outcome: &Result<(), Fault>) -> Held {
    match outcome {
        Err(Fault::GroupFailed(_)) => Ok(()),
        other => Err(Broken(format!("{what}: expected a failed group, found {other:?}"))),
    }
}

fn absent(store: &mut dyn Store) -> Held {
    let untouched = everything(store, "T")?;
    let mut reads = ReadSet { answered: Some(command("c1")?), ..ReadSet::default() };
    reads.entity(pool_key("P")?);
    reads.balance(available("A", "n1")?);
    reads.ranges.insert(all(Table::Due));
    reads.personal.insert(personal_key("ann", "address"));
    for again in [false, true] {
        let slice = store.read(&tenant("T")?, &reads)?;
        same("entity", &slice.entities.values().collect::<Vec<_>>(), &vec![&None])?;
        same("balance", &slice.balances.values().collect::<Vec<_>>(), &vec![&0])?;
        same("range", &slice.ranges.values().collect::<Vec<_>>(), &vec![&Vec::new()])?;
        same("personal", &slice.personal.values().collect::<Vec<_>>(), &vec![&None])?;
        same("answer", &slice.answered, &None)?;
        if !again {
            same("position", &slice.seq, &0)?;
            store.settle(&tenant("T")?, &[1, 2])?;
            // A tenant that is known, and has none of it.
            store.commit(&Draft::new("T", "c0")?.receive("B", "n9", 1)?.0)?;
        }
    }
    same("another tenant", &everything(store, "U")?, &untouched)
}

fn whole(store: &mut dyn Store) -> Held {
    let mut draft = Draft::new("T", "c1")?
        .pool("P", 0)?
        .receive("A", "n1", 5)?
        .row(Table::Due, "k", 7)
        .personal("ann", "address", "Lyon");
    draft.0.actor = Some(crate::words::ActorId::new("clerk é")?);
    draft.0.correlation = Some(command("c0")?);
    let sealed = store.commit(&draft.0)?;
    same("events", &seqs(&sealed.events), &vec![1, 2])?;
    same("first position", &sealed.receipt.seq, &Some(1))?;
    let mut reads = ReadSet { answered: Some(command("c1")?), ..ReadSet::default() };
    reads.entity(pool_key("P")?);
    reads.balance(available("A", "n1")?);
    reads.balance(supplied("A")?);
    reads.ranges.insert(all(Table::Due));
    reads.personal.insert(personal_key("ann", "address"));
    let slice = store.read(&tenant("T")?, &reads)?;
    same("position", &slice.seq, &2)?;
    let expected = draft.0.entities.first().map(|(_, _, versioned)| versioned.clone());
    same("entity", &slice.entities.get(&pool_key("P")?), &Some(&expected))?;
    same("balances", &slice.balances.values().sum(), &0)?;
    same("balance", &slice.balances.get(&available("A", "n1")?), &Some(&5))?;
    let rows: Vec<_> = slice.ranges.values().flatten().map(|r| (r.key.as_str(), r.value)).collect();
    same("rows", &rows, &vec![("k", 7)])?;
    let value = slice.personal.values().flatten().next();
    same("personal", &value, &draft.0.personal.first())?;
    let answered = slice.answered.ok_or_else(|| Broken("no answer is kept".into()))?;
    same("content", &answered.content, &draft.0.content)?;
    same("receipt", &answered.receipt, &sealed.receipt_bytes)?;
    same("log", &store.feed(&tenant("T")?, &Feed::After(0), 9)?, &sealed.events)?;
    same("outbox", &store.outbox(&tenant("T")?, 9)?, &sealed.events)
}

fn no_trace(store: &mut dyn Store) -> Held {
    let first = Draft::new("T", "c1")?.pool("P", 0)?.receive("A", "n1", 5)?;
    store.commit(&first.row(Table::Due, "k", 7).personal("ann", "address", "Lyon").0)?;
    let before = everything(store, "T")?;
    // Everything that can be written, and each time one thing that does not hold.
    let full = |id: &str| {
        let draft = Draft::new("T", id)?.pool("Q", 0)?.receive("A", "n1", -2)?;
        let draft = draft.row(Table::Due, "new", 1).gone(Table::Due, "k", 7);
        Ok::<_, Broken>(draft.personal("ann", "address", "Nice"))
    };
    let floor = Bound { account: available("A", "n1")?, min: Some(4), max: None };
    let cases = [
        ("an entity that is there", full("c2")?.pool("P", 0)?, ("P", 0, 1)),
        ("an entity of another version", full("c3")?.pool("P", 2)?, ("P", 2, 1)),
        ("a read version", full("c4")?.expects("P", 3)?, ("P", 3, 1)),
        ("a read absence", full("c5")?.expects("P", 0)?, ("P", 0, 1)),
    ];
    for (what, draft, (key, expected, found)) in cases {
        let key = pool_key(key)?;
        let told = conflict(store.commit(&draft.0))?;
        same(what, &told, &Conflict::Version { key, expected, found })?;
        same(what, &everything(store, "T")?, &before)?;
        same(what, &answer(store, "T", draft.0.command.as_str())?.answered, &None)?;
    }
    let told = conflict(store.commit(&full("c6")?.bound(floor).0))?;
    let account = available("A", "n1")?;
    same("a bound", &told, &Conflict::Bound { account, balance: 3 })?;
    same("a bound", &everything(store, "T")?, &before)?;
    // The same command, decided anew, goes through.
    let sealed = store.commit(&full("c6")?.0)?;
    same("positions", &seqs(&sealed.events), &vec![3, 4])
}

fn answered_once(store: &mut dyn Store) -> Held {
    let first = store.commit(&Draft::new("T", "c1")?.pool("P", 0)?.receive("A", "n1", 5)?.0)?;
    let before = everything(store, "T")?;
    let again = [
        Draft::new("T", "c1")?.receive("A", "n1", 5)?,
        Draft::new("T", "c1")?.pool("P", 0)?,
        Draft::new("T", "c1")?,
    ];
    for draft in again {
        same("a second sending", &store.commit(&draft.0).err(), &Some(Rejected::Answered))?;
        same("a second sending", &everything(store, "T")?, &before)?;
    }
    // A refusal is an answer too, and takes no position.
    let refused = store.commit(&Draft::new("T", "c2")?.0)?;
    same("a refusal's position", &refused.receipt.seq, &None)?;
    same("a refusal", &everything(store, "T")?, &before)?;
    let kept = answer(store, "T", "c2")?.answered.map(|a| a.receipt);
    same("a refusal's receipt", &kept, &Some(refused.receipt_bytes))?;
    let again = store.commit(&Draft::new("T", "c2")?.receive("A", "n1", 1)?.0);
    same("after a refusal", &again.err(), &Some(Rejected::Answered))?;
    let kept = answer(store, "T", "c1")?.answered.map(|a| a.receipt);
    same("the first receipt", &kept, &Some(first.receipt_bytes))?;
    // A refusal as the first thing that a tenant says.
    store.commit(&Draft::new("U", "c1")?.0)?;
    let again = store.commit(&Draft::new("U", "c1")?.receive("A", "n1", 1)?.0);
    same("a tenant of refusals only", &again.err(), &Some(Rejected::Answered))
}

fn bounds(store: &mut dyn Store) -> Held {
    store.commit(&Draft::new("T", "c1")?.receive("A", "n1", 5)?.receive("A", "n2", 2)?.0)?;
    let (here, there) = (available("A", "n1")?, available("A", "n2")?);
    let unmoved = |id: &str, bound: Bound| {
        Ok::<_, Broken>(Draft::new("T", id)?.receive("A", "n1", -1)?.bound(bound))
    };
    let told = conflict(store.commit(&unmoved("c2", Bound::exactly(there.clone(), 1))?.0))?;
    same("not moved", &told, &Conflict::Bound { account: there.clone(), balance: 2 })?;
    let told = conflict(store.commit(&unmoved("c3", Bound::at_most(there.clone(), 1))?.0))?;
    same("not moved", &told, &Conflict::Bound { account: there.clone(), balance: 2 })?;
    let nowhere = available("A", "n3")?;
    let told = conflict(store.commit(&unmoved("c4", Bound::exactly(nowhere.clone(), 1))?.0))?;
    same("absent", &told, &Conflict::Bound { account: nowhere.clone(), balance: 0 })?;
    store.commit(&unmoved("c5", Bound::exactly(nowhere, 0))?.0)?;
    // What a later event mends was still broken after its own.
    let dip = Draft::new("T", "c6")?
        .receive("A", "n1", -9)?
        .bound(Bound::not_negative(here.clone()))
        .receive("A", "n1", 9)?;
    let told = conflict(store.commit(&dip.0))?;
    same("a dip", &told, &Conflict::Bound { account: here.clone(), balance: -5 })?;
    let dip = Draft::new("T", "c7")?
        .receive("A", "n1", -9)?
        .receive("A", "n1", 9)?
        .bound(Bound::not_negative(here.clone()));
    store.commit(&dip.0)?;
    same("after the dip", &balance(store, "T", here.clone())?, &4)?;
    let told = conflict(store.commit(&Draft::new("T", "c8")?.only("A", "n1", i64::MAX)?.0))?;
    same("beyond numbers", &told, &Conflict::Bound { account: here.clone(), balance: 4 })?;
    let most = Draft::new("T", "c9")?.only("A", "n1", i64::MAX - 4)?;
    store.commit(&most.0)?;
    same("the highest number", &balance(store, "T", here)?, &i64::MAX)?;
    store.commit(&Draft::new("T", "c10")?.only("A", "n2", i64::MIN + 1)?.0)?;
    same("a low number", &balance(store, "T", there)?, &(i64::MIN + 3))
}

fn chain(store: &mut dyn Store) -> Held {
    for (n, events) in [(1, 3), (2, 0), (3, 1), (4, 2)] {
        let mut draft = Draft::new("T", &format!("c{n}"))?;
        for _ in 0..events {
            draft = draft.receive("A", "n1", 1)?;
        }
        store.commit(&draft.0)?;
        conflict(store.commit(&Draft::new("T", &format!("x{n}"))?.pool("P", 9)?.0))?;
    }
    let log = store.feed(&tenant("T")?, &Feed::After(0), 100)?;
    same("positions", &seqs(&log), &(1..=6).collect())?;
    let mut previous = GENESIS;
    for event in &log {
        same("the hash before", &event.previous, &previous)?;
        same("the hash", &event.hash, &event.digest())?;
        previous = event.hash;
    }
    Ok(())
}

fn groups(store: &mut dyn Store) -> Held {
    store.commit(&Draft::new("T", "c1")?.receive("A", "n1", 5)?.0)?;
    store.group(Edge::Begin)?;
    let second = store.commit(&Draft::new("T", "c2")?.pool("P", 0)?.receive("A", "n1", -1)?.0)?;
    same("seen within", &balance(store, "T", available("A", "n1")?)?, &4)?;
    let kept = answer(store, "T", "c2")?.answered.map(|a| a.receipt);
    same("answered within", &kept, &Some(second.receipt_bytes))?;
    same("log within", &store.feed(&tenant("T")?, &Feed::After(1), 9)?, &second.events)?;
    same("outbox within", &seqs(&store.outbox(&tenant("T")?, 9)?), &vec![1, 2, 3])?;
    same("ranges within", &keys(store, all(Table::Entities))?, &vec!["pool/P".to_owned()])?;
    // One that conflicts takes none of the others with it.
    conflict(store.commit(&Draft::new("T", "c3")?.receive("A", "n1", 7)?.pool("P", 0)?.0))?;
    let again = store.commit(&Draft::new("T", "c2")?.0);
    same("twice within", &again.err(), &Some(Rejected::Answered))?;
    store.commit(&Draft::new("T", "c4")?.pool("P", 1)?.receive("A", "n1", -1)?.0)?;
    store.commit(&Draft::new("U", "c1")?.receive("A", "n1", 1)?.0)?;
    let within = (everything(store, "T")?, everything(store, "U")?);
    store.group(Edge::End)?;
    same("after the end", &(everything(store, "T")?, everything(store, "U")?), &within)?;
    store.group(Edge::Abandon)?;
    same("abandoned too late", &everything(store, "T")?, &within.0)?;
    same("balance", &balance(store, "T", available("A", "n1")?)?, &3)
}

fn abandoned(store: &mut dyn Store) -> Held {
    let draft = Draft::new("T", "c1")?.pool("P", 0)?.receive("A", "n1", 5)?;
    let draft = draft.row(Table::Due, "k", 7).row(Table::Due, "l", 8);
    store.commit(&draft.personal("ann", "address", "Lyon").0)?;
    store.commit(&Draft::new("T", "c2")?.0)?;
    let before = (everything(store, "T")?, everything(store, "U")?);
    for edge in [Edge::Abandon, Edge::End] {
        store.group(Edge::Begin)?;
        let draft = Draft::new("T", "c3")?.pool("P", 1)?.receive("A", "n1", -5)?.pool("Q", 0)?;
        let draft = draft.row(Table::Due, "k", 9).row(Table::Work, "k", 1).gone(Table::Due, "l", 8);
        store.commit(&draft.personal("ann", "address", "Nice").0)?;
        store.commit(&Draft::new("T", "c4")?.pool("P", 2)?.row(Table::Due, "l", 10).0)?;
        store.commit(&Draft::new("T", "c5")?.0)?;
        store.commit(&Draft::new("U", "c1")?.receive("A", "n1", 1)?.0)?;
        store.settle(&tenant("T")?, &[1, 3])?;
        same("settled within", &seqs(&store.outbox(&tenant("T")?, 2)?), &vec![2, 4])?;
        store.group(edge)?;
        let after = (everything(store, "T")?, everything(store, "U")?);
        if edge == Edge::Abandon {
            same("after it was abandoned", &after, &before)?;
            for id in ["c3", "c4", "c5"] {
                same("answers", &answer(store, "T", id)?.answered, &None)?;
            }
        } else {
            let held = after != before;
            same("a group that ends after one that was abandoned", &held, &true)?;
            same("positions", &answer(store, "T", "c5")?.seq, &6)?;
        }
    }
    Ok(())
}

fn edges(store: &mut dyn Store) -> Held {
    is_group_failed("an end without a begin", &store.group(Edge::End))?;
    store.group(Edge::Abandon)?;
    store.group(Edge::Begin)?;
    store.commit(&Draft::new("T", "c1")?.receive("A", "n1", 5)?.0)?;
    is_group_failed("a group within a group", &store.group(Edge::Begin))?;
    store.commit(&Draft::new("T", "c2")?.receive("A", "n1", 5)?.0)?;
    store.group(Edge::End)?;
    same("both", &balance(store, "T", available("A", "n1")?)?, &10)?;
    store.group(Edge::Begin)?;
    store.group(Edge::End)?;
    is_group_failed("a second end", &store.group(Edge::End))
}

fn feeds(store: &mut dyn Store) -> Held {
    for n in 0..4 {
        let draft = Draft::new("T", &format!("c{n}"))?.receive("A", "n1", 1)?;
        store.commit(&draft.receive("A", "n10", 1)?.pool("P", n)?.0)?;
    }
    let t = tenant("T")?;
    let mut feed = |feed: Feed, limit: usize| Ok::<_, Broken>(seqs(&store.feed(&t, &feed, limit)?));
    same("all", &feed(Feed::After(0), 100)?, &(1..=12).collect())?;
    same("after", &feed(Feed::After(10), 100)?, &vec![11, 12])?;
    same("limit", &feed(Feed::After(3), 2)?, &vec![4, 5])?;
    same("the whole limit", &feed(Feed::After(0), 12)?, &(1..=12).collect())?;
    same("limit zero", &feed(Feed::After(3), 0)?, &vec![])?;
    same("at the end", &feed(Feed::After(12), 5)?, &vec![])?;
    same("beyond the end", &feed(Feed::After(u64::MAX), 5)?, &vec![])?;
    let stream = |after| Feed::Stream("stock/A/n1".to_owned(), after);
    same("a stream", &feed(stream(0), 100)?, &vec![1, 4, 7, 10])?;
    same("a stream after", &feed(stream(4), 100)?, &vec![7, 10])?;
    same("a stream between", &feed(stream(5), 1)?, &vec![7])?;
    same("a stream's end", &feed(stream(10), 5)?, &vec![])?;
    same("beyond a stream", &feed(stream(u64::MAX), 5)?, &vec![])?;
    same("no stream", &feed(Feed::Stream("stock/A/n".to_owned(), 0), 5)?, &vec![])?;
    let whole = store.feed(&t, &Feed::After(0), 100)?;
    let of_stream: Vec<_> =
        whole.into_iter().filter(|event| event.stream == "stock/A/n10").collect();
    let found = store.feed(&t, &Feed::Stream("stock/A/n10".to_owned(), 0), 100)?;
    same("the same events", &found, &of_stream)
}

fn outbox(store: &mut dyn Store) -> Held {
    for n in 0..3 {
        let draft = Draft::new("T", &format!("c{n}"))?.receive("A", "n1", 1)?;
        store.commit(&draft.receive("A", "n2", 1)?.0)?;
    }
    let t = tenant("T")?;
    let log = store.feed(&t, &Feed::After(0), 100)?;
    same("one row per event, oldest first", &store.outbox(&t, 100)?, &log)?;
    same("limit", &seqs(&store.outbox(&t, 2)?), &vec![1, 2])?;
    store.settle(&t, &[2, 5])?;
    same("settled", &seqs(&store.outbox(&t, 3)?), &vec![1, 3, 4])?;
    store.settle(&t, &[5, 2, 2, 99, 0, u64::MAX])?;
    same("settled again", &seqs(&store.outbox(&t, 100)?), &vec![1, 3, 4, 6])?;
    store.settle(&t, &[])?;
    store.settle(&t, &[6, 4, 3, 1])?;
    same("all settled", &store.outbox(&t, 100)?, &vec![])?;
    store.commit(&Draft::new("T", "c9")?.receive("A", "n1", 1)?.0)?;
    same("a new one", &seqs(&store.outbox(&t, 100)?), &vec![7])?;
    same("the log stays", &seqs(&store.feed(&t, &Feed::After(0), 100)?), &(1..=7).collect())
}

fn ranges(store: &mut dyn Store) -> Held {
    let key = |parts: &[&str]| parts.join(&SEPARATOR.to_string());
    let mut draft = Draft::new("T", "c1")?.receive("A", "n1", 1)?;
    // Byte order: the separator stands before all that ids may hold, `A` before `a` before `é`.
    let sorted = [
        vec!["A"],
        vec!["A", "1"],
        vec!["A", "1", "x"],
        vec!["A", "10"],
        vec!["A", "2"],
        vec!["A B", "1"],
        vec!["AB", "1"],
        vec!["a", "1"],
        vec!["é", "1"],
    ];
    for parts in sorted.iter().rev() {
        draft = draft.row(Table::Holders, &key(parts), 1);
    }
    store.commit(&draft.row(Table::Due, "A", 1).row(Table::Work, "zz", 1).0)?;
    let told: Vec<String> = sorted.iter().map(|parts| parts.join("/")).collect();
    let mut of = |read: RangeRead| keys(store, read);
    let whole = all(Table::Holders);
    same("order", &of(whole.clone())?, &told)?;
    let backward: Vec<String> = told.iter().rev().cloned().collect();
    same("reverse", &of(whole.clone().reversed())?, &backward)?;
    let some = |from: usize, to: usize| told.get(from..to).unwrap_or_default().to_vec();
    same("limit", &of(RangeRead { limit: 2, ..whole.clone() })?, &some(0, 2))?;
    let last: Vec<String> = backward.iter().take(2).cloned().collect();
    same("reverse limit", &of(RangeRead { limit: 2, ..whole.clone() }.reversed())?, &last)?;
    same("limit zero", &of(RangeRead { limit: 0, ..whole.clone() })?, &vec![])?;
    same("no limit", &of(RangeRead { limit: usize::MAX, ..whole.clone() })?, &told)?;
    let prefix = |parts: &[&str]| RangeRead::prefix(Table::Holders, parts, 100);
    same("prefix", &of(prefix(&["A"]))?, &some(1, 5))?;
    same("longer prefix", &of(prefix(&["A", "1"]))?, &some(2, 3))?;
    same("prefix of none", &of(prefix(&["B"]))?, &vec![])?;
    same("after", &of(prefix(&["A"]).after(&key(&["A", "1"])))?, &some(2, 5))?;
    let between = RangeRead { from: key(&["A", "1"]), to: key(&["A", "2"]), ..whole.clone() };
    same("first in, last out", &of(between)?, &some(1, 4))?;
    let backward = RangeRead { from: "a".to_owned(), to: "A".to_owned(), ..whole.clone() };
    same("from behind to", &of(backward)?, &vec![])?;
    let nothing = RangeRead { from: "A".to_owned(), to: "A".to_owned(), ..whole };
    same("from at to", &of(nothing)?, &vec![])?;
    // Rows are replaced and removed; what is removed and added in one commit is there after it.
    let draft = Draft::new("T", "c2")?.receive("A", "n1", 1)?;
    let draft = draft.gone(Table::Due, "A", 1).row(Table::Due, "A", 5).row(Table::Due, "B", 2);
    store.commit(&draft.gone(Table::Work, "zz", 1).gone(Table::Work, "none", 1).0)?;
    let mut reads = ReadSet::default();
    reads.ranges.extend([all(Table::Due), all(Table::Work)]);
    let slice = store.read(&tenant("T")?, &reads)?;
    let rows: Vec<_> = slice.ranges.values().flatten().map(|r| (r.key.as_str(), r.value)).collect();
    same("replaced and removed", &rows, &vec![("A", 5), ("B", 2)])
}

fn mirrors(store: &mut dyn Store) -> Held {
    let draft = Draft::new("T", "c1")?.receive("A", "n2", 3)?.receive("AB", "n1", 1)?;
    store.commit(&draft.receive("A", "n1", 2)?.pool("Q", 0)?.pool("P", 0)?.0)?;
    store.commit(&Draft::new("T", "c2")?.pool("Q", 1)?.receive("A", "n2", -3)?.0)?;
    let expected =
        ["available/A/n1", "available/AB/n1", "outside/A/supplier", "outside/AB/supplier"];
    let found = keys(store, all(Table::Balances))?;
    same("balances, zeros left out", &found, &expected.map(str::to_owned).to_vec())?;
    let of_a = keys(store, RangeRead::prefix(Table::Balances, &["available", "A"], 9))?;
    same("balances of a SKU", &of_a, &vec!["available/A/n1".to_owned()])?;
    let last = RangeRead { limit: 1, ..all(Table::Balances) }.reversed();
    same("the last", &keys(store, last)?, &vec!["outside/AB/supplier".to_owned()])?;
    same("zero", &balance(store, "T", available("A", "n2")?)?, &0)?;
    let mut reads = ReadSet::default();
    reads.ranges.insert(all(Table::Entities));
    let slice = store.read(&tenant("T")?, &reads)?;
    let found: Vec<_> = slice.ranges.values().flatten().map(|r| r.value).collect();
    same("versions of entities", &found, &vec![1, 2])
}

fn isolated(store: &mut dyn Store) -> Held {
    let names = ["T", "T1", "t"];
    for (n, name) in (1..).zip(names) {
        let draft = Draft::new(name, "c1")?.pool("P", 0)?.receive("A", "n1", n)?;
        let draft = draft.row(Table::Due, "k", n).personal("ann", "address", name);
        let sealed = store.commit(&draft.0)?;
        same("positions", &seqs(&sealed.events), &vec![1, 2])?;
    }
    let before = (everything(store, "T")?, everything(store, "t")?);
    store.commit(&Draft::new("T1", "c2")?.pool("P", 1)?.receive("A", "n1", 9)?.0)?;
    store.commit(&Draft::new("T1", "c3")?.gone(Table::Due, "k", 2).receive("A", "n2", 9)?.0)?;
    store.settle(&tenant("T1")?, &[1, 2])?;
    same("other tenants", &(everything(store, "T")?, everything(store, "t")?), &before)?;
    for (n, name) in (1..).zip(names) {
        let moved = if name == "T1" { 9 } else { 0 };
        same("balance", &balance(store, name, available("A", "n1")?)?, &(n + moved))?;
        let log = store.feed(&tenant(name)?, &Feed::After(0), 9)?;
        same("log", &log.iter().all(|event| event.tenant.as_str() == name), &true)?;
        let stream = store.feed(&tenant(name)?, &Feed::Stream("pool/P".to_owned(), 0), 9)?;
        same("stream", &stream.iter().all(|event| event.tenant.as_str() == name), &true)?;
        same("stream", &stream.len(), &if name == "T1" { 2 } else { 1 })?;
    }
    same("answers", &answer(store, "T", "c2")?.answered, &None)
}

fn personal(store: &mut dyn Store) -> Held {
    let draft = Draft::new("T", "c1")?.personal("ann", "address", "Lyon");
    let draft = draft.personal("an", "naddress", "Nice").personal("ann", "phone", "");
    store.commit(&draft.receive("A", "n1", 1)?.0)?;
    store.commit(&Draft::new("T", "c2")?.personal("ann", "address", "Pau").0)?;
    let mut reads = ReadSet::default();
    let cases = [
        ("ann", "address", Some("Pau")),
        ("an", "naddress", Some("Nice")),
        ("ann", "phone", Some("")),
        ("an", "address", None),
        ("ann", "", None),
    ];
    reads.personal.extend(cases.map(|(subject, slot, _)| personal_key(subject, slot)));
    let slice = store.read(&tenant("T")?, &reads)?;
    for (subject, slot, expected) in cases {
        let found = slice.personal.get(&personal_key(subject, slot)).cloned().flatten();
        let value = found.as_ref().map(|found| found.value.as_slice());
        same(slot, &value, &expected.map(str::as_bytes))?;
        let salt = expected.map(|value| [u8::try_from(value.len()).unwrap_or(0); 32]);
        same(slot, &found.as_ref().map(|found| found.salt), &salt)?;
    }
    Ok(())
}
