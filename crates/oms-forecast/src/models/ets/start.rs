//! Where a search begins: a rough season, and a line through what is left of the first steps.

use super::form::{EtsForm, EtsSeason, EtsTrend};
use super::recursion::States;

/// Steps that the first line goes through, two seasons where there is one.
const FIRST: usize = 10;

/// States before the first step. `None` where some place of the season was never seen, or a factor is not above zero.
///
/// Values that were not seen are not numbers.
pub(crate) fn start(y: &[f64], places: usize, form: EtsForm) -> Option<States> {
    let season = match form.season {
        EtsSeason::None => Vec::new(),
        _ => indices(y, places, form.season == EtsSeason::Multiplicative)?,
    };
    let without = |step: usize| match form.season {
        EtsSeason::None => y[step],
        EtsSeason::Additive => y[step] - season[step % places],
        EtsSeason::Multiplicative => y[step] / season[step % places],
    };
    let first = y.len().min(FIRST.max(2 * places));
    let (mut n, mut t, mut v, mut tt, mut tv) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for step in (0..first).filter(|step| !y[*step].is_nan()) {
        let (at, value) = ((step + 1) as f64, without(step));
        (n, t, v, tt, tv) = (n + 1.0, t + at, v + value, tt + at * at, tv + at * value);
    }
    if n == 0.0 {
        return None;
    }
    let spread = n * tt - t * t;
    let slope = if spread > 0.0 { (n * tv - t * v) / spread } else { 0.0 };
    let (level, trend) =
        if form.trend == EtsTrend::None { (v / n, 0.0) } else { ((v - slope * t) / n, slope) };
    // A start below zero is no start where all must be above it.
    let (level, trend) =
        if form.is_positive() && level <= 0.0 { (v / n, 0.0) } else { (level, trend) };
    Some(States { level, trend, season, place: 0 })
}

/// What is left beside a moving average over a season, by place: amounts that sum to nothing, or factors around 1.
fn indices(y: &[f64], places: usize, factors: bool) -> Option<Vec<f64>> {
    let (mut sums, mut counts) = (vec![0.0; places], vec![0.0; places]);
    let half = places / 2;
    for middle in half..y.len().saturating_sub(half) {
        if y[middle].is_nan() {
            continue;
        }
        let (mut sum, mut weight) = (0.0, 0.0);
        for (ahead, y) in y[middle - half..=middle + half].iter().enumerate() {
            // Over an even season the ends count half.
            let end = places.is_multiple_of(2) && (ahead == 0 || ahead == 2 * half);
            let share = if end { 0.5 } else { 1.0 };
            if !y.is_nan() {
                (sum, weight) = (sum + share * y, weight + share);
            }
        }
        let average = sum / weight;
        sums[middle % places] += if factors { y[middle] / average } else { y[middle] - average };
        counts[middle % places] += 1.0;
    }
    let mut found: Vec<f64> = sums.iter().zip(&counts).map(|(sum, count)| sum / count).collect();
    let mean = found.iter().sum::<f64>() / places as f64;
    for index in &mut found {
        *index = if factors { *index / mean } else { *index - mean };
    }
    let sound = |index: &f64| index.is_finite() && (!factors || *index > 0.01);
    found.iter().all(sound).then_some(found)
}
