//! Proof by going through everything: when little is left between plan and bound, few ways are.
//!
//! A plan cheaper than the one at hand can only take ways whose excess is below the gap, and its excesses and the
//! price of what it leaves over add up to less than the gap. Where that leaves few plans, all of them are tried.

use crate::branch::{Way, branch};
use crate::oracle::{Market, Oracle, Take};
use crate::plan::{Plan, cost_of};
use crate::price::Prices;
use crate::problem::{Problem, TICK_BITS};

/// What came of it.
pub(crate) enum Proof {
    /// No plan is cheaper than this.
    Best(i64),
    /// This one is cheaper, and no other is cheaper than it.
    Better(Box<Plan>),
    /// Too much is left to try.
    Open,
}

/// The most ways over all orders, and the most steps.
const WAYS: usize = 20_000;
const STEPS: u32 = 200_000;

/// Tries all plans that are cheaper than `total`.
pub(crate) fn prove(problem: &Problem, prices: &Prices, total: i64, oracle: &mut Oracle) -> Proof {
    // A cheaper plan is cheaper by a whole minor unit.
    let room = (i128::from(total - 1) << TICK_BITS) - prices.bound;
    let Ok(room) = i64::try_from(room) else { return Proof::Open };
    if room < 0 {
        return Proof::Best(total);
    }
    let Some(mut ways) = ways_within(problem, prices, (room, WAYS), oracle) else {
        return Proof::Open;
    };
    let mut left: Vec<i64> =
        (0..prices.cuts.rows()).map(|row| prices.cuts.most(&problem.supply, row as u32)).collect();
    let mut waste: i64 =
        left.iter().zip(&prices.best).map(|(left, price)| left.saturating_mul(*price)).sum();
    // Orders with one way take it; the others are tried, those with few ways first.
    let mut open: Vec<usize> = Vec::new();
    let mut sum = 0;
    for (order, ways) in ways.iter().enumerate() {
        match ways.as_slice() {
            [] => return Proof::Best(total),
            [only] => {
                sum += only.excess;
                for (row, units) in &only.rows {
                    left[*row as usize] -= units;
                    waste -= prices.best[*row as usize] * units;
                }
            }
            _ => open.push(order),
        }
    }
    if left.iter().any(|left| *left < 0) {
        return Proof::Best(total);
    }
    let open = in_touch(&ways, open);
    let lists: Vec<&[Way]> = open.iter().map(|order| ways[*order].as_slice()).collect();
    // The ways that are taken have used up some of the room already.
    let found = branch(&lists, &prices.best, (room + 1 - sum, waste), &mut left, STEPS);
    oracle.work += u64::from(STEPS - found.steps_left);
    if found.steps_left == 0 {
        return Proof::Open;
    }
    if let Some(pick) = found.pick {
        for (order, way) in open.iter().zip(pick) {
            ways[*order].swap(0, way);
        }
        let mut plan = Plan::empty(problem);
        for (order, ways) in ways.iter_mut().enumerate() {
            let takes = std::mem::take(&mut ways[0].takes);
            plan.serve(problem, order, takes);
        }
        return Proof::Better(Box::new(plan));
    }
    Proof::Best(total)
}

/// All ways of all orders with an excess within the room, cheapest first; nothing if they are too many.
pub(crate) fn ways_within(
    problem: &Problem,
    prices: &Prices,
    (room, most): (i64, usize),
    oracle: &mut Oracle,
) -> Option<Vec<Vec<Way>>> {
    let cuts = &prices.cuts;
    let mut count = 0;
    let mut takes = Vec::new();
    let mut all = Vec::with_capacity(problem.orders.len());
    for order in 0..problem.orders.len() {
        let market = Market { price: &prices.best, left: &problem.supply };
        let least = cuts.solve(problem, order, market, oracle, &mut takes).bound;
        let mut list: Vec<Way> = Vec::new();
        let most = most - count;
        let low = oracle.solve(problem, order, market).bound;
        // The slack counts from the least without the cuts' cost.
        let slack = room + least - low;
        let (_, whole) =
            oracle.near(problem, order, market, slack, true, &mut |value: i64, way: &[Take]| {
                let rows = cuts.drawn(problem, order as u32, way);
                let excess = value + cuts.worth(&prices.best, &rows) - least;
                if excess <= room {
                    let cost = cost_of(problem, order, way);
                    list.push(Way { takes: way.to_vec(), rows, cost, excess });
                }
                if list.len() <= most { i64::MAX } else { i64::MIN }
            });
        if !whole || list.len() > most {
            return None;
        }
        count += list.len();
        list.sort_by_key(|way| way.excess);
        all.push(list);
    }
    Some(all)
}

/// Orders so that each shares rows with those before it, where that can be.
fn in_touch(ways: &[Vec<Way>], open: Vec<usize>) -> Vec<usize> {
    let mut users: std::collections::BTreeMap<u32, Vec<usize>> = std::collections::BTreeMap::new();
    for order in &open {
        for (row, _) in ways[*order].iter().flat_map(|way| &way.rows) {
            users.entry(*row).or_default().push(*order);
        }
    }
    let mut done = std::collections::BTreeSet::new();
    let mut list = Vec::with_capacity(open.len());
    for first in open {
        let mut queue = std::collections::VecDeque::from([first]);
        while let Some(order) = queue.pop_front() {
            if !done.insert(order) {
                continue;
            }
            list.push(order);
            for (row, _) in ways[order].iter().flat_map(|way| &way.rows) {
                queue.extend(users.remove(row).unwrap_or_default());
            }
        }
    }
    list
}
