//! Exponential smoothing in all its admissible forms, and the choice among them.
//!
//! [`Ets`] is one form, with its state given or learned; [`AutoEts`] the form of the least corrected criterion of Akaike
//! among those that suit the values. It does not fit all fifteen: the seasons are compared without a trend first, and
//! only those that come near the best are fitted with one, each from where its simpler neighbor ended.
//!
//! # Source
//! Hyndman, Koehler, Ord and Snyder, *Forecasting with Exponential Smoothing*, 2008.

pub(crate) mod ahead;
mod fit;
pub(crate) mod form;
pub(crate) mod recursion;
mod start;

pub(crate) use ahead::Ahead;
pub use form::{EtsError, EtsForm, EtsSeason, EtsTrend, UnknownForm};

use self::ahead::Mixed;
use self::fit::{Effort, Found, Room, fitted};
use self::recursion::{States, Weights};
use super::SeasonState;
use super::state::{Rule, State};
use crate::forecaster::{Fitted, Forecaster, NotFitted};
use crate::past::Past;

/// A search for an answer, and one that only has to tell forms apart.
const FULL: Effort = Effort { enough: 1e-3, steps: 80 };
const NEXT: Effort = Effort { enough: 1e-2, steps: 8 };
/// A season this much worse than the best without a trend is given up: a trend seldom makes up for so much.
const NEAR: f64 = 6.0;
/// Origins of a backtest from one choice to the next; between them the form stays and its state is carried on.
const CHOSEN_EVERY: usize = 10;
/// Forms this much worse than the best are not averaged, and at most so many are.
const AVERAGED: f64 = 6.0;
const MOST_AVERAGED: usize = 6;
/// Values without which no form can be judged.
const LEAST: usize = 5;
const ERRORS: [EtsError; 2] = [EtsError::Additive, EtsError::Multiplicative];
const SEASONS: [EtsSeason; 3] = [EtsSeason::None, EtsSeason::Additive, EtsSeason::Multiplicative];

/// One form of exponential smoothing, with a state that is given, or with the one of the greatest likelihood.
#[derive(Clone, Debug)]
pub struct Ets {
    form: EtsForm,
    state: Option<SeasonState>,
}

impl Ets {
    /// This form, learned.
    #[must_use]
    pub fn new(form: EtsForm) -> Self {
        Self { form, state: None }
    }

    /// This form with these weights, from this start. What the form has no use for is not read.
    #[must_use]
    pub fn with_state(form: EtsForm, state: SeasonState) -> Self {
        Self { form, state: Some(state) }
    }

    /// Minus half of what a fit makes least: `n·ln Σe²`, and twice the sum of the logarithms of what was expected where
    /// errors are shares.
    ///
    /// # Errors
    /// [`NotFitted`] as for a fit.
    pub fn likelihood(&self, past: &Past<'_>) -> Result<f64, NotFitted> {
        let values = self.scaled(past);
        let found = self.found(&values, past, &mut Room::default())?;
        let seen = past.known().count() as f64;
        Ok(-found.cost / 2.0 - seen * values.unit.ln())
    }

    /// A given state is taken as it is; a search has its values in a unit of their own.
    fn scaled(&self, past: &Past<'_>) -> Scaled {
        if self.state.is_some() { scaled_by(past, 1.0) } else { scaled(past) }
    }

    fn found(&self, values: &Scaled, past: &Past<'_>, room: &mut Room) -> Result<Found, NotFitted> {
        let none =
            || unsuited("ets", &format!("too few values, or no sound start, for {}", self.form));
        if self.form.is_positive() && !values.positive {
            return Err(unsuited("ets", "shares and factors need values above zero"));
        }
        let Some(state) = &self.state else {
            return fitted(&values.y, past.season(), self.form, None, FULL, room).ok_or_else(none);
        };
        let (weights, from) = given(self.form, state, values.unit);
        let cost = room.pass.cost(self.form.error, self.form.season, &values.y, weights, &from);
        let variance = room.pass.variance(self.form.learned(from.season.len().max(1)));
        if !cost.is_finite() || !variance.is_finite() {
            return Err(unsuited("ets", "it diverges from the given state"));
        }
        Ok(Found { form: self.form, weights, from, cost, aicc: f64::NAN, variance })
    }
}

impl Forecaster for Ets {
    fn name(&self) -> &str {
        "ets"
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        let values = self.scaled(past);
        let found = self.found(&values, past, &mut Room::default())?;
        Ok(Box::new(State::from(Rule::Ets(ended(&found, &values)?))))
    }
}

/// The form that suits best, by the corrected criterion of Akaike, or all that suit, each with its weight.
#[derive(Clone, Copy, Debug, Default)]
pub struct AutoEts {
    averaged: bool,
}

impl AutoEts {
    /// The average of the forms that come near the best, by Akaike's weights: where several forms tell the past equally
    /// well, the choice of one is a gamble.
    ///
    /// # Source
    /// Kolassa, *Combining exponential smoothing forecasts using Akaike weights*, International Journal of Forecasting
    /// 27, 2011.
    #[must_use]
    pub fn averaged() -> Self {
        Self { averaged: true }
    }

    /// The form that suits this past best.
    ///
    /// # Errors
    /// [`NotFitted`] as for a fit.
    pub fn form(past: &Past<'_>) -> Result<EtsForm, NotFitted> {
        let found = Self::default().chosen(&scaled(past), past.season(), &mut Room::default())?;
        found.first().map(|best| best.form).ok_or_else(|| too_short(past.values().len()))
    }

    /// The best form first; all that come near it where they are averaged.
    fn chosen(
        &self,
        values: &Scaled,
        places: usize,
        room: &mut Room,
    ) -> Result<Vec<Found>, NotFitted> {
        let mut found = live(values, places, room);
        found.sort_by(|a, b| a.aicc.total_cmp(&b.aicc));
        let Some(best) = found.first().map(|best| best.aicc) else {
            return Err(too_short(values.y.len()));
        };
        let most = if self.averaged { MOST_AVERAGED } else { 1 };
        found.truncate(most);
        found.retain(|found| found.aicc <= best + AVERAGED);
        Ok(found)
    }
}

impl Forecaster for AutoEts {
    fn name(&self) -> &str {
        if self.averaged { "averaged_ets" } else { "auto_ets" }
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        let values = scaled(past);
        let found = self.chosen(&values, past.season(), &mut Room::default())?;
        Ok(Box::new(mixed(&found, &values)?))
    }

    fn fit_each(
        &self,
        past: &Past<'_>,
        origins: &[usize],
    ) -> Result<Vec<Box<dyn Fitted>>, NotFitted> {
        let mut room = Room::default();
        let mut last: Vec<Found> = Vec::new();
        let mut all: Vec<Box<dyn Fitted>> = Vec::with_capacity(origins.len());
        // One unit for all, that of the first origin, so that what is learned at one origin starts the next.
        let unit = origins.first().map_or(1.0, |first| scaled(&past.first(*first)).unit);
        for (at, &origin) in origins.iter().enumerate() {
            let past = past.first(origin);
            let values = scaled_by(&past, unit);
            let places = past.season();
            let mut found = Vec::with_capacity(last.len());
            if at % CHOSEN_EVERY != 0 {
                found.extend(last.drain(..).filter_map(|found| {
                    let known = Some((found.weights, &found.from));
                    fitted(&values.y, places, found.form, known, NEXT, &mut room)
                }));
            }
            if found.is_empty() {
                found = self.chosen(&values, places, &mut room)?;
            }
            all.push(Box::new(mixed(&found, &values)?));
            last = found;
        }
        Ok(all)
    }
}

/// The forms at the end of a past, averaged by Akaike's weights.
fn mixed(found: &[Found], values: &Scaled) -> Result<Mixed, NotFitted> {
    let best = found.iter().map(|found| found.aicc).fold(f64::INFINITY, f64::min);
    let weights = found.iter().map(|found| ((best - found.aicc) / 2.0).exp());
    let ends = found.iter().map(|found| ended(found, values));
    let mut parts = Vec::with_capacity(found.len());
    for (weight, end) in weights.zip(ends) {
        parts.push((weight, end?));
    }
    let sum: f64 = parts.iter().map(|(weight, _)| weight).sum();
    parts.iter_mut().for_each(|(weight, _)| *weight /= sum);
    Ok(Mixed { parts })
}

fn too_short(found: usize) -> NotFitted {
    NotFitted::TooShort { model: "auto_ets".to_owned(), needed: LEAST, found }
}

/// Values in a unit of their own size; those that were not seen are not numbers.
struct Scaled {
    y: Vec<f64>,
    unit: f64,
    positive: bool,
}

fn scaled(past: &Past<'_>) -> Scaled {
    let (sum, count) = past.known().fold((0.0, 0.0), |(sum, n), y: f64| (sum + y.abs(), n + 1.0));
    let unit = sum / count;
    scaled_by(past, if unit > 0.0 && unit.is_finite() { unit } else { 1.0 })
}

fn scaled_by(past: &Past<'_>, unit: f64) -> Scaled {
    let steps = past.values().iter().zip(past.seen());
    let y = steps.map(|(y, seen)| if *seen { y / unit } else { f64::NAN }).collect();
    Scaled { y, unit, positive: past.known().all(|y| y > 0.0) }
}

/// Weights and start as they were given, in units of a fit.
fn given(form: EtsForm, state: &SeasonState, unit: f64) -> (Weights, States) {
    let SeasonState { alpha, beta, gamma, phi, level, trend, season } = state;
    let (trended, seasonal) = (form.trend != EtsTrend::None, form.season != EtsSeason::None);
    let weights = Weights {
        alpha: *alpha,
        beta: if trended { *beta } else { 0.0 },
        gamma: if seasonal { *gamma } else { 0.0 },
        phi: match form.trend {
            EtsTrend::None => 0.0,
            EtsTrend::Additive => 1.0,
            EtsTrend::Damped => *phi,
        },
    };
    let by = if form.season == EtsSeason::Additive { unit } else { 1.0 };
    let season = if seasonal { season.iter().map(|s| s / by).collect() } else { Vec::new() };
    let trend = if trended { trend / unit } else { 0.0 };
    (weights, States { level: level / unit, trend, season, place: 0 })
}

/// Takes a fit over its values to their end.
fn ended(found: &Found, values: &Scaled) -> Result<Ahead, NotFitted> {
    let mut states = found.from.clone();
    for y in &values.y {
        states.step(found.weights, found.form.season, (!y.is_nan()).then_some(*y));
    }
    let Found { form, weights, variance, .. } = *found;
    let sound = [states.level, states.trend].iter().chain(&states.season).all(|s| s.is_finite());
    let end = Ahead { form, weights, states, variance: Some(variance), unit: values.unit };
    if sound { Ok(end) } else { Err(unsuited("ets", "it diverges")) }
}

fn unsuited(model: &str, why: &str) -> NotFitted {
    NotFitted::Unsuited { model: model.to_owned(), why: why.to_owned() }
}

/// The forms that are worth a look, fitted: seasons and errors first, then trends for those that came near.
fn live(values: &Scaled, places: usize, room: &mut Room) -> Vec<Found> {
    let errors: &[EtsError] = if values.positive { &ERRORS } else { &ERRORS[..1] };
    let seasons: &[EtsSeason] = match (places > 1, values.positive) {
        (false, _) => &SEASONS[..1],
        (true, false) => &SEASONS[..2],
        (true, true) => &SEASONS,
    };
    let mut found: Vec<Found> = Vec::with_capacity(12);
    for season in seasons {
        let mut before: Option<Found> = None;
        for error in errors {
            let Some(form) = EtsForm::new(*error, EtsTrend::None, *season) else { continue };
            let known = before.as_ref().map(|before| (before.weights, &before.from));
            let Some(next) = fitted(&values.y, places, form, known, FULL, room) else { continue };
            found.push(next.clone());
            before = Some(next);
        }
    }
    let least = found.iter().map(|found| found.aicc).fold(f64::INFINITY, f64::min);
    let near: Vec<Found> =
        found.iter().filter(|found| found.aicc <= least + NEAR).cloned().collect();
    for base in near {
        let mut before: Option<Found> = None;
        for trend in [EtsTrend::Additive, EtsTrend::Damped] {
            let form = EtsForm { trend, ..base.form };
            let known = before.as_ref().map(|before| {
                let phi = if trend == EtsTrend::Damped { 0.97 } else { 1.0 };
                (Weights { phi, ..before.weights }, &before.from)
            });
            let Some(next) = fitted(&values.y, places, form, known, FULL, room) else { continue };
            found.push(next.clone());
            before = Some(next);
        }
    }
    found
}
