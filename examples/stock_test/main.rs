//! Does a better forecast leave fewer customers and less stock behind? A simulation on a file of daily demand.
//!
//! Every planner orders up to a level once a week; only the level differs. Each runs over a grid of service levels, which
//! gives a frontier of lost units against leftovers, read at the spreadsheet's own points. Beyond the plain test: shelves
//! that hide demand, lead times by chance, promotions of which the planner is told only some, and other start dates.
//!
//! ```text
//! cargo run --release --example stock_test -- pasta.csv.gz --shifts 0,91,182
//! cargo run --release --example stock_test -- pasta.csv.gz --announced 0.3
//! cargo run --release --example stock_test -- m5_sample.csv.gz --limit 300 --censored
//! cargo run --release --example stock_test -- m5_sample.csv.gz --limit 300 --leads 4:0.25,7:0.5,14:0.25
//! ```
#![allow(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places in lists that the test itself made, and days that are long enough by its choice"
)]

mod chance;
mod planners;
mod table;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use oms::forecast::policy::LeadTime;

use planners::Planner;
use world::World;

/// What can go wrong: all of it is told, and nothing of it is expected.
type Failure = Box<dyn std::error::Error>;

/// Plays the same shelves by spreadsheets and by forecasts, and prints a table of what the forecasts save.
#[derive(Debug, Parser)]
struct Wish {
    /// Daily demand, .csv or .csv.gz, as `oms forecast` reads it.
    series: PathBuf,
    /// The first so many series that are long enough.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// The test ends so many days before the data do; of several, each is a test, with the spread of all.
    #[arg(long, value_delimiter = ',', default_value = "0", value_name = "DAYS")]
    shifts: Vec<usize>,
    /// Days from an order to its goods, each with its probability.
    #[arg(long, value_delimiter = ',', default_value = "7:1", value_parser = lead, value_name = "DAYS:P")]
    leads: Vec<(u32, f64)>,
    /// Demand is known only as far as a shelf met it, one that a spreadsheet kept.
    #[arg(long)]
    censored: bool,
    /// The probability that a promotion is announced ahead.
    #[arg(long, default_value_t = 1.0, value_name = "P")]
    announced: f64,
    /// What chance is drawn from.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Let one play too that looks at each series alone: the mean of its forecast, the variance of its past.
    #[arg(long)]
    alone: bool,
    /// Print every point of every frontier too, as CSV.
    #[arg(long)]
    frontier: bool,
}

fn main() -> ExitCode {
    match Wish::try_parse().map_err(Failure::from).and_then(|wish| run(&wish)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => table::failed(&why.to_string()),
    }
}

fn run(wish: &Wish) -> Result<(), Failure> {
    let all = world::read(&wish.series)?;
    let leads = LeadTime::of(&wish.leads)?;
    let mut tests = Vec::new();
    for &shift in &wish.shifts {
        let world = World::of(&all, (shift, wish.limit), &leads, wish.seed)?;
        let world = if wish.censored { world.censored()? } else { world };
        let planners = Planner::all(wish.censored, wish.announced, wish.alone);
        tests.push((shift, world.items(), table::frontiers(&world, &planners, wish)?));
    }
    table::tell(wish, &tests)
}

/// `7:0.5`.
fn lead(text: &str) -> Result<(u32, f64), String> {
    let parts = text.split_once(':').ok_or("write DAYS:P, such as `7:0.5`")?;
    let days = parts.0.parse().map_err(|why| format!("days: {why}"))?;
    Ok((days, parts.1.parse().map_err(|why| format!("probability: {why}"))?))
}
