//! The bound side of a wave: prices climb, the master's vertex shows where plans conflict, cuts answer, prices climb on.

use crate::cuts::{Cut, Cuts, Users, separate};
use crate::lp::LpSolver;
use crate::master::{Column, weights};
use crate::oracle::{Market, Oracle, Take};
use crate::plan::{Plan, cost_of, value_at};
use crate::price::Prices;
use crate::problem::{FREE, Problem, TICK_BITS};
use crate::proof::{Proof, prove};
use crate::search::Search;
use crate::settle::FEW_ORDERS;
use crate::wave::WaveOptions;
use crate::wheel::Wheel;

/// Passes of the first climb, of that of a wave too large for one master, and of every later one.
const FIRST: u32 = 240;
const FIRST_OF_LARGE: u32 = 120;
const LATER: u32 = 80;
/// Turns of serving all orders once the first prices are ripe.
const TURNS: u32 = 10;
/// Ways that are met in so many last passes of a climb are kept for the master.
const KEPT: u32 = 40;
/// The most orders that one master leaves a choice; beyond it costs more than its size.
pub(crate) const CLUSTER: usize = 2_200;
/// The most ways of an order in the master.
const POOL: usize = 30;
/// Fewer new cuts than this, and the vertex is looked at once more, overlooking small weights.
const FEW: usize = 10;
/// Rounds that a cut may be worth nothing before it rests.
const IDLE: u8 = 3;

#[derive(Debug, Clone, Copy)]
enum Stage {
    /// Pass `at` of `of`, rates falling geometrically.
    Climb {
        at: u32,
        of: u32,
        rate: f64,
        fall: f64,
    },
    /// Turns still to go.
    Serve {
        turns: u32,
    },
    Master,
    /// All ways that a better plan could take are listed, and the list is worked on.
    Settle,
}

/// The bound side, between two steps of work.
#[derive(Clone)]
pub(crate) struct BoundSide {
    pub(crate) prices: Prices,
    /// Plans made on the way, for the plan side.
    pub(crate) plans: Vec<Plan>,
    /// Whether the plan that was seen last is proven to be the best.
    proven: Option<i64>,
    stage: Stage,
    /// Until the first prices have been turned into plans.
    wheel: Option<Wheel>,
    ripe: bool,
    pool: Vec<Vec<Column>>,
    /// Orders that the current sweep of masters has not had yet.
    waiting: Vec<bool>,
    work: u64,
    until: u64,
    told: i128,
    scale: f64,
    solver: LpSolver,
    settle: crate::settle::Settle,
}

impl BoundSide {
    pub(crate) fn new(problem: &Problem, options: &WaveOptions) -> Self {
        let scale = problem.package_scale();
        let of = if problem.orders.len() > CLUSTER { FIRST_OF_LARGE } else { FIRST };
        Self {
            prices: Prices::new(problem),
            plans: Vec::new(),
            proven: None,
            stage: Stage::Climb { at: 0, of, rate: scale / 3.0, fall: 1e-3 },
            wheel: None,
            ripe: false,
            pool: vec![Vec::new(); problem.orders.len()],
            waiting: vec![true; problem.orders.len()],
            work: 0,
            until: 0,
            told: i128::MIN,
            scale,
            solver: options.lp,
            settle: crate::settle::Settle::new(options),
        }
    }

    /// The bound in minor units, once there is one.
    pub(crate) fn bound(&self) -> Option<i64> {
        let climbed = (self.prices.bound > i128::MIN).then(|| self.prices.bound_minor());
        climbed.max(self.proven)
    }

    /// Whether the first prices have been turned into plans.
    pub(crate) fn ripe(&self) -> bool {
        self.ripe
    }

    /// Begins an epoch with this much work.
    pub(crate) fn begin(&mut self, quantum: u64) {
        self.until = self.work + quantum;
    }

    /// Whether the prices are better than when this was asked last.
    pub(crate) fn improved(&mut self) -> bool {
        let better = self.prices.bound > self.told;
        self.told = self.prices.bound;
        better
    }

    /// One step of work; false if the epoch's work is done. A second oracle lets a second thread take part where the
    /// work can be shared; what comes of it is the same.
    pub(crate) fn step(
        &mut self,
        problem: &Problem,
        users: &Users,
        incumbent: &Search,
        oracles: &mut [Oracle],
    ) -> bool {
        let best = self.plans.iter().map(|plan| plan.total).fold(incumbent.total, i64::min);
        if self.work >= self.until || self.bound().is_some_and(|bound| bound >= self.enough(best)) {
            return false;
        }
        let done = |oracles: &[Oracle]| oracles.iter().map(|oracle| oracle.work).sum::<u64>();
        let before = done(oracles);
        if let Stage::Climb { at, of, .. } = self.stage {
            self.prices.keep = at + KEPT >= of;
            self.prices.pass(problem, oracles);
        }
        let Some(oracle) = oracles.first_mut() else { return false };
        match self.stage {
            Stage::Climb { at, of, rate, fall } => {
                self.prices.step(problem, rate * fall.powf(f64::from(at) / f64::from(of)));
                let at = at + 1;
                // Long before the first prices are ripe they make better plans than none.
                if !self.ripe && at % (of / 4) == 0 {
                    self.plans.push(Plan::in_turn(problem, &self.prices.best, oracle));
                    self.try_proof(problem, incumbent, oracle);
                }
                self.stage = match (at < of, self.ripe) {
                    (true, _) => Stage::Climb { at, of, rate, fall },
                    (false, false) => Stage::Serve { turns: TURNS },
                    (false, true) => Stage::Master,
                };
            }
            Stage::Serve { turns: 0 } => {
                self.wheel = None;
                self.ripe = true;
                self.stage = Stage::Master;
            }
            Stage::Serve { turns } => {
                let price = &self.prices.best;
                let all = || (0..problem.orders.len() as u32).collect();
                let wheel =
                    self.wheel.get_or_insert_with(|| Wheel::new(problem, price, all(), oracle));
                let mut plan = Plan::empty(problem);
                wheel.turn(problem, price, &mut plan, oracle);
                if self.plans.last().is_none_or(|last| plan.total < last.total) {
                    self.plans.push(plan);
                }
                self.stage = Stage::Serve { turns: turns - 1 };
            }
            Stage::Master => {
                if self.round(problem, users, incumbent, oracle) {
                    self.stage = self.after_sweep();
                }
            }
            Stage::Settle => {
                if !self.settle.step(problem, users, (&mut self.prices, incumbent), oracle) {
                    self.stage = self.climb_again();
                }
                self.plans.extend(self.settle.plan.take());
                self.proven = self.proven.max(self.settle.bound);
                self.work += std::mem::take(&mut self.settle.work);
            }
        }
        self.work += (done(oracles) - before).max(1);
        true
    }

    /// The bound at which an epoch ends early. Steps over lists are long, so with HiGHS a plan that is good enough ends it.
    fn enough(&self, cost: i64) -> i64 {
        if self.lists() {
            return self.settle.aim(cost);
        }
        cost
    }

    /// Whether plans come out of lists of ways: that wants one master for all orders, and HiGHS for many.
    pub(crate) fn lists(&self) -> bool {
        let most = if self.solver == LpSolver::Microlp { FEW_ORDERS } else { CLUSTER };
        self.waiting.len() <= most
    }

    fn after_sweep(&mut self) -> Stage {
        if self.lists() {
            return Stage::Settle;
        }
        self.climb_again()
    }

    fn climb_again(&mut self) -> Stage {
        self.prices.again();
        Stage::Climb { at: 0, of: LATER, rate: self.scale / 30.0, fall: 0.02 }
    }

    /// One master; true once the sweep has had all orders.
    fn round(
        &mut self,
        problem: &Problem,
        users: &Users,
        incumbent: &Search,
        oracle: &mut Oracle,
    ) -> bool {
        self.try_proof(problem, incumbent, oracle);
        let chosen = self.cluster(problem, users);
        let columns = self.columns(problem, &chosen, incumbent, oracle);
        let choice = columns.chunk_by(|a, b| a.order == b.order).filter(|c| c.len() > 1).count();
        self.work += self.solver.work(columns.len(), choice);
        let told = weights(&problem.supply, &self.prices.cuts, &columns, self.solver, None);
        self.plans.push(self.rounded(problem, &columns, &told.weight, oracle));
        for cut in broken(&problem.supply, &self.prices.cuts, &columns, &told.weight) {
            self.prices.add(problem, users, cut);
        }
        let over = !self.waiting.contains(&true);
        if over {
            self.waiting.fill(true);
            self.prices.rest(IDLE);
        }
        over
    }

    /// The orders that the next master leaves a choice: all, or those around one that has not been in the sweep yet.
    fn cluster(&mut self, problem: &Problem, users: &Users) -> Vec<bool> {
        let count = problem.orders.len();
        let mut chosen = vec![false; count];
        if count <= CLUSTER {
            self.waiting.fill(false);
            return vec![true; count];
        }
        let mut seen = vec![false; self.prices.best.len()];
        let mut queue = std::collections::VecDeque::new();
        let mut left = CLUSTER;
        while left > 0 {
            let order = match queue.pop_front() {
                Some(order) => order,
                None => match self.waiting.iter().position(|waiting| *waiting) {
                    Some(order) => order,
                    None => break,
                },
            };
            if chosen[order] || !self.waiting[order] {
                continue;
            }
            chosen[order] = true;
            self.waiting[order] = false;
            left -= 1;
            for site in &problem.sites[crate::problem::span(problem.orders[order].sites)] {
                for arc in &problem.arcs[crate::problem::span(site.arcs)] {
                    for row in problem.stock_of(arc) {
                        let is_known = std::mem::replace(&mut seen[row as usize], true);
                        if row != FREE && !is_known && self.prices.best[row as usize] > 0 {
                            queue.extend(users.of(row).iter().map(|order| *order as usize));
                        }
                    }
                }
            }
        }
        chosen
    }

    /// Ways near the best of the chosen orders, and what the others take now.
    fn columns(
        &mut self,
        problem: &Problem,
        chosen: &[bool],
        incumbent: &Search,
        oracle: &mut Oracle,
    ) -> Vec<Column> {
        let cuts = &self.prices.cuts;
        let mut columns = Vec::new();
        for (order, takes) in incumbent.takes().enumerate() {
            if !chosen[order] {
                columns.push(column(problem, cuts, order, takes));
                continue;
            }
            let price = &self.prices.best;
            let market = Market { price, left: &problem.supply };
            let slack = ((self.scale / 18.0) as i64).max(1) << TICK_BITS;
            let mut near: Vec<Vec<Take>> = std::mem::take(&mut self.prices.seen[order]);
            near.push(takes.to_vec());
            near.push(Vec::new());
            oracle.near(problem, order, market, slack, false, &mut |_: i64, way: &[Take]| {
                near.push(way.to_vec());
                if near.len() < 4 * POOL { i64::MAX } else { i64::MIN }
            });
            let pool = &mut self.pool[order];
            for mut way in near {
                way.sort_unstable_by_key(|take| (take.site, take.arc));
                if !pool.iter().any(|column| column.takes == way) {
                    pool.push(column(problem, cuts, order, &way));
                }
            }
            for column in pool.iter_mut() {
                column.rows = cuts.drawn(problem, order as u32, &column.takes);
            }
            let value = |column: &Column| value_at(price, column.cost, &column.rows);
            pool.sort_by_cached_key(|column| (!column.takes.is_empty(), value(column)));
            pool[1..].sort_by_cached_key(value);
            pool.truncate(POOL);
            columns.extend(pool.iter().cloned());
        }
        columns
    }

    /// A plan of what the vertex has chosen whole; the rest is served as well as what is left allows.
    fn rounded(
        &self,
        problem: &Problem,
        columns: &[Column],
        weight: &[f64],
        oracle: &mut Oracle,
    ) -> Plan {
        let mut plan = Plan::empty(problem);
        let mut waiting = Vec::new();
        let mut at = 0;
        for chunk in columns.chunk_by(|a, b| a.order == b.order) {
            let order = chunk[0].order as usize;
            let whole = chunk.iter().zip(&weight[at..]).find(|(_, weight)| **weight > 0.999);
            at += chunk.len();
            match whole {
                Some((column, _)) if plan.fits(&column.rows) => {
                    plan.serve(problem, order, column.takes.clone());
                }
                _ => waiting.push(order as u32),
            }
        }
        let price = &self.prices.best;
        let wheel = Wheel::new(problem, price, waiting, oracle);
        wheel.complete(problem, price, &mut plan, (TURNS, oracle));
        plan
    }

    /// Goes through all plans that could be cheaper than the one at hand, if these are few.
    fn try_proof(&mut self, problem: &Problem, incumbent: &Search, oracle: &mut Oracle) {
        if self.proven == Some(incumbent.total) {
            return;
        }
        match prove(problem, &self.prices, incumbent.total, oracle) {
            Proof::Best(total) => self.proven = self.proven.max(Some(total)),
            Proof::Better(plan) => {
                // It went on to the end from there, so that this one is the best.
                self.proven = self.proven.max(Some(plan.total));
                self.plans.push(*plan);
            }
            Proof::Open => {}
        }
    }
}

/// Cuts that a vertex breaks.
pub(crate) fn broken(supply: &[i64], cuts: &Cuts, columns: &[Column], weight: &[f64]) -> Vec<Cut> {
    let mut found = separate(supply, cuts, (columns, weight), 1e-6, 2);
    found.extend(separate(supply, cuts, (columns, weight), 1e-6, 3));
    if found.len() < FEW {
        for small in [0.11, 0.21] {
            found.extend(separate(supply, cuts, (columns, weight), small, 2));
        }
    }
    found
}

fn column(problem: &Problem, cuts: &Cuts, order: usize, takes: &[Take]) -> Column {
    let mut takes = takes.to_vec();
    takes.sort_unstable_by_key(|take| (take.site, take.arc));
    Column {
        order: order as u32,
        cost: cost_of(problem, order, &takes),
        rows: cuts.drawn(problem, order as u32, &takes),
        takes,
    }
}
