//! One row a series.

use std::collections::BTreeSet;

use super::beside::{Beside, figure};
use super::calendar::{Moment, Steps};
use super::table::{Cell, Table};
use super::{BadRow, History, HistoryError};
use crate::series::Series;

pub(super) fn read<T: Table>(
    mut table: T,
    horizon: Option<usize>,
    whole: bool,
) -> Result<History, HistoryError> {
    let [id, h, season, y] = ["unique_id", "h", "season", "y"].map(|name| table.find(name));
    let (id, h, season, y) = (id?, h?, season?, y?);
    let (freq, start) = (table.find("freq").ok(), table.find("start").ok());
    let others = table.beside(&["unique_id", "freq", "h", "season", "start", "y"]);
    let mut rows: Vec<(u64, Vec<Cell<'static>>)> = Vec::new();
    while table.advance()? {
        let cells = (0..table.names().len()).map(|column| table.cell(column).into_owned());
        rows.push((table.number(), cells.collect()));
    }
    let beside = told_apart(others, &rows, y);
    let named = beside.names();
    let mut history = History {
        regressors: named.own.clone(),
        attributes: named.attributes.clone(),
        ..History::default()
    };
    let mut ids = BTreeSet::new();
    for (number, cells) in rows {
        let text = |at: usize| cells[at].text();
        let its = text(id);
        let bad = |why: BadRow| T::bad(number, &its, why);
        if its.is_empty() {
            return Err(bad(BadRow::NoId));
        }
        if !ids.insert(its.clone().into_owned()) {
            return Err(bad(BadRow::Twice("the series".to_owned())));
        }
        let count = |name, at: usize| {
            let found = text(at).parse::<usize>().ok().filter(|count| *count > 0);
            let value = || text(at).into_owned();
            found.ok_or_else(|| bad(BadRow::NotACount { name, value: value() }))
        };
        let h = count("h", h)?;
        let hidden = if whole { 0 } else { h };
        let season = count("season", season)?;
        let values = cells[y].items();
        // LAW: the hidden part is cut off before anything is read of it.
        let known = values.iter().take(values.len().saturating_sub(hidden));
        let known = known.map(Cell::value).collect::<Result<Vec<_>, _>>().map_err(bad)?;
        let running = beside.regressors.iter().map(|(at, name)| {
            let figures = cells[*at].items();
            let (name, found, wanted) = (name.clone(), figures.len(), values.len());
            if found != wanted && found > 0 {
                return Err(BadRow::NotAsLong { name, found, wanted });
            }
            figures.iter().map(|cell| figure(&name, cell)).collect()
        });
        let running = running.collect::<Result<Vec<_>, _>>().map_err(bad)?;
        let mut texts: Vec<String> =
            beside.attributes.iter().map(|(at, _)| text(*at).into_owned()).collect();
        let begin = start.and_then(|start| cells[start].moment());
        let first = begin.and_then(Moment::day);
        let freq = text_of(freq, &cells);
        let launch = launch(&beside, &mut texts, &freq, begin).map_err(bad)?;
        if !whole && known.iter().all(Option::is_none) {
            let (kind, ahead) = ((&*its, season, &*freq), (running, known.len()));
            let series = beside.newcomer(&named, kind, ahead, texts, first);
            history.welcome(series.map_err(|why| bad(why.into()))?, horizon.unwrap_or(h));
            continue;
        }
        let series = Series::new(its.clone(), season, known).and_then(|series| {
            let series = series.with_freq(&*freq);
            beside.give(&named, series, running, texts, (first, launch))
        });
        history.take(series, (horizon.unwrap_or(h), whole)).map_err(|why| bad(why.into()))?;
    }
    Ok(history)
}

/// A column of as many figures as there are values runs along them; any other says what the series is.
fn told_apart(
    others: Vec<(usize, String)>,
    rows: &[(u64, Vec<Cell<'static>>)],
    y: usize,
) -> Beside {
    let mut beside = Beside::default();
    for (at, name) in others {
        let runs = rows.iter().any(|(_, cells)| {
            let count = cells[at].count();
            count > 1 && count == cells[y].count()
        });
        (if runs { &mut beside.regressors } else { &mut beside.attributes }).push((at, name));
    }
    beside
}

/// The text of a column, which is nothing where there is none.
fn text_of<'a>(column: Option<usize>, cells: &'a [Cell<'_>]) -> std::borrow::Cow<'a, str> {
    column.map_or_else(Default::default, |column| cells[column].text())
}

/// The step of the launch, if there is one among the texts.
fn launch(
    beside: &Beside,
    texts: &mut Vec<String>,
    freq: &str,
    begin: Option<Moment>,
) -> Result<Option<usize>, BadRow> {
    let Some(moment) = beside.launch(texts)? else { return Ok(None) };
    let steps = begin.and_then(|begin| Steps::named(freq, begin));
    let step = steps.and_then(|steps| steps.step_of(moment));
    step.map(Some).ok_or_else(|| BadRow::NotALaunch(moment.to_string()))
}
