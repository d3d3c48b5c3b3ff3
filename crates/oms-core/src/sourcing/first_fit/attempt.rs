//! One order being filled: what each node offers, what was taken, and why the rest was not.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::super::index::{LaneIndex, OrderIndex, SnapshotIndex};
use super::super::plan::ShortReason;
use super::field::{Candidate, Field, FieldRow};
use super::left::Left;
use crate::words::{GroupId, LocationId};

/// Units of one line of an order, taken at one node; all by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Take {
    /// The position of the line in the order.
    pub line: usize,
    /// The number of the node.
    pub node: usize,
    /// How many units.
    pub qty: u64,
}

/// Which lines of the order are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scope {
    /// Those of one group.
    Group(usize),
    /// All.
    Whole,
}

/// What a node could ship of a scope.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer {
    pub(super) candidate: usize,
    pub(super) units: u64,
    pub(super) cost: i128,
    pub(super) days: u32,
}

impl Offer {
    /// The lower is the better: most units, then cheapest, then fastest, then lowest node.
    pub(super) const fn key(&self) -> (Reverse<u64>, i128, u32, usize) {
        (Reverse(self.units), self.cost, self.days, self.candidate)
    }
}

/// One package that a node could make for a group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Package {
    pub(super) group: usize,
    units: u64,
    pub(super) lane: i128,
    pub(super) weight: i128,
    pub(super) handling: i128,
    pub(super) days: u32,
}

impl Package {
    pub(super) const fn cost(&self) -> i128 {
        self.lane.saturating_add(self.weight).saturating_add(self.handling)
    }
}

/// Units that a row could give.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given {
    pub(super) row: FieldRow,
    pub(super) qty: u64,
    /// How many of them must be claimed anew.
    pub(super) anew: u64,
}

/// A package that was taken, before it is told in money.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) package: Package,
    pub(super) node: usize,
    pub(super) units: Vec<(usize, u64)>,
    pub(super) runner_up: Option<(Offer, Offer)>,
}

/// One order being filled.
#[derive(Debug)]
pub(super) struct Attempt<'f, 'a> {
    pub(super) index: &'f SnapshotIndex<'a>,
    pub(super) order: &'f OrderIndex<'a>,
    pub(super) field: &'f Field,
    unfilled: Vec<u64>,
    /// Per line: reserved units not used yet, by pool.
    own: Vec<Vec<(usize, u64)>>,
    /// Per line: whether another line of the order wants the same SKU.
    shares_sku: Vec<bool>,
    packages: BTreeSet<(usize, &'a LocationId)>,
    takes: Vec<Take>,
    pub(super) taken: Vec<Taken>,
    budget_spent: bool,
}

impl<'f, 'a> Attempt<'f, 'a> {
    pub(super) fn new(
        index: &'f SnapshotIndex<'a>,
        order: &'f OrderIndex<'a>,
        field: &'f Field,
    ) -> Self {
        let mut skus: Vec<usize> = order.lines.iter().map(|line| line.sku).collect();
        skus.sort_unstable();
        let shares = |sku: usize| {
            skus.partition_point(|other| *other <= sku)
                .saturating_sub(skus.partition_point(|other| *other < sku))
                > 1
        };
        let group_of = |id: &GroupId| order.groups.iter().position(|group| group.row.id == *id);
        let held = order.row.held.iter();
        Self {
            index,
            order,
            field,
            unfilled: order.lines.iter().map(|line| line.wanted).collect(),
            own: order.lines.iter().map(|line| line.reserved.clone()).collect(),
            shares_sku: order.lines.iter().map(|line| shares(line.sku)).collect(),
            packages: held.filter_map(|row| Some((group_of(&row.group)?, &row.node))).collect(),
            takes: Vec::new(),
            taken: Vec::new(),
            budget_spent: false,
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.unfilled.iter().all(|units| *units == 0)
    }

    pub(super) fn unfilled(&self) -> &[u64] {
        &self.unfilled
    }

    /// Asks for other quantities; gives those asked for before.
    pub(super) fn ask_for(&mut self, units: Vec<u64>) -> Vec<u64> {
        std::mem::replace(&mut self.unfilled, units)
    }

    /// Tells the same units by other packages.
    pub(super) fn tell(&mut self, packages: Vec<Taken>, takes: Vec<Take>) {
        (self.taken, self.takes) = (packages, takes);
    }

    pub(super) fn takes(&self) -> &[Take] {
        &self.takes
    }

    pub(super) const fn spend_budget(&mut self) {
        self.budget_spent = true;
    }

    /// Takes the best package of the scope; gives false if no node has anything for it.
    ///
    /// `active` are the candidates that may still have something: those that have not are dropped, for
    /// what a node can give only falls.
    pub(super) fn take_best(
        &mut self,
        left: &mut Left,
        scope: Scope,
        active: &mut Vec<usize>,
    ) -> bool {
        let (mut best, mut second): (Option<Offer>, Option<Offer>) = (None, None);
        let mut given = Vec::new();
        active.retain(|candidate| {
            let Some(offer) = self.offer(left, scope, *candidate, &mut given) else {
                return false;
            };
            if best.is_none_or(|best| offer.key() < best.key()) {
                second = best.replace(offer);
            } else if second.is_none_or(|second| offer.key() < second.key()) {
                second = Some(offer);
            }
            true
        });
        let Some(best) = best else { return false };
        self.take(left, scope, best, second);
        true
    }

    pub(super) fn offer(
        &self,
        left: &Left,
        scope: Scope,
        candidate: usize,
        given: &mut Vec<Given>,
    ) -> Option<Offer> {
        given.clear();
        let known = self.field.candidates.get(candidate)?;
        if self.is_full(left, known.node) {
            return None;
        }
        let mut offer = Offer { candidate, units: 0, cost: 0, days: 0 };
        let node = &self.index.nodes().get(known.node)?.row.id;
        let mut new_packages = 0;
        for group in self.groups(scope) {
            if let Some(package) = self.package(left, known, group, new_packages, given) {
                let is_new = !self.packages.contains(&(group, node));
                new_packages = usize::from(is_new).saturating_add(new_packages);
                offer.units = offer.units.saturating_add(package.units);
                offer.cost = offer.cost.saturating_add(package.cost());
                offer.days = offer.days.max(package.days);
            }
        }
        (offer.units > 0).then_some(offer)
    }

    fn groups(&self, scope: Scope) -> std::ops::Range<usize> {
        match scope {
            Scope::Group(group) => group..group.saturating_add(1),
            Scope::Whole => 0..self.order.groups.len(),
        }
    }

    /// Reckons the package that a node could make for a group, after so many new ones of the same offer.
    fn package(
        &self,
        left: &Left,
        candidate: &Candidate,
        group: usize,
        new_packages: usize,
        given: &mut Vec<Given>,
    ) -> Option<Package> {
        let node = self.index.nodes().get(candidate.node)?;
        if !self.allows_package(group, &node.row.id, new_packages) {
            return None;
        }
        let start = given.len();
        let rows = &candidate.rows;
        let from = rows.partition_point(|row| row.group < group);
        for row in rows.get(from..)?.iter().take_while(|row| row.group == group) {
            let (qty, own) = self.can_give(left, row, node.pool, given);
            if qty > 0 {
                given.push(Given { row: *row, qty, anew: qty.saturating_sub(own) });
            }
        }
        self.price(candidate, group, given.get(start..)?)
    }

    /// Reckons what a package with these units costs on the cheapest lane that arrives in time.
    pub(super) fn price(
        &self,
        candidate: &Candidate,
        group: usize,
        given: &[Given],
    ) -> Option<Package> {
        if given.is_empty() {
            return None;
        }
        let node = self.index.nodes().get(candidate.node)?;
        let units = given.iter().fold(0_u64, |sum, given| sum.saturating_add(given.qty));
        let handling = node.handling_minor?.saturating_mul(i128::from(units));
        let goal = self.order.groups.get(group)?;
        let lanes = self.index.lanes_to(goal, candidate.node);
        lanes
            .iter()
            .filter(|lane| lane.comparable && goal.is_in_time(lane))
            .map(|lane| {
                let (weight, days) = (self.weight_cost(lane, given), lane.days);
                Package { group, units, lane: lane.fixed_minor, weight, handling, days }
            })
            .min_by_key(|package| (package.cost(), package.days))
    }

    fn weight_cost(&self, lane: &LaneIndex, given: &[Given]) -> i128 {
        given.iter().fold(0, |sum: i128, given| {
            let sku = self.order.lines.get(given.row.line).map_or(usize::MAX, |line| line.sku);
            let unit = self.index.weight_minor(lane, sku);
            sum.saturating_add(unit.saturating_mul(i128::from(given.qty)))
        })
    }

    /// Tells how many units a row can give to its line, and how many of these the line has reserved there.
    pub(super) fn can_give(
        &self,
        left: &Left,
        row: &FieldRow,
        pool: usize,
        given: &[Given],
    ) -> (u64, u64) {
        let unfilled = self.unfilled.get(row.line).copied().unwrap_or(0);
        if unfilled == 0 {
            return (0, 0);
        }
        let mut stock = left.stock(row.stock);
        let mut claimable = left.claimable(row.claim, row.fence);
        if self.shares_sku.get(row.line).copied().unwrap_or(false) {
            for other in given.iter().filter(|other| other.row.stock == row.stock) {
                stock = stock.saturating_sub(other.qty);
                claimable = claimable.saturating_sub(other.anew);
            }
        }
        let own = self.own(row.line, pool);
        let qty = unfilled.min(stock).min(own.saturating_add(claimable));
        let is_whole = self.order.lines.get(row.line).is_some_and(|line| !line.row.allow_split);
        if is_whole && qty < unfilled { (0, 0) } else { (qty, own) }
    }

    fn own(&self, line: usize, pool: usize) -> u64 {
        let pools = self.own.get(line).map_or(&[] as &[_], Vec::as_slice);
        pools.iter().find(|(of, _)| *of == pool).map_or(0, |(_, qty)| *qty)
    }

    pub(super) fn allows_package(&self, group: usize, node: &'a LocationId, before: usize) -> bool {
        let Some(most) = self.order.row.constraints.max_packages else { return true };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        self.packages.contains(&(group, node)) || self.packages.len().saturating_add(before) < most
    }

    fn take(&mut self, left: &mut Left, scope: Scope, best: Offer, second: Option<Offer>) {
        let Some(candidate) = self.field.candidates.get(best.candidate) else { return };
        let mut runner_up = second.map(|second| (best, second));
        for group in self.groups(scope) {
            let mut given = Vec::new();
            if let Some(package) = self.package(left, candidate, group, 0, &mut given) {
                self.put(left, candidate, package, &given, runner_up.take());
            }
        }
    }

    /// Takes the units of a package.
    pub(super) fn put(
        &mut self,
        left: &mut Left,
        candidate: &Candidate,
        package: Package,
        given: &[Given],
        runner_up: Option<(Offer, Offer)>,
    ) {
        let Some(node) = self.index.nodes().get(candidate.node) else { return };
        if self.is_new(candidate.node) {
            left.take_capacity(candidate.node);
        }
        for Given { row, qty, anew } in given {
            left.take_stock(row.stock, *qty);
            left.claim(row.claim, row.fence, *anew);
            self.use_up(row.line, node.pool, *qty);
            self.takes.push(Take { line: row.line, node: candidate.node, qty: *qty });
        }
        self.packages.insert((package.group, &node.row.id));
        self.taken.push(Taken {
            package,
            node: candidate.node,
            units: given.iter().map(|given| (given.row.line, given.qty)).collect(),
            runner_up,
        });
    }

    /// Whether a node takes no further order, and this one would be one.
    pub(super) fn is_full(&self, left: &Left, node: usize) -> bool {
        !left.has_capacity(node) && self.is_new(node)
    }

    /// Whether the order would take capacity at a node: it has nothing there yet.
    fn is_new(&self, node: usize) -> bool {
        let held = |id: &LocationId| self.order.row.held.iter().any(|row| row.node == *id);
        !self.takes.iter().any(|take| take.node == node)
            && !self.index.nodes().get(node).is_some_and(|node| held(&node.row.id))
    }

    fn use_up(&mut self, line: usize, pool: usize, qty: u64) {
        if let Some(unfilled) = self.unfilled.get_mut(line) {
            *unfilled = unfilled.saturating_sub(qty);
        }
        let pools = self.own.get_mut(line).map_or(&mut [] as &mut [_], Vec::as_mut_slice);
        for (of, own) in pools {
            if *of == pool {
                *own = own.saturating_sub(qty);
            }
        }
    }

    /// Says for each line why units of it are unfilled, or nothing if none are.
    pub(super) fn reasons(&self, left: &Left, single: bool) -> Vec<Option<ShortReason>> {
        if self.is_complete() {
            return vec![None; self.unfilled.len()];
        }
        // The most units that a node still has for each line, or nothing if none was a candidate.
        let mut still: Vec<Option<u64>> = vec![None; self.unfilled.len()];
        for candidate in &self.field.candidates {
            let Some(node) = self.index.nodes().get(candidate.node) else { continue };
            let is_full = self.is_full(left, candidate.node);
            for row in &candidate.rows {
                let claimable = left.claimable(row.claim, row.fence);
                let may = self.own(row.line, node.pool).saturating_add(claimable);
                let units = if is_full { 0 } else { left.stock(row.stock).min(may) };
                if let Some(most) = still.get_mut(row.line) {
                    *most = Some(most.unwrap_or(0).max(units));
                }
            }
        }
        let lines = self.order.lines.iter().zip(&self.field.holders);
        lines
            .zip(self.unfilled.iter().zip(still))
            .map(|((line, holders), (unfilled, still))| {
                let has_some = still.is_some_and(|units| units > 0);
                let has_all = still.is_some_and(|units| units >= *unfilled);
                match () {
                    () if *unfilled == 0 => None,
                    () if self.budget_spent => Some(ShortReason::Budget),
                    () if has_some && !has_all && !line.row.allow_split => {
                        Some(ShortReason::LineWhole)
                    }
                    () if has_some && single => Some(ShortReason::SingleNode),
                    () if has_some => Some(ShortReason::Packages),
                    () if still.is_some() || holders.taken => Some(ShortReason::TakenFirst),
                    () if holders.claimed => Some(ShortReason::Claimed),
                    () if holders.removed => Some(ShortReason::NodesRemoved),
                    () => Some(ShortReason::NoStock),
                }
            })
            .collect()
    }
}
