//! Gradient boosting of trees over histograms.
//!
//! Each round grows one tree on what the rounds before left. [`Boosting`] says how, [`Loss`] what for, [`Boosted`] is what
//! comes of it.

mod bins;
mod codec;
mod explain;
mod fit;
mod grow;
mod held;
mod lead;
mod mean;
mod model;
mod newton;
mod quantiles;
mod ranks;
mod tree;

pub use codec::BadModel;
pub use explain::Attribution;
pub use lead::Whole;
pub use model::Boosted;

use crate::boost::fit::Pace;
use crate::sample::Sample;
use crate::table::TableError;

/// Rounds of boosting that one model may have.
pub const MOST_ROUNDS: usize = 10_000;
/// Leaves that one tree may have.
pub const MOST_LEAVES: usize = 4_096;
/// Questions one after the other that a tree may have.
pub const MOST_DEPTH: usize = 64;
/// Levels of quantiles that one model may have.
pub const MOST_QUANTILES: usize = ranks::MOST_LEVELS;
/// Threads that training may use.
pub const MOST_THREADS: usize = 256;

/// Why nothing was learned.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NotTrained {
    /// There is nothing to learn from.
    #[error("there is no row or no column to learn from; give one of each at least")]
    Empty,
    /// A target or weight that cannot be.
    #[error(transparent)]
    Table(#[from] TableError),
    /// An option out of its bounds.
    #[error("`{name}` is `{value}`; give {wanted}")]
    Option {
        /// The option.
        name: &'static str,
        /// What was found.
        value: f64,
        /// What can stand there.
        wanted: &'static str,
    },
    /// A direction for a column that is not there.
    #[error("there is no column `{0}` that could have a direction; name one of the table's")]
    NoColumn(String),
    /// The rows that are held out have other columns.
    #[error("the held-out rows have other columns: {0}; give both the same")]
    Columns(String),
}

/// What a model is to get right.
#[derive(Clone, Debug, PartialEq)]
pub enum Loss {
    /// The mean; large errors weigh by their square.
    Squared,
    /// The mean of counts; none is negative.
    Poisson,
    /// The mean of what is often zero and else of any size; none is negative. The variance grows by this power of the
    /// mean: above 1 and below 2.
    Tweedie {
        /// The power.
        power: f64,
    },
    /// Quantiles at these levels, from low to high; pinball loss.
    Quantiles {
        /// The levels, each between 0 and 1.
        levels: Vec<f64>,
    },
}

/// Which way a forecast may go as a column rises, all else equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Either way.
    #[default]
    Free,
    /// Never down.
    Up,
    /// Never up.
    Down,
}

impl Direction {
    fn allows(self, left: f64, right: f64) -> bool {
        match self {
            Self::Free => true,
            Self::Up => left <= right,
            Self::Down => left >= right,
        }
    }
}

/// How to boost.
#[derive(Clone, Debug, PartialEq)]
pub struct Boosting {
    /// Trees at most.
    pub rounds: usize,
    /// How much of each tree is believed, above 0 and up to 1.
    pub rate: f64,
    /// Leaves of a tree at most.
    pub leaves: usize,
    /// Questions one after the other at most.
    pub depth: usize,
    /// Rows of mean weight that a leaf holds at least.
    pub rows_in_leaf: usize,
    /// Second derivative of the loss that a leaf holds at least; quantiles have none.
    pub hessian_in_leaf: f64,
    /// Pulls the values of leaves to zero. Of quantiles it weighs in the choice of splits alone.
    pub l2: f64,
    /// What a split gains at least.
    pub least_gain: f64,
    /// Bins of a column, from 4 to 256.
    pub bins: usize,
    /// Share of rows that a tree learns from.
    pub row_share: f64,
    /// Share of columns that a tree may ask about.
    pub column_share: f64,
    /// How much outer levels weigh in the choice of splits beside the median: by `(p (1 - p))` to minus this.
    pub tails: f64,
    /// Rounds without a better loss on held-out rows after which training ends.
    pub patience: usize,
    /// Where chance comes from.
    pub seed: u64,
    /// Threads that count; the result has the same bits for any number.
    pub threads: usize,
    /// Columns in which a forecast goes one way only.
    pub directions: Vec<(String, Direction)>,
}

impl Default for Boosting {
    fn default() -> Self {
        Self {
            rounds: 200,
            rate: 0.06,
            leaves: 48,
            depth: 32,
            rows_in_leaf: 20,
            hessian_in_leaf: 1e-3,
            l2: 0.0,
            least_gain: 0.0,
            bins: 256,
            row_share: 1.0,
            column_share: 1.0,
            tails: 0.5,
            patience: 20,
            seed: 0,
            threads: 1,
            directions: Vec::new(),
        }
    }
}

impl Boosting {
    /// Learns from rows. With `held`, training ends when their loss no longer falls, and the model is that of the best
    /// round.
    ///
    /// # Law
    /// The same rows, options and seed give the same bits, for any number of threads.
    ///
    /// # Errors
    /// [`NotTrained`] names what is wrong.
    ///
    /// # Cost
    /// About `rounds × log(leaves) / 2` passes over all bytes of `column_share × row_share` of the table, whether there
    /// is one level or fifteen; quantiles take a selection a round, row and level besides.
    ///
    /// # Source
    /// Friedman, *Greedy function approximation: a gradient boosting machine*, Annals of Statistics 29, 2001: quantiles of
    /// what is left as the values of leaves.
    ///
    /// # Example
    /// ```
    /// use oms_learn::{Boosting, Loss, Sample, Table};
    ///
    /// let price: Vec<f64> = (0..400).map(|at| f64::from(at % 20)).collect();
    /// let sold: Vec<f64> = (0..400).map(|at| f64::from(40 - at % 20 + at % 3)).collect();
    /// let table = Table::new().with_numbers("price", price)?;
    /// let loss = Loss::Quantiles { levels: vec![0.1, 0.5, 0.9] };
    /// let model = Boosting::default().fit(&Sample::new(&table, &sold)?, None, &loss)?;
    /// let quantiles = model.predict(&table)?;
    /// assert!((quantiles[[0, 1]] - 41.0).abs() < 1.0);
    /// assert!(quantiles[[0, 0]] <= quantiles[[0, 1]] && quantiles[[0, 1]] <= quantiles[[0, 2]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fit(
        &self,
        sample: &Sample<'_>,
        held: Option<&Sample<'_>>,
        loss: &Loss,
    ) -> Result<Boosted, NotTrained> {
        self.check()?;
        let columns = bins::binned(sample.table, self.bins, self.threads);
        fit::fit(self, (sample, &columns), loss, Pace { held, ..Pace::default() })
    }

    fn check(&self) -> Result<(), NotTrained> {
        let count = |name, value: usize, low: usize, high: usize, wanted| {
            (name, value as f64, (low..=high).contains(&value), wanted)
        };
        let share = |name, value: f64| {
            (name, value, value > 0.0 && value <= 1.0, "a number above 0, at most 1")
        };
        let some = |name, value: f64| {
            (name, value, (0.0..1e12).contains(&value), "a number from 0 on, below 1e12")
        };
        let all = [
            count("rounds", self.rounds, 1, MOST_ROUNDS, "1 to 10000"),
            count("leaves", self.leaves, 2, MOST_LEAVES, "2 to 4096"),
            count("depth", self.depth, 1, MOST_DEPTH, "1 to 64"),
            count("rows_in_leaf", self.rows_in_leaf, 1, usize::MAX, "1 or more"),
            count("bins", self.bins, 4, bins::MOST_BINS, "4 to 256"),
            count("patience", self.patience, 1, usize::MAX, "1 or more"),
            count("threads", self.threads, 1, MOST_THREADS, "1 to 256"),
            share("rate", self.rate),
            share("row_share", self.row_share),
            share("column_share", self.column_share),
            some("hessian_in_leaf", self.hessian_in_leaf),
            some("l2", self.l2),
            some("least_gain", self.least_gain),
            ("tails", self.tails, (0.0..=2.0).contains(&self.tails), "a number from 0 to 2"),
        ];
        match all.into_iter().find(|(_, _, right, _)| !right) {
            None => Ok(()),
            Some((name, value, _, wanted)) => Err(NotTrained::Option { name, value, wanted }),
        }
    }
}
