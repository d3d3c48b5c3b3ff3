//! What holds for every history.

use ndarray::Array2;
use oms_forecast::{
    DemandClass, Fitted, Forecast, Forecaster, Levels, MOST_STEPS, Model, NoForecast, NotFitted,
    Past, Series, SeriesError, forecast, forecast_with,
};
use oms_learn::testing::noise;
use proptest::prelude::*;

fn series(season: usize, values: &[f64]) -> Series {
    Series::new("S", season, values.iter().copied().map(Some)).unwrap()
}

fn run(series: &Series, horizon: usize, model: Model) -> Forecast {
    forecast(series, horizon, &Levels::default(), model).unwrap()
}

fn named() -> impl Iterator<Item = Model> {
    Model::NAMES.iter().map(|name| name.parse().unwrap())
}

/// Every figure is a number, quantiles never cross, and none is below zero where the past never was.
fn sound(series: &Series, next: &Forecast, horizon: usize) {
    assert_eq!((next.mean.len(), next.quantiles.dim()), (horizon, (horizon, 15)));
    let figures = || next.mean.iter().chain(&next.quantiles);
    assert!(figures().all(|value| value.is_finite()), "{next:?}");
    assert!(
        next.quantiles
            .rows()
            .into_iter()
            .all(|row| row.windows(2).into_iter().all(|two| two[0] <= two[1]))
    );
    if series.past().known().all(|y| y >= 0.0) {
        assert!(figures().all(|value| *value >= 0.0), "{next:?}");
    }
}

fn bits(next: &Forecast) -> Vec<u64> {
    next.mean.iter().chain(&next.quantiles).map(|value| value.to_bits()).collect()
}

fn value() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        3 => Just(Some(0.0)),
        4 => (0_u8..20).prop_map(|y| Some(f64::from(y))),
        2 => (-1e3..1e3).prop_map(Some),
        1 => prop_oneof![Just(1e50), Just(-1e50), Just(1e-300), Just(1e9)].prop_map(Some),
        1 => Just(None),
    ]
}

proptest! {
    // Goal: no history breaks a law, whatever the model. Method: random ragged ones, with gaps, giants and dwarfs, of
    // any season; twice, for the same bits.
    #[test]
    fn ragged(values in proptest::collection::vec(value(), 1..90), season in 0_usize..15, horizon in 1_usize..20) {
        let Ok(series) = Series::new("S", season, values) else { return Ok(()) };
        for model in named() {
            let next = run(&series, horizon, model);
            sound(&series, &next, horizon);
            prop_assert_eq!(bits(&next), bits(&run(&series, horizon, model)));
        }
    }

    // Goal: the same demand in boxes of sixteen is the same forecast. Method: all values by a power of two, which no
    // rounding disturbs.
    #[test]
    fn scaled(values in proptest::collection::vec(0.5..99.0_f64, 1..60), season in 1_usize..8) {
        let boxes: Vec<f64> = values.iter().map(|y| y * 16.0).collect();
        for model in named() {
            let (units, boxes) = (run(&series(season, &values), 5, model), run(&series(season, &boxes), 5, model));
            let scaled: Vec<f64> = units.mean.iter().chain(&units.quantiles).map(|value| value * 16.0).collect();
            let boxes: Vec<f64> = boxes.mean.iter().chain(&boxes.quantiles).copied().collect();
            prop_assert_eq!(scaled, boxes);
        }
    }

    // Goal: a constant goes on exactly. Method: constants of any size and length, with and without gaps.
    #[test]
    fn constant(y in prop_oneof![Just(0.0), -1e9..1e9_f64], n in 1_usize..50, season in 1_usize..8) {
        let gappy = (0..n).map(|step| (step % 3 != 1).then_some(y));
        let series = Series::new("S", season, gappy).unwrap();
        for model in named() {
            let next = run(&series, 4, model);
            prop_assert!(next.mean.iter().chain(&next.quantiles).all(|value| *value == y));
        }
    }
}

// Goal: linear models are: a higher level is a higher forecast by as much. Method: a series with trend and season,
// lifted.
#[test]
fn lifted() {
    let values: Vec<f64> = (0..72)
        .map(|t| 50.0 + f64::from(t) * 0.4 + f64::from((t * 7919) % 13) + f64::from(t % 12) * 2.0)
        .collect();
    let higher: Vec<f64> = values.iter().map(|y| y + 1_000.0).collect();
    for name in ["seasonal_naive", "drift", "holt_winters", "empirical", "seasonal_empirical"] {
        let model = name.parse().unwrap();
        let (low, high) =
            (run(&series(12, &values), 15, model), run(&series(12, &higher), 15, model));
        for (low, high) in low.mean.iter().zip(&high.mean) {
            assert!((high - low - 1_000.0).abs() < 1e-3, "{name}: {low} {high}");
        }
    }
    // Without a season, which would be taken out as factors.
    for name in ["ses", "holt", "theta"] {
        let model = name.parse().unwrap();
        let (low, high) =
            (run(&series(1, &values), 15, model), run(&series(1, &higher), 15, model));
        for (low, high) in low.mean.iter().zip(&high.mean) {
            assert!((high - low - 1_000.0).abs() < 1e-3, "{name}: {low} {high}");
        }
    }
}

// Goal: missing is not zero. Method: an item that sells three, four and five, each once in three days in an order of chance,
// with a closed day each week, expects four; in turn instead of by chance, which ARIMA carries on exactly, in any three days.
#[test]
fn missing_is_not_zero() {
    let sold = |day: usize| {
        let order = (1..6).filter(|k| 6.0 * noise(1, day / 3) >= f64::from(*k)).count();
        3 + (day % 3 * (1 + order % 2) + order / 2) % 3
    };
    let days = (0..70).map(|day| (day % 7 != 6).then(|| sold(day) as f64));
    let next = run(&Series::new("S", 7, days).unwrap(), 7, Model::Auto);
    assert!(next.mean.iter().all(|mean| (3.5..4.5).contains(mean)), "{next:?}");
    let days = (0..70).map(|day| (day % 7 != 6).then_some(f64::from(3 + day % 3)));
    let next = run(&Series::new("S", 7, days).unwrap(), 7, Model::Auto);
    let mut threes = next.mean.windows(3).map(|three| three.iter().sum::<f64>() / 3.0);
    assert!(threes.all(|mean| (3.5..4.5).contains(&mean)), "{next:?}");
}

// Goal: a season is found and put back. Method: a clean one with a trend; the evidence says what was taken.
#[test]
fn season_and_trend() {
    let month = |t: i32| (100.0 + f64::from(t)) * if t % 12 == 11 { 1.5 } else { 1.0 };
    let values: Vec<f64> = (0..96).map(month).collect();
    let next = run(&series(12, &values), 12, Model::Auto);
    for (t, mean) in (96..).zip(&next.mean) {
        assert!((mean / month(t) - 1.0).abs() < 0.05, "{t}: {mean} {}", month(t));
    }
    assert_eq!(next.class, DemandClass::Smooth);
    assert!(next.tested.iter().any(|tested| tested.taken) && next.tested[0].pinball >= 0.0);
}

// Goal: what cannot be forecast is refused with the series and what to do. Method: one of each kind.
#[test]
fn refused() {
    let none: [Option<f64>; 2] = [None, None];
    let empty = Series::new("MILK", 7, none).unwrap_err();
    assert_eq!(
        empty.to_string(),
        "series `MILK` has no value; give it one at least, or leave it out"
    );
    for wrong in [f64::NAN, f64::INFINITY, -1e51] {
        let error = Series::new("MILK", 7, [Some(1.0), Some(wrong)]).unwrap_err();
        assert!(matches!(error, SeriesError::NotANumber { at: 2, .. }), "{error}");
    }
    for steps in [0, MOST_STEPS + 1] {
        let error =
            forecast(&series(1, &[1.0]), steps, &Levels::default(), Model::Auto).unwrap_err();
        assert_eq!(error, NoForecast::Horizon { id: "S".to_owned(), steps });
    }
    assert!(
        "oracle"
            .parse::<Model>()
            .unwrap_err()
            .to_string()
            .contains("there are auto, seasonal_naive")
    );
    for levels in [&[][..], &[0.0], &[1.0], &[0.5, 0.5], &[0.9, 0.1], &[0.0005], &[f64::NAN]] {
        assert!(Levels::new(levels).is_err(), "{levels:?}");
    }
}

/// A host's model with answers that nobody can use.
#[derive(Debug)]
struct Broken(u8);

impl Forecaster for Broken {
    fn name(&self) -> &str {
        "broken"
    }

    fn fit(&self, _past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        Ok(Box::new(Broken(self.0)))
    }
}

impl Fitted for Broken {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        match self.0 {
            0 => vec![f64::NAN; horizon],
            1 => vec![1.0],
            _ => vec![1.0; horizon],
        }
    }

    fn quantiles(&self, horizon: usize, levels: &Levels) -> Option<Array2<f64>> {
        match self.0 {
            2 => Some(Array2::zeros((1, 1))),
            3 => Some(Array2::from_elem((horizon, levels.len()), f64::INFINITY)),
            4 => Some(Array2::from_shape_fn((horizon, levels.len()), |(_, level)| -(level as f64))),
            _ => None,
        }
    }
}

// Goal: a model from outside cannot break a law. Method: ones whose answers are no numbers, of the wrong shape, or
// whose quantiles cross.
#[test]
fn broken_models() {
    let series = series(7, &(0..60).map(|day| f64::from(day % 5)).collect::<Vec<_>>());
    for kind in 0..6 {
        let next = forecast_with(&series, 9, &Levels::default(), &[&Broken(kind)]).unwrap();
        sound(&series, &next, 9);
    }
}
