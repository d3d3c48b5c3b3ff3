//! Nodes that have units of an order, and may not or cannot ship them.

use std::collections::{BTreeMap, BTreeSet};

use oms_core::sourcing::Rule;

use super::teller::Teller;
use super::{INCOMPLETE, MOST_REMOVED, NodeRemoved, TOO_OLD};
use crate::bill::Unfilled;
use crate::instance::InstanceOrder;
use crate::overlay::{Laid, OnOrder, RESERVED};

impl Teller<'_> {
    /// Nodes that have units of the order, and may not or cannot ship them; how many more there are.
    pub(super) fn removed(&self) -> (Vec<NodeRemoved>, usize) {
        let order = &self.all.orders[0];
        let laid = Laid::new(&self.rules, &self.all.names(&self.rules));
        let places = self.all.stock.iter().map(|row| (row.0, row.1));
        let remover = Remover {
            teller: self,
            order,
            laid: &laid,
            on: laid.on(&order.id),
            lots: self.all.lots.iter().map(|row| ((row.0, row.1), row.2)).collect(),
            rows: places.zip(0..).collect(),
            chosen: self.chosen(),
        };
        let lacking = remover.lacking();
        let rows = (0..self.all.stock.len()).filter(|at| self.all.stock[*at].2 > 0);
        let mut removed: Vec<NodeRemoved> =
            rows.filter_map(|at| remover.removed(at, &lacking)).collect();
        removed.sort();
        let more = removed.len().saturating_sub(MOST_REMOVED);
        removed.truncate(MOST_REMOVED);
        (removed, more)
    }
}

/// By node and SKU, the first SKU of the bundle of it that the node lacks for one.
type Lacking = BTreeMap<(u32, u32), u32>;

struct Remover<'t> {
    teller: &'t Teller<'t>,
    order: &'t InstanceOrder,
    laid: &'t Laid<'t>,
    on: OnOrder<'t, 't>,
    lots: BTreeMap<(u32, u32), u32>,
    /// The row of stock of each node and SKU.
    rows: BTreeMap<(u32, u32), usize>,
    chosen: BTreeSet<u32>,
}

impl Remover<'_> {
    /// Why the node of a row of stock cannot ship a unit of it; nothing if it can.
    fn removed(&self, at: usize, lacking: &Lacking) -> Option<NodeRemoved> {
        let (node, sku, _, _) = self.teller.all.stock[at];
        let place = &self.teller.left.nodes[node as usize];
        let is_other = !self.chosen.contains(&node);
        let is_full = self.order.splits.is_some_and(|most| self.chosen.len() >= most as usize);
        let alone = self.alone(at);
        let lacks = lacking.get(&(node, sku)).copied().filter(|_| alone.is_none());
        let (rule, by) = match alone {
            Some(told) => told,
            None if lacks.is_some() => (INCOMPLETE, None),
            None if is_other && place.capacity == Some(0) => (Rule::CapacityExceeded.code(), None),
            None if is_other && is_full => (Rule::TooManyPackages.code(), None),
            None => return None,
        };
        let id = |sku: u32| self.teller.all.skus[sku as usize].id.clone();
        let (by, lacks) = (by.map(str::to_owned), lacks.map(id));
        Some(NodeRemoved { node: place.id.clone(), sku: id(sku), rule, by, lacks })
    }

    /// The rule of the SKU alone that removes a node, its package and bundles apart, and the id of the overlay's rule.
    fn alone(&self, at: usize) -> Option<(&'static str, Option<&str>)> {
        let (node, sku, units, _) = self.teller.all.stock[at];
        let world = &self.teller.left;
        let can = &world.nodes[node as usize].can;
        let removal = self.on.removes(node, sku, &[]);
        let held_back = self.laid.held_back(node, sku);
        let reserved = held_back.filter(|held| held.units >= u64::from(units));
        let rule = match world.lanes[node as usize][0] {
            None => Rule::LaneMissing.code(),
            Some(lane) if lane.2 > self.order.days => Rule::DeadlineMissed.code(),
            _ if !world.skus[sku as usize].needs.iter().all(|need| can.contains(need)) => {
                Rule::NodeIncapable.code()
            }
            Some(lane) if too_old(self.order, self.lots.get(&(node, sku)), lane.2) => TOO_OLD,
            _ if removal.is_some() || reserved.is_some() => {
                let by = removal.map(|it| it.rule).or(reserved.map(|held| held.rule));
                return Some((removal.map_or(RESERVED, |removal| removal.code), by));
            }
            _ if self.left(at) == 0 => Unfilled::TakenFirst.code(),
            _ => return None,
        };
        Some((rule, None))
    }

    /// Units of a row of stock that neither others take nor rules hold back.
    fn left(&self, at: usize) -> u64 {
        let (node, sku, units, _) = self.teller.left.stock[at];
        let held_back = self.laid.held_back(node, sku).map_or(0, |held| held.units);
        u64::from(units).saturating_sub(held_back)
    }

    fn lacking(&self) -> Lacking {
        let mut lacking = Lacking::new();
        let nodes = 0..self.teller.all.nodes.len() as u32;
        for (node, bundle) in nodes.flat_map(|it| self.order.bundles.iter().map(move |of| (it, of)))
        {
            let lines = bundle.lines.iter().map(|line| self.order.lines[*line as usize]);
            let lacks = |(sku, wanted, _): &(u32, u32, i64)| {
                let can = self.rows.get(&(node, *sku)).is_some_and(|at| {
                    let one = u64::from(wanted / bundle.units);
                    self.alone(*at).is_none() && self.left(*at) >= one
                });
                !can
            };
            if let Some((first, _, _)) = lines.clone().find(lacks) {
                lacking.extend(lines.map(|line| ((node, line.0), first)));
            }
        }
        lacking
    }
}

/// Whether a lot lives shorter at the door, after so many days, than an order wants.
fn too_old(order: &InstanceOrder, life: Option<&u32>, days: u32) -> bool {
    let lot = order.life.zip(life);
    lot.is_some_and(|(wanted, life)| i64::from(*life) - i64::from(days) < i64::from(wanted))
}
