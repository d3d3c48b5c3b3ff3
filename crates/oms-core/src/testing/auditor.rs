//! The auditor: a second model of every law, which shares no code with the one that decides.
//!
//! It reads events as plain JSON, keeps books of its own in plain maps, and after every event looks
//! at the laws again from the first principles of the domain: ordered = Σ stages; things leave one
//! account and enter another; what orders hold is what accounts say; what is available is free,
//! reserved or fenced. It trusts neither the events' own checks nor what the store says the state
//! is; [`Auditor::compare`] holds the state against the books.

mod parts;
mod together;

pub use parts::PARTS;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::desk::{EntityKey, RangeRead, ReadSet, Table};
use crate::engine::{Feed, Store};
use crate::event::Recorded;
use crate::stock::SEPARATOR;
use crate::words::{OrderId, TenantId};

/// A law that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("law {law} broken after event {seq}: {detail}")]
pub struct Broken {
    /// The law: its number in the list of the domain, and what it says.
    pub law: &'static str,
    /// The event after which it was seen.
    pub seq: u64,
    /// The numbers.
    pub detail: String,
}

type Checked = Result<(), Broken>;

/// An account as the wire writes it: kind, then ids.
type Parts = Vec<String>;

/// Some units of a line: where they are, as the wire writes it.
#[derive(Clone, Debug)]
struct Units {
    at: Value,
    qty: i64,
}

#[derive(Clone, Debug, Default)]
struct Line {
    sku: String,
    ordered: i64,
    spots: BTreeMap<String, Units>,
}

#[derive(Clone, Debug, Default)]
struct Order {
    lines: BTreeMap<String, Line>,
    /// Lines of which nothing ships before all of them is packed.
    together: BTreeSet<String>,
    pending: BTreeMap<(String, String), i64>,
    /// Node days taken: whether something left for the customer.
    days: BTreeMap<(String, String), bool>,
}

/// The second model of one tenant.
#[derive(Clone, Debug)]
pub struct Auditor {
    tenant: TenantId,
    seq: u64,
    hash: [u8; 32],
    /// Balances that are not zero, by SKU (or node, for its days) and account.
    balances: BTreeMap<String, BTreeMap<Parts, i64>>,
    orders: BTreeMap<String, Order>,
    pool_of: BTreeMap<String, String>,
    capacity: BTreeMap<String, i64>,
    command: String,
    /// Available that the command has moved: before it, and now.
    moved: BTreeMap<(String, String), (i64, i64)>,
    told: BTreeSet<(String, String)>,
    kinds: BTreeMap<String, u64>,
    parts: BTreeMap<&'static str, u64>,
}

fn text(value: &Value, field: &str) -> String {
    value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn number(value: &Value, field: &str) -> i64 {
    value.get(field).and_then(Value::as_i64).unwrap_or(0)
}

fn list<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn account(parts: &[&str]) -> Parts {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

/// Accounts of things; the world outside is one of them.
fn is_thing(kind: &str) -> bool {
    matches!(
        kind,
        "available"
            | "buffered"
            | "allocated"
            | "inspect"
            | "damaged"
            | "quarantine"
            | "transit"
            | "outside"
    )
}

/// The account that counts units at a spot, if one does.
fn counted_in(sku: &str, at: &Value) -> Option<Parts> {
    match text(at, "stage").as_str() {
        "reserved" => Some(account(&["reserved", sku, &text(at, "pool")])),
        "allocated" | "released" | "packed" => {
            Some(account(&["allocated", sku, &text(at, "node")]))
        }
        "shipped" => Some(account(&["transit", sku, &text(at, "package")])),
        // No return takes anything back yet: customers have what was delivered to them.
        "delivered" => Some(account(&["outside", sku, "customer"])),
        _ => None,
    }
}

impl Auditor {
    /// An auditor with empty books.
    #[must_use]
    pub fn new(tenant: TenantId) -> Auditor {
        Auditor {
            tenant,
            seq: 0,
            hash: [0; 32],
            balances: BTreeMap::new(),
            orders: BTreeMap::new(),
            pool_of: BTreeMap::new(),
            capacity: BTreeMap::new(),
            command: String::new(),
            moved: BTreeMap::new(),
            told: BTreeSet::new(),
            kinds: BTreeMap::new(),
            parts: BTreeMap::new(),
        }
    }

    /// Whose books these are.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// How many events of each type it has read.
    #[must_use]
    pub fn kinds(&self) -> &BTreeMap<String, u64> {
        &self.kinds
    }

    /// How often each of [`PARTS`] took part.
    #[must_use]
    pub fn parts(&self) -> &BTreeMap<&'static str, u64> {
        &self.parts
    }

    /// The balances of the books that are not zero, by the accounts' wire parts.
    pub fn balances(&self) -> impl Iterator<Item = (&[String], i64)> {
        let all = self.balances.values().flatten();
        all.map(|(parts, balance)| (parts.as_slice(), *balance))
    }

    fn balance(&self, parts: &[String]) -> i64 {
        let shelf = parts.get(1).and_then(|first| self.balances.get(first));
        shelf.and_then(|shelf| shelf.get(parts)).copied().unwrap_or(0)
    }

    /// The position up to which it has read.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Law 11: no name of another tenant, which begin with `prefix`, is in the books.
    ///
    /// # Errors
    /// The first such name.
    pub fn names_only(&self, foreign: &str) -> Checked {
        let names =
            self.orders.keys().chain(self.balances.values().flat_map(BTreeMap::keys).flatten());
        let strange = names.chain(self.pool_of.keys()).find(|name| name.starts_with(foreign));
        self.check(strange.is_none(), "11: tenants are apart", || format!("{strange:?}"))
    }

    fn check(&self, holds: bool, law: &'static str, detail: impl FnOnce() -> String) -> Checked {
        if holds {
            return Ok(());
        }
        Err(Broken { law, seq: self.seq, detail: detail() })
    }

    /// Reads what the log has grown by, and looks at every law after every event.
    ///
    /// # Errors
    /// The first broken law. A store that cannot be read breaks law 9.
    pub fn watch(&mut self, store: &mut dyn Store) -> Checked {
        loop {
            let feed = Feed::After(self.seq);
            let events = store.feed(&self.tenant, &feed, 256).map_err(|fault| Broken {
                law: "9: the log can be read",
                seq: self.seq,
                detail: fault.to_string(),
            })?;
            if events.is_empty() {
                return self.command_ends();
            }
            for event in &events {
                self.event(event)?;
            }
        }
    }

    fn event(&mut self, recorded: &Recorded) -> Checked {
        let before = self.seq;
        self.seq = recorded.seq;
        self.check(recorded.seq == before + 1, "9: positions without gaps", || {
            format!("{} follows {before}", recorded.seq)
        })?;
        self.check(recorded.previous == self.hash, "9: each event names the one before", || {
            format!("event {}", recorded.seq)
        })?;
        self.hash = recorded.hash;
        self.check(recorded.tenant == self.tenant, "11: tenants are apart", || {
            recorded.tenant.to_string()
        })?;
        if self.command != recorded.command.as_str() {
            self.command_ends()?;
            recorded.command.as_str().clone_into(&mut self.command);
        }
        *self.kinds.entry(recorded.kind.clone()).or_insert(0) += 1;
        let body: Value = serde_json::from_slice(&recorded.payload).unwrap_or(Value::Null);
        for part in parts::parts(recorded, &body) {
            *self.parts.entry(part).or_insert(0) += 1;
        }
        self.fold(recorded, &body)?;
        let skus = self.post(recorded, &body)?;
        for sku in &skus {
            self.laws_of_sku(sku)?;
        }
        let order = match body.get("order") {
            Some(Value::String(id)) => id.clone(),
            Some(placed) => text(placed, "order"),
            None => String::new(),
        };
        if recorded.kind == "units.shipped" {
            self.left_together(&order)?;
        }
        self.laws_of_order(&order)
    }

    /// Law 3, its second half: who made the books negative says so in the same command.
    fn command_ends(&mut self) -> Checked {
        let fell = self.moved.iter().filter(|(_, (before, now))| *now < 0 && now < before);
        let silent = fell.map(|(shelf, _)| shelf).find(|s| !self.told.contains(*s)).cloned();
        self.check(silent.is_none(), "3: below zero only with a discrepancy", || {
            format!("{silent:?} by command {}", self.command)
        })?;
        self.moved.clear();
        self.told.clear();
        Ok(())
    }

    fn fold(&mut self, recorded: &Recorded, body: &Value) -> Checked {
        match recorded.kind.as_str() {
            "location.defined" => {
                let Some(location) = body.get("location") else { return Ok(()) };
                let id = text(location, "id");
                let before = self.pool_of.insert(id.clone(), text(location, "pool"));
                let fixed = before.is_none_or(|pool| pool == text(location, "pool"));
                let capacity = location.get("capacity_orders_per_day").and_then(Value::as_i64);
                self.capacity.insert(id.clone(), capacity.unwrap_or(i64::MAX));
                self.check(fixed, "5: a location keeps its pool", || id.clone())
            }
            "order.placed" => self.placed(body, "open"),
            "order.till_sold" => self.placed(body, "delivered"),
            "order.cancellation_requested" => self.pending_by(body, 1),
            "order.cancellation_lapsed" => self.pending_by(body, -1),
            "stock.discrepancy_found" => {
                self.told.insert((text(body, "sku"), text(body, "node")));
                Ok(())
            }
            kind if kind.starts_with("units.") => self.shifted(body),
            _ => Ok(()),
        }
    }

    fn placed(&mut self, body: &Value, stage: &str) -> Checked {
        let Some(given) = body.get("order") else { return Ok(()) };
        let id = text(given, "order");
        let mut order = Order { together: together::lines(given), ..Order::default() };
        for line in list(given, "lines") {
            let at = serde_json::json!({ "stage": stage });
            let qty = number(line, "qty");
            let spots = [(at.to_string(), Units { at, qty })].into();
            let line_of = Line { sku: text(line, "sku"), ordered: qty, spots };
            order.lines.insert(text(line, "line"), line_of);
        }
        let again = self.orders.insert(id.clone(), order).is_some();
        self.check(!again, "10: an order is placed once", || id)
    }

    fn pending_by(&mut self, body: &Value, sign: i64) -> Checked {
        let order = self.orders.entry(text(body, "order")).or_default();
        let key = (text(body, "line"), text(body, "node"));
        *order.pending.entry(key).or_insert(0) += sign * number(body, "qty");
        Ok(())
    }

    fn shifted(&mut self, body: &Value) -> Checked {
        let id = text(body, "order");
        let order = self.orders.entry(id.clone()).or_default();
        let mut short = None;
        for m in list(body, "moves") {
            let line = order.lines.entry(text(m, "line")).or_default();
            let qty = number(m, "qty");
            if let Some(from) = m.get("from") {
                let held = line.spots.entry(from.to_string());
                let held = held.or_insert(Units { at: from.clone(), qty: 0 });
                held.qty -= qty;
                if held.qty < 0 {
                    short = Some(format!("{id}: {} at {from}", held.qty));
                }
            } else {
                short = Some(format!("{id}: units out of nothing"));
            }
            let to = m.get("to").cloned().unwrap_or(Value::Null);
            line.spots.entry(to.to_string()).or_insert(Units { at: to, qty: 0 }).qty += qty;
            line.spots.retain(|_, units| units.qty != 0);
        }
        for p in list(body, "pending") {
            order.pending.insert((text(p, "line"), text(p, "node")), number(p, "qty"));
        }
        for d in list(body, "days") {
            let key = (text(d, "node"), text(d, "day"));
            match text(d, "what").as_str() {
                "taken" => order.days.insert(key, false),
                "used" => order.days.insert(key, true),
                _ => order.days.remove(&key),
            };
        }
        self.check(short.is_none(), "1: only what is there moves", || short.unwrap_or_default())
    }

    /// Posts the deltas; returns the SKUs that they touch.
    fn post(&mut self, recorded: &Recorded, body: &Value) -> Result<BTreeSet<String>, Broken> {
        let mut skus = BTreeSet::new();
        for delta in list(body, "deltas") {
            let Some((by, ids)) = delta.as_array().and_then(|a| a.split_last()) else { continue };
            let by = by.as_i64().unwrap_or(0);
            let parts: Parts = ids.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            let [kind, first, rest @ ..] = parts.as_slice() else { continue };
            let shelf = self.balances.entry(first.clone()).or_default();
            let balance = shelf.entry(parts.clone()).or_insert(0);
            *balance += by;
            let balance = *balance;
            if balance == 0 {
                shelf.remove(&parts);
            }
            if kind == "node_day" {
                let most = self.capacity.get(first).copied().unwrap_or(i64::MAX);
                // A capacity that was lowered since takes nothing back.
                self.check(by < 0 || balance <= most, "capacity of a node's day", || {
                    format!("{parts:?} is {balance} of {most}")
                })?;
                self.day_law(&parts)?;
                continue;
            }
            skus.insert(first.clone());
            let free = matches!(kind.as_str(), "available" | "ats" | "outside");
            self.check(free || balance >= 0, "3, 5: not below zero", || {
                format!("{parts:?} is {balance}")
            })?;
            if kind == "available" {
                let told = matches!(recorded.kind.as_str(), "order.till_sold" | "stock.counted");
                let lawful = told || by >= 0 || balance >= 0;
                self.check(lawful, "3: below zero only by count or till", || {
                    format!("{parts:?} is {balance} by {}", recorded.kind)
                })?;
                let shelf = (first.clone(), rest.first().cloned().unwrap_or_default());
                self.moved.entry(shelf).or_insert((balance - by, balance)).1 = balance;
            }
        }
        Ok(skus)
    }

    /// A node's day counts the orders that remember it.
    fn day_law(&self, parts: &[String]) -> Checked {
        let [_, node, day] = parts else { return Ok(()) };
        let key = (node.clone(), day.clone());
        let orders = self.orders.values().filter(|o| o.days.contains_key(&key)).count();
        let balance = self.balance(parts);
        self.check(i64::try_from(orders) == Ok(balance), "a node's day counts its orders", || {
            format!("{parts:?} is {balance}, {orders} orders remember it")
        })
    }

    fn laws_of_sku(&self, sku: &str) -> Checked {
        let of_sku = || self.balances.get(sku).into_iter().flatten();
        let things: i64 = of_sku()
            .filter(|(p, _)| p.first().is_some_and(|kind| is_thing(kind)))
            .map(|(_, b)| b)
            .sum();
        self.check(things == 0, "2: things sum to zero", || format!("{sku}: {things}"))?;
        let mut pools: BTreeMap<&str, [i64; 4]> = BTreeMap::new();
        let mut held: BTreeMap<Parts, i64> = BTreeMap::new();
        for (parts, balance) in of_sku() {
            let [kind, _, place, ..] = parts.as_slice() else { continue };
            let pool = match kind.as_str() {
                "available" => self.pool_of.get(place).map_or("", String::as_str),
                _ => place.as_str(),
            };
            let slot = match kind.as_str() {
                "available" => 0,
                "ats" => 1,
                "reserved" => 2,
                "fenced" => 3,
                _ => 4,
            };
            if let Some(sum) = pools.entry(pool).or_default().get_mut(slot) {
                *sum += balance;
            }
            let counted = match kind.as_str() {
                "outside" => place == "customer",
                kind => matches!(kind, "reserved" | "allocated" | "transit"),
            };
            if counted {
                held.insert(parts.clone(), -balance);
            }
            self.buffer_law(kind, sku, place)?;
        }
        for (pool, [available, ats, reserved, fenced]) in pools {
            self.check(
                available == ats + reserved + fenced,
                "5: available = ats + reserved + fenced",
                || format!("{sku} in {pool}: {available} = {ats} + {reserved} + {fenced}"),
            )?;
            self.check(ats >= 0 || fenced == 0, "5: ats < 0 only without fences", || {
                format!("{sku} in {pool}: ats {ats}, fenced {fenced}")
            })?;
        }
        let lines = self.orders.values().flat_map(|o| o.lines.values()).filter(|l| l.sku == sku);
        for units in lines.flat_map(|l| l.spots.values()) {
            if let Some(account) = counted_in(sku, &units.at) {
                *held.entry(account).or_insert(0) += units.qty;
            }
        }
        let differs = held.into_iter().find(|(_, rest)| *rest != 0);
        self.check(differs.is_none(), "4: orders hold what accounts say", || {
            differs.map_or(String::new(), |(parts, rest)| format!("{parts:?} by {rest}"))
        })
    }

    fn buffer_law(&self, kind: &str, sku: &str, node: &str) -> Checked {
        if !matches!(kind, "buffered" | "buffer_missing" | "buffer_set") {
            return Ok(());
        }
        let of = |kind| self.balance(&account(&[kind, sku, node]));
        let (held, missing, set) = (of("buffered"), of("buffer_missing"), of("buffer_set"));
        self.check(held + missing == set, "buffered + missing = set", || {
            format!("{sku} at {node}: {held} + {missing}, set {set}")
        })
    }

    fn laws_of_order(&self, id: &str) -> Checked {
        let Some(order) = self.orders.get(id) else { return Ok(()) };
        for (name, line) in &order.lines {
            let sum: i64 = line.spots.values().map(|u| u.qty).sum();
            self.check(sum == line.ordered, "1: ordered = Σ stages", || {
                format!("{id}/{name}: {} ordered, {sum} held", line.ordered)
            })?;
            for units in line.spots.values() {
                self.check(
                    self.is_whole(&units.at),
                    "1: a spot says what its stage knows",
                    || format!("{id}/{name}: {}", units.at),
                )?;
            }
        }
        for ((line, node), qty) in &order.pending {
            let work = order.lines.get(line).into_iter().flat_map(|l| l.spots.values());
            let work: i64 = work
                .filter(|u| matches!(text(&u.at, "stage").as_str(), "released" | "packed"))
                .filter(|u| text(&u.at, "node") == *node)
                .map(|u| u.qty)
                .sum();
            self.check(0 <= *qty && *qty <= work, "5: pending within the work", || {
                format!("{id}/{line} at {node}: {qty} of {work}")
            })?;
        }
        self.days_of(id, order)
    }

    /// An order remembers a day at a node while it holds units there, and for good once something
    /// left.
    fn days_of(&self, id: &str, order: &Order) -> Checked {
        let spots = order.lines.values().flat_map(|l| l.spots.values());
        let at: BTreeSet<String> =
            spots.map(|u| text(&u.at, "node")).filter(|node| !node.is_empty()).collect();
        for ((node, day), used) in &order.days {
            self.check(
                *used || at.contains(node),
                "a day is given back with the last unit",
                || format!("{id} at {node} on {day}"),
            )?;
        }
        let unknown = at.iter().find(|node| !order.days.keys().any(|(n, _)| n == *node));
        self.check(unknown.is_none(), "units at a node take a day", || {
            format!("{id} at {unknown:?}")
        })
    }

    /// Which fields a stage has: pool from Reserved to Packed, node from Allocated to Packed, work
    /// at Released and Packed, package at Packed and Shipped.
    fn is_whole(&self, at: &Value) -> bool {
        let has = |field| at.get(field).is_some();
        let fields = ["pool", "node", "fulfillment", "package"].map(has);
        let wanted = match text(at, "stage").as_str() {
            "reserved" => [true, false, false, false],
            "allocated" => [true, true, false, false],
            "released" => [true, true, true, false],
            "packed" => [true, true, true, true],
            "shipped" => [false, false, false, true],
            _ => [false; 4],
        };
        let pool = self.pool_of.get(&text(at, "node"));
        let pool_fits = pool.is_none_or(|pool| *pool == text(at, "pool"));
        fields == wanted && pool_fits && (!has("fenced") || has("pool"))
    }

    /// Law 10: what is stored is what the books say; law 9: every event waits in the outbox, where
    /// nobody has settled any.
    ///
    /// # Errors
    /// The first difference.
    pub fn compare(&self, store: &mut dyn Store) -> Checked {
        let all = |table| RangeRead {
            table,
            from: String::new(),
            to: char::MAX.to_string(),
            reverse: false,
            limit: usize::MAX >> 1,
        };
        let law = "10: replay gives the state";
        let fail = |detail: String| Broken { law, seq: self.seq, detail };
        let keys = self.orders.keys().filter_map(|id| OrderId::new(id).ok());
        let reads = ReadSet {
            ranges: [all(Table::Balances), all(Table::Entities)].into(),
            entities: keys.map(EntityKey::Order).collect(),
            ..ReadSet::default()
        };
        let slice = store.read(&self.tenant, &reads).map_err(|fault| fail(fault.to_string()))?;
        let rows = |table| slice.ranges.get(&all(table)).into_iter().flatten();
        let stored: BTreeMap<Parts, i64> = rows(Table::Balances)
            .filter(|row| row.value != 0)
            .map(|row| (row.key.split(SEPARATOR).map(str::to_owned).collect(), row.value))
            .collect();
        let count = self.balances().count();
        let same = count == stored.len() && stored.iter().all(|(p, b)| self.balance(p) == *b);
        self.check(same, law, || format!("balances {stored:?}, the books {:?}", self.balances))?;
        let prefix = format!("order{SEPARATOR}");
        let orders = rows(Table::Entities).filter(|row| row.key.starts_with(&prefix)).count();
        self.check(orders == self.orders.len(), law, || format!("{orders} orders stored"))?;
        for (key, held) in &slice.entities {
            let body = held.as_ref().map(|v| v.entity.encode());
            let body = body.and_then(Result::ok).unwrap_or_default();
            let stored: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
            self.compare_order(&key.key().replace(&prefix, ""), &stored)?;
        }
        let waiting =
            store.outbox(&self.tenant, usize::MAX >> 1).map_err(|f| fail(f.to_string()))?;
        let in_step = waiting.iter().zip(1..).all(|(event, seq)| event.seq == seq);
        let all_wait = u64::try_from(waiting.len()) == Ok(self.seq);
        self.check(in_step && all_wait, "9: one outbox row per event", || {
            format!("{} rows for {} events", waiting.len(), self.seq)
        })
    }

    fn compare_order(&self, id: &str, stored: &Value) -> Checked {
        let law = "10: replay gives the state";
        let Some(order) = self.orders.get(id) else { return Ok(()) };
        let mut spots = BTreeMap::new();
        for line in list(stored, "lines") {
            let name = line.get("given").map(|given| text(given, "line")).unwrap_or_default();
            for holding in list(line, "holdings") {
                let at = holding.get("at").map(Value::to_string).unwrap_or_default();
                spots.insert((name.clone(), at), number(holding, "qty"));
            }
        }
        let books: BTreeMap<(String, String), i64> = order
            .lines
            .iter()
            .flat_map(|(name, l)| l.spots.iter().map(|(at, u)| ((name.clone(), at.clone()), u.qty)))
            .collect();
        self.check(spots == books, law, || format!("{id} holds {spots:?}, the books {books:?}"))?;
        let pending: BTreeMap<(String, String), i64> = list(stored, "pending")
            .iter()
            .map(|p| ((text(p, "line"), text(p, "node")), number(p, "qty")))
            .collect();
        let mut books = order.pending.clone();
        books.retain(|_, qty| *qty != 0);
        self.check(pending == books, law, || format!("{id} pending {pending:?}, {books:?}"))
    }
}
