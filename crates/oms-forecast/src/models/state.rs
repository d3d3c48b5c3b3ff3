//! What a smoothing model keeps of a past: a few numbers that take in one more value without looking back.
//!
//! # Law
//! A state that took in a value is, bit for bit, the one that the same model with the same weights and the same start has
//! after a past with that value at its end. A step at which nothing was seen moves it on and teaches it nothing.
//!
//! # Cost
//! One update is some ten operations. As bytes a state has at most 200 with a season of up to 12 places, and 4 more for
//! each further place.

use ndarray::Array2;

use super::counts::CountState;
use super::croston::{CrostonState, TsbState};
use super::dynamic_theta::ThetaState;
use super::ets::Ahead;
use crate::forecaster::{Fitted, Parts};
use crate::levels::Levels;
use crate::series::MOST_SIZE;

/// Why a state cannot take a value, or bytes are no state.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The value is infinite, not a number, or beyond [`MOST_SIZE`].
    #[error("`{0}` is no value; give a number, or nothing where it is not known")]
    NotANumber(f64),
    /// The bytes were written by another version.
    #[error("a state of version {0}, this reads version {VERSION}; fit the model anew")]
    Version(u8),
    /// The bytes end too early, go on too long, or hold what no state has.
    #[error("these bytes are no state: {0}; fit the model anew")]
    Bytes(&'static str),
}

/// The first byte of every state.
pub(crate) const VERSION: u8 = 1;
/// The most places that a season in bytes may have.
const MOST_PLACES: usize = 65_535;
/// A season's factor of errors is this at least.
pub(crate) const LEAST_FACTOR: f64 = 1e-3;
/// Up to so many places stand in bytes as they are; of a longer season each is rounded to four bytes.
const EXACT_PLACES: usize = 12;

/// A smoothing model after a past, ready for the next value.
///
/// # Example
/// ```
/// use oms_forecast::{Fitted, Forecaster, Series, Ses, State};
///
/// let past = Series::new("MILK", 1, [4.0, 6.0].map(Some))?;
/// let mut state = Ses::with_alpha(0.5).fit(&past.past())?.state().ok_or("no state")?;
/// state.update(Some(8.0))?;
/// assert_eq!(state.mean(1), [6.5]);
/// assert_eq!(State::from_bytes(&state.to_bytes())?, state);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub(crate) rule: Rule,
    /// A season that was taken out before, and is put back.
    pub(crate) season: Option<KeptSeason>,
}

/// Which recursion a state follows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rule {
    /// Exponential smoothing.
    Ets(Ahead),
    /// The theta methods.
    Theta(ThetaState),
    /// Sizes and waits.
    Croston(CrostonState),
    /// Sizes and chances.
    Tsb(TsbState),
    /// Whole units.
    Counts(CountState),
}

/// A season that stays as it was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeptSeason {
    pub(crate) factors: bool,
    pub(crate) indices: Vec<f64>,
    /// The place of the next step.
    pub(crate) place: usize,
}

impl KeptSeason {
    fn at(&self, ahead: usize) -> f64 {
        self.indices[(self.place + ahead) % self.indices.len()]
    }
}

impl From<Rule> for State {
    fn from(rule: Rule) -> Self {
        Self { rule, season: None }
    }
}

impl State {
    /// Takes in the next step's value; `None` where nothing was seen.
    ///
    /// # Errors
    /// [`StateError::NotANumber`]; the state stays as it was.
    pub fn update(&mut self, seen: Option<f64>) -> Result<(), StateError> {
        if let Some(wrong) = seen.filter(|y| y.is_nan() || y.abs() > MOST_SIZE) {
            return Err(StateError::NotANumber(wrong));
        }
        let mut y = seen;
        if let Some(season) = &mut self.season {
            let here = season.at(0);
            y = y.map(|y| if season.factors { y / here } else { y - here });
            season.place = (season.place + 1) % season.indices.len();
        }
        match &mut self.rule {
            Rule::Ets(ets) => ets.update(y),
            Rule::Theta(theta) => theta.update(y),
            Rule::Croston(croston) => croston.update(y),
            Rule::Tsb(tsb) => tsb.update(y),
            Rule::Counts(counts) => counts.update(y),
        }
        Ok(())
    }

    /// How large errors of a step ahead are, 1 for the next one, beside those of a next step without a season: errors add up
    /// in the steps after them, and factors of a season are factors of errors.
    pub(crate) fn size(&self, ahead: usize) -> f64 {
        let own = match &self.rule {
            Rule::Ets(ets) => ets.size(ahead),
            Rule::Theta(theta) => theta.size(ahead),
            Rule::Croston(_) | Rule::Tsb(_) | Rule::Counts(_) => 1.0,
        };
        let factors = self.season.as_ref().filter(|season| season.factors);
        own * factors.map_or(1.0, |season| season.at(ahead - 1).abs().max(LEAST_FACTOR))
    }

    /// The state as bytes, of any machine.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.byte(VERSION);
        match &self.rule {
            Rule::Ets(ets) => {
                out.byte(0);
                ets.write(&mut out);
            }
            Rule::Theta(theta) => {
                out.byte(1);
                theta.write(&mut out);
            }
            Rule::Croston(croston) => {
                out.byte(2);
                croston.write(&mut out);
            }
            Rule::Tsb(tsb) => {
                out.byte(3);
                tsb.write(&mut out);
            }
            Rule::Counts(counts) => {
                out.byte(4);
                counts.write(&mut out);
            }
        }
        match &self.season {
            None => out.byte(0),
            Some(season) => {
                out.byte(if season.factors { 2 } else { 1 });
                out.places(&season.indices, season.place);
            }
        }
        out.done()
    }

    /// The state that these bytes were written from.
    ///
    /// # Errors
    /// [`StateError`] where they are none, or those of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StateError> {
        let mut from = Reader(bytes);
        let version = from.byte()?;
        if version != VERSION {
            return Err(StateError::Version(version));
        }
        let rule = match from.byte()? {
            0 => Rule::Ets(Ahead::read(&mut from)?),
            1 => Rule::Theta(ThetaState::read(&mut from)?),
            2 => Rule::Croston(CrostonState::read(&mut from)?),
            3 => Rule::Tsb(TsbState::read(&mut from)?),
            4 => Rule::Counts(CountState::read(&mut from)?),
            _ => return Err(StateError::Bytes("there is no such recursion")),
        };
        let season = match from.byte()? {
            0 => None,
            kind @ 1..=2 => {
                let (indices, place) = from.places()?;
                if indices.is_empty() {
                    return Err(StateError::Bytes("a season without places"));
                }
                Some(KeptSeason { factors: kind == 2, indices, place })
            }
            _ => return Err(StateError::Bytes("there is no such season")),
        };
        if from.0.is_empty() {
            Ok(Self { rule, season })
        } else {
            Err(StateError::Bytes("they go on"))
        }
    }
}

impl Fitted for State {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        let mut mean = match &self.rule {
            Rule::Ets(ets) => ets.mean(horizon),
            Rule::Theta(theta) => theta.mean(horizon),
            Rule::Croston(croston) => vec![croston.mean(); horizon],
            Rule::Tsb(tsb) => vec![tsb.mean(); horizon],
            Rule::Counts(counts) => counts.mean(horizon),
        };
        if let Some(season) = &self.season {
            for (ahead, mean) in mean.iter_mut().enumerate() {
                let here = season.at(ahead);
                *mean = if season.factors { *mean * here } else { *mean + here };
            }
        }
        mean
    }

    fn quantiles(&self, horizon: usize, levels: &Levels) -> Option<Array2<f64>> {
        match &self.rule {
            Rule::Ets(ets) if self.season.is_none() => ets.quantiles(horizon, levels),
            Rule::Counts(counts) if self.season.is_none() => {
                Some(counts.quantiles(horizon, levels))
            }
            _ => None,
        }
    }

    fn total(&self, steps: usize, levels: &Levels) -> Option<Vec<f64>> {
        match &self.rule {
            Rule::Ets(ets) if self.season.is_none() => ets.total(steps, levels),
            Rule::Counts(counts) if self.season.is_none() => Some(counts.total(steps, levels)),
            _ => None,
        }
    }

    fn parts(&self, horizon: usize) -> Vec<Parts> {
        let mut parts = match &self.rule {
            Rule::Ets(ets) => ets.parts(horizon),
            Rule::Theta(theta) => {
                let level = theta.mean(1).first().copied().unwrap_or_default();
                let part = |mean| Parts { level, trend: mean - level, ..Parts::default() };
                theta.mean(horizon).into_iter().map(part).collect()
            }
            Rule::Counts(counts) => {
                let level = counts.level();
                let part = |mean| Parts { level, trend: mean - level, ..Parts::default() };
                counts.mean(horizon).into_iter().map(part).collect()
            }
            Rule::Croston(_) | Rule::Tsb(_) => {
                let bare = Self::from(self.rule.clone());
                bare.mean(horizon).into_iter().map(Parts::level).collect()
            }
        };
        if let Some(season) = &self.season {
            for (ahead, part) in parts.iter_mut().enumerate() {
                let (here, line) = (season.at(ahead), part.sum());
                part.season += if season.factors { line * here - line } else { here };
            }
        }
        parts
    }

    fn state(&self) -> Option<State> {
        Some(self.clone())
    }
}

/// Bytes that grow.
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn new() -> Self {
        Self(Vec::with_capacity(200))
    }

    pub(crate) fn done(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn number(&mut self, number: f64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    /// Places of a season, and which comes next; nothing but two bytes where there is none.
    pub(crate) fn places(&mut self, places: &[f64], next: usize) {
        let count = u16::try_from(places.len()).unwrap_or(u16::MAX);
        self.0.extend_from_slice(&count.to_le_bytes());
        if places.is_empty() {
            return;
        }
        self.0.extend_from_slice(&u16::try_from(next).unwrap_or_default().to_le_bytes());
        for place in &places[..usize::from(count)] {
            if places.len() <= EXACT_PLACES {
                self.number(*place);
            } else {
                self.0.extend_from_slice(&(*place as f32).to_le_bytes());
            }
        }
    }
}

/// Bytes that are read from their front.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// What was not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], StateError> {
        let (front, rest) =
            self.0.split_first_chunk().ok_or(StateError::Bytes("they end early"))?;
        self.0 = rest;
        Ok(*front)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, StateError> {
        Ok(self.take::<1>()?[0])
    }

    /// A number; one that is none was never written.
    pub(crate) fn number(&mut self) -> Result<f64, StateError> {
        let number = f64::from_le_bytes(self.take()?);
        if number.is_finite() {
            Ok(number)
        } else {
            Err(StateError::Bytes("a figure is no number"))
        }
    }

    pub(crate) fn places(&mut self) -> Result<(Vec<f64>, usize), StateError> {
        let count = usize::from(u16::from_le_bytes(self.take()?));
        if count == 0 {
            return Ok((Vec::new(), 0));
        }
        let next = usize::from(u16::from_le_bytes(self.take()?));
        if next >= count || count > MOST_PLACES {
            return Err(StateError::Bytes("its next place is none of the season"));
        }
        let mut places = Vec::new();
        for _ in 0..count {
            let place = if count <= EXACT_PLACES {
                self.number()?
            } else {
                f64::from(f32::from_le_bytes(self.take()?))
            };
            if !place.is_finite() {
                return Err(StateError::Bytes("a figure is no number"));
            }
            places.push(place);
        }
        Ok((places, next))
    }
}
