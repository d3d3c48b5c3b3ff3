//! Lines that come whole: the best site of each set of lines, then the best partition.

use super::{NEVER, NOBODY, Oracle, Take, Useful};
use crate::problem::{Problem, TICK_BITS, span};

impl Oracle {
    /// Finds the least cost and what it takes. The order has at most [`super::WIDEST`] lines.
    pub(super) fn sets(&mut self, problem: &Problem, order: usize, nothing: i64) -> i64 {
        let layers = self.best_partition(problem, order);
        let full = (1_usize << problem.lines_of(order).len()) - 1;
        let ends = (0..layers).map(|layer| (self.parts[layer * (full + 1) + full].0, layer));
        let (least, layer) = ends.min().unwrap_or((NEVER, 0));
        if least >= nothing {
            return nothing;
        }
        let (mut set, mut layer) = (full, layer);
        while set != 0 {
            let (_, code) = self.parts[layer * (full + 1) + set];
            let (part, counted) = ((code >> 1) as usize, code & 1 == 1);
            let owner = if counted { self.paid[part].1 } else { self.free[part].1 };
            self.take(owner, part);
            set ^= part;
            layer -= usize::from(counted);
        }
        least
    }

    /// Fills the tables; gives the number of layers, one per package that counts and none.
    pub(super) fn best_partition(&mut self, problem: &Problem, order: usize) -> usize {
        let head = problem.orders[order];
        let lines = &problem.lines[span(head.lines)];
        let full = (1_usize << lines.len()) - 1;
        let limited = Self::limited(head.splits, lines.len());
        for table in [&mut self.paid, &mut self.free] {
            table.clear();
            table.resize(full + 1, (NEVER, NOBODY));
        }
        for (at, line) in lines.iter().enumerate() {
            // A line of no units is complete as it is.
            if !head.complete || line.qty == 0 {
                let unfilled = (line.penalty * i64::from(line.qty)) << TICK_BITS;
                self.free[1 << at] = (unfilled, NOBODY);
            }
        }
        for at in 0..self.open.len() {
            let open = self.open[at];
            let table = if open.counts && limited { &mut self.paid } else { &mut self.free };
            for_sets(&mut self.sums, open.cost, &self.useful[span(open.arcs)], |cost, set| {
                let slot = &mut table[set as usize];
                if cost < slot.0 {
                    *slot = (cost, at as u32);
                }
            });
        }
        let layers = if limited { usize::from(head.splits) + 1 } else { 1 };
        self.parts.clear();
        self.parts.resize(layers * (full + 1), (NEVER, 0));
        self.parts[0].0 = 0;
        for layer in 0..layers {
            for set in 1..=full {
                self.parts[layer * (full + 1) + set] = self.last_part(full, layer, set);
            }
        }
        layers
    }

    /// The cheapest last part of a set of lines, which holds its lowest line, and what the set costs with it.
    fn last_part(&self, full: usize, layer: usize, set: usize) -> (i64, u32) {
        let low = set & set.wrapping_neg();
        let others = set ^ low;
        let mut best = (NEVER, 0);
        let mut sub = others;
        loop {
            let part = sub | low;
            let rest = set ^ part;
            let free = self.free[part].0 + self.parts[layer * (full + 1) + rest].0;
            if free < best.0 {
                best = (free, (part as u32) << 1);
            }
            if layer > 0 {
                let paid = self.paid[part].0 + self.parts[(layer - 1) * (full + 1) + rest].0;
                if paid < best.0 {
                    best = (paid, (part as u32) << 1 | 1);
                }
            }
            if sub == 0 {
                return best;
            }
            sub = (sub - 1) & others;
        }
    }

    fn take(&mut self, owner: u32, set: usize) {
        if owner == NOBODY {
            return;
        }
        let open = self.open[owner as usize];
        for useful in &self.useful[span(open.arcs)] {
            if set >> useful.line & 1 == 1 {
                self.takes.push(Take { site: open.site, arc: useful.arc, qty: useful.cap });
            }
        }
    }
}

/// Goes through the sets of lines that a site could ship whole, with what its package costs then.
pub(super) fn for_sets(
    sums: &mut Vec<(i64, u32)>,
    opening: i64,
    used: &[Useful],
    mut tell: impl FnMut(i64, u32),
) {
    sums.clear();
    sums.push((opening, 0));
    for useful in used {
        let worth = useful.unit * i64::from(useful.cap);
        for low in 0..sums.len() {
            let (cost, set) = sums[low];
            let (cost, set) = (cost + worth, set | (1 << useful.line));
            sums.push((cost, set));
            tell(cost, set);
        }
    }
}
