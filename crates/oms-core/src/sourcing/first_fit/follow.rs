//! Doing what a sketch says, as far as every rule allows it.

use std::collections::BTreeMap;

use super::attempt::{Attempt, Given, Offer, Package, Scope, Take, Taken};
use super::left::Left;

impl Attempt<'_, '_> {
    /// Takes all that a sketch says, or nothing if it breaks a rule or a balance; tells which.
    pub(super) fn follow(&mut self, left: &mut Left, sketch: &[Take]) -> bool {
        let start = left.mark();
        let may = self.follow_all(left, sketch).is_some();
        if !may {
            left.undo_to(start);
            *self = Self::new(self.index, self.order, self.field);
        }
        may
    }

    fn follow_all(&mut self, left: &mut Left, sketch: &[Take]) -> Option<()> {
        let rules = self.order.row.constraints;
        let mut packages: BTreeMap<(usize, usize), Vec<Take>> = BTreeMap::new();
        for take in sketch {
            let group = self.order.lines.get(take.line)?.group;
            packages.entry((group, take.node)).or_default().push(*take);
        }
        let first = sketch.first().map(|take| take.node);
        if rules.single_node && sketch.iter().any(|take| Some(take.node) != first) {
            return None;
        }
        for ((group, _), takes) in packages {
            self.follow_package(left, group, &takes)?;
        }
        (!rules.ship_complete || sketch.is_empty() || self.is_complete()).then_some(())
    }

    fn follow_package(&mut self, left: &mut Left, group: usize, takes: &[Take]) -> Option<()> {
        let node = takes.first()?.node;
        let at = self.field.candidates.binary_search_by_key(&node, |known| known.node).ok()?;
        let candidate = self.field.candidates.get(at)?;
        let known = self.index.nodes().get(node)?;
        if self.is_full(left, node) || !self.allows_package(group, &known.row.id, 0) {
            return None;
        }
        let mut given = Vec::with_capacity(takes.len());
        for take in takes {
            let row = candidate.rows.iter().find(|row| row.line == take.line)?;
            let (most, own) = self.can_give(left, row, known.pool, &given);
            let line = self.order.lines.get(take.line)?;
            let twice = given.iter().any(|given: &Given| given.row.line == take.line);
            let broken = !line.row.allow_split && take.qty != line.wanted;
            if twice || broken || take.qty == 0 || take.qty > most {
                return None;
            }
            given.push(Given { row: *row, qty: take.qty, anew: take.qty.saturating_sub(own) });
        }
        let package = self.price(candidate, group, &given)?;
        let runner_up = self.runner_up(left, at, &package, &given);
        self.put(left, candidate, package, &given, runner_up);
        Some(())
    }

    /// Tells what rules added to a package of the sketch as one package with it. The units are taken already.
    pub(super) fn join(&mut self, left: &Left) {
        let mut joined: BTreeMap<(usize, usize), BTreeMap<usize, u64>> = BTreeMap::new();
        for taken in &self.taken {
            let units = joined.entry((taken.package.group, taken.node)).or_default();
            for (line, qty) in &taken.units {
                let sum = units.entry(*line).or_insert(0);
                *sum = sum.saturating_add(*qty);
            }
        }
        if joined.len() == self.taken.len() {
            return;
        }
        let mut packages = Vec::with_capacity(joined.len());
        for ((group, node), units) in joined {
            packages.extend(self.rejoin(left, group, node, &units));
        }
        let takes = packages.iter().flat_map(|taken: &Taken| {
            taken.units.iter().map(|&(line, qty)| Take { line, node: taken.node, qty })
        });
        let takes = takes.collect();
        self.tell(packages, takes);
    }

    fn rejoin(
        &mut self,
        left: &Left,
        group: usize,
        node: usize,
        units: &BTreeMap<usize, u64>,
    ) -> Option<Taken> {
        let at = self.field.candidates.binary_search_by_key(&node, |known| known.node).ok()?;
        let candidate = self.field.candidates.get(at)?;
        let given = units.iter().filter_map(|(line, qty)| {
            let row = candidate.rows.iter().find(|row| row.line == *line)?;
            Some(Given { row: *row, qty: *qty, anew: 0 })
        });
        let given: Vec<Given> = given.collect();
        let package = self.price(candidate, group, &given)?;
        let runner_up = self.runner_up(left, at, &package, &given);
        let units = units.iter().map(|(line, qty)| (*line, *qty)).collect();
        Some(Taken { package, node, units, runner_up })
    }

    /// The best node for the same units if this one were not there.
    fn runner_up(
        &mut self,
        left: &Left,
        chosen: usize,
        package: &Package,
        given: &[Given],
    ) -> Option<(Offer, Offer)> {
        let mut asked = vec![0; self.unfilled().len()];
        for given in given {
            *asked.get_mut(given.row.line)? = given.qty;
        }
        let mut scratch = Vec::new();
        let unfilled = self.ask_for(asked);
        let others = (0..self.field.candidates.len()).filter(|at| *at != chosen);
        let second = others
            .filter_map(|at| self.offer(left, Scope::Group(package.group), at, &mut scratch))
            .min_by_key(Offer::key);
        self.ask_for(unfilled);
        let best = Offer {
            candidate: chosen,
            units: given.iter().map(|given| given.qty).sum(),
            cost: package.cost(),
            days: package.days,
        };
        second.map(|second| (best, second))
    }
}
