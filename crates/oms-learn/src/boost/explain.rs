//! Why a row gets its score: exact Shapley values of trees.
//!
//! What a coalition of columns expects of a tree is the mean over the ways down that its unknown columns leave open, each
//! weighed by the rows that went there in training. The walk keeps, for all coalitions of one size at once, the share of
//! them that comes down this way.
//!
//! # Source
//! Lundberg, Erion and Lee, *Consistent individualized feature attribution for tree ensembles*, 2018, and Lundberg and
//! others, *From local explanations to global understanding with explainable AI for trees*, Nature Machine Intelligence 2,
//! 2020 (path-dependent expectations).

use crate::boost::Loss;
use crate::boost::model::Boosted;
use crate::boost::tree::Tree;
use crate::table::{Table, WrongTable};

/// How much each column moves a score away from what is expected of an average row.
///
/// # Units
/// Those of the score: of the target, or of its logarithm for Poisson and Tweedie loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution {
    /// What is expected of an average row of the training.
    pub base: f64,
    /// What each column adds.
    ///
    /// Shape: `(n_cols,)`
    pub values: Vec<f64>,
    /// The score: the base and all values.
    pub score: f64,
}

impl Boosted {
    /// Explains an output of a row. Of quantiles it is that of the score which stands at this level once all are in order.
    ///
    /// # Law
    /// The values sum to the score less the base, to within 1e-9 of the size of the scores.
    ///
    /// # Errors
    /// [`WrongTable`] for other columns, or a row or an output that is not there.
    ///
    /// # Cost
    /// Leaves × depth² for each tree.
    ///
    /// # Example
    /// ```
    /// use oms_learn::{Boosting, Loss, Sample, Table};
    ///
    /// let day: Vec<f64> = (0..140).map(|at| f64::from(at % 7)).collect();
    /// let sold: Vec<f64> = day.iter().map(|day| if *day > 4.0 { 9.0 } else { 4.0 }).collect();
    /// let table = Table::new().with_numbers("day", day)?;
    /// let model = Boosting::default().fit(&Sample::new(&table, &sold)?, None, &Loss::Squared)?;
    /// let why = model.explain(&table, 5, 0)?;
    /// assert!(why.values[0] > 3.0);
    /// assert!((why.base + why.values[0] - why.score).abs() < 1e-9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn explain(
        &self,
        table: &Table,
        row: usize,
        output: usize,
    ) -> Result<Attribution, WrongTable> {
        if let Some(why) = table.differs(&self.columns) {
            return Err(WrongTable::Columns(why));
        }
        let (rows, outputs) = (table.n_rows(), self.base.len());
        if row >= rows {
            return Err(WrongTable::Row { row, rows });
        }
        if output >= outputs {
            return Err(WrongTable::Output { output, outputs });
        }
        let mut x = Vec::new();
        table.copy_rows(row, 1, &mut x);
        let mut scores = self.base.clone();
        for tree in &self.trees {
            let values = tree.at(&x, outputs);
            scores.iter_mut().zip(values).for_each(|(score, value)| *score += value);
        }
        let mut order: Vec<usize> = (0..outputs).collect();
        if matches!(self.loss, Loss::Quantiles { .. }) {
            order.sort_by(|one, two| scores[*one].total_cmp(&scores[*two]));
        }
        let output = order[output];
        let mut why = Attribution {
            base: self.base[output],
            values: vec![0.0; x.len()],
            score: scores[output],
        };
        for tree in &self.trees {
            why.base += tree.expected(0, output, outputs);
            let walk = Walk { tree, x: &x, output, outputs };
            walk.down(0, &[], (1.0, 1.0, None), &mut why.values);
        }
        Ok(why)
    }
}

impl Tree {
    /// The mean of a node's leaves, by the rows that went there.
    fn expected(&self, at: usize, output: usize, outputs: usize) -> f64 {
        let node = &self.nodes[at];
        if node.is_leaf() {
            return self.values[node.next[0] as usize * outputs + output];
        }
        let part = |next: u32| {
            let next = next as usize;
            self.nodes[next].cover / node.cover * self.expected(next, output, outputs)
        };
        part(node.next[0]) + part(node.next[1])
    }
}

/// A column on the way down.
#[derive(Clone, Copy)]
struct Step {
    column: Option<u32>,
    /// Share of rows that go this way where the column is unknown to the coalition.
    open: f64,
    /// 1 where the row itself goes this way, else 0.
    shut: f64,
    /// Weight of coalitions with so many columns as this step's place.
    weight: f64,
}

struct Walk<'a> {
    tree: &'a Tree,
    x: &'a [f64],
    output: usize,
    outputs: usize,
}

impl Walk<'_> {
    fn down(
        &self,
        at: usize,
        way: &[Step],
        (open, shut, column): (f64, f64, Option<u32>),
        values: &mut [f64],
    ) {
        let mut way = extended(way, open, shut, column);
        let node = &self.tree.nodes[at];
        if node.is_leaf() {
            let leaf = self.tree.values[node.next[0] as usize * self.outputs + self.output];
            for place in 1..way.len() {
                let step = way[place];
                let weight: f64 = unwound(&way, place).iter().map(|step| step.weight).sum();
                if let Some(column) = step.column {
                    values[column as usize] += weight * (step.shut - step.open) * leaf;
                }
            }
            return;
        }
        let hot = node.follow(self.x);
        let mut before = (1.0, 1.0);
        if let Some(place) = way.iter().position(|step| step.column == Some(node.column)) {
            before = (way[place].open, way[place].shut);
            way = unwound(&way, place);
        }
        for next in node.next.map(|next| next as usize) {
            let open = before.0 * self.tree.nodes[next].cover / node.cover;
            let shut = if next == hot { before.1 } else { 0.0 };
            if open > 0.0 || shut > 0.0 {
                self.down(next, &way, (open, shut, Some(node.column)), values);
            }
        }
    }
}

/// The way with one more column.
fn extended(way: &[Step], open: f64, shut: f64, column: Option<u32>) -> Vec<Step> {
    let len = way.len();
    let mut way = way.to_vec();
    way.push(Step { column, open, shut, weight: if len == 0 { 1.0 } else { 0.0 } });
    let all = (len + 1) as f64;
    for at in (0..len).rev() {
        let weight = way[at].weight;
        way[at + 1].weight += shut * weight * (at + 1) as f64 / all;
        way[at].weight = open * weight * (len - at) as f64 / all;
    }
    way
}

/// The way without the column at a place.
fn unwound(way: &[Step], place: usize) -> Vec<Step> {
    let last = way.len() - 1;
    let Step { open, shut, .. } = way[place];
    let mut way = way.to_vec();
    let mut next = way[last].weight;
    let all = (last + 1) as f64;
    for at in (0..last).rev() {
        if shut > 0.0 {
            let weight = way[at].weight;
            way[at].weight = next * all / ((at + 1) as f64 * shut);
            next = weight - way[at].weight * open * (last - at) as f64 / all;
        } else {
            way[at].weight = way[at].weight * all / (open * (last - at) as f64);
        }
    }
    for at in place..last {
        (way[at].column, way[at].open, way[at].shut) =
            (way[at + 1].column, way[at + 1].open, way[at + 1].shut);
    }
    way.pop();
    way
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Tree, Walk};
    use crate::boost::Boosting;
    use crate::boost::tree::Node;
    use crate::{Loss, Sample, Table};

    fn values(tree: &Tree, x: &[f64], output: usize, outputs: usize) -> Vec<f64> {
        let mut values = vec![0.0; x.len()];
        let walk = Walk { tree, x, output, outputs };
        walk.down(0, &[], (1.0, 1.0, None), &mut values);
        values
    }

    // Goal: attributions are those of others. Method: a tree by hand, figures that a sum over coalitions and a mean over all
    // orders agree on.
    #[test]
    fn oracles() {
        let file: Value =
            serde_json::from_str(include_str!("../../tests/learn/oracles.json")).unwrap();
        let mut done = 0;
        for case in file["cases"].as_array().unwrap() {
            if case["kind"] != "tree_shap_path_dependent" {
                continue;
            }
            let (mut nodes, mut leaves) = (Vec::new(), Vec::new());
            for given in case["inputs"]["tree"]["nodes"].as_array().unwrap() {
                let number = |key: &str| given[key].as_f64().unwrap();
                if given["feature"].is_null() {
                    nodes.push(Node::leaf(leaves.len() as u32, number("cover")));
                    leaves.push(number("value"));
                    continue;
                }
                nodes.push(Node {
                    column: number("feature") as u32,
                    next: ["left", "right"].map(|side| number(side) as u32),
                    threshold: number("threshold"),
                    category: false,
                    unknown_left: false,
                    cover: number("cover"),
                });
            }
            let tree = Tree { nodes, values: leaves };
            assert!(tree.is_sound(3, 1));
            let numbers = |of: &Value| -> Vec<f64> {
                of.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
            };
            let x = numbers(&case["inputs"]["x"]);
            let expected = &case["expected"];
            let off = |one: f64, two: &Value| (one - two.as_f64().unwrap()).abs();
            assert!(off(tree.expected(0, 0, 1), &expected["base"]) < 1e-12);
            assert!(off(tree.at(&x, 1)[0], &expected["prediction"]) < 1e-12);
            let found = values(&tree, &x, 0, 1);
            let wanted = numbers(&expected["attributions"]);
            assert!(found.iter().zip(&wanted).all(|(one, two)| (one - two).abs() < 1e-12));
            done += 1;
        }
        assert_eq!(done, 4);
    }

    /// What a coalition expects of a node.
    fn expects(tree: &Tree, at: usize, x: &[f64], coalition: usize, output: usize) -> f64 {
        let node = &tree.nodes[at];
        if node.is_leaf() {
            return tree.values[node.next[0] as usize * 3 + output];
        }
        if coalition & (1 << node.column) != 0 {
            return expects(tree, node.follow(x), x, coalition, output);
        }
        let part = |next: u32| {
            let next = next as usize;
            tree.nodes[next].cover * expects(tree, next, x, coalition, output) / node.cover
        };
        part(node.next[0]) + part(node.next[1])
    }

    // Goal: the walk gives Shapley's values. Method: the definition, over all coalitions of five columns, on learned trees
    // with gaps and categories in which columns come back on the way down.
    #[test]
    fn shapley() {
        let rows = 400;
        let chance = |column: usize, row: usize| ((row * 37 + column * 101) * 7919 % 1009) as f64;
        let gap = |column, row| {
            if chance(column + 9, row) < 150.0 { f64::NAN } else { chance(column, row) }
        };
        let mut table = Table::new();
        for column in 0..4 {
            let values = (0..rows).map(|row| gap(column, row)).collect();
            table = table.with_numbers(format!("x{column}"), values).unwrap();
        }
        let table = table
            .with_categories("c", (0..rows).map(|row| (chance(5, row) / 200.0).floor()).collect())
            .unwrap();
        let target: Vec<f64> = (0..rows)
            .map(|row| chance(0, row) * chance(1, row) / 500.0 + chance(2, row) - chance(5, row))
            .collect();
        let sample = Sample::new(&table, &target).unwrap();
        let loss = Loss::Quantiles { levels: vec![0.1, 0.5, 0.9] };
        let options = Boosting { rounds: 4, rows_in_leaf: 4, ..Boosting::default() };
        let model = options.fit(&sample, None, &loss).unwrap();
        let factorial = |n: usize| (1..=n).product::<usize>() as f64;
        let mut x = Vec::new();
        for row in (0..rows).step_by(41) {
            table.copy_rows(row, 1, &mut x);
            for tree in &model.trees {
                let output = row % 3;
                let found = values(tree, &x, output, 3);
                for (column, found) in found.iter().enumerate() {
                    let without = (0..32_usize).filter(|set| set & (1 << column) == 0);
                    let wanted: f64 = without
                        .map(|set| {
                            let size = set.count_ones() as usize;
                            let weight = factorial(size) * factorial(4 - size) / factorial(5);
                            let with = set | (1 << column);
                            weight
                                * (expects(tree, 0, &x, with, output)
                                    - expects(tree, 0, &x, set, output))
                        })
                        .sum();
                    assert!((found - wanted).abs() < 1e-9, "{row} {column}: {found} {wanted}");
                }
            }
        }
    }
}
