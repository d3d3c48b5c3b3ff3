//! A small retailer for tests of stock: it speaks JSON commands, reads balances and orders back from
//! the store, and recomputes every law of stock from what it reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use oms_core::command::{Context, Limits};
use oms_core::desk::{Entity, EntityKey, RangeRead, ReadSet, Row, Slice, Table, coupled_account};
use oms_core::engine::{
    Commit, Done, Engine, Feed, MemoryStore, Outcome, Receipt, Rejected, Store,
};
use oms_core::event::Event;
use oms_core::flow::Request;
use oms_core::order::{Order, Stage};
use oms_core::stock::{Account, Bucket};
use oms_core::words::{LocationId, OrderId, PoolId, Sku, TenantId, Timestamp};

use crate::watched::{Spy, Watched};

pub(crate) struct Shop {
    engine: Engine<MemoryStore>,
    store: MemoryStore,
    commands: u32,
    now: String,
}

/// Another command is faster, once.
struct Meddler {
    store: MemoryStore,
    other: Option<(Context, Request)>,
}

impl Spy for Meddler {
    fn commits(&mut self, _: &Commit) -> Result<(), Rejected> {
        if let Some((ctx, request)) = self.other.take() {
            let done = Engine::new(self.store.clone()).execute(&ctx, request)?;
            assert_eq!(done.receipt.outcome, Outcome::Accepted);
        }
        Ok(())
    }
}

/// Pools P (n1, n2) and Q (m1); channel WEB sells from P, then Q; POS from P; items A and B.
pub(crate) const SETUP: &[&str] = &[
    r#""define_pool":{"id":"P"}"#,
    r#""define_pool":{"id":"Q"}"#,
    r#""define_location":{"id":"n1","kind":"store","pool":"P","time_zone":"Europe/London","capabilities":{"ship":true,"pickup":true}}"#,
    r#""define_location":{"id":"n2","kind":"dc","pool":"P","time_zone":"Europe/London","capabilities":{"ship":true,"pickup":true}}"#,
    r#""define_location":{"id":"m1","kind":"dc","pool":"Q","time_zone":"Europe/London","capabilities":{"ship":true,"pickup":true}}"#,
    r#""define_channel":{"id":"WEB","kind":"web","pools":["P","Q"]}"#,
    r#""define_channel":{"id":"POS","kind":"pos","pools":["P"]}"#,
    r#""define_item":{"sku":"A","base_unit":"each"}"#,
    r#""define_item":{"sku":"B","base_unit":"each"}"#,
];

/// Everything that a test leaves behind is rebuilt from its events and held to every law.
impl Drop for Shop {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            oms_core::engine::verify(self.engine.store(), &tenant()).unwrap();
        }
    }
}

impl Shop {
    pub(crate) fn new() -> Shop {
        let store = MemoryStore::new();
        let engine = Engine::new(store.clone());
        let mut shop = Shop { engine, store, commands: 0, now: "2026-11-24T08:00:00Z".to_owned() };
        for line in SETUP {
            shop.accepts(line);
        }
        shop
    }

    /// Sets the clock of what follows.
    pub(crate) fn at(&mut self, time: &str) -> &mut Shop {
        self.now = format!("2026-11-24T{time}:00Z");
        self
    }

    /// Runs one command: `"verb":{…}`; further top-level fields may stand before it.
    pub(crate) fn runs(&mut self, command: &str) -> Done {
        self.commands += 1;
        self.sends(&format!(r#"{{"id":"C{}",{command}}}"#, self.commands))
    }

    /// Sends a whole request.
    pub(crate) fn sends(&mut self, line: &str) -> Done {
        let (ctx, request) = (self.context(), self.request(line));
        self.engine.execute(&ctx, request).unwrap_or_else(|e| panic!("{line}: {e}"))
    }

    /// Runs a command while another one commits between its decision and its commit.
    pub(crate) fn meddled(&mut self, command: &str, other: &str) -> Done {
        self.commands += 2;
        let other = self.request(&format!(r#"{{"id":"C{}",{other}}}"#, self.commands));
        let line = format!(r#"{{"id":"C{}",{command}}}"#, self.commands - 1);
        let request = self.request(&line);
        let ctx = self.context();
        let (inner, store) = (self.store.clone(), self.store.clone());
        let meddler = Watched { inner, spy: Meddler { store, other: Some((ctx.clone(), other)) } };
        Engine::new(meddler).execute(&ctx, request).unwrap_or_else(|e| panic!("{line}: {e}"))
    }

    fn context(&self) -> Context {
        Context::new(tenant(), self.now.parse::<Timestamp>().unwrap())
    }

    fn request(&self, line: &str) -> Request {
        let request = Request::parse(line.as_bytes(), &Limits::default());
        request.unwrap_or_else(|e| panic!("{line}: {e:?}"))
    }

    /// Runs a command that must be accepted.
    pub(crate) fn accepts(&mut self, command: &str) -> Receipt {
        let done = self.runs(command);
        let text = String::from_utf8_lossy(&done.bytes).into_owned();
        assert_eq!(done.receipt.outcome, Outcome::Accepted, "{command}: {text}");
        done.receipt
    }

    /// Runs a command that must be refused with this code at this path; returns what was found.
    pub(crate) fn refuses(&mut self, command: &str, code: &str, path: &str) -> String {
        let before = self.everything();
        let line = format!(r#"{{"id":"C{}",{command}}}"#, self.commands + 1);
        let refusal = match Request::parse(line.as_bytes(), &Limits::default()) {
            Err(unreadable) => {
                let refusal = unreadable.refusal;
                (refusal.code.name().to_owned(), refusal.path, refusal.found)
            }
            Ok(_) => {
                let done = self.runs(command);
                let refusal = done.receipt.refusal.unwrap_or_else(|| panic!("{command} accepted"));
                (refusal.code, refusal.path, refusal.found)
            }
        };
        assert_eq!(
            (refusal.0.as_str(), refusal.1.as_str()),
            (code, path),
            "{command}: {refusal:?}"
        );
        assert_eq!(self.everything(), before, "a refusal changes nothing");
        refusal.2
    }

    /// A balance by its parts joined by `/`: `available/A/n1`.
    pub(crate) fn balance(&self, account: &str) -> i64 {
        let parts: Vec<&str> = account.split('/').collect();
        let account = Account::from_parts(&parts).unwrap_or_else(|| panic!("{account}"));
        let mut reads = ReadSet::default();
        reads.balance(account.clone());
        self.reads(&reads).balances[&account]
    }

    /// Checks balances by their parts.
    pub(crate) fn holds(&self, expected: &[(&str, i64)]) {
        let found: Vec<(&str, i64)> =
            expected.iter().map(|(account, _)| (*account, self.balance(account))).collect();
        assert_eq!(found, expected);
    }

    pub(crate) fn order(&self, id: &str) -> Arc<Order> {
        let key = EntityKey::Order(OrderId::new(id).unwrap());
        let mut reads = ReadSet::default();
        reads.entity(key.clone());
        match self.reads(&reads).entities.remove(&key).flatten().map(|v| v.entity) {
            Some(Entity::Order(order)) => order,
            _ => panic!("no order {id}"),
        }
    }

    /// Units of an order's first line at a stage.
    pub(crate) fn units(&self, order: &str, stage: Stage) -> u64 {
        self.order(order).lines[0].at(stage).get()
    }

    /// The events from a position on.
    pub(crate) fn events(&self, after: u64) -> Vec<Event> {
        let feed = self.store.clone().feed(&tenant(), &Feed::After(after), usize::MAX).unwrap();
        feed.iter().map(|e| Event::decode(&e.kind, &e.payload).unwrap().unwrap()).collect()
    }

    /// The position of the last event.
    pub(crate) fn tip(&self) -> u64 {
        self.reads(&ReadSet::default()).seq
    }

    pub(crate) fn reads(&self, reads: &ReadSet) -> Slice {
        self.store.clone().read(&tenant(), reads).unwrap()
    }

    /// The rows of a range.
    pub(crate) fn rows(&self, read: &RangeRead) -> Vec<Row> {
        let mut reads = ReadSet::default();
        reads.ranges.insert(read.clone());
        self.reads(&reads).ranges.remove(read).unwrap()
    }

    fn table(&self, table: Table) -> Vec<Row> {
        let read = RangeRead {
            table,
            from: String::new(),
            to: "\u{10ffff}".to_owned(),
            reverse: false,
            limit: usize::MAX,
        };
        self.rows(&read)
    }

    fn everything(&self) -> (u64, Vec<Row>, Vec<Row>) {
        (self.tip(), self.table(Table::Balances), self.table(Table::Entities))
    }

    /// All balances that are not zero.
    pub(crate) fn balances(&self) -> BTreeMap<Account, i64> {
        let rows = self.table(Table::Balances);
        rows.iter().map(|r| (Account::from_key(&r.key).unwrap(), r.value)).collect()
    }

    /// All orders and the pools of all locations.
    pub(crate) fn entities(&self) -> (Vec<Arc<Order>>, BTreeMap<LocationId, PoolId>) {
        let mut reads = ReadSet::default();
        for row in self.table(Table::Entities) {
            match row.key.split('\u{1f}').collect::<Vec<_>>().as_slice() {
                ["order", id] => reads.entity(EntityKey::Order(OrderId::new(id).unwrap())),
                ["location", id] => reads.entity(EntityKey::Location(LocationId::new(id).unwrap())),
                _ => {}
            }
        }
        let (mut orders, mut pools) = (Vec::new(), BTreeMap::new());
        for versioned in self.reads(&reads).entities.into_values().flatten() {
            match versioned.entity {
                Entity::Order(order) => orders.push(order),
                Entity::Location(location) => {
                    pools.insert(location.id.clone(), location.pool.clone());
                }
                _ => {}
            }
        }
        (orders, pools)
    }

    /// Recomputes every law of stock from what the store holds; the first broken one with its
    /// numbers.
    pub(crate) fn laws(&self) -> Result<(), String> {
        let balances = self.balances();
        let (orders, pools) = self.entities();
        physical_sums_to_zero(&balances)?;
        claims_are_tied(&balances, &pools)?;
        nothing_below_zero(&balances)?;
        kept_is_set(&balances)?;
        orders_agree(&balances, &orders)?;
        orders.iter().try_for_each(|o| o.audit().map_err(|e| e.to_string()))
    }
}

pub(crate) fn tenant() -> TenantId {
    TenantId::new("T").unwrap()
}

/// A `place_order` of one shipped line.
pub(crate) fn place(order: &str, channel: &str, sku: &str, qty: u64) -> String {
    place_first(order, channel, sku, qty, 0)
}

/// A `place_order` of one shipped line with a priority.
pub(crate) fn place_first(
    order: &str,
    channel: &str,
    sku: &str,
    qty: u64,
    priority: i32,
) -> String {
    format!(
        r#""place_order":{{"order":"{order}","channel":"{channel}","currency":"USD","priority":{priority},
        "groups":[{{"group":"g","to":{{"ship":{{"destination":{{"country":"GB","region":"LND"}}}}}}}}],
        "lines":[{{"line":"1","sku":"{sku}","qty":{qty}}}]}}"#
    )
}

/// A `place_order` of one line to be picked up at a node.
pub(crate) fn pickup(order: &str, channel: &str, sku: &str, qty: u64, node: &str) -> String {
    format!(
        r#""place_order":{{"order":"{order}","channel":"{channel}","currency":"USD",
        "groups":[{{"group":"g","to":{{"pickup":{{"location":"{node}"}}}}}}],
        "lines":[{{"line":"1","sku":"{sku}","qty":{qty}}}]}}"#
    )
}

/// A `sell_through` of one line, now.
pub(crate) fn sell(order: &str, channel: &str, sku: &str, qty: u64, node: &str) -> String {
    format!(
        r#""sell_through":{{"order":"{order}","channel":"{channel}","node":"{node}","currency":"USD",
        "lines":[{{"line":"1","sku":"{sku}","qty":{qty}}}]}}"#
    )
}

/// A `sell_through` of one line that happened at a moment.
pub(crate) fn sell_at(
    order: &str,
    channel: &str,
    sku: &str,
    qty: u64,
    node: &str,
    at: &str,
) -> String {
    let happened = format!(r#""happened_at":"{at}","currency""#);
    sell(order, channel, sku, qty, node).replace(r#""currency""#, &happened)
}

/// A `receive_stock`.
pub(crate) fn receive(sku: &str, node: &str, qty: u64) -> String {
    format!(r#""receive_stock":{{"sku":"{sku}","node":"{node}","qty":{qty}}}"#)
}

fn physical_sums_to_zero(balances: &BTreeMap<Account, i64>) -> Result<(), String> {
    let mut sums: BTreeMap<&Sku, i64> = BTreeMap::new();
    for (account, balance) in balances.iter().filter(|(a, _)| a.is_physical()) {
        *sums.entry(account.sku().unwrap()).or_default() += balance;
    }
    match sums.iter().find(|(_, sum)| **sum != 0) {
        None => Ok(()),
        Some((sku, sum)) => Err(format!("physical units of {sku} sum to {sum}")),
    }
}

fn claims_are_tied(
    balances: &BTreeMap<Account, i64>,
    pools: &BTreeMap<LocationId, PoolId>,
) -> Result<(), String> {
    let mut rest: BTreeMap<(Sku, PoolId), i64> = BTreeMap::new();
    let mut fenced: BTreeMap<(Sku, PoolId), i64> = BTreeMap::new();
    for (account, balance) in balances {
        let (key, by) = match account {
            Account::Node(sku, node, Bucket::Available) => {
                ((sku.clone(), pools[node].clone()), *balance)
            }
            Account::Ats(sku, pool) | Account::Reserved(sku, pool) => {
                ((sku.clone(), pool.clone()), -balance)
            }
            Account::Fenced(sku, pool, _) => {
                *fenced.entry((sku.clone(), pool.clone())).or_default() += balance;
                ((sku.clone(), pool.clone()), -balance)
            }
            _ => continue,
        };
        *rest.entry(key).or_default() += by;
    }
    if let Some((key, rest)) = rest.iter().find(|(_, rest)| **rest != 0) {
        return Err(format!("available - ats - reserved - fenced of {key:?} is {rest}"));
    }
    let broken = fenced.iter().find(|((sku, pool), fenced)| {
        let ats = balances.get(&Account::Ats(sku.clone(), pool.clone()));
        **fenced != 0 && ats.is_some_and(|ats| *ats < 0)
    });
    match broken {
        None => Ok(()),
        Some((key, fenced)) => Err(format!("ats of {key:?} is below 0 beside fences of {fenced}")),
    }
}

fn nothing_below_zero(balances: &BTreeMap<Account, i64>) -> Result<(), String> {
    match balances.iter().find(|(account, b)| account.is_never_negative() && **b < 0) {
        None => Ok(()),
        Some((account, balance)) => Err(format!("{account:?} is {balance}")),
    }
}

fn kept_is_set(balances: &BTreeMap<Account, i64>) -> Result<(), String> {
    let mut rest: BTreeMap<(Sku, LocationId), i64> = BTreeMap::new();
    for (account, balance) in balances {
        let (key, by) = match account {
            Account::Node(sku, node, Bucket::Buffered) | Account::BufferMissing(sku, node) => {
                ((sku.clone(), node.clone()), *balance)
            }
            Account::BufferSet(sku, node) => ((sku.clone(), node.clone()), -balance),
            _ => continue,
        };
        *rest.entry(key).or_default() += by;
    }
    match rest.iter().find(|(_, rest)| **rest != 0) {
        None => Ok(()),
        Some((key, rest)) => Err(format!("buffered + missing - set of {key:?} is {rest}")),
    }
}

fn orders_agree(balances: &BTreeMap<Account, i64>, orders: &[Arc<Order>]) -> Result<(), String> {
    let mut held: BTreeMap<Account, i64> = BTreeMap::new();
    for (line, holding) in orders.iter().flat_map(|o| o.holdings()) {
        if let Some(account) = coupled_account(&line.given.sku, &holding.at) {
            *held.entry(account).or_default() += holding.qty.as_i64();
        }
    }
    let coupled = |a: &Account| {
        matches!(
            a,
            Account::Reserved(..) | Account::Transit(..) | Account::Node(_, _, Bucket::Allocated)
        )
    };
    let books: BTreeMap<Account, i64> =
        balances.iter().filter(|(a, _)| coupled(a)).map(|(a, b)| (a.clone(), *b)).collect();
    if books == held { Ok(()) } else { Err(format!("books {books:?}, orders {held:?}")) }
}
