//! Which way of adding up is the best one, on the past.

use ndarray::{Array2, Axis, concatenate};

use super::reconcile::{Reconciler, Reconciliation};
use super::{Hierarchy, HierarchyError};

/// Forecasts of the past from one origin, and what came.
///
/// # Shape
/// Both `(n_steps, n_nodes)`; what is not known is not a number.
#[derive(Clone, Debug)]
pub struct HierarchyTrial {
    /// Base forecasts.
    pub base: Array2<f64>,
    /// What came.
    pub actual: Array2<f64>,
}

/// How a way of adding up did.
#[derive(Clone, Debug, PartialEq)]
pub struct Reconciled {
    /// The way; `None` are the base forecasts, which do not add up.
    pub way: Option<Reconciliation>,
    /// Root mean squared error over scale, by level and averaged over its nodes.
    pub by_level: Vec<f64>,
    /// The mean over all levels.
    pub mean: f64,
    /// Whether no level is worse than its base forecasts.
    pub harmless: bool,
}

/// Tries all ways on past origins, and says which one to take: of those that make no level worse the best on average, and
/// the best on average where each makes one worse. All are returned, that one first, with the evidence.
///
/// Errors before an origin teach the covariance: `known` before the first one, those of earlier origins after it.
///
/// # Shape
/// `known: (n_steps, n_nodes)`, `scale: n_nodes`, such as each node's mean size of change
///
/// # Errors
/// [`HierarchyError`] where shapes do not fit or a scale is not above 0.
pub fn reconciled_best(
    hierarchy: &Hierarchy,
    trials: &[HierarchyTrial],
    known: &Array2<f64>,
    scale: &[f64],
) -> Result<Vec<Reconciled>, HierarchyError> {
    hierarchy.checked("the list of scales", scale)?;
    if let Some(at) = scale.iter().position(|scale| *scale <= 0.0) {
        return Err(HierarchyError::Value { what: "the list of scales", at });
    }
    for trial in trials {
        for (what, table) in [("a base forecast", &trial.base), ("an actual row", &trial.actual)] {
            if table.dim() != (trial.base.nrows(), hierarchy.nodes()) {
                let (found, needed) = (table.ncols(), hierarchy.nodes());
                return Err(HierarchyError::Shape { what, found, needed });
            }
        }
    }
    let base = scored(hierarchy, trials, scale, None, |_, row| Ok(row.to_vec()))?;
    let mut all = Vec::new();
    for way in Reconciliation::ALL {
        let made = |at: usize, row: &[f64]| {
            let before = errors_before(trials.get(..at).unwrap_or_default(), known);
            Reconciler::of(hierarchy, way, &before)?.reconcile(row)
        };
        match scored(hierarchy, trials, scale, Some(way), made) {
            // Without a total nothing can be shared out, and the other ways are tried.
            Err(HierarchyError::NoTotal) => {}
            done => all.push(done?),
        }
    }
    for one in &mut all {
        // A millionth of the scale is rounding.
        one.harmless =
            one.by_level.iter().zip(&base.by_level).all(|(own, base)| *own <= base + 1e-6);
    }
    all.sort_by(|a, b| b.harmless.cmp(&a.harmless).then(a.mean.total_cmp(&b.mean)));
    all.push(base);
    Ok(all)
}

/// Errors that are known before an origin, and those of earlier origins.
pub(super) fn errors_before(before: &[HierarchyTrial], known: &Array2<f64>) -> Array2<f64> {
    before.iter().fold(known.clone(), |all, trial| {
        let errors = &trial.actual - &trial.base;
        concatenate(Axis(0), &[all.view(), errors.view()]).unwrap_or(all)
    })
}

fn scored(
    hierarchy: &Hierarchy,
    trials: &[HierarchyTrial],
    scale: &[f64],
    way: Option<Reconciliation>,
    made: impl Fn(usize, &[f64]) -> Result<Vec<f64>, HierarchyError>,
) -> Result<Reconciled, HierarchyError> {
    let mut squares = vec![(0.0, 0.0); hierarchy.nodes()];
    for (at, trial) in trials.iter().enumerate() {
        for (base, actual) in trial.base.outer_iter().zip(trial.actual.outer_iter()) {
            let own = made(at, &base.to_vec())?;
            for (sum, (own, actual)) in squares.iter_mut().zip(own.iter().zip(actual)) {
                if actual.is_finite() {
                    *sum = (sum.0 + (own - actual) * (own - actual), sum.1 + 1.0);
                }
            }
        }
    }
    let count = hierarchy.levels.iter().max().map_or(0, |most| most + 1);
    let mut levels = vec![(0.0, 0.0); count];
    for ((sum, scale), level) in squares.iter().zip(scale).zip(&hierarchy.levels) {
        if sum.1 > 0.0 {
            let error = (sum.0 / sum.1).sqrt() / scale;
            levels[*level] = (levels[*level].0 + error, levels[*level].1 + 1.0);
        }
    }
    let by_level: Vec<f64> =
        levels.iter().map(|(sum, n)| if *n > 0.0 { sum / n } else { 0.0 }).collect();
    let mean = by_level.iter().sum::<f64>() / by_level.len().max(1) as f64;
    Ok(Reconciled { way, by_level, mean, harmless: true })
}
