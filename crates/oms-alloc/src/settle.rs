//! Settling a wave whose gap is small: all ways that a better plan could take are listed, and the list is worked on.
//!
//! A plan cheaper than what is aimed at takes only ways whose excess at the prices is at most what lies between it and
//! the bound. Where these are few enough, they *are* the wave: a programme over them has no column to miss, its prices
//! are the best there are, and cuts follow one another without a climb between them. First a short list is solved in
//! whole ways, for a plan; then the full list is tightened, for the bound; what cuts do not close, branches over the
//! ways of one order after the other do. (Price, cut and branch.)
//!
//! # Law
//! The bound is reckoned here as everywhere, in whole ticks over whole ways. A solver gives prices and picks ways: what it
//! says is tried, not believed.

use crate::bound::broken;
use crate::branch::Way;
use crate::cuts::{Cuts, Users};
use crate::lp::LpSolver;
use crate::master::{Column, chosen, weights};
use crate::oracle::Oracle;
use crate::plan::{Plan, cost_of, value_at};
use crate::price::Prices;
use crate::problem::{Problem, TICK_BITS, TICKS};
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
/// After so many turns without a part of what is left being closed, cuts end and branches begin, if ways are few.
const LOOK: u32 = 10;
const WORTH: i128 = 12;
const BRANCHED: usize = 4_000;
/// Turns of a branch before it branches again, and the most turns over all branches.
const TURNS: u32 = 2;
const BRANCHES: u32 = 1_000;
/// A weight that is taken for one.
const NEARLY_ALL: f64 = 0.999;
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
        let more = list.tighten(problem, prices.dearest(), self.solver);
        if self.root.is_none() {
            self.bound = self.bound.max(Some(list.bound_minor()));
        }
        let aim = list.aim;
        if let Some(plan) = list.plan.take().filter(|plan| plan.total < aim) {
            // The aim was too high.
            self.plan = Some(plan);
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
            self.root.get_or_insert(list).teach(problem, users, prices);
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
                rooms.filter_map(|room| List::short(problem, (prices, incumbent), room, oracle));
            let short = short.next()?;
            self.work += WHOLE * self.solver.work(short.columns.len(), problem.orders.len());
            let off = (total - self.aim(total)) as f64 / 2.0;
            if let Some(plan) =
                short.choose(problem, off, self.solver).filter(|plan| plan.total < total)
            {
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
        self.open.push(List { aim, ..List::full(problem, prices, (room, self.most()), oracle)? });
        Some(())
    }
}

/// Ways, and what is known of the plans made of them.
#[derive(Debug, Clone)]
struct List {
    columns: Vec<Column>,
    cuts: Cuts,
    /// Minor units: what matters is whether there is a plan below this.
    aim: i64,
    /// In ticks, and the prices that prove it.
    bound: i128,
    price: Vec<i64>,
    /// Turns left, and the bound at which cuts were last found to be worth it.
    turns: u32,
    mark: i128,
    /// Whether it is a branch.
    branch: bool,
    /// Where the last vertex is split most evenly, or the plan that it is.
    split: Option<Split>,
    plan: Option<Plan>,
}

impl List {
    /// All ways within the room; nothing if they are more than so many.
    fn full(
        problem: &Problem,
        prices: &Prices,
        room: (i64, usize),
        oracle: &mut Oracle,
    ) -> Option<Self> {
        Some(Self::new(prices, ways_within(problem, prices, room, oracle)?))
    }

    /// The ways within the room that lose least, and what the plan at hand takes; nothing if they are too many.
    fn short(
        problem: &Problem,
        (prices, incumbent): (&Prices, &Search),
        room: i64,
        oracle: &mut Oracle,
    ) -> Option<Self> {
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
        Some(Self::new(prices, ways))
    }

    fn new(prices: &Prices, ways: Vec<Vec<Way>>) -> Self {
        let columns = ways.into_iter().enumerate().flat_map(|(order, ways)| {
            let order = order as u32;
            let column = move |Way { takes, rows, cost, .. }| Column { order, cost, takes, rows };
            ways.into_iter().map(column)
        });
        Self {
            columns: columns.collect(),
            cuts: prices.cuts.clone(),
            aim: i64::MAX,
            bound: prices.bound,
            price: Vec::new(),
            turns: LOOK,
            mark: prices.bound,
            branch: false,
            split: None,
            plan: None,
        }
    }

    /// Whether no plan of the list is below the aim.
    fn reached(&self) -> bool {
        self.bound >= i128::from(self.aim) << TICK_BITS
    }

    /// Two lists: the ways of an order on either side of a split, with all ways of the others. The likelier side stands
    /// last, to be looked at first.
    fn branches(&self, split: Split) -> [Self; 2] {
        [!split.likely, split.likely].map(|side| {
            let stays = |column: &&Column| split.tells(column).is_none_or(|here| here == side);
            Self {
                columns: self.columns.iter().filter(stays).cloned().collect(),
                turns: TURNS,
                branch: true,
                price: self.price.clone(),
                cuts: self.cuts.clone(),
                plan: None,
                ..*self
            }
        })
    }

    fn bound_minor(&self) -> i64 {
        let up = self.bound.saturating_add(i128::from(TICKS) - 1) >> TICK_BITS;
        i64::try_from(up).map_or(self.aim, |up| up.min(self.aim))
    }

    /// A plan of ways of the list, as cheap as the solver finds one.
    fn choose(&self, problem: &Problem, off: f64, solver: LpSolver) -> Option<Plan> {
        self.plan_of(problem, chosen(problem, &self.cuts, &self.columns, off, solver)?)
    }

    /// The plan that these columns make, if they fit.
    fn plan_of(&self, problem: &Problem, picks: Vec<usize>) -> Option<Plan> {
        let mut plan = Plan::empty(problem);
        for pick in picks {
            let column = &self.columns[pick];
            let rows = column.rows.partition_point(|(row, _)| *row < self.cuts.first);
            if !plan.fits(&column.rows[..rows]) {
                return None;
            }
            plan.serve(problem, column.order as usize, column.takes.clone());
        }
        Some(plan)
    }

    /// Prices of the list, the bound that they prove, and cuts that the vertex breaks; false once that is all.
    fn tighten(&mut self, problem: &Problem, dearest: f64, solver: LpSolver) -> bool {
        let told = weights(problem, &self.cuts, &self.columns, solver, Some(dearest));
        let mut price = vec![0_i64; self.cuts.rows()];
        for (row, worth) in &told.price {
            price[*row as usize] = (worth.max(0.0).min(dearest) * TICKS as f64).round() as i64;
        }
        self.split = most_even(&self.columns, &told.weight);
        if self.split.is_none() {
            let picks = (0..told.weight.len()).filter(|at| told.weight[*at] > NEARLY_ALL);
            self.plan = self.plan_of(problem, picks.collect());
        }
        let found = broken(problem, &self.cuts, &self.columns, &told.weight);
        self.prove(problem, price);
        self.turns -= 1;
        if self.turns == 0 && !self.branch {
            let left = (i128::from(self.aim) << TICK_BITS) - self.mark;
            if (self.bound - self.mark) * WORTH >= left {
                (self.turns, self.mark) = (LOOK, self.bound);
            }
        }
        if self.reached() || self.turns == 0 {
            return false;
        }
        let before = self.cuts.list.len();
        found.into_iter().for_each(|cut| self.cuts.join(cut));
        self.price.resize(self.cuts.rows(), 0);
        for column in &mut self.columns {
            for (at, cut) in self.cuts.list.iter().enumerate().skip(before) {
                let counts = cut.counts(column.order, &column.rows);
                if counts > 0 {
                    column.rows.push((self.cuts.first + at as u32, counts));
                }
            }
        }
        self.cuts.list.len() > before
    }

    /// Takes over prices if they prove more, and drops the ways that no plan below the aim takes then.
    fn prove(&mut self, problem: &Problem, price: Vec<i64>) {
        let mut least = vec![i64::MAX; problem.orders.len()];
        for column in &self.columns {
            let least = &mut least[column.order as usize];
            *least = value_at(&price, column.cost, &column.rows).min(*least);
        }
        let mut bound: i128 = least.iter().map(|least| i128::from(*least)).sum();
        for (row, price) in price.iter().enumerate() {
            bound -= i128::from(*price) * i128::from(self.cuts.most(problem, row as u32));
        }
        if bound <= self.bound {
            return;
        }
        self.bound = bound;
        let room = (i128::from(self.aim) << TICK_BITS) - bound;
        self.columns.retain(|column| {
            let value = value_at(&price, column.cost, &column.rows);
            i128::from(value - least[column.order as usize]) <= room
        });
        self.price = price;
    }

    /// Gives the cuts that were worth something, and those that they sum, to the climb.
    fn teach(&self, problem: &Problem, users: &Users, prices: &mut Prices) {
        let first = self.cuts.first;
        let known = prices.cuts.list.len();
        let worth = |at: usize| self.price.get(first as usize + at).is_some_and(|price| *price > 0);
        let mut keep: Vec<bool> = (0..self.cuts.list.len()).map(worth).collect();
        for (at, cut) in self.cuts.list.iter().enumerate().rev() {
            for other in cut.rows.iter().filter_map(|(row, _)| row.checked_sub(first)) {
                keep[other as usize] |= keep[at];
            }
        }
        // Cuts that stay behind leave their numbers to later ones.
        let mut number: Vec<u32> = (0..self.cuts.list.len() as u32).collect();
        for (at, cut) in self.cuts.list.iter().enumerate().skip(known) {
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
}

/// Tells the ways of an order apart by whether they draw so many units or more on a row.
#[derive(Debug, Clone, Copy)]
struct Split {
    order: u32,
    row: u32,
    units: i64,
    /// Whether those that do weigh more at the vertex.
    likely: bool,
}

impl Split {
    /// Whether a way draws so many units on the row; nothing for other orders' ways.
    fn tells(&self, column: &Column) -> Option<bool> {
        let drawn = || column.rows.iter().find(|(row, _)| *row == self.row);
        (column.order == self.order).then(|| drawn().is_some_and(|(_, units)| *units >= self.units))
    }
}

/// The split whose sides weigh most evenly; nothing where none is seen, as where each order has a way that weighs nearly
/// all.
fn most_even(columns: &[Column], weight: &[f64]) -> Option<Split> {
    let mut most = (1.0 - NEARLY_ALL, None);
    let mut at = 0;
    for chunk in columns.chunk_by(|a, b| a.order == b.order) {
        let weight = &weight[at..at + chunk.len()];
        at += chunk.len();
        if weight.iter().any(|weight| *weight > NEARLY_ALL) {
            continue;
        }
        let drawn = chunk.iter().zip(weight).filter(|(_, weight)| **weight > 1.0 - NEARLY_ALL);
        let mut drawn: Vec<(u32, i64, f64)> = drawn
            .flat_map(|(column, weight)| {
                column.rows.iter().map(|(row, units)| (*row, *units, *weight))
            })
            .collect();
        drawn.sort_by_key(|(row, units, _)| (*row, std::cmp::Reverse(*units)));
        let mut sum = 0.0;
        for (at, (row, units, weight)) in drawn.iter().enumerate() {
            sum += weight;
            let next = drawn.get(at + 1);
            let less = f64::min(sum, 1.0 - sum);
            if less > most.0 && next.is_none_or(|next| (next.0, next.1) != (*row, *units)) {
                let (order, likely) = (chunk[0].order, sum > 0.5);
                most = (less, Some(Split { order, row: *row, units: *units, likely }));
            }
            if next.is_none_or(|next| next.0 != *row) {
                sum = 0.0;
            }
        }
    }
    most.1
}
