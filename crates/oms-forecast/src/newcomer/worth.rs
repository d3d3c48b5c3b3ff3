//! What a value of an attribute is worth: how much larger levels are where it stands, all others being equal.
//!
//! The logarithm of a level is a base and an effect of each of its values, drawn from a distribution of the attribute's own,
//! whose variance is learned with them: a value that few have is worth little, unless values differ much.
//!
//! # Source
//! Random effects, by expectation and maximization one attribute after the other: Laird and Ware, *Random-effects models for
//! longitudinal data*, Biometrics 38, 1982.

use super::elders::Elder;

/// Rounds of learning.
const ROUNDS: usize = 20;
/// No variance is less.
const LEAST: f64 = 1e-6;

/// By the number of a value, what it adds to the logarithm of a level.
pub(super) fn worth(all: &[Elder], attributes: usize, values: usize) -> Vec<f64> {
    let logs: Vec<f64> = all.iter().map(|elder| elder.level.ln()).collect();
    let base = logs.iter().sum::<f64>() / logs.len().max(1) as f64;
    let mut left: Vec<f64> = logs.into_iter().map(|log| log - base).collect();
    let whole = variance(&left, left.len() as f64);
    let (mut worth, mut noise) = (vec![0.0; values], whole);
    let mut spread = vec![whole; attributes];
    let value = |elder: &Elder, at: usize| elder.attributes.get(at).copied().flatten();
    for _ in 0..ROUNDS {
        let mut told = 0.0;
        for (at, spread) in spread.iter_mut().enumerate() {
            let mut sums = vec![(0.0, 0.0); values];
            for (left, elder) in left.iter_mut().zip(all) {
                let Some(value) = value(elder, at) else { continue };
                *left += worth[value as usize];
                let sum = &mut sums[value as usize];
                *sum = (sum.0 + *left, sum.1 + 1.0);
            }
            let pull = noise / *spread;
            let (mut squares, mut count) = (0.0, 0.0);
            for (worth, (sum, n)) in worth.iter_mut().zip(&sums).filter(|(_, (_, n))| *n > 0.0) {
                *worth = sum / (n + pull);
                squares += *worth * *worth + noise / (n + pull);
                count += 1.0;
                told += n / (n + pull);
            }
            if count > 0.0 {
                *spread = (squares / count).max(LEAST);
            }
            for (left, elder) in left.iter_mut().zip(all) {
                *left -= value(elder, at).map_or(0.0, |value| worth[value as usize]);
            }
        }
        noise = variance(&left, left.len() as f64 - told);
    }
    worth
}

/// The mean square over what is free to differ.
fn variance(left: &[f64], free: f64) -> f64 {
    (left.iter().map(|off| off * off).sum::<f64>() / free.max(1.0)).max(LEAST)
}
