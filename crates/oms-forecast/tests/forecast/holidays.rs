//! Holidays by name: days that a rule finds, and what demand does around them.

use std::fmt::Write;

use chrono::{Datelike, Days, NaiveDate};
use oms_forecast::{
    BadRow, History, HistoryError, Holidays, HolidaysError, Levels, MOST_HOLIDAYS, MOST_REGRESSORS,
    MOST_STEPS, Model, Panel, SeriesError, explained_in,
};

const RULES: &str =
    "holiday,when\nEaster,easter\nFair,09 sat 2\nChristmas,12-25\nChristmas,12-26\n";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Eight shops' days of three years and more: Easter doubles demand, its eve adds a half, and September's fair halves it. The
/// rows ahead run over the Easter of the fourth year. The names stand beside the days, if wanted.
fn shops(named: bool) -> String {
    let holidays = Holidays::read(RULES.as_bytes()).unwrap();
    let mut file = format!("unique_id,ds,y{}\n", if named { ",holiday" } else { "" });
    for shop in 0..8_u64 {
        for at in 0..1550 {
            let day = day("2020-01-06") + Days::new(at);
            let is = |name: &str, day: NaiveDate| {
                holidays.of_year(day.year()).any(|its| its == (name, day))
            };
            let week = [1.0, 1.0, 1.1, 1.2, 1.5, 1.6, 0.7][at as usize % 7];
            let noise = 1.0 + 0.1 * ((at * 7919 + shop * 104_729) % 101) as f64 / 101.0;
            let mut y = (20.0 + 5.0 * shop as f64) * week * noise;
            let next = day + Days::new(1);
            for (there, factor) in
                [(is("Easter", day), 2.0), (is("Easter", next), 1.5), (is("Fair", day), 0.5)]
            {
                y *= if there { factor } else { 1.0 };
            }
            let y = if day < self::day("2024-03-25") { format!("{y:.0}") } else { String::new() };
            let names: Vec<&str> =
                ["Easter", "Fair", "Christmas"].into_iter().filter(|name| is(name, day)).collect();
            let names = if named { format!(",{}", names.join(";")) } else { String::new() };
            writeln!(file, "S{shop},{day},{y}{names}").unwrap();
        }
    }
    file
}

// Goal: what a movable holiday does is learned from other dates of it, told as a holiday, and the same by rule and by name.
// Method: planted effects; Easter ahead falls on March 31st, where it was never before.
#[test]
fn planted() {
    let holidays = Holidays::read(RULES.as_bytes()).unwrap();
    let by_rule = History::read(shops(false).as_bytes(), Some(10)).unwrap();
    let by_rule = by_rule.with_holidays(&holidays).unwrap();
    let by_name = History::read(shops(true).as_bytes(), Some(10)).unwrap();
    for history in [&by_rule, &by_name] {
        let mut names = history.regressors.to_vec();
        names.sort();
        assert_eq!(names, ["holiday: Christmas", "holiday: Easter", "holiday: Fair"]);
        let panel = Panel::of(history.wanted.iter().map(|wanted| &wanted.series));
        for wanted in &history.wanted {
            let series = &wanted.series;
            let next =
                explained_in(&panel, series, 10, &Levels::default(), Model::Regression).unwrap();
            // Step 0 is Monday, March 25th; 5 is the eve, 6 is Easter, 7 the Monday after.
            let parts: Vec<f64> = next.parts.iter().map(|parts| parts.holiday).collect();
            for (step, share) in [(1, 0.0), (5, 1.0 / 3.0), (6, 0.5), (8, 0.0)] {
                let found = parts[step] / next.mean[step];
                assert!((found - share).abs() < 0.07, "{}: step {step}: {found}", series.id());
                assert!((next.parts[step].sum() - next.mean[step]).abs() < 1e-9 * next.mean[step]);
            }
            // What moves demand so much is not left to a model that knows of no holiday.
            let auto = explained_in(&panel, series, 10, &Levels::default(), Model::Auto).unwrap();
            assert!(auto.parts[6].holiday > 0.35 * auto.mean[6], "{}", series.id());
            // The usual Sunday is the lowest day of its week; this one is not.
            assert!(
                next.mean[6] > 1.1 * next.mean[7]
                    && next.quantiles[[6, 7]] > next.quantiles[[7, 7]]
            );
        }
    }
    for (one, two) in by_rule.wanted.iter().zip(&by_name.wanted) {
        let column = |series: &oms_forecast::Series, name: &str| {
            series.past().regressor(name).unwrap().to_vec()
        };
        for name in ["holiday: Easter", "holiday: Fair"] {
            let (one, two) = (column(&one.series, name), column(&two.series, name));
            let shared = one.len().min(two.len());
            assert!(shared > 1540 && one[..shared] == two[..shared], "{name}");
        }
    }
}

// Goal: a holiday is in the week or the month that has it, and a series of other steps has none. Method: each kind.
#[test]
fn steps() {
    let holidays = Holidays::read(RULES.as_bytes()).unwrap();
    for (freq, start, n, wanted) in [
        ("D", "2024-03-29", 6, vec![2]),
        ("W", "2024-03-18", 6, vec![1]),
        ("W", "2024-03-20", 6, vec![1]),
        ("M", "2024-01-31", 6, vec![2]),
        ("M", "2024-01-01", 16, vec![2, 15]),
        ("H", "2024-03-30", 72, vec![]),
        ("D", "", 99, vec![]),
    ] {
        let y = "1 ".repeat(n);
        let file = format!("unique_id,freq,h,season,start,y\nA,{freq},1,1,{start},{y}\n");
        let history =
            History::read(file.as_bytes(), None).unwrap().with_holidays(&holidays).unwrap();
        let past = history.wanted[0].series.past();
        let easter = past.regressor("holiday: Easter").unwrap();
        let found: Vec<usize> = (0..easter.len().min(n)).filter(|at| easter[*at] > 0.0).collect();
        assert_eq!(found, wanted, "{freq} {start}");
    }
}

// Goal: holidays go beside a file's own columns, whose meaning does not change. Method: a promotion that repeats beyond what is
// planned, and steps that are left out before the first value.
#[test]
fn beside_others() {
    let file = "unique_id,freq,h,season,start,y,promo\nA,D,1,7,2024-03-30,nan 2 3 4 5 6 7 8 9 1,0 1 0 0 0 0 0 0 1 0\n";
    let holidays = Holidays::read(RULES.as_bytes()).unwrap();
    let plain = History::read(file.as_bytes(), None).unwrap();
    let promo = plain.wanted[0].series.past().regressor("promo").unwrap().to_vec();
    let given = plain.with_holidays(&holidays).unwrap();
    let past = given.wanted[0].series.past();
    assert_eq!(past.regressor("promo").unwrap(), promo);
    assert_eq!(past.regressor("holiday: Easter").unwrap()[..3], [1.0, 0.0, 0.0]);
    assert_eq!(past.last(7).regressor("holiday: Easter").unwrap()[..3], [0.0; 3]);
}

// Goal: what is no rule says the line, a column of figures stays one, and too many names are told. Method: one of each.
#[test]
fn refused() {
    let why = |file: &str| Holidays::read(file.as_bytes()).unwrap_err();
    assert!(matches!(why("day,when\n"), HolidaysError::NoColumn("holiday")));
    let bad = why("holiday,when\nEaster,easter\nSoon,soon\n").to_string();
    assert!(bad.contains("line 3: `soon` is no day of `Soon`"), "{bad}");
    let figures = "unique_id,ds,y,holiday\nA,1,4,0\nA,2,5,1\nA,3,6,\n";
    let history = History::read(figures.as_bytes(), Some(1)).unwrap();
    assert_eq!(history.wanted[0].series.past().regressor("holiday").unwrap(), [0.0, 1.0, 0.0]);
    let many: String = (0..70).map(|day| format!("A,{day},4,Day {day}\n")).collect();
    let many = History::read(format!("unique_id,ds,y,holiday\n{many}").as_bytes(), Some(1));
    assert!(many.unwrap_err().to_string().contains("columns of regressors"));
}

// Goal: the wide form names holidays as the long one does, ahead too, and figures stay a column. Method: the same series in
// both; a word for each step, of which the last two are hidden.
#[test]
fn named_in_the_wide_form() {
    let words = ["0", "Easter", "Fair;Easter", "nan", "0", "Fair"];
    let wide = |words: &[&str]| {
        let words = words.join(" ");
        History::read(
            format!("unique_id,h,season,y,holiday\nA,2,7,4 5 6 7 ? ?,{words}\n").as_bytes(),
            None,
        )
    };
    let rows = words.iter().zip(1..).map(|(name, at)| {
        let y = if at > 4 { String::new() } else { (3 + at).to_string() };
        format!("A,{at},{y},{}\n", if *name == "0" { "" } else { name })
    });
    let long = format!("unique_id,ds,y,holiday\n{}", rows.collect::<String>());
    let long = History::read(long.as_bytes(), Some(2)).unwrap();
    let named = wide(&words).unwrap();
    assert_eq!(named.regressors, long.regressors);
    let columns = |history: &History| -> Vec<Vec<f32>> {
        history.wanted[0].series.past().regressors().map(|(_, its)| its.to_vec()).collect()
    };
    assert_eq!(columns(&named), columns(&long));
    assert_eq!(columns(&named), [[0.0, 1.0, 1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0, 0.0, 1.0]]);
    let figures = wide(&["0", "1", "1", "0", "nan", "2"]).unwrap();
    assert_eq!(*figures.regressors, ["holiday".to_owned()]);
    let short = wide(&["0", "Easter", "0"]).unwrap();
    assert_eq!(*short.attributes, ["holiday".to_owned()]);
}

// Goal: nothing is made for what will be refused. Method: a horizon beyond all, which gets columns as far as a forecast goes;
// as many names as may be and one more, beside a column of the file's own; as many texts of a column as rows.
#[test]
fn bounded() {
    let file = "unique_id,ds,y,promo\nA,2024-03-30,4,0\nA,2024-03-31,9,1\n";
    let easter = Holidays::read(RULES.as_bytes()).unwrap();
    let far = History::read(file.as_bytes(), Some(usize::MAX)).unwrap();
    let far = far.with_holidays(&easter).unwrap();
    let steps = far.wanted[0].series.past().regressor("holiday: Easter").unwrap().len();
    assert!((MOST_STEPS..MOST_STEPS + 100).contains(&steps), "{steps}");
    for (names, fits) in
        [(MOST_REGRESSORS - 1, true), (MOST_REGRESSORS, false), (MOST_HOLIDAYS, false)]
    {
        let rules: String = (0..names).map(|at| format!("Day {at},01-01\n")).collect();
        let rules = Holidays::read(format!("holiday,when\n{rules}").as_bytes()).unwrap();
        let history = History::read(file.as_bytes(), Some(MOST_STEPS)).unwrap();
        let given = history.with_holidays(&rules);
        assert_eq!(given.is_ok(), fits, "{names}");
        if let Err(why) = given {
            let told = format!("series `A` has {} columns of regressors", names + 1);
            assert!(why.to_string().starts_with(&told), "{why}");
        }
    }
    // A column for each would be 10^10 figures.
    let texts: String = (0..100_000).map(|at| format!("A,{at},4,Day {at}\n")).collect();
    let texts = History::read(format!("unique_id,ds,y,holiday\n{texts}").as_bytes(), Some(1));
    let Err(HistoryError::Row { line, why, .. }) = texts else { panic!("{texts:?}") };
    let found = SeriesError::Columns { id: "A".to_owned(), found: 100_000 };
    assert_eq!((line, why), (2, BadRow::Series(found)));
}
