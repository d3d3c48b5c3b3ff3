//! Seasons that nobody spoke of.

use oms_forecast::{Levels, Model, Series, forecast};

fn rough(step: usize) -> f64 {
    ((step as u64).wrapping_mul(6_364_136_223_846_793_005).rotate_left(29) % 1009) as f64 / 1009.0
}

/// The mean error of the steps ahead, over the mean of what came.
fn off(freq: &str, hint: usize, n: usize, horizon: usize, demand: impl Fn(usize) -> f64) -> f64 {
    let series = Series::new("S", hint, (0..n).map(|step| Some(demand(step)))).unwrap();
    let next = forecast(&series.with_freq(freq), horizon, &Levels::default(), Model::Auto).unwrap();
    let came = |at: usize| demand(n + at);
    let error: f64 = (0..horizon).map(|at| (next.mean[at] - came(at)).abs()).sum();
    error / (0..horizon).map(came).sum::<f64>()
}

// Goal: a year of weeks, a week of hours and a week of days are found, whatever the hint. Method: demand with such seasons,
// and a little roughness, against what came; half of each swing would be 15 % off and more.
#[test]
fn found() {
    let wave =
        |step: usize, season: usize| (std::f64::consts::TAU * step as f64 / season as f64).sin();
    let year = |week: usize| 100.0 + 50.0 * wave(week, 52) + 4.0 * rough(week);
    assert!(off("W", 1, 180, 13, year) < 0.06);
    let week = |hour: usize| {
        let weekend = if hour / 24 % 7 >= 5 { 60.0 } else { 0.0 };
        150.0 + 40.0 * wave(hour, 24) - weekend + 4.0 * rough(hour)
    };
    assert!(off("H", 24, 24 * 7 * 4 + 60, 96, week) < 0.06);
    let days = |day: usize| if day % 7 == 6 { 30.0 } else { 90.0 } + 4.0 * rough(day);
    assert!(off("D", 1, 120, 14, days) < 0.06);
}

// Goal: no season is made of noise. Method: weeks without one; the forecast is level.
#[test]
fn none() {
    let series =
        Series::new("S", 1, (0..200).map(|week| Some(100.0 + 20.0 * rough(week)))).unwrap();
    let next = forecast(&series.with_freq("W"), 26, &Levels::default(), Model::Auto).unwrap();
    assert!(next.mean.iter().all(|mean| (mean - 110.0).abs() < 5.0), "{:?}", next.mean);
}
