//! Forecasts of the past, made as if nothing after them were known.
//!
//! # Law
//! A forecast from an origin is made from the steps before it alone.

use ndarray::Array2;
use oms_learn::score::pinball;

use crate::forecaster::Forecaster;
use crate::levels::Levels;
use crate::past::Past;
use crate::spread::Spread;

/// Origins of a short history, and of one so long that a fit costs.
const ORIGINS: usize = 20;
const ORIGINS_LONG: usize = 10;
const LONG: usize = 400;
/// Fewer origins tell nothing.
const LEAST: usize = 4;

/// Where forecasts start: numbers of steps that are known, evenly apart, the last one step before the end. Empty where the
/// history is too short.
pub(crate) fn origins(past: &Past<'_>, horizon: usize) -> Vec<usize> {
    let n = past.values().len();
    let known = (2 * past.season() + 2).max(n / 2).max(4);
    // Half of the history teaches: before that, a season has been seen twice where that is possible at all.
    let known = if known + LEAST > n { n / 2 } else { known };
    let Some(room) = n.checked_sub(known).filter(|room| *room >= LEAST && known >= 3) else {
        return Vec::new();
    };
    let most = if n > LONG { ORIGINS_LONG } else { ORIGINS };
    let count = room.min(most);
    let room = room.min(count * horizon.max(1));
    (1..=count).map(|k| n - 1 - (count - k) * (room - 1) / (count - 1)).collect()
}

/// What one model did on all origins.
#[derive(Debug)]
pub(crate) struct Trial {
    /// Actual less mean; not a number where nothing was seen or the history ends.
    ///
    /// Shape: `(n_origins, horizon)`
    pub(crate) errors: Array2<f64>,
    /// Mean pinball loss over all steps and the usual levels.
    pinball: f64,
    /// Root of the mean squared error.
    deviation: f64,
}

impl Trial {
    pub(crate) fn pinball(&self) -> f64 {
        self.pinball
    }

    pub(crate) fn deviation(&self) -> f64 {
        self.deviation
    }
}

/// Tries a model on all origins. `None` where it has no answer at one of them, or one that is no number.
pub(crate) fn tried(
    model: &dyn Forecaster,
    past: &Past<'_>,
    origins: &[usize],
    horizon: usize,
) -> Option<Trial> {
    let levels = Levels::default();
    // Weights come from before the first origin, and are honest at all of them.
    let first = origins.first().map(|first| past.first(*first))?;
    let learned = model.with_weights(&first);
    let model = learned.as_deref().unwrap_or(model);
    let mut errors = Array2::from_elem((origins.len(), horizon), f64::NAN);
    let (mut own, mut tally) = (false, Tally::default());
    let fits = model.fit_each(past, origins).ok().filter(|fits| fits.len() == origins.len())?;
    for (row, (&origin, fitted)) in origins.iter().zip(fits).enumerate() {
        let steps = horizon.min(past.values().len() - origin);
        let mean = fitted.mean(steps);
        if mean.len() != steps || !mean.iter().all(|value| value.is_finite()) {
            return None;
        }
        for step in (0..steps).filter(|step| past.seen()[origin + step]) {
            errors[[row, step]] = past.values()[origin + step] - mean[step];
        }
        let Some(quantiles) = fitted.quantiles(steps, &levels) else { continue };
        if quantiles.dim() != (steps, levels.len()) {
            return None;
        }
        own = true;
        for step in (0..steps).filter(|step| past.seen()[origin + step]) {
            let actual = past.values()[origin + step];
            tally.add(levels.iter().zip(quantiles.row(step)).map(|(p, q)| pinball(actual, *q, p)));
        }
    }
    if !own {
        tally = by_halves(&errors, &levels, past.known().all(|y| y > 0.0));
    }
    let pinball = tally.mean().filter(|loss| loss.is_finite())?;
    let squares = errors
        .iter()
        .filter(|e| e.is_finite())
        .fold((0.0, 0.0), |(sum, n), e| (sum + e * e, n + 1.0));
    Some(Trial { errors, pinball, deviation: (squares.0 / f64::max(squares.1, 1.0)).sqrt() })
}

/// The loss of quantiles that come from errors: every other origin is judged by the errors of those between.
fn by_halves(errors: &Array2<f64>, levels: &Levels, steady: bool) -> Tally {
    let shares: Vec<f64> = levels.iter().collect();
    // One sum for each level, so that no addition waits for the one before.
    let (mut sums, mut count) = (vec![0.0; shares.len()], 0_usize);
    for half in 0..2 {
        let Some(spread) = Spread::of(errors, |row| row % 2 != half, levels, steady) else {
            continue;
        };
        for (_, row) in errors.outer_iter().enumerate().filter(|(row, _)| row % 2 == half) {
            for (step, error) in row.iter().enumerate().filter(|(_, error)| error.is_finite()) {
                let off = shares.iter().zip(spread.row(step));
                let losses = off.map(|(p, quantile)| pinball(*error, quantile, *p));
                sums.iter_mut().zip(losses).for_each(|(sum, loss)| *sum += loss);
                count += shares.len();
            }
        }
    }
    Tally { sum: sums.iter().sum(), count: count as f64 }
}

#[derive(Debug, Default)]
struct Tally {
    sum: f64,
    count: f64,
}

impl Tally {
    fn add(&mut self, losses: impl Iterator<Item = f64>) {
        for loss in losses {
            self.sum += loss;
            self.count += 1.0;
        }
    }

    fn mean(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::origins;
    use crate::series::Series;

    // Goal: origins rise, leave something to forecast and something to learn from. Method: all lengths to 500.
    #[test]
    fn origins_are_sound() {
        for (n, season, horizon) in (1..500).flat_map(|n| [(n, 1, 1), (n, 12, 18), (n, 7, 28)]) {
            let series = Series::new("S", season, vec![Some(1.0); n]).unwrap();
            let found = origins(&series.past(), horizon);
            assert!(found.windows(2).all(|two| two[0] < two[1]), "{n} {season} {found:?}");
            assert!(found.iter().all(|origin| (3..n).contains(origin)), "{n} {season} {found:?}");
            assert!(n < 12 || found.len() >= 4, "{n} {season} {found:?}");
        }
    }
}
