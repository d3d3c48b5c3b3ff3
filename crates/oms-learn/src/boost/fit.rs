//! Rounds of training.

use crate::boost::bins::Binned;
use crate::boost::grow::{Grower, Grown, Stat};
use crate::boost::held::Held;
use crate::boost::lead::Lead;
use crate::boost::mean::Mean;
use crate::boost::model::Boosted;
use crate::boost::quantiles::Quantiles;
use crate::boost::ranks::MOST_LEVELS;
use crate::boost::tree::Tree;
use crate::boost::{Boosting, Direction, Loss, NotTrained};
use crate::rng::Stream;
use crate::sample::Sample;
use crate::table::checked;

/// Purposes of chance.
const ROWS: u64 = 1;
const COLUMNS: u64 = 2;

/// When training ends before its rounds are over.
#[derive(Clone, Copy, Default)]
pub(crate) struct Pace<'a> {
    /// Rows whose loss no longer falls by then.
    pub(crate) held: Option<&'a Sample<'a>>,
    pub(crate) leads: Option<&'a Lead>,
    pub(crate) follows: Option<&'a Lead>,
}

/// Learns from a sample whose columns are in bins already.
pub(crate) fn fit(
    options: &Boosting,
    (sample, columns): (&Sample<'_>, &[Binned]),
    loss: &Loss,
    pace: Pace<'_>,
) -> Result<Boosted, NotTrained> {
    if sample.table.n_rows() == 0 || sample.table.n_cols() == 0 {
        return Err(NotTrained::Empty);
    }
    check_loss(loss, sample)?;
    let names: Vec<String> = sample.table.names().map(str::to_owned).collect();
    if let Some(held) = pace.held {
        if let Some(why) = held.table.differs(&names) {
            return Err(NotTrained::Columns(why));
        }
        check_loss(loss, held)?;
    }
    let mut directions = vec![Direction::Free; names.len()];
    for (name, direction) in &options.directions {
        let at = names.iter().position(|its| its == name);
        let at = at.ok_or_else(|| NotTrained::NoColumn(name.clone()))?;
        directions[at] = *direction;
    }
    let weights = sample.even_weights();
    let course = Course { options, columns, directions, held: pace.held.map(Held::new), pace };
    let model = Boosted::new(names, loss.clone());
    let target = sample.target;
    Ok(match loss {
        Loss::Quantiles { levels } => {
            // A cell is as wide as the levels need: fewer counts, less to add and to weigh.
            match levels.len() {
                0..8 => course.run(model, Quantiles::<8>::new(target, &weights, levels, options)),
                8..16 => course.run(model, Quantiles::<16>::new(target, &weights, levels, options)),
                16..32 => {
                    course.run(model, Quantiles::<32>::new(target, &weights, levels, options))
                }
                _ => course.run(model, Quantiles::<64>::new(target, &weights, levels, options)),
            }
        }
        Loss::Squared | Loss::Poisson | Loss::Tweedie { .. } => {
            course.run(model, Mean::new(loss, target, weights, options))
        }
    })
}

fn check_loss(loss: &Loss, sample: &Sample<'_>) -> Result<(), NotTrained> {
    let option = |name, value, wanted| NotTrained::Option { name, value, wanted };
    match loss {
        Loss::Tweedie { power } if !(*power > 1.0 && *power < 2.0) => {
            return Err(option("power", *power, "a number above 1 and below 2"));
        }
        Loss::Quantiles { levels } => {
            if !(1..=MOST_LEVELS).contains(&levels.len()) {
                return Err(option("levels", levels.len() as f64, "1 to 63 of them"));
            }
            let inside = |level: &f64| *level > 0.0 && *level < 1.0;
            if let Some(level) = levels.iter().find(|level| !inside(level)) {
                return Err(option("level", *level, "a number above 0 and below 1"));
            }
            if let Some(pair) = levels.windows(2).find(|pair| pair[0] >= pair[1]) {
                return Err(option("level", pair[1], "levels from low to high, each once"));
            }
        }
        Loss::Squared | Loss::Poisson | Loss::Tweedie { .. } => {}
    }
    if matches!(loss, Loss::Poisson | Loss::Tweedie { .. }) {
        let wanted = "a number from 0 on, as this loss knows no other";
        checked("target", sample.target, sample.table.n_rows(), wanted, |y| y >= 0.0)?;
    }
    Ok(())
}

/// What learns in rounds: it says what splits are judged by, and what a leaf's values are.
pub(crate) trait Learner {
    type Stat: Stat;

    /// Scores before the first round, as the model keeps them.
    fn base(&self) -> Vec<f64>;
    /// Looks at the scores of now.
    fn derive(&mut self, round: u64) -> &Self::Stat;
    /// The values of all leaves.
    ///
    /// Shape: `(leaves, outputs)`
    fn values(&mut self, grown: &Grown) -> Vec<f64>;
    /// Takes a leaf's values into the score of a row.
    fn take(&mut self, row: usize, values: &[f64]);
}

struct Course<'a> {
    options: &'a Boosting,
    columns: &'a [Binned],
    directions: Vec<Direction>,
    held: Option<Held<'a>>,
    pace: Pace<'a>,
}

impl Course<'_> {
    fn rows(&self, round: u64) -> Vec<u32> {
        let all = self.columns[0].bins.len() as u32;
        if self.options.row_share >= 1.0 {
            return (0..all).collect();
        }
        let chance = Stream::new(self.options.seed, ROWS + (round << 8));
        let taken: Vec<u32> =
            (0..all).filter(|row| chance.takes(u64::from(*row), self.options.row_share)).collect();
        // Of a few rows chance may take none.
        if taken.is_empty() { (0..all).collect() } else { taken }
    }

    fn asked(&self, round: u64) -> Vec<usize> {
        let all = self.columns.len();
        let wanted = (self.options.column_share * all as f64).ceil() as usize;
        let chance = Stream::new(self.options.seed, COLUMNS + (round << 8));
        let mut drawn: Vec<(u64, usize)> = (0..all).map(|at| (chance.at(at as u64), at)).collect();
        drawn.sort_unstable();
        let mut asked: Vec<usize> =
            drawn.into_iter().take(wanted.clamp(1, all)).map(|(_, at)| at).collect();
        asked.sort_unstable();
        asked
    }

    fn run(mut self, mut model: Boosted, mut learner: impl Learner) -> Boosted {
        model.base = learner.base();
        let mut held = self.held.take();
        if let Some(held) = &mut held {
            held.is_over(&model, self.options.patience);
        }
        let mut grower = Grower::new(self.options, self.columns, &self.directions);
        for round in 0..self.options.rounds as u64 {
            if self.pace.follows.is_some_and(|lead| !lead.is_short(model.trees.len())) {
                break;
            }
            let mut grown =
                grower.grow(learner.derive(round), self.rows(round), &self.asked(round));
            grown.tree.values = learner.values(&grown);
            keep_directions(&mut grown.tree, &self.directions, model.base.len());
            self.take(&grown, &mut learner, model.base.len());
            model.trees.push(grown.tree);
            let Some(held) = &mut held else { continue };
            let is_over = held.is_over(&model, self.options.patience);
            if let Some(lead) = self.pace.leads {
                lead.needs(held.best_round());
            }
            if is_over {
                break;
            }
        }
        if let Some(held) = held {
            model.trees.truncate(held.best_round());
        }
        model
    }

    /// Takes a tree into every score: the leaf of a row that was learned from is known, the others walk.
    fn take(&self, grown: &Grown, learner: &mut impl Learner, outputs: usize) {
        let all = self.columns[0].bins.len();
        let leaves = grown.leaves.iter().zip(grown.tree.values.chunks_exact(outputs));
        for (rows, values) in leaves {
            for &row in &grown.rows[rows.clone()] {
                learner.take(row as usize, values);
            }
        }
        if grown.rows.len() == all {
            return;
        }
        let mut known = vec![false; all];
        grown.rows.iter().for_each(|row| known[*row as usize] = true);
        for row in (0..all).filter(|row| !known[*row]) {
            let from = grown.leaf_of(row, self.columns) * outputs;
            learner.take(row, &grown.tree.values[from..from + outputs]);
        }
    }
}

/// Keeps every leaf on its side of the middle of each question that has a direction, so that no way down breaks it.
fn keep_directions(tree: &mut Tree, directions: &[Direction], outputs: usize) {
    if directions.iter().all(|direction| *direction == Direction::Free) {
        return;
    }
    // The mean of every node's leaves, output by output.
    let mut means: Vec<Vec<f64>> = vec![Vec::new(); tree.nodes.len()];
    for at in (0..tree.nodes.len()).rev() {
        let node = &tree.nodes[at];
        means[at] = if node.is_leaf() {
            let from = node.next[0] as usize * outputs;
            tree.values[from..from + outputs].to_vec()
        } else {
            let [left, right] = node.next.map(|next| next as usize);
            let share = tree.nodes[left].cover / node.cover.max(f64::MIN_POSITIVE);
            let sides = means[left].iter().zip(&means[right]);
            sides.map(|(left, right)| left * share + right * (1.0 - share)).collect()
        };
    }
    let free = (f64::NEG_INFINITY, f64::INFINITY);
    let mut bounds = vec![vec![free; outputs]; tree.nodes.len()];
    for at in 0..tree.nodes.len() {
        let node = tree.nodes[at];
        if node.is_leaf() {
            let from = node.next[0] as usize * outputs;
            for (value, (low, high)) in tree.values[from..].iter_mut().zip(&bounds[at]) {
                *value = value.clamp(*low, *high);
            }
            continue;
        }
        let [left, right] = node.next.map(|next| next as usize);
        for output in 0..outputs {
            let (low, high) = bounds[at][output];
            let middle = ((means[left][output] + means[right][output]) / 2.0).clamp(low, high);
            (bounds[left][output], bounds[right][output]) = match directions[node.column as usize] {
                Direction::Free => ((low, high), (low, high)),
                Direction::Up => ((low, middle), (middle, high)),
                Direction::Down => ((middle, high), (low, middle)),
            };
        }
    }
}
