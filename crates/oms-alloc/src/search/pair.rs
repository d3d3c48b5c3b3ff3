//! Two searches that begin with one plan, work apart, and come together again.
//!
//! Where there are many orders, two searches hardly ever meet: what either finds stands beside what the other does. So
//! they go on side by side for a while, each in a plan of its own, and then the changes of the second are made in the
//! plan of the first wherever they still fit. It is the same whether one thread does both or two do.

use std::collections::BTreeSet;

use super::Search;
use crate::branch::Way;
use crate::cuts::{Cuts, Users};
use crate::oracle::Oracle;
use crate::plan::Plan;
use crate::problem::Problem;
use crate::random::Random;

/// Orders that were served anew together, each with the way that it had, or with the one that it has then.
pub(super) type Change = Vec<(usize, Way)>;

/// Steps of a search between two looks at its work.
const CHUNK: usize = 32;

/// Two searches, or one where orders are few.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) first: Search,
    second: Option<Search>,
}

impl Pair {
    /// Begins with a plan; with two searches from so many orders on.
    pub(crate) fn new(problem: &Problem, plan: &Plan, many: usize) -> Self {
        let first = Search::new(problem, plan);
        let second = (problem.orders.len() > many).then(|| Search {
            random: Random::new(1),
            changes: Some(Vec::new()),
            ..first.clone()
        });
        Self { first: Search { changes: second.as_ref().map(|_| Vec::new()), ..first }, second }
    }

    /// Work since the beginning.
    pub(crate) fn work(&self, oracles: &[Oracle]) -> u64 {
        let nodes = self.first.nodes + self.second.as_ref().map_or(0, |second| second.nodes);
        nodes + oracles.iter().map(|oracle| oracle.work).sum::<u64>()
    }

    /// Takes over prices and cuts.
    pub(crate) fn reprice(
        &mut self,
        problem: &Problem,
        guide: (&[i64], &Cuts),
        oracle: &mut Oracle,
    ) {
        self.first.reprice(problem, guide, oracle);
        self.first.stale = false;
        if let Some(second) = &mut self.second {
            second.follow(&self.first);
        }
    }

    /// Goes on: a chunk of steps, or so much work of either search.
    pub(crate) fn go(
        &mut self,
        problem: &Problem,
        guide: (&Users, &Cuts),
        [one, other]: &mut [Oracle; 2],
        (work, threads): (u64, usize),
    ) {
        let Self { first, second } = self;
        let Some(second) = second else { return first.go(problem, guide, one, CHUNK) };
        if threads > 1 {
            std::thread::scope(|scope| {
                scope.spawn(|| second.leg(problem, guide, other, work));
                first.leg(problem, guide, one, work);
            });
        } else {
            first.leg(problem, guide, one, work);
            second.leg(problem, guide, other, work);
        }
        first.meet(second);
    }
}

impl Search {
    fn leg(&mut self, problem: &Problem, guide: (&Users, &Cuts), oracle: &mut Oracle, work: u64) {
        let until = oracle.work + self.nodes + work;
        while oracle.work + self.nodes < until {
            self.go(problem, guide, oracle, CHUNK);
        }
    }

    /// Takes over plan and prices of another search.
    fn follow(&mut self, other: &Self) {
        self.ways.clone_from(&other.ways);
        self.left.clone_from(&other.left);
        self.least.clone_from(&other.least);
        self.price.clone_from(&other.price);
        self.holders.clone_from(&other.holders);
        self.total = other.total;
    }

    /// Brings two searches together that parted from one plan: all that was changed here, and there what still fits.
    fn meet(&mut self, other: &mut Self) {
        let ours = self.changes.replace(Vec::new()).unwrap_or_default();
        let mut theirs = other.changes.replace(Vec::new()).unwrap_or_default();
        theirs.iter_mut().rev().for_each(|change| other.make(change));
        let orders = |change: &Change| change.iter().map(|(order, _)| *order).collect::<Vec<_>>();
        let mut moved: BTreeSet<usize> = ours.iter().flat_map(orders).collect();
        other.make(&mut moved.iter().map(|order| (*order, self.ways[*order].clone())).collect());
        for mut change in theirs {
            if change.iter().any(|(order, _)| moved.contains(order)) || !self.try_out(&change) {
                moved.extend(orders(&change));
            } else {
                other.make(&mut change);
            }
        }
    }

    /// Makes a change, which tells afterwards how to take it back.
    fn make(&mut self, change: &mut Change) {
        for (order, way) in change {
            for (row, units) in &self.ways[*order].rows {
                self.left[*row as usize] += units;
            }
            for (row, units) in &way.rows {
                self.left[*row as usize] -= units;
            }
            self.swap(*order, way);
            self.tired[*order] = 0;
        }
    }

    /// Makes a change if there is enough left for it.
    fn try_out(&mut self, change: &Change) -> bool {
        let mut done = change.clone();
        self.make(&mut done);
        let rows = change.iter().flat_map(|(_, way)| &way.rows);
        let fits = rows.clone().all(|(row, _)| self.left[*row as usize] >= 0);
        if !fits {
            self.make(&mut done);
        }
        fits
    }
}
