//! Orders are served in turn at ripe prices, again and again, and who came off badly goes to the front.
//!
//! An order that is served late finds its best way taken. What it lost by that (its *excess* at the prices) is its
//! blame; the next turn goes by blame, which fades. This is squeaky wheel optimisation (Joslin and Clements, JAIR
//! 1999); a turn takes no longer than a pass of the prices.

use std::cmp::Reverse;

use crate::oracle::{Market, Oracle, Take};
use crate::plan::{Plan, rows_of, value_at};
use crate::problem::Problem;

/// What of the blame of earlier turns is left after one more.
const FADE: (i64, i64) = (3, 4);

/// Orders with what they take.
type Served = Vec<(usize, Vec<Take>)>;

/// The orders' blame, between two turns.
#[derive(Debug, Clone)]
pub(crate) struct Wheel {
    /// In the order of their turn: each with its least cost at the prices and its blame, both in ticks.
    seats: Vec<(u32, (i64, i64))>,
}

impl Wheel {
    /// Begins with these orders as they stand, without blame.
    pub(crate) fn new(
        problem: &Problem,
        price: &[i64],
        orders: Vec<u32>,
        oracle: &mut Oracle,
    ) -> Self {
        let market = Market { price, left: &problem.supply };
        let least = |order: &u32| oracle.solve(problem, *order as usize, market).bound;
        let seats = orders.iter().map(least).map(|least| (least, 0));
        Self { seats: orders.iter().copied().zip(seats.collect::<Vec<_>>()).collect() }
    }

    /// Serves the orders, which have nothing in the plan yet, and lays the blame anew.
    pub(crate) fn turn(
        &mut self,
        problem: &Problem,
        price: &[i64],
        plan: &mut Plan,
        oracle: &mut Oracle,
    ) {
        for (order, _) in &self.seats {
            plan.serve_best(problem, *order as usize, price, oracle);
        }
        for (order, (least, blame)) in &mut self.seats {
            let order = *order as usize;
            let rows = rows_of(problem, &plan.takes[order]);
            let excess = value_at(price, plan.cost[order], &rows) - *least;
            *blame = *blame / FADE.1 * FADE.0 + excess;
        }
        self.seats.sort_by_key(|(order, (_, blame))| (Reverse(*blame), *order));
    }

    /// Serves the orders so many times in what a plan leaves them, and keeps the best way.
    pub(crate) fn complete(
        mut self,
        problem: &Problem,
        price: &[i64],
        plan: &mut Plan,
        (turns, oracle): (u32, &mut Oracle),
    ) {
        let mut best: Option<(i64, Served)> = None;
        for _ in 0..turns {
            self.turn(problem, price, plan, oracle);
            let total = plan.total;
            let orders = self.seats.iter().map(|(order, _)| *order as usize);
            let served = orders.map(|order| (order, plan.withdraw(problem, order))).collect();
            if best.as_ref().is_none_or(|(least, _)| total < *least) {
                best = Some((total, served));
            }
        }
        for (order, takes) in best.into_iter().flat_map(|(_, served)| served) {
            plan.serve(problem, order, takes);
        }
    }
}
