//! How good forecasts were.
//!
//! Slices that belong together have one length; where lengths differ, what is beyond the shorter is left out. Errors are
//! forecast less actual. Where nothing can be said - no value, a scale of zero - the answer is `None`, never a number that
//! is none.

/// Pinball loss of a quantile at a level.
///
/// # Source
/// Koenker and Bassett, *Regression quantiles*, Econometrica 46, 1978.
#[must_use]
pub fn pinball(actual: f64, quantile: f64, level: f64) -> f64 {
    let above = actual - quantile;
    if above >= 0.0 { level * above } else { (level - 1.0) * above }
}

/// The mean of pairs, if there are any.
fn mean_of(actual: &[f64], forecast: &[f64], of: impl Fn(f64, f64) -> f64) -> Option<f64> {
    mean(actual.iter().zip(forecast).map(|(actual, forecast)| of(*actual, *forecast)))
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    (count > 0.0).then(|| sum / count)
}

fn ratio(above: f64, below: f64) -> Option<f64> {
    (below > 0.0).then(|| above / below)
}

/// Mean pinball loss of quantiles at one level.
#[must_use]
pub fn mean_pinball(actual: &[f64], quantiles: &[f64], level: f64) -> Option<f64> {
    mean_of(actual, quantiles, |actual, quantile| pinball(actual, quantile, level))
}

/// Mean absolute error.
#[must_use]
pub fn mae(actual: &[f64], forecast: &[f64]) -> Option<f64> {
    mean_of(actual, forecast, |actual, forecast| (forecast - actual).abs())
}

/// Root of the mean squared error.
#[must_use]
pub fn rmse(actual: &[f64], forecast: &[f64]) -> Option<f64> {
    mean_of(actual, forecast, |actual, forecast| (forecast - actual).powi(2)).map(f64::sqrt)
}

/// Mean error: above zero where forecasts were too high.
#[must_use]
pub fn bias(actual: &[f64], forecast: &[f64]) -> Option<f64> {
    mean_of(actual, forecast, |actual, forecast| forecast - actual)
}

/// Absolute errors as a share of all that was.
#[must_use]
pub fn wape(actual: &[f64], forecast: &[f64]) -> Option<f64> {
    let all = mean(actual.iter().map(|actual| actual.abs()))?;
    ratio(mae(actual, forecast)?, all)
}

/// Symmetric mean absolute percentage error, in percent from 0 to 200; two zeros count as right.
#[must_use]
pub fn smape(actual: &[f64], forecast: &[f64]) -> Option<f64> {
    let off = |actual: f64, forecast: f64| {
        let size = actual.abs() + forecast.abs();
        if size > 0.0 { 200.0 * (forecast - actual).abs() / size } else { 0.0 }
    };
    mean_of(actual, forecast, off)
}

/// Errors of a history against itself a season before: the mean of their sizes, and of their squares.
fn naive_errors(history: &[f64], season: usize) -> Option<(f64, f64)> {
    let late = history.get(season.max(1)..)?;
    let size = mean_of(history, late, |early, late| (late - early).abs())?;
    let square = mean_of(history, late, |early, late| (late - early).powi(2))?;
    Some((size, square))
}

/// Mean absolute error, scaled by that of the seasonal naive forecast on the history.
///
/// # Source
/// Hyndman and Koehler, *Another look at measures of forecast accuracy*, International Journal of Forecasting 22, 2006.
#[must_use]
pub fn mase(actual: &[f64], forecast: &[f64], history: &[f64], season: usize) -> Option<f64> {
    ratio(mae(actual, forecast)?, naive_errors(history, season)?.0)
}

/// Root mean squared error, scaled by that of the seasonal naive forecast on the history.
///
/// # Source
/// As [`mase`]; the root of squares is that of the M5 competition.
#[must_use]
pub fn rmsse(actual: &[f64], forecast: &[f64], history: &[f64], season: usize) -> Option<f64> {
    ratio(rmse(actual, forecast)?.powi(2), naive_errors(history, season)?.1).map(f64::sqrt)
}

/// Mean pinball loss, scaled as [`mase`] is.
#[must_use]
pub fn scaled_pinball(
    actual: &[f64],
    quantiles: &[f64],
    level: f64,
    history: &[f64],
    season: usize,
) -> Option<f64> {
    ratio(mean_pinball(actual, quantiles, level)?, naive_errors(history, season)?.0)
}

/// Overall weighted average of the M4 competition: sMAPE and MASE, each beside that of a naive forecast.
#[must_use]
pub fn owa(smape: f64, mase: f64, naive_smape: f64, naive_mase: f64) -> Option<f64> {
    Some((ratio(smape, naive_smape)? + ratio(mase, naive_mase)?) / 2.0)
}

/// Mean interval score: the width of an interval that shall miss a share `alpha`, and `2 / alpha` for each unit missed by.
///
/// # Source
/// Gneiting and Raftery, *Strictly proper scoring rules, prediction, and estimation*, Journal of the American Statistical
/// Association 102, 2007.
#[must_use]
pub fn interval_score(actual: &[f64], low: &[f64], high: &[f64], alpha: f64) -> Option<f64> {
    if alpha <= 0.0 {
        return None;
    }
    let each = actual.iter().zip(low).zip(high).map(|((actual, low), high)| {
        let missed = (low - actual).max(0.0) + (actual - high).max(0.0);
        high - low + 2.0 / alpha * missed
    });
    mean(each)
}

/// Mean interval score, scaled as [`mase`] is.
#[must_use]
pub fn msis(
    actual: &[f64],
    low: &[f64],
    high: &[f64],
    alpha: f64,
    history: &[f64],
    season: usize,
) -> Option<f64> {
    ratio(interval_score(actual, low, high, alpha)?, naive_errors(history, season)?.0)
}

/// Share of actual values from `low` to `high`, both included.
#[must_use]
pub fn coverage(actual: &[f64], low: &[f64], high: &[f64]) -> Option<f64> {
    let inside = actual.iter().zip(low).zip(high);
    mean(inside.map(|((actual, low), high)| f64::from(low <= actual && actual <= high)))
}

/// Mean logarithmic loss of chances that something happens, in nats. A chance of 0 or 1 counts as 1e-15 off.
#[must_use]
pub fn log_loss(happened: &[bool], chances: &[f64]) -> Option<f64> {
    mean(happened.iter().zip(chances).map(|(happened, chance)| {
        let chance = chance.clamp(1e-15, 1.0 - 1e-15);
        if *happened { -chance.ln() } else { -(1.0 - chance).ln() }
    }))
}

/// Area under the receiver operating characteristic: how likely one that happened has the higher score of two. Equal
/// scores count half. `None` unless both kinds are there and all scores are numbers.
///
/// # Source
/// Hanley and McNeil, *The meaning and use of the area under a receiver operating characteristic curve*, Radiology 143,
/// 1982.
#[must_use]
pub fn auc(happened: &[bool], scores: &[f64]) -> Option<f64> {
    let mut pairs: Vec<(f64, bool)> =
        scores.iter().copied().zip(happened.iter().copied()).collect();
    if pairs.iter().any(|(score, _)| score.is_nan()) {
        return None;
    }
    pairs.sort_by(|one, two| one.0.total_cmp(&two.0));
    let (mut below, mut wins, mut events) = (0.0, 0.0, 0.0);
    for tied in pairs.chunk_by(|one, two| one.0 >= two.0) {
        let hits = tied.iter().filter(|(_, happened)| *happened).count() as f64;
        let misses = tied.len() as f64 - hits;
        wins += hits * (below + misses / 2.0);
        below += misses;
        events += hits;
    }
    ratio(wins, events * below)
}
