//! `oms explain-forecast`: what a forecast is made of, and why these models made it.

use std::path::Path;
use std::process::ExitCode;

use oms::forecast::{
    DemandClass, Forecast, History, Levels, MOST_STEPS, Model, Parts, Tested, explained_in,
    forecast, forecast_newcomer,
};
use serde_json::json;

use crate::complaint::CliError;
use crate::forecast::panel;
use crate::history::opened;
use crate::{Cli, write};

/// The parts of a mean by name, in the order in which they are told.
fn parts(parts: &Parts) -> [(&'static str, f64); 6] {
    [
        ("level", parts.level),
        ("trend", parts.trend),
        ("season", parts.season),
        ("promotion", parts.promotion),
        ("price", parts.price),
        ("holiday", parts.holiday),
    ]
}

/// Explains the forecast of one series of a file.
pub(crate) fn run(
    path: &Path,
    (id, given): (&str, Option<&Path>),
    horizon: Option<usize>,
    model: Model,
    cli: &Cli,
) -> Result<ExitCode, CliError> {
    let history = opened(path, given, |file| History::read(file, horizon))?;
    let unknown = || CliError::UnknownSeries { id: id.to_owned(), path: path.to_owned() };
    let levels = Levels::default();
    let newcomer = history.newcomers.iter().find(|its| its.id() == id && model.welcomes());
    if let Some(newcomer) = newcomer {
        let panel = panel(&history, &levels, model, None);
        let alone = || CliError::NothingAlike { id: id.to_owned() };
        let next = forecast_newcomer(&panel, newcomer, &levels)?.ok_or_else(alone)?;
        let shown = Shown { id, known: 0, alike: panel.alike(&newcomer.past()) };
        return shown.show(&next, &levels, model, cli);
    }
    let wanted = history.wanted.iter().find(|its| its.series.id() == id).ok_or_else(unknown)?;
    let (series, horizon) = (&wanted.series, wanted.horizon);
    if !(1..=MOST_STEPS).contains(&horizon) {
        // Before anything is learned.
        forecast(series, horizon, &levels, model)?;
    }
    // As `oms forecast` has it: with what all series of the file teach each other.
    let panel = panel(&history, &levels, model, None);
    let next = explained_in(&panel, series, horizon, &levels, model)?;
    let past = series.past();
    let alike = if model.welcomes() { panel.alike(&past) } else { Vec::new() };
    Shown { id, known: past.known().count(), alike }.show(&next, &levels, model, cli)
}

/// What is shown of a series beside its forecast.
struct Shown<'a> {
    id: &'a str,
    known: usize,
    /// Those that speak for a series that has hardly begun.
    alike: Vec<&'a str>,
}

impl Shown<'_> {
    fn show(
        &self,
        next: &Forecast,
        levels: &Levels,
        model: Model,
        cli: &Cli,
    ) -> Result<ExitCode, CliError> {
        if cli.json {
            write::json(&told(self, next, levels, model))?;
        } else {
            tell(self, next, levels)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn class(class: DemandClass) -> &'static str {
    match class {
        DemandClass::Smooth => "smooth",
        DemandClass::Erratic => "erratic",
        DemandClass::Intermittent => "intermittent",
        DemandClass::Lumpy => "lumpy",
    }
}

fn told(shown: &Shown<'_>, next: &Forecast, levels: &Levels, model: Model) -> serde_json::Value {
    let rows = next.mean.iter().zip(&next.parts).zip(next.quantiles.rows());
    let steps = rows.zip(1_usize..).map(|(((mean, its), quantiles), step)| {
        let its: serde_json::Map<_, _> =
            parts(its).into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let quantiles: serde_json::Map<_, _> =
            levels.names().into_iter().zip(quantiles.iter().map(|q| (*q).into())).collect();
        json!({ "step": step, "mean": mean, "parts": its, "quantiles": quantiles })
    });
    let tested = next.tested.iter().map(|Tested { model, pinball, taken, .. }| {
        json!({ "model": model, "pinball": pinball, "taken": taken })
    });
    json!({
        "series": shown.id,
        "class": class(next.class),
        "model": model.to_string(),
        "known": shown.known,
        "alike": shown.alike,
        "steps": steps.collect::<Vec<_>>(),
        "tested": tested.collect::<Vec<_>>(),
    })
}

fn tell(shown: &Shown<'_>, next: &Forecast, levels: &Levels) -> Result<(), CliError> {
    let (id, known, class) = (shown.id, shown.known, class(next.class));
    write::line(&format!("series {id}   {class} demand, {known} values known"))?;
    // A part that no step has is not told.
    let there = |name: &str| {
        let of = |its: &Parts| parts(its).iter().any(|(its, value)| *its == name && *value != 0.0);
        name == "level" || next.parts.iter().any(of)
    };
    let names: Vec<&str> =
        parts(&Parts::default()).iter().map(|(name, _)| *name).filter(|name| there(name)).collect();
    let columns = [0.05, 0.5, 0.95].map(|level| {
        let nearest = levels.iter().position(|its| (its - level).abs() < 1e-9);
        nearest.unwrap_or_default()
    });
    let head = [&["step", "mean"], names.as_slice(), &["5 %", "50 %", "95 %"]].concat();
    let number = |value: f64| format!("{value:.2}");
    let rows = next.mean.iter().zip(&next.parts).zip(next.quantiles.rows()).zip(1_usize..);
    let rows = rows.map(|(((mean, its), quantiles), step)| {
        let its = parts(its).into_iter().filter(|(name, _)| names.contains(name));
        let its = its.map(|(_, value)| number(value));
        let quantiles =
            columns.iter().filter_map(|level| quantiles.get(*level)).map(|q| number(*q));
        [step.to_string(), number(*mean)].into_iter().chain(its).chain(quantiles).collect()
    });
    let all: Vec<usize> = (0..head.len()).collect();
    write::table(&head, &all, rows.collect())?;
    if !shown.alike.is_empty() {
        return write::line(&format!(
            "hardly begun; as series like it: {}",
            shown.alike.join(", ")
        ));
    }
    if next.tested.is_empty() {
        return write::line("too short for a test on its own past, or the same value all along");
    }
    write::line("tested on its own past, by mean pinball loss")?;
    let row = |its: &Tested| {
        let taken = if its.taken { "taken" } else { "" };
        vec![its.model.clone(), format!("{:.4}", its.pinball), taken.to_owned()]
    };
    write::table(&["model", "loss", ""], &[1], next.tested.iter().map(row).collect())
}
