//! How long one more value takes: a state that takes it in, with and without two levels that adapt, beside a fit of the whole
//! past.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use oms_forecast::{
    AdaptiveState, Adjusted, Croston, DampedHolt, DynamicTheta, Forecaster, HoltWinters, Levels,
    NegativeBinomial, Series, Ses, Theta, Tsb,
};

fn update(c: &mut Criterion) {
    let units = (0..120_u32).map(|t| Some(f64::from(20 + t % 12 + (t * 7919) % 5)));
    let Ok(series) = Series::new("MILK", 12, units) else { return };
    let Ok(levels) = Levels::new(&[0.05, 0.95]) else { return };
    let models: [(&str, Box<dyn Forecaster>); 9] = [
        ("ses", Box::new(Ses::default())),
        ("holt", Box::new(DampedHolt::default())),
        ("holt_winters", Box::new(HoltWinters::default())),
        ("holt_winters_factors", Box::new(HoltWinters::by_factors())),
        ("theta", Box::new(Adjusted(Theta::default()))),
        ("dot", Box::new(Adjusted(DynamicTheta::default()))),
        ("sba", Box::new(Croston::sba(0.1))),
        ("tsb", Box::new(Tsb::new(0.1, 0.1))),
        ("negative_binomial", Box::new(NegativeBinomial)),
    ];
    let mut group = c.benchmark_group("update");
    for (name, model) in &models {
        let Some(mut state) = model.fit(&series.past()).ok().and_then(|fitted| fitted.state())
        else {
            continue;
        };
        let mut t = 0_u32;
        group.bench_function(*name, |b| {
            b.iter(|| {
                t = (t + 1) % 12;
                state.update(black_box(Some(f64::from(20 + t))))
            });
        });
        if let Ok(mut running) = AdaptiveState::learned(&**model, &series.past(), &levels) {
            group.bench_function(format!("{name}, adaptive"), |b| {
                b.iter(|| {
                    t = (t + 1) % 12;
                    running.update(black_box(Some(f64::from(20 + t))))
                });
            });
        }
        group.bench_function(format!("{name}, fitted anew"), |b| {
            b.iter(|| model.fit(black_box(&series.past())).is_ok());
        });
    }
    group.finish();
}

criterion_group!(benches, update);
criterion_main!(benches);
