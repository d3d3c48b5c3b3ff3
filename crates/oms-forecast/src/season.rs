//! Models on seasons: one taken out before and put back after, one of the tests' choice, or one that is told.

use crate::decomposition::{Growing, Season, is_alike};
use crate::forecaster::{Fitted, Forecaster, NotFitted, Parts};
use crate::models::{KeptSeason, State, filled};
use crate::past::Past;

/// Seasons that a history shows beside the one it was said to have: what steps of its length are known for, a week of
/// hours, a year of weeks, and those that passed the test. Two seasons must have gone by, and half of one more.
///
/// # Cost
/// A look at each pair of steps up to a season apart, for each season.
pub(crate) fn further(past: &Past<'_>) -> Vec<usize> {
    let known: &[usize] = match past.freq() {
        "H" => &[24, 168],
        "D" => &[7],
        "W" => &[52],
        "M" => &[12],
        "Q" => &[4],
        _ if past.season() == 24 => &[168],
        _ => &[],
    };
    let n = past.values().len();
    let shown = known.iter().copied().filter(|season| {
        *season != past.season() && 2 * n >= 5 * season && is_alike(past.values(), *season)
    });
    shown.collect()
}

/// A model on a season of its own: taken out before, put back after.
#[derive(Debug)]
pub(crate) struct Long<F> {
    name: String,
    season: usize,
    rest: F,
}

impl<F: Forecaster> Long<F> {
    pub(crate) fn new(season: usize, rest: F) -> Self {
        Self { name: format!("{}_{season}", rest.name()), season, rest }
    }
}

impl<F: Forecaster> Forecaster for Long<F> {
    fn name(&self) -> &str {
        &self.name
    }

    fn with_weights(&self, past: &Past<'_>) -> Option<Box<dyn Forecaster>> {
        let values = past.values();
        let season = Season::of(values, self.season, values.iter().all(|y| *y > 0.0))?;
        let rest = self.rest.with_weights(&past.with_values(&season.all_without(values), 1))?;
        Some(Box::new(Long { name: self.name.clone(), season: self.season, rest }))
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        let values = past.values();
        let factors = values.iter().all(|y| *y > 0.0);
        let season = Season::of(values, self.season, factors);
        let season = season.ok_or_else(|| NotFitted::TooShort {
            model: self.name.clone(),
            needed: 2 * self.season,
            found: values.len(),
        })?;
        let rest = season.all_without(values);
        let fitted = self.rest.fit(&past.with_values(&rest, 1))?;
        Ok(Box::new(WithSeason { fitted, season, from: values.len() }))
    }
}

/// A model that is told another season.
#[derive(Debug)]
pub(crate) struct Told<F> {
    name: String,
    season: usize,
    model: F,
}

impl<F: Forecaster> Told<F> {
    pub(crate) fn new(season: usize, model: F) -> Self {
        Self { name: format!("{}_{season}", model.name()), season, model }
    }
}

impl<F: Forecaster> Forecaster for Told<F> {
    fn name(&self) -> &str {
        &self.name
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        self.model.fit(&past.with_values(past.values(), self.season))
    }
}

/// A model without a season on what is left when a season, where the test finds one, is taken out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Adjusted<F>(
    /// The model.
    pub F,
);

#[derive(Debug)]
struct WithSeason {
    fitted: Box<dyn Fitted>,
    season: Season,
    from: usize,
}

impl<F: Forecaster> Forecaster for Adjusted<F> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn with_weights(&self, past: &Past<'_>) -> Option<Box<dyn Forecaster>> {
        let values = &*filled(past);
        let rest = match Season::shown(values, past.season()) {
            Some(season) => self.0.with_weights(&past.with_values(&season.all_without(values), 1)),
            None => self.0.with_weights(past),
        };
        Some(Box::new(Adjusted(rest?)))
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        let values = &*filled(past);
        let Some(season) = Season::shown(values, past.season()) else {
            return self.0.fit(past);
        };
        let rest = season.all_without(values);
        let fitted = self.0.fit(&past.with_values(&rest, 1))?;
        Ok(Box::new(WithSeason { fitted, season, from: values.len() }))
    }

    fn fit_each(
        &self,
        past: &Past<'_>,
        origins: &[usize],
    ) -> Result<Vec<Box<dyn Fitted>>, NotFitted> {
        // What stands in at the end of the past must not be learned from at an origin before it: stand-ins look back, but
        // those before the first value.
        if past.seen().first() != Some(&true) {
            return origins.iter().map(|origin| self.fit(&past.first(*origin))).collect();
        }
        let values = &*filled(past);
        let mut growing = Growing::new(values, past.season());
        let mut all: Vec<Box<dyn Fitted>> = Vec::with_capacity(origins.len());
        for &origin in origins {
            let known = past.first(origin);
            growing.to(origin);
            let Some(season) = growing.shown() else {
                all.append(&mut self.0.fit_each(&known, &[origin])?);
                continue;
            };
            let from = known.values().len();
            let rest = season.all_without(&values[..from]);
            let fits = self.0.fit_each(&known.with_values(&rest, 1), &[from])?;
            for fitted in fits {
                all.push(Box::new(WithSeason { fitted, season: season.clone(), from }));
            }
        }
        Ok(all)
    }
}

impl Fitted for WithSeason {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        let rest = self.fitted.mean(horizon).into_iter().enumerate();
        rest.map(|(step, value)| self.season.with(self.from + step, value)).collect()
    }

    fn parts(&self, horizon: usize) -> Vec<Parts> {
        let mut parts = self.fitted.parts(horizon);
        for (step, part) in parts.iter_mut().enumerate() {
            let rest = part.sum();
            part.season += self.season.with(self.from + step, rest) - rest;
        }
        parts
    }

    fn state(&self) -> Option<State> {
        let mut state = self.fitted.state().filter(|state| state.season.is_none())?;
        let Season { indices, factors } = self.season.clone();
        let place = self.from % indices.len();
        state.season = Some(KeptSeason { factors, indices, place });
        Some(state)
    }
}
