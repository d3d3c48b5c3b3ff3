//! `oms forecast --sums`: the series of a file and the sums over them, so that all add up.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::process::ExitCode;

use oms::forecast::{ForecastWriter, History, Reconciled, SeriesError, forecast_together};
use serde::Serialize;

use crate::complaint::CliError;
use crate::crew::hands;
use crate::forecast::Wish;
use crate::history::{failed, levels, opened};
use crate::{Cli, write};

/// The end of it.
#[derive(Serialize)]
struct Told {
    series: usize,
    sums: usize,
    rows: usize,
    left_out: Vec<String>,
    ways: Vec<Way>,
}

/// How a way of adding up did on the past.
#[derive(Serialize)]
struct Way {
    way: String,
    error: f64,
    by_level: Vec<f64>,
    harmless: bool,
}

impl Way {
    fn of(its: &Reconciled) -> Self {
        let way = its.way.map_or_else(|| "base".to_owned(), |way| way.name().to_owned());
        Self { way, error: its.mean, by_level: its.by_level.clone(), harmless: its.harmless }
    }
}

/// Forecasts the series of a file and, after them, their total and the sums of each level: attributes, with a plus between.
/// Nothing is written where they do not add up.
pub(crate) fn run(
    path: &Path,
    out: &Path,
    (wish, sums): (&Wish<'_>, &[String]),
    cli: &Cli,
) -> Result<ExitCode, CliError> {
    write::apart(out, &[Some(path), wish.holidays])?;
    let levels = levels(wish.levels)?;
    let history = opened(path, wish.holidays, |file| History::read(file, wish.horizon))?;
    let sums: Vec<Vec<String>> =
        sums.iter().map(|level| level.split('+').map(str::to_owned).collect()).collect();
    let all = forecast_together(&history.wanted, &sums, &levels, wish.model, hands(wish.threads))?;
    let output = File::create(out).map_err(failed("write", out))?;
    let mut file =
        ForecastWriter::new(BufWriter::new(output), &levels).map_err(failed("write", out))?;
    let named = all.hierarchy.names().iter().zip(&all.forecasts);
    let sums = all.forecasts.len() - all.hierarchy.leaves();
    let mut rows = 0;
    for (name, next) in named.clone().skip(sums).chain(named.take(sums)) {
        rows += next.mean.len();
        file.write(name, next).map_err(failed("write", out))?;
    }
    let written = file.finish().and_then(|file| Ok(file.into_inner()?));
    written.map_err(failed("write", out))?;
    let newcomers = history.newcomers.iter().map(|its| {
        let id = its.id().to_owned();
        SeriesError::Empty { id }.to_string()
    });
    let told = Told {
        series: all.hierarchy.leaves(),
        sums,
        rows,
        left_out: history.left_out.iter().map(ToString::to_string).chain(newcomers).collect(),
        ways: all.ways.iter().map(Way::of).collect(),
    };
    if cli.json {
        write::json(&told)?;
    } else {
        tell(&told)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(told: &Told) -> Result<(), CliError> {
    let Told { series, sums, rows, .. } = told;
    write::line(&format!("{series} series, {sums} sums, {rows} rows"))?;
    for why in &told.left_out {
        write::line(&format!("left out: {why}"))?;
    }
    if told.ways.is_empty() {
        return write::line(
            "the past is too short to try ways of adding up: sums by their structure",
        );
    }
    let row = |Way { way, error, by_level, harmless }: &Way| {
        let by_level: Vec<String> = by_level.iter().map(|error| format!("{error:.3}")).collect();
        let harms = if *harmless { "" } else { "some" };
        vec![way.clone(), format!("{error:.3}"), by_level.join(" "), harms.to_owned()]
    };
    let rows = told.ways.iter().map(row).collect();
    write::table(&["way, the one taken first", "error", "by level", "worse at"], &[1], rows)
}
