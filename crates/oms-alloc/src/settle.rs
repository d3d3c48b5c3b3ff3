//! Settling a wave whose gap is small: all ways that a better plan could take are listed, and the list is worked on.
//!
//! A plan cheaper than what is aimed at takes only ways whose excess at the prices is at most what lies between it and
//! the bound. Where these are few enough, they *are* the wave: a programme over them has no column to miss, its prices
//! are the best there are, and cuts follow one another without a climb between them. First a short list is solved in
//! whole ways, for a plan; then the full list is tightened, for the bound; what cuts do not close, branches over the
//! ways of one order after the other do.

use crate::branch::Way;
use crate::cuts::Users;
use crate::list::List;
use crate::lp::LpSolver;
use crate::master::{Column, chosen};
use crate::oracle::Oracle;
use crate::plan::{Plan, cost_of};
use crate::price::Prices;
use crate::problem::{Problem, TICK_BITS};
use crate::proof::ways_within;
use crate::search::Search;
use crate::wave::WaveOptions;

/// The most ways of a short list, and of a full one by HiGHS and by microlp.
const SHORT: usize = 9_000;
const FULL: usize = 120_000;
const FULL_OF_MICROLP: usize = 3_000;
/// A way of the short list may lose this part of the gap, or half of it, so often, until the list is short.
const PART: i64 = 8;
const HALVES: u32 = 4;
/// Lists are worth the time from a gap of this part of the cost on, or of that part where the last climb closed less than
/// a tenth of it, or for so few orders.
const BEGIN: i64 = 300;
const BEGIN_LATE: i64 = 100;
pub(crate) const FEW_ORDERS: usize = 200;
/// A short list is made again at this part of the gap; so is a full one that was too long, or did not lead to the aim.
const AGAIN: (i64, i64) = (2, 5);
const FULL_AGAIN: (i64, i64) = (4, 5);
/// What branches: a full list of no more ways.
const BRANCHED: usize = 4_000;
/// The most turns over all branches.
const BRANCHES: u32 = 1_000;
/// What whole ways are more work than weights.
const WHOLE: u64 = 12;

/// Where settling stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settle {
    /// Good enough, as a fraction of the cost.
    gap: f64,
    solver: LpSolver,
    /// Proven: no plan costs less, in minor units.
    pub(crate) bound: Option<i64>,
    /// A plan that was found on the way.
    pub(crate) plan: Option<Plan>,
    /// Work done since it was taken last.
    pub(crate) work: u64,
    /// The full list as it was before it branched, and what is still to be looked at.
    root: Option<List>,
    open: Vec<List>,
    left: u32,
    /// The bound of the prices when lists were thought of last.
    seen: i128,
    /// The gaps in ticks at which a short and a full list were tried last.
    tried: [Option<i64>; 2],
}

impl Settle {
    pub(crate) fn new(options: &WaveOptions) -> Self {
        Self { gap: options.gap, solver: options.lp, ..Self::default() }
    }

    /// The bound at which a plan of this cost is good enough.
    pub(crate) fn aim(&self, cost: i64) -> i64 {
        // Rounded down, since whoever compares divides.
        cost - (self.gap * cost as f64).max(0.0) as i64
    }

    /// One step; false once there is nothing more to do for now.
    pub(crate) fn step(
        &mut self,
        problem: &Problem,
        users: &Users,
        (prices, incumbent): (&mut Prices, &Search),
        oracle: &mut Oracle,
    ) -> bool {
        let Some(mut list) = self.open.pop() else {
            return self.begin(problem, (prices, incumbent), oracle).is_some();
        };
        self.work += self.solver.work(list.columns.len(), problem.orders.len());
        let more = list.tighten(&problem.supply, prices.dearest(), self.solver);
        if self.root.is_none() {
            self.bound = self.bound.max(Some(list.bound_minor()));
        }
        let aim = list.aim;
        if let Some(ways) = list.plan.take() {
            // The aim was too high.
            self.plan = Some(plan_of(problem, ways));
            self.open.clear();
            (self.root, self.tried[1]) = (None, None);
            return false;
        }
        if list.reached() {
            // This branch has no plan below the aim.
        } else if more {
            self.open.push(list);
        } else if let Some(split) = list.split.filter(|_| list.columns.len() <= BRANCHED)
            && self.left > 0
        {
            self.left -= 1;
            self.open.extend(list.branches(split));
            self.root.get_or_insert(list);
        } else {
            self.open.clear();
            teach(self.root.get_or_insert(list), problem, users, prices);
            self.root = None;
            return false;
        }
        if self.open.is_empty() {
            self.bound = self.bound.max(Some(aim));
            self.root = None;
        }
        !self.open.is_empty()
    }

    /// The most ways of a full list.
    fn most(&self) -> usize {
        if self.solver == LpSolver::Microlp { FULL_OF_MICROLP } else { FULL }
    }

    /// Whether a gap is small enough to try a list, short or full, and tells the next one so.
    fn ripe(&mut self, which: usize, room: i64, part: (i64, i64)) -> bool {
        let ripe = self.tried[which].is_none_or(|tried| room <= tried / part.1 * part.0);
        if ripe {
            self.tried[which] = Some(room);
        }
        ripe
    }

    /// Looks for a plan in a short list, and makes the full one; nothing where it is too early for that.
    fn begin(
        &mut self,
        problem: &Problem,
        (prices, incumbent): (&Prices, &Search),
        oracle: &mut Oracle,
    ) -> Option<()> {
        let mut total = incumbent.total;
        let between = |total: i64| i64::try_from((i128::from(total) << TICK_BITS) - prices.bound);
        let room = between(total).ok()?;
        let climbed = prices.bound.saturating_sub(std::mem::replace(&mut self.seen, prices.bound));
        let late = climbed.saturating_mul(10) < i128::from(room);
        let begin = total / if late { BEGIN_LATE } else { BEGIN };
        if problem.orders.len() > FEW_ORDERS && room >> TICK_BITS > begin {
            return None;
        }
        if self.solver != LpSolver::Microlp && self.ripe(0, room, AGAIN) {
            let rooms = (0..HALVES).map(|half| (room / PART) >> half);
            let mut short =
                rooms.filter_map(|room| short(problem, (prices, incumbent), room, oracle));
            let mut short = short.next()?;
            self.work += WHOLE * self.solver.work(short.columns.len(), problem.orders.len());
            let off = (total - self.aim(total)) as f64 / 2.0;
            short.aim = total;
            let picks = chosen(&problem.supply, &short.cuts, &short.columns, off, self.solver);
            if let Some(ways) =
                picks.and_then(|picks| short.plan_of(&problem.supply, picks.into_iter()))
            {
                let plan = plan_of(problem, ways);
                total = plan.total;
                self.plan = Some(plan);
            }
        }
        let aim = self.aim(total);
        let room = between(aim).ok()?;
        if !self.ripe(1, room, FULL_AGAIN) {
            return None;
        }
        self.left = BRANCHES;
        let mut list = full(problem, prices, (room, self.most()), oracle)?;
        list.aim = aim;
        self.open.push(list);
        Some(())
    }
}

/// All ways within the room; nothing if they are more than so many.
fn full(
    problem: &Problem,
    prices: &Prices,
    room: (i64, usize),
    oracle: &mut Oracle,
) -> Option<List> {
    Some(listed(prices, ways_within(problem, prices, room, oracle)?))
}

/// The ways within the room that lose least, and what the plan at hand takes; nothing if they are too many.
fn short(
    problem: &Problem,
    (prices, incumbent): (&Prices, &Search),
    room: i64,
    oracle: &mut Oracle,
) -> Option<List> {
    let mut ways = ways_within(problem, prices, (room, FULL), oracle)?;
    let mut all: Vec<i64> = ways.iter().flatten().map(|way| way.excess).collect();
    all.sort_unstable();
    let most = all.get(SHORT).copied().unwrap_or(i64::MAX);
    for (order, (list, takes)) in ways.iter_mut().zip(incumbent.takes()).enumerate() {
        list.retain(|way| way.excess < most);
        if !list.iter().any(|way| way.takes == takes) {
            let rows = prices.cuts.drawn(problem, order as u32, takes);
            let cost = cost_of(problem, order, takes);
            list.push(Way { takes: takes.to_vec(), rows, cost, excess: i64::MAX });
        }
    }
    Some(listed(prices, ways))
}

fn listed(prices: &Prices, ways: Vec<Vec<Way>>) -> List {
    let orders = ways.len();
    let columns = ways.into_iter().enumerate().flat_map(|(order, ways)| {
        let order = order as u32;
        let column = move |Way { takes, rows, cost, .. }| Column { order, cost, takes, rows };
        ways.into_iter().map(column)
    });
    List::new(columns.collect(), orders, prices.cuts.clone(), prices.bound)
}

/// The plan that ways make, one of each order.
fn plan_of(problem: &Problem, ways: Vec<Column>) -> Plan {
    let mut plan = Plan::empty(problem);
    for way in ways {
        plan.serve(problem, way.order as usize, way.takes);
    }
    plan
}

/// Gives the cuts that were worth something, and those that they sum, to the climb.
fn teach(list: &List, problem: &Problem, users: &Users, prices: &mut Prices) {
    let first = list.cuts.first;
    let known = prices.cuts.list.len();
    let worth = |at: usize| list.price.get(first as usize + at).is_some_and(|price| *price > 0);
    let mut keep: Vec<bool> = (0..list.cuts.list.len()).map(worth).collect();
    for (at, cut) in list.cuts.list.iter().enumerate().rev() {
        for other in cut.rows.iter().filter_map(|(row, _)| row.checked_sub(first)) {
            keep[other as usize] |= keep[at];
        }
    }
    // Cuts that stay behind leave their numbers to later ones.
    let mut number: Vec<u32> = (0..list.cuts.list.len() as u32).collect();
    for (at, cut) in list.cuts.list.iter().enumerate().skip(known) {
        if !keep[at] {
            continue;
        }
        let mut cut = cut.clone();
        for (row, _) in &mut cut.rows {
            if let Some(other) = row.checked_sub(first) {
                *row = first + number[other as usize];
            }
        }
        cut.rows.sort_unstable();
        prices.add(problem, users, cut.clone());
        let place = prices.cuts.list.iter().position(|known| *known == cut);
        number[at] = place.unwrap_or(at) as u32;
    }
}
