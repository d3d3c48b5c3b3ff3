//! `oms forecast`: quantiles of demand from a file of histories.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufWriter;
use std::num::NonZero;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use oms::forecast::{
    ForecastRows, ForecastWriter, History, Levels, MOST_STEPS, Model, NoForecast, Panel,
    SeriesError, ToForecast, forecast_in, forecast_newcomer,
};
use serde::Serialize;

use crate::bar::bar;
use crate::complaint::CliError;
use crate::crew::{hands, in_order};
use crate::history::{failed, levels, opened};
use crate::{Cli, write};

/// What the command line asks for.
pub(crate) struct Wish<'a> {
    pub(crate) horizon: Option<usize>,
    pub(crate) levels: &'a [f64],
    pub(crate) model: Model,
    pub(crate) threads: Option<NonZero<u16>>,
    pub(crate) holidays: Option<&'a Path>,
}

/// The end of it.
#[derive(Serialize)]
struct Told {
    series: usize,
    rows: usize,
    model: String,
    seconds: f64,
    left_out: Vec<String>,
    /// Series without any value, forecast by those that they are like.
    launched: Vec<String>,
    regressors: Vec<String>,
    attributes: Vec<String>,
}

/// What the series of a file teach each other.
pub(crate) fn panel(
    history: &History,
    levels: &Levels,
    model: Model,
    threads: Option<NonZero<u16>>,
) -> Panel {
    let wanted = history.wanted.iter().map(|wanted| (wanted.series.past(), wanted.horizon));
    Panel::learned(&wanted.collect::<Vec<_>>(), levels, model, hands(threads))
}

/// Forecasts every series of a file and writes one row a step. Nothing is written where the file is no history.
#[expect(clippy::disallowed_methods, reason = "a door may read the clock that the mind must not")]
pub(crate) fn run(
    path: &Path,
    out: &Path,
    wish: &Wish<'_>,
    cli: &Cli,
) -> Result<ExitCode, CliError> {
    let start = Instant::now();
    write::apart(out, &[Some(path), wish.holidays])?;
    let levels = levels(wish.levels)?;
    let history = opened(path, wish.holidays, |file| History::read(file, wish.horizon))?;
    let newcomers = || history.newcomers.iter().filter(|_| wish.model.welcomes());
    let wanted = history.wanted.iter().map(|wanted| (wanted.series.id(), wanted.horizon));
    let mut all = wanted.chain(newcomers().map(|its| (its.id(), its.horizon())));
    if let Some((id, steps)) = all.find(|(_, steps)| !(1..=MOST_STEPS).contains(steps)) {
        // Before the output is opened: a refusal leaves no file.
        return Err(NoForecast::Horizon { id: id.to_owned(), steps }.into());
    }
    let output = File::create(out).map_err(failed("write", out))?;
    let mut file =
        ForecastWriter::new(BufWriter::new(output), &levels).map_err(failed("write", out))?;
    let bar = bar(
        Some(history.wanted.len() as u64),
        "{bar:30} {pos}/{len} series, {per_sec}, {eta} left",
    );
    let panel = panel(&history, &levels, wish.model, wish.threads);
    let mut rows = 0;
    // A row costs more to make than to write: it is made where its forecast is.
    let work = |wanted: &ToForecast| {
        let next = forecast_in(&panel, &wanted.series, wanted.horizon, &levels, wish.model)?;
        let made = ForecastRows::new(wanted.series.id(), &next).map_err(failed("write", out))?;
        Ok::<_, CliError>((next.mean.len(), made))
    };
    in_order(&history.wanted, hands(wish.threads), work, |_, made| {
        let (steps, made) = made?;
        rows += steps;
        bar.inc(1);
        file.write_rows(&made).map_err(failed("write", out))
    })?;
    let mut launched = BTreeSet::new();
    for newcomer in newcomers() {
        if let Some(next) = forecast_newcomer(&panel, newcomer, &levels)? {
            rows += next.mean.len();
            file.write(newcomer.id(), &next).map_err(failed("write", out))?;
            launched.insert(newcomer.id());
        }
    }
    let written = file.finish().and_then(|file| Ok(file.into_inner()?));
    written.map_err(failed("write", out))?;
    bar.finish_and_clear();
    tell(
        Told {
            series: history.wanted.len(),
            rows,
            model: wish.model.to_string(),
            seconds: start.elapsed().as_secs_f64(),
            left_out: without(&history.left_out, &launched),
            launched: launched.into_iter().map(str::to_owned).collect(),
            regressors: history.regressors.to_vec(),
            attributes: history.attributes.to_vec(),
        },
        cli,
    )?;
    Ok(ExitCode::SUCCESS)
}

/// What is said of series that are left out, but for these.
fn without(left_out: &[SeriesError], launched: &BTreeSet<&str>) -> Vec<String> {
    let is_there =
        |why: &&SeriesError| !matches!(why, SeriesError::Empty { id } if launched.contains(&**id));
    left_out.iter().filter(is_there).map(ToString::to_string).collect()
}

fn tell(told: Told, cli: &Cli) -> Result<(), CliError> {
    if cli.json {
        return write::json(&told);
    }
    let Told { series, rows, model, seconds, .. } = &told;
    write::line(&format!("{series} series, {rows} rows, model {model}, {seconds:.2} s"))?;
    for why in &told.left_out {
        write::line(&format!("left out: {why}"))?;
    }
    if !told.launched.is_empty() {
        let ids = told.launched.join(", ");
        write::line(&format!("without a value, forecast by series like them: {ids}"))?;
    }
    for (what, names) in [("regressors", &told.regressors), ("attributes", &told.attributes)] {
        if !names.is_empty() {
            write::line(&format!("{what}: {}", names.join(", ")))?;
        }
    }
    Ok(())
}
