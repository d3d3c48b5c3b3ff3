//! Series that have hardly begun: those like them speak for them.

use oms_forecast::{
    Forecast, History, Levels, Model, Newcomer, Panel, Past, Series, forecast_in,
    forecast_newcomer, total_in, totals_in,
};
use oms_learn::testing::noise;

/// Thirty series of 90 days, of two brands whose levels are 40 and 4, up to a third apart; a color says nothing.
fn demand(id: usize, day: usize) -> f64 {
    let level = if id.is_multiple_of(2) { 40.0 } else { 4.0 };
    let own = level * (0.7 + 0.6 * noise(7, id));
    (own * (0.5 + noise(id as u64, day))).round()
}

fn row(id: &str, (brand, color): (usize, usize), days: usize, y: impl Fn(usize) -> f64) -> String {
    let values: Vec<String> = (0..days).map(|day| y(day).to_string()).collect();
    format!("{id},D,2,7,2024-01-01,B{brand},C{color},{}\n", values.join(" "))
}

fn file(more: &str) -> String {
    let old = (0..30).map(|id| row(&id.to_string(), (id % 2, id % 3), 92, |day| demand(id, day)));
    format!("unique_id,freq,h,season,start,brand,color,y\n{}{more}", old.collect::<String>())
}

fn read(more: &str) -> History {
    History::read(file(more).as_bytes(), None).unwrap()
}

fn welcoming(history: &History) -> Panel {
    let pasts: Vec<Past<'_>> = history.wanted.iter().map(|its| its.series.past()).collect();
    Panel::of_pasts(pasts.iter().copied()).welcoming(&pasts)
}

fn sound(next: &Forecast, steps: usize) {
    assert_eq!((next.mean.len(), next.quantiles.nrows(), next.parts.len()), (steps, steps, steps));
    assert!(
        next.mean.iter().chain(&next.quantiles).all(|value| value.is_finite() && *value >= 0.0)
    );
    for (row, (mean, part)) in next.quantiles.outer_iter().zip(next.mean.iter().zip(&next.parts)) {
        assert!(row.iter().is_sorted());
        assert!((part.sum() - mean).abs() <= 1e-9 * mean.abs());
    }
}

fn median(next: &Forecast) -> f64 {
    next.quantiles[[0, 7]]
}

// Goal: what has never been sold wants what its brand wants, and its color does not matter. Method: one of each brand without
// a value, in both forms; the quantiles lie apart.
#[test]
fn without_a_value() {
    let history = read("N0,D,2,7,2024-04-01,B0,C1,\nN1,D,2,7,2024-04-01,B1,C1,nan nan nan ? ?\n");
    let panel = welcoming(&history);
    assert_eq!((history.newcomers.len(), history.left_out.len()), (2, 2));
    for (newcomer, (low, high)) in history.newcomers.iter().zip([(25.0, 60.0), (2.0, 6.0)]) {
        let next = forecast_newcomer(&panel, newcomer, &Levels::default()).unwrap().unwrap();
        sound(&next, 2);
        let (mean, middle) = (next.mean[0], median(&next));
        assert!((low..high).contains(&mean) && (low..high).contains(&middle), "{mean} {middle}");
        assert!(next.quantiles[[0, 12]] > 1.2 * middle, "{:?}", next.quantiles.row(0));
    }
    let long = "unique_id,ds,y,brand\nN,2024-03-01,,B1\nN,2024-03-02,,B1\n";
    let old = (0..30).flat_map(|id| (1..=28).map(move |day| (id, day)));
    let old =
        old.map(|(id, day)| format!("{id},2024-02-{day:02},{},B{}\n", demand(id, day), id % 2));
    let history = History::read(format!("{long}{}", old.collect::<String>()).as_bytes(), Some(5));
    let history = history.unwrap();
    let next =
        forecast_newcomer(&welcoming(&history), &history.newcomers[0], &Levels::default()).unwrap();
    assert!((2.0..6.0).contains(&next.unwrap().mean[4]));
}

// Goal: the more is known of a newcomer, the less is taken from the others, and a point is not certain. Method: a series of
// the small brand that sells 20 a day, with 0 to 13 days known; the level moves from 4 to 20 and never back.
#[test]
fn drawn_to_its_own() {
    let levels = Levels::default();
    let mut before = 4.0;
    for days in [1, 3, 6, 13] {
        let young = row("Y", (1, 1), days + 2, |_| 20.0);
        let history = read(&young);
        let panel = welcoming(&history);
        let its = &history.wanted.last().unwrap().series;
        let next = forecast_in(&panel, its, 2, &levels, Model::Auto).unwrap();
        sound(&next, 2);
        assert!(next.mean[0] > before && next.mean[0] < 21.0, "{days}: {}", next.mean[0]);
        assert!(next.quantiles[[0, 12]] > 1.1 * median(&next), "{days}");
        assert!(!panel.alike(&its.past()).is_empty());
        before = next.mean[0];
    }
    assert!(before > 12.0, "{before}");
}

// Goal: what sells more after its launch than later is foreseen at its launch. Method: series that begin one after another and
// sell thrice as much in the first week.
#[test]
fn launches() {
    let begins = |id: usize| 12 * id;
    let old = (0..20).map(|id| {
        let first = chrono::NaiveDate::from_ymd_opt(2023, 1, 2).unwrap()
            + chrono::Days::new(begins(id) as u64);
        let y = |age: usize| (30.0 * (0.8 + 0.4 * noise(id as u64, age))).round();
        let y: Vec<String> = (0..332 - begins(id))
            .map(|age| (y(age) * if age < 7 { 3.0 } else { 1.0 }).to_string())
            .collect();
        format!("{id},D,2,7,{first},{}\n", y.join(" "))
    });
    let file = format!("unique_id,freq,h,season,start,y\n{}", old.collect::<String>());
    let history = History::read(format!("{file}N,D,20,7,2023-12-01,\n").as_bytes(), None).unwrap();
    let newcomer = &history.newcomers[0];
    let next = forecast_newcomer(&welcoming(&history), newcomer, &Levels::default());
    let next = next.unwrap().unwrap();
    sound(&next, 20);
    assert!(next.mean[3] > 1.8 * next.mean[19], "{:?}", next.mean);
}

// Goal: what several steps of a series that has hardly begun want together is told by those like it: around the sum of its
// means, wider than the steps alone would be, nothing on closed days, and its own past says nothing where nobody is welcome.
// Method: a newcomer and five days of twenty a day, of the small brand, over one to thirty days.
#[test]
fn totals() {
    let history = read(&row("Y", (1, 1), 7, |day| 18.0 + (day % 5) as f64));
    let (panel, levels) = (welcoming(&history), Levels::default());
    let young = history.wanted.last().unwrap().series.past();
    let brand = |series: Series| {
        Ok(series.with_attributes(["brand".to_owned()].into(), vec!["B1".to_owned()]))
    };
    let closed: Vec<bool> = (0..31).map(|step| step > 14).collect();
    let new = |closed| Newcomer::new("N", (7, "D"), closed, 30).unwrap().with(brand).unwrap();
    let (newcomer, shut) = (new(Vec::new()), new(closed));
    for past in [young, newcomer.past()] {
        let each = [1, 7, 14, 30];
        let all = totals_in(&panel, &past, &each, &levels).unwrap();
        assert!(all.iter().all(|row| row.is_sorted() && row[0] >= 0.0));
        let mean = |steps: usize| match past.known().count() {
            0 => forecast_newcomer(&panel, &newcomer, &levels).unwrap().unwrap().mean[..steps]
                .iter()
                .sum::<f64>(),
            _ => {
                let its = &history.wanted.last().unwrap().series;
                forecast_in(&panel, its, steps, &levels, Model::Auto).unwrap().mean.iter().sum()
            }
        };
        for (steps, row) in each.iter().zip(&all) {
            assert!(
                (row[7] / mean(*steps) - 1.0).abs() < 0.25,
                "{steps}: {} {}",
                row[7],
                mean(*steps)
            );
        }
        // Of two weeks it is the level that nobody knows, and that does not average out.
        assert!(all[2][13] > 1.15 * all[2][7], "{:?}", all[2]);
    }
    let [two, month] =
        [14, 30].map(|steps| total_in(&panel, &shut.past(), steps, &levels).unwrap());
    assert_eq!(two, month);
    let plain = totals_in(&Panel::default(), &newcomer.past(), &[7], &levels).unwrap();
    assert_eq!(plain, [vec![0.0; levels.len()]]);
}

// Goal: of a total others say ever less, and nothing once six such totals are known, or as much as others know. Method: a
// series of the small brand that sells 20 a day, with 1 to 60 days known, over weeks; thirty that began together, 30 days ago,
// and are closed on Sundays.
#[test]
fn totals_of_its_own() {
    let levels = Levels::default();
    let mut before = 140.0;
    for days in [1, 7, 14, 28, 41, 42, 60] {
        let history = read(&row("Y", (1, 1), days + 2, |day| 19.0 + (day % 3) as f64));
        let its = history.wanted.last().unwrap().series.past();
        let both = total_in(&welcoming(&history), &its, 7, &levels).unwrap();
        let alone = history.wanted.iter().map(|wanted| wanted.series.past());
        let own = total_in(&Panel::of_pasts(alone), &its, 7, &levels).unwrap();
        assert_eq!(both == own, days >= 42, "{days}");
        let apart = (own[7] - both[7]).abs();
        assert!(apart < before || days > 14, "{days}: {both:?} {own:?}");
        before = apart;
    }
    let row = |id: usize| {
        let day =
            |day: usize| if day % 7 == 6 { "nan".to_owned() } else { demand(id, day).to_string() };
        let y = (0..32).map(day).collect::<Vec<_>>().join(" ");
        format!("{id},D,2,7,2024-01-01,B{},C0,{y}\n", id % 2)
    };
    let file = (0..30).map(row).collect::<String>();
    let file = format!("unique_id,freq,h,season,start,brand,color,y\n{file}");
    let history = History::read(file.as_bytes(), None).unwrap();
    let pasts = || history.wanted.iter().map(|wanted| wanted.series.past());
    for past in pasts() {
        let both = total_in(&welcoming(&history), &past, 14, &levels).unwrap();
        assert_eq!(both, total_in(&Panel::of_pasts(pasts()), &past, 14, &levels).unwrap());
    }
}

// Goal: a panel that nobody asked says nothing, and neither does one of another season. Method: both.
#[test]
fn not_welcome() {
    let history = read("N0,D,2,7,2024-04-01,B0,C1,\nY,W,2,52,2024-01-01,B0,C1,7 7 7 ? ?\n");
    let levels = Levels::default();
    let plain = forecast_newcomer(&Panel::default(), &history.newcomers[0], &levels);
    assert_eq!(plain, Ok(None));
    let young: &Series = &history.wanted.last().unwrap().series;
    let panel = welcoming(&history);
    assert!(panel.alike(&young.past()).is_empty());
    let next = forecast_in(&panel, young, 2, &levels, Model::Auto).unwrap();
    assert_eq!(next.mean, [7.0, 7.0]);
}
