//! All ways within a slack of the best, each once.
//!
//! The tables of the best way are exact bounds for what is left to do, so that every step of the walk leads to a way
//! that is told. (Exceptions are met and dropped: two packages of one site and, where packages are limited, one
//! without a unit.)

use super::sets::for_sets;
use super::{LOST, Market, Method, NEVER, NOBODY, Oracle, Take};
use crate::problem::{Line, Problem, TICK_BITS, span};

/// Hears of ways.
pub(crate) trait Visit {
    /// Hears of a way and its value in ticks, prices included; answers the largest value that is still of interest.
    fn visit(&mut self, value: i64, takes: &[Take]) -> i64;
}

impl<F: FnMut(i64, &[Take]) -> i64> Visit for F {
    fn visit(&mut self, value: i64, takes: &[Take]) -> i64 {
        self(value, takes)
    }
}

/// What a walk carries along.
pub(super) struct Walk<'a> {
    takes: Vec<Take>,
    limit: i64,
    visitor: &'a mut dyn Visit,
}

impl<'a> Walk<'a> {
    pub(super) fn new(visitor: &'a mut dyn Visit) -> Self {
        Self { takes: Vec::new(), limit: NEVER, visitor }
    }

    fn tell(&mut self, value: i64) {
        if value <= self.limit {
            self.limit = self.limit.min(self.visitor.visit(value, &self.takes));
        }
    }
}

/// The most steps of one walk: a bound on time, not a law. Beyond it the walk just ends.
const FARTHEST: u32 = 100_000;
/// Amounts that are looked at in the time of a step.
const AMOUNTS: u32 = 8;

impl Oracle {
    /// Visits the ways whose value is at most the slack above the least; gives a bound on the least, in ticks.
    ///
    /// With `parts`, lines may come in parts wherever they come from; without, only where a site has too few.
    /// Tells false if some way may have been left out: the order is too large for the tables, or has too many ways.
    pub(crate) fn near(
        &mut self,
        problem: &Problem,
        order: usize,
        market: Market<'_>,
        slack: i64,
        parts: bool,
        visitor: &mut dyn Visit,
    ) -> (i64, bool) {
        self.takes.clear();
        let nothing = problem.orders[order].nothing << TICK_BITS;
        let mut walk = Walk::new(visitor);
        match self.prepare(problem, order, market, slack, parts) {
            Method::Nothing => {
                walk.tell(nothing);
                (nothing, true)
            }
            Method::Sets => self.near_sets(problem, order, slack, walk),
            Method::Parts => {
                self.fill_near(problem, order, slack);
                self.near_parts(problem, order, slack, walk)
            }
            Method::Large => {
                let answer = self.large(problem, order, nothing);
                walk.takes.clone_from(&self.takes);
                walk.tell(answer.value);
                if !self.takes.is_empty() {
                    walk.takes.clear();
                    walk.tell(nothing);
                }
                (answer.bound, false)
            }
        }
    }

    fn near_sets(
        &mut self,
        problem: &Problem,
        order: usize,
        slack: i64,
        mut walk: Walk<'_>,
    ) -> (i64, bool) {
        let head = problem.orders[order];
        let lines = problem.lines_of(order);
        let nothing = head.nothing << TICK_BITS;
        let full = (1_usize << lines.len()) - 1;
        let layers = self.best_partition(problem, order);
        // From here on: with at most so many packages.
        for at in full + 1..layers * (full + 1) {
            self.parts[at].0 = self.parts[at].0.min(self.parts[at - full - 1].0);
        }
        let least = self.parts[(layers - 1) * (full + 1) + full].0.min(nothing);
        walk.limit = least + slack;
        self.list_choices(lines, full, head.complete);
        if head.complete {
            walk.tell(nothing);
        }
        let limited = Self::limited(head.splits, lines.len());
        let mut steps = FARTHEST;
        self.split(full, full, limited.then_some(layers - 1), 0, &mut walk, &mut steps);
        self.work += u64::from(FARTHEST - steps);
        (least, steps > 0)
    }

    /// All packages per set of lines, cheapest first.
    fn list_choices(&mut self, lines: &[Line], full: usize, complete: bool) {
        if self.choices.len() <= full {
            self.choices.resize(full + 1, Vec::new());
        }
        for list in &mut self.choices[..=full] {
            list.clear();
        }
        for (at, line) in lines.iter().enumerate() {
            if !complete || line.qty == 0 {
                let unfilled = (line.penalty * i64::from(line.qty)) << TICK_BITS;
                self.choices[1 << at].push((unfilled, NOBODY));
            }
        }
        for at in 0..self.open.len() {
            let open = self.open[at];
            for_sets(&mut self.sums, open.cost, &self.useful[span(open.arcs)], |cost, set| {
                self.choices[set as usize].push((cost, at as u32));
            });
        }
        for list in &mut self.choices[1..=full] {
            list.sort_unstable();
        }
    }

    /// Splits the rest of the lines into packages while the exact rest fits below the limit.
    fn split(
        &self,
        full: usize,
        rest: usize,
        layer: Option<usize>,
        cost: i64,
        walk: &mut Walk<'_>,
        steps: &mut u32,
    ) {
        if rest == 0 {
            walk.tell(cost);
            return;
        }
        let low = rest & rest.wrapping_neg();
        let others = rest ^ low;
        let mut sub = others;
        loop {
            let part = sub | low;
            for &(price, owner) in &self.choices[part] {
                let counts = owner != NOBODY && self.open[owner as usize].counts;
                let next = match layer {
                    Some(0) if counts => continue,
                    Some(layer) => Some(layer - usize::from(counts)),
                    None => None,
                };
                let then = self.parts[next.unwrap_or(0) * (full + 1) + (rest ^ part)].0;
                if cost + price + then > walk.limit {
                    // Where packages are counted, a dearer one that is not counted may leave a cheaper rest.
                    if layer.is_some() {
                        continue;
                    }
                    break;
                }
                if *steps == 0 {
                    return;
                }
                *steps -= 1;
                let kept = walk.takes.len();
                if owner == NOBODY || self.add_package(owner, part, walk) {
                    self.split(full, rest ^ part, next, cost + price, walk, steps);
                }
                walk.takes.truncate(kept);
            }
            if sub == 0 {
                return;
            }
            sub = (sub - 1) & others;
        }
    }

    /// Adds a package to the walk, unless its site has one already.
    fn add_package(&self, owner: u32, part: usize, walk: &mut Walk<'_>) -> bool {
        let open = self.open[owner as usize];
        if walk.takes.iter().any(|take| take.site == open.site) {
            return false;
        }
        for useful in &self.useful[span(open.arcs)] {
            if part >> useful.line & 1 == 1 {
                walk.takes.push(Take { site: open.site, arc: useful.arc, qty: useful.cap });
            }
        }
        true
    }

    /// Walks the ways by the tables over units filled.
    pub(super) fn near_parts(
        &mut self,
        problem: &Problem,
        order: usize,
        slack: i64,
        mut walk: Walk<'_>,
    ) -> (i64, bool) {
        let head = problem.orders[order];
        let lines = problem.lines_of(order);
        let nothing = head.nothing << TICK_BITS;
        let sites = self.open.len();
        let mut ends: Vec<(i64, i64, usize)> = Vec::new();
        self.layout.unfilled(lines, &mut self.unfilled);
        let states = self.unfilled.iter().cycle();
        for (at, (cost, unfilled)) in self.tables[sites].iter().zip(states).enumerate() {
            let whole = (at + 1) % self.layout.states == 0;
            let empty = at % self.layout.states == 0;
            if *cost < LOST && (!head.complete || whole || empty) {
                ends.push((cost + unfilled, *unfilled, at));
            }
        }
        ends.sort_unstable();
        let least = ends.first().map_or(nothing, |end| end.0.min(nothing));
        walk.limit = least + slack;
        let mut steps = FARTHEST * AMOUNTS;
        for (value, unfilled, at) in ends {
            if value > walk.limit {
                break;
            }
            self.unfold(sites, at, unfilled, &mut walk, &mut steps);
        }
        self.work += u64::from((FARTHEST * AMOUNTS - steps) / AMOUNTS);
        (least, steps > 0)
    }

    /// Walks back from a state, site by site, along every way that stays below the limit.
    fn unfold(&self, sites: usize, at: usize, cost: i64, walk: &mut Walk<'_>, steps: &mut u32) {
        if *steps == 0 {
            return;
        }
        *steps -= 1;
        let Some(site) = sites.checked_sub(1) else {
            if at == 0 {
                walk.tell(cost);
            }
            return;
        };
        if self.tables[site][at] + cost <= walk.limit {
            self.unfold(site, at, cost, walk, steps);
        }
        let open = self.open[site];
        let Some(at) = at.checked_sub(self.layout.shift(&open)) else { return };
        let kept = walk.takes.len();
        self.amounts(site, open.arcs.0, at, cost + open.cost, (kept, steps), walk);
    }

    /// Goes through the amounts that a site may ship.
    fn amounts(
        &self,
        site: usize,
        useful: u32,
        at: usize,
        cost: i64,
        (kept, steps): (usize, &mut u32),
        walk: &mut Walk<'_>,
    ) {
        if *steps == 0 {
            return;
        }
        *steps -= 1;
        let open = self.open[site];
        if useful == open.arcs.1 {
            if walk.takes.len() > kept && self.tables[site][at] + cost <= walk.limit {
                self.unfold(site, at, cost, walk, steps);
            }
            return;
        }
        let row = self.useful[useful as usize];
        let line = row.line as usize;
        let (step, stride) = (self.layout.step[line], self.layout.stride[line]);
        let most = ((row.cap / step) as usize).min(self.layout.digit(at, line));
        for units in 0..=most {
            let qty = units as u32 * step;
            if units > 0 {
                walk.takes.push(Take { site: open.site, arc: row.arc, qty });
            }
            let cost = cost + row.unit * i64::from(qty);
            self.amounts(site, useful + 1, at - units * stride, cost, (kept, steps), walk);
            if units > 0 {
                walk.takes.pop();
            }
        }
    }
}
