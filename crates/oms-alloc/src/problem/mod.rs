//! The dense problem: orders, lines, sites and arcs by number, all money in whole minor units.
//!
//! Units of an order come from *sites*: a site is a node that may serve the order. A site that ships anything costs
//! its package once. An *arc* is what one site may ship of one line. A bundle is one line here, whose arcs draw on what
//! all its parts draw on. What is scarce is a *row*: units of a SKU at a node, claims of a SKU in a pool, packages of a
//! node. A [`Builder`] takes them in and proves every bound that the solver relies on, so that sums of costs and prices
//! never overflow.
//!
//! # Law
//! Row 0 is free: it has no limit and never a price. Everything that cannot bind points at it.

mod builder;
mod bundle;

use std::ops::Range;

use thiserror::Error;

pub use builder::{Builder, NewSite, Offer, OrderRules, Row};
pub use bundle::Bundle;
pub(crate) use bundle::check as check_bundles;

/// Prices are whole ticks, this many to a minor unit, so that sums of costs and prices are exact.
pub(crate) const TICKS: i64 = 1 << TICK_BITS;
pub(crate) const TICK_BITS: u32 = 8;

/// The row that has no limit.
pub(crate) const FREE: u32 = 0;

/// What a row without a limit holds: more than all orders together could draw.
const ENDLESS: i64 = 1 << 60;

/// The most orders of a problem.
pub const MOST_ORDERS: usize = 1 << 24;
/// The most lines of an order.
pub const MOST_LINES: usize = 1 << 14;
/// The most arcs of a problem.
pub const MOST_ARCS: usize = 1 << 30;
/// The most units of a line.
pub const MOST_UNITS: u32 = 1 << 30;
/// The largest cost of a unit or a package, either way, in minor units.
pub const MOST_COST: i64 = 1 << 40;
/// The largest cost that all of an order, or all of a problem, could come to, in minor units.
pub const MOST_TOTAL: i64 = 1 << 50;

/// A problem that is out of bounds, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unsolvable {
    /// There is more of something than the solver counts to.
    #[error("{what} are {found}: at most {most} can be reckoned with")]
    TooMany {
        /// What there is too much of, such as "lines of order 7".
        what: String,
        /// How many there are.
        found: i64,
        /// How many there may be.
        most: i64,
    },
    /// A cost or a quantity is out of range.
    #[error("{what} is {found}: expected {expected}")]
    OutOfRange {
        /// Whose it is, such as "the package cost of order 7".
        what: String,
        /// What it is.
        found: i64,
        /// What it may be.
        expected: String,
    },
}

/// What a wave has to decide, as dense arrays.
///
/// Made by a [`Builder`]; orders, lines and nodes keep the numbers that they were added under.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Units of each row that can bind; row 0 has no limit.
    pub(crate) supply: Vec<i64>,
    /// Where each row that a builder gave out stands among these.
    number: Vec<u32>,
    pub(crate) orders: Vec<Order>,
    pub(crate) lines: Vec<Line>,
    pub(crate) sites: Vec<Site>,
    pub(crate) arcs: Vec<Arc>,
    /// What bundles draw on, arc by arc: rows with the units that one draws.
    draws: Vec<(u32, u32)>,
    /// What lines are told as that are not told as themselves.
    told: Vec<(u16, u32)>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) lines: (u32, u32),
    pub(crate) sites: (u32, u32),
    /// The most packages of sites that count.
    pub(crate) splits: u16,
    /// All units or none.
    pub(crate) complete: bool,
    /// Whether two arcs may draw on one row that can bind.
    pub(crate) shares: bool,
    /// What it costs to ship nothing.
    pub(crate) nothing: i64,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) qty: u32,
    /// What a unit that stays unfilled costs.
    pub(crate) penalty: i64,
    /// All units from one site, or none.
    pub(crate) whole: bool,
    /// How many units of what was ordered one unit of it is: more than one only for bundles.
    pub(crate) units: u32,
    /// Where what it is told as stands; nothing if it is told as itself.
    told: Option<(u32, u32)>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Site {
    pub(crate) arcs: (u32, u32),
    /// What the package costs.
    pub(crate) fixed: i64,
    pub(crate) node: u32,
    /// The row of the node's capacity.
    pub(crate) row: u32,
    /// Whether the package counts towards the order's limit.
    pub(crate) counts: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Arc {
    /// What a unit costs.
    pub(crate) cost: i64,
    /// The most units.
    pub(crate) cap: u32,
    /// The row of the units themselves, and that of the claims that they need; of bundles, where their draws stand.
    draws: (u32, u32),
    /// The line, counted within the order.
    pub(crate) line: u16,
    /// Whether its units are bundles.
    is_bundle: bool,
}

pub(crate) fn span(range: (u32, u32)) -> Range<usize> {
    range.0 as usize..range.1 as usize
}

impl Problem {
    /// Starts an empty problem.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::new()
    }

    fn empty() -> Self {
        let (orders, lines, sites, arcs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (draws, told) = (Vec::new(), Vec::new());
        Self { supply: Vec::new(), number: Vec::new(), orders, lines, sites, arcs, draws, told }
    }

    /// Counts the orders.
    #[must_use]
    pub fn orders(&self) -> usize {
        self.orders.len()
    }

    /// Counts the ways to ship a line from a site, over all orders.
    #[must_use]
    pub fn arcs(&self) -> usize {
        self.arcs.len()
    }

    /// Counts the rows that can bind.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.supply.len() - 1
    }

    /// Gives what it costs to ship nothing at all.
    #[must_use]
    pub fn nothing(&self) -> i64 {
        self.orders.iter().map(|order| order.nothing).sum()
    }

    /// The order of magnitude of a package's cost in minor units: the mean over all sites, at least 1.
    pub(crate) fn package_scale(&self) -> f64 {
        let sum: f64 = self.sites.iter().map(|site| site.fixed as f64).sum();
        (sum / self.sites.len().max(1) as f64).max(1.0)
    }

    pub(crate) fn lines_of(&self, order: usize) -> &[Line] {
        &self.lines[span(self.orders[order].lines)]
    }

    /// Counts the units that an order wants, what bundles are made of one by one.
    pub(crate) fn units_of(&self, order: usize) -> u64 {
        let lines = self.lines_of(order).iter();
        lines.map(|line| u64::from(line.qty) * u64::from(line.units)).sum()
    }

    /// Tells what a unit of a line stands for: lines as they were given, with the units of each.
    pub(crate) fn told(&self, order: usize, line: u16) -> impl Iterator<Item = (u16, u32)> {
        let told = self.lines_of(order)[usize::from(line)].told;
        let others = &self.told[told.map_or(0..0, span)];
        told.is_none().then_some((line, 1)).into_iter().chain(others.iter().copied())
    }

    /// Goes through the rows that a unit of an arc draws on, with how much it does.
    #[inline]
    pub(crate) fn for_draws(&self, arc: &Arc, mut tell: impl FnMut(u32, i64)) {
        if arc.is_bundle {
            self.draws[span(arc.draws)].iter().for_each(|(row, times)| tell(*row, (*times).into()));
        } else {
            tell(arc.draws.0, 1);
            tell(arc.draws.1, 1);
        }
    }

    /// Counts the units of an arc for which there is enough left of each row.
    #[inline]
    pub(crate) fn there(&self, arc: &Arc, left: &[i64]) -> i64 {
        if arc.is_bundle {
            return self.bundles_there(arc, left);
        }
        left[arc.draws.0 as usize].min(left[arc.draws.1 as usize])
    }

    /// Sums the prices of the rows that a unit of an arc draws on.
    #[inline]
    pub(crate) fn price_of(&self, arc: &Arc, price: &[i64]) -> i64 {
        if arc.is_bundle {
            return self.price_of_bundle(arc, price);
        }
        price[arc.draws.0 as usize] + price[arc.draws.1 as usize]
    }

    #[cold]
    fn bundles_there(&self, arc: &Arc, left: &[i64]) -> i64 {
        let draws = self.draws[span(arc.draws)].iter();
        draws.fold(ENDLESS, |most, (row, times)| most.min(left[*row as usize] / i64::from(*times)))
    }

    #[cold]
    fn price_of_bundle(&self, arc: &Arc, price: &[i64]) -> i64 {
        let draws = self.draws[span(arc.draws)].iter();
        draws.map(|(row, times)| price[*row as usize] * i64::from(*times)).sum()
    }

    /// The rows of the units of an arc; of bundles, those of claims too.
    pub(crate) fn stock_of<'p>(&'p self, arc: &'p Arc) -> impl Iterator<Item = u32> + 'p {
        let bundled = if arc.is_bundle { span(arc.draws) } else { 0..0 };
        let units = (!arc.is_bundle).then_some(arc.draws.0);
        units.into_iter().chain(self.draws[bundled].iter().map(|(row, _)| *row))
    }

    /// Finds the rows that can bind, and points everything else at row 0 unless all are kept.
    fn settle(&mut self, limits: &[i64], keeps: bool) {
        let mut wanted = vec![0_i64; limits.len()];
        for site in &self.sites {
            wanted[site.row as usize] += 1;
            for arc in &self.arcs[span(site.arcs)] {
                self.for_draws(arc, |row, times| {
                    wanted[row as usize] += times * i64::from(arc.cap)
                });
            }
        }
        let mut number = vec![FREE; limits.len()];
        self.supply = vec![ENDLESS];
        for row in self.by_use(limits.len()) {
            if keeps || wanted[row] > limits[row] {
                number[row] = self.supply.len() as u32;
                self.supply.push(limits[row]);
            }
        }
        for site in &mut self.sites {
            site.row = number[site.row as usize];
        }
        for arc in self.arcs.iter_mut().filter(|arc| !arc.is_bundle) {
            arc.draws = (number[arc.draws.0 as usize], number[arc.draws.1 as usize]);
        }
        for (row, _) in &mut self.draws {
            *row = number[*row as usize];
        }
        for at in 0..self.orders.len() {
            self.orders[at].shares = self.shares(at);
        }
        self.number = number;
    }

    /// All rows but the free one. Those that an order looks at for one line stand together as far as that can be: who goes
    /// through all orders waits for memory more than for anything else.
    fn by_use(&self, rows: usize) -> Vec<usize> {
        let mut list = Vec::with_capacity(rows);
        let mut known = vec![false; rows];
        known[FREE as usize] = true;
        let mut tell = |row: usize| {
            if !std::mem::replace(&mut known[row], true) {
                list.push(row);
            }
        };
        let mut drawn: Vec<(u16, u32)> = Vec::new();
        for order in &self.orders {
            for site in &self.sites[span(order.sites)] {
                for arc in &self.arcs[span(site.arcs)] {
                    self.for_draws(arc, |row, _| drawn.push((arc.line, row)));
                }
            }
            drawn.sort_by_key(|(line, _)| *line);
            drawn.drain(..).for_each(|(_, row)| tell(row as usize));
        }
        (0..rows).for_each(tell);
        list
    }

    /// Where a row stands in `supply`; 0 if it cannot bind.
    pub(crate) fn place_of(&self, row: Row) -> u32 {
        self.number.get(row.0 as usize).copied().unwrap_or(FREE)
    }

    /// Where the rows stand in `supply`, in the order in which a builder gave them out, the free one first.
    pub(crate) fn places(&self) -> &[u32] {
        &self.number
    }

    fn shares(&self, order: usize) -> bool {
        let mut drawn: Vec<(u32, usize)> = Vec::new();
        for site in &self.sites[span(self.orders[order].sites)] {
            for at in span(site.arcs) {
                self.for_draws(&self.arcs[at], |row, _| drawn.push((row, at)));
            }
        }
        drawn.retain(|(row, _)| *row != FREE);
        drawn.sort_unstable();
        drawn.dedup();
        drawn.windows(2).any(|two| two[0].0 == two[1].0)
    }
}
