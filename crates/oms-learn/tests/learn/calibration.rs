//! Scores, calibration and drift by their laws.

use oms_learn::crps::{crps_normal, crps_poisson, crps_sample};
use oms_learn::drift::kolmogorov_smirnov;
use oms_learn::{AdaptiveLevel, Ridge, Sample, Table, conformal_bound, isotonic, score};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::noise;

proptest! {
    // Goal: isotonic values never fall and are nearest. Method: the max-min formula of every block.
    #[test]
    fn isotonic_is_max_min(points in vec((-100_i32..100, 1_u32..5), 1..30)) {
        let y: Vec<f64> = points.iter().map(|point| f64::from(point.0)).collect();
        let w: Vec<f64> = points.iter().map(|point| f64::from(point.1)).collect();
        let fit = isotonic(&y, Some(&w)).unwrap();
        let mean = |from: usize, to: usize| {
            let sum: f64 = (from..=to).map(|at| y[at] * w[at]).sum();
            sum / w[from..=to].iter().sum::<f64>()
        };
        for (at, found) in fit.iter().enumerate() {
            let least = |from: usize| (at..y.len()).map(|to| mean(from, to)).fold(f64::MAX, f64::min);
            let wanted = (0..=at).map(least).fold(f64::MIN, f64::max);
            prop_assert!((found - wanted).abs() < 1e-9);
        }
    }

    // Goal: a conformal bound covers at least its share of what it was made from and one more. Method: counting.
    #[test]
    fn conformal_covers(errors in vec(0.0..10.0_f64, 1..60), level in 0.01..0.99_f64) {
        if let Some(bound) = conformal_bound(&errors, level) {
            let below = errors.iter().filter(|error| **error <= bound).count() as f64;
            prop_assert!(below >= level * (errors.len() + 1) as f64 - 1e-6);
            let strictly = errors.iter().filter(|error| **error < bound).count() as f64;
            prop_assert!(strictly < level * (errors.len() + 1) as f64);
        } else {
            prop_assert!(level * (errors.len() + 1) as f64 > errors.len() as f64);
        }
    }

    // Goal: however misses come, their share comes to what was asked for, as fast as the law says. Method: an outcome is a
    // miss as chance says, but never where there is no bound, and always where it is lowest.
    #[test]
    fn adaptive_keeps_its_promise(outcomes in vec(any::<bool>(), 200..400)) {
        let (wanted, rate) = (0.9, 0.05);
        let mut level = AdaptiveLevel::new(wanted, rate).unwrap();
        let mut misses = 0.0;
        for outcome in &outcomes {
            let missed = (*outcome || level.level() <= 0.0) && level.level() < 1.0;
            misses += f64::from(missed);
            level.update(missed);
        }
        let n = outcomes.len() as f64;
        let off = (misses / n - (1.0 - wanted)).abs();
        prop_assert!(off <= (1.0 + rate) / (rate * n) + 1e-12, "{off}");
    }

    // Goal: the area under the curve is the chance that a hit scores higher. Method: all pairs.
    #[test]
    fn auc_is_of_pairs(rows in vec((any::<bool>(), 0_u8..6), 2..40)) {
        let happened: Vec<bool> = rows.iter().map(|row| row.0).collect();
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
        let (mut wins, mut pairs) = (0.0, 0.0);
        for (one, _) in rows.iter().enumerate().filter(|(_, row)| row.0) {
            for (two, _) in rows.iter().enumerate().filter(|(_, row)| !row.0) {
                pairs += 1.0;
                wins += if scores[one] > scores[two] { 1.0 } else if scores[one] < scores[two] { 0.0 } else { 0.5 };
            }
        }
        let wanted = (pairs > 0.0).then(|| wins / pairs);
        prop_assert_eq!(score::auc(&happened, &scores).is_some(), wanted.is_some());
        if let Some(wanted) = wanted {
            prop_assert!((score::auc(&happened, &scores).unwrap() - wanted).abs() < 1e-12);
        }
    }

    // Goal: the distance of samples is that of their distribution functions. Method: at every value of both.
    #[test]
    fn smirnov_distance(a in vec(0_u8..20, 1..20), b in vec(0_u8..20, 1..20)) {
        let (a, b): (Vec<f64>, Vec<f64>) =
            (a.into_iter().map(f64::from).collect(), b.into_iter().map(f64::from).collect());
        let share = |of: &[f64], x: f64| of.iter().filter(|v| **v <= x).count() as f64 / of.len() as f64;
        let apart = |x: &f64| (share(&a, *x) - share(&b, *x)).abs();
        let wanted = a.iter().chain(&b).map(apart).fold(0.0, f64::max);
        let found = kolmogorov_smirnov(&a, &b).unwrap();
        prop_assert!((found.statistic - wanted).abs() < 1e-12);
        prop_assert!((0.0..=1.0).contains(&found.p_value));
    }
}

// Goal: scores of counts agree with that of a sample drawn from the same chances. Method: a sample with each count as often
// as its chance says, of a mean that is large enough for a normal distribution to be near as well.
#[test]
fn crps_agree() {
    let mean = 400.0;
    for actual in [300_u64, 400, 437] {
        let poisson = crps_poisson(actual, mean).unwrap();
        let normal = crps_normal(actual as f64, mean, 20.0).unwrap();
        assert!((poisson - normal).abs() < 0.05, "{poisson} {normal}");
    }
    let sample: Vec<f64> = (0..1_000).map(|at| noise(3, at)).collect();
    // Uniform from 0 to 1: the integral of squares is 1/12 at the middle.
    assert!((crps_sample(0.5, &sample).unwrap() - 1.0 / 12.0).abs() < 0.01);
    assert_eq!(crps_sample(0.5, &[]), None);
    assert_eq!(crps_poisson(5, 0.0), None);
    assert!((crps_poisson(20_000_000, 3.0).unwrap() - 19_999_997.0).abs() < 2.0);
}

// Goal: a line is found again, and a penalty flattens it. Method: a plane with weights, where only rows of weight lie on it.
#[test]
fn ridge_finds_planes() {
    let rows = 200;
    let column = |seed| (0..rows).map(|row| noise(seed, row)).collect::<Vec<f64>>();
    let (x, z) = (column(1), column(2));
    let on = |row: usize| row.is_multiple_of(2);
    let y: Vec<f64> = (0..rows)
        .map(|row| if on(row) { 3.0 + 2.0 * x[row] - 5.0 * z[row] } else { 1_000.0 })
        .collect();
    let weights: Vec<f64> = (0..rows).map(|row| if on(row) { 1.0 } else { 1e-12 }).collect();
    let table = Table::new()
        .with_numbers("x", x)
        .and_then(|table| table.with_numbers("z", z))
        .and_then(|table| table.with_numbers("same", vec![7.0; rows]))
        .unwrap();
    let sample = Sample::new(&table, &y).unwrap().with_weights(&weights).unwrap();
    let line = Ridge::fit(&sample, 0.0).unwrap();
    let near = |one: f64, two: f64| (one - two).abs() < 1e-6;
    assert!(near(line.slopes()[0], 2.0) && near(line.slopes()[1], -5.0) && line.slopes()[2] == 0.0);
    assert!(near(line.predict(&table).unwrap()[0], y[0]));
    let flat = Ridge::fit(&sample, 9.0).unwrap();
    assert!((flat.slopes()[1] + 0.5).abs() < 0.05, "{:?}", flat.slopes());
}
