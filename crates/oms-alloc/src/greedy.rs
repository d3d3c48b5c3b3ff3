//! Sourcing by rules, as commerce platforms do it: order by order, the node that ships all of it at the least cost a
//! unit, else again and again the one that covers its share at the least cost a unit.

use crate::oracle::Take;
use crate::plan::{Plan, rows_of};
use crate::problem::{Problem, span};

/// What a site could ship of what is still needed.
struct Candidate {
    /// Whether something stays needed, cost, units, node, for comparing.
    partial: bool,
    cost: i64,
    units: i64,
    node: u32,
    takes: Vec<Take>,
}

impl Candidate {
    /// Whether it goes first: all that is needed before parts of it, then the least cost a unit, then the node.
    fn before(&self, other: &Self) -> bool {
        let a = i128::from(self.cost) * i128::from(other.units);
        let b = i128::from(other.cost) * i128::from(self.units);
        (self.partial, a, self.node) < (other.partial, b, other.node)
    }
}

/// Makes the plan that rules make.
pub(crate) fn greedy(problem: &Problem) -> Plan {
    let mut plan = Plan::empty(problem);
    for order in 0..problem.orders.len() {
        let takes = by_rules(problem, order, &plan.left);
        // Two takes may want the same units.
        if plan.fits(&rows_of(problem, &takes)) {
            plan.serve(problem, order, takes);
        }
    }
    plan
}

fn by_rules(problem: &Problem, order: usize, left: &[i64]) -> Vec<Take> {
    let head = problem.orders[order];
    let mut need: Vec<u32> = problem.lines_of(order).iter().map(|line| line.qty).collect();
    let mut picked: Vec<Take> = Vec::new();
    let mut used: Vec<usize> = Vec::new();
    let mut packages = 0;
    while need.iter().any(|need| *need > 0) {
        let mut best: Option<(Candidate, usize)> = None;
        for site in span(head.sites).filter(|site| !used.contains(site)) {
            if problem.sites[site].counts && packages >= head.splits {
                continue;
            }
            if let Some(candidate) = candidate(problem, order, (site, &need), left)
                && best.as_ref().is_none_or(|(best, _)| candidate.before(best))
            {
                best = Some((candidate, site));
            }
        }
        let Some((candidate, site)) = best else { break };
        packages += u16::from(problem.sites[site].counts);
        used.push(site);
        for take in &candidate.takes {
            need[problem.arcs[take.arc as usize].line as usize] -= take.qty;
        }
        picked.extend(candidate.takes);
    }
    if head.complete && need.iter().any(|need| *need > 0) {
        picked.clear();
    }
    picked
}

fn candidate(
    problem: &Problem,
    order: usize,
    (site, need): (usize, &[u32]),
    left: &[i64],
) -> Option<Candidate> {
    let row = problem.sites[site];
    if left[row.row as usize] < 1 {
        return None;
    }
    let lines = problem.lines_of(order);
    let mut takes = Vec::new();
    let (mut cost, mut worth, mut units) = (row.fixed, 0, 0);
    for at in span(row.arcs) {
        let arc = problem.arcs[at];
        let there = problem.there(&arc, left);
        let line = arc.line as usize;
        let qty = i64::from(need[line].min(arc.cap)).min(there);
        if qty < 1 || (lines[line].whole && qty < i64::from(lines[line].qty)) {
            continue;
        }
        cost += arc.cost * qty;
        worth += lines[line].penalty * qty;
        units += qty * i64::from(lines[line].units);
        takes.push(Take { site: site as u32, arc: at as u32, qty: qty as u32 });
    }
    let wanted = need.iter().zip(lines);
    let wanted: i64 = wanted.map(|(need, line)| i64::from(*need) * i64::from(line.units)).sum();
    let partial = units < wanted;
    (units > 0 && cost < worth).then_some(Candidate { partial, cost, units, node: row.node, takes })
}
