//! The story language: given facts, when commands, then what came of them; one line each.
//!
//! A story is text. [`check`] runs it on any store and gives the log that it left, so the same
//! stories prove every store, and two stores can be held against each other. After every command
//! the [auditor](super::auditor) looks at every law; at the end the store is verified.
//!
//! ```text
//! # The last unit goes to one of two.
//! shop
//! receive_stock sku=A node=n1 qty:=1
//! order X on WEB: 1 A
//! order Y on WEB: 1 A
//! > short Y/1 = 1
//! > X/1: reserved 1
//! > Y/1: open 1
//! > ats A P = 0
//! ```
//!
//! # Commands
//! `[ID:] [dry] VERB key=text key:=json …`, or `VERB {json}`. `lines=1*2,3` names two units of line 1
//! and line 3 whole, `assignments=1*2@n1` two units of line 1 from n1. `as NAME` at the end binds `$NAME` to the package (else the work) that the
//! command began. An indented line goes on the line before. `resend ID` sends a command again.
//! Short forms: `shop`, `pool`, `node`, `channel`, `item`, `policy`, `order` (see [`given`]).
//! A command must be accepted unless the next line says otherwise.
//!
//! # Time and tenants
//! `now MOMENT`, `wait 90m` (s, m, h, d), `tenant NAME`.
//!
//! # Expectations
//! Lines that begin with `>`, about the last command or the state (see [`then`]).

pub mod given;
pub mod then;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::auditor::Auditor;
use crate::command::{Context, Limits, RefusalNote};
use crate::engine::{Done, Engine, Feed, Outcome, Receipt, Store, verify};
use crate::event::Recorded;
use crate::flow::{Request, VERB_NAMES};
use crate::words::{TenantId, Timestamp};

/// Where a story does not come true.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{text}`: {why}")]
pub struct Untrue {
    /// The line, from 1.
    pub line: usize,
    /// What it says.
    pub text: String,
    /// What is so instead.
    pub why: String,
}

/// The moment at which a story begins, unless it says another.
const BEGIN: &str = "2026-11-24T09:00:00Z";

/// What the last command came to.
#[derive(Clone, Debug)]
struct Last {
    receipt: Receipt,
    bytes: Vec<u8>,
    repeated: bool,
    /// Its events.
    events: Vec<Recorded>,
    /// Whether a line has said that it is not accepted.
    owned: bool,
}

/// A story in the telling.
struct Teller<S> {
    engine: Engine<S>,
    tenant: TenantId,
    now: Timestamp,
    commands: u32,
    sent: BTreeMap<String, String>,
    first: BTreeMap<String, Vec<u8>>,
    names: BTreeMap<String, String>,
    auditors: BTreeMap<TenantId, Auditor>,
    last: Option<Last>,
}

/// What a story leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The events of all its tenants.
    pub events: Vec<Recorded>,
    /// What its names are bound to.
    pub names: BTreeMap<String, String>,
}

/// Runs a story on an empty store; returns the events of all its tenants.
///
/// # Errors
/// The first line that does not come true, or the first broken law.
pub fn check<S: Store>(store: S, text: &str) -> Result<Vec<Recorded>, Untrue> {
    tell(store, text).map(|told| told.events)
}

/// [`check`], with the names of the story too: for a test that goes on from there.
///
/// # Errors
/// As [`check`].
pub fn tell<S: Store>(store: S, text: &str) -> Result<Told, Untrue> {
    let mut teller = Teller::new(store).map_err(|why| untrue(0, "", why))?;
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let is_rest = line.starts_with([' ', '\t']) && !line.trim().is_empty();
        match lines.last_mut() {
            Some((_, whole)) if is_rest => {
                whole.push(' ');
                whole.push_str(line.trim());
            }
            _ => lines.push((index + 1, line.trim_end().to_owned())),
        }
    }
    for (number, line) in &lines {
        let line = line.split(" # ").next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        teller.line(line).map_err(|why| untrue(*number, line, why))?;
    }
    teller.close_last().map_err(|why| untrue(lines.len(), "the end", why))?;
    let events = teller.end().map_err(|why| untrue(lines.len(), "the end", why))?;
    Ok(Told { events, names: teller.names })
}

fn untrue(line: usize, text: &str, why: String) -> Untrue {
    Untrue { line, text: text.to_owned(), why }
}

/// The words of a line; what stands in brackets or quotes is one word.
fn words(line: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let (mut depth, mut quoted) = (0i32, false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            '{' | '[' if !quoted => depth += 1,
            '}' | ']' if !quoted => depth -= 1,
            _ => {}
        }
        if c.is_whitespace() && depth == 0 && !quoted {
            found.push(String::new());
        } else if let Some(word) = found.last_mut() {
            word.push(c);
        }
    }
    found.retain(|word| !word.is_empty());
    found
}

impl<S: Store> Teller<S> {
    fn new(store: S) -> Result<Teller<S>, String> {
        Ok(Teller {
            engine: Engine::new(store),
            tenant: TenantId::new("T").map_err(|e| e.to_string())?,
            now: BEGIN.parse().map_err(|e| format!("{e}"))?,
            commands: 0,
            sent: BTreeMap::new(),
            first: BTreeMap::new(),
            names: BTreeMap::new(),
            auditors: BTreeMap::new(),
            last: None,
        })
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        let mut line = line.to_owned();
        // Longer names first, so that `$K10` is not `$K1` and a zero.
        for (name, value) in self.names.iter().rev() {
            line = line.replace(&format!("${name}"), value);
        }
        if let Some(expectation) = line.strip_prefix('>') {
            let then = self.then(expectation.trim());
            // Mostly it is the refusal that nobody expected.
            return then.map_err(|why| match self.close_last() {
                Err(refused) => format!("{why}; {refused}"),
                Ok(()) => why,
            });
        }
        self.close_last()?;
        let words = words(&line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["now", moment] => {
                self.now = moment.parse().map_err(|e| format!("{e}"))?;
                Ok(())
            }
            ["wait", span] => {
                self.now = self.now.plus_ms(span_ms(span)?);
                Ok(())
            }
            ["tenant", name] => {
                self.tenant = TenantId::new(name).map_err(|e| e.to_string())?;
                Ok(())
            }
            ["resend", id] => {
                let sent = self.sent.get(*id).cloned().ok_or("no such command was sent")?;
                self.send(id, &sent, None)
            }
            _ => self.command(&line, &words),
        }
    }

    fn command(&mut self, line: &str, words: &[&str]) -> Result<(), String> {
        let (id, mut words) = match words {
            [first, rest @ ..] if first.len() > 1 && first.ends_with(':') => {
                (first.strip_suffix(':').map(str::to_owned), rest)
            }
            _ => (None, words),
        };
        let mut name = None;
        if let [rest @ .., "as", bound] = words {
            (name, words) = (Some((*bound).to_owned()), rest);
        }
        let dry = words.first() == Some(&"dry");
        words = words.get(usize::from(dry)..).unwrap_or_default();
        let Some((verb, args)) = words.split_first() else { return Err("no command".into()) };
        let all = match *verb {
            "shop" => given::shop(),
            verb if VERB_NAMES.contains(&verb) => {
                vec![(verb.to_owned(), payload(args)?)]
            }
            verb => vec![
                given::short(verb, args)
                    .ok_or_else(|| format!("`{line}` is no line of the language"))??,
            ],
        };
        for (verb, payload) in all {
            self.close_last()?;
            self.commands += 1;
            let id = id.clone().unwrap_or_else(|| format!("c{}", self.commands));
            let mut object = Map::new();
            object.insert("id".into(), id.clone().into());
            if dry {
                object.insert("dry_run".into(), true.into());
            }
            object.insert(verb, payload);
            self.send(&id, &Value::Object(object).to_string(), name.clone())?;
        }
        Ok(())
    }

    fn send(&mut self, id: &str, text: &str, name: Option<String>) -> Result<(), String> {
        let ctx = Context::new(self.tenant.clone(), self.now);
        let before = self.tip()?;
        let key = format!("{}/{id}", self.tenant);
        let done = match Request::parse(text.as_bytes(), &Limits::default()) {
            Ok(request) => self.engine.execute(&ctx, request).map_err(|e| e.to_string())?,
            Err(unreadable) => {
                let note = RefusalNote::from(&unreadable.refusal);
                let receipt = Receipt::unreadable(unreadable.id, note, self.now, None);
                Done { receipt, bytes: Vec::new(), repeated: false }
            }
        };
        let feed = Feed::After(before);
        let events = self.engine.store().feed(&self.tenant, &feed, 1 << 20);
        let events = events.map_err(|e| e.to_string())?;
        self.sent.insert(id.to_owned(), text.to_owned());
        self.first.entry(key).or_insert_with(|| done.bytes.clone());
        if let Some(name) = name {
            let package = done.receipt.packages.first().map(ToString::to_string);
            let work = done.receipt.fulfillments.first().map(ToString::to_string);
            let bound = package.or(work).ok_or("nothing began that could have a name")?;
            self.names.insert(name, bound);
        }
        let Done { receipt, bytes, repeated } = done;
        let empty = receipt.outcome != Outcome::Accepted || receipt.dry_run || repeated;
        if empty && !events.is_empty() {
            return Err(format!("{} left {} events", receipt.verb, events.len()));
        }
        self.last = Some(Last { receipt, bytes, repeated, events, owned: false });
        self.audit()
    }

    fn tip(&mut self) -> Result<u64, String> {
        let reads = crate::desk::ReadSet::default();
        let slice = self.engine.store().read(&self.tenant, &reads);
        Ok(slice.map_err(|e| e.to_string())?.seq)
    }

    fn audit(&mut self) -> Result<(), String> {
        let tenant = self.tenant.clone();
        let auditor = self.auditors.entry(tenant.clone()).or_insert_with(|| Auditor::new(tenant));
        let store = self.engine.store();
        auditor.watch(store).map_err(|e| e.to_string())?;
        auditor.compare(store).map_err(|e| e.to_string())
    }

    /// What is not accepted must be said.
    fn close_last(&mut self) -> Result<(), String> {
        match &self.last {
            Some(last) if last.receipt.outcome != Outcome::Accepted && !last.owned => {
                let mut why = format!("{} was not accepted", last.receipt.verb);
                if let Some(refusal) = &last.receipt.refusal {
                    let _ = write!(why, ": {refusal:?}");
                }
                Err(why)
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self) -> Result<Vec<Recorded>, String> {
        let mut events = Vec::new();
        for tenant in self.auditors.keys() {
            let store = self.engine.store();
            verify(store, tenant).map_err(|e| e.to_string())?;
            let feed = store.feed(tenant, &Feed::After(0), 1 << 20);
            events.extend(feed.map_err(|e| e.to_string())?);
        }
        Ok(events)
    }
}

/// Milliseconds of `90m` and the like.
fn span_ms(span: &str) -> Result<i64, String> {
    let unit = span.chars().last().unwrap_or(' ');
    let number: i64 = span
        .strip_suffix(unit)
        .and_then(|n| n.parse().ok())
        .ok_or("a span is a number and s, m, h or d")?;
    let ms = match unit {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => return Err("a span ends in s, m, h or d".into()),
    };
    Ok(number * ms)
}

/// A payload of `key=text` and `key:=json`, or one JSON object.
fn payload(args: &[&str]) -> Result<Value, String> {
    if let [json] = args
        && json.starts_with('{')
    {
        return serde_json::from_str(json).map_err(|e| e.to_string());
    }
    let mut object = Map::new();
    for arg in args {
        let (key, value) = arg.split_once('=').ok_or_else(|| format!("`{arg}` has no `=`"))?;
        let (key, value) = match key.strip_suffix(':') {
            Some(key) => (key, serde_json::from_str(value).map_err(|e| e.to_string())?),
            None if matches!(key, "lines" | "assignments") => (key, lines(value)?),
            None => (key, value.into()),
        };
        object.insert(key.to_owned(), value);
    }
    Ok(Value::Object(object))
}

/// `1*2,3`: two units of line 1, line 3 whole. `1*2@n1`: two units of line 1 at n1.
fn lines(text: &str) -> Result<Value, String> {
    let mut all = Vec::new();
    for part in text.split(',') {
        let mut object = Map::new();
        let (part, node) = match part.split_once('@') {
            Some((part, node)) => (part, Some(node)),
            None => (part, None),
        };
        let (line, qty) = match part.split_once('*') {
            Some((line, qty)) => (line, Some(qty.parse::<u64>().map_err(|e| e.to_string())?)),
            None => (part, None),
        };
        object.insert("line".into(), line.into());
        if let Some(node) = node {
            object.insert("node".into(), node.into());
        }
        if let Some(qty) = qty {
            object.insert("qty".into(), qty.into());
        }
        all.push(Value::Object(object));
    }
    Ok(Value::Array(all))
}
