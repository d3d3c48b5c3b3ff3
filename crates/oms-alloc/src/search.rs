//! Making a plan better: related orders, a few or a zone of many, are taken out and served anew in the best way there is.
//!
//! At prices, a plan is above the bound by two things: what each order's way is worth above its best one (its
//! *excess*), and the price of what is left over of every row and cut. Both are never negative, so a set of orders
//! can only gain what these come to around it, and branch and bound over ways near the best ends quickly.

mod pair;
mod zone;

use self::pair::Change;
pub(crate) use self::pair::Pair;
use self::zone::Zones;
use crate::branch::{Way, branch};
use crate::cuts::{Cuts, Users};
use crate::oracle::{Market, Oracle, Take};
use crate::plan::{Plan, cost_of, value_at};
use crate::price::dearest;
use crate::problem::{Problem, TICK_BITS};
use crate::random::Random;

/// The ways of one freed order, cheapest first.
struct Ways {
    order: usize,
    list: Vec<Way>,
}

/// The most ways of an order that are tried together with others.
const WAYS: usize = 40;
/// The most orders that are freed together, and the most nodes of one branch and bound.
const FREED: usize = 9;
const NODES: u32 = 1_000;
/// How many orders are looked at for one to begin with, and how many of a row's holders are drawn.
const TRIES: usize = 5;
const ASKED: usize = 12;
/// How many ways are looked at for one to wish for, and within what slack at least.
const WISHES: usize = 16;
const WISH: i64 = 100 << TICK_BITS;

/// The least part of the work that either way of searching gets, whatever it gains; and the work after which what
/// was gained counts for half.
const LEAST_PART: u64 = 16;
const FADE: u64 = 2_400_000;

/// What work has gained.
#[derive(Clone, Copy, Default)]
struct Rate {
    gain: i64,
    work: u64,
}

impl Rate {
    fn is_better(self, other: Self) -> bool {
        let product = |rate: Self, by: Self| i128::from(rate.gain) * i128::from(by.work);
        product(self, other) >= product(other, self)
    }
}

/// The search and its plan.
#[derive(Clone)]
pub(crate) struct Search {
    ways: Vec<Way>,
    left: Vec<i64>,
    pub(crate) total: i64,
    least: Vec<i64>,
    price: Vec<i64>,
    random: Random,
    /// Per order, how often it was tried in vain since something changed around it.
    tired: Vec<u8>,
    freed: Vec<usize>,
    zones: Zones,
    /// Beyond this no price means anything, in minor units.
    dearest: f64,
    /// What a few orders at a time, and zones, have gained of late for how much work.
    rates: [Rate; 2],
    /// Per row and cut, the orders that draw on it.
    holders: Vec<Vec<u32>>,
    wished: Vec<u32>,
    /// What was changed since another search parted from this one, if there is one.
    changes: Option<Vec<Change>>,
    /// Whether plan or prices are new, so that it has to be priced again.
    pub(crate) stale: bool,
    /// Branch and bound nodes since the beginning: the measure of work beside the oracle's.
    pub(crate) nodes: u64,
}

impl Search {
    /// Begins with a plan. It needs prices before it can go on: [`Search::reprice`].
    pub(crate) fn new(problem: &Problem, plan: &Plan) -> Self {
        let mut search = Self {
            ways: vec![Way::default(); problem.orders.len()],
            left: Vec::new(),
            total: i64::MAX,
            least: vec![0; problem.orders.len()],
            price: Vec::new(),
            random: Random::new(0),
            tired: vec![0; problem.orders.len()],
            freed: Vec::new(),
            zones: Zones::default(),
            dearest: dearest(problem),
            rates: [Rate::default(); 2],
            holders: Vec::new(),
            wished: Vec::new(),
            changes: None,
            stale: false,
            nodes: 0,
        };
        search.offer(plan);
        search
    }

    /// Takes over a plan if it is better; it needs prices again then.
    pub(crate) fn offer(&mut self, plan: &Plan) -> bool {
        if plan.total >= self.total {
            return false;
        }
        let pairs = self.ways.iter_mut().zip(plan.takes.iter().zip(&plan.cost));
        for (way, (takes, cost)) in pairs {
            way.takes.clone_from(takes);
            way.cost = *cost;
        }
        self.total = plan.total;
        true
    }

    /// Takes over prices and cuts.
    pub(crate) fn reprice(
        &mut self,
        problem: &Problem,
        (price, cuts): (&[i64], &Cuts),
        oracle: &mut Oracle,
    ) {
        self.price.clear();
        self.price.extend_from_slice(price);
        self.left.clear();
        self.left.extend((0..cuts.rows()).map(|row| cuts.most(&problem.supply, row as u32)));
        self.holders.iter_mut().for_each(Vec::clear);
        self.holders.resize(cuts.rows(), Vec::new());
        let mut takes = Vec::new();
        for order in 0..self.ways.len() {
            let market = Market { price: &self.price, left: &problem.supply };
            self.least[order] = cuts.solve(problem, order, market, oracle, &mut takes).bound;
            let way = &mut self.ways[order];
            way.rows = cuts.drawn(problem, order as u32, &way.takes);
            way.excess = value_at(&self.price, way.cost, &way.rows) - self.least[order];
            for (row, units) in &way.rows {
                self.left[*row as usize] -= units;
                self.holders[*row as usize].push(order as u32);
            }
        }
    }

    /// Whether it has prices to go by.
    pub(crate) fn priced(&self) -> bool {
        !self.price.is_empty()
    }

    /// What each order takes.
    pub(crate) fn takes(&self) -> impl Iterator<Item = &[Take]> {
        self.ways.iter().map(|way| way.takes.as_slice())
    }

    fn free(&mut self, order: usize) {
        if self.freed.contains(&order) {
            return;
        }
        for (row, units) in &self.ways[order].rows {
            self.left[*row as usize] += units;
        }
        self.freed.push(order);
    }

    /// Goes on for a while, in the way that gains more of late: with a zone, or so many times with a few orders.
    pub(crate) fn go(
        &mut self,
        problem: &Problem,
        (users, cuts): (&Users, &Cuts),
        oracle: &mut Oracle,
        times: usize,
    ) {
        let before = (self.total, oracle.work + self.nodes);
        let [few, many] = self.rates;
        let part = (few.work + many.work) / LEAST_PART;
        let zone = few.work >= part && (many.work <= part || many.is_better(few));
        if zone {
            self.zone(problem, (users, cuts), oracle);
        } else {
            (0..times).for_each(|_| self.step(problem, cuts, oracle));
        }
        let rate = &mut self.rates[usize::from(zone)];
        rate.gain += before.0 - self.total;
        rate.work += oracle.work + self.nodes - before.1;
        if self.rates.iter().map(|rate| rate.work).sum::<u64>() > FADE {
            let half = |Rate { gain, work }| Rate { gain: gain / 2, work: work / 2 };
            self.rates = self.rates.map(half);
        }
    }

    /// An order that could gain, the likeliest of a few; nothing if that is none.
    fn seed(&mut self) -> Option<usize> {
        let count = self.ways.len();
        if count == 0 {
            return None;
        }
        self.nodes += 1;
        let mut seed = self.random.below(count);
        for _ in 1..TRIES {
            let other = self.random.below(count);
            if self.promise(other) > self.promise(seed) {
                seed = other;
            }
        }
        (self.ways[seed].excess > 0).then_some(seed)
    }

    /// Frees a few related orders and serves them anew in the best way, if that is better.
    fn step(&mut self, problem: &Problem, cuts: &Cuts, oracle: &mut Oracle) {
        let Some(seed) = self.seed() else { return };
        self.freed.clear();
        self.wished.clear();
        let most = 2 + self.random.below(FREED - 1);
        self.gather(problem, cuts, oracle, seed, most);
        let (mut rows, used) = self.rows_that_matter();
        let excess: i64 = self.freed.iter().map(|order| self.ways[*order].excess).sum();
        let slack = excess + self.worth(&rows) - used;
        let mut ways = Vec::with_capacity(self.freed.len());
        for at in 0..self.freed.len() {
            let list = self.ways_within(problem, cuts, oracle, self.freed[at], slack);
            rows.extend(list.iter().flat_map(|way| way.rows.iter().map(|row| row.0)));
            ways.push(Ways { order: self.freed[at], list });
        }
        ways[1..].sort_by_key(|ways| (ways.list.len(), ways.order));
        rows.sort_unstable();
        rows.dedup();
        let waste = self.worth(&rows);
        let now = excess + waste - used;
        let lists: Vec<&[Way]> = ways.iter().map(|ways| ways.list.as_slice()).collect();
        let found = branch(&lists, &self.price, (now, waste), &mut self.left, NODES);
        self.nodes += u64::from(NODES - found.steps_left);
        let found = found.pick;
        if found.is_some() {
            for order in &self.freed {
                self.tired[*order] = 0;
            }
        } else {
            self.tired[seed] = self.tired[seed].saturating_add(1);
        }
        self.settle(ways, found);
    }

    /// What an order could gain, less with every try in vain.
    fn promise(&self, order: usize) -> i64 {
        self.ways[order].excess / (1 + i64::from(self.tired[order]))
    }

    /// The rows that the freed orders use or wish for, and the worth of what they use.
    fn rows_that_matter(&mut self) -> (Vec<u32>, i64) {
        let mut rows = std::mem::take(&mut self.wished);
        let mut used = 0;
        for order in &self.freed {
            for (row, units) in &self.ways[*order].rows {
                rows.push(*row);
                used += self.price[*row as usize] * units;
            }
        }
        rows.sort_unstable();
        rows.dedup();
        (rows, used)
    }

    fn worth(&self, rows: &[u32]) -> i64 {
        rows.iter().map(|row| self.price[*row as usize] * self.left[*row as usize]).sum()
    }

    /// The ways of a freed order that could be part of something better.
    fn ways_within(
        &self,
        problem: &Problem,
        cuts: &Cuts,
        oracle: &mut Oracle,
        order: usize,
        slack: i64,
    ) -> Vec<Way> {
        // Cheapest first; of those that cost the same, the first that were told.
        let mut list: Vec<(i64, Vec<Take>)> = Vec::with_capacity(WAYS + 1);
        let least = self.least[order];
        let mut high = least.saturating_add(slack);
        let market = Market { price: &self.price, left: &self.left };
        oracle.near(problem, order, market, slack, false, &mut |value: i64, takes: &[Take]| {
            let value = value + cuts.cost(problem, &self.price, order as u32, takes);
            if value <= high {
                let at = list.partition_point(|way| way.0 <= value);
                list.insert(at, (value, takes.to_vec()));
                list.truncate(WAYS);
                // One that costs as much as the last and is told later would come after it.
                high = list.get(WAYS - 1).map_or(high, |last| last.0 - 1);
            }
            high
        });
        let way = |(value, takes): (i64, Vec<Take>)| Way {
            rows: cuts.drawn(problem, order as u32, &takes),
            cost: cost_of(problem, order, &takes),
            excess: value - least,
            takes,
        };
        list.into_iter().map(way).collect()
    }

    /// Puts the freed orders back, in the ways that were found or in their old ones.
    fn settle(&mut self, mut ways: Vec<Ways>, found: Option<Vec<usize>>) {
        let mut change = Change::new();
        for (ways, pick) in ways.iter_mut().zip(found.into_iter().flatten()) {
            let mut way = ways.list.swap_remove(pick);
            self.swap(ways.order, &mut way);
            change.push((ways.order, way));
        }
        for order in &self.freed {
            for (row, units) in &self.ways[*order].rows {
                self.left[*row as usize] -= units;
            }
        }
        if let Some(changes) = self.changes.as_mut().filter(|_| !change.is_empty()) {
            changes.push(change);
        }
    }

    /// Gives an order another way, and tells which one it had; what is left of the rows is left to the caller.
    fn swap(&mut self, order: usize, way: &mut Way) {
        let old = &mut self.ways[order];
        self.total += way.cost - old.cost;
        for (row, _) in &old.rows {
            let holders = &mut self.holders[*row as usize];
            if let Some(at) = holders.iter().position(|holder| *holder as usize == order) {
                holders.swap_remove(at);
            }
        }
        for (row, _) in &way.rows {
            self.holders[*row as usize].push(order as u32);
        }
        std::mem::swap(old, way);
    }

    /// Frees the seed, and orders around it that have what it would rather take.
    fn gather(
        &mut self,
        problem: &Problem,
        cuts: &Cuts,
        oracle: &mut Oracle,
        seed: usize,
        most: usize,
    ) {
        self.free(seed);
        let mut at = 0;
        while at < self.freed.len() && self.freed.len() < most {
            let order = self.freed[at];
            at += 1;
            let mut wishes: Vec<Vec<Take>> = Vec::new();
            let market = Market { price: &self.price, left: &problem.supply };
            let slack = self.ways[order].excess.max(WISH);
            oracle.near(problem, order, market, slack, false, &mut |_: i64, takes: &[Take]| {
                wishes.push(takes.to_vec());
                if wishes.len() >= WISHES { i64::MIN } else { i64::MAX }
            });
            for _ in 0..2 {
                if wishes.is_empty() {
                    break;
                }
                let wish = wishes.swap_remove(self.random.below(wishes.len()));
                for (row, units) in cuts.drawn(problem, order as u32, &wish) {
                    self.wished.push(row);
                    self.make_room(row, units, (most, ASKED));
                }
            }
        }
    }

    /// Frees holders of a row, drawn by lot, until it has so many units.
    fn make_room(&mut self, row: u32, units: i64, (most, tries): (usize, usize)) {
        let mut asked = 0;
        while self.left[row as usize] < units && self.freed.len() < most {
            let held = self.holders[row as usize].len();
            if held == 0 || asked >= tries {
                return;
            }
            asked += 1;
            let at = self.random.below(held);
            self.free(self.holders[row as usize][at] as usize);
        }
    }
}
