//! Files of histories.

use oms_forecast::{BadRow, History, HistoryError, Levels, Model, SeriesError, forecast};

fn read(file: &str) -> Result<History, HistoryError> {
    History::read(file.as_bytes(), Some(3))
}

// Goal: both forms give the same series. Method: the same days, wide and long, with a promotion, closed days, a brand; the
// long one unsorted, with a day left out and rows for the future.
#[test]
fn both_forms() {
    let wide = History::read(
        "unique_id,freq,h,season,start,y,promo,open,brand
A,D,2,7,2024-02-27,1 2 nan 4 0 what 8,0 1 nan 0 0 1 1,1 1 nan 1 0 1 0,B1
"
        .as_bytes(),
        None,
    )
    .unwrap();
    let long = History::read(
        "brand,open,promo,unique_id,ds,y
B1,1,0,A,2024-03-01,4
B1,1,1,A,2024-02-28,2
B1,1,0,A,2024-02-27,1
B1,0,1,A,2024-03-04,
B1,1,1,A,2024-03-03,
B1,0,0,A,2024-03-02,0
"
        .as_bytes(),
        Some(2),
    )
    .unwrap();
    let [wide_a, long_a] = [&wide, &long].map(|history| &history.wanted[0].series);
    assert_eq!(wide.regressors.to_vec(), ["promo"]);
    assert_eq!(wide.attributes, long.attributes);
    assert_eq!(wide_a.attributes().collect::<Vec<_>>(), [("brand", "B1")]);
    for series in [wide_a, long_a] {
        let past = series.past();
        assert_eq!(series.seen(), [true, true, false, true, false]);
        assert_eq!(past.regressor("promo"), Some(&[0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0][..]));
        assert_eq!(past.closed(), [false, false, false, false, true, false, true]);
        assert_eq!(past.last(2).regressor("promo"), Some(&[0.0, 0.0, 1.0, 1.0][..]));
        let day = past.last(2).first_day().map(|day| day.to_string());
        assert_eq!(day.as_deref(), Some("2024-03-01"));
        // Beyond the plan it is as a week ago.
        assert_eq!([7, 11, 13].map(|step| past.is_closed(step)), [false, true, true]);
        let next = forecast(series, 2, &Levels::default(), Model::Auto).unwrap();
        assert_eq!((next.mean[1], next.quantiles[[1, 14]]), (0.0, 0.0));
        assert!(next.mean[0] > 0.0);
    }
}

// Goal: what stands beside demand begins where the series does. Method: steps before the first value that are missing,
// and closed ones.
#[test]
fn aligned() {
    let history = History::read(
        "unique_id,freq,h,season,start,y,price,open\nA,D,1,7,2024-01-01,nan 0 5 6 7,1 2 3 4 5,1 0 1 1 1\n"
            .as_bytes(),
        None,
    )
    .unwrap();
    let past = history.wanted[0].series.past();
    assert_eq!(past.values(), [5.0, 6.0]);
    assert_eq!(past.regressor("price"), Some(&[3.0, 4.0, 5.0][..]));
    assert_eq!(past.closed(), [false, false, false]);
    assert_eq!(past.first_day().map(|day| day.to_string()).as_deref(), Some("2024-01-03"));
}

// Goal: what is hidden is never read. Method: other numbers, and things that are no numbers, in the hidden part.
#[test]
fn hidden() {
    let known = "3 1 4 1 5 9 2 6 5 3 5 8 9 7 9";
    let file = |hidden: &str| format!("unique_id,h,season,y\nA,3,1,{known} {hidden}\n");
    let next = |hidden: &str| {
        let history = History::read(file(hidden).as_bytes(), None).unwrap();
        forecast(&history.wanted[0].series, 3, &Levels::default(), Model::Auto).unwrap()
    };
    assert_eq!(next("1 2 3"), next("900 inf what"));
}

// Goal: steps and seasons of the long form. Method: each kind of `ds`.
#[test]
fn steps() {
    for (times, season, known) in [
        (["2024-01", "2024-02", "2024-04"], 12, 4),
        (["2024-01-31", "2024-02-29", "2024-03-31"], 12, 3),
        (["2023-12-31", "2024-03-31", "2024-09-30"], 4, 4),
        (["2024-01-01", "2024-01-08", "2024-01-15"], 52, 3),
        (["2024-01-01 00:00:00", "2024-01-01T01:00:00Z", "2024-01-01T03:00:00"], 24, 4),
        (["1", "2", "5"], 1, 5),
        (["2020-06-01", "2021-06-01", "2031-06-01"], 1, 12),
    ] {
        let rows: String = times.iter().map(|time| format!("A,{time},1\n")).collect();
        let series = read(&format!("unique_id,ds,y\n{rows}")).unwrap().wanted.remove(0).series;
        assert_eq!((series.season(), series.values().len()), (season, known), "{times:?}");
    }
}

// Goal: a bad row is told with its line and its series. Method: one of each kind.
#[test]
fn bad_rows() {
    for (file, line, id, why) in [
        ("unique_id,h,season,y\nA,1,7,1 2\nB,1,7,1 x 2\n", 3, "B", "`x` is no number"),
        ("unique_id,h,season,y\nA,1,7,1 inf 2\n", 2, "A", "`inf` as value 2"),
        ("unique_id,h,season,y\nA,0,7,1 2\n", 2, "A", "`h` is `0`"),
        ("unique_id,h,season,y\nA,1,week,1 2\n", 2, "A", "`season` is `week`"),
        ("unique_id,h,season,y\nA,1,7,1 2\nA,1,7,1 2\n", 3, "A", "the series was there before"),
        ("unique_id,h,season,y\n,1,7,1 2\n", 2, "", "it has no id"),
        ("unique_id,ds,y\nA,2024-01-01,1\nA,2024-01-01,2\n", 3, "A", "was there before"),
        ("unique_id,ds,y\nA,soon,1\n", 2, "A", "`ds` is `soon`"),
        ("unique_id,ds,y\nA,2024-01-01,?\n", 2, "A", "`?` is no number"),
        (
            "unique_id,ds,y\nA,2024-01-01,1\nA,2024-01-03,1\nA,2024-01-06,1\n",
            4,
            "A",
            "off the step",
        ),
        ("unique_id,ds,y\nA,2024-01-01,1\nA,7,1\n", 2, "A", "off the step"),
        ("unique_id,ds,y,promo\nA,1,1,1\nA,2,1,no\n", 3, "A", "`promo` is `no`"),
        ("unique_id,ds,y,open\nA,1,1,1\nA,2,1,0.5\n", 3, "A", "`open` is `0.5`"),
        ("unique_id,ds,y,brand\nA,1,1,x\nA,2,1,y\n", 3, "A", "`brand` was another text"),
        ("unique_id,ds,y,price\nA,1,1,1e99\n", 2, "A", "as value 1 of `price`"),
        (
            "unique_id,h,season,y,promo\nA,1,7,1 2,1 0\nB,1,7,1 2,0\n",
            3,
            "B",
            "`promo` has 1 figures, `y` has 2",
        ),
        ("unique_id,ds,y\nA,1,1\nA,2,1\nA,99999999999,1\n", 4, "A", "more than 10000000 values"),
    ] {
        let HistoryError::Row { line: at, id: its, why: found } = read(file).unwrap_err() else {
            panic!("{file}")
        };
        assert_eq!((at, its.as_str()), (line, id), "{file}");
        assert!(found.to_string().contains(why), "`{found}` for {file}");
    }
}

// Goal: what is no history is refused, and a series without a value is left out and named. Method: one of each kind.
#[test]
fn no_history() {
    let parquet = read("PAR1 and more").unwrap_err().to_string();
    assert!(parquet.contains("Parquet"), "{parquet}");
    assert!(matches!(read("a,b\n1,2\n"), Err(HistoryError::NoColumn("unique_id"))));
    assert!(matches!(read("unique_id,ds,y\nA,1\n"), Err(HistoryError::Csv(_))));
    assert!(matches!(
        History::read("unique_id,ds,y\n".as_bytes(), None),
        Err(HistoryError::NoHorizon)
    ));
    assert!(History::read(&[0x1f, 0x8b, 7, 7][..], None).is_err());
    let history = read("unique_id,h,season,y\nA,2,7,1 2\nB,1,7,1 2\n").unwrap();
    assert_eq!(history.left_out, [SeriesError::Empty { id: "A".to_owned() }]);
    assert_eq!(history.wanted.len(), 1);
    assert!(BadRow::NoId.to_string().contains("id"));
}
