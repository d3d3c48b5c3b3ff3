//! Forecasts that add up: of an article and its category, of a region and its stores.
//!
//! A forecast of the sum knows what those of its parts do not, and the other way round, and each alone contradicts the
//! others. A [`Hierarchy`] says which leaves each sum has; a [`Reconciler`] moves all forecasts as little as their errors
//! suggest until they add up; [`coherent_samples`] does so for whole distributions; [`reconciled_best`] finds out on the
//! past which way was the best one; [`forecast_together`] does all of it for series and the attributes to sum them by.
//!
//! # Law
//! What comes out adds up; what added up before stays as it is, so forecasts without bias stay so.

mod chosen;
mod reconcile;
mod samples;
mod together;

pub use chosen::{HierarchyTrial, Reconciled, reconciled_best};
pub use reconcile::{Reconciler, Reconciliation};
pub use samples::{coherent_samples, sample_quantiles};
pub use together::{NotTogether, Together, forecast_together};

use std::collections::BTreeMap;

/// Nodes that a hierarchy may have.
pub const MOST_NODES: usize = 1_000_000;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HierarchyError {
    /// There is nothing to add up.
    #[error("there is no leaf; give one at least")]
    Empty,
    /// A sum names a leaf that is not there, names one twice, or has none.
    #[error(
        "sum `{sum}` has no leaf, has one twice, or has one that is not there; name leaves from 0 to {leaves}"
    )]
    Sum {
        /// Which sum.
        sum: usize,
        /// The last leaf there is.
        leaves: usize,
    },
    /// More than [`MOST_NODES`].
    #[error("a hierarchy of `{0}` nodes has more than {MOST_NODES}; leave levels out")]
    TooLarge(usize),
    /// The numbers do not fit the hierarchy.
    #[error("{what} has `{found}`, the hierarchy needs `{needed}`")]
    Shape {
        /// Of what.
        what: &'static str,
        /// What was found.
        found: usize,
        /// What is needed.
        needed: usize,
    },
    /// A value is not a number, or a variance is below zero.
    #[error("{what} has a value that is no number or out of range, at `{at}`")]
    Value {
        /// Of what.
        what: &'static str,
        /// Which of its values, from 0 on.
        at: usize,
    },
    /// Shares of a total are wanted, and no sum has all leaves.
    #[error("no sum has all leaves, so there is no total to share out; add one")]
    NoTotal,
}

/// Which leaves each sum has: sums first, leaves after them.
///
/// # Example
/// ```
/// use oms_forecast::{Hierarchy, Reconciler};
///
/// // Two stores sell two articles each: total, by store, by article.
/// let keys = [["n", "tea"], ["n", "milk"], ["s", "tea"], ["s", "milk"]];
/// let shops = Hierarchy::of_keys(&keys, &[&[], &[0], &[1]])?;
/// assert_eq!(shops.names()[..5], ["total", "n", "s", "milk", "tea"]);
/// let base = [40.0, 22.0, 20.0, 30.0, 11.0, 5.0, 14.0, 6.0, 15.0];
/// let sums = Reconciler::ols(&shops).reconcile(&base)?;
/// assert!((sums[0] - sums[1] - sums[2]).abs() < 1e-9 && (sums[0] - sums[3] - sums[4]).abs() < 1e-9);
/// # Ok::<(), oms_forecast::HierarchyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hierarchy {
    names: Vec<String>,
    leaves: usize,
    /// Where each sum's leaves begin in `members`; one more at the end.
    starts: Vec<usize>,
    members: Vec<usize>,
    /// Of each node: nodes of one level share out all leaves among them.
    levels: Vec<usize>,
}

impl Hierarchy {
    /// Sums over leaves, each with the level that it belongs to. Names are numbers.
    ///
    /// # Errors
    /// [`HierarchyError`] where there is no leaf, a sum is wrong, or there are too many nodes.
    pub fn new(leaves: usize, sums: &[(usize, Vec<usize>)]) -> Result<Self, HierarchyError> {
        if leaves == 0 {
            return Err(HierarchyError::Empty);
        }
        if leaves + sums.len() > MOST_NODES {
            return Err(HierarchyError::TooLarge(leaves + sums.len()));
        }
        let (mut starts, mut members) = (vec![0], Vec::new());
        for (sum, (_, own)) in sums.iter().enumerate() {
            let mut own = own.clone();
            own.sort_unstable();
            let twice = own.windows(2).any(|two| two[0] == two[1]);
            if twice || own.last().is_none_or(|last| *last >= leaves) {
                return Err(HierarchyError::Sum { sum, leaves: leaves - 1 });
            }
            members.extend(own);
            starts.push(members.len());
        }
        let top = sums.iter().map(|(level, _)| level + 1).max().unwrap_or_default();
        let levels = sums.iter().map(|(level, _)| *level).chain(std::iter::repeat_n(top, leaves));
        let names = (0..sums.len() + leaves).map(|node| node.to_string()).collect();
        Ok(Self { names, leaves, starts, members, levels: levels.collect() })
    }

    /// Leaves with keys, and levels by the places of the keys that they go by: none for the total, `[0]` for all that share
    /// the first key, `[0, 2]` for all that share the first and the third. Sums of a level come in the order of their keys.
    ///
    /// # Errors
    /// [`HierarchyError`] where there is no leaf, a leaf lacks a key, or there are too many nodes.
    pub fn of_keys<K: AsRef<[S]>, S: AsRef<str>>(
        keys: &[K],
        levels: &[&[usize]],
    ) -> Result<Self, HierarchyError> {
        let (mut sums, mut names) = (Vec::new(), Vec::new());
        for (level, places) in levels.iter().enumerate() {
            let mut groups: BTreeMap<Vec<&str>, Vec<usize>> = BTreeMap::new();
            for (leaf, its) in keys.iter().enumerate() {
                let its = its.as_ref();
                let part = |place: &usize| its.get(*place).map(AsRef::as_ref);
                let Some(key) = places.iter().map(part).collect::<Option<Vec<&str>>>() else {
                    let needed = places.iter().max().map_or(0, |most| most + 1);
                    return Err(HierarchyError::Shape {
                        what: "a leaf's keys",
                        found: its.len(),
                        needed,
                    });
                };
                groups.entry(key).or_default().push(leaf);
            }
            for (key, leaves) in groups {
                names.push(if key.is_empty() { "total".to_owned() } else { key.join("/") });
                sums.push((level, leaves));
            }
        }
        let mut this = Self::new(keys.len(), &sums)?;
        let leaf =
            |its: &K| its.as_ref().iter().map(AsRef::as_ref).collect::<Vec<&str>>().join("/");
        names.extend(keys.iter().map(leaf));
        this.names = names;
        Ok(this)
    }

    /// Names of all nodes, sums first.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many nodes there are, leaves among them.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.names.len()
    }

    /// How many leaves.
    #[must_use]
    pub fn leaves(&self) -> usize {
        self.leaves
    }

    /// The level of each node.
    #[must_use]
    pub fn levels(&self) -> &[usize] {
        &self.levels
    }

    /// The leaves of a sum.
    fn leaves_of(&self, sum: usize) -> &[usize] {
        &self.members[self.starts[sum]..self.starts[sum + 1]]
    }

    fn sums(&self) -> usize {
        self.starts.len() - 1
    }

    /// All nodes, from values of the leaves.
    ///
    /// # Errors
    /// [`HierarchyError::Shape`] where there is not one for each leaf.
    pub fn added_up(&self, leaves: &[f64]) -> Result<Vec<f64>, HierarchyError> {
        if leaves.len() != self.leaves {
            let (found, needed) = (leaves.len(), self.leaves);
            return Err(HierarchyError::Shape { what: "the list of leaves", found, needed });
        }
        let mut all: Vec<f64> = self.times(leaves);
        all.extend(leaves);
        Ok(all)
    }

    /// The sums, from values of the leaves.
    fn times(&self, leaves: &[f64]) -> Vec<f64> {
        let sum = |sum| self.leaves_of(sum).iter().map(|leaf| leaves[*leaf]).sum();
        (0..self.sums()).map(sum).collect()
    }

    /// For each leaf, the sum of what its sums have.
    fn transposed(&self, sums: &[f64]) -> Vec<f64> {
        let mut leaves = vec![0.0; self.leaves];
        for (sum, value) in sums.iter().enumerate() {
            for &leaf in self.leaves_of(sum) {
                leaves[leaf] += value;
            }
        }
        leaves
    }

    fn checked(&self, what: &'static str, values: &[f64]) -> Result<(), HierarchyError> {
        if values.len() != self.nodes() {
            return Err(HierarchyError::Shape { what, found: values.len(), needed: self.nodes() });
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(HierarchyError::Value { what, at }),
            None => Ok(()),
        }
    }
}
