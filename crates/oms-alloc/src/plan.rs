//! Plans: who ships what, and what is left.

use crate::oracle::{Market, Oracle, Take};
use crate::problem::{FREE, Problem, TICK_BITS};

/// A feasible plan.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) takes: Vec<Vec<Take>>,
    pub(crate) cost: Vec<i64>,
    pub(crate) left: Vec<i64>,
    pub(crate) total: i64,
}

/// Gives what takes of an order cost, in minor units. Takes of one site stand together.
pub(crate) fn cost_of(problem: &Problem, order: usize, takes: &[Take]) -> i64 {
    let lines = problem.lines_of(order);
    let mut cost = problem.orders[order].nothing;
    for_packages(takes, |take, first| {
        let arc = problem.arcs[take.arc as usize];
        cost += (arc.cost - lines[arc.line as usize].penalty) * i64::from(take.qty);
        if first {
            cost += problem.sites[take.site as usize].fixed;
        }
    });
    cost
}

/// Goes through takes; tells with each whether it is the first of its package.
pub(crate) fn for_packages(takes: &[Take], mut tell: impl FnMut(&Take, bool)) {
    let mut last = None;
    for take in takes {
        tell(take, last != Some(take.site));
        last = Some(take.site);
    }
}

/// Lists the rows that takes draw on with their units, sorted, each once; row 0 is left out.
pub(crate) fn rows_of(problem: &Problem, takes: &[Take]) -> Vec<(u32, i64)> {
    let mut rows: Vec<(u32, i64)> = Vec::with_capacity(3 * takes.len());
    for_packages(takes, |take, first| {
        let arc = problem.arcs[take.arc as usize];
        let units = i64::from(take.qty);
        problem.for_draws(&arc, |row, times| rows.push((row, times * units)));
        if first {
            rows.push((problem.sites[take.site as usize].row, 1));
        }
    });
    rows.retain(|(row, _)| *row != FREE);
    rows.sort_unstable();
    rows.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same {
            first.1 += later.1;
        }
        same
    });
    rows
}

/// Gives what a way comes to at prices, in ticks: its cost in minor units, and the price of what it draws on.
pub(crate) fn value_at(price: &[i64], cost: i64, rows: &[(u32, i64)]) -> i64 {
    let drawn = rows.iter().map(|(row, units)| price[*row as usize] * units);
    (cost << TICK_BITS) + drawn.sum::<i64>()
}

impl Plan {
    /// The plan that ships nothing.
    pub(crate) fn empty(problem: &Problem) -> Self {
        let cost: Vec<i64> = problem.orders.iter().map(|order| order.nothing).collect();
        Self {
            takes: vec![Vec::new(); problem.orders.len()],
            total: cost.iter().sum(),
            cost,
            left: problem.supply.clone(),
        }
    }

    /// Serves an order that has nothing yet.
    pub(crate) fn serve(&mut self, problem: &Problem, order: usize, takes: Vec<Take>) {
        for (row, units) in rows_of(problem, &takes) {
            self.left[row as usize] -= units;
        }
        let cost = cost_of(problem, order, &takes);
        self.total += cost - self.cost[order];
        self.cost[order] = cost;
        self.takes[order] = takes;
    }

    /// Takes back what an order has, and tells what that was.
    pub(crate) fn withdraw(&mut self, problem: &Problem, order: usize) -> Vec<Take> {
        let takes = std::mem::take(&mut self.takes[order]);
        for (row, units) in rows_of(problem, &takes) {
            self.left[row as usize] += units;
        }
        let nothing = problem.orders[order].nothing;
        self.total += nothing - self.cost[order];
        self.cost[order] = nothing;
        takes
    }

    pub(crate) fn fits(&self, rows: &[(u32, i64)]) -> bool {
        rows.iter()
            .all(|(row, units)| self.left.get(*row as usize).is_none_or(|left| left >= units))
    }

    /// Serves an order as well as what is left allows, at these prices.
    pub(crate) fn serve_best(
        &mut self,
        problem: &Problem,
        order: usize,
        price: &[i64],
        oracle: &mut Oracle,
    ) {
        let market = Market { price, left: &self.left };
        let answer = oracle.solve(problem, order, market);
        let mut takes = std::mem::take(&mut oracle.takes);
        if problem.orders[order].shares && !self.fits(&rows_of(problem, &takes)) {
            // Two takes want the same units: look on for the best way in which none do.
            let nothing = problem.orders[order].nothing << TICK_BITS;
            let mut best = nothing;
            takes.clear();
            let slack = nothing - answer.bound;
            oracle.near(problem, order, market, slack, true, &mut |value: i64, way: &[Take]| {
                if value < best && self.fits(&rows_of(problem, way)) {
                    best = value;
                    takes = way.to_vec();
                }
                best
            });
        }
        self.serve(problem, order, takes);
    }

    /// Serves all orders, one after the other.
    pub(crate) fn in_turn(problem: &Problem, price: &[i64], oracle: &mut Oracle) -> Self {
        let mut plan = Self::empty(problem);
        for order in 0..problem.orders.len() {
            plan.serve_best(problem, order, price, oracle);
        }
        plan
    }
}
