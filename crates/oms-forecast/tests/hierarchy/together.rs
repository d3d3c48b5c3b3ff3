//! Series and their sums, forecast together.
use chrono::NaiveDate;
use oms_forecast::{
    Levels, Model, NotTogether, Reconciliation, Series, ToForecast, Together, forecast_together,
};
use proptest::prelude::*;

fn wanted(id: &str, keys: [&str; 2], y: Vec<Option<f64>>, horizon: usize) -> ToForecast {
    let names = ["brand".to_owned(), "region".to_owned()];
    let series = Series::new(id, 7, y)
        .unwrap()
        .with_freq("D")
        .with_attributes(names.into(), keys.map(str::to_owned).to_vec());
    ToForecast { series, horizon }
}

fn by(levels: &[&[&str]]) -> Vec<Vec<String>> {
    levels.iter().map(|level| level.iter().map(|name| (*name).to_owned()).collect()).collect()
}

fn together(wanted: &[ToForecast], threads: usize) -> Together {
    let levels = by(&[&["brand"], &["brand", "region"]]);
    forecast_together(wanted, &levels, &Levels::default(), Model::Theta, threads).unwrap()
}

/// Two to seven series with holes, late launches and lengths of their own, of two brands and two regions.
fn worlds() -> impl Strategy<Value = Vec<ToForecast>> {
    let one = (0..2_usize, 0..2_usize, 1..70_usize, 0_u64..u64::MAX);
    proptest::collection::vec(one, 2..8).prop_map(|all| {
        let series = all.into_iter().enumerate().map(|(id, (brand, region, steps, seed))| {
            let mut state = seed | 1;
            let mut y: Vec<Option<f64>> = (0..steps)
                .map(|step| {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    let value = (state % 9) as f64 * if step % 7 < 2 { 2.0 } else { 0.7 };
                    (!state.is_multiple_of(11)).then_some(value)
                })
                .collect();
            y.push(Some(1.0));
            let keys = [["A", "B"][brand], ["N", "S"][region]];
            wanted(&id.to_string(), keys, y, 5)
        });
        series.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    // Goal: means of all sums are those of their series, nothing is below zero or no number, no quantiles cross, parts sum
    // to means, and threads change no bit. Method: random files; who belongs to a sum is read from the names.
    #[test]
    fn all_adds_up(file in worlds()) {
        let all = together(&file, 1);
        prop_assert_eq!(&all.forecasts, &together(&file, 2).forecasts);
        let names = all.hierarchy.names();
        let sums = names.len() - file.len();
        for (node, next) in all.forecasts.iter().enumerate() {
            for step in 0..5 {
                let (mean, row) = (next.mean[step], next.quantiles.row(step));
                prop_assert!(mean >= 0.0 && mean.is_finite());
                prop_assert!((next.parts[step].sum() - mean).abs() < 1e-9 * mean.abs().max(1.0));
                prop_assert!(row.iter().all(|q| *q >= 0.0 && q.is_finite()), "{row:?}");
                prop_assert!(row.windows(2).into_iter().all(|two| two[0] <= two[1]), "{row:?}");
                if node < sums {
                    let has = |leaf: &ToForecast| names[node] == "total" || {
                        let keys: Vec<String> = leaf.series.attributes()
                            .map(|(name, value)| format!("{name}={value}"))
                            .collect();
                        names[node].split('/').all(|part| keys.iter().any(|key| key == part))
                    };
                    let leaves = file.iter().zip(&all.forecasts[sums..]);
                    let sum: f64 = leaves
                        .filter(|(leaf, _)| has(leaf))
                        .map(|(_, next)| next.mean[step])
                        .sum();
                    prop_assert!((sum - mean).abs() < 1e-9 * mean.max(1.0), "{}", names[node]);
                }
            }
        }
    }
}

/// A week that all share, on top of noise of each that cancels out in pairs.
fn noisy_pairs(steps: usize) -> Vec<ToForecast> {
    let noise = |step: usize| ((step * 7_919 + step * step * 31) % 17) as f64 - 8.0;
    let one = |id: usize| {
        let sign = if id.is_multiple_of(2) { 1.0 } else { -1.0 };
        let y = (0..steps).map(|step| {
            let week = if step % 7 == 5 { 14.0 } else { 10.0 };
            Some(week + sign * noise(step + id / 2 * 100))
        });
        wanted(&id.to_string(), [["A", "B"][id / 4], "N"], y.collect(), 7)
    };
    (0..8).map(one).collect()
}

// Goal: sums know what their series do not: a fan of a sum is narrower than the sum of fans where errors cancel out, and the
// way that is taken has evidence, on at least the origins that the past has room for. Method: pairs of opposite noise.
#[test]
fn errors_that_cancel_out() {
    let file = noisy_pairs(140);
    let all = together(&file, 1);
    assert_eq!(all.ways.len(), Reconciliation::ALL.len() + 1);
    assert!(all.ways.last().unwrap().way.is_none());
    assert!(all.ways[0].mean <= all.ways[5].mean + 1e-9 || all.ways[0].harmless);
    let width = |node: usize| {
        let row = all.forecasts[node].quantiles.row(0);
        row[row.len() - 1] - row[0]
    };
    let sums = all.hierarchy.nodes() - 8;
    let apart: f64 = (sums..sums + 8).map(width).sum();
    assert!(width(0) < 0.5 * apart, "{} {apart}", width(0));
    // The total has its week: the sixth day of it stands out by 4 of each series.
    let mean = &all.forecasts[0].mean;
    let peak = (0..7).max_by(|a, b| mean[*a].total_cmp(&mean[*b])).unwrap();
    assert_eq!((140 + peak) % 7, 5);
}

// Goal: too short a past for any trial gives sums all the same. Method: three days.
#[test]
fn a_short_past() {
    let all = together(&noisy_pairs(3), 1);
    assert!(all.ways.is_empty());
    assert_eq!(all.hierarchy.names()[0], "total");
}

// Goal: a closed series adds nothing, and what all of a sum know ahead, the sum knows. Method: all closed on the second day
// ahead; a promotion that doubles demand of both.
#[test]
fn closed_and_promoted() {
    let promo = |step: usize| step.is_multiple_of(5);
    let one = |id: usize| {
        let y = (0..80).map(|step| Some(if promo(step) { 20.0 } else { 10.0 } + (step % 3) as f64));
        let planned = (0..84).map(|step| Some(if promo(step) { 1.0 } else { 0.0 })).collect();
        let one = wanted(&id.to_string(), ["A", "N"], y.collect(), 4);
        let closed: Vec<bool> = (0..84).map(|step| step == 81).collect();
        let series = one.series.with_regressors(["promo".to_owned()].into(), &[planned]).unwrap();
        ToForecast { series: series.with_closed(&closed).unwrap(), ..one }
    };
    let file: Vec<ToForecast> = (0..6).map(one).collect();
    let levels = by(&[&["brand"]]);
    let all = forecast_together(&file, &levels, &Levels::default(), Model::Auto, 1).unwrap();
    let total = &all.forecasts[0];
    assert_eq!(total.mean[1], 0.0);
    assert!(total.quantiles.row(1).iter().all(|q| *q == 0.0));
    assert!(total.mean[0] > 1.5 * total.mean[2], "{:?}", total.mean);
}

// Goal: series of month ends that begin in different months end together, and no quantile rises by more than its mean did.
// Method: a series that hardly sells any more beside one that does, quantiles as the model alone has them; by hand.
#[test]
fn month_ends_and_the_last_sale() {
    let one = |id: &str, y: Vec<Option<f64>>, first: (i32, u32, u32)| {
        let names = ["brand".to_owned()];
        let series = Series::new(id, 1, y)
            .unwrap()
            .with_freq("M")
            .with_attributes(names.into(), vec!["A".to_owned()])
            .with_first(NaiveDate::from_ymd_opt(first.0, first.1, first.2).unwrap());
        ToForecast { series, horizon: 3 }
    };
    let mut ended = vec![Some(0.0); 25];
    ended[4] = Some(5.0);
    let steady = (0..26).map(|month| Some(f64::from(20 + month % 4))).collect();
    let file = [one("1", ended, (2022, 2, 28)), one("2", steady, (2022, 1, 31))];
    let levels = Levels::default();
    let all = forecast_together(&file, &by(&[&["brand"]]), &levels, Model::Ses, 1).unwrap();
    let alone = oms_forecast::forecast(&file[0].series, 3, &levels, Model::Ses).unwrap();
    for step in 0..3 {
        let next = &all.forecasts[2];
        let risen = (next.mean[step] - alone.mean[step]).max(0.0);
        for (own, was) in next.quantiles.row(step).iter().zip(alone.quantiles.row(step)) {
            assert!(*own <= was + risen + 1e-9, "{own} {was} {risen}");
        }
    }
}

// Goal: what cannot be summed is refused with the series and what to do. Method: each mistake once.
#[test]
fn bad_input() {
    let fine = || wanted("1", ["A", "N"], vec![Some(1.0), Some(2.0)], 2);
    let other = wanted("2", ["A", "N"], vec![Some(1.0), Some(2.0)], 3);
    let day = |day| NaiveDate::from_ymd_opt(2024, 5, day).unwrap();
    let at = |one: ToForecast, first| ToForecast { series: one.series.with_first(first), ..one };
    let late = at(wanted("2", ["A", "N"], vec![Some(1.0), Some(2.0)], 2), day(3));
    let weekly = wanted("2", ["A", "N"], vec![Some(1.0)], 2);
    let weekly = ToForecast { series: weekly.series.with_freq("W"), ..weekly };
    let named = wanted("brand=A", ["A", "N"], vec![Some(1.0)], 2);
    let run = |wanted: &[ToForecast], name: &str| {
        let levels = by(&[&[name]]);
        forecast_together(wanted, &levels, &Levels::default(), Model::Theta, 1).unwrap_err()
    };
    let differ = |wanted: &[ToForecast], in_what: &str| match run(wanted, "brand") {
        NotTogether::Differ { id, other, what } => {
            assert_eq!((id.as_str(), other.as_str(), what), ("1", "2", in_what));
        }
        wrong => panic!("{wrong}"),
    };
    differ(&[fine(), other], "their horizon");
    differ(&[fine(), weekly], "their steps");
    differ(&[at(fine(), day(1)), late], "the day of their last value");
    assert!(matches!(run(&[fine()], "shelf"), NotTogether::Attribute { .. }));
    assert!(matches!(run(&[fine(), named], "brand"), NotTogether::Name(_)));
    let both = by(&[&["brand"], &["brand"]]);
    let twice = forecast_together(&[fine()], &both, &Levels::default(), Model::Theta, 1);
    assert!(matches!(twice.unwrap_err(), NotTogether::Name(name) if name == "brand=A"));
    let planned = |one: ToForecast, name: &str| {
        let series = one.series.with_regressors([name.to_owned()].into(), &[vec![Some(1.0)]]);
        ToForecast { series: series.unwrap(), ..one }
    };
    let other = wanted("2", ["A", "N"], vec![Some(1.0), Some(2.0)], 2);
    differ(&[planned(fine(), "promo"), planned(other, "price")], "their regressors");
    assert!(matches!(run(&[], "brand"), NotTogether::Hierarchy(_)));
    let far = ToForecast { horizon: usize::MAX, ..fine() };
    assert!(matches!(run(&[far], "brand"), NotTogether::Forecast(_)));
}
