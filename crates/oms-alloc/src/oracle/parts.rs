//! Lines that may come in parts: units filled so far in mixed radix, site by site.

use super::{LOST, NEVER, Open, Oracle, Take, Useful};
use crate::problem::{Line, Problem, TICK_BITS, span};

/// How states are numbered: a digit per line, and a layer per package that counts where these are limited.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Units that a digit stands for: one, or the whole line where it never comes in parts.
    pub(super) step: Vec<u32>,
    pub(super) radix: Vec<usize>,
    pub(super) stride: Vec<usize>,
    pub(super) states: usize,
    pub(super) layers: usize,
    /// How many sites' packages count.
    pub(super) counting: usize,
}

impl Layout {
    /// Lays out an order; with `all`, every line that may come in parts is counted by the unit.
    pub(super) fn lay(
        &mut self,
        problem: &Problem,
        order: usize,
        counting: usize,
        useful: &[Useful],
        all: bool,
    ) {
        let head = problem.orders[order];
        let lines = &problem.lines[span(head.lines)];
        self.counting = counting;
        let limited = Oracle::limited(head.splits, counting);
        self.layers = if limited { usize::from(head.splits) + 1 } else { 1 };
        self.step.clear();
        self.step.extend(lines.iter().map(
            |line| {
                if all && !line.whole { 1 } else { line.qty.max(1) }
            },
        ));
        for useful in useful {
            if useful.cap < lines[useful.line as usize].qty {
                self.step[useful.line as usize] = 1;
            }
        }
        self.radix.clear();
        self.stride.clear();
        self.states = 1;
        for (line, step) in lines.iter().zip(&self.step) {
            let radix = (line.qty / step) as usize + 1;
            self.stride.push(self.states);
            self.radix.push(radix);
            self.states = self.states.saturating_mul(radix);
        }
    }

    /// Counts the cells of all tables.
    pub(super) fn cells(&self, sites: usize) -> usize {
        self.states.saturating_mul(self.layers).saturating_mul(sites + 1)
    }

    pub(super) fn digit(&self, at: usize, line: usize) -> usize {
        at % self.states / self.stride[line] % self.radix[line]
    }

    /// How far opening a site moves on: by a layer, if its package is counted.
    pub(super) fn shift(&self, open: &Open) -> usize {
        if self.layers > 1 && open.counts { self.states } else { 0 }
    }

    /// Tells what each state of a layer leaves unfilled, in ticks.
    pub(super) fn unfilled(&self, lines: &[Line], told: &mut Vec<i64>) {
        let all = lines.iter().map(|row| row.penalty * i64::from(row.qty));
        told.clear();
        told.push(all.sum::<i64>() << TICK_BITS);
        for ((row, step), radix) in lines.iter().zip(&self.step).zip(&self.radix) {
            let each = (row.penalty * i64::from(*step)) << TICK_BITS;
            let lower = told.len();
            for at in lower..lower * radix {
                told.push(told[at - lower] - each);
            }
        }
    }
}

impl Oracle {
    /// Finds the least cost and what it takes.
    pub(super) fn parts(&mut self, problem: &Problem, order: usize, nothing: i64) -> i64 {
        self.fill();
        let (least, at) = self.least(problem, order, nothing);
        if let Some(at) = at {
            self.walk_back(at);
        }
        least
    }

    /// The least cost by the tables, with the state that it ends in unless that is nothing.
    pub(super) fn least(
        &mut self,
        problem: &Problem,
        order: usize,
        nothing: i64,
    ) -> (i64, Option<usize>) {
        let lines = problem.lines_of(order);
        let complete = problem.orders[order].complete;
        let sites = self.open.len();
        let mut least = (nothing, None);
        self.layout.unfilled(lines, &mut self.unfilled);
        let states = self.unfilled.iter().cycle();
        for (at, (cost, unfilled)) in self.tables[sites].iter().zip(states).enumerate() {
            let whole = (at + 1) % self.layout.states == 0;
            if *cost >= LOST || (complete && !whole) {
                continue;
            }
            let cost = cost + unfilled;
            if cost < least.0 {
                least = (cost, Some(at));
            }
        }
        least
    }

    /// Fills a table of least costs per state after each site.
    pub(super) fn fill(&mut self) {
        let size = self.layout.states * self.layout.layers;
        let sites = self.open.len();
        if self.tables.len() <= sites {
            self.tables.resize(sites + 1, Vec::new());
        }
        self.tables[0].clear();
        self.tables[0].resize(size, NEVER);
        self.tables[0][0] = 0;
        for site in 0..sites {
            let (done, rest) = self.tables.split_at_mut(site + 1);
            let (before, after) = (&done[site], &mut rest[0]);
            let open = self.open[site];
            let used = &self.useful[span(open.arcs)];
            if let ([one], 0) = (used, self.layout.shift(&open)) {
                after.clone_from(before);
                add_site(after, &self.layout, (before, open.cost), one);
                continue;
            }
            open_site(after, &self.layout, before, &open);
            for useful in used {
                add(after, &self.layout, useful);
            }
            for (without, with) in before.iter().zip(after) {
                *with = (*with).min(*without);
            }
        }
    }

    /// Finds what leads to a state at its cost.
    fn walk_back(&mut self, mut at: usize) {
        for site in (0..self.open.len()).rev() {
            if self.tables[site + 1][at] == self.tables[site][at] {
                continue;
            }
            let open = self.open[site];
            let used = &self.useful[span(open.arcs)];
            if self.steps.len() <= used.len() {
                self.steps.resize(used.len() + 1, Vec::new());
            }
            open_site(&mut self.steps[0], &self.layout, &self.tables[site], &open);
            for (turn, useful) in used.iter().enumerate() {
                let (low, high) = self.steps.split_at_mut(turn + 1);
                high[0].clone_from(&low[turn]);
                add(&mut high[0], &self.layout, useful);
            }
            for (turn, useful) in used.iter().enumerate().rev() {
                let line = useful.line as usize;
                let (step, stride) = (self.layout.step[line], self.layout.stride[line]);
                let value = self.steps[turn + 1][at];
                let most = ((useful.cap / step) as usize).min(self.layout.digit(at, line));
                let price = |units: usize| useful.unit * i64::from(step) * units as i64;
                let fits =
                    |units: &usize| self.steps[turn][at - units * stride] + price(*units) == value;
                let units = (0..=most).find(fits).unwrap_or(0);
                if units > 0 {
                    let qty = units as u32 * step;
                    self.takes.push(Take { site: open.site, arc: useful.arc, qty });
                }
                at -= units * stride;
            }
            at -= self.layout.shift(&open);
        }
        self.takes.reverse();
    }
}

/// A table after a site was opened, without any unit of it.
fn open_site(after: &mut Vec<i64>, layout: &Layout, before: &[i64], open: &Open) {
    let shift = layout.shift(open);
    after.clear();
    after.resize(shift, NEVER);
    let moved = &before[..before.len() - shift];
    after.extend(moved.iter().map(|cost| if *cost >= LOST { NEVER } else { cost + open.cost }));
}

/// Adds units of one line to a table, none included. States with more units come first, so that each still finds
/// those with fewer as they were.
fn add(table: &mut [i64], layout: &Layout, useful: &Useful) {
    let line = useful.line as usize;
    let (step, stride, radix) = (layout.step[line], layout.stride[line], layout.radix[line]);
    let most = (useful.cap / step) as usize;
    let unit = useful.unit * i64::from(step);
    for part in table.chunks_exact_mut(stride * radix) {
        for digit in (1..radix).rev() {
            let (fewer, rest) = part.split_at_mut(digit * stride);
            for units in 1..=most.min(digit) {
                let cost = unit * units as i64;
                let low = &fewer[(digit - units) * stride..][..stride];
                // What is lost stays so: all costs together are far less than it is above what counts as lost.
                for (low, high) in low.iter().zip(&mut rest[..stride]) {
                    *high = (*high).min(low.wrapping_add(cost));
                }
            }
        }
    }
}

/// Adds a site that ships one line, and whose package is not counted, to a table.
fn add_site(after: &mut [i64], layout: &Layout, (before, cost): (&[i64], i64), useful: &Useful) {
    let line = useful.line as usize;
    let (step, stride, radix) = (layout.step[line], layout.stride[line], layout.radix[line]);
    let most = ((useful.cap / step) as usize).min(radix - 1);
    let unit = useful.unit * i64::from(step);
    let parts = before.chunks_exact(stride * radix).zip(after.chunks_exact_mut(stride * radix));
    for (before, after) in parts {
        for units in 1..=most {
            let cost = cost + unit * units as i64;
            for (low, high) in before.iter().zip(&mut after[units * stride..]) {
                *high = (*high).min(low.wrapping_add(cost));
            }
        }
    }
}
