//! Prices of what is scarce, and the bound that they prove.
//!
//! At prices of rows and cuts, the best ways of all orders cost, less what the rows and cuts are worth when full, no
//! more than any plan: the Lagrangian bound. It is as strong as a linear programme over all ways of all orders, and
//! it holds at any prices, so no step of how they are found has to be trusted. They climb by Adam (Kingma and Ba,
//! 2015) on the subgradient: what is drawn beyond what there is.
//!
//! # Units
//! Prices in ticks; the bound is an exact sum of whole ticks.

use crate::cuts::{Cut, Cuts, Users};
use crate::oracle::{Market, Oracle, Take};
use crate::problem::{Problem, TICK_BITS, TICKS};
use crate::walk::{Walk, draw};

/// From so many orders on, two threads are worth their start.
const SHARED: usize = 1_000;

/// A way that was the best one in so many passes.
#[derive(Debug, Clone)]
pub(crate) struct Met {
    pub(crate) takes: Vec<Take>,
    pub(crate) times: u32,
}

/// Prices on their climb.
#[derive(Debug, Clone)]
pub(crate) struct Prices {
    walk: Walk,
    drawn: Vec<i64>,
    /// The best bound so far, in ticks, and the prices that prove it.
    pub(crate) bound: i128,
    pub(crate) best: Vec<i64>,
    pub(crate) cuts: Cuts,
    /// Whether ways that are met are kept, and those of each order.
    pub(crate) keep: bool,
    pub(crate) seen: Vec<Vec<Met>>,
}

impl Prices {
    pub(crate) fn new(problem: &Problem) -> Self {
        let rows = problem.supply.len();
        Self {
            walk: Walk::new(&vec![0; rows], dearest(problem)),
            drawn: vec![0; rows],
            bound: i128::MIN,
            best: vec![0; rows],
            cuts: Cuts::new(problem),
            keep: false,
            seen: vec![Vec::new(); problem.orders.len()],
        }
    }

    /// Beyond this no price means anything, in minor units.
    pub(crate) const fn dearest(&self) -> f64 {
        self.walk.dearest
    }

    /// The bound in whole minor units: costs are whole, so a bound may be rounded up.
    pub(crate) fn bound_minor(&self) -> i64 {
        let up = self.bound.saturating_add(i128::from(TICKS) - 1) >> TICK_BITS;
        i64::try_from(up).unwrap_or(i64::MIN)
    }

    /// Goes over all orders at the current prices and keeps the bound if it is better. With two oracles, two threads
    /// share the orders; sums of whole numbers are the same in any order.
    pub(crate) fn pass(&mut self, problem: &Problem, oracles: &mut [Oracle]) {
        self.drawn.fill(0);
        let Self { cuts, walk, drawn, keep, seen, .. } = self;
        let tour = Tour { problem, cuts, price: &walk.ticks, keep: *keep };
        let mut sum = match oracles {
            [one, other] if seen.len() >= SHARED => {
                let mut drawn_there = vec![0; drawn.len()];
                let half = seen.len() / 2;
                let (near, far) = seen.split_at_mut(half);
                let sums = std::thread::scope(|scope| {
                    let there = scope.spawn(|| tour.go(half, far, &mut drawn_there, other));
                    let here = tour.go(0, near, drawn, one);
                    there.join().map(|there| here + there)
                });
                drawn.iter_mut().zip(drawn_there).for_each(|(here, there)| *here += there);
                sums.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
            [one, ..] => tour.go(0, seen, drawn, one),
            [] => return,
        };
        for row in 1..self.drawn.len() {
            let most = self.cuts.most(&problem.supply, row as u32);
            sum -= i128::from(self.walk.ticks[row]) * i128::from(most);
        }
        if sum > self.bound {
            self.bound = sum;
            self.best.copy_from_slice(&self.walk.ticks);
        }
    }

    /// Moves the prices along the subgradient of the last pass, by about `rate` minor units.
    pub(crate) fn step(&mut self, problem: &Problem, rate: f64) {
        let most = |row| self.cuts.most(&problem.supply, row as u32);
        self.walk.step(&self.drawn, most, rate);
    }

    /// Lets cuts rest that have been worth nothing for so many rounds.
    pub(crate) fn rest(&mut self, rounds: u8) {
        let price = &self.best[self.cuts.first as usize..];
        self.cuts.rest(price, rounds);
    }

    /// Starts the climb anew from the best prices.
    pub(crate) fn again(&mut self) {
        self.walk.again(&self.best);
    }

    /// Adds a cut at no price; tells false if it is known.
    pub(crate) fn add(&mut self, problem: &Problem, users: &Users, cut: Cut) -> bool {
        let new = self.cuts.add(problem, users, cut);
        if new {
            self.walk.push();
            self.drawn.push(0);
            self.best.push(0);
        }
        new
    }
}

/// A tour of orders at fixed prices.
struct Tour<'t> {
    problem: &'t Problem,
    cuts: &'t Cuts,
    price: &'t [i64],
    /// Whether ways that are met are kept.
    keep: bool,
}

impl Tour<'_> {
    /// Visits the orders from `first` on, as many as `seen` has places: adds up the least costs of all in ticks, and
    /// what their best ways draw on each row.
    fn go(
        &self,
        first: usize,
        seen: &mut [Vec<Met>],
        drawn: &mut [i64],
        oracle: &mut Oracle,
    ) -> i128 {
        let market = Market { price: self.price, left: &self.problem.supply };
        let mut sum: i128 = 0;
        let mut takes: Vec<Take> = Vec::new();
        for (order, seen) in (first..).zip(seen) {
            let answer = self.cuts.solve(self.problem, order, market, oracle, &mut takes);
            sum += i128::from(answer.bound);
            if self.keep {
                match seen.iter_mut().find(|met| met.takes == takes) {
                    Some(met) => met.times += 1,
                    None => seen.push(Met { takes: takes.clone(), times: 1 }),
                }
            }
            if self.cuts.of_order[order].is_empty() {
                draw(self.problem, &takes, drawn);
            } else {
                for (row, units) in self.cuts.drawn(self.problem, order as u32, &takes) {
                    drawn[row as usize] += units;
                }
            }
        }
        sum
    }
}

/// Beyond this no price means anything: a unit costs no order more than its worst way.
///
/// It also keeps the price of all units of an order within 2^56 ticks, so that sums do not overflow.
pub(crate) fn dearest(problem: &Problem) -> f64 {
    let penalty = problem.lines.iter().map(|line| line.penalty).max().unwrap_or(0);
    let unit = problem.arcs.iter().map(|arc| arc.cost.abs()).max().unwrap_or(0);
    let package = problem.sites.iter().map(|site| site.fixed).max().unwrap_or(0);
    let orders = 0..problem.orders.len();
    let units = orders.map(|order| problem.units_of(order)).max().unwrap_or(1).max(1);
    let worst = 2.0 * (penalty as f64 + unit as f64 + package as f64) + 1.0;
    let safe = 2.0_f64.powi(56) / TICKS as f64 / units as f64;
    // A complete order may pay for one unit what all its lines are worth.
    let complete = problem.orders.iter().filter(|order| order.complete).map(|order| order.nothing);
    worst.max(complete.max().unwrap_or(0) as f64).min(safe)
}
