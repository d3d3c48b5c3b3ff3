//! The best way to serve one order at given prices.
//!
//! Everything a wave does comes down to this question, so it is answered in a microsecond or less, and exactly. Where
//! every site has a line's units whole or not at all, the best site of each set of lines is found first, then the
//! best partition of the lines into such sets ([`sets`]). Where a line may come in parts, units filled so far are
//! counted in mixed radix and sites are added one by one ([`parts`]), of many the few that matter ([`few`]). Both
//! tables also bound what is left to do exactly, so that all ways within a slack can be walked without a wasted step ([`near`]). Orders beyond the tables
//! get local search for the answer and dual ascent for the bound ([`large`]).
//!
//! All sums are whole ticks, so that a bound made of them is a proof.

mod few;
mod large;
mod near;
mod parts;
mod relaxed;
mod sets;

use crate::problem::{Problem, TICK_BITS, span};
use few::Few;
use large::Large;
use parts::Layout;

/// Beyond every cost; three of them still add up.
const NEVER: i64 = i64::MAX / 4;
/// What only unreachable states come to.
const LOST: i64 = NEVER / 2;
const NOBODY: u32 = u32::MAX;

/// The most lines for a table over sets of lines.
const WIDEST: usize = 8;
/// The most cells for all tables over units filled so far.
const LARGEST: usize = 1 << 18;

/// Prices and what is left of each row.
#[derive(Clone, Copy)]
pub(crate) struct Market<'a> {
    /// Ticks a unit.
    pub(crate) price: &'a [i64],
    pub(crate) left: &'a [i64],
}

/// Units that one site ships of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Take {
    pub(crate) site: u32,
    pub(crate) arc: u32,
    pub(crate) qty: u32,
}

/// What an order comes to, prices included, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    /// No way is cheaper.
    pub(crate) bound: i64,
    /// What the takes cost; the same as the bound but for very large orders.
    pub(crate) value: i64,
}

impl Answer {
    const fn exact(value: i64) -> Self {
        Self { bound: value, value }
    }
}

/// An arc with units left that may be worth it.
#[derive(Debug, Clone, Copy)]
struct Useful {
    arc: u32,
    line: u16,
    cap: u32,
    unit: i64,
}

/// A site with such arcs.
#[derive(Debug, Clone, Copy)]
struct Open {
    site: u32,
    cost: i64,
    counts: bool,
    arcs: (u32, u32),
}

/// Scratch space of the search; make one for a thread and keep it.
#[derive(Debug, Default)]
pub(crate) struct Oracle {
    /// What the last answer takes.
    pub(crate) takes: Vec<Take>,
    /// Arcs looked at since the beginning: the measure of work. Tables count as if all sites were in them.
    pub(crate) work: u64,
    useful: Vec<Useful>,
    open: Vec<Open>,
    /// Best cost of one package per set of lines and whose, for packages that count and for the rest.
    paid: Vec<(i64, u32)>,
    free: Vec<(i64, u32)>,
    sums: Vec<(i64, u32)>,
    parts: Vec<(i64, u32)>,
    choices: Vec<Vec<(i64, u32)>>,
    layout: Layout,
    tables: Vec<Vec<i64>>,
    unfilled: Vec<i64>,
    steps: Vec<Vec<i64>>,
    few: Few,
    large: Large,
}

/// Whether what loses this much is of no interest: more than the slack, or nothing gained where only the best counts.
const fn beyond(loss: i64, slack: i64) -> bool {
    loss > slack || (slack == 0 && loss == 0)
}

/// Which method answers for an order.
enum Method {
    Nothing,
    Sets,
    Parts,
    Large,
}

impl Oracle {
    /// Finds the least cost, prices included, and leaves what it takes in `takes`.
    pub(crate) fn solve(&mut self, problem: &Problem, order: usize, market: Market<'_>) -> Answer {
        self.takes.clear();
        let nothing = problem.orders[order].nothing << TICK_BITS;
        match self.prepare(problem, order, market, 0, false) {
            Method::Nothing => Answer::exact(nothing),
            Method::Sets => match problem.lines_of(order) {
                [line] => Answer::exact(self.single(line.qty, nothing)),
                _ => Answer::exact(self.sets(problem, order, nothing)),
            },
            Method::Parts => Answer::exact(self.few(problem, order, nothing)),
            Method::Large => self.large(problem, order, nothing),
        }
    }

    /// Collects what can be part of a way within the slack, and chooses the method.
    fn prepare(
        &mut self,
        problem: &Problem,
        order: usize,
        market: Market<'_>,
        slack: i64,
        parts: bool,
    ) -> Method {
        let short = self.gather(problem, order, market, slack);
        if self.open.is_empty() {
            return Method::Nothing;
        }
        let lines = problem.lines_of(order);
        let divisible = lines.iter().any(|line| line.qty > 1 && !line.whole);
        let in_parts = short || (parts && divisible);
        if !in_parts && lines.len() <= WIDEST {
            return Method::Sets;
        }
        let counting = self.open.iter().filter(|open| open.counts).count();
        self.layout.lay(problem, order, counting, &self.useful, parts);
        if self.layout.cells(self.open.len()) > LARGEST {
            return Method::Large;
        }
        self.work += (self.layout.states * self.layout.layers * self.open.len()) as u64 / 8;
        Method::Parts
    }

    /// Collects sites and arcs that can be part of an answer; tells whether one has less than its line wants.
    fn gather(&mut self, problem: &Problem, order: usize, market: Market<'_>, slack: i64) -> bool {
        let head = problem.orders[order];
        let lines = problem.lines_of(order);
        self.useful.clear();
        self.open.clear();
        let mut any_short = false;
        for (site, row) in span(head.sites).zip(&problem.sites[span(head.sites)]) {
            if market.left[row.row as usize] < 1 || (head.splits == 0 && row.counts) {
                continue;
            }
            let cost = (row.fixed << TICK_BITS) + market.price[row.row as usize];
            let from = self.useful.len();
            let mut saves = 0;
            let mut short = false;
            for (arc, part) in span(row.arcs).zip(&problem.arcs[span(row.arcs)]) {
                let line = lines[part.line as usize];
                let cap = i64::from(part.cap).min(problem.there(part, market.left));
                if cap < 1 || (line.whole && cap < i64::from(line.qty)) {
                    continue;
                }
                let unit = (part.cost << TICK_BITS) + problem.price_of(part, market.price);
                let worth = (line.penalty << TICK_BITS) - unit;
                if beyond(-worth, slack) && !head.complete {
                    continue;
                }
                saves += worth.max(0) * cap;
                short |= cap < i64::from(line.qty);
                let (arc, cap) = (arc as u32, cap as u32);
                self.useful.push(Useful { arc, line: part.line, cap, unit });
            }
            if self.useful.len() == from || (beyond(cost - saves, slack) && !head.complete) {
                self.useful.truncate(from);
                continue;
            }
            any_short |= short;
            let arcs = (from as u32, self.useful.len() as u32);
            self.open.push(Open { site: site as u32, cost, counts: row.counts, arcs });
        }
        self.work += 1 + self.useful.len() as u64;
        any_short
    }

    /// One line that comes whole from one site or not at all.
    fn single(&mut self, qty: u32, nothing: i64) -> i64 {
        let mut best = nothing;
        let mut chosen = None;
        for open in &self.open {
            let useful = self.useful[open.arcs.0 as usize];
            let cost = open.cost + useful.unit * i64::from(qty);
            if cost < best {
                best = cost;
                chosen = Some(Take { site: open.site, arc: useful.arc, qty });
            }
        }
        self.takes.extend(chosen);
        best
    }

    /// Whether the packages of an order are limited in earnest: fewer than could be made of this many.
    fn limited(splits: u16, packages: usize) -> bool {
        usize::from(splits) < packages
    }
}
