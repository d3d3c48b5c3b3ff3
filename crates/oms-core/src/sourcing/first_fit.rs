//! The rules of a careful dispatcher, without a solver.
//!
//! Orders are served by priority, then by the moment they were placed, then by id. For each group of an
//! order the node that can ship the most of it wins, the cheapest among equals, then the fastest, then the
//! lowest id; what is left goes on to the next node, until nothing more fits. So a group ships from one
//! node where any node has all of it, and else in few packages.

use super::index::{OrderIndex, SnapshotIndex};
use super::plan::{Assignment, Plan, ShortReason, Shortfall, Unplanned};
use super::snapshot::SourcingSnapshot;
use super::sourcer::{Budget, Sourcer};
use crate::decision::{DecidedBy, DecisionRecord, Inputs};
use crate::words::{LineId, Qty};

mod attempt;
mod field;
mod fields;
mod follow;
mod left;
mod tally;
mod tell;

use attempt::{Attempt, Scope};
use field::Scratch;
use left::Left;

pub use attempt::Take;
pub use field::{Candidate, Field, FieldRow};
pub use fields::Fields;

/// The default sourcer: rules, order by order, exact and explained.
///
/// It keeps every rule that [`check`](super::check) knows. It looks at one order at a time, so it may take
/// the only unit that would have spared a later order a second package; a solver sees that, rules do not.
///
/// # Cost
/// O(nodes that hold one of the order's SKUs × lines × packages) per order.
///
/// # Example
/// ```
/// use oms_core::sourcing::{Budget, FirstFit, Sourcer, SourcingSnapshot};
/// use oms_core::words::{Currency, Timestamp};
///
/// let snapshot = SourcingSnapshot::new(42, Timestamp::MIN, Currency::new("USD")?);
/// let plan = FirstFit.plan(&snapshot, Budget::UNLIMITED).unwrap();
/// assert_eq!(plan.based_on, 42);
/// assert!(plan.assignments.is_empty() && plan.shortfalls.is_empty());
/// # Ok::<(), oms_core::words::WordError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FirstFit;

impl Sourcer for FirstFit {
    fn name(&self) -> &str {
        "first_fit"
    }

    fn version(&self) -> &str {
        "1"
    }

    fn plan(&self, snapshot: &SourcingSnapshot, budget: Budget) -> Result<Plan, Unplanned> {
        let index = SnapshotIndex::new(snapshot)?;
        let mut scratch = Scratch::new(index.nodes().len());
        let mut round = Round::new(&index, DecidedBy::model(self.name(), self.version()), budget);
        for order in index.orders() {
            round.serve(order, &mut scratch)?;
        }
        Ok(round.plan)
    }
}

/// One run over all orders.
struct Round<'r, 'a> {
    index: &'r SnapshotIndex<'a>,
    left: Left,
    steps: u64,
    by: DecidedBy,
    inputs: Inputs,
    plan: Plan,
}

impl<'r, 'a> Round<'r, 'a> {
    fn new(index: &'r SnapshotIndex<'a>, by: DecidedBy, budget: Budget) -> Self {
        let snapshot = index.snapshot();
        Self {
            index,
            left: Left::new(index),
            steps: budget.get(),
            by,
            inputs: Inputs { seq: snapshot.seq, hash: snapshot.fingerprint() },
            plan: Plan::empty(snapshot.seq),
        }
    }

    fn serve(&mut self, order: &'r OrderIndex<'a>, scratch: &mut Scratch) -> Result<(), Unplanned> {
        if self.steps == 0 {
            self.pass_over(order, ShortReason::Budget);
        } else if !self.passes_over(order) {
            let field = Field::gather(self.index, order, &self.left, scratch);
            self.steps = self.steps.saturating_sub(field.looked_at);
            self.complete(Attempt::new(self.index, order, &field))?;
        }
        Ok(())
    }

    /// Whether nothing is to be done for an order: it wants nothing, or is on hold, which is written down.
    fn passes_over(&mut self, order: &OrderIndex<'a>) -> bool {
        if order.row.on_hold {
            self.pass_over(order, ShortReason::OnHold);
        }
        order.row.on_hold || !wants_any(order)
    }

    /// Leaves an order unserved.
    fn pass_over(&mut self, order: &OrderIndex<'a>, reason: ShortReason) {
        if !wants_any(order) {
            return;
        }
        let reason = if order.row.on_hold { ShortReason::OnHold } else { reason };
        for line in &order.lines {
            self.short(order, &line.row.id, line.wanted, reason);
        }
        let record = DecisionRecord::new(self.by.clone(), self.inputs.clone());
        self.plan.records.insert(order.row.id.clone(), record);
    }

    /// Fills what is unfilled of an order, and writes down what came of it.
    fn complete(&mut self, mut attempt: Attempt<'_, 'a>) -> Result<(), Unplanned> {
        let (index, order, field) = (attempt.index, attempt.order, attempt.field);
        let single = order.row.constraints.single_node;
        let start = self.left.mark();
        self.fill(&mut attempt, single);
        let mut reasons = attempt.reasons(&self.left, single);
        if order.row.constraints.ship_complete && !attempt.is_complete() {
            self.left.undo_to(start);
            if !single {
                attempt = Attempt::new(index, order, field);
                self.fill(&mut attempt, true);
            }
            if !attempt.is_complete() {
                self.left.undo_to(start);
                attempt = Attempt::new(index, order, field);
                for reason in &mut reasons {
                    *reason = reason.or(Some(ShortReason::NotComplete));
                }
            }
        }
        for (line, (reason, unfilled)) in
            order.lines.iter().zip(reasons.into_iter().zip(attempt.unfilled()))
        {
            let reason = reason.unwrap_or(ShortReason::NotComplete);
            self.short(order, &line.row.id, *unfilled, reason);
        }
        attempt.join(&self.left);
        self.write(&attempt)
    }

    /// Writes down what was taken, and the evidence.
    fn write(&mut self, attempt: &Attempt<'_, 'a>) -> Result<(), Unplanned> {
        let order = attempt.order;
        let mut record = DecisionRecord::new(self.by.clone(), self.inputs.clone());
        attempt.field.tally.write(self.index, order, &mut record);
        record.chosen = attempt.choices()?;
        for take in attempt.takes() {
            let line = order.lines.get(take.line);
            let node = self.index.nodes().get(take.node);
            if let (Some(line), Some(node)) = (line, node) {
                self.plan.assignments.push(Assignment {
                    order: order.row.id.clone(),
                    line: line.row.id.clone(),
                    node: node.row.id.clone(),
                    qty: quantity(take.qty),
                });
            }
        }
        self.plan.records.insert(order.row.id.clone(), record);
        Ok(())
    }

    /// Takes units package by package until nothing more fits.
    ///
    /// Every group gets one package before any gets a second, so that a limit on packages does not starve
    /// the last group.
    fn fill(&mut self, attempt: &mut Attempt<'_, 'a>, single: bool) {
        let mut all: Vec<usize> = (0..attempt.field.candidates.len()).collect();
        if single {
            let rules = attempt.order.row;
            if rules.constraints.single_node && !rules.held.is_empty() {
                // The nodes are chosen: the candidates are those that hold parts of the order.
                while self.step(attempt, Scope::Whole, &mut all) {}
                return;
            }
            // What a sketch took has chosen the node.
            let chosen = attempt.takes().first().map(|take| take.node);
            let field = attempt.field;
            all.retain(|at| {
                let node = field.candidates.get(*at).map(|candidate| candidate.node);
                chosen.is_none() || node == chosen
            });
            self.step(attempt, Scope::Whole, &mut all);
            return;
        }
        let mut groups: Vec<_> =
            (0..attempt.order.groups.len()).map(|group| (group, all.clone())).collect();
        for (group, active) in &mut groups {
            self.step(attempt, Scope::Group(*group), active);
        }
        for (group, active) in &mut groups {
            while self.step(attempt, Scope::Group(*group), active) {}
        }
    }

    /// Takes one package, if there is one and the budget allows to look for it.
    fn step(
        &mut self,
        attempt: &mut Attempt<'_, '_>,
        scope: Scope,
        active: &mut Vec<usize>,
    ) -> bool {
        if attempt.is_complete() || active.is_empty() {
            return false;
        }
        if self.steps == 0 {
            attempt.spend_budget();
            return false;
        }
        self.steps = self.steps.saturating_sub(u64::try_from(active.len()).unwrap_or(u64::MAX));
        attempt.take_best(&mut self.left, scope, active)
    }

    fn short(&mut self, order: &OrderIndex<'_>, line: &LineId, units: u64, reason: ShortReason) {
        if units > 0 {
            let (order, line) = (order.row.id.clone(), line.clone());
            self.plan.shortfalls.push(Shortfall { order, line, qty: quantity(units), reason });
        }
    }
}

fn wants_any(order: &OrderIndex<'_>) -> bool {
    order.lines.iter().any(|line| line.wanted > 0)
}

/// Makes a quantity of units that the index bounded before.
fn quantity(units: u64) -> Qty {
    Qty::new(units).unwrap_or(Qty::MAX)
}
