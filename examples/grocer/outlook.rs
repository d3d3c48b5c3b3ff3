//! What comes next: forecasts of the grocer's demand, how good they were, and what to order by them.
//!
//! A day of the run knows two weeks; forecasts are tried on the whole year of the data, best-selling products and all
//! units together. Nothing here knows a day that it is held against: products are chosen, panels taught and models
//! fitted on the days before. What to order is asked of the run's own file.

mod stock_test;
mod supplies;
mod trial;
mod year;

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use oms::forecast::{History, Series};

pub(crate) use supplies::Supplies;
pub(crate) use trial::SEASONAL_NAIVE;

use crate::Failure;
use crate::data::Dataset;
use crate::drive::{Spent, stopwatch};
use crate::report::{Fan, Frontier, TrialRow};
use stock_test::Test;
use year::Year;

/// What there is to say of the days to come.
#[derive(Debug)]
pub(crate) struct Outlook {
    pub(crate) fans: Vec<Fan>,
    pub(crate) trial: Vec<TrialRow>,
    pub(crate) frontiers: Vec<Frontier>,
    /// Why something is not there.
    pub(crate) missing: Vec<String>,
    /// Forecasts made for fans and trial.
    pub(crate) forecasts: Spent,
    /// Quantiles made for the stock tests.
    pub(crate) quantiles: Spent,
}

impl Outlook {
    /// Reads the year of the data, and the file of series if one is given, and forecasts both.
    pub(crate) fn of(data: &Dataset, series: Option<&Path>) -> Result<Self, Failure> {
        let year = Year::read(data)?;
        let began = stopwatch();
        let trial = trial::run(&year, data.is_synthetic())?;
        let forecasts = Spent { count: trial.forecasts, time: began.elapsed() };
        let mut outlook = Self {
            fans: trial.fans,
            trial: trial.rows,
            frontiers: Vec::new(),
            missing: trial.missing,
            forecasts,
            quantiles: Spent { count: 0, time: Duration::ZERO },
        };
        match series {
            Some(path) => {
                let known = series_of(path)?;
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let name = name.split('.').next().unwrap_or_default().to_owned();
                outlook.test(&name, &known)?;
            }
            None => outlook.missing.push(
                "No file of series with known promotions was given (`--series FILE`, as \
                 `oms forecast` reads it): the stock test ran on the grocer's year alone."
                    .to_owned(),
            ),
        }
        outlook.test("the grocer's best sellers", &year.series()?)?;
        Ok(outlook)
    }

    fn test(&mut self, name: &str, series: &[Series]) -> Result<(), Failure> {
        let began = stopwatch();
        let Some(Test { frontier, quantiles }) = stock_test::run(name, series)? else {
            self.missing.push(format!("No stock test of {name}: its series are too short."));
            return Ok(());
        };
        self.quantiles.count += quantiles;
        self.quantiles.time += began.elapsed();
        self.frontiers.push(frontier);
        Ok(())
    }
}

/// The series of a file of daily demand, with what is planned beside it.
fn series_of(path: &Path) -> Result<Vec<Series>, Failure> {
    let failed = |source| Failure::Read { what: path.display().to_string(), source };
    let input = File::open(path).map_err(failed)?;
    let history = History::read_whole(input, stock_test::PROTECTION)
        .map_err(|why| Failure::Series { path: path.to_owned(), why })?;
    Ok(history.wanted.into_iter().map(|wanted| wanted.series).collect())
}

/// The work on each item, in order, shared out to the processors that are there.
fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let hands = std::thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(hands).max(1);
    std::thread::scope(|scope| {
        let work = &work;
        let parts: Vec<_> = items
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(work).collect::<Vec<R>>()))
            .collect();
        let done = parts.into_iter().map(|part| match part.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        done.flatten().collect()
    })
}
