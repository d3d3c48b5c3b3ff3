//! Demand that comes now and then: sizes and waits, each smoothed by itself.
//!
//! # Source
//! Croston, *Forecasting and stock control for intermittent demands*, Operational Research Quarterly 23, 1972; the
//! correction of Syntetos and Boylan, International Journal of Forecasting 21, 2005; Teunter, Syntetos and Babai,
//! *Intermittent demand: linking forecasting to inventory obsolescence*, European Journal of Operational Research 214,
//! 2011.

use super::{Line, at_least};
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
        let (mut wait, mut state) = (0.0, None::<(f64, f64)>);
        for y in past.known() {
            wait += 1.0;
            // A negative value is goods that came back: no demand.
            if y > 0.0 {
                let (size, apart) = state.unwrap_or((y, wait));
                let to = self.alpha;
                state = Some((size + to * (y - size), apart + to * (wait - apart)));
                wait = 0.0;
            }
        }
        let factor = if self.corrected { 1.0 - self.alpha / 2.0 } else { 1.0 };
        Ok(Box::new(Line::flat(state.map_or(0.0, |(size, apart)| factor * size / apart))))
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
        let mut size = past.known().find(|y| *y > 0.0).unwrap_or_default();
        let mut known = past.known();
        let mut chance = if known.next().is_some_and(|y| y > 0.0) { 1.0 } else { 0.0 };
        for y in known {
            if y > 0.0 {
                size += self.size * (y - size);
                chance += self.chance * (1.0 - chance);
            } else {
                chance -= self.chance * chance;
            }
        }
        Ok(Box::new(Line::flat(size * chance)))
    }
}
