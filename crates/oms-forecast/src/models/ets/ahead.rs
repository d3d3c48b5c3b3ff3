//! What the states say of the steps ahead: mean, variance, quantiles.
//!
//! # Source
//! Hyndman, Koehler, Ord and Snyder, 2008, chapter 6: class 1 and 2 exactly; class 3 (factors under shares) by its
//! first-order formula, exact within a season.

use ndarray::Array2;
use oms_learn::normal_quantile;

use super::form::{EtsError, EtsForm, EtsSeason, EtsTrend};
use super::recursion::{States, Weights};
use crate::forecaster::{Fitted, Parts};
use crate::levels::Levels;
use crate::models::state::{LEAST_FACTOR, Reader, Rule, State, StateError, Writer};
use crate::past::Past;

/// A form at the end of a past. Values are `unit` times larger outside.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ahead {
    pub(crate) form: EtsForm,
    pub(crate) weights: Weights,
    pub(crate) states: States,
    /// Of one step; without it the form says nothing of quantiles.
    pub(crate) variance: Option<f64>,
    pub(crate) unit: f64,
}

impl Ahead {
    /// A form of amounts from a given start, run over a past; without a variance.
    pub(crate) fn over(
        trend: EtsTrend,
        season: EtsSeason,
        weights: Weights,
        states: States,
        past: &Past<'_>,
    ) -> Self {
        let form = EtsForm { error: EtsError::Additive, trend, season };
        let mut end = Self { form, weights, states, variance: None, unit: 1.0 };
        let steps = past.values().iter().zip(past.seen());
        steps.for_each(|(y, seen)| end.update(seen.then_some(*y)));
        end
    }

    /// Whether every state is a number.
    pub(crate) fn is_sound(&self) -> bool {
        let States { level, trend, season, .. } = &self.states;
        [*level, *trend].iter().chain(season).all(|state| state.is_finite())
    }

    pub(crate) fn update(&mut self, y: Option<f64>) {
        self.states.step(self.weights, self.form.season, y.map(|y| y / self.unit));
    }

    /// Level with damped trend, and season, of each step, in units of a fit.
    fn lines(&self, horizon: usize) -> Vec<(f64, f64)> {
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

    /// What an error of one, two and more steps before is worth now, factors left aside.
    fn worth(&self, steps: usize) -> Vec<f64> {
        let Weights { alpha, beta, gamma, phi } = self.weights;
        let places = self.states.season.len();
        let amounts = self.form.season == EtsSeason::Additive;
        let (mut weight, mut power) = (0.0, 1.0);
        let step = |j: usize| {
            power *= phi;
            weight += power;
            let again = amounts && j.is_multiple_of(places);
            alpha + beta * weight + if again { gamma } else { 0.0 }
        };
        (1..=steps).map(step).collect()
    }

    /// How large errors of a step ahead are beside those of a next one, by what is left of each error after it; and under
    /// factors times that of the step.
    pub(crate) fn size(&self, ahead: usize) -> f64 {
        let squares: f64 = self.worth(ahead - 1).iter().map(|worth| worth * worth).sum();
        let States { season, place, .. } = &self.states;
        let factor = match self.form.season {
            EtsSeason::Multiplicative => season[(place + ahead - 1) % season.len()].abs(),
            _ => 1.0,
        };
        (1.0 + squares).sqrt() * factor.max(LEAST_FACTOR)
    }

    /// Variance of each step, in squared units of a fit.
    fn variances(&self, lines: &[(f64, f64)], variance: f64) -> Vec<f64> {
        let gamma = self.weights.gamma;
        let places = self.states.season.len();
        let factors = self.form.season == EtsSeason::Multiplicative;
        let worth = self.worth(lines.len());
        if self.form.error == EtsError::Additive {
            let mut sum = 1.0;
            let step = |worth: &f64| {
                let now = variance * sum;
                sum += worth * worth;
                now
            };
            return worth.iter().map(step).collect();
        }
        let mut squares: Vec<f64> = Vec::with_capacity(lines.len());
        let mut found = Vec::with_capacity(lines.len());
        for (step, (line, here)) in lines.iter().enumerate() {
            let middle = if factors { *line } else { line + here };
            let gone: f64 =
                (1..=step).map(|j| worth[j - 1] * worth[j - 1] * squares[step - j]).sum();
            let square = middle * middle + variance * gone;
            squares.push(square);
            let seasons = step.checked_div(places).unwrap_or_default() as f64;
            let more = if factors { (1.0 + gamma * gamma * variance).powf(seasons) } else { 1.0 };
            let wide = square * (1.0 + variance) * more - middle * middle;
            found.push(if factors { wide * here * here } else { wide });
        }
        found
    }
}

impl Ahead {
    pub(crate) fn mean(&self, horizon: usize) -> Vec<f64> {
        self.lines(horizon).into_iter().map(|line| self.unit * self.expected(line)).collect()
    }

    pub(crate) fn quantiles(&self, horizon: usize, levels: &Levels) -> Option<Array2<f64>> {
        let lines = self.lines(horizon);
        let sizes: Vec<f64> =
            self.variances(&lines, self.variance?).into_iter().map(f64::sqrt).collect();
        let at: Vec<f64> = levels.iter().map(normal_quantile).collect();
        Some(Array2::from_shape_fn((horizon, levels.len()), |(step, level)| {
            self.unit * (self.expected(lines[step]) + at[level] * sizes[step])
        }))
    }

    /// Quantiles of the sum of the next steps; closed where errors are amounts and so is the season.
    pub(crate) fn total(&self, steps: usize, levels: &Levels) -> Option<Vec<f64>> {
        if self.form.is_positive() {
            return None;
        }
        let size = self.variance?.sqrt();
        // An error of a step is worth 1 in it, and what is left of it in each step after.
        let (mut worth, mut squares) = (1.0, 1.0);
        for after in self.worth(steps.saturating_sub(1)) {
            worth += after;
            squares += worth * worth;
        }
        let mean: f64 = self.mean(steps).iter().sum();
        let wide = self.unit * size * f64::sqrt(squares);
        Some(levels.iter().map(|level| mean + wide * normal_quantile(level)).collect())
    }

    pub(crate) fn parts(&self, horizon: usize) -> Vec<Parts> {
        let level = self.unit * self.states.level;
        let part = |(line, here)| Parts {
            level,
            trend: self.unit * (line - self.states.level),
            season: self.unit * (self.expected((line, here)) - line),
            ..Parts::default()
        };
        self.lines(horizon).into_iter().map(part).collect()
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        let kinds = [
            usize::from(self.form.error == EtsError::Multiplicative),
            TRENDS.iter().position(|its| *its == self.form.trend).unwrap_or_default(),
            SEASONS.iter().position(|its| *its == self.form.season).unwrap_or_default(),
            usize::from(self.variance.is_some()),
        ];
        // Two bits each.
        out.byte(kinds.iter().fold(0, |byte, kind| byte << 2 | *kind as u8));
        let Weights { alpha, beta, gamma, phi } = self.weights;
        for number in [alpha, beta, gamma, phi, self.states.level, self.states.trend, self.unit] {
            out.number(number);
        }
        self.variance.into_iter().for_each(|variance| out.number(variance));
        out.places(&self.states.season, self.states.place);
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, StateError> {
        let byte = usize::from(from.byte()?);
        let kind = |at: u32| byte >> (2 * at) & 3;
        let (Some(trend), Some(season)) = (TRENDS.get(kind(2)), SEASONS.get(kind(1))) else {
            return Err(StateError::Bytes("there is no such form"));
        };
        let error = if kind(3) == 0 { EtsError::Additive } else { EtsError::Multiplicative };
        if kind(3) > 1 || kind(0) > 1 {
            return Err(StateError::Bytes("there is no such form"));
        }
        let form = EtsForm { error, trend: *trend, season: *season };
        let [alpha, beta] = [from.number()?, from.number()?];
        let weights = Weights { alpha, beta, gamma: from.number()?, phi: from.number()? };
        let (level, trend, unit) = (from.number()?, from.number()?, from.number()?);
        let variance = if kind(0) == 1 { Some(from.number()?) } else { None };
        let (season, place) = from.places()?;
        if season.is_empty() != (form.season == EtsSeason::None) {
            return Err(StateError::Bytes("its season is not that of its form"));
        }
        if unit <= 0.0 || variance.is_some_and(|variance| variance < 0.0) {
            return Err(StateError::Bytes("a unit or a variance below zero"));
        }
        Ok(Self { form, weights, states: States { level, trend, season, place }, variance, unit })
    }
}

const TRENDS: [EtsTrend; 3] = [EtsTrend::None, EtsTrend::Additive, EtsTrend::Damped];
const SEASONS: [EtsSeason; 3] = [EtsSeason::None, EtsSeason::Additive, EtsSeason::Multiplicative];

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

    fn parts(&self, horizon: usize) -> Vec<Parts> {
        let mut sum = vec![Parts::default(); horizon];
        for (weight, part) in &self.parts {
            sum.iter_mut().zip(part.parts(horizon)).for_each(|(sum, part)| sum.add(&part, *weight));
        }
        sum
    }

    fn total(&self, steps: usize, levels: &Levels) -> Option<Vec<f64>> {
        let mut sum = vec![0.0; levels.len()];
        for (weight, part) in &self.parts {
            let own = part.total(steps, levels)?;
            sum.iter_mut().zip(own).for_each(|(sum, own)| *sum += weight * own);
        }
        Some(sum)
    }

    /// That of one form; an average has as many states as forms, and none of them is its own.
    fn state(&self) -> Option<State> {
        let [(_, only)] = self.parts.as_slice() else { return None };
        Some(State::from(Rule::Ets(only.clone())))
    }
}
