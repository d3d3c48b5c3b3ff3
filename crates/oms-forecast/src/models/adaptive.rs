//! A state that runs: it takes in what came, and its quantiles correct themselves, so that they hold as often as promised
//! whatever demand does.
//!
//! # Source
//! Gibbs and Candès, *Adaptive conformal inference under distribution shift*, NeurIPS 2021.

use oms_learn::{AdaptiveLevel, normal_quantile};

use super::state::{Reader, State, StateError, Writer};
use crate::forecaster::{Fitted, Forecaster, NotFitted};
use crate::levels::Levels;
use crate::past::Past;

/// How much of a squared error of one step goes into their mean.
const NEWEST: f64 = 0.05;
/// A miss moves a level by this share of what lies beyond it, so that ten in a row use it up.
const RATE: f64 = 0.1;
/// Levels that one state may follow.
const MOST_LEVELS: usize = 255;

/// A [`State`] with quantiles that adapt.
///
/// Each level asks for a normal distribution as wide as errors of late. After a value beyond its quantile it asks for more,
/// after any other for a little less.
///
/// # Law
/// After `T` values, whatever they were, the share of them above the next step's quantile of a level `p`, before levels that
/// crossed are put in order, is within
/// `(1 + γ) / (γ T)` of `1 - p`, where `γ` is a tenth of the smaller of `p` and `1 - p`. A step at which nothing was seen
/// changes no level.
///
/// # Cost
/// One update is that of the state, and a normal quantile for each level. As bytes it is its state and 9, and 10 for each
/// level: with two levels at most 200 with a season of up to 12 places.
///
/// # Example
/// ```
/// use oms_forecast::{AdaptiveState, Levels, Series, Ses};
///
/// let past = Series::new("MILK", 1, (0..40).map(|day| Some(f64::from(20 + day * 7 % 5))))?;
/// let mut milk = AdaptiveState::learned(&Ses::default(), &past.past(), &Levels::new(&[0.95])?)?;
/// let before = milk.quantiles(1)[0].ok_or("no bound")?;
/// milk.update(Some(60.0))?;
/// assert!(milk.quantiles(1)[0].is_none_or(|after| after > before));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct AdaptiveState {
    state: State,
    /// Mean of squared errors of one step of late, in units of what a state says of its size.
    square: f64,
    levels: Vec<(u16, AdaptiveLevel)>,
}

impl AdaptiveState {
    /// A state with errors of this size.
    ///
    /// # Errors
    /// [`StateError::NotANumber`] unless the deviation is a number from zero on.
    pub fn new(state: State, deviation: f64, levels: &Levels) -> Result<Self, StateError> {
        let square = deviation * deviation;
        if deviation < 0.0 || !square.is_finite() {
            return Err(StateError::NotANumber(deviation));
        }
        let each = levels.thousandths().iter().take(MOST_LEVELS);
        let levels = each.filter_map(|level| Some((*level, adaptive(*level)?))).collect();
        Ok(Self { state, square, levels })
    }

    /// What a model learns from a past: its state from all of it; sizes of errors and levels from its second half, taken in
    /// by a state that knew the first half alone.
    ///
    /// # Errors
    /// [`NotFitted`] where the model has no answer for one of them, or keeps no state.
    ///
    /// # Cost
    /// Two fits, and an update for each value of the second half.
    pub fn learned(
        model: &dyn Forecaster,
        past: &Past<'_>,
        levels: &Levels,
    ) -> Result<Self, NotFitted> {
        let state = |past: &Past<'_>| model.fit(past)?.state().ok_or_else(|| none(model));
        let whole = state(past)?;
        let half = past.first(past.values().len().div_ceil(2));
        let later = half.values().len()..past.values().len();
        let mut running = Self::new(state(&half)?, 0.0, levels).map_err(|_| none(model))?;
        // A first size, so that the levels do not have to make up for one of zero.
        let mut first = running.clone();
        let (mut squares, mut count) = (0.0, 0.0);
        for step in later.clone() {
            let seen = past.seen()[step].then(|| past.values()[step]);
            if let Some(error) = seen.map(|y| first.error(y)) {
                (squares, count) = (squares + error * error, count + 1.0);
            }
            first.state.update(seen).map_err(|_| none(model))?;
        }
        running.square = if count > 0.0 { squares / count } else { 0.0 };
        for step in later {
            let seen = past.seen()[step].then(|| past.values()[step]);
            running.update(seen).map_err(|_| none(model))?;
        }
        Ok(Self { state: whole, ..running })
    }

    /// The state itself.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Takes in the next step's value; `None` where nothing was seen.
    ///
    /// # Errors
    /// [`StateError::NotANumber`]; all stays as it was.
    pub fn update(&mut self, seen: Option<f64>) -> Result<(), StateError> {
        let (center, size) = self.ahead(1);
        let error = seen.map(|y| self.error(y));
        self.state.update(seen)?;
        let (Some(y), Some(error)) = (seen, error) else { return Ok(()) };
        for (_, level) in &mut self.levels {
            level.update(y > center + size * normal_quantile(level.level()));
        }
        self.square += NEWEST * (error * error - self.square);
        Ok(())
    }

    /// Quantiles of a step ahead, 1 for the next one, from low to high; `None` where only no bound at all would hold what is
    /// promised.
    #[must_use]
    pub fn quantiles(&self, ahead: usize) -> Vec<Option<f64>> {
        let (center, size) = self.ahead(ahead.max(1));
        let mut highest = f64::NEG_INFINITY;
        let each = self.levels.iter().map(|(_, level)| {
            // Two levels that crossed ask for the higher one.
            highest = highest.max(center + size * normal_quantile(level.level()));
            Some(highest).filter(|quantile| quantile.is_finite())
        });
        each.collect()
    }

    /// What is expected of a step ahead, and how far off that may be.
    fn ahead(&self, steps: usize) -> (f64, f64) {
        let mean = self.state.mean(steps).last().copied().unwrap_or_default();
        // Of a size of nothing an unbounded level would be no number.
        (mean, (self.square.sqrt() * self.state.size(steps)).max(f64::MIN_POSITIVE))
    }

    /// How far off the next step's mean was, in units of the state's size.
    fn error(&self, y: f64) -> f64 {
        let (mean, size) = (self.state.mean(1), self.state.size(1));
        (y - mean.first().copied().unwrap_or_default()) / size
    }

    /// All of it as bytes, of any machine.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.byte(u8::try_from(self.levels.len()).unwrap_or(u8::MAX));
        out.number(self.square);
        for (level, adaptive) in &self.levels {
            level.to_le_bytes().into_iter().for_each(|byte| out.byte(byte));
            out.number(adaptive.asked());
        }
        let mut bytes = out.done();
        bytes.extend(self.state.to_bytes());
        bytes
    }

    /// What these bytes were written from.
    ///
    /// # Errors
    /// [`StateError`] where they are none, or those of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StateError> {
        let mut from = Reader::new(bytes);
        let (count, square) = (from.byte()?, from.number()?);
        if square < 0.0 {
            return Err(StateError::Bytes("a square below zero"));
        }
        let mut levels: Vec<(u16, AdaptiveLevel)> = Vec::new();
        for _ in 0..count {
            let level = u16::from_le_bytes([from.byte()?, from.byte()?]);
            let asked = from.number()?;
            let rises = levels.last().is_none_or(|(last, _)| *last < level);
            let known = adaptive(level).and_then(|adaptive| adaptive.asking(asked));
            let known =
                known.filter(|_| rises).ok_or(StateError::Bytes("there is no such level"))?;
            levels.push((level, known));
        }
        Ok(Self { state: State::from_bytes(from.rest())?, square, levels })
    }
}

fn adaptive(thousandths: u16) -> Option<AdaptiveLevel> {
    let level = f64::from(thousandths) / 1000.0;
    AdaptiveLevel::new(level, RATE * level.min(1.0 - level))
}

fn none(model: &dyn Forecaster) -> NotFitted {
    let why = "it keeps no state".to_owned();
    NotFitted::Unsuited { model: model.name().to_owned(), why }
}
