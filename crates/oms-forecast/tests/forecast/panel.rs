//! What series teach each other.

use oms_forecast::{Forecast, Levels, Model, Panel, Series, ToForecast, forecast_in};

/// Rough as demand is, but always the same: between 0 and 1.
fn rough(seed: usize) -> f64 {
    ((seed as u64).wrapping_mul(6_364_136_223_846_793_005).rotate_left(23) % 10_007) as f64
        / 10_007.0
}

/// A promotion on three days of some weeks, another plan for each series.
fn promo(id: usize, step: usize) -> f64 {
    if step % 7 < 3 && rough(step / 7 * 31 + id) < 0.3 { 1.0 } else { 0.0 }
}

/// Demand around a level, `lift` times as much in a promotion, Saturdays twice; known for `days`, planned for 14 more.
fn shop(id: usize, days: usize, lift: f64, level: f64, promoted: bool) -> Series {
    let promo = |step: usize| if promoted || step >= days { promo(id, step) } else { 0.0 };
    let y = (0..days).map(|step| {
        let week = if step % 7 == 5 { 2.0 } else { 1.0 };
        let mean = level * week * if promo(step) > 0.0 { lift } else { 1.0 };
        Some((mean * (0.6 + 0.8 * rough(step * 101 + id * 7))).round())
    });
    let planned = (0..days + 14).map(|step| Some(promo(step))).collect();
    Series::new(format!("S{id}"), 7, y)
        .unwrap()
        .with_freq("D")
        .with_first("2024-01-01".parse().unwrap())
        .with_regressors(["promo".to_owned()].into(), &[planned])
        .unwrap()
}

fn next(panel: &Panel, series: &Series) -> Forecast {
    forecast_in(panel, series, 14, &Levels::default(), Model::Auto).unwrap()
}

/// Mean of the days with a promotion over that of those without, Saturdays left out.
fn lift(id: usize, days: usize, next: &Forecast) -> f64 {
    let mean = |promoted: bool| {
        let ahead = (0..14).filter(|at| (days + at) % 7 != 5);
        let found: Vec<f64> = ahead
            .filter(|at| (promo(id, days + at) > 0.0) == promoted)
            .map(|at| next.mean[at])
            .collect();
        found.iter().sum::<f64>() / found.len() as f64
    };
    mean(true) / mean(false)
}

/// A series with a promotion on some of the next 14 days, but not on all.
fn planned(days: usize) -> usize {
    (100..)
        .find(|id| (1..4).contains(&(0..14).filter(|at| promo(*id, days + at) > 0.0).count()))
        .unwrap()
}

// Goal: what a promotion is worth is learned, and known ahead. Method: demand that is three times as much in promotions,
// once for an item that sells a lot, once for one that sells a little.
#[test]
fn promotions() {
    let id = planned(280);
    for level in [3.0, 400.0] {
        let series = shop(id, 280, 3.0, level, true);
        let next = next(&Panel::of([&series]), &series);
        assert!((lift(id, 280, &next) - 3.0).abs() < 0.6, "{level}: {next:?}");
        assert!(next.tested.iter().any(|its| its.model == "regression" && its.taken));
    }
}

// Goal: a series that never had a promotion, or hardly any past, believes the panel; one that knows better does not.
// Method: a panel of lift 2; a series without promotions, a young one, and one whose own lift is 5.
#[test]
fn borrowed() {
    let all: Vec<Series> = (0..30).map(|id| shop(id, 200, 2.0, 20.0 + id as f64, true)).collect();
    let (young, old) = (planned(30), planned(200));
    let cases = [
        (old, 200, shop(old, 200, 1.0, 50.0, false), 2.0),
        (young, 30, shop(young, 30, 2.0, 50.0, false), 2.0),
        (old, 200, shop(old, 200, 5.0, 50.0, true), 5.0),
    ];
    for (id, days, series, wanted) in cases {
        let panel = Panel::of(all.iter().chain([&series]));
        let next = next(&panel, &series);
        let found = lift(id, days, &next);
        assert!((found / wanted - 1.0).abs() < 0.25, "{found} instead of {wanted}");
        assert_eq!(
            next,
            forecast_in(&panel, &series, 14, &Levels::default(), Model::Auto).unwrap()
        );
    }
}

// Goal: what is planned is told from what is not known: other plans, other forecasts; and a longer history that is only
// known beyond the end changes nothing of what was learned. Method: the same past with and without a promotion ahead.
#[test]
fn plans() {
    let y =
        || (0..140).map(|step| Some(if step % 5 == 0 { 30.0 } else { 10.0 } + (step % 3) as f64));
    let with = |plan: [f64; 3]| {
        let past = (0..140).map(|step| Some(if step % 5 == 0 { 1.0 } else { 0.0 }));
        let column = past.chain(plan.map(Some)).collect();
        let series = Series::new("S", 7, y()).unwrap();
        let series = series.with_regressors(["promo".to_owned()].into(), &[column]).unwrap();
        forecast_in(&Panel::of([&series]), &series, 3, &Levels::default(), Model::Regression)
            .unwrap()
    };
    let (none, second) = (with([0.0; 3]), with([0.0, 1.0, 0.0]));
    assert_eq!(none.mean[0], second.mean[0]);
    assert!(second.mean[1] > 2.0 * none.mean[1]);
    assert!(second.quantiles[[1, 0]] > none.quantiles[[1, 14]]);
}

// Goal: what a panel has counted makes quantiles hold what they say, where a short past of its own does not. Method: 300
// series of 14 years that wander, the next 4 years of each against the
// outer tenths, counted and not, by two models that think too well of themselves there.
#[test]
fn calibrated() {
    let wander = |id: usize| {
        let steps = (0..18).scan(1000.0, move |level, step| {
            *level += 200.0 * (rough(step * 977 + id * 31) + rough(step * 577 + id * 91) - 1.0);
            Some(*level)
        });
        steps.collect::<Vec<f64>>()
    };
    let wanted: Vec<ToForecast> = (0..300)
        .map(|id| {
            let known = wander(id).into_iter().take(14).map(Some);
            ToForecast { series: Series::new(format!("S{id}"), 1, known).unwrap(), horizon: 4 }
        })
        .collect();
    let levels = Levels::new(&[0.1, 0.5, 0.9]).unwrap();
    let plain = Panel::of(wanted.iter().map(|wanted| &wanted.series));
    let held = |panel: &Panel, model: Model| {
        let within = wanted.iter().enumerate().map(|(id, wanted)| {
            let next = forecast_in(panel, &wanted.series, 4, &levels, model).unwrap();
            let came = wander(id);
            (0..4)
                .filter(|at| {
                    (next.quantiles[[*at, 0]]..=next.quantiles[[*at, 2]]).contains(&came[14 + at])
                })
                .count()
        });
        within.sum::<usize>() as f64 / 1200.0
    };
    for model in [Model::Drift, Model::Ets] {
        let counted = plain.clone().calibrated(&wanted, model);
        let (before, after) = (held(&plain, model), held(&counted, model));
        let (before, off) = ((before - 0.8).abs(), (after - 0.8).abs());
        assert!(off < 0.06 && off < before, "{model:?}: {before} {off}");
    }
}

// Goal: a mean is told as what each thing adds to it. Method: demand that is a level times a Saturday, a promotion of three
// times, a price whose root divides it and a holiday without which it is twice as much; each ahead on days of its own.
#[test]
fn parts() {
    let days = 280;
    let (holiday, price) = (|day: usize| day % 31 == 5, |day: usize| [1.0, 4.0][day / 40 % 2]);
    let promoted = |day: usize| day % 11 < 2;
    let y = (0..days).map(|day| {
        let week = if day % 7 == 5 { 2.0 } else { 1.0 };
        let promo = if promoted(day) { 3.0 } else { 1.0 };
        let holiday = if holiday(day) { 0.5 } else { 1.0 };
        let mean = 200.0 * week * promo * holiday / f64::sqrt(price(day));
        Some((mean * (0.9 + 0.2 * rough(day * 101))).round())
    });
    let column = |of: &dyn Fn(usize) -> f64| (0..days + 35).map(|day| Some(of(day))).collect();
    let flag = |is: bool| if is { 1.0 } else { 0.0 };
    let columns =
        [column(&|day| flag(promoted(day))), column(&price), column(&|day| flag(holiday(day)))];
    let names = ["promo", "sell_price", "holiday"].map(str::to_owned);
    let series = Series::new("S", 7, y).unwrap().with_regressors(names.into(), &columns).unwrap();
    let panel = Panel::of([&series]);
    let next = forecast_in(&panel, &series, 35, &Levels::default(), Model::Regression).unwrap();
    let near = |found: f64, wanted: f64, day: usize| {
        assert!((found - wanted).abs() < 0.2 * wanted.abs().max(20.0), "{day}: {found} {wanted}");
    };
    let mut told = [0; 3];
    for (at, (mean, parts)) in next.mean.iter().zip(&next.parts).enumerate() {
        let day = days + at;
        assert!((parts.sum() - mean).abs() <= 1e-12 * mean, "{mean} {parts:?}");
        if promoted(day) {
            near(parts.promotion, mean * 2.0 / 3.0, day);
            told[0] += 1;
        }
        if holiday(day) {
            near(parts.holiday, parts.promotion + parts.price - mean, day);
            told[1] += 1;
        }
        // The price beside the usual one, between both.
        let without = mean - parts.promotion;
        near(parts.price, without * if price(day) > 1.0 { 1.0 - 2.0_f64.sqrt() } else { 0.3 }, day);
        if day % 7 == 5 && !promoted(day) {
            assert!(parts.season > 0.5 * parts.level, "{parts:?}");
            told[2] += 1;
        }
    }
    assert!(told.iter().all(|count| *count > 0), "{told:?}");
}
