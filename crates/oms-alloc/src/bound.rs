//! The bound side of a wave: prices climb, the master's vertex shows where plans conflict, cuts answer, prices climb on.

mod sweep;

use self::sweep::{Sweep, View};
pub(crate) use self::sweep::{WHOLE, broken};
use crate::cuts::Users;
use crate::lp::LpSolver;
use crate::master::NEARLY_ALL;
use crate::oracle::Oracle;
use crate::plan::{Plan, rows_of};
use crate::price::Prices;
use crate::problem::{Problem, TICK_BITS};
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
    sweep: Sweep,
    orders: usize,
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
        let of = if problem.orders.len() > WHOLE { FIRST_OF_LARGE } else { FIRST };
        Self {
            prices: Prices::new(problem),
            plans: Vec::new(),
            proven: None,
            stage: Stage::Climb { at: 0, of, rate: scale / 3.0, fall: 1e-3 },
            wheel: None,
            ripe: false,
            sweep: Sweep::new(problem),
            orders: problem.orders.len(),
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

    /// Begins an epoch with this much work, or less if the first prices become ripe in it.
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
        match self.stage {
            Stage::Climb { at, of, rate, fall } => {
                self.prices.keep = at + KEPT >= of;
                self.prices.pass(problem, oracles);
                self.prices.step(problem, rate * fall.powf(f64::from(at) / f64::from(of)));
                let at = at + 1;
                // Long before the first prices are ripe they make better plans than none.
                if !self.ripe && at % (of / 4) == 0 {
                    let oracle = &mut oracles[0];
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
                // The plan side can begin: the epoch ends here.
                self.until = self.work;
            }
            Stage::Serve { turns } => {
                let oracle = &mut oracles[0];
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
                self.try_proof(problem, incumbent, &mut oracles[0]);
                if self.round(problem, users, incumbent, oracles) {
                    self.stage = self.after_sweep();
                }
            }
            Stage::Settle => {
                let prices = &mut self.prices;
                if !self.settle.step(problem, users, (prices, incumbent), &mut oracles[0]) {
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
        let most = if self.solver == LpSolver::Microlp { FEW_ORDERS } else { WHOLE };
        self.orders <= most
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

    /// The next masters; true once the sweep has had all orders.
    fn round(
        &mut self,
        problem: &Problem,
        users: &Users,
        incumbent: &Search,
        oracles: &mut [Oracle],
    ) -> bool {
        let Prices { cuts, best: price, seen, .. } = &mut self.prices;
        let slack = ((self.scale / 18.0) as i64).max(1) << TICK_BITS;
        let view = View { problem, users, cuts, price, incumbent, slack, solver: self.solver };
        self.work += self.sweep.go(view, seen, oracles);
        let Some(cuts) = self.sweep.over() else { return false };
        // A search gets further than what can be rounded of many vertices.
        if self.orders <= WHOLE {
            self.plans.push(self.rounded(problem, &mut oracles[0]));
        }
        for cut in cuts {
            self.prices.add(problem, users, cut);
        }
        self.prices.rest(IDLE);
        true
    }

    /// A plan of the ways that are chosen whole; the rest is served as well as what is left allows.
    fn rounded(&self, problem: &Problem, oracle: &mut Oracle) -> Plan {
        let mut plan = Plan::empty(problem);
        let mut waiting = Vec::new();
        for (order, stand) in self.sweep.stands.iter().enumerate() {
            let whole = stand.iter().find(|(_, weight)| *weight > NEARLY_ALL);
            match whole.map(|(column, _)| &column.takes) {
                Some(takes) if plan.fits(&rows_of(problem, takes)) => {
                    plan.serve(problem, order, takes.clone());
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
