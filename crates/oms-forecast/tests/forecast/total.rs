//! Demand of several steps together.

use std::sync::Arc;

use oms_forecast::{
    Levels, MOST_STEPS, NoForecast, Panel, Past, Series, TotalModel, total_in, totals_in,
};
use proptest::prelude::*;

fn alone(series: &Series, steps: usize) -> Vec<f64> {
    total_in(&Panel::default(), &series.past(), steps, &Levels::default()).unwrap()
}

proptest! {
    // Goal: no history breaks a law. Method: random ragged ones with gaps, giants and dwarfs, twice for the same bits.
    #[test]
    fn ragged(
        values in proptest::collection::vec(
            prop_oneof![
                3 => Just(Some(0.0)),
                4 => (0_u8..20).prop_map(|y| Some(f64::from(y))),
                1 => (-1e3..1e3).prop_map(Some),
                1 => prop_oneof![Just(1e50), Just(-1e50), Just(1e-300)].prop_map(Some),
                1 => Just(None),
            ],
            1..90,
        ),
        season in 0_usize..15,
        steps in 1_usize..40,
    ) {
        let Ok(series) = Series::new("S", season, values) else { return Ok(()) };
        let found = alone(&series, steps);
        prop_assert_eq!(found.len(), 15);
        prop_assert!(found.iter().all(|value| value.is_finite()), "{:?}", found);
        prop_assert!(found.windows(2).all(|two| two[0] <= two[1]), "{:?}", found);
        if series.past().known().all(|y| y >= 0.0) {
            prop_assert!(found[0] >= 0.0);
        }
        let each = [steps, 40, 1, steps];
        let together = totals_in(&Panel::default(), &series.past(), &each, &Levels::default());
        for (together, steps) in together.unwrap().iter().zip(each) {
            prop_assert_eq!(together, &alone(&series, steps));
        }
        let again = alone(&series, steps);
        prop_assert!(found.iter().zip(&again).all(|(a, b)| a.to_bits() == b.to_bits()));
    }

    // Goal: a constant comes to as much as it is times the steps. Method: constants of any size.
    #[test]
    fn constant(y in 0.001..1e9_f64, n in 1_usize..60, steps in 1_usize..30) {
        let series = Series::new("S", 7, vec![Some(y); n]).unwrap();
        let wanted = y * steps as f64;
        prop_assert!(alone(&series, steps).iter().all(|found| (found / wanted - 1.0).abs() < 1e-6));
    }
}

// Goal: a panel has models of several sums, and each answers for its own number of steps as it would alone. Method: two weeks of
// turns that a weekly season does not know; a week and two, and five days, of which there is no model.
#[test]
fn of_several_sums() {
    let turns = |id: u64| {
        let y = (0..400).map(|day| {
            Some(if ((day + 3 * id) / 7).is_multiple_of(2) { 3.0 } else { 15.0 } + digit(id, day))
        });
        Series::new(id.to_string(), 7, y).unwrap()
    };
    let all: Vec<Series> = (0..24).map(turns).collect();
    let pasts: Vec<Past<'_>> = all.iter().map(Series::past).collect();
    let levels = Levels::default();
    let panel = Panel::of(&all);
    let [week, two] =
        [7, 14].map(|steps| Arc::new(TotalModel::learn(&panel, &pasts, steps, &levels, 1)));
    assert_eq!((week.steps(), two.steps()), (7, 14));
    let each = [5, 7, 14];
    let both = panel.clone().with_totals(week.clone()).with_totals(two.clone());
    for past in &pasts[..4] {
        let found = totals_in(&both, past, &each, &levels).unwrap();
        let plain = totals_in(&panel, past, &each, &levels).unwrap();
        assert_eq!(found[0], plain[0]);
        let [alone, other] = [&week, &two].map(|model| panel.clone().with_totals(model.clone()));
        assert_eq!(found[1], total_in(&alone, past, 7, &levels).unwrap());
        assert_eq!(found[2], total_in(&other, past, 14, &levels).unwrap());
        // A week is one turn or the other, and all together know which one comes.
        assert!(
            found[1][13] - found[1][1] < 0.6 * (plain[1][13] - plain[1][1]),
            "{found:?} {plain:?}"
        );
    }
}

/// Demand that is the same every time and looks like chance: 0 to 9.
fn digit(series: u64, step: u64) -> f64 {
    let mut x = (series * 1_000_003 + step).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 31;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((x >> 33) % 10) as f64
}

// Goal: quantiles of a sum hold what they say, and are far narrower than sums of quantiles. Method: 400 series of digits;
// the next 14 days of each against its quantiles.
#[test]
fn calibrated() {
    let levels = Levels::new(&[0.1, 0.5, 0.9]).unwrap();
    let (mut under, mut widest) = ([0.0; 3], 0.0);
    for id in 0..400 {
        let y = (0..300).map(|step| Some(digit(id, step)));
        let series = Series::new(id.to_string(), 7, y).unwrap();
        let found = total_in(&Panel::default(), &series.past(), 14, &levels).unwrap();
        let came: f64 = (300..314).map(|step| digit(id, step)).sum();
        for (under, quantile) in under.iter_mut().zip(&found) {
            *under += if came <= *quantile { 1.0 / 400.0 } else { 0.0 };
        }
        widest = f64::max(widest, found[2] - found[0]);
    }
    for (found, wanted) in under.iter().zip(levels.iter()) {
        assert!((found - wanted).abs() < 0.06, "{under:?}");
    }
    // 14 times the quantiles of one digit would be 112 apart.
    assert!(widest < 56.0, "{widest}");
}

// Goal: closed days ahead want nothing. Method: a shop that is closed on Sundays, over a week, and over the one day.
#[test]
fn closed() {
    let open = |day: usize| day % 7 != 6;
    let y = (0..70).map(|day| Some(if open(day) { 5.0 + (day % 2) as f64 } else { 0.0 }));
    let closed: Vec<bool> = (0..84).map(|day| !open(day)).collect();
    let shop = Series::new("S", 7, y).unwrap().with_closed(&closed).unwrap();
    let week = alone(&shop, 7);
    assert!(week.iter().all(|total| (total - 33.0).abs() < 4.0), "{week:?}");
    let sunday = shop.past().first(69);
    let none = total_in(&Panel::default(), &sunday, 1, &Levels::default()).unwrap();
    assert!(none.iter().all(|total| *total == 0.0), "{none:?}");
}

// Goal: no steps, and more than the most, are refused. Method: both.
#[test]
fn refused() {
    let series = Series::new("S", 1, [Some(1.0)]).unwrap();
    for steps in [0, MOST_STEPS + 1] {
        let found = total_in(&Panel::default(), &series.past(), steps, &Levels::default());
        assert_eq!(found, Err(NoForecast::Horizon { id: "S".to_owned(), steps }));
    }
}

/// Two weeks of much and two of little, in turn; after 420 days, what is hidden.
fn in_turn(id: u64, hidden: impl Fn(u64) -> f64) -> Series {
    let y = (0..448_u64).map(|day| match day {
        420.. => Some(hidden(day)),
        _ => Some(turn(id, day) + digit(id, day)),
    });
    Series::new(id.to_string(), 7, y).unwrap()
}

fn turn(id: u64, day: u64) -> f64 {
    if (day / 14 + id).is_multiple_of(2) { 30.0 } else { 2.0 }
}

/// Two weeks of each, known by a model of all.
fn by_all(series: &[Series], threads: usize) -> Vec<Vec<f64>> {
    let levels = Levels::new(&[0.1, 0.5, 0.9]).unwrap();
    let pasts: Vec<Past<'_>> = series.iter().map(|series| series.past().first(420)).collect();
    let panel = Panel::of_pasts(pasts.iter().copied());
    let model = TotalModel::learn(&panel, &pasts, 14, &levels, threads);
    let panel = panel.with_totals(Arc::new(model));
    pasts.iter().map(|past| total_in(&panel, past, 14, &levels).unwrap()).collect()
}

// Goal: all series together know what a level that was averaged does not: that much follows little. Method: forty such series;
// the middle of what is said of the next two weeks is near what comes, and of one series alone it is not.
#[test]
fn known_by_all() {
    let series: Vec<Series> = (0..40).map(|id| in_turn(id, |_| 0.0)).collect();
    let near = |found: f64, id: u64| {
        let comes: f64 = (420..434).map(|day| turn(id, day) + 4.5).sum();
        (found - comes).abs() < 0.3 * comes
    };
    let known = by_all(&series, 1);
    assert!(known.iter().zip(0..).filter(|(found, id)| near(found[1], *id)).count() > 35);
    assert!(known.iter().all(|found| found.windows(2).all(|two| two[0] <= two[1])));
    let own = series.iter().zip(0..).filter(|(series, id)| {
        let past = series.past().first(420);
        let found = total_in(&Panel::default(), &past, 14, &Levels::new(&[0.5]).unwrap());
        near(found.unwrap()[0], *id)
    });
    assert!(own.count() < 20);
}

// Goal: the same bits for any number of threads, and none from what is hidden. Method: series that part where nothing is
// known any more, one and three threads.
#[test]
fn nothing_hidden() {
    let one: Vec<Series> = (0..40).map(|id| in_turn(id, |_| 0.0)).collect();
    let two: Vec<Series> = (0..40).map(|id| in_turn(id, |day| 900.0 * day as f64)).collect();
    assert_eq!(by_all(&one, 1), by_all(&two, 3));
}

// Goal: a model of other steps, or of series that nobody knew, changes nothing. Method: both.
#[test]
fn of_other_steps() {
    let series: Vec<Series> = (0..40).map(|id| in_turn(id, |_| 0.0)).collect();
    let levels = Levels::new(&[0.5]).unwrap();
    let pasts: Vec<Past<'_>> = series.iter().map(Series::past).collect();
    let panel = Panel::of(&series);
    let model = Arc::new(TotalModel::learn(&panel, &pasts, 14, &levels, 1));
    let with = panel.clone().with_totals(model);
    let stranger = Series::new("S", 12, (0..60).map(|step| Some(f64::from(step % 5)))).unwrap();
    for (past, steps) in [(pasts[0], 7), (stranger.past(), 14)] {
        let found = total_in(&with, &past, steps, &levels);
        assert_eq!(found, total_in(&panel, &past, steps, &levels));
    }
}
