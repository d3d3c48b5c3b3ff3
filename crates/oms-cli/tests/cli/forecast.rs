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

// Goal: what has no value yet is forecast as those like it are, after the others, and both verbs say so; a model that was chosen
// by name leaves it out. Method: ten of a large brand and ten of a small one, and a new one of the small.
#[test]
fn newcomers() {
    let shop = Shop::empty();
    let days = |id: usize| -> String {
        let level = if id.is_multiple_of(2) { 40 } else { 4 };
        let row = |day: usize| {
            format!("S{id},2024-01-{:02},{},B{}\n", day + 1, level + (day * 5 + id) % 4, id % 2)
        };
        (0..30).map(row).collect()
    };
    let old: String = (0..20).map(days).collect();
    shop.write("h", format!("unique_id,ds,y,brand\nNEW,2024-02-01,,B1\n{old}"));
    let args = ["forecast", "h", "--horizon", "3", "--out", "out.csv"];
    let told = shop.run(&args).done().text();
    assert!(
        told.contains("20 series, 63 rows") && told.contains("series like them: NEW"),
        "{told}"
    );
    let out = fs::read_to_string(shop.path().join("out.csv")).unwrap();
    let last: Vec<&str> = out.lines().last().unwrap().split(',').collect();
    let mean: f64 = last[2].parse().unwrap();
    assert!((last[0], last[1]) == ("NEW", "3") && (4.0..7.5).contains(&mean), "{last:?}");
    let why = shop.run(&["explain-forecast", "h", "NEW", "--horizon", "3", "--json"]).done().one();
    assert_eq!((&why["known"], why["alike"].as_array().map(Vec::len)), (&0.into(), Some(10)));
    let why = shop.run(&["explain-forecast", "h", "NEW", "--horizon", "3"]).done().text();
    assert!(why.contains("as series like it: S1, S3"), "{why}");
    let told = shop.run(&[&args[..], &["--model", "ses"]].concat()).done().text();
    assert!(told.contains("left out: series `NEW` has no value"), "{told}");
    // Four are too few to be like.
    let few: String = (0..4).map(days).collect();
    shop.write("h", format!("unique_id,ds,y,brand\nNEW,2024-02-01,,B1\n{few}"));
    let why = shop.run(&["explain-forecast", "h", "NEW", "--horizon", "3", "--json"]).code(2);
    assert_eq!(why.error()["code"], "series.alone");
}

// Goal: one model learns from all series of a file, and neither threads nor the hidden part change a byte. Method: twenty
// series with one kind of week, one of them too young to know its own.
#[test]
fn boosted() {
    let shop = Shop::empty();
    let file = |hidden: &str| {
        let row = |id: usize| {
            let days = if id == 19 { 10 } else { 90 };
            let y =
                (90 - days..90).map(|day| (3 + id + 4 * (day % 7) + day * day * 7 % 5).to_string());
            format!("S{id},D,7,7,,{} {hidden}\n", y.collect::<Vec<_>>().join(" "))
        };
        format!("unique_id,freq,season,h,start,y\n{}", (0..20).map(row).collect::<String>())
    };
    shop.write("some.csv", file("1 2 3 4 5 6 7"));
    shop.write("other.csv", file("0 0 0 9 9 9 x"));
    let forecast = |input: &str, threads: &str| {
        let args =
            ["forecast", input, "--model", "boosted", "--threads", threads, "--out", "out.csv"];
        shop.run(&args).done();
        fs::read_to_string(shop.path().join("out.csv")).unwrap()
    };
    let out = forecast("some.csv", "1");
    assert_eq!(out.lines().count(), 1 + 20 * 7);
    assert_eq!(forecast("other.csv", "3"), out);
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
    let sums = &["forecast", "--sums", "brand"][..];
    for verb in [&["forecast"][..], sums, &["backtest", "--backs", "1", "--sum", "1"]] {
        let args = [verb, &["wide.csv", "--out", "./wide.csv", "--json"]].concat();
        assert_eq!(shop.run(&args).code(2).error()["code"], "file.same");
        assert_eq!(fs::read_to_string(shop.path().join("wide.csv")).unwrap(), WIDE);
    }
}

/// Days of three shops with a promotion now and then, the last two days of which are hidden.
fn promoted() -> String {
    let row = |shop: usize| {
        let column = |of: &dyn Fn(usize) -> usize| {
            (0..62).map(|day| of(day).to_string()).collect::<Vec<_>>().join(" ")
        };
        let promo = |day: usize| usize::from((day * (shop + 3)) % 11 < 2);
        let y = column(&|day| 10 + (day * 7 + shop) % 4 + 20 * promo(day));
        format!("SHOP{shop},D,7,2,2024-01-01,{y},{}\n", column(&promo))
    };
    let rows: String = (0..3).map(row).collect();
    format!("unique_id,freq,season,h,start,y,promo\n{rows}")
}

// Goal: any number of threads writes the same bytes. Method: one, two and five.
#[test]
fn threads() {
    let shop = Shop::empty();
    shop.write("h.csv", promoted());
    let written = |threads: &str| {
        let told = shop.run(&["forecast", "h.csv", "--out", "o.csv", "--threads", threads]).done();
        assert!(told.text().contains("regressors: promo"));
        fs::read(shop.path().join("o.csv")).unwrap()
    };
    let one = written("1");
    assert!(written("2") == one && written("5") == one);
}

// Goal: a backtest says of each series and each back, once, what it would have said, and reads nothing after it but plans.
// Method: the same file with other values in the last five days, and with other plans.
#[test]
fn backtest() {
    let shop = Shop::empty();
    let file = promoted();
    shop.write("h.csv", &file);
    let changed = |column: usize, word: &str| {
        let rows = file.lines().map(|row| {
            let mut cells: Vec<String> = row.split(',').map(str::to_owned).collect();
            if let Some((kept, _)) = cells[column]
                .match_indices(' ')
                .nth(56)
                .map(|(at, _)| at)
                .and_then(|at| cells[column].split_at_checked(at))
            {
                cells[column] = format!("{kept}{}", format!(" {word}").repeat(5));
            }
            cells.join(",")
        });
        rows.collect::<Vec<_>>().join("\n")
    };
    shop.write("y.csv", changed(5, "77"));
    shop.write("promo.csv", changed(6, "1"));
    let run = |file: &str| {
        let args =
            ["backtest", file, "--backs", "5,9,5,999,9", "--sum", "4", "--levels", "0.5,0.9"];
        let told = shop.run(&[&args[..], &["--out", "o.csv"]].concat()).done().text();
        assert!(told.contains("3 series, 6 rows") && told.contains("3 rows left out"), "{told}");
        fs::read_to_string(shop.path().join("o.csv")).unwrap()
    };
    let out = run("h.csv");
    let rows: Vec<&str> = out.lines().collect();
    assert_eq!(rows[0], "unique_id,back,q500,q900");
    let begins = ["SHOP0,5,", "SHOP1,5,", "SHOP2,5,", "SHOP0,9,", "SHOP1,9,", "SHOP2,9,"];
    assert!(rows[1..].iter().zip(begins).all(|(row, begin)| row.starts_with(begin)), "{out}");
    assert_eq!(run("y.csv"), out);
    let planned = run("promo.csv");
    let median =
        |out: &str| out.lines().nth(1).unwrap().split(',').nth(2).unwrap().parse::<f64>().unwrap();
    assert!(median(&planned) > median(&out) + 15.0, "{planned}{out}");
    let far = ["backtest", "h.csv", "--backs", "5", "--sum", "10001", "--out", "far.csv", "--json"];
    assert_eq!(shop.run(&far).code(2).error()["code"], "horizon.wrong");
    assert!(!shop.path().join("far.csv").exists());
}

// Goal: a series that has hardly begun at a back is told by those like it there, less surely than by itself where it has more,
// and nobody speaks for it where they are too few. Method: twenty series of two brands, and one of the small brand that sells
// ten times as much, when five of its days are known, and thirty; the same beside three.
#[test]
fn backtest_of_newcomers() {
    let shop = Shop::empty();
    let row = |id: usize, days: usize, level: usize| {
        let y = (60 - days..60).map(|day| (level + (day * day * 7 + id * 3) % 6).to_string());
        let y = y.collect::<Vec<_>>().join(" ");
        format!("S{id},D,7,1,B{},{y}\n", id % 2)
    };
    let run = |old: usize| -> [Vec<f64>; 2] {
        let old =
            (0..old).map(|id| row(id, 60, if id.is_multiple_of(2) { 40 } else { 3 } + id / 2));
        let rows: String = old.chain([row(21, 35, 60)]).collect();
        shop.write("h.csv", format!("unique_id,freq,season,h,brand,y\n{rows}"));
        let args = ["backtest", "h.csv", "--backs", "30,5", "--sum", "5", "--levels", "0.05,0.5"];
        shop.run(&[&args[..], &["--out", "o.csv"]].concat()).done();
        let out = fs::read_to_string(shop.path().join("o.csv")).unwrap();
        ["30", "5"].map(|back| {
            let row = out.lines().find(|row| row.starts_with(&format!("S21,{back},"))).unwrap();
            row.split(',').skip(2).map(|its| its.parse().unwrap()).collect()
        })
    };
    let ([young, grown], [alone, _]) = (run(20), run(3));
    assert!((280.0..330.0).contains(&grown[1]) && (280.0..330.0).contains(&alone[1]), "{alone:?}");
    assert!(young[1] < alone[1], "{young:?} {alone:?}");
    assert!(young[0] / young[1] < 0.97 * grown[0] / grown[1], "{young:?} {grown:?}");
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

// Goal: promotions and prices are told as what they add, and what is explained is what is forecast. Method: shops whose
// promotions triple demand and whose price halves it, one of the hidden days with either; the default and both models that
// read plans, against the file that `oms forecast` writes.
#[test]
fn explained_plans() {
    let shop = Shop::empty();
    let row = |shop: usize| {
        let column = |of: &dyn Fn(usize) -> usize| {
            (0..126).map(|day| of(day).to_string()).collect::<Vec<_>>().join(" ")
        };
        let promo =
            |day: usize| usize::from((day * (shop + 3)) % 11 < 2 && day < 120 || day == 121);
        let price = |day: usize| {
            if (day / 20 + shop).is_multiple_of(3) && day < 120 || day == 123 { 4 } else { 2 }
        };
        let y = |day| (30 + (day * 7 + shop * 5) % 4) * (1 + 2 * promo(day)) * 2 / price(day);
        let (y, promo, price) = (column(&y), column(&promo), column(&price));
        format!("SHOP{shop},D,7,6,2024-01-01,{y},{promo},{price}\n")
    };
    let rows: String = (0..12).map(row).collect();
    shop.write("h.csv", format!("unique_id,freq,season,h,start,y,promo,price\n{rows}"));
    for model in ["auto", "regression", "boosted"] {
        shop.run(&["forecast", "h.csv", "--model", model, "--out", "o.csv"]).done();
        let written = fs::read_to_string(shop.path().join("o.csv")).unwrap();
        let written: Vec<f64> = written
            .lines()
            .filter(|row| row.starts_with("SHOP4,"))
            .map(|row| row.split(',').nth(2).unwrap().parse().unwrap())
            .collect();
        let args = ["explain-forecast", "h.csv", "SHOP4", "--model", model];
        let told = shop.run(&[&args[..], &["--json"]].concat()).done().one();
        let steps = told["steps"].as_array().unwrap();
        assert_eq!(steps.len(), written.len());
        let part = |step: usize, name: &str| steps[step]["parts"][name].as_f64().unwrap();
        for (step, written) in written.iter().enumerate() {
            let mean = steps[step]["mean"].as_f64().unwrap();
            let parts = steps[step]["parts"].as_object().unwrap();
            let sum: f64 = parts.values().map(|part| part.as_f64().unwrap()).sum();
            assert!((sum - mean).abs() < 1e-9, "{model}: {}", steps[step]);
            assert!((mean - written).abs() < 1e-3 * mean, "{model}: {mean} {written}");
        }
        assert!(part(1, "promotion") > 25.0 && part(0, "promotion") < 10.0, "{model}: {told}");
        assert!(part(3, "price") < part(0, "price") - 5.0, "{model}: {told}");
        let text = shop.run(&args).done().text();
        assert!(text.contains("promotion") && text.contains("price"), "{text}");
    }
}

// Goal: sums of a file add up, come after its series, and are told with the evidence. Method: three series of two brands;
// the figures of the file added up; a column that is not there.
#[test]
fn sums() {
    let shop = Shop::empty();
    let row = |id: usize, brand: &str| {
        let y = (0..60).map(|day| (3 + id + (day * (id + 2)) % 5 + day % 7).to_string());
        format!("{id},D,7,3,{brand},{}\n", y.collect::<Vec<_>>().join(" "))
    };
    let file = [row(0, "A"), row(1, "A"), row(2, "B")].concat();
    shop.write("wide.csv", format!("unique_id,freq,season,h,brand,y\n{file}"));
    let args = ["forecast", "wide.csv", "--out", "out.csv", "--model", "theta", "--sums"];
    let told = shop.run(&[&args[..], &["brand", "--json"]].concat()).done().one();
    assert_eq!((&told["series"], &told["sums"], &told["rows"]), (&3.into(), &3.into(), &18.into()));
    assert_eq!(told["ways"].as_array().unwrap().len(), 7);
    let out = fs::read_to_string(shop.path().join("out.csv")).unwrap();
    let mean = |id: &str| {
        let row = out.lines().find(|row| row.starts_with(&format!("{id},2,"))).unwrap();
        row.split(',').nth(2).unwrap().parse::<f64>().unwrap()
    };
    assert!((mean("total") - mean("brand=A") - mean("brand=B")).abs() < 1e-3, "{out}");
    assert!((mean("brand=A") - mean("0") - mean("1")).abs() < 1e-3, "{out}");
    let text = shop.run(&[&args[..], &["brand"]].concat()).done().text();
    assert!(text.contains("3 series, 3 sums, 18 rows") && text.contains("bottom_up"), "{text}");
    let error = shop.run(&[&args[..], &["shelf", "--json"]].concat()).code(2).error();
    assert_eq!(error["code"], "sums.wrong");
}
