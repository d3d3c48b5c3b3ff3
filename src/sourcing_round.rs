//! The sourcing round: snapshot, plan, check, commit.
//!
//! A round has an id like a command. Its plans are committed under ids derived from it, all in one
//! group together with the round's own receipt: either the round is answered, or nothing of it
//! happened. The same id again gives the same receipt.

use std::sync::Arc;

use oms_core::command::{Code, Context, Refusal, RefusalNote};
use oms_core::desk::{Decision, Entity, EntityKey, ReadSet};
use oms_core::engine::{
    Commit, Done, Edge, Fault, Outcome, Receipt, Rejected, ShortNote, SkippedNote, Store, repeat,
};
use oms_core::flow::{CommitPlan, PlanLine, Request, Sending};
use oms_core::order::{Order, Verb};
use oms_core::sourcing::{Budget, Plan, SourcingSnapshot, Unplanned, check};
use oms_core::views::{sourcing_snapshot, sourcing_work};
use oms_core::words::{CommandId, OrderId, Timestamp};

use crate::{Oms, SourceOrders, Which};

/// Orders that one plan sees together; a round over more makes several plans.
pub const WAVE: usize = 1_000;

/// Lines that one plan sees together, unless a single order has more: what a round takes of memory
/// does not depend on how much waits.
pub const WAVE_LINES: usize = 4_000;

/// Orders that are looked at together: few, for each may have thousands of lines.
const LOOK: usize = 8;

/// Orders, shortages and orders gone past that a round's receipt lists at most, of each.
const LISTED: usize = 4_096;

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
    /// An order that is named and cannot be sourced (it is unknown, on hold, or its plan was
    /// refused) stands in the receipt as skipped, with the reason. A plan is made for every [`WAVE`]
    /// orders or [`WAVE_LINES`] lines, from a fresh snapshot.
    ///
    /// A dry run plans the same and tells the same. Over more than one wave it takes the writer's place
    /// and gives it back without a change: later waves must see what earlier ones take.
    ///
    /// # Errors
    /// A [`Fault`]; then nothing of the round happened.
    pub fn source(&mut self, round: &SourceOrders, now: Timestamp) -> Result<Done, Fault> {
        let Sending { id, dry_run, .. } = &round.sending;
        let ctx = round.sending.under(self.context(now));
        let mut receipt = Receipt::new(id.clone(), "source", Outcome::Accepted, ctx.now);
        receipt.dry_run = *dry_run;
        if let Err(refusal) = round.sending.means(&self.tenant) {
            return told(refused(receipt, &refusal));
        }
        let content = round.content()?;
        if let Some(done) = self.answered(round, &content, &receipt)? {
            return Ok(done);
        }
        if let Err(refusal) = round.check(&self.limits) {
            let receipt = refused(receipt, &refusal);
            if *dry_run || !refusal.code.class().is_remembered() {
                return told(receipt);
            }
            return self.settle(&ctx, round, content, receipt);
        }
        if *dry_run && self.is_one_wave(&round.which)? {
            self.pass_over(round, &mut receipt)?;
            self.waves(round, &ctx, true, &mut receipt)?;
            return told(receipt);
        }
        self.engine.store().group(Edge::Begin)?;
        let done = self
            .pass_over(round, &mut receipt)
            .and_then(|()| self.waves(round, &ctx, false, &mut receipt))
            .and_then(|()| match *dry_run {
                true => told(receipt),
                false => self.settle(&ctx, round, content, receipt),
            });
        let edge = if done.is_ok() && !*dry_run { Edge::End } else { Edge::Abandon };
        self.engine.store().group(edge)?;
        done
    }

    /// The answer to an earlier sending, if there was one.
    fn answered(
        &mut self,
        round: &SourceOrders,
        content: &[u8],
        receipt: &Receipt,
    ) -> Result<Option<Done>, Fault> {
        let reads = ReadSet { answered: Some(round.sending.id.clone()), ..ReadSet::default() };
        let slice = self.engine.store().read(&self.tenant, &reads)?;
        let Some(answered) = slice.answered else { return Ok(None) };
        if let Some(refusal) = repeat(&answered, content)? {
            return told(refused(receipt.clone(), &refusal)).map(Some);
        }
        let receipt = serde_json::from_slice(&answered.receipt)?;
        Ok(Some(Done { receipt, bytes: answered.receipt, repeated: true }))
    }

    /// Makes the round's receipt its answer for good.
    fn settle(
        &mut self,
        ctx: &Context,
        round: &SourceOrders,
        content: Vec<u8>,
        receipt: Receipt,
    ) -> Result<Done, Fault> {
        let commit =
            Commit::new(ctx, round.sending.id.clone(), Decision::default(), content, receipt);
        match self.engine.store().commit(&commit) {
            Ok(sealed) => {
                Ok(Done { receipt: sealed.receipt, bytes: sealed.receipt_bytes, repeated: false })
            }
            Err(Rejected::Fault(fault)) => Err(fault),
            Err(_) => Err(Fault::Busy("the same round was answered at this moment".to_owned())),
        }
    }

    /// Tells which of the named orders no plan can be made for.
    fn pass_over(&mut self, round: &SourceOrders, receipt: &mut Receipt) -> Result<(), Fault> {
        let Which::These(ids) = &round.which else { return Ok(()) };
        for ids in ids.chunks(LOOK) {
            for (id, order) in ids.iter().zip(self.orders(ids)?) {
                let (code, detail) = match order.map(|o| o.held_against(Verb::CommitPlan)) {
                    Some(None) => continue,
                    Some(Some(kind)) => {
                        (Code::OrderOnHold, format!("a {kind:?} hold").to_lowercase())
                    }
                    None => (Code::OrderUnknown, format!("`{id}`")),
                };
                let note = SkippedNote { order: id.clone(), code: code.name().to_owned(), detail };
                list(&mut receipt.skipped, &mut receipt.unlisted, [note]);
            }
        }
        Ok(())
    }

    /// A few orders, where they are.
    fn orders(&mut self, ids: &[OrderId]) -> Result<Vec<Option<Arc<Order>>>, Fault> {
        let mut reads = ReadSet::default();
        reads.entities.extend(ids.iter().cloned().map(EntityKey::Order));
        let slice = self.engine.store().read(&self.tenant, &reads)?;
        let found = ids.iter().map(|id| {
            let found = slice.entities.get(&EntityKey::Order(id.clone()))?.as_ref()?;
            match &found.entity {
                Entity::Order(order) => Some(Arc::clone(order)),
                _ => None,
            }
        });
        Ok(found.collect())
    }

    /// Whether one plan can see all of the orders together.
    fn is_one_wave(&mut self, which: &Which) -> Result<bool, Fault> {
        let ids = match which {
            Which::These(ids) => ids.clone(),
            Which::All => sourcing_work(self.engine.store(), &self.tenant, None, WAVE + 1)?.0,
        };
        Ok(self.wave_end(&ids)? == ids.len())
    }

    /// How many of the orders the next wave has.
    fn wave_end(&mut self, ids: &[OrderId]) -> Result<usize, Fault> {
        let (mut orders, mut lines) = (0, 0);
        for ids in ids.chunks(LOOK) {
            for order in self.orders(ids)? {
                lines += order.map_or(0, |order| order.lines.len());
                if orders == WAVE || (lines > WAVE_LINES && orders > 0) {
                    return Ok(orders);
                }
                orders += 1;
            }
        }
        Ok(orders)
    }

    /// Wave after wave: the orders that are named, or all that wait.
    fn waves(
        &mut self,
        round: &SourceOrders,
        ctx: &Context,
        dry_run: bool,
        receipt: &mut Receipt,
    ) -> Result<(), Fault> {
        let mut wave = Wave { round, ctx, dry_run, ordinal: 0, receipt };
        if let Which::These(ids) = &round.which {
            return self.parts(ids, &mut wave);
        }
        let mut place: Option<String> = None;
        loop {
            let (store, after) = (self.engine.store(), place.as_deref());
            let (ids, last) = sourcing_work(store, &self.tenant, after, WAVE)?;
            if ids.is_empty() {
                return Ok(());
            }
            place = last;
            self.parts(&ids, &mut wave)?;
        }
    }

    /// The orders in as many waves as they need.
    fn parts(&mut self, mut ids: &[OrderId], wave: &mut Wave<'_>) -> Result<(), Fault> {
        while !ids.is_empty() {
            let (now, later) = ids.split_at(self.wave_end(ids)?.clamp(1, ids.len()));
            ids = later;
            let (store, at) = (self.engine.store(), wave.ctx.now);
            let Some(snapshot) = sourcing_snapshot(store, &self.tenant, now, at)? else { continue };
            let plan = self.plan(&snapshot)?;
            self.assign(&snapshot, plan, wave)?;
        }
        Ok(())
    }

    /// Commits a plan order by order, or tells what each commit would do.
    fn assign(
        &mut self,
        snapshot: &SourcingSnapshot,
        plan: Plan,
        wave: &mut Wave<'_>,
    ) -> Result<(), Fault> {
        for (order, part) in plan.into_orders() {
            let Wave { round, ctx, dry_run, ordinal, receipt } = &mut *wave;
            tell_shorts(receipt, snapshot, &part);
            if part.assignments.is_empty() {
                continue;
            }
            let Some(decision) = part.records.get(&order) else { continue };
            let id = CommandId::new(format!("{}#{ordinal}", round.sending.id)).map_err(|e| {
                Fault::Io { doing: "derive a plan's id".to_owned(), why: e.to_string() }
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
            let mut request = Request::new(id, commit);
            request.sending.dry_run = *dry_run;
            let done = self.engine.execute(ctx, request)?.receipt;
            if let Some(refusal) = done.refusal {
                let (code, detail) = (refusal.code, refusal.found);
                let note = SkippedNote { order, code, detail };
                list(&mut receipt.skipped, &mut receipt.unlisted, [note]);
            } else {
                list(&mut receipt.orders, &mut receipt.unlisted, done.orders);
            }
            list(&mut receipt.short, &mut receipt.unlisted, done.short);
        }
        Ok(())
    }
}

/// What the waves of a round have in common.
struct Wave<'a> {
    round: &'a SourceOrders,
    ctx: &'a Context,
    /// Each commit is told and not made.
    dry_run: bool,
    /// The number of the next plan.
    ordinal: u64,
    receipt: &'a mut Receipt,
}

/// Adds notes up to the bound, and counts those beyond it.
fn list<T>(notes: &mut Vec<T>, unlisted: &mut u64, more: impl IntoIterator<Item = T>) {
    for note in more {
        if notes.len() < LISTED {
            notes.push(note);
        } else {
            *unlisted = unlisted.saturating_add(1);
        }
    }
}

/// A receipt that says no.
fn refused(mut receipt: Receipt, refusal: &Refusal) -> Receipt {
    receipt.outcome = Outcome::Refused;
    receipt.refusal = Some(RefusalNote::from(refusal));
    receipt
}

/// A receipt that is told and not kept.
fn told(receipt: Receipt) -> Result<Done, Fault> {
    let bytes = serde_json::to_vec(&receipt)?;
    Ok(Done { receipt, bytes, repeated: false })
}

/// What a plan leaves, with the reason of each shortfall.
fn tell_shorts(receipt: &mut Receipt, snapshot: &SourcingSnapshot, plan: &Plan) {
    for s in &plan.shortfalls {
        let order = snapshot.orders.binary_search_by(|o| o.id.cmp(&s.order)).ok();
        let order = order.and_then(|i| snapshot.orders.get(i));
        let line = order.and_then(|o| o.lines.iter().find(|l| l.id == s.line));
        let Some(line) = line else { continue };
        let note = ShortNote {
            order: s.order.clone(),
            line: s.line.clone(),
            sku: line.sku.clone(),
            qty: s.qty,
            code: s.reason.code().to_owned(),
        };
        list(&mut receipt.short, &mut receipt.unlisted, [note]);
    }
}
