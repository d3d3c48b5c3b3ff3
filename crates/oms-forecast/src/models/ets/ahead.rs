//! What the states say of the steps ahead: mean, variance, quantiles.
//!
//! # Source
//! Hyndman, Koehler, Ord and Snyder, 2008, chapter 6: class 1 and 2 exactly; class 3 (factors under shares) by its
//! first-order formula, exact within a season.

use ndarray::Array2;

use super::form::{EtsError, EtsForm, EtsSeason};
use super::recursion::{States, Weights};
use crate::forecaster::Fitted;
use crate::levels::Levels;
use crate::spread::normal_quantile;

/// A form at the end of a past. Values are `unit` times larger outside.
#[derive(Clone, Debug)]
pub(crate) struct Ahead {
    pub(crate) form: EtsForm,
    pub(crate) weights: Weights,
    pub(crate) states: States,
    pub(crate) variance: f64,
    pub(crate) unit: f64,
}

impl Ahead {
    /// Level with damped trend, and season, of each step.
    pub(crate) fn parts(&self, horizon: usize) -> Vec<(f64, f64)> {
        let States { level, trend, season, place } = &self.states;
        let none = if self.form.season == EtsSeason::Multiplicative { 1.0 } else { 0.0 };
        let (mut weight, mut power) = (0.0, 1.0);
        let step = |ahead: usize| {
            power *= self.weights.phi;
            weight += power;
            let here = season.get((place + ahead) % season.len().max(1)).copied().unwrap_or(none);
            (level + weight * trend, here)
        };
        (0..horizon).map(step).collect()
    }

    fn expected(&self, (line, here): (f64, f64)) -> f64 {
        if self.form.season == EtsSeason::Multiplicative { line * here } else { line + here }
    }

    /// Variance of each step, in squared units of a fit.
    fn variances(&self, parts: &[(f64, f64)]) -> Vec<f64> {
        let Weights { alpha, beta, gamma, phi } = self.weights;
        let places = self.states.season.len();
        let factors = self.form.season == EtsSeason::Multiplicative;
        // What an error of `j` steps before is worth now.
        let (mut weight, mut power) = (0.0, 1.0);
        let mut worth: Vec<f64> = Vec::with_capacity(parts.len());
        for j in 1..=parts.len() {
            power *= phi;
            weight += power;
            let again = places > 0 && !factors && j % places == 0;
            worth.push(alpha + beta * weight + if again { gamma } else { 0.0 });
        }
        if self.form.error == EtsError::Additive {
            let mut sum = 1.0;
            let step = |worth: &f64| {
                let now = self.variance * sum;
                sum += worth * worth;
                now
            };
            return worth.iter().map(step).collect();
        }
        let mut squares: Vec<f64> = Vec::with_capacity(parts.len());
        let mut found = Vec::with_capacity(parts.len());
        for (step, (line, here)) in parts.iter().enumerate() {
            let middle = if factors { *line } else { line + here };
            let gone: f64 =
                (1..=step).map(|j| worth[j - 1] * worth[j - 1] * squares[step - j]).sum();
            let square = middle * middle + self.variance * gone;
            squares.push(square);
            let seasons = step.checked_div(places).unwrap_or_default() as f64;
            let more =
                if factors { (1.0 + gamma * gamma * self.variance).powf(seasons) } else { 1.0 };
            let variance = square * (1.0 + self.variance) * more - middle * middle;
            found.push(if factors { variance * here * here } else { variance });
        }
        found
    }
}

impl Fitted for Ahead {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        self.parts(horizon).into_iter().map(|parts| self.unit * self.expected(parts)).collect()
    }

    fn quantiles(&self, horizon: usize, levels: &Levels) -> Option<Array2<f64>> {
        let parts = self.parts(horizon);
        let sizes: Vec<f64> = self.variances(&parts).into_iter().map(f64::sqrt).collect();
        let at: Vec<f64> = levels.iter().map(normal_quantile).collect();
        Some(Array2::from_shape_fn((horizon, levels.len()), |(step, level)| {
            self.unit * (self.expected(parts[step]) + at[level] * sizes[step])
        }))
    }
}

/// Several forms at the end of a past, with weights that sum to 1.
#[derive(Clone, Debug)]
pub(crate) struct Mixed {
    pub(crate) parts: Vec<(f64, Ahead)>,
}

impl Fitted for Mixed {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        let mut sum = vec![0.0; horizon];
        for (weight, part) in &self.parts {
            sum.iter_mut().zip(part.mean(horizon)).for_each(|(sum, mean)| *sum += weight * mean);
        }
        sum
    }

    fn quantiles(&self, horizon: usize, levels: &Levels) -> Option<Array2<f64>> {
        let mut sum = Array2::zeros((horizon, levels.len()));
        for (weight, part) in &self.parts {
            sum.scaled_add(*weight, &part.quantiles(horizon, levels)?);
        }
        Some(sum)
    }
}
