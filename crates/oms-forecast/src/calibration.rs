//! What quantiles of a panel were worth: the end of many series is held back, forecast and counted.
//!
//! A model that was chosen on a series' own past looks better there than it is, and a short past shows few of the errors that
//! will come. Both hold for all series of a panel alike. So each level gets a factor on its distance from the median, such
//! that nearly as many of the held back values lie below as should; one for demand that comes now and then, one for any other.
//!
//! # Source
//! Split conformal prediction over exchangeable series: Stankevičiūtė, Alaa and van der Schaar, *Conformal time-series
//! forecasting*, NeurIPS 2021.

use crate::levels::Levels;

/// Fewer values than this prove nothing.
const LEAST: f64 = 200.0;
/// Factors that are believed.
const FACTORS: (f64, f64) = (0.8, 2.5);
/// How much of a factor is taken: the rest comes from judging a past that is shorter than the one at hand. Chosen by looking
/// at the sets of the M3 competition and at automotive parts.
const TRUST: f64 = 0.6;

/// A factor for each level.
#[derive(Clone, Debug)]
pub(crate) struct Calibration {
    levels: Levels,
    factors: Vec<f64>,
}

/// Values that came, each with the quantiles that it had.
#[derive(Debug)]
pub(crate) struct Held {
    levels: Levels,
    came: Vec<(f64, Vec<f64>)>,
}

/// At the usual levels.
impl Default for Held {
    fn default() -> Self {
        Self::new(Levels::default())
    }
}

impl Held {
    pub(crate) fn new(levels: Levels) -> Self {
        Self { levels, came: Vec::new() }
    }

    pub(crate) fn add(&mut self, came: f64, quantiles: Vec<f64>) {
        self.came.push((came, quantiles));
    }

    /// The factors that these ask for; `None` where they are too few.
    pub(crate) fn calibration(&self) -> Option<Calibration> {
        let levels = self.levels.clone();
        let middle = levels.iter().position(|level| level >= 0.5)?;
        if (self.came.len() as f64) < LEAST {
            return None;
        }
        let factors = levels.iter().enumerate().map(|(at, level)| self.factor(level, at, middle));
        let factors = factors.collect();
        Some(Calibration { levels, factors })
    }

    /// The least factor under which enough values lie within a quantile, seen from the median; 1 where they do already,
    /// and not too many.
    fn factor(&self, level: f64, at: usize, middle: usize) -> f64 {
        if at == middle {
            return 1.0;
        }
        let side = if at > middle { 1.0 } else { -1.0 };
        let wanted = self.came.len() as f64 * f64::max(level, 1.0 - level);
        let (mut within, mut below, mut ratios) = (0.0, 0.0, Vec::new());
        let mut fixed = 0.0;
        for (came, quantiles) in &self.came {
            let (off, far) =
                (side * (came - quantiles[middle]), side * (quantiles[at] - quantiles[middle]));
            within += if off <= far { 1.0 } else { 0.0 };
            below += if off < far { 1.0 } else { 0.0 };
            if far > 0.0 {
                ratios.push(off / far);
            } else if off <= far {
                fixed += 1.0;
            }
        }
        if within >= wanted && below <= wanted {
            return 1.0;
        }
        ratios.sort_by(f64::total_cmp);
        let needed = (wanted - fixed).ceil().max(1.0) as usize - 1;
        let factor = ratios.get(needed).or(ratios.last()).copied().unwrap_or(1.0);
        1.0 + (factor.clamp(FACTORS.0, FACTORS.1) - 1.0) * TRUST
    }
}

impl Calibration {
    /// Quantiles of one step as they should have been: each as much further from the median, or nearer.
    pub(crate) fn apply(&self, levels: &Levels, mean: f64, row: &mut [f64]) {
        let middle = levels.iter().position(|level| (level - 0.5).abs() < 1e-9);
        let middle = middle.and_then(|at| row.get(at).copied()).unwrap_or(mean);
        for (level, value) in levels.iter().zip(row) {
            *value = middle + (*value - middle) * self.at(level);
        }
    }

    /// The factor of a level: between two that are known, on the line between them.
    fn at(&self, level: f64) -> f64 {
        let known = self.levels.iter().zip(&self.factors);
        let mut before = None::<(f64, f64)>;
        for (at, factor) in known {
            if at >= level {
                let Some((low, less)) = before else { return *factor };
                return less + (factor - less) * (level - low) / (at - low);
            }
            before = Some((at, *factor));
        }
        before.map_or(1.0, |(_, factor)| factor)
    }
}

#[cfg(test)]
mod tests {
    use super::{Held, TRUST};
    use crate::levels::Levels;

    // Goal: quantiles that are half as wide as they should be go most of the way, those that are right stay. Method: values
    // spread evenly between -1 and 1.
    #[test]
    fn widened() {
        let levels = Levels::default();
        for (width, wanted) in [(0.5, 2.0), (1.0, 1.0)] {
            let mut held = Held::default();
            for at in 0..1000 {
                let came = f64::from(at) / 500.0 - 0.999;
                held.add(came, levels.iter().map(|level| (2.0 * level - 1.0) * width).collect());
            }
            let found = held.calibration().unwrap();
            let mut row: Vec<f64> =
                levels.iter().map(|level| (2.0 * level - 1.0) * width).collect();
            found.apply(&levels, 0.0, &mut row);
            for (value, level) in row.iter().zip(levels.iter()) {
                let right = (2.0 * level - 1.0) * width * (1.0 + (wanted - 1.0) * TRUST);
                assert!((value - right).abs() < 0.02, "{width} {level}: {value}");
            }
        }
    }
}
