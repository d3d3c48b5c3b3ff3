//! Telling what was taken in money, with what lost to it.

use std::borrow::Cow;
use std::cmp::Reverse;

use super::super::plan::Unplanned;
use super::attempt::{Attempt, Offer, Package, Taken};
use super::quantity;
use crate::decision::{Alternative, Amount, Choice, ChosenUnits, Driver};

impl Attempt<'_, '_> {
    /// Tells the packages in money.
    pub(super) fn choices(&self) -> Result<Vec<Choice>, Unplanned> {
        self.taken.iter().filter_map(|taken| self.choice(taken).transpose()).collect()
    }

    fn choice(&self, taken: &Taken) -> Result<Option<Choice>, Unplanned> {
        let package = &taken.package;
        let (Some(group), Some(node)) =
            (self.order.groups.get(package.group), self.index.nodes().get(taken.node))
        else {
            return Ok(None);
        };
        let units = taken.units.iter().filter_map(|(line, qty)| {
            let line = self.order.lines.get(*line)?.row.id.clone();
            Some(ChosenUnits { line, qty: quantity(*qty) })
        });
        let runner_up = match &taken.runner_up {
            Some((best, second)) => self.alternative(best, second)?,
            None => None,
        };
        Ok(Some(Choice {
            group: group.row.id.clone(),
            node: node.row.id.clone(),
            units: units.collect(),
            days: package.days,
            cost: self.index.money(package.cost(), taken.node)?,
            drivers: self.drivers(package, taken.node)?,
            runner_up,
        }))
    }

    fn drivers(&self, package: &Package, node: usize) -> Result<Vec<Driver>, Unplanned> {
        let mut costs = [
            ("cost.lane", package.lane),
            ("cost.weight", package.weight),
            ("cost.handling", package.handling),
        ];
        costs.sort_by_key(|(_, minor)| Reverse(*minor));
        let mut drivers = Vec::with_capacity(costs.len().saturating_add(1));
        for (code, minor) in costs.into_iter().filter(|(_, minor)| *minor != 0) {
            let amount = Amount::Money(self.index.money(minor, node)?);
            drivers.push(Driver { code: Cow::Borrowed(code), amount });
        }
        let days = Amount::Days(i64::from(package.days));
        drivers.push(Driver { code: Cow::Borrowed("time.days"), amount: days });
        Ok(drivers)
    }

    fn alternative(&self, best: &Offer, second: &Offer) -> Result<Option<Alternative>, Unplanned> {
        let candidate = self.field.candidates.get(second.candidate);
        let Some(candidate) = candidate else { return Ok(None) };
        let Some(node) = self.index.nodes().get(candidate.node) else { return Ok(None) };
        Ok(Some(Alternative {
            nodes: vec![node.row.id.clone()],
            units: second.units,
            cost: self.index.money(second.cost, candidate.node)?,
            gap: self.index.money(second.cost.saturating_sub(best.cost), candidate.node)?,
            gap_days: i64::from(second.days).saturating_sub(i64::from(best.days)),
        }))
    }
}
