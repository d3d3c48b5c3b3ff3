//! Which orders: differences by what tests say, the rest by steps towards the least criterion of Akaike.
//!
//! # Source
//! Hyndman and Khandakar, *Automatic time series forecasting: the forecast package for R*, Journal of Statistical Software
//! 27, 2008; the test of Kwiatkowski, Phillips, Schmidt and Shin, Journal of Econometrics 54, 1992; strength of a season:
//! Wang, Smith and Hyndman, *Characteristic-based clustering for time series data*, Data Mining and Knowledge Discovery 13,
//! 2006.

use super::fit::{Differenced, Found, Room, by_likelihood, by_squares};
use super::order::{ArimaOrder, MOST_SEASON};
use crate::decomposition::{Season, average};

/// A season that explains more than this of what is left beside the trend is differenced away.
const STRONG: f64 = 0.64;
/// The test's value at 5 %.
const AT_5: f64 = 0.463;
const MOST_DIFFERENCES: usize = 2;
/// Orders of steps and of seasons, and of all together, up to which a search goes.
const MOST: (usize, usize, usize) = (3, 2, 5);
/// Models that one search looks at.
const MOST_MODELS: usize = 40;
/// With fewer seasons than this of what differences leave, orders of the season are not told apart.
const LEAST_SEASONS: usize = 3;

/// The best orders that a search finds for values in a unit of their own; what was not seen is not a number.
pub(crate) fn chosen(y: &[f64], stand_ins: &[f64], season: usize) -> Option<Found> {
    let season = if season <= MOST_SEASON && y.len() >= 3 * season { season } else { 1 };
    let (seasonal, steps) = differences(y, stand_ins, season);
    let base = ArimaOrder {
        differences: steps,
        seasonal_differences: seasonal,
        constant: seasonal + steps <= 1,
        ..ArimaOrder::default()
    };
    let past = Differenced::of(y, &base, season);
    if past.is_flat() {
        return by_squares(&past, base, &mut Room::default());
    }
    let seasons = season > 1 && past.values.len() >= LEAST_SEASONS * season;
    let mut search =
        Search { past: &past, seasons, seen: Vec::new(), best: None, room: Room::default() };
    let with = |ar: usize, ma: usize, rest: usize| {
        let rest = if seasons { rest } else { 0 };
        ArimaOrder { ar, ma, seasonal_ar: rest, seasonal_ma: rest, ..base }
    };
    let only = |ar: usize, ma: usize| {
        let rest = usize::from(seasons);
        ArimaOrder { ar, ma, seasonal_ar: ar * rest, seasonal_ma: ma * rest, ..base }
    };
    for order in [with(2, 2, 1), with(0, 0, 0), only(1, 0), only(0, 1)] {
        search.look(order);
    }
    if base.constant {
        search.look(ArimaOrder { constant: false, ..base });
    }
    while search.step(base.constant) {}
    search.best.map(|best| by_likelihood(&past, best))
}

/// Differences of the season and of steps.
fn differences(y: &[f64], stand_ins: &[f64], season: usize) -> (usize, usize) {
    let seasonal = usize::from(season > 1 && strength(stand_ins, season) > STRONG);
    let order = |differences| ArimaOrder {
        differences,
        seasonal_differences: seasonal,
        ..ArimaOrder::default()
    };
    let wanders = |steps: &usize| {
        let past = Differenced::of(y, &order(*steps), season);
        let known: Vec<f64> = past.values.into_iter().filter(|y| !y.is_nan()).collect();
        wanders(&known)
    };
    (seasonal, (0..MOST_DIFFERENCES).find(|steps| !wanders(steps)).unwrap_or(MOST_DIFFERENCES))
}

/// The share of what moves beside the trend that the season explains.
fn strength(y: &[f64], season: usize) -> f64 {
    let (n, half) = (y.len(), season / 2);
    let Some(found) = Season::of(y, season, false) else { return 0.0 };
    let rest: Vec<(f64, f64)> = (half..n - half)
        .map(|step| (step, y[step] - average(y, season, step)))
        .map(|(step, beside)| (beside, beside - found.at(step)))
        .collect();
    let spread = |of: fn(&(f64, f64)) -> f64| {
        let mean = rest.iter().map(of).sum::<f64>() / rest.len() as f64;
        rest.iter().map(|pair| (of(pair) - mean).powi(2)).sum::<f64>()
    };
    let (all, left) = (spread(|pair| pair.0), spread(|pair| pair.1));
    if all > 0.0 { 1.0 - left / all } else { 0.0 }
}

/// Whether values have no level of their own, by the test's statistic.
fn wanders(y: &[f64]) -> bool {
    let n = y.len() as f64;
    if y.len() < 4 {
        return false;
    }
    let mean = y.iter().sum::<f64>() / n;
    let lags = (3.0 * n.sqrt() / 13.0) as usize;
    let apart = |lag: usize| -> f64 {
        y.iter().zip(&y[lag..]).map(|(one, two)| (one - mean) * (two - mean)).sum::<f64>() / n
    };
    let share = |lag: usize| 1.0 - lag as f64 / (lags + 1) as f64;
    let variance = apart(0) + 2.0 * (1..=lags).map(|lag| share(lag) * apart(lag)).sum::<f64>();
    let (mut sum, mut squares) = (0.0, 0.0);
    for value in y {
        sum += value - mean;
        squares += sum * sum;
    }
    variance > 1e-24 && squares / (n * n * variance) > AT_5
}

/// A walk from orders to their neighbors.
struct Search<'a> {
    past: &'a Differenced,
    seasons: bool,
    seen: Vec<ArimaOrder>,
    best: Option<Found>,
    room: Room,
}

impl Search<'_> {
    /// Fits orders that were not looked at yet; whether they are the best so far.
    fn look(&mut self, order: ArimaOrder) -> bool {
        let within = order.ar.max(order.ma) <= MOST.0
            && order.seasonal_ar.max(order.seasonal_ma) <= if self.seasons { MOST.1 } else { 0 }
            && order.coefficients() <= MOST.2;
        if !within || self.seen.contains(&order) || self.seen.len() >= MOST_MODELS {
            return false;
        }
        self.seen.push(order);
        let Some(found) = by_squares(self.past, order, &mut self.room) else { return false };
        let better = self.best.as_ref().is_none_or(|best| found.aicc < best.aicc);
        if better {
            self.best = Some(found);
        }
        better
    }

    /// Looks at all neighbors of the best; whether one of them is better.
    fn step(&mut self, constants: bool) -> bool {
        let Some(from) = self.best.as_ref().map(|best| best.order) else { return false };
        let mut better = false;
        for (values, errors) in [(1, 0), (0, 1), (1, 1), (1, -1)] {
            for sign in [-1, 1] {
                let moved = |order: usize, by: i32| order.checked_add_signed((sign * by) as isize);
                if let (Some(ar), Some(ma)) = (moved(from.ar, values), moved(from.ma, errors)) {
                    better |= self.look(ArimaOrder { ar, ma, ..from });
                }
                if let (Some(seasonal_ar), Some(seasonal_ma)) =
                    (moved(from.seasonal_ar, values), moved(from.seasonal_ma, errors))
                {
                    better |= self.look(ArimaOrder { seasonal_ar, seasonal_ma, ..from });
                }
            }
        }
        if constants {
            better |= self.look(ArimaOrder { constant: !from.constant, ..from });
        }
        better
    }
}

#[cfg(test)]
mod tests {
    use oms_learn::testing::noise;

    use super::{differences, strength, wanders};

    // Goal: what wanders is told from what has a level, and a strong season from a weak one. Method: sums of chance and
    // chance itself, in twenty worlds; a season ten times and a tenth as large as chance.
    #[test]
    fn tests_tell() {
        let (mut walks, mut levels) = (0, 0);
        for world in 0..20 {
            let level: Vec<f64> = (0..150).map(|t| noise(world, t) - 0.5).collect();
            let walk: Vec<f64> = level
                .iter()
                .scan(0.0, |sum, step| {
                    *sum += step;
                    Some(*sum)
                })
                .collect();
            walks += usize::from(wanders(&walk));
            levels += usize::from(!wanders(&level));
            assert!(differences(&level, &level, 1).0 == 0);
        }
        assert!(walks >= 17 && levels >= 17, "{walks} {levels}");
        let season = |size: f64| -> Vec<f64> {
            (0..96).map(|t| size * f64::from(t as u32 % 4) + noise(3, t)).collect()
        };
        assert!(strength(&season(3.0), 4) > 0.9 && strength(&season(0.02), 4) < 0.5);
        assert_eq!(differences(&season(3.0), &season(3.0), 4).0, 1);
    }
}
