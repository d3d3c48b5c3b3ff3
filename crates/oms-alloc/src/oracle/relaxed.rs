//! What an order costs at least, and what it costs at least with each site: the best partition into packages.
//!
//! States are those of [`parts`](super::parts), units filled so far. Here each state has the cheapest package that holds
//! just these units, whoever ships it, and the best partition of a state is one of its packages and the best partition
//! of the rest. It may name a site twice and want more of a line than there is at it, so that it is a bound. It is
//! rarely less than the least cost: a site that is named twice is paid twice.

use std::collections::BTreeMap;

use super::parts::Layout;
use super::{NEVER, Open, Useful};
use crate::problem::{Line, TICK_BITS, span};

/// The most parts of all shapes that are remembered at once: two bytes each.
const MOST_PARTS: usize = 1 << 19;
/// The most states whose parts are listed.
const MOST_STATES: usize = 1 << 15;

/// What a site ships, and what that costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Package {
    pub(super) cost: i64,
    pub(super) state: u32,
    /// Steps of all lines together.
    pub(super) steps: u32,
}

/// The parts of each state that hold some of its first line.
#[derive(Debug)]
struct Shape {
    parts: Vec<u16>,
    ends: Vec<usize>,
}

/// Tables of the bound. Lines with few units come first, so that orders share shapes.
#[derive(Debug, Default)]
pub(super) struct Relaxed {
    /// By the radix of each line.
    shapes: BTreeMap<Vec<usize>, Shape>,
    remembered: usize,
    turn: Vec<usize>,
    radix: Vec<usize>,
    pub(super) stride: Vec<usize>,
    /// The cheapest package per state: of those that are counted, and of the rest.
    paid: Vec<i64>,
    free: Vec<i64>,
    /// The least cost per number of packages that are counted, at most so many, and state.
    best: Vec<i64>,
    /// What each site could ship, then what could stay unfilled.
    packages: Vec<Package>,
    ends: Vec<usize>,
}

impl Shape {
    fn of(radix: &[usize]) -> Self {
        let mut shape = Self { parts: Vec::new(), ends: vec![0] };
        for state in 1..radix.iter().product() {
            let from = shape.parts.len();
            let (mut rest, mut stride) = (state, 1);
            for radix in radix {
                let digit = rest % radix;
                let kept = shape.parts.len();
                for units in 1..=digit {
                    let shift = (units * stride) as u16;
                    if kept == from {
                        shape.parts.push(shift);
                    }
                    for at in from..kept {
                        shape.parts.push(shape.parts[at] + shift);
                    }
                }
                rest /= radix;
                stride *= radix;
            }
            shape.ends.push(shape.parts.len());
        }
        shape
    }
}

impl Relaxed {
    /// Whether the tables are small enough, and smaller than those over so many sites.
    pub(super) fn is_worth_it(layout: &Layout, sites: usize) -> bool {
        let pairs: usize = layout.radix.iter().map(|radix| radix * (radix + 1) / 2).product();
        pairs <= (2 * sites * layout.states).min(MOST_PARTS) && layout.states <= MOST_STATES
    }

    /// Gives the bound.
    pub(super) fn bound(
        &mut self,
        (lines, complete): (&[Line], bool),
        layout: &Layout,
        (open, useful): (&[Open], &[Useful]),
    ) -> i64 {
        self.lay(layout);
        self.packages.clear();
        self.ends.clear();
        for open in open {
            let from = self.packages.len();
            self.list(layout, open.cost, &useful[span(open.arcs)]);
            let table = if layout.shift(open) > 0 { &mut self.paid } else { &mut self.free };
            for package in &self.packages[from..] {
                let slot = &mut table[package.state as usize];
                *slot = (*slot).min(package.cost);
            }
            self.ends.push(self.packages.len());
        }
        for (at, line) in lines.iter().enumerate().filter(|_| !complete) {
            let each = (line.penalty * i64::from(layout.step[at])) << TICK_BITS;
            for steps in 1..layout.radix[at] {
                let (cost, state) = (each * steps as i64, steps * self.stride[at]);
                self.free[state] = self.free[state].min(cost);
                self.packages.push(Package { cost, state: state as u32, steps: steps as u32 });
            }
        }
        self.ends.push(self.packages.len());
        self.part(layout.layers);
        self.best.last().copied().unwrap_or(0)
    }

    fn lay(&mut self, layout: &Layout) {
        self.turn.clear();
        self.turn.extend(0..layout.radix.len());
        self.turn.sort_by_key(|line| layout.radix[*line]);
        self.radix.clear();
        self.stride.clear();
        self.stride.resize(layout.radix.len(), 0);
        let mut states = 1;
        for line in &self.turn {
            self.stride[*line] = states;
            self.radix.push(layout.radix[*line]);
            states *= layout.radix[*line];
        }
        for table in [&mut self.paid, &mut self.free] {
            table.clear();
            table.resize(states, NEVER);
        }
    }

    /// Lists the packages of a site.
    fn list(&mut self, layout: &Layout, cost: i64, used: &[Useful]) {
        if let [Useful { line, cap: 1, unit, .. }] = used {
            // By far the most sites: one unit of one line.
            let state = self.stride[usize::from(*line)] as u32;
            self.packages.push(Package { cost: cost + unit, state, steps: 1 });
            return;
        }
        let from = self.packages.len();
        self.packages.push(Package { cost, state: 0, steps: 0 });
        for useful in used {
            let line = useful.line as usize;
            let (step, stride) = (layout.step[line], self.stride[line] as u32);
            let unit = useful.unit * i64::from(step);
            let kept = self.packages.len();
            let most = if step == 1 { useful.cap } else { useful.cap / step };
            for steps in 1..=most {
                for low in from..kept {
                    let low = self.packages[low];
                    let (cost, state) =
                        (low.cost + unit * i64::from(steps), low.state + stride * steps);
                    self.packages.push(Package { cost, state, steps: low.steps + steps });
                }
            }
        }
        self.packages.swap_remove(from);
    }

    /// Finds the best partition of each state.
    fn part(&mut self, layers: usize) {
        if !self.shapes.contains_key(&self.radix) {
            let shape = Shape::of(&self.radix);
            self.remembered += shape.parts.len();
            if self.remembered > MOST_PARTS {
                self.shapes.clear();
                self.remembered = shape.parts.len();
            }
            self.shapes.insert(self.radix.clone(), shape);
        }
        let shape = &self.shapes[&self.radix];
        let states = self.free.len();
        self.best.clear();
        for layer in 0..layers {
            self.best.push(0);
            for (state, ends) in shape.ends.windows(2).enumerate().map(|(at, ends)| (at + 1, ends))
            {
                let parts = &shape.parts[ends[0]..ends[1]];
                let least = least(parts, &self.free, &self.best[layer * states..], state);
                let Some(before) = layer.checked_sub(1) else {
                    self.best.push(least);
                    continue;
                };
                let before = &self.best[before * states..][..=state];
                let counted = self::least(parts, &self.paid, before, state);
                self.best.push(least.min(counted).min(before[state]));
            }
        }
    }

    /// Goes through the packages of each site, and of none at last, with what the order costs with each at least.
    pub(super) fn for_packages<'s>(
        &'s self,
        open: &'s [Open],
        layout: &'s Layout,
    ) -> impl Iterator<Item = impl Iterator<Item = (Package, i64)> + 's> + 's {
        let full = self.free.len() - 1;
        let layer = move |back: usize| &self.best[(layout.layers - 1 - back) * (full + 1)..];
        let mut from = 0;
        self.ends.iter().enumerate().map(move |(at, end)| {
            let counted = open.get(at).is_some_and(|open| layout.shift(open) > 0);
            let rest = layer(usize::from(counted));
            let packages = &self.packages[from..*end];
            from = *end;
            packages.iter().map(move |package| {
                (*package, package.cost.wrapping_add(rest[full - package.state as usize]))
            })
        })
    }

    /// Steps of all lines, and the state in which all are filled.
    pub(super) fn all(&self) -> (usize, usize) {
        (self.radix.iter().map(|radix| radix - 1).sum(), self.free.len() - 1)
    }
}

/// The least cost of a part and the rest of a state. Sums of two are below every overflow.
fn least(parts: &[u16], packages: &[i64], best: &[i64], state: usize) -> i64 {
    let sum = |part: &u16| {
        let part = usize::from(*part);
        packages[part].wrapping_add(best[state - part])
    };
    parts.iter().map(sum).fold(NEVER, i64::min)
}
