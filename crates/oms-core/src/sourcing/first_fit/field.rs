//! Which nodes could serve an order, and which ones a rule took out.

use std::collections::{BTreeMap, BTreeSet};

use super::super::index::{LineIndex, OrderIndex, SnapshotIndex};
use super::super::rule::Rule;
use super::super::snapshot::ExcludedRow;
use super::left::Left;
use super::tally::Tally;
use crate::words::LocationId;

/// The code of nodes whose costs cannot be compared with the others'.
const CURRENCY_DIFFERS: &str = "cost.currency_differs";

/// The nodes that can ship something of one order, with the stock rows of its lines there.
#[derive(Debug, Default)]
pub struct Field {
    /// Sorted by node.
    pub(super) candidates: Vec<Candidate>,
    /// What became of the holders of each line's SKU.
    pub(super) holders: Vec<Holders>,
    /// Who was taken out, and by which rule.
    pub(super) tally: Tally,
    /// How many nodes were looked at.
    pub(super) looked_at: u64,
}

impl Field {
    /// Gives the nodes, sorted by number.
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }
}

/// A node that passed every rule for at least one line.
#[derive(Debug)]
pub struct Candidate {
    /// Its number.
    pub node: usize,
    /// Lines with the stock row of their SKU here, sorted by group and line.
    pub rows: Vec<FieldRow>,
}

/// A line and the stock that it could take; all by number.
#[derive(Debug, Clone, Copy)]
pub struct FieldRow {
    /// The position of the line's group in the order.
    pub group: usize,
    /// The position of the line in the order.
    pub line: usize,
    /// The number of the stock row.
    pub stock: usize,
    /// The number of the claim row of the SKU in the node's pool.
    pub claim: Option<usize>,
    /// The number of the channel's own fence there.
    pub fence: Option<usize>,
}

/// What became of the nodes that hold a line's SKU.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Holders {
    /// A rule took one out.
    pub(super) removed: bool,
    /// Orders before took all that one had.
    pub(super) taken: bool,
    /// One has units, but they are others' claims.
    pub(super) claimed: bool,
}

/// Scratch space that is used again for every order.
#[derive(Debug)]
pub(super) struct Scratch {
    /// Per node: the lines whose SKU it holds, with the stock row.
    lines_at: Vec<Vec<(usize, usize)>>,
    touched: Vec<usize>,
}

impl Scratch {
    pub(super) fn new(nodes: usize) -> Self {
        Self { lines_at: vec![Vec::new(); nodes], touched: Vec::new() }
    }
}

impl Field {
    pub(super) fn gather(
        index: &SnapshotIndex<'_>,
        order: &OrderIndex<'_>,
        left: &Left,
        scratch: &mut Scratch,
    ) -> Self {
        for (at, line) in order.lines.iter().enumerate() {
            if line.wanted == 0 {
                continue;
            }
            for row in index.stock_of(line.sku) {
                let Some(stock) = index.stock().get(row).filter(|row| row.available > 0) else {
                    continue;
                };
                if let Some(lines) = scratch.lines_at.get_mut(stock.node) {
                    if lines.is_empty() {
                        scratch.touched.push(stock.node);
                    }
                    lines.push((at, row));
                }
            }
        }
        scratch.touched.sort_unstable();
        let mut gather = Gather {
            index,
            order,
            left,
            homes: Homes::of(order),
            field: Self {
                candidates: Vec::with_capacity(scratch.touched.len()),
                holders: vec![Holders::default(); order.lines.len()],
                tally: Tally::default(),
                looked_at: u64::try_from(scratch.touched.len()).unwrap_or(u64::MAX),
            },
        };
        for node in scratch.touched.drain(..) {
            if let Some(lines) = scratch.lines_at.get_mut(node) {
                gather.node(node, lines);
                lines.clear();
            }
        }
        gather.field
    }
}

/// Where units of the order already are, as far as that binds the rest.
struct Homes<'a> {
    /// Nodes of which one must ship everything else, if the order ships from a single node.
    single: Option<BTreeSet<&'a LocationId>>,
    /// For a line that may not be split: the nodes where units of it are.
    lines: BTreeMap<usize, BTreeSet<&'a LocationId>>,
    /// Nodes where the order has taken capacity.
    capacity: BTreeSet<&'a LocationId>,
}

impl<'a> Homes<'a> {
    fn of(order: &OrderIndex<'a>) -> Self {
        let held = &order.row.held;
        let shipped = held
            .iter()
            .filter(|row| order.groups.iter().any(|group| group.row.id == row.group))
            .map(|row| &row.node)
            .collect::<BTreeSet<_>>();
        let whole = order.lines.iter().enumerate().filter(|(_, line)| !line.row.allow_split);
        let lines = whole.map(|(at, line)| {
            let held = held.iter().filter(|row| row.line == line.row.id);
            (at, held.map(|row| &row.node).collect::<BTreeSet<_>>())
        });
        Self {
            single: (order.row.constraints.single_node && !shipped.is_empty()).then_some(shipped),
            lines: lines.filter(|(_, nodes)| !nodes.is_empty()).collect(),
            capacity: held.iter().map(|row| &row.node).collect(),
        }
    }
}

struct Gather<'g, 'a> {
    index: &'g SnapshotIndex<'a>,
    order: &'g OrderIndex<'a>,
    left: &'g Left,
    homes: Homes<'a>,
    field: Field,
}

impl<'a> Gather<'_, 'a> {
    /// Looks at one node that holds something that the order wants.
    fn node(&mut self, node: usize, lines: &[(usize, usize)]) {
        if let Some(rule) = self.node_forbids(node) {
            self.field.tally.add(node, None, rule.code(), None);
            for (line, _) in lines {
                self.note(*line, |holders| holders.removed = true);
            }
            return;
        }
        let ways: Vec<Option<&'static str>> =
            (0..self.order.groups.len()).map(|group| self.way_forbids(node, group)).collect();
        let mut told = vec![false; ways.len()];
        let mut rows = Vec::with_capacity(lines.len());
        for (at, stock) in lines {
            let Some(line) = self.order.lines.get(*at) else { continue };
            if let Some(code) = ways.get(line.group).copied().flatten() {
                if let Some(told) = told.get_mut(line.group)
                    && !std::mem::replace(told, true)
                {
                    self.field.tally.add(node, None, code, None);
                }
                self.note(*at, |holders| holders.removed = true);
            } else if let Some((rule, row)) = self.line_forbids(node, *at, line) {
                self.field.tally.add(node, Some(*at), rule.code(), row);
                self.note(*at, |holders| holders.removed = true);
            } else if let Some(row) = self.row(node, *at, line, *stock) {
                rows.push(row);
            }
        }
        if !rows.is_empty() {
            rows.sort_by_key(|row| (row.group, row.line));
            self.field.candidates.push(Candidate { node, rows });
        }
    }

    fn node_forbids(&self, node: usize) -> Option<Rule> {
        let known = self.index.nodes().get(node)?;
        let id = &known.row.id;
        if known.row.closed {
            Some(Rule::NodeClosed)
        } else if !self.index.sells(self.order.channel, known.pool) {
            Some(Rule::PoolNotSold)
        } else if !known.row.capabilities.ship {
            Some(Rule::NodeIncapable)
        } else if self.homes.single.as_ref().is_some_and(|nodes| !nodes.contains(id)) {
            Some(Rule::NotSingleNode)
        } else if !self.left.has_capacity(node) && !self.homes.capacity.contains(id) {
            Some(Rule::CapacityExceeded)
        } else {
            None
        }
    }

    fn way_forbids(&self, node: usize, group: usize) -> Option<&'static str> {
        let group = self.order.groups.get(group)?;
        let lanes = self.index.lanes_to(group, node);
        let mut in_time = lanes.iter().filter(|lane| group.is_in_time(lane)).peekable();
        if lanes.is_empty() {
            Some(Rule::LaneMissing.code())
        } else if in_time.peek().is_none() {
            Some(Rule::DeadlineMissed.code())
        } else if !in_time.any(|lane| lane.comparable) {
            Some(CURRENCY_DIFFERS)
        } else {
            None
        }
    }

    fn line_forbids(
        &self,
        node: usize,
        at: usize,
        line: &LineIndex<'a>,
    ) -> Option<(Rule, Option<usize>)> {
        let known = self.index.nodes().get(node)?;
        let excluded = &self.order.row.excluded;
        let excludes = |row: &ExcludedRow| row.sku == line.row.sku && row.node == known.row.id;
        if let Some(row) = excluded.iter().position(excludes) {
            return Some((Rule::NodeExcluded, Some(row)));
        }
        let flags = self.index.items().get(line.sku)?.flags;
        let can = known.row.capabilities;
        if (flags.hazmat && !can.hazmat) || (flags.cold && !can.hold_cold) {
            return Some((Rule::NodeIncapable, None));
        }
        let elsewhere = self
            .homes
            .lines
            .get(&at)
            .is_some_and(|nodes| nodes.len() > 1 || !nodes.contains(&known.row.id));
        elsewhere.then_some((Rule::LineSplit, None))
    }

    /// Makes a row of what is left for the line here, or notes why nothing is.
    fn row(
        &mut self,
        node: usize,
        at: usize,
        line: &LineIndex<'a>,
        stock: usize,
    ) -> Option<FieldRow> {
        let claim = self.index.stock().get(stock)?.claim;
        let fence = claim.and_then(|claim| self.index.fence_of(claim, self.order.channel));
        let pool = self.index.nodes().get(node)?.pool;
        if self.left.stock(stock) == 0 {
            self.note(at, |holders| holders.taken = true);
            return None;
        }
        let is_reserved_here = line.reserved.iter().any(|(of, qty)| *of == pool && *qty > 0);
        if !is_reserved_here && self.left.claimable(claim, fence) == 0 {
            let had = claim.map_or(0, |claim| self.index.ats(claim));
            let fenced = fence.map_or(0, |fence| self.index.fence(fence));
            if had > 0 || fenced > 0 {
                self.note(at, |holders| holders.taken = true);
            } else {
                self.note(at, |holders| holders.claimed = true);
                self.field.tally.add(node, Some(at), Rule::ClaimExceeded.code(), None);
            }
            return None;
        }
        Some(FieldRow { group: line.group, line: at, stock, claim, fence })
    }

    fn note(&mut self, line: usize, put: impl FnOnce(&mut Holders)) {
        if let Some(holders) = self.field.holders.get_mut(line) {
            put(holders);
        }
    }
}
