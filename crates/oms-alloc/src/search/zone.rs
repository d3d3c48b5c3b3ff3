//! Zones: a hundred orders that compete are taken out and served anew together.
//!
//! Branch and bound over excess and waste ends at some ten orders. A list of ways that is priced, cut and branched
//! over tells the best plan of a hundred in some ten milliseconds, for what is open lies in few of them. (Large
//! neighbourhood search: Shaw, CP 1998.)

use super::{Search, WISH, WISHES, Ways};
use crate::branch::Way;
use crate::cuts::{Cuts, Users};
use crate::list::List;
use crate::lp::LpSolver;
use crate::master::{Column, Local};
use crate::oracle::{Market, Oracle, Take};
use crate::problem::Problem;

/// Orders in the first zone, in the smallest and in the largest; a zone in vain makes the next larger by a part.
const FIRST: usize = 30;
const LEAST: usize = 20;
const MOST: usize = 1_000;
const GROWTH: usize = 8;
/// Ways of an order in the list, on average.
const WAYS_EACH: usize = 5;
/// Who could draw on a row joins, where these are so few; else so many of its holders, drawn by lot.
const FEW_USERS: usize = 64;
const ASKED: usize = 3;
/// How often a zone that has come to its end goes on elsewhere.
const STRAYS: usize = 200;
/// The most turns over the branches of a zone, and the most work of its programmes.
const TURNS: u32 = 60;
const WORK: u64 = 40_000;
/// What a unit of a programme's work is in nodes of a search.
const NODES_EACH: u64 = 3;

/// The zones so far.
#[derive(Debug, Clone)]
pub(super) struct Zones {
    /// Orders in the next one.
    size: usize,
}

impl Default for Zones {
    fn default() -> Self {
        Self { size: FIRST }
    }
}

/// What came of a list.
struct Solved {
    /// A way of each order, if that is cheaper than before.
    ways: Option<Vec<Column>>,
    /// Whether there is nothing better in the list.
    proven: bool,
    work: u64,
}

impl Search {
    /// Frees the orders of a zone and serves them anew together, if that is better.
    pub(super) fn zone(
        &mut self,
        problem: &Problem,
        (users, cuts): (&Users, &Cuts),
        oracle: &mut Oracle,
    ) {
        let Some(seed) = self.seed() else { return };
        self.freed.clear();
        self.wished.clear();
        self.surround(problem, (users, cuts), oracle, seed);
        let ways = self.ways_of_zone(problem, cuts, oracle);
        let solved = self.solve(&ways);
        self.nodes += NODES_EACH * solved.work;
        if !solved.proven || solved.work > WORK / 2 {
            self.zones.size = (self.zones.size * 3 / 4).max(LEAST);
        } else if solved.ways.is_none() && self.freed.len() >= self.zones.size {
            self.zones.size = (self.zones.size + self.zones.size / GROWTH + 1).min(MOST);
        }
        for order in &self.freed {
            let tired = &mut self.tired[*order];
            *tired = if solved.ways.is_some() { 0 } else { tired.saturating_add(1) };
        }
        let picks = solved.ways.map(|found| {
            let place = |(ways, found): (&Ways, Column)| {
                ways.list.iter().position(|way| way.takes == found.takes).unwrap_or(0)
            };
            ways.iter().zip(found).map(place).collect()
        });
        self.settle(ways, picks);
    }

    /// Frees the seed, and orders around it that hold or could use what near ways of a freed one draw on.
    fn surround(
        &mut self,
        problem: &Problem,
        (users, cuts): (&Users, &Cuts),
        oracle: &mut Oracle,
        seed: usize,
    ) {
        let most = self.zones.size.min(self.ways.len());
        self.free(seed);
        let (mut at, mut strays) = (0, 0);
        while at < self.freed.len() && self.freed.len() < most {
            let order = self.freed[at];
            at += 1;
            let mut rows: Vec<(u32, i64)> = Vec::new();
            let market = Market { price: &self.price, left: &problem.supply };
            let slack = self.ways[order].excess.max(WISH);
            let mut looked = 0;
            oracle.near(problem, order, market, slack, false, &mut |_: i64, takes: &[Take]| {
                rows.extend(cuts.drawn(problem, order as u32, takes));
                looked += 1;
                if looked >= WISHES { i64::MIN } else { i64::MAX }
            });
            rows.sort_unstable();
            rows.dedup_by_key(|(row, _)| *row);
            for (row, units) in &rows {
                self.wished.push(*row);
                self.make_room(*row, *units, (most, ASKED));
            }
            for (row, _) in rows {
                let is_scarce = row < cuts.first && self.price[row as usize] > 0;
                let users = if is_scarce { users.of(row) } else { &[] };
                for user in users.iter().filter(|_| users.len() <= FEW_USERS) {
                    if self.freed.len() < most {
                        self.free(*user as usize);
                    }
                }
            }
            if at == self.freed.len() && strays < STRAYS {
                strays += 1;
                let other = self.random.below(self.ways.len());
                if self.ways[other].excess > 0 {
                    self.free(other);
                }
            }
        }
    }

    /// The ways of the freed orders that lose least, and those that they have.
    fn ways_of_zone(&mut self, problem: &Problem, cuts: &Cuts, oracle: &mut Oracle) -> Vec<Ways> {
        let (rows, used) = self.rows_that_matter();
        let excess: i64 = self.freed.iter().map(|order| self.ways[*order].excess).sum();
        let slack = excess + self.worth(&rows) - used;
        let mut list = |order: &usize| {
            let list = self.ways_within(problem, cuts, oracle, *order, slack);
            Ways { order: *order, list }
        };
        let mut ways: Vec<Ways> = self.freed.iter().map(&mut list).collect();
        let mut all: Vec<i64> =
            ways.iter().flat_map(|ways| ways.list.iter().map(|way| way.excess)).collect();
        all.sort_unstable();
        let most = all.get(WAYS_EACH * ways.len()).copied().unwrap_or(i64::MAX);
        for Ways { order, list } in &mut ways {
            let now = &self.ways[*order].takes;
            list.retain(|way| way.excess < most || way.excess == 0 || way.takes == *now);
        }
        ways
    }

    /// The cheapest choice of a way of each freed order that fits into what is left.
    fn solve(&self, ways: &[Ways]) -> Solved {
        let all = || ways.iter().flat_map(|ways| &ways.list);
        let local = Local::new(all().flat_map(|way| &way.rows));
        let supply: Vec<i64> = local.rows.iter().map(|row| self.left[*row as usize]).collect();
        let price: Vec<i64> = local.rows.iter().map(|row| self.price[*row as usize]).collect();
        let column = |order: usize, way: &Way| Column {
            order: order as u32,
            cost: way.cost,
            takes: way.takes.clone(),
            rows: local.placed(&way.rows),
        };
        let columns = ways.iter().enumerate().flat_map(|(order, ways)| {
            ways.list.iter().map(|way| column(order, way)).collect::<Vec<_>>()
        });
        let mut aim: i64 = self.freed.iter().map(|order| self.ways[*order].cost).sum();
        let list = List::priced(columns.collect(), ways.len(), (&supply, price), aim);
        let mut solved = Solved { ways: None, proven: true, work: 0 };
        let mut open = vec![list];
        let mut turns = TURNS;
        while let Some(mut list) = open.pop() {
            list.aim = aim;
            if list.reached() {
                continue;
            }
            let work = LpSolver::Microlp.work(list.columns.len(), ways.len()) + 1;
            if turns == 0 || solved.work + work > WORK {
                return Solved { proven: false, ..solved };
            }
            turns -= 1;
            solved.work += work;
            let more = list.tighten(&supply, self.dearest, LpSolver::Microlp);
            if let Some(ways) = list.plan.take() {
                aim = ways.iter().map(|way| way.cost).sum();
                solved.ways = Some(ways);
            }
            if more {
                open.push(list);
            } else if let Some(split) = list.split {
                open.extend(list.branches(split));
            } else {
                list.aim = aim;
                solved.proven &= list.reached();
            }
        }
        solved
    }
}
