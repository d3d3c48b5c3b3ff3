//! A global model by its laws.

use oms_forecast::{
    Forecast, GlobalModel, Levels, Model, Panel, Series, ToForecast, explained_in, forecast_in,
};
use oms_learn::testing::noise;

const DAYS: usize = 160;
const AHEAD: usize = 14;

/// Promotions come when chance says so, in every series on days of its own.
fn promo(id: usize, day: usize) -> f64 {
    if noise(id as u64 + 1_000, day) < 0.2 { 1.0 } else { 0.0 }
}

/// What is to be expected of a day: a level, a weekly season, three times as much in promotions.
fn expected(id: usize, day: usize) -> f64 {
    let level = 5.0 + (id % 7) as f64 * 4.0;
    let weekend = if day % 7 >= 5 { 1.5 } else { 1.0 };
    level * weekend * (1.0 + 2.0 * promo(id, day))
}

/// The demand of a day: what is to be expected, and chance.
fn demand(id: usize, day: usize) -> f64 {
    (expected(id, day) * (0.6 + 0.8 * noise(id as u64, day))).round()
}

fn series(id: usize) -> Series {
    let planned = (0..DAYS + AHEAD).map(|day| Some(promo(id, day))).collect();
    Series::new(id.to_string(), 7, (0..DAYS).map(|day| Some(demand(id, day))))
        .and_then(|series| series.with_regressors(["promo".to_owned()].into(), &[planned]))
        .unwrap()
}

fn all(count: usize) -> Vec<Series> {
    (0..count).map(series).collect()
}

fn panel(series: &[Series], threads: usize) -> Panel {
    let wanted: Vec<_> = series.iter().map(|series| (series.past(), AHEAD)).collect();
    Panel::default().with_global(GlobalModel::learn(&wanted, &Levels::default(), threads))
}

fn next(panel: &Panel, series: &Series, steps: usize) -> Forecast {
    forecast_in(panel, series, steps, &Levels::default(), Model::Boosted).unwrap()
}

fn sound(next: &Forecast, steps: usize) {
    assert_eq!((next.mean.len(), next.quantiles.nrows()), (steps, steps));
    assert!(next.mean.iter().chain(&next.quantiles).all(|value| value.is_finite()));
    for row in next.quantiles.outer_iter() {
        assert!(row.iter().zip(row.iter().skip(1)).all(|(low, high)| low <= high));
    }
}

// Goal: a promotion that is planned is foreseen, the quantiles hold what they say, and the evidence stands there. Method: 60
// series whose next two weeks are known to the test alone.
#[test]
fn plans_are_read() {
    let all = all(60);
    let panel = panel(&all, 1);
    let (mut below, mut steps, mut off, mut naive, mut sum) = ([0.0; 3], 0.0, 0.0, 0.0, 0.0);
    for (id, series) in all.iter().enumerate() {
        let next = next(&panel, series, AHEAD);
        sound(&next, AHEAD);
        assert_eq!(next.tested.len(), 1, "{id}");
        let late = series.values().iter().rev().take(56).sum::<f64>() / 56.0;
        for step in 0..AHEAD {
            let y = demand(id, DAYS + step);
            for (count, at) in below.iter_mut().zip([3, 7, 11]) {
                // Of whole units half of those that are equal count.
                let q = next.quantiles[[step, at]];
                *count += if y < q {
                    1.0
                } else if y > q {
                    0.0
                } else {
                    0.5
                };
            }
            (steps, sum) = (steps + 1.0, sum + next.mean[step] - y);
            (off, naive) = (off + (next.mean[step] - y).abs(), naive + (late - y).abs());
        }
    }
    assert!(off < 0.6 * naive, "{off} {naive}");
    assert!(sum.abs() < 0.05 * steps * 17.0, "bias {}", sum / steps);
    for (count, level) in below.iter().zip([0.1, 0.5, 0.9]) {
        assert!((count / steps - level).abs() < 0.06, "{level}: {}", count / steps);
    }
}

// Goal: the same bits for any number of threads. Method: all figures of all series, by the global model and by choice.
#[test]
fn threads_change_nothing() {
    let all = all(30);
    let (one, three) = (panel(&all, 1), panel(&all, 3));
    for series in &all {
        assert_eq!(next(&one, series, AHEAD), next(&three, series, AHEAD));
    }
    let wanted: Vec<_> = all.iter().map(|series| (series.past(), AHEAD)).collect();
    let levels = Levels::default();
    let [one, two] = [1, 2].map(|threads| {
        let panel = Panel::learned(&wanted, &levels, Model::Auto, threads);
        all.iter()
            .map(|series| forecast_in(&panel, series, AHEAD, &levels, Model::Auto).unwrap())
            .collect::<Vec<_>>()
    });
    assert_eq!(one, two);
}

// Goal: a series that began last week gets what its panel knows. Method: a new one among forty, asked at a promotion.
#[test]
fn new_series_get_help() {
    let mut all = all(40);
    let flags = (0..6 + AHEAD).map(|day| Some(if day == 8 { 1.0 } else { 0.0 })).collect();
    let young = Series::new("NEW", 7, [9.0, 11.0, 10.0, 12.0, 9.0, 14.0].map(Some))
        .and_then(|series| series.with_regressors(["promo".to_owned()].into(), &[flags]))
        .unwrap();
    all.push(young.clone());
    let next = next(&panel(&all, 1), &young, AHEAD);
    sound(&next, AHEAD);
    // Without a promotion in its own past: half as much again at least, where the panel's is three times as much.
    assert!(next.mean[2] > 1.5 * next.mean[3], "{:?}", next.mean);
}

// Goal: no history is too odd. Method: one value, zeros, a constant, gaps, below zero, huge, tiny, late, mixed seasons, other
// regressors, horizons beyond what was learned, alone and together.
#[test]
fn odd_series() {
    let odd: Vec<Vec<Option<f64>>> = vec![
        vec![Some(3.0)],
        vec![Some(0.0); 80],
        vec![Some(7.0); 80],
        (0..200).map(|day| (day % 50 == 0).then_some(f64::from(day))).collect(),
        (0..90).map(|day| Some(-f64::from(day % 5))).collect(),
        (0..90).map(|day| Some(f64::from(day % 5) * 1e48)).collect(),
        (0..90).map(|day| Some(f64::from(day % 5) * 1e-40)).collect(),
        (0..300).map(|day| Some(f64::from(day == 299))).collect(),
        (0..300).map(|day| Some(f64::from(day == 0))).collect(),
    ];
    let mut together = all(12);
    for (id, values) in odd.iter().enumerate() {
        for season in [1, 7, 365] {
            let series = Series::new(format!("ODD{id}_{season}"), season, values.clone()).unwrap();
            sound(&next(&Panel::default(), &series, 9), 9);
            together.push(series);
        }
    }
    let panel = panel(&together, 1);
    for series in &together {
        sound(&next(&panel, series, 40), 40);
    }
}

// Goal: levels may be as many as there are thousandths. Method: 999 of them, and one.
#[test]
fn any_levels() {
    let all = all(20);
    let many: Vec<f64> = (1..1_000).map(|level| f64::from(level) / 1_000.0).collect();
    for levels in [&many[..], &many[949..950]] {
        let levels = Levels::new(levels).unwrap();
        let wanted: Vec<_> = all.iter().map(|series| (series.past(), AHEAD)).collect();
        let panel = Panel::default().with_global(GlobalModel::learn(&wanted, &levels, 1));
        let next = forecast_in(&panel, &all[3], AHEAD, &levels, Model::Boosted).unwrap();
        assert_eq!(next.quantiles.dim(), (AHEAD, levels.len()));
        sound(&next, AHEAD);
    }
}

// Goal: `auto` has something of the global model where held back steps say that it knows more, which tells and brings it nearer
// to what is to be expected, and is the series' own models elsewhere, to the bit. Method: 24 series whose promotions triple
// demand, 24 that each wander on their own, and too few of the first kind, each beside a panel without a global model.
#[test]
fn auto_asks_what_was_held_back() {
    let wander = |id: usize| {
        let y = (0..DAYS).scan(1000.0, |level, day| {
            *level += 60.0 * (noise(id as u64, day) - 0.5);
            Some(Some(*level))
        });
        Series::new(id.to_string(), 7, y.collect::<Vec<_>>()).unwrap()
    };
    let both = |all: Vec<Series>| {
        let wanted: Vec<ToForecast> = all
            .iter()
            .map(|series| ToForecast { series: series.clone(), horizon: AHEAD })
            .collect();
        let [auto, own] = [panel(&all, 1), Panel::default()].map(|panel| {
            let judged = panel.calibrated(&wanted, Model::Auto);
            let next = |its| forecast_in(&judged, its, AHEAD, &Levels::default(), Model::Auto);
            all.iter().map(|its| next(its).unwrap()).collect::<Vec<Forecast>>()
        });
        (auto, own)
    };
    let (auto, own) = both(all(24));
    let off = |all: &[Forecast]| -> f64 {
        let off = |(id, next): (usize, &Forecast)| -> f64 {
            let steps = next.mean.iter().enumerate();
            steps.map(|(step, mean)| (mean - expected(id, DAYS + step)).abs()).sum()
        };
        all.iter().enumerate().map(off).sum()
    };
    assert!(off(&auto) < 0.9 * off(&own), "{} {}", off(&auto), off(&own));
    let taken = |next: &Forecast| next.tested.iter().any(|its| its.model == "boosted" && its.taken);
    assert!(auto.iter().all(taken) && !own.iter().any(taken));
    for (auto, own) in [both((0..24).map(wander).collect()), both(all(10))] {
        assert_eq!(auto, own);
    }
}

// Goal: means are told by part, and telling them changes none. Method: promotions of three times, on unknown days ahead.
#[test]
fn parts() {
    let all = all(40);
    let panel = panel(&all, 2);
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for (id, series) in all.iter().enumerate().take(10) {
        let plain = next(&panel, series, AHEAD);
        let told = explained_in(&panel, series, AHEAD, &Levels::default(), Model::Boosted).unwrap();
        assert_eq!((&plain.mean, &plain.quantiles), (&told.mean, &told.quantiles));
        for (step, (mean, parts)) in told.mean.iter().zip(&told.parts).enumerate() {
            assert!((parts.sum() - mean).abs() <= 1e-9 * mean, "{mean} {parts:?}");
            assert_eq!(parts.price, 0.0);
            let side = if promo(id, DAYS + step) > 0.0 { &mut with } else { &mut without };
            side.push(parts.promotion / mean);
        }
    }
    let mean = |shares: &[f64]| shares.iter().sum::<f64>() / shares.len() as f64;
    // Of three times as much two thirds are the promotion's, less what an average row has of it.
    assert!(mean(&with) > 0.4 && mean(&without) < 0.1, "{} {}", mean(&with), mean(&without));
}
