//! `commit_plan`: a sourcing plan becomes binding: units are tied to the stock of nodes.
//!
//! The plan is a proposal. Everything that the ledgers know is checked anew against the state of
//! now, with code that shares nothing with any sourcer. Units of a line that go to a node come
//! first from what the line has reserved in the node's pool, then from its open units (claimed in
//! the node's pool as at placing, own fence first), then from what it has reserved in another pool
//! (given back there, claimed anew here). Which lane is taken and whether it meets the requested
//! window is the planner's concern; what comes of it is told by the promise.
//!
//! Units allocated for shipping have no deadline: they are tied until something is done about them.
//! A pickup's deadline begins anew.
//!
//! Refusals, in order: `invalid.empty`, `limit.count`, `invalid.quantity_zero`,
//! `invalid.duplicate`; `limit.count`, `limit.bytes` of the decision; `order.unknown`,
//! `order.closed`, `order.on_hold`; per assignment
//! `line.unknown`, `location.unknown`, `location.closed`, `invalid.group_kind`, `plan.infeasible`
//! (a pool that the channel does not sell from), `node.incapable`, `node.excluded`,
//! `plan.infeasible` (a node with lanes of which none leads there);
//! `line.stage_forbids` (nothing of the line awaits a node), `plan.stale`; `plan.infeasible` (line
//! split, single node, packages, ship complete); `node.at_capacity`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::place_order::{count, twice};
use super::receive_stock::some;
use super::verb::{Sealer, Verb, plain};
use crate::command::{Code, Limits, Refusal};
use crate::decision::{DecidedBy, DecisionRecord, Inputs};
use crate::desk::{Desk, EntityKey, ReadSet, Short, Stop};
use crate::event::{Event, PlanCommitted, Shift};
use crate::order::{Order, Verb as Move};
use crate::words::{GroupId, LineId, LocationId, OrderId, Qty};

mod allocate;
mod evidence;
mod rules;

use allocate::{Allocation, Case};

/// Makes a plan for one order binding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitPlan {
    /// The order.
    pub order: OrderId,
    /// The position of the log that the plan was made from, for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub based_on: Option<u64>,
    /// What goes where.
    pub assignments: Vec<PlanLine>,
    /// Who chose what, and why; the actor's own choice when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Box<DecisionRecord>>,
    /// Commit what still holds: lines that have moved are left out and told as short.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
}

/// Units of one line for one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanLine {
    /// The line.
    pub line: LineId,
    /// The node.
    pub node: LocationId,
    /// How many base units.
    pub qty: Qty,
}

impl Verb for CommitPlan {
    fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        count(self.assignments.len(), limits.assignments, "/assignments")?;
        let mut seen = BTreeSet::new();
        for (index, a) in self.assignments.iter().enumerate() {
            some(a.qty, &format!("/assignments/{index}/qty"))?;
            if !seen.insert((&a.line, &a.node)) {
                return Err(twice(a.line.as_str(), format!("/assignments/{index}/line")));
            }
        }
        self.decision.as_ref().map_or(Ok(()), |record| evidence::bounded(record, limits))
    }

    fn reads(&self) -> ReadSet {
        let mut reads = ReadSet::default();
        reads.entity(EntityKey::Order(self.order.clone()));
        for a in &self.assignments {
            reads.entity(EntityKey::Location(a.node.clone()));
        }
        reads
    }

    fn decide(&self, desk: &mut Desk<'_>) -> Result<(), Stop> {
        let order = super::work::live_order(desk, &self.order)?;
        super::work::not_held(&order, Move::CommitPlan)?;
        allocate::load(desk, &order, &self.assignments)?;
        let cases = rules::cases(desk, &order, &self.assignments)?;
        let Allocation { shifting, moved } = allocate::allocate(desk, &order, &cases)?;
        if !moved.is_empty() && !self.partial {
            return Err(self.stale(&order, &cases, &moved).into());
        }
        let kept: Vec<&Case<'_>> = cases.iter().filter(|c| !moved.contains_key(&c.at)).collect();
        if kept.is_empty() {
            return Err(self.stale(&order, &cases, &moved).into());
        }
        let policy = desk.policy(Some(&order.placed.channel), None)?;
        rules::whole_order(&order, &kept, &policy)?;
        has_capacity(desk, &order, &kept)?;
        let groups: BTreeMap<GroupId, BTreeSet<LocationId>> = groups(&order, &kept);
        let shorts = shorts(&order, &cases, &moved);
        drop(kept);
        drop(cases);
        drop(order);
        desk.emit_shift(shifting)?;
        let decision = self.decision.clone().unwrap_or_else(|| self.by_hand(desk));
        let order = self.order.clone();
        desk.emit(Event::PlanCommitted(PlanCommitted { order, decision }), Vec::new())?;
        for short in shorts {
            desk.short(short);
        }
        super::promise::tell(desk, &self.order, &groups, "plan_committed")
    }

    fn content(&self, _: Sealer<'_>) -> Result<Vec<u8>, serde_json::Error> {
        plain(self)
    }
}

impl CommitPlan {
    /// The record of a choice that was made without a model.
    fn by_hand(&self, desk: &Desk<'_>) -> Box<DecisionRecord> {
        let by = match desk.ctx().actor.clone() {
            Some(actor) => DecidedBy::Actor(actor),
            None => DecidedBy::model("by_hand", "1"),
        };
        let seq = self.based_on.unwrap_or(0);
        Box::new(DecisionRecord::new(by, Inputs { seq, hash: String::new() }))
    }

    /// Names every line that has moved, and what is there instead.
    fn stale(&self, order: &Order, cases: &[Case<'_>], moved: &BTreeMap<usize, Moved>) -> Refusal {
        let first = cases.iter().find(|c| moved.contains_key(&c.at)).map_or(0, |c| c.index);
        // A line of which nothing awaits a node any more has not moved a little: it is done.
        let gone = moved.values().all(|m| m.nothing_left);
        let code = if gone { Code::StageForbids } else { Code::PlanStale };
        let found: Vec<String> = moved
            .iter()
            .filter_map(|(at, m)| Some((order.lines.get(*at)?, m)))
            .map(|(line, m)| format!("line `{}`: {}", line.given.line, m.found))
            .collect();
        let expected = match self.based_on {
            Some(seq) => format!("what the plan saw at {seq}"),
            None => "what the plan saw".to_owned(),
        };
        Refusal::new(code, expected, found.join("; ")).at(format!("/assignments/{first}"))
    }
}

/// Why a line cannot be had as planned.
#[derive(Clone, Debug)]
struct Moved {
    /// What is there.
    found: String,
    /// Nothing of the line awaits a node.
    nothing_left: bool,
}

/// Every node that the order is new to has room for it today.
fn has_capacity(desk: &Desk<'_>, order: &Order, kept: &[&Case<'_>]) -> Result<(), Stop> {
    let nothing = Shift::new(Move::CommitPlan, order.id.clone());
    let mut seen = BTreeSet::new();
    for case in kept.iter().filter(|c| seen.insert(&c.node.id)) {
        if !desk.has_capacity(order, &nothing, &case.node)? {
            let most = case.node.capacity_orders_per_day.unwrap_or(0);
            let expected = format!("fewer than {most} orders at `{}` today", case.node.id);
            let refusal = Refusal::new(Code::NodeAtCapacity, expected, format!("{most} taken"));
            return Err(refusal.at(format!("/assignments/{}/node", case.index)).into());
        }
    }
    Ok(())
}

/// The groups that get units, and from which nodes.
fn groups(order: &Order, kept: &[&Case<'_>]) -> BTreeMap<GroupId, BTreeSet<LocationId>> {
    let mut groups: BTreeMap<GroupId, BTreeSet<LocationId>> = BTreeMap::new();
    for case in kept {
        if let Some(group) = order.group_of(case.line) {
            groups.entry(group.group.clone()).or_default().insert(case.node.id.clone());
        }
    }
    groups
}

/// What a partial commit leaves out, by line.
fn shorts(order: &Order, cases: &[Case<'_>], moved: &BTreeMap<usize, Moved>) -> Vec<Short> {
    let mut sums: BTreeMap<usize, Qty> = BTreeMap::new();
    for case in cases.iter().filter(|c| moved.contains_key(&c.at)) {
        let sum = sums.entry(case.at).or_insert(Qty::ZERO);
        *sum = sum.checked_add(case.qty).unwrap_or(Qty::MAX);
    }
    sums.into_iter()
        .filter_map(|(at, qty)| Some((order.lines.get(at)?, qty)))
        .map(|(line, qty)| Short {
            order: order.id.clone(),
            line: line.given.line.clone(),
            sku: line.given.sku.clone(),
            qty,
            code: Code::PlanStale,
        })
        .collect()
}
