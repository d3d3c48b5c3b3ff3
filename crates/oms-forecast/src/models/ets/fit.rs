//! One form, fitted: weights and start of the greatest likelihood.

use super::form::{EtsError, EtsForm, EtsSeason, EtsTrend};
use super::recursion::{Pass, Slopes, States, Weights};
use super::start::start;
use crate::models::descent::descend;

/// How near a weight comes to its bounds.
const EDGE: f64 = 1e-4;
const DAMPING: (f64, f64) = (0.8, 0.98);
/// A season longer than this keeps its rough start: its places are too many to be searched.
pub(crate) const MOST_PLACES: usize = 24;
/// Weights from which a search may begin: of the level, of the trend as a share of that, of the season as a share of the
/// rest.
const ALPHAS: [f64; 4] = [0.05, 0.2, 0.5, 0.85];
const BETAS: [f64; 2] = [0.02, 0.2];
const GAMMAS: [f64; 2] = [0.05, 0.3];
const PHI: f64 = 0.95;

/// A form with what it has learned. Values are in the units in which it was fitted.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) form: EtsForm,
    pub(crate) weights: Weights,
    pub(crate) from: States,
    /// Minus twice the likelihood.
    pub(crate) cost: f64,
    /// Akaike's criterion, corrected for few values.
    pub(crate) aicc: f64,
    /// Of one step, of shares where errors are shares.
    pub(crate) variance: f64,
}

/// How far a search goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) enough: f64,
    pub(crate) steps: usize,
}

/// Room that searches share.
#[derive(Debug, Default)]
pub(crate) struct Room {
    pub(crate) pass: Pass,
    slopes: Slopes,
    states: States,
    at: Vec<f64>,
}

/// Fits a form, from the best of a few starts or from what was `known` before. `None` where there are too few values for
/// it, or none of the starts makes sense.
pub(crate) fn fitted(
    y: &[f64],
    places: usize,
    form: EtsForm,
    known: Option<(Weights, &States)>,
    effort: Effort,
    room: &mut Room,
) -> Option<Found> {
    let seen = y.iter().filter(|y| !y.is_nan()).count();
    let learned = form.learned(places);
    if seen <= learned + 1 || (form.season != EtsSeason::None && y.len() < 2 * places) {
        return None;
    }
    let mut best = (f64::INFINITY, Weights::default(), States::default());
    if let Some((weights, states)) = known {
        let cost = room.pass.cost(form.error, form.season, y, weights, states);
        best = (cost, weights, states.clone());
    } else {
        let from = start(y, places, form)?;
        for weights in starts(form) {
            let cost = room.pass.cost(form.error, form.season, y, weights, &from);
            if cost < best.0 {
                (best.0, best.1) = (cost, weights);
            }
        }
        best.2 = from;
    }
    let (_, weights, from) = best;
    room.pass.cost(form.error, form.season, y, weights, &from);
    let unit = unit(room, form, &from)?;
    let shape = Shape { form, from, unit };
    let mut at = std::mem::take(&mut room.at);
    shape.written(weights, &mut at);
    let Room { pass, slopes, states, .. } = room;
    let cost = descend(&mut at, effort.enough, effort.steps, |at, gradient| {
        let weights = shape.read(at, states);
        let cost = pass.cost(form.error, form.season, y, weights, states);
        if cost.is_finite() {
            pass.slopes(form.error, form.season, y, weights, 0, slopes);
            shape.pulled(at, weights, slopes, gradient);
        }
        cost
    });
    let weights = shape.read(&at, states);
    let mut from = states.clone();
    pass.cost(form.error, form.season, y, weights, &from);
    let variance = pass.variance(learned);
    room.at = at;
    if !cost.is_finite() || !variance.is_finite() {
        return None;
    }
    centered(&mut from, form.season);
    let (n, k) = (pass.count(), learned as f64);
    let aicc = cost + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0);
    Some(Found { form, weights, from, cost, aicc, variance })
}

fn starts(form: EtsForm) -> impl Iterator<Item = Weights> {
    let betas = if form.trend == EtsTrend::None { 1 } else { BETAS.len() };
    let gammas = if form.season == EtsSeason::None { 1 } else { GAMMAS.len() };
    ALPHAS.into_iter().flat_map(move |alpha| {
        BETAS[..betas].iter().flat_map(move |share| {
            GAMMAS[..gammas].iter().map(move |rest| Weights {
                alpha,
                beta: if form.trend == EtsTrend::None { 0.0 } else { alpha * share },
                gamma: if form.season == EtsSeason::None { 0.0 } else { (1.0 - alpha) * rest },
                phi: match form.trend {
                    EtsTrend::None => 0.0,
                    EtsTrend::Additive => 1.0,
                    EtsTrend::Damped => PHI,
                },
            })
        })
    })
}

/// The size of an error in units of values, by the pass that was just made.
fn unit(room: &Room, form: EtsForm, from: &States) -> Option<f64> {
    let size = room.pass.variance(0).sqrt();
    let size = if form.error == EtsError::Additive { size } else { size * from.level.abs() };
    (size.is_finite() && size > 0.0).then_some(size)
}

/// Level and season tell the same twice: what the season has in common goes to the level.
fn centered(states: &mut States, season: EtsSeason) {
    let mean = states.season.iter().sum::<f64>() / states.season.len().max(1) as f64;
    match season {
        EtsSeason::None => {}
        EtsSeason::Additive => {
            states.level += mean;
            states.season.iter_mut().for_each(|index| *index -= mean);
        }
        EtsSeason::Multiplicative => {
            states.level *= mean;
            states.trend *= mean;
            states.season.iter_mut().for_each(|index| *index /= mean);
        }
    }
}

/// How a form's weights and start stand in one row of free numbers: weights as logits between their bounds, states as
/// multiples of the size of an error away from a first guess.
struct Shape {
    form: EtsForm,
    from: States,
    unit: f64,
}

impl Shape {
    fn searched(&self) -> usize {
        if self.from.season.len() > MOST_PLACES { 0 } else { self.from.season.len() }
    }

    /// The unit of a place of the season.
    fn swing(&self) -> f64 {
        if self.form.season == EtsSeason::Multiplicative {
            self.unit / self.from.level.abs().max(self.unit)
        } else {
            self.unit
        }
    }

    fn written(&self, weights: Weights, at: &mut Vec<f64>) {
        at.clear();
        at.push(logit(weights.alpha, EDGE, 1.0 - EDGE));
        if self.form.trend != EtsTrend::None {
            at.push(logit(weights.beta / weights.alpha, EDGE, 1.0 - EDGE));
        }
        if self.form.trend == EtsTrend::Damped {
            at.push(logit(weights.phi, DAMPING.0, DAMPING.1));
        }
        if self.form.season != EtsSeason::None {
            at.push(logit(weights.gamma / (1.0 - weights.alpha), EDGE, 1.0 - EDGE));
        }
        let states = 1 + usize::from(self.form.trend != EtsTrend::None) + self.searched();
        at.resize(at.len() + states, 0.0);
    }

    fn read(&self, at: &[f64], states: &mut States) -> Weights {
        let mut at = at.iter().copied();
        let mut next = || at.next().unwrap_or_default();
        let alpha = between(next(), EDGE, 1.0 - EDGE);
        let mut weights = Weights { alpha, ..Weights::default() };
        if self.form.trend != EtsTrend::None {
            weights.beta = alpha * between(next(), EDGE, 1.0 - EDGE);
            weights.phi = 1.0;
        }
        if self.form.trend == EtsTrend::Damped {
            weights.phi = between(next(), DAMPING.0, DAMPING.1);
        }
        if self.form.season != EtsSeason::None {
            weights.gamma = (1.0 - alpha) * between(next(), EDGE, 1.0 - EDGE);
        }
        states.clone_from(&self.from);
        states.level += self.unit * next();
        if self.form.trend != EtsTrend::None {
            states.trend += self.unit * TREND * next();
        }
        let (searched, swing) = (self.searched(), self.swing());
        states.season[..searched].iter_mut().for_each(|index| *index += swing * next());
        weights
    }

    /// Slopes by the free numbers from those by weights and states.
    fn pulled(&self, at: &[f64], weights: Weights, slopes: &Slopes, gradient: &mut [f64]) {
        let (mut at, mut gradient) = (at.iter().copied(), gradient.iter_mut());
        let mut next = |slope: f64, low: f64, high: f64| {
            let (Some(to), Some(at)) = (gradient.next(), at.next()) else { return };
            let share = logistic(at);
            *to = slope * (high - low) * share * (1.0 - share);
        };
        let Weights { alpha, beta, gamma, .. } = weights;
        let by_alpha =
            slopes.alpha + slopes.beta * beta / alpha - slopes.gamma * gamma / (1.0 - alpha);
        next(by_alpha, EDGE, 1.0 - EDGE);
        if self.form.trend != EtsTrend::None {
            next(slopes.beta * alpha, EDGE, 1.0 - EDGE);
        }
        if self.form.trend == EtsTrend::Damped {
            next(slopes.phi, DAMPING.0, DAMPING.1);
        }
        if self.form.season != EtsSeason::None {
            next(slopes.gamma * (1.0 - alpha), EDGE, 1.0 - EDGE);
        }
        let mut next = |slope: f64| gradient.next().into_iter().for_each(|to| *to = slope);
        next(slopes.level * self.unit);
        if self.form.trend != EtsTrend::None {
            next(slopes.trend * self.unit * TREND);
        }
        let swing = self.swing();
        slopes.season[..self.searched()].iter().for_each(|slope| next(slope * swing));
    }
}

/// A trend's unit beside a level's.
const TREND: f64 = 0.1;

fn logistic(at: f64) -> f64 {
    1.0 / (1.0 + (-at).exp())
}

fn between(at: f64, low: f64, high: f64) -> f64 {
    low + (high - low) * logistic(at)
}

/// Where [`between`] gives this, at most six from the middle: further out it is as good as flat.
fn logit(value: f64, low: f64, high: f64) -> f64 {
    let share = ((value - low) / (high - low)).clamp(0.002_5, 0.997_5);
    (share / (1.0 - share)).ln()
}
