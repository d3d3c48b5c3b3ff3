//! Demand that comes now and then: sizes and waits, each smoothed by itself.
//!
//! # Source
//! Croston, *Forecasting and stock control for intermittent demands*, Operational Research Quarterly 23, 1972; the
//! correction of Syntetos and Boylan, International Journal of Forecasting 21, 2005; Teunter, Syntetos and Babai,
//! *Intermittent demand: linking forecasting to inventory obsolescence*, European Journal of Operational Research 214,
//! 2011.

use super::at_least;
use super::state::{Reader, Rule, State, StateError, Writer};
use crate::forecaster::{Fitted, Forecaster, NotFitted};
use crate::past::Past;

/// Croston's method: size of a demand over the wait for it.
#[derive(Clone, Copy, Debug)]
pub struct Croston {
    alpha: f64,
    corrected: bool,
}

impl Croston {
    /// As Croston wrote it, with this weight of the newest demand; beyond 0 to 1 the nearer of them is taken.
    #[must_use]
    pub fn new(alpha: f64) -> Self {
        Self { alpha: alpha.clamp(0.0, 1.0), corrected: false }
    }

    /// With the correction of Syntetos and Boylan (SBA): a ratio of averages is too high.
    #[must_use]
    pub fn sba(alpha: f64) -> Self {
        Self { corrected: true, ..Self::new(alpha) }
    }
}

impl Forecaster for Croston {
    fn name(&self) -> &str {
        if self.corrected { "sba" } else { "croston" }
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        at_least(1, past, self.name())?;
        let mut state = CrostonState {
            alpha: self.alpha,
            corrected: self.corrected,
            ..CrostonState::default()
        };
        past.values()
            .iter()
            .zip(past.seen())
            .for_each(|(y, seen)| state.update(seen.then_some(*y)));
        Ok(Box::new(State::from(Rule::Croston(state))))
    }
}

/// A smoothed size, a smoothed wait, and how long the next demand has been waited for. Without demand so far both are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct CrostonState {
    alpha: f64,
    corrected: bool,
    size: f64,
    apart: f64,
    wait: f64,
}

impl CrostonState {
    pub(crate) fn update(&mut self, y: Option<f64>) {
        let Some(y) = y else { return };
        self.wait += 1.0;
        // A negative value is goods that came back: no demand.
        if y <= 0.0 {
            return;
        }
        if self.apart == 0.0 {
            (self.size, self.apart) = (y, self.wait);
        }
        self.size += self.alpha * (y - self.size);
        self.apart += self.alpha * (self.wait - self.apart);
        self.wait = 0.0;
    }

    pub(crate) fn mean(&self) -> f64 {
        let factor = if self.corrected { 1.0 - self.alpha / 2.0 } else { 1.0 };
        if self.apart > 0.0 { factor * self.size / self.apart } else { 0.0 }
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.byte(u8::from(self.corrected));
        [self.alpha, self.size, self.apart, self.wait]
            .into_iter()
            .for_each(|number| out.number(number));
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, StateError> {
        let corrected = from.byte()?;
        let [alpha, size, apart, wait] =
            [from.number()?, from.number()?, from.number()?, from.number()?];
        if corrected > 1 || !(0.0..=1.0).contains(&alpha) || apart < 0.0 || wait < 0.0 {
            return Err(StateError::Bytes("weights or waits out of bounds"));
        }
        Ok(Self { alpha, corrected: corrected == 1, size, apart, wait })
    }
}

/// The method of Teunter, Syntetos and Babai: size of a demand times its chance, which falls while nothing sells.
#[derive(Clone, Copy, Debug)]
pub struct Tsb {
    size: f64,
    chance: f64,
}

impl Tsb {
    /// With these weights of the newest size and of whether there was demand at all; beyond 0 to 1 the nearer of them is
    /// taken.
    #[must_use]
    pub fn new(size: f64, chance: f64) -> Self {
        Self { size: size.clamp(0.0, 1.0), chance: chance.clamp(0.0, 1.0) }
    }
}

impl Forecaster for Tsb {
    fn name(&self) -> &str {
        "tsb"
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        at_least(1, past, self.name())?;
        let mut state = TsbState { weights: (self.size, self.chance), ..TsbState::default() };
        past.values()
            .iter()
            .zip(past.seen())
            .for_each(|(y, seen)| state.update(seen.then_some(*y)));
        Ok(Box::new(State::from(Rule::Tsb(state))))
    }
}

/// A smoothed size, 0 before the first demand, and a smoothed chance, nothing before the first step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct TsbState {
    weights: (f64, f64),
    size: f64,
    chance: Option<f64>,
}

impl TsbState {
    pub(crate) fn update(&mut self, y: Option<f64>) {
        let Some(y) = y else { return };
        let came = f64::from(y > 0.0);
        let Some(chance) = &mut self.chance else {
            (self.size, self.chance) = (y.max(0.0), Some(came));
            return;
        };
        *chance += self.weights.1 * (came - *chance);
        if y > 0.0 {
            let by = if self.size > 0.0 { self.weights.0 } else { 1.0 };
            self.size += by * (y - self.size);
        }
    }

    pub(crate) fn mean(&self) -> f64 {
        self.size * self.chance.unwrap_or_default()
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.byte(u8::from(self.chance.is_some()));
        let (size, chance) = self.weights;
        for number in [size, chance, self.size, self.chance.unwrap_or_default()] {
            out.number(number);
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, StateError> {
        let begun = from.byte()?;
        let weights = (from.number()?, from.number()?);
        let (size, chance) = (from.number()?, from.number()?);
        let share = 0.0..=1.0;
        if begun > 1 || ![weights.0, weights.1, chance].iter().all(|its| share.contains(its)) {
            return Err(StateError::Bytes("weights or chances out of bounds"));
        }
        Ok(Self { weights, size, chance: (begun == 1).then_some(chance) })
    }
}
