//! `oms forecast`: a file of histories in, quantiles out.

use std::fs;

use crate::shop::Shop;

const WIDE: &str = "unique_id,freq,season,h,start,y\n\
    MILK,D,7,2,2024-01-01,4 5 6 4 5 6 4 5 6 4 5 6 4 5 6 9 9\n\
    BOLT,M,12,3,,0 0 1 0 0 0 2 0 0 0 0 1 0 0 0 5 5 5\n\
    NEW,D,7,2,,1 2\n";

fn head(levels: &str) -> String {
    format!("unique_id,h,mean,{levels}")
}

// Goal: the wide form is forecast, one row a step, in the order of the file, and a series without a past is named.
// Method: three series, and the same with other hidden values: the same bytes.
#[test]
fn wide() {
    let shop = Shop::empty();
    shop.write("wide.csv", WIDE);
    shop.write("other.csv", WIDE.replace("9 9\n", "1 x\n").replace("5 5 5\n", "- - -\n"));
    let told = shop.run(&["forecast", "wide.csv", "--out", "out.csv"]).done().text();
    assert!(
        told.contains("2 series, 5 rows, model auto") && told.contains("`NEW` has no value"),
        "{told}"
    );
    let out = fs::read_to_string(shop.path().join("out.csv")).unwrap();
    let rows: Vec<&str> = out.lines().collect();
    let usual = "q010,q025,q050,q100,q200,q300,q400,q500,q600,q700,q800,q900,q950,q975,q990";
    assert_eq!(rows[0], head(usual));
    let begins = ["MILK,1,", "MILK,2,", "BOLT,1,", "BOLT,2,", "BOLT,3,"];
    assert!(rows[1..].iter().zip(begins).all(|(row, begin)| row.starts_with(begin)), "{out}");
    shop.run(&["forecast", "other.csv", "--out", "other_out.csv"]).done();
    assert_eq!(fs::read_to_string(shop.path().join("other_out.csv")).unwrap(), out);
}

// Goal: the long form needs a horizon, and levels and a model can be chosen. Method: as naive as it gets, told as JSON.
#[test]
fn long() {
    let shop = Shop::empty();
    shop.write("long.csv", "unique_id,ds,y\nA,2024-01-02,5\nA,2024-01-01,5\n");
    let args = ["forecast", "long.csv", "--out", "out.csv", "--levels", "0.5,0.9", "--json"];
    let error = shop.run(&args).code(2).error();
    assert_eq!(error["code"], "history.unusable");
    let more = ["--horizon", "2", "--model", "seasonal_naive"];
    let told = shop.run(&[&args[..], &more].concat()).done().one();
    assert_eq!((&told["series"], &told["model"]), (&1.into(), &"seasonal_naive".into()));
    let out = fs::read_to_string(shop.path().join("out.csv")).unwrap();
    assert_eq!(out, format!("{}\nA,1,5,5,5\nA,2,5,5,5\n", head("q500,q900")));
}

// Goal: what cannot be forecast is told with its place, and nothing is written. Method: one of each kind.
#[test]
fn refused() {
    let shop = Shop::empty();
    shop.write("wide.csv", WIDE);
    shop.write("x.csv", "unique_id,h,season,y\nMILK,1,7,1 2 3\nBOLT,1,7,1 x 3\n");
    shop.write("inf.csv", "unique_id,ds,y\nMILK,1,inf\n");
    shop.write("h.parquet", "PAR1");
    for (file, more, code, text) in [
        (
            "x.csv",
            ["--horizon", "2"],
            "history.unusable",
            "line 3, series `BOLT`: `x` is no number",
        ),
        ("inf.csv", ["--horizon", "2"], "history.unusable", "line 2, series `MILK`"),
        ("h.parquet", ["--horizon", "2"], "history.unusable", "Parquet"),
        ("none.csv", ["--horizon", "2"], "file.failed", "none.csv"),
        ("wide.csv", ["--levels", "0.9,0.5"], "levels.wrong", "from low to high"),
        ("wide.csv", ["--horizon", "10001"], "horizon.wrong", "series `MILK`"),
        ("wide.csv", ["--horizon", "0"], "horizon.wrong", "series `MILK`"),
    ] {
        let args = [&["forecast", file, "--out", "out.csv", "--json"][..], &more].concat();
        let error = shop.run(&args).code(2).error();
        assert_eq!(error["code"], code, "{file} {more:?}");
        assert!(error["message"].as_str().unwrap().contains(text), "{error}");
        assert!(!shop.path().join("out.csv").exists(), "{file}");
    }
}

// Goal: the parts of each step sum to its mean, the models' evidence is told, and an unknown series is said to be one.
// Method: a season with a trend, as JSON and for people.
#[test]
fn explained() {
    let shop = Shop::empty();
    let days: Vec<String> =
        (0..70).map(|day| (20 + day / 3 + if day % 7 == 5 { 15 } else { 0 }).to_string()).collect();
    shop.write("days.csv", format!("unique_id,season,h,y\nMILK,7,7,{}\n", days.join(" ")));
    let told = shop.run(&["explain-forecast", "days.csv", "MILK", "--json"]).done().one();
    let steps = told["steps"].as_array().unwrap();
    assert_eq!((steps.len(), &told["class"]), (7, &"smooth".into()));
    for step in steps {
        let sum: f64 =
            step["parts"].as_object().unwrap().values().map(|part| part.as_f64().unwrap()).sum();
        assert!((sum - step["mean"].as_f64().unwrap()).abs() < 1e-9, "{step}");
    }
    assert!(steps.iter().any(|step| step["parts"]["season"].as_f64().unwrap() > 5.0), "{told}");
    assert!(told["tested"].as_array().unwrap().iter().any(|its| its["taken"] == true));
    let text =
        shop.run(&["explain-forecast", "days.csv", "MILK", "--model", "theta"]).done().text();
    assert!(
        text.contains("series MILK   smooth demand, 63 values known")
            && text.contains("season")
            && text.contains("theta")
            && !text.contains("promotion"),
        "{text}"
    );
    let error = shop.run(&["explain-forecast", "days.csv", "TEA", "--json"]).code(1).error();
    assert_eq!(error["code"], "series.unknown");
}
