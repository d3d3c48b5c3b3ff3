//! Forecasts that add up, proven: against figures of others, a dense second way, and by laws.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "test code"
)]

mod together;

use ndarray::{Array2, Axis};
use oms_forecast::{
    Hierarchy, HierarchyError, HierarchyTrial, Levels, Reconciler, Reconciliation,
    coherent_samples, reconciled_best, sample_quantiles,
};
use proptest::prelude::*;
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn table(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, column)| rows[row][column])
}

// Goal: the six cases of a tree of seven. Method: within the tolerance of each; covariances are given, and residuals where
// the covariance comes from these.
#[test]
fn oracles() {
    let all: Value =
        serde_json::from_str(include_str!("../../testdata/reconciliation.json")).unwrap();
    let cases = all["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 6);
    let tree =
        Hierarchy::new(4, &[(0, vec![0, 1, 2, 3]), (1, vec![0, 1]), (1, vec![2, 3])]).unwrap();
    for case in cases {
        let inputs = &case["inputs"];
        let reconciler = match inputs["method"].as_str().unwrap() {
            "bottom_up" => Reconciler::bottom_up(&tree),
            "top_down_by_base_shares" => Reconciler::top_down(&tree).unwrap(),
            "ols" => Reconciler::ols(&tree),
            "wls_structural" => Reconciler::structure(&tree),
            "wls_variance" => {
                let variances = table(&inputs["error_covariance"]).diag().to_vec();
                Reconciler::by_variance(&tree, &variances).unwrap()
            }
            _ => Reconciler::mint_shrink(&tree, &table(&inputs["residuals"])).unwrap(),
        };
        let tolerance = case["tolerance"].as_f64().unwrap();
        let found = reconciler.reconcile(&numbers(&inputs["base"])).unwrap();
        for (want, have) in numbers(&case["expected"]["reconciled"]).iter().zip(found) {
            assert!((want - have).abs() <= tolerance, "{}: {want} {have}", case["id"]);
        }
        if let Some(shrinkage) = case["expected"]["shrinkage"].as_f64() {
            assert!((reconciler.shrinkage().unwrap() - shrinkage).abs() <= tolerance);
        }
    }
}

/// A grouped hierarchy, base forecasts of its nodes and past errors.
fn worlds() -> impl Strategy<Value = (Hierarchy, Vec<f64>, Array2<f64>)> {
    (2..5_usize, 2..4_usize, 3..30_usize).prop_flat_map(|(stores, articles, steps)| {
        let keys: Vec<[String; 2]> = (0..stores * articles)
            .map(|leaf| [format!("s{}", leaf / articles), format!("a{}", leaf % articles)])
            .collect();
        let tree = Hierarchy::of_keys(&keys, &[&[], &[0], &[1]]).unwrap();
        let n = tree.nodes();
        (
            Just(tree),
            proptest::collection::vec(-5.0..90.0_f64, n),
            proptest::collection::vec(-4.0..4.0_f64, n * steps)
                .prop_map(move |all| Array2::from_shape_vec((steps, n), all).unwrap()),
        )
    })
}

/// What is reconciled, from the definition with dense matrices: the leaves b with least (y - S b)' W⁻¹ (y - S b).
fn dense(tree: &Hierarchy, base: &[f64], w: &Array2<f64>) -> Vec<f64> {
    let (n, k) = (tree.nodes(), tree.leaves());
    let mut s = Array2::zeros((n, k));
    for leaf in 0..k {
        let one: Vec<f64> = (0..k).map(|at| f64::from(u8::from(at == leaf))).collect();
        for (node, value) in tree.added_up(&one).unwrap().into_iter().enumerate() {
            s[[node, leaf]] = value;
        }
    }
    let base = Array2::from_shape_fn((n, 1), |(at, _)| base[at]);
    let ws = gauss(w.clone(), s.clone());
    let wy = gauss(w.clone(), base);
    let leaves = gauss(s.t().dot(&ws), s.t().dot(&wy));
    s.dot(&leaves).column(0).to_vec()
}

/// a⁻¹ b.
fn gauss(mut a: Array2<f64>, mut b: Array2<f64>) -> Array2<f64> {
    for at in 0..a.nrows() {
        let pivot =
            (at..a.nrows()).max_by(|x, y| a[[*x, at]].abs().total_cmp(&a[[*y, at]].abs())).unwrap();
        for column in 0..a.ncols() {
            a.swap([at, column], [pivot, column]);
        }
        for column in 0..b.ncols() {
            b.swap([at, column], [pivot, column]);
        }
        for row in (0..a.nrows()).filter(|row| *row != at) {
            let by = a[[row, at]] / a[[at, at]];
            for column in 0..a.ncols() {
                a[[row, column]] -= by * a[[at, column]];
            }
            for column in 0..b.ncols() {
                b[[row, column]] -= by * b[[at, column]];
            }
        }
    }
    for at in 0..a.nrows() {
        let by = a[[at, at]];
        b.row_mut(at).mapv_inplace(|value| value / by);
    }
    b
}

proptest! {
    // Goal: what comes out adds up, and what adds up stays: once more changes nothing, and no bias comes in. Method: all
    // ways on grouped hierarchies.
    #[test]
    fn laws((tree, base, errors) in worlds()) {
        let n = tree.nodes() - tree.leaves();
        for way in Reconciliation::ALL {
            let reconciler = Reconciler::of(&tree, way, &errors).unwrap();
            let done = reconciler.reconcile(&base).unwrap();
            let summed = tree.added_up(&done[n..]).unwrap();
            let again = reconciler.reconcile(&done).unwrap();
            for node in 0..tree.nodes() {
                prop_assert!((done[node] - summed[node]).abs() < 1e-9, "{way:?}");
                prop_assert!((done[node] - again[node]).abs() < 1e-7, "{way:?} {} {}", done[node], again[node]);
            }
            let demand = reconciler.reconcile_demand(&base).unwrap();
            prop_assert!(demand.iter().all(|value| *value >= 0.0));
            prop_assert_eq!(&tree.added_up(&demand[n..]).unwrap(), &demand);
        }
    }

    // Goal: the products of the solver are the matrices of the definition, shrunk covariance too. Method: dense algebra with
    // the covariance and shrinkage written from their formulas.
    #[test]
    fn as_defined((tree, base, errors) in worlds()) {
        let n = errors.nrows() as f64;
        let c = errors.t().dot(&errors) / n;
        let mut shrunk = (0.0, 0.0);
        for i in 0..tree.nodes() {
            for j in (0..tree.nodes()).filter(|j| *j != i) {
                let w: Vec<f64> = errors.outer_iter().map(|e| e[i] * e[j] / (c[[i, i]] * c[[j, j]]).sqrt()).collect();
                let r = w.iter().sum::<f64>() / n;
                shrunk.0 += n / (n - 1.0).powi(3) * w.iter().map(|w| (w - r) * (w - r)).sum::<f64>();
                shrunk.1 += r * r;
            }
        }
        let lambda = (shrunk.0 / shrunk.1).clamp(0.0, 1.0);
        let mint = Reconciler::mint_shrink(&tree, &errors).unwrap();
        prop_assert!((mint.shrinkage().unwrap() - lambda).abs() < 1e-9);
        let diagonal = Array2::from_diag(&c.diag());
        let full = &diagonal * lambda + &c * (1.0 - lambda);
        let variance = Reconciler::of(&tree, Reconciliation::WlsVariance, &errors).unwrap();
        for (reconciler, w) in [(&mint, &full), (&variance, &diagonal)] {
            let own = reconciler.reconcile(&base).unwrap();
            for (own, other) in own.iter().zip(dense(&tree, &base, w)) {
                prop_assert!((own - other).abs() < 1e-6, "{own} {other}");
            }
        }
    }

    // Goal: draws add up, and each leaf keeps its distribution. Method: both laws.
    #[test]
    fn draws_add_up((tree, base, errors) in worlds()) {
        let n = tree.nodes() - tree.leaves();
        let levels = Levels::new(&[0.1, 0.5, 0.9]).unwrap();
        let quantiles = Array2::from_shape_fn((tree.leaves(), 3), |(leaf, at)| 100.0 + base[n + leaf].abs() + 3.0 * at as f64);
        let own = errors.slice_axis(Axis(1), (n..).into()).to_owned();
        let draws = coherent_samples(&tree, &levels, &quantiles, &own).unwrap();
        let mut sorted: Vec<Vec<f64>> = Vec::new();
        for row in draws.outer_iter() {
            let row = row.to_vec();
            prop_assert_eq!(&tree.added_up(&row[n..]).unwrap(), &row);
        }
        for leaf in 0..tree.leaves() {
            let mut all = draws.column(n + leaf).to_vec();
            all.sort_by(f64::total_cmp);
            sorted.push(all.iter().map(|value| value - base[n + leaf].abs()).collect());
        }
        // All leaves have the same distribution but for where it lies.
        for other in &sorted[1..] {
            for (a, b) in sorted[0].iter().zip(other) {
                prop_assert!((a - b).abs() < 1e-9);
            }
        }
        let found = sample_quantiles(&draws, &levels);
        prop_assert!(found.outer_iter().all(|row| row[0] <= row[1] && row[1] <= row[2]));
    }
}

// Goal: thousands of nodes are no matter. Method: 30,000 leaves in 2,000 groups crossed with 300, solved and added up.
#[test]
fn large() {
    let keys: Vec<[String; 2]> =
        (0..30_000).map(|leaf| [format!("{}", leaf % 2_000), format!("{}", leaf % 299)]).collect();
    let tree = Hierarchy::of_keys(&keys, &[&[], &[0], &[1]]).unwrap();
    let base: Vec<f64> = (0..tree.nodes()).map(|node| (node * 7_919 % 1_000) as f64).collect();
    let done = Reconciler::structure(&tree).reconcile(&base).unwrap();
    let summed = tree.added_up(&done[tree.nodes() - 30_000..]).unwrap();
    assert!(done.iter().zip(&summed).all(|(a, b)| (a - b).abs() < 1e-6));
    let again = Reconciler::structure(&tree).reconcile(&done).unwrap();
    assert!(done.iter().zip(&again).all(|(a, b)| (a - b).abs() < 1e-5));
}

// Goal: the way that was best is named, and none that hurts a level where another does not. Method: leaves that err wildly
// and by no plan under sums that never do; then leaves that never err.
#[test]
fn the_best_way_is_chosen() {
    let tree = Hierarchy::new(3, &[(0, vec![0, 1, 2])]).unwrap();
    let noise = |at: usize| ((at * 7_919 + 3) % 17) as f64 - 8.0;
    let world = |leaves_err: bool| -> Vec<HierarchyTrial> {
        (0..12)
            .map(|origin| {
                let actual =
                    Array2::from_shape_fn((2, 4), |(_, node)| if node == 0 { 60.0 } else { 20.0 });
                let base = Array2::from_shape_fn((2, 4), |(step, node)| {
                    let errs = (node == 0) != leaves_err;
                    actual[[step, node]]
                        + if errs { noise(origin * 8 + step * 4 + node) } else { 0.0 }
                });
                HierarchyTrial { base, actual }
            })
            .collect()
    };
    let known = |trials: &[HierarchyTrial]| &trials[0].actual - &trials[0].base;
    let (wild, calm) = (world(true), world(false));
    let best = reconciled_best(&tree, &wild, &known(&wild), &[1.0; 4]).unwrap();
    assert!(best[0].harmless && best[0].by_level[0] < 0.1, "{best:?}");
    assert_eq!(best.last().unwrap().way, None);
    let best = reconciled_best(&tree, &calm, &known(&calm), &[1.0; 4]).unwrap();
    assert!(best[0].harmless && best[0].mean < 0.1, "{best:?}");
}

// Goal: what does not fit is told. Method: one of each.
#[test]
fn bad_input() {
    assert_eq!(Hierarchy::new(0, &[]), Err(HierarchyError::Empty));
    assert_eq!(Hierarchy::new(2, &[(0, vec![2])]), Err(HierarchyError::Sum { sum: 0, leaves: 1 }));
    assert_eq!(
        Hierarchy::new(2, &[(0, vec![1, 1])]),
        Err(HierarchyError::Sum { sum: 0, leaves: 1 })
    );
    assert_eq!(Hierarchy::new(2, &[(0, vec![])]), Err(HierarchyError::Sum { sum: 0, leaves: 1 }));
    assert!(Hierarchy::of_keys(&[["a"]], &[&[1]]).is_err());
    let tree = Hierarchy::new(2, &[]).unwrap();
    assert_eq!(Reconciler::top_down(&tree).unwrap_err(), HierarchyError::NoTotal);
    let told = Reconciler::ols(&tree).reconcile(&[1.0]).unwrap_err().to_string();
    assert_eq!(told, "the list of base forecasts has `1`, the hierarchy needs `2`");
    assert!(Reconciler::ols(&tree).reconcile(&[1.0, f64::NAN]).is_err());
    assert!(Reconciler::by_variance(&tree, &[1.0, -1.0]).is_err());
    assert_eq!(Reconciler::ols(&tree).reconcile(&[1.0, 2.0]).unwrap(), [1.0, 2.0]);
    assert!(Reconciler::mint_shrink(&tree, &Array2::zeros((3, 1))).is_err());
    assert!(
        Reconciler::mint_shrink(&tree, &Array2::zeros((0, 2)))
            .unwrap()
            .reconcile(&[1.0, 2.0])
            .is_ok()
    );
}
