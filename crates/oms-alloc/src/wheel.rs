//! First plans: all orders are served in turn at ripe prices, again and again, and who came off badly goes to the front.
//!
//! An order that is served late finds its best way taken. What it lost by that (its *excess* at the prices) is its
//! blame; the next turn goes by blame, which fades. This is squeaky wheel optimisation (Joslin and Clements, JAIR
//! 1999); a turn takes no longer than a pass of the prices.

use std::cmp::Reverse;

use crate::oracle::{Market, Oracle};
use crate::plan::{Plan, rows_of};
use crate::problem::{Problem, TICK_BITS};

/// What of the blame of earlier turns is left after one more.
const FADE: (i64, i64) = (3, 4);

/// The orders' blame, between two turns.
#[derive(Debug, Clone)]
pub(crate) struct Wheel {
    least: Vec<i64>,
    blame: Vec<i64>,
    turn: Vec<u32>,
}

impl Wheel {
    /// Begins with the orders as they are numbered, without blame.
    pub(crate) fn new(problem: &Problem, price: &[i64], oracle: &mut Oracle) -> Self {
        let market = Market { price, left: &problem.supply };
        let orders = 0..problem.orders.len();
        Self {
            least: orders.clone().map(|order| oracle.solve(problem, order, market).bound).collect(),
            blame: vec![0; orders.len()],
            turn: orders.map(|order| order as u32).collect(),
        }
    }

    /// Serves all orders in turn, and lays the blame anew.
    pub(crate) fn turn(&mut self, problem: &Problem, price: &[i64], oracle: &mut Oracle) -> Plan {
        let mut plan = Plan::empty(problem);
        for order in &self.turn {
            plan.serve_best(problem, *order as usize, price, oracle);
        }
        for (order, blame) in self.blame.iter_mut().enumerate() {
            let rows = rows_of(problem, &plan.takes[order]);
            let worth: i64 = rows.iter().map(|(row, units)| price[*row as usize] * units).sum();
            let excess = (plan.cost[order] << TICK_BITS) + worth - self.least[order];
            *blame = *blame / FADE.1 * FADE.0 + excess;
        }
        self.turn.sort_by_key(|order| (Reverse(self.blame[*order as usize]), *order));
        plan
    }
}
