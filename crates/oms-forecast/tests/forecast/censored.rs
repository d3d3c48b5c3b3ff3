//! Demand behind an empty shelf.

use oms_forecast::Series;

/// Between 0 and 1, the same every time.
fn chance(seed: u64) -> f64 {
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 30;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^= x >> 27;
    x = x.wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Poisson demand by the inverse of its distribution.
fn poisson(mean: f64, chance: f64) -> f64 {
    let (mut units, mut share) = (0.0, (-mean).exp());
    let mut sum = share;
    while sum < chance && units < 1e4 {
        units += 1.0;
        share *= mean / units;
        sum += share;
    }
    units
}

// Goal: the mean and the spread of demand come back from sales that stock bounded, as sales alone and sales without the
// bounded days do not. Method: Poisson demand of several means, with a Saturday; stock that lasts two days out of three.
#[test]
fn recovered() {
    for (seed, level) in [(1, 0.8), (2, 4.0), (3, 15.0), (4, 90.0)] {
        let days = 700_u64;
        let mean = |day: u64| level * if day % 7 == 5 { 2.0 } else { 1.0 };
        let demand: Vec<f64> =
            (0..days).map(|day| poisson(mean(day), chance(day * 7 + seed * 100_003))).collect();
        let stock = |day: u64| (mean(day) * (0.6 + 1.2 * chance(day * 31 + seed))).round();
        let sold: Vec<f64> =
            (0..days).zip(&demand).map(|(day, wanted)| wanted.min(stock(day))).collect();
        let ran_out: Vec<bool> =
            sold.iter().zip(0..).map(|(sold, day)| *sold >= stock(day)).collect();
        let share: Vec<f64> = ran_out.iter().map(|out| if *out { 0.5 } else { 1.0 }).collect();
        let series = Series::new("S", 7, sold.iter().copied().map(Some)).unwrap();
        let series = series.with_available(&share).unwrap();
        assert!(series.values().iter().zip(&sold).all(|(demand, sold)| demand >= sold));
        assert!(series.seen().iter().all(|seen| *seen));
        let moments = |values: &[f64]| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let squares = values.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>();
            (mean, (squares / values.len() as f64).sqrt())
        };
        let (true_mean, true_spread) = moments(&demand);
        let (mean, spread) = moments(series.values());
        assert!((mean / true_mean - 1.0).abs() < 0.05, "{level}: {mean} of {true_mean}");
        assert!((spread / true_spread - 1.0).abs() < 0.12, "{level}: {spread} of {true_spread}");
        let kept: Vec<f64> =
            sold.iter().zip(&ran_out).filter(|(_, out)| !**out).map(|(y, _)| *y).collect();
        // What is left of the error is less than a third of what either simpler way leaves.
        for (mean_of, its) in [("sold", moments(&sold).0), ("kept", moments(&kept).0)] {
            let (left, was) = ((mean - true_mean).abs(), (its - true_mean).abs());
            assert!(left < was / 3.0, "{level} {mean_of}: {mean}, {its} of {true_mean}");
        }
    }
}

// Goal: an empty shelf is no zero. Method: half of the days without goods from the morning on.
#[test]
fn empty_shelf() {
    let there = |day: usize| day.is_multiple_of(2);
    let sold = (0..60).map(|day| Some(if there(day) { 5.0 + (day % 3) as f64 } else { 0.0 }));
    let share: Vec<f64> = (0..60).map(|day| if there(day) { 1.0 } else { 0.0 }).collect();
    let series = Series::new("S", 1, sold).unwrap().with_available(&share).unwrap();
    assert!((0..60).all(|day| series.seen()[day] == there(day)));
    assert!(series.values().iter().all(|y| *y >= 5.0));
    let never = Series::new("S", 1, [0.0, 0.0].map(Some)).unwrap();
    assert!(never.with_available(&[0.0, 0.0]).is_err());
}

// Goal: bounds that no distribution explains, and shares that are none, do no harm. Method: giants and no numbers.
#[test]
fn odd() {
    for (sold, share) in [
        (vec![1.0, 1e50, 2.0, 0.0], vec![0.5, 0.5, 1.0, 0.5]),
        (vec![-3.0, 2.0, 1.0, 5.5], vec![0.5, 0.5, f64::NAN, 0.1]),
        (vec![7.0], vec![0.0]),
        (vec![1e-300, 3.0, 3.0], vec![0.5; 9]),
    ] {
        let series = Series::new("S", 7, sold.iter().copied().map(Some)).unwrap();
        let series = series.with_available(&share).unwrap();
        assert!(
            series.values().iter().zip(&sold).all(|(y, sold)| y.is_finite() && y >= sold),
            "{series:?}"
        );
    }
}
