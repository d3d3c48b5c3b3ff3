//! Figures that somebody else reckoned.

use oms_forecast::{
    Adjusted, Croston, DampedHolt, Drift, Forecaster, HoltWinters, SeasonState, SeasonalNaive,
    Series, Ses, Theta, TrendState, Tsb,
};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn model(case: &Value) -> Box<dyn Forecaster> {
    let inputs = &case["inputs"];
    let given = &inputs["parameters"];
    let input = |name: &str| inputs[name].as_f64().unwrap();
    let (at, or) = (
        |name: &str| given[name].as_f64(),
        |name: &str, or: f64| given[name].as_f64().unwrap_or(or),
    );
    match case["kind"].as_str().unwrap() {
        "ses" => Box::new(Ses::with_alpha(input("alpha"))),
        "croston" => Box::new(Croston::new(input("alpha"))),
        "croston_sba" => Box::new(Croston::sba(input("alpha"))),
        "tsb" => Box::new(Tsb::new(input("alpha_demand"), input("alpha_probability"))),
        "seasonal_naive" => Box::new(SeasonalNaive),
        "random_walk_with_drift" => Box::new(Drift),
        "theta" | "optimized_theta" => {
            let [theta, alpha, level] =
                ["theta", "alpha", "initial_level"].map(|name| at(name).unwrap());
            Box::new(Adjusted(Theta::with_state(theta, alpha, level)))
        }
        "ets" => {
            let [alpha, beta, phi] =
                [("alpha", 0.0), ("beta", 0.0), ("phi", 1.0)].map(|(name, none)| or(name, none));
            let (level, trend) = (at("initial_level").unwrap(), or("initial_trend", 0.0));
            if given["initial_season"].is_null() {
                return Box::new(DampedHolt::with_state(TrendState {
                    alpha,
                    beta,
                    phi,
                    level,
                    trend,
                }));
            }
            let mut season = numbers(&given["initial_season"]);
            season.reverse();
            let gamma = at("gamma").unwrap();
            Box::new(HoltWinters::with_state(SeasonState {
                alpha,
                beta,
                gamma,
                phi,
                level,
                trend,
                season,
            }))
        }
        other => panic!("no model for `{other}`"),
    }
}

// Goal: the recursions are those of the papers. Method: 37 cases with given weights on five series, each within its
// tolerance; those of a decomposed series are a peer's answer, and stand within a percent.
#[test]
fn as_others_reckoned() {
    let all: Value = serde_json::from_str(include_str!("oracles.json")).unwrap();
    let cases = all["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 37);
    for case in cases {
        let name = case["inputs"]["series"].as_str().unwrap();
        let season = case["inputs"]["season"].as_u64().unwrap_or(1) as usize;
        let values = numbers(&all["series"][name]);
        let series = Series::new(name, season, values.into_iter().map(Some)).unwrap();
        let expected = numbers(&case["expected"]["forecast"]);
        let found = model(case).fit(&series.past()).unwrap().mean(expected.len());
        let tolerance = case["tolerance"].as_f64().unwrap();
        for (found, expected) in found.iter().zip(&expected) {
            let off = (found - expected).abs();
            assert!(
                off <= tolerance * expected.abs().max(1.0),
                "{}: {found} {expected}",
                case["id"]
            );
        }
    }
}
