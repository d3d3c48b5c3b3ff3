//! Orders beyond the tables: local search over sets of sites for the answer, dual ascent for the bound.
//!
//! Given the open sites, each line is best filled from the cheapest of them; what remains is to choose the sites:
//! an uncapacitated facility location problem. The answer opens, closes and swaps sites while that helps. The bound
//! raises a price per line as long as every site can pay for its package out of what lines would save there
//! (Erlenkotter, Operations Research 1978); limits on units and packages are relaxed.

use super::{Answer, NEVER, Oracle, Take, Useful};
use crate::problem::{Line, Order, Problem, TICK_BITS, span};

/// Scratch of the large method.
#[derive(Debug, Default)]
pub(super) struct Large {
    /// Per line, its useful arcs with the place of their site, cheapest unit first.
    offers: Vec<Vec<(Useful, u32)>>,
    chosen: Vec<bool>,
}

/// The most rounds of improvement.
const ROUNDS: usize = 8;

impl Oracle {
    /// Finds a good answer and a bound.
    pub(super) fn large(&mut self, problem: &Problem, order: usize, nothing: i64) -> Answer {
        let head = problem.orders[order];
        let lines = &problem.lines[span(head.lines)];
        self.list_offers(lines.len());
        let bound = self.ascend(lines, &head).min(nothing);
        self.large.chosen.clear();
        self.large.chosen.resize(self.open.len(), false);
        let mut value = self.worth(lines, &head);
        for _ in 0..ROUNDS {
            let before = value;
            value = self.improve(lines, &head, value);
            if value >= before {
                break;
            }
        }
        let (lacks, value) = value;
        if lacks > 0 || value >= nothing {
            self.takes.clear();
            return Answer { bound, value: nothing };
        }
        self.take_chosen(lines, &head);
        Answer { bound: bound.min(value), value }
    }

    fn list_offers(&mut self, lines: usize) {
        let offers = &mut self.large.offers;
        if offers.len() < lines {
            offers.resize(lines, Vec::new());
        }
        for list in &mut offers[..lines] {
            list.clear();
        }
        for (at, open) in self.open.iter().enumerate() {
            for useful in &self.useful[span(open.arcs)] {
                offers[useful.line as usize].push((*useful, at as u32));
            }
        }
        for list in &mut offers[..lines] {
            list.sort_by_key(|(useful, at)| (useful.unit, *at));
        }
    }

    /// What the chosen sites come to: units that a complete order misses, which weigh more than any cost, and ticks.
    fn worth(&mut self, lines: &[Line], head: &Order) -> (i64, i64) {
        self.work += lines.len() as u64;
        let Large { offers, chosen } = &self.large;
        let mut sum = 0;
        let mut packages = 0;
        for (open, _) in self.open.iter().zip(chosen).filter(|(_, chosen)| **chosen) {
            sum += open.cost;
            packages += usize::from(open.counts);
        }
        if Self::limited(head.splits, packages) {
            return (i64::MAX, NEVER);
        }
        let mut lacks = 0;
        for (line, offers) in lines.iter().zip(offers) {
            let missing = fill(line, head, (offers, chosen), |useful, _, qty| {
                sum += useful.unit * i64::from(qty);
            });
            sum += (line.penalty * i64::from(missing)) << TICK_BITS;
            lacks += i64::from(missing);
        }
        (if head.complete { lacks } else { 0 }, sum)
    }

    /// Opens, closes or swaps sites wherever that helps at once.
    fn improve(&mut self, lines: &[Line], head: &Order, mut value: (i64, i64)) -> (i64, i64) {
        for at in 0..self.open.len() {
            self.large.chosen[at] ^= true;
            let now = self.worth(lines, head);
            if now < value {
                value = now;
                continue;
            }
            // Instead of each other one.
            let opened = self.large.chosen[at];
            let mut swapped = false;
            if opened {
                for other in 0..self.open.len() {
                    if other == at || !self.large.chosen[other] {
                        continue;
                    }
                    self.large.chosen[other] = false;
                    let now = self.worth(lines, head);
                    if now < value {
                        value = now;
                        swapped = true;
                        break;
                    }
                    self.large.chosen[other] = true;
                }
            }
            if !swapped {
                self.large.chosen[at] ^= true;
            }
        }
        value
    }

    fn take_chosen(&mut self, lines: &[Line], head: &Order) {
        let Large { offers, chosen } = &self.large;
        for (line, offers) in lines.iter().zip(offers) {
            fill(line, head, (offers, chosen), |useful, at, qty| {
                let site = self.open[at as usize].site;
                self.takes.push(Take { site, arc: useful.arc, qty });
            });
        }
        self.takes.sort_by_key(|take| take.arc);
    }

    /// A bound by dual ascent: lines bid up to what they save, sites pay for their packages out of it.
    fn ascend(&mut self, lines: &[Line], head: &Order) -> i64 {
        let offers = &self.large.offers;
        let mut purse: Vec<i64> = self.open.iter().map(|open| open.cost).collect();
        let mut sum = 0;
        let cost = |useful: &Useful, line: &Line| useful.unit * i64::from(line.qty);
        for (line, offers) in lines.iter().zip(offers) {
            let ceiling = if head.complete {
                NEVER
            } else {
                (line.penalty * i64::from(line.qty)) << TICK_BITS
            };
            let Some((first, _)) = offers.first() else {
                sum += (line.penalty * i64::from(line.qty)) << TICK_BITS;
                continue;
            };
            // Raise the bid from offer to offer while all sites below can pay.
            let mut bid = cost(first, line).min(ceiling);
            let mut below = 0;
            loop {
                while below < offers.len() && cost(&offers[below].0, line) <= bid {
                    below += 1;
                }
                let next = offers.get(below).map_or(ceiling, |(useful, _)| cost(useful, line));
                let room = offers[..below].iter().map(|(_, at)| purse[*at as usize]).min();
                let raise = (next.min(ceiling) - bid).min(room.unwrap_or(0)).max(0);
                if raise == 0 {
                    break;
                }
                bid += raise;
                for (_, at) in &offers[..below] {
                    purse[*at as usize] -= raise;
                }
            }
            sum += bid;
        }
        sum
    }
}

/// Fills a line from the cheapest of the chosen sites while that is worth it; gives the units that are missing.
fn fill(
    line: &Line,
    head: &Order,
    (offers, chosen): (&[(Useful, u32)], &[bool]),
    mut tell: impl FnMut(&Useful, u32, u32),
) -> u32 {
    let mut missing = line.qty;
    for (useful, at) in offers {
        let worth_it = head.complete || useful.unit < line.penalty << TICK_BITS;
        if missing == 0 || !worth_it {
            break;
        }
        if chosen[*at as usize] {
            let qty = useful.cap.min(missing);
            tell(useful, *at, qty);
            missing -= qty;
        }
    }
    missing
}
