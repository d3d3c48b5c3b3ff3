//! Several seasons at once: each is taken out in turn, what is left is forecast, and the last turn of each season goes on.
//!
//! # Source
//! Bandara, Hyndman and Bergmeir, *MSTL: a seasonal-trend decomposition algorithm for time series with multiple seasonal
//! patterns*, 2021; its windows of 11, 15, 19 … seasons.

use super::loess::season_of;
use super::{at_least, filled};
use crate::forecaster::{Fitted, Forecaster, NotFitted, Parts};
use crate::past::Past;

/// Turns through all seasons.
const TURNS: usize = 2;

/// A model without a season on what several seasons leave.
#[derive(Clone, Debug)]
pub struct Mstl<F> {
    seasons: Vec<usize>,
    rest: F,
}

impl<F> Mstl<F> {
    /// With these seasons, and this model for what is left. Seasons that a past does not have twice are left out of it.
    #[must_use]
    pub fn new(mut seasons: Vec<usize>, rest: F) -> Self {
        seasons.retain(|season| *season > 1);
        seasons.sort_unstable();
        seasons.dedup();
        Self { seasons, rest }
    }
}

/// What is left, fitted, and the last turn of each season.
#[derive(Debug)]
struct Apart {
    rest: Box<dyn Fitted>,
    cycles: Vec<Vec<f64>>,
}

impl<F: Forecaster> Forecaster for Mstl<F> {
    fn name(&self) -> &str {
        "mstl"
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        at_least(4, past, self.name())?;
        let values = filled(past);
        let n = values.len();
        let seasons: Vec<usize> =
            self.seasons.iter().copied().filter(|season| 2 * season < n).collect();
        let mut found = vec![vec![0.0; n]; seasons.len()];
        let mut rest = values.to_vec();
        let turns = if seasons.len() > 1 { TURNS } else { 1 };
        for _ in 0..turns {
            for (which, (season, own)) in seasons.iter().zip(&mut found).enumerate() {
                rest.iter_mut().zip(&*own).for_each(|(rest, own)| *rest += own);
                *own = season_of(&rest, *season, 11 + 4 * which);
                rest.iter_mut().zip(&*own).for_each(|(rest, own)| *rest -= own);
            }
        }
        let cycles = seasons.iter().zip(found).map(|(season, own)| own[n - season..].to_vec());
        let rest = self.rest.fit(&past.with_values(&rest, 1))?;
        Ok(Box::new(Apart { rest, cycles: cycles.collect() }))
    }
}

impl Apart {
    fn season(&self, step: usize) -> f64 {
        self.cycles.iter().map(|cycle| cycle[step % cycle.len()]).sum()
    }
}

impl Fitted for Apart {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        let rest = self.rest.mean(horizon).into_iter().enumerate();
        rest.map(|(step, rest)| rest + self.season(step)).collect()
    }

    fn parts(&self, horizon: usize) -> Vec<Parts> {
        let mut parts = self.rest.parts(horizon);
        parts.iter_mut().enumerate().for_each(|(step, part)| part.season += self.season(step));
        parts
    }
}
