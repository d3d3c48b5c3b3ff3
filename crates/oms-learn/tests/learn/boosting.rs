//! Boosting by its laws.

use ndarray::Array2;
use oms_learn::{Boosted, Boosting, Direction, Loss, Sample, Table, Whole, score};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{noise, world};

fn levels() -> Vec<f64> {
    vec![0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99]
}

fn losses() -> [Loss; 4] {
    [
        Loss::Squared,
        Loss::Poisson,
        Loss::Tweedie { power: 1.4 },
        Loss::Quantiles { levels: levels() },
    ]
}

fn said(model: &Boosted, table: &Table) -> Array2<f64> {
    model.predict(table).unwrap()
}

/// One round that is believed whole.
fn one_tree(leaves: usize) -> Boosting {
    Boosting { rounds: 1, rate: 1.0, leaves, rows_in_leaf: 1, ..Boosting::default() }
}

/// The least squared error that greedy splitting comes to, by trying every question on every part again and again.
fn greedy(x: &[Option<f64>], y: &[f64], leaves: usize) -> f64 {
    let error = |rows: &[usize]| {
        let mean = rows.iter().map(|row| y[*row]).sum::<f64>() / rows.len().max(1) as f64;
        rows.iter().map(|row| (y[*row] - mean).powi(2)).sum::<f64>()
    };
    let mut parts: Vec<Vec<usize>> = vec![(0..y.len()).collect()];
    while parts.len() < leaves {
        let mut best: Option<(f64, usize, Vec<usize>, Vec<usize>)> = None;
        for (at, part) in parts.iter().enumerate() {
            for edge in (0..14).map(|edge| f64::from(edge) - 0.5) {
                for unknown_left in [false, true] {
                    let is_left = |row: &&usize| x[**row].map_or(unknown_left, |x| x < edge);
                    let left: Vec<usize> = part.iter().filter(is_left).copied().collect();
                    let right: Vec<usize> =
                        part.iter().filter(|row| !is_left(row)).copied().collect();
                    let known = |rows: &[usize]| rows.iter().any(|row| x[*row].is_some());
                    if !known(&left) || right.is_empty() {
                        continue;
                    }
                    let gain = error(part) - error(&left) - error(&right);
                    if gain > best.as_ref().map_or(1e-9, |best| best.0 + 1e-9) {
                        best = Some((gain, at, left, right));
                    }
                }
            }
        }
        let Some((_, at, left, right)) = best else { break };
        parts.swap_remove(at);
        parts.extend([left, right]);
    }
    parts.iter().map(|part| error(part)).sum()
}

proptest! {
    // Goal: the histogram finds what trying every question finds, gaps included, also in leaves that are a parent less
    // their sibling. Method: greedy search by brute force. (With ties it may go another way; targets make them unlikely.)
    #[test]
    fn splits_are_the_best(rows in vec((prop::option::weighted(0.8, 0_u8..12), 0.0..1.0_f64), 6..40), leaves in 2_usize..6) {
        let x: Vec<Option<f64>> = rows.iter().map(|row| row.0.map(f64::from)).collect();
        let y: Vec<f64> = rows.iter().map(|row| row.1).collect();
        let column = x.iter().map(|x| x.unwrap_or(f64::NAN)).collect();
        let table = Table::new().with_numbers("x", column).unwrap();
        let model = one_tree(leaves).fit(&Sample::new(&table, &y).unwrap(), None, &Loss::Squared).unwrap();
        let error = score::rmse(&y, &said(&model, &table).column(0).to_vec()).unwrap();
        let wanted = greedy(&x, &y, leaves);
        prop_assert!((error * error * y.len() as f64 - wanted).abs() < 1e-6, "{} {wanted}", error * error * y.len() as f64);
    }

    // Goal: a direction is never broken, at any level and beside any other column. Method: price swept through its range.
    #[test]
    fn directions_hold(seed in 0_u64..1_000, down in any::<bool>()) {
        let (table, target) = world(150, seed);
        let direction = if down { Direction::Down } else { Direction::Up };
        let options = Boosting {
            rounds: 8,
            rows_in_leaf: 5,
            rate: 0.3,
            directions: vec![("price".to_owned(), direction)],
            ..Boosting::default()
        };
        for loss in losses() {
            let model = options.fit(&Sample::new(&table, &target).unwrap(), None, &loss).unwrap();
            for row in 0..3 {
                let steps: Vec<f64> = (0..50).map(|at| f64::from(at) / 49.0).collect();
                let same = |at: usize| vec![table.column(at).unwrap()[row]; 50];
                let swept = Table::new()
                    .with_numbers("price", steps)
                    .and_then(|swept| swept.with_numbers("age", same(1)))
                    .and_then(|swept| swept.with_categories("color", same(2)))
                    .unwrap();
                let said = said(&model, &swept);
                for pair in said.rows().into_iter().collect::<Vec<_>>().windows(2) {
                    let ordered = pair[0].iter().zip(pair[1]).all(|(one, two)| {
                        if down { one >= two } else { one <= two }
                    });
                    prop_assert!(ordered, "{loss:?} {pair:?}");
                }
            }
        }
    }

    // Goal: quantiles never cross, whatever is asked. Method: rows from far outside the training too.
    #[test]
    fn quantiles_never_cross(seed in 0_u64..1_000) {
        let (table, target) = world(200, seed);
        let options = Boosting { rounds: 12, rows_in_leaf: 3, seed, row_share: 0.5, ..Boosting::default() };
        let loss = Loss::Quantiles { levels: levels() };
        let model = options.fit(&Sample::new(&table, &target).unwrap(), None, &loss).unwrap();
        let far = Table::new()
            .with_numbers("price", vec![-1e9, 1e9, f64::NAN])
            .and_then(|table| table.with_numbers("age", vec![f64::NAN, -5.0, 1e300]))
            .and_then(|table| table.with_categories("color", vec![77.0, f64::NAN, -3.0]))
            .unwrap();
        for row in said(&model, &table).rows().into_iter().chain(said(&model, &far).rows()) {
            prop_assert!(row.iter().zip(row.iter().skip(1)).all(|(low, high)| low <= high));
            prop_assert!(row.iter().all(|q| q.is_finite()));
        }
    }
}

// Goal: any number of threads gives the same bits. Method: enough rows that threads are used, and draws of rows and columns.
#[test]
fn threads_change_nothing() {
    let (table, target) = world(120_000, 8);
    let sample = Sample::new(&table, &target).unwrap();
    for loss in losses() {
        let model = |threads| {
            let options = Boosting {
                rounds: 3,
                threads,
                row_share: 0.9,
                column_share: 0.99,
                ..Boosting::default()
            };
            options.fit(&sample, None, &loss).unwrap().to_bytes()
        };
        let one = model(1);
        assert!(one == model(2) && one == model(5), "{loss:?}");
    }
}

// Goal: a quantile is below as many targets as its level says, for each group that can be told apart. Method: two
// categories of very different spread, a hundred rounds.
#[test]
fn quantiles_cover() {
    let rows = 8_000;
    let color: Vec<f64> = (0..rows).map(|row| (row % 2) as f64).collect();
    let target: Vec<f64> =
        (0..rows).map(|row| noise(9, row) * if row % 2 == 0 { 1.0 } else { 50.0 }).collect();
    let table = Table::new().with_categories("color", color).unwrap();
    let options = Boosting { rounds: 100, rate: 0.1, ..Boosting::default() };
    let loss = Loss::Quantiles { levels: levels() };
    let model = options.fit(&Sample::new(&table, &target).unwrap(), None, &loss).unwrap();
    let said = said(&model, &table);
    for (at, level) in levels().iter().enumerate() {
        for group in 0..2 {
            let below = (group..rows).step_by(2).filter(|row| target[*row] <= said[[*row, at]]);
            let share = below.count() as f64 / rows as f64 * 2.0;
            assert!((share - level).abs() < 0.01, "group {group}, level {level}: {share}");
        }
    }
}

// Goal: means of counts are the means of their groups. Method: four categories, until nothing is left to learn.
#[test]
fn means_are_means() {
    let rows = 4_000;
    let color: Vec<f64> = (0..rows).map(|row| (row % 4) as f64).collect();
    let target: Vec<f64> =
        (0..rows).map(|row| (noise(10, row) * (1 + row % 4) as f64 * 3.0).floor()).collect();
    let table = Table::new().with_categories("color", color).unwrap();
    let options = Boosting { rounds: 300, rate: 0.3, ..Boosting::default() };
    for loss in &losses()[..3] {
        let model = options.fit(&Sample::new(&table, &target).unwrap(), None, loss).unwrap();
        let said = said(&model, &table);
        for group in 0..4 {
            let all: Vec<f64> = (group..rows).step_by(4).map(|row| target[row]).collect();
            let mean = all.iter().sum::<f64>() / all.len() as f64;
            assert!((said[[group, 0]] - mean).abs() < 1e-6 * mean, "{loss:?} {group}");
        }
    }
}

// Goal: a weight of three is three rows. Method: rows repeated; of quantiles, whose steps may stand between two values
// that are not weighed, to within what lies between neighbors.
#[test]
fn weights_are_rows() {
    let (table, target) = world(600, 11);
    let weights: Vec<f64> = (0..600).map(|row| (1 + row % 3) as f64).collect();
    let repeated = |values: &[f64]| -> Vec<f64> {
        (0..600).flat_map(|row| vec![values[row]; 1 + row % 3]).collect()
    };
    // Few values, so that bins are the same.
    let coarse = |at: usize| -> Vec<f64> {
        table.column(at).unwrap().iter().map(|value| (value * 20.0).floor()).collect()
    };
    let two = |price: Vec<f64>, age: Vec<f64>| {
        let table = Table::new().with_numbers("price", price);
        table.and_then(|table| table.with_numbers("age", age)).unwrap()
    };
    let long = two(repeated(&coarse(0)), repeated(&coarse(1)));
    let table = two(coarse(0), coarse(1));
    let long_target = repeated(&target);
    // Each way measures leaves in rows of mean weight, so a leaf holds half as many of the short table.
    let fit = |sample: &Sample<'_>, rows_in_leaf, loss: &Loss| {
        let options = Boosting { rounds: 20, leaves: 4, rows_in_leaf, ..Boosting::default() };
        said(&options.fit(sample, None, loss).unwrap(), &table)
    };
    let short = Sample::new(&table, &target).unwrap().with_weights(&weights).unwrap();
    let long = Sample::new(&long, &long_target).unwrap();
    for (loss, most) in [(Loss::Squared, 1e-9), (Loss::Quantiles { levels: vec![0.3, 0.7] }, 0.2)] {
        let (one, two) = (fit(&short, 30, &loss), fit(&long, 60, &loss));
        let off = one.iter().zip(&two).map(|(one, two)| (one - two).abs()).sum::<f64>();
        assert!(off / (one.len() as f64) < most, "{loss:?} {off}");
    }
}

// Goal: units do not matter. Method: targets a thousand times as large and moved, of losses that know no zero.
#[test]
fn units_do_not_matter() {
    let (table, target) = world(500, 12);
    let moved: Vec<f64> = target.iter().map(|y| y * 1_024.0 - 4_096.0).collect();
    for loss in [Loss::Squared, Loss::Quantiles { levels: levels() }] {
        let fit = |target: &[f64]| {
            let sample = Sample::new(&table, target).unwrap();
            said(&Boosting::default().fit(&sample, None, &loss).unwrap(), &table)
        };
        let (one, two) = (fit(&target), fit(&moved));
        let near = |one: f64, two: f64| (one * 1_024.0 - 4_096.0 - two).abs() < 1.0;
        assert!(one.iter().zip(&two).all(|(one, two)| near(*one, *two)), "{loss:?}");
    }
}

// Goal: training ends when held-out rows no longer gain, with the model of the best round. Method: a target of chance, from
// which nothing can be learned, and one from which much can.
#[test]
fn held_out_rows_end_training() {
    let (table, target) = world(1_000, 13);
    let (other, actual) = world(1_000, 14);
    let chance: Vec<f64> = (0..1_000).map(|row| noise(15, row)).collect();
    for loss in losses() {
        let options = Boosting { rounds: 500, rate: 0.1, patience: 10, ..Boosting::default() };
        let fit = |target: &[f64], actual: &[f64]| {
            let held = Sample::new(&other, actual).unwrap();
            options.fit(&Sample::new(&table, target).unwrap(), Some(&held), &loss).unwrap().rounds()
        };
        let (much, nothing) = (fit(&target, &actual), fit(&chance, &chance));
        assert!((15..490).contains(&much) && nothing < much, "{loss:?} {much} {nothing}");
        let rounds = Boosting { rounds: much, ..options.clone() };
        let held = Sample::new(&other, &actual).unwrap();
        let again = rounds.fit(&Sample::new(&table, &target).unwrap(), None, &loss).unwrap();
        assert_eq!(
            Some(again),
            options.fit(&Sample::new(&table, &target).unwrap(), Some(&held), &loss).ok()
        );
    }
}

// Goal: two models at once are what they are one after the other. Method: quantiles and a mean, 1 to 5 threads, held-out
// rows that end training early.
#[test]
fn twice_is_one_after_the_other() {
    let rows = 1_200;
    let x: Vec<f64> = (0..rows).map(|at| f64::from(at * 37 % 101)).collect();
    let y: Vec<f64> = (0..rows).map(|at| f64::from(at * 37 % 101 % 30 + at * 53 % 17)).collect();
    let table =
        |from: usize, to: usize| Table::new().with_numbers("x", x[from..to].to_vec()).unwrap();
    let (early, late, all) = (table(0, 900), table(900, 1_200), table(0, 1_200));
    let early = Sample::new(&early, &y[..900]).unwrap();
    let held = Sample::new(&late, &y[900..]).unwrap();
    let all = Sample::new(&all, &y).unwrap();
    let losses = [Loss::Quantiles { levels: vec![0.1, 0.5, 0.9] }, Loss::Tweedie { power: 1.2 }];
    for threads in 1..=5 {
        let options = Boosting { row_share: 0.7, patience: 8, threads, ..Boosting::default() };
        let whole = Boosting { rows_in_leaf: 30, ..options.clone() };
        let twice = Whole { options: &whole, sample: &all };
        let both = options.fit_twice(&early, &held, twice, &losses).unwrap();
        for ([tried, after], loss) in both.iter().zip(&losses) {
            assert_eq!(tried, &options.fit(&early, Some(&held), loss).unwrap());
            assert!(tried.rounds() < options.rounds, "{}", tried.rounds());
            let whole = Boosting { rounds: tried.rounds().max(1), ..whole.clone() };
            assert_eq!(after, &whole.fit(&all, None, loss).unwrap());
        }
    }
}
