//! `oms forecast`: quantiles of demand from a file of histories.

use std::fs::File;
use std::io::BufWriter;
use std::num::NonZero;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use oms::forecast::{
    ForecastWriter, GlobalModel, History, Levels, MOST_STEPS, Model, Panel, ToForecast, forecast,
    forecast_in,
};
use serde::Serialize;

use crate::bar::bar;
use crate::complaint::CliError;
use crate::crew::{hands, in_order};
use crate::{Cli, write};

/// What the command line asks for.
pub(crate) struct Wish<'a> {
    pub(crate) horizon: Option<usize>,
    pub(crate) levels: &'a [f64],
    pub(crate) model: Model,
    pub(crate) threads: Option<NonZero<u16>>,
}

/// The end of it.
#[derive(Serialize)]
struct Told {
    series: usize,
    rows: usize,
    model: String,
    seconds: f64,
    left_out: Vec<String>,
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
    let panel = match model {
        Model::Auto | Model::Boosted | Model::Regression => {
            Panel::of(history.wanted.iter().map(|wanted| &wanted.series))
        }
        // No other model asks what series teach each other.
        _ => Panel::default(),
    };
    let panel = match model {
        Model::Boosted | Model::Auto => {
            let wanted = history.wanted.iter().map(|wanted| (&wanted.series, wanted.horizon));
            panel.with_global(GlobalModel::learn(wanted, levels, hands(threads)))
        }
        _ => panel,
    };
    match model {
        Model::Boosted => panel,
        model => panel.calibrated(&history.wanted, model),
    }
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
    let failed = |doing, path: &Path| {
        let path = path.to_owned();
        move |why| CliError::File { doing, path, why }
    };
    let levels = match wish.levels {
        [] => Levels::default(),
        some => Levels::new(some)?,
    };
    let input = File::open(path).map_err(failed("read", path))?;
    let history = History::read(input, wish.horizon)
        .map_err(|why| CliError::History { path: path.to_owned(), why })?;
    if let Some(wanted) = history.wanted.iter().find(|its| !(1..=MOST_STEPS).contains(&its.horizon))
    {
        // Before the output is opened: a refusal leaves no file.
        forecast(&wanted.series, wanted.horizon, &levels, wish.model)?;
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
    let work = |wanted: &ToForecast| {
        forecast_in(&panel, &wanted.series, wanted.horizon, &levels, wish.model)
    };
    in_order(&history.wanted, hands(wish.threads), work, |wanted, next| {
        let next = next?;
        rows += next.mean.len();
        bar.inc(1);
        file.write(wanted.series.id(), &next).map_err(failed("write", out))
    })?;
    let written = file.finish().and_then(|file| Ok(file.into_inner()?));
    written.map_err(failed("write", out))?;
    bar.finish_and_clear();
    tell(
        Told {
            series: history.wanted.len(),
            rows,
            model: wish.model.to_string(),
            seconds: start.elapsed().as_secs_f64(),
            left_out: history.left_out.iter().map(ToString::to_string).collect(),
            regressors: history.regressors.to_vec(),
            attributes: history.attributes.to_vec(),
        },
        cli,
    )?;
    Ok(ExitCode::SUCCESS)
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
    for (what, names) in [("regressors", &told.regressors), ("attributes", &told.attributes)] {
        if !names.is_empty() {
            write::line(&format!("{what}: {}", names.join(", ")))?;
        }
    }
    Ok(())
}
