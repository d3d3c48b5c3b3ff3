//! Boosting: what fifteen quantiles cost beside one, and what they gain.
//!
//! `cargo bench -p oms-learn` prints pinball loss beside that of static quantiles, and ends with an error where it is
//! beyond its gate; then criterion's figures, whose ratios inside the run are what counts: fifteen levels beside one, a
//! second thread, an attribution beside a prediction. With `--test` every bench runs once behind the same gate.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench measures and talks"
)]

#[allow(unreachable_pub, reason = "the crate above has it as a module of its own")]
#[path = "../../src/testing.rs"]
mod testing;

use std::hint::black_box;

use criterion::Criterion;
use oms_learn::{Boosted, Boosting, Loss, Sample, Table, score};

use testing::noise;

const LEVELS: [f64; 15] =
    [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99];
const ROWS: usize = 30_000;
const COLUMNS: u64 = 20;
/// Measured 0.275; a gate closes for a mistake and not for a tie.
const GATE: f64 = 0.29;

/// Rows whose level and spread hang on four of the columns.
fn world(from: usize) -> (Table, Vec<f64>) {
    let rows = from..from + ROWS;
    let column = |at: u64| rows.clone().map(|row| noise(at, row)).collect();
    let table = (0..COLUMNS)
        .fold(Table::new(), |table, at| table.with_numbers(format!("x{at}"), column(at)).unwrap());
    let y = |row: usize| {
        let [a, b, c, d] = [0, 1, 2, 3].map(|at| noise(at, row));
        let level = 5.0 + 10.0 * a * b + if c > 0.7 { 8.0 } else { 0.0 };
        level + (1.0 + 6.0 * d) * (noise(99, row) - 0.5)
    };
    let target = rows.clone().map(y).collect();
    (table, target)
}

fn quantiles(levels: &[f64], threads: usize, sample: &Sample<'_>) -> Boosted {
    let options = Boosting { rounds: 60, rate: 0.1, bins: 128, threads, ..Boosting::default() };
    options.fit(sample, None, &Loss::Quantiles { levels: levels.to_vec() }).unwrap()
}

/// Mean pinball loss over the levels.
fn loss(actual: &[f64], said: impl Fn(usize, usize) -> f64) -> f64 {
    let of = |at: usize| {
        let column: Vec<f64> = (0..actual.len()).map(|row| said(row, at)).collect();
        score::mean_pinball(actual, &column, LEVELS[at]).unwrap()
    };
    (0..LEVELS.len()).map(of).sum::<f64>() / LEVELS.len() as f64
}

fn main() {
    let (table, target) = world(0);
    let sample = Sample::new(&table, &target).unwrap();
    let (other, actual) = world(ROWS);
    let model = quantiles(&LEVELS, 1, &sample);
    let said = model.predict(&other).unwrap();
    let mut sorted = target.clone();
    sorted.sort_by(f64::total_cmp);
    let still = LEVELS.map(|level| sorted[(level * ROWS as f64) as usize]);
    let ours = loss(&actual, |row, at| said[[row, at]]);
    let beside = ours / loss(&actual, |_, at| still[at]);
    println!("pinball loss {ours:.4}, {:.1} % of static quantiles'", beside * 100.0);
    assert!(beside <= GATE, "{beside} of the loss of static quantiles, the gate is {GATE}");

    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    for (name, levels, threads) in [
        ("fit/1 level", &LEVELS[7..8], 1),
        ("fit/15 levels", &LEVELS[..], 1),
        ("fit/15 levels, 2 threads", &LEVELS[..], 2),
    ] {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| quantiles(levels, threads, black_box(&sample)));
        });
    }
    criterion.bench_function("predict/30000 rows, 15 levels", |bencher| {
        bencher.iter(|| model.predict(black_box(&other)).unwrap());
    });
    criterion.bench_function("explain/1 row, 1 level", |bencher| {
        bencher.iter(|| model.explain(black_box(&other), 7, 7).unwrap());
    });
    criterion.final_summary();
}
