//! Straight lines through neighbors, the nearer the heavier: what a season's places and a trend are smoothed with, and
//! the decomposition that is made of it.
//!
//! # Source
//! Cleveland, Cleveland, McRae and Terpenning, *STL: a seasonal-trend decomposition procedure based on loess*, Journal of
//! Official Statistics 6, 1990: the inner loop, without robustness weights.

/// Passes of the inner loop.
const PASSES: usize = 2;
/// Of a wide window only so many points are smoothed, with straight lines between them.
const JUMPS: usize = 10;

/// Smooths over the `window` nearest of equally spaced values, at each position from `before` steps before the first to
/// `after` steps after the last.
///
/// # Cost
/// `10·(n + before + after)` products for a window of any width.
fn smoothed(values: &[f64], window: usize, before: usize, after: usize) -> Vec<f64> {
    let n = values.len();
    let count = n + before + after;
    let jump = window.div_ceil(JUMPS).max(1);
    let mut found = vec![0.0; count];
    let mut last: Option<usize> = None;
    let mut at = 0;
    while at < count {
        found[at] = point(values, window, at as f64 - before as f64);
        if let Some(last) = last {
            let (from, to, width) = (found[last], found[at], (at - last) as f64);
            for (step, value) in found[last + 1..at].iter_mut().enumerate() {
                *value = from + (to - from) * (step + 1) as f64 / width;
            }
        }
        last = Some(at);
        at = if at + jump < count || at + 1 == count { at + jump } else { count - 1 };
    }
    found
}

/// The weighted straight line through the nearest values, at one position.
fn point(values: &[f64], window: usize, at: f64) -> f64 {
    let n = values.len();
    let width = window.min(n);
    let from = (at - (width as f64 - 1.0) / 2.0).round().clamp(0.0, (n - width) as f64) as usize;
    let near = &values[from..from + width];
    let far = (at - from as f64).abs().max(((from + width - 1) as f64 - at).abs());
    // A window beyond the data reaches as much further.
    let reach = far + (window - width) as f64 / 2.0;
    let (mut w, mut wx, mut wy, mut wxx, mut wxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (step, y) in near.iter().enumerate() {
        let x = (from + step) as f64 - at;
        let off = x.abs() / reach.max(1e-12);
        let weight = if off < 0.999 { (1.0 - off * off * off).powi(3) } else { 0.0 };
        let weight = if off <= 0.001 { 1.0 } else { weight };
        (w, wx, wy) = (w + weight, wx + weight * x, wy + weight * y);
        (wxx, wxy) = (wxx + weight * x * x, wxy + weight * x * y);
    }
    if w <= 0.0 {
        return near.iter().sum::<f64>() / width as f64;
    }
    let spread = w * wxx - wx * wx;
    if spread <= 1e-9 * w * wxx { wy / w } else { (wxx * wy - wx * wxy) / spread }
}

/// Means over a sliding window.
fn averages(values: &[f64], width: usize) -> Vec<f64> {
    values.windows(width).map(|window| window.iter().sum::<f64>() / width as f64).collect()
}

/// The season in values, amount by step, its places smoothed over `window` seasons.
pub(crate) fn season_of(values: &[f64], season: usize, window: usize) -> Vec<f64> {
    let n = values.len();
    let odd = |width: f64| {
        let width = width.ceil() as usize;
        width + usize::from(width.is_multiple_of(2))
    };
    let trend_window = odd(1.5 * season as f64 / (1.0 - 1.5 / window as f64));
    let low_window = odd(season as f64);
    let mut trend = vec![0.0; n];
    let mut seasonal = vec![0.0; n];
    for _ in 0..PASSES {
        // Places, each smoothed by itself, with one season more on either side.
        let mut cycle = vec![0.0; n + 2 * season];
        for place in 0..season {
            let steps = (place..n).step_by(season);
            let own: Vec<f64> = steps.map(|step| values[step] - trend[step]).collect();
            let whole = smoothed(&own, window, 1, 1);
            cycle[place..].iter_mut().step_by(season).zip(whole).for_each(|(to, from)| *to = from);
        }
        let low = averages(&averages(&averages(&cycle, season), season), 3);
        let low = smoothed(&low, low_window, 0, 0);
        for (step, at) in seasonal.iter_mut().enumerate() {
            *at = cycle[step + season] - low[step];
        }
        let rest: Vec<f64> = values.iter().zip(&seasonal).map(|(y, s)| y - s).collect();
        trend = smoothed(&rest, trend_window, 0, 0);
    }
    seasonal
}

#[cfg(test)]
mod tests {
    use super::{season_of, smoothed};

    // Goal: a straight line stays one, beyond its ends too. Method: a slope, with windows of every kind.
    #[test]
    fn lines_stay() {
        let line: Vec<f64> = (0..40).map(|t| 3.0 + 0.5 * f64::from(t)).collect();
        for window in [3, 7, 25, 61] {
            for (at, value) in smoothed(&line, window, 2, 3).iter().enumerate() {
                assert!((value - (2.0 + 0.5 * at as f64)).abs() < 1e-9, "{window} {at} {value}");
            }
        }
    }

    // Goal: a season is found, whatever the trend. Method: amounts that sum to nothing on a slope.
    #[test]
    fn season_is_found() {
        let amounts = [4.0, -1.0, -2.0, 3.0, -4.0];
        let values: Vec<f64> = (0..60).map(|t| 10.0 + 0.3 * t as f64 + amounts[t % 5]).collect();
        for (t, found) in season_of(&values, 5, 11).iter().enumerate() {
            assert!((found - amounts[t % 5]).abs() < 0.05, "{t} {found}");
        }
    }
}
