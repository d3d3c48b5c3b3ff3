//! ARIMA: against likelihoods, variances and coefficients that are known another way.

use oms_forecast::{
    Arima, ArimaCoefficients, ArimaOrder, AutoArima, Fitted, Forecaster, Levels, NotFitted, Series,
};
use oms_learn::normal_quantile;
use oms_learn::testing::noise;
use proptest::prelude::*;

fn chance(seed: u64, at: usize) -> f64 {
    normal_quantile(noise(seed, at).max(1e-12))
}

fn series(season: usize, values: &[Option<f64>]) -> Series {
    Series::new("S", season, values.iter().copied()).unwrap()
}

/// Values and errors of one polynomial each, both kinds of lags multiplied out by hand.
fn lags(by: &ArimaCoefficients, season: usize) -> (Vec<f64>, Vec<f64>) {
    let multiplied = |steps: &[f64], seasons: &[f64], sign: f64| {
        let mut one = vec![1.0];
        one.extend(steps.iter().map(|weight| sign * weight));
        let mut all = vec![0.0; steps.len() + season * seasons.len() + 1];
        for (at, weight) in one.iter().enumerate() {
            all[at] += weight;
            for (count, other) in seasons.iter().enumerate() {
                all[at + (count + 1) * season] += weight * sign * other;
            }
        }
        all[1..].iter().map(|weight| sign * weight).collect::<Vec<f64>>()
    };
    (multiplied(&by.ar, &by.seasonal_ar, -1.0), multiplied(&by.ma, &by.seasonal_ma, 1.0))
}

/// What an error adds to the values after it.
fn responses((values, errors): &(Vec<f64>, Vec<f64>), count: usize) -> Vec<f64> {
    let mut all = vec![1.0];
    for step in 1..count {
        let own = errors.get(step - 1).copied().unwrap_or(0.0);
        let back = |(lag, weight): (usize, &f64)| {
            if lag < step { weight * all[step - 1 - lag] } else { 0.0 }
        };
        let next = own + values.iter().enumerate().map(back).sum::<f64>();
        all.push(next);
    }
    all
}

/// Cholesky's factor of a covariance matrix applied to some columns: their solutions, and the logarithm of the determinant.
fn whitened(matrix: &[Vec<f64>], columns: &[Vec<f64>]) -> (Vec<Vec<f64>>, f64) {
    let n = matrix.len();
    let mut lower = vec![vec![0.0_f64; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            let rest = matrix[i][j] - sum;
            lower[i][j] = if i == j { rest.sqrt() } else { rest / lower[j][j] };
        }
    }
    let logs = (0..n).map(|i| 2.0 * lower[i][i].ln()).sum();
    let solve = |column: &Vec<f64>| {
        let mut x = vec![0.0; n];
        for i in 0..n {
            let sum: f64 = (0..i).map(|k| lower[i][k] * x[k]).sum();
            x[i] = (column[i] - sum) / lower[i][i];
        }
        x
    };
    (columns.iter().map(solve).collect(), logs)
}

/// The likelihood of a multivariate normal distribution, the mean and the variance at their best.
fn by_covariance(w: &[Option<f64>], by: &ArimaCoefficients, season: usize, constant: bool) -> f64 {
    let answers = responses(&lags(by, season), 3_000);
    let apart =
        |lag: usize| -> f64 { answers.iter().zip(&answers[lag..]).map(|(a, b)| a * b).sum() };
    let seen: Vec<usize> = (0..w.len()).filter(|t| w[*t].is_some()).collect();
    let matrix: Vec<Vec<f64>> =
        seen.iter().map(|i| seen.iter().map(|j| apart(i.abs_diff(*j))).collect()).collect();
    let y: Vec<f64> = seen.iter().map(|t| w[*t].unwrap()).collect();
    let (solved, logs) = whitened(&matrix, &[y, vec![1.0; seen.len()]]);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mean =
        if constant { dot(&solved[0], &solved[1]) / dot(&solved[1], &solved[1]) } else { 0.0 };
    let off: Vec<f64> = solved[0].iter().zip(&solved[1]).map(|(y, one)| y - mean * one).collect();
    let n = seen.len() as f64;
    -0.5 * (n * (1.0 + (std::f64::consts::TAU * dot(&off, &off) / n).ln()) + logs)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    // Goal: the filter's likelihood is the one of the normal distribution of all values together. Method: its covariance
    // matrix from what errors add, factored; any coefficients, with gaps, with and without a mean.
    #[test]
    fn likelihood_is_that_of_all_values_together(
        seed in 0_u64..1_000,
        (one, two) in (-0.8..0.8_f64, -0.8..0.8_f64),
        (error, seasonal) in (-0.95..0.95_f64, -0.9..0.9_f64),
        seasonal_error in -0.9..0.9_f64,
        gaps in proptest::collection::vec(0_usize..30, 0..6),
        constant in any::<bool>(),
    ) {
        let season = 4;
        let order = ArimaOrder { ar: 2, ma: 1, seasonal_ar: 1, seasonal_ma: 1, constant, ..ArimaOrder::default() };
        // Weights from two partial autocorrelations are stationary.
        let by = ArimaCoefficients {
            ar: vec![one * (1.0 - two), two],
            ma: vec![error],
            seasonal_ar: vec![seasonal],
            seasonal_ma: vec![seasonal_error],
        };
        let values: Vec<Option<f64>> =
            (0..30).map(|t| (t == 0 || !gaps.contains(&t)).then(|| 5.0 + chance(seed, t))).collect();
        let found = Arima::with_coefficients(order, by.clone()).likelihood(&series(season, &values).past()).unwrap();
        let wanted = by_covariance(&values, &by, season, constant);
        prop_assert!((found - wanted).abs() < 1e-6 * wanted.abs().max(1.0), "{found} {wanted}");
    }

    // Goal: what is learned at an origin is what a fit of the same weights learns from the steps before it. Method: any
    // values with gaps, orders with both kinds of differences.
    #[test]
    fn one_pass_is_many_fits(values in proptest::collection::vec(prop_oneof![4 => (5.0..40.0_f64).prop_map(Some), 1 => Just(None)], 40..60)) {
        let values: Vec<_> = std::iter::once(Some(20.0)).chain(values).collect();
        let order = ArimaOrder { ar: 1, differences: 1, ma: 1, seasonal_ma: 1, seasonal_differences: 1, ..ArimaOrder::default() };
        let by = ArimaCoefficients { ar: vec![0.3], ma: vec![-0.5], seasonal_ma: vec![-0.6], ..ArimaCoefficients::default() };
        let model = Arima::with_coefficients(order, by);
        let series = series(4, &values);
        let Ok(all) = model.fit_each(&series.past(), &[25, 33, 40]) else { return Ok(()) };
        for (fitted, origin) in all.iter().zip([25, 33, 40]) {
            let alone = model.fit(&series.past().first(origin)).unwrap();
            for (a, b) in fitted.mean(9).iter().zip(alone.mean(9)) {
                prop_assert!((a - b).abs() < 1e-8 * b.abs().max(1.0), "{a} {b}");
            }
        }
    }
}

// Goal: forecasts of the simplest models are those of any textbook. Method: AR(1), a random walk with and without drift, a
// seasonal walk, MA(1), and a gap under AR(1).
#[test]
fn closed_forms() {
    let levels = Levels::new(&[0.5, 0.9]).unwrap();
    let values: Vec<Option<f64>> = (0..40).map(|t| Some(chance(5, t))).collect();
    let last = values[39].unwrap();
    let wide = |fitted: &dyn Fitted| -> Vec<f64> {
        let quantiles = fitted.quantiles(4, &levels).unwrap();
        quantiles.outer_iter().map(|row| row[1] - row[0]).collect()
    };
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{a} {b}");

    let order = ArimaOrder { ar: 1, ..ArimaOrder::default() };
    let by = ArimaCoefficients { ar: vec![0.6], ..ArimaCoefficients::default() };
    let fitted =
        Arima::with_coefficients(order, by.clone()).fit(&series(1, &values).past()).unwrap();
    let (means, sizes) = (fitted.mean(4), wide(&*fitted));
    for h in 1..=4 {
        near(means[h - 1], 0.6_f64.powi(h as i32) * last);
        let share = (1.0 - 0.36_f64.powi(h as i32)) / (1.0 - 0.36);
        near(sizes[h - 1] / sizes[0], share.sqrt());
    }
    let total = fitted.total(3, &levels).unwrap();
    let squares: f64 = [1.0_f64, 1.6, 1.96].iter().map(|worth| worth * worth).sum();
    near((total[1] - total[0]) / sizes[0], squares.sqrt());

    let mut gap = values.clone();
    (gap[38], gap[39]) = (None, None);
    let fitted = Arima::with_coefficients(order, by).fit(&series(1, &gap).past()).unwrap();
    near(fitted.mean(1)[0], 0.6_f64.powi(3) * values[37].unwrap());

    let walk = ArimaOrder { differences: 1, ..ArimaOrder::default() };
    let fitted = Arima::new(walk).fit(&series(1, &values).past()).unwrap();
    let sizes = wide(&*fitted);
    (0..4).for_each(|h| near(sizes[h] / sizes[0], ((h + 1) as f64).sqrt()));
    fitted.mean(4).iter().for_each(|mean| near(*mean, last));
    let drift = ArimaOrder { constant: true, ..walk };
    let slope = (last - values[0].unwrap()) / 39.0;
    let fitted = Arima::new(drift).fit(&series(1, &values).past()).unwrap();
    fitted.mean(4).iter().zip(1..).for_each(|(mean, h)| near(*mean, last + f64::from(h) * slope));

    let seasonal = ArimaOrder { seasonal_differences: 1, ..ArimaOrder::default() };
    let fitted = Arima::new(seasonal).fit(&series(4, &values).past()).unwrap();
    (0..8).for_each(|h| near(fitted.mean(8)[h], values[36 + h % 4].unwrap()));

    let order = ArimaOrder { ma: 1, ..ArimaOrder::default() };
    let by = ArimaCoefficients { ma: vec![0.5], ..ArimaCoefficients::default() };
    let fitted = Arima::with_coefficients(order, by).fit(&series(1, &values).past()).unwrap();
    let error = values.iter().fold((0.0, 0.0_f64), |(expected, variance), y| {
        // The best guess of the last error, by the recursion of one state.
        let before = if variance == 0.0 { 1.25 } else { variance };
        let gain = 0.5 / before;
        (gain * (y.unwrap() - expected), 1.25 - 0.25 / before)
    });
    near(fitted.mean(2)[0], error.0);
    near(fitted.mean(2)[1], 0.0);
}

/// A process of a step weight and an error weight, and the same of seasons.
fn simulated(n: usize, by: &ArimaCoefficients, season: usize, seed: u64) -> Vec<f64> {
    let (values, errors) = lags(by, season);
    let mut w: Vec<f64> = Vec::new();
    for t in 0..n + 200 {
        let back = |weights: &[f64], of: &dyn Fn(usize) -> f64| -> f64 {
            weights
                .iter()
                .enumerate()
                .filter(|(lag, _)| *lag < t)
                .map(|(lag, by)| by * of(t - 1 - lag))
                .sum()
        };
        let next = chance(seed, t) + back(&values, &|t| w[t]) + back(&errors, &|t| chance(seed, t));
        w.push(next);
    }
    w.split_off(200)
}

// Goal: what made values is found in them, with gaps too, and a search finds orders that tell as much. Method: long simulated
// processes, step by step and by season, and their sums.
#[test]
fn recovers() {
    let order = ArimaOrder { ar: 1, ma: 1, ..ArimaOrder::default() };
    let by = ArimaCoefficients { ar: vec![0.7], ma: vec![0.4], ..ArimaCoefficients::default() };
    for gaps in [false, true] {
        let values: Vec<_> = simulated(1_500, &by, 1, 11)
            .into_iter()
            .enumerate()
            .map(|(t, y)| (!gaps || t % 7 != 3).then_some(y))
            .collect();
        let found = Arima::new(order).coefficients(&series(1, &values).past()).unwrap();
        assert!((found.ar[0] - 0.7).abs() < 0.08 && (found.ma[0] - 0.4).abs() < 0.1, "{found:?}");
    }
    let order = ArimaOrder {
        differences: 1,
        ma: 1,
        seasonal_differences: 1,
        seasonal_ma: 1,
        ..ArimaOrder::default()
    };
    let by = ArimaCoefficients {
        ma: vec![-0.4],
        seasonal_ma: vec![-0.6],
        ..ArimaCoefficients::default()
    };
    let mut y = vec![100.0, 140.0, 90.0, 120.0, 101.0];
    for w in simulated(600, &by, 4, 12) {
        let n = y.len();
        y.push(w + y[n - 1] + y[n - 4] - y[n - 5]);
    }
    let values: Vec<_> = y.iter().copied().map(Some).collect();
    let past = series(4, &values);
    let found = Arima::new(order).coefficients(&past.past()).unwrap();
    assert!(
        (found.ma[0] + 0.4).abs() < 0.1 && (found.seasonal_ma[0] + 0.6).abs() < 0.1,
        "{found:?}"
    );
    let chosen = AutoArima::order(&past.past()).unwrap();
    assert_eq!((chosen.differences, chosen.seasonal_differences), (1, 1), "{chosen}");
    let own = Arima::new(chosen).likelihood(&past.past()).unwrap();
    let true_order = Arima::new(order).likelihood(&past.past()).unwrap();
    assert!(own > true_order - 3.0, "{chosen}: {own} {true_order}");
}

// Goal: a season and a trend are told as such, and the parts sum to the mean. Method: a line with a season, which
// differences carry on exactly; from the middle of the first season on the parts are the line and the season.
#[test]
fn parts_of_a_line_with_a_season() {
    let season = [-3.0, 2.0, 0.0, 4.0, -3.0];
    let line = |t: usize| 20.0 + 0.5 * t as f64;
    let values: Vec<_> = (0..40).map(|t| Some(line(t) + season[t % 5])).collect();
    let order = ArimaOrder { differences: 1, seasonal_differences: 1, ..ArimaOrder::default() };
    let fitted = Arima::new(order).fit(&series(5, &values).past()).unwrap();
    for (step, (part, mean)) in fitted.parts(12).iter().zip(fitted.mean(12)).enumerate() {
        assert!((part.sum() - mean).abs() < 1e-9, "{step}");
        let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
        let is_told = near(part.level + part.trend, line(40 + step.max(2)));
        assert!(is_told && (step < 2 || near(part.season, season[step % 5])), "{step} {part:?}");
    }
    // Orders without a season tell none, whatever the series has.
    let order = ArimaOrder { ar: 2, differences: 1, ..ArimaOrder::default() };
    let fitted = Arima::new(order).fit(&series(5, &values).past()).unwrap();
    assert!(fitted.parts(12).iter().all(|part| part.season == 0.0));
}

// Goal: what cannot be is refused with a reason. Method: orders and coefficients out of bounds, too few values.
#[test]
fn refused() {
    let values: Vec<_> = (0..30).map(|t| Some(chance(1, t))).collect();
    let past = series(1, &values);
    let unsuited =
        |model: Arima| matches!(model.fit(&past.past()), Err(NotFitted::Unsuited { .. }));
    let order = ArimaOrder::default();
    assert!(unsuited(Arima::new(ArimaOrder { ar: 6, ..order })));
    assert!(unsuited(Arima::new(ArimaOrder { differences: 3, ..order })));
    assert!(unsuited(Arima::new(ArimaOrder { seasonal_ma: 1, ..order })));
    let one = ArimaOrder { ar: 1, ..order };
    let with = |ar: Vec<f64>| {
        Arima::with_coefficients(one, ArimaCoefficients { ar, ..ArimaCoefficients::default() })
    };
    assert!(unsuited(with(vec![])) && unsuited(with(vec![1.0])) && unsuited(with(vec![f64::NAN])));
    assert!(
        Arima::new(ArimaOrder { ar: 3, ma: 3, ..order })
            .fit(&series(1, &values[..7]).past())
            .is_err()
    );
}
