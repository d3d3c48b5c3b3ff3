//! Level, damped trend and a season that changes: Holt and Winters.
//!
//! # Source
//! Winters, *Forecasting sales by exponentially weighted moving averages*, Management Science 6, 1960; the states as in
//! Hyndman, Koehler, Ord and Snyder, 2008: ETS(A,Ad,A), and with factors the point forecasts of ETS(A,Ad,M).

use super::descent::{Steps, stepped};
use super::ets::recursion::{States, Weights};
use super::ets::{Ahead, EtsSeason, EtsTrend};
use super::state::{Rule, State};
use super::{at_least, filled};
use crate::decomposition::Season;
use crate::forecaster::{Fitted, Forecaster, NotFitted};
use crate::past::Past;

/// Weights and the start of level, trend and season.
#[derive(Clone, Debug, PartialEq)]
pub struct SeasonState {
    /// How far the level goes to each value.
    pub alpha: f64,
    /// How much of an error goes into the trend.
    pub beta: f64,
    /// How much of an error goes into the season.
    pub gamma: f64,
    /// What is left of the trend after a step.
    pub phi: f64,
    /// The level before the first value.
    pub level: f64,
    /// The trend before the first value.
    pub trend: f64,
    /// What the places of the season have, that of the first value first.
    pub season: Vec<f64>,
}

/// Holt-Winters, with a state that is given, or with weights of the least squared error from a decomposed start.
#[derive(Clone, Debug, Default)]
pub struct HoltWinters {
    factors: bool,
    state: Option<SeasonState>,
    /// Weights with a start from the past that is at hand.
    learned: Option<[f64; 4]>,
}

impl HoltWinters {
    /// The season as factors: swings grow with the level. Needs values above zero.
    #[must_use]
    pub fn by_factors() -> Self {
        Self { factors: true, state: None, learned: None }
    }

    /// With these weights, from this start; the season as amounts.
    #[must_use]
    pub fn with_state(state: SeasonState) -> Self {
        Self { factors: false, state: Some(state), learned: None }
    }

    /// Runs from a start over a past.
    fn ended(&self, from: &SeasonState, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        let SeasonState { alpha, beta, gamma, phi, level, trend, season } = from.clone();
        let form = match (self.factors, season.is_empty()) {
            (_, true) => EtsSeason::None,
            (true, false) => EtsSeason::Multiplicative,
            (false, false) => EtsSeason::Additive,
        };
        let start = States { level, trend, season, place: 0 };
        let weights = Weights { alpha, beta, gamma, phi };
        let end = Ahead::over(EtsTrend::Damped, form, weights, start, past);
        if end.is_sound() {
            Ok(Box::new(State::from(Rule::Ets(end))))
        } else {
            Err(self.unsuited("it diverges"))
        }
    }

    fn unsuited(&self, why: &str) -> NotFitted {
        NotFitted::Unsuited { model: self.name().to_owned(), why: why.to_owned() }
    }
}

impl Forecaster for HoltWinters {
    fn name(&self) -> &str {
        if self.factors { "holt_winters_factors" } else { "holt_winters" }
    }

    fn with_weights(&self, past: &Past<'_>) -> Option<Box<dyn Forecaster>> {
        let (values, season) = (&*filled(past), past.season());
        let enough = values.len() >= (2 * season).max(6);
        if self.state.is_some() || self.learned.is_some() || season < 2 || !enough {
            return None;
        }
        let start = Season::of(values, season, self.factors)?;
        Some(Box::new(Self { learned: Some(searched(values, &start)), ..self.clone() }))
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        let season = past.season();
        if let Some(state) = &self.state {
            return self.ended(state, past);
        }
        let values = &*filled(past);
        if season < 2 {
            return Err(self.unsuited("there is no season"));
        }
        at_least((2 * season).max(6), past, self.name())?;
        if self.factors && !values.iter().all(|y| *y > 0.0) {
            return Err(self.unsuited("factors need values above zero"));
        }
        let start = Season::of(values, season, self.factors)
            .ok_or_else(|| self.unsuited("some place of the season hardly sells"))?;
        let at = self.learned.unwrap_or_else(|| searched(values, &start));
        self.ended(&state(first_line(values, &start), &start, at), past)
    }
}

/// Runs over all values, for the squared error.
fn squared(values: &[f64], from: &SeasonState, factors: bool) -> f64 {
    let (mut level, mut trend, mut squares) = (from.level, from.trend, 0.0);
    let mut season = from.season.clone();
    let (places, mut place) = (season.len(), 0);
    for y in values {
        let next = level + from.phi * trend;
        let now = season[place];
        let error = y - if factors { next * now } else { next + now };
        squares += error * error;
        let (to_level, to_season) =
            if factors { (error / now, error / next) } else { (error, error) };
        level = next + from.alpha * to_level;
        trend = from.phi * trend + from.beta * to_level;
        season[place] = now + from.gamma * to_season;
        if factors && (season[place] <= 1e-3 || next <= 0.0) {
            // Beyond this a factor means nothing: no search may end here.
            return f64::INFINITY;
        }
        place = if place + 1 == places { 0 } else { place + 1 };
    }
    squares
}

const STARTS: [[f64; 4]; 4] =
    [[0.1, 0.02, 0.05, 0.97], [0.4, 0.02, 0.1, 0.97], [0.7, 0.05, 0.1, 0.9], [0.2, 0.1, 0.3, 0.9]];

/// Steps along each weight from the best of a few starts.
const STEPS: Steps<4> = Steps {
    low: [0.01, 0.001, 0.001, 0.8],
    high: [0.99, 0.9, 0.9, 0.98],
    first: [0.15, 0.08, 0.1, 0.04],
    shrink: 0.65,
    rounds: 8,
};

/// The weights of the least squared error.
///
/// # Cost
/// About 70 passes.
fn searched(values: &[f64], season: &Season) -> [f64; 4] {
    let line = first_line(values, season);
    stepped(STARTS, &STEPS, |at| squared(values, &state(line, season, at), season.factors))
}

fn state(
    (level, trend): (f64, f64),
    season: &Season,
    [alpha, share, rest, phi]: [f64; 4],
) -> SeasonState {
    let (beta, gamma, season) = (alpha * share, (1.0 - alpha) * rest, season.indices.clone());
    SeasonState { alpha, beta, gamma, phi, level, trend, season }
}

/// Level and trend before the first value, by a line through the first two seasons without their season.
fn first_line(values: &[f64], season: &Season) -> (f64, f64) {
    let places = season.indices.len();
    let half = |from: usize| {
        let steps = from..from + places;
        steps.map(|step| season.without(step, values[step])).sum::<f64>() / places as f64
    };
    let (first, second) = (half(0), half(places));
    let trend = (second - first) / places as f64;
    (first - trend * f64::midpoint(places as f64, 1.0), trend)
}
