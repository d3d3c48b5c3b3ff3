//! The restricted master: a linear programme over ways near the best, one vertex of which is fractional where plans
//! conflict. It tells where cuts are to be found, and how to round.

use std::collections::BTreeMap;

use petgraph::unionfind::UnionFind;

use crate::cuts::Cuts;
use crate::lp::{LpSolver, Programme};
use crate::oracle::Take;

/// A weight of a vertex that counts as none, or less than one by no more than that: as all.
pub(crate) const NO_WEIGHT: f64 = 1e-6;
/// A weight that is taken for one where a plan is made of a vertex.
pub(crate) const NEARLY_ALL: f64 = 0.999;

/// A way to serve an order.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) order: u32,
    /// Minor units.
    pub(crate) cost: i64,
    pub(crate) takes: Vec<Take>,
    /// Rows and cuts with units, sorted, each once.
    pub(crate) rows: Vec<(u32, i64)>,
}

/// A few rows by their places among themselves, so that sums over rows take no more room than need be.
pub(crate) struct Local {
    /// Ascending.
    pub(crate) rows: Vec<u32>,
}

impl Local {
    /// The rows that are drawn on.
    pub(crate) fn new<'d>(drawn: impl Iterator<Item = &'d (u32, i64)>) -> Self {
        let mut rows: Vec<u32> = drawn.map(|(row, _)| *row).collect();
        rows.sort_unstable();
        rows.dedup();
        Self { rows }
    }

    /// What is drawn on these rows, by their places.
    pub(crate) fn placed(&self, drawn: &[(u32, i64)]) -> Vec<(u32, i64)> {
        let place = |row: u32| self.rows.partition_point(|other| *other < row) as u32;
        drawn.iter().map(|(row, units)| (place(*row), *units)).collect()
    }

    /// A column by the places of its rows.
    pub(crate) fn column(&self, column: &Column) -> Column {
        Column { rows: self.placed(&column.rows), takes: column.takes.clone(), ..*column }
    }
}

/// Finds the weights of the columns at an optimal vertex, where so much is left of each row and cut. Columns stand
/// grouped by order; each order that has a choice has one that draws on nothing, being left unfilled. Where prices are
/// asked for, columns may be such that they do not fit together: a unit more than there is costs the dearest price, and
/// no price is beyond it.
///
/// Orders that share no row that can bind are apart, so the programme is taken apart before it is solved. Where the
/// solver fails, the order keeps its cheapest column's weight: weights advise, nothing is proven by them.
pub(crate) fn weights(
    left: Vec<f64>,
    columns: &[Column],
    solver: LpSolver,
    dearest: Option<f64>,
) -> Weights {
    let master = Master::new(left, columns, solver);
    let mut weight = vec![0.0; columns.len()];
    let mut price = Vec::new();
    for (at, chunk) in &master.chunks {
        if chunk.len() == 1 {
            weight[*at] = 1.0;
        }
    }
    for group in master.groups() {
        if let Some(values) = master.solve(&group, dearest, &mut price) {
            for (column, value) in values {
                weight[column] = value;
            }
        }
    }
    Weights { weight, price }
}

/// What the master says.
pub(crate) struct Weights {
    /// Of each column.
    pub(crate) weight: Vec<f64>,
    /// Of rows and cuts that bind; empty where the solver does not tell.
    pub(crate) price: Vec<(u32, f64)>,
}

/// Chooses a column for each order, as cheap as the solver finds it; nothing where it finds none.
pub(crate) fn chosen(
    supply: &[i64],
    cuts: &Cuts,
    columns: &[Column],
    off: f64,
    solver: LpSolver,
) -> Option<Vec<usize>> {
    let left = cuts.full(supply).into_iter().map(|most| most as f64).collect();
    let master = Master::new(left, columns, solver);
    let mut picks: Vec<usize> =
        master.chunks.iter().filter(|(_, chunk)| chunk.len() == 1).map(|(at, _)| *at).collect();
    for group in master.groups() {
        let (programme, places, _) = master.programme(&group, None);
        let whole = programme.whole(solver, off, NODES)?;
        picks.extend(whole.into_iter().map(|weight| places[weight]));
    }
    Some(picks)
}

/// Nodes of a search for whole ways: the root, where cuts and guesses do what can be done in little time.
const NODES: i32 = 1;

struct Master<'a> {
    /// Units left of each row after the orders with one column.
    left: Vec<f64>,
    /// Whether the columns could draw more than that.
    binds: Vec<bool>,
    /// Columns of one order, with the number of the first.
    chunks: Vec<(usize, &'a [Column])>,
    solver: LpSolver,
}

impl<'a> Master<'a> {
    fn new(mut left: Vec<f64>, columns: &'a [Column], solver: LpSolver) -> Self {
        let mut most = vec![0_i64; left.len()];
        let mut chunks = Vec::new();
        let mut at = 0;
        for chunk in columns.chunk_by(|a, b| a.order == b.order) {
            if let [only] = chunk {
                for (row, units) in &only.rows {
                    left[*row as usize] -= *units as f64;
                }
            } else {
                let mut drawn: Vec<(u32, i64)> =
                    chunk.iter().flat_map(|column| column.rows.iter().copied()).collect();
                drawn.sort_unstable_by_key(|(row, units)| (*row, -units));
                drawn.dedup_by_key(|(row, _)| *row);
                for (row, units) in drawn {
                    most[row as usize] += units;
                }
            }
            chunks.push((at, chunk));
            at += chunk.len();
        }
        let binds = most.iter().zip(&left).map(|(most, left)| *most as f64 > *left).collect();
        Self { left, binds, chunks, solver }
    }

    /// The chunks with a choice, grouped by the rows that they compete for.
    fn groups(&self) -> Vec<Vec<usize>> {
        let count = self.chunks.len();
        let mut union: UnionFind<usize> = UnionFind::new(count + self.binds.len());
        for (place, (_, chunk)) in self.chunks.iter().enumerate() {
            let rows = chunk.iter().flat_map(|column| &column.rows);
            for (row, _) in rows.filter(|(row, _)| self.binds[*row as usize]) {
                union.union(place, count + *row as usize);
            }
        }
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for place in (0..count).filter(|place| self.chunks[*place].1.len() > 1) {
            groups.entry(union.find_mut(place)).or_default().push(place);
        }
        groups.into_values().collect()
    }

    fn solve(
        &self,
        group: &[usize],
        dearest: Option<f64>,
        price: &mut Vec<(u32, f64)>,
    ) -> Option<Vec<(usize, f64)>> {
        let (programme, places, rows) = self.programme(group, dearest);
        let vertex = programme.vertex(self.solver)?;
        if dearest.is_some() {
            price.extend(rows.into_iter().zip(programme.prices(vertex.price)?));
        }
        Some(places.into_iter().zip(vertex.weight).collect())
    }

    /// The programme of a group, with the column of each weight and the row of each limited sum.
    fn programme(
        &self,
        group: &[usize],
        dearest: Option<f64>,
    ) -> (Programme, Vec<usize>, Vec<u32>) {
        let mut programme = Programme::default();
        let mut places: Vec<usize> = Vec::new();
        let mut drawn: BTreeMap<u32, Vec<(usize, f64)>> = BTreeMap::new();
        for &place in group {
            let (first, chunk) = self.chunks[place];
            let least = chunk.iter().map(|column| column.cost).min().unwrap_or(0);
            let mut one = Vec::with_capacity(chunk.len());
            for (offset, column) in chunk.iter().enumerate() {
                let weight = programme.weight((column.cost - least) as f64);
                for (row, units) in &column.rows {
                    if self.binds[*row as usize] {
                        drawn.entry(*row).or_default().push((weight, *units as f64));
                    }
                }
                one.push(weight);
                places.push(first + offset);
            }
            programme.one(one);
        }
        let mut rows = Vec::with_capacity(drawn.len());
        for (row, mut terms) in drawn {
            terms.extend(dearest.map(|dearest| (programme.weight(dearest), -1.0)));
            programme.most(terms, self.left[row as usize]);
            rows.push(row);
        }
        (programme, places, rows)
    }
}
