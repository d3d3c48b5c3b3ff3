//! Moving forecasts until they add up.
//!
//! Of all forecasts that add up, the one nearest to the base forecasts is taken, where a forecast that errs more may be
//! moved more. With W the covariance of base errors and C what must be zero (each sum less its leaves), that is
//! y - W C' (C W C')⁻¹ C y. The system has one equation for each sum; it is solved by conjugate gradients, which need
//! products alone: no matrix of all nodes is built, not even for a covariance that is full.
//!
//! # Source
//! Wickramasuriya, Athanasopoulos and Hyndman, *Optimal forecast reconciliation for hierarchical and grouped time series
//! through trace minimization*, JASA 114, 2019; shrinkage: Schäfer and Strimmer, Statistical Applications in Genetics and
//! Molecular Biology 4, 2005.

use ndarray::{Array1, Array2, Axis};

use super::{Hierarchy, HierarchyError};

/// The residual, over that at the start, at which a solution is good.
const NEAR: f64 = 1e-14;
/// A variance is at least this share of the mean one, so that a node that never erred can still move.
const LEAST: f64 = 1e-9;

/// The ways to make forecasts add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reconciliation {
    /// Leaves are believed, sums are not.
    BottomUp,
    /// The total is believed, and shared out as the leaves' forecasts say.
    TopDown,
    /// All nodes are believed alike.
    Ols,
    /// A sum errs as much as its leaves do together.
    WlsStructure,
    /// Each node errs as it did in the past.
    WlsVariance,
    /// Nodes err together as they did in the past, as far as the past can tell.
    MintShrink,
}

impl Reconciliation {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::BottomUp,
        Self::TopDown,
        Self::Ols,
        Self::WlsStructure,
        Self::WlsVariance,
        Self::MintShrink,
    ];

    /// Its name, as an argument or a column.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BottomUp => "bottom_up",
            Self::TopDown => "top_down",
            Self::Ols => "ols",
            Self::WlsStructure => "wls_structure",
            Self::WlsVariance => "wls_variance",
            Self::MintShrink => "mint_shrink",
        }
    }
}

/// Makes forecasts of one hierarchy add up.
#[derive(Clone, Debug)]
pub struct Reconciler<'a> {
    pub(super) hierarchy: &'a Hierarchy,
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    Leaves,
    Total(usize),
    Nearest(Covariance),
}

/// A diagonal, and a part of low rank: the shrunk rest of past errors.
#[derive(Clone, Debug)]
struct Covariance {
    diagonal: Array1<f64>,
    /// Errors, scaled so that E'E is the part of low rank.
    ///
    /// Shape: `(n_steps, n_nodes)`
    errors: Option<Array2<f64>>,
    shrinkage: f64,
}

impl<'a> Reconciler<'a> {
    /// By one of the ways, with past errors where it needs them.
    ///
    /// # Shape
    /// `errors: (n_steps, n_nodes)`; not a number where nothing is known.
    ///
    /// # Errors
    /// [`HierarchyError`] where errors do not fit, or there is no total to share out.
    pub fn of(
        hierarchy: &'a Hierarchy,
        way: Reconciliation,
        errors: &Array2<f64>,
    ) -> Result<Self, HierarchyError> {
        match way {
            Reconciliation::BottomUp => Ok(Self::bottom_up(hierarchy)),
            Reconciliation::TopDown => Self::top_down(hierarchy),
            Reconciliation::Ols => Ok(Self::ols(hierarchy)),
            Reconciliation::WlsStructure => Ok(Self::structure(hierarchy)),
            Reconciliation::WlsVariance => {
                let variances: Vec<f64> = errors
                    .axis_iter(Axis(1))
                    .map(|node| mean_square(node.iter().copied()))
                    .collect();
                Self::by_variance(hierarchy, &variances)
            }
            Reconciliation::MintShrink => Self::mint_shrink(hierarchy, errors),
        }
    }

    /// See [`Reconciliation::BottomUp`].
    #[must_use]
    pub fn bottom_up(hierarchy: &'a Hierarchy) -> Self {
        Self { hierarchy, way: Way::Leaves }
    }

    /// See [`Reconciliation::TopDown`].
    ///
    /// # Errors
    /// [`HierarchyError::NoTotal`].
    pub fn top_down(hierarchy: &'a Hierarchy) -> Result<Self, HierarchyError> {
        let all = |sum: &usize| hierarchy.leaves_of(*sum).len() == hierarchy.leaves;
        let total = (0..hierarchy.sums()).find(all).ok_or(HierarchyError::NoTotal)?;
        Ok(Self { hierarchy, way: Way::Total(total) })
    }

    /// See [`Reconciliation::Ols`].
    #[must_use]
    pub fn ols(hierarchy: &'a Hierarchy) -> Self {
        Self::diagonal(hierarchy, Array1::ones(hierarchy.nodes()))
    }

    /// See [`Reconciliation::WlsStructure`].
    #[must_use]
    pub fn structure(hierarchy: &'a Hierarchy) -> Self {
        let sums = (0..hierarchy.sums()).map(|sum| hierarchy.leaves_of(sum).len() as f64);
        let all = sums.chain(std::iter::repeat_n(1.0, hierarchy.leaves));
        Self::diagonal(hierarchy, all.collect())
    }

    /// By the variance of each node's errors, see [`Reconciliation::WlsVariance`].
    ///
    /// # Errors
    /// [`HierarchyError`] where there is not one for each node, or one is no number or below 0.
    pub fn by_variance(
        hierarchy: &'a Hierarchy,
        variances: &[f64],
    ) -> Result<Self, HierarchyError> {
        let what = "the list of variances";
        hierarchy.checked(what, variances)?;
        if let Some(at) = variances.iter().position(|v| *v < 0.0) {
            return Err(HierarchyError::Value { what, at });
        }
        Ok(Self::diagonal(hierarchy, floored(variances)))
    }

    fn diagonal(hierarchy: &'a Hierarchy, diagonal: Array1<f64>) -> Self {
        let covariance = Covariance { diagonal, errors: None, shrinkage: 1.0 };
        Self { hierarchy, way: Way::Nearest(covariance) }
    }

    /// By the covariance of all nodes' errors, shrunk to its diagonal as far as the number of steps asks for; see
    /// [`Reconciliation::MintShrink`]. Errors are not centered: a bias is an error too. Steps with an unknown error are
    /// left out.
    ///
    /// # Shape
    /// `errors: (n_steps, n_nodes)`
    ///
    /// # Errors
    /// [`HierarchyError::Shape`] where they do not fit.
    ///
    /// # Cost
    /// Nodes times the square of steps; nothing grows with the square of nodes.
    pub fn mint_shrink(
        hierarchy: &'a Hierarchy,
        errors: &Array2<f64>,
    ) -> Result<Self, HierarchyError> {
        if errors.ncols() != hierarchy.nodes() {
            let (found, needed) = (errors.ncols(), hierarchy.nodes());
            return Err(HierarchyError::Shape { what: "a row of errors", found, needed });
        }
        let whole =
            errors.outer_iter().enumerate().filter(|(_, row)| row.iter().all(|e| e.is_finite()));
        let rows: Vec<usize> = whole.map(|(at, _)| at).collect();
        let errors = errors.select(Axis(0), &rows);
        let n = errors.nrows() as f64;
        let variances: Vec<f64> =
            errors.axis_iter(Axis(1)).map(|node| mean_square(node.iter().copied())).collect();
        let shrinkage = shrinkage(&errors, &variances);
        let low_rank = (shrinkage < 1.0).then(|| errors * ((1.0 - shrinkage) / n).sqrt());
        let mut diagonal = floored(&variances);
        if low_rank.is_some() {
            diagonal *= shrinkage.max(LEAST);
        }
        let covariance = Covariance { diagonal, errors: low_rank, shrinkage };
        Ok(Self { hierarchy, way: Way::Nearest(covariance) })
    }

    /// How far the covariance was shrunk to its diagonal: 0 not at all, 1 wholly.
    #[must_use]
    pub fn shrinkage(&self) -> Option<f64> {
        match &self.way {
            Way::Nearest(covariance) => Some(covariance.shrinkage),
            _ => None,
        }
    }

    /// Forecasts of all nodes that add up, from those that do not.
    ///
    /// # Errors
    /// [`HierarchyError`] where there is not one for each node, or one is no number.
    ///
    /// # Cost
    /// The members of all sums, for each step of the solver: a few tens, rarely more than there are sums.
    pub fn reconcile(&self, base: &[f64]) -> Result<Vec<f64>, HierarchyError> {
        let tree = self.hierarchy;
        tree.checked("the list of base forecasts", base)?;
        let leaves = &base[tree.sums()..];
        let moved: Vec<f64> = match &self.way {
            Way::Leaves => leaves.to_vec(),
            Way::Total(total) => {
                let (all, total) = (leaves.iter().sum::<f64>(), base[*total]);
                // Leaves that cancel out say nothing about shares; then all get the same part of what is missing.
                let clear = all.abs() > LEAST * leaves.iter().map(|leaf| leaf.abs()).sum::<f64>();
                let part = (total - all) / tree.leaves as f64;
                let moved = |leaf: &f64| if clear { leaf * (total / all) } else { leaf + part };
                leaves.iter().map(moved).collect()
            }
            Way::Nearest(covariance) => {
                let off: Vec<f64> =
                    base.iter().zip(tree.times(leaves)).map(|(sum, leaves)| sum - leaves).collect();
                let by = covariance.times(&self.spread(&self.solved(covariance, off)));
                leaves.iter().zip(by.iter().skip(tree.sums())).map(|(leaf, by)| leaf - by).collect()
            }
        };
        tree.added_up(&moved)
    }

    /// As [`reconcile`](Self::reconcile), and then no leaf below zero: sums go up by what leaves are raised.
    ///
    /// # Errors
    /// As [`reconcile`](Self::reconcile).
    pub fn reconcile_demand(&self, base: &[f64]) -> Result<Vec<f64>, HierarchyError> {
        let all = self.reconcile(base)?;
        let leaves: Vec<f64> =
            all[self.hierarchy.sums()..].iter().map(|leaf| leaf.max(0.0)).collect();
        self.hierarchy.added_up(&leaves)
    }

    /// C' x: what differences of sums mean for all nodes.
    fn spread(&self, x: &[f64]) -> Array1<f64> {
        let leaves = self.hierarchy.transposed(x);
        x.iter().copied().chain(leaves.into_iter().map(|leaf| -leaf)).collect()
    }

    /// C y: each sum less its leaves.
    fn differences(&self, all: &Array1<f64>) -> Vec<f64> {
        let leaves: Vec<f64> = all.iter().skip(self.hierarchy.sums()).copied().collect();
        all.iter().zip(self.hierarchy.times(&leaves)).map(|(sum, leaves)| sum - leaves).collect()
    }

    /// x with C W C' x = b, by conjugate gradients scaled by the diagonal.
    fn solved(&self, covariance: &Covariance, b: Vec<f64>) -> Vec<f64> {
        let tree = self.hierarchy;
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let leaf_variance: Vec<f64> =
            covariance.diagonal.iter().skip(tree.sums()).copied().collect();
        let scale: Vec<f64> = covariance
            .diagonal
            .iter()
            .zip(tree.times(&leaf_variance))
            .map(|(own, leaves)| 1.0 / (own + leaves))
            .collect();
        let scaled = |r: &[f64]| r.iter().zip(&scale).map(|(r, s)| r * s).collect::<Vec<f64>>();
        let mut x = vec![0.0; b.len()];
        let mut r = b;
        let mut z = scaled(&r);
        let mut p = z.clone();
        let mut size = dot(&r, &z);
        let enough = size * NEAR * NEAR;
        for _ in 0..20 * tree.sums() + 100 {
            if size <= enough || size <= 0.0 {
                break;
            }
            let ap = self.differences(&covariance.times(&self.spread(&p)));
            let step = size / dot(&p, &ap);
            if !step.is_finite() {
                break;
            }
            x.iter_mut().zip(&p).for_each(|(x, p)| *x += step * p);
            r.iter_mut().zip(&ap).for_each(|(r, ap)| *r -= step * ap);
            z = scaled(&r);
            let next = dot(&r, &z);
            let keep = next / size;
            p.iter_mut().zip(&z).for_each(|(p, z)| *p = z + keep * *p);
            size = next;
        }
        x
    }
}

impl Covariance {
    /// W x.
    fn times(&self, x: &Array1<f64>) -> Array1<f64> {
        let own = &self.diagonal * x;
        match &self.errors {
            Some(errors) => own + errors.t().dot(&errors.dot(x)),
            None => own,
        }
    }
}

fn mean_square(errors: impl Iterator<Item = f64>) -> f64 {
    let known = errors.filter(|error| error.is_finite());
    let (sum, count) = known.fold((0.0, 0.0), |(sum, n), e| (sum + e * e, n + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

fn floored(variances: &[f64]) -> Array1<f64> {
    let mean = variances.iter().sum::<f64>() / variances.len().max(1) as f64;
    let least = if mean > 0.0 { mean * LEAST } else { 1.0 };
    variances.iter().map(|variance| variance.max(least)).collect()
}

/// The sum of the variances of all correlations over the sum of their squares, between 0 and 1.
///
/// Both sums are over all pairs of nodes, and come from the products of steps instead: with x the scaled errors, the sum of
/// squared correlations is that of squared products of two steps, and the sum of fourth moments is that of squared sizes.
fn shrinkage(errors: &Array2<f64>, variances: &[f64]) -> f64 {
    let (steps, n) = (errors.nrows(), errors.nrows() as f64);
    if steps < 2 {
        return 1.0;
    }
    let mut x = errors.clone();
    let mut moving = 0.0;
    for (mut node, variance) in x.axis_iter_mut(Axis(1)).zip(variances) {
        if *variance > 0.0 {
            node /= variance.sqrt();
            moving += 1.0;
        }
    }
    let products = x.dot(&x.t());
    let squares = products.iter().map(|p| p * p).sum::<f64>() / (n * n) - moving;
    let fourth: f64 = products.diag().iter().map(|size| size * size).sum();
    let own: f64 = x.iter().map(|x| x.powi(4)).sum();
    // Of the pairs of a node with itself neither sum has a part.
    let spread = (fourth - own) - n * squares;
    if squares <= 0.0 {
        return 1.0;
    }
    (n / (n - 1.0).powi(3) * spread / squares).clamp(0.0, 1.0)
}
