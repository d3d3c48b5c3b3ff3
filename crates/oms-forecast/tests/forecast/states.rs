//! What a smoothing model keeps, and what its forecast is made of.

use oms_forecast::{
    Adjusted, AutoEts, Average, Ces, Croston, DampedHolt, DynamicTheta, Ets, EtsForm, Fitted,
    Forecaster, HoltWinters, Levels, NegativeBinomial, SeasonState, SeasonalNaive, Series, Ses,
    State, StateError, Theta, TrendState, Tsb,
};
use proptest::prelude::*;

const SEASON: [f64; 4] = [2.0, -1.0, 0.5, -1.5];
const FACTORS: [f64; 4] = [1.2, 0.9, 1.05, 0.85];

fn given(season: &[f64]) -> SeasonState {
    SeasonState {
        alpha: 0.3,
        beta: 0.05,
        gamma: 0.2,
        phi: 0.9,
        level: 20.0,
        trend: 0.4,
        season: season.to_vec(),
    }
}

/// Models whose weights and starts do not depend on the past.
fn given_models() -> Vec<Box<dyn Forecaster>> {
    let trend = TrendState { alpha: 0.3, beta: 0.05, phi: 0.9, level: 20.0, trend: 0.4 };
    let mut all: Vec<Box<dyn Forecaster>> = vec![
        Box::new(Ses::with_alpha(0.3)),
        Box::new(DampedHolt::with_state(trend)),
        Box::new(HoltWinters::with_state(given(&SEASON))),
        Box::new(Theta::with_state(2.0, 0.4, 18.0)),
        Box::new(DynamicTheta::with_state(3.0, 0.4, 18.0)),
        Box::new(Croston::sba(0.1)),
        Box::new(Croston::new(0.2)),
        Box::new(Tsb::new(0.1, 0.05)),
    ];
    for name in ["ANN", "AAN", "AAdN", "ANA", "AAA", "AAdA"] {
        all.push(Box::new(Ets::with_state(name.parse().unwrap(), given(&SEASON))));
    }
    for name in ["MNN", "MAN", "MAdN", "MNM", "MAM", "MAdM"] {
        all.push(Box::new(Ets::with_state(name.parse().unwrap(), given(&FACTORS))));
    }
    all
}

fn series(values: &[Option<f64>]) -> Series {
    Series::new("S", 4, values.iter().copied()).unwrap()
}

fn bits(means: &[f64]) -> Vec<u64> {
    means.iter().map(|mean| mean.to_bits()).collect()
}

fn seen() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![5 => (5.0..40.0_f64).prop_map(Some), 1 => Just(None)]
}

proptest! {
    // Goal: an update is a replay. Method: every family with given weights; a past taken in by a fit as a whole, or its
    // first part by a fit and the rest one by one, gaps among them, gives the same bits.
    #[test]
    fn update_is_replay(
        first in proptest::collection::vec(seen(), 1..20),
        rest in proptest::collection::vec(seen(), 0..20),
    ) {
        let first: Vec<_> = std::iter::once(Some(20.0)).chain(first).collect();
        let all: Vec<_> = first.iter().chain(&rest).copied().collect();
        for model in given_models() {
            let whole = model.fit(&series(&all).past());
            let begun = model.fit(&series(&first).past());
            let (Ok(whole), Ok(begun)) = (whole, begun) else { continue };
            let mut state = begun.state().unwrap();
            rest.iter().for_each(|y| state.update(*y).unwrap());
            prop_assert_eq!(bits(&state.mean(9)), bits(&whole.mean(9)), "{}", model.name());
            prop_assert_eq!(&State::from_bytes(&state.to_bytes()).unwrap(), &state);
        }
    }

    // Goal: bytes from anywhere are a state or a typed error. Method: states with bytes changed, cut and added, and random
    // bytes; what is read forecasts, takes a value and is written again.
    #[test]
    fn any_bytes(at in 0_usize..200, byte in any::<u8>(), cut in 0_usize..200, noise in proptest::collection::vec(any::<u8>(), 0..60)) {
        let values: Vec<_> = (0..40).map(|t| Some(f64::from(10 + t % 4))).collect();
        for model in given_models() {
            let state = model.fit(&series(&values).past()).unwrap().state().unwrap();
            let mut bytes = state.to_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(mut read) = State::from_bytes(&bytes) {
                read.update(Some(3.0)).unwrap();
                prop_assert_eq!(read.mean(5).len(), 5);
                let _ = read.to_bytes();
            }
            let short = &state.to_bytes()[..cut % bytes.len()];
            prop_assert!(State::from_bytes(short).is_err());
        }
        let _ = State::from_bytes(&noise);
    }

    // Goal: the parts of a step sum to its mean. Method: every model, on random pasts with a season.
    #[test]
    fn parts_sum_to_the_mean(values in proptest::collection::vec(1.0..50.0_f64, 16..60)) {
        let months = values.iter().enumerate();
        let months: Vec<_> = months.map(|(t, y)| Some(y + if t % 4 == 3 { 60.0 } else { 0.0 })).collect();
        let mut models = given_models();
        models.push(Box::new(Adjusted(Theta::default())));
        models.push(Box::new(AutoEts::averaged()));
        models.push(Box::new(Ces));
        models.push(Box::new(SeasonalNaive));
        models.push(Box::new(HoltWinters::by_factors()));
        models.push(Box::new(Average::of_three()));
        for model in models {
            let Ok(fitted) = model.fit(&series(&months).past()) else { continue };
            let (mean, parts) = (fitted.mean(9), fitted.parts(9));
            prop_assert_eq!(mean.len(), parts.len());
            for (mean, parts) in mean.iter().zip(&parts) {
                let off = (mean - parts.sum()).abs();
                prop_assert!(off <= 1e-12 * mean.abs().max(1e2), "{}: {mean} {parts:?}", model.name());
            }
        }
    }
}

// Goal: a season that was taken out moves with the state. Method: a clean season; after three more steps the forecast is
// that of the same places.
#[test]
fn seasons_move_on() {
    let month = |t: usize| 50.0 + [30.0, 0.0, -10.0, 5.0][t % 4] + ((t * 7) % 5) as f64;
    let values: Vec<_> = (0..48).map(|t| Some(month(t))).collect();
    for model in [
        Box::new(Adjusted(Ses::default())) as Box<dyn Forecaster>,
        Box::new(Adjusted(Theta::default())),
        Box::new(HoltWinters::by_factors()),
        Box::new(Ets::new("MNM".parse::<EtsForm>().unwrap())),
    ] {
        let mut state = model.fit(&series(&values).past()).unwrap().state().unwrap();
        for t in 48..51 {
            state.update((t != 49).then(|| month(t))).unwrap();
        }
        for (ahead, mean) in state.mean(4).iter().enumerate() {
            assert!((mean - month(51 + ahead)).abs() < 8.0, "{} {ahead} {mean}", model.name());
        }
    }
}

// Goal: states are small. Method: every family with a season of 12, and of 52.
#[test]
fn small() {
    let long = |places: usize| -> Vec<_> {
        (0..5 * places)
            .map(|t| Some(50.0 + ((t % places) as f64) + ((t * 31) % 7) as f64))
            .collect()
    };
    for (places, most) in [(12, 200), (52, 200 + 40 * 4)] {
        let past = Series::new("S", places, long(places)).unwrap();
        for model in [
            Box::new(Adjusted(Ses::default())) as Box<dyn Forecaster>,
            Box::new(Adjusted(DampedHolt::default())),
            Box::new(Adjusted(Theta::default())),
            Box::new(Adjusted(DynamicTheta::default())),
            Box::new(HoltWinters::default()),
            Box::new(Ets::new("AAdA".parse::<EtsForm>().unwrap())),
            Box::new(Ets::new("MAdM".parse::<EtsForm>().unwrap())),
            Box::new(Croston::sba(0.1)),
            Box::new(Tsb::new(0.1, 0.1)),
            Box::new(NegativeBinomial),
        ] {
            let Ok(fitted) = model.fit(&past.past()) else { continue };
            let state = fitted.state().unwrap();
            let bytes = state.to_bytes();
            assert!(bytes.len() <= most, "{} {places}: {}", model.name(), bytes.len());
            let read = State::from_bytes(&bytes).unwrap();
            for (a, b) in read.mean(9).iter().zip(state.mean(9)) {
                assert!((a - b).abs() < 1e-5 * b.abs(), "{}", model.name());
            }
        }
    }
}

// Goal: a state stays a number whatever comes. Method: every family, fed with zeros, giants of both signs and gaps.
#[test]
fn stays_a_number() {
    let values: Vec<_> = (0..40).map(|t| Some(f64::from(10 + t % 4))).collect();
    for model in given_models() {
        let mut state = model.fit(&series(&values).past()).unwrap().state().unwrap();
        for t in 0..400_usize {
            let y = [Some(0.0), Some(0.0), Some(1e50), None, Some(-1e50), Some(1e-300), Some(0.0)]
                [t % 7];
            // Zeros first, long enough for a level to come to nothing.
            state.update(if t < 200 { Some(0.0) } else { y }).unwrap();
            assert!(state.mean(9).iter().all(|mean| mean.is_finite()), "{} {t}", model.name());
        }
    }
}

// Goal: what cannot be taken in or read is refused. Method: one of each kind.
#[test]
fn refused() {
    let mut state =
        Ses::with_alpha(0.5).fit(&series(&[Some(4.0)]).past()).unwrap().state().unwrap();
    let before = state.clone();
    for wrong in [f64::NAN, f64::INFINITY, 1e60] {
        assert!(matches!(state.update(Some(wrong)), Err(StateError::NotANumber(_))));
    }
    assert_eq!(state, before);
    let mut bytes = state.to_bytes();
    bytes.push(0);
    assert_eq!(State::from_bytes(&bytes), Err(StateError::Bytes("they go on")));
    bytes[0] = 9;
    assert_eq!(State::from_bytes(&bytes), Err(StateError::Version(9)));
    assert_eq!(State::from_bytes(&[]), Err(StateError::Bytes("they end early")));
}

// Goal: the closed distribution of a sum is that of the steps. Method: smoothing without trend, whose sums have a
// variance that anybody can write down; a count's totals grow with the steps and with the level.
#[test]
fn totals() {
    let values: Vec<_> = (0..60).map(|t| Some(f64::from((t * 13) % 5))).collect();
    let levels = Levels::new(&[0.5, 0.975]).unwrap();
    let fitted =
        Ets::with_state("ANN".parse().unwrap(), given(&[])).fit(&series(&values).past()).unwrap();
    let (one, three) = (fitted.quantiles(1, &levels).unwrap(), fitted.total(3, &levels).unwrap());
    let size = |quantiles: &[f64]| quantiles[1] - quantiles[0];
    let factor = (1.0 + 1.3_f64.powi(2) + 1.6_f64.powi(2)).sqrt();
    assert!((size(&three) / size(&[one[[0, 0]], one[[0, 1]]]) - factor).abs() < 1e-9);
    assert!((three[0] - 3.0 * one[[0, 0]]).abs() < 1e-9);
    let fitted = NegativeBinomial.fit(&series(&values).past()).unwrap();
    let totals: Vec<_> = (1..20).map(|steps| fitted.total(steps, &levels).unwrap()).collect();
    assert!(totals.windows(2).all(|two| two[0][0] < two[1][0] && two[0][1] < two[1][1]));
    assert_eq!(totals[0], fitted.quantiles(1, &levels).unwrap().row(0).to_vec());
}
