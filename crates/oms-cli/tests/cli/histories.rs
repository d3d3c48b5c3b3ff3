//! Histories as they come, through the binary: each is forecast by a rule that is told, or refused with its place.

use std::fmt::Write;
use std::fs;

use crate::shop::Shop;

/// Rows of days, from a Monday on.
fn days(id: &str, values: impl IntoIterator<Item = (u32, String)>) -> String {
    let mut rows = String::new();
    for (day, y) in values {
        // Twelve months of 28 days make no year, but days enough that there are.
        let (year, month, day) = (2001 + day / 336, day / 28 % 12 + 1, day % 28 + 1);
        writeln!(rows, "{id},{year}-{month:02}-{day:02},{y}").unwrap();
    }
    rows
}

fn long(rows: &str) -> Vec<u8> {
    format!("unique_id,ds,y\n{rows}").into_bytes()
}

fn weeks(y: impl Fn(u32) -> String) -> Vec<u8> {
    long(&days("A", (0..28).map(|day| (day, y(day)))))
}

/// A file as gzip stores it without pressing it, which has no end.
fn cut_gzip(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap() + 99;
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    [&head[..], &length.to_le_bytes(), &(!length).to_le_bytes(), text.as_bytes()].concat()
}

fn parquet(file: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../oms-forecast/tests/testdata/");
    fs::read(format!("{folder}{file}.parquet")).unwrap()
}

/// What a file comes to: rows written, and what is said; or nothing written, and why.
enum Comes {
    Rows(usize, &'static str),
    No(&'static str),
}
use Comes::{No, Rows};

fn taken() -> Vec<(&'static str, Vec<u8>, Comes)> {
    let flat = |y: &'static str| weeks(move |_| y.to_owned());
    let unsorted = (0..28).rev().map(|day| (day * 13 % 28, (day * 13 % 28 % 7).to_string()));
    let gap = [(0, 4), (1, 5), (3700, 6), (3701, 7)].map(|(day, y)| (day, y.to_string()));
    let mixed =
        "A,2024-01-01,1\nA,2024-01-02,1\nA,2024-01-02 01:00:00,2\nA,2024-01-03 00:00:00,2\n";
    let huge = "ID".repeat(50_000);
    vec![
        ("a header alone", long(""), Rows(0, "0 series")),
        ("no header of any column but three", b"unique_id,ds,y".to_vec(), Rows(0, "0 series")),
        ("one value", long("A,2024-01-01,3\n"), Rows(3, "1 series")),
        ("two values", long("A,2024-01-01,3\nA,2024-01-02,5\n"), Rows(3, "1 series")),
        ("constant", flat("7"), Rows(3, "1 series")),
        ("all zero", flat("0"), Rows(3, "1 series")),
        ("nothing known", flat(""), Rows(0, "left out: series `A` has no value")),
        ("not a number", flat("NaN"), Rows(0, "left out: series `A` has no value")),
        ("negative", weeks(|day| format!("-{}", day % 5)), Rows(3, "1 series")),
        ("ten years' gap", long(&days("A", gap)), Rows(3, "1 series")),
        ("unsorted", long(&days("A", unsorted)), Rows(3, "1 series")),
        // The smaller step is the step: what is between is missing.
        ("days, then hours", long(mixed), Rows(3, "1 series")),
        (
            "months and days, each in its series",
            long(&format!(
                "M,2024-01,1\nM,2024-02,2\n{}",
                days("D", [(0, "1".into()), (1, "2".into())])
            )),
            Rows(6, "2 series"),
        ),
        ("a huge id", long(&days(&huge, [(0, "1".into()), (1, "2".into())])), Rows(3, "1 series")),
        ("an id with quotes", long("\"A \"\"b\"\", c\",2024-01-01,3\n"), Rows(3, "1 series")),
        (
            "lines that end as on Windows",
            long("A,2024-01-01,3\r\nA,2024-01-02,3\r\n"),
            Rows(3, "1 series"),
        ),
        (
            "a mark before the first byte",
            [&b"\xef\xbb\xbf"[..], &long("A,2024-01-01,3\n")].concat(),
            Rows(3, "1 series"),
        ),
        ("Parquet", parquet("pandas"), Rows(12, "4 series")),
        ("lists in Parquet", parquet("wide"), Rows(12, "attributes: brand")),
    ]
}

fn refused() -> Vec<(&'static str, Vec<u8>, Comes)> {
    let one =
        |y: &'static str| weeks(move |day| if day == 9 { y.to_owned() } else { "3".to_owned() });
    let whole = parquet("pandas");
    vec![
        ("no byte", Vec::new(), No("no column `unique_id`")),
        ("columns of something else", b"a,b\n1,2\n".to_vec(), No("no column `unique_id`")),
        ("infinity", one("inf"), No("series `A` has `inf` as value 10")),
        ("beyond a float", one("1e999"), No("series `A` has `inf` as value 10")),
        ("beyond a size", one("1e51"), No("series `A` has")),
        ("a word", one("many"), No("line 11, series `A`: `many` is no number")),
        ("a comma for a point", one("\"3,5\""), No("line 11, series `A`: `3,5` is no number")),
        (
            "a day twice",
            long("A,2024-01-01,3\nB,2024-01-01,3\nA,2024-01-01,4\n"),
            No("line 4, series `A`: `ds` 2024-01-01 00:00:00 was there"),
        ),
        (
            "months, then a week",
            long("A,2024-01-31,1\nA,2024-02-29,1\nA,2024-03-07,2\n"),
            No("line 3, series `A`: `ds` is `2024-02-29 00:00:00`, which is off the step"),
        ),
        ("a day and a number", long("A,2024-01-01,1\nA,7,2\n"), No("series `A`: `ds` is")),
        ("no day at all", long("A,31.12.2024,1\n"), No("line 2, series `A`: `ds` is `31.12.2024`")),
        (
            "a year 30,000 later by the second",
            long("A,2024-01-01 00:00:00,1\nA,2024-01-01 00:00:01,1\nA,2054-01-01 00:00:00,1\n"),
            No("more than 10000000 values"),
        ),
        ("a row cut short", long("A,2024-01-01\n"), No("line: 2")),
        ("no id", long(",2024-01-01,1\n"), No("line 2, series ``: it has no id")),
        (
            "not UTF-8",
            long("A,2024-01-01,1\n").into_iter().chain(*b"\xff\xfe,2024-01-02,1\n").collect(),
            No("UTF-8"),
        ),
        ("gzip cut off", cut_gzip("unique_id,ds,y\nA,2024-01-01,1\n"), No("it cannot be read")),
        ("gzip of nothing", vec![0x1f, 0x8b], No("it cannot be read")),
        ("Parquet cut off", whole[..whole.len() / 2].to_vec(), No("it cannot be read as Parquet")),
        (
            "Parquet without its end",
            whole[..whole.len() - 1].to_vec(),
            No("it cannot be read as Parquet"),
        ),
        ("Parquet of nothing", b"PAR1PAR1".to_vec(), No("it cannot be read as Parquet")),
        ("Parquet of a time of day", parquet("clock"), No("column `ds` holds")),
        ("Parquet of bytes", parquet("bytes"), No("row group 0, column `unique_id`")),
        (
            "Parquet with a day twice",
            parquet("twice"),
            No("row 3, series `A`: `ds` 2024-01-01 00:00:00 was there"),
        ),
    ]
}

// Goal: no file is a panic or a silence: it is forecast, each figure a number, or it says where and what is wrong, and leaves
// nothing behind. Method: every kind of bad file that a planner has, by the default model, for people and as JSON.
#[test]
fn matrix() {
    let shop = Shop::empty();
    for (what, file, comes) in taken().into_iter().chain(refused()) {
        shop.write("h", file);
        let args = ["forecast", "h", "--horizon", "3", "--threads", "1", "--out", "o.csv"];
        match comes {
            Rows(rows, text) => {
                let told = shop.run(&args).done().text();
                assert!(told.contains(text), "{what}: {told}");
                let out = fs::read_to_string(shop.path().join("o.csv")).unwrap();
                assert_eq!(out.lines().count(), 1 + rows, "{what}: {out}");
                for row in out.lines().skip(1) {
                    let figures = row.rsplitn(17, ',').take(16);
                    let figures: Vec<f64> = figures.map(|its| its.parse().unwrap()).collect();
                    assert!(figures.iter().all(|its| its.is_finite()), "{what}: {row}");
                    assert!(figures[..15].is_sorted_by(|a, b| a >= b), "{what}: {row}");
                }
                fs::remove_file(shop.path().join("o.csv")).unwrap();
            }
            No(text) => {
                let told = shop.run(&args).code(2);
                assert!(told.err.starts_with("oms: `h` is no history: "), "{what}: {told:?}");
                assert!(told.err.contains(text), "{what}: {told:?}");
                let error = shop.run(&[&args[..], &["--json"]].concat()).code(2).error();
                assert_eq!(error["code"], "history.unusable", "{what}: {error}");
                assert!(!shop.path().join("o.csv").exists(), "{what}");
            }
        }
    }
}

// Goal: Parquet is forecast, backtested and explained as CSV is: the same bytes. Method: one panel as each.
#[test]
fn same_from_parquet() {
    let shop = Shop::empty();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../oms-forecast/tests/testdata/");
    shop.write("h.csv", fs::read(format!("{folder}panel.csv")).unwrap());
    shop.write("h.parquet", parquet("polars"));
    let written = |args: &[&str]| {
        shop.run(&[args, &["--out", "o.csv"]].concat()).done();
        fs::read(shop.path().join("o.csv")).unwrap()
    };
    let forecast = |file| written(&["forecast", file, "--horizon", "4"]);
    assert_eq!(forecast("h.parquet"), forecast("h.csv"));
    let backtest = |file| written(&["backtest", file, "--backs", "5,9", "--sum", "4"]);
    assert_eq!(backtest("h.parquet"), backtest("h.csv"));
    let explain = |file| {
        shop.run(&["explain-forecast", file, "101", "--horizon", "4", "--json"]).done().one()
    };
    assert_eq!(explain("h.parquet"), explain("h.csv"));
}

// Goal: what a holiday adds is told, by rule and by name, and a rule that is none is refused with its line. Method: three
// years of a shop that sells thrice as much on Easter; the fourth Easter lies ahead.
#[test]
fn holidays() {
    let shop = Shop::empty();
    let easters = ["2021-04-04", "2022-04-17", "2023-04-09", "2024-03-31"];
    let (mut plain, mut named) =
        ("unique_id,ds,y\n".to_owned(), "unique_id,ds,y,holiday\n".to_owned());
    let months = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut count = 0_u32;
    for year in 2021..=2024 {
        for (month, days) in (1..).zip(months) {
            let days = if year == 2024 && month == 2 { 29 } else { days };
            for day in 1..=days {
                let date = format!("{year}-{month:02}-{day:02}");
                if date.as_str() > "2024-04-03" {
                    continue;
                }
                count += 1;
                let easter = easters.contains(&date.as_str());
                let y = (40 + count % 7 * 5 + count * 7 % 5) * if easter { 3 } else { 1 };
                let y = if date.as_str() < "2024-03-25" { y.to_string() } else { String::new() };
                writeln!(plain, "A,{date},{y}").unwrap();
                writeln!(named, "A,{date},{y},{}", if easter { "Easter" } else { "" }).unwrap();
            }
        }
    }
    shop.write("plain.csv", plain);
    shop.write("named.csv", named);
    shop.write("rules.csv", "holiday,when\nEaster,easter\nNew Year,01-01\n");
    let explain = |file: &str, more: &[&str]| {
        let args = ["explain-forecast", file, "A", "--horizon", "8", "--model", "regression"];
        let told = shop.run(&[&args[..], &["--json"], more].concat()).done().one();
        let steps = told["steps"].as_array().unwrap().clone();
        steps
            .iter()
            .map(|its| its["parts"]["holiday"].as_f64().unwrap() / its["mean"].as_f64().unwrap())
            .collect::<Vec<_>>()
    };
    assert!(explain("plain.csv", &[]).iter().all(|share| *share == 0.0));
    for shares in [explain("plain.csv", &["--holidays", "rules.csv"]), explain("named.csv", &[])] {
        // The seventh day ahead is Easter, of which two thirds are Easter's.
        assert!((shares[6] - 2.0 / 3.0).abs() < 0.15, "{shares:?}");
        assert!(shares[..5].iter().all(|share| share.abs() < 0.1), "{shares:?}");
    }
    let args =
        ["forecast", "plain.csv", "--horizon", "8", "--holidays", "rules.csv", "--out", "o.csv"];
    assert!(
        shop.run(&args).done().text().contains("regressors: holiday: Easter, holiday: New Year")
    );
    shop.write("rules.csv", "holiday,when\nEaster,easter\nSoon,soon\n");
    let told = shop.run(&args).code(2);
    assert!(told.err.contains("`rules.csv`: holidays, line 3: `soon` is no day"), "{told:?}");
    assert_eq!(
        shop.run(&[&args[..], &["--json"]].concat()).code(2).error()["code"],
        "holidays.unusable"
    );
}
