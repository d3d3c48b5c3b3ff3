//! Histories as they come: each is forecast by a rule that is told, or refused with the series and what to do.

use oms_forecast::{
    BadRow, History, HistoryError, Levels, Model, Panel, SeriesError, forecast_in, total_in,
};

/// What comes of a file: rows that a forecast would write, or why it is none.
fn come(file: &str) -> Result<(usize, usize), HistoryError> {
    let history = History::read(file.as_bytes(), Some(5))?;
    let levels = Levels::default();
    let panel = Panel::of(history.wanted.iter().map(|wanted| &wanted.series))
        .calibrated(&history.wanted, Model::Auto);
    let mut rows = 0;
    for wanted in &history.wanted {
        for name in Model::NAMES {
            let next =
                forecast_in(&panel, &wanted.series, 5, &levels, name.parse().unwrap()).unwrap();
            let figures = next.mean.iter().chain(&next.quantiles);
            assert!(figures.clone().all(|value| value.is_finite()), "{name} {file}");
            rows += next.mean.len();
        }
        let total = total_in(&panel, &wanted.series.past(), 5, &levels).unwrap();
        assert!(total.iter().all(|value| value.is_finite()) && total.is_sorted(), "{file}");
    }
    Ok((rows, history.left_out.len()))
}

fn days(values: impl IntoIterator<Item = (usize, String)>) -> String {
    let first: chrono::NaiveDate = "2010-01-01".parse().unwrap();
    let rows = values.into_iter().map(|(day, y)| {
        let day = first + chrono::Days::new(day as u64);
        format!("A,{day},{y},{}\n", y.len() % 2)
    });
    format!("unique_id,ds,y,promo\n{}", rows.collect::<String>())
}

// Goal: what can be forecast is, whatever it looks like. Method: each kind; all models; one rows-and-left-out count each.
#[test]
fn taken() {
    let all = 5 * Model::NAMES.len();
    let same = |y: &str, n: usize| days((0..n).map(|day| (day, y.to_owned())));
    let text = |y: f64| y.to_string();
    for (what, file, wanted) in [
        ("no rows", "unique_id,ds,y\n".to_owned(), (0, 0)),
        ("nothing known", same("", 9), (0, 1)),
        ("nan only", same("nan", 9), (0, 1)),
        ("constant", same("7", 90), (all, 0)),
        ("all zero", same("0", 90), (all, 0)),
        ("one point", same("3", 1), (all, 0)),
        ("two points", days([(0, "3".to_owned()), (1, "5".to_owned())]), (all, 0)),
        (
            "a gap of ten years",
            days([0, 1, 2, 3652, 3653].map(|day| (day, text(day as f64)))),
            (all, 0),
        ),
        ("negative", days((0..80).map(|day| (day, text(day as f64 - 40.5)))), (all, 0)),
        (
            "some nan",
            days(
                (0..80).map(|day| {
                    (day, if day % 3 == 0 { "NaN".to_owned() } else { text(day as f64) })
                }),
            ),
            (all, 0),
        ),
        ("unsorted", days((0..80).rev().map(|day| (day, text((day % 7) as f64)))), (all, 0)),
        (
            "giants",
            days((0..60).map(|day| (day, if day % 9 == 4 { "1e50" } else { "1" }.to_owned()))),
            (all, 0),
        ),
        (
            "zeros before the first sale",
            days(
                (0..90).map(|day| (day, text(if day < 60 { 0.0 } else { 4.0 + (day % 2) as f64 }))),
            ),
            (all, 0),
        ),
    ] {
        assert_eq!(come(&file).map_err(|why| why.to_string()), Ok(wanted), "{what}");
    }
}

// Goal: what cannot be forecast names the line, the series and what to do. Method: each kind.
#[test]
fn refused() {
    for (y, at) in [
        ("inf", "`inf` as value 3"),
        ("-inf", "`-inf` as value 3"),
        ("1e51", "as value 3"),
        ("many", "`many` is no number"),
    ] {
        let file = days([(0, "1".to_owned()), (1, "1".to_owned()), (2, y.to_owned())]);
        let Err(HistoryError::Row { id, why, .. }) = come(&file) else { panic!("{y}") };
        assert!(id == "A" && why.to_string().contains(at), "{why}");
    }
    let twice = days([(0, "1".to_owned()), (1, "2".to_owned()), (1, "2".to_owned())]);
    assert!(matches!(come(&twice), Err(HistoryError::Row { why: BadRow::Twice(_), line: 4, .. })));
    // Days, then hours: the smaller step is the step, and the gaps between are missing; a half step is refused,
    // and so are months with a week after them.
    let mixed = "unique_id,ds,y\nA,2024-01-01,1\nA,2024-01-02,1\nA,2024-01-02 01:00:00,2\nA,2024-01-03 00:30:00,2\n";
    assert!(matches!(come(mixed), Err(HistoryError::Row { why: BadRow::OffStep(_), line: 5, .. })));
    let months = "unique_id,ds,y\nA,2024-01-31,1\nA,2024-02-29,1\nA,2024-03-07,2\n";
    assert!(matches!(come(months), Err(HistoryError::Row { why: BadRow::OffStep(_), .. })));
    let long = "unique_id,ds,y\nA,0,1\nA,1,1\nA,10000001,1\n";
    assert!(matches!(
        come(long),
        Err(HistoryError::Row { why: BadRow::Series(SeriesError::TooLong { .. }), .. })
    ));
}

// Goal: a season beyond belief is none. Method: the longest that can be written, and one longer than the history.
#[test]
fn seasons() {
    for season in ["18446744073709551615", "10000000", "5000", "29"] {
        let y = "1 3 2 5 ".repeat(15);
        let file = format!("unique_id,h,season,y,promo\nA,4,{season},{y},{}\n", "0 1 ".repeat(30));
        let found = come(&file).map_err(|why| why.to_string());
        assert_eq!(found, Ok((5 * Model::NAMES.len(), 0)), "{season}");
    }
}

// Goal: ten million rows are read and forecast. Method: 10,000 series of 1,000 days, made while they are read; run it with
// `--run-ignored all`, it takes half a minute.
#[test]
#[ignore = "half a minute"]
fn ten_million_rows() {
    struct Rows {
        row: usize,
        rest: Vec<u8>,
    }
    impl std::io::Read for Rows {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            if self.rest.is_empty() && self.row < 10_000_000 {
                let (id, day) = (self.row / 1000, self.row % 1000);
                self.rest = format!("S{id},{day},{}\n", (day * 7 + id) % 11).into_bytes();
                self.row += 1;
            }
            let n = self.rest.len().min(into.len());
            into[..n].copy_from_slice(&self.rest[..n]);
            self.rest.drain(..n);
            Ok(n)
        }
    }
    let rows = Rows { row: 0, rest: b"unique_id,ds,y\n".to_vec() };
    let history = History::read(rows, Some(7)).unwrap();
    assert_eq!(history.wanted.len(), 10_000);
    let levels = Levels::new(&[0.5]).unwrap();
    for wanted in &history.wanted {
        let next = forecast_in(&Panel::default(), &wanted.series, 7, &levels, Model::Ses).unwrap();
        assert!(next.mean.iter().all(|mean| (mean - 5.0).abs() < 3.0));
    }
}
