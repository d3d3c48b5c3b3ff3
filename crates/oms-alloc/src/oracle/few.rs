//! The few sites that matter, before the tables are filled site by site.
//!
//! A bound on what the order costs with a site ([`relaxed`](super::relaxed)) leaves a site out that would cost more
//! than some answer does. So the tables are filled for the sites of least bound; if one that is left out could still
//! be part of as good a way, for three times as many, and so on. What is left out is in no best way, so that answer
//! and takes are those of all sites, to the bit. Mostly only one way costs no more than the bound, and no table is
//! filled at all. Ways within a slack are walked over the sites with which the order may cost no more than that: all
//! are told.

use super::relaxed::Relaxed;
use super::{NEVER, Open, Oracle, Take, Useful};
use crate::problem::{Line, Problem, TICK_BITS, span};

/// From so many sites on the choice is worth its time.
const MANY: usize = 8;
/// From so many states on it pays to compare the sites of one line before.
const WIDE: usize = 96;
/// Sites that are taken in at first, and how many times as many each next time.
const FIRST: usize = 6;
const MORE: usize = 3;

/// Scratch of the choice.
#[derive(Debug, Default)]
pub(super) struct Few {
    relaxed: Relaxed,
    /// Per line, what one unit costs where all are there, package included; what a further one costs; if it counts.
    whole: Vec<(i64, i64, bool)>,
    /// What the order costs with each site above the bound, at least.
    above: Vec<i64>,
    sorted: Vec<i64>,
    /// All sites and arcs, while some of them are taken in.
    open: Vec<Open>,
    useful: Vec<Useful>,
}

impl Oracle {
    /// Finds the least cost and what it takes, where lines may come in parts and the layout is that of all sites.
    pub(super) fn few(&mut self, problem: &Problem, order: usize, nothing: i64) -> i64 {
        if !self.choice_pays() {
            return self.parts(problem, order, nothing);
        }
        if self.layout.states >= WIDE && self.drop_dominated(problem.lines_of(order)) {
            self.lay_again(problem, order);
        }
        let bound = self.bound(problem, order);
        if bound >= nothing {
            return nothing;
        }
        self.tell_above(bound);
        if self.only_way(bound) {
            return bound;
        }
        let Few { above, sorted, .. } = &mut self.few;
        above.truncate(self.open.len());
        sorted.clone_from(above);
        sorted.sort_unstable();
        self.set_aside();
        let (mut sites, mut gap) = (FIRST, i64::MAX);
        loop {
            let most = self.few.sorted.get(sites - 1).map_or(gap, |most| gap.min(*most));
            self.take_in(most);
            self.lay_again(problem, order);
            let value = self.parts(problem, order, nothing);
            gap = value - bound;
            if gap <= most {
                return value;
            }
            self.takes.clear();
            sites *= MORE;
        }
    }

    /// Fills the tables for the sites that can be part of a way within the slack; the layout stays that of all.
    pub(super) fn fill_near(&mut self, problem: &Problem, order: usize, slack: i64) {
        if !self.choice_pays() {
            return self.fill();
        }
        let nothing = problem.orders[order].nothing << TICK_BITS;
        let bound = self.bound(problem, order);
        self.tell_above(bound);
        self.set_aside();
        // The bound is mostly the least cost. Where it is not, the tables tell how far off it is, and are filled again.
        let mut least = nothing.min(bound);
        loop {
            let most = least - bound + slack;
            self.take_in(most);
            self.fill();
            least = self.least(problem, order, nothing).0;
            if least - bound + slack <= most {
                return;
            }
        }
    }

    /// Whether there are enough sites for a choice of them to be worth its time.
    fn choice_pays(&self) -> bool {
        self.open.len() >= MANY && Relaxed::is_worth_it(&self.layout, self.open.len())
    }

    /// Bounds what the order costs.
    fn bound(&mut self, problem: &Problem, order: usize) -> i64 {
        let (lines, complete) = (problem.lines_of(order), problem.orders[order].complete);
        let open = (self.open.as_slice(), self.useful.as_slice());
        self.few.relaxed.bound((lines, complete), &self.layout, open)
    }

    /// Tells of each site how much more than the bound the order costs with it, at least.
    fn tell_above(&mut self, bound: i64) {
        let Few { relaxed, above, .. } = &mut self.few;
        above.clear();
        above.extend(relaxed.for_packages(&self.open, &self.layout).map(|packages| {
            packages.map(|(_, cost)| cost).min().map_or(i64::MAX, |least| least - bound)
        }));
    }

    /// Puts all sites aside, to be taken in again.
    fn set_aside(&mut self) {
        let Few { open, useful, .. } = &mut self.few;
        std::mem::swap(open, &mut self.open);
        std::mem::swap(useful, &mut self.useful);
    }

    /// Lays out what is left, with packages limited as they are among all sites, so that ties are broken alike.
    fn lay_again(&mut self, problem: &Problem, order: usize) {
        self.layout.lay(problem, order, self.layout.counting, &self.useful, false);
    }

    /// Drops sites of one line where another has the whole line, and ships what they could for less, package included.
    /// Tells whether there were any.
    fn drop_dominated(&mut self, lines: &[Line]) -> bool {
        let Few { whole, .. } = &mut self.few;
        whole.clear();
        whole.resize(lines.len(), (NEVER, 0, true));
        for open in &self.open {
            for useful in &self.useful[span(open.arcs)] {
                let line = useful.line as usize;
                let costs = open.cost + useful.unit;
                if useful.cap == lines[line].qty && costs < whole[line].0 {
                    whole[line] = (costs, useful.unit, open.counts);
                }
            }
        }
        let mut kept = 0;
        self.open.retain_mut(|open| {
            let arcs = span(open.arcs);
            if let [one] = &self.useful[arcs.clone()] {
                let (costs, unit, counts) = whole[one.line as usize];
                let more = i64::from(one.cap - 1) * (one.unit - unit).min(0);
                if open.cost + one.unit + more > costs && (open.counts || !counts) {
                    return false;
                }
            }
            let from = kept;
            kept += arcs.len();
            self.useful.copy_within(arcs, from);
            open.arcs = (from as u32, kept as u32);
            true
        });
        let dropped = kept < self.useful.len();
        self.useful.truncate(kept);
        dropped
    }

    /// Keeps the sites with which the order may cost no more than so much above the bound.
    fn take_in(&mut self, most: i64) {
        self.open.clear();
        self.useful.clear();
        for (open, _) in
            self.few.open.iter().zip(&self.few.above).filter(|(_, above)| **above <= most)
        {
            let from = self.useful.len() as u32;
            self.useful.extend_from_slice(&self.few.useful[span(open.arcs)]);
            self.open.push(Open { arcs: (from, self.useful.len() as u32), ..*open });
        }
    }

    /// Takes all packages with which the order may cost as little as the bound, if they are a way: every other has one
    /// more, one less or one twice, and is none.
    fn only_way(&mut self, bound: i64) -> bool {
        let relaxed = &self.few.relaxed;
        let (mut steps, mut state, mut cost, mut counted) = (0, 0, 0, 0);
        let sites = relaxed.for_packages(&self.open, &self.layout);
        let mut fits = true;
        for (at, packages) in sites.enumerate().filter(|(at, _)| self.few.above[*at] == 0) {
            let open = self.open.get(at);
            counted += usize::from(open.is_some_and(|open| self.layout.shift(open) > 0));
            let mut of_site = 0;
            for (package, _) in packages.filter(|(_, least)| *least == bound) {
                steps += package.steps as usize;
                state += package.state as usize;
                cost += package.cost;
                of_site += 1;
                let used = open.map_or(&[][..], |open| &self.useful[span(open.arcs)]);
                for useful in used {
                    let line = useful.line as usize;
                    let stride = relaxed.stride[line];
                    let units = package.state as usize / stride % self.layout.radix[line];
                    if units > 0 {
                        let qty = units as u32 * self.layout.step[line];
                        let site = open.map_or(0, |open| open.site);
                        self.takes.push(Take { site, arc: useful.arc, qty });
                    }
                }
            }
            fits &= open.is_none() || of_site == 1;
        }
        fits &= counted < self.layout.layers || self.layout.layers == 1;
        // No line has more than it wants where the digits, summed, are those of the sum.
        if fits && (steps, state) == relaxed.all() && cost == bound {
            return true;
        }
        self.takes.clear();
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::near::Walk;
    use crate::oracle::{Market, Method};
    use crate::problem::{NewSite, Offer, OrderRules, Row, TICKS};
    use crate::random::Random;

    /// An order with many sites whose costs are often the same, with its prices.
    fn any(random: &mut Random) -> (Problem, Vec<i64>) {
        let mut below = |most: usize| random.below(most);
        let mut builder = Problem::builder().keeping_rows();
        let lines: Vec<(u32, i64, bool)> = (0..2 + below(4))
            .map(|_| ([1, 1, 2, 3, 6][below(5)], [4, 9, 40][below(3)], below(9) == 0))
            .collect();
        let (cheap, dense) = (1 + below(6), 1 + below(3));
        let mut sites = Vec::new();
        for node in 0..6 + below(20) {
            let mut offers = Vec::new();
            for line in 0..lines.len() {
                if below(4) < dense {
                    let (cost, units) = (below(3) as i64, 1 + below(3) as u32);
                    let stock = builder.row(u64::from(units));
                    offers.push(Offer { line, cost, units, stock, claim: Row::FREE });
                }
            }
            let capacity = if below(3) == 0 { builder.row(below(3) as u64) } else { Row::FREE };
            let fixed = below(cheap) as i64;
            sites.push(NewSite {
                node: node as u32,
                fixed,
                capacity,
                counts: below(6) > 0,
                offers,
            });
        }
        let splits = [None, Some(1), Some(2), Some(3)][below(4)];
        let rules = OrderRules { complete: below(3) == 0, splits, ..OrderRules::default() };
        builder.order(rules, &lines, sites).unwrap();
        let problem = builder.build().unwrap();
        let price = (0..problem.supply.len()).map(|row| match below(4) {
            0 if row > 0 => below(4) as i64 * TICKS / 2,
            _ => 0,
        });
        let price = price.collect();
        (problem, price)
    }

    // Goal: who looks at the few sites that matter answers as who looks at all, and takes the same, also where many
    // ways cost the same. Method: small costs, drawn; the tables of all sites against those of the few; how often
    // there was a choice is counted, and how often one way was all.
    #[test]
    fn few_sites_answer_as_all() {
        let (mut random, mut told, mut chosen) = (Random::new(5), 0, 0);
        let (mut all, mut few) = (Oracle::default(), Oracle::default());
        for world in 0..if cfg!(debug_assertions) { 2_000 } else { 40_000 } {
            let (problem, price) = any(&mut random);
            let market = Market { price: &price, left: &problem.supply };
            all.takes.clear();
            (all.work, few.work) = (0, 0);
            let Method::Parts = all.prepare(&problem, 0, market, 0, false) else { continue };
            let nothing = problem.orders[0].nothing << crate::problem::TICK_BITS;
            let value = all.parts(&problem, 0, nothing);
            let answer = few.solve(&problem, 0, market);
            assert_eq!((answer.value, answer.bound), (value, value), "world {world}");
            assert_eq!(few.takes, all.takes, "world {world}");
            assert_eq!(few.work, all.work, "world {world}");
            told += 1;
            chosen += u32::from(few.open.len() < all.open.len());
        }
        assert!(told > 1_000 && chosen > told / 10, "{chosen} of {told}");
    }

    // Goal: who walks the tables of the sites that matter hears of the ways within a slack, one by one, that who walks
    // those of all hears of. Method: as above, with slacks from none to all; how often sites were left out is counted.
    #[test]
    fn few_sites_tell_the_ways_of_all() {
        let (mut random, mut told, mut chosen) = (Random::new(6), 0, 0);
        let (mut all, mut few) = (Oracle::default(), Oracle::default());
        for world in 0..if cfg!(debug_assertions) { 1_000 } else { 20_000 } {
            let (problem, price) = any(&mut random);
            let market = Market { price: &price, left: &problem.supply };
            let slack = random.below(12) as i64 * TICKS / 2;
            let parts = random.below(2) == 0;
            let Method::Parts = all.prepare(&problem, 0, market, slack, parts) else { continue };
            let (mut ways, mut heard) = (Vec::new(), Vec::new());
            all.fill();
            let mut tell = |value: i64, way: &[Take]| {
                ways.push((value, way.to_vec()));
                i64::MAX
            };
            let of_all = all.near_parts(&problem, 0, slack, Walk::new(&mut tell));
            let mut tell = |value: i64, way: &[Take]| {
                heard.push((value, way.to_vec()));
                i64::MAX
            };
            let of_few = few.near(&problem, 0, market, slack, parts, &mut tell);
            // Where there are too many ways, each walk ends somewhere.
            if !of_all.1 {
                continue;
            }
            assert_eq!(of_few, of_all, "world {world}");
            let key = |(value, takes): &(i64, Vec<Take>)| {
                (*value, takes.iter().map(|take| (take.arc, take.qty)).collect::<Vec<_>>())
            };
            // Where packages are limited, an empty one of a site that is left out may decide which end comes first.
            if all.layout.layers > 1 {
                heard.sort_by_cached_key(key);
                ways.sort_by_cached_key(key);
            }
            assert!(heard == ways, "world {world}: {} ways, not {}", heard.len(), ways.len());
            told += 1;
            chosen += u32::from(few.open.len() < all.open.len());
        }
        assert!(told > 500 && chosen > told / 10, "{chosen} of {told}");
    }
}
