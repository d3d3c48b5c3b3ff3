//! Our models hold to the laws of their seam, and a wrong model is seen to fail.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

use ndarray::Array2;
use oms_forecast::testing::{Claims, forecaster_laws};
use oms_forecast::{
    Adjusted, Aggregated, Arima, ArimaOrder, AutoArima, AutoEts, Average, Ces, Croston, DampedHolt,
    Drift, DynamicTheta, Empirical, Ets, Fitted, Forecaster, HoltWinters, Hurdle, Levels, Mstl,
    NegativeBinomial, NotFitted, Parts, Past, SeasonalNaive, Ses, Theta, Tsb,
};

// Goal: all our models hold to the laws. Method: the kit, with the claim of scale for those that make it.
#[test]
fn ours() {
    let scales: Vec<Box<dyn Forecaster>> = vec![
        Box::new(SeasonalNaive),
        Box::new(Drift),
        Box::new(Ses::default()),
        Box::new(Ses::with_alpha(0.2)),
        Box::new(Adjusted(Ses::default())),
        Box::new(Adjusted(DampedHolt::default())),
        Box::new(Adjusted(Theta::default())),
        Box::new(Adjusted(DynamicTheta::default())),
        Box::new(HoltWinters::default()),
        Box::new(HoltWinters::by_factors()),
        Box::new(Ets::new("AAdN".parse().unwrap())),
        Box::new(Ets::new("MAM".parse().unwrap())),
        Box::new(AutoEts::default()),
        Box::new(AutoEts::averaged()),
        Box::new(Ces),
        Box::new(AutoArima),
        Box::new(Arima::new(ArimaOrder {
            differences: 1,
            ma: 1,
            seasonal_differences: 1,
            seasonal_ma: 1,
            ..ArimaOrder::default()
        })),
        Box::new(Average::of_three()),
        Box::new(Mstl::new(vec![4, 7, 12], Ses::default())),
        Box::new(Croston::sba(0.1)),
        Box::new(Tsb::new(0.1, 0.1)),
        Box::new(Hurdle::new(0.05, 0.05)),
        Box::new(Aggregated::adida()),
        Box::new(Aggregated::imapa()),
        Box::new(Empirical::default()),
        Box::new(Empirical::seasonal().with_half_life(9.0)),
    ];
    for model in scales {
        forecaster_laws(&*model, Claims { scales: true });
    }
    forecaster_laws(&NegativeBinomial, Claims::default());
}

/// A model that breaks one law.
#[derive(Debug)]
struct Wrong(&'static str, AtomicU32);

#[derive(Debug)]
struct Said {
    law: &'static str,
    mean: f64,
}

impl Forecaster for Wrong {
    fn name(&self) -> &str {
        "wrong"
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        let known = past.known().last().unwrap_or_default();
        let mean = match self.0 {
            "deterministic" => known + f64::from(self.1.fetch_add(1, Ordering::Relaxed)),
            "mask" => past.values()[past.values().len() - 1],
            "scale" => known + 1.0,
            _ => known,
        };
        Ok(Box::new(Said { law: self.0, mean }))
    }

    fn fit_each(
        &self,
        past: &Past<'_>,
        origins: &[usize],
    ) -> Result<Vec<Box<dyn Fitted>>, NotFitted> {
        if self.0 == "no future" {
            return origins.iter().map(|_| self.fit(past)).collect();
        }
        origins.iter().map(|origin| self.fit(&past.first(*origin))).collect()
    }
}

impl Fitted for Said {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        match self.law {
            "numbers" => vec![f64::NAN; horizon],
            "numbers: 1" => vec![self.mean],
            "prefix" => vec![self.mean + horizon as f64; horizon],
            _ => vec![self.mean; horizon],
        }
    }

    fn quantiles(&self, horizon: usize, levels: &Levels) -> Option<Array2<f64>> {
        let crossed = |(_, level)| self.mean - level as f64;
        (self.law == "numbers: quantiles")
            .then(|| Array2::from_shape_fn((horizon, levels.len()), crossed))
    }

    fn parts(&self, horizon: usize) -> Vec<Parts> {
        let level = if self.law == "parts" { self.mean + 1.0 } else { self.mean };
        self.mean(horizon)
            .into_iter()
            .map(|mean| Parts::level(if self.law == "parts" { level } else { mean }))
            .collect()
    }
}

// Goal: each law can be broken, and is named then. Method: a model for each; one that breaks none passes.
#[test]
fn wrong() {
    let laws = [
        "numbers",
        "numbers: 1",
        "numbers: quantiles",
        "deterministic",
        "prefix",
        "mask",
        "no future",
        "parts",
        "scale",
    ];
    for law in laws {
        let wrong = Wrong(law, AtomicU32::new(0));
        let claims = Claims { scales: true };
        let told = catch_unwind(AssertUnwindSafe(|| forecaster_laws(&wrong, claims))).unwrap_err();
        let told = told.downcast_ref::<String>().unwrap();
        assert!(told.contains(&format!("breaks a law: {law}")), "{law}: {told}");
    }
    forecaster_laws(&Wrong("none", AtomicU32::new(0)), Claims { scales: true });
}
