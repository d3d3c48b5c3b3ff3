//! A shop floor for behaviour tests: two nodes of one pool, one of another, commands as JSON.
#![allow(dead_code, reason = "each theme uses its part")]

use std::sync::Arc;

use oms_core::command::{Context, Limits, RefusalNote};
use oms_core::desk::{Decision, Entity, EntityKey, RangeRead, ReadSet, Table, Versioned};
use oms_core::engine::{Commit, Engine, Feed, MemoryStore, Outcome, Receipt, Store, verify};
use oms_core::event::Event;
use oms_core::flow::Request;
use oms_core::order::{HoldKind, Holding, Order, Stage};
use oms_core::stock::Account;
use oms_core::words::{CommandId, OrderId, TenantId, Timestamp};

pub(crate) struct Floor {
    engine: Engine<MemoryStore>,
    now: Timestamp,
    commands: u32,
    /// An order was written without an event.
    altered: bool,
}

/// Everything that a test leaves behind is rebuilt from its events and held to every law.
impl Drop for Floor {
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.altered {
            verify(self.engine.store(), &TenantId::new("T").unwrap()).unwrap();
        }
    }
}

impl Floor {
    /// Nodes n1 and n2 of pool P, n3 of pool Q, all of which ship and hand over; channel WEB sells
    /// from P, then Q; item A. Parcels are under way for two days.
    pub(crate) fn new() -> Floor {
        let mut floor = Floor {
            engine: Engine::new(MemoryStore::new()),
            now: "2026-11-24T09:00:00Z".parse().unwrap(),
            commands: 0,
            altered: false,
        };
        let lanes = r#"[{"to":{"region":"Z1"},"service":"ground","cost_fixed":"1.00 USD",
            "cost_per_kg":"0.00 USD","transit_days":2}]"#;
        for pool in ["P", "Q"] {
            floor.ok("define_pool", &format!(r#"{{"id":"{pool}"}}"#));
        }
        for (node, pool) in [("n1", "P"), ("n2", "P"), ("n3", "Q")] {
            floor.ok(
                "define_location",
                &format!(
                    r#"{{"id":"{node}","kind":"store","pool":"{pool}","time_zone":"America/New_York",
                    "capabilities":{{"ship":true,"pickup":true}},"lanes":{lanes}}}"#
                ),
            );
        }
        floor.ok("define_channel", r#"{"id":"WEB","kind":"web","pools":["P","Q"]}"#);
        floor.ok("define_item", r#"{"sku":"A","base_unit":"each"}"#);
        floor
    }

    /// Runs one command.
    pub(crate) fn run(&mut self, verb: &str, payload: &str) -> Receipt {
        self.commands += 1;
        self.send(&format!(r#"{{"id":"c{}","{verb}":{payload}}}"#, self.commands))
    }

    /// What the next command would come to.
    pub(crate) fn dry_run(&mut self, verb: &str, payload: &str) -> Receipt {
        let next = self.commands + 1;
        self.send(&format!(r#"{{"id":"c{next}","dry_run":true,"{verb}":{payload}}}"#))
    }

    fn send(&mut self, line: &str) -> Receipt {
        let ctx = Context::new(TenantId::new("T").unwrap(), self.now);
        let request = Request::parse(line.as_bytes(), &Limits::default())
            .unwrap_or_else(|e| panic!("{line}: {e}"));
        self.engine.execute(&ctx, request).unwrap_or_else(|e| panic!("{line}: {e}")).receipt
    }

    /// Runs a command that must be accepted.
    pub(crate) fn ok(&mut self, verb: &str, payload: &str) -> Receipt {
        let receipt = self.run(verb, payload);
        assert_eq!(receipt.outcome, Outcome::Accepted, "{verb} {payload}: {:?}", receipt.refusal);
        receipt
    }

    /// Runs a command that must be refused, and must change nothing.
    pub(crate) fn no(&mut self, verb: &str, payload: &str) -> RefusalNote {
        let before = self.events().len();
        let receipt = self.run(verb, payload);
        assert_eq!(self.events().len(), before, "a refused command left events");
        receipt.refusal.unwrap_or_else(|| panic!("{verb} {payload} was accepted"))
    }

    /// Lets minutes pass.
    pub(crate) fn wait(&mut self, minutes: i64) {
        self.now = self.now.plus_minutes(minutes);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn receive(&mut self, node: &str, qty: u32) {
        self.ok("receive_stock", &format!(r#"{{"sku":"A","node":"{node}","qty":{qty}}}"#));
    }

    /// An order of one line to an address.
    pub(crate) fn place(&mut self, order: &str, qty: u32) -> Receipt {
        self.place_with(order, qty, "")
    }

    /// An order of one line to an address, with more fields of the order.
    pub(crate) fn place_with(&mut self, order: &str, qty: u32, more: &str) -> Receipt {
        self.ok("place_order", &placing(order, qty, TO_ADDRESS, more))
    }

    /// An order of one line that is picked up.
    pub(crate) fn place_pickup(&mut self, order: &str, qty: u32, node: &str) -> Receipt {
        let to = format!(r#"{{"pickup":{{"location":"{node}"}}}}"#);
        self.ok("place_order", &placing(order, qty, &to, ""))
    }

    /// Ties units of line 1 to a node.
    pub(crate) fn allocate(&mut self, order: &str, node: &str, qty: u64) {
        let plan = format!(r#"[{{"line":"1","node":"{node}","qty":{qty}}}]"#);
        self.ok("commit_plan", &format!(r#"{{"order":"{order}","assignments":{plan}}}"#));
    }

    /// Asks a node to give up units of line 1 that it has in hand, and waits for its answer.
    pub(crate) fn ask_to_cancel(&mut self, order: &str, node: &str, qty: u64) {
        let policy = r#"{"cancel_assent":true}"#;
        self.ok("set_policy", &format!(r#"{{"scope":{{"location":"{node}"}},"policy":{policy}}}"#));
        let lines = format!(r#"[{{"line":"1","qty":{qty},"node":"{node}"}}]"#);
        let receipt = self.ok("cancel_lines", &format!(r#"{{"order":"{order}","lines":{lines}}}"#));
        assert_eq!(receipt.events, ["order.cancellation_requested"]);
    }

    pub(crate) fn hold(&mut self, order: &str, kind: HoldKind) {
        let kind = serde_json::to_string(&kind).unwrap();
        self.ok("hold_order", &format!(r#"{{"order":"{order}","kind":{kind}}}"#));
    }

    /// Units of line 1 at a node, released as one piece of work.
    pub(crate) fn released(&mut self, order: &str, node: &str, qty: u32) {
        self.receive(node, qty);
        self.place(order, qty);
        self.allocate(order, node, u64::from(qty));
        self.ok("release_to_node", &format!(r#"{{"order":"{order}","node":"{node}"}}"#));
    }

    /// Packs units of line 1 at a node into a new package; its id.
    pub(crate) fn pack(&mut self, order: &str, node: &str, qty: u32) -> String {
        let lines = format!(r#"[{{"line":"1","qty":{qty}}}]"#);
        let pack = format!(r#"{{"order":"{order}","node":"{node}","lines":{lines}}}"#);
        self.ok("pack", &pack).packages[0].to_string()
    }

    /// Types of the events since a position.
    pub(crate) fn types_after(&mut self, seen: usize) -> Vec<&'static str> {
        self.events().iter().skip(seen).map(Event::type_name).collect()
    }

    /// Every balance that is not zero.
    pub(crate) fn balances(&mut self) -> Vec<(String, i64)> {
        let read = RangeRead {
            table: Table::Balances,
            from: String::new(),
            to: "\u{7f}".to_owned(),
            reverse: false,
            limit: usize::MAX,
        };
        let reads = ReadSet { ranges: [read.clone()].into(), ..ReadSet::default() };
        let tenant = TenantId::new("T").unwrap();
        let slice = self.engine.store().read(&tenant, &reads).unwrap();
        slice.ranges[&read].iter().map(|r| (r.parts().join("/"), r.value)).collect()
    }

    pub(crate) fn order(&mut self, id: &str) -> Arc<Order> {
        let key = EntityKey::Order(OrderId::new(id).unwrap());
        let mut reads = ReadSet::default();
        reads.entity(key.clone());
        let tenant = TenantId::new("T").unwrap();
        let slice = self.engine.store().read(&tenant, &reads).unwrap();
        match slice.entities.get(&key) {
            Some(Some(found)) => match &found.entity {
                Entity::Order(order) => Arc::clone(order),
                _ => panic!("not an order"),
            },
            _ => panic!("no order {id}"),
        }
    }

    /// Writes an order as no event made it, for stages to which nothing leads.
    pub(crate) fn alter(&mut self, id: &str, change: impl FnOnce(&mut Order)) {
        let key = EntityKey::Order(OrderId::new(id).unwrap());
        let mut reads = ReadSet::default();
        reads.entity(key.clone());
        let ctx = Context::new(TenantId::new("T").unwrap(), self.now);
        let slice = self.engine.store().read(&ctx.tenant, &reads).unwrap();
        let known = slice.entities[&key].clone().unwrap();
        let mut order = Order::clone(&self.order(id));
        change(&mut order);
        let entity = Entity::Order(Arc::new(order));
        let version = known.version + 1;
        let changed = (key, known.version, Versioned { version, entity });
        let decision = Decision { entities: vec![changed], ..Decision::default() };
        let command = CommandId::new(format!("alter {version}")).unwrap();
        let receipt = Receipt::new(command.clone(), "alter", Outcome::Accepted, self.now);
        let commit = Commit::new(&ctx, command, decision, b"{}".to_vec(), receipt);
        self.engine.store().commit(&commit).unwrap();
        self.altered = true;
    }

    /// Where the units of the order's first line are: "open 1, released n1 2".
    pub(crate) fn spread(&mut self, id: &str) -> String {
        spread(&self.order(id).lines[0].holdings)
    }

    /// A balance, named by its parts: "available/A/n1".
    pub(crate) fn balance(&mut self, account: &str) -> i64 {
        let parts: Vec<&str> = account.split('/').collect();
        let account = Account::from_parts(&parts).unwrap_or_else(|| panic!("{account}"));
        let mut reads = ReadSet::default();
        reads.balance(account.clone());
        let tenant = TenantId::new("T").unwrap();
        self.engine.store().read(&tenant, &reads).unwrap().balances[&account]
    }

    /// All events so far.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        let tenant = TenantId::new("T").unwrap();
        let log = self.engine.store().feed(&tenant, &Feed::After(0), usize::MAX).unwrap();
        log.iter().map(|r| Event::decode(&r.kind, &r.payload).unwrap().unwrap()).collect()
    }
}

pub(crate) const TO_ADDRESS: &str =
    r#"{"ship":{"destination":{"country":"US","region":"Z1"},"address":{"name":"Ann"}}}"#;

pub(crate) fn placing(order: &str, qty: u32, to: &str, more: &str) -> String {
    format!(
        r#"{{"order":"{order}","channel":"WEB","currency":"USD",{more}
        "groups":[{{"group":"g","to":{to}}}],
        "lines":[{{"line":"1","sku":"A","qty":{qty},"unit_price":"5.00 USD"}}]}}"#
    )
}

/// Quantities by stage and node, in the order of the walk.
pub(crate) fn spread(holdings: &[Holding]) -> String {
    let mut told: Vec<(Stage, String, u64)> = Vec::new();
    for h in holdings {
        let node = h.at.node.as_ref().map_or(String::new(), |n| format!(" {n}"));
        match told.iter_mut().find(|(stage, at, _)| (*stage, &**at) == (h.at.stage, &*node)) {
            Some(known) => known.2 += h.qty.get(),
            None => told.push((h.at.stage, node, h.qty.get())),
        }
    }
    told.sort();
    let told = told.iter().map(|(stage, node, qty)| format!("{}{node} {qty}", stage.name()));
    told.collect::<Vec<_>>().join(", ")
}
