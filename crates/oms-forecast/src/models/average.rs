//! The mean of several models: where they err in different ways, it errs less than each.
//!
//! # Source
//! Petropoulos and Svetunkov, *A simple combination of univariate models*, International Journal of Forecasting 36, 2020.

use super::{AutoEts, Ces, DynamicTheta};
use crate::forecaster::{Fitted, Forecaster, NotFitted, Parts};
use crate::past::Past;
use crate::season::Adjusted;

/// The mean, with equal weights, of the models that have an answer.
#[derive(Debug)]
pub struct Average {
    name: String,
    members: Vec<Box<dyn Forecaster>>,
}

impl Average {
    /// The average of these, under a name of its own.
    #[must_use]
    pub fn new(name: impl Into<String>, members: Vec<Box<dyn Forecaster>>) -> Self {
        Self { name: name.into(), members }
    }

    /// Exponential smoothing, the dynamic theta method and complex smoothing (`ens3`).
    #[must_use]
    pub fn of_three() -> Self {
        let ets = Box::new(AutoEts::averaged());
        let theta = Box::new(Adjusted(DynamicTheta::default()));
        Self::new("ens3", vec![ets, theta, Box::new(Ces)])
    }

    fn none(&self) -> NotFitted {
        NotFitted::Unsuited {
            model: self.name.clone(),
            why: "none of its models has one".to_owned(),
        }
    }
}

impl Forecaster for Average {
    fn name(&self) -> &str {
        &self.name
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        let members: Vec<_> =
            self.members.iter().filter_map(|model| model.fit(past).ok()).collect();
        if members.is_empty() { Err(self.none()) } else { Ok(Box::new(Together(members))) }
    }

    fn fit_each(
        &self,
        past: &Past<'_>,
        origins: &[usize],
    ) -> Result<Vec<Box<dyn Fitted>>, NotFitted> {
        let mut all: Vec<Vec<Box<dyn Fitted>>> = origins.iter().map(|_| Vec::new()).collect();
        for model in &self.members {
            let fits = model.fit_each(past, origins).into_iter().flatten();
            all.iter_mut().zip(fits).for_each(|(members, fitted)| members.push(fitted));
        }
        if all.iter().any(Vec::is_empty) {
            return Err(self.none());
        }
        Ok(all.into_iter().map(|members| Box::new(Together(members)) as Box<dyn Fitted>).collect())
    }
}

/// What several models learned, with equal weights.
#[derive(Debug)]
struct Together(Vec<Box<dyn Fitted>>);

impl Fitted for Together {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        let mut sum = vec![0.0; horizon];
        for member in &self.0 {
            sum.iter_mut().zip(member.mean(horizon)).for_each(|(sum, mean)| *sum += mean);
        }
        sum.iter_mut().for_each(|sum| *sum /= self.0.len() as f64);
        sum
    }

    fn parts(&self, horizon: usize) -> Vec<Parts> {
        let (mut sum, weight) = (vec![Parts::default(); horizon], 1.0 / self.0.len() as f64);
        for member in &self.0 {
            sum.iter_mut()
                .zip(member.parts(horizon))
                .for_each(|(sum, part)| sum.add(&part, weight));
        }
        sum
    }
}
