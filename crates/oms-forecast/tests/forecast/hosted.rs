//! Models of a host: chosen, averaged and calibrated as ours are.
use ndarray::Array2;
use oms_forecast::{
    Fitted, Forecaster, Hosted, Levels, Model, NotFitted, Panel, Past, Series, forecast_hosted,
    forecast_in, forecast_with,
};

/// The mean of all, with quantiles as if hardly anything ever happened.
#[derive(Debug)]
struct Sure;

#[derive(Debug)]
struct Mean(f64);

impl Forecaster for Sure {
    fn name(&self) -> &str {
        "sure"
    }

    fn fit(&self, past: &Past<'_>) -> Result<Box<dyn Fitted>, NotFitted> {
        let (sum, count) = past.known().fold((0.0, 0.0), |(sum, n), y| (sum + y, n + 1.0));
        Ok(Box::new(Mean(sum / count)))
    }
}

impl Fitted for Mean {
    fn mean(&self, horizon: usize) -> Vec<f64> {
        vec![self.0; horizon]
    }

    fn quantiles(&self, horizon: usize, levels: &Levels) -> Option<Array2<f64>> {
        let levels: Vec<f64> = levels.iter().collect();
        let at = |level: f64| self.0 + 5.0 * (level - 0.5);
        Some(Array2::from_shape_fn((horizon, levels.len()), |(_, level)| at(levels[level])))
    }
}

/// A hundred series of even noise between 10 and 30.
fn noise() -> Vec<Series> {
    let one = |id: u64| {
        let mut state = id * 7_919 + 1;
        let y = (0..80).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            Some(10.0 + 20.0 * ((state >> 33) % 1_000) as f64 / 1_000.0)
        });
        Series::new(id.to_string(), 1, y).unwrap()
    };
    (0..100).map(one).collect()
}

// Goal: what a host's model says too surely is widened by what came of it, as ours is. Method: noise that is four times as
// wide as the model says; the width of nine in ten, with and without a panel that counted.
#[test]
fn calibrated() {
    let all = noise();
    let levels = Levels::new(&[0.05, 0.5, 0.95]).unwrap();
    let wanted: Vec<_> = all.iter().map(|series| (series.past(), 5)).collect();
    let models = Hosted { models: &[&Sure], beside: None };
    let panel = Panel::learned_hosted(&wanted, models, 1);
    let alone = forecast_with(&all[0], 5, &levels, models.models).unwrap();
    let next = forecast_hosted(&panel, &all[0], 5, &levels, models).unwrap();
    assert_eq!(alone.mean, next.mean);
    for step in 0..5 {
        let width = |rows: &Array2<f64>| rows[[step, 2]] - rows[[step, 0]];
        let (before, after) = (width(&alone.quantiles), width(&next.quantiles));
        assert!((4.4..4.6).contains(&before) && after > 1.7 * before, "{before} {after}");
    }
    let threads = Panel::learned_hosted(&wanted, models, 3);
    assert_eq!(forecast_hosted(&threads, &all[0], 5, &levels, models).unwrap(), next);
}

// Goal: a host's model stands beside ours and is taken on its merits; of ours alone the same bits come as without a host.
// Method: on noise the mean of all is hard to beat; on a steep trend it is nowhere near.
#[test]
fn beside_ours() {
    let levels = Levels::default();
    let models = Hosted { models: &[&Sure], beside: Some(Model::Drift) };
    let trend = Series::new("T", 1, (0..60).map(|day| Some(f64::from(day * 9)))).unwrap();
    let taken = |series: &Series| {
        let next = forecast_hosted(&Panel::default(), series, 5, &levels, models).unwrap();
        let taken = next.tested.into_iter().filter(|its| its.taken).map(|its| its.model);
        taken.collect::<Vec<String>>()
    };
    assert_eq!(taken(&trend), ["drift"]);
    assert!(taken(&noise()[3]).contains(&"sure".to_owned()));
    let (ours, panel) = (Hosted { models: &[], beside: Some(Model::Theta) }, Panel::default());
    assert_eq!(
        forecast_hosted(&panel, &trend, 5, &levels, ours).unwrap(),
        forecast_in(&panel, &trend, 5, &levels, Model::Theta).unwrap()
    );
}
