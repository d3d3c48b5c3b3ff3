//! Learns from matrices in files and says how good it was and how long it took: the other side of a comparison.
//!
//! `matrix PREFIX COLUMNS ROUNDS LEAVES BINS TAILS [THREADS]` reads little-endian floats of 8 bytes, row after row:
//! `PREFIX.F` and `PREFIX.G` are what to learn from and its target, `PREFIX.X` and `PREFIX.Y` what is judged.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example measures and talks"
)]

use std::time::Instant;

use oms_learn::{Boosting, Loss, Sample, Table, score};

const LEVELS: [f64; 15] =
    [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99];

fn floats(path: &str) -> Vec<f64> {
    let bytes = std::fs::read(path).unwrap();
    bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
}

fn table(path: &str, columns: usize) -> Table {
    let all = floats(path);
    let column = |at: usize| all.iter().skip(at).step_by(columns).copied().collect();
    (0..columns)
        .fold(Table::new(), |table, at| table.with_numbers(format!("x{at}"), column(at)).unwrap())
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, usual: f64| arguments.get(at).map_or(usual, |a| a.parse().unwrap());
    let path = |part: &str| format!("{}.{part}", arguments[0]);
    let columns = arguments[1].parse().unwrap();
    let (train, test) = (table(&path("F"), columns), table(&path("X"), columns));
    let (target, actual) = (floats(&path("G")), floats(&path("Y")));
    let sample = Sample::new(&train, &target).unwrap();
    let mut options = Boosting {
        rounds: arguments[2].parse().unwrap(),
        leaves: arguments[3].parse().unwrap(),
        bins: arguments[4].parse().unwrap(),
        tails: number(5, 0.5),
        threads: arguments.get(6).map_or(1, |threads| threads.parse().unwrap()),
        rate: number(7, 0.06),
        rows_in_leaf: arguments.get(8).map_or(80, |rows| rows.parse().unwrap()),
        row_share: number(9, 0.7),
        column_share: number(10, 0.7),
        ..Boosting::default()
    };
    let start = Instant::now();
    let loss = Loss::Quantiles { levels: LEVELS.to_vec() };
    let model = options.fit(&sample, None, &loss).unwrap();
    let learned = start.elapsed().as_secs_f64();
    let said = model.predict(&test).unwrap();
    let pinballs: Vec<f64> = LEVELS
        .iter()
        .enumerate()
        .map(|(at, level)| score::mean_pinball(&actual, &said.column(at).to_vec(), *level).unwrap())
        .collect();
    let all = start.elapsed().as_secs_f64();
    let mean = pinballs.iter().sum::<f64>() / pinballs.len() as f64;
    println!("quantiles: {learned:.2} s, with prediction {all:.2} s, pinball {mean:.6}");
    println!("{pinballs:.5?}");
    let start = Instant::now();
    options.rounds = 200;
    let loss = Loss::Tweedie { power: 1.2 };
    let model = options.fit(&sample, None, &loss).unwrap();
    let said = model.predict(&test).unwrap().column(0).to_vec();
    let error = score::rmse(&actual, &said).unwrap();
    println!("mean: {:.2} s, squared error {:.5}", start.elapsed().as_secs_f64(), error * error);
}
