//! How a tree grows: the leaf whose split gains most is split next.
//!
//! A leaf's histogram has a cell for each bin of each column. Only the smaller child is counted; the larger is its parent
//! less the smaller. A cell is filled by one thread, in the order of rows, so that any number of threads gives the same
//! bits.
//!
//! # Source
//! Ke and others, *LightGBM: a highly efficient gradient boosting decision tree*, NeurIPS 2017.

use std::ops::Range;

use crate::boost::bins::Binned;
use crate::boost::tree::{Node, Tree};
use crate::boost::{Boosting, Direction};
use crate::table::ColumnKind;

/// Cells filled at once below which threads cost more than they give.
const FEW_FOR_THREADS: usize = 300_000;

/// What a split is judged by, summed over rows.
pub(crate) trait Stat: Sync {
    /// The sum of a bin or a side.
    type Cell: Copy + Send + Sync;
    /// What one row brings.
    type Load: Copy + Sync;
    /// Nothing.
    const ZERO: Self::Cell;

    fn load(&self, row: u32) -> Self::Load;
    fn add(cell: &mut Self::Cell, load: Self::Load);
    /// Once all rows of a cell are in.
    fn close(_cell: &mut Self::Cell) {}
    fn plus(cell: &mut Self::Cell, other: &Self::Cell);
    fn minus(cell: &mut Self::Cell, other: &Self::Cell);
    /// Weight of the rows, in rows of mean weight.
    fn rows(&self, cell: &Self::Cell) -> f64;
    /// Whether a leaf may hold so little.
    fn is_enough(&self, cell: &Self::Cell) -> bool;
    /// What the best value for these rows would gain.
    fn worth(&self, cell: &Self::Cell) -> f64;
    /// About what that value is.
    fn lean(&self, cell: &Self::Cell) -> f64;
}

/// A question, and what it gains.
#[derive(Clone, Copy, Debug)]
struct Split<C> {
    gain: f64,
    column: usize,
    bin: u8,
    unknown_left: bool,
    left: C,
}

/// A tree that knows its rows and has no values yet.
#[derive(Debug)]
pub(crate) struct Grown {
    pub(crate) tree: Tree,
    /// The bin of each node's question.
    pub(crate) bins: Vec<u8>,
    /// The rows of each leaf, as a part of `rows`.
    pub(crate) leaves: Vec<Range<usize>>,
    pub(crate) rows: Vec<u32>,
}

impl Grown {
    /// The leaf of a row that may not have been trained on.
    pub(crate) fn leaf_of(&self, row: usize, columns: &[Binned]) -> usize {
        let mut at = 0;
        loop {
            let node = &self.tree.nodes[at];
            if node.is_leaf() {
                return node.next[0] as usize;
            }
            let bin = columns[node.column as usize].bins[row];
            let left = is_left(bin, self.bins[at], node.category, node.unknown_left);
            at = node.next[usize::from(!left)] as usize;
        }
    }
}

fn is_left(bin: u8, split: u8, category: bool, unknown_left: bool) -> bool {
    match bin {
        0 => unknown_left,
        bin if category => bin == split,
        bin => bin <= split,
    }
}

struct Leaf<C> {
    node: usize,
    rows: Range<usize>,
    depth: usize,
    total: C,
    /// Empty where no split is looked for.
    histogram: Vec<C>,
    best: Option<Split<C>>,
}

/// Grows one tree after the other, keeping what memory it can.
#[derive(Debug)]
pub(crate) struct Grower<'a, S: Stat> {
    options: &'a Boosting,
    columns: &'a [Binned],
    directions: &'a [Direction],
    spare: Vec<Vec<S::Cell>>,
}

impl<'a, S: Stat> Grower<'a, S> {
    pub(crate) fn new(
        options: &'a Boosting,
        columns: &'a [Binned],
        directions: &'a [Direction],
    ) -> Self {
        Self { options, columns, directions, spare: Vec::new() }
    }

    /// A tree of these rows, in their order, that asks about these columns only.
    pub(crate) fn grow(&mut self, stat: &S, rows: Vec<u32>, asked: &[usize]) -> Grown {
        let mut total = S::ZERO;
        for &row in &rows {
            S::add(&mut total, stat.load(row));
        }
        S::close(&mut total);
        let root = Node::leaf(0, stat.rows(&total));
        let tree = Tree { nodes: vec![root], values: Vec::new() };
        let mut grown = Grown { tree, bins: vec![0], leaves: Vec::new(), rows };
        let whole = 0..grown.rows.len();
        let mut first =
            Leaf { node: 0, rows: whole, depth: 0, total, histogram: Vec::new(), best: None };
        if self.may_split(stat, &first) {
            first.histogram = self.counted(stat, &grown.rows, asked);
            first.best = self.best(stat, &first, asked);
        }
        let mut leaves = vec![first];
        let mut scratch = Vec::new();
        while leaves.len() < self.options.leaves {
            let Some(at) = best_leaf(&leaves) else { break };
            let parent = leaves.swap_remove(at);
            let Some(split) = parent.best else { break };
            let more = leaves.len() + 2 < self.options.leaves;
            let children = self.split(stat, &mut grown, parent, &split, more, asked, &mut scratch);
            leaves.extend(children);
        }
        leaves.sort_by_key(|leaf| leaf.rows.start);
        for (at, leaf) in leaves.into_iter().enumerate() {
            grown.tree.nodes[leaf.node] = Node::leaf(at as u32, stat.rows(&leaf.total));
            grown.leaves.push(leaf.rows);
            self.keep(leaf.histogram);
        }
        settle_cover(&mut grown.tree.nodes);
        grown
    }

    fn keep(&mut self, histogram: Vec<S::Cell>) {
        if !histogram.is_empty() {
            self.spare.push(histogram);
        }
    }

    fn may_split(&self, stat: &S, leaf: &Leaf<S::Cell>) -> bool {
        leaf.depth < self.options.depth
            && stat.rows(&leaf.total) >= 2.0 * self.options.rows_in_leaf as f64
    }

    /// Splits a leaf, and looks for the next split of both halves where more are wanted.
    #[expect(clippy::too_many_arguments, reason = "one step of one loop")]
    fn split(
        &mut self,
        stat: &S,
        grown: &mut Grown,
        parent: Leaf<S::Cell>,
        split: &Split<S::Cell>,
        more: bool,
        asked: &[usize],
        scratch: &mut Vec<u32>,
    ) -> [Leaf<S::Cell>; 2] {
        let column = &self.columns[split.column];
        let category = column.kind == ColumnKind::Category;
        let rows = &mut grown.rows[parent.rows.clone()];
        scratch.clear();
        let mut kept = 0;
        for at in 0..rows.len() {
            let row = rows[at];
            if is_left(column.bins[row as usize], split.bin, category, split.unknown_left) {
                rows[kept] = row;
                kept += 1;
            } else {
                scratch.push(row);
            }
        }
        rows[kept..].copy_from_slice(scratch);
        let middle = parent.rows.start + kept;
        let first = grown.tree.nodes.len();
        grown.tree.nodes[parent.node] = Node {
            column: split.column as u32,
            next: [first as u32, first as u32 + 1],
            threshold: column.threshold(split.bin),
            category,
            unknown_left: split.unknown_left,
            cover: stat.rows(&parent.total),
        };
        grown.bins[parent.node] = split.bin;
        let mut right = parent.total;
        S::minus(&mut right, &split.left);
        let child = |node, rows, total| Leaf {
            node,
            rows,
            depth: parent.depth + 1,
            total,
            histogram: Vec::new(),
            best: None,
        };
        let mut children = [
            child(first, parent.rows.start..middle, split.left),
            child(first + 1, middle..parent.rows.end, right),
        ];
        for child in &children {
            grown.tree.nodes.push(Node::leaf(0, stat.rows(&child.total)));
            grown.bins.push(0);
        }
        let wanted = children.each_ref().map(|child| more && self.may_split(stat, child));
        if wanted.contains(&true) {
            let small = usize::from(children[0].rows.len() > children[1].rows.len());
            let counted = self.counted(stat, &grown.rows[children[small].rows.clone()], asked);
            let mut rest = parent.histogram;
            for (cell, other) in rest.iter_mut().zip(&counted) {
                S::minus(cell, other);
            }
            children[small].histogram = counted;
            children[1 - small].histogram = rest;
            for at in 0..2 {
                children[at].best =
                    wanted[at].then(|| self.best(stat, &children[at], asked)).flatten();
                if children[at].best.is_none() {
                    let unused = std::mem::take(&mut children[at].histogram);
                    self.keep(unused);
                }
            }
        } else {
            self.keep(parent.histogram);
        }
        children
    }

    /// The histogram of rows, column after column.
    fn counted(&mut self, stat: &S, rows: &[u32], asked: &[usize]) -> Vec<S::Cell> {
        let size = asked.iter().map(|at| self.columns[*at].len()).sum();
        let mut histogram = self.spare.pop().unwrap_or_default();
        histogram.clear();
        histogram.resize(size, S::ZERO);
        let loads: Vec<S::Load> = rows.iter().map(|row| stat.load(*row)).collect();
        let columns = self.columns;
        let whole = columns.first().is_some_and(|column| column.bins.len() == rows.len());
        let count = |at: usize, cells: &mut [S::Cell]| {
            let bins = &columns[at].bins;
            if whole {
                for (bin, load) in bins.iter().zip(&loads) {
                    S::add(&mut cells[usize::from(*bin)], *load);
                }
            } else {
                for (row, load) in rows.iter().zip(&loads) {
                    S::add(&mut cells[usize::from(bins[*row as usize])], *load);
                }
            }
            cells.iter_mut().for_each(S::close);
        };
        let threads =
            if rows.len() * asked.len() < FEW_FOR_THREADS { 1 } else { self.options.threads };
        each_column(columns, asked, &mut histogram, threads, &|at, cells| count(at, cells));
        histogram
    }

    /// The best split of a leaf; of equals the first column and the lowest bin.
    fn best(&self, stat: &S, leaf: &Leaf<S::Cell>, asked: &[usize]) -> Option<Split<S::Cell>> {
        let mut best: Option<Split<S::Cell>> = None;
        let mut from = 0;
        for &at in asked {
            let len = self.columns[at].len();
            let cells = &leaf.histogram[from..from + len];
            from += len;
            let found = self.best_of_column(stat, &leaf.total, at, cells);
            if let Some(found) = found
                && best.as_ref().is_none_or(|best| found.gain > best.gain)
            {
                best = Some(found);
            }
        }
        best
    }

    fn best_of_column(
        &self,
        stat: &S,
        total: &S::Cell,
        column: usize,
        cells: &[S::Cell],
    ) -> Option<Split<S::Cell>> {
        let direction = self.directions.get(column).copied().unwrap_or_default();
        let before = stat.worth(total);
        let unknown = &cells[0];
        let has_unknown = stat.rows(unknown) > 0.0;
        let mut best: Option<Split<S::Cell>> = None;
        let mut judge = |bin: usize, left: &S::Cell, unknown_left: bool| {
            let mut right = *total;
            S::minus(&mut right, left);
            if !stat.is_enough(left) || !stat.is_enough(&right) {
                return;
            }
            let gain = stat.worth(left) + stat.worth(&right) - before;
            if gain > self.options.least_gain.max(best.as_ref().map_or(0.0, |its| its.gain))
                && direction.allows(stat.lean(left), stat.lean(&right))
            {
                best = Some(Split { gain, column, bin: bin as u8, unknown_left, left: *left });
            }
        };
        let category = self.columns[column].kind == ColumnKind::Category;
        let mut low = S::ZERO;
        // Behind the last bin only the unknown values are left.
        let last = if has_unknown && !category { cells.len() } else { cells.len() - 1 };
        for (bin, cell) in cells.iter().enumerate().take(last).skip(1) {
            if category {
                judge(bin, cell, false);
                continue;
            }
            if stat.rows(cell) <= 0.0 {
                continue;
            }
            S::plus(&mut low, cell);
            // Unknown values that were never seen here go where most rows go.
            let mostly_left = stat.rows(&low) * 2.0 >= stat.rows(total);
            judge(bin, &low, !has_unknown && mostly_left);
            if has_unknown {
                let mut both = low;
                S::plus(&mut both, unknown);
                judge(bin, &both, true);
            }
        }
        best
    }
}

fn best_leaf<C>(leaves: &[Leaf<C>]) -> Option<usize> {
    let mut best: Option<(f64, usize, usize)> = None;
    for (at, leaf) in leaves.iter().enumerate() {
        let Some(split) = &leaf.best else { continue };
        // Of equals the one that came first, wherever the list keeps it.
        if best.is_none_or(|(gain, node, _)| {
            split.gain > gain || (split.gain >= gain && leaf.node < node)
        }) {
            best = Some((split.gain, leaf.node, at));
        }
    }
    best.map(|(_, _, at)| at)
}

/// A question's cover is the sum of its answers', to the last bit.
fn settle_cover(nodes: &mut [Node]) {
    for at in (0..nodes.len()).rev() {
        if !nodes[at].is_leaf() {
            nodes[at].cover = nodes[at].next.map(|next| nodes[next as usize].cover).iter().sum();
        }
    }
}

/// Lets each thread fill the cells of its own columns.
fn each_column<C: Send>(
    columns: &[Binned],
    asked: &[usize],
    cells: &mut [C],
    threads: usize,
    fill: &(impl Fn(usize, &mut [C]) + Sync),
) {
    let run = |asked: &[usize], mut cells: &mut [C]| {
        for &at in asked {
            let (mine, rest) = cells.split_at_mut(columns[at].len());
            fill(at, mine);
            cells = rest;
        }
    };
    if threads <= 1 {
        return run(asked, cells);
    }
    std::thread::scope(|scope| {
        let mut cells = cells;
        for part in asked.chunks(asked.len().div_ceil(threads)) {
            let size = part.iter().map(|at| columns[*at].len()).sum();
            let (mine, rest) = cells.split_at_mut(size);
            cells = rest;
            scope.spawn(move || run(part, mine));
        }
    });
}
