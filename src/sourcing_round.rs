//! The sourcing round: snapshot, plan, check, commit.
//!
//! A round has an id like a command. Its plans are committed under ids derived from it, all in one
//! group together with the round's own receipt: either the round is answered, or nothing of it
//! happened. The same id again gives the same receipt.

use oms_core::command::{Code, Refusal, RefusalNote};
use oms_core::desk::{Decision, ReadSet};
use oms_core::engine::{
    Commit, Done, Edge, Fault, Outcome, Receipt, Rejected, ShortNote, Store, repeat,
};
use oms_core::flow::{CommitPlan, PlanLine, Request, Unreadable};
use oms_core::sourcing::{Budget, Plan, SourcingSnapshot, Unplanned, check};
use oms_core::views::{sourcing_snapshot, sourcing_work};
use oms_core::words::{CommandId, OrderId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Oms;

/// Orders that one plan sees together; a round over more makes several plans.
pub const WAVE: usize = 2_000;

/// Longest id of a round: its plans' ids are the round's with a number behind.
pub const ROUND_ID_BYTES: usize = 52;

/// Orders and shortages that a round's receipt lists at most.
const LISTED: usize = 4_096;

/// Which orders are to be sourced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// All that wait, the most urgent first.
    All,
    /// These.
    These(Vec<OrderId>),
}

/// A wish to source orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceOrders {
    /// The idempotency key.
    pub id: CommandId,
    /// The moment, where the sender sets the clock.
    pub at: Option<Timestamp>,
    /// Plan and tell, commit nothing.
    pub dry_run: bool,
    /// Which orders.
    pub which: Which,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    id: CommandId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    dry_run: bool,
    source: WireSource,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSource {
    orders: WireOrders,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum WireOrders {
    Word(String),
    These(Vec<OrderId>),
}

impl SourceOrders {
    /// Reads `{"id": …, "source": {"orders": [...] or "all"}}`.
    ///
    /// ```
    /// use oms::{SourceOrders, Which};
    /// let round = SourceOrders::parse(br#"{"id": "R1", "source": {"orders": "all"}}"#).unwrap();
    /// assert_eq!(round.which, Which::All);
    /// ```
    ///
    /// # Errors
    /// [`Unreadable`] with what was expected.
    pub fn parse(line: &[u8]) -> Result<SourceOrders, Unreadable> {
        let bad = |id, code, expected: &str, found: String| Unreadable {
            id,
            refusal: Refusal::new(code, expected, found).at("/source"),
        };
        let shape = "`{\"id\": …, \"source\": {\"orders\": [ids] or \"all\"}}`";
        let wire: Wire = serde_json::from_slice(line)
            .map_err(|e| bad(None, Code::WrongType, shape, e.to_string()))?;
        if wire.id.as_str().len() > ROUND_ID_BYTES {
            let found = format!("{} bytes", wire.id.as_str().len());
            let expected = format!("an id of at most {ROUND_ID_BYTES} bytes");
            return Err(bad(Some(wire.id), Code::IdFormat, &expected, found));
        }
        let which = match wire.source.orders {
            WireOrders::These(ids) => Which::These(ids),
            WireOrders::Word(word) if word == "all" => Which::All,
            WireOrders::Word(word) => {
                return Err(bad(Some(wire.id), Code::WrongType, "`all` or ids", word));
            }
        };
        Ok(SourceOrders { id: wire.id, at: wire.at, dry_run: wire.dry_run, which })
    }

    fn content(&self) -> Result<Vec<u8>, Fault> {
        let orders = match &self.which {
            Which::All => WireOrders::Word("all".to_owned()),
            Which::These(ids) => WireOrders::These(ids.clone()),
        };
        let content = serde_json::json!({ "source": WireSource { orders } });
        Ok(serde_json::to_vec(&content)?)
    }
}

impl<S: Store> Oms<S> {
    /// A snapshot of what waits to be sourced; `None` when nothing does.
    ///
    /// # Errors
    /// The store's [`Fault`].
    pub fn snapshot(
        &mut self,
        which: &Which,
        now: Timestamp,
    ) -> Result<Option<SourcingSnapshot>, Fault> {
        let ids = match which {
            Which::These(ids) => ids.clone(),
            Which::All => {
                let limit = self.limits.keys;
                sourcing_work(self.engine.store(), &self.tenant, None, limit)?.0
            }
        };
        sourcing_snapshot(self.engine.store(), &self.tenant, &ids, now)
    }

    /// Plans without committing anything; `None` when nothing waits.
    ///
    /// # Errors
    /// The store's [`Fault`]; a plan that breaks a rule is the sourcer's fault and told as such.
    pub fn propose(
        &mut self,
        which: &Which,
        now: Timestamp,
    ) -> Result<Option<(SourcingSnapshot, Plan)>, Fault> {
        let Some(snapshot) = self.snapshot(which, now)? else { return Ok(None) };
        let plan = self.plan(&snapshot)?;
        Ok(Some((snapshot, plan)))
    }

    /// A checked plan: what a sourcer proposes is re-checked by code that shares nothing with it.
    fn plan(&self, snapshot: &SourcingSnapshot) -> Result<Plan, Fault> {
        let by = self.sourcer.name().to_owned();
        let failed = |why: String| Fault::Io { doing: format!("plan with `{by}`"), why };
        let plan = self
            .sourcer
            .plan(snapshot, Budget::UNLIMITED)
            .map_err(|unplanned: Unplanned| failed(unplanned.to_string()))?;
        check(&plan.assignments, snapshot).map_err(|broken| failed(broken.to_string()))?;
        Ok(plan)
    }

    /// Runs a sourcing round to its receipt.
    ///
    /// # Errors
    /// A [`Fault`]; then nothing of the round happened.
    pub fn source(&mut self, round: &SourceOrders, now: Timestamp) -> Result<Done, Fault> {
        let now = round.at.unwrap_or(now);
        let content = round.content()?;
        let mut receipt = Receipt::new(round.id.clone(), "source", Outcome::Accepted, now);
        receipt.dry_run = round.dry_run;
        if let Some(done) = self.answered(round, &content, &receipt)? {
            return Ok(done);
        }
        if round.dry_run {
            if let Some((snapshot, plan)) = self.propose(&round.which, now)? {
                tell_shorts(&mut receipt, &snapshot, &plan);
                let assigned = plan.assignments.len();
                receipt.events.push(format!("{assigned} assignments planned"));
            }
            let bytes = serde_json::to_vec(&receipt)?;
            return Ok(Done { receipt, bytes, repeated: false });
        }
        self.engine.store().group(Edge::Begin)?;
        match self.waves(round, now, receipt, content) {
            Ok(done) => {
                self.engine.store().group(Edge::End)?;
                Ok(done)
            }
            Err(fault) => {
                self.engine.store().group(Edge::Abandon)?;
                Err(fault)
            }
        }
    }

    /// The answer to an earlier sending, if there was one.
    fn answered(
        &mut self,
        round: &SourceOrders,
        content: &[u8],
        receipt: &Receipt,
    ) -> Result<Option<Done>, Fault> {
        let reads = ReadSet { answered: Some(round.id.clone()), ..ReadSet::default() };
        let slice = self.engine.store().read(&self.tenant, &reads)?;
        let Some(answered) = slice.answered else { return Ok(None) };
        if let Some(refusal) = repeat(&answered, content)? {
            let mut receipt = receipt.clone();
            receipt.outcome = Outcome::Refused;
            receipt.refusal = Some(RefusalNote::from(&refusal));
            let bytes = serde_json::to_vec(&receipt)?;
            return Ok(Some(Done { receipt, bytes, repeated: false }));
        }
        let receipt = serde_json::from_slice(&answered.receipt)?;
        Ok(Some(Done { receipt, bytes: answered.receipt, repeated: true }))
    }

    /// Wave after wave inside the group, then the round's own receipt.
    fn waves(
        &mut self,
        round: &SourceOrders,
        now: Timestamp,
        mut receipt: Receipt,
        content: Vec<u8>,
    ) -> Result<Done, Fault> {
        let mut ordinal = 0;
        let mut place: Option<String> = None;
        let mut chunks = match &round.which {
            Which::These(ids) => ids.chunks(WAVE).map(<[OrderId]>::to_vec).collect::<Vec<_>>(),
            Which::All => Vec::new(),
        }
        .into_iter();
        loop {
            let ids = match &round.which {
                Which::These(_) => match chunks.next() {
                    Some(ids) => ids,
                    None => break,
                },
                Which::All => {
                    let (store, after) = (self.engine.store(), place.as_deref());
                    let (ids, last) = sourcing_work(store, &self.tenant, after, WAVE)?;
                    if ids.is_empty() {
                        break;
                    }
                    place = last;
                    ids
                }
            };
            self.wave(round, &ids, now, &mut ordinal, &mut receipt)?;
        }
        let ctx = self.context(now);
        let commit = Commit::new(&ctx, round.id.clone(), Decision::default(), content, receipt);
        match self.engine.store().commit(&commit) {
            Ok(sealed) => {
                Ok(Done { receipt: sealed.receipt, bytes: sealed.receipt_bytes, repeated: false })
            }
            Err(Rejected::Fault(fault)) => Err(fault),
            Err(_) => Err(Fault::Busy("the same round was answered at this moment".to_owned())),
        }
    }

    fn wave(
        &mut self,
        round: &SourceOrders,
        ids: &[OrderId],
        now: Timestamp,
        ordinal: &mut u64,
        receipt: &mut Receipt,
    ) -> Result<(), Fault> {
        let Some(snapshot) = sourcing_snapshot(self.engine.store(), &self.tenant, ids, now)? else {
            return Ok(());
        };
        let plan = self.plan(&snapshot)?;
        for (order, part) in plan.into_orders() {
            tell_shorts(receipt, &snapshot, &part);
            if part.assignments.is_empty() {
                continue;
            }
            let Some(decision) = part.records.get(&order) else { continue };
            let id = CommandId::new(format!("{}#{ordinal}", round.id)).map_err(|e| Fault::Io {
                doing: "derive a plan's id".to_owned(),
                why: e.to_string(),
            })?;
            *ordinal += 1;
            let lines = part.assignments.iter().map(|a| PlanLine {
                line: a.line.clone(),
                node: a.node.clone(),
                qty: a.qty,
            });
            let commit = CommitPlan {
                order: order.clone(),
                based_on: Some(part.based_on),
                assignments: lines.collect(),
                decision: Some(Box::new(decision.clone())),
                partial: true,
            };
            let done = self.execute(Request::new(id, commit), now)?;
            let room = LISTED.saturating_sub(receipt.orders.len());
            receipt.orders.extend(done.receipt.orders.into_iter().take(room));
            let room = LISTED.saturating_sub(receipt.short.len());
            receipt.short.extend(done.receipt.short.into_iter().take(room));
        }
        Ok(())
    }
}

/// What a plan leaves, with the reason of each shortfall.
fn tell_shorts(receipt: &mut Receipt, snapshot: &SourcingSnapshot, plan: &Plan) {
    for s in &plan.shortfalls {
        if receipt.short.len() >= LISTED {
            return;
        }
        let order = snapshot.orders.binary_search_by(|o| o.id.cmp(&s.order)).ok();
        let order = order.and_then(|i| snapshot.orders.get(i));
        let line = order.and_then(|o| o.lines.iter().find(|l| l.id == s.line));
        let Some(line) = line else { continue };
        receipt.short.push(ShortNote {
            order: s.order.clone(),
            line: s.line.clone(),
            sku: line.sku.clone(),
            qty: s.qty,
            code: s.reason.code().to_owned(),
        });
    }
}
