//! One tree: questions, and a vector of values at each leaf.

use crate::boost::MOST_DEPTH;

/// The size of what a leaf says, in models that come as bytes.
const MOST_VALUE: f64 = 1e100;
/// What stands for a column in a leaf.
pub(crate) const LEAF: u32 = u32::MAX;

/// A question, or a leaf.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Node {
    /// The column asked about, [`LEAF`] where nothing is asked.
    pub(crate) column: u32,
    /// Where to go: left and right, or which leaf this is and 0.
    pub(crate) next: [u32; 2],
    /// Left is at most this, or exactly this for categories.
    pub(crate) threshold: f64,
    pub(crate) category: bool,
    /// Where unknown values go.
    pub(crate) unknown_left: bool,
    /// Weight of the rows that came here in training.
    pub(crate) cover: f64,
}

impl Node {
    pub(crate) fn leaf(at: u32, cover: f64) -> Self {
        Self {
            column: LEAF,
            next: [at, 0],
            threshold: 0.0,
            category: false,
            unknown_left: false,
            cover,
        }
    }

    pub(crate) fn is_leaf(&self) -> bool {
        self.column == LEAF
    }

    /// Whether a value goes left.
    #[expect(clippy::float_cmp, reason = "categories are whole numbers")]
    fn is_left(&self, value: f64) -> bool {
        if value.is_nan() {
            self.unknown_left
        } else if self.category {
            value == self.threshold
        } else {
            value <= self.threshold
        }
    }

    /// The node that a row goes to next.
    pub(crate) fn follow(&self, row: &[f64]) -> usize {
        let left = self.is_left(row[self.column as usize]);
        self.next[usize::from(!left)] as usize
    }
}

/// The root is node 0; children stand after their parents.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    /// Shape: `(leaves, outputs)`
    pub(crate) values: Vec<f64>,
}

impl Tree {
    /// The values of the leaf that a row comes to.
    pub(crate) fn at(&self, row: &[f64], outputs: usize) -> &[f64] {
        let mut node = &self.nodes[0];
        while !node.is_leaf() {
            node = &self.nodes[node.follow(row)];
        }
        let leaf = node.next[0] as usize;
        &self.values[leaf * outputs..(leaf + 1) * outputs]
    }

    /// Whether every way down ends at a leaf, asks known columns only, and is made of numbers.
    pub(crate) fn is_sound(&self, columns: usize, outputs: usize) -> bool {
        let leaves = self.values.len() / outputs.max(1);
        let sound = |(at, node): (usize, &Node)| {
            let covered = node.cover.is_finite() && node.cover >= 0.0;
            if node.is_leaf() {
                return covered && (node.next[0] as usize) < leaves;
            }
            let down = |next: u32| (at + 1..self.nodes.len()).contains(&(next as usize));
            covered
                && (node.column as usize) < columns
                && node.next.into_iter().all(down)
                && node.threshold.is_finite()
                && self.has_parts(node)
        };
        !self.nodes.is_empty()
            && self.depth() <= MOST_DEPTH
            && self.values.len() == leaves * outputs
            && self.values.iter().all(|value| value.abs() <= MOST_VALUE)
            && self.nodes.iter().enumerate().all(sound)
    }

    /// Questions on the longest way down. Children that stand before their parents are not followed.
    fn depth(&self) -> usize {
        let mut depths = vec![0; self.nodes.len()];
        for (at, node) in self.nodes.iter().enumerate().filter(|(_, node)| !node.is_leaf()) {
            for next in node.next.map(|next| next as usize) {
                if next > at && next < depths.len() {
                    depths[next] = depths[next].max(depths[at] + 1);
                }
            }
        }
        depths.into_iter().max().unwrap_or_default()
    }

    /// A node's rows are those of its children, else attributions would not sum up.
    fn has_parts(&self, node: &Node) -> bool {
        let [left, right] = node.next.map(|next| self.nodes[next as usize].cover);
        let off = (left + right - node.cover).abs();
        node.cover > 0.0 && off <= 1e-9 * node.cover
    }
}
