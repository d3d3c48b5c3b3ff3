//! Learners, proven: against figures of others, by laws, and on tables that are none.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "test code"
)]

mod attributions;
mod bad_input;
mod boosting;
mod bytes;
mod calibration;
mod oracles;
#[allow(unreachable_pub, reason = "the crate above has it as a module of its own")]
#[path = "../../src/testing.rs"]
mod testing;

use oms_learn::Table;
use testing::noise;

/// A table of chance with gaps and a column of categories, and a target that depends on it.
fn world(rows: usize, seed: u64) -> (Table, Vec<f64>) {
    let column = |at: u64| (0..rows).map(|row| noise(seed * 100 + at, row)).collect::<Vec<f64>>();
    let (price, mut age, chance) = (column(1), column(2), column(3));
    let color: Vec<f64> = column(4).into_iter().map(|x| (x * 5.0).floor()).collect();
    age.iter_mut()
        .zip(column(5))
        .filter(|(_, gap)| *gap < 0.2)
        .for_each(|(age, _)| *age = f64::NAN);
    let sold = |row: usize| {
        let age = if age[row].is_nan() { 3.0 } else { age[row] * 2.0 };
        let color = if color[row] == 3.0 { 4.0 } else { 0.0 };
        (8.0 - 6.0 * price[row] + age + color) * (0.5 + chance[row])
    };
    let target = (0..rows).map(sold).collect();
    let table = Table::new()
        .with_numbers("price", price)
        .and_then(|table| table.with_numbers("age", age))
        .and_then(|table| table.with_categories("color", color));
    (table.unwrap(), target)
}
