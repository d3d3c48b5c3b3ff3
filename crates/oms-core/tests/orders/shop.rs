//! A small retailer to run commands against: two nodes in one pool, one store in another.

use oms_core::command::{Context, Limits};
use oms_core::desk::{Entity, EntityKey, ReadSet};
use oms_core::engine::{Done, Engine, MemoryStore, Outcome, Store};
use oms_core::flow::Request;
use oms_core::order::{Line, Order, Stage};
use oms_core::stock::{Account, Bucket};
use oms_core::words::{ChannelId, LocationId, OrderId, PoolId, Sku, TenantId, Timestamp};

/// The retailer: an engine in memory, a clock and a counter of command ids.
pub(crate) struct Shop {
    /// The engine.
    pub(crate) engine: Engine<MemoryStore>,
    /// The moment at which the next command is handled.
    pub(crate) now: Timestamp,
    /// Where reads go; shares the engine's state.
    pub(crate) store: MemoryStore,
    next: u32,
}

/// What a command in single quotes is as JSON.
pub(crate) fn json(text: &str) -> String {
    text.replace('\'', "\"")
}

impl Shop {
    /// Nodes `n1` and `n2` in pool `P`, store `s1` in pool `S`; channel `WEB` sells from both,
    /// `POS` from `S` and `P`; items `A` and `B`, nothing on hand.
    pub(crate) fn new() -> Shop {
        let store = MemoryStore::new();
        let mut shop = Shop {
            engine: Engine::new(store.clone()),
            now: "2026-11-24T09:00:00Z".parse().unwrap(),
            store,
            next: 0,
        };
        for line in [
            "'define_pool': {'id': 'P'}",
            "'define_pool': {'id': 'S'}",
            "'define_location': {'id': 'n1', 'kind': 'dc', 'pool': 'P', 'time_zone': 'UTC'}",
            "'define_location': {'id': 'n2', 'kind': 'dc', 'pool': 'P', 'time_zone': 'UTC'}",
            "'define_location': {'id': 's1', 'kind': 'store', 'pool': 'S', 'time_zone': 'UTC',
              'capabilities': {'ship': true, 'pickup': true}}",
            "'define_channel': {'id': 'WEB', 'kind': 'web', 'pools': ['P', 'S']}",
            "'define_channel': {'id': 'POS', 'kind': 'pos', 'pools': ['S', 'P']}",
            "'define_item': {'sku': 'A', 'base_unit': 'each'}",
            "'define_item': {'sku': 'B', 'base_unit': 'each'}",
        ] {
            shop.ok(line);
        }
        shop
    }

    /// Sets the clock to a time of the first day.
    pub(crate) fn at(&mut self, time: &str) {
        self.now = format!("2026-11-24T{time}Z").parse().unwrap();
    }

    /// Runs one verb, given as `'verb': {…}` in single quotes.
    pub(crate) fn run(&mut self, verb: &str) -> Done {
        self.next += 1;
        let line = format!(r#"{{"id":"c{}",{}}}"#, self.next, json(verb));
        self.send(&line)
    }

    /// Runs one whole line of JSON.
    pub(crate) fn send(&mut self, line: &str) -> Done {
        let ctx = Context::new(TenantId::new("T").unwrap(), self.now);
        let request = Request::parse(line.as_bytes(), &Limits::default())
            .unwrap_or_else(|e| panic!("{line}: {e}"));
        self.engine.execute(&ctx, request).unwrap_or_else(|e| panic!("{line}: {e}"))
    }

    /// Runs a verb that must be accepted, and checks the laws of the pools afterwards.
    pub(crate) fn ok(&mut self, verb: &str) -> Done {
        let done = self.run(verb);
        let text = String::from_utf8_lossy(&done.bytes).into_owned();
        assert_eq!(done.receipt.outcome, Outcome::Accepted, "{verb}: {text}");
        self.check_pools();
        done
    }

    /// Runs a verb that must be refused; gives the code and the path.
    pub(crate) fn no(&mut self, verb: &str) -> (String, String) {
        let done = self.run(verb);
        let text = String::from_utf8_lossy(&done.bytes).into_owned();
        assert_eq!(done.receipt.outcome, Outcome::Refused, "{verb}: {text}");
        let refusal = done.receipt.refusal.unwrap();
        (refusal.code, refusal.path)
    }

    /// Runs a verb that must be refused with a code.
    pub(crate) fn refused(&mut self, verb: &str, code: &str) {
        assert_eq!(self.no(verb).0, code, "{verb}");
    }

    /// Receives units.
    pub(crate) fn receive(&mut self, sku: &str, node: &str, qty: u64) {
        self.ok(&format!("'receive_stock': {{'sku': '{sku}', 'node': '{node}', 'qty': {qty}}}"));
    }

    /// Places an order of one shipped group; lines are `(line, sku, qty)`.
    pub(crate) fn place(&mut self, order: &str, lines: &[(&str, &str, u64)]) -> Done {
        self.place_with(order, "WEB", "", lines)
    }

    /// Places a shipped order by a channel, with further fields of the order.
    pub(crate) fn place_with(
        &mut self,
        order: &str,
        channel: &str,
        more: &str,
        lines: &[(&str, &str, u64)],
    ) -> Done {
        let to = "{'ship': {'destination': {'country': 'US', 'region': 'Z1'}}}";
        self.place_to(order, channel, to, more, lines)
    }

    /// Places a pickup at a location.
    pub(crate) fn place_pickup(
        &mut self,
        order: &str,
        at: &str,
        lines: &[(&str, &str, u64)],
    ) -> Done {
        let to = format!("{{'pickup': {{'location': '{at}'}}}}");
        self.place_to(order, "WEB", &to, "", lines)
    }

    fn place_to(
        &mut self,
        order: &str,
        channel: &str,
        to: &str,
        more: &str,
        lines: &[(&str, &str, u64)],
    ) -> Done {
        let lines: Vec<String> = lines
            .iter()
            .map(|(line, sku, qty)| {
                format!(
                    "{{'line': '{line}', 'sku': '{sku}', 'qty': {qty}, 'unit_price': '1.00 USD'}}"
                )
            })
            .collect();
        self.ok(&format!(
            "'place_order': {{'order': '{order}', 'channel': '{channel}', 'currency': 'USD',
              'groups': [{{'group': 'g', 'to': {to}}}], 'lines': [{}] {more}}}",
            lines.join(",")
        ))
    }

    /// An order as it is kept.
    pub(crate) fn order(&mut self, id: &str) -> Order {
        let mut reads = ReadSet::default();
        let key = EntityKey::Order(OrderId::new(id).unwrap());
        reads.entity(key.clone());
        let slice = self.store.read(&TenantId::new("T").unwrap(), &reads).unwrap();
        match slice.entities.get(&key) {
            Some(Some(found)) => match &found.entity {
                Entity::Order(order) => (**order).clone(),
                other => panic!("{other:?}"),
            },
            _ => panic!("no order `{id}`"),
        }
    }

    /// A line of an order.
    pub(crate) fn line(&mut self, order: &str, line: &str) -> Line {
        let order = self.order(order);
        order.lines.into_iter().find(|l| l.given.line.as_str() == line).unwrap()
    }

    /// Where the units of a line are: "open 1, reserved 2".
    pub(crate) fn stages(&mut self, order: &str, line: &str) -> String {
        let line = self.line(order, line);
        let parts: Vec<String> = Stage::ALL
            .iter()
            .filter(|s| !line.at(**s).is_zero())
            .map(|s| format!("{} {}", s.name(), line.at(*s)))
            .collect();
        parts.join(", ")
    }

    /// A balance.
    pub(crate) fn balance(&mut self, account: Account) -> i64 {
        let mut reads = ReadSet::default();
        reads.balance(account.clone());
        let slice = self.store.read(&TenantId::new("T").unwrap(), &reads).unwrap();
        slice.balances.get(&account).copied().unwrap_or(0)
    }

    /// What anybody may claim in a pool.
    pub(crate) fn ats(&mut self, sku: &str, pool: &str) -> i64 {
        self.balance(Account::Ats(Sku::new(sku).unwrap(), PoolId::new(pool).unwrap()))
    }

    /// What is claimed in a pool without a node.
    pub(crate) fn reserved(&mut self, sku: &str, pool: &str) -> i64 {
        self.balance(Account::Reserved(Sku::new(sku).unwrap(), PoolId::new(pool).unwrap()))
    }

    /// What a channel has to itself in a pool.
    pub(crate) fn fenced(&mut self, sku: &str, pool: &str, channel: &str) -> i64 {
        self.balance(Account::Fenced(
            Sku::new(sku).unwrap(),
            PoolId::new(pool).unwrap(),
            ChannelId::new(channel).unwrap(),
        ))
    }

    /// What lies in a bucket of a node.
    pub(crate) fn at_node(&mut self, sku: &str, node: &str, bucket: Bucket) -> i64 {
        self.balance(Account::Node(Sku::new(sku).unwrap(), LocationId::new(node).unwrap(), bucket))
    }

    /// What is available at a node.
    pub(crate) fn available(&mut self, sku: &str, node: &str) -> i64 {
        self.at_node(sku, node, Bucket::Available)
    }

    /// What is tied to orders at a node.
    pub(crate) fn allocated(&mut self, sku: &str, node: &str) -> i64 {
        self.at_node(sku, node, Bucket::Allocated)
    }

    /// The law of claims: Σ available = ats + reserved + Σ fenced, for every pool and item.
    pub(crate) fn check_pools(&mut self) {
        for sku in ["A", "B"] {
            for (pool, nodes) in [("P", &["n1", "n2", "n3"][..]), ("S", &["s1"][..])] {
                let available: i64 = nodes.iter().map(|n| self.available(sku, n)).sum();
                let fenced = self.fenced(sku, pool, "WEB") + self.fenced(sku, pool, "POS");
                let claims = self.ats(sku, pool) + self.reserved(sku, pool) + fenced;
                assert_eq!(available, claims, "{sku} in {pool}");
            }
        }
    }
}
