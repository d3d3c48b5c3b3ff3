//! The restricted master: a linear programme over ways near the best, one vertex of which is fractional where plans
//! conflict. It tells where cuts are to be found, and how to round.

use std::collections::BTreeMap;

use good_lp::solvers::microlp::microlp;
use good_lp::{Expression, Solution, SolverModel, Variable, variable, variables};
use petgraph::unionfind::UnionFind;

use crate::cuts::Cuts;
use crate::oracle::Take;
use crate::problem::Problem;

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

/// Finds the weights of the columns at an optimal vertex. Columns stand grouped by order; each order that
/// has a choice has one that draws on nothing, being left unfilled.
///
/// Orders that share no row that can bind are apart, so the programme is taken apart before it is solved. Where the
/// solver fails, the order keeps its cheapest column's weight: weights advise, nothing is proven by them.
pub(crate) fn weights(problem: &Problem, cuts: &Cuts, columns: &[Column]) -> Vec<f64> {
    let master = Master::new(problem, cuts, columns);
    let mut weight = vec![0.0; columns.len()];
    for (at, chunk) in &master.chunks {
        if chunk.len() == 1 {
            weight[*at] = 1.0;
        }
    }
    for group in master.groups() {
        if let Some(values) = master.solve(&group) {
            for (column, value) in values {
                weight[column] = value;
            }
        }
    }
    weight
}

struct Master<'a> {
    /// Units left of each row after the orders with one column.
    left: Vec<i64>,
    /// Whether the columns could draw more than that.
    binds: Vec<bool>,
    /// Columns of one order, with the number of the first.
    chunks: Vec<(usize, &'a [Column])>,
}

impl<'a> Master<'a> {
    fn new(problem: &Problem, cuts: &Cuts, columns: &'a [Column]) -> Self {
        let rows = cuts.rows();
        let mut left: Vec<i64> = (0..rows).map(|row| cuts.most(problem, row as u32)).collect();
        let mut most = vec![0_i64; rows];
        let mut chunks = Vec::new();
        let mut at = 0;
        for chunk in columns.chunk_by(|a, b| a.order == b.order) {
            if let [only] = chunk {
                for (row, units) in &only.rows {
                    left[*row as usize] -= units;
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
        let binds = most.iter().zip(&left).map(|(most, left)| most > left).collect();
        Self { left, binds, chunks }
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

    fn solve(&self, group: &[usize]) -> Option<Vec<(usize, f64)>> {
        let mut vars = variables!();
        let mut goal = Expression::with_capacity(4 * group.len());
        let mut ids: Vec<(usize, Variable)> = Vec::new();
        let mut ones: Vec<Expression> = Vec::with_capacity(group.len());
        let mut drawn: BTreeMap<u32, Expression> = BTreeMap::new();
        for &place in group {
            let (first, chunk) = self.chunks[place];
            let least = chunk.iter().map(|column| column.cost).min().unwrap_or(0);
            let mut one = Expression::with_capacity(chunk.len());
            for (offset, column) in chunk.iter().enumerate() {
                let id = vars.add(variable().min(0.0));
                goal.add_mul((column.cost - least) as f64, id);
                one.add_mul(1.0, id);
                for (row, units) in &column.rows {
                    if self.binds[*row as usize] {
                        drawn.entry(*row).or_default().add_mul(*units as f64, id);
                    }
                }
                ids.push((first + offset, id));
            }
            ones.push(one);
        }
        let mut model = vars.minimise(goal).using(microlp);
        for one in ones {
            model.add_constraint(one.eq(1.0));
        }
        for (row, sum) in drawn {
            model.add_constraint(sum.leq(self.left[row as usize] as f64));
        }
        let answer = model.solve().ok()?;
        Some(ids.into_iter().map(|(column, id)| (column, answer.value(id))).collect())
    }
}
