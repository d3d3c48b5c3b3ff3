//! Whether there is demand at all, smoothed; how much then, as past sizes were.
//!
//! The distribution of a step is a mixture: nothing with the chance of nothing, else one of the sizes seen, the newer the
//! likelier. Its quantiles need no simulation.
//!
//! # Source
//! The chance as in Teunter, Syntetos and Babai, European Journal of Operational Research 214, 2011; empirical sizes as in
//! Willemain, Smart and Schwarz, International Journal of Forecasting 20, 2004, without their draws.

use ndarray::Array2;

use super::at_least;
use super::empirical::Sample;
use crate::forecaster::{Fitted, Forecaster, NotFitted};
use crate::levels::Levels;
use crate::past::Past;

/// A smoothed chance of demand, and the sizes it had.
#[derive(Clone, Copy, Debug)]
pub struct Hurdle {
    chance: f64,
    size: f64,
}

impl Hurdle {
    /// With these weights of the newest step in the chance, and of the newest demand among the sizes; beyond 0 to 1 the
    /// nearer of them is taken.
    #[must_use]
    pub fn new(chance: f64, size: f64) -> Self {
        Self { chance: chance.clamp(0.0, 1.0), size: size.clamp(0.0, 1.0) }
    }
}

/// The chance of demand, and sizes from low to high.
#[derive(Debug)]
struct Mixed {
    chance: f64,
    sizes: Option<Sample>,
}

impl Forecaster for Hurdle {
    fn name(&self) -> &str {
        "hurdle"
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        at_least(2, past, self.name())?;
        if past.known().any(|y| y < 0.0) {
            let why = "a demand below zero has no size".to_owned();
            return Err(NotFitted::Unsuited { model: self.name().to_owned(), why });
        }
        let count = past.known().count() as f64;
        // The start is the share of all steps: a single first one would say too much.
        let mut chance = past.known().filter(|y| *y > 0.0).count() as f64 / count;
        let (mut sizes, mut weight) = (Vec::new(), 1.0);
        for y in past.known() {
            let came = y > 0.0;
            chance += self.chance * (f64::from(came) - chance);
            if came {
                sizes.push((y, weight));
                // Newer ones weigh more, as a smoothed mean has it; scaled down before they grow out of all bounds.
                weight /= f64::max(1.0 - self.size, 0.5);
                if weight > 1e100 {
                    sizes.iter_mut().for_each(|(_, its)| *its = f64::max(*its / weight, 1e-12));
                    weight = 1.0;
                }
            }
        }
        Ok(Box::new(Mixed { chance, sizes: Sample::of(sizes) }))
    }
}

impl Fitted for Mixed {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        vec![self.sizes.as_ref().map_or(0.0, |sizes| self.chance * sizes.mean()); horizon]
    }

    fn quantiles(&self, horizon: usize, levels: &Levels) -> Option<Array2<f64>> {
        let nothing = 1.0 - self.chance;
        let at = |level: f64| match &self.sizes {
            Some(sizes) if level > nothing => sizes.quantile((level - nothing) / self.chance),
            _ => 0.0,
        };
        let row: Vec<f64> = levels.iter().map(at).collect();
        Some(Array2::from_shape_fn((horizon, levels.len()), |(_, level)| row[level]))
    }
}
