//! Goal: scores, calibration and drift are those of their definitions. Method: cases computed elsewhere and found a second
//! time by another way, each within its own tolerance. Attributions of trees stand beside their code.

use oms_learn::crps::{
    crps_negative_binomial, crps_normal, crps_poisson, crps_quantiles, crps_sample,
};
use oms_learn::drift::{Cusum, PageHinkley, kolmogorov_smirnov, psi};
use oms_learn::{conformal_bound, isotonic, score};
use serde_json::Value;

const CASES: &str = include_str!("oracles.json");

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("`{key}` of {value}"))
}

fn numbers(value: &Value, key: &str) -> Vec<f64> {
    value[key].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

struct Case {
    id: String,
    inputs: Value,
    expected: Value,
    tolerance: f64,
}

impl Case {
    fn one(&self, key: &str, found: Option<f64>) {
        let (found, wanted) = (found.unwrap(), number(&self.expected, key));
        assert!((found - wanted).abs() <= self.tolerance, "{}: {key} {found} {wanted}", self.id);
    }

    fn all(&self, key: &str, found: &[f64]) {
        let wanted = numbers(&self.expected, key);
        let near = |(one, two): (&f64, &f64)| (one - two).abs() <= self.tolerance;
        let right = found.len() == wanted.len() && found.iter().zip(&wanted).all(near);
        assert!(right, "{}: {key} {found:?} {wanted:?}", self.id);
    }

    fn alarm(&self, found: Option<usize>) {
        let found = found.map(|at| at as u64 + 1);
        assert_eq!(found, self.expected["alarm_at_1_based"].as_u64(), "{}", self.id);
    }
}

fn scores(case: &Case) {
    let of = |key| numbers(&case.inputs, key);
    let (actual, forecast, history) = (of("actual"), of("forecast"), of("history"));
    let levels = of("levels");
    case.one("mae", score::mae(&actual, &forecast));
    case.one("rmse", score::rmse(&actual, &forecast));
    case.one("wape", score::wape(&actual, &forecast));
    case.one("smape_percent", score::smape(&actual, &forecast));
    case.one("bias", score::bias(&actual, &forecast));
    case.one("mase", score::mase(&actual, &forecast, &history, 1));
    case.one("rmsse", score::rmsse(&actual, &forecast, &history, 1));
    let rows = case.inputs["quantiles"].as_array().unwrap();
    let row = |at: usize| -> Vec<f64> {
        rows[at].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
    };
    let each = |of: &dyn Fn(&[f64], f64) -> Option<f64>| -> Vec<f64> {
        levels.iter().enumerate().map(|(at, level)| of(&row(at), *level).unwrap()).collect()
    };
    case.all("pinball", &each(&|q, level| score::mean_pinball(&actual, q, level)));
    let scaled = |q: &[f64], level| score::scaled_pinball(&actual, q, level, &history, 1);
    case.all("scaled_pinball", &each(&scaled));
    let (low, high) = (row(0), row(2));
    case.one("msis_80", score::msis(&actual, &low, &high, 0.2, &history, 1));
    case.one("coverage_80", score::coverage(&actual, &low, &high));
}

fn drifts(case: &Case, kind: &str) {
    let of = |key| number(&case.inputs, key);
    let x = numbers(&case.inputs, "x");
    if kind == "page_hinkley" {
        let mut watch = PageHinkley::new(of("delta"), of("threshold")).unwrap();
        let seen: Vec<(bool, f64)> =
            x.iter().map(|x| (watch.update(*x), watch.statistic())).collect();
        case.alarm(seen.iter().position(|(alarm, _)| *alarm));
        return case.all("statistic", &seen.iter().map(|(_, sum)| *sum).collect::<Vec<f64>>());
    }
    let mut watch = Cusum::new(of("target"), of("sd"), of("k"), of("h")).unwrap();
    let seen: Vec<(bool, f64, f64)> =
        x.iter().map(|x| (watch.update(*x), watch.upper(), watch.lower())).collect();
    case.alarm(seen.iter().position(|(alarm, ..)| *alarm));
    case.all("upper", &seen.iter().map(|(_, upper, _)| *upper).collect::<Vec<f64>>());
    case.all("lower", &seen.iter().map(|(.., lower)| *lower).collect::<Vec<f64>>());
}

fn distributions(case: &Case, kind: &str) {
    let of = |key| number(&case.inputs, key);
    let actual = of("actual");
    let found = match kind {
        "crps_normal" => crps_normal(actual, of("mean"), of("sd")),
        "crps_sample" => crps_sample(actual, &numbers(&case.inputs, "sample")),
        "crps_poisson" => crps_poisson(actual as u64, of("mean")),
        _ => crps_negative_binomial(actual as u64, of("mean"), of("variance")),
    };
    case.one("crps", found);
}

fn quantiles(case: &Case) {
    let (levels, quantiles) = (numbers(&case.inputs, "levels"), numbers(&case.inputs, "quantiles"));
    let actual = number(&case.inputs, "actual");
    let each = levels.iter().zip(&quantiles);
    let each: Vec<f64> = each.map(|(level, q)| score::pinball(actual, *q, *level)).collect();
    case.all("pinball", &each);
    case.one("twice_mean", crps_quantiles(actual, &levels, &quantiles));
}

fn kolmogorov(case: &Case) {
    let found =
        kolmogorov_smirnov(&numbers(&case.inputs, "a"), &numbers(&case.inputs, "b")).unwrap();
    case.one("statistic", Some(found.statistic));
    case.one("exact_p", Some(found.p_value));
}

#[test]
fn all_cases() {
    let file: Value = serde_json::from_str(CASES).unwrap();
    let mut done = 0;
    for case in file["cases"].as_array().unwrap() {
        let kind = case["kind"].as_str().unwrap();
        let case = Case {
            id: case["id"].as_str().unwrap().to_owned(),
            inputs: case["inputs"].clone(),
            expected: case["expected"].clone(),
            tolerance: number(case, "tolerance"),
        };
        let of = |key| number(&case.inputs, key);
        match kind {
            "scores" => scores(&case),
            "owa" => {
                let naive = (of("naive2_smape"), of("naive2_mase"));
                case.one("owa", score::owa(of("smape"), of("mase"), naive.0, naive.1));
            }
            "quantile_score_mean" => quantiles(&case),
            "isotonic_regression" => {
                let weights = numbers(&case.inputs, "w");
                let fit = isotonic(&numbers(&case.inputs, "y"), Some(&weights)).unwrap();
                case.all("fit", &fit);
            }
            "split_conformal" => {
                let errors = numbers(&case.inputs, "absolute_residuals");
                let found = conformal_bound(&errors, 1.0 - of("alpha"));
                let infinite = case.expected["half_width"] == "infinite";
                assert_eq!(found.is_none(), infinite, "{}", case.id);
                found.into_iter().for_each(|found| case.one("half_width", Some(found)));
            }
            "psi" => {
                let of = |key| numbers(&case.inputs, key);
                case.one("psi", psi(&of("expected_shares"), &of("actual_shares")));
            }
            "kolmogorov_smirnov" => kolmogorov(&case),
            "page_hinkley" | "cusum_two_sided" => drifts(&case, kind),
            // In the unit tests of attributions, where a tree can be made by hand.
            "tree_shap_path_dependent" => continue,
            other => distributions(&case, other),
        }
        done += 1;
    }
    assert_eq!(done, 21);
}
