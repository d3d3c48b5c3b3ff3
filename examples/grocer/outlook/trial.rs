//! Forecasts of the year's end from what was known before, beside those of last week's sales.

use oms::forecast::{Forecast, Levels, Model, Panel, Series, forecast_in};

use super::each;
use super::year::{DailySales, Year, daily};
use crate::Failure;
use crate::report::{Fan, TrialRow};

/// Days ahead.
const AHEAD: usize = 28;
/// Ends of the year that are hidden, one after another.
const ORIGINS: usize = 3;
/// Products that are forecast, real ones and drawn ones: those are all alike, and fewer tell as much.
const PRODUCTS: (usize, usize) = (40, 10);
/// Products that are drawn, by their rank.
const DRAWN: [usize; 3] = [0, 10, 30];
/// Days of the past that are drawn.
const DRAWN_DAYS: usize = 56;
/// Days that must be known before the first origin.
const LEAST: usize = 8 * 7;
/// What forecasts are held against.
pub(crate) const SEASONAL_NAIVE: &str = "seasonal naive";
const LEVELS: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975];
/// The ends of the middle half and of nine tenths, and the middle, among [`LEVELS`].
const HALF: [usize; 2] = [3, 5];
const NINETY: [usize; 2] = [1, 7];
const MIDDLE: usize = 4;

/// What came of it.
pub(super) struct Trial {
    pub(super) fans: Vec<Fan>,
    pub(super) rows: Vec<TrialRow>,
    pub(super) missing: Vec<String>,
    pub(super) forecasts: u64,
}

/// One series at one origin: what was said by us and by last week, and what came.
struct Said {
    ours: Forecast,
    naive: Forecast,
    came: Vec<f64>,
    /// Mean demand before the origin: what losses are measured in.
    scale: f64,
}

/// Forecasts the last [`ORIGINS`] spans of [`AHEAD`] days, each from all days before it.
pub(super) fn run(year: &Year, synthetic: bool) -> Result<Trial, Failure> {
    let mut trial = Trial { fans: Vec::new(), rows: Vec::new(), missing: Vec::new(), forecasts: 0 };
    let days = year.total.len();
    if days < LEAST + ORIGINS * AHEAD || year.products.is_empty() {
        trial.missing.push(format!("No forecasts: {days} days are too few."));
        return Ok(trial);
    }
    let levels = Levels::new(&LEVELS)?;
    let total = DailySales { id: 0, name: "All units".to_owned(), units: year.total.clone() };
    let most = if synthetic { PRODUCTS.1 } else { PRODUCTS.0 };
    let all: Vec<&DailySales> =
        [&total].into_iter().chain(year.products.iter().take(most)).collect();
    let mut said: Vec<Vec<Said>> = all.iter().map(|_| Vec::new()).collect();
    for known in (1..=ORIGINS).rev().map(|back| days - back * AHEAD) {
        let pasts: Vec<Series> = all
            .iter()
            .map(|one| daily(one.id, one.units.get(..known).unwrap_or_default(), &year.closed))
            .collect::<Result<_, _>>()?;
        // All units together are no product among products.
        let panel = Panel::of(pasts.iter().skip(1));
        let alone = Panel::default();
        let places: Vec<usize> = (0..all.len()).collect();
        let both = each(&places, |place| {
            let past = pasts.get(*place)?;
            let panel = if *place == 0 { &alone } else { &panel };
            let ours = forecast_in(panel, past, AHEAD, &levels, Model::Auto);
            let naive = forecast_in(&alone, past, AHEAD, &levels, Model::SeasonalNaive);
            Some(ours.and_then(|ours| Ok((ours, naive?))))
        });
        for ((one, both), said) in all.iter().zip(both).zip(&mut said) {
            let Some(both) = both else { continue };
            let (ours, naive) = both?;
            let came = one.units.iter().skip(known).take(AHEAD).copied().collect();
            let scale = mean(one.units.iter().take(known).copied());
            trial.forecasts += 2;
            said.push(Said { ours, naive, came, scale });
        }
    }
    for (rank, (one, said)) in all.iter().zip(&said).enumerate() {
        let drawn = rank == 0 || DRAWN.contains(&(rank - 1));
        if let Some(last) = said.last().filter(|_| drawn) {
            trial.fans.push(fan(one, last, year.first_day));
        }
    }
    let (first, others) = said.split_at(1);
    let products = format!("{} best sellers", others.len());
    trial.rows.extend(rows("All units together", first));
    trial.rows.extend(rows(&products, others));
    Ok(trial)
}

/// The picture of the last origin.
fn fan(one: &DailySales, said: &Said, first_day: i64) -> Fan {
    let known = one.units.len() - said.came.len();
    let from = known.saturating_sub(DRAWN_DAYS);
    let band = |ends: [usize; 2]| -> Vec<(f64, f64)> {
        let [low, high] = ends.map(|level| quantiles(&said.ours, level));
        low.zip(high).collect()
    };
    let models = said.ours.tested.iter().filter(|tested| tested.taken);
    let models: Vec<String> = models.map(|tested| tested.model.replace('_', " ")).collect();
    Fan {
        name: one.name.clone(),
        models: if models.is_empty() { String::new() } else { models.join(", ") },
        first_day: first_day.saturating_add(i64::try_from(from).unwrap_or(0)),
        past: one.units.get(from..known).unwrap_or_default().to_vec(),
        came: said.came.clone(),
        median: quantiles(&said.ours, MIDDLE).collect(),
        half: band(HALF),
        ninety: band(NINETY),
    }
}

fn quantiles(forecast: &Forecast, level: usize) -> impl Iterator<Item = f64> {
    forecast.quantiles.column(level).to_vec().into_iter()
}

/// A row for ours and one for last week's sales.
fn rows(what: &str, said: &[Vec<Said>]) -> [TrialRow; 2] {
    let all: Vec<&Said> = said.iter().flatten().collect();
    let loss = |pick: fn(&Said) -> &Forecast| mean(all.iter().map(|one| pinball(pick(one), one)));
    let within = |pick: fn(&Said) -> &Forecast, ends| {
        mean(all.iter().map(|one| covered(pick(one), &one.came, ends)))
    };
    let naive = loss(|one| &one.naive);
    let row = |by: &str, pick: fn(&Said) -> &Forecast| TrialRow {
        what: what.to_owned(),
        by: by.to_owned(),
        pinball: loss(pick),
        against: loss(pick) / naive,
        within_half: within(pick, HALF),
        within_ninety: within(pick, NINETY),
    };
    [row("oms auto", |one| &one.ours), row(SEASONAL_NAIVE, |one| &one.naive)]
}

/// The mean pinball loss over days and levels, twice, in units of mean demand.
fn pinball(forecast: &Forecast, said: &Said) -> f64 {
    let losses = said.came.iter().zip(forecast.quantiles.rows()).flat_map(|(came, row)| {
        let pairs: Vec<(f64, f64)> = row.iter().copied().zip(LEVELS).collect();
        pairs.into_iter().map(move |(quantile, level)| {
            let short = came - quantile;
            2.0 * if short >= 0.0 { level * short } else { (level - 1.0) * short }
        })
    });
    mean(losses) / said.scale.max(f64::MIN_POSITIVE)
}

/// The share of days that lay within two quantiles.
fn covered(forecast: &Forecast, came: &[f64], [low, high]: [usize; 2]) -> f64 {
    let bounds = quantiles(forecast, low).zip(quantiles(forecast, high));
    mean(came.iter().zip(bounds).map(
        |(came, (low, high))| {
            if (low..=high).contains(came) { 1.0 } else { 0.0 }
        },
    ))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

#[cfg(test)]
mod tests {
    use super::{DailySales, Year, run};

    #[test]
    fn a_trial_knows_nothing_of_what_it_is_held_against() {
        // Goal: no look ahead. Method: two years that differ in their last 28 days alone say the same of these days;
        // and a steady week is forecast better than a wild end.
        const CLOSED: usize = 350;
        let year = |last: f64| {
            let units = |product: usize| {
                let day = move |day: usize| {
                    let usual = (10 + product + day % 7 + day * 7919 % 5) as f64;
                    match day {
                        CLOSED => 0.0,
                        337.. => usual * last,
                        _ => usual,
                    }
                };
                (0..365).map(day).collect::<Vec<f64>>()
            };
            let products = (1..9).map(|id: usize| DailySales {
                id: id as u64,
                name: format!("product {id}"),
                units: units(id),
            });
            let (total, products) = (units(50), products.collect());
            let closed = (0..total.len()).map(|day| day == CLOSED).collect();
            Year { first_day: 17_167, closed, total, products }
        };
        let (same, other) = (run(&year(1.0), false).unwrap(), run(&year(3.0), false).unwrap());
        assert_eq!(same.fans.len(), 2);
        assert!(same.fans.iter().all(|fan| fan.median[CLOSED - 337] < 1e-9 && fan.median[0] > 1.0));
        for (same, other) in same.fans.iter().zip(&other.fans) {
            assert_eq!((&same.past, &same.median), (&other.past, &other.median));
            assert_eq!((&same.half, &same.ninety), (&other.half, &other.ninety));
            assert_ne!(same.came, other.came);
        }
        assert!(same.rows[0].pinball < other.rows[0].pinball);
        assert!(same.rows[0].within_ninety > other.rows[0].within_ninety);
        assert!((same.rows[1].against - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_short_year_is_told() {
        // Goal: no figure of nothing. Method: fewer days than the trial hides and needs.
        let (total, closed) = (vec![1.0; 100], vec![false; 100]);
        let short = Year { first_day: 0, total, closed, products: Vec::new() };
        let trial = run(&short, false).unwrap();
        assert!(trial.rows.is_empty() && trial.fans.is_empty());
        assert!(trial.missing[0].contains("100 days"));
    }
}
