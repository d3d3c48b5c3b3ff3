//! Quantiles that correct themselves.

use oms_forecast::{
    AdaptiveState, Adjusted, Croston, DampedHolt, DynamicTheta, Ets, Fitted, Forecaster,
    HoltWinters, Levels, NegativeBinomial, NotFitted, SeasonalNaive, Series, Ses, StateError,
    Theta, Tsb,
};
use oms_learn::normal_quantile;
use oms_learn::testing::noise;
use proptest::prelude::*;

fn chance(seed: u64, at: usize) -> f64 {
    normal_quantile(noise(seed, at).max(1e-12))
}

fn started(levels: &Levels) -> AdaptiveState {
    let past = Series::new("S", 1, [10.0, 12.0, 9.0, 11.0].map(Some)).unwrap();
    let state = Ses::with_alpha(0.3).fit(&past.past()).unwrap().state().unwrap();
    AdaptiveState::new(state, 2.0, levels).unwrap()
}

/// A tenth of the smaller side, and how far a share of misses may then be off.
fn bound(level: f64, steps: usize) -> f64 {
    let rate = 0.1 * level.min(1.0 - level);
    (1.0 + rate) / (rate * steps as f64)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    // Goal: the promise is kept against whoever wants to break it. Method: one who knows each quantile and, by a plan made
    // by chance, stays just below it, goes just beyond it, far beyond it, or far below, for long runs at a time, as far as
    // values may go.
    #[test]
    fn against_an_adversary(seed in 0_u64..1_000, level in 1_u16..20, run in 1_usize..200) {
        let level = f64::from(level) / 20.0;
        let mut running = started(&Levels::new(&[level]).unwrap());
        let steps = 4_000;
        let mut missed = 0.0;
        for step in 0..steps {
            let quantile = running.quantiles(1)[0];
            let mean = running.state().mean(1)[0];
            let plan = noise(seed, step / run);
            let y = if plan < 0.25 {
                quantile.map_or(mean, |q| q - 1e-6 * q.abs().max(1.0))
            } else if plan < 0.5 {
                quantile.map_or(mean, |q| q + 1e-6 * q.abs().max(1.0))
            } else if plan < 0.75 {
                quantile.map_or(1e6, |q| q.abs().min(1e6) * 2.0 + 1.0)
            } else {
                -1e3
            };
            let y = y.clamp(-1e40, 1e40);
            // No bound: of a high level nothing is beyond it, of a low one everything.
            let above = quantile.map_or(low(&running), |q| y > q);
            missed += f64::from(above);
            running.update(Some(y)).unwrap();
        }
        let off = (missed / steps as f64 - (1.0 - level)).abs();
        prop_assert!(off <= bound(level, steps) + 1e-12, "{level}: {off} beyond {}", bound(level, steps));
    }
}

/// Whether the only level asks for the end below all values.
fn low(running: &AdaptiveState) -> bool {
    let bytes = running.to_bytes();
    let asked: [u8; 8] = bytes[11..19].try_into().unwrap();
    f64::from_le_bytes(asked) <= 0.0
}

// Goal: what drifts is still held as promised, and at each time, not only on the whole; fixed quantiles are not. Method: demand
// whose spread is four times as large from the middle on, with a heavy upper tail; shares in each quarter.
#[test]
fn under_drift() {
    let demand = |t: usize| {
        let wide = if t < 600 { 3.0 } else { 12.0 };
        let z = chance(4, t);
        100.0 + wide * if z > 0.0 { z * (1.0 + z) } else { z }
    };
    let past = Series::new("S", 1, (0..200).map(|t| Some(demand(t)))).unwrap();
    let levels = Levels::new(&[0.1, 0.9, 0.95]).unwrap();
    let model = Ses::with_alpha(0.1);
    let mut running = AdaptiveState::learned(&model, &past.past(), &levels).unwrap();
    let fixed: Vec<f64> = running.quantiles(1).into_iter().map(|q| q.unwrap()).collect();
    let mut below = [[0.0; 3]; 2];
    let mut below_fixed = 0.0;
    for t in 200..1_400 {
        for (at, quantile) in running.quantiles(1).into_iter().enumerate() {
            below[usize::from(t >= 800)][at] +=
                f64::from(quantile.is_none_or(|q| demand(t) <= q)) / 600.0;
        }
        below_fixed += f64::from(t >= 800 && demand(t) <= fixed[2]) / 600.0;
        running.update(Some(demand(t))).unwrap();
    }
    for shares in below {
        for (share, level) in shares.into_iter().zip([0.1, 0.9, 0.95]) {
            assert!((share - level).abs() < 0.03, "{level}: {below:?}");
        }
    }
    assert!(below_fixed < 0.85, "{below_fixed}");
}

// Goal: a step that nobody saw moves the state and no level; one that is no number changes nothing; quantiles do not cross and
// grow further ahead. Method: one of each.
#[test]
fn quiet_steps() {
    let levels = Levels::default();
    let mut running = started(&levels);
    let before = running.clone();
    running.update(None).unwrap();
    assert_eq!(running.to_bytes()[..9 + 150], before.to_bytes()[..9 + 150]);
    assert!(matches!(running.update(Some(f64::NAN)), Err(StateError::NotANumber(_))));
    for t in 0..300 {
        running.update(Some(20.0 + 5.0 * chance(9, t))).unwrap();
        let known: Vec<f64> = running.quantiles(1).into_iter().flatten().collect();
        assert!(known.windows(2).all(|two| two[0] <= two[1]), "{known:?}");
    }
    let wide =
        |ahead: usize| running.quantiles(ahead)[12].unwrap() - running.quantiles(ahead)[2].unwrap();
    assert!(wide(1) < wide(5) && wide(5) < wide(20));
    assert!(AdaptiveState::new(running.state().clone(), -1.0, &levels).is_err());
    let naive = AdaptiveState::learned(
        &SeasonalNaive,
        &Series::new("S", 4, (0..40).map(|t| Some(f64::from(t % 4)))).unwrap().past(),
        &levels,
    );
    assert!(matches!(naive, Err(NotFitted::Unsuited { .. })));
}

// Goal: two levels keep a state in its room, bytes bring all of it back, and other bytes are refused. Method: every family with
// a season of 12; each byte cut, and levels that cannot be.
#[test]
fn bytes() {
    let values = (0..72_u32).map(|t| Some(f64::from(30 + t % 12 + (t * 7919) % 5)));
    let past = Series::new("S", 12, values).unwrap();
    let levels = Levels::new(&[0.05, 0.95]).unwrap();
    let models: Vec<Box<dyn Forecaster>> = vec![
        Box::new(Adjusted(Ses::default())),
        Box::new(Adjusted(DampedHolt::default())),
        Box::new(Adjusted(Theta::default())),
        Box::new(Adjusted(DynamicTheta::default())),
        Box::new(HoltWinters::default()),
        Box::new(HoltWinters::by_factors()),
        Box::new(Ets::new("MAdM".parse().unwrap())),
        Box::new(Croston::sba(0.1)),
        Box::new(Tsb::new(0.1, 0.1)),
        Box::new(NegativeBinomial),
    ];
    for model in models {
        let mut running = AdaptiveState::learned(&*model, &past.past(), &levels).unwrap();
        let bytes = running.to_bytes();
        assert!(bytes.len() <= 200, "{}: {}", model.name(), bytes.len());
        let mut read = AdaptiveState::from_bytes(&bytes).unwrap();
        assert_eq!(read, running, "{}", model.name());
        for y in [31.0, 90.0, 2.0] {
            running.update(Some(y)).unwrap();
            read.update(Some(y)).unwrap();
        }
        assert_eq!(read.quantiles(3), running.quantiles(3), "{}", model.name());
        assert!((0..bytes.len()).all(|cut| AdaptiveState::from_bytes(&bytes[..cut]).is_err()));
    }
    let mut bytes = started(&levels).to_bytes();
    bytes[11..19].copy_from_slice(&2.0_f64.to_le_bytes());
    assert!(matches!(AdaptiveState::from_bytes(&bytes), Err(StateError::Bytes(_))));
}
