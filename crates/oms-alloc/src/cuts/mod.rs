//! Cuts across orders: what every plan keeps and prices alone do not see.
//!
//! A cut sums some rows and some orders with small multipliers, divides by 2 or 3 and rounds down on both sides
//! (Chvátal-Gomory; for a half: Caprara and Fischetti, Mathematical Programming 1996). A way of an order *counts*
//! for its units in the rows, times their multipliers, plus the order's own multiplier, divided and rounded down.
//! Since an order is served in exactly one way, and rounding down a sum loses no less than rounding its parts, the
//! counts of every plan add up to no more than the rounded right side. Cuts may sum cuts: they are rows like others,
//! numbered on from the problem's.

mod separate;

use std::collections::BTreeMap;

pub(crate) use separate::Vertex;

use crate::oracle::{Answer, Market, Oracle, Take};
use crate::plan::rows_of;
use crate::problem::{Problem, span};

/// One cut.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cut {
    /// Rows with multipliers, sorted.
    pub(crate) rows: Vec<(u32, u8)>,
    /// Orders with multipliers, sorted.
    pub(crate) orders: Vec<(u32, u8)>,
    /// What is divided by; multipliers are smaller.
    pub(crate) by: u8,
    /// What all counts together come to at most.
    pub(crate) most: i64,
}

/// The multiplier of a key in a sorted list.
fn times(list: &[(u32, u8)], key: u32) -> i64 {
    list.binary_search_by_key(&key, |entry| entry.0).map_or(0, |at| i64::from(list[at].1))
}

/// All cuts so far, and who may count in them.
#[derive(Debug, Clone)]
pub(crate) struct Cuts {
    /// The number of the first cut as a row.
    pub(crate) first: u32,
    pub(crate) list: Vec<Cut>,
    /// The cuts by their first row.
    by_row: BTreeMap<u32, Vec<u32>>,
    /// Per order, the cuts that a way of it may count in.
    pub(crate) of_order: Vec<Vec<u32>>,
    /// Per cut, the orders that may count in it.
    users: Vec<Vec<u32>>,
    /// Per cut, for how many rounds it has been worth nothing; nothing while it rests.
    idle: Vec<Option<u8>>,
}

impl Cuts {
    pub(crate) fn new(problem: &Problem) -> Self {
        let of_order = vec![Vec::new(); problem.orders.len()];
        Self { of_order, ..Self::over(problem.supply.len()) }
    }

    /// No cuts yet, over so many rows and whatever orders: for lists of ways that are counted by their owner.
    pub(crate) fn over(rows: usize) -> Self {
        let (list, by_row, of_order) = (Vec::new(), BTreeMap::new(), Vec::new());
        let (users, idle) = (Vec::new(), Vec::new());
        Self { first: rows as u32, list, by_row, of_order, users, idle }
    }

    /// The number of rows, cuts included.
    pub(crate) fn rows(&self) -> usize {
        self.first as usize + self.list.len()
    }

    /// What a row or a cut comes to at most.
    pub(crate) fn most(&self, supply: &[i64], row: u32) -> i64 {
        match row.checked_sub(self.first) {
            None => supply[row as usize],
            Some(cut) => self.list[cut as usize].most,
        }
    }

    /// What all rows and cuts come to at most.
    pub(crate) fn full(&self, supply: &[i64]) -> Vec<i64> {
        (0..self.rows()).map(|row| self.most(supply, row as u32)).collect()
    }

    /// Lists the rows and the cuts that a way of an order draws on, sorted, each once.
    pub(crate) fn drawn(&self, problem: &Problem, order: u32, takes: &[Take]) -> Vec<(u32, i64)> {
        let mut rows = rows_of(problem, takes);
        // Cuts stand in the order in which they were found, so those that a cut sums are counted before it.
        for &cut in &self.of_order[order as usize] {
            let counts = self.list[cut as usize].counts(order, &rows);
            if counts > 0 {
                rows.push((self.first + cut, counts));
            }
        }
        rows
    }

    /// What the cuts add to the cost of a way, in ticks.
    pub(crate) fn cost(&self, problem: &Problem, price: &[i64], order: u32, takes: &[Take]) -> i64 {
        if self.of_order[order as usize].is_empty() {
            return 0;
        }
        self.worth(price, &self.drawn(problem, order, takes))
    }

    /// What the cuts among drawn rows are worth, in ticks.
    pub(crate) fn worth(&self, price: &[i64], drawn: &[(u32, i64)]) -> i64 {
        let cuts = drawn.iter().rev().take_while(|(row, _)| *row >= self.first);
        cuts.fold(0, |sum: i64, (row, units)| {
            sum.saturating_add(price[*row as usize].saturating_mul(*units))
        })
    }

    /// The least cost of an order at prices, cuts included; what it takes is left in `takes`.
    pub(crate) fn solve(
        &self,
        problem: &Problem,
        order: usize,
        market: Market<'_>,
        oracle: &mut Oracle,
        takes: &mut Vec<Take>,
    ) -> Answer {
        let answer = oracle.solve(problem, order, market);
        takes.clear();
        takes.extend_from_slice(&oracle.takes);
        if self.of_order[order].is_empty() {
            return answer;
        }
        let number = order as u32;
        let extra = self.cost(problem, market.price, number, takes);
        if extra == 0 {
            return answer;
        }
        // Some way within the extra cost may count less.
        let mut best = answer.value + extra;
        let (_, all) =
            oracle.near(problem, order, market, extra, true, &mut |value: i64, way: &[Take]| {
                let sum = value + self.cost(problem, market.price, number, way);
                if sum < best {
                    best = sum;
                    takes.clear();
                    takes.extend_from_slice(way);
                }
                best
            });
        // Without the cuts' cost the bound holds anyway.
        Answer { bound: if all { best } else { answer.bound }, value: best }
    }

    /// Adds a cut; tells false if it is known.
    pub(crate) fn add(&mut self, problem: &Problem, users: &Users, cut: Cut) -> bool {
        if let Some(id) = self.place(&cut) {
            self.wake(id);
            return false;
        }
        let id = self.list.len() as u32;
        for (row, _) in &cut.rows {
            if let Some(other) = row.checked_sub(self.first) {
                self.wake(other as usize);
            }
        }
        let mut orders: Vec<u32> = Vec::new();
        for (row, _) in &cut.rows {
            match row.checked_sub(self.first) {
                None => orders.extend(users.of(*row)),
                Some(other) => orders.extend(&self.users[other as usize]),
            }
        }
        orders.sort_unstable();
        let mut here = Vec::new();
        for chunk in orders.chunk_by(|a, b| a == b) {
            let order = chunk[0];
            let single = problem.units_of(order as usize) == 1;
            // One unit in one row counts for nothing unless the order's own multiplier helps.
            if chunk.len() > 1 || !single || times(&cut.orders, order) > 0 {
                self.of_order[order as usize].push(id);
                here.push(order);
            }
        }
        self.push(cut, here);
        true
    }

    /// Where a cut stands, if it is known.
    fn place(&self, cut: &Cut) -> Option<usize> {
        let mut places = self.by_row.get(&cut.first_row())?.iter().map(|at| *at as usize);
        places.find(|at| self.list[*at] == *cut)
    }

    fn push(&mut self, cut: Cut, users: Vec<u32>) {
        self.by_row.entry(cut.first_row()).or_default().push(self.list.len() as u32);
        self.list.push(cut);
        self.users.push(users);
        self.idle.push(Some(0));
    }

    /// Adds a cut to a list whose ways are counted by its owner; nothing happens if it is known.
    pub(crate) fn join(&mut self, cut: Cut) {
        if self.place(&cut).is_none() {
            self.push(cut, Vec::new());
        }
    }

    /// Counts a cut again, and those that it sums.
    fn wake(&mut self, id: usize) {
        if self.idle[id].replace(0).is_some() {
            return;
        }
        for at in 0..self.users[id].len() {
            let list = &mut self.of_order[self.users[id][at] as usize];
            if let Err(place) = list.binary_search(&(id as u32)) {
                list.insert(place, id as u32);
            }
        }
        for at in 0..self.list[id].rows.len() {
            if let Some(other) = self.list[id].rows[at].0.checked_sub(self.first) {
                self.wake(other as usize);
            }
        }
    }

    /// Lets cuts rest that have been worth nothing for so many rounds, unless a cut that is counted sums them.
    pub(crate) fn rest(&mut self, price: &[i64], rounds: u8) {
        let mut summed = vec![false; self.list.len()];
        for id in (0..self.list.len()).rev() {
            let Some(idle) = self.idle[id] else { continue };
            let idle = if price[id] > 0 || summed[id] { 0 } else { idle + 1 };
            if idle <= rounds {
                self.idle[id] = Some(idle);
                for (row, _) in &self.list[id].rows {
                    if let Some(other) = row.checked_sub(self.first) {
                        summed[other as usize] = true;
                    }
                }
                continue;
            }
            self.idle[id] = None;
            for user in &self.users[id] {
                self.of_order[*user as usize].retain(|cut| *cut != id as u32);
            }
        }
    }
}

impl Cut {
    fn first_row(&self) -> u32 {
        self.rows.first().map_or(0, |(row, _)| *row)
    }

    /// How often a way counts, given the rows and the cuts before this one that it draws on, sorted.
    pub(crate) fn counts(&self, order: u32, drawn: &[(u32, i64)]) -> i64 {
        let units: i64 = drawn.iter().map(|(row, units)| times(&self.rows, *row) * units).sum();
        (units + times(&self.orders, order)) / i64::from(self.by)
    }
}

/// Who could draw on each row that can bind.
#[derive(Debug, Clone)]
pub(crate) struct Users {
    start: Vec<u32>,
    list: Vec<u32>,
}

impl Users {
    pub(crate) fn new(problem: &Problem) -> Self {
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for (order, head) in problem.orders.iter().enumerate() {
            for site in &problem.sites[span(head.sites)] {
                pairs.push((site.row, order as u32));
                for arc in &problem.arcs[span(site.arcs)] {
                    problem.for_draws(arc, |row, _| pairs.push((row, order as u32)));
                }
            }
        }
        pairs.retain(|(row, _)| *row != crate::problem::FREE);
        pairs.sort_unstable();
        pairs.dedup();
        let mut start = vec![0_u32; problem.supply.len() + 1];
        for (row, _) in &pairs {
            start[*row as usize + 1] += 1;
        }
        for row in 0..problem.supply.len() {
            start[row + 1] += start[row];
        }
        Self { start, list: pairs.into_iter().map(|(_, order)| order).collect() }
    }

    pub(crate) fn of(&self, row: u32) -> &[u32] {
        let row = row as usize;
        &self.list[self.start[row] as usize..self.start[row + 1] as usize]
    }
}
