//! What a story may expect.
//!
//! Of the last command:
//! - `refused CODE [at /path] [expected …] [found …] [naming …]`: the last one somewhere in what was
//!   found; several words stand in quotes
//! - `accepted`, `stale`, `duplicate`; `repeated`: the very bytes of the first answer
//! - `events TYPE TYPE …` (all of them, in order), `event TYPE {…}`: one of that type has these
//!   fields; `nothing`: no event
//! - `short O1/1 = 2`
//!
//! Of the state:
//! - `O1/1: open 1, allocated 1@n2, reserved 2 fenced`: every unit of a line, by stage (in the order
//!   of the walk), node and fence
//! - `status O1 = in_fulfillment`, `holds O1 = fraud`, `pending O1/1 n1 = 2`, `excluded O1 A n1 = yes`
//! - `plan O1 = 1*2@n1,2*1@n2` (or `nothing`): what first fit proposes for the order as things are;
//!   `unplanned O1/1 = 1`: what it finds no node for
//! - `share O1/1 = 5.71 USD`: a line's share of the order discounts
//! - `ats A P = 0` and every other account, by its wire parts; outside ones by their own name
//!   (`lost A = 1`)
//! - `on_hand A n1 = 15`, `good A n1 = 12`, `sees A WEB = 8` (all that a channel can claim)
//! - `outbox = 12`: rows that wait

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use serde_json::Value;

use super::Teller;
use crate::desk::{Entity, EntityKey, ReadSet};
use crate::engine::{Outcome, Store};
use crate::order::{Order, Stage, status};
use crate::sourcing::{Budget, FirstFit, Plan, Sourcer, check};
use crate::stock::{Account, Bucket};
use crate::views::sourcing_snapshot;
use crate::words::{ChannelId, LineId, LocationId, OrderId, Sku};

fn same<T: PartialEq + Debug>(expected: &T, found: &T) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("expected {expected:?}, found {found:?}")) }
}

fn bad(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Whether every field of `wanted` is so in `found`.
fn contains(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            wanted.iter().all(|(key, w)| found.get(key).is_some_and(|f| contains(f, w)))
        }
        _ => found == wanted,
    }
}

impl<S: Store> Teller<S> {
    pub(super) fn then(&mut self, line: &str) -> Result<(), String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["refused", code, ..] => self.refused(code, &super::words(line)),
            ["accepted"] => self.outcome(Outcome::Accepted),
            ["stale"] => self.outcome(Outcome::Stale),
            ["duplicate"] => self.outcome(Outcome::Duplicate),
            ["repeated"] => self.repeated(),
            ["nothing"] => self.events(&[]),
            ["events", types @ ..] => self.events(types),
            ["event", kind, ..] => {
                let body = line.split_once(kind).map_or("", |(_, body)| body.trim());
                self.event(kind, body)
            }
            [place, rest @ ..] if place.ends_with(':') => {
                let place = place.strip_suffix(':').unwrap_or(place);
                self.spread(place, &rest.join(" "))
            }
            [what @ .., "=", value] => self.is(what, value),
            ["share", place, "=", amount, currency] => {
                let wanted = format!("{amount} {currency}");
                let (order, line) = self.line_of(place)?;
                let share = order.line(&line).and_then(|l| l.discount_share);
                same(&wanted, &share.map_or("none".to_owned(), |s| s.to_string()))
            }
            _ => Err("this expectation is none of the language".into()),
        }
    }

    fn refused(&mut self, code: &str, line: &[String]) -> Result<(), String> {
        let last = self.last.as_mut().ok_or("no command yet")?;
        last.owned = true;
        let refusal = last.receipt.refusal.as_ref();
        let refusal = refusal.ok_or_else(|| format!("it was {:?}", last.receipt.outcome))?;
        same(&code, &refusal.code.as_str()).map_err(|e| format!("{e}: {refusal:?}"))?;
        let mut rest = line.iter().skip(2);
        while let Some(word) = rest.next() {
            let wanted = rest.next().ok_or("a word is missing")?.trim_matches('"');
            let found = match word.as_str() {
                "at" => &refusal.path,
                "expected" => &refusal.expected,
                "found" => &refusal.found,
                "naming" if refusal.found.contains(wanted) => continue,
                "naming" => return Err(format!("{wanted:?} is not in {:?}", refusal.found)),
                _ => return Err(format!("`{word}` is nothing that a refusal has")),
            };
            same(&wanted, &found.as_str())?;
        }
        Ok(())
    }

    fn outcome(&mut self, outcome: Outcome) -> Result<(), String> {
        let last = self.last.as_mut().ok_or("no command yet")?;
        last.owned = true;
        same(&outcome, &last.receipt.outcome)
    }

    fn repeated(&mut self) -> Result<(), String> {
        let last = self.last.as_mut().ok_or("no command yet")?;
        last.owned = true;
        let id = last.receipt.id.as_ref().map(ToString::to_string).unwrap_or_default();
        let first = self.first.get(&format!("{}/{id}", self.tenant));
        if last.repeated && first == Some(&last.bytes) {
            return Ok(());
        }
        Err(format!("another answer: {}", String::from_utf8_lossy(&last.bytes)))
    }

    fn events(&self, types: &[&str]) -> Result<(), String> {
        let last = self.last.as_ref().ok_or("no command yet")?;
        let found: Vec<&str> = last.events.iter().map(|e| e.kind.as_str()).collect();
        same(&types, &found.as_slice())
    }

    fn event(&self, kind: &str, body: &str) -> Result<(), String> {
        let last = self.last.as_ref().ok_or("no command yet")?;
        let wanted: Value = match body {
            "" => Value::Object(serde_json::Map::new()),
            body => serde_json::from_str(body).map_err(bad)?,
        };
        let of_kind = last.events.iter().filter(|e| e.kind == kind);
        let bodies: Vec<Value> =
            of_kind.filter_map(|e| serde_json::from_slice(&e.payload).ok()).collect();
        if bodies.iter().any(|found| contains(found, &wanted)) {
            return Ok(());
        }
        let types: Vec<&str> = last.events.iter().map(|e| e.kind.as_str()).collect();
        Err(format!("none such among {types:?}: {}", Value::Array(bodies)))
    }

    fn order(&mut self, id: &str) -> Result<Arc<Order>, String> {
        let key = EntityKey::Order(OrderId::new(id).map_err(bad)?);
        match self.entity(key)? {
            Some(Entity::Order(order)) => Ok(order),
            _ => Err(format!("order `{id}` is unknown")),
        }
    }

    fn entity(&mut self, key: EntityKey) -> Result<Option<Entity>, String> {
        let reads = ReadSet { entities: [key.clone()].into(), ..ReadSet::default() };
        let mut slice = self.engine.store().read(&self.tenant, &reads).map_err(bad)?;
        Ok(slice.entities.remove(&key).flatten().map(|v| v.entity))
    }

    fn line_of(&mut self, place: &str) -> Result<(Arc<Order>, LineId), String> {
        let (order, line) = place.split_once('/').ok_or("ORDER/LINE")?;
        let order = self.order(order)?;
        let line = LineId::new(line).map_err(bad)?;
        if order.line(&line).is_none() {
            return Err(format!("line `{line}` is unknown"));
        }
        Ok((order, line))
    }

    fn spread(&mut self, place: &str, wanted: &str) -> Result<(), String> {
        let (order, line) = self.line_of(place)?;
        let mut sums: BTreeMap<(Stage, String), u64> = BTreeMap::new();
        for h in order.line(&line).into_iter().flat_map(|l| &l.holdings) {
            let mut tail = h.at.node.as_ref().map_or(String::new(), |node| format!("@{node}"));
            if h.at.fenced {
                tail.push_str(" fenced");
            }
            *sums.entry((h.at.stage, tail)).or_insert(0) += h.qty.get();
        }
        let found: Vec<String> = sums
            .into_iter()
            .map(|((stage, tail), qty)| format!("{} {qty}{tail}", stage.name()))
            .collect();
        same(&wanted, &found.join(", ").as_str())
    }

    fn is(&mut self, what: &[&str], value: &str) -> Result<(), String> {
        let value = &value;
        match what {
            ["status", id] => same(value, &status(&*self.order(id)?).name()),
            ["holds", id] => {
                let order = self.order(id)?;
                let kinds = order.holds.iter().map(|h| serde_json::to_value(h.kind));
                let kinds: Vec<String> =
                    kinds.filter_map(|kind| Some(kind.ok()?.as_str()?.to_owned())).collect();
                let kinds = if kinds.is_empty() { "none".to_owned() } else { kinds.join(",") };
                same(value, &kinds.as_str())
            }
            ["pending", place, node] => {
                let (order, line) = self.line_of(place)?;
                let node = LocationId::new(node).map_err(bad)?;
                same(value, &order.pending_at(&line, &node).to_string().as_str())
            }
            ["excluded", id, sku, node] => {
                let order = self.order(id)?;
                let is = order
                    .exclusions
                    .iter()
                    .any(|x| x.sku.as_str() == *sku && x.node.as_str() == *node);
                same(value, &if is { "yes" } else { "no" })
            }
            ["short", place] => {
                let last = self.last.as_ref().ok_or("no command yet")?;
                let of =
                    |s: &&crate::engine::ShortNote| format!("{}/{}", s.order, s.line) == *place;
                let short: u64 = last.receipt.short.iter().filter(of).map(|s| s.qty.get()).sum();
                same(value, &short.to_string().as_str())
            }
            ["plan", id] => {
                let plan = self.plan(id)?;
                let told: Vec<String> = plan
                    .iter()
                    .flat_map(|plan| &plan.assignments)
                    .map(|a| format!("{}*{}@{}", a.line, a.qty, a.node))
                    .collect();
                let told = if told.is_empty() { "nothing".to_owned() } else { told.join(",") };
                same(value, &told.as_str())
            }
            ["unplanned", place] => {
                let (id, line) = place.split_once('/').ok_or("ORDER/LINE")?;
                let plan = self.plan(id)?;
                let short = plan.iter().flat_map(|plan| &plan.shortfalls);
                let of = short.filter(|s| s.line.as_str() == line);
                same(value, &of.map(|s| s.qty.get()).sum::<u64>().to_string().as_str())
            }
            ["outbox"] => {
                let waiting = self.engine.store().outbox(&self.tenant, 1 << 20).map_err(bad)?;
                same(value, &waiting.len().to_string().as_str())
            }
            [kind @ ("on_hand" | "good"), sku, node] => {
                let sum = self.at_node(sku, node, *kind == "good")?;
                same(value, &sum.to_string().as_str())
            }
            ["sees", sku, channel] => {
                let sum = self.sees(sku, channel)?;
                same(value, &sum.to_string().as_str())
            }
            parts => {
                let account = Account::from_parts(parts).or_else(|| match parts {
                    [kind, sku] => Account::from_parts(&["outside", sku, kind]),
                    _ => None,
                });
                let account = account.ok_or("this expectation is none of the language")?;
                let found = self.balance(account)?;
                same(value, &found.to_string().as_str())
            }
        }
    }

    /// What first fit proposes for an order; `None` where nothing of it waits.
    fn plan(&mut self, id: &str) -> Result<Option<Plan>, String> {
        let id = OrderId::new(id).map_err(bad)?;
        let (tenant, now) = (self.tenant.clone(), self.now);
        let snapshot = sourcing_snapshot(self.engine.store(), &tenant, &[id], now).map_err(bad)?;
        let Some(snapshot) = snapshot else { return Ok(None) };
        let plan = FirstFit.plan(&snapshot, Budget::UNLIMITED).map_err(bad)?;
        check(&plan.assignments, &snapshot).map_err(bad)?;
        Ok(Some(plan))
    }

    fn balance(&mut self, account: Account) -> Result<i64, String> {
        let reads = ReadSet { balances: [account.clone()].into(), ..ReadSet::default() };
        let slice = self.engine.store().read(&self.tenant, &reads).map_err(bad)?;
        Ok(slice.balances.get(&account).copied().unwrap_or(0))
    }

    fn at_node(&mut self, sku: &str, node: &str, good: bool) -> Result<i64, String> {
        let (sku, node) = (Sku::new(sku).map_err(bad)?, LocationId::new(node).map_err(bad)?);
        let mut sum = 0;
        for bucket in Bucket::ALL.into_iter().filter(|b| !good || b.is_good()) {
            sum += self.balance(Account::Node(sku.clone(), node.clone(), bucket))?;
        }
        Ok(sum)
    }

    fn sees(&mut self, sku: &str, channel: &str) -> Result<i64, String> {
        let sku = Sku::new(sku).map_err(bad)?;
        let id = ChannelId::new(channel).map_err(bad)?;
        let Some(Entity::Channel(channel)) = self.entity(EntityKey::Channel(id.clone()))? else {
            return Err(format!("channel `{id}` is unknown"));
        };
        let mut sum = 0;
        for pool in &channel.pools {
            sum += self.balance(Account::Ats(sku.clone(), pool.clone()))?;
            sum += self.balance(Account::Fenced(sku.clone(), pool.clone(), id.clone()))?;
        }
        Ok(sum)
    }
}
