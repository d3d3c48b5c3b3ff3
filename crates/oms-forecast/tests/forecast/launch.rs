//! When a series was launched: zeros that are demand, and zeros that are not.

use oms_forecast::{BadRow, History, HistoryError, Series};
use proptest::prelude::*;

fn series(y: &[f64]) -> Series {
    Series::new("A", 7, y.iter().copied().map(Some)).unwrap()
}

fn lost(y: &[f64]) -> usize {
    y.len() - series(y).launched().values().len()
}

fn zeros(n: usize) -> Vec<f64> {
    vec![0.0; n]
}

// Goal: the rule, on cases that a person decides at sight. Method: each with the zeros that it must lose.
#[test]
fn decided() {
    let daily: Vec<f64> = (0..40).map(|day| f64::from(3 + day % 2)).collect();
    // One in ten.
    let slow: Vec<f64> = (0..200).map(|day| if day % 10 == 9 { 1.0 } else { 0.0 }).collect();
    let christmas: Vec<f64> =
        (0..120).map(|month| if month % 12 == 11 { 9.0 } else { 0.0 }).collect();
    for (what, y, wanted) in [
        ("all zero", zeros(90), 0),
        ("one sale", [zeros(44), vec![1.0]].concat(), 0),
        ("two sales", [zeros(44), vec![1.0, 1.0]].concat(), 0),
        ("sold daily from day 60", [zeros(60), daily.clone()].concat(), 60),
        ("sold daily, not in the first three days", [zeros(3), daily.clone()].concat(), 3),
        ("sold daily", daily.clone(), 0),
        ("slow, first sale where its waits say", slow.clone(), 0),
        ("slow, first wait twice the others", [zeros(10), slow.clone()].concat(), 0),
        ("slow, first wait of half a year", [zeros(180), slow.clone()].concat(), 189),
        ("slow, but waiting for as long again", [zeros(180), slow, zeros(190)].concat(), 0),
        ("once a year", [zeros(1), christmas].concat(), 0),
        ("returns first", [zeros(60), vec![-1.0], daily].concat(), 60),
    ] {
        assert_eq!(lost(&y), wanted, "{what}");
    }
}

proptest! {
    // Goal: nothing but zeros is lost, once and for all, and what is missing changes nothing. Method: random demand that
    // begins late or not, with gaps.
    #[test]
    fn only_zeros(
        before in 0_usize..80,
        rest in proptest::collection::vec(prop_oneof![3 => Just(0.0), 2 => 1.0..9.0_f64], 0..80),
        gap in 0_usize..40,
    ) {
        let y = [zeros(before), rest].concat();
        let first = y.iter().position(|y| *y != 0.0).unwrap_or(y.len());
        prop_assume!(!y.is_empty());
        let once = series(&y).launched();
        prop_assert!(y.len() - once.values().len() == 0 || y.len() - once.values().len() == first);
        prop_assert_eq!(once.clone().launched(), once);
        let with_gap: Vec<Option<f64>> = y.iter().copied().map(Some).chain(vec![None; gap]).collect();
        let gapped = Series::new("A", 7, with_gap).unwrap().launched();
        prop_assert_eq!(gapped.values().len() - gap, y.len() - lost(&y));
        // More zeros before it never make it look launched earlier.
        if lost(&y) > 0 {
            prop_assert_eq!(lost(&[zeros(7), y.clone()].concat()), 7 + lost(&y));
        }
    }
}

// Goal: a launch that somebody knows wins both ways, and says so in both forms. Method: a sample that was sold once, zeros,
// then daily demand; launched on a day of zeros, or at the start, or nobody knows.
#[test]
fn told() {
    let y: Vec<u32> = (0..120)
        .map(|day| {
            if day == 0 {
                7
            } else if day < 60 {
                0
            } else {
                3 + day % 3
            }
        })
        .collect();
    let first: chrono::NaiveDate = "2024-01-01".parse().unwrap();
    let histories = |launch: &str| {
        let long = y.iter().zip(0..).map(|(y, day)| {
            format!("A,{},{y},{},{launch}\n", first + chrono::Days::new(day), day % 2)
        });
        let long = format!("unique_id,ds,y,promo,launch\n{}", long.collect::<String>());
        let words: Vec<String> = y.iter().map(ToString::to_string).collect();
        let promo: Vec<String> = (0..121).map(|day| (day % 2).to_string()).collect();
        let wide = format!(
            "unique_id,freq,h,season,start,y,launch,promo\nA,D,1,7,2024-01-01,{} ?,{launch},{}\n",
            words.join(" "),
            promo.join(" ")
        );
        [long, wide].map(|file| History::read(file.as_bytes(), Some(1)))
    };
    for (launch, known) in [("2024-01-31", 90), ("2024-01-01", 120), ("", 120), ("2023-06-01", 120)]
    {
        for history in histories(launch) {
            let history = history.unwrap();
            assert!(history.attributes.is_empty());
            let past = history.wanted[0].series.past();
            assert_eq!(past.values().len(), known, "`{launch}`");
            assert_eq!(past.first_day().unwrap(), first + chrono::Days::new(120 - known as u64));
            assert_eq!(past.regressor("promo").unwrap()[0], ((120 - known) % 2) as f32);
        }
    }
    for history in histories("soon") {
        let Err(HistoryError::Row { why, .. }) = history else {
            panic!("a launch that is no time")
        };
        assert_eq!(why, BadRow::NotALaunch("soon".to_owned()));
    }
    for history in histories("2031-01-01") {
        assert_eq!(history.unwrap().left_out.len(), 1);
    }
}

// Goal: a backtest sees no launch that only later values show. Method: a past that ends before there was enough demand.
#[test]
fn from_its_own_past() {
    let y = [zeros(60), vec![3.0; 40]].concat();
    let series = series(&y);
    let past = series.past();
    assert_eq!(past.launched().values().len(), 40);
    assert_eq!(past.first(62).launched().values().len(), 62);
    assert_eq!(past.first(64).launched().values().len(), 4);
    assert_eq!(series.with_launch(50).unwrap().past().launched().values().len(), 50);
}
